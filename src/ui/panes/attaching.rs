//! An attach on its way: steps and the pull's layers; and an attach that failed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use crate::app::tasks::Attaching;
use crate::app::text::{bytes, clean, cut_start, pad, width, wrap};
use crate::domain::error::Error;
use crate::domain::{Layer, Pull};
use crate::ui::layout::columns;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Most layers that show at once: those under way first.
const LAYERS: usize = 6;
const GAUGE: usize = 24;

pub(super) type Piece = (String, Style);

/// Draws the box with the progress in the middle of `area`.
pub fn draw(buf: &mut Buffer, attaching: &Attaching, area: Rect, theme: &Theme) {
    let wide = area.width.saturating_sub(4).min(76);
    let room = usize::from(wide.saturating_sub(4));
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let steps = attaching.steps();
    if steps.is_empty() {
        lines.push(vec![
            ("▸ ".into(), theme.accent),
            ("asking the engine".into(), theme.strong),
        ]);
    }
    for (n, step) in steps.iter().enumerate() {
        let now = n + 1 == steps.len();
        let (sign, style) = if now {
            ("▸ ", theme.accent)
        } else {
            ("✓ ", theme.good)
        };
        lines.push(vec![
            (sign.into(), style),
            (step.clone(), if now { theme.strong } else { theme.muted }),
        ]);
    }
    for advice in attaching.advice() {
        let wrapped = wrap(&advice, room.saturating_sub(2).max(1));
        lines.extend(
            wrapped
                .into_iter()
                .map(|line| vec![("  ".to_owned(), theme.muted), (line, theme.muted)]),
        );
    }
    if let Some(pull) = attaching.pull() {
        lines.extend(pull_lines(pull, room, theme));
    }
    let title = format!(
        " {} {} ",
        attaching.verb(),
        cut_start(&attaching.request.name, room.saturating_sub(16))
    );
    boxed(buf, area, wide, &title, &lines, theme.accent, theme);
}

fn pull_lines(pull: &Pull, room: usize, theme: &Theme) -> Vec<Vec<Piece>> {
    let (done, all) = pull.bytes();
    let (layers_done, layers) = pull.layers_done();
    let mut lines = vec![vec![
        ("  ".into(), theme.muted),
        (
            cut_start(&clean(&pull.reference), room.saturating_sub(2)),
            theme.muted,
        ),
    ]];
    let mut total = vec![("  ".into(), theme.muted)];
    total.extend(gauge(layers_done as u64, layers as u64, GAUGE, theme));
    let sizes = if all == 0 {
        String::new()
    } else {
        format!(" · {} of {}", bytes(done), bytes(all))
    };
    total.push((
        format!("  {layers_done} of {layers} layers{sizes}"),
        theme.strong,
    ));
    lines.push(total);
    let finished = |l: &Layer| matches!(l.status.as_str(), "Pull complete" | "Already exists");
    let under_way = pull.layers.iter().filter(|l| !finished(l) && l.total > 0);
    for layer in under_way.take(LAYERS) {
        let mut line = vec![(format!("  {}  ", pad(&clean(&layer.id), 12)), theme.muted)];
        line.extend(gauge(layer.current, layer.total, GAUGE - 14, theme));
        line.push((
            format!("  {} of {}", bytes(layer.current), bytes(layer.total)),
            theme.muted,
        ));
        line.push((
            format!("  {}", clean(&layer.status).to_lowercase()),
            theme.muted,
        ));
        lines.push(line);
    }
    lines
}

/// A gauge that can be read without colour; empty while the whole is unknown.
pub(super) fn gauge(done: u64, all: u64, columns: usize, theme: &Theme) -> [Piece; 2] {
    let done = u128::from(done.min(all)) * columns as u128;
    let full = done.checked_div(u128::from(all)).unwrap_or(0);
    let full = usize::try_from(full).unwrap_or(columns);
    [
        ("█".repeat(full), theme.gauge),
        ("░".repeat(columns - full), theme.rule),
    ]
}

/// Draws the screen of an attach that failed and has no picker to go back to.
pub fn failed(buf: &mut Buffer, name: &str, error: &Error, area: Rect, theme: &Theme) {
    let wide = area.width.saturating_sub(4).min(76);
    let room = usize::from(wide.saturating_sub(4)).max(1);
    let say = |text: &str, style: Style| -> Vec<Vec<Piece>> {
        wrap(&clean(text), room)
            .into_iter()
            .map(|l| vec![(l, style)])
            .collect()
    };
    let mut lines = say(&error.message, theme.strong);
    if let Some(hint) = &error.hint {
        lines.push(Vec::new());
        lines.extend(say(hint, theme.muted));
    }
    let title = format!(
        " ✗ {} could not be joined ",
        cut_start(name, room.saturating_sub(26))
    );
    boxed(buf, area, wide, &title, &lines, theme.bad, theme);
}

fn boxed(
    buf: &mut Buffer,
    area: Rect,
    wide: u16,
    title: &str,
    lines: &[Vec<Piece>],
    border: Style,
    theme: &Theme,
) {
    let high = (columns(lines.len()) + 4).min(area.height);
    let outer = Rect {
        x: area.x + area.width.saturating_sub(wide) / 2,
        y: area.y + area.height.saturating_sub(high) / 3,
        width: wide,
        height: high,
    };
    Clear.render(outer, buf);
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title_style(theme.title)
        .title(title)
        .render(outer, buf);
    let inner = Rect {
        x: outer.x + 2,
        y: outer.y + 2.min(high.saturating_sub(1)),
        width: wide.saturating_sub(4),
        height: high.saturating_sub(3),
    };
    // The last lines tell what happens now.
    let skip = lines.len().saturating_sub(usize::from(inner.height));
    for (n, line) in lines.iter().skip(skip).enumerate() {
        let mut pen = Pen::new(buf, inner, columns(n));
        for (text, style) in line {
            if width(text) > 0 {
                pen.write(text, *style);
            }
        }
    }
}
