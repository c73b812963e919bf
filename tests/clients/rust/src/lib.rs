//! Nothing of its own: the tests beside it drive the Rust clients against the hub at HF_ENDPOINT.
