//! What the model asks the runtime for.

use std::time::Duration;

use super::learn_effect::LearnEffect;
use super::recipe_effect::RecipeEffect;
use super::{ShellId, TaskId, Timer};
use crate::domain::Size;
use crate::domain::bisect::Consent;
use crate::domain::debt::Debt;
use crate::domain::dockerfile::order::Order as BuildOrder;
use crate::domain::files::{Ask, Place, Root};
use crate::domain::image::Resolution;
use crate::domain::log::LogQuery;
use crate::domain::look::{Look, Vantage};
use crate::domain::packages::{Change, Changed};
use crate::domain::plan::Wishes;
use crate::domain::replica::edits::Edits;
use crate::domain::run::Order;
use crate::domain::target::{ContainerId, Target};
use crate::domain::triage::Pace;
use crate::domain::tryout::Trial;
use crate::domain::twin::Twin;

/// A file that gets another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// Its absolute path.
    pub path: String,
    /// What it must hold.
    pub expected: String,
    /// What it is to hold.
    pub text: String,
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
    /// End what runs in a further shell whose connection was lost, and open a new one of the same number: as
    /// [`Self::OpenShell`]. No engine attaches to a program that runs by exec.
    ReopenShell {
        /// Its number.
        shell: ShellId,
        /// Where.
        twin: ContainerId,
        /// Its size.
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
    /// Compare a target's image with the dev image: `Alike`, unless it is cancelled.
    CompareImages {
        /// Its number.
        task: TaskId,
        /// Which container.
        target: ContainerId,
        /// The twin's image.
        dev: String,
    },
    /// Inspect the entrypoint of an image, which is pulled when it is not here: `EntrypointInspected`.
    InspectImage {
        /// Its number.
        task: TaskId,
        /// Which image.
        image: String,
        /// The twin's image, which it is compared with.
        dev: String,
    },
    /// Follow a target's log: `LogRuns`, `LogLines`, and `FeedEnded` unless it is cancelled.
    FollowLog {
        /// Its number.
        task: TaskId,
        /// Which container.
        target: ContainerId,
        /// Which part of it.
        query: LogQuery,
    },
    /// Follow what a target takes of its machine: `Stats`, and `FeedEnded` unless it is cancelled.
    FollowStats {
        /// Its number.
        task: TaskId,
        /// Which container.
        target: ContainerId,
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
    /// Begin to answer looks through a twin: `Looked`. Cancelled when nobody looks any more.
    Watch {
        /// Its number.
        task: TaskId,
        /// Which twin.
        twin: Box<Twin>,
        /// From where it looks.
        vantage: Vantage,
    },
    /// Look at something, by a watch of that number: exactly one `Looked`, unless the watch is cancelled.
    Look(TaskId, Look),
    /// Remember what a change did with an image of that family, for the next run of devtwin.
    Remember {
        /// Which family.
        family: String,
        /// What was done.
        changed: Box<Changed>,
    },
    /// Something for the recipe pane.
    Recipe(RecipeEffect),
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
    /// Run a replica of the target beside the twin, in a tab of its own: `ShellOpened`, `Output`, `ReplicaEnded`.
    Replay {
        /// The number that its tab is to have.
        shell: ShellId,
        /// The twin whose network and process ids it gets.
        twin: ContainerId,
        /// The target.
        target: ContainerId,
        /// How it differs from that.
        edits: Box<Edits>,
        /// First size of its terminal, when the target has one.
        size: Size,
    },
    /// Build a Dockerfile up to a step, or all of it: `BuildNews`, then exactly one `Built`.
    Build {
        /// Its number.
        task: TaskId,
        /// What, and how far.
        order: Box<BuildOrder>,
    },
    /// Read a Dockerfile anew: `DockerfileRead`.
    ReadDockerfile(String),
    /// Write a Dockerfile on the person's yes, unless it holds another text than is expected: `DockerfileWritten`.
    WriteDockerfile(Rewrite),
    /// Run the production image with files of the twin: `Progress`, then exactly one `TriedOut`.
    TryOut {
        /// Its number.
        task: TaskId,
        /// The twin that has the files.
        twin: Box<Twin>,
        /// The production image.
        image: String,
        /// Which files, and what runs.
        trial: Box<Trial>,
    },
    /// Search for the setting that makes the target fail: `Trying`, `Tried`, then exactly one `Bisected`.
    Bisect {
        /// Its number.
        task: TaskId,
        /// The target.
        target: ContainerId,
        /// The dev image on which it is tried, too.
        dev: String,
        /// What the person allowed.
        consent: Consent,
    },
    /// End a further shell and what runs in it; nothing more is told of it.
    CloseShell(ShellId),
    /// Remove a twin: `TwinRemoved`.
    RemoveTwin(ContainerId),
    /// Look at what happened to a container: `Triaged`.
    Triage {
        /// Which.
        target: ContainerId,
        /// What events told of its starts.
        pace: Pace,
    },
    /// End the restart loop of a target, on the person's yes: `Frozen`.
    Freeze(ContainerId),
    /// Undo what was done to a target: `Paid`.
    Pay {
        /// What.
        debt: Box<Debt>,
        /// Start the target then, when it does not run: on the person's yes to that.
        start: bool,
    },
    /// Start a target, on the person's yes; only a failure is told.
    StartTarget(ContainerId),
    /// Connect to a twin's own shell again, and start the twin when it has ended: exactly one `Rejoined`.
    Rejoin {
        /// Its number.
        task: TaskId,
        /// The number that the shell has.
        shell: ShellId,
        /// Which twin.
        twin: ContainerId,
        /// Where its shell was.
        cwd: Option<String>,
        /// The shell's size.
        size: Size,
    },
    /// Something about files.
    Files(FilesEffect),
    /// Something about the comparison.
    Compare(CompareEffect),
    /// Something about the lessons.
    Learn(LearnEffect),
    /// Put text into the outer terminal's clipboard.
    Copy(String),
    /// Look for the first name of no file: `Free`.
    Free(Vec<String>),
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

/// What the files pane asks for. What comes of it is told as `Msg::Files`, under the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesEffect {
    /// Begin to answer questions: nothing is told before one is asked. Cancelled when nobody looks any more.
    Browse {
        /// Its number.
        task: TaskId,
        /// Whose files.
        place: Box<Place>,
    },
    /// Ask a question of whoever has that number: exactly one `Answered`, unless it is cancelled.
    Ask {
        /// Of whom.
        task: TaskId,
        /// What.
        ask: Ask,
        /// Read again what is kept of that root.
        anew: bool,
    },
    /// Copy a file, or the archive of a directory, to a new file of this machine: `Copied`, then one `Carried`.
    Download {
        /// Its number.
        task: TaskId,
        /// Whose files.
        place: Box<Place>,
        /// In which root.
        root: Root,
        /// Its path there, no link in it.
        path: String,
        /// Whether it is a directory.
        is_dir: bool,
        /// The new file; `~/` is the person's home.
        to: String,
    },
    /// Copy a file of this machine into a twin, on the person's yes: `Copied`, then one `Carried`.
    Upload {
        /// Its number.
        task: TaskId,
        /// Which twin.
        twin: ContainerId,
        /// The file of this machine; `~/` is the person's home.
        from: String,
        /// Its path there.
        to: String,
    },
}

/// What the compare pane asks for. What comes of it is told as `Msg::Compare`, under the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareEffect {
    /// Compare the target with a dev image: `First`, `Streamed`, then exactly one `Ended`, unless it is cancelled.
    Begin {
        /// Its number.
        task: TaskId,
        /// The target; without an id its image is meant.
        target: Box<Target>,
        /// The dev image.
        dev: String,
    },
    /// Read a file of both sides: one `Content`, unless it is cancelled.
    Content {
        /// Its number.
        task: TaskId,
        /// The target; without an id its image is meant.
        target: Box<Target>,
        /// The dev image.
        dev: String,
        /// The file's path.
        path: String,
    },
}
