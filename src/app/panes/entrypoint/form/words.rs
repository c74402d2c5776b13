//! What the form says of a run: in what it differs from the original, where it runs, and what that means.

use super::{Form, Probe, Where};
use crate::app::panes::entrypoint::blocks::{Ink, Line, wrap};
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::Base;
use crate::domain::run::{Change, KEPT};
use crate::domain::secret::is_secret;
use crate::domain::text::bounded;

/// Characters of a value that are shown.
const LONGEST: usize = 512;

impl Form {
    /// In what the run differs from the original, in lines of at most `columns` columns.
    pub fn differences(&self, columns: usize) -> Vec<Line> {
        let Ok(run) = self.run() else {
            let words = "not known while something is wrong";
            return wrap(&[(Ink::Muted, words.into())], &[], &[], columns);
        };
        let changes = run.changes(&self.original);
        if changes.is_empty() {
            let words = "in nothing: this is what the target runs";
            return wrap(&[(Ink::Muted, words.into())], &[], &[], columns);
        }
        changes
            .iter()
            .flat_map(|change| difference(change, columns))
            .collect()
    }

    /// Where it runs, and what that means, a sentence each; `network` when the twin has the target's.
    pub fn notes(&self, network: bool) -> Vec<(Ink, String)> {
        let mut notes = Vec::new();
        match self.place {
            Where::Replica => {
                notes.push((
                    Ink::Muted,
                    "A container of its own with the target's configuration, in the twin's network.".into(),
                ));
                let files = match self.files {
                    Base::Image => "It begins with the files of its image.",
                    Base::Died => "It begins with the files that the target left behind.",
                    Base::DevImage => {
                        "The target's files lie over the dev image: tools are there, too."
                    }
                };
                notes.push((Ink::Muted, files.into()));
                if self.volumes == Mounts::Same {
                    let text = "It writes into the target's volumes, as the target does.";
                    notes.push((Ink::Waiting, text.into()));
                }
            }
            Where::Twin => {
                match &self.probe {
                    Probe::Asked(_) => {
                        notes.push((Ink::Muted, "Looking at the twin's files …".into()));
                    }
                    Probe::Failed(why) => {
                        let text = format!("The twin's files could not be looked at: {why}");
                        notes.push((Ink::Waiting, bounded(&text, LONGEST)));
                    }
                    Probe::Known(_) | Probe::Unasked => {}
                }
                if let Some(path) = self.only_in_target() {
                    let text = format!("{path} is not in the twin: /target{path} runs.");
                    notes.push((Ink::Waiting, bounded(&text, LONGEST)));
                }
                let ports = if network {
                    "the target's network, whose ports may be taken"
                } else {
                    "a network of its own"
                };
                notes.push((
                    Ink::Muted,
                    format!("With the dev image's files and {ports}."),
                ));
            }
            Where::Target => {
                let text =
                    "Shares the target's files, ports and limits; what it writes stays there.";
                notes.push((Ink::Waiting, text.into()));
                let run = self.run().ok();
                let gone = run.and_then(|run| {
                    let mut changes = run.changes(&self.original).into_iter();
                    let variable =
                        |c: &Change| !["command", "user", "directory"].contains(&c.what.as_str());
                    changes.find(|c| c.after.is_none() && variable(c))
                });
                if let Some(change) = gone {
                    let text =
                        format!("{} stays set: nothing can take it away there.", change.what);
                    notes.push((Ink::Waiting, bounded(&text, LONGEST)));
                }
            }
        }
        notes
    }

    /// What stands behind "strace": whether it can look on.
    pub fn strace_words(&self) -> (Ink, String) {
        match (
            self.place,
            self.strace_path(),
            self.install_line(),
            &self.probe,
        ) {
            (Where::Target | Where::Replica, ..) => {
                (Ink::Muted, "only for runs in the twin".into())
            }
            (Where::Twin, Some(path), ..) => (Ink::Muted, format!("{path} -f -s 256")),
            (Where::Twin, None, Some(line), _) => {
                (Ink::Waiting, format!("none: Enter types {line}"))
            }
            (Where::Twin, None, None, Probe::Known(_)) => {
                (Ink::Muted, "none, nor a package manager".into())
            }
            (Where::Twin, None, None, Probe::Unasked | Probe::Asked(_) | Probe::Failed(_)) => {
                (Ink::Muted, "not known".into())
            }
        }
    }
}

fn difference(change: &Change, columns: usize) -> Vec<Line> {
    let value = |value: &str| {
        let plain = if is_secret(&change.what, value) {
            KEPT
        } else {
            value
        };
        bounded(plain, LONGEST)
    };
    let mut lines = vec![vec![(Ink::Name, bounded(&change.what, LONGEST))]];
    for (sign, ink, side) in [
        ("− ", Ink::Waiting, &change.before),
        ("+ ", Ink::Good, &change.after),
    ] {
        if let Some(text) = side {
            let lead = [(ink, sign.to_owned())];
            let hang = [(ink, "  ".to_owned())];
            lines.extend(wrap(&[(Ink::Strong, value(text))], &lead, &hang, columns));
        }
    }
    lines
}
