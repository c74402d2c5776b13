//! The terminal emulator from outside: what programs print, and what the screen then shows.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside a test function"
)]

use devtwin::domain::Size;
use devtwin::term::{CursorShape, Modes, Span, Spot, Terminal};

fn terminal(cols: u16, rows: u16) -> Terminal {
    Terminal::new(Size::clamped(cols, rows), 1000)
}

fn fed(cols: u16, rows: u16, bytes: &str) -> Terminal {
    let mut terminal = terminal(cols, rows);
    terminal.feed(bytes.as_bytes());
    terminal
}

fn answer(question: &str) -> String {
    let reply = terminal(80, 24).feed(question.as_bytes());
    String::from_utf8(reply).unwrap()
}

fn position(terminal: &Terminal) -> (u16, u16) {
    let cursor = terminal.cursor().unwrap();
    (cursor.col, cursor.row)
}

#[test]
fn text_wraps_and_scrolls_into_history() {
    let terminal = fed(5, 2, "abcdefg\r\n1\r\n2");
    assert_eq!(terminal.text(), "1\n2");
    assert_eq!(terminal.scrolled(), (0, 2));
    assert_eq!(position(&terminal), (1, 1));
}

#[test]
fn the_alternate_screen_comes_and_goes() {
    for (on, off) in [("?1049h", "?1049l"), ("?1047h", "?1047l"), ("?47h", "?47l")] {
        let mut terminal = fed(10, 3, "before");
        terminal.feed(format!("\x1b[{on}\x1b[Hinside").as_bytes());
        assert!(terminal.is_alternate(), "{on}");
        assert_eq!(terminal.text(), "inside");
        assert_eq!(terminal.scrolled(), (0, 0));
        terminal.feed(format!("\x1b[{off}").as_bytes());
        assert!(!terminal.is_alternate(), "{off}");
        assert_eq!(terminal.text(), "before");
    }
}

#[test]
fn scroll_regions_keep_the_rest() {
    let terminal = fed(4, 4, "a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nX");
    assert_eq!(terminal.text(), "a\nc\nX\nd");
}

#[test]
fn tabs_stop_every_eight_columns() {
    let terminal = fed(20, 1, "a\tb\tc");
    assert_eq!(terminal.text(), "a       b       c");
}

#[test]
fn wide_characters_take_two_cells_and_wrap_whole() {
    let terminal = fed(5, 2, "漢字漢");
    assert_eq!(terminal.text(), "漢字\n漢");
    let spans: Vec<_> = terminal.row(0).map(|cell| cell.span).collect();
    let pair = [Span::Wide, Span::Spacer];
    assert_eq!(spans, [&pair[..], &pair, &[Span::Narrow]].concat());
    let all = terminal.text_between(Spot { row: 0, col: 0 }, Spot { row: 1, col: 4 });
    assert_eq!(all, "漢字漢");
}

#[test]
fn combining_marks_join_their_cell_up_to_a_bound() {
    let mut terminal = fed(5, 1, "e\u{301}x");
    assert_eq!(terminal.text(), "e\u{301}x");
    terminal.feed("\u{301}".repeat(100_000).as_bytes());
    assert_eq!(terminal.row(0).nth(1).unwrap().marks.len(), 8);
    assert_eq!(position(&terminal), (2, 0));
}

#[test]
fn marks_that_reorder_or_hide_text_are_dropped() {
    let terminal = fed(10, 1, "a\u{202e}b\u{200b}c\u{2066}d");
    assert!(terminal.row(0).all(|cell| cell.marks.is_empty()));
    assert_eq!(terminal.text(), "abcd");
}

#[test]
fn lines_flow_anew_when_the_width_changes() {
    let mut terminal = fed(10, 4, "0123456789abcdef\r\nend");
    assert_eq!(terminal.text(), "0123456789\nabcdef\nend");
    terminal.resize(Size::clamped(20, 4));
    assert_eq!(terminal.text(), "0123456789abcdef\nend");
    terminal.resize(Size::clamped(4, 4));
    terminal.scroll_to_top();
    assert_eq!(terminal.text(), "0123\n4567\n89ab\ncdef");
}

#[test]
fn programs_get_the_answers_they_are_owed() {
    assert_eq!(answer("\x1b[c"), "\x1b[?6c");
    assert!(answer("\x1b[>c").starts_with("\x1b[>0;"));
    assert_eq!(answer("\x1b[5n"), "\x1b[0n");
    assert_eq!(answer("ab\r\nc\x1b[6n"), "\x1b[2;2R");
    assert_eq!(answer("\x1b[?25$p"), "\x1b[?25;1$y");
    assert_eq!(answer("\x1b[?1047$p"), "\x1b[?1047;2$y");
    assert_eq!(answer("\x1b[?47h\x1b[?47$p"), "\x1b[?47;1$y");
    assert_eq!(answer("\x1b[?9999$p"), "\x1b[?9999;0$y");
    assert_eq!(answer("\x1b[4$p"), "\x1b[4;2$y");
    assert_eq!(answer("\x1b]10;?\x07"), "\x1b]10;rgb:e5e5/e5e5/e5e5\x07");
    assert_eq!(
        answer("\x1b]11;?\x1b\\"),
        "\x1b]11;rgb:0000/0000/0000\x1b\\"
    );
    assert_eq!(answer("\x1b]4;1;?\x07"), "\x1b]4;1;rgb:cdcd/0000/0000\x07");
    assert_eq!(answer("\x1b[18t"), "\x1b[8;24;80t");
    assert_eq!(answer("\x1b[14t"), "\x1b[4;384;640t");
    assert_eq!(answer("\x1b[?u"), "\x1b[?0u");
    assert_eq!(answer("\x1b[>5u\x1b[?u"), "\x1b[?5u");
    assert_eq!(answer("\x1b[=c"), "\x1bP!|00000000\x1b\\");
    let version = format!("\x1bP>|devtwin({})\x1b\\", env!("CARGO_PKG_VERSION"));
    assert_eq!(answer("\x1b[>q"), version);
    assert_eq!(answer("\x1b[>0q"), version);
    assert_eq!(answer("\x1b[?4m"), "\x1b[>4;0m");
    assert_eq!(answer("\x1b[>4;2m\x1b[?4m"), "\x1b[>4;2m");
    assert_eq!(answer("\x1b[>4;1m\x1b[!p\x1b[?4m"), "\x1b[>4;0m");
    assert_eq!(answer("\x1b[>4;1m\x1bc\x1b[?4m"), "\x1b[>4;0m");
    assert_eq!(answer("\x1bP$q q\x1b\\"), "\x1bP1$r2 q\x1b\\");
    assert_eq!(answer("\x1b[5 q\x1bP$q q\x1b\\"), "\x1bP1$r5 q\x1b\\");
    assert_eq!(answer("\x1bP$qm\x1b\\"), "\x1bP0$r\x1b\\");
    assert_eq!(answer("\x1bP+q544e;436f\x1b\\"), "\x1bP0+r\x1b\\");
    for (mode, state) in [
        (7, 1),
        (25, 1),
        (1000, 2),
        (1002, 2),
        (1003, 2),
        (1004, 2),
        (1005, 2),
        (1006, 2),
        (1007, 1),
        (1049, 2),
        (2004, 2),
        (2026, 2),
        (9, 2),
        (1016, 0),
    ] {
        let reply = format!("\x1b[?{mode};{state}$y");
        assert_eq!(answer(&format!("\x1b[?{mode}$p")), reply);
    }
    assert_eq!(answer("\x1b[?9h\x1b[?9$p"), "\x1b[?9;1$y");
}

#[test]
fn answers_keep_their_order_inside_a_synchronised_update() {
    let questions = "\x1b[6n\x1b[>q\x1b[5n";
    let plain = answer(questions);
    assert_eq!(answer(&format!("\x1b[?2026h{questions}\x1b[?2026l")), plain);
}

#[test]
fn a_soft_reset_keeps_the_text_and_the_cursor() {
    let mut terminal = fed(
        10,
        4,
        "one\r\ntwo\x1b[?1h\x1b[?7l\x1b[?25l\x1b[4h\x1b[2;3r\x1b[1m\x1b(0",
    );
    terminal.feed(b"\x1b[3;2H\x1b[!pqx");
    assert_eq!(terminal.text(), "one\ntwo\n qx");
    assert_eq!(position(&terminal), (3, 2));
    assert!(!terminal.modes().any(Modes::APP_CURSOR));
    assert!(!terminal.row(2).nth(1).unwrap().style.bold);
    terminal.feed(b"\r\n\r\n\r\n123456789012");
    assert_eq!(
        terminal.scrolled().1,
        3,
        "the whole screen scrolls, and long lines wrap"
    );
}

#[test]
fn what_is_not_understood_is_not_printed() {
    for sequence in [
        "\x1bP1;2|17/ab\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bPtmux;x\x1b\\",
        "\x1b_Gi=1;AAAA\x1b\\",
        "\x1b^private\x1b\\",
        "\x1bXstring\x1b\\",
        "\x1b]1337;File=:AAAA\x07",
        "\x1b]9;note\x1b\\",
        "\x1b]777;notify;a;b\x07",
        "\x1b[?1;2;3;4z",
        "\x1b[>1;2x",
        "\x1b[=1;1u",
        "\x1b[1;2;3$r",
        "\x1b#3",
        "\x1b%G",
        "\x1b ~",
        "\x1b[?996n",
        "\x1b[22;0;0t",
        "\x1b[>4m",
        "\x1b[?12$p",
    ] {
        let terminal = fed(40, 2, &format!("a{sequence}b"));
        assert_eq!(terminal.text(), "ab", "{sequence:?}");
    }
}

#[test]
fn old_sequences_work() {
    assert_eq!(fed(4, 2, "\x1b#8").text(), "EEEE\nEEEE");
    assert_eq!(fed(9, 1, "ab\x1b[3b").text(), "abbbb");
    assert_eq!(fed(9, 1, "abc\r\x1b[4hX\x1b[4lY").text(), "XYbc");
    assert_eq!(fed(9, 3, "a\x1bDb\x1bEc\x1bMd").text(), "a\n d\nc");
    assert_eq!(fed(9, 1, "abcdef\x1b[3D\x1b[2P\x1b[2@x").text(), "abcx f");
}

#[test]
fn nothing_of_ours_is_given_away() {
    assert_eq!(answer("\x1b]52;c;?\x07"), "", "the clipboard");
    assert_eq!(answer("\x1b]0;evil\x07\x1b[21t"), "", "the title");
}

#[test]
fn answers_are_bounded() {
    let mut terminal = terminal(80, 24);
    let reply = terminal.feed("\x1b[6n".repeat(1_000_000).as_bytes());
    assert!(reply.len() <= 64 * 1024);
    assert_eq!(terminal.feed(b"\x1b[5n"), b"\x1b[0n");
}

#[test]
fn titles_are_cleaned_and_bounded() {
    let mut terminal = fed(10, 2, "\x1b]0;ti\x01t\u{85}l\u{202e}e\x07");
    assert_eq!(terminal.title(), "title");
    terminal.feed(format!("\x1b]2;{}\x07", "x".repeat(100_000)).as_bytes());
    assert_eq!(terminal.title().chars().count(), 256);
    terminal.feed(b"\x1b]2;one\x07\x1b[22t\x1b]2;two\x07\x1b[23t");
    assert_eq!(terminal.title(), "one");
    terminal.feed(b"\x1bc");
    assert_eq!(terminal.title(), "");
}

#[test]
fn an_endless_command_is_cut_and_leaves_the_screen_alone() {
    let mut terminal = terminal(20, 2);
    terminal.feed(b"\x1b]0;");
    for _ in 0..64 {
        terminal.feed(&vec![b'x'; 64 * 1024]);
    }
    terminal.feed(b"\x07after");
    assert_eq!(terminal.text(), "after");
    assert!(!terminal.take_bell());
}

#[test]
fn the_bell_and_the_clipboard_are_taken_once() {
    let mut terminal = fed(10, 2, "\x07\x1b]52;c;aGk=\x07");
    assert!(terminal.take_bell());
    assert!(!terminal.take_bell());
    assert_eq!(terminal.take_clipboard().as_deref(), Some("hi"));
    assert_eq!(terminal.take_clipboard(), None);
    let large = format!("\x1b]52;c;{}\x07", "QUJD".repeat(200_000));
    terminal.feed(large.as_bytes());
    assert_eq!(terminal.take_clipboard(), None);
    assert_eq!(terminal.text(), "");
}

#[test]
fn the_cursor_has_a_shape_and_can_hide() {
    let mut terminal = fed(10, 3, "ab");
    let cursor = terminal.cursor().unwrap();
    assert_eq!((cursor.col, cursor.row), (2, 0));
    assert_eq!((cursor.shape, cursor.blinking), (CursorShape::Block, false));
    for (style, shape, blinking) in [
        (1, CursorShape::Block, true),
        (3, CursorShape::Underline, true),
        (4, CursorShape::Underline, false),
        (5, CursorShape::Beam, true),
        (6, CursorShape::Beam, false),
    ] {
        terminal.feed(format!("\x1b[{style} q").as_bytes());
        let cursor = terminal.cursor().unwrap();
        assert_eq!((cursor.shape, cursor.blinking), (shape, blinking));
    }
    terminal.feed(b"\x1b[?25l");
    assert_eq!(terminal.cursor(), None);
    terminal.feed(b"\x1b[?25h\n\n\n");
    assert!(terminal.cursor().is_some());
    terminal.scroll(1);
    assert_eq!(terminal.cursor(), None);
}

#[test]
fn the_cursor_stays_inside_when_a_wide_character_is_torn() {
    let terminal = fed(10, 2, "🙂\r\x1b[P");
    assert_eq!(position(&terminal), (0, 0));
}

#[test]
fn scrolling_back_stays_put_while_output_arrives() {
    let mut terminal = fed(10, 2, "1\r\n2\r\n3\r\n4");
    terminal.scroll(1);
    assert_eq!(terminal.text(), "2\n3");
    terminal.feed(b"\r\n5");
    assert_eq!(terminal.text(), "2\n3");
    assert_eq!(terminal.scrolled(), (2, 3));
    terminal.scroll(i32::MAX);
    assert_eq!(terminal.scrolled(), (3, 3));
    terminal.scroll(i32::MIN);
    assert_eq!(terminal.scrolled(), (0, 3));
    terminal.scroll_to_top();
    assert_eq!(terminal.text(), "1\n2");
    terminal.scroll_to_bottom();
    assert_eq!(terminal.text(), "4\n5");
}

#[test]
fn history_is_bounded() {
    let mut terminal = Terminal::new(Size::clamped(10, 3), 20);
    terminal.feed("line\r\n".repeat(1000).as_bytes());
    assert_eq!(terminal.scrolled(), (0, 20));
}

#[test]
fn a_synchronised_update_shows_at_its_end_or_when_the_caller_ends_it() {
    let mut terminal = terminal(10, 1);
    terminal.feed(b"old\x1b[?2026h\rnew\x1b[6n");
    assert!(terminal.sync_pending());
    assert_eq!(terminal.text(), "old");
    assert_eq!(terminal.end_sync(), b"\x1b[1;4R");
    assert!(!terminal.sync_pending());
    assert_eq!(terminal.text(), "new");
    terminal.feed(b"\x1b[?2026h\rtwo\x1b[?20");
    assert_eq!(terminal.text(), "new");
    terminal.feed(b"26l!");
    assert!(!terminal.sync_pending());
    assert_eq!(terminal.text(), "two!");
    assert_eq!(terminal.end_sync(), b"");
}

#[test]
fn a_synchronised_update_without_end_is_bounded() {
    let mut terminal = terminal(10, 2);
    terminal.feed(b"\x1b[?2026h");
    for _ in 0..40 {
        terminal.feed(&vec![b'x'; 64 * 1024]);
    }
    assert!(!terminal.sync_pending());
    assert!(terminal.text().contains('x'));
}

#[test]
fn copying_joins_wrapped_lines() {
    let terminal = fed(5, 4, "abcdefgh  \r\nxy\r\nz");
    let copy = |from: (u16, u16), to: (u16, u16)| {
        let spot = |(row, col)| Spot { row, col };
        terminal.text_between(spot(from), spot(to))
    };
    assert_eq!(copy((0, 0), (3, 9)), "abcdefgh\nxy\nz");
    assert_eq!(copy((0, 3), (1, 1)), "defg");
    assert_eq!(copy((1, 1), (0, 3)), "defg");
    assert_eq!(copy((2, 1), (2, 1)), "y");
    assert_eq!(copy((0, 0), (u16::MAX, u16::MAX)), "abcdefgh\nxy\nz");
    assert_eq!(copy((9, 0), (9, 9)), "");
}

#[test]
fn every_chunking_gives_the_same_screen() {
    let stream = "éaé\x1b[?1049h\x1b[2;4r\x1b[31;48;2;1;2;3mé漢🙂e\u{301}\x1b[0m\r\n\x1b]0;tïtle\x1b\\\
        \x1b[?2026h\x1b[3;2Hsync\x1b[?2026l\x1b(0lqk\x1b(B\ta\x1b[6n\x1b[?47h\x1b[5bz\x1b]52;c;aGk=\x07";
    let bytes = stream.as_bytes();
    let mut whole = terminal(20, 5);
    let reply = whole.feed(bytes);
    assert_eq!(reply, b"\x1b[3;18R");
    let screen = |terminal: &Terminal| {
        let cells: Vec<_> = (0..5)
            .flat_map(|row| terminal.row(row))
            .map(|cell| format!("{cell:?}"))
            .collect();
        (cells, terminal.cursor(), terminal.title(), terminal.modes())
    };
    for at in 1..bytes.len() {
        let mut split = terminal(20, 5);
        let mut got = split.feed(&bytes[..at]);
        got.extend(split.feed(&bytes[at..]));
        assert_eq!(screen(&split), screen(&whole), "split at {at}");
        assert_eq!(got, reply, "split at {at}");
        assert_eq!(split.take_clipboard().as_deref(), Some("hi"));
    }
    let mut single = terminal(20, 5);
    for byte in bytes {
        single.feed(&[*byte]);
    }
    assert_eq!(screen(&single), screen(&whole));
}

#[test]
fn tiny_sizes_are_clamped_and_survive_wide_characters() {
    let tiny = Size {
        cols: 1.try_into().unwrap(),
        rows: 1.try_into().unwrap(),
    };
    let mut terminal = Terminal::new(tiny, 10);
    assert_eq!(terminal.size(), Size::clamped(2, 1));
    terminal.feed("漢字🙂".as_bytes());
    terminal.resize(Size::clamped(10, 3));
    terminal.feed("漢字🙂漢字🙂漢字".as_bytes());
    terminal.resize(tiny);
    assert_eq!(terminal.size(), Size::clamped(2, 1));
    let mad = Terminal::new(Size::clamped(u16::MAX, 1), 0).size();
    assert_eq!(mad.cols.get(), 2000);
}

#[test]
fn too_many_keyboard_modes_do_not_panic() {
    let mut terminal = terminal(10, 2);
    for _ in 0..3 {
        terminal.feed("\x1b[>1u".repeat(5000).as_bytes());
        assert!(terminal.modes().any(Modes::DISAMBIGUATE));
        terminal.feed(b"\x1b[?1049h");
    }
    terminal.feed(b"\x1b[>8u\x1b[?u");
    assert!(terminal.modes().any(Modes::ALL_KEYS));
    terminal.feed(b"\x1b[<65535u");
    assert!(!terminal.modes().any(Modes::KITTY));
}

#[test]
fn repetition_is_bounded_by_the_bytes_that_came() {
    let mut terminal = Terminal::new(Size::clamped(10, 2), 50_000);
    let bytes = "x\x1b[65535b".repeat(10);
    terminal.feed(bytes.as_bytes());
    let (_, history) = terminal.scrolled();
    assert!(history <= bytes.len(), "{history}");
    terminal.feed(b"\x1b[2J\x1b[Hstill here");
    assert_eq!(terminal.text(), "still here");
}

#[test]
fn tabs_without_stops_are_bounded() {
    // Unbounded this takes minutes: the limit on slow tests is what fails.
    let mut terminal = terminal(200, 50);
    terminal.feed(format!("\x1b[3g{}", "\x1b[200G\x1b[65535Z".repeat(1000)).as_bytes());
    terminal.feed(b"\rstill here");
    assert_eq!(terminal.text(), "still here");
}

#[test]
fn input_follows_the_modes_that_the_program_set() {
    use crossterm::event::{
        KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
    };
    let up = KeyEvent::from(KeyCode::Up);
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: 50,
        row: 50,
        modifiers: KeyModifiers::NONE,
    };
    let mut terminal = terminal(10, 5);
    assert_eq!(terminal.encode_key(&up), b"\x1b[A");
    assert_eq!(terminal.encode_paste("x\n"), b"x\r");
    assert_eq!(terminal.encode_mouse(&click, 2, 3), None);
    assert_eq!(terminal.encode_focus(true), None);
    assert!(!terminal.wants_mouse());
    terminal.feed(b"\x1b[?1;1000;1004;1006;2004h");
    assert_eq!(terminal.encode_key(&up), b"\x1bOA");
    assert_eq!(terminal.encode_paste("x"), b"\x1b[200~x\x1b[201~");
    let at = |col, row| terminal.encode_mouse(&click, col, row).unwrap();
    assert_eq!(at(2, 3), b"\x1b[<0;3;4M");
    assert_eq!(at(99, 99), b"\x1b[<0;10;5M");
    assert_eq!(terminal.encode_focus(true).unwrap(), b"\x1b[I");
    assert_eq!(terminal.encode_focus(false).unwrap(), b"\x1b[O");
    assert!(terminal.wants_mouse());
    terminal.feed(b"\x1bc\x1b[>1u");
    assert!(!terminal.wants_mouse());
    assert_eq!(
        terminal.encode_key(&KeyEvent::from(KeyCode::Esc)),
        b"\x1b[27u"
    );
}

#[test]
fn debug_output_says_what_matters() {
    let text = format!("{:?}", fed(10, 2, "\x1b]0;t\x07x"));
    assert!(text.contains("title: \"t\""), "{text}");
}
