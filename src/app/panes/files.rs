//! The files pane: which root and directory are in sight, what is marked in it, the file that is open, and what is on its
//! way to the person's machine or from there.

pub mod details;
pub mod view;

use std::collections::BTreeMap;

use self::view::View;
use super::entrypoint::Move;
use super::processes::moved;
use crate::app::TaskId;
use crate::app::line::Line;
use crate::domain::error::{Error, Result};
use crate::domain::files::beside::{Beside, Mark};
use crate::domain::files::{Answer, Ask, Entry, Listing, Root, Streamed, names, parent};

/// What is told of files.
#[derive(Debug)]
pub enum News {
    /// A question was answered.
    Answered(Ask, Result<Box<Answer>>),
    /// A root streams by: what there is so far.
    Streamed(Streamed),
    /// So many bytes were copied.
    Copied(u64),
    /// What was to be copied is there: what is said of it; or it could not be.
    Carried(Result<String>),
}

/// A row of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The directory above.
    Up,
    /// An entry of the directory, by its number.
    Here(usize),
    /// An entry that only the other side has, by its number there.
    There(usize),
}

/// A file or directory on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carry {
    /// Its number.
    pub task: TaskId,
    /// What, in words: `↓ passwd`.
    pub what: String,
    /// Bytes so far.
    pub done: u64,
    /// Bytes in all; none when nobody knows.
    pub total: Option<u64>,
}

/// The same directory on the other side.
#[derive(Debug, Default)]
enum Marks {
    /// Nobody asked for it.
    #[default]
    Off,
    /// It is asked for.
    Awaited,
    /// It is known.
    Known(Listing, Beside),
    /// The other side has no such directory: all is only here; why.
    None(String),
}

/// The pane.
#[derive(Debug, Default)]
pub struct Files {
    /// Whoever answers; none while the pane is out of sight.
    pub(in crate::app) task: Option<TaskId>,
    /// Questions that are not answered yet.
    pub(in crate::app) awaited: Vec<Ask>,
    /// What is being copied.
    pub(in crate::app) carry: Option<Carry>,
    root: Option<Root>,
    /// Where each root was left.
    dirs: BTreeMap<Root, String>,
    /// The directory, and whose it is.
    listing: Option<(Root, Listing)>,
    marks: Marks,
    rows: Vec<Row>,
    filter: Line,
    at: usize,
    top: usize,
    /// The name to be chosen when its directory comes.
    wanted: Option<String>,
    error: Option<Error>,
    streamed: Option<Streamed>,
    view: Option<Box<View>>,
}

impl Files {
    /// The pane goes out of sight: nobody answers any more. What it showed stays.
    pub(in crate::app) fn leave(&mut self) {
        self.task = None;
        self.awaited.clear();
        self.streamed = None;
        if matches!(self.marks, Marks::Awaited) {
            self.marks = Marks::Off;
        }
    }

    /// The root in sight.
    pub fn root(&self) -> Root {
        self.root.unwrap_or(Root::Target)
    }

    /// The directory in sight, or that is asked for.
    pub fn dir(&self) -> &str {
        self.dirs.get(&self.root()).map_or("/", String::as_str)
    }

    /// Turns to a root, where it was left.
    pub(in crate::app) fn turn_to(&mut self, root: Root) {
        self.root = Some(root);
        self.listing = None;
        self.fresh();
    }

    /// Turns to a directory; `wanted` is to be chosen there.
    pub(in crate::app) fn go_to(&mut self, dir: String, wanted: Option<String>) {
        self.dirs.insert(self.root(), dir);
        self.wanted = wanted;
        self.fresh();
    }

    fn fresh(&mut self) {
        self.error = None;
        self.marks = Marks::Off;
        self.streamed = None;
        self.filter.clear();
        self.arrange();
    }

    /// Whether another directory than that in sight is on its way: until it comes, nothing is opened.
    pub fn is_going(&self) -> bool {
        let asked = |ask: &Ask| matches!(ask, Ask::List { root, dir } if *root == self.root() && dir == self.dir());
        let there = self
            .listing()
            .is_some_and(|listing| listing.dir == self.dir());
        !there && self.awaited.iter().any(asked)
    }

    /// The directory whose entries are in sight, or that is asked for while there are none.
    pub fn shown_dir(&self) -> &str {
        self.listing().map_or(self.dir(), |listing| &listing.dir)
    }

    /// The directory, once it is known.
    pub fn listing(&self) -> Option<&Listing> {
        let (root, listing) = self.listing.as_ref()?;
        (*root == self.root()).then_some(listing)
    }

    /// Why the directory cannot be shown.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// What has streamed by so far of a root that is being read.
    pub fn streamed(&self) -> Option<Streamed> {
        self.streamed
    }

    /// Whether something is asked for and not there yet.
    pub fn is_waiting(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// What is being copied.
    pub fn carry(&self) -> Option<&Carry> {
        self.carry.as_ref()
    }

    /// What is sought.
    pub fn filter(&self) -> &Line {
        &self.filter
    }

    /// Edits what is sought; true when there is something to draw.
    pub(in crate::app) fn edit_filter(&mut self, edit: impl FnOnce(&mut Line) -> bool) -> bool {
        let (changed, drawn) = self.filter.change(edit);
        if changed {
            self.at = 0;
            self.top = 0;
            self.arrange();
        }
        drawn
    }

    /// The open file.
    pub fn view(&self) -> Option<&View> {
        self.view.as_deref()
    }

    /// The open file, to be changed.
    pub(in crate::app) fn view_mut(&mut self) -> Option<&mut View> {
        self.view.as_deref_mut()
    }

    /// Opens a file, or closes it.
    pub(in crate::app) fn open(&mut self, view: Option<View>) {
        self.view = view.map(Box::new);
    }

    /// Whether the other side is set against this one; `None` when nobody asked for it.
    pub fn marks(&self) -> Option<Result<(), &str>> {
        match &self.marks {
            Marks::Off => None,
            Marks::Awaited | Marks::Known(..) => Some(Ok(())),
            Marks::None(why) => Some(Err(why)),
        }
    }

    /// Begins to set the other side against this one, or ends it; true when it is to be asked for.
    pub(in crate::app) fn turn_marks(&mut self) -> bool {
        let on = matches!(self.marks, Marks::Off);
        self.marks = if on { Marks::Awaited } else { Marks::Off };
        self.arrange();
        on
    }

    /// How a row stands to the other side; none while that is not asked for, or not known.
    pub fn mark(&self, row: Row) -> Option<Mark> {
        match (&self.marks, row) {
            (_, Row::Up) | (Marks::Off | Marks::Awaited, _) => None,
            (Marks::None(_), _) => Some(Mark::OnlyHere),
            (Marks::Known(..), Row::There(_)) => Some(Mark::OnlyThere),
            (Marks::Known(_, beside), Row::Here(n)) => beside.marks.get(n).copied(),
        }
    }

    /// How many differ, are only here, are only there.
    pub fn marked(&self) -> Option<(usize, usize, usize)> {
        match &self.marks {
            Marks::Known(_, beside) => Some(beside.counts()),
            Marks::Off | Marks::Awaited | Marks::None(_) => None,
        }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The entry of a row; none of the directory above.
    pub fn entry(&self, row: Row) -> Option<&Entry> {
        match row {
            Row::Up => None,
            Row::Here(n) => self.listing()?.entries.get(n),
            Row::There(n) => match &self.marks {
                Marks::Known(there, _) => there.entries.get(n),
                Marks::Off | Marks::Awaited | Marks::None(_) => None,
            },
        }
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<Row> {
        self.rows.get(self.at).copied()
    }

    /// The chosen row, and the first one in sight of so many.
    pub fn at(&self, rows: usize) -> (usize, usize) {
        (self.at, self.fitted(rows))
    }

    fn fitted(&self, rows: usize) -> usize {
        let rows = rows.max(1);
        let last = self.rows.len().saturating_sub(rows);
        let top = self.top.min(last).min(self.at);
        top.max((self.at + 1).saturating_sub(rows))
    }

    /// Moves within the list, of which so many rows are in sight.
    pub(in crate::app) fn go(&mut self, by: Move, rows: usize) {
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

    /// A directory came: that in sight, or that of the other side. False when nobody waits for it.
    pub(in crate::app) fn listed(&mut self, root: Root, dir: &str, listing: Listing) -> bool {
        if root == self.root() && dir == self.dir() {
            let stood = self.chosen_name();
            let same = self.listing().is_some_and(|old| old.dir == listing.dir);
            self.dirs.insert(root, listing.dir.clone());
            self.marks = match std::mem::take(&mut self.marks) {
                Marks::Known(there, _) => {
                    let beside = Beside::of(&listing, &there);
                    Marks::Known(there, beside)
                }
                marks @ (Marks::Off | Marks::Awaited | Marks::None(_)) => marks,
            };
            self.listing = Some((root, listing));
            self.error = None;
            self.streamed = None;
            let wanted = self.wanted.take().or(stood.filter(|_| same));
            self.arrange();
            self.choose(wanted.as_deref());
            return true;
        }
        if root == self.root().other() && matches!(self.marks, Marks::Awaited) {
            let stood = self.chosen_name();
            let beside = self.listing().map(|here| Beside::of(here, &listing));
            self.marks = Marks::Known(listing, beside.unwrap_or_default());
            self.arrange();
            self.choose(stood.as_deref());
            return true;
        }
        false
    }

    /// A directory cannot be shown. False when nobody waits for it.
    pub(in crate::app) fn refused(&mut self, root: Root, dir: &str, error: Error) -> bool {
        if root == self.root() && dir == self.dir() {
            self.streamed = None;
            self.error = Some(error);
            return true;
        }
        if root == self.root().other() && matches!(self.marks, Marks::Awaited) {
            self.marks = Marks::None(error.message);
            self.arrange();
            return true;
        }
        false
    }

    /// A directory was refused, and the one before it is still known: stays there. True then.
    pub(in crate::app) fn stay(&mut self) -> bool {
        let Some((root, listing)) = &self.listing else {
            return false;
        };
        if *root != self.root() {
            return false;
        }
        self.dirs.insert(*root, listing.dir.clone());
        self.error = None;
        true
    }

    /// A root streams by.
    pub(in crate::app) fn streams(&mut self, streamed: Streamed) {
        self.streamed = Some(streamed);
    }

    fn chosen_name(&self) -> Option<String> {
        let entry = self.entry(self.chosen()?)?;
        Some(entry.name.clone())
    }

    fn choose(&mut self, name: Option<&str>) {
        let is = |row: &Row| {
            self.entry(*row)
                .is_some_and(|e| Some(e.name.as_str()) == name)
        };
        let at = self.rows.iter().position(is);
        // Without a wish the first entry: the way up is one key anyway.
        let first = usize::from(self.rows.first() == Some(&Row::Up) && self.rows.len() > 1);
        self.at = at.unwrap_or(first);
        self.top = 0;
    }

    /// Finds the rows anew.
    fn arrange(&mut self) {
        let Some(listing) = self.listing() else {
            self.rows.clear();
            return;
        };
        let sought = self.filter.text().to_lowercase();
        let fits =
            |name: &str| sought.is_empty() || names::shown(name).to_lowercase().contains(&sought);
        let mut rows = Vec::new();
        if listing.dir != "/" && sought.is_empty() {
            rows.push(Row::Up);
        }
        let here = listing.entries.iter().enumerate();
        rows.extend(
            here.filter(|(_, e)| fits(&e.name))
                .map(|(n, _)| Row::Here(n)),
        );
        if let Marks::Known(there, beside) = &self.marks {
            let only = beside.only_there.iter().copied();
            let fits = |n: &usize| there.entries.get(*n).is_some_and(|e| fits(&e.name));
            rows.extend(only.filter(fits).map(Row::There));
        }
        self.rows = rows;
        self.at = self.at.min(self.rows.len().saturating_sub(1));
    }

    /// The directory above, and the name of the one in sight; none at the root.
    pub(in crate::app) fn above(&self) -> Option<(String, String)> {
        let dir = self.dir();
        let name = crate::domain::files::last(dir);
        (dir != "/").then(|| (parent(dir).to_owned(), name.to_owned()))
    }
}
