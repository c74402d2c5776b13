//! What the shipped image runs: `ENTRYPOINT`, `CMD` and `HEALTHCHECK`.

use super::kit;
use super::{Case, Finding, Rule};
use crate::domain::dockerfile::settings::{Set, Settings};
use crate::domain::dockerfile::{Command, Stage};
use crate::domain::entrypoint::Severity;
use crate::domain::text::{self, bounded};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "SHELL_FORM",
        title: "A command in shell form",
        how: "`ENTRYPOINT` or `CMD` without brackets: an error where the shipped image has no shell, a note elsewhere.",
        check: shell_form,
    },
    Rule {
        id: "SHELL_CMD_TO_APP",
        title: "A shell form CMD goes to the program as arguments",
        how: "`CMD` in shell form beside an `ENTRYPOINT` in brackets that is no shell.",
        check: cmd_to_app,
    },
    Rule {
        id: "CMD_RESET",
        title: "A new ENTRYPOINT drops the CMD below it",
        how: "A stage sets `ENTRYPOINT` and no `CMD`, and a stage that it stands on set a `CMD`.",
        check: reset,
    },
    Rule {
        id: "HEALTH_TOOL",
        title: "The health check needs what is not there",
        how: "`HEALTHCHECK` in shell form, or by curl or wget, where the shipped image has no shell; a note where it is not known to have curl.",
        check: health,
    },
];

/// A finding about what a line sets.
fn about<T>(id: &'static str, severity: Severity, case: &Case<'_>, set: &Set<T>) -> Finding {
    let stage = case.file.stages.get(set.stage);
    let step = stage.and_then(|stage| stage.steps.iter().find(|s| s.lines.0 == set.line));
    match (stage, step) {
        (Some(stage), Some(step)) => super::about(id, severity, stage, step),
        (_, _) => Finding {
            id,
            severity,
            line: set.line,
            last_line: set.line,
            stage: stage.map(Stage::label),
            evidence: vec![format!("line {}", set.line)],
            meaning: String::new(),
            advice: Vec::new(),
        },
    }
}

/// A shell line as the exec form has it, where plain words are all that is in it.
fn exec_form(line: &str) -> String {
    let plain = !line.contains(['$', '&', '|', ';', '<', '>', '*', '`', '(', '~']);
    match shell_words::split(line) {
        Ok(words) if plain && !words.is_empty() => {
            let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
            format!("write it as [{}]", bounded(&quoted.join(", "), 160))
        }
        Ok(_) | Err(_) => {
            "write it as [\"program\", \"argument\"]; what a shell would do with $, &&, | has to go into the program".into()
        }
    }
}

fn shell_form(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    let none = case.has_shell(end) == Some(false) && settings.shell.is_none();
    let mut found = Vec::new();
    // A CMD beside an ENTRYPOINT is the next rule's.
    let cmd = settings
        .cmd
        .as_ref()
        .filter(|_| settings.entrypoint.is_none());
    for set in [settings.entrypoint.as_ref(), cmd].into_iter().flatten() {
        let Command::Shell(line) = &set.value else {
            continue;
        };
        if line.trim().is_empty() {
            continue;
        }
        let severity = if none {
            Severity::Error
        } else {
            Severity::Note
        };
        let find = about("SHELL_FORM", severity, case, set);
        let find = if none {
            find.means(format!(
                "it runs as /bin/sh -c …, and {} has no shell: it does not start",
                bounded(case.base(end), 120)
            ))
        } else {
            find.means("the shell is process 1 and does not pass the stop signal on")
        };
        found.push(find.advise(exec_form(line)));
    }
    found
}

fn cmd_to_app(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    let (Some(entrypoint), Some(cmd)) = (&settings.entrypoint, &settings.cmd) else {
        return Vec::new();
    };
    let (Command::Exec(words), Command::Shell(line)) = (&entrypoint.value, &cmd.value) else {
        return Vec::new();
    };
    let program = words.first().map_or("", String::as_str);
    let name = program.rsplit('/').next().unwrap_or(program);
    if kit::is_shell(name) || name.contains("entrypoint") || name.contains("init") {
        return Vec::new();
    }
    vec![
        about("SHELL_CMD_TO_APP", Severity::Warning, case, cmd)
            .see(format!(
                "line {}: ENTRYPOINT {}",
                entrypoint.line,
                bounded(&text::line(words), 120)
            ))
            .means(format!(
                "{} gets the arguments /bin/sh, -c and the line; nothing says that this is wrong",
                bounded(name, 60)
            ))
            .advise(exec_form(line)),
    ]
}

fn reset(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    let (Some(lost), Some(entrypoint), None) =
        (&settings.lost, &settings.entrypoint, &settings.cmd)
    else {
        return Vec::new();
    };
    vec![
        about("CMD_RESET", Severity::Warning, case, entrypoint)
            .see(format!("line {}: CMD of the stage below", lost.line))
            .means("an ENTRYPOINT takes away the CMD that the stage below set: it starts without those arguments")
            .advise("say CMD again behind the ENTRYPOINT"),
    ]
}

fn health(case: &Case<'_>) -> Vec<Finding> {
    let Some(end) = case.end else {
        return Vec::new();
    };
    let settings = Settings::at_end(case.file, end);
    let Some(check) = &settings.healthcheck else {
        return Vec::new();
    };
    let bare = case.has_shell(end) == Some(false);
    let (shell, tool) = match &check.value {
        Command::Shell(line) => {
            let commands = kit::commands(line);
            (
                true,
                commands
                    .iter()
                    .map(|c| c.program().to_owned())
                    .find(|p| is_tool(p)),
            )
        }
        Command::Exec(words) => {
            let first = words.first().map_or("", String::as_str);
            let name = first.rsplit('/').next().unwrap_or(first).to_owned();
            (
                kit::is_shell(&name),
                Some(name).filter(|name| is_tool(name)),
            )
        }
    };
    let base = bounded(case.base(end), 120);
    let (severity, means) = match (bare, shell, &tool) {
        (true, true, _) => (
            Severity::Error,
            format!("{base} has no shell: the check always fails"),
        ),
        (true, false, Some(tool)) => (
            Severity::Error,
            format!("{base} has no {tool}: the check always fails"),
        ),
        (false, _, Some(tool)) => (
            Severity::Note,
            format!("{base} must have {tool} for it, which most slim images do not"),
        ),
        (_, _, None) => return Vec::new(),
    };
    vec![
        about("HEALTH_TOOL", severity, case, check)
            .means(means)
            .advise(
                "let the program check itself: HEALTHCHECK CMD [\"/app/program\", \"--health\"]",
            )
            .advise("or leave it to the orchestrator, which asks over the network"),
    ]
}

fn is_tool(name: &str) -> bool {
    matches!(name, "curl" | "wget" | "nc" | "netcat")
}
