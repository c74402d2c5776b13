//! What the engine is asked to run, and the same as a `docker exec` line.

use super::Run;
use crate::domain::secret;
use crate::domain::text::quote;

/// Where the target's files are in the twin.
const TARGET: &str = "/target";
/// What takes variables away; every dev image has it.
const ENV: &str = "/usr/bin/env";

/// Where a command runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In the twin: its files, the target's network.
    #[default]
    Twin,
    /// In the target itself.
    Target,
}

/// How a command is to be run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct How {
    /// Where.
    pub place: Place,
    /// Path of the `strace` to run it under; only in the twin.
    pub strace: Option<String>,
    /// Where the original's program is in the target, when it is not in the twin.
    pub only_in_target: Option<String>,
    /// Home directory of the target's user: the twin's user files do not tell it.
    pub home: String,
}

/// A command as the engine takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// Where.
    pub place: Place,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// User; empty for the container's own.
    pub user: String,
    /// Working directory; empty for the container's own.
    pub workdir: String,
    /// Variables on top of the container's own.
    pub env: Vec<(String, String)>,
}

impl Order {
    /// What runs `run`, which was made from `original`. In the target nothing is said twice that its
    /// configuration says already; what was taken from its variables stays, since an exec can only add.
    pub fn new(run: &Run, original: &Run, how: &How) -> Self {
        match how.place {
            Place::Twin => Self::in_twin(run, original, how),
            Place::Target => {
                let changed = |now: &String, before: &String| {
                    if now == before {
                        String::new()
                    } else {
                        now.clone()
                    }
                };
                let before = original.vars();
                let same = |name: &str, value: &str| before.get(name) == Some(&value);
                let new = run.env.iter().filter(|(name, value)| !same(name, value));
                Self {
                    place: Place::Target,
                    argv: run.argv.clone(),
                    user: changed(&run.user, &original.user),
                    workdir: changed(&run.workdir, &original.workdir),
                    env: new.cloned().collect(),
                }
            }
        }
    }

    fn in_twin(run: &Run, original: &Run, how: &How) -> Self {
        let mut argv = Vec::new();
        let gone: Vec<&str> = missing(run, original).collect();
        if !gone.is_empty() {
            argv.push(ENV.to_owned());
            argv.extend(
                gone.iter()
                    .flat_map(|name| ["-u".to_owned(), (*name).to_owned()]),
            );
        }
        if let Some(strace) = &how.strace {
            argv.extend([strace, "-f", "-s", "256"].map(str::to_owned));
        }
        let mut words = run.argv.iter().cloned();
        let same = run.argv.first() == original.argv.first();
        match &how.only_in_target {
            Some(path) if same => {
                words.next();
                argv.push(format!("{TARGET}{path}"));
            }
            Some(_) | None => {}
        }
        argv.extend(words);
        let mut env = run.env.clone();
        if !run.vars().contains_key("HOME") && !how.home.is_empty() && !gone.contains(&"HOME") {
            env.push(("HOME".into(), how.home.clone()));
        }
        Self {
            place: Place::Twin,
            argv,
            user: run.user.clone(),
            workdir: run.workdir.clone(),
            env,
        }
    }

    /// The `docker exec` line that does the same in the container of that name. Secrets are given by name
    /// alone: docker then takes the value from the caller's own environment.
    pub fn docker_exec(&self, container: &str) -> String {
        let mut words: Vec<String> = ["docker", "exec", "-it"].map(String::from).to_vec();
        let mut flag = |name: &str, value: &str| {
            words.push(name.to_owned());
            words.push(quote(value));
        };
        if !self.user.is_empty() {
            flag("-u", &self.user);
        }
        if !self.workdir.is_empty() {
            flag("-w", &self.workdir);
        }
        for (name, value) in &self.env {
            if secret::is_secret(name, value) {
                flag("-e", name);
            } else {
                flag("-e", &format!("{name}={value}"));
            }
        }
        words.push(quote(container));
        words.extend(self.argv.iter().map(|word| quote(word)));
        words.join(" ")
    }
}

/// Names of the original's variables that were taken away.
fn missing<'a>(run: &Run, original: &'a Run) -> impl Iterator<Item = &'a str> {
    let kept = run.vars();
    let names = original.env.iter().map(|(name, _)| name.as_str());
    let gone: Vec<&str> = names.filter(|name| !kept.contains_key(name)).collect();
    gone.into_iter()
}
