//! The strip of figures and graphs above the processes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::entrypoint::heading;
use crate::app::joined::Joined;
use crate::app::text::{binary, bytes, clean, cut, pad, width};
use crate::domain::stats::{History, Reading};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Rows of the strip: a heading, and two rows of two graphs each.
pub const HEIGHT: u16 = 3;

/// Signs of a graph, from nothing to full.
const SIGNS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Columns of the name of a graph.
const NAME: usize = 5;
/// Columns of its figures: short ones, and long ones from so many columns of the strip on.
const FIGURES: (usize, usize, u16) = (18, 25, 100);
/// The least that counts as a full graph: of CPU percent of a core, of the others bytes a second.
const FULL: (f64, f64) = (10.0, 10_000.0);

/// A graph: its name, its figures, and its values with what counts as full.
struct Graph {
    name: &'static str,
    figures: String,
    values: Vec<f64>,
    full: f64,
}

/// Draws the strip into the first [`HEIGHT`] rows of `area`.
pub fn draw(buf: &mut Buffer, joined: &Joined, area: Rect, theme: &Theme) {
    let head = Rect {
        height: area.height.min(1),
        ..area
    };
    let long = area.width >= FIGURES.2;
    let history = joined.stats.history();
    let newest = history.newest();
    heading(
        buf,
        head,
        "Stats",
        &title(joined, newest, long),
        false,
        theme,
    );
    let Some(newest) = newest else {
        said(buf, joined, area, theme);
        return;
    };
    // Behind the end of a run the last figures stand, and look like it.
    let style = if joined.stats.is_measuring() {
        theme.strong
    } else {
        theme.muted
    };
    let half = area.width / 2;
    let room = if long { FIGURES.1 } else { FIGURES.0 };
    for (n, graph) in graphs(history, newest, long).iter().enumerate() {
        let place = Rect {
            x: area.x + if n % 2 == 0 { 0 } else { half },
            width: if n % 2 == 0 { half } else { area.width - half },
            ..area
        };
        let mut pen = Pen::new(buf, place, 1 + columns(n / 2));
        pen.write(" ", theme.muted)
            .write(&pad(graph.name, NAME), theme.muted)
            .write(&pad(&graph.figures, room), style)
            .write(" ", theme.muted);
        let room = pen.room().saturating_sub(1);
        pen.write(&spark(&graph.values, graph.full, room), theme.accent);
    }
}

fn title(joined: &Joined, newest: Option<&Reading>, long: bool) -> String {
    let Some(newest) = newest else {
        return joined.name.clone();
    };
    let of = newest
        .pids_limit
        .map_or_else(String::new, |limit| format!(" of {limit}"));
    let tasks = if newest.pids == 1 && of.is_empty() {
        "1 task".to_owned()
    } else {
        format!("{}{of} tasks", newest.pids)
    };
    if !joined.stats.is_measuring() {
        return format!("{} · {tasks} · as it was at last", joined.name);
    }
    // Where there is room, the limit stands beside the figure.
    let memory = newest.memory_limit.filter(|_| !long);
    let memory = memory.map_or_else(String::new, |limit| {
        format!(" · memory up to {}", binary(limit))
    });
    format!("{} · {tasks}{memory} · rates a second", joined.name)
}

/// What is said while there are no figures.
fn said(buf: &mut Buffer, joined: &Joined, area: Rect, theme: &Theme) {
    let mut pen = Pen::new(buf, area, 1);
    let room = pen.room().saturating_sub(4);
    pen.write("  ", theme.muted);
    if let Some(error) = joined.stats.error() {
        let text = cut(&clean(&error.message), room);
        pen.write("✗ ", theme.bad).write(&text, theme.bad);
    } else if joined.stats.is_measuring() {
        pen.write("◌ measuring …", theme.waiting);
    } else {
        let text = format!("{} does not run: there is nothing to measure", joined.name);
        pen.write(&cut(&text, room), theme.muted);
    }
}

/// The four graphs: row by row.
fn graphs(history: &History, newest: &Reading, long: bool) -> [Graph; 4] {
    let values = |of: &dyn Fn(&Reading) -> f64| history.readings().map(of).collect::<Vec<f64>>();
    let peak = |values: &[f64], least: f64| values.iter().copied().fold(least, f64::max);
    let cpu = values(&|r| r.cpu);
    let memory = values(&|r| r.memory_percent().unwrap_or_default());
    let network = values(&|r| r.network.map_or(0.0, |(a, b)| a + b));
    let disk = values(&|r| r.disk.0 + r.disk.1);
    [
        Graph {
            name: "CPU",
            figures: if long {
                format!("{:.2} % of a core", newest.cpu)
            } else {
                format!("{:.2} %", newest.cpu)
            },
            full: peak(&cpu, FULL.0),
            values: cpu,
        },
        Graph {
            name: "Net",
            figures: newest.network.map_or_else(
                || "not its own".to_owned(),
                |network| pair(("↓", "↑"), network, long),
            ),
            full: peak(&network, FULL.1),
            values: network,
        },
        Graph {
            name: "Mem",
            figures: memory_words(newest, long),
            full: 100.0,
            values: memory,
        },
        Graph {
            name: "Disk",
            figures: pair(("r", "w"), newest.disk, long),
            full: peak(&disk, FULL.1),
            values: disk,
        },
    ]
}

/// Two rates; where room is short, the strip's heading says that they are a second's.
fn pair(signs: (&str, &str), rates: (f64, f64), long: bool) -> String {
    let (first, second) = (rate(rates.0), rate(rates.1));
    if long {
        format!("{} {first}/s {} {second}/s", signs.0, signs.1)
    } else {
        let tight = |text: &str| text.replace(' ', "");
        format!("{}{} {}{}", signs.0, tight(&first), signs.1, tight(&second))
    }
}

fn memory_words(newest: &Reading, long: bool) -> String {
    let used = binary(newest.memory);
    match (newest.memory_limit, newest.memory_percent()) {
        (Some(limit), Some(percent)) if long => {
            format!("{used}/{} {percent:.1} %", binary(limit))
        }
        (Some(_), Some(percent)) => format!("{used} {percent:.1} %"),
        (_, _) => used,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is a finite number above zero, and its fraction is not shown"
)]
fn rate(value: f64) -> String {
    bytes(value as u64)
}

/// The newest values in so many columns, the newest at the right: what is above nothing is at least the lowest sign.
fn spark(values: &[f64], full: f64, room: usize) -> String {
    let shown = values.get(values.len().saturating_sub(room)..);
    let shown = shown.unwrap_or_default();
    let mut line = " ".repeat(room - shown.len());
    line.extend(shown.iter().map(|value| sign(*value / full)));
    debug_assert_eq!(width(&line), room);
    line
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 8"
)]
fn sign(share: f64) -> &'static str {
    let eighths = (share * 8.0).clamp(0.0, 8.0).ceil() as usize;
    SIGNS.get(eighths).copied().unwrap_or(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_ends_with_the_newest_value() {
        assert_eq!(spark(&[0.0, 0.1, 50.0, 100.0], 100.0, 6), "   ▁▄█");
        assert_eq!(spark(&[1.0, 2.0, 3.0, 4.0], 4.0, 2), "▆█");
        assert_eq!(spark(&[400.0, -1.0, f64::NAN], 4.0, 3), "█  ");
        assert_eq!(spark(&[], 1.0, 0), "");
    }
}
