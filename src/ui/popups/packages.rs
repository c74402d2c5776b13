//! The popups of the packages pane: a change before it is made, what becomes of installed packages, toolkits.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Place, above, answers, foot, scroll_hint, select};
use crate::app::panes::packages::words;
use crate::app::popup::{Confirm, offset};
use crate::app::text::{cut, pad};
use crate::app::{Model, confirm_lines, installed_choices, kits};
use crate::ui::layout::columns;
use crate::ui::panes::entrypoint::write;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Columns of a toolkit's title at most; on a narrow screen its packages need the room more.
const TITLE: usize = 54;

/// Draws what a change would do.
pub(super) fn confirm(
    buf: &mut Buffer,
    model: &Model,
    confirm: &Confirm,
    place: &Place,
    theme: &Theme,
) {
    let rows = place.rows;
    let lines = confirm_lines(model, confirm, rows.width.into());
    scroll_hint(buf, place, confirm.top, lines.len(), theme);
    let seen = lines.iter().skip(confirm.top).take(rows.height.into());
    for (n, line) in seen.enumerate() {
        write(&mut Pen::new(buf, rows, columns(n)), line, theme);
    }
    if confirm.trial.possible().is_some() {
        foot(buf, rows, [("Enter", "do it"), ("Esc", "back")], theme);
    }
}

/// Draws what can become of installed packages.
pub(super) fn installed(
    buf: &mut Buffer,
    model: &Model,
    names: &[String],
    at: usize,
    rows: Rect,
    theme: &Theme,
) {
    let mut pen = Pen::new(buf, above(rows, 2), 0);
    let names_text = words::names(names.iter().map(String::as_str), 6);
    let question = cut(&names_text, pen.room());
    pen.write(&question, theme.strong);
    let choices = installed_choices(model, names);
    let choices = choices.into_iter().map(|c| (c.key(), c.title()));
    answers(buf, rows, choices, at, theme);
}

/// Draws the toolkits.
pub(super) fn toolkits(buf: &mut Buffer, model: &Model, at: usize, rows: Rect, theme: &Theme) {
    let all = kits(model);
    let joined = model.joined.as_ref();
    let Some(stock) = joined.and_then(|joined| joined.packages.shelf.stock()) else {
        return;
    };
    let here = |name: &String| stock.installed.packages.contains_key(name);
    let title = TITLE.min(usize::from(rows.width) * 2 / 5);
    let first = offset(at, rows.height.into());
    for (n, kit) in all.iter().skip(first).take(rows.height.into()).enumerate() {
        let parts = stock.catalogue.parts(stock.manager.id(), &kit.packages);
        let have = parts.present.iter().filter(|name| here(name)).count();
        let count = format!("{have}/{} here", kit.packages.len());
        let what = match kit.title.as_str() {
            "" => "your own",
            title => title,
        };
        let mut pen = Pen::new(buf, rows, columns(n));
        pen.write(" ", theme.muted)
            .write(&pad(&words::name(&kit.name), 8), theme.key)
            .write(&pad(&words::name(what), title), theme.strong)
            .write("  ", theme.muted)
            .write(&pad(&count, 10), theme.muted);
        let names = words::names(kit.packages.iter().map(String::as_str), 12);
        let names = cut(&names, pen.room());
        pen.write(&names, theme.muted);
        if first + n == at {
            select(buf, rows, n, theme);
        }
    }
}
