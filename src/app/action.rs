//! What a person can ask for by name: the vocabulary of the palette, the help and the keymap.

use super::keymap::Focus;

/// A wish. Only wishes are bound to keys; what follows from one is decided in `perform`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Attach to the selected container.
    Attach,
    /// One row up.
    Previous,
    /// One row down.
    Next,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Begin to filter.
    Filter,
    /// Clear, close, or quit: one step back.
    Back,
    /// Fetch the list anew.
    Refresh,
    /// Choose the row of a popup.
    Accept,
    /// Give up the attach.
    Cancel,
    /// Try a failed attach again.
    Retry,
    /// Another twin for the same target.
    Anew,
    /// Remove the twin and go back to the containers.
    Leave,
    /// Show the shell.
    ShellPane,
    /// Scroll the shell back by a page.
    ScrollUp,
    /// Scroll the shell forward by a page.
    ScrollDown,
    /// Scroll the shell to the oldest line.
    ScrollTop,
    /// Scroll the shell to where the program writes.
    ScrollBottom,
    /// Send the leader key itself to the program.
    SendLeader,
    /// Say what the twin shares, and what not and why.
    Shared,
    /// Show the equivalent docker command in full.
    Equivalent,
    /// Copy the equivalent docker command.
    Copy,
    /// Close the toasts.
    Dismiss,
    /// Open the palette.
    Palette,
    /// Show the keys.
    Help,
    /// End the program.
    Quit,
}

/// An action's line in the table.
#[derive(Debug)]
pub struct Entry {
    /// The action.
    pub action: Action,
    /// Its name in keymap files: lower case with hyphens.
    pub name: &'static str,
    /// Its line in the palette and the help.
    pub title: &'static str,
    /// Where the palette offers it; empty for keys that only move about.
    pub offered: &'static [Focus],
}

use Focus::{Attaching, Ended, Failed, Picker, Shell};

/// Every action, in the order in which palette and help list them.
pub static ALL: &[Entry] = &[
    entry(
        Action::Attach,
        "attach",
        "Attach to the selected container",
        &[Picker],
    ),
    entry(
        Action::Refresh,
        "refresh",
        "Fetch the containers anew",
        &[Picker],
    ),
    entry(Action::Filter, "filter", "Filter the containers", &[]),
    entry(Action::Cancel, "cancel", "Cancel the attach", &[Attaching]),
    entry(Action::Retry, "retry", "Try again", &[Failed]),
    entry(
        Action::ShellPane,
        "pane-shell",
        "Show the shell",
        &[Shell, Ended],
    ),
    entry(
        Action::Shared,
        "shared",
        "What is shared with the target, and what is not",
        &[Shell, Ended],
    ),
    entry(
        Action::Copy,
        "copy-command",
        "Copy the equivalent docker command",
        &[Picker, Shell, Ended],
    ),
    entry(
        Action::Equivalent,
        "show-command",
        "Show the equivalent docker command",
        &[Picker, Shell, Ended],
    ),
    entry(
        Action::ScrollUp,
        "scroll-up",
        "Scroll back one page",
        &[Shell, Ended],
    ),
    entry(
        Action::ScrollDown,
        "scroll-down",
        "Scroll forward one page",
        &[Shell, Ended],
    ),
    entry(
        Action::ScrollTop,
        "scroll-top",
        "Scroll to the oldest line",
        &[Shell, Ended],
    ),
    entry(
        Action::ScrollBottom,
        "scroll-bottom",
        "Scroll to the newest line",
        &[Shell, Ended],
    ),
    entry(
        Action::SendLeader,
        "send-leader",
        "Send the leader key to the program",
        &[Shell],
    ),
    entry(
        Action::Anew,
        "new-twin",
        "Launch a new twin for the same target",
        &[Shell, Ended],
    ),
    entry(
        Action::Leave,
        "leave",
        "Remove the twin, back to the containers",
        &[Shell, Ended],
    ),
    entry(
        Action::Dismiss,
        "dismiss",
        "Close the messages",
        &[Picker, Shell, Ended],
    ),
    entry(Action::Palette, "palette", "Find a command by name", &[]),
    entry(
        Action::Help,
        "help",
        "Show the keys",
        &[Picker, Attaching, Failed, Shell, Ended],
    ),
    entry(
        Action::Quit,
        "quit",
        "Quit devtwin",
        &[Picker, Attaching, Failed, Shell, Ended],
    ),
    entry(
        Action::Back,
        "back",
        "One step back: clear, close, quit",
        &[],
    ),
    entry(Action::Accept, "accept", "Choose this row", &[]),
    entry(Action::Previous, "previous", "One row up", &[]),
    entry(Action::Next, "next", "One row down", &[]),
    entry(Action::PageUp, "page-up", "One page up", &[]),
    entry(Action::PageDown, "page-down", "One page down", &[]),
    entry(Action::First, "first", "To the first row", &[]),
    entry(Action::Last, "last", "To the last row", &[]),
];

const fn entry(
    action: Action,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    Entry {
        action,
        name,
        title,
        offered,
    }
}

impl Action {
    /// The action of that name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|e| e.name == name).map(|e| e.action)
    }

    /// Its line in the palette and the help.
    pub fn title(self) -> &'static str {
        ALL.iter()
            .find(|e| e.action == self)
            .map_or("", |e| e.title)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_titles_are_unique() {
        let names: HashSet<_> = ALL.iter().map(|e| e.name).collect();
        let actions: HashSet<_> = ALL.iter().map(|e| e.action).collect();
        assert_eq!(names.len(), ALL.len());
        assert_eq!(actions.len(), ALL.len());
        assert_eq!(Action::named("copy-command"), Some(Action::Copy));
        assert_eq!(Action::named("nothing"), None);
    }
}
