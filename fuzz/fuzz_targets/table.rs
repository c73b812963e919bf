//! Tables of text, and what a file is.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::table::check(data));
