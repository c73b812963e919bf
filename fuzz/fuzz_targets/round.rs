//! Bundles of rounds and books of what they share: whoever computes one anew comes to the same bytes, whatever it says.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::round::check(data));
