//! Two [`Tree`]s merged into one, with what differs and sums for each directory.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::files::{Differs, DirectorySize, FileChange, FileFacts, Files, LISTED};
use super::tree::{Kind, Row, Stat, Tree, shown};
use super::{Change, Hand};

/// Directories that a report lists by size.
const DIRECTORIES: usize = 50;
/// No row.
const NONE: u32 = u32::MAX;

/// A node of [`Trees`]: stays the same as long as they live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// Both trees, merged: what a pane walks through. Node by node it costs 64 bytes and two rows of [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trees {
    left: Tree,
    right: Tree,
    /// Parents before their children, which stand together, sorted by name.
    nodes: Vec<Pair>,
}

/// A path in one tree or in both.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    parent: u32,
    first: u32,
    count: u32,
    left: u32,
    right: u32,
    change: Change,
    differs: Differs,
    below: Below,
}

/// Sums over a node and all below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Below {
    /// Names that only the left one has.
    pub only_left: u32,
    /// Names that only the right one has.
    pub only_right: u32,
    /// Names that differ.
    pub changed: u32,
    /// Bytes in files of the left one; a file with several names counts at the first.
    pub left: u64,
    /// Bytes in files of the right one.
    pub right: u64,
}

impl Below {
    /// Whether anything differs.
    pub fn any(&self) -> bool {
        self.only_left + self.only_right + self.changed > 0
    }

    fn add(&mut self, other: &Self) {
        self.only_left += other.only_left;
        self.only_right += other.only_right;
        self.changed += other.changed;
        self.left += other.left;
        self.right += other.right;
    }
}

/// What is at a path, for whoever draws it.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// Itself.
    pub id: NodeId,
    /// Its name; bytes that are not UTF-8 as `\xff`, the rest as it is: clean it. Empty for the root.
    pub name: Cow<'a, str>,
    /// What is with it alone; what is below a directory does not count.
    pub change: Change,
    /// In what it differs.
    pub differs: Differs,
    /// What the left one has here.
    pub left: Option<Stat<'a>>,
    /// What the right one has here.
    pub right: Option<Stat<'a>>,
    /// Sums over it and all below it.
    pub below: Below,
}

impl Node<'_> {
    /// Whether it is a directory in one of both.
    pub fn is_dir(&self) -> bool {
        let dir = |stat: &Option<Stat<'_>>| stat.as_ref().is_some_and(|s| s.kind == Kind::Dir);
        dir(&self.left) || dir(&self.right)
    }

    /// Whether it or anything below it differs.
    pub fn differs_somewhere(&self) -> bool {
        self.below.any()
    }
}

impl Trees {
    /// Merges two trees.
    pub fn of(left: Tree, right: Tree) -> Self {
        let mut nodes = vec![Pair::new(
            0,
            Some(Tree::ROOT),
            Some(Tree::ROOT),
            &left,
            &right,
        )];
        let mut at = 0;
        while at < nodes.len() {
            let (l, r) = (nodes[at].left, nodes[at].right);
            let lefts = children(&left, l);
            let rights = children(&right, r);
            let first = nodes.len();
            let parent = index(at);
            merge(&left, lefts, &right, rights, &mut |l, r| {
                nodes.push(Pair::new(parent, l, r, &left, &right));
            });
            nodes[at].first = index(first);
            nodes[at].count = index(nodes.len() - first);
            at += 1;
        }
        // Children stand behind their parents.
        for at in (1..nodes.len()).rev() {
            let below = nodes[at].below;
            let parent = nodes[at].parent as usize;
            nodes[parent].below.add(&below);
        }
        Self { left, right, nodes }
    }

    /// The root.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: there is a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// One of the trees.
    pub fn tree(&self, hand: Hand) -> &Tree {
        match hand {
            Hand::Left => &self.left,
            Hand::Right => &self.right,
        }
    }

    /// What stands right in a directory, sorted by name (bytes); nothing for anything else.
    pub fn children(&self, id: NodeId) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        let (first, count) = self
            .nodes
            .get(id.0 as usize)
            .map_or((0, 0), |n| (n.first, n.count));
        (first..first + count).map(NodeId)
    }

    /// The directory that it stands in; none for the root.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let node = self.nodes.get(id.0 as usize)?;
        (id.0 != 0).then_some(NodeId(node.parent))
    }

    /// What is at a node. A node of other trees gives the root.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        let at = if (id.0 as usize) < self.nodes.len() {
            id.0
        } else {
            0
        };
        let pair = &self.nodes[at as usize];
        let left = (pair.left != NONE).then(|| self.left.stat(Row(pair.left)));
        let right = (pair.right != NONE).then(|| self.right.stat(Row(pair.right)));
        Node {
            id: NodeId(at),
            name: shown(self.name(pair)),
            change: pair.change,
            differs: pair.differs,
            left,
            right,
            below: pair.below,
        }
    }

    fn name(&self, pair: &Pair) -> &[u8] {
        if pair.left == NONE {
            self.right.name(Row(pair.right))
        } else {
            self.left.name(Row(pair.left))
        }
    }

    /// Its absolute path; bytes that are not UTF-8 as `\xff`.
    pub fn path(&self, id: NodeId) -> String {
        shown(&self.path_bytes(id)).into_owned()
    }

    /// Its absolute path as the roots have it, for a request to the engine.
    pub fn path_bytes(&self, id: NodeId) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut at = id;
        while let Some(parent) = self.parent(at) {
            parts.push(self.name(&self.nodes[at.0 as usize]));
            at = parent;
        }
        parts.reverse();
        [b"/", parts.join(&b'/').as_slice()].concat()
    }

    /// The node at an absolute path, links not followed.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        let mut at = self.root();
        for part in path.split(|byte| *byte == b'/') {
            if part.is_empty() || part == b"." {
                continue;
            }
            let pair = self.nodes.get(at.0 as usize)?;
            let span = self
                .nodes
                .get(pair.first as usize..(pair.first + pair.count) as usize)?;
            let found = span
                .binary_search_by(|child| self.name(child).cmp(part))
                .ok()?;
            at = NodeId(pair.first + index(found));
        }
        Some(at)
    }

    /// All nodes below one in the order of a walk, itself first.
    pub fn walk(&self, from: NodeId) -> Walk<'_> {
        Walk {
            trees: self,
            open: vec![from],
        }
    }

    /// The package that brought what one side has at a node.
    pub fn owner(&self, hand: Hand, id: NodeId) -> Option<&str> {
        let pair = self.nodes.get(id.0 as usize)?;
        let (tree, row) = match hand {
            Hand::Left => (&self.left, pair.left),
            Hand::Right => (&self.right, pair.right),
        };
        (row != NONE).then(|| tree.owner(Row(row)))?
    }

    /// The summary for the report; of what differs it lists what `wanted` says by its path.
    pub fn summary(&self, wanted: &dyn Fn(&str) -> bool) -> Files {
        let mut files = Files {
            left: self.left.totals(),
            right: self.right.totals(),
            ..Files::default()
        };
        for id in self.walk(self.root()) {
            let pair = &self.nodes[id.0 as usize];
            let bytes = |tree: &Tree, row: u32| if row == NONE { 0 } else { tree.bytes(Row(row)) };
            let (count, bytes) = match pair.change {
                Change::Same => continue,
                Change::OnlyLeft => (&mut files.only_left, bytes(&self.left, pair.left)),
                Change::OnlyRight => (&mut files.only_right, bytes(&self.right, pair.right)),
                Change::Changed => (&mut files.changed, bytes(&self.right, pair.right)),
            };
            count.entries += 1;
            count.bytes += bytes;
            let path = self.path(id);
            if !wanted(&path) {
                continue;
            }
            if files.entries.len() == LISTED {
                files.more += 1;
                continue;
            }
            files.entries.push(self.change(id, path));
        }
        files.directories = self.directories();
        files
    }

    /// A row of the report.
    fn change(&self, id: NodeId, path: String) -> FileChange {
        let node = self.node(id);
        let facts = |hand: Hand, stat: &Option<Stat<'_>>| {
            stat.as_ref()
                .map(|stat| FileFacts::of(stat, self.owner(hand, id)))
        };
        FileChange {
            path,
            change: node.change,
            differs: node.differs,
            left: facts(Hand::Left, &node.left),
            right: facts(Hand::Right, &node.right),
        }
    }

    fn directories(&self) -> Vec<DirectorySize> {
        let is_dir = |pair: &Pair| pair.count > 0 && pair.below.left != pair.below.right;
        let ids = (1..self.nodes.len()).filter(|at| is_dir(&self.nodes[*at]));
        let mut ids: Vec<usize> = ids.collect();
        let apart = |at: usize| {
            self.nodes[at]
                .below
                .left
                .abs_diff(self.nodes[at].below.right)
        };
        ids.sort_by_key(|at| (std::cmp::Reverse(apart(*at)), *at));
        ids.truncate(DIRECTORIES);
        let sizes = ids.into_iter().map(|at| DirectorySize {
            path: self.path(NodeId(index(at))),
            left: self.nodes[at].below.left,
            right: self.nodes[at].below.right,
        });
        sizes.collect()
    }
}

impl Pair {
    fn new(
        parent: u32,
        left: Option<Row>,
        right: Option<Row>,
        lefts: &Tree,
        rights: &Tree,
    ) -> Self {
        let differs = match (left, right) {
            (Some(l), Some(r)) => Differs::of(&lefts.stat(l), &rights.stat(r)),
            (Some(_) | None, _) => Differs::default(),
        };
        let change = Change::of(left.is_some(), right.is_some(), !differs.any());
        let one = |wanted: Change| u32::from(change == wanted);
        Self {
            parent,
            first: 0,
            count: 0,
            left: left.map_or(NONE, |row| row.0),
            right: right.map_or(NONE, |row| row.0),
            change,
            differs,
            below: Below {
                only_left: one(Change::OnlyLeft),
                only_right: one(Change::OnlyRight),
                changed: one(Change::Changed),
                left: left.map_or(0, |row| lefts.bytes(row)),
                right: right.map_or(0, |row| rights.bytes(row)),
            },
        }
    }
}

fn children(tree: &Tree, row: u32) -> &[u32] {
    if row == NONE {
        &[]
    } else {
        tree.children(Row(row))
    }
}

/// Goes through two sorted lists of names at once.
fn merge(
    left: &Tree,
    mut lefts: &[u32],
    right: &Tree,
    mut rights: &[u32],
    each: &mut dyn FnMut(Option<Row>, Option<Row>),
) {
    loop {
        let order = match (lefts.first(), rights.first()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(l), Some(r)) => left.name(Row(*l)).cmp(right.name(Row(*r))),
        };
        let mut l = None;
        let mut r = None;
        if order != Ordering::Greater
            && let Some((first, rest)) = lefts.split_first()
        {
            l = Some(Row(*first));
            lefts = rest;
        }
        if order != Ordering::Less
            && let Some((first, rest)) = rights.split_first()
        {
            r = Some(Row(*first));
            rights = rest;
        }
        each(l, r);
    }
}

/// Rows are bounded far below the numbers of this type.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE)
}

/// A walk through [`Trees`].
#[derive(Debug)]
pub struct Walk<'a> {
    trees: &'a Trees,
    open: Vec<NodeId>,
}

impl Iterator for Walk<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = self.open.pop()?;
        let from = self.open.len();
        self.open.extend(self.trees.children(id));
        if let Some(children) = self.open.get_mut(from..) {
            children.reverse();
        }
        Some(id)
    }
}
