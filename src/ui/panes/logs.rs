//! The logs pane: lines of both streams, where runs began, what is looked for.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::entrypoint::{bar, heading};
use crate::app::Model;
use crate::app::action::Action;
use crate::app::joined::Joined;
use crate::app::keymap::Focus;
use crate::app::logs_action::LogsAction;
use crate::app::panes::logs::view::{Row, Shape, View};
use crate::app::panes::logs::{Edit, Logs};
use crate::app::text::{clean, cut, width, wrap};
use crate::domain::log::{Line, Stream};
use crate::ui::layout::{Places, columns};
use crate::ui::popups;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the pane; where the cursor of the line under edit stands.
pub fn draw(
    buf: &mut Buffer,
    model: &Model,
    joined: &Joined,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let (pane, at) = (&joined.logs, &places.logs);
    let (words, state) = (head(model, joined), state(joined));
    let room = usize::from(at.head.width).saturating_sub(width(&state) + 12);
    let words = cut(&words, room);
    heading(buf, at.head, "Log", &words, true, theme);
    let style = if pane.view().is_following() && pane.is_following() {
        theme.good
    } else {
        theme.waiting
    };
    Pen::new(buf, at.head, 0).right(&format!(" {state} "), style);
    if pane.log().is_empty() {
        said(buf, model, joined, at.rows, theme);
    } else {
        rows(buf, pane, at.rows, theme);
        let shape = shape(at.rows);
        let (first, last) = pane.view().span(pane.log(), shape);
        let top = first - pane.log().first();
        let all = pane.log().len();
        // Lines, not rows: how many rows all of them take is not worth counting.
        let seen = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        if seen < all {
            let top = usize::try_from(top).unwrap_or(usize::MAX);
            share(buf, at.bar, top, seen, all, theme);
        }
    }
    line(buf, pane, at.line, theme)
}

fn shape(rows: Rect) -> Shape {
    Shape {
        columns: rows.width.into(),
        rows: rows.height.into(),
    }
}

/// The scroll bar of a log of which `seen` lines from number `top` on are in sight.
fn share(buf: &mut Buffer, place: Rect, top: usize, seen: usize, all: usize, theme: &Theme) {
    let rows = usize::from(place.height);
    // In rows of the bar, as if each line had one.
    let most = all.saturating_sub(seen).max(1);
    bar(
        buf,
        place,
        (all.max(rows + 1) - rows) * top.min(most) / most,
        all.max(rows + 1),
        theme,
    );
}

/// What is shown: how many lines, since when, what is missing.
fn head(model: &Model, joined: &Joined) -> String {
    let pane = &joined.logs;
    if joined.is_explorer() {
        return joined.name.clone();
    }
    let count = pane.log().len();
    let mut parts = vec![joined.name.clone()];
    parts.push(match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    });
    if let Some(since) = pane.since() {
        parts.push(format!("since {since}"));
    }
    if pane.log().first() > 0 {
        parts.push(format!("{} older dropped", pane.log().first()));
    } else if pane.may_have_more() {
        parts.push(format!("older: {}", key(model, LogsAction::More)));
    }
    if pane
        .log()
        .iter()
        .rev()
        .take(200)
        .any(|(_, line)| line.stream == Stream::Err)
    {
        parts.push("! is stderr".to_owned());
    }
    if let Some(left) = pane.view().left().filter(|left| *left > 0) {
        parts.push(format!("from column {}", left + 1));
    }
    parts.join(" · ")
}

/// How it goes on.
fn state(joined: &Joined) -> String {
    let pane = &joined.logs;
    if joined.is_explorer() {
        return "no log".to_owned();
    }
    let newer = pane.view().newer(pane.log());
    match (pane.view().is_following(), pane.error()) {
        (_, Some(_)) if pane.log().is_empty() => "✗ not read".to_owned(),
        (_, Some(_)) => "✗ broken off".to_owned(),
        (false, _) if newer == 1 => "▼ 1 new line".to_owned(),
        (false, _) if newer > 0 => format!("▼ {newer} new lines"),
        (false, _) => "▲ scrolled up".to_owned(),
        (true, _) if pane.is_waiting() => "reading …".to_owned(),
        (true, _) if pane.is_following() => "● following".to_owned(),
        (true, _) => "■ ended".to_owned(),
    }
}

fn key(model: &Model, action: LogsAction) -> String {
    let key = model.settings.keymap.key(Focus::Logs, Action::Logs(action));
    key.map_or_else(|| "the palette".to_owned(), |key| key.to_string())
}

fn rows(buf: &mut Buffer, pane: &Logs, area: Rect, theme: &Theme) {
    let shape = shape(area);
    for (n, row) in pane.view().rows(pane.log(), shape).into_iter().enumerate() {
        let mut pen = Pen::new(buf, area, columns(n));
        match row {
            Row::Run(at) => {
                let words = format!(" a run began {at} UTC ");
                pen.write("──", theme.rule)
                    .write(&words, theme.title)
                    .rule(0, theme.rule);
            }
            Row::Text(number, line, part, first) => {
                text(&mut pen, pane, number, line, part, first, theme);
            }
        }
    }
}

/// A part of a line: the sign of its stream, its time, its text with what is looked for.
fn text(
    pen: &mut Pen<'_>,
    pane: &Logs,
    number: u64,
    line: &Line,
    part: Range<usize>,
    first: bool,
    theme: &Theme,
) {
    let (sign, style) = match line.stream {
        Stream::Out => ("  ", Style::new()),
        Stream::Err => ("! ", theme.bad),
    };
    let sign = if first || line.stream == Stream::Out {
        sign
    } else {
        "¦ "
    };
    let shape = Shape {
        columns: pen.room(),
        rows: 1,
    };
    pen.write(sign, style);
    if pane.view().shows_times() {
        let at = line.at.filter(|_| first);
        pen.write(&View::time(shape, at), theme.muted);
    }
    let found = if pane.find().current() == Some(number) {
        theme.current
    } else {
        theme.matched
    };
    let mut at = part.start;
    let mut piece = |from: usize, to: usize, style: Style| {
        if from < to {
            pen.write(line.text.get(from..to).unwrap_or_default(), style);
        }
    };
    for stretch in pane.find().stretches(&line.text) {
        let (from, to) = (stretch.start.max(at), stretch.end.min(part.end));
        if from < to {
            piece(at, from, Style::new());
            piece(from, to, found);
            at = to;
        }
    }
    piece(at, part.end, Style::new());
}

/// What is said where there are no lines.
fn said(buf: &mut Buffer, model: &Model, joined: &Joined, area: Rect, theme: &Theme) {
    let area = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4).min(76),
        height: area.height.saturating_sub(1),
    };
    let (pane, name) = (&joined.logs, &joined.name);
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| {
        let wrapped = wrap(&clean(text), area.width.into());
        lines.extend(wrapped.into_iter().map(|line| (line, style)));
    };
    if joined.is_explorer() {
        say(
            "○ there is no container whose log could be read",
            theme.waiting,
        );
        say(
            &format!("this explores the image {name}: what its twin prints stands in the shell"),
            theme.muted,
        );
    } else if let Some(error) = pane.error() {
        say(&format!("✗ the log of {name} could not be read"), theme.bad);
        say(&error.message, theme.strong);
        if let Some(hint) = &error.hint {
            say(hint, theme.muted);
        }
        say("", theme.muted);
        let again = key(model, LogsAction::Again);
        say(&format!("{again} tries again"), theme.key);
    } else if pane.is_waiting() {
        say(&format!("◌ reading the log of {name} …"), theme.waiting);
    } else if pane.is_following() {
        let since = since_words(pane);
        say(
            &format!("◌ {name} has printed nothing{since}"),
            theme.waiting,
        );
        say("what it prints is shown here as it comes", theme.muted);
    } else {
        let since = since_words(pane);
        say(&format!("○ {name} printed nothing{since}"), theme.waiting);
        say(
            "it does not run; its log goes on when it starts",
            theme.muted,
        );
    }
    for (n, (line, style)) in lines.iter().enumerate() {
        Pen::new(buf, area, columns(n)).write(line, *style);
    }
}

fn since_words(pane: &Logs) -> String {
    pane.since()
        .map_or_else(String::new, |since| format!(" since {since}"))
}

/// The line under edit, or what is looked for; where its cursor stands.
fn line(buf: &mut Buffer, pane: &Logs, row: Rect, theme: &Theme) -> Option<Position> {
    if row.is_empty() {
        return None;
    }
    if let Some(Edit::Since(line, trouble)) = pane.edit() {
        let trouble = trouble.as_deref().unwrap_or_default();
        let hint = "since: 10m, 2h30m, 3d, or 2026-11-27T14:05 (UTC); empty for the end";
        return Some(edited(buf, row, line, hint, (trouble, theme.bad), theme));
    }
    let find = pane.find();
    let words = match (find.trouble(), find.count()) {
        (Some(trouble), _) => (cut(trouble, usize::from(row.width) / 2), theme.bad),
        (None, _) if find.line().is_empty() => (String::new(), theme.muted),
        (None, None) => ("nothing found".to_owned(), theme.bad),
        (None, Some((at, of))) => (format!("line {at} of {of}"), theme.muted),
    };
    let hint = "find: text or a regular expression";
    let at = edited(buf, row, find.line(), hint, (&words.0, words.1), theme);
    matches!(pane.edit(), Some(Edit::Find)).then_some(at)
}

/// A line with words at its end; where its cursor stands.
fn edited(
    buf: &mut Buffer,
    row: Rect,
    line: &crate::app::line::Line,
    hint: &str,
    (words, style): (&str, Style),
    theme: &Theme,
) -> Position {
    let text = Rect {
        width: row.width.saturating_sub(columns(width(words) + 2)),
        ..row
    };
    let at = popups::line(buf, text, line, hint, theme);
    Pen::new(buf, row, 0).right(&format!("{words} "), style);
    at
}
