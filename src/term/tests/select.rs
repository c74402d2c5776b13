use super::*;
use crate::term::{Highlight, SelectKind};

fn selected(terminal: &mut Terminal, from: Spot, to: Spot, kind: SelectKind) -> String {
    terminal.select(from, kind);
    terminal.select_to(to);
    terminal.selected_text().unwrap_or_default()
}

#[test]
fn text_is_selected_by_kinds_and_in_both_directions() {
    let mut terminal = fed(
        20,
        4,
        "one two-three (four)\r\nfive /usr/bin/x six\r\nseven",
    );
    for (from, to, kind, text) in [
        (at(0, 4), at(0, 6), SelectKind::Character, "two"),
        (
            at(0, 4),
            at(1, 3),
            SelectKind::Character,
            "two-three (four)\nfive",
        ),
        (at(0, 5), at(0, 5), SelectKind::Word, "two-three"),
        (at(0, 16), at(0, 16), SelectKind::Word, "four"),
        (
            at(0, 5),
            at(1, 6),
            SelectKind::Word,
            "two-three (four)\nfive /usr/bin/x",
        ),
        (
            at(0, 9),
            at(1, 0),
            SelectKind::Line,
            "one two-three (four)\nfive /usr/bin/x six",
        ),
        (at(0, 0), at(2, 2), SelectKind::Block, "one\nfiv\nsev"),
        (at(0, 2), at(2, 0), SelectKind::Block, "one\nfiv\nsev"),
        (at(3, 0), at(3, 9), SelectKind::Character, ""),
        (at(99, 99), at(2, 0), SelectKind::Character, "seven"),
    ] {
        assert_eq!(
            selected(&mut terminal, from, to, kind),
            text,
            "{from:?} {to:?} {kind:?}"
        );
        assert_eq!(
            selected(&mut terminal, to, from, kind),
            text,
            "{to:?} {from:?} {kind:?}"
        );
    }
}

#[test]
fn a_click_selects_a_word_or_line_but_no_character() {
    let mut terminal = fed(20, 2, "one two");
    for (kind, text) in [
        (SelectKind::Character, None),
        (SelectKind::Block, None),
        (SelectKind::Word, Some("two")),
        (SelectKind::Line, Some("one two")),
    ] {
        terminal.select(at(0, 5), kind);
        assert_eq!(terminal.selected_text().as_deref(), text, "{kind:?}");
        assert_eq!(terminal.select_none(), text.is_some());
        assert!(!terminal.select_none());
    }
}

#[test]
fn the_end_can_cross_the_start() {
    let mut terminal = fed(20, 2, "abcdef");
    terminal.select(at(0, 2), SelectKind::Character);
    for (col, text) in [(4, "cde"), (0, "abc"), (2, "c"), (5, "cdef"), (1, "bc")] {
        terminal.select_to(at(0, col));
        assert_eq!(terminal.selected_text().as_deref(), Some(text));
    }
}

#[test]
fn wrapped_lines_are_joined_and_wide_characters_taken_whole() {
    let mut terminal = fed(5, 4, "abcdefgh  \r\n漢字漢");
    let all = selected(&mut terminal, at(0, 0), at(3, 4), SelectKind::Character);
    assert_eq!(all, "abcdefgh\n漢字漢");
    assert_eq!(
        selected(&mut terminal, at(2, 1), at(2, 2), SelectKind::Character),
        "漢字"
    );
    assert_eq!(terminal.highlights(2), [(0..=3, Highlight::Selected)]);
    assert_eq!(
        selected(&mut terminal, at(1, 0), at(1, 0), SelectKind::Line),
        "abcdefgh"
    );
}

#[test]
fn a_selection_follows_the_text() {
    let mut terminal = numbered(20, 4, 6);
    terminal.select(at(0, 0), SelectKind::Line);
    terminal.feed(b"\r\nmore\r\nmore");
    assert_eq!(terminal.selected_text().as_deref(), Some("line 2"));
    terminal.scroll(1);
    assert!(terminal.highlights(0).is_empty());
    terminal.scroll(1);
    assert_eq!(terminal.highlights(0), [(0..=19, Highlight::Selected)]);
    terminal.resize(Size::clamped(20, 9));
    assert_eq!(terminal.selected_text().as_deref(), Some("line 2"));
    terminal.resize(Size::clamped(10, 9));
    assert_eq!(terminal.selected_text(), None);
}

#[test]
fn a_selection_goes_when_its_text_does() {
    for end in ["\x1b[2J", "\x1b[H\x1b[J", "\x1b[2K", "\x1bc", "\x1b[?1049h"] {
        let mut terminal = fed(20, 4, "one two");
        terminal.select(at(0, 1), SelectKind::Word);
        terminal.feed(end.as_bytes());
        assert_eq!(terminal.selected_text(), None, "{end:?}");
        assert!(terminal.highlights(0).is_empty());
    }
    let mut terminal = Terminal::new(Size::clamped(20, 4), 10);
    terminal.feed(b"one two");
    terminal.select(at(0, 1), SelectKind::Word);
    terminal.feed("\r\nflood".repeat(3000).as_bytes());
    assert_eq!(terminal.selected_text(), None, "its line was dropped");
}

#[test]
fn a_selection_moves_inside_a_scroll_region() {
    let mut terminal = fed(20, 4, "\x1b[?1049h\x1b[Htop\r\none\r\ntwo\r\nend\x1b[2;3r");
    terminal.select(at(2, 0), SelectKind::Word);
    terminal.feed(b"\x1b[3;1H\n");
    assert_eq!(terminal.selected_text().as_deref(), Some("two"));
    assert_eq!(terminal.highlights(1), [(0..=2, Highlight::Selected)]);
}

#[test]
fn lines_are_selected_by_number() {
    let mut terminal = numbered(20, 4, 10);
    terminal.select_lines(line(3), line(1));
    assert_eq!(
        terminal.selected_text().as_deref(),
        Some("line 1\nline 2\nline 3")
    );
    terminal.select_lines(line(8), line(800));
    assert_eq!(terminal.selected_text().as_deref(), Some("line 8\nline 9"));
    terminal.select_lines(line(80), line(800));
    assert_eq!(terminal.selected_text(), None);
}
