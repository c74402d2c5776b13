//! The plan of an arena: the twin has its own process ids and the target's networks, and the files of a target that
//! does not run. Nothing of the target is started, stopped or changed.

use super::draft::{Wanted, draft, platforms};
use super::root::{self, Refused};
use super::{Mode, Note, Plan, Root, RootSource, TARGET_LINK, is_root, mounts};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{NamespaceMode, Status, Target};
use crate::domain::twin::{ROOT_PREFIX, label};

/// Plans the arena of a target.
pub(super) fn plan(wanted: Wanted<'_>) -> Result<Plan> {
    let (target, dev, wishes) = (wanted.target, wanted.dev, wanted.wishes);
    let name = format!("{ROOT_PREFIX}{}{}", wanted.session.id, wanted.suffix());
    let root = root::choose(target, &name, &[]).ok_or_else(no_way)?;
    let mut notes = Vec::new();
    state(target, &root, &mut notes);
    for share in &wishes.share {
        notes.push(Note::missing(format!(
            "{share} is not shared: an arena has its own"
        )));
    }
    let mounts = if wishes.no_volumes {
        Vec::new()
    } else {
        mounts::of_arena(target, wishes.writable_volumes, &mut notes)
    };
    let mut plan = draft(Mode::Arena, wanted, mounts, notes)?;
    isolation(target, &plan.user, &mut plan.notes);
    platforms(&dev, &mut plan.notes);
    networks(target, &mut plan);
    plan.set_root(root);
    Ok(plan)
}

fn no_way() -> Error {
    Error::new(
        ErrorKind::Engine,
        "the engine refused every way to the target's files",
    )
}

/// What the target's state means for its files.
fn state(target: &Target, root: &Root, notes: &mut Vec<Note>) {
    let (state, name) = (&target.state, &target.name);
    match state.status {
        Status::Created => notes.push(Note::info(
            "the target never ran: its files are those of its image, and what was copied into it",
        )),
        Status::Dead => notes.push(Note::missing(
            "the engine could not remove the target whole: files may be missing",
        )),
        Status::Running | Status::Restarting | Status::Paused if state.is_joinable() && state.restart_count == 0 => {
            notes.push(Note::info(format!(
                "the target runs, and what it writes from now on is not in {TARGET_LINK}; --mode join shows its files as they are"
            )));
        }
        Status::Running | Status::Restarting => notes.push(Note::info(format!(
            "the target is started again and again meanwhile, and {TARGET_LINK} may change; docker update --restart=no {name} ends the loop"
        ))),
        Status::Exited | Status::Paused | Status::Removing => {}
    }
    if matches!(root.how, RootSource::Overlay { .. }) && target.runtime.storage == "fuse-overlayfs"
    {
        notes.push(Note::info(format!(
            "what the target deleted of its image may still be seen in {TARGET_LINK} (storage driver fuse-overlayfs); docker diff {name} lists it"
        )));
    }
}

/// What the target had that its arena has not.
fn isolation(target: &Target, user: &str, notes: &mut Vec<Note>) {
    let isolation = &target.isolation;
    match &isolation.pid {
        NamespaceMode::Host => notes.push(Note::missing(
            "the target saw the host's processes; the arena does not",
        )),
        NamespaceMode::Container(other) => notes.push(Note::missing(format!(
            "the target shared the processes of container {other}; the arena does not"
        ))),
        NamespaceMode::Private
        | NamespaceMode::Shareable
        | NamespaceMode::None
        | NamespaceMode::Named(_) => {}
    }
    if isolation.privileged {
        notes.push(Note::missing(
            "the target is privileged; the twin is not: devices and kernel settings that the target reaches are not here",
        ));
    }
    if !is_root(user) {
        notes.push(Note::missing(format!(
            "as {user}, only those files of {TARGET_LINK} open that this user may read, and packages cannot be installed"
        )));
    }
}

/// The target's networks, without its ports, aliases and host name.
fn networks(target: &Target, plan: &mut Plan) {
    let runtime = &target.runtime;
    plan.network = match &target.isolation.network {
        NamespaceMode::Host => "host".into(),
        NamespaceMode::None => "none".into(),
        NamespaceMode::Container(other) => format!("container:{other}"),
        NamespaceMode::Named(name) => name.clone(),
        NamespaceMode::Private | NamespaceMode::Shareable => String::new(),
    };
    plan.uts.clone_from(&target.isolation.uts);
    if target.isolation.ipc == NamespaceMode::Host {
        plan.ipc = "host".into();
    }
    // What shares a network cannot be connected to others, and has its names from there.
    match &target.isolation.network {
        NamespaceMode::Host | NamespaceMode::None | NamespaceMode::Container(_) => return,
        NamespaceMode::Named(_) | NamespaceMode::Private | NamespaceMode::Shareable => {}
    }
    plan.networks = runtime.networks.iter().skip(1).cloned().collect();
    plan.dns.clone_from(&runtime.dns);
    plan.extra_hosts.clone_from(&runtime.extra_hosts);
}

/// Something of an arena that its engine refused, and without which it can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// The way to the target's files.
    Root(Refused),
    /// A network of the plan, by name or as its mode; and why.
    Network(String, String),
    /// The mount at this path of the twin; and why.
    Mount(String, String),
}

impl Mend {
    /// What the engine's refusal of `plan` was about, by its words; none when nothing can be left out.
    pub fn of(plan: &Plan, error: &Error) -> Option<Self> {
        if plan.mode != Mode::Arena {
            return None;
        }
        let words = &error.message;
        if let Some(root) = &plan.root
            && words.contains("mount")
            && words.contains(root.how.object())
        {
            return Self::of_root(&root.how, error);
        }
        if let Some((_, path)) = words.split_once("bind source path does not exist: ")
            && let Some(mount) = plan.mounts.iter().find(|m| m.source == path.trim())
        {
            let why = format!("{} is gone from the engine's machine", mount.source);
            return Some(Self::Mount(mount.destination.clone(), why));
        }
        let joined = plan.network.strip_prefix("container:");
        if let Some(other) = joined
            && (words.contains("cannot join network") || words.contains(other))
        {
            let why = "it does not run";
            return Some(Self::Network(plan.network.clone(), why.into()));
        }
        let named = std::iter::once(&plan.network)
            .chain(&plan.networks)
            .find(|name| !name.is_empty() && words.contains(&format!("network {name}")))?;
        let why = if words.ends_with("not found") {
            "it is gone".into()
        } else {
            reason(words)
        };
        Some(Self::Network(named.clone(), why))
    }

    /// That this way to the files was refused; none of the last way, after which there is none.
    pub fn of_root(how: &RootSource, error: &Error) -> Option<Self> {
        let refused = Self::Root(Refused {
            way: how.word(),
            why: reason(&error.message),
        });
        match how {
            RootSource::Overlay { .. } | RootSource::Image { .. } => Some(refused),
            RootSource::Archive { .. } => None,
        }
    }

    /// What is tried instead, for a line of progress.
    pub fn words(&self) -> String {
        match self {
            Self::Root(refused) => format!(
                "the engine refused the {} of the target's files: trying the next way",
                refused.way
            ),
            Self::Network(name, why) => format!("without the network {name}: {why}"),
            Self::Mount(at, why) => format!("without the mount at {at}: {why}"),
        }
    }
}

/// The last words of an engine's long sentence: what went wrong.
fn reason(words: &str) -> String {
    words
        .rsplit(": ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

impl Plan {
    /// Makes the plan again without what the engine refused. Fails when there is no way to the target's files left.
    pub fn mend(&mut self, target: &Target, mends: &[Mend]) -> Result<()> {
        let mut refused = Vec::new();
        for mend in mends {
            match mend {
                Mend::Root(way) => refused.push(way.clone()),
                Mend::Network(name, why) => self.without_network(name, why),
                Mend::Mount(at, why) => {
                    self.mounts.retain(|mount| mount.destination != *at);
                    let text = format!("the mount at {at} is not here: {why}");
                    self.notes.push(Note::missing(text));
                }
            }
        }
        let Some(object) = self.root.as_ref().filter(|_| !refused.is_empty()) else {
            return Ok(());
        };
        let name = object.how.object().to_owned();
        let root = root::choose(target, &name, &refused).ok_or_else(no_way)?;
        self.set_root(root);
        Ok(())
    }

    /// Leaves a network out that is gone, or whose owner does not run.
    pub fn without_network(&mut self, name: &str, why: &str) {
        let left_out = match name.strip_prefix("container:") {
            Some(other) => format!("the network of container {other}"),
            None => format!("the network {name}"),
        };
        self.networks.retain(|n| n != name);
        let mut instead = String::new();
        if self.network == name {
            self.network = if self.networks.is_empty() {
                String::new()
            } else {
                self.networks.remove(0)
            };
            instead = match self.network.as_str() {
                "" => "; the arena has one of its own".into(),
                next => format!("; the arena is in {next}"),
            };
        }
        let text = format!("{left_out} is not here: {why}{instead}");
        self.notes.push(Note::missing(text));
    }

    /// Sets the way to the target's files, also in the labels, by which what was made for it is found again.
    fn set_root(&mut self, root: Root) {
        let made = format!("{}:{}", root.how.word(), root.how.object());
        self.labels.insert(label::ROOT.into(), made);
        self.root = Some(root);
    }
}
