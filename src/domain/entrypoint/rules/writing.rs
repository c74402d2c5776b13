//! Where the program writes, and may not. That a user may not write in the root, or beside the program, is
//! as it should be: a warning takes a place that is said to be written to, an error a line of the log.

use super::Rule;
use super::kit::{
    Draft, FINE, Findings, folder, is_in, log_severity, mount_line, mount_of, mounts, runs_well,
    workdir,
};
use super::lines;
use super::who::{Access, WRITE, Who, access, described, scratch, volumes, who, written_by_env};
use crate::domain::entrypoint::{Case, Finding, Severity};
use crate::domain::fs::{Found, Kind};
use crate::domain::target::{Mount, MountKind};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "WRITE_DENIED",
        title: "The user may not write where the program writes",
        how: "Modes and owners of volumes, of directories that variables name (…_DATA_DIR, …_CACHE_DIR, PGDATA, TMPDIR …), of HOME (note), and of paths in log lines that say permission denied.",
        check: write_denied,
    },
    Rule {
        id: "WORKDIR_ROOT",
        title: "The working directory belongs to root",
        how: "WORKDIR is not the root, and its mode and owner keep the user from writing (note); a log line proves that it matters.",
        check: workdir_root,
    },
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

/// What programs say when they may not write.
const DENIED: &[&[&str]] = &[&["permission denied"], &["eacces"], &["accessdenied"]];
/// Lines that are looked at: each may cost questions.
const LINES: usize = 3;

/// A write that the log says was refused, and that the files prove: the directory, the line, the proof.
struct Refused<'a> {
    dir: String,
    line: &'a str,
    proof: String,
}

/// What the log says was refused and the files prove.
fn refused<'a>(case: &Case<'a, '_>, who: &Who) -> Option<Vec<Refused<'a>>> {
    let mut found = Vec::new();
    // Listening, and running what is not executable, are refused in the same words.
    let other = |line: &str| {
        lines::says(
            line,
            &[
                &["bind"],
                &["listen"],
                &["exec "],
                &["connect"],
                &["socket"],
            ],
        )
    };
    let said = lines::newest(case).filter(|line| lines::says(line, DENIED) && !other(line));
    let (_, scratch) = scratch(case);
    for line in said.take(LINES) {
        for path in lines::about(case, line) {
            // Temporary files have a row of their own.
            if is_in(&path, &scratch) {
                continue;
            }
            if let Some((dir, proof)) = proved(case, who, &path)? {
                found.push(Refused { dir, line, proof });
                break;
            }
        }
    }
    Some(found)
}

/// The directory in which `path` cannot be written, and what proves it.
fn proved(case: &Case<'_, '_>, who: &Who, path: &str) -> Option<Option<(String, String)>> {
    let led = case.look.follow(path)?;
    match &led.node {
        Found::Is(node) if node.kind == Kind::File => {
            let may = who.may(case, &led.path, node, WRITE)?;
            let dir = folder(&led.path).to_owned();
            Some((!may).then(|| (dir, described(case, who, &led.path, node))))
        }
        Found::Is(node) if node.kind == Kind::Dir => denied(case, who, path),
        Found::Is(_) | Found::Unreadable(_) => Some(None),
        Found::Missing => denied_above(case, who, path),
    }
}

/// The nearest directory above `path` that exists, when the user may not write there.
fn denied_above(case: &Case<'_, '_>, who: &Who, path: &str) -> Option<Option<(String, String)>> {
    for dir in super::kit::parents(path).chain(["/"]) {
        match access(case, who, dir)? {
            Access::Missing => {}
            Access::Granted => return Some(None),
            Access::Denied(proof) => return Some(Some((dir.to_owned(), proof))),
        }
    }
    Some(None)
}

fn denied(case: &Case<'_, '_>, who: &Who, dir: &str) -> Option<Option<(String, String)>> {
    Some(match access(case, who, dir)? {
        Access::Denied(proof) => Some((dir.to_owned(), proof)),
        Access::Granted | Access::Missing => None,
    })
}

/// Which row a directory belongs to.
#[derive(PartialEq, Eq)]
enum Place {
    Mounted,
    Workdir,
    Elsewhere,
}

fn place(case: &Case<'_, '_>, dir: &str) -> Place {
    let here = workdir(case);
    if mount_of(case, dir).is_some() {
        Place::Mounted
    } else if here != "/" && is_in(dir, here) && !is_volume(case, dir) {
        Place::Workdir
    } else {
        Place::Elsewhere
    }
}

fn is_volume(case: &Case<'_, '_>, dir: &str) -> bool {
    volumes(case).iter().any(|volume| is_in(dir, volume))
}

fn chown(who: &Who, dir: &str) -> String {
    format!(
        "COPY --chown={} … {dir}, or in the build stage: RUN chown {} {dir}",
        who.words(),
        who.words()
    )
}

fn write_denied(case: &Case<'_, '_>) -> Findings {
    let Some(who) = who(case).filter(|who| !who.strong) else {
        return FINE;
    };
    let meaning = |dir: &str| format!("User {} may not write in {dir}.", who.uid);
    let mut found: Vec<(String, Finding)> = Vec::new();
    let mut add = |dir: &str, draft: Draft| {
        if !found.iter().any(|(other, _)| other == dir) {
            found.extend(
                draft
                    .advise(chown(&who, dir))
                    .finding()
                    .map(|finding| (dir.to_owned(), finding)),
            );
        }
    };
    for Refused { dir, line, proof } in refused(case, &who)? {
        if place(case, &dir) == Place::Elsewhere {
            let draft = Draft::new("WRITE_DENIED", log_severity(case), &meaning(&dir));
            add(&dir, draft.see(lines::quoted(line)).see(proof));
        }
    }
    let (_, scratch) = scratch(case);
    // Volumes that are mounted are judged as mounts.
    let volumes = volumes(case)
        .into_iter()
        .map(|volume| (format!("VOLUME {volume}"), volume));
    let named = written_by_env(case)
        .into_iter()
        .map(|(name, dir)| (format!("{name}={dir}"), dir));
    let severity = if runs_well(case) {
        Severity::Note
    } else {
        Severity::Warning
    };
    let all: Vec<_> = volumes
        .chain(named)
        .filter(|(_, dir)| mount_of(case, dir).is_none() && !is_in(dir, &scratch))
        .collect();
    let looked: Vec<_> = all.iter().map(|(_, dir)| denied(case, &who, dir)).collect();
    for ((said, dir), looked) in all.iter().zip(looked) {
        if let Some((_, proof)) = looked? {
            let draft = Draft::new("WRITE_DENIED", severity, &meaning(dir));
            add(dir, draft.see(said).see(proof));
        }
    }
    let home = case.identity.as_ref()?.home.as_str();
    if home.starts_with('/')
        && home != "/"
        && mount_of(case, home).is_none()
        && let Some((dir, proof)) = denied(case, &who, home)?
    {
        let draft = Draft::new(
            "WRITE_DENIED",
            Severity::Note,
            &format!("User {} may not write in its home directory.", who.uid),
        );
        add(&dir, draft.see(format!("HOME is {home}")).see(proof));
    }
    Some(found.into_iter().map(|(_, finding)| finding).collect())
}

fn workdir_root(case: &Case<'_, '_>) -> Findings {
    let Some(who) = who(case).filter(|who| !who.strong) else {
        return FINE;
    };
    let dir = workdir(case);
    if place(case, dir) != Place::Workdir {
        return FINE;
    }
    let Some((_, proof)) = denied(case, &who, dir)? else {
        return FINE;
    };
    let refused = refused(case, &who)?
        .into_iter()
        .find(|refused| place(case, &refused.dir) == Place::Workdir);
    let severity = match refused {
        Some(_) => log_severity(case),
        None => Severity::Note,
    };
    let meaning = match severity {
        Severity::Note => {
            "The working directory is not the user's: fine for a program that only reads there. WORKDIR makes it for root, whatever USER says."
        }
        Severity::Warning | Severity::Error => {
            "The program writes in its working directory, which WORKDIR made for root, whatever USER says."
        }
    };
    Draft::new("WORKDIR_ROOT", severity, meaning)
        .see_all(refused.map(|refused| lines::quoted(refused.line)))
        .see(format!("WORKDIR {dir}"))
        .see(proof)
        .advise(chown(&who, dir))
        .done()
}

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
    let refused = refused(case, &who)?;
    let written = |mount: &&Mount| {
        mount.writable && matches!(mount.kind, MountKind::Bind | MountKind::Volume)
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
) -> Option<Option<Finding>> {
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
                Found::Is(names) if names.is_empty() => Some(format!("{to} is empty")),
                Found::Is(_) | Found::Missing | Found::Unreadable(_) => None,
            }
        }
        (None, false) => None,
    };
    let severity = match (line, &reason) {
        (Some(_), _) => log_severity(case),
        (None, Some(_)) if !runs_well(case) => Severity::Warning,
        (None, Some(_) | None) => Severity::Note,
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
        MountKind::Volume | MountKind::Tmpfs | MountKind::Other => draft
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
    let severity = match named.is_empty() || runs_well(case) {
        true => Severity::Note,
        false => Severity::Warning,
    };
    if named.is_empty() && !free("/tmp") {
        return FINE;
    }
    let dirs: Vec<&str> = match named.is_empty() {
        true => vec!["/tmp"],
        false => named.iter().map(|(_, dir)| *dir).collect(),
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

#[cfg(test)]
mod tests;
