//! The kitty keyboard protocol: keys that legacy bytes confuse, as `CSI number ; modifiers u`.
//!
//! Source: "Comprehensive keyboard handling in terminals", the protocol's own page. What cannot be
//! known here is left out: the key's place on a base layout, and the lock keys as modifiers.

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MediaKeyCode, ModifierKeyCode,
};

use super::Modes;
use super::keys::{Form, form};

/// The bytes of a key (empty: it sends nothing); none when it is sent as without the protocol.
pub(super) fn encode(key: &KeyEvent, modes: Modes) -> Option<Vec<u8>> {
    let all = modes.any(Modes::ALL_KEYS);
    let disambiguate = all || modes.any(Modes::DISAMBIGUATE);
    let released = key.kind == KeyEventKind::Release;
    let held = modifiers(key);
    let keypad = key.state.contains(KeyEventState::KEYPAD);
    match key.code {
        KeyCode::Char(_) => {
            let plain = held & !SHIFT == 0;
            if !released && !all && (plain || !disambiguate) {
                return None;
            }
        }
        // A program that dies with the protocol on must leave a shell that can still be used, so
        // these three stay what they are.
        KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::BackTab => {
            let plain = held == 0 && !(keypad && disambiguate);
            if !all && (plain || !disambiguate) {
                return released.then(Vec::new);
            }
        }
        KeyCode::Esc if !disambiguate && !released => return None,
        KeyCode::Null => return released.then(Vec::new),
        KeyCode::Modifier(_) | KeyCode::CapsLock | KeyCode::ScrollLock | KeyCode::NumLock
            if !all =>
        {
            return Some(Vec::new());
        }
        _ => {}
    }
    let tail = Tail::new(key, held, modes);
    if !(keypad && disambiguate) {
        // F3 as a letter would be taken for a cursor position report.
        let form = match form(key.code) {
            Some(Form::Letter('R')) => Some(Form::Tilde(13)),
            other => other,
        };
        match form {
            Some(Form::Letter(letter)) if tail.is_plain() => {
                return Some(format!("\x1b[{letter}").into_bytes());
            }
            Some(Form::Letter(letter)) => {
                return Some(format!("\x1b[1{}{letter}", tail.modifiers()).into_bytes());
            }
            Some(Form::Tilde(number)) => {
                return Some(format!("\x1b[{number}{}~", tail.modifiers()).into_bytes());
            }
            None => {}
        }
    }
    let Some(number) = number(key, keypad) else {
        return Some(Vec::new());
    };
    let shifted = shifted(key, number, modes).map_or_else(String::new, |c| format!(":{c}"));
    let text = text(key, held, modes).map_or_else(String::new, |c| {
        let gap = if tail.is_plain() { ";" } else { "" };
        format!("{gap};{c}")
    });
    Some(format!("\x1b[{number}{shifted}{}{text}u", tail.modifiers()).into_bytes())
}

const SHIFT: u8 = 1;

/// The protocol's bits for held modifiers; crossterm uses the same order but another one inside.
fn modifiers(key: &KeyEvent) -> u8 {
    let bits = [
        (KeyModifiers::SHIFT, SHIFT),
        (KeyModifiers::ALT, 2),
        (KeyModifiers::CONTROL, 4),
        (KeyModifiers::SUPER, 8),
        (KeyModifiers::HYPER, 16),
        (KeyModifiers::META, 32),
    ];
    let bits = bits
        .into_iter()
        .filter(|(flag, _)| key.modifiers.contains(*flag))
        .fold(0, |all, (_, bit)| all | bit);
    if key.code == KeyCode::BackTab {
        bits | SHIFT
    } else {
        bits
    }
}

/// Modifiers and event type, the middle part of a sequence.
struct Tail {
    held: u8,
    event: Option<u8>,
}

impl Tail {
    fn new(key: &KeyEvent, held: u8, modes: Modes) -> Self {
        let event = match key.kind {
            KeyEventKind::Press => None,
            KeyEventKind::Repeat => Some(2),
            KeyEventKind::Release => Some(3),
        };
        Self {
            held,
            event: event.filter(|_| modes.any(Modes::EVENT_TYPES)),
        }
    }

    fn is_plain(&self) -> bool {
        self.held == 0 && self.event.is_none()
    }

    fn modifiers(&self) -> String {
        match self.event {
            _ if self.is_plain() => String::new(),
            None => format!(";{}", self.held + 1),
            Some(event) => format!(";{}:{event}", self.held + 1),
        }
    }
}

/// The shifted key, for flag 4.
fn shifted(key: &KeyEvent, number: u32, modes: Modes) -> Option<u32> {
    let upper = upper(key)?;
    let wanted = modes.any(Modes::ALTERNATE_KEYS) && key.modifiers.contains(KeyModifiers::SHIFT);
    (wanted && u32::from(upper) != number).then_some(u32::from(upper))
}

/// The text that the key types, for flag 16.
fn text(key: &KeyEvent, held: u8, modes: Modes) -> Option<u32> {
    let types = modes.any(Modes::KEY_TEXT)
        && modes.any(Modes::ALL_KEYS)
        && key.kind != KeyEventKind::Release
        && held & !SHIFT == 0;
    upper(key).filter(|_| types).map(u32::from)
}

/// The character with shift applied; crossterm gives `a` or `A` for Shift+A.
fn upper(key: &KeyEvent) -> Option<char> {
    match key.code {
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::SHIFT) => {
            Some(only(c.to_uppercase()).unwrap_or(c))
        }
        KeyCode::Char(c) => Some(c),
        _ => None,
    }
}

/// The one character of a case mapping that gives exactly one.
fn only(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

/// The number of a key. Ctrl+4 … Ctrl+7 are what crossterm makes of Ctrl+\ … Ctrl+_ on an outer
/// terminal without the protocol; those are far more often meant.
fn number(key: &KeyEvent, keypad: bool) -> Option<u32> {
    if keypad && let Some(number) = keypad_number(key.code) {
        return Some(number);
    }
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char(digit @ '4'..='7') if ctrl => {
            u32::from('\\') + u32::from(digit) - u32::from('4')
        }
        KeyCode::Char(c) => u32::from(only(c.to_lowercase()).unwrap_or(c)),
        KeyCode::Esc => 27,
        KeyCode::Enter => 13,
        KeyCode::Tab | KeyCode::BackTab => 9,
        KeyCode::Backspace => 127,
        KeyCode::CapsLock => 57358,
        KeyCode::ScrollLock => 57359,
        KeyCode::NumLock => 57360,
        KeyCode::PrintScreen => 57361,
        KeyCode::Pause => 57362,
        KeyCode::Menu => 57363,
        KeyCode::F(n @ 13..=35) => 57363 + u32::from(n),
        KeyCode::Media(media) => 57428 + media_offset(media),
        KeyCode::Modifier(modifier) => 57441 + modifier_offset(modifier),
        _ => return None,
    })
}

fn keypad_number(code: KeyCode) -> Option<u32> {
    Some(match code {
        KeyCode::Char(digit @ '0'..='9') => 57399 + u32::from(digit) - u32::from('0'),
        KeyCode::Char('.') => 57409,
        KeyCode::Char('/') => 57410,
        KeyCode::Char('*') => 57411,
        KeyCode::Char('-') => 57412,
        KeyCode::Char('+') => 57413,
        KeyCode::Enter => 57414,
        KeyCode::Char('=') => 57415,
        KeyCode::Char(',') => 57416,
        KeyCode::Left => 57417,
        KeyCode::Right => 57418,
        KeyCode::Up => 57419,
        KeyCode::Down => 57420,
        KeyCode::PageUp => 57421,
        KeyCode::PageDown => 57422,
        KeyCode::Home => 57423,
        KeyCode::End => 57424,
        KeyCode::Insert => 57425,
        KeyCode::Delete => 57426,
        KeyCode::KeypadBegin => 57427,
        _ => return None,
    })
}

fn media_offset(media: MediaKeyCode) -> u32 {
    match media {
        MediaKeyCode::Play => 0,
        MediaKeyCode::Pause => 1,
        MediaKeyCode::PlayPause => 2,
        MediaKeyCode::Reverse => 3,
        MediaKeyCode::Stop => 4,
        MediaKeyCode::FastForward => 5,
        MediaKeyCode::Rewind => 6,
        MediaKeyCode::TrackNext => 7,
        MediaKeyCode::TrackPrevious => 8,
        MediaKeyCode::Record => 9,
        MediaKeyCode::LowerVolume => 10,
        MediaKeyCode::RaiseVolume => 11,
        MediaKeyCode::MuteVolume => 12,
    }
}

fn modifier_offset(modifier: ModifierKeyCode) -> u32 {
    match modifier {
        ModifierKeyCode::LeftShift => 0,
        ModifierKeyCode::LeftControl => 1,
        ModifierKeyCode::LeftAlt => 2,
        ModifierKeyCode::LeftSuper => 3,
        ModifierKeyCode::LeftHyper => 4,
        ModifierKeyCode::LeftMeta => 5,
        ModifierKeyCode::RightShift => 6,
        ModifierKeyCode::RightControl => 7,
        ModifierKeyCode::RightAlt => 8,
        ModifierKeyCode::RightSuper => 9,
        ModifierKeyCode::RightHyper => 10,
        ModifierKeyCode::RightMeta => 11,
        ModifierKeyCode::IsoLevel3Shift => 12,
        ModifierKeyCode::IsoLevel5Shift => 13,
    }
}
