//! Actions that move about, wherever that is.

use super::action::Action;
use super::panes::entrypoint::Move;

/// How an action moves about; none when it does something else.
pub(super) fn movement(action: Action) -> Option<Move> {
    Some(match action {
        Action::Previous => Move::Step(false),
        Action::Next => Move::Step(true),
        Action::PageUp => Move::Page(false),
        Action::PageDown => Move::Page(true),
        Action::First => Move::End(false),
        Action::Last => Move::End(true),
        Action::Attach
        | Action::OtherDevImage
        | Action::Filter
        | Action::Refresh
        | Action::Cancel
        | Action::Retry
        | Action::Anew
        | Action::Leave
        | Action::ShellPane
        | Action::Shell(_)
        | Action::PackagesPane
        | Action::Packages(_)
        | Action::EntrypointPane
        | Action::Entrypoint(_)
        | Action::Explore(_)
        | Action::Steps(_)
        | Action::Learn(_)
        | Action::Failing(_)
        | Action::Replica(_)
        | Action::LogsPane
        | Action::Logs(_)
        | Action::ProcessesPane
        | Action::Processes(_)
        | Action::NetworkPane
        | Action::Network(_)
        | Action::FilesPane
        | Action::Files(_)
        | Action::ComparePane
        | Action::Compare(_)
        | Action::RecipePane
        | Action::Recipe(_)
        | Action::Shared
        | Action::Alike
        | Action::Equivalent
        | Action::Copy
        | Action::Dismiss
        | Action::Palette
        | Action::Help
        | Action::Back
        | Action::Accept
        | Action::Quit => return None,
    })
}
