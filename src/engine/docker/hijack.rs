//! Requests on connections of our own: those whose answer is bytes, not one JSON document.
//!
//! An upgraded connection is handed back as it is, without hyper in between, so that a NUL byte is a
//! byte and a half-close is a half-close. Nothing is spawned: whoever reads also drives.

use std::future::{Future, poll_fn};
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, Parts};
use hyper::{Request, StatusCode, header, http};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, WriteHalf, split};

use crate::domain::error::{Error, Result};

use super::connect::Socket;
use super::{Docker, error};

/// How long the engine may take to begin an answer or to hand over a stream.
const HANDOVER: Duration = Duration::from_secs(30);

/// The most that is read of a refusal's text, in bytes.
const REFUSAL: usize = 64 * 1024;

type Freed = hyper::Result<Parts<TokioIo<Socket>>>;

/// hyper's side of a connection: it must be polled for anything to move, and frees the socket at its end.
enum Driver {
    Runs(Pin<Box<dyn Future<Output = Freed> + Send>>),
    Ended(Freed),
}

/// Both directions of a connection that was taken over.
pub(super) struct Raw {
    /// From the engine.
    pub(super) output: Box<dyn AsyncRead + Send + Unpin>,
    /// To the engine; shutting it down is a half-close.
    pub(super) input: WriteHalf<Socket>,
}

/// The body of an answer, which drives its connection while it is read.
pub(super) struct Answer {
    status: StatusCode,
    /// As the engine says it with every answer.
    api_version: Option<String>,
    body: Incoming,
    driver: Driver,
}

impl Answer {
    /// The next piece; none at the regular end.
    pub(super) async fn chunk(&mut self) -> Option<hyper::Result<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<hyper::Result<Bytes>>> {
        if let Driver::Runs(driver) = &mut self.driver
            && let Poll::Ready(freed) = driver.as_mut().poll(cx)
        {
            // An error of the connection reaches the body too: nothing is lost by looking there only.
            self.driver = Driver::Ended(freed);
        }
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(e)) => return Poll::Ready(Some(Err(e))),
                Some(Ok(frame)) => {
                    // Anything else is trailers.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }

    /// What an engine says when it refuses, from its JSON or as it is.
    async fn refusal(mut self, doing: &str) -> Error {
        let mut text = Vec::new();
        while text.len() < REFUSAL
            && let Some(Ok(chunk)) = self.chunk().await
        {
            text.extend_from_slice(&chunk);
        }
        let json: Option<serde_json::Value> = serde_json::from_slice(&text).ok();
        let message = match json.as_ref().and_then(|v| v.get("message")?.as_str()) {
            Some(message) => message.to_owned(),
            None => String::from_utf8_lossy(&text).into_owned(),
        };
        error::answer(doing, self.status.as_u16(), &message)
    }
}

/// Sends a request and waits for the head of the answer.
async fn exchange<B>(io: Socket, request: Request<B>) -> hyper::Result<Answer>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(io)).await?;
    let driver = Box::pin(connection.without_shutdown());
    let response = Box::pin(sender.send_request(request));
    let (response, driver) = match select(response, driver).await {
        Either::Left((response, driver)) => (response?, Driver::Runs(driver)),
        // The upgrade's answer and the end of hyper's work come together.
        Either::Right((freed, response)) => (response.await?, Driver::Ended(freed)),
    };
    let api_version = response.headers().get("Api-Version");
    Ok(Answer {
        status: response.status(),
        api_version: api_version.and_then(|v| v.to_str().ok().map(str::to_owned)),
        body: response.into_body(),
        driver,
    })
}

/// The newest API version that the engine speaks, by its answer to a ping: its answer about its version
/// starts programs and takes 7 ms. None when it does not say so.
pub(super) async fn ping(io: Socket, host: &str) -> hyper::Result<Option<(usize, usize)>> {
    let request = Request::head("/_ping")
        .header(header::HOST, host)
        .body(Full::default());
    // Nothing in it can be malformed: the host was read before.
    let Ok(request) = request else {
        return Ok(None);
    };
    let answer = exchange(io, request).await?;
    let version = answer.api_version.filter(|_| answer.status.is_success());
    let numbers = version.as_deref().and_then(|v| v.split_once('.'));
    Ok(numbers.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?))))
}

/// An error with its innermost cause, which is ours when it was the body that failed.
fn error_chain(error: &hyper::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

impl Docker {
    /// Asks for `path` and hands over the answer as soon as its head is there. `doing` is for the
    /// error, as "cannot read the logs of web".
    pub(super) async fn get(&self, path: &str, doing: &str) -> Result<Answer> {
        let request = Request::get(self.path(path))
            .header(header::HOST, self.endpoint.host())
            .body(Full::default());
        let answer = self.send(request, doing).await?;
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(answer.refusal(doing).await)
        }
    }

    /// Posts a body of tar to `path` as it comes, and hands over the answer as soon as its head is there: it may come
    /// before the end of the body, and takes as long as the body does. `stalled` ends the waiting.
    pub(super) async fn upload<B>(
        &self,
        path: &str,
        tar: B,
        stalled: impl Future<Output = ()>,
        doing: &str,
    ) -> Result<Answer>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let request = Request::post(self.path(path))
            .header(header::HOST, self.endpoint.host())
            .header(header::CONTENT_TYPE, "application/x-tar")
            .body(tar)
            .map_err(|e| self.lost(doing, &e))?;
        let io = self.endpoint.dial().await;
        let io = io.map_err(|e| self.endpoint.unreachable(&e))?;
        let answer = tokio::select! {
            answer = exchange(io, request) => answer.map_err(|e| self.lost(doing, &error_chain(&e)))?,
            () = stalled => return Err(error::timed_out(doing, &self.endpoint.url)),
        };
        if answer.status.is_success() {
            Ok(answer)
        } else {
            Err(answer.refusal(doing).await)
        }
    }

    /// Posts `json` to `path` and takes the connection over as a raw stream.
    pub(super) async fn hijack(&self, path: &str, json: Bytes, doing: &str) -> Result<Raw> {
        let request = Request::post(self.path(path))
            .header(header::HOST, self.endpoint.host())
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "tcp")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(json));
        let answer = self.send(request, doing).await?;
        if answer.status.is_success() {
            // Only a proxy that strips the upgrade does this; what it passes on is not both ways.
            let why = "it answered without handing over the stream; is a proxy in between?";
            return Err(self.lost(doing, &why));
        }
        if answer.status != StatusCode::SWITCHING_PROTOCOLS {
            return Err(answer.refusal(doing).await);
        }
        let freed = match answer.driver {
            Driver::Runs(driver) => driver.await,
            Driver::Ended(freed) => freed,
        };
        let parts = freed.map_err(|e| self.lost(doing, &e))?;
        let (output, input) = split(parts.io.into_inner());
        // The program's first bytes may have come in one packet with the head of the answer.
        let output = Cursor::new(parts.read_buf).chain(output);
        Ok(Raw {
            output: Box::new(output),
            input,
        })
    }

    async fn send(
        &self,
        request: http::Result<Request<Full<Bytes>>>,
        doing: &str,
    ) -> Result<Answer> {
        let request = request.map_err(|e| self.lost(doing, &e))?;
        let io = self
            .endpoint
            .dial()
            .await
            .map_err(|e| self.endpoint.unreachable(&e))?;
        match tokio::time::timeout(HANDOVER, exchange(io, request)).await {
            Ok(answer) => answer.map_err(|e| self.lost(doing, &e)),
            Err(_) => Err(error::timed_out(doing, &self.endpoint.url)),
        }
    }

    /// The error of `doing` when the connection broke.
    pub(super) fn lost(&self, doing: &str, why: &dyn std::fmt::Display) -> Error {
        error::lost(doing, &self.endpoint.url, &why.to_string())
    }
}
