//! BuildKit's traces: the fields that are read of `StatusResponse` in its `control.proto`, which keeps old numbers.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use prost::Message;

use crate::domain::build::{BuildNews, Reader, VertexState};
use crate::domain::text::bounded;

#[derive(Clone, PartialEq, Message)]
struct StatusResponse {
    #[prost(message, repeated, tag = "1")]
    vertexes: Vec<Vertex>,
    #[prost(message, repeated, tag = "3")]
    logs: Vec<VertexLog>,
    #[prost(message, repeated, tag = "4")]
    warnings: Vec<VertexWarning>,
}

#[derive(Clone, PartialEq, Message)]
struct Vertex {
    #[prost(string, tag = "1")]
    digest: String,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(bool, tag = "4")]
    cached: bool,
    #[prost(message, optional, tag = "5")]
    started: Option<Timestamp>,
    #[prost(string, tag = "7")]
    error: String,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {}

#[derive(Clone, PartialEq, Message)]
struct VertexLog {
    #[prost(string, tag = "1")]
    vertex: String,
    #[prost(int64, tag = "3")]
    stream: i64,
    #[prost(bytes = "vec", tag = "4")]
    msg: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct VertexWarning {
    #[prost(bytes = "vec", tag = "3")]
    short: Vec<u8>,
}

/// Standard error, as the traces number the streams.
const STDERR: i64 = 2;

/// Reads a trace, base64 of a message; one that cannot be read is left out.
pub(super) fn take(reader: &mut Reader, trace: &str, tell: &mut dyn FnMut(BuildNews)) {
    let Some(status) = STANDARD
        .decode(trace)
        .ok()
        .and_then(|bytes| StatusResponse::decode(bytes.as_slice()).ok())
    else {
        tracing::debug!("skipped a trace of BuildKit that could not be read");
        return;
    };
    for vertex in &status.vertexes {
        let state = VertexState {
            started: vertex.started.is_some(),
            cached: vertex.cached,
            error: &vertex.error,
        };
        reader.vertex(&vertex.digest, &vertex.name, state, tell);
    }
    for log in &status.logs {
        reader.log(&log.vertex, &log.msg, log.stream == STDERR, tell);
    }
    for warning in &status.warnings {
        let text = String::from_utf8_lossy(&warning.short);
        tell(BuildNews::Warning(bounded(&text, 500)));
    }
}
