//! Builds. Not by bollard: it speaks to BuildKit only with a session, which needs a gRPC server of ours, and cannot
//! read what comes without one. The engine builds by BuildKit also from a plain archive (tried on 20.10, 26 and 28).

mod trace;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde::Deserialize;

use super::Docker;
use super::lines::Lines;
use crate::domain::build::{Build, BuildError, BuildNews, BuildSink, Builder, Reader};
use crate::domain::error::Result;
use crate::engine::ArchiveStream;

/// How long the engine may take nothing of the archive, and then say nothing.
const STALL: Duration = Duration::from_secs(120);

const DOING: &str = "cannot build the image";

/// A line of the answer. What it does not have is absent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    id: String,
    stream: String,
    status: String,
    aux: Option<serde_json::Value>,
    error: String,
    #[serde(rename = "errorDetail")]
    detail: Detail,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    code: Option<i64>,
    message: String,
}

impl Docker {
    pub(super) async fn build_image(
        &self,
        build: &Build,
        context: ArchiveStream,
        sink: BuildSink<'_>,
    ) -> Result<String, BuildError> {
        let sent = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&sent);
        let body = context.map(move |piece| {
            count.fetch_add(1, Ordering::Relaxed);
            piece
                .map(Frame::data)
                .map_err(|e| std::io::Error::other(e.message))
        });
        let stalled = async {
            let mut before = u64::MAX;
            while before != sent.load(Ordering::Relaxed) {
                before = sent.load(Ordering::Relaxed);
                tokio::time::sleep(STALL).await;
            }
        };
        let path = format!("/build?{}", query(build));
        let answer = self
            .upload(&path, StreamBody::new(body), stalled, DOING)
            .await?;
        let mut lines = Lines::new(answer, DOING, &self.endpoint.url);
        let mut reader = Reader::default();
        let mut tell = |news: BuildNews| sink(news);
        while let Some(line) = lines.next::<Line>().await {
            take(&mut reader, line?, &mut tell);
        }
        reader.end(&mut tell)
    }
}

/// Gives a line of the answer to its reader.
fn take(reader: &mut Reader, line: Line, tell: &mut dyn FnMut(BuildNews)) {
    if !line.stream.is_empty() {
        reader.stream(&line.stream, tell);
    }
    // What the classic builder says of a base image that it pulls after all.
    if !line.status.is_empty() && line.id.is_empty() {
        reader.stream(&format!("{}\n", line.status), tell);
    }
    match (line.id.as_str(), &line.aux) {
        ("moby.buildkit.trace", Some(serde_json::Value::String(trace))) => {
            trace::take(reader, trace, tell);
        }
        (_, Some(aux)) => {
            if let Some(id) = aux.get("ID").and_then(|id| id.as_str()) {
                reader.image(id);
            }
        }
        (_, None) => {}
    }
    if !line.error.is_empty() || !line.detail.message.is_empty() {
        let message = if line.detail.message.is_empty() {
            &line.error
        } else {
            &line.detail.message
        };
        reader.failed(message, line.detail.code, tell);
    }
}

/// The query of the request.
fn query(build: &Build) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let json = |map: &std::collections::BTreeMap<String, String>| {
        // A map of texts always is JSON.
        serde_json::to_string(map).unwrap_or_default()
    };
    query.append_pair("dockerfile", &build.dockerfile);
    for tag in &build.tags {
        query.append_pair("t", tag);
    }
    if !build.args.is_empty() {
        query.append_pair("buildargs", &json(&build.args));
    }
    if !build.labels.is_empty() {
        query.append_pair("labels", &json(&build.labels));
    }
    let given = [
        ("target", &build.target),
        ("platform", &build.platform),
        ("networkmode", &build.network),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    if build.no_cache {
        query.append_pair("nocache", "1");
    }
    // Containers of steps go, also of those that fail.
    query.append_pair("rm", "1").append_pair("forcerm", "1");
    let version = match build.builder {
        Builder::Classic => "1",
        Builder::BuildKit => "2",
    };
    query.append_pair("version", version);
    query.finish()
}

#[cfg(test)]
mod tests;
