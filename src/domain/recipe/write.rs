//! The Dockerfile: the dev image builds, the production image gets what was built.

use super::quote::{copy, env, literal, run, words};
use super::{Base, Packages, Recipe, Wishes, below};
use crate::domain::packages::{self, Change, Setup, Verb};
use crate::domain::recorder::words::{Exports, exports, needs_root, package_change};
use crate::domain::recorder::{Mark, Record, Step, What, secrets};
use crate::domain::secret::is_secret;
use crate::domain::text::{bounded, clean, is_harmful};

/// Where the files of the production image lie while packages are added to them.
const CHROOT: &str = "/base-chroot";

/// Writes the Dockerfile of `recipe`, and what must be said of it.
pub(super) fn dockerfile(recipe: &mut Recipe, record: &Record, wishes: Wishes) {
    let mut lines = Lines::default();
    users(recipe);
    let production = recipe.facts.production.clone();
    lines.comment(&format!(
        "Made by devtwin from the session in {}.",
        recipe.facts.twin
    ));
    if let Some(source) = recipe.facts.sources.first() {
        let host = source.host.as_deref().unwrap_or("the directory");
        lines.comment(&format!("Context: {host}, which was at {}.", source.path));
    }
    if !recipe.hidden.is_empty() {
        lines.comment(&format!("Left out of it: {}.", recipe.hidden.join(", ")));
    }
    pins(recipe, wishes);
    let chroot = chroot(recipe, production.as_ref());
    if let (Some(production), Some(_)) = (&production, &chroot) {
        lines.gap();
        lines.say(format!("FROM {} AS base", production.from(wishes.pin)));
    }
    lines.gap();
    lines.say(format!(
        "FROM {} AS build",
        recipe.facts.dev.from(wishes.pin)
    ));
    let mut stage = Stage::new(recipe, lines);
    let mut before: Option<&Step> = None;
    for step in record.steps().iter().filter(|s| s.mark != Mark::No) {
        // What was typed twice in a row was repeated by hand.
        let again = before.is_some_and(|b| b.what == step.what && b.cwd == step.cwd);
        before = Some(step);
        if !again && !super::runs_picked(step, &stage.recipe.artifacts) {
            stage.step(step);
        }
    }
    stage.install();
    if let Some(command) = &chroot {
        stage.as_root(true);
        stage.lines.say(copy(&["--from=base".into()], "/", CHROOT));
        stage.lines.say(command.clone());
    }
    let mut lines = stage.lines;
    lines.gap();
    if let Some(production) = production {
        last(recipe, &production, chroot.is_some(), wishes, &mut lines);
    } else {
        let text = "The production image is not known: the container is gone. Write the last stage's FROM yourself.";
        recipe.notes.push(text.into());
        lines.comment("FROM the production image, which is not known: the container is gone.");
        artifacts(recipe, None, &mut lines, "# ");
    }
    recipe.dockerfile = lines.text;
}

/// Forgets users that no instruction can hold: an image's configuration may say anything, and a line's end in it would begin
/// an instruction of its own.
fn users(recipe: &mut Recipe) {
    let facts = &mut recipe.facts;
    for base in std::iter::once(&mut facts.dev).chain(&mut facts.production) {
        let is_word = |c: char| !c.is_whitespace() && !is_harmful(c);
        if !base.user.chars().all(is_word) {
            let text = format!(
                "The user of {}, {}, is none that a Dockerfile can name: it is left out.",
                clean(&base.reference),
                bounded(&base.user, 60)
            );
            recipe.notes.push(text);
            base.user.clear();
        }
    }
}

/// The last stage.
fn last(recipe: &mut Recipe, base: &Base, chroot: bool, wishes: Wishes, lines: &mut Lines) {
    lines.say(format!("FROM {}", base.from(wishes.pin)));
    if chroot {
        lines.say(copy(&["--from=build".into()], CHROOT, "/"));
    }
    artifacts(recipe, Some(base), lines, "");
    if base.is_root() {
        let text = "The production image runs as root; give it a USER if it need not.";
        recipe.notes.push(text.into());
    } else {
        lines.say(format!("USER {}", literal(&base.user)));
    }
    entry(recipe, base, lines);
}

fn artifacts(recipe: &mut Recipe, base: Option<&Base>, lines: &mut Lines, before: &str) {
    let mut flags = vec!["--from=build".to_owned()];
    if let Some(base) = base.filter(|base| !base.is_root()) {
        flags.push(format!("--chown={}", literal(&owner(&base.user))));
    }
    for artifact in &recipe.artifacts {
        lines.say(format!(
            "{before}{}",
            copy(&flags, &artifact.path, &artifact.path)
        ));
    }
    if recipe.artifacts.is_empty() {
        lines.comment("Nothing is picked yet: COPY --from=build PATH PATH");
        recipe
            .notes
            .push("No file is picked for the production image.".into());
    }
}

/// Who owns what a user needs: a number alone is the group's, too.
fn owner(user: &str) -> String {
    let number = !user.is_empty() && user.bytes().all(|b| b.is_ascii_digit());
    if number {
        format!("{user}:{user}")
    } else {
        user.to_owned()
    }
}

/// What the image runs, by what ran in the session.
fn entry(recipe: &mut Recipe, base: &Base, lines: &mut Lines) {
    if let Some(check) = &recipe.check {
        let holds = |cwd: &&String| {
            recipe.artifacts.iter().any(|a| below(&a.path, cwd)) && cwd.as_str() != "/"
        };
        if let Some(cwd) = check
            .cwd
            .as_ref()
            .filter(|cwd| check.argv.len() > 1 && !cwd.chars().any(char::is_control))
            .filter(holds)
        {
            lines.say(format!("WORKDIR {}", literal(cwd)));
        }
        let (program, rest) = check.argv.split_at(1);
        lines.say(format!("ENTRYPOINT {}", words(program)));
        if !rest.is_empty() {
            lines.say(format!("CMD {}", words(rest)));
        }
        return;
    }
    let mut programs = recipe.artifacts.iter().filter(|a| a.executable);
    if let (Some(program), None) = (programs.next(), programs.next()) {
        lines.say(format!(
            "ENTRYPOINT {}",
            words(std::slice::from_ref(&program.path))
        ));
        return;
    }
    let argv: Vec<String> = base.entrypoint.iter().chain(&base.cmd).cloned().collect();
    if argv.is_empty() {
        lines.comment("The production image names no program: add an ENTRYPOINT.");
        recipe
            .notes
            .push("The image names no program: add an ENTRYPOINT.".into());
    } else {
        lines.comment(&format!(
            "It runs what the production image runs: {}",
            words(&argv)
        ));
    }
}

/// Says where a wish for digests cannot be met.
fn pins(recipe: &mut Recipe, wishes: Wishes) {
    if !wishes.pin {
        return;
    }
    let bases = std::iter::once(&recipe.facts.dev).chain(&recipe.facts.production);
    let without = bases.filter(|base| base.digest.is_none() && !base.reference.contains('@'));
    let said: Vec<String> = without
        .map(|base| {
            format!(
                "{} has no digest: it did not come from a registry.",
                clean(&base.reference)
            )
        })
        .collect();
    recipe.notes.extend(said);
}

/// The instruction that adds the runtime packages to the production image's files; none when there are none.
fn chroot(recipe: &mut Recipe, production: Option<&Base>) -> Option<String> {
    let Packages {
        manager, runtime, ..
    } = &recipe.packages;
    if runtime.is_empty() {
        return None;
    }
    if manager != "apk" {
        let text = format!(
            "{manager} cannot install into a production image: its scripts need a shell there."
        );
        recipe.notes.push(text);
        return None;
    }
    production?;
    Some(format!(
        "RUN apk add --no-cache --no-scripts --root {CHROOT} \\\n    --repositories-file /etc/apk/repositories --keys-dir /etc/apk/keys {} \\\n && if command -v ldconfig >/dev/null; then ldconfig -r {CHROOT}; fi",
        runtime.join(" ")
    ))
}

#[derive(Debug, Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn say(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn comment(&mut self, text: &str) {
        self.say(format!("# {}", clean(text)));
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }
}

/// The stage that builds.
struct Stage<'a> {
    recipe: &'a mut Recipe,
    lines: Lines,
    /// Whether instructions run as root now.
    root: bool,
    workdir: String,
    copied: bool,
    /// What the next instructions must set first.
    before: Vec<String>,
    /// Packages that wait for their instruction.
    waiting: Vec<String>,
    manager: String,
    asked: Vec<String>,
}

impl<'a> Stage<'a> {
    fn new(recipe: &'a mut Recipe, lines: Lines) -> Self {
        let dev = &recipe.facts.dev;
        Self {
            root: dev.is_root(),
            workdir: if dev.workdir.is_empty() {
                "/".into()
            } else {
                dev.workdir.clone()
            },
            lines,
            copied: false,
            before: Vec::new(),
            waiting: Vec::new(),
            manager: String::new(),
            asked: Vec::new(),
            recipe,
        }
    }

    fn as_root(&mut self, root: bool) {
        if root == self.root || self.recipe.facts.dev.is_root() {
            return;
        }
        self.root = root;
        let user = if root {
            "root".into()
        } else {
            literal(&self.recipe.facts.dev.user)
        };
        self.lines.say(format!("USER {user}"));
    }

    fn step(&mut self, step: &Step) {
        if let Some((manager, names)) = step.installs() {
            if manager != self.manager {
                self.install();
                self.manager = manager;
            }
            for name in names {
                if !self.waiting.contains(&name) {
                    self.waiting.push(name);
                }
            }
            return;
        }
        self.install();
        match &step.what {
            What::Packages {
                manager,
                verb,
                names,
            } => self.change(manager, *verb, names),
            What::Command(text) => match package_change(text) {
                Some(typed) => self.change(&typed.manager, typed.verb, &typed.names),
                None => self.command(text, step.cwd.as_deref()),
            },
        }
    }

    /// Writes the packages that wait.
    fn install(&mut self) {
        let names = std::mem::take(&mut self.waiting);
        if !names.is_empty() {
            let manager = self.manager.clone();
            self.change(&manager, Verb::Install, &names);
        }
    }

    fn change(&mut self, manager: &str, verb: Verb, names: &[String]) {
        let known = packages::ALL.iter().find(|m| m.id() == manager);
        let (Some(known), Ok(change)) = (known, Change::new(verb, names)) else {
            return;
        };
        self.as_root(true);
        self.lines.say(known.dockerfile(&change, &Setup::default()));
    }

    fn command(&mut self, text: &str, cwd: Option<&str>) {
        let (text, hidden) = secrets::without(text);
        for name in hidden.iter().filter(|name| secrets::is_variable_name(name)) {
            self.ask(name);
        }
        match exports(&text) {
            Some(Exports::Plain(all)) => return self.set(&text, &all),
            Some(Exports::Computed) => {
                // A secret was taken out of it: the argument has the name already.
                if hidden.is_empty() {
                    self.before.push(text);
                }
                return;
            }
            None => {}
        }
        self.sources(&text, cwd);
        let facts = &self.recipe.facts;
        let writable = |path: &str| {
            facts.source_of(path).is_some()
                || ["/tmp", "/var/tmp", "/home", "/dev"]
                    .iter()
                    .any(|dir| below(path, dir))
                || (facts.dev.workdir.len() > 1 && below(path, &facts.dev.workdir))
        };
        let place = cwd.unwrap_or(&self.workdir).to_owned();
        let root = !writable(&place) || needs_root(&text, writable);
        self.as_root(root);
        if let Some(cwd) = cwd.filter(|cwd| *cwd != self.workdir && cwd.starts_with('/'))
            && !cwd.chars().any(char::is_control)
        {
            self.lines.say(format!("WORKDIR {}", literal(cwd)));
            self.workdir = cwd.to_owned();
        }
        let mut whole = self.before.join(" && ");
        if !whole.is_empty() {
            whole.push_str(" && ");
        }
        whole.push_str(&uncached(&text));
        let bash = self.recipe.facts.shell.ends_with("/bash");
        self.lines.say(run(&whole, bash));
    }

    /// An argument of the build in a secret's place.
    fn ask(&mut self, name: &str) {
        if !self.asked.iter().any(|asked| asked == name) {
            self.asked.push(name.to_owned());
            self.lines.say(format!("ARG {name}"));
        }
    }

    fn set(&mut self, text: &str, all: &[(String, String)]) {
        for (name, value) in all {
            if is_secret(name, value) {
                self.ask(name);
            } else if let Some(line) = env(name, value) {
                self.lines.say(line);
            } else {
                self.before.push(text.to_owned());
            }
        }
    }

    /// Copies the person's directory before the first step that needs it.
    fn sources(&mut self, text: &str, cwd: Option<&str>) {
        let Some(first) = self.recipe.facts.sources.first().cloned() else {
            return;
        };
        let needs = cwd.is_some_and(|cwd| below(cwd, &first.path)) || text.contains(&first.path);
        if self.copied || !needs {
            return;
        }
        self.copied = true;
        let dev = &self.recipe.facts.dev;
        let flags = if dev.is_root() {
            Vec::new()
        } else {
            vec![format!("--chown={}", literal(&owner(&dev.user)))]
        };
        self.lines.say(copy(&flags, ".", &first.path));
        let others: Vec<String> = self
            .recipe
            .facts
            .sources
            .iter()
            .skip(1)
            .map(|s| clean(&s.path).into_owned())
            .collect();
        if !others.is_empty() {
            let text = format!(
                "Also mounted, and not in the context: {}.",
                others.join(", ")
            );
            self.lines.comment(&text);
            self.recipe.notes.push(text);
        }
    }
}

/// An `apk add` without its cache, which would only make the layer larger.
fn uncached(text: &str) -> String {
    match text.strip_prefix("apk add ") {
        Some(rest) if !text.contains("--no-cache") => format!("apk add --no-cache {rest}"),
        _ => text.to_owned(),
    }
}
