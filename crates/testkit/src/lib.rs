//! What the tests lean on: a real S3 server on loopback, a client without manners, hostile bytes by hand, and an eye for
//! HTML.

pub mod client;
pub mod html;
pub mod http;
pub mod s3;
pub mod xet;
