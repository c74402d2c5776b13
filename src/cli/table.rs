//! Text in columns, by display width; everything that goes in is cleaned here.

use std::ops::RangeInclusive;

use unicode_width::UnicodeWidthStr;

use crate::app::text::cut;
use crate::domain::text::clean;

use super::output::{Meaning, Printer, columns};

/// Columns that sentences are broken at.
const WIDTH: usize = 80;

/// Blanks between two columns.
const GAP: usize = 2;

/// A cell: text, and what it means.
pub(crate) type Cell = (Meaning, String);

/// A cell of plain text.
pub(crate) fn plain(text: impl Into<String>) -> Cell {
    (Meaning::Answer, text.into())
}

/// A table with a heading; every row has as many cells as the heading.
pub(crate) fn table<const N: usize>(
    printer: &Printer,
    heading: [&str; N],
    rows: &[[Cell; N]],
) -> String {
    let mut widths = heading.map(UnicodeWidthStr::width);
    for row in rows {
        for (width, (_, text)) in widths.iter_mut().zip(row) {
            *width = (*width).max(clean(text).width());
        }
    }
    let heading = heading.map(|word| (Meaning::Muted, word.to_owned()));
    std::iter::once(&heading)
        .chain(rows)
        .map(|row| line(printer, row, &widths))
        .collect()
}

/// [`table`], its last column cut to what the others leave of the terminal, or to the most of `room` where
/// there is none; it gets no less than the least.
pub(crate) fn table_cut<const N: usize>(
    printer: &Printer,
    heading: [&str; N],
    mut rows: Vec<[Cell; N]>,
    room: RangeInclusive<usize>,
) -> String {
    let Some(last) = N.checked_sub(1) else {
        return String::new();
    };
    let widest = |column: usize, word: &str| {
        let cells = rows.iter().map(|row| clean(&row[column].1).width());
        cells.chain([word.width()]).max().unwrap_or(0) + GAP
    };
    let others = heading.iter().take(last).enumerate();
    let taken: usize = others.map(|(column, word)| widest(column, word)).sum();
    let columns = columns().unwrap_or(usize::MAX);
    let room = columns
        .saturating_sub(taken)
        .clamp(*room.start(), *room.end());
    for row in &mut rows {
        let (_, text) = &mut row[last];
        *text = cut(&clean(text), room);
    }
    table(printer, heading, &rows)
}

fn line(printer: &Printer, row: &[Cell], widths: &[usize]) -> String {
    let mut out = String::new();
    let mut owed = 0;
    for ((meaning, text), width) in row.iter().zip(widths) {
        let text = clean(text);
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(' ', owed));
            owed = 0;
            match meaning {
                Meaning::Answer => out.push_str(&text),
                _ => out.push_str(&printer.paint(*meaning, &text)),
            }
        }
        owed += width.saturating_sub(text.width()) + GAP;
    }
    out.push('\n');
    out
}

/// Lines of `name  value`, indented; a name that repeats is shown once.
pub(crate) fn fields(printer: &Printer, fields: &[(&str, String)]) -> String {
    let width = fields.iter().map(|(name, _)| name.width()).max();
    let mut out = String::new();
    let mut last = "";
    for (name, value) in fields {
        let shown = if *name == last { "" } else { name };
        last = name;
        let row = [(Meaning::Muted, shown.to_owned()), plain(value)];
        out.push_str("  ");
        out.push_str(&line(printer, &row, &[width.unwrap_or(0), 0]));
    }
    out
}

/// `text` in lines of at most [`WIDTH`] columns, broken at blanks; the first begins with `start`, the
/// others are indented as far.
pub(crate) fn wrapped(text: &str, start: &str) -> String {
    let indent = " ".repeat(start.width());
    let mut out = String::new();
    let mut line = start.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.width() + 1 + word.width() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.clone_from(&indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
    out
}

/// An age in the largest whole unit: `45s`, `12m`, `3h`, `9d`.
pub(crate) fn age(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn printer() -> Printer {
        Printer::new(false, true, &Environment::default())
    }

    #[test]
    fn columns_line_up_by_display_width_without_trailing_blanks() {
        let rows = [
            [plain("web"), plain("世界"), plain("")],
            [plain("a-longer-name"), plain("x"), plain("end")],
        ];
        assert_eq!(
            table(&printer(), ["NAME", "B", "C"], &rows),
            "NAME           B     C\n\
             web            世界\n\
             a-longer-name  x     end\n"
        );
    }

    #[test]
    fn hostile_cells_are_cleaned() {
        let rows = [[plain("a\x1b[2Jb\nc")]];
        assert_eq!(table(&printer(), ["N"], &rows), "N\na\u{fffd}[2Jb c\n");
    }

    #[test]
    fn repeated_names_are_shown_once() {
        let rows = [
            ("why", "a".into()),
            ("why", "b".into()),
            ("rule", "c".into()),
        ];
        assert_eq!(
            fields(&printer(), &rows),
            "  why   a\n        b\n  rule  c\n"
        );
    }

    #[test]
    fn ages_are_cut_to_one_unit() {
        let ages = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 864_000].map(age);
        assert_eq!(ages, ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "10d"]);
    }
}
