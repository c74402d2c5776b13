//! The compare pane: production against development. What is known of it, which section is in sight, what is sought,
//! which directories are open.

pub mod details;
mod rows;
pub mod words;

use std::collections::BTreeSet;

use super::entrypoint::Move;
use super::processes::moved;
use crate::app::TaskId;
use crate::app::line::Line;
use crate::domain::compare::{Comparison, Content, Hand, NodeId, Trees};
use crate::domain::error::{Error, Result};

/// What is told of a comparison.
#[derive(Debug)]
pub enum News {
    /// Packages, configuration and layers are known; the files are being read.
    First(Box<Comparison>),
    /// The roots stream by: bytes so far.
    Streamed(u64),
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
    streamed: Option<u64>,
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

    /// Bytes of both roots that have streamed by so far.
    pub fn streamed(&self) -> Option<u64> {
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
    pub(in crate::app) fn streams(&mut self, streamed: u64) {
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

    /// Edits what is sought; true when there is something to draw.
    pub(in crate::app) fn edit_filter(&mut self, edit: impl FnOnce(&mut Line) -> bool) -> bool {
        let (changed, drawn) = self.filter.change(edit);
        if changed {
            (self.at, self.top) = (0, 0);
            self.arrange();
            self.skip_heading();
        }
        drawn
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
        if self.filter.is_empty()
            && self.open.contains(&id)
            && self.trees.as_ref().is_some_and(|t| t.node(id).is_dir())
        {
            self.toggle(id);
            return;
        }
        let above = self.trees.as_ref().and_then(|trees| trees.parent(id));
        let is_above =
            |row: &Row| matches!((row, above), (Row::Node(id, _), Some(above)) if *id == above);
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

    /// Finds the rows anew.
    fn arrange(&mut self) {
        self.rows = self.found();
        self.at = self.at.min(self.rows.len().saturating_sub(1));
    }
}

impl Text {
    /// The first line in sight, of so many in a view of so many rows.
    pub fn top(&self, lines: usize, rows: usize) -> usize {
        self.top.min(lines.saturating_sub(rows))
    }
}
