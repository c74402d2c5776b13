//! Popups lie over the screen and take the keys; the topmost of the stack first.

mod consent;
mod lines;

pub use consent::{Consent, ConsentChoice};
pub(super) use lines::lines;

use super::ShellId;
use super::action::{self, Action};
use super::explore::Images;
use super::fuzzy::Fuzzy;
use super::keymap::Focus;
use super::learn::LearnAsk;
use super::line::Line;
use super::others::Others;
use super::panes::packages::trial::Trial;
use super::replica_popup::ReplicaPopup;
use super::tryout::TryPopup;
use crate::domain::process::{Owner, Signal, Signals};

/// A popup.
#[derive(Debug)]
pub enum Popup {
    /// Every action by name.
    Palette(Box<Palette>),
    /// The keys, scrolled by so many lines.
    Help(usize),
    /// What is shared and what not, scrolled by so many lines.
    Shared(usize),
    /// How alike both images are, scrolled by so many lines.
    Alike(usize),
    /// The equivalent docker command in full, scrolled by so many lines.
    Equivalent(usize),
    /// What becomes of the twin: the chosen row.
    Leaving(usize),
    /// The commands that ran, the newest first: the chosen row.
    Commands(usize),
    /// Where the shell's text is to be written.
    Save(Box<Save>),
    /// What to do with a link: its address, and the chosen row.
    Link(String, usize),
    /// Whether a shell is to be closed in which something runs, and the chosen row.
    Closing(ShellId, usize),
    /// Whether a command is to run in the target itself: the chosen row.
    RunInTarget(usize),
    /// What a change of packages would do, to be confirmed.
    Change(Box<Confirm>),
    /// What becomes of installed packages: their names, and the chosen row.
    Installed(Vec<String>, usize),
    /// Sets of packages: the chosen row.
    Toolkits(usize),
    /// Other images that could serve as dev image.
    Others(Box<Others>),
    /// A try in production.
    Try(Box<TryPopup>),
    /// A command of a Dockerfile under edit.
    Mend,
    /// Images that can be explored.
    Images(Box<Images>),
    /// A signal for a process, and the chosen row: of the signals, then of the answers.
    Signal(Box<Sending>, usize),
    /// What happened to the target, scrolled by so many lines.
    Triage(usize),
    /// Whether the target itself may be changed, and the chosen row.
    Consent(Box<Consent>, usize),
    /// A question of the lessons, and the chosen row.
    Lesson(Box<LearnAsk>, usize),
    /// What was done of the lessons, scrolled by so many lines.
    Certificate(usize),
    /// A question about replicas, or how a search for the cause goes.
    Replica(Box<ReplicaPopup>),
}

impl Popup {
    /// Changes the line that takes what is typed, and finds anew what that finds; whether there is something to draw. None
    /// where letters are keys.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Line) -> bool) -> Option<bool> {
        let edit = |line: &mut Line| line.change(change);
        let (changed, drawn) = match self {
            Self::Palette(palette) => edit(&mut palette.query),
            Self::Images(images) => edit(&mut images.query),
            Self::Save(save) => edit(&mut save.line),
            Self::Try(popup) => match &mut **popup {
                TryPopup::Ask(line) => edit(line),
                TryPopup::Show(_) => return None,
            },
            Self::Help(_)
            | Self::Shared(_)
            | Self::Alike(_)
            | Self::Equivalent(_)
            | Self::Leaving(_)
            | Self::Commands(_)
            | Self::Link(..)
            | Self::Closing(..)
            | Self::RunInTarget(_)
            | Self::Change(_)
            | Self::Installed(..)
            | Self::Others(_)
            | Self::Triage(_)
            | Self::Consent(..)
            | Self::Lesson(..)
            | Self::Certificate(_)
            | Self::Replica(_)
            | Self::Mend
            | Self::Toolkits(_)
            | Self::Signal(..) => return None,
        };
        if let (Self::Palette(palette), true) = (&mut *self, changed) {
            palette.sift();
        }
        if let (Self::Images(images), true) = (&mut *self, changed) {
            images.sift();
        }
        Some(drawn)
    }
}

/// A signal before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// To the process of that number.
    pub pid: u32,
    /// When that began: it must not be another one by then.
    pub start: u64,
    /// Its command, clean and short.
    pub name: String,
    /// Whether it is the target's main process.
    pub main: bool,
    /// Whose it is.
    pub owner: Owner,
    /// What it does with signals.
    pub signals: Signals,
    /// Which one; none while it is being chosen.
    pub signal: Option<Signal>,
}

/// Answers to "send it?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendChoice {
    /// Send it.
    Send,
    /// Back to the processes.
    Back,
}

impl SendChoice {
    /// Every answer, in the order of the rows.
    pub const ALL: [Self; 2] = [Self::Send, Self::Back];
    /// The row that is chosen first: who presses Enter twice must have sent nothing.
    pub const SAFE: usize = 1;

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Send => 's',
            Self::Back => 'b',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Send => "Send it",
            Self::Back => "Back to the processes",
        }
    }
}

/// A change of packages before it is made.
#[derive(Debug)]
pub struct Confirm {
    /// The change, and what it would do.
    pub trial: Trial,
    /// First line in sight.
    pub top: usize,
}

/// What can become of installed packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstalledChoice {
    /// Bring them up to date.
    Upgrade,
    /// Remove them.
    Remove,
    /// Back to the list.
    Back,
}

impl InstalledChoice {
    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Upgrade => 'u',
            Self::Remove => 'r',
            Self::Back => 'b',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Upgrade => "Bring up to date",
            Self::Remove => "Remove",
            Self::Back => "Back to the list",
        }
    }
}

/// A file under choice.
#[derive(Debug)]
pub struct Save {
    /// Its path.
    pub line: Line,
    /// What is saved.
    pub what: SaveWhat,
}

/// What is saved to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveWhat {
    /// What is marked in a shell.
    Marked,
    /// All that a shell has.
    Shell,
    /// The target's log.
    Log,
    /// A file or directory of a root.
    Download,
    /// Nothing: the file that is named goes into the twin.
    Upload,
    /// The recipe's Dockerfile.
    Recipe,
    /// No file: the built image, under that name.
    Keep,
    /// No file: the twin as an image, under that name.
    Commit,
}

impl Save {
    /// A choice that begins with `path`.
    pub fn new(path: &str, what: SaveWhat) -> Self {
        let mut line = Line::default();
        line.paste(path);
        Self { line, what }
    }
}

/// What can be done with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChoice {
    /// Copy its address.
    Copy,
    /// Open it with the person's own program.
    Open,
}

impl LinkChoice {
    /// Every one of them, in the order of the rows: what opens nothing comes first.
    pub const ALL: [Self; 2] = [Self::Copy, Self::Open];

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Copy => 'c',
            Self::Open => 'o',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Copy => "Copy the address",
            Self::Open => "Open it on this machine",
        }
    }
}

/// Answers to "something runs in this shell: close it?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseChoice {
    /// Close it.
    Close,
    /// Go on as before.
    Stay,
}

impl CloseChoice {
    /// Every answer, in the order of the rows.
    pub const ALL: [Self; 2] = [Self::Close, Self::Stay];

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Close => 'c',
            Self::Stay => 's',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Close => "Close the shell and end what runs in it",
            Self::Stay => "Stay here",
        }
    }
}

/// Answers to "in the target itself?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetChoice {
    /// Run it there.
    Run,
    /// Back to the form.
    Back,
}

impl TargetChoice {
    /// Every answer, in the order of the rows.
    pub const ALL: [Self; 2] = [Self::Run, Self::Back];
    /// The row that is chosen first: who presses Enter twice must not have run it in production.
    pub const SAFE: usize = 1;

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Run => 'r',
            Self::Back => 'b',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Run it in the target itself",
            Self::Back => "Back to the form",
        }
    }
}

/// Answers to "a twin is running: what now?", in the order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Go on as before.
    Stay,
    /// Remove the twin, back to the containers.
    Containers,
    /// Remove the twin and quit.
    Remove,
    /// Leave the twin for re-attach and quit.
    Keep,
}

impl Choice {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Stay, Self::Containers, Self::Remove, Self::Keep];

    /// Its key, which needs no Enter.
    pub fn key(self) -> char {
        match self {
            Self::Stay => 's',
            Self::Containers => 'c',
            Self::Remove => 'r',
            Self::Keep => 'k',
        }
    }

    /// Its line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Stay => "Stay here",
            Self::Containers => "Remove the twin, back to the containers",
            Self::Remove => "Remove the twin and quit",
            Self::Keep => "Keep the twin and quit (devtwin ls finds it)",
        }
    }
}

/// The command palette.
#[derive(Debug)]
pub struct Palette {
    /// Where it was opened: decides what it offers.
    pub from: Focus,
    /// The query.
    pub query: Line,
    /// Number of the chosen row.
    pub chosen: usize,
    found: Vec<Action>,
    typed: bool,
}

impl Palette {
    /// A palette with everything that can be done at `from`.
    pub fn new(from: Focus) -> Self {
        let mut palette = Self {
            from,
            query: Line::default(),
            chosen: 0,
            found: Vec::new(),
            typed: false,
        };
        palette.sift();
        palette
    }

    /// Finds the actions anew after the query changed.
    pub fn sift(&mut self) {
        let offered = action::all().filter(|e| e.offered.contains(&self.from));
        self.found = match Fuzzy::new(self.query.text()) {
            None => offered.map(|e| e.action).collect(),
            Some(mut fuzzy) => {
                let mut found: Vec<_> = offered
                    .filter_map(|e| Some((fuzzy.score(e.title)?, e.action)))
                    .collect();
                found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
                found.into_iter().map(|(_, action)| action).collect()
            }
        };
        self.chosen = 0;
        self.typed |= !self.query.is_empty();
    }

    /// Whether nothing has been typed yet. Who takes the last word back with Ctrl-W does not mean to
    /// close the shell with the next one.
    pub fn is_fresh(&self) -> bool {
        !self.typed
    }

    /// The actions that match, best first.
    pub fn found(&self) -> &[Action] {
        &self.found
    }

    /// The action of the chosen row.
    pub fn action(&self) -> Option<Action> {
        self.found.get(self.chosen).copied()
    }

    /// Number of the first row on a screen that has room for `rows`.
    pub fn offset(&self, rows: usize) -> usize {
        offset(self.chosen, rows)
    }
}

/// Number of the first row on a screen that has room for `rows`, such that the chosen one is in sight.
pub fn offset(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows.max(1))
}

/// Moves a row number or a scroll position by `by`, staying below `count`.
pub fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}
