//! What a person can ask about exploring images by name: its part of the vocabulary in [`super::action`].

use super::action::{Action, Entry, entry};
use super::keymap::Focus;

/// A wish that concerns an image without a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExploreAction {
    /// Choose an image, and open its dev image alone.
    Image,
    /// A further shell as the other user: the image's own beside root's, root's beside the image's own.
    OtherUser,
    /// The same with the image's own files over its dev image.
    Merged,
    /// Run the production image with files of the twin.
    TryInProd,
}

use ExploreAction as A;
use Focus::{
    Change, Closed, Entrypoint, Find, Form, LogFind, Logs, Network, Packages, Picker, Processes,
    Select, Shell,
};

/// Where the twin may be alive.
const ALIVE: &[Focus] = &[
    Shell, Find, Select, Closed, Packages, Change, Entrypoint, Form, Logs, LogFind, Processes,
    Network,
];

/// All of them, in the order in which palette and help list them.
#[rustfmt::skip]
pub static ALL: &[Entry] = &[
    of(A::Image, "explore-image", "Explore an image: its dev image, without a container", &[Picker]),
    of(A::TryInProd, "try-in-prod", "Try files of the twin in the production image", ALIVE),
    of(A::Merged, "merge", "Explore with the image's own files over its dev image", ALIVE),
    of(A::OtherUser, "other-user", "Open a shell as the other user: the image's own, or root", ALIVE),
];

const fn of(
    action: ExploreAction,
    name: &'static str,
    title: &'static str,
    offered: &'static [Focus],
) -> Entry {
    entry(Action::Explore(action), name, title, offered)
}
