//! What the terminal sends, read on a thread of its own.
//!
//! crossterm's own stream would read on the loop's thread, and when the terminal has gone away it reads
//! nothing for ever, without coming back (its issue 793): the loop would never see the hang-up. So the
//! thread asks the system first, and the loop only waits for messages. Its default source also forgets
//! keys that come together with a new size until the next key: hence the feature `use-dev-tty`.

use std::io::{self, PipeReader, PipeWriter};
use std::thread;
use std::time::Duration;

use crossterm::event::{Event, poll, read};
use rustix::event::{PollFd, PollFlags};
use tokio::sync::mpsc;

use crate::domain::error::{Error, ErrorKind, Result};

/// Events that may wait for the loop: a fast hand's worth; a paste is one event.
const EVENTS: usize = 64;
/// How long crossterm waits for more; with zero it does not even look. It cuts what is left to whole
/// milliseconds and asks again and again for less than one: at 1 ms sharp it burnt a core for that time
/// after each key, while the engine needed it for the echo. So: one wait of 1 ms, and a little more.
const LOOK: Duration = Duration::from_micros(1050);

/// The terminal's events. Dropping it ends the thread, so that what is typed next is the shell's.
pub(super) struct Input {
    events: mpsc::Receiver<Event>,
    _stop: PipeWriter,
}

impl Input {
    /// Begins to read.
    pub(super) fn new() -> Result<Self> {
        let failed = |e: io::Error| {
            Error::new(
                ErrorKind::Internal,
                format!("the keyboard cannot be read: {e}"),
            )
        };
        let (stopped, stop) = io::pipe().map_err(failed)?;
        let (tx, events) = mpsc::channel(EVENTS);
        thread::Builder::new()
            .name("input".into())
            .spawn(move || {
                if let Err(error) = pass_on(&stopped, &tx) {
                    tracing::debug!(%error, "the terminal cannot be read any more");
                }
            })
            .map_err(failed)?;
        Ok(Self {
            events,
            _stop: stop,
        })
    }

    /// The next event; none when the terminal has gone away.
    pub(super) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

/// Passes events on until the terminal goes away or nobody listens.
fn pass_on(stopped: &PipeReader, tx: &mpsc::Sender<Event>) -> io::Result<()> {
    let stdin = io::stdin();
    loop {
        let mut fds = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(stopped, PollFlags::IN),
        ];
        match rustix::event::poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other?,
        };
        let [terminal, stop] = fds.map(|fd| fd.revents());
        if !stop.is_empty()
            || terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
        {
            return Ok(());
        }
        while poll(LOOK)? {
            if tx.blocking_send(read()?).is_err() {
                return Ok(());
            }
        }
    }
}
