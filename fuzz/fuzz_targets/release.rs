//! Files of a release, read and judged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::release::check(data));
