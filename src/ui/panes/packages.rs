//! The packages pane: the search with what it found and what is said of it, or a change that runs or has run.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::attaching::gauge;
use super::entrypoint::{bar, heading, style, write};
use crate::app::joined::Joined;
use crate::app::packages_action::PackagesAction;
use crate::app::panes::entrypoint::blocks::{Ink, Line};
use crate::app::panes::packages::found::{Found, Row, Standing};
use crate::app::panes::packages::{Packages, details, words};
use crate::app::text::{cut, pad, width};
use crate::app::{Model, package_key, package_note};
use crate::domain::packages::Trouble;
use crate::ui::layout::packages::PackagesPlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::popups;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns of a gauge at most.
const GAUGE: usize = 50;

/// Draws the pane; where the cursor of the search stands.
pub fn draw(
    buf: &mut Buffer,
    model: &Model,
    joined: &Joined,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let (pane, at) = (&joined.packages, &places.packages);
    if pane.work.is_open() {
        change(buf, pane, at, theme);
        return None;
    }
    let cursor = search(buf, pane, at.search, theme);
    if let Some((ink, text)) = package_note(model, joined) {
        let mut pen = Pen::new(buf, at.note, 0);
        let text = cut(&text, pen.room().saturating_sub(2));
        pen.write(" ", theme.muted).write(&text, style(ink, theme));
    }
    if pane.found.rows().is_empty() {
        said(buf, model, joined, at.said, theme);
        return Some(cursor);
    }
    list(buf, &pane.found, at, theme);
    divider(buf, pane, at.divider, theme);
    let alive = !joined.shells.main().has_ended();
    let lines = details::lines(pane, alive, at.details.width.into());
    text(buf, &lines, 0, at.details, theme);
    if let Some(last) = at.details.height.checked_sub(1)
        && lines.len() > usize::from(at.details.height)
    {
        Pen::new(buf, at.details, last).right("…", theme.muted);
    }
    Some(cursor)
}

fn search(buf: &mut Buffer, pane: &Packages, row: Rect, theme: &Theme) -> Position {
    let counts = counts(pane);
    let lead = Rect {
        x: row.x + row.width.min(1),
        width: row.width.saturating_sub(1),
        ..row
    };
    let line = Rect {
        width: lead.width.saturating_sub(columns(width(&counts) + 3)),
        ..lead
    };
    let hint = "name, command, library or word";
    let at = popups::line(buf, line, pane.found.line(), hint, theme);
    Pen::new(buf, row, 0).right(&format!(" {counts} "), theme.muted);
    at
}

fn counts(pane: &Packages) -> String {
    let Some(stock) = pane.shelf.stock() else {
        return String::new();
    };
    let found = &pane.found;
    let (shown, here) = (found.total(), stock.installed.packages.len());
    let mut parts = Vec::new();
    if !found.marks().is_empty() {
        parts.push(format!("{} marked", found.marks().len()));
    }
    parts.push(match (found.is_only(), found.line().is_empty()) {
        (true, true) => format!("only the {here} installed"),
        (true, false) => format!("{shown} of {here} installed"),
        (false, false) => format!("{shown} of {} packages", found.all()),
        (false, true) => format!("{}, {here} installed", words::count(found.all())),
    });
    parts.join(" · ")
}

/// Lines of text from number `top` on.
fn text(buf: &mut Buffer, lines: &[Line], top: usize, area: Rect, theme: &Theme) {
    for (n, line) in lines.iter().skip(top).take(area.height.into()).enumerate() {
        write(&mut Pen::new(buf, area, columns(n)), line, theme);
    }
}

/// What is said where there is no list.
fn said(buf: &mut Buffer, model: &Model, joined: &Joined, area: Rect, theme: &Theme) {
    let pane = &joined.packages;
    let area = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4).min(76),
        height: area.height.saturating_sub(1),
    };
    let refresh = package_key(model, PackagesAction::Refresh);
    let only = package_key(model, PackagesAction::OnlyInstalled);
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |ink: Ink, text: &str| {
        lines.extend(words::hung(ink, "", ink, text, area.width.into()));
    };
    let mut troubles: &[Trouble] = &[];
    match pane.shelf.stock() {
        _ if joined.shells.main().has_ended() => {
            say(Ink::Bad, "✗ the twin has ended");
            say(
                Ink::Muted,
                "its packages went with it; launch a new twin to install some",
            );
        }
        None => match (pane.shelf.error(), pane.shelf.doing()) {
            (_, Some(doing)) => {
                say(Ink::Waiting, &format!("◌ {doing}"));
                say(Ink::Muted, "once in this session; you can type meanwhile");
            }
            (Some(error), None) => {
                say(Ink::Bad, "✗ it is not known what can be installed");
                say(Ink::Strong, &error.message);
                if let Some(hint) = &error.hint {
                    say(Ink::Muted, hint);
                }
                say(Ink::Muted, "");
                say(Ink::Name, &format!("{refresh} tries again"));
            }
            (None, None) => say(Ink::Muted, "nothing is known yet"),
        },
        Some(stock) if stock.catalogue.is_empty() && !pane.found.is_only() => {
            say(Ink::Bad, "✗ no index of packages could be read");
            say(
                Ink::Muted,
                &format!("{refresh} fetches the indexes, {only} shows what is installed"),
            );
            troubles = &stock.troubles;
        }
        Some(_) => {
            say(
                Ink::Strong,
                "No package is called like that, provides it or says it.",
            );
            if pane.found.is_only() {
                say(
                    Ink::Muted,
                    &format!("Only installed packages are shown: {only} shows all."),
                );
            } else {
                say(
                    Ink::Muted,
                    &format!("{refresh} fetches the indexes anew, Esc clears the search."),
                );
            }
        }
    }
    lines.extend(words::troubles(troubles, area.width.into()));
    text(buf, &lines, 0, area, theme);
}

/// Widths of the list's columns; the description takes what the others leave.
struct Columns {
    name: usize,
    version: usize,
    size: usize,
}

impl Columns {
    fn of(rows: &[Row], room: usize) -> Self {
        let widest = |text: fn(&Row) -> &String, least: usize, most: usize| {
            let widths = rows.iter().map(|row| width(text(row)));
            widths.max().unwrap_or(0).clamp(least, most)
        };
        Self {
            name: widest(|row| &row.name, 4, (room * 3 / 10).max(8)),
            version: widest(|row| &row.version, 7, 12),
            size: 9,
        }
    }
}

fn list(buf: &mut Buffer, found: &Found, at: &PackagesPlaces, theme: &Theme) {
    let high = usize::from(at.list.height);
    let (top, chosen) = found.view(high);
    let seen = found.rows().get(top..).unwrap_or_default();
    let seen = seen.get(..high.min(seen.len())).unwrap_or_default();
    let widths = Columns::of(seen, at.list.width.into());
    let cells = |name: &str, version: &str, size: &str| {
        format!(
            "{}  {}  {:>3$}  ",
            pad(name, widths.name),
            pad(version, widths.version),
            size,
            widths.size
        )
    };
    Pen::new(buf, at.heads, 0).write(
        &format!("    {}ABOUT", cells("NAME", "VERSION", "SIZE")),
        theme.muted,
    );
    for (n, row) in seen.iter().enumerate() {
        let is_chosen = top + n == chosen;
        let mark = found.is_marked(&row.package.name);
        let mut pen = Pen::new(buf, at.list, columns(n));
        let here = match row.standing {
            Standing::Absent => theme.muted,
            Standing::Here(_) => theme.good,
            Standing::Older(_) => theme.waiting,
            Standing::Broken(_) => theme.bad,
        };
        pen.write(if is_chosen { "▌" } else { " " }, theme.accent)
            .write(if mark { "*" } else { " " }, theme.key)
            .write(row.standing.sign(), here)
            .write(" ", theme.muted)
            .write(&pad(&row.name, widths.name), theme.strong)
            .write("  ", theme.muted)
            .write(&pad(&row.version, widths.version), theme.muted)
            .write(&format!("  {:>1$}  ", row.size, widths.size), theme.muted);
        let (about, style) = match &row.why {
            Some(why) => (why, theme.accent),
            None => (&row.about, theme.muted),
        };
        let about = cut(about, pen.room());
        pen.write(&about, style);
        if is_chosen {
            let line = Rect {
                y: at.list.y.saturating_add(columns(n)),
                height: 1,
                ..at.list
            };
            buf.set_style(line.intersection(at.list), theme.selected);
        }
    }
}

fn divider(buf: &mut Buffer, pane: &Packages, area: Rect, theme: &Theme) {
    if area.width == 1 {
        for y in area.top()..area.bottom() {
            buf.set_string(area.x, y, "│", theme.rule);
        }
        return;
    }
    let name = pane.found.chosen().map_or("", |row| row.name.as_str());
    let mut pen = Pen::new(buf, area, 0);
    let name = cut(name, pen.room().saturating_sub(6));
    pen.write("── ", theme.rule)
        .write(&name, theme.strong)
        .write(" ", theme.rule)
        .rule(0, theme.rule);
}

fn change(buf: &mut Buffer, pane: &Packages, at: &PackagesPlaces, theme: &Theme) {
    let work = &pane.work;
    let change = work.run().map(|run| &run.change);
    let change = change.or(work.ended().map(|ended| &ended.change));
    let title = change.map(words::title).unwrap_or_default();
    let more = if work.is_raw() { "· raw output" } else { "" };
    heading(buf, at.head, &title, more, true, theme);
    if let Some(run) = work.run() {
        let mut pen = Pen::new(buf, at.gauge, 0);
        pen.write(" ", theme.muted);
        let room = pen.room().saturating_sub(8).min(GAUGE);
        if let Some((done, all)) = run.gauge() {
            for (piece, style) in gauge(done, all, room, theme) {
                pen.write(&piece, style);
            }
            let share = done.min(all) * 100 / all.max(1);
            pen.write(&format!("  {share} %"), theme.strong);
        } else {
            pen.write(&"░".repeat(room), theme.rule);
        }
        let sign: (&str, Style) = if run.cancelling {
            ("◌ ", theme.waiting)
        } else {
            ("▸ ", theme.accent)
        };
        let mut pen = Pen::new(buf, at.gauge, 1);
        pen.write(" ", theme.muted).write(sign.0, sign.1);
        let now = cut(&run.now(), pen.room());
        pen.write(&now, theme.strong);
    }
    let (lines, top) = work.lines(at.text.width.into(), at.text.height.into());
    text(buf, &lines, top, at.text, theme);
    bar(buf, at.bar, top, lines.len(), theme);
}
