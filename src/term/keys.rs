//! Keys as bytes for a program, by the modes that it set.
//!
//! One pure function over xterm's documented tables ("PC-Style Function Keys", "VT220-Style
//! Function Keys") and, when the program pushed flags of it, the kitty keyboard protocol.
//! crossterm's own reading of the outer terminal is undone here (terminal.md §3).

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers};

use super::{Modes, kitty};

/// The bytes of a key; empty for a release, and for keys that send nothing.
pub fn encode(key: &KeyEvent, modes: Modes) -> Vec<u8> {
    if key.kind == KeyEventKind::Release && !modes.any(Modes::EVENT_TYPES) {
        return Vec::new();
    }
    if modes.any(Modes::KITTY)
        && let Some(bytes) = kitty::encode(key, modes)
    {
        return bytes;
    }
    if modes.any(Modes::OTHER_KEYS)
        && !modes.any(Modes::KITTY)
        && let Some(bytes) = other_key(key, modes)
    {
        return bytes;
    }
    legacy(key, modes)
}

/// A key under modifyOtherKeys, as `CSI 27 ; modifiers ; code ~`; none when it is sent as without it.
/// These are xterm's rules ("Modified keys" in its documents) but for two: Alt alone stays an ESC before the
/// key in level 1, as with `metaSendsEscape`; and Ctrl+4 … Ctrl+7 stay control characters, since that
/// is what crossterm makes of them.
fn other_key(key: &KeyEvent, modes: Modes) -> Option<Vec<u8>> {
    let shift = key.modifiers.contains(KeyModifiers::SHIFT) || key.code == KeyCode::BackTab;
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key
        .modifiers
        .intersects(KeyModifiers::ALT | KeyModifiers::META);
    let every = modes.any(Modes::OTHER_KEYS_2);
    let beside = |own: bool| alt || ctrl || (shift && !own);
    let (code, wanted) = match key.code {
        KeyCode::Char('4'..='7') if ctrl && !shift && !alt => return None,
        KeyCode::Char(c) => {
            let c = if shift { c.to_ascii_uppercase() } else { c };
            let letter = matches!(c, '@'..='\x7f');
            let wanted = if every {
                alt || ctrl || (shift && (letter || c == ' '))
            } else {
                // Without a control character of its own, or with more than Ctrl beside it.
                ctrl && (shift || (!letter && control(c).is_none()))
            };
            (u32::from(c), wanted)
        }
        KeyCode::Enter => (13, beside(false)),
        KeyCode::Tab | KeyCode::BackTab => (9, beside(true)),
        KeyCode::Backspace => (127, every && (alt || shift)),
        KeyCode::Esc => (27, every && beside(false)),
        _ => return None,
    };
    let mask = mask(shift, alt, ctrl);
    wanted.then(|| format!("\x1b[27;{mask};{code}~").into_bytes())
}

/// How a key without a character of its own is sent: `CSI 1 ; m letter` or `CSI number ; m ~`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Letter(char),
    Tilde(u8),
}

/// The form of the keys that both protocols send alike.
pub(super) fn form(code: KeyCode) -> Option<Form> {
    Some(match code {
        KeyCode::Up => Form::Letter('A'),
        KeyCode::Down => Form::Letter('B'),
        KeyCode::Right => Form::Letter('C'),
        KeyCode::Left => Form::Letter('D'),
        KeyCode::KeypadBegin => Form::Letter('E'),
        KeyCode::End => Form::Letter('F'),
        KeyCode::Home => Form::Letter('H'),
        KeyCode::Insert => Form::Tilde(2),
        KeyCode::Delete => Form::Tilde(3),
        KeyCode::PageUp => Form::Tilde(5),
        KeyCode::PageDown => Form::Tilde(6),
        KeyCode::F(1) => Form::Letter('P'),
        KeyCode::F(2) => Form::Letter('Q'),
        KeyCode::F(3) => Form::Letter('R'),
        KeyCode::F(4) => Form::Letter('S'),
        KeyCode::F(5) => Form::Tilde(15),
        KeyCode::F(n @ 6..=10) => Form::Tilde(11 + n),
        KeyCode::F(n @ 11..=12) => Form::Tilde(12 + n),
        _ => return None,
    })
}

fn legacy(key: &KeyEvent, modes: Modes) -> Vec<u8> {
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key
        .modifiers
        .intersects(KeyModifiers::ALT | KeyModifiers::META);
    if let Some(letter) = keypad_letter(key, modes) {
        return format!("\x1bO{letter}").into_bytes();
    }
    let bytes: Vec<u8> = match key.code {
        KeyCode::Char(c) if ctrl => control(c).map_or_else(|| utf8(c), |byte| vec![byte]),
        KeyCode::Char(c) if shift => utf8(c.to_ascii_uppercase()),
        KeyCode::Char(c) => utf8(c),
        KeyCode::Null => vec![0],
        KeyCode::Esc => vec![0x1b],
        KeyCode::Enter if modes.any(Modes::NEWLINE) => b"\r\n".to_vec(),
        KeyCode::Enter => vec![b'\r'],
        KeyCode::Backspace if ctrl => vec![0x08],
        KeyCode::Backspace => vec![0x7f],
        KeyCode::Tab if !shift => vec![b'\t'],
        KeyCode::Tab | KeyCode::BackTab => b"\x1b[Z".to_vec(),
        code => return function(code, mask(shift, alt, ctrl), modes),
    };
    if alt {
        [b"\x1b", bytes.as_slice()].concat()
    } else {
        bytes
    }
}

fn utf8(c: char) -> Vec<u8> {
    c.encode_utf8(&mut [0; 4]).as_bytes().to_vec()
}

/// The control character of a key: xterm's and kitty's legacy table. crossterm names what the
/// outer terminal sent as 0x1c–0x1f Ctrl+4 … Ctrl+7, which this undoes too.
fn control(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' | 'A'..='Z' => u8::try_from(c).ok()? & 0x1f,
        ' ' | '2' | '@' => 0x00,
        '3' | '[' => 0x1b,
        '4' | '\\' => 0x1c,
        '5' | ']' => 0x1d,
        '6' | '^' | '~' => 0x1e,
        '7' | '_' | '/' => 0x1f,
        '8' | '?' => 0x7f,
        _ => return None,
    })
}

/// xterm's number for held modifiers; 1 for none.
fn mask(shift: bool, alt: bool, ctrl: bool) -> u8 {
    1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl)
}

fn function(code: KeyCode, mask: u8, modes: Modes) -> Vec<u8> {
    // Keyboards end at F12: terminfo's xterm-256color calls Shift+F1 F13, Ctrl+F1 F25 and so on.
    let (code, mask) = match code {
        KeyCode::F(n @ 13..=24) => (KeyCode::F(n - 12), with(mask, 1)),
        KeyCode::F(n @ 25..=36) => (KeyCode::F(n - 24), with(mask, 4)),
        other => (other, mask),
    };
    let menu = (code == KeyCode::Menu).then_some(Form::Tilde(29));
    let Some(form) = form(code).or(menu) else {
        return Vec::new();
    };
    let cursor_key = !matches!(code, KeyCode::F(_));
    match form {
        Form::Letter(letter) if mask == 1 => {
            let ss3 = !cursor_key || modes.any(Modes::APP_CURSOR);
            format!("\x1b{}{letter}", if ss3 { 'O' } else { '[' })
        }
        Form::Letter(letter) => format!("\x1b[1;{mask}{letter}"),
        Form::Tilde(number) if mask == 1 => format!("\x1b[{number}~"),
        Form::Tilde(number) => format!("\x1b[{number};{mask}~"),
    }
    .into_bytes()
}

fn with(mask: u8, bit: u8) -> u8 {
    ((mask - 1) | bit) + 1
}

/// The last byte of a keypad key in application mode (VT220). With Num Lock the keys mean their
/// digits, as in xterm.
fn keypad_letter(key: &KeyEvent, modes: Modes) -> Option<char> {
    let applies = modes.any(Modes::APP_KEYPAD)
        && key.state.contains(KeyEventState::KEYPAD)
        && !key.state.contains(KeyEventState::NUM_LOCK)
        && key.modifiers.is_empty();
    if !applies {
        return None;
    }
    Some(match key.code {
        KeyCode::Char(digit @ '0'..='9') => char::from(b'p' + u8::try_from(digit).ok()? - b'0'),
        KeyCode::Char('*') => 'j',
        KeyCode::Char('+') => 'k',
        KeyCode::Char(',') => 'l',
        KeyCode::Char('-') => 'm',
        KeyCode::Char('.') => 'n',
        KeyCode::Char('/') => 'o',
        KeyCode::Char('=') => 'X',
        KeyCode::Enter => 'M',
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
