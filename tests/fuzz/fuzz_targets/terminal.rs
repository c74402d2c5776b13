//! A terminal under arbitrary bytes and calls: it never panics, and what it tells is inside it.
#![no_main]

use devtwin::domain::Size;
use devtwin::term::{LineNo, Motion, SelectKind, Spot, Terminal};
use libfuzzer_sys::fuzz_target;

const SCROLLBACK: usize = 30;
const KINDS: [SelectKind; 4] = [
    SelectKind::Character,
    SelectKind::Word,
    SelectKind::Line,
    SelectKind::Block,
];
const MOTIONS: [Motion; 20] = [
    Motion::Up,
    Motion::Down,
    Motion::Left,
    Motion::Right,
    Motion::LineStart,
    Motion::LineEnd,
    Motion::WordLeft,
    Motion::WordRight,
    Motion::WordEnd,
    Motion::Top,
    Motion::Middle,
    Motion::Bottom,
    Motion::PageUp,
    Motion::PageDown,
    Motion::HalfUp,
    Motion::HalfDown,
    Motion::Oldest,
    Motion::Newest,
    Motion::ParagraphUp,
    Motion::ParagraphDown,
];
const PATTERNS: [&str; 6] = ["a", "[0-9]+", "\\S+", "x*$", "(", ""];

// The input is a program's output; byte 0xff, which no text holds, makes the next two bytes a call.
fuzz_target!(|data: &[u8]| {
    let mut terminal = Terminal::new(Size::clamped(20, 6), SCROLLBACK);
    let mut pieces = data.split(|byte| *byte == 0xff);
    if let Some(first) = pieces.next() {
        terminal.feed(first);
    }
    for piece in pieces {
        let (call, rest) = piece.split_at(piece.len().min(2));
        if let [what, how] = call {
            act(&mut terminal, *what, *how);
        }
        terminal.feed(rest);
        check(&mut terminal);
    }
    check(&mut terminal);
});

fn act(terminal: &mut Terminal, what: u8, how: u8) {
    let spot = Spot {
        row: u16::from(how >> 5),
        col: u16::from(how & 0x1f),
    };
    let line = LineNo(terminal.first_line().0 + u64::from(how));
    let kind = KINDS[usize::from(how) % KINDS.len()];
    match what % 14 {
        0 => terminal.resize(Size::clamped(u16::from(how & 0x1f), u16::from(how >> 5))),
        1 => terminal.scroll(i32::from(how) - 128),
        2 => drop(terminal.end_sync()),
        3 => terminal.entered(),
        4 => terminal.select(spot, KINDS[usize::from(what / 14) % KINDS.len()]),
        5 => terminal.select_to(spot),
        6 => terminal.select_lines(line, terminal.view_top()),
        7 => terminal.scroll_to(line),
        8 => terminal.copy_mode(how % 4 > 0),
        9 => terminal.copy_move(MOTIONS[usize::from(how) % MOTIONS.len()]),
        10 => terminal.copy_select((how < 240).then_some(kind)),
        11 => drop(terminal.find(PATTERNS[usize::from(how) % PATTERNS.len()])),
        12 => drop(terminal.find_again(how % 2 == 0)),
        _ => drop(terminal.link_at(spot)),
    }
}

fn check(terminal: &mut Terminal) {
    let (cols, rows) = (terminal.size().cols.get(), terminal.size().rows.get());
    if let Some(cursor) = terminal.cursor() {
        assert!(cursor.col < cols && cursor.row < rows);
    }
    if let Some(cursor) = terminal.copy_cursor() {
        assert!(cursor.col < cols && cursor.row < rows);
    }
    let (offset, history) = terminal.scrolled();
    assert!(offset <= history && history <= SCROLLBACK);
    for row in 0..rows {
        assert_eq!(terminal.row(row).count(), usize::from(cols));
        let mut next = 0;
        for (range, _) in terminal.highlights(row) {
            assert!(*range.start() >= next && range.start() <= range.end());
            next = *range.end() + 1;
            assert!(next <= cols);
        }
        if let Some(link) = terminal.link_at(Spot { row, col: cols / 2 }) {
            assert!(!link.uri.contains(char::is_control));
            assert!(
                link.spans
                    .iter()
                    .all(|(r, a, b)| *r < rows && a <= b && *b < cols)
            );
        }
    }
    let (first, last) = (terminal.first_line(), terminal.last_line());
    if !terminal.is_alternate() {
        for command in terminal.commands() {
            let output = command.output.unwrap_or(command.prompt);
            let end = command.end.unwrap_or(output);
            assert!(first <= command.prompt && command.prompt <= output);
            assert!(output <= end && end.0 <= last.0 + 1);
        }
    }
    let selected = terminal.selected_text().unwrap_or_default();
    for text in [terminal.all_text(), terminal.title(), selected] {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }
    terminal.take_ran();
}
