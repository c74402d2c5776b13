//! A bound on operating system commands (OSC) that never end.
//!
//! The parser keeps an OSC in memory until its end, however long it is. This filter follows just
//! enough of the stream to know when one is open, cuts it at [`OSC_LIMIT`] and drops the rest of it.

/// Bytes of one OSC that reach the parser; room for a clipboard store of [`super::CLIPBOARD_LIMIT`].
pub(super) const OSC_LIMIT: usize = super::CLIPBOARD_LIMIT + 4096;

/// CAN: ends any sequence.
const CANCEL: u8 = 0x18;
const ESCAPE: u8 = 0x1b;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Anything else.
    #[default]
    Ground,
    /// After ESC.
    Escape,
    /// In an OSC of so many bytes.
    Osc(usize),
    /// In an OSC that was cut.
    Cut,
}

/// Follows a stream over any chunk borders.
#[derive(Debug, Default)]
pub(super) struct OscGuard {
    state: State,
}

impl OscGuard {
    /// Hands `bytes` on in as few pieces as possible.
    pub(super) fn filter(&mut self, bytes: &[u8], mut pass: impl FnMut(&[u8])) {
        // `kept` is what stands between the last hand-over and the place where we are, `rest`.
        let mut kept = 0;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.state {
                State::Ground => {
                    let escape = rest.iter().position(|byte| *byte == ESCAPE);
                    at += escape.map_or(rest.len(), |found| found + 1);
                    if escape.is_some() {
                        self.state = State::Escape;
                    }
                }
                State::Escape => {
                    self.state = after_escape(rest[0]);
                    at += 1;
                }
                State::Osc(length) => {
                    let end = end_of_osc(rest);
                    let body = end.unwrap_or(rest.len());
                    if length + body > OSC_LIMIT {
                        at += OSC_LIMIT.saturating_sub(length);
                        pass(&bytes[kept..at]);
                        pass(&[CANCEL]);
                        self.state = State::Cut;
                    } else if end.is_some() {
                        self.state = after_osc(rest[body]);
                        at += body + 1;
                    } else {
                        self.state = State::Osc(length + body);
                        at += body;
                    }
                }
                State::Cut => {
                    let end = end_of_osc(rest);
                    at += end.unwrap_or(rest.len());
                    kept = at;
                    if let Some(last) = bytes.get(at) {
                        self.state = after_osc(*last);
                        at += 1;
                        // A bell that was meant as the end must not ring.
                        kept += usize::from(*last == 0x07);
                    }
                }
            }
            if self.state == State::Cut {
                kept = at;
            }
        }
        if kept < bytes.len() {
            pass(&bytes[kept..]);
        }
    }
}

fn after_escape(byte: u8) -> State {
    match byte {
        b']' => State::Osc(0),
        CANCEL | 0x1a => State::Ground,
        // Control characters are carried out and non-ASCII is dropped without leaving the sequence.
        0x00..=0x1f | 0x7f.. => State::Escape,
        _ => State::Ground,
    }
}

fn after_osc(end: u8) -> State {
    if end == ESCAPE {
        State::Escape
    } else {
        State::Ground
    }
}

fn end_of_osc(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .position(|byte| matches!(*byte, 0x07 | CANCEL | 0x1a | ESCAPE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(bytes: &[u8], chunk: usize) -> Vec<u8> {
        let mut guard = OscGuard::default();
        let mut out = Vec::new();
        for piece in bytes.chunks(chunk) {
            guard.filter(piece, |kept| out.extend_from_slice(kept));
        }
        out
    }

    #[test]
    fn ordinary_streams_pass_unchanged() {
        let stream = b"a\x1b[1mb\x1b]0;title\x07c\x1b]52;c;eA==\x1b\\d\x1b\x1b]2;t\x1ae";
        for chunk in 1..=stream.len() {
            assert_eq!(filtered(stream, chunk), stream, "in chunks of {chunk}");
        }
    }

    #[test]
    fn an_endless_osc_is_cut_and_its_rest_dropped() {
        for end in [&b"\x07"[..], b"\x1b\\", b"\x18"] {
            let long = [
                b"\x1b]0;",
                vec![b'x'; 3 * OSC_LIMIT].as_slice(),
                end,
                b"after",
            ]
            .concat();
            for chunk in [1, 1000, OSC_LIMIT, long.len()] {
                let out = filtered(&long, chunk);
                let kept = if end == b"\x07" { &b""[..] } else { end };
                let tail = [&[CANCEL][..], kept, b"after"].concat();
                assert!(out.ends_with(&tail), "in chunks of {chunk}");
                assert_eq!(out.len(), 2 + OSC_LIMIT + tail.len());
            }
        }
    }
}
