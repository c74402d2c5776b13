//! Which key asks for which action where, read from `assets/keymap.toml` and the person's own file;
//! hints, palette and help read it backwards.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;
use crate::domain::error::{Error, ErrorKind, Result};

const DEFAULTS: &str = include_str!("../../assets/keymap.toml");

/// Where keys go: each has its own table in the keymap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The list of containers.
    Picker,
    /// An attach on its way.
    Attaching,
    /// An attach that failed, with nothing to go back to.
    Failed,
    /// A live shell.
    Shell,
    /// The line of a search in the shell.
    Find,
    /// Text in the shell is being selected.
    Select,
    /// A further shell that has ended; its twin lives.
    Closed,
    /// The twin's own shell has ended, and the twin with it.
    Ended,
    /// The packages pane: its search.
    Packages,
    /// A change of packages that runs or has run.
    Change,
    /// The entrypoint pane.
    Entrypoint,
    /// The form of the entrypoint pane.
    Form,
    /// The logs pane.
    Logs,
    /// The line of a search in the log.
    LogFind,
    /// The processes pane.
    Processes,
    /// The network pane.
    Network,
    /// The files pane: a directory.
    Files,
    /// An open file.
    FileView,
    /// The compare pane.
    Compare,
    /// A file of both sides of the comparison.
    CompareText,
    /// The steps of a Dockerfile.
    Steps,
    /// The list of lessons.
    Lessons,
    /// The text of a lesson.
    Lesson,
    /// The answer to a lesson's question under edit.
    LessonAnswer,
    /// The person's own shell beside a lesson.
    LessonShell,
    /// The same after its end.
    LessonEnded,
    /// The recipe pane.
    Recipe,
    /// A text of the recipe pane under edit.
    RecipeText,
    /// The palette, right after the leader.
    Leader,
    /// The topmost popup.
    Popup,
}

impl Focus {
    /// Every focus, in the order of the help.
    pub const ALL: [Self; 30] = [
        Self::Picker,
        Self::Attaching,
        Self::Failed,
        Self::Shell,
        Self::Find,
        Self::Select,
        Self::Closed,
        Self::Ended,
        Self::Packages,
        Self::Change,
        Self::Entrypoint,
        Self::Form,
        Self::Logs,
        Self::LogFind,
        Self::Processes,
        Self::Network,
        Self::Files,
        Self::FileView,
        Self::Compare,
        Self::CompareText,
        Self::Steps,
        Self::Lessons,
        Self::Lesson,
        Self::LessonAnswer,
        Self::LessonShell,
        Self::LessonEnded,
        Self::Recipe,
        Self::RecipeText,
        Self::Leader,
        Self::Popup,
    ];

    /// Everywhere beside a target.
    pub const BESIDE: &'static [Self] = &[
        Self::Shell,
        Self::Find,
        Self::Select,
        Self::Closed,
        Self::Ended,
        Self::Packages,
        Self::Change,
        Self::Entrypoint,
        Self::Form,
        Self::Logs,
        Self::LogFind,
        Self::Processes,
        Self::Network,
        Self::Files,
        Self::FileView,
        Self::Compare,
        Self::CompareText,
        Self::Recipe,
        Self::RecipeText,
    ];

    /// Its table's name in keymap files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Picker => "picker",
            Self::Attaching => "attaching",
            Self::Failed => "failed",
            Self::Shell => "shell",
            Self::Find => "find",
            Self::Select => "select",
            Self::Closed => "closed",
            Self::Ended => "ended",
            Self::Packages => "packages",
            Self::Change => "change",
            Self::Entrypoint => "entrypoint",
            Self::Form => "form",
            Self::Logs => "logs",
            Self::LogFind => "log-find",
            Self::Processes => "processes",
            Self::Network => "network",
            Self::Files => "files",
            Self::FileView => "file-view",
            Self::Compare => "compare",
            Self::CompareText => "compare-text",
            Self::Steps => "steps",
            Self::Lessons => "lessons",
            Self::Lesson => "lesson",
            Self::LessonAnswer => "lesson-answer",
            Self::LessonShell => "lesson-shell",
            Self::LessonEnded => "lesson-ended",
            Self::Recipe => "recipe",
            Self::RecipeText => "recipe-text",
            Self::Leader => "leader",
            Self::Popup => "popup",
        }
    }

    /// How a person types a chord here, in words: those of the palette come behind the leader.
    pub fn typed(self, chord: Chord, leader: Chord) -> String {
        match self {
            Self::Leader => format!("{leader} {chord}"),
            Self::Picker
            | Self::Attaching
            | Self::Failed
            | Self::Shell
            | Self::Find
            | Self::Select
            | Self::Closed
            | Self::Ended
            | Self::Packages
            | Self::Change
            | Self::Entrypoint
            | Self::Form
            | Self::Logs
            | Self::LogFind
            | Self::Processes
            | Self::Network
            | Self::Files
            | Self::FileView
            | Self::Compare
            | Self::CompareText
            | Self::Steps
            | Self::Lessons
            | Self::Lesson
            | Self::LessonAnswer
            | Self::LessonShell
            | Self::LessonEnded
            | Self::Recipe
            | Self::RecipeText
            | Self::Popup => chord.to_string(),
        }
    }
}

/// A key with its modifiers, such that one key of the keyboard is one chord however the terminal told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys that have a name: in files, on the screen, and to crossterm.
const NAMED: [(&str, &str, KeyCode); 16] = [
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("tab", "Tab", KeyCode::Tab),
    ("backtab", "Shift-Tab", KeyCode::BackTab),
    ("space", "Space", KeyCode::Char(' ')),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
    ("insert", "Ins", KeyCode::Insert),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("pageup", "PgUp", KeyCode::PageUp),
    ("pagedown", "PgDn", KeyCode::PageDown),
];

impl Chord {
    /// The default leader, Ctrl-].
    pub const LEADER: Self = Self {
        code: KeyCode::Char(']'),
        modifiers: KeyModifiers::CONTROL,
    };

    /// The chord of a key event. Without the kitty protocol Ctrl with `\ ] ^ _` arrives as Ctrl with
    /// 4 to 7 (terminal.md §3); capitals arrive with and without Shift.
    pub fn of(key: &KeyEvent) -> Self {
        let mut modifiers =
            key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        if code == KeyCode::BackTab {
            // Shift is in its name already; most terminals tell of it, too.
            modifiers -= KeyModifiers::SHIFT;
        }
        if let KeyCode::Char(c) = code {
            modifiers -= KeyModifiers::SHIFT;
            if modifiers.contains(KeyModifiers::CONTROL) {
                code = KeyCode::Char(match c {
                    '4' => '\\',
                    '5' => ']',
                    '6' => '^',
                    '7' => '_',
                    other => other.to_ascii_lowercase(),
                });
            }
        }
        Self { code, modifiers }
    }

    /// Reads `ctrl-]`, `alt-1`, `shift-pageup`, `f5`, `?`.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::new(ErrorKind::Usage, format!("there is no key `{text}`")).hint(
                "write for example ctrl-], alt-1, shift-pageup, f5, enter, or a single character",
            )
        };
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        let known = [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ];
        while let Some((after, modifier)) = known
            .iter()
            .find_map(|(name, m)| rest.strip_prefix(name).map(|after| (after, *m)))
            .filter(|(after, _)| !after.is_empty())
        {
            rest = after;
            modifiers |= modifier;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => NAMED
                .iter()
                .find(|(name, _, _)| *name == rest)
                .map(|(_, _, code)| *code)
                .or_else(|| rest.strip_prefix('f')?.parse().ok().map(KeyCode::F))
                .ok_or_else(bad)?,
        };
        Ok(Self::of(&KeyEvent::new(code, modifiers)))
    }

    /// The key event of this chord.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Whether it types a character: such a key belongs to the filter once there is text in it.
    pub fn types(self) -> bool {
        matches!(self.code, KeyCode::Char(_))
            && !self
                .modifiers
                .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
    }

    /// The digit of Alt-1 to Alt-9, which are kept for panes.
    pub fn pane(self) -> Option<usize> {
        let KeyCode::Char(c @ '1'..='9') = self.code else {
            return None;
        };
        let digit = c.to_digit(10).map(|d| d as usize);
        digit.filter(|_| self.modifiers == KeyModifiers::ALT)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "Ctrl-"),
            (KeyModifiers::ALT, "Alt-"),
            (KeyModifiers::SHIFT, "Shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((_, shown, _)) = NAMED.iter().find(|(_, _, code)| *code == self.code) {
            return f.write_str(shown);
        }
        if let KeyCode::Char(c) = self.code {
            let ctrl = self.modifiers.contains(KeyModifiers::CONTROL);
            return f.write_char(if ctrl { c.to_ascii_uppercase() } else { c });
        }
        write!(f, "{}", self.code)
    }
}

/// All bindings, in the order of the files.
#[derive(Debug, Clone, Default)]
pub struct Keymap(Vec<(Focus, Chord, Action)>);

/// Bindings as files hold them: place → key → action.
type Table = BTreeMap<String, BTreeMap<String, String>>;

impl Keymap {
    /// The bindings of `assets/keymap.toml`.
    pub fn defaults() -> Self {
        Self::default().over(DEFAULTS).unwrap_or_default()
    }

    /// These bindings with those of a file's text over them.
    ///
    /// Fails with `Usage` on text that is not TOML, and on places, keys and actions that do not exist.
    pub fn over(self, text: &str) -> Result<Self> {
        let table: Table = toml::from_str(text).map_err(|e| {
            Error::new(ErrorKind::Usage, format!("keymap: {}", e.message()))
                .hint("write tables of key = \"action\", as `devtwin config` prints them")
        })?;
        self.over_table(&table)
    }

    /// These bindings with others over them: place → key → action.
    ///
    /// Fails with `Usage` on places, keys and actions that do not exist.
    pub fn over_table(mut self, table: &Table) -> Result<Self> {
        let no = |what: String, hint: String| Error::new(ErrorKind::Usage, what).hint(hint);
        for (place, bindings) in table {
            let focus = Focus::ALL
                .into_iter()
                .find(|f| f.name() == *place)
                .ok_or_else(|| {
                    let all = Focus::ALL.map(Focus::name).join(", ");
                    no(
                        format!("keymap: there is no place [{place}]"),
                        format!("places: {all}"),
                    )
                })?;
            for (key, name) in bindings {
                let chord = Chord::parse(key)?;
                self.0.retain(|(f, c, _)| (*f, *c) != (focus, chord));
                if name == "none" {
                    continue;
                }
                let action = Action::named(name).ok_or_else(|| {
                    no(
                        format!("keymap: there is no action `{name}`"),
                        "the help lists the actions; \"none\" frees a key".into(),
                    )
                })?;
                self.0.push((focus, chord, action));
            }
        }
        Ok(self)
    }

    /// What a key asks for.
    pub fn action(&self, focus: Focus, chord: Chord) -> Option<Action> {
        self.0
            .iter()
            .find(|(f, c, _)| (*f, *c) == (focus, chord))
            .map(|(_, _, action)| *action)
    }

    /// The key to name in a hint: of several the shortest, and a named key before a letter with Ctrl.
    pub fn key(&self, focus: Focus, action: Action) -> Option<Chord> {
        self.0
            .iter()
            .filter(|(f, _, a)| (*f, *a) == (focus, action))
            .map(|(_, chord, _)| *chord)
            .min_by_key(|chord| (chord.modifiers.bits().count_ones(), chord.types()))
    }

    /// All bindings of one place, in order.
    pub fn bindings(&self, focus: Focus) -> impl Iterator<Item = (Chord, Action)> {
        self.0
            .iter()
            .filter(move |(f, _, _)| *f == focus)
            .map(|(_, chord, action)| (*chord, *action))
    }
}

#[cfg(test)]
mod tests;
