//! The tree that processes form.

use std::collections::{BTreeMap, BTreeSet};

use super::{Owner, Process};

/// How deep the lines before a process go; deeper ones stand below each other.
const DEEP: usize = 24;

/// A process in its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its number.
    pub pid: u32,
    /// The lines that lead to it: `│ ├ `; empty for one whose parent is not there.
    pub lead: String,
}

/// The processes in the order of a tree: children below their parent, in the order of their numbers. One whose
/// parent is not among them stands at the edge, and so does the first of a ring.
pub fn tree(processes: &[&Process]) -> Vec<Branch> {
    let there: BTreeSet<u32> = processes.iter().map(|p| p.pid).collect();
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut edge = Vec::new();
    for process in processes {
        if process.parent != process.pid && there.contains(&process.parent) {
            children
                .entry(process.parent)
                .or_default()
                .push(process.pid);
        } else {
            edge.push(process.pid);
        }
    }
    edge.sort_unstable();
    let mut left = there;
    let mut found = Vec::with_capacity(processes.len());
    for root in edge {
        grow(root, &children, &mut left, &mut found);
    }
    // Only what hangs together in a ring is left: a parent's number was taken by a child of its child.
    while let Some(first) = left.first().copied() {
        grow(first, &children, &mut left, &mut found);
    }
    found
}

/// A process that is still to be placed: its number, the lines before it, whether it is the last child; none
/// for the root.
type Waiting = (u32, String, Option<bool>);

fn grow(
    root: u32,
    children: &BTreeMap<u32, Vec<u32>>,
    left: &mut BTreeSet<u32>,
    found: &mut Vec<Branch>,
) {
    let mut waiting: Vec<Waiting> = vec![(root, String::new(), None)];
    while let Some((pid, before, last)) = waiting.pop() {
        if !left.remove(&pid) {
            continue;
        }
        let (sign, below) = match last {
            None => ("", ""),
            Some(true) => ("└ ", "  "),
            Some(false) => ("├ ", "│ "),
        };
        found.push(Branch {
            pid,
            lead: format!("{before}{sign}"),
        });
        let mut below = format!("{before}{below}");
        if below.chars().count() > DEEP {
            below = before;
        }
        let of = children.get(&pid).map_or(&[][..], Vec::as_slice);
        let mut of: Vec<u32> = of.iter().copied().filter(|p| left.contains(p)).collect();
        of.sort_unstable_by(|a, b| b.cmp(a));
        for (n, child) in of.into_iter().enumerate() {
            waiting.push((child, below.clone(), Some(n == 0)));
        }
    }
}

/// Those that a person means by "the target's processes": all but the twin's own. With `only`, which is for a
/// target in the host's process ids, those of the target's own files, and what they started.
pub fn among(processes: &[Process], only: bool) -> Vec<&Process> {
    if !only {
        let others = processes.iter().filter(|p| p.owner != Owner::Twin);
        return others.collect();
    }
    let mut of: BTreeSet<u32> = BTreeSet::new();
    // A child's number may be smaller than its parent's; so often is enough for what anybody starts.
    for _ in 0..DEEP {
        let before = of.len();
        for process in processes {
            let child = of.contains(&process.parent) && process.owner != Owner::Twin;
            if process.owner == Owner::Target || child {
                of.insert(process.pid);
            }
        }
        if of.len() == before {
            break;
        }
    }
    processes.iter().filter(|p| of.contains(&p.pid)).collect()
}
