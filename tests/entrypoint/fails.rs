//! A row of the table: how a container is made, how it fails, and what must be found. The failure is
//! looked at, too, so that no fixture only pretends.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::report::Report;
use crate::support::{Container, docker, require_docker, unique};

/// How long a container may take to fail on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a container fails. The texts are alternatives, since engines differ in their wording; case does
/// not count.
pub(crate) enum Fails {
    /// The engine does not even create it.
    NotCreated { says: &'static [&'static str] },
    /// It ends, or the engine cannot start it, with one of these statuses.
    Ends {
        statuses: &'static [i64],
        says: &'static [&'static str],
    },
    /// Its restart policy starts it again and again, and it ends with one of these statuses.
    Loops {
        statuses: &'static [i64],
        says: &'static [&'static str],
    },
    /// It goes on running after it said so.
    Complains { says: &'static [&'static str] },
    /// It runs, and its health check says so.
    Unhealthy { says: &'static [&'static str] },
    /// A stop has to kill it. What it says then, if anything.
    IsKilled { says: &'static [&'static str] },
}

/// A row.
pub(crate) struct Row {
    /// What must be found, and nothing else as an error.
    pub(crate) id: &'static str,
    /// How bad it is.
    pub(crate) severity: &'static str,
    /// The image.
    pub(crate) image: &'static str,
    /// Flags of `docker create`; `FOLDER` in them stands for a folder that goes with the test and holds
    /// the program `web`.
    pub(crate) flags: &'static [&'static str],
    /// Words behind the image.
    pub(crate) args: &'static [&'static str],
    /// The symptom.
    pub(crate) fails: Fails,
    /// How bad it is in the image alone, before anything of it ran; none when that cannot be known.
    pub(crate) image_alone: Option<&'static str>,
    /// How often it may run until the engine says it.
    pub(crate) runs: u32,
}

impl Row {
    /// Shows `id` with a container of `image`, which ends with one of `statuses`, saying one of `says`.
    pub(crate) const fn ends(
        id: &'static str,
        image: &'static str,
        statuses: &'static [i64],
        says: &'static [&'static str],
    ) -> Self {
        Self::fails(id, image, Fails::Ends { statuses, says })
    }

    /// Shows `id` with a container of `image`.
    pub(crate) const fn fails(id: &'static str, image: &'static str, fails: Fails) -> Self {
        Self {
            id,
            severity: "error",
            image,
            flags: &[],
            args: &[],
            fails,
            image_alone: None,
            runs: 1,
        }
    }

    /// An engine does not say it after every run: it is started again, until it was so often.
    pub(crate) const fn runs(self, runs: u32) -> Self {
        Self { runs, ..self }
    }

    /// Its container is made with these flags.
    pub(crate) const fn flags(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }

    /// Its container is made with these words behind the image.
    pub(crate) const fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    /// Something goes wrong, but not all.
    pub(crate) const fn warning(self) -> Self {
        let severity = "warning";
        Self { severity, ..self }
    }

    /// The image alone shows it, too, as bad.
    pub(crate) const fn image_alone(self) -> Self {
        let image_alone = Some(self.severity);
        Self {
            image_alone,
            ..self
        }
    }

    /// The image alone shows it, too, as a thing that may go wrong.
    pub(crate) const fn image_alone_warns(self) -> Self {
        let image_alone = Some("warning");
        Self {
            image_alone,
            ..self
        }
    }

    /// Makes the container, sees it fail, and has it and its image inspected.
    #[track_caller]
    pub(crate) fn check(&self) {
        require_docker();
        let folder = tempfile::tempdir().unwrap();
        let flags = self.flags_with(&folder);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        match &self.fails {
            Fails::NotCreated { says } => self.is_refused(&flags, says),
            Fails::Ends { statuses, says } => {
                let (container, mut text) = self.started(&flags);
                let mut runs = 1;
                loop {
                    let state = wait_for(&container, "to end", |state| state["Running"] == false);
                    let status = state["ExitCode"].as_i64().unwrap();
                    let said = format!("{text}{state}{}", log(&container));
                    assert!(statuses.contains(&status), "exit status {status}: {said}");
                    if has(&said, says) || runs == self.runs {
                        contains(&said, says);
                        break;
                    }
                    runs += 1;
                    text = start(&container);
                }
                Report::of(container.name()).finds(self.id, self.severity);
            }
            Fails::Loops { statuses, says } => {
                let (container, _) = self.started(&flags);
                let state = wait_for(&container, "to be started again", |state| {
                    state["Restarting"] == true
                });
                let status = state["ExitCode"].as_i64().unwrap();
                assert!(statuses.contains(&status), "exit status {status}");
                contains(&log(&container), says);
                Report::of(container.name()).finds(self.id, self.severity);
            }
            Fails::Complains { says } => {
                let (container, _) = self.started(&flags);
                wait_for(&container, "to say it", |_| has(&log(&container), says));
                Report::of(container.name()).finds(self.id, self.severity);
            }
            Fails::Unhealthy { says } => {
                let (container, _) = self.started(&flags);
                let state = wait_for(&container, "to be unhealthy", |state| {
                    state["Health"]["Status"] == "unhealthy"
                });
                contains(&state["Health"]["Log"].to_string(), says);
                Report::of(container.name()).finds(self.id, self.severity);
            }
            Fails::IsKilled { says } => {
                let (container, _) = self.started(&flags);
                // It says that it is ready once its signals are as it wants them.
                wait_for(&container, "to be up", |_| !log(&container).is_empty());
                Report::of(container.name()).finds(self.id, self.severity);
                docker::ok(&["stop", "--time", "1", container.name()]);
                let state = wait_for(&container, "to end", |state| state["Running"] == false);
                assert_eq!(state["ExitCode"], 137, "{}", log(&container));
                contains(&log(&container), says);
            }
        }
        if let Some(severity) = self.image_alone {
            Report::of(self.image).finds(self.id, severity);
        }
    }

    fn flags_with(&self, folder: &tempfile::TempDir) -> Vec<String> {
        let path = folder.path().display().to_string();
        let flags = self.flags.iter().map(|flag| flag.replace("FOLDER", &path));
        let flags: Vec<String> = flags.collect();
        if self.flags.iter().any(|flag| flag.contains("FOLDER")) {
            let source = Container::create("acme/bare:1", &[], &[]);
            docker::ok(&["cp", &format!("{}:/web", source.name()), &path]);
        }
        flags
    }

    /// Its container, and what docker said when it started it.
    #[track_caller]
    fn started(&self, flags: &[&str]) -> (Container, String) {
        let container = Container::create(self.image, flags, self.args);
        let text = start(&container);
        (container, text)
    }

    #[track_caller]
    fn is_refused(&self, flags: &[&str], says: &[&str]) {
        // The guard is for an engine that does create it.
        let guard = Container::adopt(unique("refused"));
        let name = ["create", "--name", guard.name(), "--label", docker::LABEL];
        let output = docker::run(&[&name, flags, &[self.image], self.args].concat());
        assert!(!output.status.success(), "{} is created", self.image);
        contains(&String::from_utf8_lossy(&output.stderr), says);
    }
}

/// Starts it; what docker said.
fn start(container: &Container) -> String {
    let output = docker::run(&["start", container.name()]);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn has(text: &str, one_of: &[&str]) -> bool {
    let text = text.to_lowercase();
    one_of.is_empty() || one_of.iter().any(|say| text.contains(&say.to_lowercase()))
}

#[track_caller]
fn contains(text: &str, one_of: &[&str]) {
    assert!(has(text, one_of), "none of {one_of:?} in: {text}");
}

/// Both streams.
pub(crate) fn log(container: &Container) -> String {
    let output = docker::run(&["logs", container.name()]);
    [output.stdout, output.stderr]
        .map(|stream| String::from_utf8_lossy(&stream).into_owned())
        .concat()
}

/// Waits for a state of the container.
#[track_caller]
pub(crate) fn wait_for(
    container: &Container,
    what: &str,
    reached: impl Fn(&Value) -> bool,
) -> Value {
    let start = Instant::now();
    loop {
        let state = docker::ok(&["inspect", "--format", "{{json .State}}", container.name()]);
        let state: Value = serde_json::from_str(&state).unwrap();
        if reached(&state) {
            return state;
        }
        let patient = start.elapsed() < PATIENCE;
        assert!(patient, "waiting for it {what}: {state} {}", log(container));
    }
}
