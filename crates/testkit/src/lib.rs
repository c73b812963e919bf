//! What the tests lean on: a real S3 server on loopback, and whatever else stands in for the world outside.

pub mod s3;
