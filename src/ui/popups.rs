//! Popups: the palette, help, what is shared, the equivalent command, and the question on leaving.

mod commands;
mod failing;
mod files;
mod images;
mod learn;
mod mend;
mod others;
mod packages;
mod palette;
mod replica;
mod signal;
mod tryout;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use super::layout::columns;
use super::theme::Theme;
use super::widgets::margin;
use super::widgets::pen::Pen;
use crate::app::help::{self, HelpLine};
use crate::app::joined::{SharedLine, shared};
use crate::app::line::Line;
use crate::app::panes::packages::words;
use crate::app::popup::{
    CloseChoice, ConsentChoice, LinkChoice, Palette, Popup, TargetChoice, offset,
};
use crate::app::text::{clean, pad, width, wrap, wrap_to};
use crate::app::{
    Model, alike_lines, choices, confirm_lines, installed_choices, kits, triage_lines,
};
use crate::domain::plan::Weight;

/// Lines of an address at most: all of one that a person would still read.
const ADDRESS_LINES: usize = 12;

/// What a run in the target means.
const IN_TARGET: &str = "The command runs in the container under study, beside its own program. It shares its \
files, ports and limits, and what it writes stays there.";

/// Most rows of the palette that show at once.
const PALETTE_ROWS: usize = 16;

/// Where a popup stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// With its border.
    pub outer: Rect,
    /// Its rows that can be chosen, or its text.
    pub rows: Rect,
    /// How many of the rows can be chosen.
    pub choices: u16,
}

/// The place of the topmost popup.
pub fn place(model: &Model, area: Rect) -> Option<Place> {
    let popup = model.popups.last()?;
    let widest = area.width.saturating_sub(4);
    let wide = match popup {
        Popup::Palette(_) | Popup::Save(_) | Popup::Consent(..) => 72,
        Popup::Help(_) | Popup::Signal(..) => 76,
        Popup::Shared(_) | Popup::Alike(_) | Popup::Change(_) => 78,
        Popup::Equivalent(_) => 100,
        Popup::Leaving(_) | Popup::Closing(..) | Popup::Installed(..) => 56,
        Popup::RunInTarget(_) => 68,
        Popup::Replica(_) => replica::WIDE,
        Popup::Lesson(..) | Popup::Certificate(_) => learn::WIDE,
        Popup::Try(_) => tryout::WIDE,
        Popup::Mend => mend::WIDE,
        Popup::Commands(_) | Popup::Link(..) | Popup::Images(_) => 90,
        Popup::Toolkits(_) | Popup::Triage(_) | Popup::Others(_) => 110,
    }
    .min(widest);
    let inner = usize::from(wide.saturating_sub(4));
    // Rows, and lines that stand above and below them.
    let (rows, above, below) = match popup {
        Popup::Palette(palette) => {
            let all = Palette::new(palette.from).found().len();
            (all.min(PALETTE_ROWS), 2, 0)
        }
        Popup::Help(_) => (help_lines(model).len(), 0, 0),
        Popup::Shared(_) => (shared(model, inner).len(), 0, 0),
        Popup::Triage(_) => (triage_lines(model, inner).len(), 0, 0),
        Popup::Alike(_) => (alike_lines(model, inner).len(), 0, 0),
        Popup::Consent(consent, _) => {
            let above = failing::above(consent, &model.settings.docker, inner);
            (ConsentChoice::ALL.len(), above, 0)
        }
        Popup::Equivalent(_) => (command(model, inner).len(), 0, 2),
        Popup::Lesson(asked, _) => {
            let (rows, above) = learn::size(model, asked, inner);
            (rows, above, 0)
        }
        Popup::Certificate(_) => (learn::done(model, inner).len(), 0, 0),
        Popup::Leaving(_) => (choices(model).len(), 2, 0),
        Popup::Commands(_) => (commands::ran(model).count().clamp(1, PALETTE_ROWS), 0, 0),
        Popup::Save(_) => (1, 2, 0),
        Popup::Closing(..) => (CloseChoice::ALL.len(), 2, 0),
        Popup::Replica(popup) => replica::rows(model, popup, inner),
        Popup::Try(popup) => tryout::rows(model, popup, inner),
        Popup::Mend => mend::rows(model, inner),
        Popup::RunInTarget(_) => {
            let lines = wrap(IN_TARGET, inner).len();
            (TargetChoice::ALL.len(), lines + 1, 0)
        }
        Popup::Change(confirm) => {
            let foot = if confirm.trial.possible().is_some() {
                2
            } else {
                0
            };
            (confirm_lines(model, confirm, inner).len(), 0, foot)
        }
        Popup::Installed(names, _) => (installed_choices(model, names).len(), 2, 0),
        Popup::Toolkits(_) => (kits(model).len().clamp(1, PALETTE_ROWS), 0, 0),
        Popup::Signal(sending, _) => {
            let (rows, above) = signal::size(model, sending, inner);
            (rows, above, 0)
        }
        Popup::Others(others) => (others.rows().len(), 0, others::BELOW),
        Popup::Images(_) => (PALETTE_ROWS, 2, 0),
        Popup::Link(uri, _) => (LinkChoice::ALL.len(), address(uri, inner).len() + 1, 0),
    };
    let high = columns(rows + above + below + 2).min(area.height.saturating_sub(2));
    let outer = Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + (area.height - high) / 3,
        width: wide,
        height: high,
    };
    let rows = Rect {
        x: outer.x.saturating_add(2),
        y: outer.y.saturating_add(1 + columns(above)),
        width: wide.saturating_sub(4),
        height: high.saturating_sub(2 + columns(above + below)),
    }
    .intersection(area);
    let choices = match popup {
        Popup::Palette(palette) => {
            let left = palette.found().len()
                - palette
                    .offset(rows.height.into())
                    .min(palette.found().len());
            columns(left).min(rows.height)
        }
        Popup::Commands(at) => {
            let left = commands::ran(model)
                .skip(offset(*at, rows.height.into()))
                .count();
            columns(left).min(rows.height)
        }
        Popup::Toolkits(at) => {
            let all = kits(model).len();
            columns(all - offset(*at, rows.height.into()).min(all)).min(rows.height)
        }
        Popup::Replica(popup) => columns(popup.rows().len()).min(rows.height),
        Popup::Images(images) => images::in_sight(images, rows.height),
        Popup::Others(others) => {
            let all = others.rows().len();
            columns(all - offset(others.chosen, rows.height.into()).min(all)).min(rows.height)
        }
        Popup::Leaving(_)
        | Popup::Link(..)
        | Popup::Closing(..)
        | Popup::Installed(..)
        | Popup::Consent(..)
        | Popup::Lesson(..)
        | Popup::RunInTarget(_)
        | Popup::Signal(..) => rows.height,
        Popup::Help(_)
        | Popup::Triage(_)
        | Popup::Shared(_)
        | Popup::Alike(_)
        | Popup::Equivalent(_)
        | Popup::Save(_)
        | Popup::Try(_)
        | Popup::Mend
        | Popup::Certificate(_)
        | Popup::Change(_) => 0,
    };
    Some(Place {
        outer,
        rows,
        choices,
    })
}

fn help_lines(model: &Model) -> Vec<HelpLine> {
    help::lines(&model.settings.keymap, model.settings.leader, model.focus())
}

fn command(model: &Model, columns: usize) -> Vec<String> {
    wrap(&clean(&model.equivalent().unwrap_or_default()), columns)
}

/// What stands at the border of a popup.
fn title(model: &Model, popup: &Popup) -> Cow<'static, str> {
    let title = match popup {
        Popup::Palette(_) => " Commands ",
        Popup::Help(_) => " Keys ",
        Popup::Shared(_) => " What the twin shares ",
        Popup::Equivalent(_) => " Equivalent docker command ",
        Popup::Leaving(_) => " A twin is running ",
        Popup::Commands(_) => " Commands of this session, the newest first ",
        Popup::Save(save) => files::title(save.what),
        Popup::Link(..) => " Link ",
        Popup::Closing(..) => " Something runs in this shell ",
        Popup::RunInTarget(_) => " In the target itself? ",
        Popup::Replica(popup) => replica::title(popup),
        Popup::Try(_) => " Try in production ",
        Popup::Mend => return Cow::Owned(mend::title(model)),
        Popup::Change(confirm) => {
            let asks = if confirm.trial.possible().is_some() {
                "?"
            } else {
                ""
            };
            let title = words::title(confirm.trial.change());
            return Cow::Owned(format!(" {title}{asks} "));
        }
        Popup::Signal(sending, _) => return Cow::Owned(signal::title(sending)),
        Popup::Installed(..) => " What becomes of it? ",
        Popup::Triage(_) => " What happened ",
        Popup::Alike(_) => " Is it really the sibling? ",
        Popup::Consent(consent, _) => consent.title(),
        Popup::Lesson(asked, _) => asked.title(),
        Popup::Certificate(_) => " What you have done ",
        Popup::Toolkits(_) => " Toolkits: Enter installs what is missing of one ",
        Popup::Others(_) => " Which dev image? ",
        Popup::Images(_) => " Explore which image? ",
    };
    Cow::Borrowed(title)
}

/// Draws the topmost popup; where the cursor belongs, when it has one.
pub fn draw(buf: &mut Buffer, model: &Model, place: &Place, theme: &Theme) -> Option<Position> {
    let popup = model.popups.last()?;
    Clear.render(place.outer, buf);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent)
        .title_style(theme.title)
        .title(title(model, popup))
        .render(place.outer, buf);
    let rows = place.rows;
    match popup {
        Popup::Palette(palette) => {
            return Some(palette::draw(buf, model, palette, place, theme));
        }
        Popup::Help(at) => {
            let lines = help_lines(model);
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                let mut pen = Pen::new(buf, rows, columns(n));
                match line {
                    HelpLine::Heading(words) => pen.write(words, theme.title),
                    HelpLine::Key(keys, words) => pen
                        .write(&pad(keys, 24), theme.key)
                        .write("  ", theme.muted)
                        .write(words, theme.muted),
                    HelpLine::Gap => &mut pen,
                };
            }
        }
        Popup::Shared(at) => {
            let lines = shared(model, rows.width.into());
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                shared_line(&mut Pen::new(buf, rows, columns(n)), line, theme);
            }
        }
        Popup::Triage(at) | Popup::Alike(at) => {
            let lines = match popup {
                Popup::Alike(_) => alike_lines(model, rows.width.into()),
                _ => triage_lines(model, rows.width.into()),
            };
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                failing::line(&mut Pen::new(buf, rows, columns(n)), line, theme);
            }
        }
        Popup::Consent(consent, at) => {
            failing::question(buf, consent, &model.settings.docker, rows, theme);
            let choices = ConsentChoice::ALL.map(|c| (c.key(), consent.answer(c)));
            answers(buf, rows, choices, *at, theme);
        }
        Popup::Equivalent(at) => {
            let lines = command(model, rows.width.into());
            scroll_hint(buf, place, *at, lines.len(), theme);
            for (n, line) in lines.iter().skip(*at).take(rows.height.into()).enumerate() {
                Pen::new(buf, rows, columns(n)).write(line, theme.strong);
            }
            foot(buf, rows, [("y", "copy"), ("Esc", "close")], theme);
        }
        Popup::Commands(at) => commands::draw(buf, model, rows, *at, theme),
        Popup::Save(save) => {
            let what = files::words(save.what);
            Pen::new(buf, above(rows, 2), 0).write(what, theme.muted);
            return Some(line(buf, rows, &save.line, "", theme));
        }
        Popup::Link(uri, at) => {
            let lines = address(uri, rows.width.into());
            let top = above(rows, columns(lines.len() + 1));
            for (n, line) in lines.iter().enumerate() {
                Pen::new(buf, top, columns(n)).write(line, theme.strong);
            }
            let choices = LinkChoice::ALL.map(|c| (c.key(), c.title()));
            answers(buf, rows, choices, *at, theme);
        }
        Popup::Closing(_, at) => {
            Pen::new(buf, above(rows, 2), 0).write("Close it all the same?", theme.strong);
            let choices = CloseChoice::ALL.map(|c| (c.key(), c.title()));
            answers(buf, rows, choices, *at, theme);
        }
        Popup::RunInTarget(at) => {
            let lines = wrap(IN_TARGET, rows.width.into());
            let top = above(rows, columns(lines.len() + 1));
            for (n, line) in lines.iter().enumerate() {
                Pen::new(buf, top, columns(n)).write(line, theme.strong);
            }
            let choices = TargetChoice::ALL.map(|c| (c.key(), c.title()));
            answers(buf, rows, choices, *at, theme);
        }
        Popup::Lesson(asked, at) => learn::ask(buf, model, asked, *at, rows, theme),
        Popup::Certificate(at) => learn::draw_done(buf, model, place, *at, theme),
        Popup::Replica(popup) => replica::draw(buf, model, popup, place, theme),
        Popup::Try(popup) => return tryout::draw(buf, model, popup, place, theme),
        Popup::Mend => return mend::draw(buf, model, place, theme),
        Popup::Change(confirm) => packages::confirm(buf, model, confirm, place, theme),
        Popup::Installed(names, at) => packages::installed(buf, model, names, *at, rows, theme),
        Popup::Signal(sending, at) => signal::draw(buf, model, sending, *at, rows, theme),
        Popup::Toolkits(at) => packages::toolkits(buf, model, *at, rows, theme),
        Popup::Others(others) => others::draw(buf, others, rows, theme),
        Popup::Images(images) => return Some(images::draw(buf, images, rows, theme)),
        Popup::Leaving(at) => {
            let changes = model
                .joined
                .as_ref()
                .is_some_and(|j| j.packages.work.task().is_some());
            let question = if changes {
                "Packages change in it now. What is to become of it?"
            } else {
                "What is to become of it?"
            };
            Pen::new(buf, above(rows, 2), 0).write(question, theme.strong);
            let choices = choices(model).into_iter().map(|c| (c.key(), c.title()));
            answers(buf, rows, choices, *at, theme);
        }
    }
    None
}

/// What keys do, in the second line below a popup's rows.
fn foot(buf: &mut Buffer, rows: Rect, keys: [(&str, &str); 2], theme: &Theme) {
    let line = Rect {
        y: rows.bottom() + 1,
        height: 1,
        ..rows
    };
    let mut pen = Pen::new(buf, line, 0);
    let [(first, does), (second, then)] = keys;
    pen.write(first, theme.key)
        .write(&format!(" {does}   "), theme.muted)
        .write(second, theme.key)
        .write(&format!(" {then}"), theme.muted);
}

/// The answers to a question, each with its key.
fn answers<'a>(
    buf: &mut Buffer,
    rows: Rect,
    answers: impl IntoIterator<Item = (char, &'a str)>,
    at: usize,
    theme: &Theme,
) {
    for (n, (key, title)) in answers.into_iter().enumerate() {
        Pen::new(buf, rows, columns(n))
            .write(&format!(" {key} "), theme.key)
            .write(title, theme.muted);
        if n == at {
            select(buf, rows, n, theme);
        }
    }
}

/// The rows above a popup's own rows, `high` of them.
fn above(rows: Rect, high: u16) -> Rect {
    Rect {
        y: rows.y.saturating_sub(high),
        height: high,
        ..rows
    }
}

/// An address in lines; a very long one is cut.
fn address(uri: &str, columns: usize) -> Vec<String> {
    wrap_to(&clean(uri), columns, ADDRESS_LINES)
}

/// Draws a line under edit behind its sign; where its cursor stands.
pub(super) fn line(
    buf: &mut Buffer,
    row: Rect,
    line: &Line,
    empty: &str,
    theme: &Theme,
) -> Position {
    let mut pen = Pen::new(buf, row, 0);
    pen.write("❯ ", theme.accent);
    if line.is_empty() {
        pen.write(empty, theme.muted);
    } else {
        pen.write(line.text(), theme.strong);
    }
    let before: String = line.text().chars().take(line.cursor()).collect();
    let x = row.x.saturating_add(2 + columns(width(&before)));
    Position::new(x.min(row.right().saturating_sub(1)), row.y)
}

fn select(buf: &mut Buffer, rows: Rect, n: usize, theme: &Theme) {
    let y = rows.y.saturating_add(columns(n));
    buf.set_style(
        Rect {
            y,
            height: 1,
            ..rows
        }
        .intersection(rows),
        theme.selected,
    );
}

/// Says at the border that there is more above or below.
fn scroll_hint(buf: &mut Buffer, place: &Place, at: usize, lines: usize, theme: &Theme) {
    let high = usize::from(place.rows.height);
    if lines <= high {
        return;
    }
    let words = format!(" {}–{} of {lines} · ↑↓ ", at + 1, (at + high).min(lines));
    let border = Rect {
        y: place.outer.bottom() - 1,
        height: 1,
        ..place.rows
    };
    Pen::new(buf, border, 0).right(&words, theme.muted);
}

fn shared_line(pen: &mut Pen<'_>, line: &SharedLine, theme: &Theme) {
    match line {
        SharedLine::Yes(what, how) => {
            pen.write("✓ ", theme.good)
                .write(&pad(what, 13), theme.strong)
                .write(how, theme.muted);
        }
        SharedLine::No(what, how) => {
            pen.write("– ", theme.waiting)
                .write(&pad(what, 13), theme.strong)
                .write(how, theme.muted);
        }
        SharedLine::Note(weight, words) => {
            let style = match weight {
                Weight::Info => theme.muted,
                Weight::Missing => theme.waiting,
            };
            let sign = match weight {
                _ if words.starts_with("  ") => "",
                Weight::Info => "i ",
                Weight::Missing => "! ",
            };
            pen.write(sign, style).write(words, style);
        }
        SharedLine::Gap => {}
    }
}
