//! Files that may harm whoever opens them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::scan::check(data));
