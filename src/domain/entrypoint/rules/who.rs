//! Who runs it, and what that user may do to which file.

pub(super) use crate::domain::entrypoint::identity::{Right, Who};

use super::kit::{self, env, follow_all};
use crate::domain::entrypoint::{Case, identity};
use crate::domain::fs::{self, Found, Kind, Known, Node};

/// Who runs it; none while that is not known, and when the user is unknown.
pub(super) fn who(case: &Case<'_, '_>) -> Option<Who> {
    Who::of(case.identity.as_ref()?, case.facts)
}

/// Whether root has a capability that the engine gives by default.
pub(super) fn has_capability(case: &Case<'_, '_>, name: &str) -> bool {
    identity::has_capability(case.facts, name)
}

/// Whether it may do that to what stands at `path`. The owner is only asked for where it decides, for that
/// costs more than all the rest.
pub(super) fn may(
    case: &Case<'_, '_>,
    who: &Who,
    right: Right,
    path: &str,
    node: &Node,
) -> Known<bool> {
    if let Some(known) = who.may(right, node, None) {
        return Some(known);
    }
    // What cannot be said is not held against it.
    let owner = case.look.owner(path)?.is();
    Some(owner.is_none_or(|owner| who.may(right, node, Some(*owner)) != Some(false)))
}

/// Whether a directory can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Access {
    /// It can, as far as is known.
    Granted,
    /// It cannot; what proves it.
    Denied(String),
    /// It is not there.
    Missing,
}

/// Whether `who` may make files in the directory that `path` leads to.
pub(super) fn access(case: &Case<'_, '_>, who: &Who, path: &str) -> Option<Access> {
    let led = case.look.follow(path)?;
    let node = match &led.node {
        Found::Is(node) if node.kind == Kind::Dir => node,
        Found::Missing => return Some(Access::Missing),
        Found::Is(_) | Found::Unreadable(_) => return Some(Access::Granted),
    };
    if may(case, who, Right::Write, &led.path, node)? {
        return Some(Access::Granted);
    }
    Some(Access::Denied(described(case, who, &led.path, node)))
}

/// Mode and owner of what stands at a path, beside the user's numbers.
pub(super) fn described(case: &Case<'_, '_>, who: &Who, path: &str, node: &Node) -> String {
    let owner = match case.look.owner(path).and_then(Found::is) {
        Some(owner) => format!(", owner {}:{}", owner.uid, owner.gid),
        None => String::new(),
    };
    let mode = node.mode;
    format!(
        "{path}: mode {mode:04o}{owner}; the user is {}",
        who.words()
    )
}

/// Directories that variables say are for writing, with the variable's name. Only names that leave no
/// doubt: `GEM_HOME` and `DATA` are read more often than written.
pub(super) fn written_by_env<'a>(case: &Case<'a, '_>) -> Vec<(&'a str, &'a str)> {
    const WHOLE: [&str; 5] = [
        "PGDATA",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "MPLCONFIGDIR",
    ];
    const ENDS: [&str; 12] = [
        "DATA_DIR",
        "DATADIR",
        "CACHE_DIR",
        "LOG_DIR",
        "LOGS_DIR",
        "TEMP_DIR",
        "TMP_DIR",
        "STATE_DIR",
        "UPLOAD_DIR",
        "UPLOADS_DIR",
        "STORAGE_DIR",
        "SPOOL_DIR",
    ];
    // Tools of the build write there: their variables stay behind, and nobody uses them at run time.
    const BUILD: [&str; 9] = [
        "PIP_",
        "PIPENV_",
        "POETRY_",
        "PDM_",
        "UV_",
        "NPM_",
        "YARN_",
        "BUN_",
        "COMPOSER_",
    ];
    // Data there comes with the image and is read.
    const READ: [&str; 4] = ["/usr", "/etc", "/opt", "/lib"];
    let named = case.config().env.iter();
    let named = named.filter(|(name, _)| !BUILD.iter().any(|tool| name.starts_with(tool)));
    let named = named.filter(|(name, _)| {
        let ends = |end: &str| {
            name.strip_suffix(end)
                .is_some_and(|start| start.is_empty() || start.ends_with('_'))
        };
        WHOLE.contains(&name.as_str()) || ENDS.iter().any(|end| ends(end))
    });
    named
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, value)| env(case, name) == Some(value) && value.starts_with('/'))
        .filter(|(_, value)| !READ.iter().any(|dir| kit::is_in(value, dir)))
        .take(DIRECTORIES)
        .collect()
}

/// The directory for temporary files, and the variable that names it. One without an absolute path is
/// not looked at.
pub(super) fn scratch(case: &Case<'_, '_>) -> (Option<&'static str>, String) {
    let named = ["TMPDIR", "TMP", "TEMP"]
        .into_iter()
        .find_map(|name| Some((name, env(case, name)?)));
    match named.filter(|(_, dir)| dir.starts_with('/')) {
        Some((name, dir)) => (Some(name), fs::normal(dir)),
        None => (None, "/tmp".to_owned()),
    }
}

/// Directories by variables, and volumes, that are looked at.
const DIRECTORIES: usize = 8;

/// The volumes that the configuration declares.
pub(super) fn volumes<'a>(case: &Case<'a, '_>) -> Vec<&'a str> {
    let volumes = case.config().volumes.iter();
    volumes.map(String::as_str).take(DIRECTORIES).collect()
}

/// The first directory above `path` that the user may not search, and what proves
/// it. Those of the usual layout
/// are not asked for: an image in which one of them is closed could not be used at all.
pub(super) fn closed_above(
    case: &Case<'_, '_>,
    who: &Who,
    path: &str,
) -> Known<Option<(String, String)>> {
    const OPEN: [&str; 8] = [
        "/usr",
        "/usr/bin",
        "/usr/sbin",
        "/usr/local",
        "/usr/local/bin",
        "/usr/local/sbin",
        "/bin",
        "/sbin",
    ];
    const LIBRARIES: [&str; 3] = ["/usr/lib", "/lib", "/lib64"];
    let above: Vec<String> = kit::parents(path)
        .filter(|dir| !OPEN.contains(dir) && !LIBRARIES.iter().any(|lib| kit::is_in(dir, lib)))
        .map(str::to_owned)
        .collect();
    if who.strong {
        return Some(None);
    }
    for led in follow_all(case, &above)? {
        let Some(node) = led.node.is() else { continue };
        if !may(case, who, Right::Run, &led.path, node)? {
            let proof = described(case, who, &led.path, node);
            return Some(Some((led.path, proof)));
        }
    }
    Some(None)
}
