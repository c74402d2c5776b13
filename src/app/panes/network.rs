//! The network pane: what is known of the network of the target, what is sought in it, and where the view stands.

pub mod words;

use super::entrypoint::Move;
use super::processes::moved;
use crate::app::line::Line;
use crate::app::watch::Watch;
use crate::domain::process::Listing;
use crate::domain::sockets::Net;

/// The pane.
#[derive(Debug, Default)]
pub struct Network {
    /// What asks for all this.
    pub(in crate::app) watch: Watch,
    known: Option<Box<(Net, Listing)>>,
    filter: Line,
    top: usize,
}

impl Network {
    /// The pane goes out of sight. What it showed stays until it is shown again.
    pub fn leave(&mut self) {
        self.watch.end();
    }

    /// What is looked at.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The network, and the processes that may have its sockets; none while nothing is known.
    pub fn known(&self) -> Option<&(Net, Listing)> {
        self.known.as_deref()
    }

    /// What is known came; whether it differs from what was.
    pub(in crate::app) fn told(&mut self, net: Net, listing: Listing) -> bool {
        let differs = self.known.as_deref().is_none_or(|(old, before)| {
            let names = |listing: &Listing| -> Vec<(u32, String)> {
                let all = listing.processes.iter();
                all.map(|p| (p.pid, p.name.clone())).collect()
            };
            *old != net || names(before) != names(&listing)
        });
        self.known = Some(Box::new((net, listing)));
        differs
    }

    /// What is sought.
    pub fn filter(&self) -> &Line {
        &self.filter
    }

    /// What is sought, for editing.
    pub(in crate::app) fn filter_mut(&mut self) -> &mut Line {
        self.top = 0;
        &mut self.filter
    }

    /// The first line in sight, of so many in a view of so many rows.
    pub fn top(&self, lines: usize, rows: usize) -> usize {
        self.top.min(lines.saturating_sub(rows))
    }

    /// Moves the view.
    pub(in crate::app) fn go(&mut self, by: Move, lines: usize, rows: usize) {
        let top = self.top(lines, rows);
        self.top = moved(top, by, rows, lines.saturating_sub(rows));
    }
}
