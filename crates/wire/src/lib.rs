//! Seedcorn.
