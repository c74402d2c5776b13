//! Where the shells stand: their tabs, and the grids of those in sight.

use ratatui::layout::Rect;

use super::columns;
use crate::app::ShellId;
use crate::app::panes::shell::Shell;
use crate::app::panes::shells::Shells;
use crate::app::text::{cut, width};

/// Columns that a shell beside another needs; with fewer only the one that has the keys is shown.
const LEAST_BESIDE: u16 = 20;
/// Columns of a tab's label at most.
const LABEL: usize = 20;
/// Columns of what opens another shell.
const PLUS: u16 = 3;

/// Where the shells stand.
#[derive(Debug, Clone, Default)]
pub struct ShellPlaces {
    /// The grids of those in sight, from left to right.
    pub grids: Vec<(ShellId, Rect)>,
    /// The scroll bars of those that are scrolled back, over the last column of their grids.
    pub bars: Vec<(ShellId, Rect)>,
    /// What is said over those that have ended.
    pub ended: Vec<(ShellId, Rect)>,
    /// The lines between them.
    pub dividers: Vec<Rect>,
    /// The tabs, when there are several: each with the shell that stands for it.
    pub tabs: Vec<(Rect, ShellId)>,
    /// What opens another shell.
    pub plus: Rect,
}

/// The grids of the shells in sight within `area`; with `one`, only the one that has the keys.
pub fn grids(shells: &Shells, area: Rect, one: bool) -> ShellPlaces {
    let mut places = side_by_side(shells, area, one);
    for (id, area) in &places.grids {
        let bar = shells.get(*id).and_then(|shell| bar(shell, *area));
        places.bars.extend(bar.map(|bar| (*id, bar)));
        let over = |shell: &Shell| shell.has_ended() && !shell.is_reading();
        if shells.get(*id).is_some_and(over) {
            places.ended.push((*id, foot(*area)));
        }
    }
    places
}

/// The scroll bar of a shell on `area`, while it is scrolled back.
pub fn bar(shell: &Shell, area: Rect) -> Option<Rect> {
    let back = shell.terminal().scrolled().0;
    (back > 0 && area.width > 1).then(|| Rect {
        x: area.right() - 1,
        width: 1,
        ..area
    })
}

/// The rows in which is said that what stands above has ended.
pub fn foot(area: Rect) -> Rect {
    let height = area.height.min(4);
    Rect {
        y: area.bottom() - height,
        height,
        ..area
    }
}

fn side_by_side(shells: &Shells, area: Rect, one: bool) -> ShellPlaces {
    let row = shells.shown();
    let count = columns(row.len()).max(1);
    let room = area.width.saturating_sub(count - 1);
    if one || count == 1 || room / count < LEAST_BESIDE {
        return ShellPlaces {
            grids: vec![(shells.focused().id(), area)],
            ..ShellPlaces::default()
        };
    }
    let mut places = ShellPlaces::default();
    let mut x = area.x;
    for (n, id) in row.iter().enumerate() {
        // What cannot be shared out evenly goes to the first ones.
        let more = u16::from(columns(n) < room % count);
        let width = room / count + more;
        places.grids.push((*id, Rect { x, width, ..area }));
        x += width;
        if n + 1 < row.len() {
            places.dividers.push(Rect {
                x,
                width: 1,
                ..area
            });
            x += 1;
        }
    }
    places
}

/// What a shell's tab says: a sign for a bell that nobody heard, and its label.
pub fn tab_label(shells: &Shells, shell: &Shell) -> String {
    let sign = if shells.rang(shell.id()) { "•" } else { "" };
    format!(" {sign}{} ", cut(&shell.label(), LABEL))
}

/// Adds the tabs from column `x` of the tab bar on. Where not all fit, it is a run of them with the one in
/// sight; what opens another shell always has its place behind them.
pub fn tabs(shells: &Shells, bar: Rect, x: u16, places: &mut ShellPlaces) {
    let end = bar.right().saturating_sub(1 + PLUS);
    let mut x = x;
    if shells.tabs().len() > 1 {
        let label = |shell: &Shell| columns(width(&tab_label(shells, shell)));
        let all: Vec<_> = shells
            .tabs()
            .map(|(s, on)| (s.id(), label(s), on))
            .collect();
        let here = all.iter().position(|(.., on)| *on).unwrap_or(0);
        let run = |from: usize| all.iter().take(here + 1).skip(from);
        let wide = |from: usize| run(from).map(|(_, wide, _)| wide).sum::<u16>();
        let first = (0..here).find(|from| x.saturating_add(wide(*from)) <= end);
        for (id, width, _) in all.iter().skip(first.unwrap_or(here)) {
            let place = Rect {
                x,
                width: *width,
                ..bar
            };
            if place.right() > end {
                break;
            }
            x = place.right();
            places.tabs.push((place, *id));
        }
    }
    let plus = Rect {
        x,
        width: PLUS,
        ..bar
    };
    if plus.right() < bar.right() {
        places.plus = plus;
    }
}
