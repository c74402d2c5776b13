//! The help: what the keymap says, place by place, as lines.

use super::keymap::Chord;
use super::keymap::{Focus, Keymap};

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    /// A heading.
    Heading(&'static str),
    /// Keys, and what they do.
    Key(String, String),
    /// An empty line.
    Gap,
}

/// The whole help, generated from the bindings: it cannot differ from what the keys do. The place in
/// which the person is comes first.
pub fn lines(keymap: &Keymap, leader: Chord, here: Focus) -> Vec<HelpLine> {
    let mut lines = vec![
        HelpLine::Heading("Everywhere"),
        HelpLine::Key(leader.to_string(), "Find a command by name".into()),
        HelpLine::Key(
            format!("{leader} {leader}"),
            "Send the leader key to the program".into(),
        ),
        HelpLine::Key(
            "Mouse".into(),
            "Click rows, tabs and hints; the wheel scrolls".into(),
        ),
    ];
    let first = std::iter::once(here);
    let rest = Focus::ALL.into_iter().filter(|focus| *focus != here);
    for focus in first.chain(rest) {
        lines.push(HelpLine::Gap);
        lines.push(HelpLine::Heading(heading(focus)));
        let mut keys: Vec<(String, &str)> = Vec::new();
        for entry in super::action::all() {
            let of_entry = keymap.bindings(focus).filter(|(_, a)| *a == entry.action);
            let names: Vec<String> = of_entry
                .map(|(chord, _)| focus.typed(chord, leader))
                .collect();
            if !names.is_empty() {
                keys.push((names.join("  "), entry.title));
            }
        }
        if focus == Focus::Picker {
            keys.push(("a…z 0…9".into(), "Type to filter by name, image or state"));
        }
        if focus == Focus::Packages {
            let what = "Type to find a name, a command, a library or a word";
            keys.push(("every other key".into(), what));
        }
        if focus == Focus::LessonAnswer {
            keys.push(("every other key".into(), "Edits your answer"));
        }
        if matches!(focus, Focus::Shell | Focus::LessonShell) {
            keys.push(("every other key".into(), "Goes to the program"));
        }
        if focus == Focus::RecipeText {
            keys.push(("every other key".into(), "Edits the text"));
        }
        if focus == Focus::Form {
            keys.push((
                "every other key".into(),
                "Edits the field, Enter presses a button",
            ));
        }
        lines.extend(keys.into_iter().map(|(k, t)| HelpLine::Key(k, t.into())));
    }
    lines
}

fn heading(focus: Focus) -> &'static str {
    match focus {
        Focus::Picker => "Containers",
        Focus::Steps => "Steps of a Dockerfile",
        Focus::Lessons => "Lessons",
        Focus::Lesson => "A lesson's text",
        Focus::LessonAnswer => "While an answer is written",
        Focus::LessonShell => "Your shell beside a lesson",
        Focus::LessonEnded => "When your shell has ended",
        Focus::Attaching => "While attaching",
        Focus::Failed => "When an attach failed",
        Focus::Shell => "Shell",
        Focus::Find => "While finding text",
        Focus::Select => "While selecting text",
        Focus::Closed => "When a further shell has ended",
        Focus::Ended => "When the shell has ended",
        Focus::Packages => "Packages",
        Focus::Change => "While packages change, and after",
        Focus::Entrypoint => "Entrypoint",
        Focus::Form => "While a command is edited",
        Focus::Logs => "Logs",
        Focus::LogFind => "While finding text in the log",
        Focus::Processes => "Processes",
        Focus::Network => "Network",
        Focus::Files => "Files",
        Focus::FileView => "While a file is open",
        Focus::Compare => "Compare",
        Focus::CompareText => "While a compared file is open",
        Focus::Recipe => "Recipe",
        Focus::RecipeText => "While a step or the Dockerfile is edited",
        Focus::Leader => "Right after the leader",
        Focus::Popup => "Popups",
    }
}
