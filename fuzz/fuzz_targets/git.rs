//! git's requests and packs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::git::check(data));
