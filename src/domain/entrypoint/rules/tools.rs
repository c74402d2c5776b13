//! Package managers and sudo: what a production image leaves out beside the shell.

use super::Rule;
use super::fault::{Fault, fault, told};
use super::kit::{
    self, Draft, FINE, Findings, command_line, env, error_line, first_program, gone, log_severity,
    places_of_program, start_severity,
};
use super::lines;
use super::shell::has_bin_sh;
use super::who::who;
use crate::domain::entrypoint::{Case, Severity};

pub(super) const RULES: &[Rule] = &[
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

/// Where package managers stand in images of today. The others only where there is a shell: they come with
/// one, and each place costs a question.
const MANAGERS: [&str; 3] = ["/sbin/apk", "/usr/bin/apk", "/usr/bin/apt-get"];
const RARER: [&str; 5] = [
    "/usr/bin/dnf",
    "/usr/bin/microdnf",
    "/usr/bin/tdnf",
    "/usr/bin/zypper",
    "/usr/bin/yum",
];

fn no_manager(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The command is a package manager, and the image has none.";
    const ADVICE: &str =
        "install in the build stage: FROM the -dev image, USER root, RUN apk add …";
    let mut places = MANAGERS.map(String::from).to_vec();
    let own = case.facts.dev.as_ref().is_some_and(|dev| dev.own);
    let sought = (!own).then(|| first_program(case, &places));
    let fault = fault(case)?;
    if fault == Fault::Manager {
        return Draft::new("NO_PKG_MANAGER", start_severity(case), MEANING)
            .see(command_line(case))
            .see_all(gone(places_of_program(case).iter()))
            .see_all(error_line(case))
            .advise(ADVICE)
            .done();
    }
    if matches!(fault, Fault::Told("NO_PKG_MANAGER", _)) {
        return told(case, &fault, "NO_PKG_MANAGER", MEANING, ADVICE);
    }
    let Some(sought) = sought else {
        return FINE;
    };
    if sought?.is_some() {
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
            .see_all(gone(places_of_program(case).iter()))
            .see_all(error_line(case))
            .advise(ADVICE)
            .done();
    }
    if matches!(fault, Fault::Told("NO_SUDO", _)) {
        return told(case, &fault, "NO_SUDO", MEANING, ADVICE);
    }
    let said = &[&["sudo: command not found"][..], &["sudo: not found"]];
    if let Some(line) = lines::saying(case, said) {
        return Draft::new("NO_SUDO", log_severity(case), MEANING)
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
