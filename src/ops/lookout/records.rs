//! An answer, taken apart: lines that the shell says itself, and records of what it read.

/// An answer that is read from its beginning.
pub(super) struct Records<'a> {
    rest: &'a [u8],
    frame: &'a [u8],
}

impl<'a> Records<'a> {
    /// An answer whose records end with `frame`.
    pub(super) fn new(answer: &'a [u8], frame: &'a [u8]) -> Self {
        Self {
            rest: answer,
            frame,
        }
    }

    /// The next line of the shell; none at the end, or when it is no text.
    pub(super) fn line(&mut self) -> Option<&'a str> {
        let end = self.rest.iter().position(|b| *b == b'\n')?;
        let line = self.rest.get(..end)?;
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        std::str::from_utf8(line).ok()
    }

    /// The next record; empty where there is none.
    pub(super) fn record(&mut self) -> &'a [u8] {
        let Some(end) = memchr::memmem::find(self.rest, self.frame) else {
            self.rest = &[];
            return &[];
        };
        let record = self.rest.get(..end).unwrap_or_default();
        self.rest = self.rest.get(end + self.frame.len()..).unwrap_or_default();
        record
    }

    /// The next record as text.
    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.record()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_records_take_turns() {
        let mut records = Records::new(b"of 1 2\na\nb\0<F>\n<F>of 3\n<F>x", b"<F>");
        assert_eq!(records.line(), Some("of 1 2"));
        assert_eq!(records.record(), b"a\nb\0");
        assert_eq!(records.record(), b"\n");
        assert_eq!(records.line(), Some("of 3"));
        assert_eq!(records.record(), b"");
        assert_eq!(records.record(), b"", "cut off");
        assert_eq!((records.line(), records.text()), (None, String::new()));
    }
}
