//! A real program in a real pseudo-terminal whose far end is our own emulator, so that its queries are
//! answered. Tests wait for text, never for time.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use devtwin::domain::Size;
use devtwin::term::Terminal;
use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};

/// How long a text may take to appear before the test fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A program that runs in a pseudo-terminal.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    /// Held open until the end: when its last holder closes it, Linux forgets the terminal's settings.
    slave: Option<Box<dyn SlavePty + Send>>,
    device: PathBuf,
    /// The terminal's settings before the program started.
    settings: String,
    hung_up: Arc<AtomicBool>,
    child: Box<dyn Child + Send + Sync>,
    input: Option<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    terminal: Terminal,
    /// Everything that the program wrote, in order.
    pub raw: Vec<u8>,
}

impl Pty {
    /// Starts `argv` with `env` on a terminal of `cols` × `rows`.
    pub fn spawn(argv: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(argv[0]);
        command.args(&argv[1..]);
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        for (name, value) in env {
            command.env(name, value);
        }
        let device = pair.master.tty_name().expect("a name of the terminal");
        let settings = stty(&device, &["-a"]);
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        let hung_up = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&hung_up);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let input = pair.master.take_writer().expect("a writer");
        let (tx, output) = channel();
        std::thread::spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            // The end of the pty is EIO on Linux: either way there is nothing more to read.
            while let Ok(n) = reader.read(&mut chunk) {
                let closed = closed.load(Ordering::Relaxed);
                if closed || n == 0 || tx.send(chunk[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            master: pair.master,
            slave: Some(pair.slave),
            device,
            settings,
            hung_up,
            child,
            input: Some(input),
            output,
            terminal: Terminal::new(Size::clamped(cols, rows), 1000),
            raw: Vec::new(),
        }
    }

    /// Types bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("the terminal is still there");
        input
            .write_all(bytes.as_ref())
            .expect("the terminal takes input");
        input.flush().expect("the terminal takes input");
    }

    /// Makes the window another size.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.master
            .resize(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .expect("a new size");
        self.terminal.resize(Size::clamped(cols, rows));
    }

    /// The screen as it stands, trailing blanks cut.
    pub fn screen(&self) -> String {
        self.terminal.text()
    }

    /// Where the cursor is shown: column and row, from 0.
    pub fn cursor(&self) -> Option<(u16, u16)> {
        self.terminal
            .cursor()
            .map(|cursor| (cursor.col, cursor.row))
    }

    /// Takes in what has been written, waiting at most `patience` for the first piece; false at the end.
    fn pump(&mut self, patience: Duration) -> bool {
        let mut next = match self.output.recv_timeout(patience) {
            Ok(bytes) => Some(bytes),
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
        while let Some(bytes) = next {
            let replies = self.terminal.feed(&bytes);
            self.raw.extend_from_slice(&bytes);
            if let (false, Some(input)) = (replies.is_empty(), self.input.as_mut()) {
                // A program that has just ended takes no replies: that is no failure of the test.
                let _ = input.write_all(&replies);
            }
            next = self.output.try_recv().ok();
        }
        true
    }

    /// Waits until the screen satisfies `wanted`; fails with the screen when it does not in time.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Duration {
        let start = Instant::now();
        let mut ended = false;
        loop {
            if wanted(&self.screen()) {
                return start.elapsed();
            }
            assert!(
                !ended && start.elapsed() < PATIENCE,
                "waited for {what}; the screen is\n{}\n(the program {})",
                self.screen(),
                if ended { "has ended" } else { "still runs" },
            );
            // Asked before the pump: what it wrote last is taken in before it counts as missing.
            ended = matches!(self.child.try_wait(), Ok(Some(_)));
            self.pump(Duration::from_millis(50));
        }
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> Duration {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until what the program wrote so far satisfies `wanted`; fails with the screen when it does not in time.
    #[track_caller]
    pub fn wait_raw(&mut self, what: &str, wanted: impl Fn(&[u8]) -> bool) {
        assert!(
            self.raw_within(PATIENCE, wanted),
            "waited for {what}; the screen is\n{}",
            self.screen()
        );
    }

    /// Waits at most `patience` until what the program wrote so far satisfies `wanted`; whether it does.
    pub fn raw_within(&mut self, patience: Duration, wanted: impl Fn(&[u8]) -> bool) -> bool {
        let start = Instant::now();
        let mut more = true;
        while !wanted(&self.raw) {
            if !more || start.elapsed() > patience {
                return false;
            }
            more = self.pump(Duration::from_millis(50));
        }
        true
    }

    /// Takes in everything that comes until nothing has come for `quiet`.
    pub fn settle(&mut self, quiet: Duration) {
        loop {
            let before = self.raw.len();
            if !self.pump(quiet) || self.raw.len() == before {
                return;
            }
        }
    }

    /// Waits for the program's end and takes in all that it wrote.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        self.wait_exit_and_stty().0
    }

    /// Waits for the program's end; its status, and the terminal's settings as it left them.
    #[track_caller]
    pub fn wait_exit_and_stty(&mut self) -> (ExitStatus, String) {
        let start = Instant::now();
        let status = loop {
            self.pump(Duration::from_millis(20));
            let ended = self.child.try_wait();
            if let Some(status) = ended.expect("the program can be waited for") {
                break status;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "it does not end; the screen is\n{}",
                self.screen()
            );
        };
        let settings = self.stty();
        // Ours was the last hold on the terminal: now its output has an end.
        self.slave = None;
        while self.pump(Duration::from_millis(100)) {
            assert!(start.elapsed() < PATIENCE * 2, "its output does not end");
        }
        (status, settings)
    }

    /// The terminal's settings now, as `stty -a` prints them.
    #[track_caller]
    pub fn stty(&self) -> String {
        stty(&self.device, &["-a"])
    }

    /// The terminal's settings before the program started.
    pub fn stty_at_start(&self) -> String {
        self.settings.clone()
    }

    /// Everything that the program wrote, as text.
    pub fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// Asks the program to end, as a shutdown does.
    pub fn terminate(&self) {
        let sent = std::process::Command::new("kill")
            .arg(self.pid().to_string())
            .status();
        assert!(sent.is_ok_and(|s| s.success()), "it can be asked to end");
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Takes the terminal away, as when its window is closed. The program must be one that draws when
    /// its window changes: that wakes the reader, which holds the terminal too.
    #[track_caller]
    pub fn hang_up(mut self) -> Box<dyn Child + Send + Sync> {
        // portable-pty types a line end and the end-of-file character when its writer drops: a window
        // that closes types nothing.
        stty(&self.device, &["eof", "undef"]);
        self.hung_up.store(true, Ordering::Relaxed);
        let size = self.terminal.size();
        self.resize(size.cols.get() - 1, size.rows.get());
        let start = Instant::now();
        while self.pump(Duration::from_millis(100)) {
            assert!(start.elapsed() < PATIENCE, "the terminal cannot be closed");
        }
        self.child
    }
}

/// Waits for the end of a program whose terminal is gone.
#[track_caller]
pub fn wait_without_terminal(mut child: Box<dyn Child + Send + Sync>) -> ExitStatus {
    let (tx, ended) = channel();
    std::thread::spawn(move || tx.send(child.wait()));
    let status = ended.recv_timeout(PATIENCE);
    status
        .expect("it ends when its terminal is gone")
        .expect("it can be waited for")
}

#[track_caller]
fn stty(device: &Path, args: &[&str]) -> String {
    let mut command = Command::new("stty");
    let output = command.arg("-F").arg(device).args(args).output();
    let output = output.expect("these tests need stty");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
