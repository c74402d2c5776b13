//! What is written into the image: whose files are, and what should not be there.

use super::kit;
use super::{Case, Finding, Rule, about};
use crate::domain::dockerfile::settings::Settings;
use crate::domain::dockerfile::{Copy, Stage, What};
use crate::domain::entrypoint::Severity;
use crate::domain::secret;
use crate::domain::text::bounded;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "COPY_OWNER",
        title: "Files of root where the program writes",
        how: "`COPY` without `--chown` into a `VOLUME`, or into a directory that a variable such as `DATA_DIR` or `PGDATA` names, and the last user is not root.",
        check: owner,
    },
    Rule {
        id: "WORKDIR_WRITE",
        title: "The working directory is root's, and a command writes there",
        how: "`WORKDIR` makes a new directory for root, the user is not root, and a later `RUN` of the stage writes to a relative path.",
        check: workdir,
    },
    Rule {
        id: "SECRET",
        title: "A secret stays in the image",
        how: "`ENV`, or `ARG` with a default, whose name says that it is a secret, in a stage that is needed: `docker history` shows it.",
        check: secrets,
    },
];

/// The directory in which the program writes, among those that a path lies in, and the line that says so.
fn written(settings: &Settings, path: &str) -> Option<String> {
    let volume = settings.volumes.iter().find(|v| kit::is_in(path, &v.value));
    if let Some(volume) = volume {
        return Some(format!(
            "line {}: VOLUME {}",
            volume.line,
            bounded(&volume.value, 80)
        ));
    }
    let names_data = |name: &str| {
        let ends = [
            "DATA_DIR",
            "CACHE_DIR",
            "STATE_DIR",
            "LOG_DIR",
            "UPLOAD_DIR",
            "DATADIR",
        ];
        name == "PGDATA" || ends.iter().any(|end| name.ends_with(end))
    };
    let mut all = settings.variables.iter();
    let (name, value) = all.find(|(name, value)| {
        names_data(name) && value.len() > 1 && value.starts_with('/') && kit::is_in(path, value)
    })?;
    Some(format!("ENV {name}={}", bounded(value, 80)))
}

fn owner(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    if case.is_root(end, &settings) != Some(false) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for step in &end.steps {
        let What::Copy(Copy {
            chown: None, dest, ..
        }) = &step.what
        else {
            continue;
        };
        let before = Settings::before(case.file, end, step.number);
        let path = before.path(dest);
        let given_back = kit::runs(&end.steps)
            .any(|(later, run)| later.number > step.number && run.script().contains("chown"));
        let Some(evidence) = written(&settings, &path).filter(|_| !given_back) else {
            continue;
        };
        found.push(
            about("COPY_OWNER", Severity::Warning, end, step)
                .see(evidence)
                .means("what is copied belongs to root, and the program, which is not root, cannot write to it")
                .advise(match &settings.user {
                    Some(user) => format!("COPY --chown={} …", bounded(&user.value, 60)),
                    None => "COPY --chown=USER:GROUP …, the numbers of the image's own user".into(),
                }),
        );
    }
    found
}

/// Whether a command writes to a relative path; which words say so.
fn writes_here(cmd: &kit::Cmd) -> bool {
    let relative = |path: &str| !path.starts_with(['/', '$', '~', '-']) && !path.contains("://");
    let redirected = cmd.words.iter().enumerate().any(|(at, word)| {
        let target = word.trim_start_matches('>');
        word.starts_with('>')
            && !target.starts_with('&')
            && match target {
                "" => cmd.words.get(at + 1).is_some_and(|next| relative(next)),
                target => relative(target),
            }
    });
    let operand = || cmd.operands().any(relative);
    redirected
        || match cmd.program() {
            "npm" | "pnpm" => cmd.has("ci") || cmd.has("install") || cmd.has("i"),
            "yarn" | "make" | "mvn" | "gradle" | "bundle" | "composer" => true,
            "cargo" => cmd.has("build"),
            "go" => cmd.has("build") && cmd.option("-o").is_none_or(relative),
            "mkdir" | "touch" | "tee" => operand(),
            _ => kit::venv_of(cmd).is_some_and(relative),
        }
}

fn workdir(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut told: Option<(usize, usize)> = None;
    for (stage, step, settings) in case.steps() {
        let What::Run(run) = &step.what else {
            continue;
        };
        let Some(dir) = settings
            .workdir
            .as_ref()
            .filter(|dir| dir.stage == stage.index)
        else {
            continue;
        };
        if case.is_root(stage, &settings) != Some(false)
            || told == Some((stage.index, dir.line))
            || is_writable(stage, step.number, &dir.value, dir.line)
        {
            continue;
        }
        if !kit::commands_of(run).iter().any(writes_here) {
            continue;
        }
        told = Some((stage.index, dir.line));
        found.push(
            about("WORKDIR_WRITE", Severity::Warning, stage, step)
                .see(format!("line {}: WORKDIR {}", dir.line, bounded(&dir.value, 80)))
                .means("WORKDIR makes the directory for root whatever USER says, so the step may not write there")
                .advise("USER root before WORKDIR and RUN chown, or work below the user's home or /tmp"),
        );
    }
    found
}

/// Whether the user may write to a directory that `WORKDIR` named: it is home or /tmp, or an earlier step saw to it.
fn is_writable(stage: &Stage, number: usize, dir: &str, line: usize) -> bool {
    let homes = ["/home", "/tmp", "/var/tmp", "/root"];
    let earlier = || stage.steps.iter().filter(|step| step.number < number);
    let given = kit::runs(earlier()).any(|(_, run)| {
        let script = run.script();
        script.contains("chown") || script.contains("chmod") || script.contains("install -d")
    });
    let copied = earlier().any(|step| match &step.what {
        What::Copy(copy) => {
            copy.chown.is_some() && step.lines.0 < line && kit::is_in(dir, &copy.dest)
        }
        _ => false,
    });
    homes.iter().any(|home| kit::is_in(dir, home)) || given || copied
}

fn secrets(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (stage, step, _) in case.steps() {
        let names: Vec<String> = match &step.what {
            What::Env(pairs) => {
                let secret = pairs
                    .iter()
                    .filter(|(n, v)| secret::is_secret(n, v) && is_value(v));
                secret.map(|(name, _)| name.clone()).collect()
            }
            What::Arg(args) => {
                let secret = args.iter().filter(|(name, default)| {
                    let value = default.as_deref().unwrap_or_default();
                    secret::is_secret(name, value) && is_value(value)
                });
                secret.map(|(name, _)| name.clone()).collect()
            }
            _ => continue,
        };
        let Some(name) = names.first() else { continue };
        let name = bounded(name, 60);
        let mut find = about("SECRET", Severity::Warning, stage, step);
        find.evidence = vec![format!(
            "line {}: {} {name}=***",
            step.lines.0, step.keyword
        )];
        found.push(
            find.means(format!(
                "whoever has the image reads {name} in its configuration or history"
            ))
            .advise("give it when the container starts, or to one step by RUN --mount=type=secret"),
        );
    }
    found
}

/// Whether this is a value, not the name of one, a path or a switch.
fn is_value(value: &str) -> bool {
    value.len() > 1
        && !value.starts_with(['$', '/', '<'])
        && !value.eq_ignore_ascii_case("true")
        && !value.eq_ignore_ascii_case("false")
}
