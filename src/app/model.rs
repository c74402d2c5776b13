//! The model: everything that the screen shows and the rules need.

use std::collections::BTreeMap;

use crossterm::event::KeyEvent;

use super::alike::Alike;
use super::compare_perform;
use super::joined::Joined;
use super::keymap::{Chord, Focus, Keymap};
use super::learn::{self, Learn, Part};
use super::panes::shell::Shell;
use super::panes::{Pane, files};
use super::picker::Picker;
use super::popup::Popup;
use super::sight::Sight;
use super::steps::{Opening, Steps};
use super::tasks::{Attaching, Numbers, Request};
use super::text::clean;
use super::toast::Toasts;
use super::{
    Effect, Laid, ShellId, entrypoint_run, logs_perform, packages_perform, recipe_perform,
};
use crate::domain::Size;
use crate::domain::call::Call;
use crate::domain::debt::Debt;
use crate::domain::error::Error;
use crate::domain::packages::Remembered;
use crate::domain::plan::Wishes;
use crate::domain::target::ContainerId;

/// Which screen devtwin begins with.
#[derive(Debug, Clone)]
pub enum Start {
    /// The list of containers.
    Picker,
    /// An attach to one container: `devtwin attach`. The program ends with that session.
    Attach {
        /// Container name, id or unique prefix.
        target: String,
        /// The flags.
        wishes: Wishes,
    },
    /// A Dockerfile, step by step: `devtwin explore --dockerfile`.
    Dockerfile(Box<Opening>),
    /// The lessons: `devtwin learn`.
    Learn(Box<learn::Opening>),
}

/// Which of the shipped themes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
}

impl ThemeName {
    /// Reads `dark` or `light`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "dark" => Some(Self::Dark),
            "light" => Some(Self::Light),
            _ => None,
        }
    }
}

/// What becomes of a program's wish to set the clipboard (OSC 52).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClipboardPolicy {
    /// The person is told and can allow it.
    #[default]
    Ask,
    /// It is done.
    Allow,
    /// It is dropped.
    Deny,
}

impl ClipboardPolicy {
    /// Reads `ask`, `allow` or `deny`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "ask" => Some(Self::Ask),
            "allow" => Some(Self::Allow),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// What was settled before the first screen: flags, environment, configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether to use colours; without, only bold, dim, underline and reverse.
    pub colour: bool,
    /// The theme.
    pub theme: ThemeName,
    /// The key that opens the palette everywhere.
    pub leader: Chord,
    /// Lines that the shell keeps of what scrolled away.
    pub scrollback: usize,
    /// What becomes of a program's wish to set the clipboard.
    pub clipboard: ClipboardPolicy,
    /// Whether text that the mouse has marked is copied at once.
    pub copy_on_select: bool,
    /// Where the engine is reached.
    pub endpoint: String,
    /// Why there.
    pub endpoint_from: String,
    /// How docker is called to reach it.
    pub docker: Call,
    /// This session's id.
    pub session: String,
    /// The keys.
    pub keymap: Keymap,
    /// What an attach from the picker asks for: the configuration's part of the flags.
    pub wishes: Wishes,
    /// The person's own toolkits: name → packages.
    pub toolkits: BTreeMap<String, Vec<String>>,
    /// Packages that were installed by name before.
    pub remembered: Remembered,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            colour: true,
            theme: ThemeName::Dark,
            leader: Chord::LEADER,
            scrollback: 10_000,
            clipboard: ClipboardPolicy::Ask,
            copy_on_select: true,
            endpoint: String::new(),
            endpoint_from: String::new(),
            docker: Call::default(),
            session: String::new(),
            keymap: Keymap::defaults(),
            wishes: Wishes::default(),
            toolkits: BTreeMap::new(),
            remembered: Remembered::default(),
        }
    }
}

/// What a held mouse button began on: until it is let go, the mouse belongs to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drag {
    /// The grid of a shell.
    Shell(ShellId),
    /// Its scroll bar.
    ScrollBar(ShellId),
}

/// The whole state of the program.
#[derive(Debug)]
pub struct Model {
    /// What was settled at the start.
    pub settings: Settings,
    /// The containers; the lowest layer of the screen.
    pub picker: Picker,
    /// An attach on its way.
    pub attaching: Option<Attaching>,
    /// The session beside a target.
    pub joined: Option<Joined>,
    /// A Dockerfile under exploration: the lowest layer then.
    pub steps: Option<Steps>,
    /// The lessons: the lowest layer then.
    pub learn: Option<Box<Learn>>,
    /// An attach that failed, when there is no picker to go back to.
    pub failed: Option<(Request, Error)>,
    /// Targets whose restart loop this devtwin has ended, and what it owes them.
    pub frozen: BTreeMap<ContainerId, Debt>,
    /// The popups, topmost last.
    pub popups: Vec<Popup>,
    /// The toasts.
    pub toasts: Toasts,
    /// Where things stand on the screen.
    pub laid: Laid,
    /// The pane in sight, and what flows for it.
    pub(super) sight: Sight,
    /// What a held mouse button began on.
    pub(super) dragging: Option<Drag>,
    /// Whether the dev image is really the sibling.
    pub alike: Alike,
    /// Gives out task and shell numbers.
    pub(super) numbers: Numbers,
    /// An attach that waits for the first layout, because a shell needs a size.
    pub(super) waiting: Option<Request>,
    /// Whether the session is all there is: `devtwin attach`.
    pub(super) alone: bool,
    /// Why the program ends, when that is an error.
    pub(super) exit: Option<Error>,
    pub(super) dirty: bool,
    /// Set by a handler that changed nothing on the screen.
    pub(super) quiet: bool,
}

impl Model {
    /// The model of a start, and the first orders. An attach is ordered when the first
    /// [`super::Msg::Laid`] has told the shell's size.
    pub fn new(start: Start, settings: Settings) -> (Self, Vec<Effect>) {
        let mut model = Self {
            settings,
            picker: Picker::default(),
            attaching: None,
            joined: None,
            steps: None,
            learn: None,
            failed: None,
            frozen: BTreeMap::new(),
            popups: Vec::new(),
            toasts: Toasts::default(),
            laid: Laid::default(),
            sight: Sight::default(),
            dragging: None,
            alike: Alike::default(),
            numbers: Numbers::default(),
            waiting: None,
            alone: false,
            exit: None,
            dirty: true,
            quiet: false,
        };
        let effects = match start {
            Start::Picker => model.picker.list(),
            Start::Attach { target, wishes } => {
                model.alone = true;
                model.waiting = Some(Request {
                    name: clean(&target),
                    target,
                    wishes,
                    resolution: None,
                    replaces: None,
                    caught: None,
                });
                Vec::new()
            }
            Start::Learn(opening) => learn::begin(&mut model, *opening),
            Start::Dockerfile(opening) => {
                let number = opening.number;
                model.steps = Some(Steps::new(*opening));
                match number {
                    Some(number) => super::steps::begin(&mut model, number),
                    None => Vec::new(),
                }
            }
        };
        (model, effects)
    }

    /// Whether something changed since the last call: draw then, and only then.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// The error with which the program ends, for its exit status.
    pub fn exit(&self) -> Option<&Error> {
        self.exit.as_ref()
    }

    /// Whether there is no picker to go back to.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Whether a person looks at the list of containers: not beside a target, and not while a twin comes up.
    pub(super) fn shows_list(&self) -> bool {
        let nothing_else = self.joined.is_none() && self.steps.is_none() && self.learn.is_none();
        !self.alone && nothing_else && self.attaching.is_none()
    }

    /// Whether the shell has the whole screen.
    pub fn is_zoomed(&self) -> bool {
        let zoomed = |joined: &Joined| joined.zoomed && joined.pane == Pane::Shell;
        self.joined.as_ref().is_some_and(zoomed)
    }

    /// Where keys go when no popup takes them.
    pub fn focus(&self) -> Focus {
        if self.attaching.is_some() || self.waiting.is_some() {
            Focus::Attaching
        } else if self.failed.is_some() {
            Focus::Failed
        } else {
            match &self.joined {
                Some(joined) => joined.focus(),
                None if self.steps.is_some() => Focus::Steps,
                None => self
                    .learn
                    .as_ref()
                    .map_or(Focus::Picker, |learn| learn.focus()),
            }
        }
    }

    /// The shell of that number: of the session, or the person's own beside a lesson.
    pub(super) fn shell_mut(&mut self, id: ShellId) -> Option<&mut Shell> {
        match (&mut self.joined, &mut self.learn) {
            (Some(joined), _) => joined.shells.get_mut(id),
            (None, Some(learn)) => learn.shell_mut(id),
            (None, None) => None,
        }
    }

    /// The shell that has the keys, or would have them if the pane in sight were the shell's.
    pub fn focused_shell(&self) -> Option<&Shell> {
        match (&self.joined, &self.learn) {
            (Some(joined), _) => Some(joined.shells.focused()),
            (None, Some(learn)) => learn.in_sight()?.shell.as_ref(),
            (None, None) => None,
        }
    }

    /// The same, to change it.
    pub(super) fn focused_shell_mut(&mut self) -> Option<&mut Shell> {
        match (&mut self.joined, &mut self.learn) {
            (Some(joined), _) => Some(joined.shells.focused_mut()),
            (None, Some(learn)) => learn.in_sight_mut()?.shell.as_mut(),
            (None, None) => None,
        }
    }

    /// Whether a shell is in sight.
    pub(super) fn shows_shell(&self, id: ShellId) -> bool {
        match (&self.joined, &self.learn) {
            (Some(joined), _) => joined.pane == Pane::Shell && joined.shells.shows(id),
            (None, Some(learn)) => {
                let open = learn
                    .in_sight()
                    .filter(|open| open.large != Some(Part::Panel));
                let shell = open.and_then(|open| open.shell.as_ref());
                shell.is_some_and(|shell| shell.id() == id)
            }
            (None, None) => false,
        }
    }

    /// Whether the person's own shell beside a lesson has the keys, whatever is done in it.
    pub fn is_in_lesson_shell(&self) -> bool {
        let learn = self.learn.as_ref().filter(|_| self.joined.is_none());
        let open = learn.and_then(|learn| learn.in_sight());
        open.is_some_and(|open| open.part == Part::Shell && open.shell.is_some())
    }

    /// The docker command that does what the screen shows.
    pub fn equivalent(&self) -> Option<String> {
        let line = match (self.focus(), &self.joined) {
            (Focus::Picker, _) => Some("docker ps --all".into()),
            (Focus::Steps, _) => self.steps.as_ref().map(Steps::docker_build),
            (Focus::Entrypoint, Some(joined)) => Some(format!("docker inspect {}", joined.name)),
            (Focus::Network, Some(joined)) => {
                let twin = &joined.attached.twin.plan.name;
                Some(format!(
                    "docker exec {twin} cat /proc/net/tcp /proc/net/tcp6"
                ))
            }
            (Focus::Files | Focus::FileView, Some(joined)) => Some(files::details::by_hand(joined)),
            (Focus::Compare | Focus::CompareText, Some(_)) => compare_perform::equivalent(self),
            (Focus::Logs | Focus::LogFind, Some(joined)) if joined.is_explorer() => None,
            (Focus::Logs | Focus::LogFind, Some(_)) => logs_perform::equivalent(self),
            (Focus::Recipe | Focus::RecipeText, Some(joined)) => {
                Some(recipe_perform::equivalent(&joined.recipe))
            }
            (Focus::Processes, Some(joined)) if joined.is_explorer() => {
                Some(format!("docker top {}", joined.attached.twin.plan.name))
            }
            (Focus::Processes, Some(joined)) => Some(format!("docker top {}", joined.name)),
            (Focus::Form, Some(joined)) => {
                entrypoint_run::run_by_hand(joined, joined.entrypoint.form()?)
            }
            (Focus::Packages | Focus::Change, Some(joined)) => packages_perform::equivalent(joined),
            (_, Some(joined)) => Some(joined.attached.twin.plan.docker_run()),
            (_, None) => None,
        };
        line.map(|line| self.settings.docker.line(&line))
    }

    /// The shell's size on the screen as it is laid.
    pub(super) fn shell_size(&self) -> Size {
        Size::clamped(self.laid.shell.width, self.laid.shell.height)
    }

    /// The leader as a key event: what a program gets when the leader is meant for it.
    pub(super) fn leader_key(&self) -> KeyEvent {
        self.settings.leader.event()
    }
}
