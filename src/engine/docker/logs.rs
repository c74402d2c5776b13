//! A container's log as it is written, and when its runs began.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bollard::models::EventMessage;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, unfold};

use crate::domain::error::{Error, Result};
use crate::domain::log::{LogQuery, Moment, Run, Since};
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
    /// Whether a container's program has a terminal: its log is then one stream without frames.
    pub(super) async fn has_terminal(&self, name: &str, doing: &str) -> Result<bool> {
        let answer = self.api.inspect_container(name, None).await;
        let config = answer.map_err(|e| self.failed(doing, e))?.config;
        Ok(config.and_then(|c| c.tty).unwrap_or(false))
    }

    /// Not by bollard: its decoder holds back what a terminal printed after the last newline, and stalls on a NUL byte.
    pub(super) async fn stream_log(
        &self,
        id: &ContainerId,
        query: &LogQuery,
    ) -> Result<BoxStream<'static, Result<Output>>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot read the logs of {}", id.short());
        let tty = self.has_terminal(name, &doing).await?;
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
        .fuse()
        .boxed())
    }

    /// By past events, of which the engine keeps a few hundred of all containers, and by what it says of the last run.
    pub(super) async fn past_runs(&self, id: &ContainerId) -> Result<Vec<Run>> {
        let name = container_name(&id.0)?;
        let doing = format!("cannot ask when {} was started", id.short());
        let state = self
            .api
            .inspect_container(name, None)
            .await
            .map_err(|e| self.failed(&doing, e))?
            .state
            .unwrap_or_default();
        // `{"container":["…"],"event":["create","start","die"],"type":["container"]}`
        let path = format!(
            "/events?since=0&until={}&filters=%7B%22container%22%3A%5B%22{name}%22%5D%2C%22event%22%3A%5B%22create%22%2C%22start%22%2C%22die%22%5D%2C%22type%22%3A%5B%22container%22%5D%7D",
            now().query()
        );
        let past = async {
            let mut lines = Lines::new(self.get(&path, &doing).await?, &doing, &self.endpoint.url);
            let mut past = Vec::new();
            while let Some(event) = lines.next::<EventMessage>().await {
                let event = event?;
                let starts = event.action.as_deref() == Some("start");
                past.extend(event.time_nano.map(|nanos| (starts, Moment(nanos))));
            }
            Ok(past)
        };
        // Without them what is said of the last run is still worth something.
        let past = match tokio::time::timeout(PAST, past).await {
            Ok(past) => past?,
            Err(_) => Vec::new(),
        };
        let told = |time: Option<String>| time.and_then(|time| Moment::parse(&time));
        Ok(runs(&past, told(state.started_at), told(state.finished_at)))
    }
}

/// The runs that these events tell of: whether it is a start, and when. `started` is the last start, `finished` the
/// last end, of this run or of the one before.
fn runs(past: &[(bool, Moment)], started: Option<Moment>, finished: Option<Moment>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    // Where nothing has ended yet, all that was printed is of the first run.
    let unknown = |began: Moment| finished.map_or(Moment(0), |_| began);
    let mut ended = None;
    for (starts, at) in past {
        if *starts {
            let after = ended.take().unwrap_or_else(|| unknown(*at));
            runs.push(Run { began: *at, after });
        } else {
            ended = Some(*at);
        }
    }
    // The event of the last start is a moment later than the start itself.
    let known = |began: Moment| runs.last().is_some_and(|run| run.began >= began);
    if let Some(began) = started.filter(|began| !known(*began)) {
        let after = finished.filter(|end| *end < began);
        let after = after.unwrap_or_else(|| unknown(began));
        runs.push(Run { began, after });
    }
    runs
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(after: i64, began: i64) -> Run {
        Run {
            began: Moment(began),
            after: Moment(after),
        }
    }

    #[test]
    fn runs_are_put_together_from_events_and_the_last_start() {
        let at = |n: i64| Some(Moment(n));
        let past = [
            (false, Moment(10)),
            (true, Moment(15)),
            (false, Moment(20)),
            (true, Moment(25)),
        ];
        assert_eq!(runs(&past, at(24), at(20)), [run(10, 15), run(20, 25)]);
        // Events of the last start are lost, or all of them.
        assert_eq!(runs(&past[..2], at(24), at(20)), [run(10, 15), run(20, 24)]);
        assert_eq!(runs(&[], at(24), at(20)), [run(20, 24)]);
        assert_eq!(runs(&[], at(24), at(30)), [run(24, 24)], "ended since");
        assert_eq!(runs(&[], at(24), None), [run(0, 24)], "the first run");
        assert_eq!(runs(&past[1..2], at(14), None), [run(0, 15)]);
        assert_eq!(runs(&[], None, None), [], "never started");
    }
}
