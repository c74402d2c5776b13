//! The processes pane.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::stats;
use crate::app::joined::Joined;
use crate::ui::layout::Places;
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the pane; where the cursor of a line under edit stands.
pub fn draw(buf: &mut Buffer, joined: &Joined, places: &Places, theme: &Theme) -> Option<Position> {
    stats::draw(buf, joined, places.shell, theme);
    let text = format!("◌ looking at {} …", joined.name);
    Pen::new(buf, places.shell, stats::HEIGHT + 1)
        .write("  ", theme.muted)
        .write(&text, theme.waiting);
    None
}
