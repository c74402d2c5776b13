//! The recipe pane: steps and files on the left, the Dockerfile on the right, and what is said of it below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::entrypoint::{bar, heading, style, write};
use crate::app::area::{Area, Row};
use crate::app::joined::Joined;
use crate::app::panes::recipe::highlight;
use crate::app::panes::recipe::words;
use crate::app::panes::recipe::{Editing, Part, Recipe};
use crate::app::text::{clean, wrap};
use crate::ui::layout::recipe::RecipePlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the pane; where the cursor of a text under edit stands.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    let (pane, at) = (&joined.recipe, &places.recipe);
    for y in at.divider.top()..at.divider.bottom() {
        let left = y == at.files_head.y;
        let sign = match (left, y == at.foot_head.y) {
            _ if y == at.text_head.y => "┬",
            (true, true) => "┼",
            (true, false) => "┤",
            (false, true) => "├",
            (false, false) => "│",
        };
        buf.set_string(at.divider.x, y, sign, theme.rule);
    }
    steps(buf, pane, at, theme);
    files(buf, pane, at, theme);
    foot(buf, pane, at, theme);
    text(buf, pane, at, theme)
}

fn chosen(buf: &mut Buffer, area: Rect, row: u16, theme: &Theme) {
    let line = Rect {
        y: area.y.saturating_add(row),
        height: 1,
        ..area
    };
    buf.set_style(line.intersection(area), theme.selected);
}

fn steps(buf: &mut Buffer, pane: &Recipe, at: &RecipePlaces, theme: &Theme) {
    let keys = pane.part() == Part::Steps && pane.editing().is_none();
    let all = pane.record().steps().len();
    let count = if all == 0 {
        String::new()
    } else {
        all.to_string()
    };
    heading(buf, at.steps_head, "Steps", &count, keys, theme);
    if all == 0 {
        let text = "Nothing ran yet. Commands of the shell and changes of packages come here.";
        said(buf, at.steps, text, theme);
        return;
    }
    let rows = usize::from(at.steps.height);
    let (chosen_at, top) = pane.at(Part::Steps, rows);
    for n in top..all.min(top + rows) {
        let row = columns(n - top);
        if let Some(line) = words::step(pane, n, at.steps.width.into()) {
            write(&mut Pen::new(buf, at.steps, row), &line, theme);
        }
        if n == chosen_at && pane.part() == Part::Steps {
            chosen(buf, at.steps, row, theme);
        }
    }
    bar(buf, at.steps_bar, top, all, theme);
}

fn files(buf: &mut Buffer, pane: &Recipe, at: &RecipePlaces, theme: &Theme) {
    let keys = pane.part() == Part::Files;
    let all = pane.artifacts();
    let more = if pane.is_looking() {
        "looking …".into()
    } else {
        all.len().to_string()
    };
    heading(buf, at.files_head, "Files that it made", &more, keys, theme);
    if let Some(error) = pane.error() {
        said(
            buf,
            at.files,
            &format!("✗ {}", clean(&error.message)),
            theme,
        );
        return;
    }
    if all.is_empty() {
        let text = if pane.found().is_some() {
            "None so far."
        } else {
            ""
        };
        said(buf, at.files, text, theme);
        return;
    }
    let rows = usize::from(at.files.height);
    let (chosen_at, top) = pane.at(Part::Files, rows);
    for (n, artifact) in all.iter().enumerate().skip(top).take(rows) {
        let row = columns(n - top);
        let line = words::file(pane, artifact, at.files.width.into());
        write(&mut Pen::new(buf, at.files, row), &line, theme);
        if n == chosen_at && keys {
            chosen(buf, at.files, row, theme);
        }
    }
    bar(buf, at.files_bar, top, all.len(), theme);
}

fn said(buf: &mut Buffer, area: Rect, text: &str, theme: &Theme) {
    for (n, line) in wrap(text, area.width.into()).iter().enumerate() {
        Pen::new(buf, area, columns(n)).write(line, theme.muted);
    }
}

fn foot(buf: &mut Buffer, pane: &Recipe, at: &RecipePlaces, theme: &Theme) {
    if at.foot_head.is_empty() || at.foot.is_empty() {
        return;
    }
    let title = match pane.verifying().map(|verifying| &verifying.result) {
        None => "Notes",
        Some(None) => "Verifying; Esc gives it up",
        Some(Some(Ok(report))) => report.word(),
        Some(Some(Err(_))) => "It does not hold",
    };
    heading(buf, at.foot_head, title, "", false, theme);
    let lines = words::below(pane, at.foot.width.into());
    for (n, line) in lines.iter().take(at.foot.height.into()).enumerate() {
        write(&mut Pen::new(buf, at.foot, columns(n)), line, theme);
    }
}

/// The rows of the Dockerfile in so many columns: long lines are broken.
fn broken(pane: &Recipe, width: usize) -> Vec<Row> {
    let area = Area::at_top(&pane.dockerfile());
    area.rows(width)
}

/// How many rows those are.
pub fn rows(pane: &Recipe, width: usize) -> usize {
    broken(pane, width).len()
}

fn text(buf: &mut Buffer, pane: &Recipe, at: &RecipePlaces, theme: &Theme) -> Option<Position> {
    if let Some((editing, area)) = pane.editing() {
        return edited(buf, *editing, area, at, theme);
    }
    let keys = pane.part() == Part::Text;
    let mut more = Vec::new();
    if pane.is_pinned() {
        more.push("pinned");
    }
    if pane.is_own() {
        more.push("edited; w writes it anew");
    }
    heading(
        buf,
        at.text_head,
        "Dockerfile",
        &more.join(" · "),
        keys,
        theme,
    );
    if pane.found().is_none() {
        let text = match pane.error() {
            Some(error) => error.hint.clone().unwrap_or_else(|| "r looks again".into()),
            None => "◌ looking at what the session made …".into(),
        };
        said(buf, at.text, &clean(&text), theme);
        return None;
    }
    let all = broken(pane, at.text.width.into());
    let rows = usize::from(at.text.height);
    let top = pane
        .at(Part::Text, rows)
        .1
        .min(all.len().saturating_sub(rows));
    let source = pane.dockerfile();
    let lines: Vec<&str> = source.lines().collect();
    for (n, row) in all.iter().skip(top).take(rows).enumerate() {
        inked(buf, at.text, columns(n), row, &lines, theme);
    }
    bar(buf, at.text_bar, top, all.len(), theme);
    None
}

/// Writes a row of a Dockerfile in its inks.
fn inked(buf: &mut Buffer, area: Rect, n: u16, row: &Row, lines: &[&str], theme: &Theme) {
    let line = lines.get(row.line).copied().unwrap_or_default();
    let before = row.line.checked_sub(1).and_then(|before| lines.get(before));
    let continued = before.is_some_and(|before| {
        before.trim_end().ends_with('\\') && !before.trim_start().starts_with('#')
    });
    let bytes = |chars: usize| {
        line.char_indices()
            .nth(chars)
            .map_or(line.len(), |(at, _)| at)
    };
    let (from, to) = (bytes(row.from), bytes(row.from + row.text.chars().count()));
    let mut pen = Pen::new(buf, area, n);
    for (range, ink) in highlight::line(line, continued) {
        let (start, end) = (range.start.max(from), range.end.min(to));
        if let Some(piece) = line.get(start..end).filter(|_| start < end) {
            pen.write(&clean(piece), style(ink, theme));
        }
    }
}

fn edited(
    buf: &mut Buffer,
    editing: Editing,
    area: &Area,
    at: &RecipePlaces,
    theme: &Theme,
) -> Option<Position> {
    let title = match editing {
        Editing::Step(_) => "Edit the step",
        Editing::Text => "Edit the Dockerfile",
    };
    heading(buf, at.text_head, title, "Esc takes it", true, theme);
    let view = area.view(at.text, true);
    let lines: Vec<&str> = area.lines().iter().map(String::as_str).collect();
    for (n, row) in view.rows.iter().enumerate() {
        if editing == Editing::Text {
            inked(buf, at.text, columns(n), row, &lines, theme);
        } else {
            Pen::new(buf, at.text, columns(n)).write(&clean(&row.text), theme.strong);
        }
    }
    let (x, y) = view.cursor?;
    let at_cursor = Position::new(
        at.text.x.saturating_add(columns(x)),
        at.text.y.saturating_add(columns(y)),
    );
    at.text.contains(at_cursor).then_some(at_cursor)
}
