//! Archives as Python writes them.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::path::Path;

use seedcorn_core::scan::{Found, Verdict};
use seedcorn_formats::scan::Scan;

fn look(name: &str) -> Found {
    let file =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scan").join(name)).unwrap();
    let mut scan = Scan::new(name, file.len() as u64);
    while let Some(range) = scan.wants() {
        scan.take(&file[range.start as usize..range.end as usize]);
    }
    scan.finish()
}

#[test]
fn a_call_is_found_and_data_is_data() {
    let found = look("data.zip");
    assert_eq!((found.verdict, found.reasons.as_slice()), (Verdict::NothingFound, &[][..]));
    assert_eq!(found.imports[0].full_name(), "collections.OrderedDict");
    for name in ["call.zip", "call.pax.tar.gz", "call.gnu.tar.gz"] {
        let found = look(name);
        assert_eq!(found.verdict, Verdict::Dangerous, "{name}: {found:?}");
        let inner = if name.ends_with("zip") { "archive/data.pkl" } else { "weights.ckpt" };
        assert_eq!(found.reasons.len(), 1, "{name}: {found:?}");
        assert!(found.reasons[0].starts_with(&format!("{inner}: posix.system is called")), "{found:?}");
    }
}
