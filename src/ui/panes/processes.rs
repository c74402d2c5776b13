//! The processes pane: the tree on one side, what is known of the chosen process on the other.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::entrypoint::{bar, heading, write};
use super::stats;
use crate::app::joined::Joined;
use crate::app::panes::processes::{Part, Processes, details};
use crate::app::text::{binary, clean, cut, pad};
use crate::domain::look::Seen;
use crate::domain::process::{Branch, Owner, Process, State};
use crate::domain::text::bounded;
use crate::ui::layout::processes::ProcessesPlaces;
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::{Pen, sentences};

/// Columns of the user's name.
const USER: usize = 9;
/// Most characters of a command that are looked at for a row.
const COMMAND: usize = 400;

/// Draws the pane; it has no cursor.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    let (pane, at) = (&joined.processes, &places.processes);
    stats::draw(buf, joined, places.shell, theme);
    if pane.rows().is_empty() {
        said(buf, joined, at.said, theme);
        return None;
    }
    list(buf, joined, at, theme);
    for y in at.divider.top()..at.divider.bottom() {
        buf.set_string(at.divider.x, y, "│", theme.rule);
    }
    text(buf, pane, at, theme);
    None
}

/// What is said where there are no processes to be shown.
fn said(buf: &mut Buffer, joined: &Joined, area: Rect, theme: &Theme) {
    let pane = &joined.processes;
    let name = &joined.name;
    let mut lines: Vec<(Style, String)> = Vec::new();
    if let Some(error) = pane.watch().error() {
        lines.push((theme.bad, "✗ the processes could not be looked at".into()));
        lines.push((theme.strong, clean(&error.message)));
        lines.extend(error.hint.as_ref().map(|hint| (theme.muted, clean(hint))));
        lines.push((theme.key, "r looks again".into()));
    } else if pane.listing().is_none() {
        lines.push((
            theme.waiting,
            format!("◌ looking at the processes of {name} …"),
        ));
        lines.push((
            theme.muted,
            "by /proc, through the twin: nothing is needed in the target".into(),
        ));
    } else if pane.seen() == Seen::Own {
        lines.push((
            theme.waiting,
            format!("– the twin does not share the process ids of {name}"),
        ));
        lines.push((
            theme.muted,
            format!("so it sees only its own. On the engine's machine: docker top {name}"),
        ));
        lines.push((theme.key, "a shows the twin's own processes".into()));
    } else {
        lines.push((theme.waiting, format!("– no process of {name} runs now")));
        lines.push((theme.key, "a shows the twin's own processes".into()));
    }
    let area = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4).min(76),
        height: area.height.saturating_sub(1),
    };
    sentences(buf, area, &lines);
}

fn list(buf: &mut Buffer, joined: &Joined, at: &ProcessesPlaces, theme: &Theme) {
    let pane = &joined.processes;
    let keys = pane.part() == Part::List;
    let more = summary(joined);
    heading(buf, at.head, "Processes", &more, keys, theme);
    let titles = format!(
        "{:>6} {:USER$}{:>4}{:>10}{:>8} {} {}",
        "pid", "user", "thr", "memory", "cpu", "s", "command"
    );
    Pen::new(buf, at.titles, 0).write(&titles, theme.muted);
    let rows = usize::from(at.list.height);
    let (chosen, top) = pane.at(rows);
    for (n, branch) in pane.rows().iter().enumerate().skip(top).take(rows) {
        let row = columns(n - top);
        let Some(process) = pane.listing().and_then(|listing| listing.get(branch.pid)) else {
            continue;
        };
        let mut pen = Pen::new(buf, at.list, row);
        process_row(&mut pen, pane, branch, process, theme);
        if n == chosen {
            let line = Rect {
                y: at.list.y.saturating_add(row),
                height: 1,
                ..at.list
            };
            buf.set_style(line.intersection(at.list), theme.selected);
        }
    }
    bar(buf, at.list_bar, top, pane.rows().len(), theme);
}

/// How many there are, whose they are, and what is wrong with looking.
fn summary(joined: &Joined) -> String {
    let pane = &joined.processes;
    let mut parts = vec![pane.rows().len().to_string()];
    if pane.watch().error().is_some() {
        parts.push("could not look again: r tries".into());
    }
    match (pane.seen(), pane.shows_all()) {
        (Seen::Host, false) => parts.push("of the host's ids only the target's".into()),
        (Seen::Host, true) => parts.push("all of the host".into()),
        (Seen::Shared | Seen::Own, true) => parts.push("the twin's own marked ○".into()),
        (Seen::Shared | Seen::Own, false) => {}
    }
    let listing = pane.listing();
    if listing.is_some_and(|listing| listing.cut) {
        parts.push("there are more".into());
    }
    if listing.is_some_and(|listing| !listing.words) {
        parts.push("the dev image has no cat: names only".into());
    }
    parts.join(" · ")
}

fn process_row(
    pen: &mut Pen<'_>,
    pane: &Processes,
    branch: &Branch,
    process: &Process,
    theme: &Theme,
) {
    let state = match process.state {
        State::Running => theme.good,
        State::Sleeping | State::Idle => theme.muted,
        State::Blocked | State::Stopped | State::Traced | State::Other(_) => theme.waiting,
        State::Zombie => theme.bad,
    };
    let own = if process.owner == Owner::Twin {
        "○"
    } else {
        " "
    };
    let memory = process.rss.map_or_else(|| "-".into(), binary);
    let share = match pane.share(process.pid) {
        Some(thousandths) => format!("{}.{}%", thousandths / 10, thousandths % 10),
        None => "-".into(),
    };
    pen.write(&format!("{:>6}", process.pid), theme.key)
        .write(own, theme.muted)
        .write(
            &pad(&cut(&details::user(pane, process), USER), USER),
            theme.muted,
        )
        .write(&format!("{:>4}", process.threads), theme.muted)
        .write(&format!("{memory:>10}"), theme.muted)
        .write(&format!("{share:>8} "), theme.muted)
        .write(&process.state.letter().to_string(), state)
        .write(" ", theme.muted)
        .write(&branch.lead, theme.rule);
    let command = bounded(&process.command(), COMMAND);
    let command = cut(&command, pen.room());
    pen.write(&command, theme.strong);
}

fn text(buf: &mut Buffer, pane: &Processes, at: &ProcessesPlaces, theme: &Theme) {
    let keys = pane.part() == Part::Details;
    let title = pane
        .chosen()
        .map_or_else(String::new, |p| format!("{} {}", p.pid, clean(p.short())));
    let more = if pane.is_revealed() {
        "secrets are shown"
    } else {
        ""
    };
    heading(buf, at.details_head, &title, more, keys, theme);
    let lines = details::lines(pane, at.details.width.into());
    let rows = usize::from(at.details.height);
    let top = pane.details_top(lines.len(), rows);
    for (n, line) in lines.iter().skip(top).take(rows).enumerate() {
        write(&mut Pen::new(buf, at.details, columns(n)), line, theme);
    }
    bar(buf, at.details_bar, top, lines.len(), theme);
}
