//! Frames on their way to the terminal.
//!
//! What the terminal takes at once is written at once. The rest is written by a thread of its own, one frame at
//! a time: a terminal that takes nothing (a connection that hangs) then holds up neither keys nor signals, and
//! gets the newest screen when it takes something again. That thread alone would do, but to wake it takes as
//! long as all drawing does.

use std::io::{self, Write};
use std::sync::mpsc::{self as blocking, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

/// What ends a frame, as crossterm's `EndSynchronizedUpdate` writes it.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// What a frame begins with that changes no cell, as ratatui and crossterm write it: then only the cursor follows.
const NO_CELLS: &[u8] = b"\x1b[?2026h\x1b[39m\x1b[49m\x1b[59m\x1b[0m";

/// What stands between a frame's cells and its cursor.
const RESET: &[u8] = b"\x1b[0m";

/// Gathers a frame: those who draw flush several times on the way, the terminal gets one write.
pub(super) struct Frames {
    bytes: Vec<u8>,
    /// What the last frame wrote behind its cells.
    cursor: Vec<u8>,
    /// A way to the terminal on which no write waits, where there is one.
    at_once: Option<Box<dyn Write + Send>>,
    out: blocking::Sender<Option<Vec<u8>>>,
    tell: mpsc::UnboundedSender<io::Result<()>>,
}

/// Tells when a frame is written.
pub(super) struct Written {
    done: mpsc::UnboundedReceiver<io::Result<()>>,
    out: blocking::Sender<Option<Vec<u8>>>,
    /// Closed when the thread has ended.
    ended: blocking::Receiver<()>,
    /// Whether a frame is on its way.
    busy: bool,
}

/// Frames for `terminal`.
pub(super) fn start(mut terminal: impl Write + Send + 'static) -> io::Result<(Frames, Written)> {
    let (out, frames) = blocking::channel::<Option<Vec<u8>>>();
    let (tell, done) = mpsc::unbounded_channel();
    let told = tell.clone();
    let (alive, ended) = blocking::channel();
    thread::Builder::new()
        .name("frames".into())
        .spawn(move || {
            let _alive: blocking::Sender<()> = alive;
            while let Ok(Some(frame)) = frames.recv() {
                let written = terminal.write_all(&frame).and_then(|()| terminal.flush());
                if tell.send(written).is_err() {
                    return;
                }
            }
        })?;
    let written = Written {
        done,
        out: out.clone(),
        ended,
        busy: false,
    };
    let frames = Frames {
        bytes: Vec::new(),
        cursor: Vec::new(),
        at_once: None,
        out,
        tell: told,
    };
    Ok((frames, written))
}

/// Writes `bytes` to `terminal`; false when it does not take them in time, and may never do.
pub(super) fn write_within(
    patience: Duration,
    terminal: impl Write + Send + 'static,
    bytes: Vec<u8>,
) -> bool {
    let Ok((frames, written)) = start(terminal) else {
        return false;
    };
    frames.out.send(Some(bytes)).is_ok() && written.end(patience)
}

impl Written {
    /// Whether a frame is still on its way: no other one is to be begun then.
    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// A frame was ended and sent off.
    pub(super) fn sent(&mut self) {
        self.busy = true;
    }

    /// Waits until the frame on its way is written, for ever when there is none.
    pub(super) async fn next(&mut self) -> io::Result<()> {
        if !self.busy {
            std::future::pending::<()>().await;
        }
        let written = self.done.recv().await;
        self.busy = false;
        written.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Ends the thread; false when the frame on its way is not out in time, and may never be.
    pub(super) fn end(&self, patience: Duration) -> bool {
        // Where it has ended already, nobody takes this.
        drop(self.out.send(None));
        self.ended.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
    }
}

impl Frames {
    /// Writes on `way` first, which must lead to the same terminal and never wait.
    pub(super) fn at_once(self, way: impl Write + Send + 'static) -> Self {
        let at_once: Box<dyn Write + Send> = Box::new(way);
        Self {
            at_once: Some(at_once),
            ..self
        }
    }

    /// Whether a frame changes nothing: what drew it has become new, but none of that is in sight.
    fn changes_nothing(&mut self, frame: &[u8]) -> bool {
        if frame.strip_prefix(NO_CELLS) == Some(&self.cursor) {
            return true;
        }
        let reset = memchr::memmem::rfind(frame, RESET);
        let cursor = reset.and_then(|at| frame.get(at + RESET.len()..));
        self.cursor = cursor.unwrap_or_default().to_vec();
        false
    }

    /// Writes what is taken at once; the rest.
    fn write_at_once(&mut self, frame: Vec<u8>) -> Vec<u8> {
        let Some(way) = &mut self.at_once else {
            return frame;
        };
        match way.write(&frame) {
            Ok(taken) => frame.get(taken..).unwrap_or_default().to_vec(),
            // It takes nothing now, or it is gone: the thread will see.
            Err(_) => frame,
        }
    }
}

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Sends off what ends a frame; anything else waits for the end.
    fn flush(&mut self) -> io::Result<()> {
        if !self.bytes.ends_with(FRAME_END) {
            return Ok(());
        }
        let frame = std::mem::take(&mut self.bytes);
        let rest = if self.changes_nothing(&frame) {
            Vec::new()
        } else {
            self.write_at_once(frame)
        };
        if rest.is_empty() {
            let told = self.tell.send(Ok(()));
            return told.map_err(|_| io::ErrorKind::BrokenPipe.into());
        }
        let sent = self.out.send(Some(rest));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

#[cfg(test)]
mod tests {
    use crossterm::style::Print;
    use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
    use crossterm::{execute, queue};

    use super::*;

    /// A terminal that takes a write only when the test takes it, too.
    struct Slow(blocking::SyncSender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let sent = self.0.send(bytes.to_vec());
            sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Frames, Written, blocking::Receiver<Vec<u8>>) {
        let (tx, rx) = blocking::sync_channel(0);
        let (frames, written) = start(Slow(tx)).expect("a thread");
        (frames, written, rx)
    }

    fn draw(frames: &mut Frames, written: &mut Written, text: &str) {
        queue!(frames, BeginSynchronizedUpdate).expect("memory takes it");
        execute!(frames, Print(text)).expect("memory takes it");
        execute!(frames, EndSynchronizedUpdate).expect("memory takes it");
        written.sent();
    }

    #[test]
    fn a_frame_is_one_write_however_often_it_is_flushed() {
        let (mut frames, mut written, terminal) = slow();
        for text in ["a", "b"] {
            draw(&mut frames, &mut written, text);
            let taken = terminal.recv().expect("a frame");
            assert_eq!(taken, format!("\x1b[?2026h{text}\x1b[?2026l").into_bytes());
        }
        assert!(written.end(Duration::from_secs(10)));
    }

    #[tokio::test]
    async fn a_frame_that_changes_nothing_is_not_written() {
        let (mut frames, mut written, terminal) = slow();
        let cells = "a\x1b[39m\x1b[49m\x1b[59m\x1b[0m\x1b[?25h\x1b[3;1H";
        draw(&mut frames, &mut written, cells);
        assert!(terminal.recv().is_ok());
        written.next().await.expect("it was taken");
        draw(&mut frames, &mut written, cells.trim_start_matches('a'));
        written.next().await.expect("there is nothing to write");
        assert!(terminal.try_recv().is_err());
        let elsewhere = cells.trim_start_matches('a').replace("[3;1H", "[4;1H");
        draw(&mut frames, &mut written, &elsewhere);
        assert!(terminal.recv().is_ok(), "the cursor has moved");
    }

    /// A terminal that takes so much at once, and then nothing.
    struct Takes(usize, blocking::SyncSender<Vec<u8>>);

    impl Write for Takes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let taken = self.0.min(bytes.len());
            self.0 -= taken;
            let sent = self.1.send(bytes[..taken].to_vec());
            sent.map(|()| taken)
                .map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_taken_at_once_is_not_written_again() {
        let (frames, mut written, terminal) = slow();
        let (tx, taken) = blocking::sync_channel(8);
        let mut frames = frames.at_once(Takes(20, tx));
        draw(&mut frames, &mut written, "a");
        written.next().await.expect("all was taken at once");
        assert_eq!(taken.try_recv().expect("it"), b"\x1b[?2026ha\x1b[?2026l");
        draw(&mut frames, &mut written, "bc");
        assert_eq!(taken.try_recv().expect("a part"), b"\x1b[?");
        assert_eq!(terminal.recv().expect("the rest"), b"2026hbc\x1b[?2026l");
        written.next().await.expect("all was taken");
        draw(&mut frames, &mut written, "d");
        assert_eq!(terminal.recv().expect("all"), b"\x1b[?2026hd\x1b[?2026l");
    }

    #[tokio::test]
    async fn a_terminal_that_takes_nothing_holds_nobody_up_and_one_that_is_gone_is_told() {
        let (mut frames, mut written, terminal) = slow();
        draw(&mut frames, &mut written, "a");
        assert!(written.is_busy());
        assert!(!written.end(Duration::from_millis(20)));
        assert!(terminal.recv().is_ok());
        written.next().await.expect("it was taken");
        assert!(!written.is_busy());
        assert!(written.end(Duration::from_secs(10)));

        let (mut frames, mut written, terminal) = slow();
        drop(terminal);
        draw(&mut frames, &mut written, "b");
        assert!(written.next().await.is_err());
    }

    #[test]
    fn what_is_written_last_is_not_waited_for_for_ever() {
        let (tx, rx) = blocking::sync_channel(0);
        let soon = Duration::from_millis(20);
        assert!(!write_within(soon, Slow(tx.clone()), b"back".to_vec()));
        assert_eq!(rx.recv().expect("the first"), b"back");
        let taken = thread::spawn(move || rx.recv());
        assert!(write_within(
            Duration::from_secs(10),
            Slow(tx),
            b"again".to_vec()
        ));
        assert_eq!(taken.join().expect("no panic"), Ok(b"again".to_vec()));
    }
}
