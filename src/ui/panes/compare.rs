//! The compare pane: its sections, a list with what is said of its chosen row, or a file of both sides.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::entrypoint::{bar, write};
use crate::app::joined::Joined;
use crate::app::panes::compare::{Compare, Section, Text, details, words};
use crate::app::text::{bytes, clean, cut, cut_start, wrap};
use crate::domain::compare::Comparison;
use crate::ui::layout::compare::ComparePlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::popups;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::{Pen, sentences};

/// Draws the pane; where the cursor of the filter stands.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    let (pane, at) = (&joined.compare, &places.compare);
    sections(buf, pane, at, theme);
    if let Some(text) = pane.text() {
        file(buf, text, at, theme);
        return None;
    }
    let cursor = filter(buf, pane, at, theme);
    let waits = pane.section().needs_files() && pane.trees().is_none();
    if pane.comparison().is_none() || waits {
        said(buf, joined, at, theme);
        return Some(cursor);
    }
    list(buf, pane, at, theme);
    about(buf, pane, at, theme);
    Some(cursor)
}

fn sections(buf: &mut Buffer, pane: &Compare, at: &ComparePlaces, theme: &Theme) {
    for (place, section, label) in &at.sections {
        let style = if *section == pane.section() {
            theme.title
        } else {
            theme.muted
        };
        Pen::new(buf, *place, 0).write(label, style);
    }
    let room = usize::from(at.said.width).saturating_sub(2);
    let (text, style) = if pane.is_reading() {
        (format!("◌ {}", progress(pane)), theme.waiting)
    } else if pane.error().is_some() {
        ("✗ not all was read".to_owned(), theme.bad)
    } else {
        (String::new(), theme.muted)
    };
    Pen::new(buf, at.said, 0).right(&format!("{} ", cut(&text, room)), style);
}

/// How far reading is.
fn progress(pane: &Compare) -> String {
    match pane.streamed() {
        Some(size) => format!("files: {}", bytes(size)),
        None if pane.comparison().is_some() => "files".into(),
        None => "reading".into(),
    }
}

/// What is sought, and how both stand to each other; where the cursor stands.
fn filter(buf: &mut Buffer, pane: &Compare, at: &ComparePlaces, theme: &Theme) -> Position {
    let row = at.filter;
    let sides = pane
        .comparison()
        .map_or_else(String::new, |c| sides(c, pane));
    let line = Rect {
        x: row.x + row.width.min(1),
        width: (row.width / 3).max(30).min(row.width.saturating_sub(1)),
        ..row
    };
    let room = usize::from(row.width.saturating_sub(line.width + 3));
    let hint = match pane.section() {
        Section::Packages => "package",
        Section::Config => "setting or value",
        Section::Files => "path",
        Section::Sizes => "layer or directory",
        Section::Programs => "would this command exist?",
    };
    let cursor = popups::line(buf, line, pane.filter(), hint, theme);
    Pen::new(buf, row, 0).right(&format!("{} ", cut(&sides, room)), theme.muted);
    cursor
}

/// `prod web (acme/web:1.4) → dev acme/web:1.4-dev`.
fn sides(comparison: &Comparison, pane: &Compare) -> String {
    let one = |side: &crate::domain::compare::Side| {
        let name = clean(&side.name);
        format!("{} {name}", side.role.word())
    };
    let (left, right) = (one(&comparison.left), one(&comparison.right));
    if pane.is_swapped() {
        format!("{right} → {left}")
    } else {
        format!("{left} → {right}")
    }
}

fn list(buf: &mut Buffer, pane: &Compare, at: &ComparePlaces, theme: &Theme) {
    let room = usize::from(at.list.width);
    if let Some(titles) = words::titles(pane, room) {
        let row = Rect {
            x: at.titles.x + at.titles.width.min(1),
            width: at.list.width,
            ..at.titles
        };
        Pen::new(buf, row, 0).write(&titles, theme.muted);
    } else if let Some(note) = note(pane) {
        Pen::new(buf, at.titles, 0).write(&format!(" {note}"), theme.muted);
    }
    let rows = usize::from(at.list.height);
    let (chosen, top) = pane.at(rows);
    for (n, row) in pane.rows().iter().enumerate().skip(top).take(rows) {
        let y = columns(n - top);
        let line = words::row(pane, row, room);
        write(&mut Pen::new(buf, at.list, y), &line, theme);
        if n == chosen {
            let line = Rect {
                y: at.list.y.saturating_add(y),
                height: 1,
                ..at.list
            };
            buf.set_style(line.intersection(at.list), theme.selected);
        }
    }
    if pane.rows().is_empty() {
        for (n, line) in wrap(&empty(pane), room.min(76)).iter().enumerate() {
            Pen::new(buf, at.list, columns(n)).write(line, theme.muted);
        }
    }
    bar(buf, at.bar, top, pane.rows().len(), theme);
}

/// What the pane could not read, the first of it.
fn note(pane: &Compare) -> Option<String> {
    let notes = &pane.comparison()?.notes;
    let more = match notes.len() {
        0 => return None,
        1 => String::new(),
        n => format!(" (and {} more notes)", n - 1),
    };
    Some(format!("{}{more}", clean(notes.first()?)))
}

/// Why there is no row.
fn empty(pane: &Compare) -> String {
    if !pane.filter().is_empty() {
        return "Nothing that differs holds that. Esc clears it, Ctrl-A shows also what is the same.".into();
    }
    let Some(comparison) = pane.comparison() else {
        return String::new();
    };
    match pane.section() {
        Section::Packages => {
            let Some(packages) = &comparison.packages else {
                return "Packages were not read.".into();
            };
            let trouble = [
                (&comparison.left, &packages.left),
                (&comparison.right, &packages.right),
            ]
            .into_iter()
            .filter_map(|(side, source)| {
                let why = source.trouble.as_ref()?;
                Some(format!("{}: {}", side.role.word(), clean(why)))
            });
            let trouble: Vec<String> = trouble.collect();
            if trouble.is_empty() {
                "Both have the same packages at the same versions. Ctrl-A shows them.".into()
            } else {
                format!("No package differs. {}", trouble.join("; "))
            }
        }
        Section::Config => "Every setting is the same. Ctrl-A shows them.".into(),
        Section::Files => "All files are the same. Ctrl-A shows them.".into(),
        Section::Sizes => "No sizes are known.".into(),
        Section::Programs => "Both have the same programs.".into(),
    }
}

/// What is said of the chosen row.
fn about(buf: &mut Buffer, pane: &Compare, at: &ComparePlaces, theme: &Theme) {
    Pen::new(buf, at.details, 0).rule(0, theme.rule);
    for (n, line) in details::chosen(pane).iter().enumerate() {
        let mut pen = Pen::new(buf, at.details, columns(n + 1));
        pen.write(" ", theme.muted);
        write(&mut pen, line, theme);
    }
}

/// What is said while nothing, or no file, is known.
fn said(buf: &mut Buffer, joined: &Joined, at: &ComparePlaces, theme: &Theme) {
    let pane = &joined.compare;
    let mut lines: Vec<(Style, String)> = Vec::new();
    if let Some(error) = pane.error() {
        lines.push((theme.bad, "✗ the two sides could not be compared".into()));
        lines.push((theme.strong, clean(&error.message)));
        lines.extend(error.hint.as_ref().map(|hint| (theme.muted, clean(hint))));
        lines.push((theme.key, "Ctrl-R tries again".into()));
    } else if pane.comparison().is_none() {
        let dev = clean(&joined.attached.twin.plan.image);
        lines.push((
            theme.waiting,
            format!("◌ comparing {} with {dev} …", joined.name),
        ));
        lines.push((
            theme.muted,
            "packages and configuration come first, files when both roots have streamed by".into(),
        ));
    } else {
        lines.push((
            theme.waiting,
            format!("◌ reading the files of both: {}", progress_of(pane)),
        ));
        lines.push((
            theme.muted,
            "each root streams by once; contents are hashed on the way, and not kept".into(),
        ));
        lines.push((
            theme.key,
            "Ctrl-X gives up; packages and configuration are there already".into(),
        ));
    }
    let area = Rect {
        width: at.list.width.min(76),
        ..at.list
    };
    sentences(buf, area, &lines);
}

fn progress_of(pane: &Compare) -> String {
    pane.streamed().map_or_else(|| "…".into(), bytes)
}

/// A file of both sides.
fn file(buf: &mut Buffer, text: &Text, at: &ComparePlaces, theme: &Theme) {
    let room = usize::from(at.filter.width).saturating_sub(2);
    Pen::new(buf, at.filter, 0)
        .write(" ", theme.muted)
        .write(&cut_start(&clean(&text.path), room), theme.strong);
    let lines = details::text(text);
    let rows = usize::from(at.list.height);
    let top = text.top(lines.len(), rows);
    for (n, line) in lines.iter().skip(top).take(rows).enumerate() {
        write(&mut Pen::new(buf, at.list, columns(n)), line, theme);
    }
    bar(buf, at.bar, top, lines.len(), theme);
}
