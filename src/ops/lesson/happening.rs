//! The engine's events, as far as they are about a lab.
//!
//! Measured with engine 20.10: a program that cannot be started has `exec_create` and `exec_start`, and no `exec_die`;
//! `docker stop` tells `kill` with signal 15, again with 9 when that did not help, then `die`.

use std::collections::BTreeMap;

use crate::domain::lesson::facts::Happened;
use crate::domain::lesson::lab::Names;
use crate::domain::target::{ContainerId, Event};
use crate::domain::text;
use crate::domain::twin::{label, session_of};
use crate::engine::{Engine, ExecId};

/// What is kept of what happened.
const MOST: usize = 500;
/// Characters of a command that are kept.
const WORDS: usize = 4096;
/// Times that the engine is asked how a program ended: one that could be started says so by itself.
const ASKED: u32 = 60;
/// Programs that are asked for at once.
const AT_ONCE: usize = 8;
/// Signals by which a container is asked, or made, to stop; others may only mean that it is to read its settings again.
const STOPS: [&str; 4] = ["15", "2", "3", "9"];

/// What happened to a lab's containers.
#[derive(Debug)]
pub(super) struct Happening {
    names: Names,
    seen: Vec<Seen>,
    /// When a container got its first signal, in nanoseconds since the epoch.
    signals: BTreeMap<ContainerId, i64>,
}

#[derive(Debug)]
struct Seen {
    what: Happened,
    /// The exec whose end is not known yet.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    exec: ExecId,
    asked: u32,
}

impl Happening {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            seen: Vec::new(),
            signals: BTreeMap::new(),
        }
    }

    /// Whether the event is about the lab.
    pub(super) fn take(&mut self, event: &Event) -> bool {
        let said = |key: &str| event.attributes.get(key).map_or("", String::as_str);
        let (name, image) = (said("name"), said("image"));
        if session_of(name, &event.attributes).is_some() {
            let beside = said(label::TARGET_NAME);
            return self.names.short(beside) != beside;
        }
        if !is_of_lab(&self.names, name, image, &event.attributes) {
            return false;
        }
        let container = self.names.short(name).to_owned();
        let exec = || ExecId(said("execID").to_owned());
        match event.action.as_str() {
            "kill" if STOPS.contains(&said("signal")) => {
                let first = self.signals.entry(event.id.clone());
                first.or_insert(event.at_nanos);
            }
            "start" | "destroy" => {
                self.signals.remove(&event.id);
            }
            "die" => {
                let signal = self.signals.remove(&event.id);
                let after = signal.map(|signal| event.at_nanos.saturating_sub(signal) / 1_000_000);
                self.push(Seen {
                    what: Happened::Ended {
                        container,
                        image: short_image(&self.names, image),
                        status: event.exit_code.unwrap_or_default(),
                        after_ms: after.and_then(|after| u64::try_from(after).ok()),
                    },
                    open: None,
                });
            }
            "exec_die" => self.ended(&exec(), event.exit_code),
            other => {
                if let Some(words) = other.strip_prefix("exec_start:") {
                    let command = text::bounded(words.trim(), WORDS);
                    self.push(Seen {
                        what: Happened::Exec {
                            container,
                            command,
                            status: None,
                        },
                        open: Some(Open {
                            exec: exec(),
                            asked: 0,
                        }),
                    });
                }
            }
        }
        true
    }

    fn push(&mut self, seen: Seen) {
        if self.seen.len() == MOST {
            self.seen.remove(0);
        }
        self.seen.push(seen);
    }

    fn ended(&mut self, exec: &ExecId, code: Option<i64>) {
        let is = |seen: &Seen| seen.open.as_ref().is_some_and(|open| open.exec == *exec);
        let Some(at) = self.seen.iter().position(is) else {
            return;
        };
        let mut seen = self.seen.remove(at);
        seen.open = None;
        if let Happened::Exec { status, .. } = &mut seen.what {
            *status = code;
        }
        // A health check is the same again and again.
        let known = self.seen.iter().any(|other| other.what == seen.what);
        if !known {
            self.seen.insert(at, seen);
        }
    }

    /// Asks for the ends that are not known.
    pub(super) async fn settle(&mut self, engine: &dyn Engine) {
        let mut execs = Vec::new();
        for open in self.seen.iter_mut().filter_map(|seen| seen.open.as_mut()) {
            if open.asked < ASKED && execs.len() < AT_ONCE {
                open.asked += 1;
                execs.push(open.exec.clone());
            }
        }
        for exec in execs {
            match engine.exec_status(&exec).await {
                Ok(None) => {}
                Ok(code) => self.ended(&exec, code),
                Err(error) => tracing::debug!(%error, "how a program ended is not known"),
            }
        }
    }

    /// What happened, oldest first. A program that runs and that ran before is not told again.
    pub(super) fn told(&self) -> Vec<Happened> {
        let again = |seen: &&Seen| {
            let same = |other: &Seen| match (&seen.what, &other.what) {
                (
                    Happened::Exec {
                        container, command, ..
                    },
                    Happened::Exec {
                        container: where_,
                        command: what,
                        ..
                    },
                ) => other.open.is_none() && container == where_ && command == what,
                _ => false,
            };
            seen.open.is_some() && self.seen.iter().any(same)
        };
        let news = self.seen.iter().filter(|seen| !again(seen));
        news.map(|seen| seen.what.clone()).collect()
    }
}

/// Whether a container belongs to the lab: by its label, which images pass on, or by a name.
pub(super) fn is_of_lab(
    names: &Names,
    name: &str,
    image: &str,
    labels: &BTreeMap<String, String>,
) -> bool {
    session_of(name, labels).is_none()
        && (labels.get(label::LAB) == Some(&names.lab)
            || names.short(name) != name
            || names.short_image(image) != image)
}

/// An image's name in the lab, with its tag.
pub(super) fn short_image(names: &Names, image: &str) -> String {
    let short = names.short_image(image);
    let bare = short != image && !short.contains([':', '@']);
    format!("{short}{}", if bare { ":latest" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, action: &str, at_ms: i64, more: &[(&str, &str)]) -> Event {
        let own = [("name", "lab-web"), ("image", "lab/web")];
        let all = own.iter().chain(more);
        let attributes: BTreeMap<String, String> = all
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Event {
            id: ContainerId(id.into()),
            action: action.into(),
            exit_code: attributes.get("exitCode").and_then(|c| c.parse().ok()),
            attributes,
            at_nanos: at_ms * 1_000_000,
        }
    }

    fn happening() -> Happening {
        Happening::new(Names {
            lab: "lab".into(),
            tokens: BTreeMap::new(),
        })
    }

    fn exec(command: &str, status: Option<i64>) -> Happened {
        Happened::Exec {
            container: "web".into(),
            command: command.into(),
            status,
        }
    }

    #[test]
    fn a_stop_takes_from_the_first_signal_to_the_end() {
        let mut lab = happening();
        lab.take(&event("a", "kill", 1_000, &[("signal", "15")]));
        lab.take(&event("a", "kill", 11_000, &[("signal", "9")]));
        lab.take(&event("a", "die", 11_050, &[("exitCode", "137")]));
        // Started again, it ends by itself: the old signal is no reason.
        lab.take(&event("a", "start", 12_000, &[]));
        lab.take(&event("a", "die", 13_000, &[("exitCode", "0")]));
        let ended = |status, after_ms| Happened::Ended {
            container: "web".into(),
            image: "web:latest".into(),
            status,
            after_ms,
        };
        assert_eq!(lab.told(), [ended(137, Some(10_050)), ended(0, None)]);
    }

    #[test]
    fn a_program_is_told_once_also_when_it_runs_again_and_again() {
        let mut lab = happening();
        for (number, code) in ["0", "0", "1"].iter().enumerate() {
            let id = number.to_string();
            let run = [("execID", id.as_str())];
            lab.take(&event("a", "exec_create: /web --health", 0, &run));
            lab.take(&event("a", "exec_start: /web --health ", 0, &run));
            let before = lab.told();
            assert_eq!(before.len(), 1, "{before:?}");
            let died = [("execID", id.as_str()), ("exitCode", code)];
            lab.take(&event("a", "exec_die", 0, &died));
        }
        let both = [
            exec("/web --health", Some(0)),
            exec("/web --health", Some(1)),
        ];
        assert_eq!(lab.told(), both);
    }

    #[test]
    fn what_is_not_of_the_lab_is_left_out_and_twins_only_wake() {
        let mut lab = happening();
        let other = [("name", "web"), ("image", "shop/web")];
        assert!(!lab.take(&event("b", "die", 0, &other)));
        let twin = [
            ("name", "devtwin-lab-web-0badcafe"),
            (label::SESSION, "0badcafe"),
            (label::TARGET_NAME, "lab-web"),
            (label::LAB, "lab"),
        ];
        assert!(lab.take(&event("c", "die", 0, &twin)));
        let labelled = [
            ("name", "bold_bell"),
            ("image", "sha256:1"),
            (label::LAB, "lab"),
        ];
        assert!(lab.told().is_empty());
        assert!(lab.take(&event("d", "die", 0, &labelled)));
        assert_eq!(lab.told().len(), 1);
    }

    #[test]
    fn only_so_much_is_kept() {
        let mut lab = happening();
        let long = format!("exec_start: {}", "ü".repeat(WORDS));
        for number in 0..MOST + 10 {
            let id = number.to_string();
            lab.take(&event(
                "a",
                &format!("{long}{number}"),
                0,
                &[("execID", &id)],
            ));
        }
        assert_eq!(lab.seen.len(), MOST);
        assert!(lab.told().iter().all(|told| match told {
            Happened::Exec { command, .. } => command.chars().count() <= WORDS + 1,
            Happened::Ended { .. } => false,
        }));
    }
}
