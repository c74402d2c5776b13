//! Health checks that need what production images leave out.

use super::Rule;
use super::kit::{Draft, FINE, Findings, array, base, state, which};
use super::shell::has_bin_sh;
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::Found;
use crate::domain::target::HealthRun;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "HEALTH_NO_SHELL",
        title: "The health check needs a shell",
        how: "HEALTHCHECK is in shell form and /bin/sh is missing; or its last run could not be started for that.",
        check: health_no_shell,
    },
    Rule {
        id: "HEALTH_NO_TOOL",
        title: "The health check needs a program that is missing",
        how: "The first word of HEALTHCHECK is a plain name or path and leads to no program; or its last run says so.",
        check: health_no_tool,
    },
];

/// The check's kind and words, unless there is none or it passes.
fn test<'a>(case: &Case<'a, '_>) -> Option<(&'a str, &'a [String])> {
    let (kind, words) = case.config().healthcheck.as_deref()?.split_first()?;
    let passes = state(case).is_some_and(|state| state.health.as_deref() == Some("healthy"))
        || last_run(case).is_some_and(|run| run.exit_code == 0);
    let known = matches!(kind.as_str(), "CMD" | "CMD-SHELL");
    (known && !passes && !words.is_empty()).then_some((kind.as_str(), words))
}

fn last_run<'a>(case: &Case<'a, '_>) -> Option<&'a HealthRun> {
    case.facts.target.as_ref()?.service.health_log.last()
}

/// The last run as evidence.
fn run_line(case: &Case<'_, '_>) -> Option<String> {
    let run = last_run(case)?;
    Some(format!(
        "last check: exit code {}, {}",
        run.exit_code,
        run.output.trim()
    ))
}

const ADVICE: &str = "let the program check itself, in exec form: HEALTHCHECK CMD [\"/path/of/program\", \"--health\"]";
const PROBE: &str =
    "or leave the check to what runs it: a probe of the orchestrator needs nothing in the image";

fn health_no_shell(case: &Case<'_, '_>) -> Findings {
    let Some(("CMD-SHELL", words)) = test(case) else {
        return FINE;
    };
    if has_bin_sh(case)? {
        return FINE;
    }
    let meaning =
        "The health check is in shell form and the image has no shell: it can never pass.";
    Draft::new("HEALTH_NO_SHELL", Severity::Error, meaning)
        .see(format!("HEALTHCHECK CMD {}", words.join(" ")))
        .see("/bin/sh is missing")
        .see_all(run_line(case))
        .advise(ADVICE)
        .advise(PROBE)
        .done()
}

/// Words that a shell knows without a file.
const BUILTINS: [&str; 31] = [
    "[", "test", "echo", "printf", "exit", "true", "false", ":", "cd", "exec", "eval", "command",
    "if", "while", "until", "for", "case", "set", "export", "kill", "read", "wait", "trap",
    "umask", "type", ".", "source", "unset", "ulimit", "time", "let",
];

/// The first word of a line for a shell, when it is plain.
fn first_plain(line: &str) -> Option<&str> {
    let word = line.split_whitespace().next()?;
    let word = word.trim_end_matches(';');
    let plain = |c: char| c.is_alphanumeric() || "_./+-".contains(c);
    (word.chars().all(plain) && !BUILTINS.contains(&word)).then_some(word)
}

fn health_no_tool(case: &Case<'_, '_>) -> Findings {
    let Some((kind, words)) = test(case) else {
        return FINE;
    };
    let in_shell = kind == "CMD-SHELL";
    let first = words.first()?;
    let tool = if in_shell {
        first_plain(first)
    } else {
        Some(first.as_str())
    };
    let Some(tool) = tool else { return FINE };
    if in_shell && !has_bin_sh(case)? {
        return FINE;
    }
    if which(case, tool)?.is_some() {
        return FINE;
    }
    let failed = last_run(case).is_some_and(|run| matches!(run.exit_code, -1 | 126 | 127));
    // BusyBox's shell runs its own programs without a file of their name.
    let busybox = in_shell && base(&case.look.follow("/bin/sh")?.path).starts_with("busybox");
    let severity = if busybox && !failed {
        Severity::Warning
    } else {
        Severity::Error
    };
    let provider = case.look.provider(&format!("cmd:{}", base(tool)))?;
    let package = Found::is(provider).map(String::as_str);
    let meaning = format!("The health check calls {tool}, and the image does not have it.");
    let shown = if in_shell {
        words.join(" ")
    } else {
        array(words)
    };
    let draft = Draft::new("HEALTH_NO_TOOL", severity, &meaning)
        .see(format!("HEALTHCHECK CMD {shown}"))
        .see(if tool.contains('/') {
            format!("{tool} is missing")
        } else {
            format!("{tool} is in no directory of PATH")
        })
        .see_all(run_line(case))
        .advise(ADVICE)
        .advise(PROBE);
    match package {
        Some(name) => draft.advise(format!(
            "or add {name} to the image, which provides it: apk add {name}"
        )),
        None => draft,
    }
    .package(package)
    .done()
}
