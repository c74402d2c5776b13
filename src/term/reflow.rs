//! Changing the emulator's size without hiding what is in sight.

use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::Line;
use alacritty_terminal::term::Term;

use super::Grid;
use super::guest::Outbox;
use super::lines::is_alternate;
use crate::domain::Size;

/// Changes the size. Where lines take more rows than before, the emulator pushes the first ones into the
/// history, even with empty rows below the cursor; those rows are used up first.
pub(super) fn resize(term: &mut Term<Outbox>, size: Size) {
    let before = term.history_size();
    term.resize(Grid(size));
    if is_alternate(term) || term.grid().display_offset() > 0 {
        return;
    }
    let pushed = term.history_size().saturating_sub(before);
    let spare = pushed.min(empty_below_cursor(term));
    let rows = usize::from(size.rows.get());
    let Ok(more) = u16::try_from(rows + spare) else {
        return;
    };
    if spare > 0 {
        // More rows take lines back out of the history; fewer rows drop empty ones at the bottom.
        term.resize(Grid(Size::clamped(size.cols.get(), more)));
        term.resize(Grid(size));
    }
}

/// Rows at the bottom in which nothing stands, below the cursor.
fn empty_below_cursor(term: &Term<Outbox>) -> usize {
    let (grid, last) = (term.grid(), term.screen_lines());
    let first = usize::try_from(grid.cursor.point.line.0 + 1).unwrap_or(last);
    let empty = |row: &usize| {
        let line = Line(i32::try_from(*row).unwrap_or(i32::MAX));
        grid[line].is_clear()
    };
    (first..last).rev().take_while(empty).count()
}
