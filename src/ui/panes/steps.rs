//! A Dockerfile step by step: the list of its instructions, and what is said of the chosen one or printed by a build.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::panes::entrypoint::blocks::Ink;
use crate::app::steps::{Steps, details, mark, output, right};
use crate::app::text::{clean, cut, cut_start, pad, width};
use crate::domain::dockerfile::report::StepRow;
use crate::domain::entrypoint::Severity;
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the screen.
pub fn draw(buf: &mut Buffer, steps: &Steps, places: &Places, theme: &Theme) {
    bar(buf, steps, places.bar, theme);
    list(buf, steps, places.list, theme);
    let area = places.preview;
    if area.height < 2 {
        return;
    }
    let mut pen = Pen::new(buf, area, 0);
    let title = if steps.shows_output {
        " build "
    } else {
        " this step "
    };
    pen.write("──", theme.rule)
        .write(title, theme.title)
        .rule(0, theme.rule);
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height - 1,
    };
    let (wide, high) = (usize::from(inner.width).max(1), usize::from(inner.height));
    let lines = if steps.shows_output {
        output(steps, wide, high)
    } else {
        details(steps, wide)
    };
    for (n, (ink, line)) in lines.iter().take(high).enumerate() {
        Pen::new(buf, inner, columns(n)).write(line, style(*ink, theme));
    }
}

/// The style of a piece of text.
pub fn style(ink: Ink, theme: &Theme) -> Style {
    match ink {
        Ink::Strong => theme.strong,
        Ink::Good => theme.good,
        Ink::Waiting => theme.waiting,
        Ink::Bad => theme.bad,
        Ink::Accent => theme.accent,
        Ink::Name | Ink::Muted => theme.muted,
        Ink::Rule => theme.rule,
    }
}

/// Which file, its last stage, and how much is wrong.
fn bar(buf: &mut Buffer, steps: &Steps, area: Rect, theme: &Theme) {
    let report = &steps.report;
    let count = |severity| {
        report
            .findings
            .iter()
            .filter(|f| f.severity == severity)
            .count()
    };
    let counts = [
        (count(Severity::Error), "✗", theme.bad),
        (count(Severity::Warning), "!", theme.waiting),
        (count(Severity::Note), "i", theme.muted),
    ];
    let ends = report
        .target
        .as_ref()
        .map_or(String::new(), |target| match report.stages.len() {
            1 => " · 1 stage".to_owned(),
            count => format!(" · {count} stages, ends with {target}"),
        });
    let mut pen = Pen::new(buf, area, 0);
    let room = pen.room();
    let name = cut_start(&clean(&steps.source.name), room / 2);
    pen.write(" ", theme.muted)
        .write(&name, theme.strong)
        .write(&cut(&ends, room / 2), theme.muted)
        .write("  ", theme.muted);
    for (n, sign, style) in counts {
        if n > 0 {
            pen.write(&format!("{sign} {n}  "), style);
        }
    }
}

fn list(buf: &mut Buffer, steps: &Steps, area: Rect, theme: &Theme) {
    let high = usize::from(area.height);
    let top = steps.top(high);
    for (n, (stage, row)) in steps.rows().enumerate().skip(top).take(high) {
        let y = columns(n - top);
        step(buf, steps, area, y, (stage, row), theme);
        if n == steps.chosen {
            let line = Rect {
                y: area.y + y,
                height: 1,
                ..area
            };
            buf.set_style(line, theme.selected);
        }
    }
}

fn step(
    buf: &mut Buffer,
    steps: &Steps,
    area: Rect,
    y: u16,
    (stage, row): (usize, &StepRow),
    theme: &Theme,
) {
    let (ink, sign) = mark(steps, row);
    let (beside, words) = right(steps, stage, row);
    let needed = steps.report.stages.get(stage).is_none_or(|s| s.needed);
    let mut pen = Pen::new(buf, area, y);
    let words = cut(&words, pen.room() / 3);
    let head = row.keyword == "FROM";
    let indent = if head { "" } else { "  " };
    let room = pen.room().saturating_sub(9 + width(indent) + width(&words));
    let text = pad(&cut(&row.text, room), room);
    let own = match (head, needed) {
        (_, false) => theme.muted,
        (true, true) => theme.strong,
        (false, true) => Style::new(),
    };
    pen.write(&format!("{:>4} ", row.line), theme.muted)
        .write(sign, style(ink, theme))
        .write(" ", theme.muted)
        .write(indent, theme.muted)
        .write(&text, own)
        .write(" ", theme.muted)
        .write(&words, style(beside, theme));
}
