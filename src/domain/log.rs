//! A container's log: lines put together from what the engine sends, in a store that is bounded, with the places
//! where a new run of the container began.
//!
//! The engine sends each line with its own time before it (RFC 3339, nanoseconds) and a blank. What a program prints is
//! hostile: nothing of a line is kept that a terminal would act on.

mod moment;
mod since;
mod store;

pub use moment::Moment;
pub use since::Since;
pub use store::Log;

use std::fmt::Write as _;

use super::text::printed;

/// Bytes of a line that are kept, its time included; the engine itself cuts lines at 16 KiB.
const LINE_BYTES: usize = 8 * 1024;
/// Characters of a line that are kept: a tab becomes several.
const LINE_CHARS: usize = 2 * LINE_BYTES;

/// Which part of a log is asked for. It is followed until its end, which is the end of the container's run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// So many of the last lines at most; none means all of them.
    pub tail: Option<u32>,
    /// Only lines from then on.
    pub since: Option<Since>,
}

/// Which of a program's streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stream {
    /// Standard output; of a program on a terminal both.
    #[default]
    Out,
    /// Standard error.
    Err,
}

/// A line of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// When the engine took it; none when it did not say.
    pub at: Option<Moment>,
    /// Where it was printed.
    pub stream: Stream,
    /// Its text, clean and bounded; one that was too long says at its end how much is missing.
    pub text: String,
    /// When the run began whose first line this is.
    pub run: Option<Moment>,
}

/// A run of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// When it began, as the engine says: a quick program may have printed lines before.
    pub began: Moment,
    /// When the run before it ended, as far as that is known, else when it began: what is newer is of this run.
    pub after: Moment,
}

/// Puts lines together from pieces that end anywhere.
#[derive(Debug, Default)]
pub struct Assembler {
    out: Pending,
    err: Pending,
}

/// A line that has not ended yet.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    dropped: u64,
}

impl Assembler {
    /// Takes a piece of a stream; adds the lines that it ends.
    pub fn feed(&mut self, stream: Stream, mut bytes: &[u8], lines: &mut Vec<Line>) {
        let pending = match stream {
            Stream::Out => &mut self.out,
            Stream::Err => &mut self.err,
        };
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            let (line, rest) = bytes.split_at(end);
            pending.add(line);
            lines.push(pending.take(stream));
            bytes = rest.get(1..).unwrap_or_default();
        }
        pending.add(bytes);
    }

    /// The log has ended: what stands without a line's end is a line, too.
    pub fn end(&mut self, lines: &mut Vec<Line>) {
        for (stream, pending) in [(Stream::Out, &mut self.out), (Stream::Err, &mut self.err)] {
            if !pending.bytes.is_empty() {
                lines.push(pending.take(stream));
            }
        }
    }
}

impl Pending {
    fn add(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES.saturating_sub(self.bytes.len());
        let (kept, dropped) = bytes.split_at(room.min(bytes.len()));
        self.bytes.extend_from_slice(kept);
        self.dropped += dropped.len() as u64;
    }

    fn take(&mut self, stream: Stream) -> Line {
        let text = String::from_utf8_lossy(&self.bytes);
        let (at, text) = match text.split_once(' ') {
            Some((time, rest)) => match Moment::parse(time) {
                Some(at) => (Some(at), rest),
                None => (None, text.as_ref()),
            },
            // Of an empty line only its time may be left.
            None => match Moment::parse(&text) {
                Some(at) => (Some(at), ""),
                None => (None, text.as_ref()),
            },
        };
        let mut text = printed(text, LINE_CHARS);
        if self.dropped > 0 {
            let _ = write!(text, " [… {} more bytes]", self.dropped);
        }
        let line = Line {
            at,
            stream,
            text,
            run: None,
        };
        self.bytes.clear();
        self.dropped = 0;
        line
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIME: &str = "2026-11-27T00:44:41.730718810Z";

    fn lines(pieces: &[(Stream, &[u8])]) -> Vec<Line> {
        let (mut assembler, mut lines) = (Assembler::default(), Vec::new());
        for (stream, bytes) in pieces {
            assembler.feed(*stream, bytes, &mut lines);
        }
        assembler.end(&mut lines);
        lines
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn lines_of_both_streams_keep_their_order_and_their_time() {
        let out = format!("{TIME} one\n{TIME} tw");
        let err = format!("{TIME} bad\n");
        let got = lines(&[
            (Stream::Out, out.as_bytes()),
            (Stream::Err, err.as_bytes()),
            (Stream::Out, b"o\n"),
        ]);
        assert_eq!(texts(&got), ["one", "bad", "two"]);
        assert_eq!(got[1].stream, Stream::Err);
        assert_eq!(got[2].stream, Stream::Out);
        assert_eq!(got[2].at, Moment::parse(TIME));
    }

    #[test]
    fn what_a_terminal_would_obey_is_gone_and_without_a_time_the_line_stays_whole() {
        let got = lines(&[(
            Stream::Out,
            b"\x1b[2Jplain \x1b]0;title\x07text\r\n10%\r20%\r\nbell\x07 \xff\ttab\n\n no",
        )]);
        assert_eq!(
            texts(&got),
            [
                "plain text",
                "20%",
                "bell\u{fffd} \u{fffd}    tab",
                "",
                " no"
            ]
        );
        assert!(got.iter().all(|line| line.at.is_none()));
        let got = lines(&[(Stream::Out, format!("{TIME} \r\n{TIME}\n").as_bytes())]);
        assert_eq!(texts(&got), ["", ""]);
        assert!(got.iter().all(|line| line.at.is_some()));
    }

    #[test]
    fn an_endless_line_is_bounded_and_says_what_is_missing() {
        let (mut assembler, mut got) = (Assembler::default(), Vec::new());
        for _ in 0..1000 {
            assembler.feed(Stream::Err, &[b'x'; 1000], &mut got);
        }
        assert!(assembler.err.bytes.capacity() < 4 * LINE_BYTES);
        assembler.feed(Stream::Err, b"\nnext\n", &mut got);
        let [long, next] = &got[..] else {
            panic!("two lines: {}", got.len());
        };
        let missing = format!("x [… {} more bytes]", 1_000_000 - LINE_BYTES);
        assert!(long.text.ends_with(&missing), "{missing}");
        assert!(long.text.len() < LINE_BYTES + 40);
        assert_eq!(next.text, "next");
    }

    proptest! {
        #[test]
        fn any_cut_of_the_same_bytes_gives_the_same_lines(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b' '), Just(0x1b), any::<u8>()], 0..300),
            cuts in prop::collection::vec(1usize..40, 1..20),
        ) {
            let whole = lines(&[(Stream::Out, &bytes)]);
            let mut pieces: Vec<(Stream, &[u8])> = Vec::new();
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                pieces.push((Stream::Out, piece));
                rest = tail;
            }
            prop_assert_eq!(&lines(&pieces), &whole);
            for line in whole {
                prop_assert!(!line.text.contains(crate::domain::text::is_harmful));
            }
        }
    }
}
