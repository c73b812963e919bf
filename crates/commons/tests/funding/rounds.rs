//! Rounds that are not ours to ship: whoever has the folder of one gives it.

use std::path::PathBuf;

/// Of the folders in `SEEDCORN_ROUNDS`, with a colon between them, those that hold a file of such a name.
pub(crate) fn folders(file: &str) -> Vec<PathBuf> {
    given().into_iter().filter(|folder| folder.join(file).is_file()).collect()
}

fn given() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("SEEDCORN_ROUNDS").unwrap_or_default()).collect()
}

#[test]
#[ignore = "takes the folders of rounds: SEEDCORN_ROUNDS"]
fn every_folder_is_one_of_a_round() {
    let given = given();
    assert!(!given.is_empty(), "SEEDCORN_ROUNDS names no folder");
    for folder in given {
        let known =
            [crate::optimism::WEIGHTS, crate::clrfund::ROUND].iter().any(|file| folder.join(file).is_file());
        assert!(
            known,
            "{}: neither {} nor {}",
            folder.display(),
            crate::optimism::WEIGHTS,
            crate::clrfund::ROUND
        );
    }
}
