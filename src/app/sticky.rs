//! Sticky: a twin that ended with its target is started again with it.
//!
//! Pure rules: what is known of deaths and starts comes from events, with the engine's own times; what is waited for is
//! a timer or the next event. The twin is asked for only when its shell has ended, so that nothing of its last run can
//! arrive late.

use std::collections::VecDeque;
use std::time::Duration;

use super::action::Action;
use super::failing_action::FailingAction;
use super::keymap::Focus;
use super::panes::Pane;
use super::toast::Tone;
use super::{Effect, Model, ShellId, TaskId, Timer, entrypoint_perform, shell_perform};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::target::Event;

/// A run that ended sooner than this after its start was no run: in nanoseconds.
const SOON: i64 = 10_000_000_000;
/// So many deaths within [`WINDOW`] and the arena is offered.
const MANY: usize = 3;
/// Of so many failed tries in a row the reason is told.
const WORTH_A_WORD: u32 = 3;
/// One minute, in nanoseconds.
const WINDOW: i64 = 60_000_000_000;
/// The longest wait between two tries, in seconds.
const LONGEST: u64 = 30;

/// What is known of the deaths of a target, and what is being done about it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, told by messages that come in any order"
)]
#[derive(Debug)]
pub struct Sticky {
    /// The twin was beside this run of the target: else its end costs no wait.
    beside: bool,
    /// The target ended, or the engine was gone, since the shell began.
    armed: bool,
    /// The target ended while the twin was being started.
    again: bool,
    /// The engine is gone.
    lost: bool,
    /// What is known of the target is from before the engine was gone.
    stale: bool,
    /// The twin was removed by somebody.
    gone: bool,
    /// Runs in a row that ended soon, or could not be joined.
    quick: u32,
    /// The wait that these cost is over.
    rested: bool,
    /// When the target was started, by the engine's clock; 0 when not known.
    started: i64,
    /// When it died, the last [`MANY`] times.
    deaths: VecDeque<i64>,
    offered: bool,
    waits: Waits,
    serial: u64,
}

/// What the next step waits for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// An event.
    #[default]
    Event,
    /// So many seconds to pass.
    Rest(u64),
    /// The twin is being started.
    Task(TaskId),
}

/// What a person is told about a twin that ended with its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prospect {
    /// It comes back when the target does.
    WithTarget,
    /// The target dies again and again: the next try comes so many seconds after the last.
    Later(u64),
    /// It is being started.
    Now,
    /// It will not: it was removed.
    Gone,
}

impl Default for Sticky {
    fn default() -> Self {
        Self {
            beside: true,
            armed: false,
            again: false,
            lost: false,
            stale: false,
            gone: false,
            quick: 0,
            rested: false,
            started: 0,
            deaths: VecDeque::new(),
            offered: false,
            waits: Waits::Event,
            serial: 0,
        }
    }
}

impl Sticky {
    /// An event of the target. True when it has died so often that another way in should be offered, once.
    pub(super) fn event(&mut self, event: &Event) -> bool {
        match event.action.as_str() {
            "start" => {
                self.started = event.at_nanos;
                false
            }
            "die" => {
                self.armed = true;
                self.again |= matches!(self.waits, Waits::Task(_));
                let at = event.at_nanos;
                if std::mem::take(&mut self.beside) {
                    let soon = self.started > 0 && at.saturating_sub(self.started) < SOON;
                    self.quick = if soon { self.quick + 1 } else { 0 };
                    self.rested = false;
                }
                self.deaths.push_back(at);
                if self.deaths.len() > MANY {
                    self.deaths.pop_front();
                }
                let many = self.deaths.len() == MANY
                    && self
                        .deaths
                        .front()
                        .is_some_and(|first| at.saturating_sub(*first) < WINDOW);
                many && !std::mem::replace(&mut self.offered, true)
            }
            _ => false,
        }
    }

    /// The engine is gone: nothing that is known of the target holds.
    pub(super) fn engine_lost(&mut self) {
        self.lost = true;
        self.armed = true;
    }

    /// It is back; the target's details are on their way.
    pub(super) fn engine_back(&mut self) {
        self.lost = false;
        self.stale = true;
    }

    /// Whether the engine is gone.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// The target's details came.
    pub(super) fn known(&mut self) {
        self.stale = false;
    }

    /// The twin is being started.
    fn starts(&mut self, task: TaskId) {
        self.waits = Waits::Task(task);
        self.again = false;
    }

    /// The twin is up again. A target that ended meanwhile has taken it along, or will: its end is not waited for once
    /// more, since it was told already.
    fn up(&mut self) {
        let again = std::mem::take(&mut self.again);
        self.waits = Waits::Event;
        self.beside = !again;
        self.armed = again;
        self.rested = false;
        if again {
            self.quick += 1;
        }
    }

    /// What a person is told.
    pub fn prospect(&self) -> Option<Prospect> {
        if self.gone {
            return Some(Prospect::Gone);
        }
        match self.waits {
            Waits::Rest(seconds) => Some(Prospect::Later(seconds)),
            Waits::Task(_) => Some(Prospect::Now),
            Waits::Event => self.armed.then_some(Prospect::WithTarget),
        }
    }

    /// Seconds to wait before the next try; none when there is nothing to wait for.
    fn rest(&self) -> Option<u64> {
        let power = self.quick.checked_sub(1).filter(|_| !self.rested)?;
        Some(2_u64.checked_pow(power).unwrap_or(LONGEST).min(LONGEST))
    }
}

/// An event of the target, told to the model already.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let offer = joined.sticky.event(event) && joined.ends_with_target();
    let mut effects = consider(model);
    if offer && let Some(joined) = &model.joined {
        let text = format!("{} died three times within a minute", joined.name);
        let key = model
            .settings
            .keymap
            .key(Focus::Ended, Action::Failing(FailingAction::Arena));
        let hint = match key {
            Some(key) => {
                format!("{key} opens an arena, whose shell does not die with it; or go on waiting")
            }
            None => "an arena's shell does not die with it: “open an arena” in the palette".into(),
        };
        effects.extend(model.toasts.say(Tone::Bad, &text, Some(&hint)));
    }
    effects
}

/// Starts the twin again if all is there for it, or orders the wait before that.
pub(super) fn consider(model: &mut Model) -> Vec<Effect> {
    let size = model.shell_size();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let ready = (joined.ended_with_target() && joined.is_joinable()) || joined.lost_alone();
    let sticky = &mut joined.sticky;
    if !ready || !sticky.armed || sticky.gone || sticky.lost || sticky.stale {
        return Vec::new();
    }
    if sticky.waits != Waits::Event {
        return Vec::new();
    }
    if let Some(seconds) = sticky.rest() {
        sticky.waits = Waits::Rest(seconds);
        sticky.serial += 1;
        let timer = Timer::Sticky(sticky.serial);
        return vec![Effect::After(timer, Duration::from_secs(seconds))];
    }
    let task = model.numbers.task();
    sticky.starts(task);
    let main = joined.shells.main();
    vec![Effect::Rejoin {
        task,
        shell: main.id(),
        twin: joined.twin().clone(),
        cwd: main.terminal().cwd().map(str::to_owned),
        size,
    }]
}

/// A wait is over.
pub(super) fn rested(model: &mut Model, serial: u64) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        model.quiet = true;
        return Vec::new();
    };
    let sticky = &mut joined.sticky;
    if sticky.serial != serial || !matches!(sticky.waits, Waits::Rest(_)) {
        model.quiet = true;
        return Vec::new();
    }
    sticky.waits = Waits::Event;
    sticky.rested = true;
    consider(model)
}

/// The twin is up again, or could not be started.
pub(super) fn rejoined(
    model: &mut Model,
    task: TaskId,
    shell: ShellId,
    result: Result<bool>,
) -> Vec<Effect> {
    let size = model.shell_size();
    let Some(joined) = model
        .joined
        .as_mut()
        .filter(|joined| joined.sticky.waits == Waits::Task(task))
    else {
        model.quiet = true;
        return Vec::new();
    };
    match result {
        Ok(ran_on) => {
            joined.sticky.up();
            let text = joined.back_words(ran_on);
            if let Some(main) = joined.shells.get_mut(shell) {
                main.revive(size, &text);
            }
            let target = joined.target().clone();
            let mut effects = vec![Effect::ShellResize(shell, size), Effect::Inspect(target)];
            // The shell says it in its own lines: a message over them would tell it twice.
            if joined.pane != Pane::Shell {
                effects.extend(model.toasts.say(Tone::Good, &text, None));
            }
            if ran_on && let Some(joined) = &mut model.joined {
                joined.shells.connected_again();
                effects.extend(shell_perform::reopen(model));
            }
            effects.extend(entrypoint_perform::changed(model));
            effects
        }
        Err(error) if error.kind == ErrorKind::NoTarget => {
            joined.sticky.waits = Waits::Event;
            joined.sticky.gone = true;
            model.toasts.error(&error)
        }
        Err(error) => {
            joined.sticky.waits = Waits::Event;
            joined.sticky.quick += 1;
            joined.sticky.rested = false;
            let said = told(&error, joined.sticky.quick);
            let mut effects = said.map_or_else(Vec::new, |error| model.toasts.error(&error));
            effects.extend(consider(model));
            effects
        }
    }
}

/// The first failures are those of a target that died again: only later ones are worth a word.
fn told(error: &Error, failures: u32) -> Option<Error> {
    (failures == WORTH_A_WORD).then(|| error.clone())
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
            exit_code: Some(3),
            attributes: BTreeMap::new(),
            at_nanos: millis * 1_000_000,
        }
    }

    #[test]
    fn waits_grow_with_runs_that_end_soon_and_stop_growing() {
        let mut sticky = Sticky::default();
        sticky.event(&event("die", 1));
        assert_eq!(sticky.rest(), None, "the first end is no loop");
        let mut waits = Vec::new();
        for n in 1..=8 {
            sticky.event(&event("start", n * 40_000));
            sticky.beside = true;
            sticky.event(&event("die", n * 40_000 + 200));
            waits.push(sticky.rest().unwrap());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        sticky.rested = true;
        assert_eq!(sticky.rest(), None);
        sticky.event(&event("start", 900_000));
        sticky.beside = true;
        sticky.event(&event("die", 911_000));
        assert_eq!(sticky.rest(), None, "that was a run");
    }

    #[test]
    fn a_death_while_the_twin_is_being_started_is_not_forgotten() {
        let mut sticky = Sticky::default();
        sticky.event(&event("die", 1_000));
        sticky.event(&event("start", 2_000));
        sticky.starts(TaskId(1));
        sticky.up();
        assert!(!sticky.armed, "it runs beside its target");
        sticky.event(&event("die", 3_000));
        sticky.event(&event("start", 4_000));
        sticky.starts(TaskId(2));
        sticky.event(&event("die", 4_010));
        sticky.up();
        assert!(sticky.armed, "its next start brings the twin back");
        assert!(sticky.rest().is_some(), "and not at once");
    }

    #[test]
    fn deaths_without_the_twin_cost_no_wait_and_count_for_the_offer() {
        let mut sticky = Sticky::default();
        assert!(!sticky.event(&event("die", 1_000)));
        sticky.event(&event("start", 2_000));
        assert!(!sticky.event(&event("die", 2_200)));
        assert_eq!(sticky.rest(), None);
        sticky.event(&event("start", 4_000));
        assert!(sticky.event(&event("die", 4_200)), "three in a minute");
        assert!(!sticky.event(&event("die", 5_000)), "said once");
        let mut slow = Sticky::default();
        for n in 0..9 {
            assert!(!slow.event(&event("die", n * 31_000)), "{n}");
        }
    }
}
