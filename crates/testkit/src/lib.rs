//! What the tests lean on: a real S3 server on loopback, a client without manners, and hostile bytes by hand.

pub mod client;
pub mod http;
pub mod s3;
pub mod xet;
