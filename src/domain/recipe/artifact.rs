//! Files that a session made, and which of them production may want: what a twin changed, without what package managers,
//! caches, shells and devtwin itself leave behind.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::{Facts, below};
use crate::domain::text::is_harmful;

/// Files that are listed.
pub const MOST: usize = 300;
/// Files of a new directory up to which they are listed one by one, beside the directory.
const FEW: usize = 12;
/// Files that are suggested.
const SUGGESTED: usize = 8;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file.
    File,
    /// A directory that was not there before, with all that is below.
    Folder,
}

/// A file that a session made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// Absolute path in the twin.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes; none when not known.
    pub size: Option<u64>,
    /// Permission bits.
    pub mode: u32,
    /// Whether it is a program: a file that may be executed.
    pub executable: bool,
    /// Files below it.
    pub files: usize,
    /// Whether it lies in a directory of the person's.
    pub mounted: bool,
}

impl Artifact {
    /// A file or directory of which only the path is known so far.
    pub fn new(path: &str, kind: Kind, files: usize, mounted: bool) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            size: None,
            mode: 0,
            executable: false,
            files,
            mounted,
        }
    }

    /// The directory that it lies in.
    pub fn folder(&self) -> &str {
        match self.path.rsplit_once('/') {
            Some(("", _)) | None => "/",
            Some((folder, _)) => folder,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// Whether a path can be named in a Dockerfile and on a screen as it is.
pub fn is_nameable(path: &str) -> bool {
    path.starts_with('/') && path.len() <= 4096 && !path.chars().any(is_harmful)
}

/// Directories that are nobody's work.
const NOISE: &[&str] = &[
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/tmp",
    "/var/run",
    "/var/tmp",
    "/var/cache",
    "/var/log",
    "/var/lock",
    "/target",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/lib/dnf",
    "/var/lib/yum",
    "/var/lib/db/sbom",
    "/lib/apk",
    "/usr/lib/apk",
    "/usr/lib/sysimage",
    "/etc/apk",
    "/etc/apt",
    "/etc/dnf",
    "/etc/yum.repos.d",
    "/etc/ssl/certs",
    "/etc/ca-certificates",
    "/etc/alternatives",
    "/usr/share/man",
    "/usr/share/doc",
    "/usr/share/info",
    "/usr/share/locale",
];

/// Files that are nobody's work.
const FILES: &[&str] = &[
    "/.devtwin-return",
    "/.dockerenv",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
    "/etc/mtab",
    "/etc/ld.so.cache",
    "/etc/passwd-",
    "/etc/group-",
    "/etc/shadow-",
    "/etc/gshadow-",
    "/etc/shells",
    "/etc/.pwd.lock",
];

/// Names that are nobody's work wherever they are.
const NAMES: &[&str] = &[
    ".ash_history",
    ".bash_history",
    ".sh_history",
    ".zsh_history",
    ".python_history",
    ".node_repl_history",
    ".viminfo",
    ".lesshst",
    ".wget-hsts",
    ".cache",
    ".npm",
    ".cargo",
    ".git",
    "__pycache__",
    ".gitconfig",
    ".vim",
    ".local",
];

/// Whether a path is nobody's work. `owned` are the files of packages, as [`key`] has them.
pub fn is_noise<S: std::hash::BuildHasher>(path: &str, owned: &HashSet<String, S>) -> bool {
    NOISE.iter().any(|dir| below(path, dir))
        || FILES.contains(&path)
        || path.split('/').any(|part| NAMES.contains(&part))
        || [".pyc", ".apk-new"].iter().any(|end| path.ends_with(end))
        || owned.contains(&key(path))
}

/// A path such that both names of a merged `/usr` are one.
pub fn key(path: &str) -> String {
    let path = path.trim_start_matches('/');
    let path = path.strip_prefix("usr/").unwrap_or(path);
    let path = path
        .strip_prefix("sbin/")
        .map_or_else(|| path.to_owned(), |rest| format!("bin/{rest}"));
    path.strip_prefix("lib64/")
        .map_or(path.clone(), |rest| format!("lib/{rest}"))
}

/// The files of packages, from apk's installed database: `F:` a directory, `R:` a file in it.
pub fn apk_files(database: &str) -> HashSet<String> {
    let mut folder = "";
    let mut files = HashSet::new();
    for line in database.lines() {
        if let Some(name) = line.strip_prefix("F:") {
            folder = name;
        } else if let Some(name) = line.strip_prefix("R:") {
            files.insert(key(&format!("{folder}/{name}")));
        }
    }
    files
}

/// The files of packages, from a list of paths (dpkg's `.list` files).
pub fn listed_files(list: &str) -> HashSet<String> {
    list.lines()
        .filter(|line| line.len() > 2)
        .map(key)
        .collect()
}

/// Takes out of what a twin changed the directories that the engine made for its mounts, and those above them.
pub fn drop_mount_points(changes: &mut Vec<(String, char)>, mounts: &[&str]) {
    changes.retain(|(path, _)| !mounts.iter().any(|mount| super::below(mount, path)));
}

/// What a twin changed, as artifacts whose size is not known yet. `changes` are paths with `A`, `C` or `D`.
///
/// A new directory is one artifact; where it has few files, they are listed beside it. What is more than [`MOST`] is left
/// out; how much, is the second part.
pub fn from_changes<S: std::hash::BuildHasher>(
    changes: &[(String, char)],
    owned: &HashSet<String, S>,
    facts: &Facts,
) -> (Vec<Artifact>, usize) {
    let kept: BTreeMap<&str, char> = changes
        .iter()
        .filter(|(path, kind)| *kind != 'D' && is_nameable(path) && !is_noise(path, owned))
        .filter(|(path, _)| facts.source_of(path).is_none())
        .map(|(path, kind)| (path.as_str(), *kind))
        .collect();
    // Of all that changed: a directory in which only noise is left is no file.
    let folders: BTreeSet<&str> = changes
        .iter()
        .flat_map(|(path, _)| path.match_indices('/').filter_map(|(at, _)| path.get(..at)))
        .filter(|folder| !folder.is_empty())
        .collect();
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut single = Vec::new();
    for path in kept.keys().filter(|path| !folders.contains(*path)) {
        let top = path
            .match_indices('/')
            .filter_map(|(at, _)| path.get(..at))
            .find(|folder| kept.get(folder) == Some(&'A'));
        match top {
            Some(top) => below.entry(top).or_default().push(path),
            None => single.push(*path),
        }
    }
    let mut found: Vec<Artifact> = Vec::new();
    for (folder, files) in below {
        let folder = common(folder, &files);
        found.push(Artifact::new(folder, Kind::Folder, files.len(), false));
        if files.len() <= FEW {
            found.extend(
                files
                    .into_iter()
                    .map(|path| Artifact::new(path, Kind::File, 0, false)),
            );
        }
    }
    found.extend(
        single
            .into_iter()
            .map(|path| Artifact::new(path, Kind::File, 0, false)),
    );
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    (found, more)
}

/// The deepest directory at or below `folder` in which all of these files are.
fn common<'a>(folder: &'a str, files: &[&'a str]) -> &'a str {
    let first = files.first().copied().unwrap_or(folder);
    let ends = first.match_indices('/').map(|(at, _)| at);
    let deeper = ends
        .filter(|at| *at > folder.len())
        .filter_map(|at| first.get(..at));
    let holds = |dir: &&str| files.iter().all(|file| super::below(file, dir));
    deeper.take_while(holds).last().unwrap_or(folder)
}

/// Puts what production most likely wants first: programs below the person's directories, then other programs, then the
/// rest, by path.
pub fn sort(artifacts: &mut [Artifact]) {
    artifacts.sort_by(|a, b| {
        let rank = |a: &Artifact| (!a.executable, !a.mounted);
        rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path))
    });
}

/// The paths to begin with while a person has picked none: the programs that were made.
pub fn suggested(artifacts: &[Artifact]) -> Vec<String> {
    let programs = artifacts
        .iter()
        .filter(|a| a.executable && a.kind == Kind::File);
    let mounted: Vec<&Artifact> = programs.clone().filter(|a| a.mounted).collect();
    let chosen: Vec<&Artifact> = if mounted.is_empty() {
        programs.collect()
    } else {
        mounted
    };
    chosen
        .into_iter()
        .take(SUGGESTED)
        .map(|a| a.path.clone())
        .collect()
}
