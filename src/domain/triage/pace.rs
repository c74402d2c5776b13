//! How fast a container is started again and again, from the engine's events.

use crate::domain::target::Event;

/// Starts that follow each other faster than this are a loop, in milliseconds: the engine itself takes a container
/// that stays up for ten seconds for one that has come up.
const QUICK: u64 = 15_000;

/// What events told of the starts of one container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    last: Option<i64>,
    gap: Option<u64>,
    ran: Option<u64>,
    died: bool,
}

impl Pace {
    /// Takes an event of the container.
    pub fn seen(&mut self, event: &Event) {
        match event.action.as_str() {
            "start" => {
                let at = event.at_nanos;
                let gap = self
                    .last
                    .map(|before| at.saturating_sub(before) / 1_000_000);
                // A start without a death before it is not the loop's.
                self.gap = gap
                    .filter(|_| self.died)
                    .and_then(|gap| u64::try_from(gap).ok());
                self.last = (at > 0).then_some(at);
                self.died = false;
            }
            "die" => {
                let ran = self.last.map(|start| event.at_nanos.saturating_sub(start));
                let ran = ran.filter(|_| event.at_nanos > 0 && !self.died);
                self.ran = ran.and_then(|nanos| u64::try_from(nanos / 1_000_000).ok());
                self.died = true;
            }
            _ => {}
        }
    }

    /// Milliseconds between the last two starts.
    pub fn gap_ms(&self) -> Option<u64> {
        self.gap
    }

    /// Milliseconds that the last run took which ended; none when its start or its end was not seen.
    pub fn last_run_ms(&self) -> Option<u64> {
        self.ran
    }

    /// Whether the last two starts followed each other as in a loop.
    pub fn is_quick(&self) -> bool {
        self.gap.is_some_and(|gap| gap < QUICK)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::target::ContainerId;

    fn event(action: &str, millis: i64) -> Event {
        Event {
            id: ContainerId("1".into()),
            action: action.into(),
            exit_code: None,
            attributes: BTreeMap::new(),
            at_nanos: millis * 1_000_000,
        }
    }

    fn pace(events: &[(&str, i64)]) -> Pace {
        let mut pace = Pace::default();
        for (action, at) in events {
            pace.seen(&event(action, *at));
        }
        pace
    }

    #[test]
    fn starts_after_deaths_have_a_pace() {
        assert_eq!(pace(&[("start", 100)]).gap_ms(), None);
        let looping = pace(&[("start", 100), ("die", 300), ("start", 1_300)]);
        assert_eq!(looping.gap_ms(), Some(1_200));
        assert!(looping.is_quick());
        let slow = pace(&[("start", 100), ("die", 300), ("start", 60_100)]);
        assert_eq!((slow.gap_ms(), slow.is_quick()), (Some(60_000), false));
        let unpaired = pace(&[("start", 100), ("unpause", 200), ("start", 300)]);
        assert_eq!(unpaired.gap_ms(), None);
        let odd = pace(&[("start", 0), ("die", 0), ("start", 5)]);
        assert_eq!(odd.gap_ms(), None, "an engine that does not say when");
        assert_eq!(odd.last_run_ms(), None);
        assert_eq!(looping.last_run_ms(), Some(200));
        assert_eq!(pace(&[("die", 300)]).last_run_ms(), None, "no start");
    }
}
