//! The text of a licence file.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::release::license(data));
