//! The plan of a twin that joins a target with a process.

use super::draft::{Wanted, draft, platforms};
use super::{Link, Mode, Note, Plan, TARGET_LINK, Wishes, is_root, mounts};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::{NamespaceMode, Status, Target};

/// Plans a twin that joins the target. Fails with `NoTarget` when there is no process to join.
pub(super) fn plan(wanted: Wanted<'_>) -> Result<Plan> {
    let (target, dev, wishes) = (wanted.target, wanted.dev, wanted.wishes);
    joinable(target)?;
    let mut notes = Vec::new();
    let root_pid = root_pid(target, &mut notes);
    let ipc = ipc(target, &wishes.share, &mut notes);
    let enter = nsenter(target, wishes, root_pid, &ipc)?;
    let mounts = if wishes.no_volumes {
        Vec::new()
    } else {
        mounts::mounts(target, &mut notes)
    };
    let mut plan = draft(Mode::Join, wanted, mounts, notes)?;
    if let Some(enter) = enter {
        if !plan.cap_add.iter().any(|c| c == "SYS_ADMIN") {
            plan.cap_add.push("SYS_ADMIN".into());
        }
        plan.argv.splice(0..0, enter);
    }
    hardening(target, &plan.user, &mut plan.notes);
    platforms(&dev, &mut plan.notes);
    plan.network = match &target.isolation.network {
        NamespaceMode::Host => "host".into(),
        NamespaceMode::Container(other) => format!("container:{other}"),
        _ => format!("container:{}", target.id),
    };
    plan.pid = match &target.isolation.pid {
        NamespaceMode::Host => "host".into(),
        NamespaceMode::Container(other) => format!("container:{other}"),
        _ => format!("container:{}", target.id),
    };
    plan.ipc = ipc;
    plan.links = root_pid
        .map(|pid| Link {
            path: TARGET_LINK.into(),
            to: format!("/proc/{pid}/root"),
        })
        .into_iter()
        .collect();
    Ok(plan)
}

fn joinable(target: &Target) -> Result<()> {
    if target.state.is_joinable() {
        return Ok(());
    }
    let name = &target.name;
    let (state, hint) = match target.state.status {
        Status::Created => (
            "has never been started".to_owned(),
            format!(
                "leave --mode join out for an arena with its files; or docker start {name}, then attach again"
            ),
        ),
        Status::Running | Status::Restarting => (
            format!("is in a restart loop ({})", target.state.words()),
            format!(
                "leave --mode join out for an arena with its files; docker logs --tail 20 {name} shows why it ends"
            ),
        ),
        Status::Removing | Status::Dead => (
            "was not removed whole".to_owned(),
            format!(
                "leave --mode join out for an arena with its files; docker rm {name} removes it"
            ),
        ),
        Status::Exited | Status::Paused => (
            format!("does not run ({})", target.state.words()),
            format!(
                "leave --mode join out for an arena with its files; docker logs --tail 20 {name} shows why it ended"
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
