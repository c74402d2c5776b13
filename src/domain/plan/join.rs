//! The rules by which a target and its dev image become the plan of a twin that joins it.

use super::{Link, Mode, Note, Plan, TARGET_LINK, Wishes, caches, env, is_root, mounts, shell};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{Image, NamespaceMode, Status, Target};
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

/// Plans a twin that joins `target`. `serial` tells the twins of one session apart.
///
/// Fails with `NoTarget` when the target has no process to join, and with `Usage` when a wish makes no sense.
pub fn plan(
    target: &Target,
    dev: DevImage<'_>,
    wishes: &Wishes,
    session: &Session,
    serial: u32,
    program: Program,
) -> Result<Plan> {
    joinable(target)?;
    let mut notes = Vec::new();
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
    let mut labels = session.labels(Mode::Join, &target.id.0, &target.name);
    if wishes.brief || !has_shell {
        labels.insert(label::BRIEF.into(), "1".into());
    }
    let (mut argv, tty, stdin) = match program {
        Program::Shell(path) => {
            if !wishes.no_shell_integration {
                shell_env = shell::integration(&path, &user, dev.image);
            }
            (vec![path], true, true)
        }
        Program::Command { argv, tty, stdin } => (argv, tty, stdin),
    };
    let root_pid = root_pid(target, &mut notes);
    let ipc = ipc(target, &wishes.share, &mut notes);
    if let Some(enter) = nsenter(target, wishes, root_pid, &ipc)? {
        if !cap_add.iter().any(|c| c == "SYS_ADMIN") {
            cap_add.push("SYS_ADMIN".into());
        }
        argv.splice(0..0, enter);
    }
    let mounts = if wishes.no_volumes {
        Vec::new()
    } else {
        mounts::mounts(target, &mut notes)
    };
    let caches = if caching {
        caches::caches(dev.reference, dev.image, &user, &mounts, &mut notes)
    } else {
        Vec::new()
    };
    let env = env::env(target, dev.image, tty, &mut notes);
    hardening(target, &user, &mut notes);
    platforms(&dev, &mut notes);
    let suffix = if serial > 1 {
        format!("-{serial}")
    } else {
        String::new()
    };
    Ok(Plan {
        mode: Mode::Join,
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
        network: match &target.isolation.network {
            NamespaceMode::Host => "host".into(),
            NamespaceMode::Container(other) => format!("container:{other}"),
            _ => format!("container:{}", target.id),
        },
        pid: match &target.isolation.pid {
            NamespaceMode::Host => "host".into(),
            NamespaceMode::Container(other) => format!("container:{other}"),
            _ => format!("container:{}", target.id),
        },
        ipc,
        uts: target.isolation.uts.clone(),
        userns: target.isolation.userns.clone(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        root: None,
        mounts,
        caches,
        cap_add,
        tty,
        stdin,
        links: root_pid
            .map(|pid| Link {
                path: TARGET_LINK.into(),
                to: format!("/proc/{pid}/root"),
            })
            .into_iter()
            .collect(),
        labels,
        notes,
    })
}

fn joinable(target: &Target) -> Result<()> {
    if target.state.is_joinable() {
        return Ok(());
    }
    let name = &target.name;
    let (state, hint) = match target.state.status {
        Status::Created => (
            "has never been started".to_owned(),
            format!("docker start {name}, then attach again"),
        ),
        Status::Running | Status::Restarting => (
            format!("is in a restart loop ({})", target.state.words()),
            format!(
                "docker update --restart=no {name} ends the loop; docker logs --tail 20 {name} shows why"
            ),
        ),
        Status::Removing | Status::Dead => (
            "is being removed".to_owned(),
            "start a new container of its image".into(),
        ),
        Status::Exited | Status::Paused => (
            format!("does not run ({})", target.state.words()),
            format!(
                "docker logs --tail 20 {name} shows why; docker start {name}, then attach again"
            ),
        ),
    };
    let mut message =
        format!("container {name} {state}: there is no process whose namespaces could be joined");
    if let Some(error) = &target.state.error {
        message = format!("{message}; the engine said: {error}");
    }
    Err(Error::new(ErrorKind::NoTarget, message).hint(hint))
}

/// The process whose root is the target's, as seen from the twin.
fn root_pid(target: &Target, notes: &mut Vec<Note>) -> Option<u32> {
    match &target.isolation.pid {
        NamespaceMode::Host => {
            let pid = target.state.pid?;
            notes.push(Note::info(format!(
                "the target shares the host's processes, and so does the twin: it sees all of them, and as root with SYS_PTRACE it can read their files; the target is process {pid}"
            )));
            Some(pid)
        }
        NamespaceMode::Container(other) => {
            notes.push(Note::missing(format!(
                "no /target: the target shares the processes of container {other}, so which of them is the target's is not known; find it with ps and look at /proc/PID/root"
            )));
            None
        }
        _ => Some(1),
    }
}

fn ipc(target: &Target, share: &[String], notes: &mut Vec<Note>) -> String {
    match &target.isolation.ipc {
        NamespaceMode::Shareable => format!("container:{}", target.id),
        NamespaceMode::Host => "host".into(),
        NamespaceMode::Container(other) => format!("container:{other}"),
        _ => {
            if !share.iter().any(|s| s == "ipc") {
                notes.push(Note::info(
                    "ipc is not shared: the target's is private (the default); --share ipc enters it with SYS_ADMIN, or run the target with --ipc shareable",
                ));
            }
            String::new()
        }
    }
}

/// The words that enter the ipc and uts namespaces of the target, which no engine can share afterwards.
fn nsenter(
    target: &Target,
    wishes: &Wishes,
    pid: Option<u32>,
    ipc: &str,
) -> Result<Option<Vec<String>>> {
    let mut flags = Vec::new();
    for share in &wishes.share {
        match share.as_str() {
            "ipc" if ipc.is_empty() => flags.push("-i"),
            "uts" if target.isolation.uts != "host" => flags.push("-u"),
            "ipc" | "uts" => {}
            other => {
                return Err(Error::new(ErrorKind::Usage, format!("cannot share {other:?}"))
                    .hint("--share takes ipc, uts, or both with a comma; network and processes are always shared"));
            }
        }
    }
    if flags.is_empty() {
        return Ok(None);
    }
    let Some(pid) = pid else {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "cannot enter the namespaces of {}: its process is not known",
                target.name
            ),
        )
        .hint("leave out --share"));
    };
    let pid = pid.to_string();
    let words = ["nsenter", "-t", &pid]
        .into_iter()
        .chain(flags)
        .chain(["--"]);
    Ok(Some(words.map(str::to_owned).collect()))
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

/// Says what the target's own limits mean for the twin, which does not inherit them.
fn hardening(target: &Target, user: &str, notes: &mut Vec<Note>) {
    let isolation = &target.isolation;
    if target.state.status == Status::Paused {
        notes.push(Note::info(format!(
            "the target is paused: its files and network are here, its processes answer nothing until docker unpause {}",
            target.name
        )));
    }
    if isolation.readonly_rootfs {
        notes.push(Note::info(format!(
            "the target's root is read-only, also below {TARGET_LINK}; the twin's own root is not"
        )));
    }
    if !isolation.cap_drop.is_empty() {
        notes.push(Note::info(format!(
            "the target drops {}; the twin does not, or even chroot {TARGET_LINK} would fail",
            isolation.cap_drop.join(", ")
        )));
    }
    if isolation
        .security_opt
        .iter()
        .any(|o| o.starts_with("no-new-privileges"))
    {
        notes.push(Note::info(
            "the target has no-new-privileges; the twin has not",
        ));
    }
    if isolation.privileged {
        notes.push(Note::missing(
            "the target is privileged; the twin is not: devices and kernel settings that the target reaches are not here",
        ));
    }
    if !is_root(user) {
        notes.push(Note::missing(format!(
            "as {user}, {TARGET_LINK} opens only if the target runs as the same user, and packages cannot be installed"
        )));
    }
}

fn platforms(dev: &DevImage<'_>, notes: &mut Vec<Note>) {
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
fn name_part(name: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || "_.-".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(allowed).take(40).collect()
}
