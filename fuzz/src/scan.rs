//! Files that somebody wants to be taken for harmless: whatever the bytes, the scan asks for what is there, and ends.

use seedcorn_core::scan::Verdict;
use seedcorn_formats::pickle::Pickle;
use seedcorn_formats::scan::Scan;

use crate::pieces;

/// Names by which a file is read in each way.
const NAMES: [&str; 7] = [
    "notes.txt",
    "model.pkl",
    "tokenizer_config.json",
    "chat_template.jinja",
    "config.json",
    "model.safetensors",
    "model.gguf",
];

/// The bytes are a file: by one name and by others, and read in pieces as a pickle.
pub fn check(data: &[u8]) {
    let [plain, others @ ..] = NAMES.map(|path| {
        let (mut scan, mut rounds) = (Scan::new(path, data.len() as u64), 0);
        while let Some(range) = scan.wants() {
            assert!(range.start < range.end && range.end <= data.len() as u64);
            scan.take(&data[range.start as usize..range.end as usize]);
            rounds += 1;
            assert!(rounds < 10_000, "it ends");
        }
        scan.finish()
    });
    assert_eq!(plain.verdict > Verdict::NothingFound, !plain.reasons.is_empty());
    for found in others {
        assert_eq!(found.verdict > Verdict::NothingFound, !found.reasons.is_empty());
        assert!(plain.verdict <= found.verdict, "a name never makes it better");
    }
    let (mut whole, mut cut) = (Pickle::default(), Pickle::default());
    whole.take(data);
    pieces(data).into_iter().for_each(|piece| cut.take(piece));
    assert_eq!(whole.finish(), cut.finish());
}
