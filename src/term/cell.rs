//! Cells of the screen as a widget wants them: what to write, how, and how wide.

use alacritty_terminal::term::cell::{Cell as RawCell, Flags};
use alacritty_terminal::term::color::Colors;
use alacritty_terminal::vte::ansi::{Color, NamedColor};
use unicode_width::UnicodeWidthStr as _;

use super::Colour;

/// How a cell is underlined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Underline {
    /// Not at all.
    #[default]
    None,
    /// One line.
    Single,
    /// Two lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// How a cell is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "attributes are independent of each other"
)]
pub struct Style {
    /// Colour of the text.
    pub fg: Colour,
    /// Colour behind the text.
    pub bg: Colour,
    /// Colour of the underline; the default is that of the text.
    pub underline_colour: Colour,
    /// Underline.
    pub underline: Underline,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Foreground and background change places.
    pub inverse: bool,
    /// The text is not to be seen.
    pub hidden: bool,
}

/// The columns that a cell takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// One column.
    Narrow,
    /// Two columns; the next cell is a [`Span::Spacer`].
    Wide,
    /// The right half of the wide cell before it; nothing is written here.
    Spacer,
}

/// One cell of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Its character, never a control character.
    pub base: char,
    /// Combining characters and the like that follow it; see [`Cell::symbol`].
    pub marks: &'a [char],
    /// How it is written.
    pub style: Style,
    /// The columns that it takes.
    pub span: Span,
}

impl<'a> Cell<'a> {
    /// The text of the cell, built in `buffer`: exactly as wide as the cell, so that an outer
    /// terminal which joins characters differently does not shift the rest of the line.
    pub fn symbol<'b>(&self, buffer: &'b mut String) -> &'b str {
        const JOINER: char = '\u{200d}';
        const EMOJI_STYLE: char = '\u{fe0f}';
        buffer.clear();
        if self.span == Span::Spacer {
            return buffer;
        }
        buffer.push(self.base);
        if self.marks.is_empty() {
            return buffer;
        }
        let narrow = self.span == Span::Narrow;
        buffer.extend(self.marks.iter().filter(|c| !narrow || **c != EMOJI_STYLE));
        while buffer.ends_with(JOINER) {
            buffer.pop();
        }
        if buffer.width() != if narrow { 1 } else { 2 } {
            buffer.clear();
            buffer.push(self.base);
        }
        buffer
    }

    /// The cells of a row. A wide cell without its spacer, or a spacer without its wide cell (the
    /// emulator can be made to tear them apart), becomes a blank.
    pub(super) fn row(cells: &'a [RawCell], changed: &'a Colors) -> impl Iterator<Item = Self> {
        let is = |at: Option<&RawCell>, flag| at.is_some_and(|cell| cell.flags.contains(flag));
        let mut after_wide = false;
        let repainted = [NamedColor::Foreground, NamedColor::Background]
            .iter()
            .any(|name| changed[*name].is_some());
        cells.iter().enumerate().map(move |(column, raw)| {
            // Most of most screens.
            if !repainted && is_blank(raw) {
                after_wide = false;
                return Self {
                    base: ' ',
                    marks: &[],
                    style: Style::default(),
                    span: Span::Narrow,
                };
            }
            let spacer_next = || is(cells.get(column + 1), Flags::WIDE_CHAR_SPACER);
            let wide = raw.flags.contains(Flags::WIDE_CHAR);
            let spacer = raw.flags.contains(Flags::WIDE_CHAR_SPACER);
            let (span, whole) = match (wide, spacer) {
                (true, _) if spacer_next() => (Span::Wide, true),
                (false, true) if after_wide => (Span::Spacer, true),
                (false, false) => (Span::Narrow, true),
                _ => (Span::Narrow, false),
            };
            after_wide = span == Span::Wide;
            // Tabs are kept in cells, and the right half of a wide character holds a blank.
            let shown = whole && !raw.c.is_control();
            Self {
                base: if shown { raw.c } else { ' ' },
                marks: raw.zerowidth().filter(|_| shown).unwrap_or_default(),
                style: style(raw, changed),
                span,
            }
        })
    }
}

fn is_blank(raw: &RawCell) -> bool {
    raw.c == ' '
        && raw.flags.is_empty()
        && raw.extra.is_none()
        && raw.fg == Color::Named(NamedColor::Foreground)
        && raw.bg == Color::Named(NamedColor::Background)
}

fn style(raw: &RawCell, changed: &Colors) -> Style {
    let has = |flag| raw.flags.contains(flag);
    Style {
        fg: Colour::from_cell(raw.fg, changed),
        bg: Colour::from_cell(raw.bg, changed),
        underline_colour: raw
            .underline_color()
            .map_or(Colour::Default, |colour| Colour::from_cell(colour, changed)),
        underline: underline(raw.flags),
        bold: has(Flags::BOLD),
        dim: has(Flags::DIM),
        italic: has(Flags::ITALIC),
        strike: has(Flags::STRIKEOUT),
        inverse: has(Flags::INVERSE),
        hidden: has(Flags::HIDDEN),
    }
}

fn underline(flags: Flags) -> Underline {
    if !flags.intersects(Flags::ALL_UNDERLINES) {
        return Underline::None;
    }
    [
        (Flags::UNDERLINE, Underline::Single),
        (Flags::DOUBLE_UNDERLINE, Underline::Double),
        (Flags::UNDERCURL, Underline::Curly),
        (Flags::DOTTED_UNDERLINE, Underline::Dotted),
        (Flags::DASHED_UNDERLINE, Underline::Dashed),
    ]
    .into_iter()
    .find_map(|(flag, kind)| flags.contains(flag).then_some(kind))
    .unwrap_or_default()
}
