//! Mouse events as bytes for a program, by the modes that it set.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Modes, Spot};

/// Arrows that one step of the wheel sends on the alternate screen (`?1007`), as xterm does.
const WHEEL_ARROWS: usize = 3;

/// The bytes of `event` at a cell; none when the program does not want it or the encoding cannot
/// express it. Shift keeps the mouse for ourselves, as in other terminals.
pub fn encode(event: &MouseEvent, at: Spot, modes: Modes) -> Option<Vec<u8>> {
    if event.modifiers.contains(KeyModifiers::SHIFT) {
        return None;
    }
    if !modes.any(Modes::MOUSE) {
        return arrows(event.kind, modes);
    }
    let wanted = match event.kind {
        MouseEventKind::Drag(_) => Modes::MOUSE_DRAG | Modes::MOUSE_MOTION,
        MouseEventKind::Moved => Modes::MOUSE_MOTION,
        _ => Modes::MOUSE,
    };
    if !modes.any(wanted) {
        return None;
    }
    let released = matches!(event.kind, MouseEventKind::Up(_));
    // Mode 9 is older than releases, the wheel and modifiers.
    let oldest = !modes.any(Modes::MOUSE.without(Modes::MOUSE_X10));
    if oldest && !matches!(event.kind, MouseEventKind::Down(_)) {
        return None;
    }
    let held = if oldest {
        0
    } else {
        modifier_bits(event.modifiers)
    };
    let code = code(event.kind) + held;
    let (x, y) = (u32::from(at.col) + 1, u32::from(at.row) + 1);
    if modes.any(Modes::MOUSE_SGR) {
        let last = if released { 'm' } else { 'M' };
        return Some(format!("\x1b[<{code};{x};{y}{last}").into_bytes());
    }
    // Before 1006 a release did not say of which button.
    let code = if released { code | 3 } else { code };
    let mut bytes = b"\x1b[M".to_vec();
    for value in [code, x, y] {
        push_legacy(&mut bytes, value + 32, modes)?;
    }
    Some(bytes)
}

/// The number of a button or movement (xterm, "Mouse Tracking").
fn code(kind: MouseEventKind) -> u32 {
    let button = |button| match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
    };
    match kind {
        MouseEventKind::Down(which) | MouseEventKind::Up(which) => button(which),
        MouseEventKind::Drag(which) => 32 + button(which),
        MouseEventKind::Moved => 35,
        MouseEventKind::ScrollUp => 64,
        MouseEventKind::ScrollDown => 65,
        MouseEventKind::ScrollLeft => 66,
        MouseEventKind::ScrollRight => 67,
    }
}

fn modifier_bits(modifiers: KeyModifiers) -> u32 {
    let bit = |flag, value| if modifiers.intersects(flag) { value } else { 0 };
    bit(KeyModifiers::ALT | KeyModifiers::META, 8) + bit(KeyModifiers::CONTROL, 16)
}

/// One byte up to 255, or a character up to 2047 in mode 1005.
fn push_legacy(bytes: &mut Vec<u8>, value: u32, modes: Modes) -> Option<()> {
    if modes.any(Modes::MOUSE_UTF8) {
        let c = char::from_u32(value).filter(|_| value < 0x800)?;
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(())
}

fn arrows(kind: MouseEventKind, modes: Modes) -> Option<Vec<u8>> {
    let letter = match kind {
        MouseEventKind::ScrollUp => b'A',
        MouseEventKind::ScrollDown => b'B',
        _ => return None,
    };
    if !(modes.any(Modes::ALTERNATE) && modes.any(Modes::ALTERNATE_SCROLL)) {
        return None;
    }
    let lead = if modes.any(Modes::APP_CURSOR) {
        b'O'
    } else {
        b'['
    };
    Some([0x1b, lead, letter].repeat(WHEEL_ARROWS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use MouseEventKind::{Down, Drag, Moved, ScrollDown, ScrollLeft, ScrollRight, ScrollUp, Up};

    const LEFT: MouseButton = MouseButton::Left;
    const RIGHT: MouseButton = MouseButton::Right;

    fn at(
        kind: MouseEventKind,
        modifiers: KeyModifiers,
        modes: Modes,
        col: u16,
    ) -> Option<Vec<u8>> {
        let event = MouseEvent {
            kind,
            column: 99,
            row: 99,
            modifiers,
        };
        encode(&event, Spot { row: 4, col }, modes)
    }

    #[test]
    fn table() {
        let none = KeyModifiers::NONE;
        let (ctrl, alt) = (KeyModifiers::CONTROL, KeyModifiers::ALT);
        let click = Modes::MOUSE_CLICK;
        let sgr = click | Modes::MOUSE_SGR;
        let drag = Modes::MOUSE_DRAG | Modes::MOUSE_SGR;
        let motion = Modes::MOUSE_MOTION | Modes::MOUSE_SGR;
        let pager = Modes::ALTERNATE | Modes::ALTERNATE_SCROLL;
        let rows: [(MouseEventKind, KeyModifiers, Modes, Option<&[u8]>); 36] = [
            (Down(LEFT), none, Modes::NONE, None),
            (ScrollUp, none, Modes::NONE, None),
            (Down(LEFT), none, sgr, Some(b"\x1b[<0;10;5M")),
            (Up(LEFT), none, sgr, Some(b"\x1b[<0;10;5m")),
            (Down(MouseButton::Middle), none, sgr, Some(b"\x1b[<1;10;5M")),
            (Down(RIGHT), none, sgr, Some(b"\x1b[<2;10;5M")),
            (Up(RIGHT), none, sgr, Some(b"\x1b[<2;10;5m")),
            (Down(LEFT), ctrl, sgr, Some(b"\x1b[<16;10;5M")),
            (Down(LEFT), alt, sgr, Some(b"\x1b[<8;10;5M")),
            (Down(LEFT), ctrl | alt, sgr, Some(b"\x1b[<24;10;5M")),
            (Down(LEFT), KeyModifiers::SHIFT, sgr, None),
            (ScrollUp, none, sgr, Some(b"\x1b[<64;10;5M")),
            (ScrollDown, none, sgr, Some(b"\x1b[<65;10;5M")),
            (ScrollLeft, none, sgr, Some(b"\x1b[<66;10;5M")),
            (ScrollRight, none, sgr, Some(b"\x1b[<67;10;5M")),
            (Drag(LEFT), none, sgr, None),
            (Moved, none, sgr, None),
            (Drag(LEFT), none, drag, Some(b"\x1b[<32;10;5M")),
            (Drag(RIGHT), none, drag, Some(b"\x1b[<34;10;5M")),
            (Moved, none, drag, None),
            (Moved, none, motion, Some(b"\x1b[<35;10;5M")),
            (Drag(LEFT), none, motion, Some(b"\x1b[<32;10;5M")),
            (Down(LEFT), none, click, Some(b"\x1b[M *%")),
            (Up(LEFT), none, click, Some(b"\x1b[M#*%")),
            (ScrollUp, none, click, Some(b"\x1b[M`*%")),
            (ScrollUp, none, pager, Some(b"\x1b[A\x1b[A\x1b[A")),
            (ScrollDown, none, pager, Some(b"\x1b[B\x1b[B\x1b[B")),
            (
                ScrollDown,
                none,
                pager | Modes::APP_CURSOR,
                Some(b"\x1bOB\x1bOB\x1bOB"),
            ),
            (Down(LEFT), none, Modes::MOUSE_X10, Some(b"\x1b[M *%")),
            (Down(LEFT), ctrl, Modes::MOUSE_X10, Some(b"\x1b[M *%")),
            (Up(LEFT), none, Modes::MOUSE_X10, None),
            (ScrollUp, none, Modes::MOUSE_X10, None),
            (Drag(LEFT), none, Modes::MOUSE_X10, None),
            (Up(LEFT), none, click | Modes::MOUSE_X10, Some(b"\x1b[M#*%")),
            (ScrollUp, none, Modes::ALTERNATE, None),
            (ScrollUp, none, Modes::ALTERNATE_SCROLL, None),
        ];
        for (kind, modifiers, modes, bytes) in rows {
            let got = at(kind, modifiers, modes, 9);
            assert_eq!(got.as_deref(), bytes, "{kind:?} {modifiers:?} {modes:?}");
        }
    }

    #[test]
    fn old_encodings_end_where_they_must() {
        let press = |modes, col| at(Down(LEFT), KeyModifiers::NONE, modes, col);
        let byte = Modes::MOUSE_CLICK;
        let utf8 = Modes::MOUSE_CLICK | Modes::MOUSE_UTF8;
        let sgr = Modes::MOUSE_CLICK | Modes::MOUSE_SGR;
        assert_eq!(press(byte, 222).as_deref(), Some(&b"\x1b[M \xff%"[..]));
        assert_eq!(press(byte, 223), None);
        let wide = "\x1b[M \u{100}%".as_bytes();
        assert_eq!(press(utf8, 223).as_deref(), Some(wide));
        assert!(press(utf8, 2014).is_some());
        assert_eq!(press(utf8, 2015), None);
        assert_eq!(press(sgr, 2015).unwrap(), b"\x1b[<0;2016;5M");
    }
}
