//! What production images leave out: shells, package managers, sudo. That is no fault of theirs; it is one
//! only where the command needs it.

use super::Rule;
use super::fault::{Fault, fault, is_shell, told};
use super::kit::{
    self, Draft, FINE, Findings, array, command_line, error_line, first_program, gone,
    places_of_program, search_path, start_severity,
};
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::{Found, Led};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "SHELL_FORM",
        title: "Shell form, and there is no shell",
        how: "ENTRYPOINT or CMD begins with a shell and `-c`, and that shell is not among the files.",
        check: shell_form,
    },
    Rule {
        id: "NO_SHELL",
        title: "No `sh` in PATH",
        how: "The command is `sh` (error), or `sh` is in no directory of PATH (note: an exec of it fails).",
        check: no_shell,
    },
    Rule {
        id: "NO_SHELL_ABS",
        title: "No /bin/sh",
        how: "The command is `/bin/sh` (error), or it is missing while PATH has a shell elsewhere (note).",
        check: no_shell_abs,
    },
];

/// Where a shell stands in all images that have one.
const USUAL: [&str; 2] = ["/bin", "/usr/bin"];
/// Directories of `PATH` in which no image has its shell: not worth a question each.
const NEVER: [&str; 4] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/sbin"];

const USE_DEV: &str = "open a shell in the twin instead (devtwin attach): it has one, and sees these files under /target";

/// Whether `/bin/sh` is there; none also when that cannot be said.
pub(super) fn has_bin_sh(case: &Case<'_, '_>) -> Option<bool> {
    let led = case.look.follow("/bin/sh")?;
    match led.node {
        Found::Is(_) => Some(led.is_program()),
        Found::Missing => Some(false),
        Found::Unreadable(_) => None,
    }
}

/// Where `sh` is in `PATH`, and where it was sought.
fn sh_in_path(case: &Case<'_, '_>) -> Option<(Option<Led>, Vec<String>)> {
    let dirs = search_path(case).into_iter();
    let mut places: Vec<String> = dirs
        .filter(|dir| !NEVER.contains(dir))
        .map(|dir| crate::domain::fs::joined(dir, "sh"))
        .collect();
    places.sort_by_key(|place| !USUAL.contains(&kit::folder(place)));
    places.truncate(4);
    Some((first_program(case, &places)?, places))
}

fn shell_form(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str =
        "The command is in shell form, which needs a shell, and this image has none.";
    const ADVICE: &str =
        "use the exec form: ENTRYPOINT [\"/path/of/program\", \"argument\"], one word each";
    let fault = fault(case)?;
    if fault != Fault::ShellForm {
        return told(case, &fault, "SHELL_FORM", MEANING, ADVICE);
    }
    let script = case.argv.get(2).map(String::as_str).unwrap_or_default();
    let draft = Draft::new("SHELL_FORM", start_severity(case), MEANING)
        .see(command_line(case))
        .see(format!("{} is missing", case.argv.first()?))
        .see_all(error_line(case));
    let draft = match plain_words(script) {
        Some(words) => draft.advise(format!("use the exec form: ENTRYPOINT {}", array(&words))),
        None => draft.advise(ADVICE).advise(
            "what needs a shell (variables, &&, |) belongs into the build stage or the program",
        ),
    };
    draft
        .advise("or build on the -dev image, which has a shell")
        .done()
}

/// The words of a command that needs no shell, a leading `exec` left out.
fn plain_words(script: &str) -> Option<Vec<&str>> {
    let plain = |c: char| c.is_alphanumeric() || " _./:=,@%+-".contains(c);
    let script = script.trim();
    let script = script.strip_prefix("exec ").unwrap_or(script);
    let words: Vec<&str> = script.split_whitespace().collect();
    let first = words.first()?;
    (script.chars().all(plain) && !first.contains('=')).then_some(words)
}

fn no_shell(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The command is a shell, and no directory of PATH has one.";
    let sought = sh_in_path(case);
    let fault = fault(case)?;
    if fault == Fault::ShellName {
        return Draft::new("NO_SHELL", start_severity(case), MEANING)
            .see(command_line(case))
            .see_all(gone(places_of_program(case).iter()))
            .see_all(error_line(case))
            .advise("name the program itself: ENTRYPOINT [\"/path/of/program\"]")
            .advise("or build on the -dev image, which has a shell")
            .done();
    }
    if matches!(fault, Fault::Told("NO_SHELL", _)) {
        return told(case, &fault, "NO_SHELL", MEANING, USE_DEV);
    }
    if is_about_shells(&fault) {
        return FINE;
    }
    let (found, places) = sought?;
    if found.is_some() {
        return FINE;
    }
    let meaning =
        "The image has no shell: `docker exec … sh` fails. That is as it should be in production.";
    Draft::new("NO_SHELL", Severity::Note, meaning)
        .see_all(gone(&places))
        .advise(USE_DEV)
        .done()
}

/// Whether an error already says that there is no shell.
fn is_about_shells(fault: &Fault) -> bool {
    let script = matches!(fault, Fault::Interpreter(_, wanted, _) if is_shell(wanted));
    script
        || matches!(
            fault,
            Fault::ShellForm
                | Fault::ShellName
                | Fault::ShellPath
                | Fault::Told("SHELL_FORM" | "NO_SHELL" | "NO_SHELL_ABS", _)
        )
}

fn no_shell_abs(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The command is a shell by its path, and nothing stands there.";
    let fault = fault(case)?;
    if fault == Fault::ShellPath {
        return Draft::new("NO_SHELL_ABS", start_severity(case), MEANING)
            .see(command_line(case))
            .see(format!("{} is missing", case.argv.first()?))
            .see_all(error_line(case))
            .advise("name the program itself: ENTRYPOINT [\"/path/of/program\"]")
            .advise("or build on the -dev image, which has a shell")
            .done();
    }
    if matches!(fault, Fault::Told("NO_SHELL_ABS", _)) {
        return told(case, &fault, "NO_SHELL_ABS", MEANING, USE_DEV);
    }
    if is_about_shells(&fault) || has_bin_sh(case)? {
        return FINE;
    }
    let (Some(elsewhere), _) = sh_in_path(case)? else {
        return FINE;
    };
    let meaning = "There is a shell, but not at /bin/sh, where scripts and CMD-SHELL look for it.";
    Draft::new("NO_SHELL_ABS", Severity::Note, meaning)
        .see("/bin/sh is missing")
        .see(format!("{} is a shell", elsewhere.path))
        .advise(format!("name it in full: docker exec … {}", elsewhere.path))
        .done()
}
