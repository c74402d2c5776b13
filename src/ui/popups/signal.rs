//! The choice of a signal, and the question before it is sent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{above, answers, select};
use crate::app::popup::{SendChoice, Sending};
use crate::app::text::{pad, wrap_to};
use crate::app::{Model, by_hand};
use crate::domain::process::{Fate, Owner, SIGNALS};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Most lines of a command.
const BY_HAND: usize = 3;

/// What stands at the border.
pub(super) fn title(sending: &Sending) -> String {
    match sending.signal {
        None => format!(" A signal for process {} ", sending.pid),
        Some(signal) => format!(" Send SIG{} to process {}? ", signal.name, sending.pid),
    }
}

/// Rows that can be chosen, and lines above them.
pub(super) fn size(model: &Model, sending: &Sending, columns: usize) -> (usize, usize) {
    match sending.signal {
        None => (SIGNALS.len(), 2),
        Some(_) => (
            SendChoice::ALL.len(),
            said(model, sending, columns).len() + 1,
        ),
    }
}

/// What is said before a signal is sent; the docker command is the last part.
fn said(model: &Model, sending: &Sending, columns: usize) -> Vec<(bool, String)> {
    let Some(signal) = sending.signal else {
        return Vec::new();
    };
    let name = model.joined.as_ref().map_or("", |joined| &joined.name);
    let whose = match sending.owner {
        Owner::Twin => "of the twin itself".to_owned(),
        Owner::Target if sending.main => format!("the main process of {name}"),
        Owner::Target => format!("of {name}"),
        Owner::Other => format!("neither of the twin nor of the files of {name}"),
    };
    let mut text = vec![format!("{}, {whose}.", sending.name)];
    let fate = sending.signals.fate(sending.pid, signal);
    text.push(
        match fate {
            Fate::Caught => "It has a handler for this signal.",
            Fate::Ignored => "It ignores this signal.",
            Fate::Blocked => {
                "It has blocked this signal: it waits until the process lets it through."
            }
            Fate::Default => match signal.name {
                "STOP" => "The kernel stops it until CONT comes.",
                "CONT" => "The kernel lets it go on if it is stopped.",
                _ => "It has no handler: the kernel ends it.",
            },
            Fate::Dropped => {
                "It has no handler, and is process 1: the kernel will drop the signal."
            }
        }
        .to_owned(),
    );
    let shares = model
        .joined
        .as_ref()
        .is_some_and(|joined| joined.attached.twin.plan.pid.starts_with("container:"));
    let ends =
        !matches!(fate, Fate::Ignored | Fate::Dropped) && !matches!(signal.name, "STOP" | "CONT");
    if sending.main && ends {
        let twin = if shares {
            ", and with it this twin"
        } else {
            ""
        };
        text.push(format!("When it ends, {name} stops{twin}."));
    }
    let lines = text.iter().flat_map(|text| wrap_to(text, columns, BY_HAND));
    let mut lines: Vec<(bool, String)> = lines.map(|line| (false, line)).collect();
    if let Some(command) = by_hand(model, sending) {
        let command = model.settings.docker.line(&command);
        let command = wrap_to(&command, columns, BY_HAND);
        lines.extend(command.into_iter().map(|line| (true, line)));
    }
    lines
}

/// Draws the rows and what stands above them.
pub(super) fn draw(
    buf: &mut Buffer,
    model: &Model,
    sending: &Sending,
    at: usize,
    rows: Rect,
    theme: &Theme,
) {
    if sending.signal.is_some() {
        let lines = said(model, sending, rows.width.into());
        let top = above(rows, columns(lines.len() + 1));
        for (n, (command, line)) in lines.iter().enumerate() {
            let style = if *command { theme.muted } else { theme.strong };
            Pen::new(buf, top, columns(n)).write(line, style);
        }
        let choices = SendChoice::ALL.map(|c| (c.key(), c.title()));
        answers(buf, rows, choices, at, theme);
        return;
    }
    Pen::new(buf, above(rows, 2), 0).write(&sending.name, theme.strong);
    for (n, signal) in SIGNALS.iter().enumerate().take(rows.height.into()) {
        Pen::new(buf, rows, columns(n))
            .write(" ", theme.muted)
            .write(&pad(signal.name, 6), theme.key)
            .write(&pad(signal.use_for, 46), theme.muted)
            .write(fate(sending, n), theme.strong);
    }
    select(buf, rows, at, theme);
}

/// What the process does with the signal of that row, in a word or two.
fn fate(sending: &Sending, row: usize) -> &'static str {
    let Some(signal) = SIGNALS.get(row) else {
        return "";
    };
    match sending.signals.fate(sending.pid, *signal) {
        Fate::Caught => "handled",
        Fate::Ignored => "ignored",
        Fate::Blocked => "waits",
        Fate::Default => "",
        Fate::Dropped => "dropped",
    }
}
