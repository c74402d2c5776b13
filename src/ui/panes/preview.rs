//! The preview of the selected container: what it is, which dev image and why, its last words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::action::Action;
use crate::app::keymap::Focus;
use crate::app::picker::preview::intent;
use crate::app::picker::row::{Dev, Mood, Row};
use crate::app::text::{clean, cut, width, wrap_to};
use crate::app::{Model, Preview};
use crate::domain::plan::{Mode, Weight};
use crate::domain::target::MountKind;
use crate::domain::triage::triage;
use crate::ui::layout::{Places, columns};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Width of the labels at the left.
const LABEL: usize = 9;

type Piece = (String, Style);
/// A label and what stands beside it.
type Line = (String, Vec<Piece>);

/// Draws the preview.
pub fn draw(buf: &mut Buffer, model: &Model, places: &Places, theme: &Theme) {
    let picker = &model.picker;
    let Some(row) = picker.selection().filter(|_| !places.preview.is_empty()) else {
        return;
    };
    let area = places.preview;
    let here = picker.look().of(&row.id);
    let (words, mood) = match here.and_then(|(preview, _)| preview.target.as_ref().ok()) {
        // A loop is a loop also in the moment in which it was looked at.
        Some(target) if row.mood != Mood::Looping => {
            (clean(&target.state.words()), Mood::of(&target.state))
        }
        Some(_) | None => (row.words.clone(), row.mood),
    };
    let (sign, style) = theme.mood(mood);
    let mut pen = Pen::new(buf, area, 0);
    let name = cut(&row.name, pen.room().saturating_sub(width(&words) + 10));
    pen.write("── ", theme.rule)
        .write(&name, theme.strong)
        .write(" ─ ", theme.rule)
        .write(sign, style)
        .write(" ", style)
        .write(&words, style)
        .write(" ", theme.rule)
        .rule(0, theme.rule);
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let room = usize::from(inner.width).saturating_sub(LABEL).max(1);
    let found = here.and_then(|(preview, _)| preview.resolution.as_ref().ok());
    let family = found.and_then(|resolution| resolution.family.as_deref());
    let mut lines = vec![image_line(row, family.or(row.family), theme)];
    match here {
        None => lines.push(("dev".into(), vec![("looking …".into(), theme.muted)])),
        Some((preview, _)) => {
            lines.extend(what_lines(
                model,
                preview,
                row,
                room,
                inner.height >= 12,
                theme,
            ));
            lines.extend(dev_lines(preview, row, room, inner.height >= 12, theme));
            if let Some(chosen) = model.settings.wishes.dev_images.get(&row.image) {
                lines.push(("chosen".into(), vec![(clean(chosen), theme.strong)]));
            }
            let key = model.settings.keymap.key(Focus::Picker, Action::Attach);
            if let Some(key) = key {
                lines.extend(
                    intent_lines(preview, row, room, theme)
                        .into_iter()
                        .enumerate()
                        .map(|(n, line)| {
                            (
                                if n == 0 {
                                    key.to_string()
                                } else {
                                    String::new()
                                },
                                vec![line],
                            )
                        }),
                );
            }
            lines.extend(mount_line(preview, theme));
        }
    }
    let mut next = 0;
    for (label, pieces) in lines.iter().take(usize::from(inner.height)) {
        let mut pen = Pen::new(buf, inner, next);
        pen.write(&format!("{label:LABEL$}"), theme.muted);
        for (text, style) in pieces {
            let text = cut(text, pen.room());
            pen.write(&text, *style);
        }
        next += 1;
    }
    let Some((_, log)) = here else { return };
    let left = usize::from(inner.height.saturating_sub(next));
    let log: Vec<Piece> = match log {
        Err(error) => vec![(clean(&error.message), theme.waiting)],
        Ok(log) if log.is_empty() => vec![("nothing was printed".into(), theme.muted)],
        Ok(log) => {
            let skip = log.len().saturating_sub(left);
            log.iter()
                .skip(skip)
                .map(|l| (l.clone(), Style::new()))
                .collect()
        }
    };
    for (n, (line, style)) in log.iter().take(left).enumerate() {
        let mut pen = Pen::new(buf, inner, next + columns(n));
        pen.write(
            &format!("{:LABEL$}", if n == 0 { "log" } else { "" }),
            theme.muted,
        );
        let line = cut(line, pen.room());
        pen.write(&line, *style);
    }
}

fn image_line(row: &Row, family: Option<&str>, theme: &Theme) -> Line {
    let mut pieces = vec![(row.image.clone(), Style::new())];
    if let Some(family) = family {
        pieces.push((format!(" · {} image", clean(family)), theme.muted));
    }
    ("image".into(), pieces)
}

/// What happened, beyond the words in the title: the most telling facts, and the last health check that failed.
fn what_lines(
    model: &Model,
    preview: &Preview,
    row: &Row,
    room: usize,
    tall: bool,
    theme: &Theme,
) -> Vec<Line> {
    let Ok(target) = &preview.target else {
        return Vec::new();
    };
    let triage = triage(target, &[], &model.picker.pace(&row.id));
    let mut facts: Vec<String> = Vec::new();
    if model.frozen.contains_key(&row.id) {
        facts.push("frozen by you: its restart policy is “no” until you leave".into());
    }
    facts.extend(triage.facts);
    if row.mood == Mood::Ill
        && let Some(check) = triage.health.first()
    {
        facts.push(format!("its health check {check}"));
    }
    let most = if tall { 4 } else { 2 };
    let lines = facts
        .iter()
        .flat_map(|fact| wrap_to(&clean(fact), room, 1))
        .take(most);
    lines
        .enumerate()
        .map(|(n, line)| {
            let label = if n == 0 { "what" } else { "" };
            (label.to_owned(), vec![(line, theme.waiting)])
        })
        .collect()
}

fn dev_lines(preview: &Preview, row: &Row, room: usize, tall: bool, theme: &Theme) -> Vec<Line> {
    let resolution = match &preview.resolution {
        Ok(resolution) => resolution,
        Err(error) => {
            let mut lines = vec![(
                "dev".into(),
                vec![(format!("✗ {}", clean(&error.message)), theme.bad)],
            )];
            if let Some(hint) = &error.hint {
                lines.push((String::new(), vec![(clean(hint), theme.muted)]));
            }
            return lines;
        }
    };
    let sure = format!(" · {} % sure", resolution.confidence);
    let pieces = match Dev::of(resolution) {
        Dev::Local(image) if resolution.toolbox => vec![
            ("✓ ".into(), theme.waiting),
            (image, theme.strong),
            (" · a toolbox, no sibling".into(), theme.waiting),
        ],
        Dev::Local(image) => vec![
            ("✓ ".into(), theme.good),
            (image, theme.strong),
            (format!(" · local{sure}"), theme.muted),
        ],
        Dev::Registry(image) => {
            vec![
                ("↓ ".into(), theme.accent),
                (image, theme.strong),
                (format!(" · to be pulled{sure}"), theme.muted),
            ]
        }
        Dev::Own => vec![
            ("✓ ".into(), theme.good),
            ("its own image has a shell".into(), theme.strong),
        ],
        Dev::None | Dev::Unasked => vec![("✗ no dev image found".into(), theme.waiting)],
    };
    let mut lines = vec![("dev".to_owned(), pieces)];
    // The first reason is the one that counts; the steps from it are for screens with room.
    let reasons = if tall { resolution.evidence.len() } else { 1 };
    let why: Vec<String> = resolution
        .evidence
        .iter()
        .take(reasons)
        .map(|e| clean(e))
        .collect();
    let why = wrap_to(&why.join("; "), room, if tall { 2 } else { 1 });
    for (n, line) in why.into_iter().filter(|l| !l.is_empty()).enumerate() {
        let label = if n == 0 { "why" } else { "" };
        lines.push((label.to_owned(), vec![(line, theme.muted)]));
    }
    if resolution.dev_image.is_none() {
        for (n, tried) in resolution.tried.iter().rev().take(2).enumerate() {
            let label = if n == 0 { "tried" } else { "" };
            let words = format!(
                "{}: {}",
                clean(&tried.reference),
                clean(&tried.outcome.to_string())
            );
            lines.push((label.to_owned(), vec![(words, theme.muted)]));
        }
    }
    if row.mood == Mood::Ill || row.mood == Mood::Looping {
        lines.truncate(2); // the log tells more of a failed container than the rest of the evidence
    }
    lines
}

/// What Enter would do, with which rights, before anything is made; or why it would do nothing.
fn intent_lines(preview: &Preview, row: &Row, room: usize, theme: &Theme) -> Vec<Piece> {
    if row.mode().is_none() {
        let (_, hint) = row.refusal();
        return wrap_to(&format!("not now: {hint}"), room, 2)
            .into_iter()
            .map(|l| (l, theme.waiting))
            .collect();
    }
    let plan = match intent(preview, row) {
        None => {
            let hint = format!(
                "no twin without a dev image; devtwin attach {} --image REF names one",
                row.name
            );
            return wrap_to(&hint, room, 2)
                .into_iter()
                .map(|l| (l, theme.waiting))
                .collect();
        }
        Some(Err(error)) => return vec![(clean(&error.message), theme.waiting)],
        Some(Ok(plan)) => plan,
    };
    let what = match plan.mode {
        Mode::Arena => format!(
            "opens an arena: shell as {}; with its {}",
            plan.rights(),
            plan.shared().join(", ")
        ),
        Mode::Join | Mode::Catch | Mode::Explore | Mode::Replica | Mode::Probe => format!(
            "shell as {}; shares its {}",
            plan.rights(),
            plan.shared().join(", ")
        ),
    };
    let mut lines: Vec<Piece> = wrap_to(&what, room, 2)
        .into_iter()
        .map(|l| (l, theme.strong))
        .collect();
    let missing = plan
        .notes
        .iter()
        .filter(|note| note.weight == Weight::Missing);
    lines.extend(missing.map(|note| (format!("! {}", clean(&note.text)), theme.waiting)));
    lines
}

fn mount_line(preview: &Preview, theme: &Theme) -> Option<Line> {
    let target = preview.target.as_ref().ok()?;
    if target.mounts.is_empty() && target.tmpfs.is_empty() {
        return None;
    }
    let mounts = target.mounts.iter().map(|mount| {
        let source = match mount.kind {
            MountKind::Tmpfs => "tmpfs".to_owned(),
            MountKind::Bind | MountKind::Volume | MountKind::Image | MountKind::Other => {
                clean(&mount.source)
            }
        };
        let access = if mount.writable { "" } else { " (read-only)" };
        format!("{} ← {source}{access}", clean(&mount.destination))
    });
    let tmpfs = target
        .tmpfs
        .iter()
        .map(|path| format!("{} ← tmpfs", clean(path)));
    let all = mounts.chain(tmpfs).collect::<Vec<_>>().join(", ");
    Some(("mounts".into(), vec![(all, theme.muted)]))
}
