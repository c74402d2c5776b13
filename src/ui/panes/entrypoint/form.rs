//! The form before a run: fields on the left; on the right in what it differs, and the same by hand.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{style, write};
use crate::app::area::Area;
use crate::app::joined::{Joined, namespaces};
use crate::app::panes::entrypoint::blocks::Line;
use crate::app::panes::entrypoint::form::{Field, Form};
use crate::app::text::{clean, cut, pad, wrap, wrap_to};
use crate::domain::run::Place;
use crate::ui::layout::columns;
use crate::ui::layout::entrypoint::{FormPlaces, NAME, text};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the form; where its cursor stands.
pub(super) fn draw(
    buf: &mut Buffer,
    joined: &Joined,
    form: &Form,
    places: &FormPlaces,
    theme: &Theme,
) -> Option<Position> {
    Pen::new(buf, places.head, 0)
        .write("Run the command of ", theme.title)
        .write(&joined.name, theme.title)
        .write(" again ", theme.title)
        .rule(0, theme.rule);
    for (field, place) in &places.names {
        name(buf, form, *field, *place, theme);
    }
    let mut cursor = None;
    for (field, place) in &places.fields {
        let keys = form.field == *field;
        match form.area(*field) {
            Some(area) => {
                let at = edited(buf, area, *place, keys, theme);
                cursor = cursor.or(at.filter(|_| keys));
            }
            None => pressed(buf, form, *field, *place, theme),
        }
    }
    notes(buf, joined, form, places.notes, theme);
    for y in places.divider.top()..places.divider.bottom() {
        buf.set_string(places.divider.x, y, "│", theme.rule);
    }
    let (head, rows) = places.differences;
    head_line(buf, head, "Differs from the target", theme);
    lines(buf, rows, &form.differences(rows.width.into()), theme);
    let (head, rows) = places.by_hand;
    head_line(buf, head, "The same by hand", theme);
    by_hand(buf, joined, form, rows, theme);
    cursor
}

fn head_line(buf: &mut Buffer, row: Rect, words: &str, theme: &Theme) {
    Pen::new(buf, row, 0)
        .write(words, theme.muted)
        .write(" ", theme.rule)
        .rule(0, theme.rule);
}

/// The name of a field with text, and what is wrong in it.
fn name(buf: &mut Buffer, form: &Form, field: Field, place: Rect, theme: &Theme) {
    let keys = form.field == field;
    let style = if keys { theme.accent } else { theme.key };
    let trouble = form.trouble(field);
    let single = matches!(field, Field::User | Field::Workdir);
    let mut pen = Pen::new(buf, place, 0);
    let sign = if trouble.is_some() { "✗ " } else { "" };
    pen.write(
        &pad(&format!("{sign}{}", field.label()), NAME.into()),
        style,
    );
    let more = match (&trouble, field) {
        (Some(trouble), _) if !single => Some((trouble.as_str(), theme.bad)),
        (None, Field::Argv) => Some(("shell words, or a JSON array", theme.muted)),
        (None, Field::Env) => Some(("NAME=value; *** stays as it is", theme.muted)),
        (_, _) => None,
    };
    if let Some((words, style)) = more {
        let words = cut(words, pen.room());
        pen.write(&words, style);
    }
}

/// A field with text; where its cursor stands.
fn edited(
    buf: &mut Buffer,
    area: &Area,
    place: Rect,
    keys: bool,
    theme: &Theme,
) -> Option<Position> {
    let (sign, edge) = if keys {
        ("▌", theme.accent)
    } else {
        ("│", theme.rule)
    };
    let inner = text(place);
    let view = area.view(inner, keys);
    for n in 0..place.height {
        Pen::new(buf, place, n).write(sign, edge);
    }
    for (n, row) in view.rows.iter().enumerate() {
        Pen::new(buf, inner, columns(n)).write(&clean(&row.text), theme.strong);
    }
    let (x, y) = view.cursor?;
    let at = Position::new(
        inner.x.saturating_add(columns(x)),
        inner.y.saturating_add(columns(y)),
    );
    inner.contains(at).then_some(at)
}

/// A choice or a button.
fn pressed(buf: &mut Buffer, form: &Form, field: Field, place: Rect, theme: &Theme) {
    let mut pen = Pen::new(buf, place, 0);
    let name = pad(field.label(), NAME.into());
    let mark = |on: bool| if on { "(•) " } else { "( ) " };
    let twin = form.place == Place::Twin;
    match field {
        Field::Place => {
            pen.write(&name, theme.key)
                .write(mark(twin), theme.accent)
                .write("in the twin  ", theme.strong)
                .write(mark(!twin), theme.accent)
                .write("in the target", theme.strong);
        }
        Field::Strace => {
            let (ink, words) = form.strace_words();
            let sign = match (form.strace, form.strace_path(), form.place) {
                (true, ..) => "[x] ",
                (false, Some(_), Place::Twin) => "[ ] ",
                (false, ..) => "",
            };
            pen.write(&name, theme.key).write(sign, theme.accent);
            let words = cut(&words, pen.room());
            pen.write(&words, style(ink, theme));
        }
        Field::Run | Field::Original | Field::Back => {
            pen.write("[ ", theme.accent)
                .write(field.label(), theme.strong)
                .write(" ]", theme.accent);
        }
        Field::Argv | Field::User | Field::Workdir | Field::Env => {}
    }
    if form.field == field {
        buf.set_style(place, theme.selected);
    }
}

fn notes(buf: &mut Buffer, joined: &Joined, form: &Form, area: Rect, theme: &Theme) {
    let plan = &joined.attached.twin.plan;
    let network = namespaces(plan)
        .iter()
        .any(|(word, shared, _)| *word == "net" && *shared);
    let mut row = 0;
    for (ink, note) in form.notes(network) {
        for line in wrap(&note, area.width.into()) {
            Pen::new(buf, area, row).write(&line, style(ink, theme));
            row += 1;
        }
    }
}

fn lines(buf: &mut Buffer, area: Rect, lines: &[Line], theme: &Theme) {
    let room = usize::from(area.height);
    let fits = lines.len() <= room;
    let shown = if fits { room } else { room.saturating_sub(1) };
    for (n, line) in lines.iter().take(shown).enumerate() {
        write(&mut Pen::new(buf, area, columns(n)), line, theme);
    }
    if !fits {
        let more = format!("… {} more lines", lines.len() - shown);
        Pen::new(buf, area, columns(shown)).write(&more, theme.muted);
    }
}

fn by_hand(buf: &mut Buffer, joined: &Joined, form: &Form, area: Rect, theme: &Theme) {
    let plan = &joined.attached.twin.plan;
    let command = form.order().map(|order| {
        order.docker_exec(match order.place {
            Place::Twin => &plan.name,
            Place::Target => &joined.name,
        })
    });
    let Ok(command) = command else {
        Pen::new(buf, area, 0).write("not known while something is wrong", theme.muted);
        return;
    };
    let lines = wrap_to(&clean(&command), area.width.into(), area.height.into());
    for (n, line) in lines.iter().enumerate() {
        Pen::new(buf, area, columns(n)).write(line, theme.accent);
    }
}
