//! What strangers send to a witness, or hand to whoever verifies: requests, proofs, policies, notes, tiles, entries.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::log::check(data));
