//! When to draw: at once when nothing was drawn lately, else after a pause that is shorter behind a key.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// The same behind a key: who types fast, or stops a flood, does not wait for a whole frame.
const QUICK: Duration = Duration::from_millis(4);
/// How long that lasts.
const TYPING: Duration = Duration::from_millis(100);

/// Keeps the frames apart.
#[derive(Debug, Default)]
pub(super) struct Pace {
    drawn: Option<Instant>,
    typed: Option<Instant>,
}

impl Pace {
    /// A key came.
    pub(super) fn typed(&mut self, now: Instant) {
        self.typed = Some(now);
    }

    /// A frame is drawn.
    pub(super) fn drawn(&mut self, now: Instant) {
        self.drawn = Some(now);
    }

    /// When the next frame may be drawn; not after `now` when it may be at once.
    pub(super) fn next(&self, now: Instant) -> Instant {
        let typing = |at: Instant| now.saturating_duration_since(at) < TYPING;
        let pause = if self.typed.is_some_and(typing) {
            QUICK
        } else {
            FRAME
        };
        self.drawn.map_or(now, |drawn| drawn + pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn frames_keep_apart_and_keys_bring_them_closer_for_a_while() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.next(start), start, "the first one at once");
        pace.drawn(start);
        assert_eq!(pace.next(start + MS), start + FRAME);
        pace.typed(start + MS);
        assert_eq!(pace.next(start + MS), start + QUICK);
        pace.drawn(start + QUICK);
        assert_eq!(pace.next(start + 5 * MS), start + 2 * QUICK, "not only one");
        let late = start + MS + TYPING;
        pace.drawn(late);
        assert_eq!(pace.next(late), late + FRAME);
    }
}
