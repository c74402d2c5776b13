//! What a person can ask for by name: the vocabulary of the palette, the help and the keymap.

use super::compare_action::{self, CompareAction};
use super::entrypoint_action::{self, EntrypointAction};
use super::explore_action::{self, ExploreAction};
use super::failing_action::{self, FailingAction};
use super::files_action::{self, FilesAction};
use super::keymap::Focus;
use super::learn_action::{self, LearnAction};
use super::logs_action::{self, LogsAction};
use super::network_action::{self, NetworkAction};
use super::packages_action::{self, PackagesAction};
use super::processes_action::{self, ProcessesAction};
use super::recipe_action::{self, RecipeAction};
use super::replica_action::{self, ReplicaAction};
use super::shell_action::{self, ShellAction};
use super::steps_action::{self, StepsAction};

/// A wish. Only wishes are bound to keys; what follows from one is decided in `perform`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Attach to the selected container.
    Attach,
    /// Choose another dev image for the selected container.
    OtherDevImage,
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
    /// Something of the shell pane.
    Shell(ShellAction),
    /// Show the packages of the twin.
    PackagesPane,
    /// Something of the packages pane.
    Packages(PackagesAction),
    /// Show the entrypoint inspector.
    EntrypointPane,
    /// Something of the entrypoint pane.
    Entrypoint(EntrypointAction),
    /// Something about exploring an image.
    Explore(ExploreAction),
    /// Something about a target that fails.
    Failing(FailingAction),
    /// Something about replicas of the target.
    Replica(ReplicaAction),
    /// Something about the steps of a Dockerfile.
    Steps(StepsAction),
    /// Something about the lessons.
    Learn(LearnAction),
    /// Show the target's log.
    LogsPane,
    /// Something of the logs pane.
    Logs(LogsAction),
    /// Show the processes.
    ProcessesPane,
    /// Something of the processes pane.
    Processes(ProcessesAction),
    /// Show the network.
    NetworkPane,
    /// Something of the network pane.
    Network(NetworkAction),
    /// Show the files.
    FilesPane,
    /// Something of the files pane.
    Files(FilesAction),
    /// Show the comparison.
    ComparePane,
    /// Something of the compare pane.
    Compare(CompareAction),
    /// Show the recipe.
    RecipePane,
    /// Something of the recipe pane.
    Recipe(RecipeAction),
    /// Say what the twin shares, and what not and why.
    Shared,
    /// Say how alike the target's image and the dev image are.
    Alike,
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

use Focus::{Attaching, Failed, Lesson, LessonAnswer, Lessons, Picker, Steps};

/// Everywhere beside a target.
const BESIDE: &[Focus] = Focus::BESIDE;

/// The list of containers, and everywhere beside a target.
pub(super) const MAIN: &[Focus] = &with::<{ BESIDE.len() + 2 }>(&[Picker, Steps]);

/// Everywhere but in popups.
const ANYWHERE: &[Focus] = &with::<{ BESIDE.len() + 7 }>(&[
    Picker,
    Attaching,
    Failed,
    Steps,
    Lessons,
    Lesson,
    LessonAnswer,
]);

/// `first`, and everywhere beside a target: `N` in all.
const fn with<const N: usize>(first: &[Focus]) -> [Focus; N] {
    let mut all = [Picker; N];
    let (mut n, more) = (0, first.len());
    while n < N {
        all[n] = if n < more { first[n] } else { BESIDE[n - more] };
        n += 1;
    }
    all
}

/// Every action, in the order in which palette and help list them.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let panes = entrypoint_action::ALL.iter().chain(packages_action::ALL);
    let shells = shell_action::FIRST.iter();
    let shells = shells.chain(packages_action::BESIDE_SHELL);
    let last = shell_action::REST.iter();
    let facts = logs_action::ALL.iter().chain(processes_action::ALL);
    let panes = panes.chain(facts).chain(network_action::ALL);
    let panes = panes.chain(files_action::ALL).chain(compare_action::ALL);
    let panes = panes.chain(recipe_action::ALL);
    let replicas = replica_action::ALL.iter();
    panes
        .chain(replicas)
        .chain(shells)
        .chain(GENERAL)
        .chain(explore_action::ALL)
        .chain(steps_action::ALL)
        .chain(learn_action::ALL)
        .chain(failing_action::ALL)
        .chain(last)
}

/// Those that belong to no pane.
static GENERAL: &[Entry] = &[
    entry(
        Action::Attach,
        "attach",
        "Attach to the selected container, or open its arena",
        &[Picker],
    ),
    entry(
        Action::OtherDevImage,
        "other-dev-image",
        "Choose another dev image",
        &[Picker, Attaching],
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
    entry(Action::ShellPane, "pane-shell", "Show the shell", BESIDE),
    entry(
        Action::PackagesPane,
        "pane-packages",
        "Packages: search, install, remove",
        BESIDE,
    ),
    entry(
        Action::EntrypointPane,
        "pane-entrypoint",
        "Show what the target runs, and what is wrong",
        BESIDE,
    ),
    entry(
        Action::LogsPane,
        "pane-logs",
        "Logs: what the target prints, and printed",
        BESIDE,
    ),
    entry(
        Action::ProcessesPane,
        "pane-processes",
        "Processes and stats of the target",
        BESIDE,
    ),
    entry(
        Action::NetworkPane,
        "pane-network",
        "Network: sockets, routes, names",
        BESIDE,
    ),
    entry(
        Action::FilesPane,
        "pane-files",
        "Files of target, twin and images",
        BESIDE,
    ),
    entry(
        Action::ComparePane,
        "pane-compare",
        "Compare the target with its dev image",
        BESIDE,
    ),
    entry(
        Action::RecipePane,
        "pane-recipe",
        "Recipe: steps, files, and the Dockerfile of them",
        BESIDE,
    ),
    entry(
        Action::Shared,
        "shared",
        "What is shared with the target, and what is not",
        BESIDE,
    ),
    entry(
        Action::Alike,
        "sibling",
        "Is it really the sibling? What differs in the dev image",
        BESIDE,
    ),
    entry(
        Action::Copy,
        "copy-command",
        "Copy the equivalent docker command",
        MAIN,
    ),
    entry(
        Action::Equivalent,
        "show-command",
        "Show the equivalent docker command",
        MAIN,
    ),
    entry(
        Action::Anew,
        "new-twin",
        "Launch a new twin for the same target",
        BESIDE,
    ),
    entry(
        Action::Leave,
        "leave",
        "Remove the twin, back to the containers",
        BESIDE,
    ),
    entry(
        Action::Dismiss,
        "dismiss",
        "Close the messages",
        &with::<{ BESIDE.len() + 4 }>(&[Picker, Steps, Lessons, Lesson]),
    ),
    entry(Action::Palette, "palette", "Find a command by name", &[]),
    entry(Action::Help, "help", "Show the keys", ANYWHERE),
    entry(Action::Quit, "quit", "Quit devtwin", ANYWHERE),
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

pub(super) const fn entry(
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
        all().find(|e| e.name == name).map(|e| e.action)
    }

    /// Its line in the palette and the help.
    pub fn title(self) -> &'static str {
        all().find(|e| e.action == self).map_or("", |e| e.title)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_titles_are_unique() {
        let names: HashSet<_> = all().map(|e| e.name).collect();
        let titles: HashSet<_> = all().map(|e| e.title).collect();
        let actions: HashSet<_> = all().map(|e| e.action).collect();
        assert_eq!(names.len(), all().count());
        assert_eq!(titles.len(), all().count());
        assert_eq!(actions.len(), all().count());
        assert_eq!(Action::named("copy-command"), Some(Action::Copy));
        assert_eq!(Action::named("nothing"), None);
    }
}
