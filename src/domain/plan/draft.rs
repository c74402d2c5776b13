//! What the plans of all modes have in common: rights, program, variables, labels, downloads.

use super::{Mode, Note, Plan, Wishes, caches, env, shell};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{Image, Mount, Target};
use crate::domain::twin::{NAME_PREFIX, Session, label};

/// What is known of the dev image when a twin is planned.
#[derive(Debug, Clone, Copy)]
pub struct DevImage<'a> {
    /// The reference to create from.
    pub reference: &'a str,
    /// Its details, when it is among the engine's images.
    pub image: Option<&'a Image>,
    /// Details of the target's own image, when it is still there: its platform.
    pub target_image: Option<&'a Image>,
}

/// What the twin runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A shell for the person, on a terminal.
    Shell(String),
    /// One command.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// On a terminal.
        tty: bool,
        /// With our input.
        stdin: bool,
    },
}

/// What a plan is made from.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'a> {
    pub(super) target: &'a Target,
    pub(super) dev: DevImage<'a>,
    pub(super) wishes: &'a Wishes,
    pub(super) session: &'a Session,
    /// Tells the twins of one session apart.
    pub(super) serial: u32,
    pub(super) program: Program,
}

impl Wanted<'_> {
    /// What tells the objects of one session apart: nothing for the first.
    pub(super) fn suffix(&self) -> String {
        if self.serial > 1 {
            format!("-{}", self.serial)
        } else {
            String::new()
        }
    }
}

/// A plan with all that no mode changes. Its namespaces are its own, it has no `/target`, and only `mounts`.
/// Fails with `Usage` when a wish makes no sense.
pub(super) fn draft(
    mode: Mode,
    wanted: Wanted<'_>,
    mounts: Vec<Mount>,
    mut notes: Vec<Note>,
) -> Result<Plan> {
    let suffix = wanted.suffix();
    let Wanted {
        target,
        dev,
        wishes,
        session,
        program,
        ..
    } = wanted;
    let mut cap_add = vec!["SYS_PTRACE".to_owned()];
    for grant in &wishes.grants {
        let grant = capability(grant)?;
        if !cap_add.contains(&grant) {
            cap_add.push(grant);
        }
    }
    let user = wishes.user.clone().unwrap_or_else(|| "0".into());
    let mut shell_env = Vec::new();
    // One command installs nothing; a shell may.
    let has_shell = matches!(program, Program::Shell(_));
    let caching = has_shell && !wishes.no_package_cache;
    let mut labels = session.labels(mode, &target.id.0, &target.name);
    if wishes.brief || !has_shell {
        labels.insert(label::BRIEF.into(), "1".into());
    }
    let (argv, tty, stdin) = match program {
        Program::Shell(path) => {
            if !wishes.no_shell_integration {
                shell_env = shell::integration(&path, &user, dev.image);
            }
            (vec![path], true, true)
        }
        Program::Command { argv, tty, stdin } => (argv, tty, stdin),
    };
    let caches = if caching {
        let of = caches::Of {
            reference: dev.reference,
            dev: dev.image,
            tools: mode == Mode::Explore,
        };
        caches::caches(of, &user, &mounts, &mut notes)
    } else {
        Vec::new()
    };
    let env = env::env(target, dev.image, tty, &mut notes);
    Ok(Plan {
        mode,
        name: format!(
            "{NAME_PREFIX}{}-{}{suffix}",
            name_part(&target.name),
            session.id
        ),
        target: target.id.clone(),
        target_name: target.name.clone(),
        image: dev.reference.to_owned(),
        platform: dev.target_image.map(Image::platform),
        user,
        argv,
        env,
        shell_env,
        workdir: if target.config.workdir.is_empty() {
            "/".into()
        } else {
            target.config.workdir.clone()
        },
        network: String::new(),
        pid: String::new(),
        ipc: String::new(),
        uts: target.isolation.uts.clone(),
        userns: target.isolation.userns.clone(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        root: None,
        mounts,
        folders: Vec::new(),
        caches,
        gpus: None,
        merged: None,
        cap_add,
        tty,
        stdin,
        links: Vec::new(),
        labels,
        notes,
    })
}

fn capability(grant: &str) -> Result<String> {
    let name = grant.trim().to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("{grant:?} is not the name of a capability"),
        )
        .hint("for example --grant NET_ADMIN; man 7 capabilities lists them"));
    }
    Ok(name.to_owned())
}

/// Says that programs of one platform run on another.
pub(super) fn platforms(dev: &DevImage<'_>, notes: &mut Vec<Note>) {
    if let (Some(ours), Some(theirs)) = (dev.image, dev.target_image)
        && (&ours.os, &ours.architecture) != (&theirs.os, &theirs.architecture)
    {
        notes.push(Note::missing(format!(
            "the dev image is for {}, the target for {}: programs run under emulation, if at all",
            ours.platform(),
            theirs.platform()
        )));
    }
}

/// The target's name as a part of a container name: the engine's alphabet, not too long.
pub(in crate::domain) fn name_part(name: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "_.-".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(allowed).take(40).collect()
}
