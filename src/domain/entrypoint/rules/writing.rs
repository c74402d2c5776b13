//! Where the program writes, and may not. That a user may not write in the root, or beside the program, is
//! as it should be: a warning takes a place that is said to be written to, an error a line of the log.

use super::Rule;
use super::kit::{Draft, FINE, Findings, env, folder, is_in, log_severity, mount_of, workdir};
use super::lines;
use super::who::{
    Access, Right, Who, access, described, may, scratch, volumes, who, written_by_env,
};
use crate::domain::entrypoint::{Case, Finding, Severity};
use crate::domain::fs::{Found, Kind, Known};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "WRITE_DENIED",
        title: "The user may not write where the program writes",
        how: "Modes and owners of volumes, of directories that variables name (…_DATA_DIR, …_CACHE_DIR, PGDATA …), of HOME where a variable sets it (note), and of paths in log lines that say permission denied.",
        check: write_denied,
    },
    Rule {
        id: "WORKDIR_ROOT",
        title: "The working directory belongs to root",
        how: "WORKDIR is not the root, and its mode and owner keep the user from writing (note); a log line proves that it matters.",
        check: workdir_root,
    },
];

/// What programs say when they may not write.
const DENIED: &[&[&str]] = &[&["permission denied"], &["eacces"], &["accessdenied"]];
/// Lines that are looked at: each may cost questions.
const LINES: usize = 3;

/// A write that the log says was refused, and that the files prove: the directory, the line, the proof.
pub(super) struct Refused<'a> {
    pub(super) dir: String,
    pub(super) line: &'a str,
    pub(super) proof: String,
}

/// What the log says was refused and the files prove.
pub(super) fn refused<'a>(case: &Case<'a, '_>, who: &Who) -> Option<Vec<Refused<'a>>> {
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
        for path in lines::written(case, line) {
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
fn proved(case: &Case<'_, '_>, who: &Who, path: &str) -> Known<Option<(String, String)>> {
    let led = case.look.follow(path)?;
    match &led.node {
        Found::Is(node) if node.kind == Kind::File => {
            let may = may(case, who, Right::Write, &led.path, node)?;
            let dir = folder(&led.path).to_owned();
            Some((!may).then(|| (dir, described(case, who, &led.path, node))))
        }
        Found::Is(node) if node.kind == Kind::Dir => denied(case, who, path),
        Found::Is(_) | Found::Unreadable(_) => Some(None),
        Found::Missing => denied_above(case, who, path),
    }
}

/// The nearest directory above `path` that exists, when the user may not write there.
fn denied_above(case: &Case<'_, '_>, who: &Who, path: &str) -> Known<Option<(String, String)>> {
    for dir in super::kit::parents(path).chain(["/"]) {
        match access(case, who, dir)? {
            Access::Missing => {}
            Access::Granted => return Some(None),
            Access::Denied(proof) => return Some(Some((dir.to_owned(), proof))),
        }
    }
    Some(None)
}

/// A directory in which the user may not write, and what proves it.
pub(super) fn denied(case: &Case<'_, '_>, who: &Who, dir: &str) -> Known<Option<(String, String)>> {
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

pub(super) fn is_volume(case: &Case<'_, '_>, dir: &str) -> bool {
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
    let all: Vec<_> = volumes
        .chain(named)
        .filter(|(_, dir)| mount_of(case, dir).is_none() && !is_in(dir, &scratch))
        .collect();
    let looked: Vec<_> = all.iter().map(|(_, dir)| denied(case, &who, dir)).collect();
    for ((said, dir), looked) in all.iter().zip(looked) {
        if let Some((_, proof)) = looked? {
            let draft = Draft::new("WRITE_DENIED", Severity::Warning, &meaning(dir));
            add(dir, draft.see(said).see(proof));
        }
    }
    if let Some(home) = env(case, "HOME").filter(|home| home.starts_with('/') && *home != "/")
        && mount_of(case, home).is_none()
        && let Some((dir, proof)) = denied(case, &who, home)?
    {
        let meaning = format!("User {} may not write in its home directory.", who.uid);
        let draft = Draft::new("WRITE_DENIED", Severity::Note, &meaning);
        add(&dir, draft.see(format!("HOME={home}")).see(proof));
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
