//! What a session learnt, as text to keep: the line that installs its packages, and a Dockerfile of two stages that ends
//! at the production image.

pub mod artifact;
mod quote;
pub mod verify;
mod write;

pub use quote::{copy, run, words};

use serde::Serialize;

use super::dockerfile::settings::joined;
use super::packages::Change;
use super::packages::Verb;
use super::recorder::{Mark, Record, Step, secrets, words};
use artifact::Artifact;

/// An image, as far as a recipe must know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Base {
    /// The reference that a `FROM` names.
    pub reference: String,
    /// The digest behind it, `sha256:…`; none when the image never came from a registry.
    pub digest: Option<String>,
    /// Its user, as its configuration has it; empty is root.
    pub user: String,
    /// Its working directory; empty is `/`.
    pub workdir: String,
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its arguments.
    pub cmd: Vec<String>,
}

impl Base {
    /// What `FROM` names; with `pin`, by the digest, too.
    pub fn from(&self, pin: bool) -> String {
        match &self.digest {
            Some(digest) if pin && !self.reference.contains('@') => {
                format!("{}@{digest}", self.reference)
            }
            _ => self.reference.clone(),
        }
    }

    /// Whether its processes are root's.
    pub fn is_root(&self) -> bool {
        is_root(&self.user)
    }
}

/// Whether a user as images name it is root.
pub fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), None | Some("" | "0" | "root"))
}

/// A directory of the person's that the twin sees: what a build copies from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Where it is in the twin.
    pub path: String,
    /// Where it is on the engine's machine; none when that is not known.
    pub host: Option<String>,
}

/// What is known of a twin and of both images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The twin's name.
    pub twin: String,
    /// The dev image.
    pub dev: Base,
    /// The production image; none when the target is gone and nothing names its image.
    pub production: Option<Base>,
    /// The package manager of the dev image, by id.
    pub manager: Option<String>,
    /// Directories of the person's; the first one is the context of a build.
    pub sources: Vec<Source>,
    /// Where the twin's shell begins.
    pub workdir: String,
    /// Path of its shell.
    pub shell: String,
}

impl Facts {
    /// The directory below which a path lies.
    pub fn source_of(&self, path: &str) -> Option<&Source> {
        self.sources.iter().find(|source| below(path, &source.path))
    }
}

/// Whether `path` is `dir` or lies below it.
pub fn below(path: &str, dir: &str) -> bool {
    let dir = dir.trim_end_matches('/');
    path.strip_prefix(dir)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What was found of a twin: what a recipe is made of, beside the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The twin and both images.
    pub facts: Facts,
    /// The files that the session made, those first that production most likely wants.
    pub artifacts: Vec<Artifact>,
    /// Files that are not listed, because there are too many.
    pub more: usize,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
}

impl Found {
    /// The picked ones among the files; the suggested ones while the person has picked none.
    pub fn picked(&self, record: &Record) -> Vec<Artifact> {
        let suggested = artifact::suggested(&self.artifacts);
        let is_picked = |path: &String| {
            if record.has_chosen() {
                record.picks().contains(path)
            } else {
                suggested.contains(path)
            }
        };
        let all = self.artifacts.iter().filter(|a| is_picked(&a.path));
        let mut picked: Vec<Artifact> = all.cloned().collect();
        // A file below a picked directory comes with it.
        let folders: Vec<String> = picked
            .iter()
            .filter(|a| a.kind == artifact::Kind::Folder)
            .map(|a| a.path.clone())
            .collect();
        picked.retain(|a| {
            a.executable
                || !folders
                    .iter()
                    .any(|folder| a.path != *folder && below(&a.path, folder))
        });
        picked
    }
}

/// What a person wants of a recipe beside what stands in the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Both images by their digests.
    pub pin: bool,
}

/// Packages of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Packages {
    /// The manager's id; empty when nothing is installed.
    pub manager: String,
    /// For the build.
    pub build: Vec<String>,
    /// For the production image.
    pub runtime: Vec<String>,
}

/// A row of the steps in the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The step in one line, secrets hidden.
    pub text: String,
    /// Its directory.
    pub cwd: Option<String>,
    /// Exit status.
    pub status: Option<i32>,
    /// Milliseconds.
    pub took_ms: Option<u64>,
    /// What it is in the recipe.
    pub mark: Mark,
    /// It ran a file that was made: what a built image is compared with, not an instruction.
    pub check: bool,
}

/// A run of the session with which a built image is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The program, by its absolute path, and its arguments.
    pub argv: Vec<String>,
    /// Where it ran.
    pub cwd: Option<String>,
    /// How it ended.
    pub status: Option<i32>,
    /// What it printed, when that is known.
    pub printed: Option<String>,
}

/// The recipe of a session: the report of `devtwin recipe`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// What it is made of.
    #[serde(flatten)]
    pub facts: Facts,
    /// The steps of the session.
    pub steps: Vec<Row>,
    /// What goes into the production image.
    pub artifacts: Vec<Artifact>,
    /// The packages.
    pub packages: Packages,
    /// The line that installs them by hand; empty when there are none.
    pub line: String,
    /// The Dockerfile.
    pub dockerfile: String,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
    /// Secrets that were taken out, by name.
    pub hidden: Vec<String>,
    /// The run that a built image is compared with.
    pub check: Option<Check>,
}

/// Writes the recipe. `artifacts` are the picked ones.
pub fn write(record: &Record, facts: &Facts, artifacts: &[Artifact], wishes: Wishes) -> Recipe {
    let mut recipe = Recipe {
        facts: facts.clone(),
        artifacts: artifacts.to_vec(),
        ..Recipe::default()
    };
    for step in record.steps() {
        let (text, hidden) = secrets::without(&step.text());
        recipe.steps.push(Row {
            text,
            cwd: step.cwd.clone(),
            status: step.status,
            took_ms: step.took_ms,
            mark: step.mark,
            check: runs_picked(step, artifacts),
        });
        for name in hidden {
            if step.mark != Mark::No && !recipe.hidden.contains(&name) {
                recipe.hidden.push(name);
            }
        }
    }
    recipe.check = record
        .steps()
        .iter()
        .rev()
        .find_map(|step| check_of(step, artifacts).filter(|_| !step.failed()));
    recipe.packages = packages(record, facts);
    recipe.line = line(&recipe.packages);
    write::dockerfile(&mut recipe, record, wishes);
    recipe
}

/// Whether a step is a run of a picked file, and so none of the build's.
fn runs_picked(step: &Step, artifacts: &[Artifact]) -> bool {
    let super::recorder::What::Command(text) = &step.what else {
        return false;
    };
    let program = words::program(text).and_then(|word| absolute(&word, step.cwd.as_deref()));
    program.is_some_and(|program| is_program(&program, artifacts))
}

fn is_program(path: &str, artifacts: &[Artifact]) -> bool {
    artifacts.iter().any(|a| a.executable && a.path == path)
}

/// The run of a picked file that a step is; none when it is none.
fn check_of(step: &Step, artifacts: &[Artifact]) -> Option<Check> {
    let super::recorder::What::Command(text) = &step.what else {
        return None;
    };
    // It becomes the program of an image: what is hidden in it has no place there.
    if !secrets::without(text).1.is_empty() {
        return None;
    }
    let mut argv = words::plain_words(text)?;
    let program = absolute(argv.first()?, step.cwd.as_deref())?;
    is_program(&program, artifacts).then_some(())?;
    if let Some(first) = argv.first_mut() {
        *first = program;
    }
    Some(Check {
        argv,
        cwd: step.cwd.clone(),
        status: step.status,
        printed: step.printed.clone(),
    })
}

/// A path as a program is named by it, made absolute; none for a name that is looked up in `PATH`.
fn absolute(word: &str, cwd: Option<&str>) -> Option<String> {
    if !word.contains('/') || (cwd.is_none() && !word.starts_with('/')) {
        return None;
    }
    Some(joined(cwd, word))
}

/// The packages of all marked steps, those that were removed again left out.
fn packages(record: &Record, facts: &Facts) -> Packages {
    let mut all = Packages::default();
    for step in record.steps().iter().filter(|step| step.mark != Mark::No) {
        if let Some((manager, names)) = step.installs() {
            if all.manager.is_empty() {
                all.manager.clone_from(&manager);
            }
            if manager != all.manager {
                continue;
            }
            for name in names {
                let to = match step.mark {
                    Mark::Runtime => &mut all.runtime,
                    Mark::Build | Mark::No => &mut all.build,
                };
                if !to.contains(&name) {
                    to.push(name);
                }
            }
        } else if let Some(names) = removes(step) {
            all.build.retain(|name| !names.contains(name));
            all.runtime.retain(|name| !names.contains(name));
        }
    }
    if all.manager.is_empty() {
        all.manager = facts.manager.clone().unwrap_or_default();
    }
    all
}

fn removes(step: &Step) -> Option<Vec<String>> {
    match &step.what {
        super::recorder::What::Packages {
            verb: Verb::Remove,
            names,
            ..
        } => Some(names.clone()),
        super::recorder::What::Packages { .. } => None,
        super::recorder::What::Command(text) => {
            let change = words::package_change(text)?;
            (change.verb == Verb::Remove).then_some(change.names)
        }
    }
}

/// What a person types to have the packages; empty when there are none.
fn line(packages: &Packages) -> String {
    let mut names = packages.build.clone();
    for name in &packages.runtime {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let Ok(change) = Change::new(Verb::Install, &names) else {
        return String::new();
    };
    let known = super::packages::ALL.iter();
    let manager = known.clone().find(|m| m.id() == packages.manager);
    manager.map_or_else(String::new, |manager| {
        manager.line(&change, &super::packages::Setup::default())
    })
}

#[cfg(test)]
mod tests;
