//! Which rows the compare pane has: what differs in the section in sight, as far as it is sought.

use super::{Compare, Row, Section};
use crate::domain::compare::programs::{search_path, which};
use crate::domain::compare::{Change, Comparison, Hand, NodeId, Which};

/// Most files that a filter finds.
const FOUND_MOST: usize = 5_000;

impl Compare {
    /// How many things differ in a section; none while that is not known.
    pub fn count(&self, section: Section) -> Option<usize> {
        let comparison = self.comparison()?;
        match section {
            Section::Packages => {
                let packages = comparison.packages.as_ref()?;
                let differ = |change: &Change| *change != Change::Same;
                Some(
                    packages
                        .rows
                        .iter()
                        .map(|row| row.change)
                        .filter(differ)
                        .count(),
                )
            }
            Section::Config => {
                let settings = comparison.config.iter();
                Some(settings.filter(|s| s.change != Change::Same).count())
            }
            Section::Files => {
                let files = comparison.files.as_ref()?;
                let all =
                    files.only_left.entries + files.only_right.entries + files.changed.entries;
                usize::try_from(all).ok()
            }
            Section::Sizes => None,
            Section::Programs => {
                let programs = comparison.programs.as_ref()?;
                Some(programs.only_left.len() + programs.only_right.len())
            }
        }
    }

    /// Whether the command that is sought exists on either side; none where no name is sought, or the files are not known.
    pub fn asked(&self) -> Option<Which> {
        let (trees, comparison) = self.trees().zip(self.comparison())?;
        let name = self.filter.text().trim();
        if self.section != Section::Programs || name.is_empty() {
            return None;
        }
        let path = comparison.config.iter().find(|s| s.what == "env PATH");
        let dirs = |value: Option<&String>| {
            let own = value.map(|value| ("PATH".to_owned(), value.clone()));
            search_path(&own.into_iter().collect::<Vec<_>>())
        };
        let left = dirs(path.and_then(|p| p.left.as_ref()));
        let right = dirs(path.and_then(|p| p.right.as_ref()));
        Some(Which {
            name: name.to_owned(),
            left: which(trees.tree(Hand::Left), &left, name),
            right: which(trees.tree(Hand::Right), &right, name),
        })
    }

    /// The rows of the section in sight.
    pub(super) fn found(&self) -> Vec<Row> {
        let Some(comparison) = self.comparison() else {
            return Vec::new();
        };
        let sought = self.filter.text().to_lowercase();
        let fits = |text: &str| sought.is_empty() || text.to_lowercase().contains(&sought);
        let differs = |change: Change| self.all || change != Change::Same;
        match self.section {
            Section::Packages => {
                let rows = comparison.packages.iter().flat_map(|p| &p.rows);
                let rows = rows.enumerate().filter(|(_, row)| {
                    let other = row.right.as_ref().map_or("", |v| v.name.as_str());
                    differs(row.change) && (fits(&row.name) || fits(other))
                });
                rows.map(|(n, _)| Row::Package(n)).collect()
            }
            Section::Config => {
                let rows = comparison.config.iter().enumerate();
                let rows = rows.filter(|(_, s)| {
                    let values = s.left.iter().chain(&s.right);
                    differs(s.change) && (fits(&s.what) || values.into_iter().any(|v| fits(v)))
                });
                rows.map(|(n, _)| Row::Setting(n)).collect()
            }
            Section::Files => self.files(&sought),
            Section::Sizes => self.sizes(comparison, &fits),
            Section::Programs => self.programs(comparison, &fits),
        }
    }

    fn files(&self, sought: &str) -> Vec<Row> {
        let Some(trees) = self.trees() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        if !sought.is_empty() {
            let found = trees.walk(trees.root()).filter(|id| {
                let node = trees.node(*id);
                (self.all || node.change != Change::Same)
                    && trees.path(*id).to_lowercase().contains(sought)
            });
            rows.extend(found.take(FOUND_MOST).map(|id| Row::Node(id, 0)));
            return rows;
        }
        let mut stack = vec![(trees.root(), 0)];
        while let Some((id, depth)) = stack.pop() {
            if depth > 0 {
                rows.push(Row::Node(id, depth - 1));
            }
            if !self.open.contains(&id) {
                continue;
            }
            let children: Vec<NodeId> = trees
                .children(id)
                .filter(|child| self.all || trees.node(*child).differs_somewhere())
                .collect();
            stack.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
        }
        rows
    }

    fn sizes(&self, comparison: &Comparison, fits: &dyn Fn(&str) -> bool) -> Vec<Row> {
        let mut rows = Vec::new();
        let (one, other) = self.hands();
        if let Some(sizes) = &comparison.sizes {
            for hand in [one, other] {
                let (side, layers) = match hand {
                    Hand::Left => (&comparison.left, &sizes.left),
                    Hand::Right => (&comparison.right, &sizes.right),
                };
                rows.push(Row::Heading(format!("layers of {}", side.role.word())));
                let all = layers.iter().enumerate().filter(|(_, l)| fits(&l.made_by));
                rows.extend(all.map(|(n, _)| Row::Layer(hand, n)));
            }
        }
        if let Some(files) = &comparison.files {
            rows.push(Row::Heading(
                "directories, the greatest difference first".into(),
            ));
            let all = files.directories.iter().enumerate();
            rows.extend(
                all.filter(|(_, d)| fits(&d.path))
                    .map(|(n, _)| Row::Directory(n)),
            );
        }
        rows
    }

    fn programs(&self, comparison: &Comparison, fits: &dyn Fn(&str) -> bool) -> Vec<Row> {
        let Some(programs) = &comparison.programs else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        let (one, other) = self.hands();
        for hand in [one, other] {
            let (side, only) = match hand {
                Hand::Left => (&comparison.left, &programs.only_left),
                Hand::Right => (&comparison.right, &programs.only_right),
            };
            let found = only.iter().enumerate().filter(|(_, p)| fits(&p.name));
            let found: Vec<Row> = found.map(|(n, _)| Row::Program(hand, n)).collect();
            if !found.is_empty() {
                let many = found.len();
                rows.push(Row::Heading(format!(
                    "only in {}: {many}",
                    side.role.word()
                )));
                rows.extend(found);
            }
        }
        let rights = programs.privileged.iter().enumerate();
        let rights = rights.filter(|(_, p)| {
            fits(&p.path) && (self.all || p.change != Change::Same || fits(&p.path))
        });
        let rights: Vec<Row> = rights.map(|(n, _)| Row::Privileged(n)).collect();
        if !rights.is_empty() {
            rows.push(Row::Heading(
                "with the rights of others (set-uid, set-gid, capabilities)".into(),
            ));
            rows.extend(rights);
        }
        rows
    }
}
