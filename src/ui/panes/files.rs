//! The files pane: the roots, a directory with what is said of its chosen row, or an open file.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::entrypoint::{bar, write};
use crate::app::joined::Joined;
use crate::app::panes::files::view::{How, View};
use crate::app::panes::files::{Carry, Files, Row, details};
use crate::app::text::{bytes, clean, cut, cut_start, pad, width};
use crate::domain::files::beside::Mark;
use crate::domain::files::{Entry, Root, Streamed, names};
use crate::ui::layout::files::FilesPlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::popups;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::{Pen, sentences};

/// Columns of the owner, and of the size.
const OWNER: usize = 17;
const SIZE: usize = 9;
/// Columns from which on owners are shown: below, a name would have no room.
const NARROW: u16 = 60;
/// Columns from which on times are shown.
const WIDE: u16 = 96;
/// Columns from which on packages are shown.
const WIDEST: u16 = 110;
/// Columns of a package.
const PACKAGE: usize = 24;

/// Draws the pane; where the cursor of the filter stands.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    let (pane, at) = (&joined.files, &places.files);
    roots(buf, pane, at, theme);
    if let Some(view) = pane.view() {
        file(buf, view, at, theme);
        return None;
    }
    let cursor = filter(buf, pane, at, theme);
    if pane.listing().is_none() {
        said(buf, joined, at, theme);
        return Some(cursor);
    }
    list(buf, pane, at, theme);
    about(buf, pane, at, theme);
    Some(cursor)
}

fn roots(buf: &mut Buffer, pane: &Files, at: &FilesPlaces, theme: &Theme) {
    for (place, root) in &at.roots {
        let here = *root == pane.root();
        let label = if here {
            format!("[{}]", root.title())
        } else {
            format!(" {} ", root.title())
        };
        let style = if here { theme.title } else { theme.muted };
        Pen::new(buf, *place, 0).write(&label, style);
    }
    let room = usize::from(at.said.width).saturating_sub(2);
    let (text, style) = match (pane.carry(), pane.view()) {
        (Some(carry), _) => (on_its_way(carry), theme.accent),
        (None, Some(_)) => (String::new(), theme.muted),
        (None, None) => (summary(pane), theme.muted),
    };
    Pen::new(buf, at.said, 0).right(&format!("{} ", cut(&text, room)), style);
}

/// How far a copy is.
fn on_its_way(carry: &Carry) -> String {
    let done = bytes(carry.done);
    let how = match carry.total {
        Some(total) if total > 0 => {
            format!("{}%", (carry.done.saturating_mul(100) / total).min(100))
        }
        Some(_) | None => done,
    };
    format!("{} {how} · Ctrl-X gives up", carry.what)
}

/// How many entries there are, and how many differ.
fn summary(pane: &Files) -> String {
    let Some(listing) = pane.listing() else {
        return String::new();
    };
    let mut parts = Vec::new();
    if let Some((differ, here, there)) = pane.marked() {
        parts.push(format!("≠ {differ}  + {here}  − {there}"));
    } else {
        match pane.marks() {
            Some(Ok(())) => parts.push(format!("◌ looking into {}", pane.root().other().words())),
            Some(Err(_)) => parts.push(format!(
                "no such directory in {}",
                pane.root().other().words()
            )),
            None => {}
        }
    }
    if listing.cut {
        parts.push(format!("the first {}", listing.entries.len()));
    } else {
        parts.push(match listing.entries.len() {
            1 => "1 entry".into(),
            n => format!("{n} entries"),
        });
    }
    parts.join(" · ")
}

/// The directory and what is sought in it; where the cursor stands.
fn filter(buf: &mut Buffer, pane: &Files, at: &FilesPlaces, theme: &Theme) -> Position {
    let row = at.filter;
    let dir = cut_start(&names::shown(pane.shown_dir()), usize::from(row.width / 2));
    let mut pen = Pen::new(buf, row, 0);
    let wait = if pane.is_going() { "◌" } else { " " };
    pen.write(wait, theme.waiting).write(&dir, theme.strong);
    let used = columns(width(&dir) + 2);
    let line = Rect {
        x: row.x + used.min(row.width),
        width: row.width.saturating_sub(used),
        ..row
    };
    popups::line(buf, line, pane.filter(), "name", theme)
}

fn list(buf: &mut Buffer, pane: &Files, at: &FilesPlaces, theme: &Theme) {
    let mut titles = format!("   {:10}  ", "mode");
    if at.list.width >= NARROW {
        let _ = write!(titles, "{:OWNER$}", "owner");
    }
    let _ = write!(titles, "{:>SIZE$}", "size");
    if at.list.width >= WIDE {
        let _ = write!(titles, "  {:16}", "changed (UTC)");
    }
    if at.list.width >= WIDEST {
        let _ = write!(titles, "  {:PACKAGE$}", "package");
    }
    titles.push_str("  name");
    Pen::new(buf, at.titles, 0).write(&titles, theme.muted);
    let rows = usize::from(at.list.height);
    let (chosen, top) = pane.at(rows);
    for (n, row) in pane.rows().iter().enumerate().skip(top).take(rows) {
        let y = columns(n - top);
        entry(&mut Pen::new(buf, at.list, y), pane, *row, at, theme);
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
        let text = if pane.filter().is_empty() {
            "  An empty directory."
        } else {
            "  No name here holds that. Esc clears it."
        };
        Pen::new(buf, at.list, 0).write(text, theme.muted);
    }
    bar(buf, at.bar, top, pane.rows().len(), theme);
}

fn entry(pen: &mut Pen<'_>, pane: &Files, row: Row, at: &FilesPlaces, theme: &Theme) {
    let (Some(entry), Some(listing)) = (pane.entry(row), pane.listing()) else {
        pen.write("  ", theme.muted).write("..", theme.strong);
        return;
    };
    let theirs = matches!(row, Row::There(_));
    let mark = pane.mark(row).map_or(' ', Mark::sign);
    let tint = match mark {
        '+' => theme.good,
        '−' => theme.bad,
        _ => theme.waiting,
    };
    // Owners of the other side have names there that may be other people's here.
    let owner = if theirs {
        format!("{}:{}", entry.uid, entry.gid)
    } else {
        details::owner(entry, listing)
    };
    let owners = if at.list.width >= NARROW { OWNER } else { 0 };
    pen.write(&format!("{mark} "), tint)
        .write(&entry.mode_word(), mode(entry, theme))
        .write("  ", theme.muted)
        .write(&pad(&cut(&owner, owners), owners), theme.muted)
        .write(&format!("{:>SIZE$}", details::size(entry)), theme.muted);
    if at.list.width >= WIDE {
        pen.write(
            &format!("  {}", pad(&details::time(entry), 16)),
            theme.muted,
        );
    }
    if at.list.width >= WIDEST {
        let all = listing.packages.as_ref();
        let package = all.and_then(|all| all.get(&entry.name)).filter(|_| !theirs);
        let package = package.map_or_else(String::new, |name| clean(name));
        let text = format!("  {}", pad(&cut(&package, PACKAGE), PACKAGE));
        pen.write(&text, theme.muted);
    }
    let (name, leads) = details::name(entry);
    let style = if theirs { theme.muted } else { theme.strong };
    pen.write("  ", theme.muted);
    let name = cut(&name, pen.room());
    pen.write(&name, style);
    let leads = cut(&leads, pen.room());
    pen.write(&leads, theme.muted);
}

/// What stands out: programs with the rights of others.
fn mode(entry: &Entry, theme: &Theme) -> Style {
    if entry.is_program() && entry.mode & 0o6000 != 0 {
        theme.waiting
    } else {
        theme.muted
    }
}

/// What is said of the chosen row.
fn about(buf: &mut Buffer, pane: &Files, at: &FilesPlaces, theme: &Theme) {
    Pen::new(buf, at.details, 0).rule(0, theme.rule);
    for (n, line) in details::chosen(pane).iter().enumerate() {
        let mut pen = Pen::new(buf, at.details, columns(n + 1));
        pen.write(" ", theme.muted);
        write(&mut pen, line, theme);
    }
}

/// What is said while the directory is not known.
fn said(buf: &mut Buffer, joined: &Joined, at: &FilesPlaces, theme: &Theme) {
    let pane = &joined.files;
    let mut lines: Vec<(Style, String)> = Vec::new();
    let root = pane.root();
    if let Some(error) = pane.error() {
        lines.push((
            theme.bad,
            format!("✗ {} could not be looked at", names::shown(pane.dir())),
        ));
        lines.push((theme.strong, clean(&error.message)));
        lines.extend(error.hint.as_ref().map(|hint| (theme.muted, clean(hint))));
        lines.push((
            theme.key,
            "Ctrl-R looks again, Tab goes to another root".into(),
        ));
    } else if root.is_image() {
        let how_far = match pane.streamed() {
            Some(Streamed {
                bytes: size,
                entries,
            }) => {
                format!("{}, {entries} entries so far", bytes(size))
            }
            None => "the engine begins to send it".into(),
        };
        lines.push((
            theme.waiting,
            format!("◌ reading {}: {how_far}", root.words()),
        ));
        lines.push((theme.muted, IMAGE.into()));
        lines.push((
            theme.key,
            "Ctrl-X gives up, Tab goes to another root".into(),
        ));
    } else {
        lines.push((theme.waiting, format!("◌ looking into {} …", root.words())));
        if root == Root::Target {
            lines.push((
                theme.muted,
                "through the twin: nothing is run, written or needed in the target".into(),
            ));
        }
    }
    let area = Rect {
        width: at.list.width.min(76),
        ..at.list
    };
    sentences(buf, area, &lines);
}

/// How an image is read.
const IMAGE: &str = "from a container of it that is never started; its files stream by once, and only what stands where \
is kept";

fn file(buf: &mut Buffer, view: &View, at: &FilesPlaces, theme: &Theme) {
    let (wide, tall) = (usize::from(at.list.width), usize::from(at.list.height));
    let how = match view.how() {
        How::Text => "text",
        How::Hex => "bytes",
        How::Elf => "ELF",
        How::Diff => "diff",
    };
    let (how, diff) = match view.how() {
        How::Diff => (format!("{how} with {}", view.root.other().words()), true),
        How::Text | How::Hex => (
            format!(
                "{how} · byte {} of {} · {}%",
                view.top(),
                view.size,
                view.share()
            ),
            false,
        ),
        How::Elf => (format!("{how} · {}", bytes(view.size)), false),
    };
    let row = at.filter;
    let room = usize::from(row.width).saturating_sub(width(&how) + 4);
    let path = cut_start(&names::shown(&view.path), room);
    Pen::new(buf, row, 0)
        .write(" ", theme.muted)
        .write(&path, theme.strong)
        .write(" ", theme.muted)
        .right(&format!("{how} "), theme.muted);
    if let Some(error) = &view.error {
        let text = format!("✗ {}", clean(&error.message));
        let mut lines = vec![(theme.bad, text)];
        lines.extend(error.hint.as_ref().map(|hint| (theme.muted, clean(hint))));
        lines.push((
            theme.key,
            "r looks again, Esc goes back to the directory".into(),
        ));
        for (n, (style, line)) in lines.iter().enumerate() {
            Pen::new(buf, at.list, columns(n)).write(&cut(line, wide), *style);
        }
        return;
    }
    if view.how() == How::Elf || diff {
        let lines = if diff {
            details::diff(view)
        } else {
            details::elf(view)
        };
        let top = view.line(lines.len(), tall);
        for (n, line) in lines.iter().skip(top).take(tall).enumerate() {
            write(&mut Pen::new(buf, at.list, columns(n)), line, theme);
        }
        bar(buf, at.bar, top, lines.len(), theme);
        return;
    }
    let rows = view.rows(wide, tall);
    for (n, line) in rows.iter().enumerate() {
        Pen::new(buf, at.list, columns(n)).write(line, theme.strong);
    }
    if rows.is_empty() {
        let text = if view.size == 0 && view.wants().is_empty() {
            "An empty file."
        } else {
            "◌ reading …"
        };
        Pen::new(buf, at.list, 0).write(text, theme.waiting);
    }
}
