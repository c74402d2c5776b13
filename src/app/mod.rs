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
pub mod area;
mod attach;
pub mod entrypoint_action;
mod entrypoint_perform;
mod entrypoint_run;
pub mod fuzzy;
pub mod help;
mod input;
pub mod joined;
pub mod keymap;
pub mod line;
mod model;
pub mod packages_action;
mod packages_change;
mod packages_perform;
mod packages_view;
pub mod panes;
mod perform;
pub mod picker;
pub mod popup;
pub mod shell_action;
mod shell_mouse;
mod shell_perform;
pub mod tasks;
pub mod text;
pub mod toast;
mod update;

pub use model::{ClipboardPolicy, Model, Settings, Start, ThemeName};
pub use packages_view::{
    confirm_lines, installed_choices, kits, last_time, package_key, package_note,
};
pub use perform::choices;
pub use update::update;

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Rect;

use panes::entrypoint::Side;
use panes::entrypoint::form::Field;

use crate::domain::entrypoint::Report;
use crate::domain::error::{Error, Result};
use crate::domain::image::Resolution;
use crate::domain::packages::{Change, Changed, Finished, News, Stock, Transaction};
use crate::domain::plan::Wishes;
use crate::domain::run::Order;
use crate::domain::target::{ContainerId, Event, Summary, Target};
use crate::domain::twin::Twin;
use crate::domain::{Progress, Size};

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
    /// Only the connection to the twin's own shell had broken, and there is a new one; before its first output.
    ShellFoundAgain(ShellId),
    /// What was found of the target's entrypoint.
    EntrypointInspected(TaskId, Result<Box<Report>>),
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
    /// A twin was removed, or could not be.
    TwinRemoved(ContainerId, Result<()>),
    /// A file was written, or could not be.
    Saved(String, Result<()>),
    /// Something that a person should know about the session as a whole, and what to do.
    Notice(String, Option<String>),
    /// A timer ran out.
    Elapsed(Timer),
    /// SIGTERM, SIGHUP or SIGINT, or the terminal went away.
    Terminate,
}

/// Everything the model can ask the runtime for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Fetch containers and local image tags: `Listed`, `LocalImages`.
    List,
    /// Fetch a preview: `Previewed`.
    Preview(ContainerId),
    /// Fetch details: `Inspected`.
    Inspect(ContainerId),
    /// Bring up a twin: `Progress`, then exactly one `Attached`.
    Attach {
        /// Its number.
        task: TaskId,
        /// Number that its shell is to have.
        shell: ShellId,
        /// Container name, id or unique prefix.
        target: String,
        /// A resolution that is known already for the same container.
        resolution: Option<Box<Resolution>>,
        /// What the person asked for.
        wishes: Box<Wishes>,
        /// First size of the shell.
        size: Size,
    },
    /// Give up a long operation; it still ends with its final message.
    Cancel(TaskId),
    /// Bytes for a shell.
    ShellWrite(ShellId, Vec<u8>),
    /// A new size for a shell.
    ShellResize(ShellId, Size),
    /// Open a further shell in a twin: `ShellOpened`, then `Output`, at last `ShellEnded`.
    OpenShell {
        /// The number that it is to have.
        shell: ShellId,
        /// Where.
        twin: ContainerId,
        /// Its first size.
        size: Size,
    },
    /// Inspect a target's entrypoint: `EntrypointInspected`.
    InspectEntrypoint {
        /// Its number.
        task: TaskId,
        /// Which container.
        target: ContainerId,
        /// The twin's image, which it is compared with.
        dev: String,
    },
    /// Ask which of these paths are programs in a container: `Probed`.
    Probe {
        /// Its number.
        task: TaskId,
        /// Which container.
        container: ContainerId,
        /// Absolute paths.
        paths: Vec<String>,
    },
    /// Ask a twin's package manager what can be had and what is there: `PackageNews`, then `Stocked`.
    Stock {
        /// Its number.
        task: TaskId,
        /// Which twin.
        twin: ContainerId,
        /// Fetch the indexes anew, also when there are some.
        refresh: bool,
    },
    /// Ask what a change of packages would do: `Simulated`.
    Simulate {
        /// Its number.
        task: TaskId,
        /// In which twin.
        twin: ContainerId,
        /// The change.
        change: Change,
    },
    /// Make a change of packages: `PackageNews`, then exactly one `PackagesChanged`, also when it is cancelled.
    Change {
        /// Its number.
        task: TaskId,
        /// In which twin.
        twin: ContainerId,
        /// The change.
        change: Change,
    },
    /// Remember what a change did with an image of that family, for the next run of devtwin.
    Remember {
        /// Which family.
        family: String,
        /// What was done.
        changed: Box<Changed>,
    },
    /// Run a command in a tab of its own: as a further shell, `ShellOpened`, `Output`, `ShellEnded`.
    Run {
        /// The number that its tab is to have.
        shell: ShellId,
        /// The twin of the session.
        twin: ContainerId,
        /// The target beside it.
        target: ContainerId,
        /// What, as whom, and in which of the two.
        order: Box<Order>,
        /// Its first size.
        size: Size,
    },
    /// End a further shell and what runs in it; nothing more is told of it.
    CloseShell(ShellId),
    /// Remove a twin: `TwinRemoved`.
    RemoveTwin(ContainerId),
    /// Put text into the outer terminal's clipboard.
    Copy(String),
    /// Write text to a new file: `Saved`.
    Save {
        /// Its path; `~/` is the person's home.
        path: String,
        /// What to write.
        text: String,
    },
    /// Open a link with the person's own program.
    OpenLink(String),
    /// Send `Elapsed` after a while.
    After(Timer, Duration),
    /// End the program; twins of this session are removed unless `keep`.
    Quit {
        /// Leave the twins for re-attach.
        keep: bool,
    },
}

/// Where things stand on the screen: `ui::layout` computes it, `update` uses it for paging, the mouse
/// and the shell's size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Laid {
    /// The whole screen.
    pub screen: Rect,
    /// The grids of the shells in sight.
    pub shells: Vec<(ShellId, Rect)>,
    /// What one shell alone would have.
    pub shell: Rect,
    /// Rows of the picker's list.
    pub list: Rect,
    /// The entrypoint pane's rows of what runs.
    pub chain: Rect,
    /// Its rows of findings.
    pub findings: Rect,
    /// The packages pane's rows of what was found.
    pub packages: Rect,
    /// What it says of a change that runs or has run.
    pub package_text: Rect,
    /// Rows of the topmost popup that can be chosen or scrolled; empty without one.
    pub popup: Rect,
    /// Things that can be clicked, the topmost last.
    pub hits: Vec<(Rect, Hit)>,
}

impl Laid {
    /// The grid of a shell; empty when it is not in sight.
    pub fn shell_area(&self, shell: ShellId) -> Rect {
        let found = self.shells.iter().find(|(id, _)| *id == shell);
        found.map(|(_, area)| *area).unwrap_or_default()
    }
}

/// Something that can be clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hit {
    /// The n-th visible row of the picker's list.
    Row(usize),
    /// A tab of the tab bar.
    Tab(usize),
    /// A row of the topmost popup.
    PopupRow(usize),
    /// The equivalent docker command in the status line.
    Equivalent,
    /// A hint that names an action: a click does what its key does.
    Action(action::Action),
    /// A popup's body: a click on it does nothing, one beside it closes the popup.
    Popup,
    /// The grid of a shell.
    Shell(ShellId),
    /// The scroll bar of a shell.
    ScrollBar(ShellId),
    /// A shell's own tab.
    ShellTab(ShellId),
    /// A row of a side of the entrypoint pane, counted in the view.
    SideRow(Side, usize),
    /// A row of a side's scroll bar.
    SideBar(Side, usize),
    /// A field of the form.
    Field(Field),
    /// A row of what the packages pane found, counted in the view.
    Package(usize),
    /// What is said of a change of packages.
    PackageText,
}
