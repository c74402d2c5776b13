//! Streams that a hostile or broken program might print, and what must hold whatever they are.

use proptest::prelude::*;

use super::{LineNo, Motion, SelectKind, Spot, Terminal};
use crate::domain::Size;
use crate::domain::text::is_harmful;

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
        "?1", "?3", "?6", "?7", "?9", "?12", "?25", "?47", "?1000", "?1003", "?1005", "?1006",
        "?1047", "?1048", "?1049", "?2004", "?2026", "4", "20",
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
    // What shells print around prompts and commands, links, and text that is searched for.
    let shell = prop::sample::select(vec![
        "\x1b]133;A\x07",
        "\x1b]133;A\x07$ \x1b]133;B\x07",
        "\x1b]133;B\x1b\\",
        "ls -l 漢字\r\n\x1b]133;C\x07",
        "\x1b]133;C;cmdline_url=make%20all%0A\x07",
        "\x1b]133;D;1\x07",
        "\x1b]133;D\x1b\\",
        "\x1b]133;A;k=s\x07",
        "\x1b]7;file://host/tmp/%e6%bc%a2\x07",
        "\x1b]8;;http://a.b/c\x07link\x1b]8;;\x07",
        "\x1b]8;id=x;file:///etc\x1b\\",
        " see (https://example.org/a_(b)?c=d). ",
        "aaaa",
        "\x1b[2J\x1b[H",
        "\x1b[3J",
        "\x1bc",
        "\x1b[!p",
        "\x1b[>0q\x1b[>4;2m\x1b[?4m\x1bP$q q\x1b\\\x1bP+q\x1b\\",
    ]);
    let piece = prop_oneof![
        4 => shell.prop_map(|s: &str| s.as_bytes().to_vec()),
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
    Entered,
    Select(Spot, Spot, SelectKind),
    SelectLines(u64, u64),
    ScrollTo(u64),
    Copy(bool),
    CopySelect(Option<SelectKind>),
    Move(Motion),
    Find(&'static str),
    FindAgain(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let spot = || (0u16..14, 0u16..34).prop_map(|(row, col)| Spot { row, col });
    let kind = || {
        prop::sample::select(vec![
            SelectKind::Character,
            SelectKind::Word,
            SelectKind::Line,
            SelectKind::Block,
        ])
    };
    let motion = prop::sample::select(vec![
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
    ]);
    let pattern = prop::sample::select(vec![
        "a",
        "a+",
        "[漢字]+",
        "$",
        "x*",
        "(",
        "b|s",
        "^.",
        "\\s+$",
        "",
    ]);
    let step = prop_oneof![
        8 => stream().prop_map(Step::Feed),
        2 => (0u16..30, 0u16..12).prop_map(|(cols, rows)| Step::Resize(cols, rows)),
        1 => any::<i32>().prop_map(Step::Scroll),
        1 => Just(Step::EndSync),
        2 => Just(Step::Entered),
        2 => (spot(), spot(), kind()).prop_map(|(from, to, kind)| Step::Select(from, to, kind)),
        1 => (0u64..100, any::<u64>()).prop_map(|(from, to)| Step::SelectLines(from, to)),
        1 => any::<u64>().prop_map(Step::ScrollTo),
        2 => prop::bool::weighted(0.8).prop_map(Step::Copy),
        1 => prop::option::of(kind()).prop_map(Step::CopySelect),
        4 => motion.prop_map(Step::Move),
        2 => pattern.prop_map(Step::Find),
        1 => any::<bool>().prop_map(Step::FindAgain),
    ];
    prop::collection::vec(step, 1..12)
}

fn take(terminal: &mut Terminal, step: Step, chunk: usize) {
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
        Step::Entered => terminal.entered(),
        Step::Select(from, to, kind) => {
            terminal.select(from, kind);
            terminal.select_to(to);
        }
        Step::SelectLines(from, to) => terminal.select_lines(LineNo(from), LineNo(to)),
        Step::ScrollTo(line) => terminal.scroll_to(LineNo(line)),
        Step::Copy(on) => terminal.copy_mode(on),
        Step::CopySelect(kind) => terminal.copy_select(kind),
        Step::Move(motion) => terminal.copy_move(motion),
        Step::Find(pattern) => {
            let _ = terminal.find(pattern);
        }
        Step::FindAgain(back) => {
            terminal.find_again(back);
        }
    }
}

/// What holds of every terminal, whatever happened to it.
pub(crate) fn check(terminal: &mut Terminal, scrollback: usize) {
    let (cols, rows) = (terminal.size().cols.get(), terminal.size().rows.get());
    for spot in [
        terminal.cursor().map(|c| Spot {
            row: c.row,
            col: c.col,
        }),
        terminal.copy_cursor(),
    ] {
        assert!(spot.is_none_or(|spot| spot.col < cols && spot.row < rows));
    }
    let (offset, history) = terminal.scrolled();
    assert!(offset <= history && history <= scrollback);
    let (first, last) = (terminal.first_line(), terminal.last_line());
    assert_eq!(last.0 + 1 - first.0, (history + usize::from(rows)) as u64);
    assert!(terminal.view_top() >= first && terminal.view_top() <= last);
    for row in 0..rows {
        let cells: Vec<_> = terminal.row(row).collect();
        assert_eq!(cells.len(), usize::from(cols));
        assert!(cells.iter().all(|cell| cell.marks.len() <= 8));
        let mut next = 0;
        for (range, _) in terminal.highlights(row) {
            assert!(*range.start() >= next && range.start() <= range.end());
            next = *range.end() + 1;
            assert!(next <= cols);
        }
        for col in [0, cols / 2, cols - 1] {
            let Some(link) = terminal.link_at(Spot { row, col }) else {
                continue;
            };
            assert!(link.uri.len() <= 2048 && !link.uri.contains(is_harmful));
            let inside = |(r, a, b): &(u16, u16, u16)| *r < rows && a <= b && *b < cols;
            assert!(link.spans.iter().all(inside), "{link:?}");
            let under = |(r, a, b): &(u16, u16, u16)| *r == row && (*a..=*b).contains(&col);
            assert!(link.spans.iter().any(under), "{link:?} at {row} {col}");
        }
    }
    if !terminal.is_alternate() {
        let mut prompt = first;
        for command in terminal.commands() {
            assert!(
                command.prompt >= prompt && command.prompt <= last,
                "{command:?}"
            );
            prompt = command.prompt;
            let output = command.output.unwrap_or(prompt);
            let end = command.end.unwrap_or(output);
            assert!(
                prompt <= output && output <= end && end.0 <= last.0 + 1,
                "{command:?}"
            );
        }
    }
    if let Some(found) = terminal.found() {
        assert!(found.at >= 1 && found.at <= found.of);
    }
    let cwd = terminal.cwd().unwrap_or_default().to_owned();
    let ran = terminal.take_ran().into_iter().map(|ran| ran.text);
    let selected = terminal.selected_text().unwrap_or_default();
    let texts = [
        terminal.text(),
        terminal.all_text(),
        terminal.title(),
        cwd,
        selected,
    ];
    for text in texts.into_iter().chain(ran) {
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    }
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
            take(&mut terminal, step, chunk);
            check(&mut terminal, SCROLLBACK);
            let [from, to] = spots.map(|(row, col)| Spot { row: row.into(), col: col.into() });
            let text = terminal.text_between(from, to);
            prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn chunk_borders_change_nothing(bytes in stream(), chunk in 1usize..20) {
        // How much of a mad repetition is done depends on how many bytes came at once.
        let repeats = |pair: &[u8]| matches!(pair, [b'0'..=b'9' | b';', b'b']);
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
        prop_assert_eq!(whole.all_text(), pieces.all_text());
        prop_assert_eq!(
            whole.commands().collect::<Vec<_>>(),
            pieces.commands().collect::<Vec<_>>()
        );
        prop_assert_eq!(whole.take_ran(), pieces.take_ran());
        prop_assert_eq!(format!("{whole:?}"), format!("{pieces:?}"));
    }
}
