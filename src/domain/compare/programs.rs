//! Programs by name, and files that give whoever runs them the rights of somebody else.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use super::tree::{Kind, Row, Stat, Tree, shown};
use super::{Change, Hand, Trees, capabilities};

/// What engines give programs whose image has no `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Any permission to run.
const EXECUTABLE: u32 = 0o111;
/// Set-uid and set-gid.
const SET_ID: u32 = 0o6000;

/// Programs of both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Programs {
    /// How many names the left one's `PATH` leads to.
    pub left: usize,
    /// How many the right one's does.
    pub right: usize,
    /// Names that only the left one's `PATH` leads to, sorted, at most [`LISTED`].
    pub only_left: Vec<Program>,
    /// Names that only the right one's does.
    pub only_right: Vec<Program>,
    /// Set-uid and set-gid files and files with capabilities of both, by path, at most [`LISTED`].
    pub privileged: Vec<Privileged>,
}

/// Programs that are listed by name.
pub const LISTED: usize = 5000;

/// A program that a name leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Program {
    /// The name.
    pub name: String,
    /// Where `PATH` finds it.
    pub path: String,
    /// Where that leads, links followed; the same path when it is no link.
    pub leads_to: String,
    /// The package that brought what it leads to, or else the link; none when no package did.
    pub package: Option<String>,
}

/// "Would this command exist there?"
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Which {
    /// What was asked: a name, or a path.
    pub name: String,
    /// The left one's; none when it has no such program.
    pub left: Option<Program>,
    /// The right one's.
    pub right: Option<Program>,
}

/// A file whose program has other rights than who starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Privileged {
    /// Absolute path.
    pub path: String,
    /// What is with it.
    pub change: Change,
    /// The left one's rights.
    pub left: Option<Rights>,
    /// The right one's.
    pub right: Option<Rights>,
}

/// The rights that a file gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// Permission bits, at most `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Capabilities in the words of getcap(8): `cap_net_raw=ep`; none when it has none.
    pub capabilities: Option<String>,
}

/// The directories of a container's `PATH`, given its variables. One that is not absolute depends on where one stands, and is left
/// out.
pub fn search_path(env: &[(String, String)]) -> Vec<String> {
    let own = env.iter().rev().find(|(name, _)| name == "PATH");
    let path = own.map_or(PATH, |(_, value)| value.as_str());
    let dirs = path.split(':').filter(|dir| dir.starts_with('/'));
    dirs.map(|dir| dir.trim_end_matches('/').to_owned())
        .collect()
}

/// What a name or a path leads to in a root, as a shell would look for it; none when it would not find a program.
pub fn which(tree: &Tree, path: &[String], name: &str) -> Option<Program> {
    if name.contains('/') {
        return program(tree, name.as_bytes(), name);
    }
    if matches!(name, "" | "." | "..") {
        return None;
    }
    let mut places = path.iter().map(|dir| format!("{dir}/{name}"));
    places.find_map(|place| program(tree, place.as_bytes(), name))
}

fn program(tree: &Tree, path: &[u8], name: &str) -> Option<Program> {
    let row = tree.find(path, true)?;
    let stat = tree.stat(row);
    if stat.kind != Kind::File || stat.mode & EXECUTABLE == 0 {
        return None;
    }
    let link = || tree.owner(tree.find(path, false)?);
    Some(Program {
        name: name.to_owned(),
        path: shown(path).into_owned(),
        leads_to: shown(&tree.path(row)).into_owned(),
        package: tree.owner(row).or_else(link).map(str::to_owned),
    })
}

impl Programs {
    /// The programs of two roots, each by its own `PATH`.
    pub fn of(trees: &Trees, left_path: &[String], right_path: &[String]) -> Self {
        let left = names(trees.tree(Hand::Left), left_path);
        let right = names(trees.tree(Hand::Right), right_path);
        let only =
            |own: &BTreeMap<Vec<u8>, Vec<u8>>, other: &BTreeMap<Vec<u8>, Vec<u8>>, hand: Hand| {
                let only = own.iter().filter(|(name, _)| !other.contains_key(*name));
                let programs =
                    only.filter_map(|(name, path)| program(trees.tree(hand), path, &shown(name)));
                programs.take(LISTED).collect::<Vec<_>>()
            };
        Self {
            left: left.len(),
            right: right.len(),
            only_left: only(&left, &right, Hand::Left),
            only_right: only(&right, &left, Hand::Right),
            privileged: privileged(trees),
        }
    }
}

/// Names of programs and the paths at which they are found first.
fn names(tree: &Tree, path: &[String]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut names = BTreeMap::new();
    for dir in path {
        let Some(row) = tree.find(dir.as_bytes(), true) else {
            continue;
        };
        for (child, name) in tree.list(row) {
            if names.contains_key(name) || !may_run(tree, child) {
                continue;
            }
            let place = [dir.as_bytes(), b"/", name].concat();
            let found = tree.find(&place, true).map(|row| tree.stat(row));
            if found.is_some_and(|stat| stat.kind == Kind::File && stat.mode & EXECUTABLE != 0) {
                names.insert(name.to_vec(), place);
            }
        }
    }
    names
}

/// Whether it can be a program, links not followed yet.
fn may_run(tree: &Tree, row: Row) -> bool {
    let stat = tree.stat(row);
    match stat.kind {
        Kind::File => stat.mode & EXECUTABLE != 0,
        Kind::Link => true,
        Kind::Dir | Kind::Special => false,
    }
}

fn privileged(trees: &Trees) -> Vec<Privileged> {
    let rights = |stat: &Option<Stat<'_>>| {
        let stat = stat.as_ref().filter(|stat| stat.kind == Kind::File)?;
        let gives = stat.mode & SET_ID != 0 || stat.capabilities.is_some();
        gives.then(|| Rights {
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            capabilities: stat.capabilities.map(capabilities),
        })
    };
    let found = trees.walk(trees.root()).filter_map(|id| {
        let node = trees.node(id);
        let (left, right) = (rights(&node.left), rights(&node.right));
        (left.is_some() || right.is_some()).then(|| Privileged {
            path: trees.path(id),
            change: Change::of(left.is_some(), right.is_some(), left == right),
            left,
            right,
        })
    });
    found.take(LISTED).collect()
}
