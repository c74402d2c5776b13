//! What the words of the command say before any program is looked at.

use super::Rule;
use super::fault::{Fault, fault, is_shell};
use super::kit::{
    Draft, FINE, Findings, array, base, ended, failed, overridden, runs_well, state, workdir,
};
use super::lines;
use crate::domain::entrypoint::{Case, ProgramKind, Severity};
use crate::domain::fs::{self, Found};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "SHELL_CMD_TO_APP",
        title: "A shell form CMD goes to the program as arguments",
        how: "CMD begins with a shell and `-c`, and ENTRYPOINT is a program that does not run its arguments.",
        check: shell_cmd_to_app,
    },
    Rule {
        id: "CMD_TO_INTERPRETER",
        title: "The command goes to the entrypoint as arguments",
        how: "ENTRYPOINT is an interpreter and the first word of CMD is no file of its; or another command was given to a program.",
        check: cmd_to_interpreter,
    },
];

/// Programs that run their arguments: a shell form CMD is theirs to run.
const WRAPPERS: [&str; 32] = [
    "tini",
    "tini-static",
    "dumb-init",
    "catatonit",
    "docker-init",
    "init",
    "s6-svscan",
    "pid1",
    "gosu",
    "su-exec",
    "setpriv",
    "chpst",
    "runuser",
    "su",
    "sudo",
    "env",
    "nice",
    "ionice",
    "nohup",
    "time",
    "timeout",
    "stdbuf",
    "strace",
    "unshare",
    "setarch",
    "launcher",
    "chamber",
    "vault-env",
    "ddtrace-run",
    "opentelemetry-instrument",
    "with-contenv",
    "xvfb-run",
];
/// Last words of an entrypoint that runs what follows: `uv run`, `bundle exec`, `doppler run --`.
const RUNNERS: [&str; 4] = ["--", "run", "exec", "start"];

/// Whether the entrypoint runs its arguments as a command.
fn runs_arguments(entrypoint: &[String]) -> bool {
    let first = entrypoint
        .first()
        .map(|word| base(word))
        .unwrap_or_default();
    let last = entrypoint.last().map(String::as_str).unwrap_or_default();
    WRAPPERS.contains(&first)
        || is_shell(first)
        || (entrypoint.len() > 1 && RUNNERS.contains(&last))
}

/// Interpreters that take their first argument for a file of theirs.
pub(super) fn is_interpreter(word: &str) -> bool {
    let name = base(word).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    ["python", "pypy", "node", "nodejs", "ruby", "perl", "php"].contains(&name)
}

fn shell_cmd_to_app(case: &Case<'_, '_>) -> Findings {
    let config = case.config();
    let shell =
        matches!(config.cmd.as_slice(), [first, dash, ..] if is_shell(first) && dash == "-c");
    if !shell || config.entrypoint.is_empty() || runs_arguments(&config.entrypoint) {
        return FINE;
    }
    let program = case.program.as_ref()?;
    if let Some(step) = program.steps.first()
        && matches!(step.kind, ProgramKind::Script { .. })
        && let Some(path) = &step.path
    {
        let text = case.look.text(path)?;
        if ["$@", "$*", "sys.argv", "process.argv", "ARGV"]
            .iter()
            .any(|word| text.contains(word))
        {
            return FINE;
        }
    }
    let alone = matches!(config.entrypoint.as_slice(), [word] if is_interpreter(word));
    let said = lines::saying(
        case,
        &[
            &["usage"],
            &["/bin/sh"],
            &["unknown", "option"],
            &["unknown", "command"],
        ],
    )
    .filter(|_| failed(case));
    let severity = match (runs_well(case), alone || said.is_some()) {
        (true, _) => Severity::Note,
        (false, true) => Severity::Error,
        (false, false) => Severity::Warning,
    };
    let meaning = "CMD is in shell form under an ENTRYPOINT in exec form: no shell runs it; the program gets \"/bin/sh\", \"-c\" and the line as its arguments.";
    Draft::new("SHELL_CMD_TO_APP", severity, meaning)
        .see(format!("ENTRYPOINT {}", array(&config.entrypoint)))
        .see(format!("CMD {}", array(&config.cmd)))
        .see_all(said.map(lines::quoted))
        .advise("write CMD in exec form: CMD [\"argument\", \"argument\"]")
        .advise("or, if the shell line is what should run: ENTRYPOINT []")
        .done()
}

/// Commands that people try in a container, and that no program takes for an argument of its own.
const COMMANDS: [&str; 30] = [
    "sh", "bash", "ash", "dash", "ls", "cat", "echo", "env", "printenv", "id", "whoami", "ps",
    "top", "pwd", "uname", "find", "grep", "tail", "head", "sleep", "curl", "wget", "ping", "apk",
    "apt", "apt-get", "python", "node", "mkdir", "chmod",
];

fn cmd_to_interpreter(case: &Case<'_, '_>) -> Findings {
    let config = case.config();
    let (Some(program), Some(word)) = (config.entrypoint.first(), config.cmd.first()) else {
        return FINE;
    };
    let shell_form = is_shell(word) && config.cmd.get(1).is_some_and(|dash| dash == "-c");
    if runs_well(case) || word.starts_with('-') || word.is_empty() || shell_form {
        return FINE;
    }
    let flags_only = config
        .entrypoint
        .iter()
        .skip(1)
        .all(|word| word.starts_with('-'));
    let given = overridden(case).is_some();
    let draft = |severity| {
        let meaning = format!(
            "`{word}` is not run: it goes to {program} as an argument, because the image has an ENTRYPOINT."
        );
        Draft::new("CMD_TO_INTERPRETER", severity, &meaning)
            .see(format!("ENTRYPOINT {}", array(&config.entrypoint)))
            .see(format!("CMD {}", array(&config.cmd)))
            .advise(format!(
                "run it instead of the entrypoint: docker run --entrypoint {word} IMAGE …"
            ))
    };
    if is_interpreter(program) && flags_only {
        if fault(case)? != Fault::None
            || takes_no_file(config.entrypoint.get(1..).unwrap_or_default())
        {
            return FINE;
        }
        let path = fs::joined(workdir(case), word);
        if reads(case, program, &path)? {
            return FINE;
        }
        let severity = if state(case).is_some_and(ended) || given {
            Severity::Error
        } else {
            Severity::Warning
        };
        return draft(severity)
            .see(format!(
                "{path} is not a file that {} could read",
                base(program)
            ))
            .see_all(last_words(case))
            .advise(format!(
                "or give it the script: CMD [\"{}/…\"]",
                workdir(case).trim_end_matches('/')
            ))
            .done();
    }
    if !given || !COMMANDS.contains(&base(word)) || runs_arguments(&config.entrypoint) {
        return FINE;
    }
    let first = case.program.as_ref()?.steps.first();
    let script = first.is_some_and(|step| matches!(step.kind, ProgramKind::Script { .. }));
    if script || !failed(case) {
        return FINE;
    }
    draft(Severity::Warning).see_all(last_words(case)).done()
}

/// Flags after which an interpreter reads no file: `python -m`, `node -e`, `php -S`.
fn takes_no_file(flags: &[String]) -> bool {
    let flags = flags.iter().map(String::as_str);
    flags.into_iter().any(|flag| {
        matches!(
            flag,
            "-m" | "-c"
                | "-e"
                | "-r"
                | "-S"
                | "-p"
                | "--eval"
                | "--print"
                | "--import"
                | "--require"
        )
    })
}

/// Whether an interpreter finds a file of its own at `path`: not missing, and no program of the system.
fn reads(case: &Case<'_, '_>, interpreter: &str, path: &str) -> Option<bool> {
    let mut places = vec![path.to_owned()];
    if base(interpreter).starts_with("node") {
        places.extend([".js", ".cjs", ".mjs", ".json"].map(|end| format!("{path}{end}")));
    }
    let led = super::kit::follow_all(case, &places)?;
    let system = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].contains(&super::kit::folder(path));
    let there = led.iter().any(|led| led.node != Found::Missing);
    Some(
        there
            && !(system
                && led.first().is_some_and(fs::Led::is_program)
                && COMMANDS.contains(&base(path))),
    )
}

/// What a program said of what it cannot open.
fn last_words(case: &Case<'_, '_>) -> Option<String> {
    let rows: &[&[&str]] = &[
        &["can't open file"],
        &["cannot find module"],
        &["could not open input file"],
        &["no such file"],
        &["usage"],
    ];
    lines::saying(case, rows)
        .filter(|_| failed(case))
        .map(lines::quoted)
}
