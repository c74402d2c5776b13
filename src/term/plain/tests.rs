use alacritty_terminal::grid::{Cursor, Dimensions as _};
use alacritty_terminal::index::Line;
use alacritty_terminal::term::cell::Cell as RawCell;
use proptest::prelude::*;

use super::super::guard::Piece;
use super::super::{CHUNK, Command, FUEL_LIMIT, LineNo, Terminal, hostile, taps};
use crate::domain::Size;

/// What [`Terminal::feed`] does, but with all text through the parser, in pieces as long as can be.
fn parsed(terminal: &mut Terminal, bytes: &[u8]) -> Vec<u8> {
    let columns = usize::from(terminal.size.cols.get());
    let (guest, parser) = (&mut terminal.guest, &mut terminal.parser);
    for chunk in bytes.chunks(CHUNK) {
        let refilled = guest.limits.fuel + chunk.len() * columns;
        guest.limits.fuel = refilled.min(FUEL_LIMIT);
        let mut held = Vec::new();
        terminal.tail.whole(chunk, |whole| {
            terminal.guard.filter(whole, |piece| match piece {
                Piece::Bytes(bytes) | Piece::Plain(bytes) => held.extend_from_slice(bytes),
                Piece::Tap(tap) => {
                    parser.advance(guest, &std::mem::take(&mut held));
                    if guest.queue(tap) {
                        parser.advance(guest, taps::TURN);
                    }
                }
            });
        });
        parser.advance(guest, &held);
    }
    terminal.settle()
}

/// All that text can change.
#[derive(Debug, PartialEq)]
struct State {
    cells: Vec<Vec<RawCell>>,
    cursors: [Cursor<RawCell>; 2],
    lines: (LineNo, LineNo, LineNo),
    commands: Vec<Command>,
    limits: String,
    seen: String,
}

fn state(terminal: &Terminal) -> State {
    let grid = terminal.guest.term.grid();
    let rows = grid.topmost_line().0..=grid.bottommost_line().0;
    State {
        cells: rows.map(|row| grid[Line(row)][..].to_vec()).collect(),
        cursors: [grid.cursor.clone(), grid.saved_cursor.clone()],
        lines: (
            terminal.first_line(),
            terminal.last_line(),
            terminal.view_top(),
        ),
        commands: terminal.commands().cloned().collect(),
        limits: format!("{:?}", terminal.guest.limits),
        seen: format!("{terminal:?} {:?}", terminal.guest.term.mode()),
    }
}

/// Text as programs print it, with all that decides how it is written.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[ -~]{1,30}",
        4 => "[ -~\t]{0,12}\r\n",
        3 => "[ab\r\n\t]{1,12}",
        4 => "[ab漢🙂e\u{301}\u{202e} é\u{85}\u{a0}\u{ad}\r\n]{1,12}",
        2 => "a{1,40}",
        // Inserting, wrapping, scrolling at the end, the alternate screen, held-back output.
        2 => "\x1b\\[(4|20|\\?7|\\?6|\\?1049|\\?2026)[hl]",
        2 => "\x1b[()*+][0AB]|\x0e|\x0f|\x1b[no]",
        2 => "\x1b\\[[0-9]{0,2}[bXPABCDGJKLMST@]",
        1 => "\x1b\\[[0-9]?;[0-9]?[rHf]",
        1 => "\x1b\\[(1|7|31|48;5;9|58;5;3|4:3|0|)m|\x1b]8;;http://a.b\x07|\x1b]8;;\x07",
        1 => "\x1b[78DMEHc=>]|\x08|\x07|\x7f",
        // What hides text from sight.
        1 => "\x1b(P|X|\\^|_|\\[|\\[1;|\\[ | |#|]0;)|\x1b\\\\|\x18|\x1a",
        1 => "\x1b\\[[0-9]{5}b",
    ];
    let raw = prop::collection::vec(any::<u8>(), 1..4);
    let torn = prop::sample::select(b"\xc2\xcc\xe2\xf0\x9f\x88\x80\xada".to_vec());
    let torn = prop::collection::vec(torn, 1..8);
    let piece = prop_oneof![20 => piece.prop_map(String::into_bytes), 1 => raw, 3 => torn];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn plain_text_is_written_as_the_parser_has_it_written(
        bytes in prop_oneof![3 => text(), 1 => hostile::stream()],
        (cols, rows) in prop_oneof![(2u16..14, 1u16..5), Just((80, 24))],
        scrollback in 0usize..20,
        chunk in prop_oneof![1usize..64, Just(CHUNK)],
    ) {
        let size = Size::clamped(cols, rows);
        let (mut terminal, mut twin) =
            (Terminal::new(size, scrollback), Terminal::new(size, scrollback));
        // In the end: what is repeated then, and what the main screen holds.
        let ends: [&[u8]; 3] = [b"\x1b[2b", b"\x18\x1b[?2026lx\x1b[2b", b"\x1b[?1049l"];
        for piece in bytes.chunks(chunk) {
            prop_assert_eq!(terminal.feed(piece), parsed(&mut twin, piece));
        }
        for end in ends {
            prop_assert_eq!(terminal.sync_pending(), twin.sync_pending());
            // An update that ends and begins again in one piece is held back as one, and in two pieces shown between.
            prop_assert_eq!(terminal.end_sync(), twin.end_sync());
            prop_assert_eq!(state(&terminal), state(&twin));
            prop_assert_eq!(terminal.feed(end), parsed(&mut twin, end));
        }
        prop_assert_eq!(state(&terminal), state(&twin));
    }
}

#[test]
fn an_update_that_ends_and_begins_again_beside_a_torn_character_shows_the_same_in_the_end() {
    let size = Size::clamped(2, 1);
    let (mut terminal, mut twin) = (Terminal::new(size, 0), Terminal::new(size, 0));
    let bytes = b"\x1b[?2026h\x1b[?2026la0\xc2\x1b[?2026h";
    for piece in bytes.chunks(27) {
        assert_eq!(terminal.feed(piece), parsed(&mut twin, piece));
    }
    assert_eq!(terminal.end_sync(), twin.end_sync());
    assert_eq!(state(&terminal), state(&twin));
}
