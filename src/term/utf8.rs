//! Keeps characters whole over chunk borders.
//!
//! The parser takes split characters too, but drops the character after one when the border falls
//! so that its four bytes of lookahead end within the next but one (`éaé` cut after the first byte
//! loses the `a`), and takes C1 controls for text there. So it never sees a split character.

/// The start of a character whose rest has not come yet.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// Hands on what was kept and `bytes`, but for an unfinished character at the end.
    pub(super) fn whole(&mut self, bytes: &[u8], pass: impl FnOnce(&[u8])) {
        let joined;
        let bytes = if self.0.is_empty() {
            bytes
        } else {
            joined = [self.0.as_slice(), bytes].concat();
            &joined
        };
        let (whole, rest) = bytes.split_at(bytes.len() - unfinished(bytes));
        self.0.clear();
        self.0.extend_from_slice(rest);
        pass(whole);
    }
}

/// How many bytes at the end are the start of a character: 0 to 3.
fn unfinished(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|length| {
            let end = &bytes[bytes.len() - length..];
            std::str::from_utf8(end)
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unfinished_characters_are_kept() {
        for (bytes, kept) in [
            (&b""[..], 0),
            (b"a", 0),
            (b"\xc3", 1),
            (b"\xc3\xa9", 0),
            (b"a\xe6\xbc", 2),
            (b"\xf0\x9f\x99", 3),
            (b"\xf0\x9f\x99\x82", 0),
            (b"\xe0\x80", 0),
            (b"\xff", 0),
            (b"\x80\x80\x80", 0),
            (b"\xc3\x1b", 0),
            (b"\xc3\xc3", 1),
        ] {
            assert_eq!(unfinished(bytes), kept, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn nothing_is_lost_or_split() {
        let text = "éaé漢🙂x".as_bytes();
        for chunk in 1..text.len() {
            let mut tail = Tail::default();
            let mut out = Vec::new();
            for piece in text.chunks(chunk) {
                tail.whole(piece, |whole| {
                    assert!(std::str::from_utf8(whole).is_ok());
                    out.extend_from_slice(whole);
                });
            }
            assert_eq!(out, text);
        }
    }
}
