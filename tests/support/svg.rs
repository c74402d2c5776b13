//! A screen as SVG. Every glyph gets its own x coordinate, so that wide characters and unusual fonts
//! shift nothing, and lines and blocks are drawn as shapes, so that no font leaves gaps in them.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

const CELL: f32 = 9.0;
const ROW: f32 = 20.0;
const FONT: f32 = 15.0;
/// Around the cells, and the height of the bar above them.
const PAD: f32 = 12.0;
const BAR: f32 = 34.0;

// Its own dark card: it reads the same on a light and on a dark page.
const GROUND: &str = "#12161d";
const FRAME: &str = "#3a424e";
const TEXT: &str = "#d7dde5";
/// The sixteen colours, in the terminal's order.
const PALETTE: [&str; 16] = [
    "#2b313b", "#f0716b", "#6fce7b", "#e0b450", "#6cb0f6", "#c792ea", "#59c9d6", "#c9d1d9",
    "#7d8794", "#ff8f88", "#8ee39a", "#f0cb74", "#8fc7ff", "#dcb3f5", "#84dfe9", "#ffffff",
];

/// The screen in a window with that title; `alt` is its text for those who cannot see it.
pub fn svg(buffer: &Buffer, cursor: Option<Position>, title: &str, alt: &str) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = f32::from(columns) * CELL + 2.0 * PAD;
    let height = f32::from(rows) * ROW + BAR + PAD;
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{alt}">
<style>text{{font:{FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:{TEXT}}}.b{{font-weight:700}}.d{{opacity:.6}}.u{{text-decoration:underline}}.i{{font-style:italic}}</style>
<rect x=".5" y=".5" width="{}" height="{}" rx="9" fill="{GROUND}" stroke="{FRAME}"/>
"#,
        width - 1.0,
        height - 1.0,
        alt = escaped(alt),
    );
    for (at, colour) in [(20.0, PALETTE[1]), (38.0, PALETTE[3]), (56.0, PALETTE[2])] {
        writeln!(
            out,
            r#"<circle cx="{at}" cy="17" r="5.5" fill="{colour}"/>"#
        )
        .unwrap();
    }
    writeln!(
        out,
        r#"<text x="{}" y="22" text-anchor="middle" style="fill:{}">{}</text>"#,
        width / 2.0,
        PALETTE[8],
        escaped(title)
    )
    .unwrap();
    for y in 0..rows {
        row(
            &mut out,
            buffer,
            y,
            cursor.filter(|at| at.y == y).map(|at| at.x),
        );
    }
    out.push_str("</svg>\n");
    out
}

/// Backgrounds first, then shapes, then the text in runs of one style.
fn row(out: &mut String, buffer: &Buffer, y: u16, cursor: Option<u16>) {
    let top = BAR + f32::from(y) * ROW;
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut grounds: Vec<(f32, f32, String)> = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let wide = devtwin::app::text::width(cell.symbol()).max(1);
        let left = PAD + f32::from(x) * CELL;
        let across = CELL * f32::from(u16::try_from(wide).unwrap());
        let (mut fill, mut ground) = colours(cell);
        if cursor == Some(x) {
            (fill, ground) = (GROUND.into(), Some(TEXT.into()));
        }
        if let Some(ground) = ground {
            match grounds.last_mut() {
                Some((from, wide, last)) if *last == ground && near(*from + *wide, left) => {
                    *wide += across;
                }
                _ => grounds.push((left, across, ground)),
            }
        }
        if !cell.symbol().trim().is_empty() {
            glyphs.push(Glyph {
                left,
                symbol: cell.symbol().to_owned(),
                style: class(cell.modifier),
                fill,
            });
        }
        x += u16::try_from(wide).unwrap();
    }
    for (left, across, ground) in grounds {
        writeln!(
            out,
            r#"<rect x="{left}" y="{top}" width="{across}" height="{ROW}" fill="{ground}"/>"#
        )
        .unwrap();
    }
    shapes(out, &mut glyphs, top);
    text(out, &glyphs, top + 0.72 * ROW);
}

struct Glyph {
    left: f32,
    symbol: String,
    style: String,
    fill: String,
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() < 0.01
}

/// Draws lines and blocks, and takes them out of the text. Neighbours of one kind become one shape.
fn shapes(out: &mut String, glyphs: &mut Vec<Glyph>, top: f32) {
    let mut drawn: Vec<(char, f32, f32, String)> = Vec::new();
    glyphs.retain(|glyph| {
        let mut chars = glyph.symbol.chars();
        let (
            Some(c @ ('─' | '│' | '┌' | '┐' | '└' | '┘' | '╭' | '╮' | '╰' | '╯' | '█' | '▌' | '░')),
            None,
        ) = (chars.next(), chars.next())
        else {
            return true;
        };
        match drawn.last_mut() {
            Some((last, left, wide, fill))
                if *last == c
                    && "─█░".contains(c)
                    && near(*left + *wide, glyph.left)
                    && *fill == glyph.fill =>
            {
                *wide += CELL;
            }
            _ => drawn.push((c, glyph.left, CELL, glyph.fill.clone())),
        }
        false
    });
    for (c, left, wide, fill) in drawn {
        let (right, middle) = (left + wide, left + CELL / 2.0);
        let (centre, bottom) = (top + ROW / 2.0, top + ROW);
        let line = match c {
            '─' => format!("M{left} {centre}H{right}"),
            '│' => format!("M{middle} {top}V{bottom}"),
            '┌' | '╭' => format!("M{right} {centre}H{middle}V{bottom}"),
            '┐' | '╮' => format!("M{left} {centre}H{middle}V{bottom}"),
            '└' | '╰' => format!("M{right} {centre}H{middle}V{top}"),
            '┘' | '╯' => format!("M{left} {centre}H{middle}V{top}"),
            block => {
                let wide = if block == '▌' { wide / 2.0 } else { wide };
                let opacity = if block == '░' { ".3" } else { "1" };
                writeln!(
                    out,
                    r#"<rect x="{left}" y="{top}" width="{wide}" height="{ROW}" fill="{fill}" opacity="{opacity}"/>"#
                )
                .unwrap();
                continue;
            }
        };
        writeln!(out, r#"<path d="{line}" stroke="{fill}" fill="none"/>"#).unwrap();
    }
}

fn text(out: &mut String, glyphs: &[Glyph], baseline: f32) {
    let one = |glyph: &Glyph| glyph.symbol.chars().count() == 1;
    // A symbol of several characters takes one coordinate, so it stands in a run of its own. A run ends
    // at a gap, too: some renderers read only its first coordinate.
    let joins = |a: &Glyph, b: &Glyph| {
        one(a) && one(b) && a.style == b.style && a.fill == b.fill && near(a.left + CELL, b.left)
    };
    for run in glyphs.chunk_by(joins) {
        let xs: Vec<String> = run.iter().map(|g| g.left.to_string()).collect();
        let symbols: String = run.iter().map(|g| escaped(&g.symbol)).collect();
        let class = match run[0].style.as_str() {
            "" => String::new(),
            style => format!(r#" class="{style}""#),
        };
        let fill = match run[0].fill.as_str() {
            TEXT => String::new(),
            fill => format!(r#" style="fill:{fill}""#),
        };
        writeln!(
            out,
            r#"<text y="{baseline}"{class}{fill} x="{}">{symbols}</text>"#,
            xs.join(" ")
        )
        .unwrap();
    }
}

fn class(modifier: Modifier) -> String {
    let names = [
        (Modifier::BOLD, "b"),
        (Modifier::DIM, "d"),
        (Modifier::UNDERLINED, "u"),
        (Modifier::ITALIC, "i"),
    ];
    let held = names.iter().filter(|(m, _)| modifier.contains(*m));
    held.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

/// Of the text, and of what is behind it unless that is the window.
fn colours(cell: &Cell) -> (String, Option<String>) {
    let fill = colour(cell.fg);
    let ground = colour(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        let fill = fill.unwrap_or_else(|| TEXT.into());
        return (ground.unwrap_or_else(|| GROUND.into()), Some(fill));
    }
    (fill.unwrap_or_else(|| TEXT.into()), ground)
}

fn colour(colour: Color) -> Option<String> {
    let number = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(n) => n,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(match number {
        n @ 0..=15 => PALETTE[usize::from(n)].to_owned(),
        n @ 16..=231 => {
            let level = |v: u8| if v == 0 { 0 } else { 55 + 40 * v };
            let n = n - 16;
            let (r, g, b) = (level(n / 36), level(n / 6 % 6), level(n % 6));
            format!("#{r:02x}{g:02x}{b:02x}")
        }
        n => {
            let grey = 8 + 10 * (n - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    })
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
