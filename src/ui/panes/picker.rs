//! The picker: filter line, list, banner, and what a newcomer reads when there is nothing to list.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::Model;
use crate::app::fuzzy::Fuzzy;
use crate::app::picker::Picker;
use crate::app::picker::row::{Dev, Row};
use crate::app::text::{clean, cut, cut_start, pad, width, wrap};
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Widths of the list's columns; the image takes what the others leave.
struct Columns {
    name: usize,
    state: usize,
    image: usize,
    family: usize,
    dev: usize,
}

impl Columns {
    fn of(list: Rect, widest_name: usize) -> Self {
        let all = usize::from(list.width);
        // The family stands in the preview, too: on a middling screen names and images need its room more.
        let (state, family, dev) = if all >= 110 {
            (22, 17, 20)
        } else {
            (22, 0, 13)
        };
        let gaps = 2 + 3 + usize::from(family > 0) + 1;
        let left = all.saturating_sub(state + family + dev + gaps);
        // A long name takes up to half of what it shares with the image, a short one leaves it more.
        let name = widest_name.clamp(12, (left / 2).max(12));
        Self {
            name,
            state,
            image: left.saturating_sub(name),
            family,
            dev,
        }
    }
}

/// Draws the picker; where the cursor of the filter belongs.
pub fn draw(buf: &mut Buffer, model: &Model, places: &Places, theme: &Theme) -> Position {
    let picker = &model.picker;
    let cursor = filter(buf, picker, places.bar, theme);
    if let Some(trouble) = picker.trouble().filter(|_| picker.is_loaded()) {
        buf.set_style(places.banner, theme.banner);
        let key = model.settings.keymap.key(
            crate::app::keymap::Focus::Picker,
            crate::app::action::Action::Refresh,
        );
        let now = key.map_or(String::new(), |key| format!(" · {key} now"));
        let end = format!("  trying again{now} ");
        let mut pen = Pen::new(buf, places.banner, 0);
        let room = pen.room().saturating_sub(width(&end) + 3);
        pen.write(" ! ", theme.banner)
            .write(&cut(&clean(&trouble.message), room), theme.banner)
            .right(&end, theme.banner);
    }
    let (shown, all, _) = picker.counts();
    if shown == 0 {
        let area = places.heads.union(places.list).union(places.preview);
        empty(buf, picker, area, all, theme);
        return cursor;
    }
    list(buf, picker, places, theme);
    super::preview::draw(buf, model, places, theme);
    cursor
}

fn filter(buf: &mut Buffer, picker: &Picker, bar: Rect, theme: &Theme) -> Position {
    let (shown, all, twins) = picker.counts();
    let mut counts = match (picker.filter().is_empty(), all) {
        _ if !picker.is_loaded() => String::new(),
        (true, 1) => "1 container".into(),
        (true, _) => format!("{all} containers"),
        (false, _) => format!("{shown} of {all}"),
    };
    if twins > 0 {
        counts = format!(
            "{counts} · {twins} {} not listed",
            if twins == 1 { "twin" } else { "twins" }
        );
    }
    let mut pen = Pen::new(buf, bar, 0);
    pen.write(" ❯ ", theme.accent);
    let room = pen.room().saturating_sub(width(&counts) + 3);
    // Of a long filter the end is seen, where the typing happens.
    let text = picker.filter().text();
    let before: String = text.chars().take(picker.filter().cursor()).collect();
    let hidden = width(&before).saturating_sub(room.saturating_sub(1));
    let mut skipped = 0;
    let seen: String = text
        .chars()
        .skip_while(|c| {
            let skip = skipped < hidden;
            skipped += width(&c.to_string());
            skip
        })
        .collect();
    if text.is_empty() {
        pen.write(
            &cut("type to filter by name, image or state", room),
            theme.muted,
        );
    } else {
        pen.write(&cut(&seen, room), theme.strong);
    }
    pen.right(&format!(" {counts} "), theme.muted);
    let x = bar.x + 3 + columns(width(&before).min(room.saturating_sub(1)));
    Position::new(x.min(bar.right().saturating_sub(1)), bar.y)
}

fn list(buf: &mut Buffer, picker: &Picker, places: &Places, theme: &Theme) {
    let at = Columns::of(places.list, picker.widest_name());
    let mut pen = Pen::new(buf, places.heads, 0);
    pen.write("  ", theme.muted)
        .write(&pad("NAME", at.name + 1), theme.muted)
        .write(&pad("STATE", at.state + 1), theme.muted)
        .write(&pad("IMAGE", at.image + 1), theme.muted);
    if at.family > 0 {
        pen.write(&pad("FAMILY", at.family + 1), theme.muted);
    }
    pen.write("DEV IMAGE", theme.muted);
    let mut fuzzy = Fuzzy::new(picker.filter().text());
    let height = places.list.height;
    for (n, (row, selected)) in picker.visible(height.into()).enumerate() {
        let n = columns(n);
        let matched = fuzzy
            .as_mut()
            .map_or_else(Vec::new, |f| f.matched(&row.haystack()));
        list_row(buf, places.list, n, row, &at, &matched, theme);
        if selected {
            let line = Rect {
                y: places.list.y + n,
                height: 1,
                ..places.list
            };
            buf.set_style(line, theme.selected);
            Pen::new(buf, line, 0).write("▌", theme.selected);
        }
    }
    let (shown, ..) = picker.counts();
    scroll_bar(buf, places.list, picker.offset(), shown, theme);
}

fn list_row(
    buf: &mut Buffer,
    list: Rect,
    n: u16,
    row: &Row,
    at: &Columns,
    matched: &[usize],
    theme: &Theme,
) {
    let mut pen = Pen::new(buf, list, n);
    pen.write(" ", theme.muted);
    let (sign, mood) = theme.mood(row.mood);
    pen.write(" ", theme.muted);
    marked(
        &mut pen,
        &row.name,
        at.name,
        0,
        matched,
        theme.strong,
        theme,
    );
    pen.write(" ", theme.muted);
    pen.write(sign, mood)
        .write(" ", mood)
        .write(&pad(&row.words, at.state - 2), mood);
    pen.write(" ", theme.muted);
    // Of a long reference the end tells more: name and tag.
    let image = cut_start(&row.image, at.image);
    let kept = image.chars().count();
    let dropped = row.image.chars().count().saturating_sub(kept);
    let skipped = row.name.chars().count() + 1 + dropped;
    marked(
        &mut pen,
        &image,
        at.image,
        skipped,
        matched,
        Style::new(),
        theme,
    );
    pen.write(" ", theme.muted);
    if at.family > 0 {
        pen.write(&pad(row.family.unwrap_or("–"), at.family), theme.muted)
            .write(" ", theme.muted);
    }
    let (words, style) = dev_words(&row.dev, at.dev >= 16, theme);
    pen.write(&pad(&words, at.dev), style);
}

/// Writes `text` padded to `room`, with the characters that the filter found in their own style;
/// `skipped` characters of the haystack stand before it.
fn marked(
    pen: &mut Pen<'_>,
    text: &str,
    room: usize,
    skipped: usize,
    matched: &[usize],
    style: Style,
    theme: &Theme,
) {
    for (n, c) in pad(text, room).chars().enumerate() {
        let found = matched.contains(&(skipped + n)) && n < text.chars().count();
        pen.write(
            c.encode_utf8(&mut [0; 4]),
            if found { theme.found } else { style },
        );
    }
}

/// What is known of a dev image, in a word; with its tag where there is room.
fn dev_words(dev: &Dev, with_tag: bool, theme: &Theme) -> (String, Style) {
    let tagged = |words: &str, image: &str| {
        let tag = image
            .rsplit_once(':')
            .map(|(_, tag)| tag)
            .filter(|tag| !tag.contains('/'));
        match tag {
            Some(tag) if with_tag => format!("{words}  {tag}"),
            _ => words.to_owned(),
        }
    };
    match dev {
        Dev::Local(image) => (tagged("✓ local", image), theme.good),
        Dev::Registry(image) => (tagged("↓ registry", image), theme.accent),
        Dev::Own => ("✓ itself".into(), theme.good),
        Dev::None => ("✗ none".into(), theme.waiting),
        Dev::Unasked => ("· to look up".into(), theme.muted),
    }
}

fn scroll_bar(buf: &mut Buffer, list: Rect, offset: usize, rows: usize, theme: &Theme) {
    let height = usize::from(list.height);
    if rows <= height || height == 0 {
        return;
    }
    let thumb = (height * height / rows).max(1);
    let top = offset * (height - thumb) / (rows - height).max(1);
    let x = list.right().saturating_sub(1);
    for n in 0..height {
        let (sign, style) = if (top..top + thumb).contains(&n) {
            ("┃", theme.accent)
        } else {
            ("│", theme.rule)
        };
        if let Some(cell) = buf.cell_mut((x, list.y + columns(n))) {
            cell.set_symbol(sign).set_style(style);
        }
    }
}

/// What stands in the place of an empty list: why, and what to do.
fn empty(buf: &mut Buffer, picker: &Picker, area: Rect, all: usize, theme: &Theme) {
    let room = usize::from(area.width).saturating_sub(8).min(72);
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| {
        lines.extend(
            wrap(text, room.max(1))
                .into_iter()
                .map(|line| (line, style)),
        );
    };
    if let Some(trouble) = picker.trouble().filter(|_| !picker.is_loaded()) {
        say("The engine cannot be reached", theme.bad);
        say("", theme.muted);
        say(&clean(&trouble.message), theme.strong);
        if let Some(hint) = &trouble.hint {
            say(&clean(hint), theme.muted);
        }
        say("", theme.muted);
        say(
            "The list appears as soon as the engine answers.",
            theme.muted,
        );
    } else if !picker.is_loaded() {
        say("Asking the engine for its containers …", theme.muted);
    } else if all > 0 {
        say("No container matches the filter.", theme.strong);
        say("Esc clears it.", theme.muted);
    } else {
        say("No containers yet", theme.strong);
        say("", theme.muted);
        say(
            "Start one that has no shell of its own, and devtwin gives it one:",
            theme.muted,
        );
        say("", theme.muted);
        say(
            "docker run -d --name hello cgr.dev/chainguard/nginx",
            theme.accent,
        );
        say("", theme.muted);
        say("It appears here by itself.", theme.muted);
    }
    let widest = lines.iter().map(|(line, _)| width(line)).max().unwrap_or(0);
    let x = area.x + area.width.saturating_sub(columns(widest)) / 2;
    let y = area.y + area.height.saturating_sub(columns(lines.len())) / 3;
    let place = Rect {
        x,
        y,
        width: area.right().saturating_sub(x),
        height: area.bottom().saturating_sub(y),
    };
    for (n, (line, style)) in lines.iter().enumerate() {
        Pen::new(buf, place, columns(n)).write(line, *style);
    }
}
