//! What happens to containers, as it happens.

use std::future::pending;
use std::time::Duration;

use bollard::models::EventMessage;
use bytes::BytesMut;
use futures_util::stream::{BoxStream, StreamExt as _, unfold};
use tokio::select;
use tokio::time::{sleep, timeout};

use crate::domain::error::{Error, Result};
use crate::domain::target::Event;

use super::hijack::Answer;
use super::{Docker, convert, error};

/// Events of containers, live; `{"type":["container"]}` in the query's encoding.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D";

const DOING: &str = "cannot follow the engine's events";

/// The longest event that is read, in bytes; an event carries all labels of its container.
const LONGEST: usize = 4 * 1024 * 1024;

/// How often an engine behind a network is asked whether it is there while it says nothing, and how long that may
/// take: together below the five seconds within which a stall is to be told. A unix socket cannot stall alone.
const BEAT: Duration = Duration::from_millis(1500);
const BEAT_ANSWER: Duration = Duration::from_secs(3);

struct Watch {
    answer: Answer,
    /// Set where a network may be in between.
    pulse: Option<bollard::Docker>,
    buffer: BytesMut,
    url: String,
    ended: bool,
}

impl Docker {
    /// The subscription stands when this returns: nothing that happens afterwards is missed, also
    /// before the stream is first polled. (bollard's stream asks when it is first polled.)
    pub(super) async fn watch(&self) -> Result<BoxStream<'static, Result<Event>>> {
        let watch = Watch {
            answer: self.get(PATH, DOING).await?,
            pulse: self.endpoint.is_remote().then(|| self.api.clone()),
            buffer: BytesMut::new(),
            url: self.endpoint.url.clone(),
            ended: false,
        };
        Ok(unfold(watch, |mut watch| async {
            let event = watch.next().await?;
            Some((event, watch))
        })
        .boxed())
    }
}

impl Watch {
    /// The next event; an error once, and then none.
    async fn next(&mut self) -> Option<Result<Event>> {
        if self.ended {
            return None;
        }
        let event = self.read().await;
        self.ended = event.is_err();
        Some(event)
    }

    async fn read(&mut self) -> Result<Event> {
        loop {
            while let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let line = self.buffer.split_to(end + 1);
                if let Some(event) = parse(&line) {
                    return Ok(event);
                }
            }
            if self.buffer.len() > LONGEST {
                return Err(self.lost("an event of more than 4 MiB"));
            }
            let chunk = select! {
                chunk = self.answer.chunk() => chunk,
                why = dies(self.pulse.as_ref()) => return Err(self.lost(&why)),
            };
            match chunk {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                Some(Err(e)) => return Err(self.lost(&e.to_string())),
                None => return Err(self.lost("the engine ended the stream")),
            }
        }
    }

    fn lost(&self, why: &str) -> Error {
        error::lost(DOING, &self.url, why)
    }
}

/// Ends, with the reason, when the engine no longer answers; never where nothing is asked.
async fn dies(engine: Option<&bollard::Docker>) -> String {
    let Some(engine) = engine else {
        return pending().await;
    };
    loop {
        sleep(BEAT).await;
        match timeout(BEAT_ANSWER, engine.ping()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return error::cause(&error),
            Err(_) => return format!("no answer for {} seconds", BEAT_ANSWER.as_secs()),
        }
    }
}

/// An event, when the line is one of a container; lines that we do not understand are left out.
fn parse(line: &[u8]) -> Option<Event> {
    match serde_json::from_slice::<EventMessage>(line) {
        Ok(message) => convert::event(message),
        Err(e) => {
            tracing::debug!(error = %e, "skipped an event that could not be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::target::ContainerId;

    #[test]
    fn lines_of_the_engine_are_read_and_others_left_out() {
        let line = br#"{"status":"die","id":"3f","from":"x","Type":"container","Action":"die","Actor":{"ID":"3f","Attributes":{"exitCode":"137","image":"x","name":"web"}},"scope":"local","time":1795414428,"timeNano":1795414428000000000}"#;
        let want = Event {
            id: ContainerId("3f".into()),
            action: "die".into(),
            exit_code: Some(137),
            at_nanos: 1_795_414_428_000_000_000,
        };
        assert_eq!(parse(line), Some(want));
        assert_eq!(parse(b"{}\n"), None);
        assert_eq!(parse(b"\xff\n"), None);
        let exec =
            br#"{"Type":"container","Action":"exec_start: sh -c \u001b[2J","Actor":{"ID":"3f"}}"#;
        assert_eq!(parse(exec).unwrap().action, "exec_start: sh -c \u{fffd}[2J");
    }
}
