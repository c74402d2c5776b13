//! The compare pane: production against development. What is known of it, which section is in sight, what is sought,
//! which directories are open.

pub mod details;
pub mod words;

use std::collections::BTreeSet;

use super::entrypoint::Move;
use super::processes::moved;
use crate::app::TaskId;
use crate::app::line::Line;
use crate::domain::compare::programs::{search_path, which};
use crate::domain::compare::{Change, Comparison, Content, Hand, NodeId, Trees, Which};
use crate::domain::error::{Error, Result};
use crate::domain::files::Streamed;

/// Most files that a filter finds.
const FOUND_MOST: usize = 5_000;

/// What is told of a comparison.
#[derive(Debug)]
pub enum News {
    /// Packages, configuration and layers are known; the files are being read.
    First(Box<Comparison>),
    /// The roots stream by: what there is so far.
    Streamed(Streamed),
    /// All is known; or why not. Exactly one of these, unless it was cancelled.
    Ended(Result<Box<(Comparison, Trees)>>),
    /// The contents of a file of both sides.
    Content(String, Result<Box<Content>>),
}

/// A part of the comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Section {
    /// Packages.
    #[default]
    Packages,
    /// Configuration.
    Config,
    /// Files, as a tree.
    Files,
    /// Layers and directories by size.
    Sizes,
    /// Programs by name, and those with the rights of others.
    Programs,
}

impl Section {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Packages,
        Self::Config,
        Self::Files,
        Self::Sizes,
        Self::Programs,
    ];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Packages => "Packages",
            Self::Config => "Config",
            Self::Files => "Files",
            Self::Sizes => "Sizes",
            Self::Programs => "Programs",
        }
    }

    /// Whether it needs the files of both.
    pub fn needs_files(self) -> bool {
        matches!(self, Self::Files | Self::Programs)
    }
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A package, by its number.
    Package(usize),
    /// A setting.
    Setting(usize),
    /// A file or directory, and how deep it stands; flat when it was sought.
    Node(NodeId, usize),
    /// A layer of one side.
    Layer(Hand, usize),
    /// A directory by the difference of its sizes.
    Directory(usize),
    /// A program that only one side has.
    Program(Hand, usize),
    /// A program with the rights of others.
    Privileged(usize),
    /// Words above rows.
    Heading(String),
}

/// A file of both sides, line by line.
#[derive(Debug)]
pub struct Text {
    /// Its path.
    pub path: String,
    /// What differs; none while it is being read.
    pub content: Option<Result<Box<Content>>>,
    top: usize,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Compare {
    /// Whoever reads; none when nobody does.
    pub(in crate::app) task: Option<TaskId>,
    /// Whoever reads the contents of a file.
    pub(in crate::app) reading: Option<TaskId>,
    comparison: Option<Box<Comparison>>,
    trees: Option<Trees>,
    streamed: Option<Streamed>,
    error: Option<Error>,
    section: Section,
    swapped: bool,
    all: bool,
    filter: Line,
    open: BTreeSet<NodeId>,
    rows: Vec<Row>,
    at: usize,
    top: usize,
    text: Option<Text>,
}

impl Compare {
    /// The pane goes out of sight: nobody reads any more. What is known stays.
    pub(in crate::app) fn leave(&mut self) {
        self.task = None;
        self.reading = None;
        self.streamed = None;
        if self.text.as_ref().is_some_and(|t| t.content.is_none()) {
            self.text = None;
        }
    }

    /// Somebody reads from now on.
    pub(in crate::app) fn began(&mut self, task: TaskId) {
        self.task = Some(task);
        self.error = None;
        self.streamed = None;
    }

    /// What is known; none while nothing is.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_deref()
    }

    /// The files of both; none while they are not read.
    pub fn trees(&self) -> Option<&Trees> {
        self.trees.as_ref()
    }

    /// Why something is not known.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// What has streamed by so far.
    pub fn streamed(&self) -> Option<Streamed> {
        self.streamed
    }

    /// Whether somebody reads.
    pub fn is_reading(&self) -> bool {
        self.task.is_some()
    }

    /// The section in sight.
    pub fn section(&self) -> Section {
        self.section
    }

    /// Whether it is looked at from the other side.
    pub fn is_swapped(&self) -> bool {
        self.swapped
    }

    /// Whether what is the same is shown, too.
    pub fn shows_all(&self) -> bool {
        self.all
    }

    /// The side that stands first, and the other.
    pub fn hands(&self) -> (Hand, Hand) {
        if self.swapped {
            (Hand::Right, Hand::Left)
        } else {
            (Hand::Left, Hand::Right)
        }
    }

    /// What is sought.
    pub fn filter(&self) -> &Line {
        &self.filter
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The chosen row, and the first one in sight of so many.
    pub fn at(&self, rows: usize) -> (usize, usize) {
        (self.at, self.fitted(rows))
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&Row> {
        self.rows.get(self.at)
    }

    /// The open file.
    pub fn text(&self) -> Option<&Text> {
        self.text.as_ref()
    }

    /// Whether a directory is open.
    pub fn is_open(&self, id: NodeId) -> bool {
        self.open.contains(&id)
    }

    /// Packages, configuration and layers came.
    pub(in crate::app) fn first(&mut self, comparison: Box<Comparison>) {
        self.comparison = Some(comparison);
        self.arrange();
    }

    /// The roots stream by.
    pub(in crate::app) fn streams(&mut self, streamed: Streamed) {
        self.streamed = Some(streamed);
    }

    /// All is known, or it is known why not.
    pub(in crate::app) fn ended(&mut self, result: Result<Box<(Comparison, Trees)>>) {
        self.task = None;
        self.streamed = None;
        match result {
            Ok(both) => {
                let (comparison, trees) = *both;
                self.comparison = Some(Box::new(comparison));
                self.open = BTreeSet::from([trees.root()]);
                self.trees = Some(trees);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
        self.arrange();
    }

    /// Turns to a section.
    pub(in crate::app) fn turn_to(&mut self, section: Section) {
        if self.section != section {
            self.section = section;
            (self.at, self.top) = (0, 0);
            self.arrange();
            self.skip_heading();
        }
    }

    /// Also what is the same, or no longer.
    pub(in crate::app) fn turn_all(&mut self) {
        self.all = !self.all;
        self.arrange();
    }

    /// Looks from the other side.
    pub(in crate::app) fn swap(&mut self) {
        self.swapped = !self.swapped;
        self.arrange();
    }

    /// Edits what is sought; true when that changed the text.
    pub(in crate::app) fn edit_filter(&mut self, edit: impl FnOnce(&mut Line) -> bool) -> bool {
        let changed = edit(&mut self.filter);
        if changed {
            (self.at, self.top) = (0, 0);
            self.arrange();
            self.skip_heading();
        }
        changed
    }

    /// Opens a directory, or closes it.
    pub(in crate::app) fn toggle(&mut self, id: NodeId) {
        if !self.open.remove(&id) {
            self.open.insert(id);
        }
        self.arrange();
    }

    /// Closes the chosen directory, or goes to the one above.
    pub(in crate::app) fn fold(&mut self) {
        let Some(Row::Node(id, _)) = self.chosen().cloned() else {
            return;
        };
        if self.filter.is_empty() && self.open.contains(&id) && self.trees.as_ref().is_some_and(|t| t.node(id).is_dir()) {
            self.toggle(id);
            return;
        }
        let above = self.trees.as_ref().and_then(|trees| trees.parent(id));
        let is_above = |row: &Row| matches!((row, above), (Row::Node(id, _), Some(above)) if *id == above);
        if let Some(at) = self.rows.iter().position(is_above) {
            self.at = at;
        }
    }

    /// Opens a file of both sides, or closes it.
    pub(in crate::app) fn show_text(&mut self, path: Option<String>) {
        self.reading = None;
        self.text = path.map(|path| Text {
            path,
            content: None,
            top: 0,
        });
    }

    /// The contents came; whether they are awaited.
    pub(in crate::app) fn told(&mut self, path: &str, content: Result<Box<Content>>) -> bool {
        self.reading = None;
        match &mut self.text {
            Some(text) if text.path == path => {
                text.content = Some(content);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Moves within the list, of which so many rows are in sight; or within the open file of so many lines.
    pub(in crate::app) fn go(&mut self, by: Move, rows: usize, lines: usize) {
        if let Some(text) = &mut self.text {
            let last = lines.saturating_sub(rows);
            text.top = moved(text.top.min(last), by, rows, last);
            return;
        }
        let last = self.rows.len().saturating_sub(1);
        self.top = self.fitted(rows);
        match by {
            Move::Lines(by) => {
                let most = self.rows.len().saturating_sub(rows);
                self.top = self.top.saturating_add_signed(by).min(most);
                let end = (self.top + rows.saturating_sub(1)).min(last);
                self.at = self.at.clamp(self.top.min(end), end);
            }
            Move::Row(row) => self.at = (self.top + row).min(last),
            by @ (Move::Step(_) | Move::Page(_) | Move::End(_) | Move::Share(_)) => {
                self.at = moved(self.at, by, rows, last);
            }
        }
    }

    fn fitted(&self, rows: usize) -> usize {
        let rows = rows.max(1);
        let last = self.rows.len().saturating_sub(rows);
        let top = self.top.min(last).min(self.at);
        top.max((self.at + 1).saturating_sub(rows))
    }

    fn skip_heading(&mut self) {
        if matches!(self.rows.first(), Some(Row::Heading(_))) && self.rows.len() > 1 {
            self.at = 1;
        }
    }

    /// How many things differ in a section; none while that is not known.
    pub fn count(&self, section: Section) -> Option<usize> {
        let comparison = self.comparison()?;
        match section {
            Section::Packages => {
                let packages = comparison.packages.as_ref()?;
                let differ = |change: &Change| *change != Change::Same;
                Some(packages.rows.iter().map(|row| row.change).filter(differ).count())
            }
            Section::Config => {
                let settings = comparison.config.iter();
                Some(settings.filter(|s| s.change != Change::Same).count())
            }
            Section::Files => {
                let files = comparison.files.as_ref()?;
                let all = files.only_left.entries + files.only_right.entries + files.changed.entries;
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

    /// Finds the rows anew.
    fn arrange(&mut self) {
        self.rows = self.found();
        self.at = self.at.min(self.rows.len().saturating_sub(1));
    }

    fn found(&self) -> Vec<Row> {
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
            rows.push(Row::Heading("directories, the greatest difference first".into()));
            let all = files.directories.iter().enumerate();
            rows.extend(all.filter(|(_, d)| fits(&d.path)).map(|(n, _)| Row::Directory(n)));
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
                rows.push(Row::Heading(format!("only in {}: {many}", side.role.word())));
                rows.extend(found);
            }
        }
        let rights = programs.privileged.iter().enumerate();
        let rights = rights.filter(|(_, p)| fits(&p.path) && (self.all || p.change != Change::Same || fits(&p.path)));
        let rights: Vec<Row> = rights.map(|(n, _)| Row::Privileged(n)).collect();
        if !rights.is_empty() {
            rows.push(Row::Heading("with the rights of others (set-uid, set-gid, capabilities)".into()));
            rows.extend(rights);
        }
        rows
    }
}

impl Text {
    /// The first line in sight, of so many in a view of so many rows.
    pub fn top(&self, lines: usize, rows: usize) -> usize {
        self.top.min(lines.saturating_sub(rows))
    }
}
