//! Where the parts of the lessons stand: the list with what is said of the chosen one, or a lesson's text beside the
//! person's own shell.

use ratatui::layout::Rect;

use super::shells::{bar, foot};
use super::{Places, below, columns, list_and_preview, row};
use crate::app::learn::{Learn, Open, Part, panel};

/// Columns from which on text and shell stand side by side: a shell of 66 columns beside it is still one to work in.
const WIDE: u16 = 110;
/// Columns of the text beside the shell, at least and at most.
const PANEL: (u16, u16) = (40, 56);
/// Rows of the text above the shell, at least, and rows of the shell below it at least.
const LEAST: (u16, u16) = (7, 4);

/// Where the parts of a lesson stand.
#[derive(Debug, Clone, Default)]
pub struct LearnPlaces {
    /// Which step it is, and how many are done.
    pub title: Rect,
    /// Title and text: what a click gives the keys to.
    pub panel: Rect,
    /// The rows of the text.
    pub text: Rect,
    /// The line of the answer.
    pub line: Rect,
    /// The line between text and shell, when they stand side by side.
    pub divider: Rect,
    /// The title of the shell, when it stands below the text.
    pub shell_title: Rect,
}

/// Sets the places of the lessons.
pub(super) fn place(learn: &Learn, places: &mut Places) {
    match learn.in_sight() {
        None => list(learn, places),
        Some(open) => {
            lesson(learn, open, places);
            if let Some(shell) = &open.shell
                && !places.shell.is_empty()
            {
                places.shells.grids.push((shell.id(), places.shell));
                let bars = bar(shell, places.shell).map(|bar| (shell.id(), bar));
                places.shells.bars.extend(bars);
                if shell.has_ended() && !shell.is_reading() {
                    let foot = foot(places.shell);
                    places.shells.ended.push((shell.id(), foot));
                }
            }
        }
    }
}

fn list(learn: &Learn, places: &mut Places) {
    (places.list, places.preview) = list_and_preview(places.shell, learn.lessons.len(), 12);
}

/// Whether the text is read: then it lies over the upper rows of the shell, as far as it needs them. The shell keeps its
/// size, so that nothing in it is drawn anew. Who writes an answer may look for it in the shell.
fn reads(open: &Open) -> bool {
    open.part == Part::Panel && open.line.is_none() && open.shell.is_some()
}

fn lesson(learn: &Learn, open: &Open, places: &mut Places) {
    // The row of the bar belongs to the text: rows are scarce.
    let body = Rect {
        y: places.bar.y,
        height: places.status.y.saturating_sub(places.bar.y),
        ..places.shell
    };
    places.bar = Rect::default();
    let (text, shell) = match open.large {
        Some(Part::Panel) => (body, Rect::default()),
        Some(Part::Shell) => (Rect::default(), body),
        None if body.width >= WIDE => {
            let wide = (body.width * 36 / 100).clamp(PANEL.0, PANEL.1);
            places.learn.divider = Rect {
                x: body.x + wide,
                width: 1,
                ..body
            };
            let panel = Rect {
                width: wide,
                ..body
            };
            let shell = Rect {
                x: body.x + wide + 1,
                width: body.width - wide - 1,
                ..body
            };
            (panel, shell)
        }
        None => {
            let high = (body.height * 2 / 5).max(LEAST.0);
            let most = body.height.saturating_sub(LEAST.1);
            let high = high.min(most).max(2);
            let read = if reads(open) {
                let rows = panel(learn, usize::from(body.width.saturating_sub(2)));
                columns(rows.rows.len() + 1).clamp(high, most.max(high))
            } else {
                high
            };
            let panel = Rect {
                height: read.min(body.height),
                ..body
            };
            places.learn.shell_title = row(below(body, read), 0);
            (panel, below(body, high + 1))
        }
    };
    places.shell = shell;
    places.learn.panel = text;
    if text.is_empty() {
        return;
    }
    places.learn.title = row(text, 0);
    let text = below(text, 1);
    let mut text = Rect {
        x: text.x + 1,
        width: text.width.saturating_sub(2),
        ..text
    };
    if open.line.is_some() && text.height > 1 {
        text.height -= 1;
        places.learn.line = Rect {
            y: text.bottom(),
            height: 1,
            ..text
        };
    }
    places.learn.text = text;
}
