//! Takes apart the plain streams of a program without a terminal.
//!
//! The engine sends frames of an eight-byte header (stream, three zeros, length big-endian) and a
//! payload. Reads end anywhere, so that the decoder keeps what it saw of a header and passes payload
//! on at once, without waiting for the rest of its frame.

use bytes::{Buf as _, Bytes};

use crate::engine::Output;

/// Where in the frames we are.
#[derive(Debug, Default)]
pub(super) struct Demux {
    header: [u8; 8],
    /// Bytes of the header that are there.
    seen: usize,
    /// Bytes of payload still to come.
    left: usize,
}

/// What came is not made of frames: the program has a terminal after all, or the engine's stream is
/// newer than we are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotFrames;

impl Demux {
    /// Takes the next piece of output from the front of `bytes`; none when all of it is used up.
    pub(super) fn next(&mut self, bytes: &mut Bytes) -> Result<Option<Output>, NotFrames> {
        while !bytes.is_empty() {
            if self.left > 0 {
                let piece = bytes.split_to(self.left.min(bytes.len()));
                self.left -= piece.len();
                return Ok(Some(match self.header[0] {
                    // 3 is an error of the engine itself, meant to be read like stderr.
                    2 | 3 => Output::Stderr(piece),
                    _ => Output::Stdout(piece),
                }));
            }
            let take = (8 - self.seen).min(bytes.len());
            bytes.copy_to_slice(&mut self.header[self.seen..self.seen + take]);
            self.seen += take;
            if self.seen == 8 {
                self.seen = 0;
                let [stream, 0, 0, 0, a, b, c, d] = self.header else {
                    return Err(NotFrames);
                };
                if stream > 3 {
                    return Err(NotFrames);
                }
                // A frame of 4 GiB fits usize wherever this program runs; where not, it is refused.
                self.left =
                    usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| NotFrames)?;
            }
        }
        Ok(None)
    }

    /// Whether the stream may end here: not within a frame.
    pub(super) fn is_whole(&self) -> bool {
        self.seen == 0 && self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], &length[..], payload].concat()
    }

    /// Both streams put together again, and whether the end was between frames.
    fn decode(chunks: &[&[u8]]) -> Result<(Vec<u8>, Vec<u8>, bool), NotFrames> {
        let mut demux = Demux::default();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let mut bytes = Bytes::copy_from_slice(chunk);
            while let Some(piece) = demux.next(&mut bytes)? {
                match piece {
                    Output::Stdout(b) => out.extend_from_slice(&b),
                    Output::Stderr(b) => err.extend_from_slice(&b),
                }
            }
        }
        Ok((out, err, demux.is_whole()))
    }

    #[test]
    fn streams_are_told_apart_whatever_they_carry() {
        let both = [
            frame(1, b"out\0\x01\x02"),
            frame(2, b"err"),
            frame(1, b""),
            frame(1, b"!"),
        ]
        .concat();
        let want = (b"out\0\x01\x02!".to_vec(), b"err".to_vec(), true);
        assert_eq!(decode(&[&both]), Ok(want.clone()));
        let single: Vec<&[u8]> = both.chunks(1).collect();
        assert_eq!(decode(&single), Ok(want));
    }

    #[test]
    fn an_error_of_the_engine_reads_like_stderr_and_the_echo_of_stdin_like_stdout() {
        let both = [frame(3, b"e"), frame(0, b"i")].concat();
        assert_eq!(decode(&[&both]), Ok((b"i".to_vec(), b"e".to_vec(), true)));
    }

    #[test]
    fn payload_is_passed_on_before_its_frame_is_complete() {
        let whole = frame(1, b"abcdef");
        assert_eq!(decode(&[&whole[..10]]), Ok((b"ab".to_vec(), vec![], false)));
        assert_eq!(decode(&[&whole[..3]]), Ok((vec![], vec![], false)));
        assert_eq!(decode(&[]), Ok((vec![], vec![], true)));
    }

    #[test]
    fn what_is_not_made_of_frames_is_refused() {
        assert_eq!(decode(&[b"plain text"]), Err(NotFrames));
        assert_eq!(decode(&[&[1, 0, 9, 0, 0, 0, 0, 1, 65]]), Err(NotFrames));
        assert_eq!(decode(&[&[4, 0, 0, 0, 0, 0, 0, 1, 65]]), Err(NotFrames));
    }

    proptest! {
        #[test]
        fn any_split_of_any_frames_gives_the_same_streams(
            frames in prop::collection::vec((1u8..=2, prop::collection::vec(any::<u8>(), 0..40)), 0..12),
            cuts in prop::collection::vec(1usize..50, 1..20),
        ) {
            let mut wire = Vec::new();
            let (mut out, mut err) = (Vec::new(), Vec::new());
            for (stream, payload) in &frames {
                wire.extend(frame(*stream, payload));
                if *stream == 1 { out.extend(payload) } else { err.extend(payload) }
            }
            let mut chunks = Vec::new();
            let mut rest = wire.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (chunk, tail) = rest.split_at((*cut).min(rest.len()));
                chunks.push(chunk);
                rest = tail;
            }
            prop_assert_eq!(decode(&chunks), Ok((out, err, true)));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&[&bytes]);
        }
    }
}
