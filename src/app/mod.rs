//! The model, what can happen to it, and what it asks for.
//!
//! One [`Msg`] (facts), one [`update()`] without I/O, clock or async, a list of [`Effect`]s (orders).
//! What a person can ask for by name is an [`action::Action`]; only actions are in the keymap.
//!
//! Where to look: [`update()`] dispatches; `input` knows where keys, mouse and paste go; `perform` does
//! what an action asks for; `attach` begins and ends sessions. The state is [`Model`]: the picker, the
//! attach on its way, the session ([`joined::Joined`]) with its panes, popups and toasts over them.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod action;
pub mod alike;
pub mod area;
mod attach;
pub mod compare_action;
mod compare_perform;
mod effect;
pub mod entrypoint_action;
mod entrypoint_perform;
mod entrypoint_run;
pub mod explore;
pub mod explore_action;
pub mod failing_action;
mod failing_perform;
pub mod files_action;
mod files_carry;
mod files_perform;
mod files_told;
pub mod fuzzy;
pub mod help;
mod input;
pub mod joined;
pub mod keymap;
mod laid;
pub mod learn;
pub mod learn_action;
pub mod learn_effect;
mod learn_perform;
pub mod line;
pub mod logs_action;
mod logs_perform;
pub mod markdown;
pub mod mend;
mod model;
mod mouse;
mod movement;
pub mod network_action;
mod network_perform;
pub mod others;
pub mod packages_action;
mod packages_change;
mod packages_perform;
mod packages_view;
pub mod panes;
mod perform;
pub mod picker;
pub mod popup;
pub mod processes_action;
mod processes_perform;
pub mod recipe_action;
pub mod recipe_effect;
mod recipe_perform;
pub mod replica_action;
mod replica_perform;
pub mod replica_popup;
pub mod replicas;
pub mod shell_action;
mod shell_mouse;
mod shell_perform;
mod sight;
mod stats_perform;
pub mod steps;
pub mod steps_action;
pub mod sticky;
pub mod tasks;
pub mod text;
pub mod toast;
pub mod tryout;
mod update;
pub mod watch;

pub use alike::alike_lines;
pub use effect::{CompareEffect, Effect, FilesEffect, Rewrite};
pub use entrypoint_run::run_by_hand;
pub use failing_perform::{TriageLine, triage_lines};
pub use files_perform::roots;
pub use laid::{Hit, Laid, LaidRecipe};
pub use model::{ClipboardPolicy, Model, Settings, Start, ThemeName};
pub use packages_view::{
    confirm_lines, installed_choices, kits, last_time, package_key, package_note,
};
pub use perform::choices;
pub use processes_perform::by_hand;
pub use update::update;

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::domain::Progress;
use crate::domain::bisect::{Bisected, Trial};
use crate::domain::build::BuildNews;
use crate::domain::debt::{Debt, Paid};
use crate::domain::dockerfile::order::Outcome;
use crate::domain::entrypoint::Report;
use crate::domain::error::{Error, Result};
use crate::domain::image::{Likeness, Resolution};
use crate::domain::log::{Line, Run};
use crate::domain::look::{Answer, Look};
use crate::domain::packages::{Finished, News, Stock, Transaction};
use crate::domain::recorder::Record;
use crate::domain::replay::Ending;
use crate::domain::stats::Sample;
use crate::domain::target::{ContainerId, Event, Summary, Target};
use crate::domain::triage::Triage;
use crate::domain::tryout::Tryout;
use crate::domain::twin::Twin;

/// Number of a long operation; late replies of an old number are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// Number of a shell; the first one of a session is the twin's own main program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShellId(pub u32);

/// A timer that the model asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Timer {
    /// A toast has been read.
    Toast(u64),
    /// The selection in the picker has rested on this container: fetch its preview.
    Preview(ContainerId),
    /// The engine has had time to follow its own event: look at the list a second time.
    Late,
    /// A container that came up out of a restart loop may have stayed up.
    Settled,
    /// A program began a synchronised update and did not end it.
    Sync(ShellId),
    /// The size has rested: tell the shell.
    Resize(ShellId),
    /// A bell has been shown, or has rested.
    Flash(ShellId),
    /// Clicks of that number that came before belong to it no longer.
    Click(ShellId, u32),
    /// The twin of a target that dies again and again may be started again.
    Sticky(u64),
    /// A pane that watches the twin is to look again.
    Look(TaskId),
    /// The selection in the packages pane has rested since that number was given: try what it would do.
    Trial(u64),
}

/// What is known of a container that the picker's selection rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Whose.
    pub id: ContainerId,
    /// Its details.
    pub target: Result<Target>,
    /// The last lines of its log, as the program printed them (hostile bytes).
    pub log: Result<Vec<u8>>,
    /// Which dev image, and why.
    pub resolution: Result<Resolution>,
}

/// A twin that is up, with a shell connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The twin.
    pub twin: Twin,
    /// The target as it was when the twin was made.
    pub target: Target,
    /// Why this dev image.
    pub resolution: Resolution,
    /// The number under which the runtime holds the shell's streams.
    pub shell: ShellId,
    /// Ours to remove: not one that another devtwin, or another person's, made and holds.
    pub owned: bool,
    /// It was found running: what comes first is what its shell printed before.
    pub again: bool,
    /// What came of a catch; none when nothing was to be caught.
    pub catch: Option<Catch>,
    /// What was recorded of the twin before, when it was found running.
    pub record: Record,
}

/// What came of a catch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catch {
    /// The target stands still.
    Caught(Caught),
    /// It was gone already, so that this is an arena: why.
    Missed(String),
}

/// A target that was paused at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// Milliseconds between its start and the pause, by the engine's clock; none when it did not say.
    pub after_ms: Option<u64>,
    /// That it must be let go on.
    pub debt: Debt,
}

/// Everything that can happen.
#[derive(Debug)]
pub enum Msg {
    /// A key, press or repeat.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// Pasted text.
    Paste(String),
    /// The outer terminal got or lost the focus.
    Focus(bool),
    /// Where things stand on the screen now.
    Laid(Laid),
    /// The containers.
    Listed(Result<Vec<Summary>>),
    /// Tags of the local images, for "is a dev image known?" in the picker.
    LocalImages(Vec<String>),
    /// The engine told of a container.
    Engine(Event),
    /// The engine's event stream broke; the runtime tries again.
    EngineLost(Error),
    /// The event stream is back.
    EngineBack,
    /// A preview came.
    Previewed(Box<Preview>),
    /// A container's details came.
    Inspected(ContainerId, Result<Box<Target>>),
    /// A long operation moved on.
    Progress(TaskId, Progress),
    /// An attach ended.
    Attached(TaskId, Result<Box<Attached>>),
    /// A shell printed something, so long after the program began.
    Output(ShellId, Vec<u8>, Duration),
    /// A further shell is there, or could not be opened; before its first output.
    ShellOpened(ShellId, Result<()>),
    /// A shell's stream ended; its exit status when known.
    ShellEnded(ShellId, Option<i64>),
    /// A replica in a shell's tab ended, after so many milliseconds, and is removed.
    ReplicaEnded(ShellId, Ending, u64),
    /// The search for what makes the target fail runs a replica; what it tries.
    Trying(TaskId, String),
    /// That replica ended.
    Tried(TaskId, Trial),
    /// The search came to its end.
    Bisected(TaskId, Result<Box<Bisected>>),
    /// What the recipe pane asked for.
    Recipe(TaskId, recipe_effect::RecipeTold),
    /// What was found of the target's entrypoint.
    EntrypointInspected(TaskId, Result<Box<Report>>),
    /// How alike the target's image and the dev image are.
    Alike(TaskId, Result<Box<Likeness>>),
    /// Which of the paths that were asked for are programs.
    Probed(TaskId, Result<Vec<String>>),
    /// What a twin's package manager knows.
    Stocked(TaskId, Result<Box<Stock>>),
    /// What a change of packages would do.
    Simulated(TaskId, Result<Box<Transaction>>),
    /// A change of packages, or a refresh, moved on; may be dropped in a flood.
    PackageNews(TaskId, News),
    /// A change of packages came to its end.
    PackagesChanged(TaskId, Result<Box<Finished>>),
    /// A build of a Dockerfile moved on.
    BuildNews(TaskId, Vec<BuildNews>),
    /// A build of a Dockerfile came to its end.
    Built(TaskId, Result<Box<Outcome>>),
    /// A Dockerfile was read anew: its text.
    DockerfileRead(Result<String>),
    /// A Dockerfile was written, or could not be: the text that it has now.
    DockerfileWritten(Result<String>),
    /// A try in production came to its end.
    TriedOut(TaskId, Result<Box<Tryout>>),
    /// What happened to a target, as far as it can be known.
    Triaged(ContainerId, Result<Box<Triage>>),
    /// A target's restart loop was ended, or could not be: what is owed for it.
    Frozen(ContainerId, Result<Box<Debt>>),
    /// A debt to a target was paid, or could not be.
    Paid(ContainerId, Result<Box<Paid>>),
    /// A twin that had ended is up again, its streams connected as that shell, or could not be started. True when
    /// it had run all the while.
    Rejoined(TaskId, ShellId, Result<bool>),
    /// A look through the twin was answered.
    Looked(TaskId, Look, Result<Box<Answer>>),
    /// The runs of the target; before the lines of its log.
    LogRuns(TaskId, Vec<Run>),
    /// Lines of the target's log.
    LogLines(TaskId, Vec<Line>),
    /// What the target takes of its machine.
    Stats(TaskId, Box<Sample>),
    /// A stream that was followed has ended by itself, or could not be opened.
    FeedEnded(TaskId, Result<()>),
    /// A twin was removed, or could not be.
    TwinRemoved(ContainerId, Result<()>),
    /// Something of the comparison was told.
    Compare(TaskId, panes::compare::News),
    /// Something of files was told.
    Files(TaskId, panes::files::News),
    /// Something of the lessons was told.
    Learn(TaskId, learn_effect::LearnNews),
    /// In place of the first of the names that were looked at, this one is free.
    Free(String, String),
    /// A file was written, or could not be.
    Saved(String, Result<()>),
    /// Something that a person should know about the session as a whole, and what to do.
    Notice(String, Option<String>),
    /// A timer ran out.
    Elapsed(Timer),
    /// SIGTERM, SIGHUP or SIGINT, or the terminal went away.
    Terminate,
}
