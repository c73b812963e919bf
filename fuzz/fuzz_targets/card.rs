//! A README.md with metadata at its head.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::card::check(data));
