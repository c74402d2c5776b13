//! Requests to one registry, and the bounds of what comes back.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue, LINK, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;
use url::Url;

use crate::domain::image::Reference;

use super::super::connect::Socket;
use super::super::connect::is_loopback;
use super::super::credentials::Found;
use super::super::error::plain;
use super::super::tls;
use super::super::transport::Link;
use super::{HUB, auth};

/// How long a connection may take to open.
const DIAL: Duration = Duration::from_secs(3);
/// Bytes that are read of all answers together.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Bytes that are read of an answer that says why not.
const MAX_WORDS: usize = 4 * 1024;
/// Redirections that are followed from one question.
const MAX_MOVES: usize = 3;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There is no such thing.
    Missing,
    /// The registry does not answer this question; why.
    Refused(String),
    /// The registry was not reached from here; why.
    Unreachable(String),
}

/// An answer.
pub(super) struct Page {
    /// Where it came from in the end.
    pub(super) url: Url,
    pub(super) body: Vec<u8>,
    /// Its `Link` header.
    pub(super) link: Option<String>,
}

/// A client of one registry.
pub(super) struct Client {
    http: legacy::Client<Dialler, Full<Bytes>>,
    /// Where the registry answers, without a scheme.
    host: String,
    repository: String,
    login: Found,
    /// The scheme that it speaks, once that is known.
    scheme: Option<&'static str>,
    /// Shows the registry who asks, once it wanted to know.
    shown: Option<HeaderValue>,
    /// Bytes that may still be read.
    left: usize,
}

impl Client {
    /// For the registry of `of`; authorities for it are in `certs`, folders in the layout of docker's `certs.d`.
    pub(super) fn new(of: &Reference, login: &Found, certs: Vec<PathBuf>) -> Self {
        let host = match of.registry() {
            "docker.io" => HUB,
            host => host,
        };
        let dialler = Dialler {
            certs: certs.into(),
            proxies: Arc::new(Matcher::from_env()),
        };
        Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(dialler),
            host: host.to_owned(),
            repository: of.repository().to_owned(),
            login: login.clone(),
            scheme: None,
            shown: None,
            left: MAX_BYTES,
        }
    }

    /// Asks for a path of the registry.
    pub(super) async fn get(&mut self, path: &str) -> Result<Page, Trouble> {
        let url = |scheme: &str| {
            let text = format!("{scheme}://{}{path}", self.host);
            Url::parse(&text).map_err(|e| Trouble::Refused(e.to_string()))
        };
        match self.scheme {
            Some(scheme) => self.get_url(url(scheme)?).await,
            None if is_loopback(&self.host) => {
                // One that speaks TLS does not answer plain http, or with a 400; it has been told no secret by then.
                let (open, sealed) = (url("http")?, url("https")?);
                self.scheme = Some("http");
                let first = self.get_url(open).await;
                if let (Err(Trouble::Refused(_) | Trouble::Unreachable(_)), None) =
                    (&first, &self.shown)
                    && let Ok(page) = self.get_url(sealed).await
                {
                    self.scheme = Some("https");
                    return Ok(page);
                }
                first
            }
            None => {
                self.scheme = Some("https");
                self.get_url(url("https")?).await
            }
        }
    }

    /// Asks for an address that the registry itself named, or that was made for it. Who asks is shown to its own server
    /// alone.
    pub(super) async fn get_url(&mut self, mut url: Url) -> Result<Page, Trouble> {
        let home = url.origin();
        for _ in 0..=MAX_MOVES {
            let at_home = url.origin() == home;
            let shown = self.shown.clone().filter(|_| at_home);
            let mut answer = self.send(get(&url, shown)?).await?;
            if answer.status() == StatusCode::UNAUTHORIZED && at_home {
                let wanted = auth::wanted(answer.headers());
                let shown = auth::shown(self, &url, wanted).await?;
                answer = self.send(get(&url, Some(shown.clone()))?).await?;
                self.shown = Some(shown);
            }
            if answer.status().is_redirection() {
                url = moved(&url, answer.headers())
                    .ok_or_else(|| Trouble::Refused("it leads to nowhere".into()))?;
                continue;
            }
            if !answer.status().is_success() {
                return Err(self.refused(answer).await);
            }
            let link = answer.headers().get(LINK).and_then(|v| v.to_str().ok());
            let link = link.map(str::to_owned);
            let body = self.body(answer).await?;
            return Ok(Page { url, body, link });
        }
        Err(Trouble::Refused(
            "it leads from one place to the next".into(),
        ))
    }

    pub(super) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<hyper::body::Incoming>, Trouble> {
        let answer = self.http.request(request).await;
        answer.map_err(|e| Trouble::Unreachable(words(&e)))
    }

    /// All bytes of an answer.
    pub(super) async fn body(
        &mut self,
        answer: Response<hyper::body::Incoming>,
    ) -> Result<Vec<u8>, Trouble> {
        let mut body = answer.into_body();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|e| Trouble::Unreachable(words(&e)))?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            if data.len() > self.left {
                self.left = 0;
                let most = MAX_BYTES / 1024 / 1024;
                return Err(Trouble::Refused(format!("it answers more than {most} MB")));
            }
            self.left -= data.len();
            bytes.extend_from_slice(data);
        }
        Ok(bytes)
    }

    /// What an answer that is no success means.
    pub(super) async fn refused(&mut self, answer: Response<hyper::body::Incoming>) -> Trouble {
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Trouble::Missing;
        }
        self.left = self.left.min(MAX_WORDS);
        let body = self.body(answer).await.unwrap_or_default();
        let mut why = format!("status {}", status.as_u16());
        if let Some(told) = auth::told(&body) {
            why = format!("{why}, {}", plain(&told));
        }
        if let (StatusCode::UNAUTHORIZED, Some(_), Some(from)) =
            (status, &self.login.login, &self.login.from)
        {
            why = format!("{why}; the login from {from} does not do");
        }
        Trouble::Refused(why)
    }

    /// The login for this registry.
    pub(super) fn login(&self) -> &Found {
        &self.login
    }

    /// The repository that is asked about.
    pub(super) fn repository(&self) -> &str {
        &self.repository
    }
}

fn get(url: &Url, shown: Option<HeaderValue>) -> Result<Request<Full<Bytes>>, Trouble> {
    request(Request::get(url.as_str()), shown, Bytes::new())
}

/// A whole request. What cannot be one is a registry's fault: it names tokens and addresses.
pub(super) fn request(
    builder: hyper::http::request::Builder,
    shown: Option<HeaderValue>,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Trouble> {
    let agent = concat!("devtwin/", env!("CARGO_PKG_VERSION"));
    let mut builder = builder.header(USER_AGENT, agent);
    if let Some(shown) = shown {
        builder = builder.header(AUTHORIZATION, shown);
    }
    let request = builder.body(Full::new(body));
    request.map_err(|_| Trouble::Refused("it names an address that is none".into()))
}

/// Where a redirection leads; never from TLS to plain http.
fn moved(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let to = headers.get(LOCATION)?.to_str().ok()?;
    let url = from.join(to).ok()?;
    let same = url.origin() == from.origin();
    (same || url.scheme() == "https").then_some(url)
}

/// The innermost cause, in one line.
fn words(err: &(dyn std::error::Error + 'static)) -> String {
    let mut at = Some(err);
    let mut deepest = err;
    while let Some(err) = at {
        if let Some((why, _)) = err.downcast_ref::<io::Error>().and_then(tls::trouble) {
            return why;
        }
        deepest = err;
        at = err.source();
    }
    plain(&deepest.to_string())
}

/// Opens connections: straight, or through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`).
#[derive(Clone)]
struct Dialler {
    certs: Arc<[PathBuf]>,
    proxies: Arc<Matcher>,
}

impl Dialler {
    async fn dial(self, uri: Uri) -> io::Result<Socket> {
        let host = uri.authority().map_or("", |a| a.as_str()).to_owned();
        let proxy = self.proxies.intercept(&uri).filter(|_| !is_loopback(&host));
        let stream = match proxy {
            None => connect(&uri).await?,
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), Straight);
                if let Some(login) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(login.clone());
                }
                let stream = tunnel.call(uri.clone()).await;
                let failed = |e| io::Error::other(format!("by the proxy: {}", words(&e)));
                stream.map_err(failed)?.into_inner()
            }
        };
        if uri.scheme_str() != Some("https") {
            return Ok(Box::new(stream));
        }
        let folders = Arc::clone(&self.certs);
        // It reads all certificates of the system.
        let tls = tokio::task::spawn_blocking(move || tls::of_registry(&host, &folders)).await;
        let tls = tls.map_err(io::Error::other)?;
        let tls = tls.map_err(|(why, _)| io::Error::other(why))?;
        Ok(Box::new(tls.connect(stream).await?))
    }
}

impl Service<Uri> for Dialler {
    type Response = Link;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Link>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialler = self.clone();
        Box::pin(async move {
            let Ok(socket) = timeout(DIAL, dialler.dial(uri)).await else {
                let why = format!("no connection within {} seconds", DIAL.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            };
            Ok(Link::new(socket?))
        })
    }
}

async fn connect(uri: &Uri) -> io::Result<TcpStream> {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let usual = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    TcpStream::connect((bare, uri.port_u16().unwrap_or(usual))).await
}

/// Plain connections, to a proxy.
struct Straight;

impl Service<Uri> for Straight {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(async move { Ok(TokioIo::new(connect(&uri).await?)) })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.host).finish()
    }
}
