//! What rules are made of: a finding in the making, and short questions about the case.

use crate::domain::entrypoint::{Case, Finding, Severity};
use crate::domain::fs::{self, Found, Known, Led};
use crate::domain::target::{Mount, MountKind, State, Status, Target};
use crate::domain::text::bounded;

/// What a rule gives: findings, or none while it lacks a file.
pub(super) type Findings = Known<Vec<Finding>>;

/// Nothing is wrong.
pub(super) const FINE: Findings = Some(Vec::new());

/// Characters of one line of a finding. Names, arguments and log lines are hostile and may be megabytes.
const LINE: usize = 240;
/// Lines of evidence, and of advice, in one finding.
const LINES: usize = 12;
/// Directories of `PATH`, or of a list like it, that are looked at.
const DIRECTORIES: usize = 16;
/// Directories above a file that are looked at.
const PARENTS: usize = 8;

/// What the engine and every shell search when `PATH` is not set.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A finding in the making. All text is cleaned and bounded on its way in.
pub(super) struct Draft(Finding);

impl Draft {
    /// A finding of row `id`, that means `meaning`.
    pub(super) fn new(id: &'static str, severity: Severity, meaning: &str) -> Self {
        Self(Finding {
            id,
            severity,
            evidence: Vec::new(),
            meaning: bounded(meaning, 2 * LINE),
            advice: Vec::new(),
            package: None,
        })
    }

    /// With what proves it.
    pub(super) fn see(mut self, line: impl AsRef<str>) -> Self {
        push(&mut self.0.evidence, line.as_ref());
        self
    }

    /// With all that proves it.
    pub(super) fn see_all<T: AsRef<str>>(mut self, lines: impl IntoIterator<Item = T>) -> Self {
        for line in lines {
            push(&mut self.0.evidence, line.as_ref());
        }
        self
    }

    /// With what to do; the best is said first.
    pub(super) fn advise(mut self, line: impl AsRef<str>) -> Self {
        push(&mut self.0.advice, line.as_ref());
        self
    }

    /// With the package that provides what is missing.
    pub(super) fn package(mut self, name: Option<&str>) -> Self {
        self.0.package = name.map(|name| bounded(name, LINE));
        self
    }

    /// The finding, if anything proves it.
    pub(super) fn finding(self) -> Option<Finding> {
        (!self.0.evidence.is_empty()).then_some(self.0)
    }

    /// The only finding of its rule.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the last word of a rule, which may also lack a file"
    )]
    pub(super) fn done(self) -> Findings {
        Some(self.finding().into_iter().collect())
    }
}

fn push(lines: &mut Vec<String>, line: &str) {
    let line = bounded(line, LINE);
    if lines.len() < LINES && !lines.contains(&line) {
        lines.push(line);
    }
}

/// Words as a Dockerfile's exec form has them, cut when they are very long.
pub(super) fn array<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .take(LINES)
        .map(|word| {
            let word = bounded(word.as_ref(), LINE);
            format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
        })
        .collect();
    let rest = if words.len() > LINES { ", …" } else { "" };
    format!("[{}{rest}]", quoted.join(", "))
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The directory that a path stands in.
pub(super) fn folder(path: &str) -> &str {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// The directories between the root and a path, the root and the path left out, lowest first.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder(path)), |path| Some(folder(path)))
        .take_while(|path| *path != "/")
        .take(PARENTS)
}

/// Whether `path` is `dir` or stands below it. Both are absolute.
pub(super) fn is_in(path: &str, dir: &str) -> bool {
    let dir = dir.trim_end_matches('/');
    path.strip_prefix(dir)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The value of a variable, the last one when it is set twice.
pub(super) fn env<'a>(case: &Case<'a, '_>, name: &str) -> Option<&'a str> {
    let env = case.config().env.iter().rev();
    env.map(|(key, value)| (key.as_str(), value.as_str()))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// The directories of `PATH`.
pub(super) fn search_path<'a>(case: &Case<'a, '_>) -> Vec<&'a str> {
    env(case, "PATH")
        .unwrap_or(PATH)
        .split(':')
        .filter(|dir| dir.starts_with('/'))
        .take(DIRECTORIES)
        .collect()
}

/// The working directory.
pub(super) fn workdir<'a>(case: &Case<'a, '_>) -> &'a str {
    match case.config().workdir.as_str() {
        "" => "/",
        dir => dir,
    }
}

/// Where each of `paths` leads. All are asked for at once.
pub(super) fn follow_all(case: &Case<'_, '_>, paths: &[String]) -> Option<Vec<Led>> {
    let led: Vec<Option<Led>> = paths.iter().map(|path| case.look.follow(path)).collect();
    led.into_iter().collect()
}

/// The first of `paths` that is a program, if one is. None also when one of them could not be looked at:
/// nothing can be said then.
pub(super) fn first_program(case: &Case<'_, '_>, paths: &[String]) -> Known<Option<Led>> {
    let led = follow_all(case, paths)?;
    if let Some(found) = led.iter().find(|led| led.is_program()) {
        return Some(Some(found.clone()));
    }
    let dark = |led: &Led| matches!(led.node, Found::Unreadable(_));
    (!led.iter().any(dark)).then_some(None)
}

/// Where a program stands that is named as in an exec array: by a path, or in `PATH`.
pub(super) fn which(case: &Case<'_, '_>, name: &str) -> Known<Option<Led>> {
    let places: Vec<String> = if name.contains('/') {
        vec![fs::joined(workdir(case), name)]
    } else {
        let dirs = search_path(case).into_iter();
        dirs.map(|dir| fs::joined(dir, name)).collect()
    };
    first_program(case, &places)
}

/// The state of the container, if it is one.
pub(super) fn state<'a>(case: &Case<'a, '_>) -> Option<&'a State> {
    case.facts.target.as_ref().map(|target| &target.state)
}

/// Whether it runs, or is paused, and has not had to be started again: then nothing keeps it from starting.
/// Between the attempts of a crash loop it runs, too, for a moment.
pub(super) fn runs_well(case: &Case<'_, '_>) -> bool {
    state(case).is_some_and(|state| state.is_joinable() && state.restart_count == 0)
}

/// Whether its last run is over, or could not begin.
pub(super) fn ended(state: &State) -> bool {
    match state.status {
        Status::Exited | Status::Dead | Status::Restarting => true,
        Status::Running => state.restarting,
        Status::Created => state.error.is_some(),
        Status::Paused | Status::Removing => false,
    }
}

/// Whether its last run ended by itself and not well. What it wrote last is then why: 130, 137 and 143
/// come from outside (`docker stop`).
pub(super) fn failed(case: &Case<'_, '_>) -> bool {
    state(case).is_some_and(|state| ended(state) && !matches!(state.exit_code, 0 | 130 | 137 | 143))
}

/// Whether its last run got as far as the program itself: it ended, and not as one does that cannot start.
/// 1 and 255 are how runtimes end when the kernel refuses a program (domain.md §5.2).
fn has_started(state: &State) -> bool {
    ended(state) && state.error.is_none() && !matches!(state.exit_code, 1 | 125..=128 | 255)
}

/// How bad it is that a program cannot start: an error, unless it did and so proves the contrary.
pub(super) fn start_severity(case: &Case<'_, '_>) -> Severity {
    if runs_well(case) || state(case).is_some_and(has_started) {
        Severity::Note
    } else {
        Severity::Error
    }
}

/// How bad is what a line of the log says: an error, when the run ended by itself after it.
pub(super) fn log_severity(case: &Case<'_, '_>) -> Severity {
    if failed(case) {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// The engine's own error of the last start, without what each layer of it put before the cause.
pub(super) fn engine_error<'a>(case: &Case<'a, '_>) -> Option<&'a str> {
    let whole = state(case)?.error.as_deref()?;
    let inner = ["container process: ", "container process caused: "]
        .iter()
        .find_map(|mark| whole.split_once(mark).map(|(_, inner)| inner));
    Some(inner.unwrap_or(whole)).filter(|error| !error.trim().is_empty())
}

/// The same as a line of evidence.
pub(super) fn error_line(case: &Case<'_, '_>) -> Option<String> {
    engine_error(case).map(|error| format!("State.Error: {error}"))
}

/// The mounts of the container, tmpfs among them.
pub(super) fn mounts(case: &Case<'_, '_>) -> Vec<Mount> {
    let Some(target) = &case.facts.target else {
        return Vec::new();
    };
    let mut all = target.mounts.clone();
    for path in target.tmpfs.iter().chain(target.service.tmpfs.keys()) {
        if !all.iter().any(|mount| mount.destination == *path) {
            all.push(Mount {
                kind: MountKind::Tmpfs,
                source: String::new(),
                destination: path.clone(),
                writable: true,
            });
        }
    }
    all
}

/// The innermost mount that a path stands on.
pub(super) fn mount_of(case: &Case<'_, '_>, path: &str) -> Option<Mount> {
    let over = mounts(case).into_iter();
    over.filter(|mount| is_in(path, &mount.destination))
        .max_by_key(|mount| mount.destination.len())
}

/// A mount in words.
pub(super) fn mount_line(mount: &Mount) -> String {
    let to = &mount.destination;
    match mount.kind {
        MountKind::Tmpfs => format!("tmpfs at {to}"),
        MountKind::Bind => format!("bind of {} at {to}", mount.source),
        MountKind::Volume => format!("volume {} at {to}", mount.source),
        MountKind::Image => format!("image {} at {to}", mount.source),
        MountKind::Other => format!("mount at {to}"),
    }
}

/// The container, when its image is here and another command was given to it.
pub(super) fn overridden<'a>(case: &Case<'a, '_>) -> Option<&'a Target> {
    let (target, image) = (case.facts.target.as_ref()?, case.facts.image.as_ref()?);
    (target.config.cmd != image.config.cmd).then_some(target)
}

/// Places as evidence that nothing stands there.
pub(super) fn gone<'a>(
    places: impl IntoIterator<Item = &'a String>,
) -> impl Iterator<Item = String> {
    places
        .into_iter()
        .map(|place| format!("{place} is missing"))
}

/// The command as evidence.
pub(super) fn command_line(case: &Case<'_, '_>) -> String {
    format!("it runs {}", array(&case.argv))
}

/// Where the missing program was sought.
pub(super) fn places_of_program(case: &Case<'_, '_>) -> Vec<String> {
    let program = case.program.as_ref();
    let step = program.and_then(|program| program.steps.first());
    step.map(|step| step.sought.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_apart() {
        assert_eq!((base("/a/b"), folder("/a/b")), ("b", "/a"));
        assert_eq!((base("b"), folder("b"), folder("/b")), ("b", "/", "/"));
        assert_eq!(parents("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a"]);
        assert_eq!(parents("/a").count() + parents("/").count(), 0);
        assert!(is_in("/a/b", "/a") && is_in("/a", "/a/") && is_in("/a", "/"));
        assert!(!is_in("/ab", "/a"));
    }

    #[test]
    fn no_finding_without_evidence_and_no_line_without_end() {
        let draft = || Draft::new("X", Severity::Note, "m");
        assert_eq!(draft().done(), Some(Vec::new()));
        let long = draft().see("x\x1b".repeat(10_000)).finding().unwrap();
        assert!(long.evidence[0].chars().count() <= LINE + 1);
        assert!(!long.evidence[0].contains('\x1b'));
        let many = draft().see_all((0..100).map(|n| n.to_string())).finding();
        assert_eq!(many.unwrap().evidence.len(), LINES);
    }

    #[test]
    fn words_are_quoted_as_in_a_dockerfile() {
        assert_eq!(array(&["a b", "\"c\\"]), r#"["a b", "\"c\\"]"#);
        assert_eq!(array::<&str>(&[]), "[]");
    }
}
