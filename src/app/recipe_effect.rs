//! What the recipe pane asks of the runtime, and what it is told.

use super::TaskId;
use crate::domain::error::Result;
use crate::domain::recipe::Found;
use crate::domain::recipe::verify::{News, Order, Verified};
use crate::domain::recorder::Record;
use crate::domain::target::ContainerId;

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipeEffect {
    /// Write down what was recorded of a twin of that session.
    Keep {
        /// The session that the twin belongs to.
        session: String,
        /// Which twin.
        twin: ContainerId,
        /// What was recorded.
        record: Box<Record>,
    },
    /// Look at a twin for its recipe: exactly one [`RecipeTold::Found`], unless it is cancelled.
    Look {
        /// Its number.
        task: TaskId,
        /// Which twin.
        twin: ContainerId,
        /// What was recorded.
        record: Box<Record>,
    },
    /// Build, run and compare: [`RecipeTold::News`], then exactly one [`RecipeTold::Verified`], also when it is cancelled.
    Verify {
        /// Its number.
        task: TaskId,
        /// What.
        order: Box<Order>,
    },
    /// Make an image of a twin: exactly one [`RecipeTold::Committed`].
    Commit {
        /// Its number.
        task: TaskId,
        /// Which twin.
        twin: ContainerId,
        /// The name of the image.
        name: String,
    },
}

/// A fact.
#[derive(Debug)]
pub enum RecipeTold {
    /// What a recipe is made of.
    Found(Result<Box<Found>>),
    /// A verification moved on; may be dropped in a flood.
    News(News),
    /// A verification came to its end.
    Verified(Result<Box<Verified>>),
    /// An image was made of the twin, by that name, or could not be.
    Committed(String, Result<()>),
}
