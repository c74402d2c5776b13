//! The hints of the status line: which there are, and where they stand.

mod learn;

use ratatui::layout::Rect;

use super::{Places, columns};
use crate::app::Model;
use crate::app::action::Action;
use crate::app::compare_action::CompareAction;
use crate::app::entrypoint_action::EntrypointAction;
use crate::app::failing_action::FailingAction;
use crate::app::files_action::FilesAction;
use crate::app::joined::Joined;
use crate::app::keymap::{Chord, Focus};
use crate::app::logs_action::LogsAction;
use crate::app::network_action::NetworkAction;
use crate::app::packages_action::PackagesAction;
use crate::app::panes::compare::Section;
use crate::app::panes::logs::Edit;
use crate::app::panes::packages::Packages;
use crate::app::popup::{Popup, SaveWhat};
use crate::app::processes_action::ProcessesAction;
use crate::app::recipe_action::RecipeAction;
use crate::app::replica_action::ReplicaAction;
use crate::app::replica_popup::ReplicaPopup;
use crate::app::replicas::Searching;
use crate::app::shell_action::ShellAction;
use crate::app::steps_action::StepsAction;
use crate::app::tasks::Attaching;
use crate::app::text::width;
use crate::app::tryout::TryPopup;
use crate::domain::packages::Verb;
use crate::domain::plan::Mode;
use crate::term::SelectKind;

/// Which hints stand in the status line, most useful first.
fn hinted(focus: Focus) -> &'static [(Action, &'static str)] {
    match focus {
        Focus::Picker => &[
            (Action::Attach, "attach"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
            (Action::Back, "quit"),
        ],
        Focus::Steps => &[
            (Action::Steps(StepsAction::Open), "shell before it"),
            (Action::Steps(StepsAction::Build), "build all"),
            (Action::Steps(StepsAction::Edit), "edit"),
            (Action::Steps(StepsAction::Output), "output"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
            (Action::Back, "back"),
        ],
        Focus::Lessons
        | Focus::Lesson
        | Focus::LessonAnswer
        | Focus::LessonShell
        | Focus::LessonEnded => learn::hinted(focus),
        Focus::Attaching => &[
            (Action::Failing(FailingAction::StartTarget), "start it"),
            (Action::Cancel, "cancel"),
            (Action::Palette, "commands"),
        ],
        Focus::Failed => &[
            (Action::Retry, "try again"),
            (Action::Quit, "quit"),
            (Action::Help, "help"),
        ],
        Focus::Shell | Focus::Leader | Focus::Popup => &[
            (Action::Palette, "commands"),
            (Action::Failing(FailingAction::Resume), "let it go on"),
            (Action::Failing(FailingAction::LetGo), "let it go"),
            (Action::Replica(ReplicaAction::Again), "run it again"),
            (Action::Failing(FailingAction::Triage), "what happened"),
            (Action::Shell(ShellAction::ScrollUp), "scroll back"),
        ],
        Focus::Find => &[
            (Action::Shell(ShellAction::FindOlder), "older"),
            (Action::Shell(ShellAction::FindNewer), "newer"),
            (Action::Shell(ShellAction::FindEnd), "close"),
        ],
        Focus::Select => &[
            (
                Action::Shell(ShellAction::Mark(SelectKind::Character)),
                "mark",
            ),
            (Action::Shell(ShellAction::Mark(SelectKind::Line)), "lines"),
            (Action::Shell(ShellAction::CopySelection), "copy"),
            (Action::Shell(ShellAction::Find), "find"),
            (Action::Shell(ShellAction::SelectEnd), "end"),
            (Action::Help, "help"),
        ],
        Focus::Closed => &[
            (Action::Replica(ReplicaAction::Again), "run again"),
            (Action::Shell(ShellAction::New), "new shell"),
            (Action::Shell(ShellAction::Close), "close"),
            (Action::Palette, "commands"),
        ],
        Focus::Packages => &[
            (Action::Packages(PackagesAction::Cancel), "cancel"),
            (Action::Accept, "install"),
            (Action::Packages(PackagesAction::Mark), "mark"),
            (Action::Packages(PackagesAction::Remove), "remove"),
            (Action::Packages(PackagesAction::Toolkits), "toolkits"),
            (Action::Palette, "commands"),
            (Action::Packages(PackagesAction::OnlyInstalled), "installed"),
            (Action::Packages(PackagesAction::Refresh), "fetch anew"),
        ],
        Focus::Change => &[
            (Action::Back, "back"),
            (Action::Packages(PackagesAction::Output), "raw output"),
            (Action::Packages(PackagesAction::CopyLine), "copy line"),
            (
                Action::Packages(PackagesAction::CopyDockerfile),
                "Dockerfile",
            ),
            (Action::ShellPane, "shell"),
        ],
        Focus::Entrypoint => &[
            (Action::Entrypoint(EntrypointAction::Run), "run"),
            (Action::Entrypoint(EntrypointAction::Edit), "edit"),
            (Action::Replica(ReplicaAction::Again), "replica"),
            (Action::Entrypoint(EntrypointAction::OtherSide), "findings"),
            (Action::Entrypoint(EntrypointAction::CopyLine), "copy"),
            (Action::Entrypoint(EntrypointAction::ListFile), "file"),
            (Action::Entrypoint(EntrypointAction::Reveal), "secrets"),
            (Action::Entrypoint(EntrypointAction::Look), "again"),
            (Action::Help, "help"),
        ],
        Focus::Form => &[
            (Action::Entrypoint(EntrypointAction::RunNow), "run"),
            (
                Action::Entrypoint(EntrypointAction::NextField),
                "next field",
            ),
            (Action::Entrypoint(EntrypointAction::CloseForm), "back"),
            (Action::Palette, "commands"),
        ],
        Focus::Processes => &[
            (Action::Processes(ProcessesAction::OtherPart), "details"),
            (Action::Processes(ProcessesAction::Signal), "signal"),
            (Action::Processes(ProcessesAction::All), "all"),
            (Action::Processes(ProcessesAction::Reveal), "secrets"),
            (Action::Processes(ProcessesAction::CopyCommand), "copy"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
            (Action::Back, "shell"),
        ],
        Focus::Network => &[
            (Action::Network(NetworkAction::Filter), "filter"),
            (Action::Network(NetworkAction::Look), "again"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
            (Action::Back, "back"),
        ],
        Focus::Compare => &[
            (Action::Compare(CompareAction::Turn(true)), "next section"),
            (Action::Compare(CompareAction::All), "all"),
            (Action::Compare(CompareAction::Swap), "other side"),
            (Action::Accept, "open"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
        ],
        Focus::CompareText => &[
            (Action::Next, "down"),
            (Action::Previous, "up"),
            (Action::Compare(CompareAction::Close), "back"),
            (Action::Help, "help"),
        ],
        Focus::Files => &[
            (Action::Accept, "open"),
            (Action::Files(FilesAction::Turn(true)), "other root"),
            (Action::Files(FilesAction::Marks), "compare"),
            (Action::Files(FilesAction::Diff), "diff"),
            (Action::Help, "help"),
            (Action::Files(FilesAction::Download), "save"),
            (Action::Palette, "commands"),
        ],
        Focus::FileView => &[
            (Action::Files(FilesAction::Text), "text"),
            (Action::Files(FilesAction::Hex), "bytes"),
            (Action::Files(FilesAction::Elf), "ELF"),
            (Action::Files(FilesAction::Diff), "diff"),
            (Action::Files(FilesAction::Download), "save"),
            (Action::Help, "help"),
            (Action::Back, "back"),
        ],
        Focus::Recipe => &[
            (Action::Recipe(RecipeAction::Verify), "verify"),
            (Action::Recipe(RecipeAction::Mark), "mark"),
            (Action::Recipe(RecipeAction::Edit), "edit"),
            (Action::Recipe(RecipeAction::Save), "save"),
            (Action::Recipe(RecipeAction::NextPart), "next part"),
            (Action::Help, "help"),
            (Action::Recipe(RecipeAction::Undo), "undo"),
            (Action::Recipe(RecipeAction::Copy), "copy"),
            (Action::Recipe(RecipeAction::Drop), "drop"),
        ],
        Focus::RecipeText => &[
            (Action::Recipe(RecipeAction::Done), "take it"),
            (Action::Palette, "commands"),
        ],
        Focus::Logs => &[
            (Action::Logs(LogsAction::Find), "find"),
            (Action::Logs(LogsAction::Times), "times"),
            (Action::Logs(LogsAction::Wrap), "wrap"),
            (Action::Logs(LogsAction::Since), "since"),
            (Action::Logs(LogsAction::More), "more"),
            (Action::Logs(LogsAction::Save), "save"),
            (Action::Help, "help"),
        ],
        Focus::LogFind => &[
            (Action::Accept, "done"),
            (Action::Previous, "older"),
            (Action::Next, "newer"),
            (Action::Logs(LogsAction::CloseLine), "close"),
        ],
        Focus::Ended => &[
            (Action::Anew, "new twin"),
            (Action::Failing(FailingAction::Arena), "arena"),
            (Action::Failing(FailingAction::Triage), "what happened"),
            (Action::Leave, "containers"),
            (Action::Quit, "quit"),
            (Action::Help, "help"),
        ],
    }
}

/// The same while a popup lies over the screen.
fn hinted_over(model: &Model, popup: &Popup) -> &'static [(Action, &'static str)] {
    match popup {
        Popup::Commands(_) => &[(Action::Accept, "copy"), (Action::Back, "close")],
        Popup::Palette(_)
        | Popup::Leaving(_)
        | Popup::Link(..)
        | Popup::Closing(..)
        | Popup::Installed(..)
        | Popup::Toolkits(_)
        | Popup::Others(_)
        | Popup::Images(_)
        | Popup::Consent(..)
        | Popup::Lesson(..)
        | Popup::RunInTarget(_)
        | Popup::Signal(..) => &[(Action::Accept, "choose"), (Action::Back, "close")],
        Popup::Try(popup) => match **popup {
            TryPopup::Ask(_) => &[(Action::Accept, "try it"), (Action::Back, "close")],
            TryPopup::Show(_) => &[
                (Action::Back, "close"),
                (Action::Previous, "scroll up"),
                (Action::Next, "scroll down"),
            ],
        },
        Popup::Replica(popup) => match **popup {
            ReplicaPopup::Volumes(_) | ReplicaPopup::Consent { .. } => {
                &[(Action::Accept, "choose"), (Action::Back, "close")]
            }
            ReplicaPopup::Search(_) if searches(model) => {
                &[(Action::Accept, "hide"), (Action::Back, "give up")]
            }
            ReplicaPopup::Search(_) => &[
                (Action::Back, "close"),
                (Action::Previous, "scroll up"),
                (Action::Next, "scroll down"),
            ],
        },
        Popup::Change(confirm) if confirm.trial.possible().is_some() => {
            &[(Action::Accept, "do it"), (Action::Back, "close")]
        }
        Popup::Change(_) | Popup::Mend => &[(Action::Back, "close")],
        Popup::Save(save) => match save.what {
            SaveWhat::Upload => &[(Action::Accept, "next"), (Action::Back, "close")],
            SaveWhat::Keep => &[(Action::Accept, "verify"), (Action::Back, "close")],
            SaveWhat::Commit => &[(Action::Accept, "make it"), (Action::Back, "close")],
            _ => &[(Action::Accept, "save"), (Action::Back, "close")],
        },
        Popup::Help(_)
        | Popup::Shared(_)
        | Popup::Alike(_)
        | Popup::Equivalent(_)
        | Popup::Certificate(_)
        | Popup::Triage(_) => &[
            (Action::Back, "close"),
            (Action::Previous, "scroll up"),
            (Action::Next, "scroll down"),
        ],
    }
}

/// Places the hints, and the equivalent command behind them.
pub(super) fn place(model: &Model, places: &mut Places) {
    let status = places.status;
    let (focus, hints) = match model.popups.last() {
        Some(popup) => (Focus::Popup, hinted_over(model, popup)),
        None => (model.focus(), hinted(model.focus())),
    };
    let mut x = status.x.saturating_add(1);
    for (action, words) in hints {
        let Some(words) = &learn::words(model, focus, *action, words) else {
            continue;
        };
        let words = match action {
            Action::Accept if focus == Focus::Packages => enter(model),
            Action::Attach if selects_arena(model) => "open an arena",
            Action::Back if focus == Focus::Change && is_running(model) => "cancel",
            Action::Back if focus != Focus::Picker => *words,
            Action::Back if model.toasts.tell_of_failure() => "close message",
            Action::Back if !model.picker.filter().is_empty() => "clear filter",
            _ => *words,
        };
        let key = match action {
            Action::Leave if model.is_alone() => continue,
            Action::Anew | Action::Failing(FailingAction::Arena)
                if focus == Focus::Ended && !may_have_twin(model) =>
            {
                continue;
            }
            Action::Failing(FailingAction::StartTarget) if !can_start(model) => continue,
            Action::Previous | Action::Next if focus == Focus::LogFind && asks_since(model) => {
                continue;
            }
            action
                if matches!(focus, Focus::Packages | Focus::Change) && is_idle(model, *action) =>
            {
                continue;
            }
            Action::Logs(LogsAction::More) if !may_load_more(model) => continue,
            Action::Accept if focus == Focus::Compare && !has_files(model) => continue,
            Action::Palette => Some(model.settings.leader),
            Action::Failing(_) | Action::Replica(_) if focus == Focus::Shell => {
                if !is_urgent(model, *action) {
                    continue;
                }
                model.settings.keymap.key(Focus::Leader, *action)
            }
            Action::Replica(ReplicaAction::Again)
                if focus == Focus::Closed && !is_replica(model) =>
            {
                continue;
            }
            action => model.settings.keymap.key(focus, *action),
        };
        let leader = model.settings.leader;
        let typed = |chord: Chord| match action {
            Action::Failing(_) | Action::Replica(_) if focus == Focus::Shell => {
                Focus::Leader.typed(chord, leader)
            }
            _ => chord.to_string(),
        };
        let Some(key) = key.map(typed) else {
            continue;
        };
        let columns = columns(width(&key) + 1 + width(words));
        // The only one of a person's own shell is cut rather than left out.
        let columns = if x == status.x.saturating_add(1) && focus == Focus::LessonShell {
            columns.min(status.right().saturating_sub(x))
        } else {
            columns
        };
        if x.saturating_add(columns) > status.right() {
            break;
        }
        let place = Rect {
            x,
            width: columns,
            ..status
        };
        places.hints.push((place, key, words, *action));
        x += columns + 3;
    }
    if model.equivalent().is_some() && model.popups.is_empty() && x + 16 < status.right() {
        places.equivalent = Rect {
            x,
            width: status.right() - x - 1,
            ..status
        };
    }
}

/// Whether rows of the compare pane's section can be opened.
fn has_files(model: &Model) -> bool {
    let joined = model.joined.as_ref();
    joined.is_some_and(|joined| joined.compare.section() == Section::Files)
}

/// Whether a person in the shell may be looking for that now: beside a target that fails.
fn is_urgent(model: &Model, action: Action) -> bool {
    let Some(joined) = &model.joined else {
        return false;
    };
    match action {
        Action::Failing(FailingAction::Resume) => joined.caught.is_some(),
        Action::Failing(FailingAction::LetGo) => joined.frozen,
        _ => joined.is_arena(),
    }
}

/// Whether another twin could be had of the target: it is still there.
fn may_have_twin(model: &Model) -> bool {
    model.joined.as_ref().is_some_and(Joined::can_have_twin)
}

/// Whether a search for what makes the target fail is on its way.
fn searches(model: &Model) -> bool {
    let joined = model.joined.as_ref();
    let search = joined.and_then(|joined| joined.replicas.search.as_ref());
    search.is_some_and(Searching::runs)
}

/// Whether the person can have the container started that a catch waits for.
fn can_start(model: &Model) -> bool {
    model.attaching.as_ref().is_some_and(Attaching::can_start)
}

/// Whether the shell that has the keys is a replica.
fn is_replica(model: &Model) -> bool {
    let joined = model.joined.as_ref();
    joined.is_some_and(|joined| joined.shells.focused().replica().is_some())
}

/// Whether the line under edit asks since when: it has nothing to go on to.
fn asks_since(model: &Model) -> bool {
    let edit = model.joined.as_ref().and_then(|j| j.logs.edit());
    matches!(edit, Some(Edit::Since(..)))
}

/// Whether there may be older lines of the log that are not here.
fn may_load_more(model: &Model) -> bool {
    let joined = model.joined.as_ref();
    joined.is_some_and(|joined| joined.logs.may_have_more())
}

fn packages(model: &Model) -> Option<&Packages> {
    model.joined.as_ref().map(|joined| &joined.packages)
}

fn is_running(model: &Model) -> bool {
    packages(model).is_some_and(|pane| pane.work.run().is_some())
}

/// Whether a hint would promise what the packages pane cannot do now.
fn is_idle(model: &Model, action: Action) -> bool {
    let Some(pane) = packages(model) else {
        return true;
    };
    let known = pane.shelf.stock().is_some();
    match action {
        Action::Accept | Action::Packages(PackagesAction::Mark | PackagesAction::Remove) => {
            pane.found.chosen().is_none()
        }
        Action::Packages(PackagesAction::Toolkits | PackagesAction::OnlyInstalled) => !known,
        Action::Packages(PackagesAction::Refresh) => pane.shelf.is_asked(),
        Action::Packages(PackagesAction::Cancel) => !pane.shelf.is_asked(),
        Action::Packages(PackagesAction::CopyLine | PackagesAction::CopyDockerfile) => {
            pane.work.recipe().is_none()
        }
        Action::Back => pane.work.run().is_some_and(|run| run.cancelling),
        _ => false,
    }
}

/// Whether the selected container would get an arena.
fn selects_arena(model: &Model) -> bool {
    let selected = model.picker.selection();
    selected.is_some_and(|row| row.mode() == Some(Mode::Arena))
}

/// What Enter does with the chosen package.
fn enter(model: &Model) -> &'static str {
    match packages(model).and_then(Packages::intent) {
        Some(change) if change.verb == Verb::Install => "install",
        Some(_) | None => "choose",
    }
}
