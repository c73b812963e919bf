//! A xorb as it is uploaded.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::xorb::check(data));
