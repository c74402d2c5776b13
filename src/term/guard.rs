//! A filter before the parser: a bound on operating system commands (OSC) that never end, and ears
//! for what the parser does not know.
//!
//! The parser keeps an OSC in memory until its end, however long it is. This filter follows just
//! enough of the stream to know when one is open, cuts it at [`OSC_LIMIT`] and drops the rest of it.
//! And it hands out a [`Tap`] after the bytes that held it, which the parser gets too and ignores.
//!
//! Since it knows when the parser is in no sequence, it also tells plain text apart, which can be
//! written without the parser.

/// Bytes of one OSC that reach the parser; room for a clipboard store of [`super::CLIPBOARD_LIMIT`].
pub(super) const OSC_LIMIT: usize = super::CLIPBOARD_LIMIT + 4096;
/// Bytes of an OSC that is a [`Tap`]; longer ones are none.
const TAP_LIMIT: usize = 16 * 1024;
/// Bytes of any other sequence that is a [`Tap`].
const SHORT_LIMIT: usize = 64;

/// BEL: ends an OSC.
const BELL: u8 = 0x07;
/// CAN: ends any sequence.
const CANCEL: u8 = 0x18;
/// SUB: as CAN, and shows a mark.
const SUBSTITUTE: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const NEWLINE: u8 = b'\n';

/// A sequence that is not the parser's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tap {
    /// OSC 7 or OSC 133: its body, at most [`TAP_LIMIT`] bytes.
    Shell(Vec<u8>),
    /// DECSTR, `CSI ! p`.
    SoftReset,
    /// XTVERSION, `CSI > q`: the terminal's name is asked for.
    Version,
    /// DECRQSS, `DCS $ q … ST`: a setting is asked for.
    Setting(Vec<u8>),
    /// XTGETTCAP, `DCS + q … ST`: capabilities are asked for.
    Capability,
}

/// What the filter hands on.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// Bytes for the parser.
    Bytes(&'a [u8]),
    /// Text that is all [`is_plain`], at which the parser is in no sequence and no character. The
    /// last character of it comes with the next bytes: the parser has to keep that for REP.
    Plain(&'a [u8]),
    /// A sequence that ended with them.
    Tap(Tap),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Text. Here the parser is in no sequence, either.
    #[default]
    Ground,
    /// In a sequence that only the parser knows; a byte from this one up to `~` ends it.
    Sequence(u8),
    /// In a string that nobody knows: SOS, PM or APC.
    Ignored,
    /// After ESC.
    Escape,
    /// In an OSC of so many bytes.
    Osc(usize),
    /// In an OSC that was cut.
    Cut,
    /// At the start of a control sequence.
    Csi,
    /// In a control sequence that may be a tap.
    PrivateCsi,
    /// In a device control string.
    Dcs,
}

/// What is collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Nothing,
    Osc,
    Csi,
    Dcs,
}

/// Follows a stream over any chunk borders.
#[derive(Debug, Default)]
pub(super) struct OscGuard {
    state: State,
    /// What `body` is of; it stays over the ESC of a terminating `ESC \`.
    kind: Kind,
    /// What may become a tap.
    body: Vec<u8>,
}

impl OscGuard {
    /// Hands `bytes` on in as few pieces as possible.
    pub(super) fn filter(&mut self, bytes: &[u8], mut pass: impl FnMut(Piece<'_>)) {
        // `kept` is what stands between the last hand-over and the place where we are, `rest`.
        let mut kept = 0;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match self.state {
                State::Ground => {
                    let plain = rest.iter().take_while(|byte| is_plain(**byte)).count();
                    let last = rest[..plain].iter().rposition(|byte| *byte >= b' ');
                    if let Some(last) = last.filter(|last| *last > 0) {
                        if kept < at {
                            pass(Piece::Bytes(&bytes[kept..at]));
                        }
                        kept = at + last;
                        pass(Piece::Plain(&bytes[at..kept]));
                    }
                    at += plain + self.odd(&rest[plain..]);
                }
                State::Sequence(_) | State::Ignored => {
                    at += self.unknown(rest);
                }
                State::Escape => {
                    at += 1;
                    if rest[0] == b'\\'
                        && let Some(tap) = self.finished()
                    {
                        pass(Piece::Bytes(&bytes[kept..at]));
                        pass(Piece::Tap(tap));
                        kept = at;
                    }
                    self.after_escape(rest[0]);
                }
                State::Csi | State::PrivateCsi => {
                    at += 1;
                    if self.control_sequence(rest[0])
                        && let Some(tap) = self.finished()
                    {
                        pass(Piece::Bytes(&bytes[kept..at]));
                        pass(Piece::Tap(tap));
                        kept = at;
                    }
                }
                State::Dcs => {
                    let end = rest
                        .iter()
                        .position(|byte| matches!(*byte, CANCEL | SUBSTITUTE | ESCAPE));
                    let body = end.unwrap_or(rest.len());
                    self.add(&rest[..body]);
                    at += body;
                    if let Some(last) = rest.get(body) {
                        self.after_string(*last);
                        at += 1;
                    }
                }
                State::Osc(length) => {
                    let end = end_of_osc(rest);
                    let body = end.unwrap_or(rest.len());
                    if length + body > OSC_LIMIT {
                        at += OSC_LIMIT.saturating_sub(length);
                        pass(Piece::Bytes(&bytes[kept..at]));
                        pass(Piece::Bytes(&[CANCEL]));
                        self.state = State::Cut;
                        self.collect(Kind::Nothing);
                    } else {
                        self.add(&rest[..body]);
                        at += body;
                        self.state = State::Osc(length + body);
                        if let Some(last) = rest.get(body) {
                            at += 1;
                            if *last == BELL
                                && let Some(tap) = self.finished()
                            {
                                pass(Piece::Bytes(&bytes[kept..at]));
                                pass(Piece::Tap(tap));
                                kept = at;
                            }
                            self.after_string(*last);
                        }
                    }
                }
                State::Cut => {
                    let end = end_of_osc(rest);
                    at += end.unwrap_or(rest.len());
                    kept = at;
                    if let Some(last) = bytes.get(at) {
                        self.after_string(*last);
                        at += 1;
                        // A bell that was meant as the end must not ring.
                        kept += usize::from(*last == BELL);
                    }
                }
            }
            if self.state == State::Cut {
                kept = at;
            }
        }
        if kept < bytes.len() {
            pass(Piece::Bytes(&bytes[kept..]));
        }
    }

    /// Goes past what is not plain, to the next place that cannot be within a character: behind a
    /// blank, an end of line or an ESC. Returns how far that is. (Where [`super::utf8`] leaves the
    /// parser in a torn character, the next chunk begins with what is not ASCII, so it is odd, too.)
    fn odd(&mut self, rest: &[u8]) -> usize {
        let end = rest
            .iter()
            .position(|b| matches!(*b, ESCAPE | NEWLINE | b' '));
        if end.is_some_and(|end| rest[end] == ESCAPE) {
            self.state = State::Escape;
            self.collect(Kind::Nothing);
        }
        end.map_or(rest.len(), |end| end + 1)
    }

    /// Goes on in a sequence that is the parser's own affair; returns how far.
    fn unknown(&mut self, rest: &[u8]) -> usize {
        let ends = |byte: u8| {
            let last =
                matches!(self.state, State::Sequence(first) if byte >= first && byte <= b'~');
            last || matches!(byte, CANCEL | SUBSTITUTE | ESCAPE)
        };
        let end = rest.iter().position(|byte| ends(*byte));
        if let Some(last) = end.and_then(|end| rest.get(end)) {
            self.after_string(*last);
        }
        end.map_or(rest.len(), |end| end + 1)
    }

    fn after_escape(&mut self, byte: u8) {
        self.state = match byte {
            b']' => State::Osc(0),
            b'[' => State::Csi,
            b'P' => State::Dcs,
            b'X' | b'^' | b'_' => State::Ignored,
            0x20..=0x2f => State::Sequence(b'0'),
            // Control characters are carried out and non-ASCII is dropped without leaving the
            // sequence.
            0x00..=0x17 | 0x19 | 0x1b..=0x1f | 0x7f.. => State::Escape,
            _ => State::Ground,
        };
        self.collect(match self.state {
            State::Osc(_) => Kind::Osc,
            State::Csi => Kind::Csi,
            State::Dcs => Kind::Dcs,
            _ => Kind::Nothing,
        });
    }

    /// Takes a byte of a control sequence; true when it ends a collected one.
    fn control_sequence(&mut self, byte: u8) -> bool {
        match byte {
            ESCAPE => {
                self.state = State::Escape;
                self.collect(Kind::Nothing);
            }
            b'>' | b'!' if self.state == State::Csi => {
                self.state = State::PrivateCsi;
                self.add(&[byte]);
            }
            b'0'..=b';' if self.state == State::PrivateCsi => self.add(&[byte]),
            0x40..=0x7e if self.state == State::PrivateCsi => {
                self.state = State::Ground;
                self.add(&[byte]);
                return true;
            }
            CANCEL | SUBSTITUTE | 0x40..=0x7e => {
                self.state = State::Ground;
                self.collect(Kind::Nothing);
            }
            _ => {
                self.state = State::Sequence(b'@');
                self.collect(Kind::Nothing);
            }
        }
        false
    }

    fn after_string(&mut self, end: u8) {
        if end == ESCAPE {
            self.state = State::Escape;
        } else {
            self.state = State::Ground;
            self.collect(Kind::Nothing);
        }
    }

    fn collect(&mut self, kind: Kind) {
        self.kind = kind;
        self.body.clear();
    }

    /// Adds to what is collected, as long as it may become a tap.
    fn add(&mut self, bytes: &[u8]) {
        let (starts, limit): (&[&[u8]], _) = match self.kind {
            Kind::Nothing => return,
            Kind::Osc => (&[b"133;", b"7;"], TAP_LIMIT),
            Kind::Csi => (&[b">", b"!"], SHORT_LIMIT),
            Kind::Dcs => (&[b"$q", b"+q"], SHORT_LIMIT),
        };
        let room = (limit + 1).saturating_sub(self.body.len());
        self.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let fits = |start: &&[u8]| {
            let length = start.len().min(self.body.len());
            start[..length] == self.body[..length]
        };
        if self.body.len() > limit || !starts.iter().any(fits) {
            // A long question for capabilities is answered like a short one.
            let cut = self.kind == Kind::Dcs && self.body.starts_with(b"+q");
            if cut {
                self.body.truncate(2);
            } else {
                self.collect(Kind::Nothing);
            }
        }
    }

    /// The tap that has just ended, once.
    fn finished(&mut self) -> Option<Tap> {
        let body = std::mem::take(&mut self.body);
        let kind = std::mem::take(&mut self.kind);
        match (kind, body.as_slice()) {
            (Kind::Osc, [b'7', b';', ..] | [b'1', b'3', b'3', b';', ..]) => Some(Tap::Shell(body)),
            (Kind::Csi, b"!p") => Some(Tap::SoftReset),
            (Kind::Csi, b">q" | b">0q") => Some(Tap::Version),
            (Kind::Dcs, [b'$', b'q', name @ ..]) => Some(Tap::Setting(name.to_vec())),
            (Kind::Dcs, [b'+', b'q', ..]) => Some(Tap::Capability),
            _ => None,
        }
    }
}

/// Whether a byte is printable ASCII, or one of the few controls that come with it.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | NEWLINE | b'\r' | b'\t')
}

fn end_of_osc(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .position(|byte| matches!(*byte, BELL | CANCEL | SUBSTITUTE | ESCAPE))
}

#[cfg(test)]
mod tests;
