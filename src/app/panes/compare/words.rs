//! The rows of the compare pane in words, each in so many columns.

use std::fmt::Write as _;

use super::{Compare, Row};
use crate::app::panes::entrypoint::blocks::{Ink, Line};
use crate::app::text::{bytes, clean, cut, cut_start, pad, width};
use crate::domain::compare::packages::{Newer, Version};
use crate::domain::compare::{Change, Comparison, Hand, PackageRow, Setting};
use crate::domain::text::bounded;

/// Columns of a sign and the blank behind it.
const SIGN: usize = 2;
/// Columns of a size with its sign.
const SIZE: usize = 10;
/// Most characters of a value that are looked at for a row.
const VALUE: usize = 400;

/// What a change looks like from the side that stands first.
pub fn seen(change: Change, swapped: bool) -> Change {
    match (change, swapped) {
        (Change::OnlyLeft, true) => Change::OnlyRight,
        (Change::OnlyRight, true) => Change::OnlyLeft,
        (change, _) => change,
    }
}

/// A sign that can be read without colour, and how it is drawn.
fn sign(change: Change) -> (Ink, String) {
    let ink = match change {
        Change::OnlyLeft => Ink::Bad,
        Change::OnlyRight => Ink::Good,
        Change::Changed => Ink::Waiting,
        Change::Same => Ink::Muted,
    };
    let sign = match change {
        Change::OnlyLeft => '−',
        Change::OnlyRight => '+',
        Change::Changed => '≠',
        Change::Same => ' ',
    };
    (ink, format!("{sign} "))
}

/// Three columns after the sign: what it is about, and either side.
fn columns(room: usize, sizes: bool) -> (usize, usize) {
    let room = room.saturating_sub(SIGN + if sizes { SIZE } else { 0 });
    let name = (room * 2 / 5).max(8);
    (name, room.saturating_sub(name) / 2)
}

/// The titles of a section's columns; none where rows are no table.
pub fn titles(pane: &Compare, room: usize) -> Option<String> {
    use super::Section;
    let comparison = pane.comparison()?;
    let (one, other) = pane.hands();
    let (one, other) = (role(comparison, one), role(comparison, other));
    let (what, sizes) = match pane.section() {
        Section::Packages => ("package", true),
        Section::Config => ("setting", false),
        Section::Files => {
            let name = room.saturating_sub(SIGN + 2 * SIZE + 20);
            return Some(format!(
                "  {}{:>SIZE$}{:>SIZE$}  {}",
                pad("file", name),
                one,
                other,
                "differs in"
            ));
        }
        Section::Sizes | Section::Programs => return None,
    };
    let (name, side) = columns(room, sizes);
    let mut line = format!(
        "  {}{}{}",
        pad(what, name),
        pad(one, side),
        pad(other, side)
    );
    if sizes {
        let _ = write!(line, "{:>SIZE$}", "size");
    }
    Some(line)
}

fn role(comparison: &Comparison, hand: Hand) -> &'static str {
    match hand {
        Hand::Left => comparison.left.role.word(),
        Hand::Right => comparison.right.role.word(),
    }
}

/// A row.
pub fn row(pane: &Compare, row: &Row, room: usize) -> Line {
    let Some(comparison) = pane.comparison() else {
        return Vec::new();
    };
    let swapped = pane.is_swapped();
    match row {
        Row::Heading(text) => vec![(Ink::Name, format!("▸ {text}"))],
        Row::Package(n) => match comparison.packages.as_ref().and_then(|p| p.rows.get(*n)) {
            Some(package) => self::package(package, swapped, room),
            None => Vec::new(),
        },
        Row::Setting(n) => match comparison.config.get(*n) {
            Some(setting) => self::setting(setting, swapped, room),
            None => Vec::new(),
        },
        Row::Node(id, depth) => node(pane, *id, *depth, room),
        Row::Layer(hand, n) => {
            let sizes = comparison.sizes.as_ref();
            let layers = sizes.map(|sizes| match hand {
                Hand::Left => &sizes.left,
                Hand::Right => &sizes.right,
            });
            let shared = sizes.is_some_and(|sizes| *n < sizes.shared);
            match layers.and_then(|layers| layers.get(*n)) {
                Some(layer) => {
                    let both = if shared { "  in both  " } else { "  " };
                    let used = SIGN + SIZE + width(both);
                    vec![
                        (
                            Ink::Strong,
                            format!("{:>1$}", bytes(layer.size), SIGN + SIZE),
                        ),
                        (Ink::Muted, both.to_owned()),
                        (
                            Ink::Strong,
                            cut(&clean(&layer.made_by), room.saturating_sub(used)),
                        ),
                    ]
                }
                None => Vec::new(),
            }
        }
        Row::Directory(n) => {
            match comparison
                .files
                .as_ref()
                .and_then(|f| f.directories.get(*n))
            {
                Some(dir) => {
                    let (one, other) = turned((dir.left, dir.right), swapped);
                    let used = SIGN + 3 * SIZE + 4;
                    vec![
                        (
                            Ink::Muted,
                            format!("  {:>SIZE$} {:>SIZE$}", bytes(one), bytes(other)),
                        ),
                        growth(difference(one, other)),
                        (
                            Ink::Strong,
                            format!(
                                "  {}",
                                cut_start(&clean(&dir.path), room.saturating_sub(used))
                            ),
                        ),
                    ]
                }
                None => Vec::new(),
            }
        }
        Row::Program(hand, n) => {
            let programs = comparison.programs.as_ref();
            let program = programs.and_then(|p| match hand {
                Hand::Left => p.only_left.get(*n),
                Hand::Right => p.only_right.get(*n),
            });
            let Some(program) = program else {
                return Vec::new();
            };
            let change = match hand {
                Hand::Left => Change::OnlyLeft,
                Hand::Right => Change::OnlyRight,
            };
            let name = (room / 4).max(12);
            let package = program.package.as_ref();
            let package = package.map_or_else(String::new, |p| format!("  {}", clean(p)));
            let path = if program.path == program.leads_to {
                clean(&program.path)
            } else {
                format!("{} → {}", clean(&program.path), clean(&program.leads_to))
            };
            let left = room.saturating_sub(SIGN + name + 1 + width(&package));
            vec![
                sign(seen(change, swapped)),
                (
                    Ink::Strong,
                    pad(&cut(&clean(&program.name), name), name + 1),
                ),
                (Ink::Muted, cut(&path, left)),
                (Ink::Name, package),
            ]
        }
        Row::Privileged(n) => {
            let programs = comparison.programs.as_ref();
            let Some(file) = programs.and_then(|p| p.privileged.get(*n)) else {
                return Vec::new();
            };
            let rights = file.left.as_ref().or(file.right.as_ref());
            let how = rights.map_or_else(String::new, |rights| {
                let capabilities = rights.capabilities.as_deref().map(clean);
                format!("{:04o}  {}", rights.mode, capabilities.unwrap_or_default())
            });
            vec![
                sign(seen(file.change, swapped)),
                (Ink::Waiting, format!("{} ", how.trim_end())),
                (
                    Ink::Strong,
                    cut_start(
                        &clean(&file.path),
                        room.saturating_sub(SIGN + width(&how) + 1),
                    ),
                ),
            ]
        }
    }
}

/// Both in the order in which they stand.
fn turned<T>((left, right): (T, T), swapped: bool) -> (T, T) {
    if swapped {
        (right, left)
    } else {
        (left, right)
    }
}

fn difference(one: u64, other: u64) -> i128 {
    i128::from(other) - i128::from(one)
}

/// How many bytes more or less.
fn growth(by: i128) -> (Ink, String) {
    let size = bytes(u64::try_from(by.unsigned_abs()).unwrap_or(u64::MAX));
    let text = match by {
        0 => String::new(),
        by if by > 0 => format!("+{size}"),
        _ => format!("−{size}"),
    };
    (Ink::Muted, format!("{text:>SIZE$}"))
}

fn package(package: &PackageRow, swapped: bool, room: usize) -> Line {
    let (name, side) = columns(room, true);
    let version = |version: &Option<Version>, newer: bool| {
        let text = version.as_ref().map_or("–", |v| v.version.as_str());
        let mark = if newer { " ↑" } else { "" };
        let text = cut(&bounded(text, VALUE), side.saturating_sub(1 + width(mark)));
        pad(&format!("{text}{mark}"), side)
    };
    let left = version(&package.left, package.newer == Some(Newer::Left));
    let right = version(&package.right, package.newer == Some(Newer::Right));
    let (one, other) = turned((left, right), swapped);
    let by = i128::from(package.growth());
    vec![
        sign(seen(package.change, swapped)),
        (
            Ink::Strong,
            pad(&cut(&clean(&package.name), name.saturating_sub(1)), name),
        ),
        (Ink::Muted, one),
        (Ink::Muted, other),
        growth(if swapped { -by } else { by }),
    ]
}

fn setting(setting: &Setting, swapped: bool, room: usize) -> Line {
    let (name, side) = columns(room, false);
    let value = |value: &Option<String>| {
        let text = value.as_ref().map_or("–".into(), |v| bounded(v, VALUE));
        pad(&cut(&text, side.saturating_sub(1)), side)
    };
    let (one, other) = turned((value(&setting.left), value(&setting.right)), swapped);
    vec![
        sign(seen(setting.change, swapped)),
        (
            Ink::Strong,
            pad(&cut(&clean(&setting.what), name.saturating_sub(1)), name),
        ),
        (Ink::Muted, one),
        (Ink::Muted, other),
    ]
}

fn node(pane: &Compare, id: crate::domain::compare::NodeId, depth: usize, room: usize) -> Line {
    let Some(trees) = pane.trees() else {
        return Vec::new();
    };
    let node = trees.node(id);
    let name_room = room.saturating_sub(SIGN + 2 * SIZE + 20);
    let sought = !pane.filter().is_empty();
    let mut name = if sought {
        clean(&trees.path(id))
    } else {
        clean(&node.name)
    };
    let dir = node.is_dir();
    if dir {
        name.push('/');
    }
    let fold = match (dir, sought) {
        (false, _) | (true, true) => "  ",
        (true, false) if pane.is_open(id) => "▾ ",
        (true, false) => "▸ ",
    };
    let lead = " ".repeat((2 * depth).min(room / 2));
    let left = name_room.saturating_sub(width(&lead) + 2);
    let name = if sought {
        cut_start(&name, left)
    } else {
        cut(&name, left)
    };
    let (one, other) = turned(
        (
            node.left.as_ref().map(|_| node.below.left),
            node.right.as_ref().map(|_| node.below.right),
        ),
        pane.is_swapped(),
    );
    let size = |size: Option<u64>| size.map_or_else(|| "–".into(), bytes);
    let said = if dir && node.change == Change::Same {
        let all = node.below.only_left + node.below.only_right + node.below.changed;
        if all == 0 {
            String::new()
        } else {
            format!("{all} below")
        }
    } else {
        node.differs.words().collect::<Vec<_>>().join(" ")
    };
    vec![
        sign(seen(node.change, pane.is_swapped())),
        (Ink::Rule, format!("{lead}{fold}")),
        (Ink::Strong, pad(&name, left)),
        (
            Ink::Muted,
            format!("{:>SIZE$}{:>SIZE$}", size(one), size(other)),
        ),
        (Ink::Waiting, format!("  {}", cut(&said, 18))),
    ]
}
