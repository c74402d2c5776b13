//! Virtual environments of Python that were made for another python than the one that is here.

use super::Rule;
use super::fault::{Broken, Fault, fault};
use super::kit::{
    Draft, FINE, Findings, array, base, failed, folder, follow_all, runs_well, search_path,
    start_severity,
};
use super::lines;
use crate::domain::entrypoint::{Case, Severity};
use crate::domain::fs::{self, Found, Known};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "DANGLING_VENV",
    title: "A virtual environment of another Python",
    how: "`bin/python` beside a `pyvenv.cfg` leads nowhere, its `home` is missing, or its version is another one.",
    check: dangling_venv,
}];

/// Directories in which pythons stand, beside those of `PATH`.
const USUAL: [&str; 2] = ["/usr/bin", "/usr/local/bin"];

/// A python that the image has: what it is called by, and where that leads. None when there is none in
/// `PATH` or at the usual places. The one that the environment was made with is sought first.
fn python_here(case: &Case<'_, '_>, broken: &Broken) -> Known<Option<(String, String)>> {
    let own = folder(&broken.python);
    let mut dirs: Vec<&str> = search_path(case);
    dirs.extend(USUAL.iter().filter(|dir| !search_path(case).contains(dir)));
    let mut names = vec!["python3", "python"];
    let made_with = base(&broken.leads_to);
    if made_with.starts_with("python") && !names.contains(&made_with) {
        names.insert(0, made_with);
    }
    let of = |name: &&str| {
        let dirs = dirs.iter().filter(|dir| **dir != own);
        dirs.map(|dir| fs::joined(dir, name)).collect::<Vec<_>>()
    };
    let places: Vec<String> = names.iter().flat_map(of).collect();
    let led = follow_all(case, &places)?;
    let found = places
        .into_iter()
        .zip(led)
        .find(|(_, led)| led.is_program());
    Some(found.map(|(place, led)| (place, led.path)))
}

/// A setting of a `pyvenv.cfg`.
pub(super) fn setting(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })?;
    (!value.is_empty()).then_some(value)
}

fn dangling_venv(case: &Case<'_, '_>) -> Findings {
    let fault = fault(case)?;
    let Fault::Venv(broken) = &fault else {
        return if fault == Fault::None {
            skewed(case)
        } else {
            FINE
        };
    };
    let here = python_here(case, broken)?;
    let meaning = "The virtual environment was made where python stood at another path; its own python is a link that leads nowhere here.";
    let draft = Draft::new("DANGLING_VENV", start_severity(case), meaning)
        .see(format!("it runs {}", array(&case.argv)))
        .see(format!(
            "{} is a link to {}, which is missing",
            broken.python, broken.leads_to
        ))
        .see_all(
            broken
                .home
                .as_ref()
                .map(|home| format!("{}/pyvenv.cfg: home = {home}", broken.top)),
        );
    let draft = match here {
        Some((called, at)) => {
            let stands = if called == at { String::new() } else { format!(", which is {at}") };
            draft
                .see(format!("the python that is here is {called}{stands}"))
                .advise(format!(
                    "make it with that python: build in the -dev image of the same version, {called} -m venv {}",
                    broken.top
                ))
        }
        None => draft
            .see("no python is in PATH or at the usual places")
            .advise("run it on an image that has python, of the version and at the path of the build stage's"),
    };
    draft
        .advise(format!(
            "python -m venv --copies does not help: home in {}/pyvenv.cfg must exist, too",
            broken.top
        ))
        .done()
}

/// A virtual environment whose python works, but is not the one that it was made with.
fn skewed(case: &Case<'_, '_>) -> Findings {
    let Some(program) = &case.program else {
        return None;
    };
    let python = program.steps.iter().find(|step| {
        let wanted = &step.wanted;
        base(wanted).starts_with("python")
            && base(folder(wanted)) == "bin"
            && !usual(folder(wanted))
    });
    let Some((wanted, path)) = python.and_then(|step| Some((&step.wanted, step.path.as_ref()?)))
    else {
        return FINE;
    };
    let top = folder(folder(wanted));
    let settings = fs::joined(top, "pyvenv.cfg");
    if !wanted.starts_with('/') || case.look.follow(&settings)?.file().is_none() {
        return FINE;
    }
    let text = case.look.text(&settings)?;
    let line = |name: &str, value: &str| format!("{settings}: {name} = {value}");
    if let Some(home) = setting(&text, "home").filter(|home| home.starts_with('/'))
        && case.look.follow(&home)?.node == Found::Missing
        && !runs_well(case)
    {
        let said = lines::saying(
            case,
            &[&["no module named", "encodings"], &["init_fs_encoding"]],
        );
        let severity = if said.is_some() && failed(case) {
            Severity::Error
        } else {
            Severity::Warning
        };
        let meaning = "The virtual environment names a directory of its python that is missing: python may not find its own library.";
        return Draft::new("DANGLING_VENV", severity, meaning)
            .see(line("home", &home))
            .see(format!("{home} is missing"))
            .see_all(said.map(lines::quoted))
            .advise(format!("make it where it will run: python -m venv {top} in the -dev image of the same version"))
            .done();
    }
    let made = setting(&text, "version").or_else(|| setting(&text, "version_info"));
    let (Some(made), Some(here)) = (made.as_deref().and_then(minor), minor(base(path))) else {
        return FINE;
    };
    if made == here || runs_well(case) {
        return FINE;
    }
    let meaning = "The virtual environment was made with another version of Python: what is installed in it is not seen.";
    Draft::new("DANGLING_VENV", Severity::Warning, meaning)
        .see(line("version", &made))
        .see(format!("{wanted} leads to {path}"))
        .advise(format!(
            "build with Python {here}, or run on an image with Python {made}"
        ))
        .done()
}

/// Whether programs of the system stand there.
fn usual(dir: &str) -> bool {
    ["/bin", "/usr/bin", "/usr/local/bin"].contains(&dir)
}

/// `3.13` of `3.13.2` and of `python3.13`; none of `python3`.
fn minor(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| c.is_alphabetic());
    let mut parts = text.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        return None;
    };
    Some(format!("{major}.{minor}"))
}
