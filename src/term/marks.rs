//! Shell integration: where prompts and the output of commands stand (OSC 133), and the directory
//! that the shell is in (OSC 7).

use std::time::Duration;

use super::{LineNo, Terminal};

/// A command that was typed at a prompt with marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The line that its prompt begins on.
    pub prompt: LineNo,
    /// The first line of its output; none while it is being typed.
    pub output: Option<LineNo>,
    /// The line after the last one of its output; none while it runs.
    pub end: Option<LineNo>,
    /// What was typed: clean, at most 4096 bytes, lines joined by `\n`.
    pub text: Option<String>,
    /// Its exit status, when the shell told it.
    pub status: Option<i32>,
    /// When it was started, by [`Terminal::set_clock`].
    pub started: Option<Duration>,
    /// When it ended.
    pub ended: Option<Duration>,
    /// The directory that it was started in, when the shell told it.
    pub cwd: Option<String>,
}

/// A command that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What was typed: clean, at most 4096 bytes.
    pub text: String,
    /// Its exit status, when the shell told it.
    pub status: Option<i32>,
    /// The directory that it was started in, when the shell told it.
    pub cwd: Option<String>,
    /// How long it ran.
    pub took: Option<Duration>,
}

impl Terminal {
    /// The monotonic time of what is fed next, on the caller's clock.
    pub fn set_clock(&mut self, _now: Duration) {}

    /// The directory that the shell told last (OSC 7): clean, absolute, at most 4096 bytes.
    pub fn cwd(&self) -> Option<&str> {
        None
    }

    /// The commands whose lines are still kept, oldest first, at most 4096.
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = &Command> {
        [].iter()
    }

    /// The commands that ended since the last call, oldest first, at most 256.
    pub fn take_ran(&mut self) -> Vec<Ran> {
        Vec::new()
    }

    /// Whether the shell waits for a command: its prompt has ended and no command has begun.
    pub fn at_prompt(&self) -> bool {
        false
    }

    /// Enter was sent to the program. Shells that do not tell when a command starts are helped here:
    /// its text is what stands on the screen, and its output begins on the next line.
    pub fn entered(&mut self) {}
}
