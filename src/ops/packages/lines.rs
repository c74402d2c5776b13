//! A run's output as lines: put together from pieces that end anywhere, made harmless, and kept within bounds.

use std::collections::VecDeque;

use crate::domain::packages::{Printed, Stream};
use crate::domain::{secret, text};
use crate::engine::Output;

/// Characters of a line that are kept.
const LINE: usize = 2_000;
/// Bytes of a line that are kept: as many as the characters may take, and one more, that tells of the cut.
const LINE_BYTES: usize = 4 * (LINE + 1);
/// The first lines of a run that are kept: what it set out to do.
const FIRST: usize = 500;
/// The last lines of a run that are kept: how it ended.
const LAST: usize = 1_500;

/// What a run printed so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    stdout: Line,
    stderr: Line,
    first: Vec<(Stream, String)>,
    last: VecDeque<(Stream, String)>,
    left_out: usize,
}

/// The line of a stream that has not ended yet.
#[derive(Debug, Default)]
struct Line {
    bytes: Vec<u8>,
    /// A carriage return came last: what follows overwrites the line, unless its end follows.
    returned: bool,
}

impl Lines {
    /// Takes a piece of output; `each` gets the lines that it completes.
    pub(super) fn feed(&mut self, piece: &Output, each: &mut dyn FnMut(Stream, &str)) {
        let (stream, bytes) = match piece {
            Output::Stdout(bytes) => (Stream::Stdout, bytes),
            Output::Stderr(bytes) => (Stream::Stderr, bytes),
        };
        for &byte in bytes {
            let line = self.line(stream);
            match byte {
                b'\n' => {
                    let line = line.take();
                    self.add(stream, line, each);
                }
                b'\r' => line.returned = true,
                byte => line.push(byte),
            }
        }
    }

    /// Takes the end of the run: lines that were not ended are lines, too.
    pub(super) fn finish(
        mut self,
        status: Option<i64>,
        each: &mut dyn FnMut(Stream, &str),
    ) -> Printed {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let line = self.line(stream);
            if !line.bytes.is_empty() {
                let line = line.take();
                self.add(stream, line, each);
            }
        }
        let mut lines = self.first;
        if self.left_out > 0 {
            let words = format!("… {} lines are left out here …", self.left_out);
            lines.push((Stream::Stderr, words));
        }
        lines.extend(self.last);
        Printed { lines, status }
    }

    fn line(&mut self, stream: Stream) -> &mut Line {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn add(&mut self, stream: Stream, line: String, each: &mut dyn FnMut(Stream, &str)) {
        each(stream, &line);
        if self.first.len() < FIRST {
            self.first.push((stream, line));
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back((stream, line));
    }
}

impl Line {
    fn push(&mut self, byte: u8) {
        if std::mem::take(&mut self.returned) {
            self.bytes.clear();
        }
        if self.bytes.len() < LINE_BYTES {
            self.bytes.push(byte);
        }
    }

    /// The line, fit to be shown; the next one begins. A manager may print the address of a repository with the password
    /// in it: here it is taken out for all that is made of lines, raw output, news and evidence.
    fn take(&mut self) -> String {
        self.returned = false;
        let line = String::from_utf8_lossy(&self.bytes);
        let line = text::bounded(&secret::without_logins(&line), LINE);
        self.bytes.clear();
        line
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn out(text: &str) -> Output {
        Output::Stdout(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn err(text: &str) -> Output {
        Output::Stderr(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// The lines as they were told, and as they were kept.
    fn read(pieces: &[Output]) -> (Vec<(Stream, String)>, Printed) {
        let mut lines = Lines::default();
        let mut told = Vec::new();
        let mut each = |stream, line: &str| told.push((stream, line.to_owned()));
        for piece in pieces {
            lines.feed(piece, &mut each);
        }
        let printed = lines.finish(Some(0), &mut each);
        (told, printed)
    }

    fn words(pieces: &[Output]) -> Vec<String> {
        read(pieces).0.into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn pieces_of_both_streams_become_lines_in_the_order_of_their_ends() {
        let pieces = [
            out("(1/2) Inst"),
            err("WARN"),
            out("alling a\n(2/2"),
            err("ING: x\n"),
            out(") b"),
        ];
        let (told, printed) = read(&pieces);
        let want = [
            (Stream::Stdout, "(1/2) Installing a"),
            (Stream::Stderr, "WARNING: x"),
            (Stream::Stdout, "(2/2) b"),
        ];
        assert_eq!(told, want.map(|(s, l)| (s, l.to_owned())));
        assert_eq!((printed.lines, printed.status), (told, Some(0)));
    }

    #[test]
    fn a_carriage_return_overwrites_and_before_the_end_of_a_line_is_nothing() {
        assert_eq!(
            words(&[out("10%\r20%\r"), out("done\r\nnext\r"), out("\n\n")]),
            ["done", "next", ""]
        );
        assert_eq!(words(&[out("left\r")]), ["left"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_taken_out_and_a_long_line_is_cut() {
        let line = words(&[out("a\x1b[31mb\u{202e}\n")]);
        assert_eq!(line, ["a\u{fffd}[31mb\u{fffd}"]);
        let long = words(&[out(&"ü".repeat(LINE + 1)), out("more\nnext\n")]);
        assert_eq!(long[0], "ü".repeat(LINE) + "…");
        assert_eq!(long[1], "next");
    }

    #[test]
    fn passwords_in_addresses_are_in_no_line() {
        let pieces = [
            err("E: Failed to fetch https://me:hun"),
            err("ter2@corp/x  401\n"),
            out("Status code: 403 for http://token@corp/repodata/repomd.xml (IP: ::1)"),
        ];
        let (told, printed) = read(&pieces);
        assert_eq!(
            told,
            [
                (
                    Stream::Stderr,
                    "E: Failed to fetch https://***@corp/x  401".to_owned()
                ),
                (
                    Stream::Stdout,
                    "Status code: 403 for http://***@corp/repodata/repomd.xml (IP: ::1)".to_owned()
                ),
            ]
        );
        assert_eq!(printed.lines, told);
    }

    #[test]
    fn of_a_flood_the_first_and_the_last_lines_are_kept() {
        let flood: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        let (told, printed) = read(&[out(&flood.join("\n"))]);
        assert_eq!(told.len(), 10_000);
        assert_eq!(printed.lines.len(), FIRST + 1 + LAST);
        assert_eq!(printed.lines[FIRST - 1].1, "499");
        assert_eq!(printed.lines[FIRST].1, "… 8000 lines are left out here …");
        assert_eq!(printed.lines[FIRST + 1].1, "8500");
        assert_eq!(printed.lines.last().map(|l| l.1.as_str()), Some("9999"));
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_pieces_end(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300),
            cut in 1usize..20,
        ) {
            let whole = words(&[Output::Stdout(Bytes::copy_from_slice(&bytes))]);
            let pieces: Vec<_> = bytes.chunks(cut).map(|p| Output::Stdout(Bytes::copy_from_slice(p))).collect();
            prop_assert_eq!(words(&pieces), whole);
        }
    }
}
