//! What happens to containers, as it happens.

use std::future::pending;
use std::time::Duration;

use bollard::models::EventMessage;
use futures_util::stream::{BoxStream, StreamExt as _, unfold};
use tokio::select;
use tokio::time::{sleep, timeout};

use crate::domain::error::Result;
use crate::domain::target::Event;

use super::lines::Lines;
use super::{Docker, convert, error};

/// Events of containers, live; `{"type":["container"]}` in the query's encoding.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D";

const DOING: &str = "cannot follow the engine's events";

/// How often an engine behind a network is asked whether it is there while it says nothing, and how long that may
/// take: together below the five seconds within which a stall is to be told. A unix socket cannot stall alone.
const BEAT: Duration = Duration::from_millis(1500);
const BEAT_ANSWER: Duration = Duration::from_secs(3);

struct Watch {
    lines: Lines,
    /// Set where a network may be in between.
    pulse: Option<bollard::Docker>,
    ended: bool,
}

impl Docker {
    /// The subscription stands when this returns: nothing that happens afterwards is missed, also
    /// before the stream is first polled. (bollard's stream asks when it is first polled.)
    pub(super) async fn watch(&self) -> Result<BoxStream<'static, Result<Event>>> {
        let answer = self.get(PATH, DOING).await?;
        let watch = Watch {
            lines: Lines::new(answer, DOING, &self.endpoint.url),
            pulse: self.endpoint.is_remote().then(|| self.api.clone()),
            ended: false,
        };
        Ok(unfold(watch, |mut watch| async move {
            if watch.ended {
                return None;
            }
            let event = select! {
                event = next(&mut watch.lines) => event,
                why = dies(watch.pulse.as_ref()) => Err(watch.lines.lost(&why)),
            };
            watch.ended = event.is_err();
            Some((event, watch))
        })
        .fuse()
        .boxed())
    }
}

/// The next event of a container; an error at the end, too: events come for as long as the engine is there.
async fn next(lines: &mut Lines) -> Result<Event> {
    loop {
        match lines.next::<EventMessage>().await {
            Some(Ok(message)) => {
                if let Some(event) = convert::event(message) {
                    return Ok(event);
                }
            }
            Some(Err(error)) => return Err(error),
            None => return Err(lines.lost("the engine ended the stream")),
        }
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

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;
    use crate::domain::target::ContainerId;

    fn parse(line: &[u8]) -> Option<Event> {
        lines::parse(line).and_then(convert::event)
    }

    #[test]
    fn lines_of_the_engine_are_read_and_others_left_out() {
        let line = br#"{"status":"die","id":"3f","from":"x","Type":"container","Action":"die","Actor":{"ID":"3f","Attributes":{"exitCode":"137","image":"x","name":"web"}},"scope":"local","time":1795414428,"timeNano":1795414428000000000}"#;
        let want = Event {
            id: ContainerId("3f".into()),
            action: "die".into(),
            exit_code: Some(137),
            attributes: [("exitCode", "137"), ("image", "x"), ("name", "web")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
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
