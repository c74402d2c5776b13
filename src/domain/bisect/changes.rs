//! What a search changes in a replica, one at a time.

use std::collections::VecDeque;

use serde::Serialize;

use super::Consent;
use crate::domain::replica::edits::{Base, Edits, size_words};
use crate::domain::replica::{Limit, Mounts};
use crate::domain::target::{Image, MountKind, NamespaceMode, Target};
use crate::domain::text::{bounded, line};

/// What a search stands on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its image, with which it is compared; without it fewer changes are tried.
    pub image: Option<&'a Image>,
    /// Whether there is a dev image to run it on.
    pub dev_image: bool,
}

/// One change against the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Change {
    /// Another user.
    User {
        /// The target's.
        from: String,
        /// The other one.
        to: String,
    },
    /// A root that can be written to.
    WritableRoot,
    /// The engine's default capabilities.
    Capabilities {
        /// The target's, in words.
        from: String,
    },
    /// A variable as the image has it.
    Variable {
        /// Its name.
        name: String,
        /// The image's value; none when the image does not set it. It may be a secret: it stands in no report.
        #[serde(skip)]
        to: Option<String>,
    },
    /// Without a mount.
    Mount {
        /// Where.
        at: String,
    },
    /// Without the memory limit.
    Memory {
        /// The limit in bytes.
        from: u64,
    },
    /// Without a network.
    Network,
    /// The image's own command.
    Command {
        /// The image's program and arguments.
        to: Vec<String>,
    },
    /// On the dev image.
    DevImage,
}

impl Change {
    /// What is tried, in words: a line of the table.
    pub fn words(&self) -> String {
        match self {
            Self::User { from, to } => format!("user {} instead of {}", user(to), user(from)),
            Self::WritableRoot => "a root that can be written to".into(),
            Self::Capabilities { from } => format!("default capabilities instead of {from}"),
            Self::Variable { name, to: Some(_) } => {
                format!("{} as the image sets it", bounded(name, 60))
            }
            Self::Variable { name, to: None } => format!("{} not set", bounded(name, 60)),
            Self::Mount { at } => format!("no mount at {}", bounded(at, 60)),
            Self::Memory { from } => format!("no memory limit instead of {}", size_words(*from)),
            Self::Network => "no network".into(),
            Self::Command { to } => format!("the image's command {}", bounded(&line(to), 60)),
            Self::DevImage => "on the dev image, its own files over it".into(),
        }
    }

    /// The setting, as the beginning of a sentence.
    pub(super) fn what(&self) -> String {
        match self {
            Self::User { .. } => "The user".into(),
            Self::WritableRoot => "The read-only root".into(),
            Self::Capabilities { .. } => "A dropped or added capability".into(),
            Self::Variable { name, .. } => format!("The variable {}", bounded(name, 60)),
            Self::Mount { at } => format!("The mount at {}", bounded(at, 60)),
            Self::Memory { .. } => "The memory limit".into(),
            Self::Network => "The network".into(),
            Self::Command { .. } => "The command".into(),
            Self::DevImage => "Something that the dev image has".into(),
        }
    }

    /// What to do about it.
    pub(super) fn advice(&self) -> String {
        match self {
            Self::User { to, .. } if is_root(to) => {
                "It needs rights that its user has not: give the files to that user rather than run it as root.".into()
            }
            Self::User { to, .. } => format!("Run it with --user {to}, or without --user.", to = user(to)),
            Self::WritableRoot => {
                "It writes into its own files: give it a tmpfs or a volume where it writes, devtwin entrypoint says where.".into()
            }
            Self::Capabilities { .. } => "Give back the one capability that it needs, with --cap-add.".into(),
            Self::Variable { name, to } => match to {
                Some(_) => format!("Do not override {}, or give it a value that fits.", bounded(name, 60)),
                None => format!("Do not set {}, or give it a value that fits.", bounded(name, 60)),
            },
            Self::Mount { at } => {
                format!("Look at what is mounted at {} and what it hides there.", bounded(at, 60))
            }
            Self::Memory { .. } => "Give it more memory, or make it use less.".into(),
            Self::Network => {
                "Look at its port, at who else listens there, and at the names that it looks up.".into()
            }
            Self::Command { .. } => "Run it with the image's own command, or mend the arguments.".into(),
            Self::DevImage => {
                "Its image lacks a file, a library or a program: devtwin entrypoint may name it.".into()
            }
        }
    }

    /// Makes the change. That of the network is the room's.
    pub(super) fn apply(&self, edits: &mut Edits) {
        match self {
            Self::User { to, .. } => edits.user = Some(to.clone()),
            Self::WritableRoot => edits.writable_root = true,
            Self::Capabilities { .. } => edits.default_caps = true,
            Self::Variable { name, to } => edits.env.push((name.clone(), to.clone())),
            Self::Mount { at } => edits.without_mounts.push(at.clone()),
            Self::Memory { .. } => edits.memory = Limit::None,
            Self::Network => {}
            Self::Command { to } => edits.argv = Some(to.clone()),
            Self::DevImage => edits.base = Base::DevImage,
        }
    }
}

/// All changes for a target, those first whose difference says most: a command of its own hides every other cause.
pub(super) fn changes(facts: &Facts<'_>, consent: Consent) -> VecDeque<Change> {
    let target = facts.target;
    let mut all = VecDeque::new();
    users(target, facts.image, &mut all);
    if target.isolation.readonly_rootfs {
        all.push_back(Change::WritableRoot);
    }
    if !(target.isolation.cap_drop.is_empty() && target.isolation.cap_add.is_empty()) {
        all.push_back(Change::Capabilities {
            from: capabilities(target),
        });
    }
    if let Some(image) = facts.image {
        variables(target, image, &mut all);
    }
    let mounts = target.mounts.iter().filter(|m| match m.kind {
        MountKind::Bind | MountKind::Volume => consent.mounts != Mounts::None,
        MountKind::Tmpfs => true,
        // Replicas never have these.
        MountKind::Image | MountKind::Other => false,
    });
    let paths = mounts.map(|m| &m.destination).chain(&target.tmpfs);
    all.extend(paths.map(|at| Change::Mount { at: at.clone() }));
    if let Some(from) = target.service.memory {
        all.push_back(Change::Memory { from });
    }
    if let Some(image) = facts.image {
        let own = [target.config.entrypoint.clone(), target.config.cmd.clone()].concat();
        let to = [image.config.entrypoint.clone(), image.config.cmd.clone()].concat();
        if !to.is_empty() && to != own {
            all.push_back(Change::Command { to });
        }
    }
    if facts.dev_image {
        all.push_back(Change::DevImage);
    }
    all
}

/// The image's own user where the target has another, then root.
fn users(target: &Target, image: Option<&Image>, all: &mut VecDeque<Change>) {
    let from = &target.config.user;
    let change = |to: &str| Change::User {
        from: from.clone(),
        to: to.into(),
    };
    let of_image = image.map_or(from, |image| &image.config.user);
    if user(of_image) != user(from) && !is_root(of_image) {
        all.push_back(change(of_image));
    }
    if !is_root(from) {
        all.push_back(change("0"));
    }
}

fn variables(target: &Target, image: &Image, all: &mut VecDeque<Change>) {
    for (name, value) in &target.config.env {
        let of_image = image.config.env.iter().find(|(n, _)| n == name);
        let to = of_image.map(|(_, value)| value.clone());
        let told = all
            .iter()
            .any(|c| matches!(c, Change::Variable { name: n, .. } if n == name));
        if to.as_ref() != Some(value) && !told {
            let name = name.clone();
            all.push_back(Change::Variable { name, to });
        }
    }
}

fn capabilities(target: &Target) -> String {
    let name = |cap: &str| cap.strip_prefix("CAP_").unwrap_or(cap).to_owned();
    let dropped = target.isolation.cap_drop.iter();
    let dropped = dropped.map(|c| format!("-{}", name(c)));
    let added = target.isolation.cap_add.iter();
    let added = added.map(|c| format!("+{}", name(c)));
    bounded(&dropped.chain(added).collect::<Vec<_>>().join(" "), 60)
}

/// The target's network, in words.
pub(super) fn network_words(target: &Target) -> String {
    match &target.isolation.network {
        NamespaceMode::Private | NamespaceMode::Shareable => "the engine's default one".into(),
        NamespaceMode::Host => "the host's".into(),
        NamespaceMode::None => "none either".into(),
        NamespaceMode::Container(other) => format!("that of container {}", bounded(other, 40)),
        NamespaceMode::Named(name) => bounded(name, 40),
    }
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), None | Some("" | "0" | "root"))
}

fn user(name: &str) -> String {
    if name.is_empty() {
        "root".into()
    } else {
        bounded(name, 40)
    }
}
