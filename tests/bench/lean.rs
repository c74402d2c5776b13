//! A program in a pseudo-terminal whose output is only read and searched: no emulator stands between what it
//! wrote and the clock. Queries are not answered; none of the programs measured here waits for an answer.

use std::io::Write;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::pty::PATIENCE;

/// Columns and rows of every terminal that is measured.
pub(crate) const SIZE: (u16, u16) = (120, 40);

/// What a program wrote, and when it was read.
struct Piece {
    at: Instant,
    bytes: Vec<u8>,
}

/// A program that runs in a pseudo-terminal of [`SIZE`]; asked to end on drop.
pub(crate) struct Lean {
    child: Box<dyn Child + Send + Sync>,
    input: Box<dyn Write + Send>,
    output: Receiver<Piece>,
    /// Held open: reading fails once it is closed.
    _master: Box<dyn MasterPty + Send>,
    /// The end of what was read, where a needle may begin.
    tail: Vec<u8>,
}

impl Lean {
    pub(crate) fn spawn(argv: &[&str], env: &[(&str, &str)]) -> Self {
        let (cols, rows) = SIZE;
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size);
        let pair = pair.expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(argv[0]);
        command.args(&argv[1..]);
        command.env("TERM", "xterm-256color");
        // tmux must not take itself for one that runs inside another.
        command.env_remove("TMUX");
        command.env_remove("NO_COLOR");
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command);
        let child = child.expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let input = pair.master.take_writer().expect("a writer");
        let (tx, output) = channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            // The end of the pty is EIO on Linux: either way there is nothing more to read.
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                let piece = Piece {
                    at: Instant::now(),
                    bytes: chunk[..n].to_vec(),
                };
                if tx.send(piece).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            input,
            output,
            _master: pair.master,
            tail: Vec::new(),
        }
    }

    /// Types bytes; the time just before.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> Instant {
        let at = Instant::now();
        self.input
            .write_all(bytes.as_ref())
            .and_then(|()| self.input.flush())
            .expect("the terminal takes input");
        at
    }

    /// Waits until `needle` is written, and forgets what came before; when it was read. A program that draws
    /// writes changed cells only: there, a needle is one character, or text where nothing stood.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, needle: &str) -> Instant {
        let needle = needle.as_bytes();
        let start = Instant::now();
        loop {
            let Some(piece) = self.take(PATIENCE.saturating_sub(start.elapsed())) else {
                let last = String::from_utf8_lossy(&self.tail);
                let needle = String::from_utf8_lossy(needle);
                panic!("waited for {needle:?} after {last:?}");
            };
            self.tail.extend_from_slice(&piece.bytes);
            let found = find(&self.tail, needle);
            let kept = match found {
                Some(at) => self.tail.len() - at - needle.len(),
                None => self.tail.len().min(needle.len().max(200) - 1),
            };
            self.tail.drain(..self.tail.len() - kept);
            if found.is_some() {
                return piece.at;
            }
        }
    }

    /// Takes in what comes for as long as `time`, and forgets it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            self.take(time.saturating_sub(start.elapsed()));
        }
        self.tail.clear();
    }

    /// The program's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    fn take(&mut self, patience: Duration) -> Option<Piece> {
        match self.output.recv_timeout(patience) {
            Ok(piece) => Some(piece),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => panic!("the program has ended"),
        }
    }
}

impl Drop for Lean {
    fn drop(&mut self) {
        let pid = self.pid().to_string();
        let asked = Command::new("kill").arg(pid).status().is_ok();
        let start = Instant::now();
        while asked && start.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            // Read on: a program that cannot write does not end.
            let _ = self.output.recv_timeout(Duration::from_millis(10));
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    // Most of a flood does not even hold the first byte of a needle that is not ASCII.
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|b| *b == needle[0]) {
        at += next;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}
