//! Streams that a hostile or broken program might print, and what must hold whatever they are.

use proptest::prelude::*;

use super::{Spot, Terminal};
use crate::domain::Size;

/// Text, control characters, well-formed and broken sequences with extreme parameters, raw bytes.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        4 => (0u32..60).prop_map(|n| n.to_string()),
        1 => Just(String::new()),
        1 => Just("65535".to_owned()),
        1 => Just("99999999999".to_owned()),
    ];
    let numbers = prop::collection::vec(number, 0..5).prop_map(|n| n.join(";"));
    let mode = prop::sample::select(vec![
        "?1", "?3", "?6", "?7", "?12", "?25", "?47", "?1000", "?1003", "?1005", "?1006", "?1047",
        "?1048", "?1049", "?2004", "?2026", "4", "20",
    ]);
    let csi = (
        prop::sample::select(vec!["", "?", ">", "=", "<", "!", " "]),
        numbers,
        0x40u8..0x7f,
    )
        .prop_map(|(lead, numbers, last)| format!("\x1b[{lead}{numbers}{}", char::from(last)));
    let text = prop_oneof![
        "[ -~]{1,30}",
        "[漢字한글🙂👩a]{1,12}",
        "[e\u{301}\u{308}\u{200d}\u{fe0f}\u{1f3fd}\u{ff9e}\u{ad}\u{202e}☁]{1,12}",
    ];
    let piece = prop_oneof![
        6 => text.prop_map(String::into_bytes),
        4 => csi.prop_map(String::into_bytes),
        3 => (mode, prop::bool::ANY).prop_map(|(mode, on)| {
            format!("\x1b[{mode}{}", if on { 'h' } else { 'l' }).into_bytes()
        }),
        3 => prop::sample::select(vec!["\r\n", "\n", "\t", "\x08", "\r", "\x07", "\x0e", "\x0f"])
            .prop_map(|s| s.as_bytes().to_vec()),
        2 => (0x30u8..0x7f).prop_map(|last| vec![0x1b, last]),
        1 => "\x1b\\][0-9]{1,3};[ -~;]{0,20}(\x07|\x1b\\\\|)".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 1..20),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// What a session does to a terminal.
#[derive(Debug, Clone)]
enum Step {
    Feed(Vec<u8>),
    Resize(u16, u16),
    Scroll(i32),
    EndSync,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => stream().prop_map(Step::Feed),
        2 => (0u16..30, 0u16..12).prop_map(|(cols, rows)| Step::Resize(cols, rows)),
        1 => any::<i32>().prop_map(Step::Scroll),
        1 => Just(Step::EndSync),
    ];
    prop::collection::vec(step, 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_session_breaks_the_terminal(
        steps in steps(),
        chunk in 1usize..64,
        spots in any::<[(u8, u8); 2]>(),
    ) {
        const SCROLLBACK: usize = 30;
        let mut terminal = Terminal::new(Size::clamped(20, 6), SCROLLBACK);
        for step in steps {
            match step {
                Step::Feed(bytes) => {
                    for piece in bytes.chunks(chunk) {
                        terminal.feed(piece);
                    }
                }
                Step::Resize(cols, rows) => terminal.resize(Size::clamped(cols, rows)),
                Step::Scroll(lines) => terminal.scroll(lines),
                Step::EndSync => {
                    terminal.end_sync();
                }
            }
            let (cols, rows) = (terminal.size().cols.get(), terminal.size().rows.get());
            if let Some(cursor) = terminal.cursor() {
                prop_assert!(cursor.col < cols && cursor.row < rows);
            }
            let (offset, history) = terminal.scrolled();
            prop_assert!(offset <= history && history <= SCROLLBACK);
            for row in 0..rows {
                let cells: Vec<_> = terminal.row(row).collect();
                prop_assert_eq!(cells.len(), usize::from(cols));
                prop_assert!(cells.iter().all(|cell| cell.marks.len() <= 8));
            }
            let [from, to] = spots.map(|(row, col)| Spot { row: row.into(), col: col.into() });
            for text in [terminal.text(), terminal.text_between(from, to), terminal.title()] {
                prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
            }
        }
    }

    #[test]
    fn chunk_borders_change_nothing(bytes in stream(), chunk in 1usize..20) {
        // How much of a mad repetition is done depends on how many bytes came at once.
        let repeats = |pair: &[u8]| pair[0].is_ascii_digit() && pair[1] == b'b';
        prop_assume!(!bytes.windows(2).any(repeats));
        let mut whole = Terminal::new(Size::clamped(20, 6), 30);
        let mut pieces = Terminal::new(Size::clamped(20, 6), 30);
        let mut replies = whole.feed(&bytes);
        let mut in_pieces = Vec::new();
        for piece in bytes.chunks(chunk) {
            in_pieces.extend(pieces.feed(piece));
        }
        replies.extend(whole.end_sync());
        in_pieces.extend(pieces.end_sync());
        prop_assert_eq!(replies, in_pieces);
        prop_assert_eq!(whole.text(), pieces.text());
        prop_assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
    }
}
