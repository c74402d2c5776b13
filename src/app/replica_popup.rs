//! The popups about replicas: what they get of the target's volumes, the consent to a search, and how that goes.

use super::Model;
use super::panes::entrypoint::blocks::Ink;
use super::popup::moved;
use super::replicas::SearchEnd;
use super::text::{clean, wrap};
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::writable;

/// Seconds that a single run of a search may take.
pub const EACH: u32 = 10;

/// A popup about replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplicaPopup {
    /// What replicas get of the target's volumes: the chosen row.
    Volumes(usize),
    /// Whether the search may begin.
    Consent {
        /// Replicas may use the target's networks.
        network: bool,
        /// What they get of its volumes.
        mounts: Mounts,
        /// The chosen row.
        at: usize,
    },
    /// How the search goes, scrolled by so many lines.
    Search(usize),
}

/// What a row of a popup does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// Answers what replicas get of the volumes.
    Volumes(Mounts),
    /// Begins the search.
    Begin,
    /// The other network.
    TurnNetwork,
    /// The next way with volumes.
    TurnVolumes,
    /// Goes back.
    Back,
}

impl ReplicaPopup {
    /// Its rows, each with a key that needs no Enter.
    pub fn rows(&self) -> Vec<(char, String, Row)> {
        match self {
            Self::Volumes(_) => vec![
                (
                    'r',
                    volumes_words(Mounts::ReadOnly).into(),
                    Row::Volumes(Mounts::ReadOnly),
                ),
                (
                    'n',
                    volumes_words(Mounts::None).into(),
                    Row::Volumes(Mounts::None),
                ),
                (
                    's',
                    volumes_words(Mounts::Same).into(),
                    Row::Volumes(Mounts::Same),
                ),
                ('b', "Run nothing".into(), Row::Back),
            ],
            Self::Consent {
                network, mounts, ..
            } => {
                let net = if *network {
                    "its networks, where it fails only with them"
                } else {
                    "none"
                };
                vec![
                    ('g', "Begin".into(), Row::Begin),
                    ('n', format!("Network: {net}"), Row::TurnNetwork),
                    (
                        'v',
                        format!("Volumes: {}", volumes_words(*mounts)),
                        Row::TurnVolumes,
                    ),
                    ('b', "Back".into(), Row::Back),
                ]
            }
            Self::Search(_) => Vec::new(),
        }
    }

    /// The chosen row.
    pub fn at(&self) -> usize {
        match self {
            Self::Volumes(at) | Self::Consent { at, .. } | Self::Search(at) => *at,
        }
    }

    fn at_mut(&mut self) -> &mut usize {
        match self {
            Self::Volumes(at) | Self::Consent { at, .. } | Self::Search(at) => at,
        }
    }

    /// Chooses a row.
    pub fn choose(&mut self, row: usize) {
        *self.at_mut() = row;
    }

    /// Moves the chosen row, or scrolls the text within so many lines.
    pub fn step(&mut self, by: isize, scrolls: usize) {
        let count = match self {
            Self::Volumes(_) | Self::Consent { .. } => self.rows().len(),
            Self::Search(_) => scrolls,
        };
        let at = self.at_mut();
        *at = moved(*at, by, count);
    }
}

/// What replicas get, as a row says it.
fn volumes_words(mounts: Mounts) -> &'static str {
    match mounts {
        Mounts::Same => "as the target has them: a replica writes into them, too",
        Mounts::ReadOnly => "read-only",
        Mounts::None => "none of them",
    }
}

/// The next way with volumes.
pub fn next_mounts(mounts: Mounts) -> Mounts {
    match mounts {
        Mounts::ReadOnly => Mounts::None,
        Mounts::None => Mounts::Same,
        Mounts::Same => Mounts::ReadOnly,
    }
}

/// The text of a popup in lines of at most `columns` columns.
pub fn text(model: &Model, popup: &ReplicaPopup, columns: usize) -> Vec<(Ink, String)> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let wrapped = |ink: Ink, text: &str| {
        let lines = wrap(&clean(text), columns);
        lines.into_iter().map(move |line| (ink, line))
    };
    match popup {
        ReplicaPopup::Volumes(_) => {
            let names: Vec<_> = writable(&joined.attached.target)
                .map(|m| clean(&m.destination))
                .collect();
            let text = format!(
                "{} can write into {}, and a replica could, too. What do replicas of this session get of its volumes?",
                joined.name,
                names.join(", ")
            );
            wrapped(Ink::Strong, &text).collect()
        }
        ReplicaPopup::Consent { .. } => {
            let text = format!(
                "Runs {} again and again as a replica, changing one thing at a time: its user, read-only root, capabilities, each variable, each mount, memory limit, command, network, and the dev image under it.",
                joined.name
            );
            let more = format!(
                "Each run is stopped after {EACH} s and removed. The target itself is not touched."
            );
            let lines = wrapped(Ink::Strong, &text);
            lines.chain(wrapped(Ink::Muted, &more)).collect()
        }
        ReplicaPopup::Search(_) => search(model, columns),
    }
}

fn search(model: &Model, columns: usize) -> Vec<(Ink, String)> {
    let searching = model
        .joined
        .as_ref()
        .and_then(|j| j.replicas.search.as_ref());
    let Some(searching) = searching else {
        return Vec::new();
    };
    let widest = searching
        .trials
        .iter()
        .map(|t| t.what.chars().count())
        .max();
    // The outcome must not be pushed out of sight by a long command.
    let width = widest.unwrap_or_default().min(columns / 2);
    let mut lines: Vec<(Ink, String)> = Vec::new();
    for trial in &searching.trials {
        let ink = if trial.differs { Ink::Good } else { Ink::Muted };
        let line = clean(&trial.line(width));
        for (n, line) in wrap(&line, columns.saturating_sub(2))
            .into_iter()
            .enumerate()
        {
            let lead = if n == 0 { "" } else { "  " };
            lines.push((ink, format!("{lead}{line}")));
        }
    }
    let mut say = |ink: Ink, text: &str| {
        let text = clean(text);
        lines.extend(wrap(&text, columns).into_iter().map(|line| (ink, line)));
    };
    match (&searching.end, &searching.trying) {
        (None, Some(trying)) => say(Ink::Strong, &format!("… {trying}")),
        (None, None) => say(Ink::Muted, "looking at how the target ended …"),
        (Some(SearchEnd::Told(report)), _) => {
            say(Ink::Muted, "");
            for (n, words) in report.words.iter().enumerate() {
                let ink = if n == 0 { Ink::Strong } else { Ink::Muted };
                say(ink, words);
            }
        }
        (Some(SearchEnd::GivenUp), _) => say(Ink::Waiting, "given up"),
        (Some(SearchEnd::Failed(why, hint)), _) => {
            say(Ink::Waiting, why);
            if let Some(hint) = hint {
                say(Ink::Muted, hint);
            }
        }
    }
    lines
}
