//! A container's log as it is written, and when its runs began.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::models::EventMessage;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, unfold};

use crate::domain::error::{Error, Result};
use crate::domain::log::{LogQuery, Moment, Since};
use crate::domain::target::ContainerId;
use crate::engine::Output;

use super::demux::Demux;
use super::hijack::Answer;
use super::lines::Lines;
use super::{Docker, container_name};

/// How long the engine may take to tell its past events: the end of what is asked for is a time of our own clock, and
/// where the engine's is behind it, it would wait for that time.
const PAST: Duration = Duration::from_secs(2);

impl Docker {
    /// Not by bollard: its decoder holds back what a terminal printed after the last newline, and stalls on a NUL byte.
    pub(super) async fn stream_log(
        &self,
        id: &ContainerId,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot read the logs of {}", id.short());
        let tty = self
            .api
            .inspect_container(name, None)
            .await
            .map_err(|e| self.failed(&doing, e))?
            .config
            .and_then(|c| c.tty)
            .unwrap_or(false);
        let tail = query.tail.map_or("all".to_owned(), |n| n.to_string());
        let mut path =
            format!("/containers/{name}/logs?follow=1&stdout=1&stderr=1&timestamps=1&tail={tail}");
        if let Some(since) = query.since {
            let _ = write!(path, "&since={}", moment(since).query());
        }
        let log = Reader {
            answer: Some(self.get(&path, &doing).await?),
            demux: (!tty).then(Demux::default),
            bytes: Bytes::new(),
            garbled: self.garbled(&doing),
            cut: self.lost(&doing, &"the stream broke off"),
        };
        Ok(unfold(log, |mut log| async {
            let piece = log.next().await?;
            Some((piece, log))
        })
        .boxed())
    }

    /// Past `start` events, of which the engine keeps a few hundred of all containers, and the last start of all.
    pub(super) async fn starts_of(&self, id: &ContainerId) -> Result<Vec<Moment>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot ask when {} was started", id.short());
        let state = self
            .api
            .inspect_container(name, None)
            .await
            .map_err(|e| self.failed(&doing, e))?
            .state;
        let last = state.and_then(|s| Moment::parse(&s.started_at?));
        // `{"container":["…"],"event":["start"],"type":["container"]}`
        let path = format!(
            "/events?since=0&until={}&filters=%7B%22container%22%3A%5B%22{name}%22%5D%2C%22event%22%3A%5B%22start%22%5D%2C%22type%22%3A%5B%22container%22%5D%7D",
            now().query()
        );
        let past = async {
            let mut lines = Lines::new(self.get(&path, &doing).await?, &doing, &self.endpoint.url);
            let mut starts = Vec::new();
            while let Some(event) = lines.next::<EventMessage>().await {
                starts.extend(event?.time_nano.map(Moment));
            }
            Ok(starts)
        };
        // Without them the last start is still worth something.
        let past: Vec<Moment> = match tokio::time::timeout(PAST, past).await {
            Ok(Ok(past)) => past,
            Ok(Err(error)) => return Err(error),
            Err(_) => Vec::new(),
        };
        let newer = |start: &Moment| {
            past.iter()
                .all(|seen| seen.0 / 1_000_000_000 < start.0 / 1_000_000_000)
        };
        Ok(last
            .filter(newer)
            .into_iter()
            .chain(past.iter().copied())
            .collect())
    }
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    Moment(i64::try_from(nanos).unwrap_or(i64::MAX))
}

fn moment(since: Since) -> Moment {
    match since {
        Since::At(moment) => moment,
        Since::Ago(seconds) => {
            let nanos = i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000_000_000);
            Moment(now().0.saturating_sub(nanos).max(0))
        }
    }
}

struct Reader {
    /// None once the stream ended or failed.
    answer: Option<Answer>,
    /// None for a program on a terminal, whose stream has no frames.
    demux: Option<Demux>,
    bytes: Bytes,
    garbled: Error,
    cut: Error,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Output>> {
        loop {
            match &mut self.demux {
                Some(demux) => match demux.next(&mut self.bytes) {
                    Ok(Some(piece)) => return Some(Ok(piece)),
                    Ok(None) => {}
                    Err(_) => {
                        self.answer = None;
                        self.bytes.clear();
                        return Some(Err(self.garbled.clone()));
                    }
                },
                None if self.bytes.is_empty() => {}
                None => return Some(Ok(Output::Stdout(std::mem::take(&mut self.bytes)))),
            }
            match self.answer.as_mut()?.chunk().await {
                Some(Ok(chunk)) => self.bytes = chunk,
                Some(Err(e)) => {
                    tracing::debug!(error = %e, "a log broke off");
                    self.answer = None;
                    return Some(Err(self.cut.clone()));
                }
                None => {
                    self.answer = None;
                    let whole = self.demux.as_ref().is_none_or(Demux::is_whole);
                    return (!whole).then(|| Err(self.cut.clone()));
                }
            }
        }
    }
}
