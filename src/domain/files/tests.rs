use super::beside::{Beside, Mark};
use super::*;

fn file(name: &str, size: u64) -> Entry {
    Entry {
        name: name.into(),
        kind: Kind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size,
        mtime: Some(0),
    }
}

#[test]
fn names_keep_every_byte_and_are_shown_harmless() {
    let private = "\u{10ff41}".as_bytes().to_vec();
    for bytes in [
        &b"plain"[..],
        b"w\xff\xfe",
        b"a\nb\x1b[31m",
        "ä".as_bytes(),
        &private,
    ] {
        let name = names::decoded(bytes);
        assert_eq!(names::encoded(&name), bytes, "{name:?}");
        let shown = names::shown(&name);
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
    assert_eq!(names::shown(&names::decoded(b"w\xff")), "w\\xff");
    assert!(names::is_plain("ä") && !names::is_plain(&names::decoded(b"\xff")));
    assert_eq!(names::octal("/a b'\n"), "/a\\0040b\\0047\\0012");
}

#[test]
fn lines_of_both_stats_are_read() {
    let said = b"41ed 0 0 4096 1795751467 0 0 dir//dir///\n\
        a1ff 0 0 4 17 0 0 l1//'l1' -> '/a b'///\n\
        a1ff 0 0 4 17 0 0 l2//l2 -> /a b///\n\
        81a4 65532 7 5 17 0 0 n\nl//n\nl///\n\
        21b6 0 0 0 17 1 3 null//null///\n\
        11a4 0 0 0 17 0 0 p//p///\n\
        89ed 0 0 9 17 0 0 su //su ///\n\
        nonsense//x///\n\
        a1ff 0 0 4 17 0 0 ./l3//'./l3' -> 'b'///\n\
        81a4 0 0 1 17 0 0 w\xff//w\xff///\n";
    let all = listed::entries(said);
    let names: Vec<&str> = all.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names[..7], ["dir", "l1", "l2", "n\nl", "null", "p", "su "]);
    assert_eq!(all[1].kind, Kind::Link("/a b".into()));
    assert_eq!(all[2].kind, Kind::Link("/a b".into()));
    assert_eq!((all[3].uid, all[3].gid, all[3].size), (65532, 7, 5));
    assert_eq!(all[4].kind, Kind::Char(Some((1, 3))));
    assert_eq!(all[5].kind, Kind::Pipe);
    assert_eq!(all[6].mode_word(), "-rwsr-xr-x");
    assert_eq!(
        (all[7].name.as_str(), &all[7].kind),
        ("l3", &Kind::Link("b".into()))
    );
    assert_eq!(names::encoded(&all[8].name), b"w\xff");
    assert_eq!(all[0].mode_word(), "drwxr-xr-x");
    assert!(listed::entries(b"cut off").is_empty());
}

#[test]
fn permissions_are_told_as_ls_does() {
    for (mode, word) in [
        (0o0644, "-rw-r--r--"),
        (0o4644, "-rwSr--r--"),
        (0o2755, "-rwxr-sr-x"),
        (0o1777, "-rwxrwxrwt"),
        (0o1666, "-rw-rw-rwT"),
        (0, "----------"),
    ] {
        let entry = Entry {
            mode,
            ..file("x", 0)
        };
        assert_eq!(entry.mode_word(), word);
    }
}

#[test]
fn sides_are_marked_and_what_only_the_other_has_is_told() {
    let here = Listing {
        entries: vec![file("a", 1), file("b", 1), file("c", 1)],
        ..Listing::default()
    };
    let link = Entry {
        kind: Kind::Link("x".into()),
        ..file("b", 1)
    };
    let there = Listing {
        entries: vec![file("a", 1), link, file("d", 1)],
        ..Listing::default()
    };
    let beside = Beside::of(&here, &there);
    assert_eq!(
        beside.marks,
        [Mark::Same, Mark::Differs("kind"), Mark::OnlyHere]
    );
    assert_eq!(beside.only_there, [2]);
    assert_eq!(beside.counts(), (1, 1, 1));
    let alone = |entry| Listing {
        entries: vec![entry],
        ..Listing::default()
    };
    let owned = Entry {
        uid: 7,
        ..file("a", 1)
    };
    for (entry, mark) in [(owned, "owner"), (file("a", 2), "size")] {
        let beside = Beside::of(&alone(entry), &there);
        assert_eq!(beside.marks, [Mark::Differs(mark)]);
    }
}

#[test]
fn paths_have_a_parent_and_a_last_name() {
    assert_eq!((parent("/a/b"), last("/a/b")), ("/a", "b"));
    assert_eq!((parent("/a"), last("/a")), ("/", "a"));
    assert_eq!((parent("/"), last("/")), ("/", "/"));
    assert_eq!(last("own.conf"), "own.conf");
    assert_eq!(within("/", "a"), "/a");
    assert_eq!(within("/a", "b"), "/a/b");
}

#[test]
fn text_is_told_from_other_bytes() {
    assert!(is_text(b"") && is_text("größe\n".as_bytes()));
    assert!(!is_text(b"\x7fELF\0\0") && !is_text(&[0x80; 100]));
    let row = hex_row(16, b"\x7fELF\x02abcdefghijk");
    assert_eq!(
        row,
        "00000010  7f 45 4c 46 02 61 62 63  64 65 66 67 68 69 6a 6b  │·ELF·abcdefghijk│"
    );
}
