//! Packages of a twin: which manager it has, what the manager is asked, and what it answers.
//!
//! Pure. A [`PackageManager`] makes commands and reads what they print; `ops/packages` runs them in the twin,
//! as root, without a terminal. Whether a change came about is read from the database of what is installed,
//! never from an exit status: apk counts packages that were broken before, too (domain.md §3.2).

pub mod apk;
pub mod apt;
pub mod catalogue;
pub mod change;
mod commands;
pub mod database;
pub mod dnf;
pub mod names;
mod read;
pub mod remembered;
mod rules;

pub use catalogue::{Catalogue, Match, Why};
pub use change::{Changed, Finished, Outcome, Transaction};
pub use remembered::Remembered;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::io::{self, BufRead};
use std::sync::Arc;

use serde::Serialize;

use super::error::{Error, ErrorKind, Result};

/// The managers, in the order in which a twin is asked for them.
pub static ALL: &[&dyn PackageManager] = &[&apk::Apk, &apt::Apt, &dnf::Dnf];

/// A package manager: argv out, lines in.
///
/// Commands run as root with the plain streams apart, in the language `C`; none asks a question.
pub trait PackageManager: Debug + Sync {
    /// Its name in reports and messages: `apk`.
    fn id(&self) -> &'static str;
    /// Absolute paths of its program, best first. One that is there tells that the manager is there.
    fn programs(&self) -> &'static [&'static str];
    /// Where it keeps what it downloads: the mount point of a cache volume; none when that does not help.
    fn cache(&self) -> Option<&'static str>;
    /// Directories in which it keeps settings, databases, keys and downloads: no mount of the target may lie there
    /// in the twin, or what is installed would land in the target's.
    fn keeps(&self) -> &'static [&'static str];
    /// Files to put into the twin before anything else, for what the person configured.
    fn files(&self, setup: &Setup) -> Vec<SetupFile>;
    /// Fetches the indexes of the repositories.
    fn refresh(&self, setup: &Setup) -> Invocation;
    /// Prints the indexes as they are after a refresh, for [`Self::read_index`]. It fails when there are none.
    fn index(&self, setup: &Setup) -> Invocation;
    /// Reads indexes, package by package, several versions of one name in any order. What cannot be
    /// understood is left out; hostile bytes cost neither memory nor a panic.
    fn read_index(&self, from: &mut dyn BufRead, each: &mut dyn FnMut(Package)) -> io::Result<()>;
    /// Which of two versions is newer, by the manager's own rules; any text gives an answer.
    fn compare(&self, a: &str, b: &str) -> Ordering;
    /// Prints what is installed, for [`Self::read_installed`].
    fn installed(&self, setup: &Setup) -> Invocation;
    /// Reads what is installed.
    fn read_installed(&self, printed: &[u8]) -> Installed;
    /// Says what a change would do, and does nothing.
    fn simulate(&self, change: &Change, setup: &Setup) -> Invocation;
    /// Makes a change. Waits for another manager that is at work, for [`LOCK_WAIT`] seconds at most.
    fn commit(&self, change: &Change, setup: &Setup) -> Invocation;
    /// A reader of what one run of a command prints.
    fn reader(&self) -> Box<dyn Reader>;
    /// What went wrong in a run, from all that it printed; worst first, empty when nothing is recognised.
    fn troubles(&self, printed: &Printed) -> Vec<Trouble>;
    /// What a person would type for the same change.
    fn line(&self, change: &Change, setup: &Setup) -> String;
    /// The instruction of a Dockerfile that makes the same change.
    fn dockerfile(&self, change: &Change, setup: &Setup) -> String;
    /// Whether it can install into another root, [`Setup::root`].
    fn takes_root(&self) -> bool;
}

/// Seconds that a manager may wait for another one that holds the lock of its database.
pub const LOCK_WAIT: u32 = 30;

/// What a person configured for package managers, and where the twin has this one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// Absolute path of the manager's program.
    pub program: String,
    /// Further repositories: URLs, or directories of the twin.
    pub repositories: Vec<String>,
    /// Public keys of them: file name, and what the file holds.
    pub keys: Vec<(String, Vec<u8>)>,
    /// Variables for the manager's runs: proxies, `HTTP_AUTH`. Values may be secret: never shown.
    pub env: Vec<(String, String)>,
    /// Root to install into instead of the twin's own: the live target's.
    pub root: Option<String>,
}

/// Without the values that may be secret, so that no log shows them.
impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("program", &self.program)
            .field("repositories", &self.repositories.len())
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// What the person configured, by the manager's id.
pub type Setups = BTreeMap<String, Setup>;

/// A file that goes into the twin, never into the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupFile {
    /// Absolute path; its directory is made when it is missing.
    pub path: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// A command of a manager.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables beside the twin's own.
    pub env: Vec<(String, String)>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Install packages.
    Install,
    /// Remove packages, and what was installed for them alone.
    Remove,
    /// Bring packages up to date; all when none is named.
    Upgrade,
}

impl Verb {
    /// What packages are for which there is nothing to do, in words.
    pub fn already(self) -> &'static str {
        match self {
            Self::Install => "already installed",
            Self::Remove => "not installed",
            Self::Upgrade => "up to date",
        }
    }
}

/// A change of what is installed, as asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What to do.
    pub verb: Verb,
    /// Names of packages, each at most once. A version may follow as the manager writes it (`curl=8.10.1-r0`).
    pub names: Vec<String>,
}

impl Change {
    /// A change of `names`. Fails with `Usage` on a name that a manager could take for an option or for two
    /// words, or (apt, with `-` at its end) for the opposite of the change; and on no name at all, unless all is
    /// to be upgraded.
    pub fn new(verb: Verb, names: &[String]) -> Result<Self> {
        let mut kept: Vec<String> = Vec::new();
        for name in names {
            let sound = |c: char| c.is_ascii_alphanumeric() || "._+:=<>~@-/!*".contains(c);
            let starts =
                name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
            let ends = !name.ends_with('-');
            if !starts || !ends || !name.chars().all(sound) || name.len() > 256 {
                let what = format!(
                    "{:?} is no name of a package",
                    super::text::bounded(name, 80)
                );
                return Err(Error::new(ErrorKind::Usage, what)
                    .hint("names are letters and digits with . _ + - in between, as `devtwin packages search` prints them"));
            }
            if !kept.contains(name) {
                kept.push(name.clone());
            }
        }
        if kept.is_empty() && verb != Verb::Upgrade {
            return Err(Error::new(ErrorKind::Usage, "no package is named")
                .hint("devtwin packages search TARGET WORD finds names"));
        }
        Ok(Self { verb, names: kept })
    }
}

/// A package as an index tells of it. Text is as the index has it: hostile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version, as the manager writes it.
    pub version: String,
    /// One line of words.
    pub description: String,
    /// Its licence, as the index has it.
    pub license: String,
    /// Bytes to download; 0 when the index does not say.
    pub download: u64,
    /// Bytes on disk; 0 when the index does not say.
    pub size: u64,
    /// What it needs, as the index writes it.
    pub depends: Vec<String>,
    /// What it provides, without versions: `cmd:dig`, `so:libcurl.so.4`, other names.
    pub provides: Vec<String>,
}

/// What is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// By name.
    pub packages: BTreeMap<String, Here>,
}

/// What a twin's manager knows: what can be had, and what is there.
#[derive(Debug, Clone)]
pub struct Stock {
    /// The manager.
    pub manager: &'static dyn PackageManager,
    /// What can be had.
    pub catalogue: Arc<Catalogue>,
    /// What is there.
    pub installed: Installed,
    /// Why not all of it is known: repositories that could not be fetched.
    pub troubles: Vec<Trouble>,
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A line of raw output, cleaned and bounded.
    Line(Stream, String),
    /// What a line told.
    Told(Told),
}

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Here {
    /// Version.
    pub version: String,
    /// Bytes on disk; 0 when the database does not say.
    pub size: u64,
    /// Asked for by name, not as a dependency.
    pub explicit: bool,
    /// Not wholly installed: why, in words (`its script failed`).
    pub broken: Option<String>,
}

/// One of a program's two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// All that a run printed, line by line in order of arrival, and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// Lines without their ends. Bounded by who reads them: the first and the last are there.
    pub lines: Vec<(Stream, String)>,
    /// Exit status; none when it never ended by itself.
    pub status: Option<i64>,
}

/// Understands what a command prints, a line at a time. A line that tells nothing gives none; it is shown
/// among the raw output all the same.
pub trait Reader: Send {
    /// The next line.
    fn line(&mut self, stream: Stream, line: &str) -> Option<Told>;

    /// Whether a line is for a gauge alone: devtwin asked for it, and a person would not have seen it. It is not
    /// shown among the raw output.
    fn is_for_gauge(&self, _stream: Stream, _line: &str) -> bool {
        false
    }
}

/// What a line told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something is being downloaded: a package or an index, by name.
    Fetching(String),
    /// The manager turned to a package.
    Step(Step),
    /// So much of the whole is done, in a unit of the manager's own.
    Part {
        /// Done.
        done: u64,
        /// In all; never 0, never less than `done`.
        total: u64,
    },
    /// Another manager is at work, and this one waits for it.
    Waiting,
    /// A package's script runs.
    Script(String),
}

/// What is done to one package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which one it is, from 1; 0 when the manager does not count.
    pub at: u32,
    /// Of how many; 0 when the manager does not count.
    pub of: u32,
    /// What is done.
    pub doing: Doing,
    /// To which package.
    pub name: String,
    /// Its version (after the step); empty when the manager does not say.
    pub version: String,
    /// The version before, of an upgrade or a downgrade.
    pub old: Option<String>,
}

/// What can be done to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Doing {
    /// It comes.
    Install,
    /// A newer version comes.
    Upgrade,
    /// An older version comes.
    Downgrade,
    /// The same version comes again.
    Reinstall,
    /// It goes.
    Remove,
    /// Its files are there; it is set up.
    Configure,
}

impl Doing {
    /// It in words: to be done, while it is being done, and when it has been done.
    pub fn words(self) -> [&'static str; 3] {
        match self {
            Self::Install => ["install", "installing", "installed"],
            Self::Upgrade => ["upgrade", "upgrading", "upgraded"],
            Self::Downgrade => ["downgrade", "downgrading", "downgraded"],
            Self::Reinstall => ["reinstall", "reinstalling", "reinstalled"],
            Self::Remove => ["remove", "removing", "removed"],
            Self::Configure => ["configure", "configuring", "configured"],
        }
    }
}

/// Something that went wrong, recognised and explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// What sort.
    pub id: TroubleId,
    /// What is wrong, with names: one sentence.
    pub meaning: String,
    /// What to do, best first.
    pub advice: Vec<String>,
    /// The manager's lines that prove it.
    pub evidence: Vec<String>,
}

/// Sorts of trouble (domain.md §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleId {
    /// The manager was not run as root.
    NotRoot,
    /// The root cannot be written to.
    ReadOnly,
    /// No room is left.
    DiskFull,
    /// There is no database of packages.
    NoDatabase,
    /// Another manager holds the lock, and did not give it back in time.
    Locked,
    /// An earlier run was broken off in the middle.
    Interrupted,
    /// A repository could not be reached.
    Unreachable,
    /// A repository wants a name and a password.
    Denied,
    /// A repository's certificate is not trusted.
    Certificate,
    /// A repository's signature is of no known key.
    UntrustedKey,
    /// The index is older than the repository.
    StaleIndex,
    /// No repository has a package of that name.
    UnknownName,
    /// A package needs something that no repository has, or that contradicts another one.
    Conflict,
    /// Two packages bring the same file.
    FileConflict,
    /// A package's script failed.
    Script,
    /// Packages were broken before, and still are.
    BrokenBefore,
    /// Not recognised: the manager's own words.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_manager_would_take_for_something_else_are_refused() {
        for name in [
            "",
            "-y",
            "--root=/",
            "a b",
            "a\nb",
            "$(x)",
            "curl-",
            "é",
            "a;b",
            &"x".repeat(257),
        ] {
            assert!(
                Change::new(Verb::Install, &[name.to_owned()]).is_err(),
                "{name:?}"
            );
        }
        for name in [
            "curl",
            "g++",
            "curl=7.88.1-10+deb12u8",
            "so:libcurl.so.4",
            "python-3.13",
            ".dbg",
        ] {
            assert!(
                Change::new(Verb::Install, &[name.to_owned()]).is_ok(),
                "{name:?}"
            );
        }
        let twice = ["curl".to_owned(), "curl".to_owned()];
        assert_eq!(Change::new(Verb::Remove, &twice).unwrap().names, ["curl"]);
        assert!(Change::new(Verb::Remove, &[]).is_err() && Change::new(Verb::Upgrade, &[]).is_ok());
    }
}
