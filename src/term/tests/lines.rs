use super::*;

#[test]
fn lines_keep_their_numbers_while_output_scrolls() {
    let mut terminal = numbered(20, 4, 10);
    assert_eq!(terminal.first_line(), line(0));
    assert_eq!(terminal.view_top(), line(6));
    assert_eq!(terminal.line_text(line(3)), "line 3");
    terminal.feed(b"\r\nmore\r\nand more");
    assert_eq!(terminal.line_text(line(3)), "line 3");
    assert_eq!(terminal.line_text(line(11)), "and more");
    assert_eq!(terminal.line_text(line(12)), "");
    assert_eq!(terminal.last_line(), line(11));
}

#[test]
fn dropped_lines_are_counted_exactly() {
    for chunk in [1, 7, 100, 1_000_000] {
        let mut terminal = Terminal::new(Size::clamped(20, 4), 10);
        let all: String = (0..5000).fold(String::new(), |all, n| all + &format!("\r\nline {n}"));
        for piece in all.as_bytes().chunks(chunk) {
            terminal.feed(piece);
        }
        // The first row stays empty, so line n has number n + 1.
        assert_eq!(
            terminal.first_line(),
            line(5001 - 14),
            "in chunks of {chunk}"
        );
        assert_eq!(terminal.scrolled(), (0, 10));
        assert_eq!(terminal.line_text(line(4990)), "line 4989");
        assert_eq!(terminal.line_text(line(3)), "");
        assert_eq!(terminal.all_text().lines().count(), 14);
    }
}

#[test]
fn whatever_scrolls_is_counted() {
    for (bytes, lines) in [
        ("\x1b[3S", 3),
        ("\x1b[99S", 4),
        ("\n\n\n\n\n", 2),
        ("x\x1b[2;1Hx\x1b[2J", 2),
        ("\x1b[H\x1b[2M", 2),
        ("漢\x1b[4;20H漢字漢", 1),
        ("\x1b[4;20Hxyz", 1),
        ("a\x1b[400b", 6),
    ] {
        let mut terminal = Terminal::new(Size::clamped(20, 4), 1);
        terminal.feed(bytes.repeat(2000).as_bytes());
        let mut counted = Terminal::new(Size::clamped(20, 4), 100_000);
        counted.feed(bytes.repeat(2000).as_bytes());
        assert_eq!(terminal.last_line(), counted.last_line(), "{bytes:?}");
        assert!(terminal.last_line().0 >= 1900 * lines, "{bytes:?}");
    }
}

#[test]
fn a_history_of_none_works() {
    let mut terminal = Terminal::new(Size::clamped(20, 4), 0);
    terminal.feed("line\r\n".repeat(5000).as_bytes());
    assert_eq!(terminal.scrolled(), (0, 0));
    assert_eq!(terminal.first_line(), line(4997));
}

#[test]
fn the_view_goes_to_a_line() {
    let mut terminal = numbered(20, 4, 10);
    terminal.scroll_to(line(2));
    assert_eq!(terminal.view_top(), line(2));
    assert_eq!(terminal.text(), "line 2\nline 3\nline 4\nline 5");
    terminal.scroll_to(line(8));
    assert_eq!(terminal.view_top(), line(6));
    terminal.scroll_to(line(0));
    assert_eq!(terminal.view_top(), line(0));
}

#[test]
fn all_text_joins_what_was_only_wrapped() {
    let terminal = fed(5, 3, "abcdefg  \r\n\r\nx漢字漢\r\ny");
    assert_eq!(terminal.all_text(), "abcdefg\n\nx漢字漢\ny");
}

#[test]
fn erasing_the_history_keeps_the_numbers_of_the_screen() {
    let mut terminal = numbered(20, 4, 10);
    terminal.feed(b"\x1b[3J");
    assert_eq!(terminal.first_line(), line(6));
    assert_eq!(terminal.line_text(line(7)), "line 7");
    terminal.feed(b"\x1bcnew");
    assert!(terminal.first_line() > line(9), "no number is used twice");
    assert_eq!(terminal.line_text(terminal.first_line()), "new");
}

#[test]
fn the_alternate_screen_does_not_disturb_the_numbers() {
    let mut terminal = numbered(20, 4, 10);
    terminal.feed(b"\x1b[?1049h\x1b[Hinside\n\n\n\n\n\n");
    assert_eq!(terminal.first_line(), line(6));
    assert_eq!(terminal.view_top(), line(6));
    terminal.resize(Size::clamped(20, 6));
    assert_eq!(terminal.first_line(), line(4));
    terminal.feed(b"\x1b[?1049l");
    assert_eq!(terminal.first_line(), line(0));
    assert_eq!(terminal.line_text(line(7)), "line 7");
}

#[test]
fn a_new_size_on_the_alternate_screen_leaves_it_alone() {
    let mut terminal = fed(20, 4, "before\x1b[?1049h\x1b[=5u\x1b[2;3Hinside");
    terminal.resize(Size::clamped(12, 4));
    assert_eq!(terminal.text(), "\n  inside");
    assert_eq!(terminal.feed(b"\x1b[6n"), b"\x1b[2;9R");
    assert!(terminal.modes().any(crate::term::Modes::DISAMBIGUATE));
    terminal.feed(b"\x1b[?1049l");
    assert_eq!(terminal.text(), "before");
}

#[test]
fn a_new_height_keeps_all_numbers() {
    let mut terminal = numbered(20, 4, 10);
    for rows in [2, 9, 30, 4] {
        terminal.resize(Size::clamped(20, rows));
        assert_eq!(terminal.line_text(line(3)), "line 3", "{rows} rows");
        assert_eq!(terminal.first_line(), line(0));
    }
}

#[test]
fn a_flood_after_a_new_size_is_still_bounded() {
    let mut terminal = Terminal::new(Size::clamped(80, 24), 50);
    for cols in [10, 100, 2, 80] {
        terminal.feed("0123456789 0123456789\r\n".repeat(3000).as_bytes());
        terminal.resize(Size::clamped(cols, 24));
        assert!(terminal.scrolled().1 <= 50);
        terminal.feed("0123456789 0123456789\r\n".repeat(3000).as_bytes());
        assert_eq!(terminal.scrolled(), (0, 50));
    }
}

#[test]
fn narrowing_uses_up_empty_rows_before_it_hides_lines() {
    let mut terminal = Terminal::new(Size::clamped(20, 5), 10);
    terminal.feed(b"aaaa bbbb cccc dddd\r\nxxxx yyyy zzzz\r\n$ ");
    terminal.resize(Size::clamped(10, 5));
    assert_eq!(terminal.text(), "aaaa bbbb\ncccc dddd\nxxxx yyyy\nzzzz\n$");
    assert_eq!(terminal.scrolled(), (0, 0));
    assert_eq!(terminal.line_text(line(0)), "aaaa bbbb");
    terminal.resize(Size::clamped(5, 5));
    assert_eq!(terminal.scrolled(), (0, 3), "no more than fits");
    assert_eq!(terminal.text().lines().last(), Some("$"));
    terminal.resize(Size::clamped(20, 5));
    assert_eq!(terminal.scrolled(), (0, 0));
    assert_eq!(terminal.text(), "aaaa bbbb cccc dddd\nxxxx yyyy zzzz\n$");
}
