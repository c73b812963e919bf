//! What strangers send to a witness, or hand to whoever verifies: what is read is written as it was, and nothing is proved by chance.

use seedcorn_core::log::{self, AddCheckpoint, Checkpoint, Event, Hash, Policy, Proof, Tile, Tiles};
use seedcorn_core::note::{Note, VerifierKey};

/// The bytes are any of these.
pub fn check(data: &[u8]) {
    if let Ok(event) = Event::read(data) {
        assert_eq!(event.bytes().unwrap(), data, "an entry has one spelling");
    }
    if let Some(entries) = log::entries(data) {
        let bytes: usize = entries.iter().map(|entry| entry.len() + 2).sum();
        assert_eq!(bytes, data.len());
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(asked) = AddCheckpoint::read(text) {
        assert_eq!(AddCheckpoint::read(&asked.text()).unwrap(), asked);
        if let Ok((note, _)) = asked.checkpoint() {
            notes(&note);
        }
        // Nobody's key is known, so nothing is said.
        assert!(asked.decide(&[], (0, Hash::empty())).is_err());
    }
    if let Ok(proof) = text.parse::<Proof>() {
        assert_eq!(proof.to_string().parse::<Proof>().unwrap(), proof);
        assert!(proof.verify(&Policy::of_logs(Vec::new())).is_err(), "nobody is trusted");
    }
    if let Ok(policy) = text.parse::<Policy>() {
        let _ = policy.is_met(&log::Quorum::default());
    }
    if let Ok(note) = text.parse::<Note>() {
        notes(&note);
    }
    if let Ok(tile) = text.parse::<Tile>() {
        let size = u64::from(u32::MAX);
        if tile.is_within(size) {
            assert!(Tiles::of(size).add(tile, &vec![7; 32 * usize::from(tile.width)]));
        }
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse::<VerifierKey>().unwrap(), key);
    }
}

fn notes(note: &Note) {
    let bare = note.only([]);
    assert!(bare.starts_with(note.text()));
    if let Ok(checkpoint) = Checkpoint::read(note) {
        assert!(note.text().starts_with(&checkpoint.text()), "extensions come behind");
    }
}
