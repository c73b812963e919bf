//! `s3-server --root DIR --bucket NAME`: an S3 server on loopback for the tests that are not Rust.

use std::io::Write;
use std::path::PathBuf;

use clap::Parser;
use seedcorn_testkit::s3::{ACCESS_KEY, REGION, S3Server, SECRET_KEY};

/// Serve a folder as S3 on 127.0.0.1.
#[derive(Parser)]
struct Arguments {
    /// The folder that holds the buckets; it must exist.
    #[arg(long)]
    root: PathBuf,
    /// A bucket to make; may be given several times.
    #[arg(long)]
    bucket: Vec<String>,
    /// The port; 0 takes any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let server = S3Server::bind(&arguments.root, arguments.port, &arguments.bucket).await?;
    let mut out = std::io::stdout();
    // The environment first, the address last: who waits for the address has everything by then.
    writeln!(out, "AWS_ACCESS_KEY_ID={ACCESS_KEY}")?;
    writeln!(out, "AWS_SECRET_ACCESS_KEY={SECRET_KEY}")?;
    writeln!(out, "AWS_REGION={REGION}")?;
    writeln!(out, "listening on http://{}", server.address()?)?;
    out.flush()?;
    server.serve().await
}
