//! Where the parts of the recipe pane stand: steps and files on the left, the Dockerfile and what is said of it on the
//! right.

use ratatui::layout::Rect;

use super::processes::{bar, inset};
use super::{below, columns, row};
use crate::app::LaidRecipe;
use crate::app::joined::Joined;
use crate::app::panes::recipe::{Part, words};

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecipePlaces {
    /// The heading of the steps.
    pub steps_head: Rect,
    /// The steps.
    pub steps: Rect,
    /// Their scroll bar.
    pub steps_bar: Rect,
    /// The heading of the files.
    pub files_head: Rect,
    /// The files.
    pub files: Rect,
    /// Their scroll bar.
    pub files_bar: Rect,
    /// The line between both sides.
    pub divider: Rect,
    /// The heading of the Dockerfile.
    pub text_head: Rect,
    /// The Dockerfile.
    pub text: Rect,
    /// Its scroll bar.
    pub text_bar: Rect,
    /// The heading of what is said of it.
    pub foot_head: Rect,
    /// What is said of it.
    pub foot: Rect,
    /// Rows of the Dockerfile when long lines are broken.
    pub lines: usize,
}

impl RecipePlaces {
    /// The rows of each part.
    pub fn parts(&self) -> [(Part, Rect); 3] {
        [
            (Part::Steps, self.steps),
            (Part::Files, self.files),
            (Part::Text, self.text),
        ]
    }

    /// What `update` needs to know.
    pub fn laid(&self) -> LaidRecipe {
        LaidRecipe {
            steps: self.steps,
            files: self.files,
            text: self.text,
            lines: self.lines,
        }
    }
}

/// The places within `area`.
pub fn places(joined: &Joined, area: Rect) -> RecipePlaces {
    let pane = &joined.recipe;
    let width = (area.width * 2 / 5).min(56);
    let left = Rect { width, ..area };
    let divider = Rect {
        x: left.right(),
        width: area.width.min(1),
        ..area
    };
    let right = Rect {
        x: divider.right(),
        width: area.width.saturating_sub(width + 1),
        ..area
    };
    // Few files leave their rows to the steps.
    let files = columns(pane.artifacts().len().max(1)).saturating_add(1);
    let files = files.clamp(2, (area.height / 2).max(2)).min(area.height);
    let upper = Rect {
        height: left.height.saturating_sub(files),
        ..left
    };
    let lower = below(left, upper.height);
    let said = words::below(pane, right.width.saturating_sub(2).into()).len();
    let foot = if said == 0 {
        0
    } else {
        columns(said).saturating_add(1).min(area.height / 2)
    };
    let over = Rect {
        height: right.height.saturating_sub(foot),
        ..right
    };
    let under = below(right, over.height);
    let (steps, files, text) = (below(upper, 1), below(lower, 1), below(over, 1));
    let text_area = inset(text);
    let lines = crate::ui::panes::recipe::rows(pane, text_area.width.into());
    RecipePlaces {
        steps_head: row(upper, 0),
        steps: inset(steps),
        steps_bar: bar(steps),
        files_head: row(lower, 0),
        files: inset(files),
        files_bar: bar(files),
        divider,
        text_head: row(over, 0),
        text: text_area,
        text_bar: bar(text),
        foot_head: row(under, 0),
        foot: inset(below(under, 1)),
        lines,
    }
}
