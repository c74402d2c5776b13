//! What production images leave out: shells, package managers, sudo. That is no fault of theirs; it is one
//! only where the command needs it.

use super::Rule;
use super::fault::{Fault, fault, told};
use super::kit::{
    self, Draft, FINE, Findings, array, env, error_line, failed, first_program, log_severity,
    search_path, start_severity,
};
use super::lines;
use super::who::who;
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
    Rule {
        id: "NO_PKG_MANAGER",
        title: "No package manager",
        how: "The command is `apk`, `apt-get` or `dnf` (error), or none of them is among the files (note).",
        check: no_manager,
    },
    Rule {
        id: "APK_NOT_ROOT",
        title: "apk, and the user is not root",
        how: "apk is the command of a user that is not root (error), or would be in an exec (note); log lines.",
        check: apk_not_root,
    },
    Rule {
        id: "NO_SUDO",
        title: "No sudo",
        how: "The command is `sudo` (error), a log line says so, or a user that is not root has a shell and no sudo (note).",
        check: no_sudo,
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

fn gone<'a>(places: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    places
        .into_iter()
        .map(|place| format!("{place} is missing"))
}

fn command_line(case: &Case<'_, '_>) -> String {
    format!("it runs {}", array(&case.argv))
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
    let fault = fault(case)?;
    if fault == Fault::ShellName {
        return Draft::new("NO_SHELL", start_severity(case), MEANING)
            .see(command_line(case))
            .see_all(gone(places(case).iter()))
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
    let (found, places) = sh_in_path(case)?;
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

/// Where the missing program was sought.
fn places(case: &Case<'_, '_>) -> Vec<String> {
    let program = case.program.as_ref();
    let step = program.and_then(|program| program.steps.first());
    step.map(|step| step.sought.clone()).unwrap_or_default()
}

/// Whether an error already says that there is no shell.
fn is_about_shells(fault: &Fault) -> bool {
    matches!(
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

/// Where package managers stand. The second row only where there is a shell: they come with one.
const MANAGERS: [&str; 4] = [
    "/sbin/apk",
    "/usr/bin/apk",
    "/usr/bin/apt-get",
    "/usr/bin/dnf",
];
const RARER: [&str; 4] = [
    "/usr/bin/microdnf",
    "/usr/bin/tdnf",
    "/usr/bin/zypper",
    "/usr/bin/yum",
];

fn no_manager(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The command is a package manager, and the image has none.";
    const ADVICE: &str =
        "install in the build stage: FROM the -dev image, USER root, RUN apk add …";
    let fault = fault(case)?;
    if fault == Fault::Manager {
        return Draft::new("NO_PKG_MANAGER", start_severity(case), MEANING)
            .see(command_line(case))
            .see_all(gone(places(case).iter()))
            .see_all(error_line(case))
            .advise(ADVICE)
            .done();
    }
    if matches!(fault, Fault::Told("NO_PKG_MANAGER", _)) {
        return told(case, &fault, "NO_PKG_MANAGER", MEANING, ADVICE);
    }
    if case.facts.dev.as_ref().is_some_and(|dev| dev.own) {
        return FINE;
    }
    let mut places = MANAGERS.map(String::from).to_vec();
    if first_program(case, &places)?.is_some() {
        return FINE;
    }
    if has_bin_sh(case)? {
        let rarer = RARER.map(String::from);
        if first_program(case, &rarer)?.is_some() {
            return FINE;
        }
        places.extend(rarer);
    }
    let meaning = "Nothing can be installed in it. That is as it should be in production.";
    Draft::new("NO_PKG_MANAGER", Severity::Note, meaning)
        .see_all(gone(&places))
        .advise("install in the twin; what is to stay belongs into the build stage")
        .done()
}

/// What apk says to a user that is not root.
const LOCKED: &[&[&str]] = &[
    &["unable to lock database", "permission denied"],
    &["unable to open log", "permission denied"],
];

fn apk_not_root(case: &Case<'_, '_>) -> Findings {
    let Some(who) = who(case).filter(|who| who.uid != 0) else {
        return FINE;
    };
    let as_whom = format!("the user is {}", who.words());
    let root = "run it as root: docker exec -u 0 …, USER root before RUN apk add";
    let runs_apk = case
        .argv
        .first()
        .is_some_and(|word| kit::base(word) == "apk");
    if let Some(line) = lines::saying(case, LOCKED) {
        let meaning = "apk changes the system and needs root, and this user is not.";
        return Draft::new("APK_NOT_ROOT", log_severity(case), meaning)
            .see(lines::quoted(line))
            .see(as_whom)
            .advise(root)
            .done();
    }
    if runs_apk && fault(case)? == Fault::None {
        const CHANGES: [&str; 5] = ["add", "del", "upgrade", "update", "fix"];
        let changes = |word: &String| CHANGES.contains(&word.as_str());
        if case.argv.iter().any(changes) {
            let meaning = "apk changes the system and needs root, and this user is not.";
            return Draft::new("APK_NOT_ROOT", start_severity(case), meaning)
                .see(command_line(case))
                .see(as_whom)
                .advise(root)
                .done();
        }
    }
    if !has_bin_sh(case)? {
        return FINE;
    }
    let apk = first_program(case, &["/sbin/apk".into(), "/usr/bin/apk".into()])?;
    let Some(apk) = apk else { return FINE };
    let meaning = "A person who execs into it is not root, and apk will refuse to install.";
    Draft::new("APK_NOT_ROOT", Severity::Note, meaning)
        .see(format!("{} is there", apk.path))
        .see(as_whom)
        .advise("docker exec -u 0 …")
        .done()
}

fn no_sudo(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "It calls sudo, and the image has none.";
    const ADVICE: &str = "leave sudo out, and choose the user outside: docker run --user root …";
    let fault = fault(case)?;
    if fault == Fault::Sudo {
        return Draft::new("NO_SUDO", start_severity(case), MEANING)
            .see(command_line(case))
            .see_all(gone(places(case).iter()))
            .see_all(error_line(case))
            .advise(ADVICE)
            .done();
    }
    if matches!(fault, Fault::Told("NO_SUDO", _)) {
        return told(case, &fault, "NO_SUDO", MEANING, ADVICE);
    }
    let said = &[&["sudo: command not found"][..], &["sudo: not found"]];
    if let Some(line) = lines::saying(case, said) {
        let severity = if failed(case) {
            Severity::Error
        } else {
            Severity::Warning
        };
        return Draft::new("NO_SUDO", severity, MEANING)
            .see(lines::quoted(line))
            .advise(ADVICE)
            .done();
    }
    let weak = who(case).is_some_and(|who| who.uid != 0);
    if !weak
        || env(case, "PATH").is_some_and(|path| !path.contains("/usr/bin"))
        || !has_bin_sh(case)?
    {
        return FINE;
    }
    let sudo = "/usr/bin/sudo".to_owned();
    if first_program(case, std::slice::from_ref(&sudo))?.is_some() {
        return FINE;
    }
    let meaning = "A person who execs into it is not root and cannot become it.";
    Draft::new("NO_SUDO", Severity::Note, meaning)
        .see(format!("{sudo} is missing"))
        .advise("docker exec --user root …")
        .done()
}
