//! The network pane: what is sought, and sockets, routes and names in lines.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::entrypoint::{bar, write};
use crate::app::joined::Joined;
use crate::app::panes::network::words;
use crate::app::text::{clean, width};
use crate::ui::layout::network::NetworkPlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::popups;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::{Pen, sentences};

/// Draws the pane; where the cursor of the filter stands.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    let (pane, at) = (&joined.network, &places.network);
    let cursor = filter(buf, joined, at, theme);
    if pane.known().is_none() {
        said(buf, joined, at.text, theme);
        return Some(cursor);
    }
    let lines = words::lines(joined, at.text.width.into());
    let rows = usize::from(at.text.height);
    let top = pane.top(lines.len(), rows);
    for (n, line) in lines.iter().skip(top).take(rows).enumerate() {
        write(&mut Pen::new(buf, at.text, columns(n)), line, theme);
    }
    if lines.is_empty() {
        Pen::new(buf, at.text, 1).write("  Nothing here holds that. Esc clears it.", theme.muted);
    }
    bar(buf, at.bar, top, lines.len(), theme);
    Some(cursor)
}

fn filter(buf: &mut Buffer, joined: &Joined, at: &NetworkPlaces, theme: &Theme) -> Position {
    let pane = &joined.network;
    let more = match (pane.watch().error(), pane.known()) {
        (Some(_), Some(_)) => "could not look again: Ctrl-R tries".to_owned(),
        (_, Some((net, _))) if net.sockets.len() == 1 => "1 socket".to_owned(),
        (_, Some((net, _))) => format!("{} sockets", net.sockets.len()),
        (_, None) => String::new(),
    };
    let row = at.filter;
    let line = Rect {
        x: row.x + row.width.min(1),
        width: row.width.saturating_sub(columns(width(&more) + 4)),
        ..row
    };
    let hint = "port, address, process, name";
    let cursor = popups::line(buf, line, pane.filter(), hint, theme);
    Pen::new(buf, row, 0).right(&format!(" {more} "), theme.muted);
    cursor
}

/// What is said while nothing is known.
fn said(buf: &mut Buffer, joined: &Joined, area: Rect, theme: &Theme) {
    let name = &joined.name;
    let mut lines: Vec<(Style, String)> = Vec::new();
    if let Some(error) = joined.network.watch().error() {
        lines.push((theme.bad, "✗ the network could not be looked at".into()));
        lines.push((theme.strong, clean(&error.message)));
        lines.extend(error.hint.as_ref().map(|hint| (theme.muted, clean(hint))));
        lines.push((theme.key, "Ctrl-R looks again".into()));
    } else {
        lines.push((
            theme.waiting,
            format!("◌ looking at the network of {name} …"),
        ));
        lines.push((
            theme.muted,
            "by /proc, through the twin: nothing is needed in the target".into(),
        ));
    }
    let area = Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2).min(76),
        height: area.height.saturating_sub(1),
    };
    sentences(buf, area, &lines);
}
