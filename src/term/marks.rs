//! Shell integration: where prompts and the output of commands stand (OSC 133), and the directory
//! that the shell is in (OSC 7).

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use super::{LineNo, Place, Terminal};
use crate::domain::command::Ran;
use crate::domain::text;

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

/// Commands that are remembered.
const COMMAND_LIMIT: usize = 4096;
/// Commands that ended and were not fetched.
const RAN_LIMIT: usize = 256;
/// Bytes of a command's text, and of a directory.
const TEXT_LIMIT: usize = 4096;

/// Where the shell is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// No prompt was seen, or a command has ended.
    #[default]
    Away,
    /// It prints its prompt; the last command is that prompt.
    Prompt,
    /// It waits for a command, which is typed from here on.
    Input(Place),
    /// A command runs, which was typed from here on.
    Running {
        typed_from: Option<Place>,
        start: Start,
    },
}

/// Rows of a command's output up to which it is handed on.
const PRINTED_ROWS: u64 = 40;

/// How the start of a command is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The shell told (`133;C`).
    Told,
    /// Enter was sent; what was typed may still be coming.
    Guessed,
    /// Enter was sent, and the shell has gone to the next line.
    Seen,
}

/// The marks of a terminal.
#[derive(Debug, Default)]
pub(super) struct Marks {
    now: Duration,
    cwd: Option<String>,
    /// By their prompts. The last one is not finished unless the phase is [`Phase::Away`].
    commands: VecDeque<Command>,
    phase: Phase,
    /// Enter was sent at the prompt when nothing of a command was to be seen: it may still be echoed.
    blind: bool,
    ran: VecDeque<Ran>,
}

impl Marks {
    /// Takes a mark (the body after `133;`) at the cursor. `typed` reads what stands between two
    /// places.
    pub(super) fn mark(
        &mut self,
        mark: &str,
        at: Place,
        typed: impl FnOnce(Place, Place) -> String,
    ) {
        let (letter, options) = mark.split_once(';').unwrap_or((mark, ""));
        match letter {
            // Prompts of further lines (`k=s`) and at the right (`k=r`) belong to the first one.
            "A" | "N"
                if !options
                    .split(';')
                    .any(|o| matches!(o, "k=s" | "k=r" | "k=c")) =>
            {
                self.prompt(at.line);
            }
            "B" => self.input(at),
            "C" => self.start(options, at, typed),
            "D" => {
                let status = options.split(';').next().and_then(|o| o.parse().ok());
                let printed = self.printed(at, typed);
                self.finish(status, at, printed);
            }
            _ => {}
        }
    }

    fn prompt(&mut self, line: LineNo) {
        match self.phase {
            Phase::Away => {}
            Phase::Prompt | Phase::Input(_) => {
                self.commands.pop_back();
            }
            Phase::Running { start, .. } => {
                let same = self.commands.back().is_some_and(|last| last.prompt == line);
                if same && start != Start::Told {
                    // Enter did not start anything: the shell has drawn its prompt again.
                    self.commands.pop_back();
                } else {
                    self.finish(None, Place { line, col: 0 }, None);
                }
            }
        }
        self.phase = Phase::Prompt;
        self.cut(line, LineNo(line.0 + 1));
        self.push(line);
    }

    fn push(&mut self, prompt: LineNo) {
        if self.commands.len() >= COMMAND_LIMIT {
            self.commands.pop_front();
        }
        self.commands.push_back(Command {
            prompt,
            output: None,
            end: None,
            text: None,
            status: None,
            started: None,
            ended: None,
            cwd: None,
        });
    }

    fn input(&mut self, at: Place) {
        if self.phase == Phase::Away {
            self.prompt(at.line);
        }
        if matches!(self.phase, Phase::Prompt | Phase::Input(_)) {
            self.phase = Phase::Input(at);
            self.blind = false;
        }
    }

    fn start(&mut self, options: &str, at: Place, typed: impl FnOnce(Place, Place) -> String) {
        let typed_from = match self.phase {
            Phase::Running {
                start: Start::Told, ..
            } => return,
            Phase::Running { typed_from, .. } => typed_from,
            Phase::Input(from) => Some(from),
            Phase::Prompt => None,
            Phase::Away => {
                self.prompt(at.line);
                None
            }
        };
        let told = options
            .split(';')
            .find_map(|option| option.strip_prefix("cmdline_url="))
            .and_then(percent_decoded);
        let text = told.or_else(|| typed_from.map(|from| typed(from, at)));
        let start = Start::Told;
        self.phase = Phase::Running { typed_from, start };
        let output = after(at);
        self.begin(text, output);
    }

    /// Whether Enter was sent, and what was typed may still be coming.
    #[inline]
    pub(super) fn awaits_line(&self) -> bool {
        match self.phase {
            Phase::Input(_) => self.blind,
            Phase::Running { start, .. } => start == Start::Guessed,
            Phase::Away | Phase::Prompt => false,
        }
    }

    /// Enter was sent, and `end` is the last row of the line that the cursor is on.
    pub(super) fn entered(&mut self, end: LineNo, typed: impl FnOnce(Place, Place) -> String) {
        let Phase::Input(from) = self.phase else {
            return;
        };
        let text = typed(from, line_end(end));
        self.blind = text.is_empty();
        self.guess(from, text, Start::Guessed, end);
    }

    /// The cursor leaves the line that was entered: by now all of it has been echoed.
    pub(super) fn line_entered(&mut self, end: LineNo, typed: impl FnOnce(Place, Place) -> String) {
        let (Phase::Input(from)
        | Phase::Running {
            typed_from: Some(from),
            start: Start::Guessed,
        }) = self.phase
        else {
            return;
        };
        self.blind = false;
        let text = typed(from, line_end(end));
        self.guess(from, text, Start::Seen, end);
    }

    fn guess(&mut self, from: Place, text: String, start: Start, end: LineNo) {
        if !text.is_empty() {
            let typed_from = Some(from);
            self.phase = Phase::Running { typed_from, start };
            self.begin(Some(text), LineNo(end.0 + 1));
        } else if let Phase::Running { start: old, .. } = &mut self.phase {
            *old = start;
        }
    }

    fn begin(&mut self, text: Option<String>, output: LineNo) {
        if let Some(last) = self.commands.back_mut() {
            let text = text
                .map(|text| clean(&text))
                .filter(|text| !text.is_empty());
            last.text = text.or_else(|| last.text.take());
            last.output = Some(output.max(last.prompt));
            last.started = last.started.or(Some(self.now));
            if last.cwd.is_none() {
                last.cwd.clone_from(&self.cwd);
            }
        }
    }

    /// What the command that ends at `at` printed, when that is short.
    fn printed(&self, at: Place, typed: impl FnOnce(Place, Place) -> String) -> Option<String> {
        let Phase::Running { .. } = self.phase else {
            return None;
        };
        let line = self.commands.back()?.output?;
        if at.line.0.checked_sub(line.0)? > PRINTED_ROWS {
            return None;
        }
        let printed = clean(&typed(Place { line, col: 0 }, at));
        (printed.len() < TEXT_LIMIT).then_some(printed)
    }

    fn finish(&mut self, status: Option<i32>, at: Place, printed: Option<String>) {
        match mem::take(&mut self.phase) {
            Phase::Away => {}
            Phase::Prompt | Phase::Input(_) => {
                self.commands.pop_back();
            }
            Phase::Running { .. } => {
                if let Some(last) = self.commands.back_mut() {
                    let output = last.output.unwrap_or(last.prompt);
                    last.end = Some(after(at).max(output));
                    last.status = status;
                    last.ended = Some(self.now);
                    let ran = Ran {
                        text: last.text.clone().unwrap_or_default(),
                        status,
                        cwd: last.cwd.clone(),
                        took: last.started.map(|start| self.now.saturating_sub(start)),
                        printed,
                    };
                    if self.ran.len() >= RAN_LIMIT {
                        self.ran.pop_front();
                    }
                    self.ran.push_back(ran);
                }
            }
        }
    }

    /// OSC 7: `file://host/path`, the path percent-encoded.
    pub(super) fn directory(&mut self, address: &str) {
        let path = ["file://", "kitty-shell-cwd://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..)));
        let path = path.and_then(percent_decoded);
        let fits = |path: &String| path.len() <= TEXT_LIMIT && !path.contains(text::is_harmful);
        if let Some(path) = path.filter(fits) {
            self.cwd = Some(path);
        }
    }

    /// What stands from a place on was erased.
    pub(super) fn erased(&mut self, from: Place) {
        let line = after(from);
        let current = self.take_current();
        self.cut(line, line);
        self.commands.extend(current);
    }

    /// Forgets the commands from a line on, and what of the last one's output is beyond `end`.
    fn cut(&mut self, line: LineNo, end: LineNo) {
        while self.commands.back().is_some_and(|last| last.prompt >= line) {
            self.commands.pop_back();
        }
        if let Some(last) = self.commands.back_mut() {
            last.output = last.output.map(|output| output.min(end));
            last.end = last.end.map(|old| old.min(end));
        }
    }

    /// Takes the command that has not ended out of the others.
    fn take_current(&mut self) -> Option<Command> {
        match self.phase {
            Phase::Away => None,
            _ => self.commands.pop_back(),
        }
    }

    /// The screen and its history are gone.
    pub(super) fn forget_all(&mut self) {
        self.commands.clear();
        self.phase = Phase::Away;
    }

    /// Only the lines from `first` to `last` are kept.
    pub(super) fn keep(&mut self, first: LineNo, last: LineNo) {
        let end = LineNo(last.0 + 1);
        let current = self.take_current();
        while self.commands.back().is_some_and(|c| c.prompt > last) {
            self.commands.pop_back();
        }
        let gone = |c: &Command| c.end.is_some_and(|end| end <= first);
        while self.commands.front().is_some_and(gone) {
            self.commands.pop_front();
        }
        self.commands.extend(current);
        // Prompts ascend and outputs end at the next prompt's line at most: only few can be outside.
        for command in self.commands.iter_mut().take_while(|c| c.prompt < first) {
            command.prompt = first;
            command.output = command.output.map(|output| output.max(first));
            command.end = command.end.map(|old| old.max(first));
        }
        for command in self.commands.iter_mut().rev().take(4) {
            command.prompt = command.prompt.min(last);
            command.output = command.output.map(|output| output.min(end));
            command.end = command.end.map(|old| old.min(end));
        }
    }

    /// Lines were wrapped anew.
    pub(super) fn rewrapped(&mut self, moved: impl Fn(Place) -> Place) {
        let line = |line: LineNo| moved(Place { line, col: 0 }).line;
        for command in &mut self.commands {
            command.prompt = line(command.prompt);
            command.output = command.output.map(line);
            command.end = command.end.map(line);
        }
        match &mut self.phase {
            Phase::Input(at) => *at = moved(*at),
            Phase::Running { typed_from, .. } => *typed_from = typed_from.map(&moved),
            Phase::Away | Phase::Prompt => {}
        }
    }
}

/// The line that begins at a place or after it.
fn after(at: Place) -> LineNo {
    LineNo(at.line.0 + u64::from(at.col > 0))
}

fn line_end(line: LineNo) -> Place {
    Place {
        line,
        col: u16::MAX,
    }
}

/// A command's text, fit to be shown: no harmful characters but line feeds, and bounded.
fn clean(typed: &str) -> String {
    let mut text: String = typed
        .trim()
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| *c == '\n' || !text::is_harmful(*c))
        .collect();
    while text.len() > TEXT_LIMIT {
        text.pop();
    }
    text
}

/// Undoes percent-encoding; none when it is broken or no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(rest.next())? * 16 + digit(rest.next())?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

impl Terminal {
    /// The monotonic time of what is fed next, on the caller's clock.
    pub fn set_clock(&mut self, now: Duration) {
        self.guest.marks.now = now;
    }

    /// The directory that the shell told last (OSC 7): clean, absolute, at most 4096 bytes.
    pub fn cwd(&self) -> Option<&str> {
        self.guest.marks.cwd.as_deref()
    }

    /// The commands whose lines are still kept, oldest first, at most 4096. The last one may not have
    /// begun: it is the prompt then. Lines are those of the main screen, also while a program shows
    /// the alternate one; what is dropped from a command's lines is cut off its range.
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = &Command> {
        self.guest.marks.commands.iter()
    }

    /// The commands that ended since the last call, oldest first, at most 256.
    pub fn take_ran(&mut self) -> Vec<Ran> {
        self.guest.marks.ran.drain(..).collect()
    }

    /// Whether the shell waits for a command: its prompt has ended and no command has begun.
    pub fn at_prompt(&self) -> bool {
        !self.is_alternate() && matches!(self.guest.marks.phase, Phase::Input(_))
    }

    /// Whether something runs in the shell, as far as the screen and the shell's marks tell.
    pub fn is_busy(&self) -> bool {
        self.is_alternate() || matches!(self.guest.marks.phase, Phase::Running { .. })
    }

    /// Enter was sent to the program. Shells that do not tell when a command starts are helped here:
    /// its text is what stands on the screen, and its output begins on the next line.
    pub fn entered(&mut self) {
        self.guest.entered();
    }

    /// The marks after lines were dropped.
    pub(super) fn keep_marks(&mut self) {
        let (first, last) = self.guest.lines.main(&self.guest.term);
        self.guest.marks.keep(first, last);
    }
}
