//! Files that are there and that the kernel will not run.

use super::Rule;
use super::fault::{Fault, Lock, fault, is_shell, told};
use super::kit::{Draft, FINE, Findings, base, ended, error_line, folder, start_severity, state};
use super::lines;
use super::who::{has_capability, who};
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::Found;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "NOT_EXEC",
        title: "The user may not run the program",
        how: "Modes and owners of the program, its interpreter and the directories above them, against the user's numbers; where only owner or directory forbids it, a warning until an engine refused it.",
        check: not_exec,
    },
    Rule {
        id: "IS_DIR",
        title: "The program is a directory",
        how: "The first word of the command leads to a directory.",
        check: is_dir,
    },
    Rule {
        id: "WRONG_ARCH",
        title: "Built for another machine",
        how: "`e_machine`, class and byte order of the program against the engine's architecture; or \"exec format error\".",
        check: wrong_arch,
    },
    Rule {
        id: "NO_SHEBANG",
        title: "A script without `#!`",
        how: "The file is neither ELF nor begins with `#!`: a text, an empty file, or a byte order mark before it.",
        check: no_shebang,
    },
    Rule {
        id: "SHEBANG_MISSING",
        title: "The script's interpreter is missing",
        how: "What the first line names is not among the files; with `/usr/bin/env NAME`, also NAME in PATH.",
        check: shebang_missing,
    },
    Rule {
        id: "SHEBANG_CRLF",
        title: "Windows line ends in a script",
        how: "The first line ends with a carriage return, which the kernel takes for a part of the interpreter's name.",
        check: shebang_crlf,
    },
];

fn not_exec(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The file is there, but the user may not run it.";
    let fault = fault(case)?;
    let Fault::Locked(locked) = &fault else {
        let advice = "COPY --chmod=755 …, and look at the directories above it";
        return told(case, &fault, "NOT_EXEC", MEANING, advice);
    };
    let path = &locked.path;
    let (severity, meaning) = match start_severity(case) {
        Severity::Error if overridden(case, &locked.by) => (
            Severity::Warning,
            "The file is there, but the user may not run it. Docker Engine 28 starts it all the same, with root's right to pass modes by; older ones and other engines may refuse.",
        ),
        severity @ (Severity::Note | Severity::Warning | Severity::Error) => (severity, MEANING),
    };
    let draft = Draft::new("NOT_EXEC", severity, meaning)
        .see(&locked.proof)
        .see_all(error_line(case));
    let name = base(path);
    match &locked.by {
        Lock::Kind => draft.advise(format!("name a program: {path} is none")),
        Lock::Folder(dir) => draft.advise(format!(
            "open the directory in the build stage: RUN chmod 755 {dir}"
        )),
        Lock::Nobody | Lock::Owner => {
            let owner = who(case).filter(|who| who.uid != 0).map(|who| who.words());
            let chown = owner.map(|owner| {
                format!("or, when others must not run it: COPY --chown={owner} --chmod=700 {name} {path}")
            });
            let draft = draft.advise(format!("COPY --chmod=755 {name} {path}"));
            chown.into_iter().fold(draft, Draft::advise)
        }
    }
    .done()
}

/// Whether an engine may start it in spite of the lock, and nothing says that this one did not: Engine 28
/// runs a first program with the capability to pass modes by, whatever the user; 20.10 does not.
fn overridden(case: &Case<'_, '_>, lock: &Lock) -> bool {
    let passes = match lock {
        Lock::Owner | Lock::Folder(_) => true,
        Lock::Kind | Lock::Nobody => false,
    };
    passes && has_capability(case, "DAC_OVERRIDE") && !state(case).is_some_and(ended)
}

fn is_dir(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The command names a directory, which cannot be run.";
    let fault = fault(case)?;
    let Fault::Directory(path) = &fault else {
        return told(
            case,
            &fault,
            "IS_DIR",
            MEANING,
            "name the program in the directory",
        );
    };
    // Only for the advice, so its absence holds nothing up.
    let name = format!("{path}/{}", base(path));
    let inside = case.look.follow(&name)?;
    let draft = Draft::new("IS_DIR", start_severity(case), MEANING)
        .see(format!("{path} is a directory"))
        .see_all(error_line(case));
    if inside.is_program() { draft.advise(format!("name the program in it: ENTRYPOINT [\"{name}\"]")) } else { draft.advise(format!("name the program in it: ENTRYPOINT [\"{path}/…\"]")) }
    .advise(format!("or copy the file itself, not a directory, to {path}; a bind mount whose source was missing makes one, too"))
    .done()
}

fn wrong_arch(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The program is built for another machine than the engine's.";
    let fault = fault(case)?;
    let advice = "build for this machine, or pull the image for it: docker pull --platform …";
    let Fault::Machine(path, architecture) = &fault else {
        return told(case, &fault, "WRONG_ARCH", MEANING, advice);
    };
    let image = case
        .facts
        .image
        .as_ref()
        .map(|image| image.architecture.as_str())
        .filter(|a| !a.is_empty());
    let machine = case.facts.machine.as_deref().or(image)?;
    let refused = error_line(case)
        .filter(|line| line.to_lowercase().contains("exec format error"))
        .or_else(|| lines::saying(case, &[&["exec format error"]]).map(lines::quoted));
    // The whole image is for that machine: an engine with emulation (binfmt) runs it, and whether it has
    // that is only seen by starting it.
    let whole = image == Some(architecture.as_str());
    let tried = state(case).is_some_and(|state| state.started_at.is_some());
    let severity = match start_severity(case) {
        Severity::Error if whole && refused.is_none() => {
            if tried {
                Severity::Note
            } else {
                Severity::Warning
            }
        }
        severity @ (Severity::Note | Severity::Warning | Severity::Error) => severity,
    };
    let meaning = if whole {
        "The image is for another machine than the engine's: it runs only where the engine emulates it."
    } else {
        MEANING
    };
    let draft = Draft::new("WRONG_ARCH", severity, meaning)
        .see(format!("{path} is for {architecture}"))
        .see(format!("the engine's machine is {machine}"))
        .see_all(image.map(|image| format!("the image says {image}")))
        .see_all(refused);
    if whole {
        draft.advise(format!(
            "docker pull --platform linux/{machine} IMAGE, when the image has that"
        ))
    } else {
        draft.advise(format!(
            "build {} for {machine}: docker build --platform linux/{machine}, GOARCH, --target",
            base(path)
        ))
    }
    .done()
}

fn no_shebang(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The file is neither a program nor a script with `#!`: the kernel does not know how to run it.";
    let fault = fault(case)?;
    let Fault::Bare(path, begins) = &fault else {
        return told(
            case,
            &fault,
            "NO_SHEBANG",
            MEANING,
            "begin the script with #!/bin/sh, as its very first bytes",
        );
    };
    let draft = Draft::new("NO_SHEBANG", start_severity(case), MEANING)
        .see(format!("{path} begins: {begins}"))
        .see_all(error_line(case));
    let draft = match begins.to_lowercase() {
        words if words.contains("bom") || words.contains("byte order mark") => {
            draft.advise(format!(
                "save {path} as UTF-8 without a byte order mark: sed -i '1s/^\\xef\\xbb\\xbf//' {}",
                base(path)
            ))
        }
        words if words.contains("empty") => {
            draft.advise(format!("{path} is empty: look at the step that made it"))
        }
        _ => draft
            .advise(format!(
                "let {path} begin with #!/bin/sh, when it is a script and the image has a shell"
            ))
            .advise(format!(
                "or name the interpreter: ENTRYPOINT [\"…\", \"{path}\"]"
            )),
    };
    draft.done()
}

fn shebang_missing(case: &Case<'_, '_>) -> Findings {
    const MEANING: &str = "The script is there; the interpreter that its first line names is not.";
    let fault = fault(case)?;
    let Fault::Interpreter(script, wanted, places) = &fault else {
        let advice = "name an interpreter in the first line that this image has";
        return told(case, &fault, "SHEBANG_MISSING", MEANING, advice);
    };
    let line = case.look.text(script)?;
    let line = line.lines().next().unwrap_or_default().to_owned();
    let name = base(wanted);
    let package = case.look.provider(&format!("cmd:{name}"))?.is();
    let mut draft = Draft::new("SHEBANG_MISSING", start_severity(case), MEANING)
        .see(format!("{script} begins: {line}"))
        .see_all(places.iter().map(|place| format!("{place} is missing")))
        .see_all(last_line(case, script));
    // The same interpreter may stand at the other usual place.
    if wanted.starts_with('/') {
        let places = ["/usr/bin", "/bin", "/usr/local/bin"].map(|dir| format!("{dir}/{name}"));
        if let Some(led) = super::kit::first_program(case, &places)? {
            draft = draft.advise(format!("begin {script} with #!{}", led.path));
        }
    }
    draft = if is_shell(name) {
        draft.advise("run it on an image that has a shell, as the -dev image does: one in the build stage does not help")
    } else {
        match package {
            Some(package) => draft.advise(format!(
                "{package} provides it: the image itself must have it, not only the build stage"
            )),
            None => draft,
        }
    };
    draft
        .advise(format!(
            "or start without a script: what {} does in the last line can be the ENTRYPOINT",
            base(script)
        ))
        .package(package.map(String::as_str))
        .done()
}

/// What the runtime said of the script.
fn last_line(case: &Case<'_, '_>, script: &str) -> Option<String> {
    let line = lines::newest(case).find(|line| line.starts_with("exec ") && line.contains(script));
    line.map(lines::quoted).or_else(|| error_line(case))
}

fn shebang_crlf(case: &Case<'_, '_>) -> Findings {
    let Fault::Crlf(script, interpreter) = fault(case)? else {
        return FINE;
    };
    let meaning = "The script has the line ends of Windows: the kernel looks for an interpreter whose name ends with a carriage return.";
    // Nothing else than that one name would make it right.
    if let Found::Is(_) = case.look.follow(&format!("{interpreter}\r"))?.node {
        return FINE;
    }
    Draft::new("SHEBANG_CRLF", start_severity(case), meaning)
        .see(format!("{script} begins: #!{interpreter} … \\r\\n"))
        .see_all(last_line(case, &script))
        .advise(format!("sed -i 's/\\r$//' {}", base(&script)))
        .advise(format!(
            "and keep it so: `{} text eol=lf` in .gitattributes of {}",
            base(&script),
            folder(&script)
        ))
        .done()
}
