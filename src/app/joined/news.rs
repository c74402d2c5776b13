//! What events tell of the target, and which of it is news.

use super::Joined;
use crate::app::toast::Tone;
use crate::domain::plan::RootSource;
use crate::domain::target::{Event, Status, exit_words};

/// The engine takes a run that ended sooner for a failed start, and waits longer before the next: in milliseconds.
const SHORT: u64 = 10_000;

/// What was said of the starts and ends of a target.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Each, as it came.
    #[default]
    Each,
    /// That they are a restart loop: one more is no news then.
    Loop,
}

/// News of the target, for a toast.
#[derive(Debug, PartialEq, Eq)]
pub struct News {
    /// How it is.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// What it means for the person.
    pub hint: String,
    /// It is that the target is in a restart loop, which can be frozen.
    pub of_loop: bool,
}

impl Joined {
    /// An event of the target: what the header must say until the details come, and the news. None when it changes
    /// nothing that is shown; no news when it is one more turn of a loop that was told of already.
    pub fn event(&mut self, event: &Event) -> Option<Option<News>> {
        if self.is_explorer() {
            return self.own_news(event);
        }
        let looping = self.turns(event);
        let news = self.plain_news(event)?;
        if !looping {
            if matches!(event.action.as_str(), "start" | "die") {
                self.told = Told::Each;
            }
            return Some(Some(news));
        }
        if std::mem::replace(&mut self.told, Told::Loop) == Told::Loop {
            return Some(None);
        }
        let state = &self.attached.target.state;
        let how = self.died.clone();
        let how = how.unwrap_or_else(|| exit_words(state.exit_code, state.oom_killed));
        let hint = if self.shares_pid() {
            news.hint
        } else {
            "the twin goes on".into()
        };
        Some(Some(News {
            tone: Tone::Bad,
            text: format!(
                "target {} is in a restart loop: {how}, again and again",
                self.name
            ),
            hint,
            of_loop: true,
        }))
    }

    /// The same of an explorer's own twin. Its ends are told by its shell: only what that does not say is news.
    fn own_news(&mut self, event: &Event) -> Option<Option<News>> {
        let news = self.plain_news(event)?;
        let told = event.action == "oom";
        Some(told.then(|| News {
            text: "the twin ran out of memory".into(),
            hint: "the kernel killed a process in it".into(),
            ..news
        }))
    }

    /// Whether the event is a turn of a restart loop: its policy starts it again, and its last run was short; where
    /// that was not seen, the state that is known from before the event decides.
    fn turns(&mut self, event: &Event) -> bool {
        self.pace.seen(event);
        let state = &self.attached.target.state;
        let now = event.at_nanos / 1_000_000_000;
        let by_policy = state.restarting || state.restart_count > 0;
        let short = match self.pace.last_run_ms() {
            Some(ran) => ran < SHORT,
            None => state.is_looping(now),
        };
        by_policy && short && !self.frozen && matches!(event.action.as_str(), "start" | "die")
    }

    /// The news of an event, whatever came before it.
    fn plain_news(&mut self, event: &Event) -> Option<News> {
        let (shares_pid, arena, frozen) = (self.shares_pid(), self.is_arena(), self.frozen);
        let name = &self.name;
        let state = &mut self.attached.target.state;
        let (tone, text, hint) = match event.action.as_str() {
            "die" => {
                state.status = Status::Exited;
                state.pid = None;
                state.exit_code = event.exit_code.unwrap_or(0);
                let words = exit_words(state.exit_code, false);
                self.died = Some(words.clone());
                let hint = if shares_pid {
                    "the shell ends with it, and comes back with its next start"
                } else if frozen {
                    "frozen: it stays stopped until you let it go, and the twin goes on"
                } else {
                    "the twin goes on"
                };
                (Tone::Bad, format!("target {name}: {words}"), hint.into())
            }
            "oom" => {
                let hint = "the kernel killed a process in it; raise its memory limit";
                (
                    Tone::Bad,
                    format!("target {name} ran out of memory"),
                    hint.into(),
                )
            }
            "pause" => {
                state.status = Status::Paused;
                let hint =
                    format!("its processes stand still; docker unpause {name} lets them go on");
                (Tone::News, format!("target {name} was paused"), hint)
            }
            "unpause" => {
                state.status = Status::Running;
                (
                    Tone::Good,
                    format!("target {name} goes on"),
                    "it was paused until now".into(),
                )
            }
            "start" => {
                state.status = Status::Running;
                state.restarting = false;
                state.pid = state.pid.or(Some(0));
                self.gone = false;
                let hint = if shares_pid {
                    "the same twin is started again with it"
                } else if arena {
                    "the arena stays as it is: launch a new twin to join the target"
                } else {
                    "it has processes of its own: a new twin can join them"
                };
                (
                    Tone::Good,
                    format!("target {name} was started"),
                    hint.into(),
                )
            }
            "destroy" => {
                self.gone = true;
                let root = self.attached.twin.plan.root.as_ref();
                let hint = match root.map(|root| &root.how) {
                    Some(RootSource::Overlay { .. }) => {
                        "what it wrote may be gone from /target; the files of its image are still there"
                    }
                    Some(RootSource::Image { .. } | RootSource::Archive { .. }) => {
                        "its files are still at /target"
                    }
                    None => "nothing is left to join; go back to the containers",
                };
                (Tone::Bad, format!("target {name} was removed"), hint.into())
            }
            _ => return None,
        };
        Some(News {
            tone,
            text,
            hint,
            of_loop: false,
        })
    }
}
