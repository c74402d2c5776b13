//! The report: what a pane draws and `--json` prints.

use serde::{Serialize, Serializer};

use super::identity::{Right, Who};
use super::{Case, Facts, argv, beside, chain};
use crate::domain::fs::Owner;
use crate::domain::target::{Image, Service, State, Status, exit_words};
use crate::domain::{secret, text};

/// What runs when a container starts, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was inspected, as the person named it.
    pub subject: String,
    /// Reference of the image.
    pub image: String,
    /// `os/architecture[/variant]` of the image; empty when the image is gone.
    pub platform: String,
    /// What the container is doing, in words; none for an image.
    pub state: Option<String>,
    /// What runs, as an exec array: entrypoint, then cmd.
    pub argv: Vec<String>,
    /// The same as one line for a shell.
    pub line: String,
    /// Where the parts of `argv` come from, in order.
    pub parts: Vec<Part>,
    /// As whom.
    pub user: Identity,
    /// Working directory, `/` when none is set.
    pub workdir: Place,
    /// Variables, in order.
    pub env: Vec<Variable>,
    /// Signal that a stop begins with, `SIGTERM` when none is set.
    pub stop_signal: String,
    /// Health check, when there is one.
    pub healthcheck: Option<Vec<String>>,
    /// Ports that the image says it listens on, `8080/tcp`.
    pub exposed: Vec<String>,
    /// How the engine runs the container; none for an image.
    pub service: Option<Service>,
    /// From `argv[0]` to what the kernel runs in the end; none when `argv` is empty.
    pub program: Option<Program>,
    /// How the last run ended, for a container that does not run.
    pub ended: Option<Ended>,
    /// The dev image, when it is here.
    pub dev_image: Option<String>,
    /// Where the dev image's settings differ; a person in the twin sees those.
    pub differences: Vec<Difference>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
}

impl Report {
    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).max()
    }
}

/// A part of `argv` and who said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Who.
    pub origin: Origin,
    /// Its words.
    pub words: Vec<String>,
    /// Whether it is in shell form: `/bin/sh -c "…"`.
    pub shell_form: bool,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The image's ENTRYPOINT.
    ImageEntrypoint,
    /// The image's CMD.
    ImageCmd,
    /// `--entrypoint` of the container.
    ContainerEntrypoint,
    /// The arguments of the container.
    ContainerCmd,
}

/// A user, looked up in the target's own files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// As written in the configuration; empty means root.
    pub given: String,
    /// User number; none when the name is unknown.
    pub uid: Option<u32>,
    /// Its name, when the target's passwd file has one.
    pub name: Option<String>,
    /// Main group.
    pub gid: Option<u32>,
    /// Further groups, from the target's group file.
    pub groups: Vec<u32>,
    /// Home directory as the engine sets it: `/` for a number without entry.
    pub home: String,
    /// Whether the passwd file has an entry for it.
    pub in_passwd: bool,
}

/// A directory that matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Absolute path.
    pub path: String,
    /// Whether it exists in the files.
    pub exists: bool,
    /// Permission bits; in JSON as `chmod` writes them, `"0755"`.
    #[serde(serialize_with = "octal")]
    pub mode: Option<u32>,
    /// Owner and group by number, where they had to be looked up.
    pub owner: Option<(u32, u32)>,
    /// Whether the user may write there; none when not known.
    pub writable: Option<bool>,
}

/// A variable. Serializes with the value masked when it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value as it is.
    #[serde(skip)]
    pub value: String,
    /// Its value as it may be shown.
    #[serde(rename = "value")]
    pub shown: String,
    /// Whether `shown` is a mask.
    pub secret: bool,
    /// Whether the container set it, not the image.
    pub from_container: bool,
}

impl Variable {
    /// A variable, masked where it must be.
    pub fn new(name: &str, value: &str, from_container: bool) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            shown: secret::shown(name, value).into(),
            secret: secret::is_secret(name, value),
            from_container,
        }
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference to the field"
)]
fn octal<S: Serializer>(mode: &Option<u32>, s: S) -> Result<S::Ok, S::Error> {
    mode.map(|mode| format!("{mode:04o}")).serialize(s)
}

/// From `argv[0]` to what the kernel runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// `argv[0]`.
    pub name: String,
    /// Each file on the way: the program, its interpreter, that one's interpreter …, the loader.
    pub steps: Vec<Step>,
    /// Libraries of the last program in the chain, and of those libraries.
    pub libraries: Vec<Link>,
    /// What it is made with, in words: `Go`, `Python 3.13 virtual environment`.
    pub hints: Vec<String>,
}

/// A file on the way to what the kernel runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// As it is named by what comes before it.
    pub wanted: String,
    /// Where it stands, links followed; none when it is not found.
    pub path: Option<String>,
    /// Where it was sought, when it is not found.
    pub sought: Vec<String>,
    /// Permission bits; in JSON as `chmod` writes them, `"0755"`.
    #[serde(serialize_with = "octal")]
    pub mode: Option<u32>,
    /// Owner and group by number.
    pub owner: Option<(u32, u32)>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// What it is.
    pub kind: ProgramKind,
    /// Words that it puts before the arguments: `#!/bin/sh -e` has `-e`.
    pub arguments: Vec<String>,
}

/// What a program is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum ProgramKind {
    /// Not found.
    Missing,
    /// The loader of a dynamic program; it is not looked into.
    Loader,
    /// A directory.
    Directory,
    /// A device, pipe or socket.
    Special,
    /// An ELF program that needs no loader.
    Static {
        /// Architecture in the words of images: `amd64`.
        architecture: String,
    },
    /// An ELF program that needs a loader.
    Dynamic {
        /// Architecture in the words of images: `amd64`.
        architecture: String,
        /// The loader, `/lib64/ld-linux-x86-64.so.2`.
        interpreter: String,
    },
    /// A text with an interpreter in its first line.
    Script {
        /// The first line without `#!`, cleaned, at most 256 characters.
        shebang: String,
    },
    /// Neither: the kernel refuses it.
    Unknown {
        /// What it begins with, in words: `empty`, `text without #!`, `bytes 7f 00 …`.
        begins: String,
    },
    /// It could not be read; why.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// A library that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Its name, `libssl.so.3`.
    pub name: String,
    /// Who needs it: a path.
    pub needed_by: String,
    /// Where it was found, links followed; none when it was not.
    pub path: Option<String>,
    /// By which rule: `runpath`, `LD_LIBRARY_PATH`, `ld.so.cache`, `default directory`.
    pub by: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Exit status.
    pub exit_code: i64,
    /// In words: "killed by SIGKILL (137)".
    pub words: String,
    /// Whether the kernel killed it for memory.
    pub oom_killed: bool,
    /// The engine's own error from the last start.
    pub error: Option<String>,
    /// Last lines of both streams, cleaned.
    pub log: Vec<String>,
}

/// A setting in which the dev image differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which: `entrypoint`, `cmd`, `user`, `workdir`, `env NAME`, `stop signal`.
    pub what: String,
    /// As the target's image has it; secrets masked, empty when it is not set.
    pub target: String,
    /// As the dev image has it.
    pub dev: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// It may fail, or fail in part.
    Warning,
    /// It fails, or has failed because of this.
    Error,
}

/// One thing that the inspector found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Row of the symptom catalogue, `MISSING_LIB`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The bytes or fields that prove it, each in a line; never empty.
    pub evidence: Vec<String>,
    /// What it means, in a sentence.
    pub meaning: String,
    /// What to do, best first.
    pub advice: Vec<String>,
    /// The package that provides what is missing, where an index at hand knows it.
    pub package: Option<String>,
}

/// The report of a case, without findings.
pub(super) fn of(case: &Case<'_, '_>) -> Report {
    let facts = case.facts;
    let config = facts.config();
    let image = facts.image.as_ref();
    let target = facts.target.as_ref();
    Report {
        subject: facts.subject.clone(),
        image: match (target, image) {
            (Some(target), _) => target.image.clone(),
            (None, Some(image)) => image.tags.first().unwrap_or(&image.id).clone(),
            (None, None) => facts.subject.clone(),
        },
        platform: image.map(Image::platform).unwrap_or_default(),
        state: target.map(|t| t.state.words()),
        line: text::line(&case.argv),
        argv: case.argv.clone(),
        parts: argv::parts(facts),
        user: case.identity.clone().unwrap_or_else(|| Identity {
            given: config.user.clone(),
            ..Identity::default()
        }),
        workdir: workdir(case),
        env: variables(facts),
        stop_signal: config
            .stop_signal
            .clone()
            .unwrap_or_else(|| STOP_SIGNAL.into()),
        healthcheck: config.healthcheck.clone(),
        exposed: config.exposed.clone(),
        service: target.map(|t| t.service.clone()),
        program: case.program.clone(),
        ended: target.and_then(|t| ended(&t.state, &facts.log)),
        dev_image: facts.dev.as_ref().map(|dev| dev.reference.clone()),
        differences: beside::differences(facts),
        findings: Vec::new(),
        notes: Vec::new(),
    }
}

/// Lines of the log that stand in a report.
const LOG_LINES: usize = 20;

/// What a stop begins with where nothing else is said.
const STOP_SIGNAL: &str = "SIGTERM";

fn workdir(case: &Case<'_, '_>) -> Place {
    let path = chain::workdir(case.config());
    let unknown = || Place {
        path: path.to_owned(),
        ..Place::default()
    };
    let Some(led) = case.look.follow(path) else {
        return unknown();
    };
    let Some(node) = led.node.is() else {
        return unknown();
    };
    // The root folder is root's in every image: not worth the question.
    let is_root = led.path == "/";
    let who = case.identity.as_ref();
    let who = who.and_then(|who| Who::of(who, case.facts));
    let may = |owner| {
        who.as_ref()
            .and_then(|who| who.may(Right::Write, node, owner))
    };
    let mut owner = is_root.then_some(Owner { uid: 0, gid: 0 });
    let mut writable = may(owner);
    if writable.is_none() && who.is_some() {
        let found = case.look.owner(&led.path).and_then(|found| found.is());
        owner = found.copied();
        writable = owner.and_then(|owner| may(Some(owner)));
    }
    Place {
        path: path.to_owned(),
        exists: true,
        mode: Some(node.mode),
        owner: owner.map(|owner| (owner.uid, owner.gid)),
        writable,
    }
}

fn variables(facts: &Facts) -> Vec<Variable> {
    let image = facts.image.as_ref().map(|i| i.config.env.as_slice());
    let own = |entry: &(String, String)| {
        facts.target.is_some() && image.is_some_and(|env| !env.contains(entry))
    };
    let env = &facts.config().env;
    env.iter()
        .map(|entry| Variable::new(&entry.0, &entry.1, own(entry)))
        .collect()
}

/// How the last run ended; none while there is one, or when there never was.
fn ended(state: &State, log: &[String]) -> Option<Ended> {
    let over = match state.status {
        Status::Exited | Status::Dead | Status::Restarting => true,
        // Also created and refused at the start: the engine keeps why.
        Status::Created => state.error.is_some(),
        Status::Running => state.restarting,
        Status::Paused | Status::Removing => false,
    };
    over.then(|| Ended {
        exit_code: state.exit_code,
        words: exit_words(state.exit_code, state.oom_killed),
        oom_killed: state.oom_killed,
        error: state.error.clone(),
        log: log[log.len().saturating_sub(LOG_LINES)..].to_vec(),
    })
}
