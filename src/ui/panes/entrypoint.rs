//! The entrypoint pane: what runs on one side, what is wrong with it on the other, or the form over both.

mod form;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::joined::Joined;
use crate::app::panes::entrypoint::blocks::{self, Ink, Line};
use crate::app::panes::entrypoint::findings::count_words;
use crate::app::panes::entrypoint::{Entrypoint, Side};
use crate::app::text::{clean, cut, width, wrap};
use crate::domain::call::Call;
use crate::ui::layout::entrypoint::{EntrypointPlaces, SidePlaces};
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the pane; where the cursor of a field stands.
pub fn draw(
    buf: &mut Buffer,
    joined: &Joined,
    docker: &Call,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let pane = &joined.entrypoint;
    let at = &places.entrypoint;
    if let (Some(open), Some(places)) = (pane.form(), &at.form) {
        return form::draw(buf, (joined, open), docker, places, theme);
    }
    if pane.report().is_none() {
        said(buf, joined, at.said, theme);
        return None;
    }
    sides(buf, joined, at, theme);
    None
}

/// What is said while nothing is known.
fn said(buf: &mut Buffer, joined: &Joined, area: Rect, theme: &Theme) {
    let area = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4).min(76),
        height: area.height.saturating_sub(1),
    };
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| {
        let wrapped = wrap(&clean(text), area.width.into());
        lines.extend(wrapped.into_iter().map(|line| (line, style)));
    };
    let name = &joined.name;
    if let Some(error) = joined.entrypoint.error() {
        say(
            &format!("✗ the entrypoint of {name} could not be looked at"),
            theme.bad,
        );
        say(&error.message, theme.strong);
        if let Some(hint) = &error.hint {
            say(hint, theme.muted);
        }
        say("", theme.muted);
        say("r tries again", theme.key);
    } else {
        say(
            &format!("◌ looking at the entrypoint of {name} …"),
            theme.waiting,
        );
        say(
            "its configuration, and the files that it names; nothing is run",
            theme.muted,
        );
    }
    for (n, (line, style)) in lines.iter().enumerate() {
        Pen::new(buf, area, columns(n)).write(line, *style);
    }
}

fn sides(buf: &mut Buffer, joined: &Joined, at: &EntrypointPlaces, theme: &Theme) {
    let pane = &joined.entrypoint;
    let count = pane.report().map(count_words).unwrap_or_default();
    let looking = if pane.is_looking() {
        "looking again …"
    } else {
        ""
    };
    for (which, place, title, more) in [
        (Side::Chain, &at.chain, "What runs", looking),
        (Side::Findings, &at.findings, "Findings", count.as_str()),
    ] {
        heading(buf, place.head, title, more, pane.side() == which, theme);
        side(buf, pane, which, place, theme);
    }
    for y in at.divider.top()..at.divider.bottom() {
        buf.set_string(at.divider.x, y, "│", theme.rule);
    }
}

/// A heading with a line to its end; that of the side that has the keys stands out, also without colour.
pub(super) fn heading(
    buf: &mut Buffer,
    row: Rect,
    title: &str,
    more: &str,
    keys: bool,
    theme: &Theme,
) {
    let (sign, style) = if keys {
        ("▸", theme.accent)
    } else {
        ("─", theme.rule)
    };
    let mut pen = Pen::new(buf, row, 0);
    pen.write(sign, style)
        .write(" ", style)
        .write(title, if keys { theme.title } else { theme.muted })
        .write(" ", style);
    if !more.is_empty() {
        let more = cut(more, pen.room().saturating_sub(2));
        pen.write(&more, theme.strong).write(" ", style);
    }
    pen.rule(0, theme.rule);
}

fn side(buf: &mut Buffer, pane: &Entrypoint, which: Side, place: &SidePlaces, theme: &Theme) {
    let area = place.rows;
    let all = pane.blocks(which, area.width.into());
    let mut list = pane.list(which);
    list.fit(&all, area.height.into());
    let (from, to) = blocks::span(&all, list.at);
    let lines = all.iter().flat_map(|block| &block.lines).enumerate();
    let view = lines.skip(list.top).take(area.height.into());
    for (row, (n, line)) in view.enumerate() {
        let row = columns(row);
        write(&mut Pen::new(buf, area, row), line, theme);
        // Of a finding its heading is enough: a whole page the other way round cannot be read.
        let marked = match which {
            Side::Chain => (from..to).contains(&n),
            Side::Findings => n == from,
        };
        if marked && pane.side() == which {
            let line = Rect {
                y: area.y.saturating_add(row),
                height: 1,
                ..area
            };
            buf.set_style(line.intersection(area), theme.selected);
        }
    }
    bar(buf, place.bar, list.top, blocks::lines(&all), theme);
}

/// How much lies above and below the view; nothing when all is in it.
pub(super) fn bar(buf: &mut Buffer, bar: Rect, top: usize, all: usize, theme: &Theme) {
    let rows = usize::from(bar.height);
    if all <= rows || rows == 0 || bar.width == 0 {
        return;
    }
    let thumb = (rows * rows / all).clamp(1, rows);
    let first = (rows - thumb) * top / (all - rows).max(1);
    for n in 0..rows {
        let on = (first..first + thumb).contains(&n);
        let (sign, style) = if on {
            ("█", theme.accent)
        } else {
            ("│", theme.rule)
        };
        buf.set_string(bar.x, bar.y.saturating_add(columns(n)), sign, style);
    }
}

/// Writes a line of a block.
pub(in crate::ui) fn write(pen: &mut Pen<'_>, line: &Line, theme: &Theme) {
    for (ink, text) in line.iter().filter(|(_, text)| width(text) > 0) {
        pen.write(text, style(*ink, theme));
    }
}

pub(super) fn style(ink: Ink, theme: &Theme) -> Style {
    match ink {
        Ink::Strong => theme.strong,
        Ink::Muted => theme.muted,
        Ink::Name => theme.key,
        Ink::Rule => theme.rule,
        Ink::Good => theme.good,
        Ink::Waiting => theme.waiting,
        Ink::Bad => theme.bad,
        Ink::Accent => theme.accent,
    }
}
