//! The tab bar: the panes, and behind the shell pane's own the tabs of the shells.

use ratatui::layout::Rect;

use super::{Places, columns, shells};
use crate::app::joined::Joined;
use crate::app::panes::Pane;
use crate::app::text::{cut, width};

/// Columns of what the program in the shell calls itself, at most and at least.
const TITLE: (usize, usize) = (30, 6);
/// Columns that the tabs of the shells and what opens another one are given before the panes' own shrink: the longest
/// tab fits, so that the shell in sight always has one.
const SHELLS: usize = 26;
/// Columns of what opens another shell.
const PLUS: usize = 3;

/// How much a tab says, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    Name,
    Short,
    Number,
}

/// Places the tabs. Where not all fit, the panes out of sight say less: from the right, and those last where something
/// wants to be seen.
pub(super) fn place(joined: &Joined, places: &mut Places) {
    let bar = places.bar;
    let mut labels = Pane::ALL.map(|pane| (pane, label(joined, pane, Wording::Name)));
    let room = usize::from(bar.width).saturating_sub(1 + shells_want(joined));
    for (pane, wording) in shrinking(joined) {
        if wide(&labels) <= room {
            break;
        }
        if let Some((_, shown)) = labels.iter_mut().find(|(p, _)| *p == pane) {
            *shown = label(joined, pane, wording);
        }
    }
    let left = room.saturating_sub(wide(&labels));
    if let [(Pane::Shell, shown), ..] = &mut labels
        && let Some(title) = title(joined, left)
    {
        shown.truncate(shown.trim_end().len());
        *shown = format!("{shown} · {title} ");
    }
    let rest = columns(wide(labels.get(1..).unwrap_or_default()));
    let mut x = bar.x.saturating_add(1);
    for (pane, label) in labels {
        let tab = Rect {
            x,
            width: columns(width(&label)),
            ..bar
        };
        places.tabs.push((tab.intersection(bar), pane, label));
        x = tab.right().saturating_add(1);
        if pane == Pane::Shell {
            let room = Rect {
                width: bar.width.saturating_sub(rest),
                ..bar
            };
            shells::tabs(&joined.shells, room, x, &mut places.shells);
            x = places.shells.plus.right().max(x).saturating_add(1);
        }
    }
}

/// Columns of labels with a space behind each.
fn wide(labels: &[(Pane, String)]) -> usize {
    labels.iter().map(|(_, label)| width(label) + 1).sum()
}

/// Which panes say less, one after the other.
fn shrinking(joined: &Joined) -> impl Iterator<Item = (Pane, Wording)> {
    let mut panes = Pane::ALL;
    panes.reverse();
    panes.sort_by_key(|pane| !badge(joined, *pane).is_empty());
    let here = joined.pane;
    let less = [Wording::Short, Wording::Number];
    less.into_iter().flat_map(move |wording| {
        let away = panes.into_iter().filter(move |pane| *pane != here);
        away.map(move |pane| (pane, wording))
    })
}

/// Columns that the tabs of the shells would have, within bounds.
fn shells_want(joined: &Joined) -> usize {
    let tabs = joined.shells.tabs();
    let labels = tabs.map(|(shell, _)| width(&shells::tab_label(&joined.shells, shell)));
    let (count, all) = labels.fold((0, 0), |(n, all), wide| (n + 1, all + wide));
    let tabs: usize = if count > 1 { all } else { 0 };
    (tabs + PLUS + 1).min(SHELLS)
}

/// What the program in the only shell calls itself, in so many columns with a point before it. With several shells
/// each has a tab that says its own.
fn title(joined: &Joined, room: usize) -> Option<String> {
    let room = room.saturating_sub(3).min(TITLE.0);
    let one = joined.shells.tabs().len() == 1 && room >= TITLE.1;
    let title = joined.shells.focused().title().filter(|_| one)?;
    Some(cut(&title, room))
}

/// What wants to be seen in a pane.
fn badge(joined: &Joined, pane: Pane) -> String {
    match pane {
        Pane::Packages => joined.packages.badge(),
        Pane::Entrypoint => joined.entrypoint.badge(),
        Pane::Shell
        | Pane::Logs
        | Pane::Processes
        | Pane::Network
        | Pane::Files
        | Pane::Compare
        | Pane::Recipe => String::new(),
    }
}

/// Label of a tab: number, name, and what wants to be seen there.
fn label(joined: &Joined, pane: Pane, wording: Wording) -> String {
    let name = match wording {
        Wording::Name => format!(" {}", pane.title()),
        Wording::Short => format!(" {}", pane.short()),
        Wording::Number => String::new(),
    };
    format!(" {}{name}{} ", pane.number(), badge(joined, pane))
}
