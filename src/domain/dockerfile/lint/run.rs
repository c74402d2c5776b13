//! What `RUN` needs: a shell, the right package manager, the right user.

use super::kit::{self, Cmd};
use super::{Case, Finding, Rule, about};
use crate::domain::dockerfile::bases::{self, Kind};
use crate::domain::dockerfile::{Command, Stage, What};
use crate::domain::entrypoint::Severity;
use crate::domain::image::Reference;
use crate::domain::text::bounded;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "RUN_NO_SHELL",
        title: "RUN where there is no shell",
        how: "`RUN` in shell form in a stage on scratch or on a production image without a shell, into which none was copied.",
        check: no_shell,
    },
    Rule {
        id: "OTHER_MANAGER",
        title: "The package manager of another system",
        how: "`RUN` installs by a program that is at home on another system than the stage's image: `apt-get` on Wolfi or Alpine, `apk` on Debian.",
        check: other_manager,
    },
    Rule {
        id: "INSTALL_NOT_ROOT",
        title: "Packages are installed, and the user is not root",
        how: "`apk add`, `apt-get install` and their like, where the last `USER`, or the image's own, is not root.",
        check: not_root,
    },
];

fn no_shell(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for stage in &case.file.stages {
        if !case.needed.contains(&stage.index) || case.has_shell(stage) != Some(false) {
            continue;
        }
        let mut copied = false;
        for step in &stage.steps {
            match &step.what {
                What::Copy(copy) => copied |= may_bring_a_shell(&copy.dest, &copy.sources),
                What::Shell(_) => copied = true,
                What::Run(run) if !copied => {
                    let shell = match &run.command {
                        Command::Shell(_) => true,
                        Command::Exec(words) => {
                            let first = words.first().map_or("", String::as_str);
                            kit::is_shell(first.rsplit('/').next().unwrap_or(first))
                        }
                    };
                    if shell {
                        found.push(of_no_shell(case, stage, step));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

fn of_no_shell(case: &Case<'_>, stage: &Stage, step: &crate::domain::dockerfile::Step) -> Finding {
    let base = bounded(case.base(stage), 120);
    let find = about("RUN_NO_SHELL", Severity::Error, stage, step).means(format!(
        "{base} has no /bin/sh, so the step fails: exec /bin/sh: no such file or directory"
    ));
    match &case.traits(stage).dev {
        Some(dev) => find.advise(format!(
            "do it in a stage FROM {dev} AS build, and COPY --from=build what it makes"
        )),
        None => {
            find.advise("do it in an earlier stage that has a shell, and COPY --from what it makes")
        }
    }
}

/// Whether a copy could put a shell where the builder looks for it.
fn may_bring_a_shell(dest: &str, sources: &[String]) -> bool {
    let into = ["/", "/bin", "/usr", "/usr/bin", "/busybox"];
    let dest_dir = dest.trim_end_matches('/');
    let dest_dir = if dest_dir.is_empty() { "/" } else { dest_dir };
    let named = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        kit::is_shell(name) || name.contains("busybox")
    };
    into.contains(&dest_dir) || named(dest) || sources.iter().any(|source| named(source))
}

/// The commands that install packages into the stage's own root, each with its manager.
fn installs(commands: &[Cmd]) -> impl Iterator<Item = (&Cmd, &'static bases::Manager)> {
    commands.iter().filter_map(|cmd| {
        let mut managers = bases::managers().iter();
        let manager = managers.find(|m| m.program == cmd.program())?;
        let installs = manager.words.iter().any(|word| cmd.has(word));
        (installs && kit::other_root(cmd).is_none()).then_some((cmd, manager))
    })
}

fn other_manager(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (stage, step, _) in case.steps() {
        let What::Run(run) = &step.what else {
            continue;
        };
        if case.traits(stage).kind == Kind::Unknown {
            continue;
        }
        let Ok(reference) = Reference::parse(case.base(stage)) else {
            continue;
        };
        let name = bases::full_name(&reference);
        let commands = kit::commands_of(run);
        let Some((_, manager)) = installs(&commands).next() else {
            continue;
        };
        let homes = bases::managers().iter().filter(|m| m.is_at_home(&name));
        let homes: Vec<_> = homes.collect();
        if homes.is_empty() || homes.iter().any(|m| m.program == manager.program) {
            continue;
        }
        let Some(home) = homes.first() else { continue };
        found.push(
            about("OTHER_MANAGER", Severity::Error, stage, step)
                .means(format!(
                    "{} is not in {}, which is of another system",
                    manager.program,
                    bounded(case.base(stage), 120)
                ))
                .advise(format!(
                    "{} PACKAGE; packages may have other names there",
                    home.add
                ))
                .advise("devtwin explore IMAGE, then its Packages pane, finds them"),
        );
    }
    found
}

fn not_root(case: &Case<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (stage, step, settings) in case.steps() {
        let What::Run(run) = &step.what else {
            continue;
        };
        if case.is_root(stage, &settings) != Some(false) || case.has_shell(stage) == Some(false) {
            continue;
        }
        let commands = kit::commands_of(run);
        let Some((cmd, _)) = installs(&commands).next() else {
            continue;
        };
        let program = cmd.program().to_owned();
        let mut find = about("INSTALL_NOT_ROOT", Severity::Error, stage, step);
        find = match &settings.user {
            Some(user) => find
                .see(format!(
                    "line {}: USER {}",
                    user.line,
                    bounded(&user.value, 60)
                ))
                .means(format!("{program} has to write where only root may")),
            None => find.means(format!(
                "the user of {} is not root, and {program} has to write where only root may",
                bounded(case.base(stage), 120)
            )),
        };
        found.push(find.advise("put USER root before it, and give the user back behind it"));
    }
    found
}
