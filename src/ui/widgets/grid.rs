//! Draws a terminal's visible screen; the cursor is the outer terminal's own and not drawn here.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use crate::term::{Colour, Highlight, Span, Style, Terminal, Underline};
use crate::ui::theme::Theme;

/// A terminal's visible screen, from the area's top left corner: clipped when the area is smaller
/// than the screen, blank where it is larger.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a> {
    /// What to draw.
    pub terminal: &'a Terminal,
    /// Whether to use colours and every attribute; without, only bold, underline and reverse.
    pub colour: bool,
    /// How marked text and matches look.
    pub theme: &'a Theme,
}

impl Widget for Grid<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return;
        }
        let (mut symbol, plain) = (String::new(), Style::default());
        for (row, y) in (area.top()..area.bottom()).enumerate() {
            let start = buf.index_of(area.x, y);
            let Some(cells) = buf.content.get_mut(start..start + usize::from(area.width)) else {
                continue;
            };
            let number = u16::try_from(row).unwrap_or(u16::MAX);
            let last = cells.len() - 1;
            cells.iter_mut().for_each(Cell::reset);
            for (col, (cell, source)) in cells.iter_mut().zip(self.terminal.row(number)).enumerate()
            {
                // Most of most screens: the cell has been reset to just that.
                if source.base == ' ' && source.marks.is_empty() && source.style == plain {
                    continue;
                }
                set_style(cell, source.style, self.colour);
                let cut = source.span == Span::Wide && col == last;
                if source.style.hidden || cut || source.span == Span::Spacer {
                    continue;
                }
                if source.marks.is_empty() {
                    cell.set_char(source.base);
                } else {
                    cell.set_symbol(source.symbol(&mut symbol));
                }
                if is_sound_mark(source.base) {
                    cell.set_diff_option(CellDiffOption::ForcedWidth(NonZeroU16::MIN));
                }
            }
            for (columns, highlight) in self.terminal.highlights(number) {
                let range = usize::from(*columns.start())..=usize::from(*columns.end());
                for cell in cells
                    .iter_mut()
                    .enumerate()
                    .filter(|(n, _)| range.contains(n))
                {
                    self.highlight(cell.1, highlight);
                }
            }
        }
    }
}

impl Grid<'_> {
    /// Marked text is shown the other way round, whatever its colours are.
    fn highlight(&self, cell: &mut Cell, highlight: Highlight) {
        match highlight {
            Highlight::Selected => cell.modifier.toggle(Modifier::REVERSED),
            Highlight::Match => {
                cell.set_style(self.theme.matched);
            }
            Highlight::CurrentMatch => {
                cell.set_style(self.theme.current);
            }
        }
    }
}

/// Halfwidth sound marks take one column, but ratatui counts two: it adds one to a width that
/// unicode-width gives as one already. Then the cell behind the mark would not be drawn.
fn is_sound_mark(c: char) -> bool {
    matches!(c, '\u{ff9e}' | '\u{ff9f}')
}

fn set_style(cell: &mut Cell, style: Style, colour: bool) {
    let mut set = |on: bool, modifier: Modifier| {
        if on {
            cell.modifier.insert(modifier);
        }
    };
    set(style.bold, Modifier::BOLD);
    set(style.underline != Underline::None, Modifier::UNDERLINED);
    set(style.inverse, Modifier::REVERSED);
    if colour {
        set(style.dim, Modifier::DIM);
        set(style.italic, Modifier::ITALIC);
        set(style.strike, Modifier::CROSSED_OUT);
        cell.fg = color(style.fg);
        cell.bg = color(style.bg);
        cell.underline_color = color(style.underline_colour);
    }
}

fn color(colour: Colour) -> Color {
    match colour {
        Colour::Default => Color::Reset,
        Colour::Indexed(index) => Color::Indexed(index),
        Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Size;
    use proptest::prelude::*;
    use ratatui::buffer::CellWidth as _;
    use unicode_width::UnicodeWidthChar as _;

    fn theme() -> &'static Theme {
        Theme::of(&crate::app::Settings::default())
    }

    fn terminal(cols: u16, rows: u16, text: &str) -> Terminal {
        let mut terminal = Terminal::new(Size::clamped(cols, rows), 100);
        terminal.feed(text.as_bytes());
        terminal
    }

    fn drawn(terminal: &Terminal, width: u16, height: u16) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::filled(area, Cell::new("#"));
        let grid = Grid {
            terminal,
            colour: true,
            theme: theme(),
        };
        grid.render(area, &mut buf);
        buf
    }

    fn line(buf: &Buffer, y: u16) -> String {
        (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect()
    }

    #[test]
    fn fills_clips_and_blanks() {
        let terminal = terminal(5, 2, "abcde\r\nxy");
        assert_eq!(line(&drawn(&terminal, 3, 1), 0), "abc");
        let large = drawn(&terminal, 7, 3);
        assert_eq!(line(&large, 0), "abcde  ");
        assert_eq!(line(&large, 1), "xy     ");
        assert_eq!(line(&large, 2), "       ");
        assert_eq!(drawn(&terminal, 0, 0).content.len(), 0);
    }

    #[test]
    fn an_area_beyond_the_buffer_is_cut() {
        let terminal = terminal(5, 2, "abcde");
        let mut buf = Buffer::empty(Rect::new(2, 1, 4, 1));
        let grid = Grid {
            terminal: &terminal,
            colour: true,
            theme: theme(),
        };
        grid.render(Rect::new(3, 1, 50, 50), &mut buf);
        assert_eq!(buf[(2, 1)].symbol(), " ");
        assert_eq!(buf[(3, 1)].symbol(), "a");
        grid.render(Rect::new(60, 60, 5, 5), &mut buf);
    }

    #[test]
    fn wide_characters_keep_their_two_columns_or_vanish_at_the_edge() {
        let terminal = terminal(6, 1, "a漢b漢");
        let whole = drawn(&terminal, 6, 1);
        assert_eq!(whole[(1, 0)].symbol(), "漢");
        assert_eq!(whole[(2, 0)].symbol(), " ");
        assert_eq!(whole[(3, 0)].symbol(), "b");
        assert_eq!(line(&drawn(&terminal, 5, 1), 0), "a漢 b ");
    }

    #[test]
    fn torn_wide_characters_become_blanks() {
        // The left, then the right half of a wide character is overwritten by insert mode's shift.
        let torn = terminal(4, 1, "漢漢\x1b[1;2H\x1b[4hx");
        let buf = drawn(&torn, 4, 1);
        let width: u16 = buf.content.iter().map(Cell::cell_width).sum();
        let spacers = buf
            .content
            .iter()
            .filter(|cell| cell.cell_width() == 2)
            .count();
        assert_eq!(usize::from(width), 4 + spacers);
    }

    #[test]
    fn marks_never_change_the_width_of_a_cell() {
        // terminal.md §1.4, trap 4: a joiner or an emoji style swallowed or shifted the neighbour.
        let terminal = terminal(10, 1, "👩\u{200d}X☁\u{fe0f}Ye\u{301}Z");
        let buf = drawn(&terminal, 10, 1);
        let symbols: Vec<_> = buf.content.iter().map(Cell::symbol).collect();
        assert_eq!(
            symbols,
            ["👩", " ", "X", "☁", "Y", "e\u{301}", "Z", " ", " ", " "]
        );
    }

    #[test]
    fn ratatui_and_the_emulator_agree_on_every_other_character() {
        for c in ('\0'..=char::MAX).filter(|c| !c.is_control() && !is_sound_mark(*c)) {
            if let Some(columns @ 1..) = c.width() {
                let theirs = c.to_string().as_str().cell_width();
                assert_eq!(usize::from(theirs), columns, "{}", c.escape_unicode());
            }
        }
    }

    #[test]
    fn control_characters_become_blanks() {
        let buf = drawn(&terminal(12, 1, "a\tb"), 12, 1);
        assert_eq!(line(&buf, 0), "a       b   ");
    }

    #[test]
    fn styles_with_and_without_colour() {
        let text = "\x1b[1;2;3;4;7;9;31;48;5;200;58;2;1;2;3mx\x1b[0;8msecret";
        let terminal = terminal(10, 1, text);
        let buf = drawn(&terminal, 10, 1);
        let cell = &buf[(0, 0)];
        let all = Modifier::BOLD
            | Modifier::DIM
            | Modifier::ITALIC
            | Modifier::UNDERLINED
            | Modifier::REVERSED
            | Modifier::CROSSED_OUT;
        assert_eq!(cell.modifier, all);
        assert_eq!(cell.fg, Color::Indexed(1));
        assert_eq!(cell.bg, Color::Indexed(200));
        assert_eq!(cell.underline_color, Color::Rgb(1, 2, 3));
        assert_eq!(line(&buf, 0), "x         ");

        let mut plain = Buffer::empty(Rect::new(0, 0, 10, 1));
        let grid = Grid {
            terminal: &terminal,
            colour: false,
            theme: theme(),
        };
        grid.render(plain.area, &mut plain);
        let cell = &plain[(0, 0)];
        let kept = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
        assert_eq!(cell.modifier, kept);
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        assert_eq!(cell.underline_color, Color::Reset);
    }

    #[test]
    fn the_scrolled_view_is_drawn() {
        let mut terminal = terminal(3, 2, "1\r\n2\r\n3\r\n4");
        terminal.scroll(1);
        assert_eq!(line(&drawn(&terminal, 3, 2), 0), "2  ");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_screen_draws_whole_cells_without_control_characters(
            bytes in crate::term::hostile::stream(),
            (cols, rows) in (1u16..40, 1u16..12),
            (width, height) in (0u16..50, 0u16..14),
        ) {
            let mut terminal = Terminal::new(Size::clamped(cols, rows), 50);
            terminal.feed(&bytes);
            let buf = drawn(&terminal, width, height);
            for y in 0..height {
                let mut x = 0;
                while x < width {
                    let cell = &buf[(x, y)];
                    prop_assert!(!cell.symbol().contains(char::is_control));
                    let wide = cell.cell_width();
                    prop_assert!(wide == 1 || wide == 2, "{:?}", cell.symbol());
                    prop_assert!(x + wide <= width);
                    if wide == 2 {
                        prop_assert_eq!(buf[(x + 1, y)].symbol(), " ");
                    }
                    x += wide;
                }
            }
        }
    }
}
