//! Colours of cells, and the colours that are answered to programs that ask.

use alacritty_terminal::term::color::Colors;
use alacritty_terminal::vte::ansi::{Color, NamedColor, Rgb};

/// A colour as a program named it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colour {
    /// The outer terminal's own foreground or background.
    #[default]
    Default,
    /// One of the 256 colours of the outer terminal's palette.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

impl Colour {
    /// Our colour for a cell's colour; `changed` holds what the program itself redefined.
    pub(super) fn from_cell(colour: Color, changed: &Colors) -> Self {
        let index = match colour {
            Color::Spec(Rgb { r, g, b }) => return Self::Rgb(r, g, b),
            Color::Indexed(index) => usize::from(index),
            Color::Named(name) => name as usize,
        };
        if let Some(Rgb { r, g, b }) = changed[index] {
            return Self::Rgb(r, g, b);
        }
        u8::try_from(index).map_or(Self::Default, Self::Indexed)
    }
}

/// Foreground that programs are told (OSC 10); we do not know the outer terminal's, because its
/// answer would arrive as typed keys (terminal.md §3).
const FOREGROUND: Rgb = Rgb {
    r: 0xe5,
    g: 0xe5,
    b: 0xe5,
};
/// Background that programs are told (OSC 11).
const BACKGROUND: Rgb = Rgb { r: 0, g: 0, b: 0 };

/// The colour numbered `index` (0–255 the palette, then foreground, background, cursor): the
/// program's own if it set one, else xterm's default.
pub(super) fn answer(changed: &Colors, index: usize) -> Rgb {
    if index < alacritty_terminal::term::color::COUNT
        && let Some(colour) = changed[index]
    {
        return colour;
    }
    match u8::try_from(index) {
        Ok(index) => palette(index),
        Err(_) if index == NamedColor::Background as usize => BACKGROUND,
        Err(_) => FOREGROUND,
    }
}

/// xterm's default palette.
fn palette(index: u8) -> Rgb {
    /// xterm's table of the first sixteen.
    const NAMED: [(u8, u8, u8); 16] = [
        (0x00, 0x00, 0x00),
        (0xcd, 0x00, 0x00),
        (0x00, 0xcd, 0x00),
        (0xcd, 0xcd, 0x00),
        (0x00, 0x00, 0xee),
        (0xcd, 0x00, 0xcd),
        (0x00, 0xcd, 0xcd),
        (0xe5, 0xe5, 0xe5),
        (0x7f, 0x7f, 0x7f),
        (0xff, 0x00, 0x00),
        (0x00, 0xff, 0x00),
        (0xff, 0xff, 0x00),
        (0x5c, 0x5c, 0xff),
        (0xff, 0x00, 0xff),
        (0x00, 0xff, 0xff),
        (0xff, 0xff, 0xff),
    ];
    let cube = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    let (r, g, b) = match index {
        0..=15 => NAMED[usize::from(index)],
        16..=231 => {
            let n = index - 16;
            (cube(n / 36), cube(n / 6 % 6), cube(n % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    };
    Rgb { r, g, b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_xterms() {
        let rgb = |index| {
            let Rgb { r, g, b } = palette(index);
            (r, g, b)
        };
        assert_eq!(rgb(1), (0xcd, 0, 0));
        assert_eq!(rgb(16), (0, 0, 0));
        assert_eq!(rgb(196), (0xff, 0, 0));
        assert_eq!(rgb(110), (0x87, 0xaf, 0xd7));
        assert_eq!(rgb(231), (0xff, 0xff, 0xff));
        assert_eq!(rgb(232), (8, 8, 8));
        assert_eq!(rgb(255), (0xee, 0xee, 0xee));
    }

    #[test]
    fn redefined_colours_are_shown_and_answered() {
        let mut changed = Colors::default();
        changed[4] = Some(Rgb { r: 1, g: 2, b: 3 });
        changed[NamedColor::Background as usize] = Some(Rgb { r: 9, g: 9, b: 9 });
        let cell = |colour| Colour::from_cell(colour, &changed);
        assert_eq!(cell(Color::Indexed(4)), Colour::Rgb(1, 2, 3));
        assert_eq!(cell(Color::Named(NamedColor::Red)), Colour::Indexed(1));
        assert_eq!(cell(Color::Named(NamedColor::Foreground)), Colour::Default);
        let background = Color::Named(NamedColor::Background);
        assert_eq!(cell(background), Colour::Rgb(9, 9, 9));
        assert_eq!(answer(&changed, 4), Rgb { r: 1, g: 2, b: 3 });
        assert_eq!(answer(&changed, 256), FOREGROUND);
        assert_eq!(answer(&changed, usize::MAX), FOREGROUND);
    }
}
