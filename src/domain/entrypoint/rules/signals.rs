//! How it is told to stop, and whether it hears.

use super::Rule;
use super::fault::is_shell;
use super::kit::{Draft, FINE, Findings, array, base, ended, state};
use crate::domain::entrypoint::{Case, ProgramKind, Severity};
use crate::domain::fs::Known;
use crate::domain::target::{NamespaceMode, Status, Target};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "PID1_SIGNAL",
    title: "The main process does not hear the stop signal",
    how: "While it runs: the signal is in neither SigCgt nor SigBlk of PID 1. Else: PID 1 is a shell that keeps running beside the program (note where that depends on the shell).",
    check: pid1_signal,
}];

/// Signals by name, numbered as on all machines that containers run on.
const SIGNALS: [(&str, u32); 20] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("WINCH", 28),
];
const KILL: u32 = 9;
const STOP: u32 = 19;
/// SIGRTMIN as C libraries count.
const FIRST_REAL_TIME: u32 = 34;

/// The number of a signal as docker takes it: `SIGTERM`, `TERM`, `15`, `SIGRTMIN+3`.
pub(super) fn number(name: &str) -> Option<u32> {
    if let Ok(number) = name.parse::<u32>() {
        return (1..=64).contains(&number).then_some(number);
    }
    let name = name.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    if let Some(rest) = name.strip_prefix("RTMIN") {
        let further: u32 = if rest.is_empty() {
            0
        } else {
            rest.strip_prefix('+')?.parse().ok()?
        };
        return Some(FIRST_REAL_TIME + further).filter(|number| *number <= 64);
    }
    SIGNALS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number)
}

/// A signal by its usual name.
fn name(number: u32) -> String {
    let known = SIGNALS.iter().find(|(_, known)| *known == number);
    known.map_or_else(
        || format!("signal {number}"),
        |(name, _)| format!("SIG{name}"),
    )
}

/// Programs that wait for signals without a handler (they block them, and ask): `SigCgt` says nothing of them.
const INITS: [&str; 12] = [
    "tini",
    "tini-static",
    "dumb-init",
    "catatonit",
    "docker-init",
    "init",
    "s6-svscan",
    "runit",
    "runsvdir",
    "systemd",
    "pid1",
    "pause",
];
/// Stand-ins that only keep a container alive: nothing is lost with them.
const STAND_INS: [&str; 3] = ["sleep", "tail", "cat"];

fn is_init(case: &Case<'_, '_>) -> bool {
    let program = case
        .program
        .as_ref()
        .and_then(|program| program.steps.first());
    let names = [
        case.argv.first(),
        program.and_then(|step| step.path.as_ref()),
    ];
    names
        .into_iter()
        .flatten()
        .any(|name| INITS.contains(&base(name)))
}

fn pid1_signal(case: &Case<'_, '_>) -> Findings {
    let given = case.config().stop_signal.as_deref().unwrap_or("SIGTERM");
    let Some(signal) = number(given).filter(|signal| ![KILL, STOP].contains(signal)) else {
        return FINE;
    };
    if is_init(case) || case.facts.target.as_ref().is_some_and(guarded) {
        return FINE;
    }
    match case.facts.caught {
        Some(caught) if caught >> (signal - 1) & 1 == 1 => FINE,
        Some(caught) => unheard(case, signal, caught),
        None => wrapped(case, signal),
    }
}

/// Whether PID 1 is not the program: the engine's init, or another process of the host or a container.
fn guarded(target: &Target) -> bool {
    target.service.init || target.isolation.pid != NamespaceMode::Private
}

/// PID 1 gets no signal that it has no handler for.
fn unheard(case: &Case<'_, '_>, signal: u32, caught: u64) -> Findings {
    let first = case.argv.first()?;
    let interactive = is_shell(first)
        && !case
            .argv
            .iter()
            .skip(1)
            .any(|word| !word.starts_with('-') || word == "-c");
    let severity = if interactive || STAND_INS.contains(&base(first)) {
        Severity::Note
    } else {
        Severity::Warning
    };
    let signal_name = name(signal);
    let meaning = format!(
        "PID 1 has no handler for {signal_name}, and the kernel then keeps it from PID 1: a stop takes its whole time and ends with SIGKILL (137)."
    );
    let draft = Draft::new("PID1_SIGNAL", severity, &meaning)
        .see(format!(
            "SigCgt and SigBlk of PID 1: {caught:016x}, without bit {signal} ({signal_name})"
        ))
        .see(format!("it runs {}", array(&case.argv)));
    advise(case, draft, &signal_name).done()
}

fn advise(case: &Case<'_, '_>, draft: Draft, signal: &str) -> Draft {
    let shell = case.argv.first().is_some_and(|word| is_shell(word));
    let draft = if shell {
        draft.advise("let the shell hand over to the program: exec PROGRAM … as its last command")
    } else {
        draft.advise(format!("handle {signal} in the program"))
    };
    draft
        .advise("docker run --init (Compose: init: true): it hands signals on")
        .advise(
            "or put dumb-init or tini before it: ENTRYPOINT [\"/usr/bin/dumb-init\", \"--\", …]",
        )
}

/// A shell as PID 1 with more to do than to hand over.
fn wrapped(case: &Case<'_, '_>, signal: u32) -> Findings {
    if state(case).is_some_and(|state| state.status == Status::Running) {
        // It runs, and the engine could not say what it hears.
        return FINE;
    }
    let Some(kept) = kept(case)? else {
        return FINE;
    };
    let killed = state(case)
        .is_some_and(|state| ended(state) && state.exit_code == 137 && !state.oom_killed);
    let severity = match kept {
        Kept { certain: false, .. } => Severity::Note,
        Kept { script: true, .. } if !killed && !serves(case) => Severity::Note,
        Kept { .. } => Severity::Warning,
    };
    let signal = name(signal);
    let meaning = format!(
        "A shell stays PID 1 beside the program and does not hand on {signal}: a stop takes its whole time and ends with SIGKILL (137)."
    );
    let draft = Draft::new("PID1_SIGNAL", severity, &meaning)
        .see(kept.proof)
        .see_all(killed.then_some("State.ExitCode: 137, killed by SIGKILL"));
    advise(case, draft, &signal).done()
}

/// Whether it is a service, which somebody stops, and not a task, which ends.
fn serves(case: &Case<'_, '_>) -> bool {
    let restarted = case
        .facts
        .target
        .as_ref()
        .is_some_and(|target| !matches!(target.service.restart.as_str(), "" | "no"));
    restarted || !case.config().exposed.is_empty()
}

/// A shell that stays: what proves it, and whether all shells would.
struct Kept {
    proof: String,
    certain: bool,
    script: bool,
}

fn kept(case: &Case<'_, '_>) -> Known<Option<Kept>> {
    if let [shell, dash, line, ..] = case.argv.as_slice()
        && is_shell(shell)
        && dash == "-c"
    {
        let Some(certain) = stays(line) else {
            return Some(None);
        };
        return Some(Some(Kept {
            proof: format!("it runs {}", array(&case.argv)),
            certain,
            script: false,
        }));
    }
    let step = case.program.as_ref()?.steps.first()?;
    let ProgramKind::Script { shebang } = &step.kind else {
        return Some(None);
    };
    let Some(path) = step
        .path
        .as_ref()
        .filter(|_| shebang.split_whitespace().any(is_shell))
    else {
        return Some(None);
    };
    let text = case.look.text(path)?;
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = |word: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|other| other == word)
    };
    if words("exec") || words("trap") {
        return Some(None);
    }
    let Some(last) = lines.next_back() else {
        return Some(None);
    };
    let proof = format!("{path} has no exec; it ends with: {last}");
    // What it takes in from another file may hand over.
    let sources = |line: &str| line.starts_with(". ") || line.starts_with("source ");
    Some(Some(Kept {
        proof,
        certain: !text.lines().any(|line| sources(line.trim())),
        script: true,
    }))
}

/// Words that a shell runs itself: before one of them as the last, it cannot hand over.
const BUILTINS: [&str; 9] = [
    "echo", "printf", "exit", "true", "false", ":", "wait", "cd", "test",
];

/// A line with the text in quotes blotted out: a bar or an ampersand there is no pipe and no background.
fn unquoted(line: &str) -> String {
    let mut open = None;
    let blot = |c: char| match open {
        Some(quote) => {
            if c == quote {
                open = None;
            }
            '_'
        }
        None if matches!(c, '\'' | '"') => {
            open = Some(c);
            '_'
        }
        None => c,
    };
    line.chars().map(blot).collect()
}

/// Whether a shell stays that was given this line: some(true) in all shells, some(false) in some of them,
/// none when it hands over. Shells run the last command of a line in their own place: all of them when it
/// is the only one, bash and BusyBox also after others, dash not. None does in a pipe or the background.
fn stays(line: &str) -> Option<bool> {
    let line = unquoted(line);
    let line = line.trim().trim_end_matches(';').trim();
    let last = line
        .rsplit([';', '&', '|', '\n'])
        .next()
        .unwrap_or_default()
        .trim();
    let verb = last.split_whitespace().next().unwrap_or_default();
    if verb == "exec" || line.contains("trap ") {
        return None;
    }
    let alone = line.replace("||", "  ").replace("&&", "  ");
    let piped = alone.contains('|');
    let background = alone.replace(">&", "  ").replace("&>", "  ").contains('&');
    let looped = ["while ", "until ", "for "]
        .iter()
        .any(|word| line.starts_with(word));
    let listed = [";", "&&", "||", "\n"]
        .iter()
        .any(|mark| line.contains(mark));
    if piped || background || looped || (listed && BUILTINS.contains(&verb)) {
        return Some(true);
    }
    listed.then_some(false)
}
