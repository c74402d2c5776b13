//! A pull's lines added up to one state, and how often it is worth showing.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Layer, Pull};

/// The shortest time between two reports in which only byte counts moved.
const PACE: Duration = Duration::from_millis(100);

/// One line of a pull: layer, status, bytes done, bytes in all.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) id: Option<String>,
    pub(super) status: String,
    pub(super) bytes: Option<(u64, u64)>,
}

/// The pull so far.
pub(super) struct Tally {
    pull: Pull,
    shown: Option<Instant>,
}

impl Tally {
    pub(super) fn new(reference: &str) -> Self {
        let pull = Pull {
            reference: reference.into(),
            layers: Vec::new(),
        };
        Self { pull, shown: None }
    }

    /// Adds a line; gives the pull when there is something to show: a change of status at once,
    /// byte counts at most ten times a second.
    pub(super) fn add(&mut self, line: Line, now: Instant) -> Option<&Pull> {
        let (layer, is_step) = self.layer(&line)?;
        let before = (layer.current, layer.total);
        match line.bytes {
            Some((current, total)) => (layer.current, layer.total) = (current, total),
            // Done with the step, whatever was the last count.
            None => layer.current = layer.total,
        }
        layer.status = line.status;
        let moved = (layer.current, layer.total) != before;
        let due = self.shown.is_none_or(|at| now.duration_since(at) >= PACE);
        if is_step || (moved && due) {
            self.shown = Some(now);
            Some(&self.pull)
        } else {
            None
        }
    }

    /// The line's layer, and whether its status is new; none for lines about the whole image, of which
    /// "Pulling from" carries the tag where others carry the layer.
    fn layer(&mut self, line: &Line) -> Option<(&mut Layer, bool)> {
        let id = line.id.as_ref()?;
        if line.status.starts_with("Pulling from") {
            return None;
        }
        let at = self.pull.layers.iter().position(|l| l.id == *id);
        let at = at.unwrap_or_else(|| {
            self.pull.layers.push(Layer {
                id: id.clone(),
                ..Layer::default()
            });
            self.pull.layers.len() - 1
        });
        let layer = self.pull.layers.get_mut(at)?;
        let is_step = layer.status != line.status;
        Some((layer, is_step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, status: &str, bytes: Option<(u64, u64)>) -> Line {
        Line {
            id: Some(id.into()),
            status: status.into(),
            bytes,
        }
    }

    #[test]
    fn a_pull_is_added_up_as_the_engine_tells_it() {
        let now = Instant::now();
        let mut tally = Tally::new("r/x:1");
        assert!(tally.add(line("1", "Pulling from x", None), now).is_none());
        assert!(
            tally
                .add(line("aa", "Pulling fs layer", None), now)
                .is_some()
        );
        assert!(tally.add(line("bb", "Already exists", None), now).is_some());
        let pull = tally
            .add(line("aa", "Downloading", Some((5, 9))), now)
            .unwrap();
        assert_eq!((pull.bytes(), pull.layers_done()), ((5, 9), (1, 2)));
        let pull = tally.add(line("aa", "Pull complete", None), now).unwrap();
        assert_eq!((pull.bytes(), pull.layers_done()), ((9, 9), (2, 2)));
        let whole = Line {
            status: "Digest: sha256:aa".into(),
            ..Line::default()
        };
        assert!(tally.add(whole, now).is_none());
    }

    #[test]
    fn byte_counts_are_shown_ten_times_a_second_and_only_when_they_moved() {
        let now = Instant::now();
        let mut tally = Tally::new("x");
        let mut add = |n, after| {
            let at = now + Duration::from_millis(after);
            tally
                .add(line("aa", "Downloading", Some((n, 9))), at)
                .is_some()
        };
        assert!(add(1, 0), "a new status");
        assert!(!add(2, 50), "too soon");
        assert!(add(3, 100), "moved and due");
        assert!(!add(3, 300), "not moved");
        assert!(add(4, 301));
    }
}
