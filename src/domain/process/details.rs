//! What can be asked of one process alone.

use std::num::ParseIntError;

use super::{Process, text};

/// Most variables that are kept.
const VARIABLES: usize = 1024;
/// Most bytes that are kept of a variable, or of the name of a file.
const LONG: usize = 4096;
/// Most open files that are kept.
const FILES: usize = 1024;

/// What is known of one process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The process.
    pub process: Process,
    /// Its working directory.
    pub cwd: Option<String>,
    /// Its program's file.
    pub exe: Option<String>,
    /// Its variables.
    pub env: Env,
    /// Its limits.
    pub limits: Vec<Limit>,
    /// Its open files; none when they could not be read.
    pub files: Option<OpenFiles>,
}

/// Variables of a process, as they were when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Env {
    /// Name and value, in order. Values may be secrets: `domain::secret` tells.
    Known(Vec<(String, String)>),
    /// The kernel does not show them to the twin.
    Denied,
}

/// A limit of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The kernel's name for it: `Max open files`.
    pub name: String,
    /// What is in force; none for unlimited.
    pub soft: Option<u64>,
    /// What it may be raised to; none for unlimited.
    pub hard: Option<u64>,
}

/// The open files of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenFiles {
    /// How many there are.
    pub count: usize,
    /// In the order of their numbers; at most 1,024.
    pub list: Vec<OpenFile>,
}

/// An open file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// Its number.
    pub fd: u32,
    /// Its path, or `socket:[N]`, `pipe:[N]` and the like. Hostile.
    pub what: String,
}

/// Reads an `environ` file.
pub fn environ(bytes: &[u8]) -> Vec<(String, String)> {
    let all = bytes.split(|b| *b == 0).filter(|part| !part.is_empty());
    let variable = |part: &[u8]| {
        let kept = part.get(..LONG).unwrap_or(part);
        let kept = text(kept);
        match kept.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (kept, String::new()),
        }
    };
    all.take(VARIABLES).map(variable).collect()
}

/// Reads a `limits` file: names and numbers stand in columns, two blanks or more between them.
pub fn limits(bytes: &[u8]) -> Vec<Limit> {
    let said = text(bytes);
    let parse = |line: &str| {
        let (name, rest) = line.split_once("  ")?;
        let mut rest = rest.split_whitespace();
        Some(Limit {
            name: name.trim().to_owned(),
            soft: amount(rest.next()?).ok()?,
            hard: amount(rest.next()?).ok()?,
        })
    };
    said.lines().skip(1).take(64).filter_map(parse).collect()
}

/// None for unlimited.
fn amount(word: &str) -> Result<Option<u64>, ParseIntError> {
    match word {
        "unlimited" => Ok(None),
        word => word.parse().map(Some),
    }
}

/// Reads what `ls -ln` prints of a directory of links whose names are numbers. A name with a newline in it is
/// shown as its first line.
pub fn files(bytes: &[u8]) -> OpenFiles {
    let said = text(bytes);
    let links = said.lines().filter(|line| line.starts_with('l'));
    let parse = |line: &str| {
        let (before, what) = line.split_once(" -> ")?;
        let fd = before.rsplit(' ').next()?.parse().ok()?;
        Some(OpenFile {
            fd,
            what: what.chars().take(LONG).collect(),
        })
    };
    let mut list: Vec<OpenFile> = links.filter_map(parse).collect();
    list.sort_by_key(|file| file.fd);
    let count = list.len();
    list.truncate(FILES);
    OpenFiles { count, list }
}

/// Where the link of that name leads, in what `ls -ln` prints of some links.
pub fn link(bytes: &[u8], path: &str) -> Option<String> {
    let said = text(bytes);
    let needle = format!(" {path} -> ");
    let to = said
        .lines()
        .filter(|line| line.starts_with('l'))
        .find_map(|line| line.split_once(needle.as_str()).map(|(_, to)| to))?;
    Some(to.chars().take(LONG).collect())
}
