use super::*;
use crate::domain::files::Kind;

const ROWS: usize = 10;
const COLUMNS: usize = 40;

fn open(bytes: &[u8]) -> View {
    let entry = Entry {
        name: "f".into(),
        kind: Kind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: bytes.len() as u64,
        mtime: None,
    };
    let mut view = View::new(Root::Twin, "/f".into(), entry);
    feed(&mut view, bytes);
    view
}

/// Answers what the view wants, as the twin does; the number of pieces that it took.
fn feed(view: &mut View, bytes: &[u8]) -> usize {
    let mut count = 0;
    while let Some(offset) = view.wants().first().copied() {
        let at = usize::try_from(offset).unwrap();
        let piece = &bytes[at..(at + 65_536).min(bytes.len())];
        let piece = Piece {
            offset,
            bytes: piece.to_vec(),
            size: bytes.len() as u64,
        };
        view.came(piece, COLUMNS, ROWS);
        count += 1;
        assert!(count < 5, "a view asks for what is in sight");
    }
    count
}

fn go(view: &mut View, by: Move, bytes: &[u8]) {
    view.go(by, COLUMNS, ROWS, 0);
    feed(view, bytes);
}

#[test]
fn a_long_file_is_paged_through_both_ways_with_a_few_pieces() {
    let lines: Vec<String> = (0..60_000).map(|n| format!("line {n}\n")).collect();
    let text = lines.concat();
    let bytes = text.as_bytes();
    let mut view = open(bytes);
    assert_eq!(view.how(), How::Text);
    assert_eq!(view.rows(COLUMNS, ROWS)[0], "line 0");
    let mut seen = Vec::new();
    for _ in 0..300 {
        seen.push(view.rows(COLUMNS, ROWS)[0].clone());
        go(&mut view, Move::Page(true), bytes);
    }
    assert_eq!(seen[299], format!("line {}", 299 * 9));
    assert!(view.pieces.len() <= KEPT);
    for expected in seen.iter().rev() {
        go(&mut view, Move::Page(false), bytes);
        assert_eq!(&view.rows(COLUMNS, ROWS)[0], expected);
    }
    go(&mut view, Move::End(true), bytes);
    assert_eq!(view.rows(COLUMNS, ROWS).last().unwrap(), "line 59999");
    assert_eq!(view.rows(COLUMNS, ROWS).len(), ROWS);
    go(&mut view, Move::Page(true), bytes);
    assert_eq!(view.rows(COLUMNS, ROWS).last().unwrap(), "line 59999");
    go(&mut view, Move::Step(false), bytes);
    assert_eq!(view.rows(COLUMNS, ROWS).last().unwrap(), "line 59998");
    go(&mut view, Move::End(false), bytes);
    assert_eq!(view.rows(COLUMNS, ROWS)[0], "line 0");
}

#[test]
fn a_long_line_is_broken_and_wide_signs_fit() {
    let bytes = "ä世".repeat(50_000);
    let mut view = open(bytes.as_bytes());
    let rows = view.rows(COLUMNS, ROWS);
    let first = rows[0].clone();
    assert!(
        rows.iter()
            .all(|row| row.chars().count() == 26 || row.chars().count() == 27)
    );
    go(&mut view, Move::Page(true), bytes.as_bytes());
    go(&mut view, Move::Page(false), bytes.as_bytes());
    assert_eq!(view.rows(COLUMNS, ROWS)[0], first);
    assert_eq!(view.top(), 0);
}

#[test]
fn what_a_terminal_would_obey_is_not_drawn() {
    let mut view = open(b"a\tb\x1b[31m\r\n\xff\xfe\x7f\nend");
    view.turn_to(How::Text);
    let rows = view.rows(COLUMNS, ROWS);
    assert_eq!(
        rows,
        ["a   b\u{fffd}[31m", "\u{fffd}\u{fffd}\u{fffd}", "end"]
    );
}

#[test]
fn other_bytes_are_shown_in_rows_of_sixteen_to_the_last() {
    let bytes: Vec<u8> = (0..200_003_u32).map(|n| (n % 251) as u8).collect();
    let mut view = open(&bytes);
    assert_eq!(view.how(), How::Hex);
    assert!(view.rows(COLUMNS, ROWS)[0].starts_with("00000000  00 01"));
    go(&mut view, Move::End(true), &bytes);
    let rows = view.rows(COLUMNS, ROWS);
    assert_eq!(rows.len(), ROWS);
    assert!(rows[9].starts_with("00030d40  "), "{}", rows[9]);
    let end = view.top();
    go(&mut view, Move::Page(true), &bytes);
    assert_eq!(view.top(), end);
    go(&mut view, Move::Step(false), &bytes);
    assert_eq!(view.top(), end - 16);
}

#[test]
fn an_empty_file_and_one_without_a_size_are_shown() {
    let view = open(b"");
    assert!(view.rows(COLUMNS, ROWS).is_empty());
    assert_eq!(view.share(), 100);
    // A file of /proc: its directory says 0 bytes.
    let mut view = open(b"");
    view.forget();
    assert_eq!(view.wants(), [0]);
    view.came(
        Piece {
            offset: 0,
            bytes: b"Name: web\n".to_vec(),
            size: 10,
        },
        COLUMNS,
        ROWS,
    );
    assert_eq!(view.rows(COLUMNS, ROWS), ["Name: web"]);
}

#[test]
fn an_elf_file_shows_what_it_says_of_itself_first() {
    let mut view = open(b"\x7fELF\x02\x01\x01");
    assert_eq!(view.how(), How::Elf);
    assert!(view.wants().is_empty() && view.is_elf());
    view.turn_to(How::Hex);
    assert_eq!(view.rows(COLUMNS, ROWS).len(), 1);
}
