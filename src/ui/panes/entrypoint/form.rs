//! The form before a run: fields on the left; on the right in what it differs, and the same by hand.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{style, write};
use crate::app::area::Area;
use crate::app::joined::{Joined, namespaces};
use crate::app::panes::entrypoint::blocks::Line;
use crate::app::panes::entrypoint::form::{Field, Form, Where};
use crate::app::run_by_hand;
use crate::app::text::{clean, cut, pad, wrap, wrap_to};
use crate::domain::call::Call;
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::Base;
use crate::ui::layout::columns;
use crate::ui::layout::entrypoint::{FormPlaces, NAME, text};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the form; where its cursor stands.
pub(super) fn draw(
    buf: &mut Buffer,
    (joined, form): (&Joined, &Form),
    docker: &Call,
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
                if *field == Field::Memory
                    && area.text().is_empty()
                    && form.trouble(*field).is_none()
                {
                    let words = "as the target; 512m, 2g or none";
                    let inner = text(*place);
                    let words = cut(words, inner.width.saturating_sub(1).into());
                    Pen::new(buf, inner, 0)
                        .write(" ", theme.muted)
                        .write(&words, theme.muted);
                }
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
    let command = run_by_hand(joined, form).map(|line| docker.line(&line));
    by_hand(buf, command, rows, theme);
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
    let single = matches!(field, Field::User | Field::Workdir | Field::Memory);
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
    match field {
        Field::Place => {
            pen.write(&name, theme.key);
            for (place, words) in [
                (Where::Twin, "twin  "),
                (Where::Target, "target  "),
                (Where::Replica, "replica"),
            ] {
                pen.write(mark(form.place == place), theme.accent)
                    .write(words, theme.strong);
            }
        }
        Field::Files | Field::Volumes => {
            let words = if field == Field::Files {
                files_words(form.files)
            } else {
                volumes_words(form.volumes)
            };
            pen.write(&name, theme.key).write("‹ ", theme.accent);
            let words = cut(words, pen.room().saturating_sub(2));
            pen.write(&words, theme.strong).write(" ›", theme.accent);
        }
        Field::Strace => {
            let (ink, words) = form.strace_words();
            let sign = match (form.strace, form.strace_path(), form.place) {
                (true, ..) => "[x] ",
                (false, Some(_), Where::Twin) => "[ ] ",
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
        Field::Argv | Field::User | Field::Workdir | Field::Env | Field::Memory => {}
    }
    if form.field == field {
        buf.set_style(place, theme.selected);
    }
}

fn files_words(base: Base) -> &'static str {
    match base {
        Base::Image => "of its image",
        Base::Died => "as it left them",
        Base::DevImage => "over the dev image",
    }
}

fn volumes_words(mounts: Mounts) -> &'static str {
    match mounts {
        Mounts::Same => "as the target's",
        Mounts::ReadOnly => "read-only",
        Mounts::None => "none",
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

fn by_hand(buf: &mut Buffer, command: Option<String>, area: Rect, theme: &Theme) {
    let Some(command) = command else {
        Pen::new(buf, area, 0).write("not known while something is wrong", theme.muted);
        return;
    };
    let lines = wrap_to(&clean(&command), area.width.into(), area.height.into());
    for (n, line) in lines.iter().enumerate() {
        Pen::new(buf, area, columns(n)).write(line, theme.accent);
    }
}
