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
use rustix::event::{PollFd, PollFlags, Timespec};
use tokio::sync::mpsc;

use crate::domain::error::{Error, ErrorKind, Result};

/// Events that may wait for the loop: a fast hand's worth; a paste is one event.
const EVENTS: usize = 64;
/// How long crossterm waits for more; with zero it does not even look. It cuts what is left to whole
/// milliseconds and asks again and again for less than one: at 1 ms sharp it burnt a core for that time
/// after each key, while the engine needed it for the echo. So: one wait of 1 ms, and a little more.
const LOOK: Duration = Duration::from_micros(1050);
/// The pauses before further looks behind the last event. crossterm reads all keys that there are and hands out one by
/// one; but where the system gives this thread no time while a look lasts, the look ends without having looked. The
/// terminal has nothing more to read then, and the rest of what was typed would wait for the next key.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(100),
];

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
                if let Err(error) = pass_on(&mut Keyboard { stopped }, &tx) {
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

/// Where events come from.
trait Source {
    /// Waits until there is something to read, at most `patience` where there is one; false when nothing more will come,
    /// or nobody wants it.
    fn wait(&mut self, patience: Option<Duration>) -> io::Result<bool>;

    /// The next event, waiting for no more than [`LOOK`].
    fn look(&mut self) -> io::Result<Option<Event>>;
}

/// The terminal, by crossterm, until the pipe closes.
struct Keyboard {
    stopped: PipeReader,
}

impl Source for Keyboard {
    fn wait(&mut self, patience: Option<Duration>) -> io::Result<bool> {
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let stdin = io::stdin();
        let mut fds = [
            PollFd::new(&stdin, PollFlags::IN),
            PollFd::new(&self.stopped, PollFlags::IN),
        ];
        match rustix::event::poll(&mut fds, patience.as_ref()) {
            // A look too many harms nobody.
            Err(rustix::io::Errno::INTR) => return Ok(true),
            other => other?,
        };
        let [terminal, stop] = fds.map(|fd| fd.revents());
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        Ok(stop.is_empty() && !terminal.intersects(gone))
    }

    fn look(&mut self) -> io::Result<Option<Event>> {
        if poll(LOOK)? {
            read().map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Passes events on until the terminal goes away or nobody listens.
fn pass_on(source: &mut impl Source, tx: &mpsc::Sender<Event>) -> io::Result<()> {
    let mut again = [].iter();
    while source.wait(again.next().copied())? {
        while let Some(event) = source.look()? {
            again = AGAIN.iter();
            if tx.blocking_send(event).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;

    /// Keys that came in one piece, in front of looks that see nothing.
    struct Burst<'a> {
        /// What the looks say; nothing when they are used up.
        looks: std::slice::Iter<'a, Option<char>>,
        /// The waits so far.
        waits: Vec<Option<Duration>>,
    }

    impl Source for Burst<'_> {
        fn wait(&mut self, patience: Option<Duration>) -> io::Result<bool> {
            self.waits.push(patience);
            // What was read already makes no terminal readable.
            Ok(self.waits.len() == 1 || patience.is_some())
        }

        fn look(&mut self) -> io::Result<Option<Event>> {
            let key = self.looks.next().copied().flatten();
            Ok(key.map(|c| Event::Key(KeyCode::Char(c).into())))
        }
    }

    /// What is passed on, and the waits.
    fn passed(looks: &[Option<char>]) -> (String, Vec<Option<Duration>>) {
        let (tx, mut rx) = mpsc::channel(EVENTS);
        let mut burst = Burst {
            looks: looks.iter(),
            waits: Vec::new(),
        };
        pass_on(&mut burst, &tx).expect("it can be read");
        drop(tx);
        let events = std::iter::from_fn(|| rx.blocking_recv());
        let keys = events.filter_map(|event| event.as_key_event()?.code.as_char());
        (keys.collect(), burst.waits)
    }

    #[test]
    fn keys_of_which_a_look_knew_nothing_do_not_wait_for_the_next_key() {
        let (keys, _) = passed(&[Some('e'), None, Some('c'), None, None, Some('h'), Some('o')]);
        assert_eq!(keys, "echo");
    }

    #[test]
    fn who_types_nothing_wakes_nobody() {
        let (keys, waits) = passed(&[Some('a'), Some('b')]);
        assert_eq!(keys, "ab");
        let again = AGAIN.map(Some);
        assert_eq!(waits, [&[None], &again[..], &[None]].concat());
        assert_eq!(passed(&[]).1, [None, None], "there was no key");
    }
}
