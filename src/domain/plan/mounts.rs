//! Which mounts of a target its twin shares: all but those that would hide the twin's own tools, or
//! into which the twin would write by itself.

use super::{Note, TARGET_LINK};
use crate::domain::packages;
use crate::domain::target::{Mount, MountKind, Target};

/// What a twin lives on, beside what its package manager keeps: programs and their libraries, accounts, its
/// root's home. A mount at one of these, above or below it, hides a part of it; and what is written
/// there (an installed package, the shell's history) would land in the target's volume.
const OURS: &[&str] = &[
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/lib",
    "/busybox",
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/nsswitch.conf",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/var/cache/devtwin",
    "/root",
    TARGET_LINK,
];

/// What the engine itself mounts: something else there would hide it, but below there is room, as for
/// a socket at `/dev/log`.
const ENGINES: &[&str] = &["/dev", "/proc", "/sys"];

/// The mounts to share; notes say what is not, and where to find it.
pub(super) fn mounts(target: &Target, notes: &mut Vec<Note>) -> Vec<Mount> {
    let mut kept = Vec::new();
    for mount in &target.mounts {
        let at = &mount.destination;
        match mount.kind {
            MountKind::Tmpfs => notes.push(tmpfs_note(at)),
            MountKind::Image | MountKind::Other => notes.push(Note::missing(format!(
                "the mount at {at} is of a kind that cannot be shared; see {TARGET_LINK}{at}"
            ))),
            MountKind::Bind | MountKind::Volume if is_ours(at) => {
                notes.push(Note::info(format!(
                    "the mount at {at} is not mounted in the twin, whose own files it would hide; see {TARGET_LINK}{at}"
                )));
            }
            MountKind::Bind | MountKind::Volume => kept.push(mount.clone()),
        }
    }
    notes.extend(target.tmpfs.iter().map(|at| tmpfs_note(at)));
    kept
}

/// The mounts of an arena: those of a target that does not run, only to be read unless `writable`.
pub(super) fn of_arena(target: &Target, writable: bool, notes: &mut Vec<Note>) -> Vec<Mount> {
    let mut kept = Vec::new();
    for mount in &target.mounts {
        let at = &mount.destination;
        match mount.kind {
            MountKind::Tmpfs => notes.push(lost_note(at)),
            MountKind::Other => notes.push(Note::missing(format!(
                "the mount at {at} is of a kind that cannot be mounted in the twin"
            ))),
            MountKind::Bind | MountKind::Volume | MountKind::Image if is_ours(at) => {
                notes.push(Note::missing(format!(
                    "the mount at {at} is not mounted in the twin, whose own files it would hide"
                )));
            }
            MountKind::Bind | MountKind::Volume | MountKind::Image => kept.push(Mount {
                writable: mount.writable && writable && mount.kind != MountKind::Image,
                ..mount.clone()
            }),
        }
    }
    if !kept.is_empty() {
        let all: Vec<_> = kept.iter().map(|m| m.destination.as_str()).collect();
        notes.push(Note::info(format!(
            "what is mounted in the target is at its own place in the twin ({}), and not below {TARGET_LINK}",
            all.join(", ")
        )));
    }
    if kept.iter().any(|m| m.writable) {
        notes.push(Note::info(
            "what you write into the target's volumes stays there",
        ));
    }
    notes.extend(target.tmpfs.iter().map(|at| lost_note(at)));
    kept
}

fn lost_note(at: &str) -> Note {
    Note::missing(format!(
        "what was in the tmpfs at {at} is gone: it ended with the target"
    ))
}

fn tmpfs_note(at: &str) -> Note {
    Note::info(format!(
        "tmpfs at {at} cannot be mounted twice; its files are at {TARGET_LINK}{at}"
    ))
}

pub(super) fn is_ours(at: &str) -> bool {
    let at = at.trim_end_matches('/');
    let kept = packages::ALL.iter().flat_map(|manager| manager.keeps());
    let mut ours = OURS.iter().chain(kept);
    ENGINES.contains(&at) || ours.any(|own| within(at, own) || within(own, at))
}

/// Whether `path` is `folder` or lies below it; `/` is the empty text.
pub(super) fn within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_twin_lives_on_is_not_hidden_and_the_rest_is_shared() {
        for at in [
            "/",
            "/usr",
            "/usr/",
            "/usr/bin/bash",
            "/lib/x86_64-linux-gnu",
            "/etc",
            "/etc/passwd",
            "/etc/ld.so.cache",
            "/etc/ld.so.preload",
            "/etc/yum.repos.d/own.repo",
            "/etc/pki",
            "/var/lib",
            "/root/.ssh",
            "/target",
            "/target/data",
            "/proc",
            "/dev",
        ] {
            assert!(is_ours(at), "{at}");
        }
        for at in [
            "/data",
            "/etc/nginx",
            "/etc/pki/tls",
            "/etc/passwd2",
            "/etc/ssl/certs",
            "/usr/share/nginx/html",
            "/usr/local/etc",
            "/binaries",
            "/var/lib/postgresql/data",
            "/var/run/docker.sock",
            "/dev/shm",
            "/targets",
            "/home",
        ] {
            assert!(!is_ours(at), "{at}");
        }
    }
}
