//! Trees grown from real archives, and the comparison beside a plain one.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tar::{EntryType, Header};

use super::tree::{Kind, shown};
use super::*;
use crate::domain::tar::Unpack;

/// An entry of an archive: path, kind, mode, owner, content or link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) path: Vec<u8>,
    pub(super) kind: EntryType,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) content: Vec<u8>,
    pub(super) capabilities: Option<Vec<u8>>,
}

impl Item {
    pub(super) fn new(path: &str, kind: EntryType, mode: u32, content: &str) -> Self {
        Self {
            path: path.into(),
            kind,
            mode,
            uid: 0,
            content: content.into(),
            capabilities: None,
        }
    }
}

pub(super) fn file(path: &str, content: &str) -> Item {
    Item::new(path, EntryType::Regular, 0o644, content)
}

pub(super) fn program(path: &str) -> Item {
    Item::new(path, EntryType::Regular, 0o755, path)
}

pub(super) fn dir(path: &str) -> Item {
    Item::new(path, EntryType::Directory, 0o755, "")
}

pub(super) fn link(path: &str, to: &str) -> Item {
    Item::new(path, EntryType::Symlink, 0o777, to)
}

pub(super) fn hard(path: &str, to: &str) -> Item {
    Item::new(path, EntryType::Link, 0o644, to)
}

/// A record of pax: its length counts itself.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    [length.to_string().as_bytes(), &rest].concat()
}

fn block(mut header: Header, kind: EntryType, content: &[u8]) -> Vec<u8> {
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// An archive as Go writes it: names in pax records, whatever they hold.
pub(super) fn archive(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        let is_link = matches!(item.kind, EntryType::Symlink | EntryType::Link);
        let mut records = record("path", &item.path);
        if is_link {
            records.extend(record("linkpath", &item.content));
        }
        if let Some(capabilities) = &item.capabilities {
            records.extend(record("SCHILY.xattr.security.capability", capabilities));
        }
        let mut header = Header::new_ustar();
        header.set_mode(item.mode);
        header.set_uid(item.uid);
        header.set_gid(item.uid);
        bytes.extend(block(header.clone(), EntryType::XHeader, &records));
        let content: &[u8] = if is_link { b"" } else { &item.content };
        bytes.extend(block(header, item.kind, content));
    }
    bytes.extend([0; 1024]);
    bytes
}

pub(super) fn grown(items: &[Item]) -> Tree {
    let bytes = archive(items);
    let mut growing = Growing::default();
    let mut unpack = Unpack::default();
    // In pieces that no header fits in.
    for piece in bytes.chunks(997) {
        unpack
            .feed(piece, &mut |event| growing.take(event))
            .unwrap();
    }
    growing.grown()
}

pub(super) fn trees(left: &[Item], right: &[Item]) -> Trees {
    Trees::of(grown(left), grown(right))
}

/// `sign path words` of what differs, in the order of a walk.
fn told(trees: &Trees) -> Vec<String> {
    let files = trees.summary(&|_| true);
    let entries = files.entries.iter();
    entries
        .map(|entry| {
            let words: Vec<&str> = entry.differs.words().collect();
            format!("{} {} {}", entry.change.sign(), entry.path, words.join(","))
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn each_sort_of_difference_is_told_by_name() {
    let owned = |mut item: Item, uid: u64| {
        item.uid = uid;
        item
    };
    let mut capable = program("bin/ping");
    capable.capabilities = Some(
        [0x0100_0001u32, 1 << 13, 0, 0, 0]
            .map(u32::to_le_bytes)
            .concat(),
    );
    let left = [
        dir("bin"),
        program("bin/ping"),
        file("etc/a", "same size"),
        file("etc/b", "short"),
        file("etc/c", "1"),
        link("etc/d", "a"),
        file("etc/e", "x"),
        file("etc/same", "x"),
        owned(file("etc/z", "z"), 1),
        file("old/gone", "12345"),
        file(".wh.x", ""),
    ];
    let right = [
        dir("bin"),
        capable,
        file("etc/a", "same bits"),
        file("etc/b", "longer"),
        Item::new("etc/c", EntryType::Regular, 0o600, "1"),
        link("etc/d", "b"),
        dir("etc/e"),
        file("etc/same", "x"),
        file("etc/z", "z"),
        file("new/come", "123"),
    ];
    let trees = trees(&left, &right);
    assert_eq!(
        told(&trees),
        [
            "- /.wh.x",
            "~ /bin/ping capabilities",
            "~ /etc/a content",
            "~ /etc/b size",
            "~ /etc/c mode",
            "~ /etc/d link",
            "~ /etc/e kind",
            "~ /etc/z owner",
            "+ /new",
            "+ /new/come",
            "- /old",
            "- /old/gone",
        ]
    );
    let files = trees.summary(&|path| path.starts_with("/bin"));
    assert_eq!(files.entries.len(), 1);
    let right = files.entries[0].right.as_ref().unwrap();
    assert_eq!(right.capabilities.as_deref(), Some("cap_net_raw=ep"));
    assert_eq!((files.only_left.entries, files.only_left.bytes), (3, 5));
    assert_eq!((files.only_right.entries, files.only_right.bytes), (2, 3));
    assert_eq!(files.changed.entries, 7);
    assert_eq!(files.directories[0].path, "/old");
    let etc = trees.find(b"/etc").unwrap();
    let node = trees.node(etc);
    assert!(node.change == Change::Same && node.differs_somewhere() && node.is_dir());
    assert_eq!(
        (node.below.changed, node.below.left, node.below.right),
        (6, 20, 18)
    );
    let names: Vec<_> = trees
        .children(etc)
        .map(|id| trees.node(id).name.into_owned())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "same", "z"]);
    assert_eq!(trees.path(trees.children(etc).next().unwrap()), "/etc/a");
}

#[test]
fn another_name_of_a_file_is_that_file_and_counts_once() {
    let left = [
        file("a", "data"),
        hard("b", "a"),
        hard("c", "/b"),
        hard("nothing", "x"),
    ];
    let right = [file("a", "data"), file("b", "data"), file("c", "date")];
    let trees = trees(&left, &right);
    assert_eq!(told(&trees), ["~ /c content", "- /nothing"]);
    let totals = trees.tree(Hand::Left).totals();
    assert_eq!((totals.files, totals.bytes), (4, 4));
    assert_eq!(trees.tree(Hand::Right).totals().bytes, 12);
}

#[test]
fn what_comes_twice_counts_as_it_came_last() {
    let tree = grown(&[
        file("a/b/c", "1"),
        file("a/b", "now a file"),
        file("d", "1"),
        file("d/e", "2"),
        dir("f"),
        file("f/g", "3"),
        Item::new("f", EntryType::Directory, 0o700, ""),
        file("../../up", "4"),
        dir("."),
    ]);
    let paths: Vec<String> = tree
        .rows()
        .map(|row| shown(&tree.path(row)).into_owned())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort();
    assert_eq!(sorted, ["/a", "/a/b", "/d", "/d/e", "/f", "/f/g", "/up"]);
    assert!(tree.find(b"/a/b/c", true).is_none());
    let f = tree.find(b"f", true).unwrap();
    assert_eq!(tree.stat(f).mode, 0o700);
}

#[test]
fn links_are_followed_as_the_kernel_does() {
    let tree = grown(&[
        file("usr/lib/x", "1"),
        link("lib", "usr/lib"),
        link("usr/lib/y", "../../lib/x"),
        link("abs", "/lib/y"),
        link("loop", "loop2"),
        link("loop2", "/loop"),
        link("up", "../../../lib"),
    ]);
    let led = |path: &str| tree.find(path.as_bytes(), true).map(|row| tree.path(row));
    for path in ["/lib/x", "/abs", "/usr/lib/y", "up/x", "/lib/../lib/./x"] {
        assert_eq!(led(path), Some(b"/usr/lib/x".to_vec()), "{path}");
    }
    for path in ["/loop", "/lib/none", "/usr/lib/x/y"] {
        assert_eq!(led(path), None, "{path}");
    }
    let link = tree.find(b"/abs", false).unwrap();
    assert_eq!(tree.stat(link).link, Some(&b"/lib/y"[..]));
}

#[test]
fn owners_are_found_through_links_and_directories_have_none() {
    let mut tree = grown(&[
        file("usr/bin/bash", "12"),
        link("bin", "usr/bin"),
        file("own", "1"),
    ]);
    tree.set_owners(
        [
            ("bash", &b"bin/bash"[..]),
            ("bash", b"usr"),
            ("gone", b"/nowhere"),
        ]
        .into_iter(),
    );
    let owner = |path: &[u8]| tree.owner(tree.find(path, false).unwrap());
    assert_eq!(owner(b"/usr/bin/bash"), Some("bash"));
    assert_eq!((owner(b"/usr"), owner(b"/own")), (None, None));
    assert_eq!(tree.totals().unowned, 1);
}

#[test]
fn what_is_beyond_the_bounds_is_left_out_and_counted() {
    let bytes = archive(&[file("a", "1"), file("b", "2"), file("c", "3")]);
    let grow = |rows: usize, text: usize| {
        let mut growing = Growing::within(rows, text);
        let mut unpack = Unpack::default();
        unpack
            .feed(&bytes, &mut |event| growing.take(event))
            .unwrap();
        let tree = growing.grown();
        (tree.rows().count(), tree.left_out())
    };
    assert_eq!(grow(3, 100), (2, 1));
    assert_eq!(grow(100, 1), (1, 2));
    assert_eq!(grow(100, 100), (3, 0));
}

#[test]
fn capabilities_are_told_as_getcap_does() {
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    for (bytes, want) in [
        (words(&[0x0200_0001, 1 << 13, 0, 0, 0]), "cap_net_raw=ep"),
        (
            words(&[0x0200_0000, 1 << 10, 0, 1 << 7, 0]),
            "cap_net_bind_service,cap_bpf=p",
        ),
        (words(&[0x0300_0001, 1, 1, 0, 0, 1000]), "cap_chown=eip"),
        (words(&[0x0100_0001, 1 << 21, 0]), "cap_sys_admin=ep"),
        (words(&[0x0200_0001, 0, 0, 0, 0]), "="),
        (words(&[0x0700_0001, 0]), "unreadable"),
        (vec![1], "unreadable"),
    ] {
        assert_eq!(capabilities(&bytes), want);
    }
}

/// The same archive as GNU writes it, with long names: the `tar` crate takes a newline in a pax record for its end.
fn gnu(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for item in items {
        let is_link = matches!(item.kind, EntryType::Symlink | EntryType::Link);
        let mut header = Header::new_gnu();
        header.set_mode(item.mode);
        header.set_uid(item.uid);
        header.set_gid(item.uid);
        let ended = |name: &[u8]| [name, b"\0"].concat();
        bytes.extend(block(
            header.clone(),
            EntryType::GNULongName,
            &ended(&item.path),
        ));
        if is_link {
            bytes.extend(block(
                header.clone(),
                EntryType::GNULongLink,
                &ended(&item.content),
            ));
        }
        bytes.extend(block(
            header,
            item.kind,
            if is_link { b"" } else { &item.content },
        ));
    }
    bytes.extend([0; 1024]);
    bytes
}

/// What a plain reading of an archive knows: paths to what stands there, the last one counting.
type Plain = BTreeMap<Vec<u8>, (EntryType, u32, u64, Vec<u8>)>;

/// The reference: unpacks into a map of whole paths and whole contents, by the `tar` crate.
fn plain(bytes: &[u8]) -> Plain {
    let mut found = Plain::new();
    found.insert(Vec::new(), (EntryType::Directory, 0o755, 0, Vec::new()));
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path_bytes().into_owned();
        let header = entry.header().clone();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        let mut kind = header.entry_type();
        let mut mode = header.mode().unwrap();
        let mut uid = header.uid().unwrap();
        match kind {
            EntryType::Symlink => content = entry.link_name_bytes().unwrap().into_owned(),
            EntryType::Link => {
                let to = entry.link_name_bytes().unwrap().into_owned();
                (kind, mode, uid, content) = found[&to].clone();
            }
            _ => {}
        }
        found.insert(path, (kind, mode, uid, content));
    }
    found
}

/// Every path that is not the same, by whole maps.
fn plainly(left: &Plain, right: &Plain) -> Vec<(Vec<u8>, Change)> {
    let mut all: Vec<&Vec<u8>> = left.keys().chain(right.keys()).collect();
    all.sort();
    all.dedup();
    let changes = all.into_iter().filter_map(|path| {
        let (l, r) = (left.get(path), right.get(path));
        let alike = |l: &(EntryType, u32, u64, Vec<u8>), r: &(EntryType, u32, u64, Vec<u8>)| {
            let mode = l.0 == EntryType::Symlink || l.1 == r.1;
            l.0 == r.0 && mode && l.2 == r.2 && l.3 == r.3
        };
        let change = match (l, r) {
            (Some(l), Some(r)) if alike(l, r) => return None,
            (Some(_), Some(_)) => Change::Changed,
            (Some(_), None) => Change::OnlyLeft,
            (None, _) => Change::OnlyRight,
        };
        Some((path.clone(), change))
    });
    changes.collect()
}

/// Names: plain ones, those of whiteouts, such with blanks, newlines, escapes, and bytes that are no text.
fn name() -> impl Strategy<Value = Vec<u8>> {
    let plain = prop::sample::select(vec![
        &b"a"[..],
        b"b",
        b"c",
        b".wh.a",
        b".wh..wh..opq",
        b"a b",
        b"a\nb",
        b"\x1b[2J",
        b"\xff",
        b"\xfe",
        b"\xc3\xa9",
        b"\xc3",
        b"aa",
        b"..x",
        b"x=1",
    ]);
    prop_oneof![
        4 => plain.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(1u8..=255, 1..6).prop_filter("a name", |name| {
            !name.contains(&b'/') && name != b"." && name != b".."
        }),
    ]
}

#[derive(Debug, Clone)]
enum Seed {
    Dir(u32),
    File(u32, Vec<u8>),
    Symlink(Vec<u8>),
    Hardlink(prop::sample::Index),
}

fn seed() -> impl Strategy<Value = Seed> {
    let mode = || prop::sample::select(vec![0o644, 0o755, 0o4755, 0o600, 0o1777]);
    let content = prop::sample::select(vec![
        &b""[..],
        b"x",
        b"y",
        b"longer",
        &[7; 1500],
        &[8; 1500],
    ]);
    prop_oneof![
        2 => mode().prop_map(Seed::Dir),
        4 => (mode(), content).prop_map(|(mode, content)| Seed::File(mode, content.to_vec())),
        1 => name().prop_map(Seed::Symlink),
        1 => any::<prop::sample::Index>().prop_map(Seed::Hardlink),
    ]
}

/// A root: each entry in a directory that came before it, as a walk gives them; names may come twice.
fn root() -> impl Strategy<Value = Vec<Item>> {
    let entry = (any::<prop::sample::Index>(), name(), seed(), 0..3u64);
    prop::collection::vec(entry, 0..40).prop_map(|entries| {
        let mut dirs: Vec<Vec<u8>> = vec![Vec::new()];
        let mut files: Vec<Vec<u8>> = Vec::new();
        let mut taken: Vec<Vec<u8>> = Vec::new();
        let mut items = Vec::new();
        for (dir, name, seed, uid) in entries {
            let dir = dir.get(&dirs);
            let path = if dir.is_empty() {
                name
            } else {
                [dir, &b"/"[..], &name].concat()
            };
            if taken.contains(&path) {
                continue;
            }
            taken.push(path.clone());
            let (kind, mode, content) = match seed {
                Seed::Dir(mode) => (EntryType::Directory, mode, Vec::new()),
                Seed::File(mode, content) => (EntryType::Regular, mode, content),
                Seed::Symlink(to) => (EntryType::Symlink, 0o777, to),
                Seed::Hardlink(_) if files.is_empty() => (EntryType::Fifo, 0o600, Vec::new()),
                Seed::Hardlink(to) => (EntryType::Link, 0, to.get(&files).clone()),
            };
            match kind {
                EntryType::Directory => dirs.push(path.clone()),
                EntryType::Regular | EntryType::Symlink => files.push(path.clone()),
                _ => {}
            }
            items.push(Item {
                path,
                kind,
                mode,
                uid,
                content,
                capabilities: None,
            });
        }
        items
    })
}

/// A second root that is mostly the first one: some entries left out, some with other rights, owners or contents.
fn pair() -> impl Strategy<Value = (Vec<Item>, Vec<Item>)> {
    (
        root(),
        root(),
        any::<bool>(),
        prop::collection::vec(0..8u8, 40),
    )
        .prop_map(|(left, other, alike, twists)| {
            if !alike {
                return (left, other);
            }
            let mut right = Vec::new();
            for (item, twist) in left.iter().zip(&twists) {
                let mut item = item.clone();
                match (twist, item.kind) {
                    // A directory that goes leaves no place for what is in it: only files go.
                    (0, EntryType::Symlink | EntryType::Fifo) => continue,
                    (1, EntryType::Regular | EntryType::Directory) => item.mode ^= 0o022,
                    (2, kind) if kind != EntryType::Link => item.uid += 1,
                    (3, EntryType::Regular) => item.content.push(b'!'),
                    (4, EntryType::Regular) if !item.content.is_empty() => item.content[0] ^= 1,
                    _ => {}
                }
                right.push(item);
            }
            let there: Vec<Vec<u8>> = right.iter().map(|item| item.path.clone()).collect();
            right.retain(|item| item.kind != EntryType::Link || there.contains(&item.content));
            (left, right)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_comparison_is_that_of_whole_maps((left, right) in pair()) {
        let reference = plainly(&plain(&gnu(&left)), &plain(&gnu(&right)));
        let trees = trees(&left, &right);
        let mut found = Vec::new();
        for id in trees.walk(trees.root()) {
            let node = trees.node(id);
            if node.change != Change::Same {
                found.push((trees.path_bytes(id)[1..].to_vec(), node.change));
            }
        }
        found.sort();
        prop_assert_eq!(found, reference);
        // Every node is found by its path, and its sums are those of what is below it.
        for id in trees.walk(trees.root()) {
            prop_assert_eq!(trees.find(&trees.path_bytes(id)), Some(id));
            let differ = trees.walk(id).filter(|below| trees.node(*below).change != Change::Same).count();
            let below = trees.node(id).below;
            prop_assert_eq!((below.only_left + below.only_right + below.changed) as usize, differ);
        }
        let same = Trees::of(grown(&left), grown(&left));
        prop_assert!(!same.node(same.root()).below.any());
    }

    #[test]
    fn any_archive_is_survived(items in root(), twice in root(), path in prop::collection::vec(any::<u8>(), 0..30)) {
        let tree = grown(&[items, twice].concat());
        tree.find(&path, true);
        tree.find(&path, false);
        prop_assert!(tree.rows().all(|row| tree.find(&tree.path(row), false) == Some(row)));
        prop_assert!(tree.rows().all(|row| tree.stat(row).kind != Kind::File || tree.stat(row).sha256.is_some()));
    }
}
