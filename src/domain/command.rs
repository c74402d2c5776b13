//! Commands that ran in a shell: the facts that a session is told by.

use std::collections::VecDeque;
use std::time::Duration;

/// Commands of a session that are kept; the oldest go first.
const MOST: usize = 1000;

/// A command that has ended, as the shell's marks told it (OSC 133).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// What was typed: clean, at most 4096 bytes, lines joined by `\n`.
    pub text: String,
    /// Its exit status, when the shell told it.
    pub status: Option<i32>,
    /// The directory that it was started in, when the shell told it.
    pub cwd: Option<String>,
    /// How long it ran.
    pub took: Option<Duration>,
    /// What it printed, as the screen had it, when that was at most a screenful: clean, lines joined by `\n`.
    pub printed: Option<String>,
}

/// The commands that ran in a session, in the order of their ends.
#[derive(Debug, Default)]
pub struct History(VecDeque<Ran>);

impl History {
    /// Takes a fact in.
    pub fn add(&mut self, ran: Ran) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(ran);
    }

    /// The commands, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Ran> + ExactSizeIterator {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let mut history = History::default();
        for n in 0..MOST + 3 {
            history.add(Ran {
                text: n.to_string(),
                status: Some(0),
                cwd: None,
                took: None,
                printed: None,
            });
        }
        assert_eq!(history.iter().len(), MOST);
        assert_eq!(
            history.iter().next().map(|ran| ran.text.as_str()),
            Some("3")
        );
    }
}
