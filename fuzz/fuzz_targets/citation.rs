//! An entry of a list of references, or a CITATION.cff.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::citation::check(data));
