//! Toasts: what happened, in one line, with a hint what to do.

use std::collections::VecDeque;
use std::time::Duration;

use super::text::clean;
use super::{Effect, Timer};
use crate::domain::error::Error;

/// Most toasts at once: more would hide the pane below.
const MOST: usize = 3;

/// How the news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something worked, or is well again.
    Good,
    /// Something happened.
    News,
    /// Something failed.
    Bad,
}

/// A message that goes away by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    number: u64,
    /// How the news is.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The toasts on the screen, oldest first.
#[derive(Debug, Default)]
pub struct Toasts {
    made: u64,
    shown: VecDeque<Toast>,
}

impl Toasts {
    /// Shows a message; the effect takes it away after the time it takes to read.
    pub fn say(&mut self, tone: Tone, text: &str, hint: Option<&str>) -> Vec<Effect> {
        let (text, hint) = (clean(text), hint.map(clean));
        self.shown.retain(|t| t.text != text);
        if self.shown.len() == MOST {
            self.shown.pop_front();
        }
        self.made += 1;
        self.shown.push_back(Toast {
            number: self.made,
            tone,
            text,
            hint,
        });
        let seconds = match tone {
            Tone::Good | Tone::News => 6,
            Tone::Bad => 12,
        };
        vec![Effect::After(
            Timer::Toast(self.made),
            Duration::from_secs(seconds),
        )]
    }

    /// Shows an error: message and hint.
    pub fn error(&mut self, error: &Error) -> Vec<Effect> {
        self.say(Tone::Bad, &error.message, error.hint.as_deref())
    }

    /// Takes a toast away; false when it has gone already.
    pub fn expire(&mut self, number: u64) -> bool {
        let before = self.shown.len();
        self.shown.retain(|t| t.number != number);
        self.shown.len() != before
    }

    /// Whether one of them tells of a failure, and so asks to be read.
    pub fn tell_of_failure(&self) -> bool {
        self.shown.iter().any(|toast| toast.tone == Tone::Bad)
    }

    /// Whether a message with that text is on the screen.
    pub fn shows(&self, text: &str) -> bool {
        self.shown.iter().any(|toast| toast.text == text)
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.shown.clear();
    }

    /// The toasts, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Toast> {
        self.shown.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_replace_and_the_oldest_makes_room() {
        let mut toasts = Toasts::default();
        for text in ["a", "b", "a", "c", "d\u{1b}[2J"] {
            toasts.say(Tone::News, text, None);
        }
        let texts: Vec<_> = toasts.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["a", "c", "d\u{fffd}[2J"]);
        assert!(toasts.expire(3));
        assert!(!toasts.expire(3));
    }
}
