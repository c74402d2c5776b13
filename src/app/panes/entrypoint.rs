//! The entrypoint pane: what is known of the target's entrypoint, which row is chosen, and the form before a run.
//!
//! [`chain`] is its left side and [`findings`] its right, both [`blocks`] of text; [`form`] lies over both.

pub mod blocks;
pub mod chain;
pub mod findings;
pub mod form;

use self::blocks::{Block, List};
use self::form::Form;
use crate::app::TaskId;
use crate::domain::entrypoint::{Report, Severity};
use crate::domain::error::{Error, Result};

/// A side of the pane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// What runs, as a tree.
    #[default]
    Chain,
    /// What is wrong with it.
    Findings,
}

/// How much a side shows at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// Columns for text.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// The pane.
#[derive(Debug, Default)]
pub struct Entrypoint {
    report: Option<Box<Report>>,
    error: Option<Error>,
    asked: Option<TaskId>,
    /// The target has changed since the report was made.
    stale: bool,
    /// Secrets are shown until the pane is left.
    revealed: bool,
    side: Side,
    chain: List,
    findings: List,
    form: Option<Form>,
    form_open: bool,
}

impl Entrypoint {
    /// What was found; none while nothing was.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_deref()
    }

    /// Why there is no report.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Whether the target is being looked at.
    pub fn is_looking(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether it is to be looked at when the pane comes into sight.
    pub fn wants_look(&self) -> bool {
        self.asked.is_none() && self.error.is_none() && (self.report.is_none() || self.stale)
    }

    /// The target is looked at under that number; the number of a look that this one replaces.
    pub fn look(&mut self, task: TaskId) -> Option<TaskId> {
        self.stale = false;
        self.error = None;
        self.asked.replace(task)
    }

    /// The target has changed: what is known of it is of the past.
    pub fn age(&mut self) {
        self.stale = true;
        self.error = None;
    }

    /// A look ended. A failure is handed back where an older report stands.
    pub fn looked(&mut self, task: TaskId, result: Result<Box<Report>>) -> Looked {
        if self.asked != Some(task) {
            return Looked::Late;
        }
        self.asked = None;
        match result {
            Ok(report) => {
                let before = self.report.replace(report);
                let ids = |report: &Report| -> Vec<&'static str> {
                    report.findings.iter().map(|finding| finding.id).collect()
                };
                // What is new stands at the top, and must not come out of sight.
                if before.as_deref().map(ids) != self.report.as_deref().map(ids) {
                    self.findings = List::default();
                }
                self.error = None;
                if self
                    .form
                    .as_ref()
                    .is_some_and(|f| !self.form_open && f.is_original())
                {
                    self.form = None;
                }
                Looked::Well
            }
            Err(error) if self.report.is_some() => Looked::Failed(error),
            Err(error) => {
                self.error = Some(error);
                Looked::Well
            }
        }
    }

    /// Whether secrets are shown.
    pub fn is_revealed(&self) -> bool {
        self.revealed
    }

    /// Shows secrets, or masks them again.
    pub fn turn_reveal(&mut self) {
        self.revealed = !self.revealed;
    }

    /// The pane goes out of sight.
    pub fn leave(&mut self) {
        self.revealed = false;
        self.stay();
    }

    /// Nothing runs behind a person's back.
    fn stay(&mut self) {
        if let Some(form) = &mut self.form {
            form.stay();
        }
    }

    /// The side that has the keys.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Gives a side the keys.
    pub fn turn_to(&mut self, side: Side) {
        self.side = side;
    }

    /// Where a side stands.
    pub fn list(&self, side: Side) -> List {
        match side {
            Side::Chain => self.chain,
            Side::Findings => self.findings,
        }
    }

    fn list_mut(&mut self, side: Side) -> &mut List {
        match side {
            Side::Chain => &mut self.chain,
            Side::Findings => &mut self.findings,
        }
    }

    /// The text of a side in lines of at most `columns` columns.
    pub fn blocks(&self, side: Side, columns: usize) -> Vec<Block> {
        match (&self.report, side) {
            (Some(report), Side::Chain) => chain::blocks(report, self.revealed, columns),
            (Some(report), Side::Findings) => findings::blocks(report, columns),
            (None, _) => Vec::new(),
        }
    }

    /// Moves within a side that is seen through `view`.
    pub fn go(&mut self, side: Side, by: Move, view: View) {
        let blocks = self.blocks(side, view.columns);
        let rows = view.rows.max(1);
        let page = isize::try_from(rows.saturating_sub(1)).unwrap_or(1).max(1);
        let list = self.list_mut(side);
        list.fit(&blocks, rows);
        match by {
            Move::Step(down) => list.step(down, &blocks, rows),
            Move::Page(down) => list.scroll(if down { page } else { -page }, &blocks, rows),
            Move::Lines(by) => list.scroll(by, &blocks, rows),
            Move::End(down) => {
                list.choose(if down { usize::MAX } else { 0 }, &blocks, rows);
                list.show(if down { usize::MAX } else { 0 }, &blocks, rows);
            }
            Move::Row(row) => {
                if let Some(at) = blocks::block_of(&blocks, list.top + row) {
                    list.choose(at, &blocks, rows);
                }
            }
            Move::Share(row) => {
                let all = blocks::lines(&blocks);
                list.show(all * row / rows, &blocks, rows);
            }
        }
    }

    /// The file that the chosen row tells of.
    pub fn path(&self, columns: usize) -> Option<String> {
        let blocks = self.blocks(Side::Chain, columns);
        blocks
            .get(self.chain.at)
            .and_then(|block| block.path.clone())
    }

    /// What to do about the chosen finding, each in a line.
    pub fn advice(&self) -> Option<String> {
        let finding = self.report.as_ref()?.findings.get(self.findings.at)?;
        Some(finding.advice.join("\n")).filter(|advice| !advice.is_empty())
    }

    /// The form, while it is open.
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref().filter(|_| self.form_open)
    }

    /// The form, while it is open.
    pub fn form_mut(&mut self) -> Option<&mut Form> {
        self.form.as_mut().filter(|_| self.form_open)
    }

    /// The form that was closed before, with its text, or a new one; none while nothing is known.
    pub fn open_form(&mut self) -> Option<&mut Form> {
        let report = self.report.as_ref()?;
        self.form_open = true;
        Some(self.form.get_or_insert_with(|| Form::new(report)))
    }

    /// Closes the form; its text stays.
    pub fn close_form(&mut self) {
        self.form_open = false;
        self.stay();
    }

    /// What the tab says behind its name: errors, and warnings.
    pub fn badge(&self) -> String {
        let Some(report) = &self.report else {
            return String::new();
        };
        let counts = findings::counts(report).into_iter();
        let bad = counts.filter(|(level, count)| *count > 0 && *level != Severity::Note);
        let signs = bad.map(|(level, count)| {
            let (sign, ..) = findings::severity(level);
            format!(" {sign}{count}")
        });
        signs.collect()
    }
}

/// What came of a look.
#[derive(Debug)]
pub enum Looked {
    /// It is the one that was waited for, and told all that there is to tell.
    Well,
    /// It failed; what was known before stands.
    Failed(Error),
    /// Nobody waits for it.
    Late,
}

/// A way to move within a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A row, down when true.
    Step(bool),
    /// A page, down when true.
    Page(bool),
    /// So many lines, down when positive.
    Lines(isize),
    /// To the last row when true, else to the first.
    End(bool),
    /// To what stands in that row of the view.
    Row(usize),
    /// To the share of the whole that this row is of the view: a click on the scroll bar.
    Share(usize),
}
