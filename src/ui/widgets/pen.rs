//! A pen that writes pieces of a line one after the other and stops at the line's end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::text::{width, wrap};

/// A position in a line of the buffer.
pub struct Pen<'a> {
    buf: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the start of row number `row` of an area; one below the area writes nothing.
    pub fn new(buf: &'a mut Buffer, area: Rect, row: u16) -> Self {
        let area = area.intersection(buf.area);
        let inside = row < area.height;
        Self {
            x: area.x,
            y: area.y.saturating_add(row),
            end: if inside { area.right() } else { area.x },
            buf,
        }
    }

    /// Columns left.
    pub fn room(&self) -> usize {
        self.end.saturating_sub(self.x).into()
    }

    /// Writes a piece, cut at the line's end.
    pub fn write(&mut self, text: &str, style: Style) -> &mut Self {
        if self.room() > 0 {
            self.x = self
                .buf
                .set_stringn(self.x, self.y, text, self.room(), style)
                .0;
        }
        self
    }

    /// Fills with `─` up to where `less` columns are left.
    pub fn rule(&mut self, less: usize, style: Style) -> &mut Self {
        let line = "─".repeat(self.room().saturating_sub(less));
        self.write(&line, style)
    }

    /// Moves so that `text` ends at the line's end, and writes it; nothing when it does not fit.
    pub fn right(&mut self, text: &str, style: Style) -> &mut Self {
        let columns = width(text);
        if columns <= self.room() {
            self.x = self.end - u16::try_from(columns).unwrap_or(self.end);
            self.write(text, style);
        }
        self
    }
}

/// Writes sentences below each other from the top of `area`, each in its style and wrapped at its width.
pub fn sentences(buf: &mut Buffer, area: Rect, sentences: &[(Style, String)]) {
    let wrapped = sentences.iter().flat_map(|(style, text)| {
        let lines = wrap(text, area.width.into());
        lines.into_iter().map(|line| (*style, line))
    });
    for (row, (style, line)) in (0..area.height).zip(wrapped) {
        Pen::new(buf, area, row).write(&line, style);
    }
}
