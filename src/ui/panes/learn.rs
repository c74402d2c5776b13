//! The lessons: their list, or the text of one beside the person's own shell.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget as _};

use super::shell;
use crate::app::Model;
use crate::app::learn::{LabState, Learn, Open, Part, details, panel, state};
use crate::app::markdown::{Row, Voice, hung};
use crate::app::text::{clean, cut, pad, width};
use crate::domain::error::Error;
use crate::domain::lesson::Lesson;
use crate::ui::layout::{Places, columns};
use crate::ui::popups::line;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns of what a row of the list says at its right: how long a lesson takes, and how it stands.
const RIGHT: usize = 34;

/// Draws the lessons; where the cursor stands, when it is to be seen.
pub fn draw(
    buf: &mut Buffer,
    model: &Model,
    learn: &Learn,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let Some(open) = learn.in_sight() else {
        list(buf, learn, places, theme);
        return None;
    };
    lesson(buf, model, learn, open, places, theme)
}

/// The style of a piece of text.
pub fn style(voice: Voice, theme: &Theme) -> Style {
    match voice {
        Voice::Plain => Style::new(),
        Voice::Heading => theme.title,
        Voice::Strong => theme.strong,
        Voice::Emphasis => theme.emphasis,
        Voice::Code => theme.accent,
        Voice::Muted => theme.muted,
        Voice::Good => theme.good,
        Voice::Careful => theme.waiting,
        Voice::Bad => theme.bad,
    }
}

/// Writes rows below each other, from the top of `area`.
pub fn write(buf: &mut Buffer, area: Rect, rows: &[Row], theme: &Theme) {
    for (n, row) in rows.iter().take(area.height.into()).enumerate() {
        let mut pen = Pen::new(buf, area, columns(n));
        for (voice, text) in row {
            pen.write(text, style(*voice, theme));
        }
    }
}

fn list(buf: &mut Buffer, learn: &Learn, places: &Places, theme: &Theme) {
    let finished = |lesson: &&Lesson| learn.standing(lesson).finished.is_some();
    let done = learn.lessons.iter().filter(finished).count();
    let left = learn.lessons.iter().filter(|lesson| !finished(lesson));
    let minutes: u32 = left
        .map(|lesson| lesson.minutes)
        .fold(0, u32::saturating_add);
    let words = format!(" {done} of {} done", learn.lessons.len());
    let mut pen = Pen::new(buf, places.bar, 0);
    pen.write(&words, theme.strong);
    if minutes > 0 {
        pen.write(&format!(" · about {minutes} minutes to go"), theme.muted);
    }
    let high = usize::from(places.list.height);
    let top = learn.list_top(high);
    for (n, lesson) in learn.lessons.iter().enumerate().skip(top).take(high) {
        let y = columns(n - top);
        row(buf, learn, lesson, places.list, y, theme);
        if n == learn.chosen {
            let line = Rect {
                y: places.list.y + y,
                height: 1,
                ..places.list
            };
            buf.set_style(line, theme.selected);
        }
    }
    let area = places.preview;
    if area.height < 2 {
        return;
    }
    Pen::new(buf, area, 0)
        .write("──", theme.rule)
        .write(" this lesson ", theme.title)
        .rule(0, theme.rule);
    let inner = within(area, 1);
    write(buf, inner, &details(learn, inner.width.into()), theme);
}

/// `area` without its first `rows` rows and a column at each side.
fn within(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        x: area.x + 1,
        y: area.y + rows,
        width: area.width.saturating_sub(2),
        height: area.height - rows,
    }
}

fn row(buf: &mut Buffer, learn: &Learn, lesson: &Lesson, area: Rect, y: u16, theme: &Theme) {
    let (voice, sign, words) = state(learn, lesson);
    let number = lesson.number.map_or(String::new(), |n| n.to_string());
    let mut pen = Pen::new(buf, area, y);
    let right = RIGHT.min(pen.room() / 2);
    let room = pen.room().saturating_sub(right + 8);
    pen.write(" ", theme.muted)
        .write(sign, style(voice, theme))
        .write(&format!(" {number:>2}  "), theme.muted)
        .write(&pad(&clean(&lesson.title), room), theme.strong)
        .write(&format!(" {:>3} min  ", lesson.minutes), theme.muted)
        .write(&cut(&words, right.saturating_sub(10)), style(voice, theme));
}

fn lesson(
    buf: &mut Buffer,
    model: &Model,
    learn: &Learn,
    open: &Open,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let place = &places.learn;
    let keys = |part: Part| open.part == part;
    let mut cursor = own_shell(buf, model, open, places, theme).filter(|_| keys(Part::Shell));
    // The text may lie over the upper rows of the shell.
    Clear.render(place.panel.intersection(buf.area), buf);
    let text = panel(learn, place.text.width.into());
    let high = usize::from(place.text.height);
    let top = open.top.min(text.rows.len().saturating_sub(high));
    let more = text.rows.len().saturating_sub(top + high);
    title(buf, learn, open, place.title, (top, more), theme);
    write(
        buf,
        place.text,
        text.rows.get(top..).unwrap_or_default(),
        theme,
    );
    if let Some(answer) = open.line.as_ref().filter(|_| !place.line.is_empty()) {
        let at = line(buf, place.line, answer, "your answer", theme);
        cursor = cursor.or(keys(Part::Panel).then_some(at));
    }
    shell::divider(
        buf,
        place.divider,
        keys(Part::Panel),
        keys(Part::Shell),
        theme,
    );
    let here = if keys(Part::Shell) {
        theme.title
    } else {
        theme.muted
    };
    Pen::new(buf, place.shell_title, 0)
        .write("──", theme.rule)
        .write(" your shell ", here)
        .rule(0, theme.rule);
    cursor
}

/// Draws the person's shell, or what stands in its place; where its cursor stands.
fn own_shell(
    buf: &mut Buffer,
    model: &Model,
    open: &Open,
    places: &Places,
    theme: &Theme,
) -> Option<Position> {
    let Some(own) = &open.shell else {
        // While it is asked, the popup says enough.
        let asked = !model.popups.is_empty() && matches!(open.lab, LabState::Choosing);
        let rows = if asked {
            Vec::new()
        } else {
            waiting(open, places.shell)
        };
        write(buf, within(places.shell, 1), &rows, theme);
        return None;
    };
    let mut cursor = None;
    for (_, area) in &places.shells.grids {
        cursor = shell::grid(buf, model, own, *area, theme);
        if own.flashes() {
            let row = Rect { height: 1, ..*area };
            shell::flash(buf, row);
        }
    }
    for (_, bar) in &places.shells.bars {
        shell::scroll_bar(buf, own, *bar, theme);
    }
    for (_, area) in &places.shells.ended {
        let what = own.end_words().unwrap_or_default();
        let next = "Enter opens a new one; the lab goes on.";
        shell::ended(buf, *area, &what, next, theme);
    }
    cursor.filter(|_| !own.has_ended())
}

/// Which step it is, how many are done, and whether there is more text than is in sight.
/// `hidden` are the rows above and below what is in sight.
fn title(
    buf: &mut Buffer,
    learn: &Learn,
    open: &Open,
    area: Rect,
    hidden: (usize, usize),
    theme: &Theme,
) {
    let Some(lesson) = learn.lesson() else { return };
    let count = lesson.steps.len();
    let words = match learn.shown() {
        Some((number, step)) => {
            let looked = if open.looked.is_some() { ", done" } else { "" };
            let title = clean(&step.title);
            format!(" step {} of {count}{looked}: {title} ", number + 1)
        }
        None => " done ".into(),
    };
    let dots = if count <= 12 {
        format!(
            "{}{}",
            "●".repeat(open.step.min(count)),
            "○".repeat(count.saturating_sub(open.step))
        )
    } else {
        format!("{} of {count} done", open.step)
    };
    let told = |sign: char, rows: usize| match rows {
        0 => String::new(),
        rows => format!(" {sign}{rows}"),
    };
    let more = told('↑', hidden.0) + &told('↓', hidden.1);
    let style = if open.part == Part::Panel {
        theme.title
    } else {
        theme.muted
    };
    let mut pen = Pen::new(buf, area, 0);
    let right = width(&dots) + width(&more) + 3;
    let words = cut(&words, pen.room().saturating_sub(right + 2));
    pen.write("──", theme.rule)
        .write(&words, style)
        .rule(right, theme.rule)
        .write(" ", theme.rule)
        .write(&dots, theme.good)
        .write(&more, theme.key)
        .write(" ─", theme.rule);
}

/// What stands in place of the shell while there is none.
fn waiting(open: &Open, area: Rect) -> Vec<Row> {
    let room = usize::from(area.width).saturating_sub(4).max(8);
    let say = |voice: Voice, sign: &str, text: &str| hung(voice, sign, text, room);
    match &open.lab {
        LabState::Asking(_) => say(Voice::Muted, "◌ ", "asking the engine what is here"),
        LabState::Choosing => {
            let words = "What the lab is to stand on was not chosen. Enter asks again.";
            say(Voice::Plain, "", words)
        }
        LabState::Making(_, so_far) => {
            let mut rows = say(
                Voice::Strong,
                "",
                "The lab is being made. Read on meanwhile.",
            );
            let high = usize::from(area.height).saturating_sub(3);
            let last = so_far.len().saturating_sub(1);
            let first = so_far.len().saturating_sub(high);
            for (n, words) in so_far.iter().enumerate().skip(first) {
                rows.extend(if n == last {
                    say(Voice::Plain, "◌ ", words)
                } else {
                    say(Voice::Good, "✓ ", words)
                });
            }
            rows
        }
        LabState::Failed(error) => {
            let mut rows = say(Voice::Strong, "", "The lab could not be made.");
            rows.extend(failed(error, room));
            let next = "Enter tries again; l goes back to the list.";
            rows.extend(say(Voice::Plain, "", next));
            rows
        }
        LabState::Ready(_) => match &open.no_shell {
            Some(error) => {
                let mut rows = say(Voice::Strong, "", "Your shell could not be opened.");
                rows.extend(failed(error, room));
                rows
            }
            None => say(Voice::Muted, "◌ ", "your shell is being opened"),
        },
    }
}

/// An error and what to do about it.
fn failed(error: &Error, room: usize) -> Vec<Row> {
    let mut rows = hung(Voice::Bad, "✗ ", &error.message, room);
    if let Some(hint) = &error.hint {
        rows.extend(hung(Voice::Muted, "  ", hint, room));
    }
    rows
}
