//! The processes pane: the processes as a tree, which one is chosen, and what is known of it.

pub mod details;

use std::collections::BTreeMap;

use super::entrypoint::Move;
use crate::app::watch::Watch;
use crate::domain::look::{Look, Seen};
use crate::domain::process::{self, Branch, Details, Listing, Process};

/// A part of the pane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// The tree.
    #[default]
    List,
    /// What is known of the chosen process.
    Details,
}

/// The pane.
#[derive(Debug)]
pub struct Processes {
    /// What asks for all this.
    pub(in crate::app) watch: Watch,
    /// Which processes the twin sees.
    pub(in crate::app) seen: Seen,
    listing: Option<Listing>,
    /// Shares of a processor in thousandths, by number.
    shares: BTreeMap<u32, u64>,
    rows: Vec<Branch>,
    /// Also those that are not the target's.
    all: bool,
    at: usize,
    top: usize,
    details: Option<Box<Details>>,
    part: Part,
    details_top: usize,
    /// Secrets are shown until the pane is left.
    revealed: bool,
}

impl Default for Processes {
    fn default() -> Self {
        Self {
            watch: Watch::default(),
            seen: Seen::Shared,
            listing: None,
            shares: BTreeMap::new(),
            rows: Vec::new(),
            all: false,
            at: 0,
            top: 0,
            details: None,
            part: Part::List,
            details_top: 0,
            revealed: false,
        }
    }
}

impl Processes {
    /// The pane goes out of sight. What it showed stays until it is shown again.
    pub fn leave(&mut self) {
        self.watch.end();
        self.revealed = false;
        // Shares count from one look to the next.
        self.shares.clear();
    }

    /// What is looked at.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Which processes the twin sees.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// What is asked again and again.
    pub(in crate::app) fn question(&self) -> Look {
        Look::Processes { all: self.all }
    }

    /// Whether those that are not the target's are shown, too.
    pub fn shows_all(&self) -> bool {
        self.all
    }

    /// Shows those that are not the target's, too, or hides them.
    pub(in crate::app) fn turn_all(&mut self) {
        self.all = !self.all;
        self.arrange();
    }

    /// Shows all of them: there is no target beside whose processes the twin's own would be strays.
    pub(in crate::app) fn show_all(&mut self) {
        self.all = true;
    }

    /// New processes.
    pub(in crate::app) fn listed(&mut self, listing: Listing) {
        let before = self.listing.replace(listing);
        if let (Some(before), Some(now)) = (before, &self.listing) {
            let share = |p: &Process| Some((p.pid, now.share(&before, p)?));
            self.shares = now.processes.iter().filter_map(share).collect();
        }
        self.arrange();
    }

    /// Puts what is to be seen into a tree; the chosen process stays chosen, wherever it stands.
    fn arrange(&mut self) {
        let chosen = self.rows.get(self.at).map(|row| row.pid);
        let Some(listing) = &self.listing else {
            return;
        };
        let shown: Vec<&Process> = if self.all {
            listing.processes.iter().collect()
        } else {
            process::among(&listing.processes, self.seen == Seen::Host)
        };
        self.rows = process::tree(&shown);
        let found = self.rows.iter().position(|row| Some(row.pid) == chosen);
        self.at = found.unwrap_or(self.at.min(self.rows.len().saturating_sub(1)));
        let still = self.chosen().zip(self.details.as_ref());
        if !still.is_some_and(|(now, known)| is_same(now, &known.process)) {
            self.details = None;
            self.details_top = 0;
        }
    }

    /// The processes; none while nothing is known.
    pub fn listing(&self) -> Option<&Listing> {
        self.listing.as_ref()
    }

    /// The rows of the tree.
    pub fn rows(&self) -> &[Branch] {
        &self.rows
    }

    /// Numbers of the chosen row, and of the first one in a view of so many rows.
    pub fn at(&self, rows: usize) -> (usize, usize) {
        (self.at, self.fitted(rows))
    }

    /// The first row in sight, such that the chosen one is in sight, too.
    fn fitted(&self, rows: usize) -> usize {
        let rows = rows.max(1);
        let last = self.rows.len().saturating_sub(rows);
        let top = self.top.min(last).min(self.at);
        top.max((self.at + 1).saturating_sub(rows))
    }

    /// The chosen process.
    pub fn chosen(&self) -> Option<&Process> {
        let pid = self.rows.get(self.at)?.pid;
        self.listing.as_ref()?.get(pid)
    }

    /// The share of a processor that a process took between the last two looks, in thousandths.
    pub fn share(&self, pid: u32) -> Option<u64> {
        self.shares.get(&pid).copied()
    }

    /// What is known of the chosen process.
    pub fn details(&self) -> Option<&Details> {
        self.details.as_deref()
    }

    /// Details came; whether they are those of the chosen process.
    pub(in crate::app) fn detailed(&mut self, details: Option<Box<Details>>) -> bool {
        let fits = self
            .chosen()
            .zip(details.as_ref())
            .is_some_and(|(now, known)| is_same(now, &known.process));
        if fits {
            self.details = details;
        }
        fits
    }

    /// The part that has the keys.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Gives a part the keys.
    pub(in crate::app) fn turn_to(&mut self, part: Part) {
        self.part = part;
    }

    /// Whether secrets are shown.
    pub fn is_revealed(&self) -> bool {
        self.revealed
    }

    /// Shows secrets, or masks them again.
    pub(in crate::app) fn turn_reveal(&mut self) {
        self.revealed = !self.revealed;
    }

    /// The first line of the details in sight, of so many in a view of so many rows.
    pub fn details_top(&self, lines: usize, rows: usize) -> usize {
        self.details_top.min(lines.saturating_sub(rows))
    }

    /// Moves within the tree, of which so many rows are in sight; whether another process is chosen now.
    pub(in crate::app) fn go(&mut self, by: Move, rows: usize) -> bool {
        let before = self.at;
        let last = self.rows.len().saturating_sub(1);
        self.top = self.fitted(rows);
        let step = |at: usize, by: isize| at.saturating_add_signed(by).min(last);
        match by {
            Move::Lines(by) => {
                self.top = step(self.top, by).min(self.rows.len().saturating_sub(rows));
                let end = self.top + rows.saturating_sub(1);
                self.at = self.at.clamp(self.top, end.max(self.top)).min(last);
            }
            Move::Row(row) => self.at = step(self.top, isize::try_from(row).unwrap_or(0)),
            by @ (Move::Step(_) | Move::Page(_) | Move::End(_) | Move::Share(_)) => {
                self.at = moved(self.at, by, rows, last);
            }
        }
        let other = self.at != before;
        if other {
            self.details_top = 0;
            self.arrange();
        }
        other
    }

    /// Moves within the details: so many lines, of which so many rows are in sight.
    pub(in crate::app) fn go_details(&mut self, by: Move, lines: usize, rows: usize) {
        let last = lines.saturating_sub(rows);
        self.details_top = self.details_top(lines, rows);
        self.details_top = moved(self.details_top, by, rows, last);
    }
}

/// A position after a move, `last` at most.
pub(in crate::app) fn moved(at: usize, by: Move, rows: usize, last: usize) -> usize {
    let page = isize::try_from(rows.saturating_sub(1)).unwrap_or(1).max(1);
    let signed = |by: isize, down: bool| if down { by } else { -by };
    let by = match by {
        Move::Step(down) => signed(1, down),
        Move::Page(down) => signed(page, down),
        Move::Lines(by) => by,
        Move::End(down) => return if down { last } else { 0 },
        Move::Row(_) => 0,
        Move::Share(row) => return (last * row / rows.max(1)).min(last),
    };
    at.saturating_add_signed(by).min(last)
}

/// Whether both are the same process, and not one that got the other's number.
fn is_same(one: &Process, other: &Process) -> bool {
    (one.pid, one.start) == (other.pid, other.start)
}
