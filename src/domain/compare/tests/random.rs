//! Random roots: the comparison beside one by whole maps.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tar::{EntryType, Header};

use super::super::tree::Kind;
use super::super::*;
use super::{Item, block, grown, trees};

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
