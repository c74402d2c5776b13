//! What is said of the chosen row, of a command that is sought, and of the contents of a file.

use std::fmt::Write as _;

use super::{Compare, Row, Text};
use crate::app::panes::entrypoint::blocks::{Ink, Line};
use crate::app::text::clean;
use crate::domain::compare::content::LineKind;
use crate::domain::compare::packages::Version;
use crate::domain::compare::{Change, Comparison, Content, Hand, Program};
use crate::domain::text::bounded;

/// Most characters of a value.
const VALUE: usize = 1_000;

/// What is said below the list.
pub fn chosen(pane: &Compare) -> Vec<Line> {
    let Some(comparison) = pane.comparison() else {
        return Vec::new();
    };
    if let Some(asked) = pane.asked() {
        let side = |hand: Hand| -> Line {
            let found = match hand {
                Hand::Left => &asked.left,
                Hand::Right => &asked.right,
            };
            let role = format!("{:5} ", role(comparison, hand));
            let name = clean(&asked.name);
            match found {
                Some(program) => vec![
                    (Ink::Name, role),
                    (Ink::Good, format!("yes, {name} is {}", place(program))),
                ],
                None => vec![(Ink::Name, role), (Ink::Bad, format!("no {name} there"))],
            }
        };
        let (one, other) = pane.hands();
        return vec![side(one), side(other)];
    }
    match pane.chosen() {
        Some(Row::Package(n)) => {
            let row = comparison.packages.as_ref().and_then(|p| p.rows.get(*n));
            row.map_or_else(Vec::new, |row| {
                let side = |hand, version: &Option<Version>| {
                    version_line(comparison, hand, version.as_ref())
                };
                vec![side(Hand::Left, &row.left), side(Hand::Right, &row.right)]
            })
        }
        Some(Row::Setting(n)) => comparison.config.get(*n).map_or_else(Vec::new, |setting| {
            let side = |hand, value: &Option<String>| -> Line {
                let text = value
                    .as_ref()
                    .map_or("not set".into(), |v| bounded(v, VALUE));
                let ink = if value.is_some() {
                    Ink::Strong
                } else {
                    Ink::Muted
                };
                vec![
                    (Ink::Name, format!("{:5} ", role(comparison, hand))),
                    (ink, text),
                ]
            };
            vec![
                side(Hand::Left, &setting.left),
                side(Hand::Right, &setting.right),
            ]
        }),
        Some(Row::Node(id, _)) => node(pane, comparison, *id),
        Some(Row::Layer(hand, n)) => {
            let layers = comparison.sizes.as_ref().map(|sizes| match hand {
                Hand::Left => &sizes.left,
                Hand::Right => &sizes.right,
            });
            layers
                .and_then(|l| l.get(*n))
                .map_or_else(Vec::new, |layer| {
                    vec![
                        vec![(Ink::Strong, clean(&layer.made_by))],
                        vec![(Ink::Muted, clean(&layer.digest))],
                    ]
                })
        }
        Some(Row::Directory(n)) => {
            let dir = comparison
                .files
                .as_ref()
                .and_then(|f| f.directories.get(*n));
            dir.map_or_else(Vec::new, |dir| vec![vec![(Ink::Strong, clean(&dir.path))]])
        }
        Some(Row::Program(hand, n)) => {
            let programs = comparison.programs.as_ref();
            let program = programs.and_then(|p| match hand {
                Hand::Left => p.only_left.get(*n),
                Hand::Right => p.only_right.get(*n),
            });
            program.map_or_else(Vec::new, |program| {
                let absent = role(comparison, other(*hand));
                let name = clean(&program.name);
                vec![
                    vec![(Ink::Strong, place(program))],
                    vec![(Ink::Muted, format!("no {name} on the PATH of {absent}"))],
                ]
            })
        }
        Some(Row::Privileged(n)) => {
            let programs = comparison.programs.as_ref();
            let file = programs.and_then(|p| p.privileged.get(*n));
            file.map_or_else(Vec::new, |file| {
                let side =
                    |hand, rights: &Option<crate::domain::compare::programs::Rights>| -> Line {
                        let text = match rights {
                            Some(rights) => format!(
                                "mode {:04o}, owner {}:{}  {}",
                                rights.mode,
                                rights.uid,
                                rights.gid,
                                clean(rights.capabilities.as_deref().unwrap_or_default())
                            ),
                            None => "gives no rights there, or is not there".into(),
                        };
                        vec![
                            (Ink::Name, format!("{:5} ", role(comparison, hand))),
                            (Ink::Strong, text),
                        ]
                    };
                vec![side(Hand::Left, &file.left), side(Hand::Right, &file.right)]
            })
        }
        Some(Row::Heading(_)) | None => Vec::new(),
    }
}

fn other(hand: Hand) -> Hand {
    match hand {
        Hand::Left => Hand::Right,
        Hand::Right => Hand::Left,
    }
}

fn role(comparison: &Comparison, hand: Hand) -> &'static str {
    match hand {
        Hand::Left => comparison.left.role.word(),
        Hand::Right => comparison.right.role.word(),
    }
}

/// Where a program is, where that leads, and who brought it.
fn place(program: &Program) -> String {
    let mut text = clean(&program.path);
    if program.path != program.leads_to {
        let _ = write!(text, " → {}", clean(&program.leads_to));
    }
    if let Some(package) = &program.package {
        let _ = write!(text, " (package {})", clean(package));
    }
    text
}

fn version_line(comparison: &Comparison, hand: Hand, version: Option<&Version>) -> Line {
    let role = (Ink::Name, format!("{:5} ", role(comparison, hand)));
    let Some(version) = version else {
        return vec![role, (Ink::Muted, "not there".into())];
    };
    let mut text = format!("{} {}", clean(&version.name), clean(&version.version));
    if version.size > 0 {
        let _ = write!(text, " · {}", crate::app::text::bytes(version.size));
    }
    if !version.origin.is_empty() && version.origin != version.name {
        let _ = write!(text, " · from {}", clean(&version.origin));
    }
    if !version.license.is_empty() {
        let _ = write!(text, " · {}", clean(&version.license));
    }
    vec![role, (Ink::Strong, text)]
}

fn node(pane: &Compare, comparison: &Comparison, id: crate::domain::compare::NodeId) -> Vec<Line> {
    let Some(trees) = pane.trees() else {
        return Vec::new();
    };
    let node = trees.node(id);
    let mut first: Line = vec![(Ink::Strong, clean(&trees.path(id)))];
    for hand in [Hand::Left, Hand::Right] {
        if let Some(package) = trees.owner(hand, id) {
            let role = role(comparison, hand);
            first.push((Ink::Muted, format!(" · {role}: package {}", clean(package))));
        }
    }
    let facts = |stat: &Option<crate::domain::compare::tree::Stat<'_>>| {
        stat.as_ref().map_or_else(
            || "not there".to_owned(),
            |stat| {
                let link = stat
                    .link
                    .map(|l| format!(" → {}", clean(&String::from_utf8_lossy(l))));
                format!(
                    "{:04o} {}:{} {} B{}",
                    stat.mode,
                    stat.uid,
                    stat.gid,
                    stat.size,
                    link.unwrap_or_default()
                )
            },
        )
    };
    let (left, right) = (comparison.left.role.word(), comparison.right.role.word());
    let mut second = vec![(
        Ink::Muted,
        format!(
            "{left} {} · {right} {}",
            facts(&node.left),
            facts(&node.right)
        ),
    )];
    if node.change == Change::Changed && !node.is_dir() {
        second.push((Ink::Accent, " · Enter sets them side by side".into()));
    }
    vec![first, second]
}

/// The contents of a file of both sides.
pub fn text(text: &Text) -> Vec<Line> {
    let content = match &text.content {
        None => return vec![vec![(Ink::Waiting, "◌ reading it on both sides …".into())]],
        Some(Err(error)) => {
            let mut lines = vec![vec![(Ink::Bad, format!("✗ {}", clean(&error.message)))]];
            lines.extend(
                error
                    .hint
                    .as_ref()
                    .map(|hint| vec![(Ink::Muted, clean(hint))]),
            );
            return lines;
        }
        Some(Ok(content)) => content,
    };
    content_lines(content)
}

/// What differs in a file of both sides, line by line.
pub fn content_lines(content: &Content) -> Vec<Line> {
    if content.same {
        return vec![vec![(Ink::Good, "both have the same bytes".into())]];
    }
    let mut lines: Vec<Line> = Vec::new();
    if let Some(why) = &content.why {
        lines.push(vec![(
            Ink::Waiting,
            format!("not told line by line: {}", clean(why)),
        )]);
    }
    lines.extend(content.lines.iter().map(|line| {
        let text = clean(&line.text);
        match line.kind {
            LineKind::Place => vec![(Ink::Name, text)],
            LineKind::Left => vec![(Ink::Bad, format!("− {text}"))],
            LineKind::Right => vec![(Ink::Good, format!("+ {text}"))],
            LineKind::Same => vec![(Ink::Muted, format!("  {text}"))],
        }
    }));
    if content.more > 0 {
        lines.push(vec![(
            Ink::Muted,
            format!("and {} lines more", content.more),
        )]);
    }
    lines
}
