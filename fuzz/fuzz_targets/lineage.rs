//! What a work says that it builds upon: in a card, the settings of an adapter, a recipe of a merge, a list of references.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| seedcorn_fuzz::lineage::check(data));
