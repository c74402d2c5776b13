//! Toasts, bottom right above the status line: sign, message, hint.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Widget as _};

use super::layout::columns;
use super::theme::Theme;
use super::widgets::pen::Pen;
use crate::app::Model;
use crate::app::text::{width, wrap_to};
use crate::app::toast::Toast;

/// Widest toast, and most lines of its message and of its hint.
const WIDEST: u16 = 64;
const LINES: usize = 3;

/// Message and hint of a toast in lines of at most `room` columns.
fn lines(toast: &Toast, room: usize) -> (Vec<String>, Vec<String>) {
    let fit = |text: &str| wrap_to(text, room, LINES);
    let hint = toast.hint.as_deref().map(fit).unwrap_or_default();
    (fit(&toast.text), hint)
}

/// The places of the toasts above row `bottom`, oldest first; the oldest gives way when there is no room.
pub fn places(model: &Model, area: Rect, bottom: u16) -> Vec<Rect> {
    let most = WIDEST.min(area.width.saturating_sub(4));
    let mut bottom = bottom;
    let top = area.y.saturating_add(2);
    let mut places: Vec<Rect> = model
        .toasts
        .iter()
        .rev()
        .map(|toast| {
            let (text, hint) = lines(toast, usize::from(most).saturating_sub(6));
            let longest = text
                .iter()
                .chain(&hint)
                .map(|l| width(l))
                .max()
                .unwrap_or(0);
            let (wide, high) = (
                (columns(longest) + 6).min(most),
                columns(text.len() + hint.len()) + 2,
            );
            if most < 20 || bottom.saturating_sub(high) < top {
                bottom = top;
                return Rect::default();
            }
            bottom -= high;
            Rect::new(area.right() - wide - 1, bottom, wide, high)
        })
        .collect();
    places.reverse();
    places
}

/// Draws the toasts.
pub fn draw(buf: &mut Buffer, model: &Model, places: &[Rect], theme: &Theme) {
    for (toast, place) in model
        .toasts
        .iter()
        .zip(places)
        .filter(|(_, p)| !p.is_empty())
    {
        let (sign, style) = theme.tone(toast.tone);
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(style);
        let inner = block.inner(*place);
        Clear.render(*place, buf);
        block.render(*place, buf);
        let (text, hint) = lines(toast, usize::from(inner.width).saturating_sub(4));
        for (n, line) in text.iter().chain(&hint).enumerate() {
            let mut pen = Pen::new(buf, inner, columns(n));
            pen.write(if n == 0 { " " } else { "   " }, style);
            if n == 0 {
                pen.write(sign, style).write(" ", style);
            }
            pen.write(
                line,
                if n < text.len() {
                    theme.strong
                } else {
                    theme.muted
                },
            );
        }
    }
}
