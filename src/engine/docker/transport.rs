//! bollard's requests over the connections that [`Endpoint::dial`] opens, so that there is one way to an engine.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::{BollardRequest, ClientVersion};
use futures_util::future::BoxFuture;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tower_service::Service;

use super::connect::{Endpoint, Socket};

/// How long a connection that cost much to open waits for its next request; after a stall it may be a dead one.
const KEPT: Duration = Duration::from_secs(10);

/// The login for a registry, in base64.
const AUTH: &str = "X-Registry-Auth";

/// bollard's client for this endpoint; connects when it is first used. An answer may take `seconds` to begin.
pub(super) fn client(
    endpoint: &Endpoint,
    seconds: u64,
    version: &ClientVersion,
) -> Result<bollard::Docker, bollard::errors::Error> {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEPT);
    if !endpoint.is_remote() {
        builder.pool_max_idle_per_host(0);
    }
    let client = builder.build(Connector(endpoint.clone()));
    let at_once = Arc::new(Semaphore::new(endpoint.at_once()));
    let send = move |mut request: BollardRequest| {
        url_safe(&mut request);
        let (client, at_once) = (client.clone(), Arc::clone(&at_once));
        async move {
            // Never closed, so that it is always a permit.
            let _permit = at_once.acquire().await;
            Ok(client.request(request).await?)
        }
    };
    let address = format!("http://{}", endpoint.host());
    bollard::Docker::connect_with_custom_transport(send, Some(address), seconds, version)
}

/// bollard writes the login in plain base64, and engines read the form that is safe in URLs: of a `+` or `/` they
/// would make no login at all, without a word.
fn url_safe(request: &mut BollardRequest) {
    let Some(value) = request.headers_mut().get_mut(AUTH) else {
        return;
    };
    let safe = value.as_bytes().iter().map(|byte| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => *other,
    });
    if let Ok(mut safe) = HeaderValue::from_bytes(&safe.collect::<Vec<_>>()) {
        safe.set_sensitive(true);
        *value = safe;
    }
}

#[derive(Clone)]
struct Connector(Endpoint);

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Link>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let endpoint = self.0.clone();
        Box::pin(async move { Ok(Link::new(endpoint.dial().await?)) })
    }
}

/// A connection, as the client's pool wants it.
pub(super) struct Link(TokioIo<Socket>);

impl Link {
    pub(super) fn new(socket: Socket) -> Self {
        Self(TokioIo::new(socket))
    }
}

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
