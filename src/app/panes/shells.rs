//! The shells of a session: tabs, each with one or more shells side by side.
//!
//! The first shell is the twin's own main program: it is always there, and the twin ends with it. The
//! others are further programs in the same twin.

use super::shell::Shell;
use crate::app::ShellId;
use crate::domain::Size;

/// Shells at most: each keeps a history of its own.
const MOST: usize = 16;
/// Shells side by side at most.
const MOST_BESIDE: usize = 4;

/// All shells of a session, which of them are in sight, and which has the keys.
#[derive(Debug)]
pub struct Shells {
    main: Shell,
    others: Vec<Shell>,
    tabs: Vec<Tab>,
    focus: ShellId,
    /// Further shells that had a connection when it was lost, and were not opened again since.
    owed: Vec<ShellId>,
}

/// Shells that are in sight together.
#[derive(Debug)]
struct Tab {
    /// From left to right.
    row: Vec<ShellId>,
    /// The one that had the keys last.
    last: ShellId,
}

impl Shells {
    /// One tab with the twin's own shell.
    pub fn new(main: Shell) -> Self {
        let id = main.id();
        Self {
            main,
            others: Vec::new(),
            tabs: vec![Tab {
                row: vec![id],
                last: id,
            }],
            focus: id,
            owed: Vec::new(),
        }
    }

    /// The connection to the twin, which ran on, is there again: what further shells it took along is to be opened
    /// again, each once, as soon as it is known to be lost ([`Self::reopen`]).
    pub fn connected_again(&mut self) {
        self.owed = self.others.iter().map(Shell::id).collect();
    }

    /// The shells that are to be opened anew now, and their sizes.
    pub fn reopen(&mut self) -> Vec<(ShellId, Size)> {
        let Self { others, owed, .. } = self;
        let lost = others.iter_mut().filter(|shell| owed.contains(&shell.id()));
        let reopened: Vec<_> = lost
            .filter_map(|shell| {
                shell
                    .reopen()
                    .then(|| (shell.id(), shell.terminal().size()))
            })
            .collect();
        owed.retain(|id| !reopened.iter().any(|(other, _)| other == id));
        reopened
    }

    /// The twin's own shell.
    pub fn main(&self) -> &Shell {
        &self.main
    }

    /// The shell that has the keys.
    pub fn focused(&self) -> &Shell {
        self.get(self.focus).unwrap_or(&self.main)
    }

    /// The shell that has the keys.
    pub fn focused_mut(&mut self) -> &mut Shell {
        let focus = self.focus;
        let other = self.others.iter_mut().find(|shell| shell.id() == focus);
        other.unwrap_or(&mut self.main)
    }

    /// The shell of that number.
    pub fn get(&self, id: ShellId) -> Option<&Shell> {
        self.all().find(|shell| shell.id() == id)
    }

    /// The shell of that number.
    pub fn get_mut(&mut self, id: ShellId) -> Option<&mut Shell> {
        let main = std::iter::once(&mut self.main);
        main.chain(&mut self.others).find(|shell| shell.id() == id)
    }

    /// Every shell, the twin's own first.
    pub fn all(&self) -> impl Iterator<Item = &Shell> {
        std::iter::once(&self.main).chain(&self.others)
    }

    /// Whether no further shell may be opened; with `beside`, none in this tab.
    pub fn is_full(&self, beside: bool) -> bool {
        self.others.len() + 1 >= MOST || (beside && self.shown().len() >= MOST_BESIDE)
    }

    /// The shells in sight, from left to right.
    pub fn shown(&self) -> &[ShellId] {
        self.tab()
            .and_then(|at| self.tabs.get(at))
            .map_or(&[], |tab| &tab.row)
    }

    /// Whether a shell is in sight.
    pub fn shows(&self, id: ShellId) -> bool {
        self.shown().contains(&id)
    }

    /// The tabs, each by the shell that stands for it, with whether it is in sight.
    pub fn tabs(&self) -> impl ExactSizeIterator<Item = (&Shell, bool)> {
        let here = self.tab();
        self.tabs.iter().enumerate().map(move |(n, tab)| {
            let shell = self.get(tab.last).unwrap_or(&self.main);
            (shell, here == Some(n))
        })
    }

    /// Whether a bell rang unseen in the tab of this shell, in whichever of its shells.
    pub fn rang(&self, id: ShellId) -> bool {
        let tab = self.tabs.iter().find(|tab| tab.row.contains(&id));
        let rang = |id: &ShellId| self.get(*id).is_some_and(Shell::rang);
        tab.is_some_and(|tab| tab.row.iter().any(rang))
    }

    /// Gives a shell the keys, and brings its tab into sight; false when it had them.
    pub fn focus(&mut self, id: ShellId) -> bool {
        if self.focus == id || self.get(id).is_none() {
            return false;
        }
        self.focus = id;
        if let Some(tab) = self.tab().and_then(|at| self.tabs.get_mut(at)) {
            tab.last = id;
        }
        for other in self.shown().to_vec() {
            if let Some(shell) = self.get_mut(other) {
                shell.seen();
            }
        }
        true
    }

    /// Adds a shell: in a tab of its own, or beside the one that has the keys. It gets them.
    pub fn add(&mut self, shell: Shell, beside: bool) {
        let id = shell.id();
        let at = self.tab();
        match at.and_then(|at| self.tabs.get_mut(at)) {
            Some(tab) if beside => {
                let after = tab.row.iter().position(|other| *other == self.focus);
                tab.row.insert(after.map_or(0, |n| n + 1), id);
            }
            Some(_) | None => {
                let after = at.map_or(self.tabs.len(), |n| n + 1);
                let row = vec![id];
                self.tabs.insert(after, Tab { row, last: id });
            }
        }
        self.others.push(shell);
        self.focus(id);
    }

    /// Takes a shell away; its neighbour gets the keys. The twin's own shell stays: false.
    pub fn remove(&mut self, id: ShellId) -> bool {
        let Some(at) = self.others.iter().position(|shell| shell.id() == id) else {
            return false;
        };
        let heir = self.heir(id);
        self.others.remove(at);
        for tab in &mut self.tabs {
            tab.row.retain(|other| *other != id);
            if tab.last == id {
                tab.last = tab.row.last().copied().unwrap_or(id);
            }
        }
        self.tabs.retain(|tab| !tab.row.is_empty());
        if self.focus == id {
            self.focus = self.main.id();
            self.focus(heir);
        }
        true
    }

    /// The shell that gets the keys when `id` goes: beside it, else in the tab before it.
    fn heir(&self, id: ShellId) -> ShellId {
        let tab = self.tabs.iter().position(|tab| tab.row.contains(&id));
        let row = tab.and_then(|n| self.tabs.get(n)).map(|tab| &tab.row);
        let beside = row.and_then(|row| {
            let at = row.iter().position(|other| *other == id)?;
            row.get(at + 1).or_else(|| row.get(at.checked_sub(1)?))
        });
        let before = tab.and_then(|n| self.tabs.get(n.saturating_sub(1)));
        beside
            .copied()
            .or_else(|| before.map(|tab| tab.last))
            .filter(|heir| *heir != id)
            .unwrap_or(self.main.id())
    }

    /// Brings the next tab into sight, or the one before for negative `by`; round and round.
    pub fn step_tab(&mut self, by: isize) -> bool {
        let next = around(self.tab().unwrap_or(0), by, self.tabs.len());
        let id = self.tabs.get(next).map(|tab| tab.last);
        id.is_some_and(|id| self.focus(id))
    }

    /// Gives the keys to the next shell in sight, or the one before for negative `by`; round and round.
    pub fn step_beside(&mut self, by: isize) -> bool {
        let at = self.shown().iter().position(|id| *id == self.focus);
        let next = around(at.unwrap_or(0), by, self.shown().len());
        let id = self.shown().get(next).copied();
        id.is_some_and(|id| self.focus(id))
    }

    /// Number of the tab in sight.
    fn tab(&self) -> Option<usize> {
        let has = |tab: &Tab| tab.row.contains(&self.focus);
        self.tabs.iter().position(has)
    }
}

/// `at` moved by `by` among `count` places in a ring.
fn around(at: usize, by: isize, count: usize) -> usize {
    let back = by.unsigned_abs() % count.max(1);
    let steps = if by < 0 { count - back } else { back };
    (at + steps) % count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Size;

    fn shell(n: u32) -> Shell {
        Shell::new(ShellId(n), Size::clamped(80, 24), 10)
    }

    fn shells(layout: &[&[u32]]) -> Shells {
        let mut all = Shells::new(shell(1));
        for (n, id) in layout[0].iter().skip(1).enumerate() {
            assert!(n < 10);
            all.add(shell(*id), true);
        }
        for row in &layout[1..] {
            for (n, id) in row.iter().enumerate() {
                all.add(shell(*id), n > 0);
            }
        }
        all
    }

    fn shown(all: &Shells) -> (Vec<u32>, u32) {
        let row = all.shown().iter().map(|id| id.0).collect();
        (row, all.focused().id().0)
    }

    #[test]
    fn tabs_and_neighbours_are_stepped_through_in_rings() {
        let mut all = shells(&[&[1, 2], &[3], &[4, 5]]);
        assert_eq!(shown(&all), (vec![4, 5], 5));
        assert!(all.step_tab(1));
        assert_eq!(shown(&all), (vec![1, 2], 2), "each tab knows its last");
        assert!(all.step_beside(1));
        assert_eq!(shown(&all), (vec![1, 2], 1));
        assert!(all.step_beside(-1));
        assert_eq!(shown(&all), (vec![1, 2], 2));
        assert!(all.step_tab(-2));
        assert_eq!(shown(&all), (vec![3], 3));
        assert!(!all.step_beside(1), "it stands alone");
    }

    #[test]
    fn a_shell_that_goes_leaves_the_keys_to_its_neighbour() {
        let mut all = shells(&[&[1], &[2], &[3, 4, 5]]);
        all.focus(ShellId(4));
        assert!(all.remove(ShellId(4)));
        assert_eq!(shown(&all), (vec![3, 5], 5));
        assert!(all.remove(ShellId(5)));
        assert_eq!(shown(&all), (vec![3], 3));
        assert!(all.remove(ShellId(3)));
        assert_eq!(shown(&all), (vec![2], 2));
        assert!(all.remove(ShellId(2)));
        assert_eq!(shown(&all), (vec![1], 1));
        assert!(!all.remove(ShellId(1)), "the twin's own");
        assert_eq!(all.all().count(), 1);
    }

    #[test]
    fn another_one_that_goes_does_not_move_the_keys() {
        let mut all = shells(&[&[1], &[2, 3]]);
        all.focus(ShellId(1));
        all.remove(ShellId(3));
        assert_eq!(shown(&all), (vec![1], 1));
        all.step_tab(1);
        assert_eq!(shown(&all), (vec![2], 2));
        assert!(!all.focus(ShellId(3)));
    }

    #[test]
    fn there_is_a_limit() {
        let mut all = shells(&[&[1, 2, 3, 4]]);
        assert!(all.is_full(true) && !all.is_full(false));
        for n in 5..=16 {
            all.add(shell(n), false);
        }
        assert!(all.is_full(false));
        assert_eq!(all.tabs().len(), 13);
    }
}
