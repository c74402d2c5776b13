//! What happens to containers, as it happens.

use bollard::models::EventMessage;
use futures_util::stream::{BoxStream, StreamExt as _, unfold};

use crate::domain::error::Result;
use crate::domain::target::Event;

use super::lines::Lines;
use super::{Docker, convert};

/// Events of containers, live; `{"type":["container"]}` in the query's encoding.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D";

const DOING: &str = "cannot follow the engine's events";

impl Docker {
    /// The subscription stands when this returns: nothing that happens afterwards is missed, also
    /// before the stream is first polled. (bollard's stream asks when it is first polled.)
    pub(super) async fn watch(&self) -> Result<BoxStream<'static, Result<Event>>> {
        let answer = self.get(PATH, DOING).await?;
        let lines = Lines::new(answer, DOING, &self.endpoint.url);
        Ok(unfold((lines, false), |(mut lines, ended)| async move {
            if ended {
                return None;
            }
            let event = next(&mut lines).await;
            let ended = event.is_err();
            Some((event, (lines, ended)))
        })
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
