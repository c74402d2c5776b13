//! Pasted text as bytes for a program.

use super::Modes;

/// The bytes of pasted `text`: line ends become carriage returns, as Enter sends them; control
/// characters but tab are dropped, so that text from elsewhere can neither end the paste early nor
/// press keys; between marks if the program asked for them (`?2004`).
pub fn encode(text: &str, modes: Modes) -> Vec<u8> {
    let bracketed = modes.any(Modes::BRACKETED_PASTE);
    let mut bytes = Vec::with_capacity(text.len() + 12);
    if bracketed {
        bytes.extend_from_slice(b"\x1b[200~");
    }
    let plain = text.replace("\x1b[201~", "").replace("\r\n", "\r");
    let mut utf8 = [0; 4];
    for c in plain.chars() {
        match c {
            '\n' => bytes.push(b'\r'),
            '\t' | '\r' => bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()),
            c if c.is_control() => {}
            c => bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()),
        }
    }
    if bracketed {
        bytes.extend_from_slice(b"\x1b[201~");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_carriage_returns() {
        let bytes = encode("a\nb\r\nc\rd\te ü€😀", Modes::NONE);
        assert_eq!(bytes, "a\rb\rc\rd\te ü€😀".as_bytes());
    }

    #[test]
    fn marks_only_when_asked() {
        assert_eq!(encode("x", Modes::BRACKETED_PASTE), b"\x1b[200~x\x1b[201~");
        assert_eq!(encode("", Modes::BRACKETED_PASTE), b"\x1b[200~\x1b[201~");
        assert_eq!(encode("x", Modes::NONE), b"x");
    }

    #[test]
    fn the_text_cannot_end_the_paste_or_press_keys() {
        for evil in [
            "a\x1b[201~b",
            "a\x1b[20\x1b[201~1~b",
            "a\u{9b}201~b",
            "a\x03\x04\0\x7fb",
        ] {
            let bytes = encode(evil, Modes::BRACKETED_PASTE);
            let inner = bytes
                .strip_prefix(b"\x1b[200~")
                .and_then(|rest| rest.strip_suffix(b"\x1b[201~"))
                .unwrap();
            let inner = std::str::from_utf8(inner).unwrap();
            assert!(!inner.contains(char::is_control), "{inner:?}");
            assert!(inner.starts_with('a') && inner.ends_with('b'));
            assert!(!encode(evil, Modes::NONE).contains(&0x1b));
        }
    }
}
