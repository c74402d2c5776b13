//! The key table: what is pressed, under which modes, and the bytes of it. Expected bytes are from
//! xterm's ctlseqs, terminfo's xterm-256color and the kitty protocol's page.

use crossterm::event::{MediaKeyCode, ModifierKeyCode};

use super::*;
use KeyCode::{
    BackTab, Backspace, CapsLock, Char, Delete, Down, End, Enter, Esc, F, Home, Insert,
    KeypadBegin, Left, Media, Menu, Modifier, Null, NumLock, PageDown, PageUp, Pause, PrintScreen,
    Right, ScrollLock, Tab, Up,
};

const N: KeyModifiers = KeyModifiers::NONE;
const S: KeyModifiers = KeyModifiers::SHIFT;
const C: KeyModifiers = KeyModifiers::CONTROL;
const A: KeyModifiers = KeyModifiers::ALT;
const SC: KeyModifiers = S.union(C);
const SA: KeyModifiers = S.union(A);
const CA: KeyModifiers = C.union(A);
const SCA: KeyModifiers = S.union(C).union(A);

type Row = (KeyCode, KeyModifiers, &'static [u8]);

fn check(modes: Modes, rows: &[Row]) {
    for (code, modifiers, bytes) in rows {
        let key = KeyEvent::new(*code, *modifiers);
        let got = encode(&key, modes);
        assert_eq!(
            got.escape_ascii().to_string(),
            bytes.escape_ascii().to_string(),
            "{code:?} {modifiers:?} {modes:?}"
        );
    }
}

#[test]
fn characters() {
    check(
        Modes::NONE,
        &[
            (Char('a'), N, b"a"),
            (Char('A'), S, b"A"),
            (Char('a'), S, b"A"),
            (Char('!'), S, b"!"),
            (Char(' '), N, b" "),
            (Char('ü'), N, "ü".as_bytes()),
            (Char('漢'), N, "漢".as_bytes()),
            (Char('🙂'), N, "🙂".as_bytes()),
            (Char('\u{301}'), N, "\u{301}".as_bytes()),
            (Char('a'), A, b"\x1ba"),
            (Char('A'), SA, b"\x1bA"),
            (Char('a'), SA, b"\x1bA"),
            (Char('ü'), A, "\x1bü".as_bytes()),
            (Char('.'), A, b"\x1b."),
            (Char('['), A, b"\x1b["),
            (Char('a'), KeyModifiers::META, b"\x1ba"),
        ],
    );
}

#[test]
fn control_characters() {
    check(
        Modes::NONE,
        &[
            (Char('a'), C, b"\x01"),
            (Char('A'), SC, b"\x01"),
            (Char('c'), C, b"\x03"),
            (Char('d'), C, b"\x04"),
            (Char('h'), C, b"\x08"),
            (Char('i'), C, b"\x09"),
            (Char('j'), C, b"\x0a"),
            (Char('m'), C, b"\x0d"),
            (Char('z'), C, b"\x1a"),
            (Char(' '), C, b"\0"),
            (Char('@'), C, b"\0"),
            (Char('2'), C, b"\0"),
            (Null, N, b"\0"),
            (Char('3'), C, b"\x1b"),
            (Char('['), C, b"\x1b"),
            (Char('4'), C, b"\x1c"),
            (Char('\\'), C, b"\x1c"),
            (Char('5'), C, b"\x1d"),
            (Char(']'), C, b"\x1d"),
            (Char('6'), C, b"\x1e"),
            (Char('^'), C, b"\x1e"),
            (Char('7'), C, b"\x1f"),
            (Char('_'), C, b"\x1f"),
            (Char('/'), C, b"\x1f"),
            (Char('8'), C, b"\x7f"),
            (Char('?'), C, b"\x7f"),
            (Char('1'), C, b"1"),
            (Char('9'), C, b"9"),
            (Char(';'), C, b";"),
            (Char('ü'), C, "ü".as_bytes()),
            (Char('a'), CA, b"\x1b\x01"),
            (Char(' '), CA, b"\x1b\0"),
        ],
    );
}

#[test]
fn editing_keys() {
    check(
        Modes::NONE,
        &[
            (Enter, N, b"\r"),
            (Enter, S, b"\r"),
            (Enter, C, b"\r"),
            (Enter, A, b"\x1b\r"),
            (Tab, N, b"\t"),
            (Tab, C, b"\t"),
            (Tab, A, b"\x1b\t"),
            (Tab, S, b"\x1b[Z"),
            (BackTab, N, b"\x1b[Z"),
            (BackTab, S, b"\x1b[Z"),
            (BackTab, SA, b"\x1b\x1b[Z"),
            (Backspace, N, b"\x7f"),
            (Backspace, C, b"\x08"),
            (Backspace, A, b"\x1b\x7f"),
            (Backspace, CA, b"\x1b\x08"),
            (Esc, N, b"\x1b"),
            (Esc, A, b"\x1b\x1b"),
            (Insert, N, b"\x1b[2~"),
            (Insert, S, b"\x1b[2;2~"),
            (Delete, N, b"\x1b[3~"),
            (Delete, C, b"\x1b[3;5~"),
            (PageUp, N, b"\x1b[5~"),
            (PageUp, C, b"\x1b[5;5~"),
            (PageDown, N, b"\x1b[6~"),
            (PageDown, SA, b"\x1b[6;4~"),
            (Menu, N, b"\x1b[29~"),
            (CapsLock, N, b""),
            (ScrollLock, N, b""),
            (NumLock, N, b""),
            (PrintScreen, N, b""),
            (Pause, N, b""),
            (Media(MediaKeyCode::Play), N, b""),
            (Modifier(ModifierKeyCode::LeftShift), S, b""),
        ],
    );
    check(
        Modes::NEWLINE,
        &[(Enter, N, b"\r\n"), (Enter, A, b"\x1b\r\n")],
    );
}

#[test]
fn cursor_keys() {
    check(
        Modes::NONE,
        &[
            (Up, N, b"\x1b[A"),
            (Down, N, b"\x1b[B"),
            (Right, N, b"\x1b[C"),
            (Left, N, b"\x1b[D"),
            (KeypadBegin, N, b"\x1b[E"),
            (End, N, b"\x1b[F"),
            (Home, N, b"\x1b[H"),
            (Up, S, b"\x1b[1;2A"),
            (Up, A, b"\x1b[1;3A"),
            (Up, SA, b"\x1b[1;4A"),
            (Right, C, b"\x1b[1;5C"),
            (Left, SC, b"\x1b[1;6D"),
            (Left, CA, b"\x1b[1;7D"),
            (Down, SCA, b"\x1b[1;8B"),
            (Home, C, b"\x1b[1;5H"),
            (End, S, b"\x1b[1;2F"),
            // Super is the window manager's: without the kitty protocol it cannot be said.
            (Up, KeyModifiers::SUPER, b"\x1b[A"),
        ],
    );
    check(
        Modes::APP_CURSOR,
        &[
            (Up, N, b"\x1bOA"),
            (Down, N, b"\x1bOB"),
            (Right, N, b"\x1bOC"),
            (Left, N, b"\x1bOD"),
            (KeypadBegin, N, b"\x1bOE"),
            (End, N, b"\x1bOF"),
            (Home, N, b"\x1bOH"),
            (Up, C, b"\x1b[1;5A"),
            (Delete, N, b"\x1b[3~"),
            (F(1), N, b"\x1bOP"),
        ],
    );
}

#[test]
fn function_keys() {
    check(
        Modes::NONE,
        &[
            (F(1), N, b"\x1bOP"),
            (F(2), N, b"\x1bOQ"),
            (F(3), N, b"\x1bOR"),
            (F(4), N, b"\x1bOS"),
            (F(5), N, b"\x1b[15~"),
            (F(6), N, b"\x1b[17~"),
            (F(7), N, b"\x1b[18~"),
            (F(8), N, b"\x1b[19~"),
            (F(9), N, b"\x1b[20~"),
            (F(10), N, b"\x1b[21~"),
            (F(11), N, b"\x1b[23~"),
            (F(12), N, b"\x1b[24~"),
            (F(1), S, b"\x1b[1;2P"),
            (F(3), C, b"\x1b[1;5R"),
            (F(4), A, b"\x1b[1;3S"),
            (F(5), S, b"\x1b[15;2~"),
            (F(12), SCA, b"\x1b[24;8~"),
            (F(13), N, b"\x1b[1;2P"),
            (F(14), N, b"\x1b[1;2Q"),
            (F(16), N, b"\x1b[1;2S"),
            (F(17), N, b"\x1b[15;2~"),
            (F(24), N, b"\x1b[24;2~"),
            (F(13), C, b"\x1b[1;6P"),
            (F(25), N, b"\x1b[1;5P"),
            (F(36), N, b"\x1b[24;5~"),
            (F(0), N, b""),
            (F(37), N, b""),
            (F(255), N, b""),
        ],
    );
}

#[test]
fn kitty_disambiguates() {
    check(
        Modes::DISAMBIGUATE | Modes::APP_CURSOR,
        &[
            (Char('a'), N, b"a"),
            (Char('A'), S, b"A"),
            (Char('漢'), N, "漢".as_bytes()),
            (Enter, N, b"\r"),
            (Tab, N, b"\t"),
            (Backspace, N, b"\x7f"),
            (Esc, N, b"\x1b[27u"),
            (Esc, S, b"\x1b[27;2u"),
            (Enter, S, b"\x1b[13;2u"),
            (Enter, C, b"\x1b[13;5u"),
            (Tab, C, b"\x1b[9;5u"),
            (BackTab, S, b"\x1b[9;2u"),
            (BackTab, N, b"\x1b[9;2u"),
            (Backspace, A, b"\x1b[127;3u"),
            (Char('a'), C, b"\x1b[97;5u"),
            (Char('A'), SC, b"\x1b[97;6u"),
            (Char('i'), C, b"\x1b[105;5u"),
            (Char('a'), A, b"\x1b[97;3u"),
            (Char('A'), SA, b"\x1b[97;4u"),
            (Char('a'), CA, b"\x1b[97;7u"),
            (Char(' '), C, b"\x1b[32;5u"),
            (Char('5'), C, b"\x1b[93;5u"),
            (Char('7'), C, b"\x1b[95;5u"),
            (Char('8'), C, b"\x1b[56;5u"),
            (Char('a'), KeyModifiers::SUPER, b"\x1b[97;9u"),
            (Char('a'), KeyModifiers::HYPER, b"\x1b[97;17u"),
            (Char('a'), KeyModifiers::META, b"\x1b[97;33u"),
            (Up, N, b"\x1b[A"),
            (Up, C, b"\x1b[1;5A"),
            (Home, KeyModifiers::SUPER, b"\x1b[1;9H"),
            (Delete, N, b"\x1b[3~"),
            (F(1), N, b"\x1b[P"),
            (F(1), S, b"\x1b[1;2P"),
            (F(3), N, b"\x1b[13~"),
            (F(3), C, b"\x1b[13;5~"),
            (F(5), N, b"\x1b[15~"),
            (F(13), N, b"\x1b[57376u"),
            (F(35), S, b"\x1b[57398;2u"),
            (PrintScreen, N, b"\x1b[57361u"),
            (Pause, N, b"\x1b[57362u"),
            (Menu, N, b"\x1b[57363u"),
            (Media(MediaKeyCode::MuteVolume), N, b"\x1b[57440u"),
            (CapsLock, N, b""),
            (Modifier(ModifierKeyCode::LeftShift), S, b""),
        ],
    );
}

#[test]
fn kitty_reports_all_keys_and_their_text() {
    check(
        Modes::ALL_KEYS,
        &[
            (Char('a'), N, b"\x1b[97u"),
            (Char('A'), S, b"\x1b[97;2u"),
            (Enter, N, b"\x1b[13u"),
            (Tab, N, b"\x1b[9u"),
            (Backspace, N, b"\x1b[127u"),
            (Modifier(ModifierKeyCode::RightAlt), A, b"\x1b[57449;3u"),
            (CapsLock, N, b"\x1b[57358u"),
            (NumLock, N, b"\x1b[57360u"),
        ],
    );
    check(
        Modes::ALL_KEYS | Modes::KEY_TEXT | Modes::ALTERNATE_KEYS,
        &[
            (Char('a'), N, b"\x1b[97;;97u"),
            (Char('A'), S, b"\x1b[97:65;2;65u"),
            (Char('a'), S, b"\x1b[97:65;2;65u"),
            (Char('a'), C, b"\x1b[97;5u"),
            (Char('A'), SC, b"\x1b[97:65;6u"),
            (Char('ß'), N, b"\x1b[223;;223u"),
            (Enter, N, b"\x1b[13u"),
        ],
    );
}

#[test]
fn repeats_and_releases_only_when_asked() {
    let encoded = |code, kind, modes| {
        let key = KeyEvent::new_with_kind(code, N, kind);
        encode(&key, modes).escape_ascii().to_string()
    };
    let (repeat, release) = (KeyEventKind::Repeat, KeyEventKind::Release);
    let asked = Modes::DISAMBIGUATE | Modes::EVENT_TYPES;
    let everything = asked | Modes::ALL_KEYS;
    for (code, kind, modes, bytes) in [
        (Char('a'), repeat, Modes::NONE, "a"),
        (Char('a'), release, Modes::NONE, ""),
        (Up, repeat, Modes::NONE, r"\x1b[A"),
        (Up, release, Modes::DISAMBIGUATE, ""),
        (Up, repeat, Modes::DISAMBIGUATE, r"\x1b[A"),
        (Up, repeat, asked, r"\x1b[1;1:2A"),
        (Up, release, asked, r"\x1b[1;1:3A"),
        (Delete, release, asked, r"\x1b[3;1:3~"),
        (Esc, release, asked, r"\x1b[27;1:3u"),
        (Esc, release, Modes::EVENT_TYPES, r"\x1b[27;1:3u"),
        (Char('a'), repeat, asked, "a"),
        (Char('a'), release, asked, r"\x1b[97;1:3u"),
        (Enter, release, asked, ""),
        (Tab, release, asked, ""),
        (Backspace, release, asked, ""),
        (Backspace, repeat, asked, r"\x7f"),
        (Enter, release, everything, r"\x1b[13;1:3u"),
        (Char('a'), repeat, everything, r"\x1b[97;1:2u"),
        (Null, release, asked, ""),
    ] {
        assert_eq!(
            encoded(code, kind, modes),
            bytes,
            "{code:?} {kind:?} {modes:?}"
        );
    }
}

#[test]
fn keypad() {
    let encoded = |code, state, modes| {
        let key = KeyEvent::new_with_kind_and_state(code, N, KeyEventKind::Press, state);
        encode(&key, modes).escape_ascii().to_string()
    };
    let pad = KeyEventState::KEYPAD;
    let locked = pad | KeyEventState::NUM_LOCK;
    let (none, app, kitty) = (Modes::NONE, Modes::APP_KEYPAD, Modes::DISAMBIGUATE);
    for (code, state, modes, bytes) in [
        (Char('0'), pad, none, "0"),
        (Char('0'), pad, app, r"\x1bOp"),
        (Char('9'), pad, app, r"\x1bOy"),
        (Char('9'), locked, app, "9"),
        (Char('*'), pad, app, r"\x1bOj"),
        (Char('+'), pad, app, r"\x1bOk"),
        (Char(','), pad, app, r"\x1bOl"),
        (Char('-'), pad, app, r"\x1bOm"),
        (Char('.'), pad, app, r"\x1bOn"),
        (Char('/'), pad, app, r"\x1bOo"),
        (Char('='), pad, app, r"\x1bOX"),
        (Enter, pad, app, r"\x1bOM"),
        (Enter, pad, none, r"\r"),
        (Char('5'), KeyEventState::NONE, app, "5"),
        (Left, pad, app, r"\x1b[D"),
        (Char('5'), pad, kitty, "5"),
        (Enter, pad, kitty, r"\x1b[57414u"),
        (Left, pad, kitty, r"\x1b[57417u"),
        (KeypadBegin, pad, kitty, r"\x1b[57427u"),
        (Char('5'), pad, Modes::ALL_KEYS, r"\x1b[57404u"),
    ] {
        assert_eq!(
            encoded(code, state, modes),
            bytes,
            "{code:?} {state:?} {modes:?}"
        );
    }
}

#[test]
fn modify_other_keys_level_1_spares_what_is_well_known() {
    check(
        Modes::OTHER_KEYS_1,
        &[
            (Char('a'), N, b"a"),
            (Char('A'), S, b"A"),
            (Char('!'), S, b"!"),
            (Char('a'), C, b"\x01"),
            (Char('A'), SC, b"\x1b[27;6;65~"),
            (Char('a'), A, b"\x1ba"),
            (Char('a'), CA, b"\x1b\x01"),
            (Char('1'), C, b"\x1b[27;5;49~"),
            (Char('3'), C, b"\x1b"),
            (Char('4'), C, b"\x1c"),
            (Char('9'), C, b"\x1b[27;5;57~"),
            (Char(';'), C, b"\x1b[27;5;59~"),
            (Char(';'), CA, b"\x1b[27;7;59~"),
            (Char('/'), C, b"\x1f"),
            (Char(' '), C, b"\0"),
            (Char(' '), S, b" "),
            (Char(' '), SC, b"\x1b[27;6;32~"),
            (Char('['), C, b"\x1b"),
            (Enter, N, b"\r"),
            (Enter, S, b"\x1b[27;2;13~"),
            (Enter, C, b"\x1b[27;5;13~"),
            (Tab, N, b"\t"),
            (Tab, C, b"\x1b[27;5;9~"),
            (Tab, S, b"\x1b[Z"),
            (BackTab, S, b"\x1b[Z"),
            (BackTab, SC, b"\x1b[27;6;9~"),
            (Backspace, N, b"\x7f"),
            (Backspace, S, b"\x7f"),
            (Esc, C, b"\x1b"),
            (Up, C, b"\x1b[1;5A"),
            (F(1), S, b"\x1b[1;2P"),
        ],
    );
}

#[test]
fn modify_other_keys_level_2_takes_all_with_modifiers() {
    check(
        Modes::OTHER_KEYS_2,
        &[
            (Char('a'), N, b"a"),
            (Char('A'), S, b"\x1b[27;2;65~"),
            (Char('!'), S, b"!"),
            (Char(' '), N, b" "),
            (Char(' '), S, b"\x1b[27;2;32~"),
            (Char('a'), C, b"\x1b[27;5;97~"),
            (Char('i'), C, b"\x1b[27;5;105~"),
            (Char('a'), A, b"\x1b[27;3;97~"),
            (Char('a'), CA, b"\x1b[27;7;97~"),
            (Char('A'), SCA, b"\x1b[27;8;65~"),
            (Char('5'), C, b"\x1d"),
            (Char('1'), C, b"\x1b[27;5;49~"),
            (Char('ü'), C, b"\x1b[27;5;252~"),
            (Char(' '), C, b"\x1b[27;5;32~"),
            (Enter, N, b"\r"),
            (Enter, A, b"\x1b[27;3;13~"),
            (Tab, A, b"\x1b[27;3;9~"),
            (BackTab, N, b"\x1b[Z"),
            (Backspace, S, b"\x1b[27;2;127~"),
            (Backspace, C, b"\x08"),
            (Backspace, N, b"\x7f"),
            (Esc, N, b"\x1b"),
            (Esc, C, b"\x1b[27;5;27~"),
            (Delete, C, b"\x1b[3;5~"),
        ],
    );
}

#[test]
fn the_kitty_protocol_goes_before_modify_other_keys() {
    let modes = Modes::OTHER_KEYS_2 | Modes::DISAMBIGUATE;
    check(
        modes,
        &[(Char('a'), C, b"\x1b[97;5u"), (Tab, S, b"\x1b[9;2u")],
    );
}
