//! How the last run ended, when that says why.

use super::Rule;
use super::kit::{Draft, FINE, Findings, ended, env, state};
use crate::domain::entrypoint::{Case, ProgramKind, Severity};
use crate::domain::target::exit_words;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "OOM",
        title: "Killed for memory",
        how: "The engine's state says OOMKilled; a note where it was killed below a memory limit and the engine does not say by whom.",
        check: oom,
    },
    Rule {
        id: "SEGV",
        title: "Crashed: segmentation fault",
        how: "The exit status is 139: killed by SIGSEGV.",
        check: segv,
    },
];

/// 128 and SIGSEGV's number.
const SEGV: i64 = 139;
/// 128 and SIGKILL's number.
const SIGKILL: i64 = 137;

fn oom(case: &Case<'_, '_>) -> Findings {
    let Some(state) = state(case) else {
        return FINE;
    };
    let limit = case
        .facts
        .target
        .as_ref()
        .and_then(|target| target.service.memory);
    let (severity, meaning) = if !state.oom_killed {
        // The memory group may be gone before the engine has read it: 20.10 then says false (measured: 3 runs in 100 on a busy machine).
        if !ended(state) || state.exit_code != SIGKILL || limit.is_none() {
            return FINE;
        }
        (
            Severity::Note,
            "Something killed it: a kill, a stop that took too long, or the kernel for memory, which an engine does not always notice.",
        )
    } else if ended(state) {
        (
            Severity::Error,
            "The kernel killed it: it wanted more memory than it may have.",
        )
    } else {
        (
            Severity::Warning,
            "The kernel killed a program in it, which wanted more memory than it may have.",
        )
    };
    let draft = Draft::new("OOM", severity, meaning)
        .see(format!("State.OOMKilled: {}", state.oom_killed))
        .see_all(ended(state).then(|| format!("State.ExitCode: {}", state.exit_code)))
        .see_all(limit.map(|limit| format!("memory limit: {}", mebibytes(limit))));
    let draft = if state.oom_killed {
        draft
    } else {
        draft.advise("look for \"Memory cgroup out of memory\" in dmesg on the engine's machine")
    };
    match limit {
        Some(limit) => draft.advise(format!(
            "give it more: docker update --memory {} --memory-swap -1, docker run -m …",
            mebibytes(limit.saturating_mul(2))
        )),
        None => draft.advise(
            "it has no limit of its own: the machine ran out of memory, or a limit above it",
        ),
    }
    .advise("or bound the program itself: GOMEMLIMIT, -XX:MaxRAMPercentage, --max-old-space-size")
    .done()
}

/// A size as docker takes it.
fn mebibytes(bytes: u64) -> String {
    format!("{}m", bytes.div_ceil(1 << 20))
}

fn segv(case: &Case<'_, '_>) -> Findings {
    if !state(case).is_some_and(|state| ended(state) && state.exit_code == SEGV) {
        return FINE;
    }
    let meaning = "The program crashed: it touched memory that is not its own. Libraries of different versions or of another libc are a frequent cause.";
    let dynamic = case.program.as_ref().is_some_and(|program| {
        program
            .steps
            .iter()
            .any(|step| matches!(step.kind, ProgramKind::Dynamic { .. }))
    });
    let preload = ["LD_PRELOAD", "LD_LIBRARY_PATH"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}={}", env(case, name)?)));
    let draft = Draft::new("SEGV", Severity::Error, meaning)
        .see(format!(
            "State.ExitCode: {SEGV}, {}",
            exit_words(SEGV, false)
        ))
        .see_all(preload);
    let draft = if dynamic {
        draft.advise("build and run on images of one family and version: libraries copied from another one are the first suspects")
    } else {
        draft
    };
    draft
        .advise("run it again in the twin under gdb, or with strace, and look at the last call")
        .done()
}
