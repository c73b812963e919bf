//! A real S3 server over a folder: signatures, multipart uploads, ranges, and creation that only one caller wins.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::{Context, ensure};
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// The access key that every test server takes.
pub const ACCESS_KEY: &str = "seedcorn-test";
/// The secret that goes with [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "seedcorn-test-secret";
/// The region to sign for. The server takes any; this one keeps clients from asking around.
pub const REGION: &str = "us-east-1";

/// Bytes of a conditional upload: more than any that the hub sends in one piece.
const CONDITIONAL_BYTES_MAX: usize = 256 << 20;

/// A listening S3 server that has not begun to answer.
pub struct S3Server {
    listener: TcpListener,
    service: Ordered,
}

impl S3Server {
    /// Binds `127.0.0.1:port` (0: any free port) over `root`, which must exist, and makes each of `buckets` in it.
    ///
    /// # Errors
    /// A bucket name that is not a plain folder name, and whatever the disk or the network refuses.
    pub async fn bind(root: &Path, port: u16, buckets: &[String]) -> anyhow::Result<Self> {
        for bucket in buckets {
            let plain = bucket.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            ensure!(plain && bucket.len() >= 3, "bucket name {bucket:?}: want 3 or more of a-z, 0-9 and -");
            let folder = root.join(bucket);
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("bucket folder {}", folder.display()))?;
        }
        let files = FileSystem::new(root)
            .map_err(|error| anyhow::anyhow!("S3 folder {}: {error:?}", root.display()))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("S3 listener")?;
        Ok(Self { listener, service: Ordered { s3: builder.build(), creations: Arc::default() } })
    }

    /// Where the server listens.
    ///
    /// # Errors
    /// What the socket reports.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until the future is dropped. Each connection has a task of its own.
    ///
    /// # Errors
    /// A listener that can take no more connections.
    pub async fn serve(self) -> anyhow::Result<()> {
        loop {
            let (socket, _) = self.listener.accept().await.context("S3 accept")?;
            let service = self.service.clone();
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new();
                // A client that goes away in the middle is its own business.
                drop(connection.serve_connection(TokioIo::new(socket), service).await);
            });
        }
    }
}

/// The S3 service, with conditional writes one at a time.
///
/// `s3s-fs` looks whether the object is there, then reads the body, then renames: two that create the same key at
/// once would both be told that they were first. Real S3 never does that, so neither may the stand-in. It also refuses
/// before it has read the body, on which a client that is still sending may see a broken pipe in place of the refusal:
/// so the body is read first.
#[derive(Clone)]
struct Ordered {
    s3: S3Service,
    creations: Arc<Mutex<()>>,
}

impl Service<Request<Incoming>> for Ordered {
    type Response = Response<Body>;
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            if !is_conditional(request.headers()) {
                return Service::call(&this.s3, request).await;
            }
            let (head, body) = request.into_parts();
            let body = Limited::new(body, CONDITIONAL_BYTES_MAX).collect().await.map_err(HttpError::new)?;
            let _turn = this.creations.lock().await;
            this.s3.call(Request::from_parts(head, Body::from(body.to_bytes()))).await
        })
    }
}

fn is_conditional(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH) || headers.contains_key(header::IF_MATCH)
}
