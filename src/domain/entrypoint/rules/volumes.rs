//! What mounts are for: places to write in, that belong to the user and can be written to.

use super::Rule;
use super::fault::{Fault, fault};
use super::kit::{
    Draft, FINE, Findings, folder, is_in, log_severity, mount_line, mount_of, mounts, workdir,
};
use super::lines;
use super::who::{Who, volumes, who, written_by_env};
use super::writing::{denied, is_volume, refused};
use crate::domain::entrypoint::{Case, Finding, Severity};
use crate::domain::fs::{Found, Known};
use crate::domain::target::{Mount, MountKind};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "VOLUME_OWNER",
        title: "A mount belongs to another user",
        how: "Mode and owner of a mounted directory; a declared volume at a path that the image does not have.",
        check: volume_owner,
    },
    Rule {
        id: "READ_ONLY",
        title: "The root file system is read-only where the program writes",
        how: "ReadonlyRootfs and a directory that variables name without a mount (warning), /tmp without one (note); a log line.",
        check: read_only,
    },
];

fn volume_owner(case: &Case<'_, '_>) -> Findings {
    let Some(who) = who(case).filter(|who| !who.strong) else {
        return FINE;
    };
    let mut found = Vec::new();
    if case.facts.target.is_none() {
        let volumes = volumes(case);
        let led: Vec<_> = volumes
            .iter()
            .map(|volume| case.look.follow(volume))
            .collect();
        for (volume, led) in volumes.iter().zip(led) {
            if led?.node == Found::Missing {
                let meaning = format!(
                    "The image declares a volume at {volume} and has no such directory: docker makes it for root, and user {} may not write there.",
                    who.uid
                );
                found.extend(
                    Draft::new("VOLUME_OWNER", Severity::Warning, &meaning)
                        .see(format!("VOLUME {volume}"))
                        .see(format!("{volume} is missing in the image"))
                        .see(format!("the user is {}", who.words()))
                        .advise(format!(
                            "bring it with its owner: COPY --chown={} empty {volume}",
                            who.words()
                        ))
                        .finding(),
                );
            }
        }
        return Some(found);
    }
    let fault = fault(case)?;
    // What it hides is the matter then, not whose it is.
    let covers = if let Fault::Hidden(_, mount) = &fault {
        Some(&mount.destination)
    } else {
        None
    };
    let refused = refused(case, &who)?;
    let written = |mount: &&Mount| {
        let data = matches!(mount.kind, MountKind::Bind | MountKind::Volume);
        data && mount.writable && covers != Some(&mount.destination)
    };
    let all = mounts(case);
    let all: Vec<&Mount> = all.iter().filter(written).take(MOUNTS).collect();
    let looked: Vec<_> = all
        .iter()
        .map(|mount| denied(case, &who, &mount.destination))
        .collect();
    for (mount, looked) in all.into_iter().zip(looked) {
        if let Some((_, proof)) = looked? {
            let line = refused
                .iter()
                .find(|refused| is_in(&refused.dir, &mount.destination));
            found.extend(mounted(
                case,
                &who,
                mount,
                &proof,
                line.map(|refused| refused.line),
            )?);
        }
    }
    Some(found)
}

/// Mounts that are looked at.
const MOUNTS: usize = 16;

/// The finding of a mount that belongs to another.
fn mounted(
    case: &Case<'_, '_>,
    who: &Who,
    mount: &Mount,
    proof: &str,
    line: Option<&str>,
) -> Known<Option<Finding>> {
    let to = &mount.destination;
    let named = written_by_env(case)
        .into_iter()
        .find(|(_, dir)| is_in(dir, to) || is_in(to, dir));
    let reason = match (named, is_volume(case, to)) {
        (Some((name, dir)), _) => Some(format!("{name}={dir}")),
        (None, true) => Some(format!("VOLUME {to}")),
        // A volume that holds nothing yet was made for being written to; a directory that is full may be read.
        (None, false) if mount.kind == MountKind::Volume && line.is_none() => {
            match case.look.list(to)? {
                Found::Is(files) if files.is_empty() => Some(format!("{to} is empty")),
                Found::Is(_) | Found::Missing | Found::Unreadable(_) => None,
            }
        }
        (None, false) => None,
    };
    let severity = match (line, &reason) {
        (Some(_), _) => log_severity(case),
        (None, Some(_)) => Severity::Warning,
        (None, None) => Severity::Note,
    };
    let meaning = format!("User {} may not write in what is mounted at {to}.", who.uid);
    let owner = who.words();
    let draft = Draft::new("VOLUME_OWNER", severity, &meaning)
        .see_all(line.map(lines::quoted))
        .see(mount_line(mount))
        .see(proof)
        .see_all(reason);
    Some(match mount.kind {
        MountKind::Bind => draft.advise(format!("on the host: chown -R {owner} {}", mount.source)),
        MountKind::Volume | MountKind::Tmpfs | MountKind::Image | MountKind::Other => draft
            .advise(format!("give it to the user: docker run --rm -u 0 -v {}:/v busybox chown -R {owner} /v", mount.source))
            .advise(format!("and for new volumes, in the image: COPY --chown={owner} empty {to}")),
    }
    .finding())
}

/// What programs say of a file system that is read-only.
const READ_ONLY: &[&[&str]] = &[&["read-only file system"], &["erofs"]];

fn read_only(case: &Case<'_, '_>) -> Findings {
    let Some(target) = &case.facts.target else {
        return FINE;
    };
    let root = target.isolation.readonly_rootfs;
    let said = lines::saying(case, READ_ONLY);
    let path = said.and_then(|line| lines::paths(line).into_iter().next());
    let on = path
        .as_deref()
        .and_then(|path| mount_of(case, path))
        .filter(|mount| !mount.writable);
    if let Some(line) = said {
        let dir = path.as_deref().map_or(workdir(case), folder);
        let draft = Draft::new(
            "READ_ONLY",
            log_severity(case),
            "The program writes where the file system is read-only.",
        )
        .see(lines::quoted(line))
        .see_all(root.then_some("HostConfig.ReadonlyRootfs: true"))
        .see_all(
            on.as_ref()
                .map(|mount| format!("{}, read-only", mount_line(mount))),
        );
        return match on {
            Some(mount) => draft.advise(format!(
                "mount {} without :ro, or let the program write elsewhere",
                mount.destination
            )),
            None => draft
                .advise(format!("give it memory to write in: --tmpfs {dir}"))
                .advise(format!("or a volume, when it is to stay: -v NAME:{dir}")),
        }
        .done();
    }
    if !root {
        return FINE;
    }
    let free = |dir: &str| mount_of(case, dir).is_none_or(|mount| !mount.writable);
    let named: Vec<_> = written_by_env(case)
        .into_iter()
        .filter(|(_, dir)| free(dir))
        .collect();
    let severity = if named.is_empty() {
        Severity::Note
    } else {
        Severity::Warning
    };
    if named.is_empty() && !free("/tmp") {
        return FINE;
    }
    let dirs: Vec<&str> = if named.is_empty() {
        vec!["/tmp"]
    } else {
        named.iter().map(|(_, dir)| *dir).collect()
    };
    Draft::new(
        "READ_ONLY",
        severity,
        "The root file system is read-only, and no mount is where programs write.",
    )
    .see("HostConfig.ReadonlyRootfs: true")
    .see_all(named.iter().map(|(name, dir)| format!("{name}={dir}")))
    .see_all(
        dirs.iter()
            .map(|dir| format!("no tmpfs and no writable mount at {dir}")),
    )
    .advise(format!("--tmpfs {}", dirs.join(" --tmpfs ")))
    .done()
}
