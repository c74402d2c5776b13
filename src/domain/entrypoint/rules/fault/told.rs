//! Faults that the files do not show, and the engine's own words or the runtime's last line do: when the
//! files could not be read, or have been put right since.

use super::super::kit::{engine_error, error_line, failed, state};
use super::super::lines;
use super::{Fault, absent};
use crate::domain::entrypoint::{Case, ProgramKind};

/// What the engine tells of the last start.
pub(super) fn by_engine(case: &Case<'_, '_>) -> Fault {
    let row = engine_error(case)
        .and_then(|error| of_error(case, &error.to_lowercase()))
        .zip(error_line(case));
    if let Some((row, line)) = row {
        return Fault::Told(row, line);
    }
    of_log(case).map_or(Fault::None, |(row, line)| Fault::Told(row, line))
}

/// The row of the engine's error. Errors about users and mounts have rules of their own.
fn of_error(case: &Case<'_, '_>, error: &str) -> Option<&'static str> {
    if error.contains("exec format error") {
        return Some(unreadable_format(case));
    }
    let exec = error.contains("exec:") || error.contains("executable file");
    if !exec || error.contains("mount") {
        return None;
    }
    if error.contains("permission denied") {
        return Some("NOT_EXEC");
    }
    if error.contains("is a directory") {
        return Some("IS_DIR");
    }
    (error.contains("no such file") || error.contains("not found")).then(|| named(case))
}

/// The row of a program that the engine did not find.
fn named(case: &Case<'_, '_>) -> &'static str {
    match absent::by_name(&case.argv) {
        Fault::ShellForm => "SHELL_FORM",
        Fault::ShellName => "NO_SHELL",
        Fault::ShellPath => "NO_SHELL_ABS",
        Fault::Sudo => "NO_SUDO",
        Fault::Manager => "NO_PKG_MANAGER",
        Fault::None
        | Fault::Empty
        | Fault::OneString(..)
        | Fault::Hidden(..)
        | Fault::Venv(_)
        | Fault::NotFound(_)
        | Fault::Directory(_)
        | Fault::Locked(..)
        | Fault::NoExec(..)
        | Fault::Crlf(..)
        | Fault::Interpreter(..)
        | Fault::Bare(..)
        | Fault::Machine(..)
        | Fault::Loader(..)
        | Fault::Told(..) => "NOT_FOUND",
    }
}

/// What the runtime wrote into the log when the kernel refused the program: `exec /app: …`, and nothing
/// else came after it.
fn of_log(case: &Case<'_, '_>) -> Option<(&'static str, String)> {
    if !failed(case) || !matches!(state(case)?.exit_code, 1 | 126 | 127 | 255) {
        return None;
    }
    let line = lines::newest(case).next()?;
    // Older runtimes say "standard_init_linux.go:228: exec user process caused: …".
    if !line.starts_with("exec ") && !line.contains("exec user process caused") {
        return None;
    }
    let row = match line.trim_end().rsplit(": ").next()?.trim_matches('"') {
        "exec format error" => unreadable_format(case),
        "no such file or directory"
            if matches!(first_kind(case), Some(ProgramKind::Script { .. })) =>
        {
            "SHEBANG_MISSING"
        }
        "no such file or directory" => "NO_LOADER",
        "permission denied" => "NOT_EXEC",
        _ => return None,
    };
    Some((row, lines::quoted(line)))
}

/// Another machine's program when it is one; else a text that nobody is named to read.
fn unreadable_format(case: &Case<'_, '_>) -> &'static str {
    let text = matches!(
        first_kind(case),
        Some(ProgramKind::Script { .. } | ProgramKind::Unknown { .. })
    );
    if text { "NO_SHEBANG" } else { "WRONG_ARCH" }
}

fn first_kind<'a>(case: &'a Case<'_, '_>) -> Option<&'a ProgramKind> {
    let program = case.program.as_ref()?;
    program.steps.first().map(|step| &step.kind)
}
