//! A shell of this machine in a pseudo-terminal: the person's own, beside a lesson.
//!
//! Its bytes flow like those of every other shell. The pseudo-terminal's ends block, so each has a thread, with a pipe
//! of bounded length between it and the tasks: what is not read there holds up the program.

mod processes;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::sync::{mpsc, oneshot};
use tokio_util::io::SyncIoBridge;

use super::shells::{Reader, WRITES, Writer};
use crate::app::{Msg, ShellId};
use crate::domain::Size;
use crate::domain::call::Call;
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::shell::integration_here;
use processes::Processes;

/// Bytes that may wait between a pseudo-terminal and its task, each way.
const PIPE: usize = 64 * 1024;

/// Shells that are looked for, the best first; the marks of the others are not known.
const SHELLS: [&str; 2] = ["bash", "sh"];

/// Where shells are when `PATH` has none.
const USUAL: [&str; 2] = ["/bin", "/usr/bin"];

/// How a shell is to be.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The folder that it begins in.
    pub folder: PathBuf,
    /// Folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// The folder of our own executable, which comes before them.
    pub own: Option<PathBuf>,
    /// How docker comes to our engine.
    pub call: Call,
    /// Its first size.
    pub size: Size,
}

/// A shell that runs.
pub(super) struct Local {
    master: Box<dyn MasterPty + Send>,
    input: mpsc::Sender<Vec<u8>>,
    processes: Processes,
}

/// What is to be run for a shell, each part as a task, and how it ends.
pub(super) struct Parts {
    pub reader: Reader,
    pub writer: Writer,
    /// Its exit status, 128 and the signal's number where one ended it; none when that could not be learnt.
    pub status: oneshot::Receiver<Option<i64>>,
}

impl Local {
    /// Starts a shell; `began` is when the program began.
    ///
    /// # Errors
    /// This machine has no shell, or no pseudo-terminal to give.
    pub(super) fn open(
        shell: ShellId,
        wanted: &Wanted,
        tx: mpsc::Sender<Msg>,
        began: tokio::time::Instant,
    ) -> Result<(Self, Parts)> {
        let failed = |what: &str, why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::Internal, format!("{what}: {why}"))
                .hint("the lesson goes on in a terminal of yours, too: go to its folder there")
        };
        let program = find(&wanted.path)?;
        let pty = native_pty_system()
            .openpty(pty_size(wanted.size))
            .map_err(|e| failed("there is no pseudo-terminal", &e))?;
        let name = program.display().to_string();
        let child = pty
            .slave
            .spawn_command(command(&program, wanted))
            .map_err(|e| failed(&format!("{name} cannot be started"), &e))?;
        // Held open it would hide the shell's end.
        drop(pty.slave);
        let no_end = |e| failed("the pseudo-terminal cannot be used", &e);
        let from = pty.master.try_clone_reader().map_err(no_end)?;
        let to = pty.master.take_writer().map_err(no_end)?;
        let processes = Processes::of(child.process_id(), pty.master.tty_name());
        let (output, filled) = tokio::io::duplex(PIPE);
        let (emptied, typed) = tokio::io::duplex(PIPE);
        pour(from, SyncIoBridge::new(filled), true);
        pour(SyncIoBridge::new(emptied), to, false);
        let (input, rx) = mpsc::channel(WRITES);
        let parts = Parts {
            reader: Reader {
                shell,
                output: Box::new(output),
                tx,
                began,
                shown: None,
            },
            writer: Writer::new(rx, Box::new(typed)),
            status: waited(child),
        };
        let local = Self {
            master: pty.master,
            input,
            processes,
        };
        Ok((local, parts))
    }

    /// Hands bytes to it without waiting; says whether they were taken.
    pub(super) fn write(&self, bytes: Vec<u8>) -> bool {
        self.input.try_send(bytes).is_ok()
    }

    /// Gives it another size.
    pub(super) fn resize(&self, size: Size) {
        if let Err(error) = self.master.resize(pty_size(size)) {
            tracing::debug!(%error, "a new size was not taken");
        }
    }

    /// Ends it and what was started from it, as a window that closes does, and more firmly what does not go by that. A
    /// devtwin in it gets the time to remove its twin.
    pub(super) async fn end(self) {
        self.processes.end().await;
        // Only now: portable-pty types a line end when its last writer goes, which would run what stands in the line.
        drop(self.input);
    }
}

/// The first of the shells that is here.
fn find(path: &[PathBuf]) -> Result<PathBuf> {
    let usual = USUAL.map(PathBuf::from);
    let folders = || path.iter().chain(&usual);
    let mut all = SHELLS
        .iter()
        .flat_map(|name| folders().map(move |folder| folder.join(name)));
    all.find(|file| file.is_file()).ok_or_else(|| {
        let message = "this machine has neither bash nor sh";
        Error::new(ErrorKind::Usage, message).hint("lessons need a shell beside them: install bash")
    })
}

/// Whether a program of that name is in `PATH`.
pub(super) fn has(path: &[PathBuf], name: &str) -> bool {
    path.iter().any(|folder| folder.join(name).is_file())
}

fn command(program: &Path, wanted: &Wanted) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    if program.ends_with("bash") {
        // What a person's own files set up could hide the marks, or take away a command that a lesson needs.
        command.args(["--noprofile", "--norc"]);
    }
    command.cwd(&wanted.folder);
    for name in ["ENV", "BASH_ENV", "PROMPT_COMMAND", "PS0", "PS1"] {
        command.env_remove(name);
    }
    // Empty, not absent: then bash would take its own.
    command.env("HISTFILE", "");
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    let path = wanted.own.iter().chain(&wanted.path);
    match std::env::join_paths(path) {
        Ok(path) => command.env("PATH", path),
        Err(error) => tracing::debug!(%error, "PATH stays as it is"),
    }
    for (name, value) in wanted.call.variables() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    let root = rustix::process::geteuid().is_root();
    for (name, value) in integration_here(&program.to_string_lossy(), root) {
        command.env(name, value);
    }
    command
}

/// Copies on a thread of its own until either side ends: a program's end is an error on Linux. What nobody takes any
/// more is read all the same with `on`, so that no program hangs at its end.
fn pour(
    mut from: impl std::io::Read + Send + 'static,
    mut to: impl std::io::Write + Send + 'static,
    on: bool,
) {
    std::thread::spawn(move || {
        if let Err(error) = std::io::copy(&mut from, &mut to) {
            tracing::debug!(%error, "a shell's pseudo-terminal has ended");
        }
        if on && let Err(error) = std::io::copy(&mut from, &mut std::io::sink()) {
            tracing::trace!(%error, "nothing more can be read of it");
        }
    });
}

/// Its exit status, when it has ended.
fn waited(child: Box<dyn Child + Send + Sync>) -> oneshot::Receiver<Option<i64>> {
    let (tell, told) = oneshot::channel();
    let child: Box<dyn Child> = child;
    std::thread::spawn(move || {
        let status = match child.downcast::<std::process::Child>() {
            Ok(mut child) => child.wait().ok().and_then(number),
            Err(mut child) => child.wait().ok().map(|status| status.exit_code().into()),
        };
        // Nobody has to wait for it.
        let _ = tell.send(status);
    });
    told
}

/// The exit status as a shell tells it.
fn number(status: ExitStatus) -> Option<i64> {
    let signal = || status.signal().map(|signal| 128 + signal);
    status.code().or_else(signal).map(i64::from)
}

fn pty_size(size: Size) -> PtySize {
    PtySize {
        rows: size.rows.get(),
        cols: size.cols.get(),
        pixel_width: 0,
        pixel_height: 0,
    }
}

#[cfg(test)]
mod tests;
