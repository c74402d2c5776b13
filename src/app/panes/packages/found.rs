//! The search of the packages pane: its line, the rows that it found, which is chosen and which are marked.

use crossterm::event::KeyEvent;

use crate::app::line::Line;
use crate::app::panes::entrypoint::Move;
use crate::app::popup::moved;
use crate::app::text::{bytes, clean};
use crate::domain::packages::{Catalogue, Match, Package, PackageManager, Stock, Why};

/// Rows that a search shows at most: who has not found it among them types another letter.
const MOST: usize = 200;
/// Rows of what is installed that are shown at most: all, short of a database that somebody made up.
const OWN: usize = 5000;

/// How a package stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is not installed.
    Absent,
    /// It is installed, in this version.
    Here(String),
    /// An older version is installed: which.
    Older(String),
    /// It is installed, but not wholly: why.
    Broken(String),
}

impl Standing {
    /// Its sign, which tells it without colour, too.
    pub fn sign(&self) -> &'static str {
        match self {
            Self::Absent => " ",
            Self::Here(_) => "●",
            Self::Older(_) => "↑",
            Self::Broken(_) => "✗",
        }
    }

    /// What wants to be looked at comes first.
    fn rank(&self) -> u8 {
        match self {
            Self::Broken(_) => 0,
            Self::Older(_) => 1,
            Self::Here(_) => 2,
            Self::Absent => 3,
        }
    }

    /// How a package stands by what is installed.
    pub fn of(package: &Package, stock: &Stock) -> Self {
        let Some(here) = stock.installed.packages.get(&package.name) else {
            return Self::Absent;
        };
        let version = clean(&here.version);
        match &here.broken {
            Some(why) => Self::Broken(clean(why)),
            None if is_older(stock.manager, &here.version, &package.version) => {
                Self::Older(version)
            }
            None => Self::Here(version),
        }
    }
}

fn is_older(manager: &dyn PackageManager, here: &str, there: &str) -> bool {
    manager.compare(here, there).is_lt()
}

/// A package that was found.
#[derive(Debug, Clone)]
pub struct Row {
    /// The package, as the index has it.
    pub package: Package,
    /// Its name, clean.
    pub name: String,
    /// Its version, clean.
    pub version: String,
    /// What it takes on the disk, in words; empty when not known.
    pub size: String,
    /// Its description, clean.
    pub about: String,
    /// Why it was found, unless its name says it.
    pub why: Option<String>,
    /// How it stands.
    pub standing: Standing,
}

impl Row {
    fn new(found: Match, stock: &Stock) -> Self {
        let Match { package, why } = found;
        let why = match why {
            Why::Exact | Why::Name => None,
            Why::Provides(what) => Some(format!("provides {}", clean(&what))),
            Why::Known(known) => Some(format!("known as {}: {}", known.name, known.reason)),
            Why::Description => Some("by its description".to_owned()),
            Why::Fuzzy => Some("a name like that".to_owned()),
        };
        Self {
            name: clean(&package.name),
            version: clean(&package.version),
            size: if package.size == 0 {
                String::new()
            } else {
                bytes(package.size)
            },
            about: clean(&package.description),
            why,
            standing: Standing::of(&package, stock),
            package,
        }
    }
}

/// The search.
#[derive(Debug, Default)]
pub struct Found {
    line: Line,
    /// Only what is installed is searched.
    only: bool,
    /// What is installed; made when it is first wanted.
    own: Option<Catalogue>,
    rows: Vec<Row>,
    total: usize,
    /// Packages that there are, in the indexes or installed.
    all: usize,
    at: usize,
    top: usize,
    marks: Vec<String>,
    /// The row that was clicked last, while it is the chosen one.
    clicked: Option<usize>,
}

impl Found {
    /// The typed text.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Whether only installed packages are shown.
    pub fn is_only(&self) -> bool {
        self.only
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many packages there are, in the indexes or installed.
    pub fn all(&self) -> usize {
        self.all
    }

    /// How many packages were found, beside those that are shown.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&Row> {
        self.rows.get(self.at)
    }

    /// The marked names, in the order of marking.
    pub fn marks(&self) -> &[String] {
        &self.marks
    }

    /// The first row in sight of `rows`, and the number of the chosen one.
    pub fn view(&self, rows: usize) -> (usize, usize) {
        (self.clamped(rows), self.at)
    }

    fn clamped(&self, rows: usize) -> usize {
        let rows = rows.max(1);
        let last = self.rows.len().saturating_sub(rows);
        self.top
            .clamp((self.at + 1).saturating_sub(rows), self.at)
            .min(last)
    }

    /// What can be had or is there has changed.
    pub fn stocked(&mut self, stock: Option<&Stock>) {
        self.own = None;
        self.sift(stock);
    }

    /// Only what is installed, or all.
    pub fn turn_only(&mut self, stock: Option<&Stock>) {
        self.only = !self.only && stock.is_some();
        self.sift(stock);
    }

    /// Finds the rows; the chosen package stays when it is still there.
    fn sift(&mut self, stock: Option<&Stock>) {
        let before = self.chosen().map(|row| row.package.name.clone());
        let Some(stock) = stock else {
            self.rows.clear();
            self.total = 0;
            return;
        };
        let own = self.own.get_or_insert_with(|| installed(stock));
        // What is installed may be in no index, or not any more.
        let unlisted = |name: &str| stock.catalogue.get(name).is_none();
        let names = stock.installed.packages.keys();
        self.all = stock.catalogue.len() + names.filter(|name| unlisted(name)).count();
        let typed = self.line.text().trim();
        let (manager, here) = (stock.manager.id(), &stock.installed);
        let row = |found: Match| Row::new(found, stock);
        self.rows.clear();
        if self.only || typed.is_empty() {
            let found = own.find(manager, typed, here, OWN);
            self.total = found.total;
            self.rows.extend(found.matches.into_iter().map(row));
        }
        if typed.is_empty() {
            // Where nothing is sought, what is there comes first, and before it what wants to be looked at.
            self.rows.sort_by_key(|row| row.standing.rank());
        }
        if !self.only {
            let found = stock.catalogue.find(manager, typed, here, MOST);
            self.total = found.total;
            let rows = found.matches.into_iter().map(row);
            let twice = |row: &Row| typed.is_empty() && row.standing != Standing::Absent;
            self.rows.extend(rows.filter(|row| !twice(row)));
            if typed.is_empty() {
                self.total = self.all;
            } else {
                let mut found = own.find(manager, typed, here, OWN).matches;
                found.retain(|found| unlisted(&found.package.name));
                self.total += found.len();
                let (exact, other): (Vec<_>, Vec<_>) =
                    found.into_iter().partition(|found| found.why == Why::Exact);
                self.rows.splice(0..0, exact.into_iter().map(row));
                self.rows.extend(other.into_iter().map(row));
            }
        }
        let same = |name: &String| self.rows.iter().position(|row| row.package.name == *name);
        self.at = before.as_ref().and_then(same).unwrap_or(0);
        self.clicked = None;
    }

    /// A key for the line; true when text or cursor changed.
    pub fn key(&mut self, key: KeyEvent, stock: Option<&Stock>) -> bool {
        let cursor = self.line.cursor();
        let changed = self.line.key(key);
        if changed {
            self.typed(stock);
        }
        changed || cursor != self.line.cursor()
    }

    /// Pasted text for the line.
    pub fn paste(&mut self, text: &str, stock: Option<&Stock>) {
        if self.line.paste(text) {
            self.typed(stock);
        }
    }

    /// A new text puts the choice on its best row.
    fn typed(&mut self, stock: Option<&Stock>) {
        self.rows.clear();
        self.top = 0;
        self.sift(stock);
    }

    /// One step back: the text, then the marks, then the limit to what is installed; false when there is none of them.
    pub fn clear(&mut self, stock: Option<&Stock>) -> bool {
        if !self.line.is_empty() {
            self.line.clear();
            self.sift(stock);
        } else if !self.marks.is_empty() {
            self.marks.clear();
        } else if self.only {
            self.turn_only(stock);
        } else {
            return false;
        }
        true
    }

    /// Moves the choice within a view of `rows` rows.
    pub fn go(&mut self, by: Move, rows: usize) {
        let page = isize::try_from(rows.saturating_sub(1)).unwrap_or(1).max(1);
        self.clicked = None;
        self.top = self.clamped(rows);
        let by = match by {
            Move::Step(down) => side(1, down),
            Move::Page(down) => side(page, down),
            Move::Lines(by) => by,
            Move::End(true) => isize::MAX,
            Move::End(false) => isize::MIN,
            Move::Row(row) => {
                self.at = (self.top + row).min(self.rows.len().saturating_sub(1));
                return;
            }
            // The list has no scroll bar.
            Move::Share(_) => return,
        };
        self.at = moved(self.at, by, self.rows.len());
    }

    /// A click on a row of the view; none when no row is there, else whether it was clicked before.
    pub fn click(&mut self, row: usize, rows: usize) -> Option<bool> {
        let at = self.clamped(rows) + row;
        if at >= self.rows.len() {
            return None;
        }
        let again = self.clicked == Some(at) && self.at == at;
        self.go(Move::Row(row), rows);
        self.clicked = Some(at);
        Some(again)
    }

    /// Marks the chosen package, or not any more, and goes on to the next row.
    pub fn mark(&mut self, rows: usize) {
        let Some(name) = self.chosen().map(|row| row.package.name.clone()) else {
            return;
        };
        match self.marks.iter().position(|mark| *mark == name) {
            Some(at) => {
                self.marks.remove(at);
            }
            None => self.marks.push(name),
        }
        self.go(Move::Step(true), rows);
    }

    /// Whether a package is marked.
    pub fn is_marked(&self, name: &str) -> bool {
        self.marks.iter().any(|mark| mark == name)
    }

    /// Takes marks away.
    pub fn unmark(&mut self, names: &[String]) {
        self.marks.retain(|mark| !names.contains(mark));
    }
}

fn side(by: isize, down: bool) -> isize {
    if down { by } else { -by }
}

/// What is installed, as a catalogue: with what the index says of it where the index knows it.
fn installed(stock: &Stock) -> Catalogue {
    let packages = stock.installed.packages.iter().map(|(name, here)| {
        stock.catalogue.get(name).unwrap_or_else(|| Package {
            name: name.clone(),
            version: here.version.clone(),
            size: here.size,
            ..Package::default()
        })
    });
    Catalogue::new(packages, &|a, b| stock.manager.compare(a, b))
}
