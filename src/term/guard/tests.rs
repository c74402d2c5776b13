use super::*;

fn filtered(bytes: &[u8], chunk: usize) -> Vec<u8> {
    let mut guard = OscGuard::default();
    let mut out = Vec::new();
    for piece in bytes.chunks(chunk) {
        guard.filter(piece, |kept| {
            if let Piece::Bytes(kept) | Piece::Plain(kept) = kept {
                out.extend_from_slice(kept);
            }
        });
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

fn taps(bytes: &[u8], chunk: usize) -> Vec<Tap> {
    let mut guard = OscGuard::default();
    let mut out = Vec::new();
    for piece in bytes.chunks(chunk) {
        guard.filter(piece, |piece| {
            if let Piece::Tap(tap) = piece {
                out.push(tap);
            }
        });
    }
    out
}

#[test]
fn taps_are_found_over_any_borders() {
    let shell = |body: &[u8]| vec![Tap::Shell(body.to_vec())];
    let long = [b"\x1b]133;C;", vec![b'x'; TAP_LIMIT].as_slice(), b"\x07"].concat();
    let rows: [(&[u8], Vec<Tap>); 24] = [
        (b"\x1b]133;A\x07", shell(b"133;A")),
        (b"\x1b]133;D;1\x1b\\", shell(b"133;D;1")),
        (b"\x1b]7;file://h/p\x07", shell(b"7;file://h/p")),
        (b"x\x1b]133;A\x07y\x1b]133;B\x07", {
            [shell(b"133;A"), shell(b"133;B")].concat()
        }),
        (b"\x1b]133;A", vec![]),
        (b"\x1b]133;A\x18", vec![]),
        (b"\x1b]133;A\x1a\x07", vec![]),
        (b"\x1b]133;A\x1b[m\x1b\\", vec![]),
        (b"\x1b]133;A\x1b\x1b\\", vec![]),
        (b"\x1b]13\x07", vec![]),
        (b"\x1b]1337;x\x07", vec![]),
        (b"\x1b]0;133;A\x07", vec![]),
        (b"\x1b]77;x\x07", vec![]),
        (b"]133;A\x07", vec![]),
        (&long, vec![]),
        (b"\x1b[!p", vec![Tap::SoftReset]),
        (b"\x1b[>q\x1b[>0q", vec![Tap::Version, Tap::Version]),
        (b"\x1b[>1q\x1b[>4;1m\x1b[>c\x1b[q\x1b[!q", vec![]),
        (b"\x1bP$qm\x1b\\", vec![Tap::Setting(b"m".to_vec())]),
        (b"\x1bP$q q\x1b\\", vec![Tap::Setting(b" q".to_vec())]),
        (b"\x1bP+q544e\x1b\\", vec![Tap::Capability]),
        (b"\x1bPq#0\x1b\\", vec![]),
        (b"\x1bP$qm\x18\x1b\\", vec![]),
        (b"\x1b^133;A\x07\x1b\\", vec![]),
    ];
    for (bytes, expected) in rows {
        for chunk in [1, 2, 3, 5, bytes.len()] {
            let name = bytes[..bytes.len().min(40)].escape_ascii().to_string();
            assert_eq!(taps(bytes, chunk), expected, "{name} in chunks of {chunk}");
            assert_eq!(filtered(bytes, chunk), bytes, "{name}");
        }
    }
}

#[test]
fn only_text_outside_of_all_sequences_is_plain() {
    let rows: [(&[u8], &[&str]); 20] = [
        (b"abc\r\nde\tf\n", &["abc\r\nde\t"]),
        (b"a", &[]),
        (b"\r\n", &[]),
        (b"ab\x1b[1mcd\x1b[38;5;9mef", &["a", "c", "e"]),
        (b"\x1b[1;2abc", &["b"]),
        (b"\x1b[>1 qabc", &["ab"]),
        (b"\x1b[>qabc", &["ab"]),
        (b"\x1b[1\n\x18abc\x18d ef", &["ab", "e"]),
        (b"\x1bMabc", &["ab"]),
        (b"\x1b\nMabc", &["ab"]),
        (b"\x1b(0abc", &["ab"]),
        (b"\x1b #0abc", &["ab"]),
        (b"\x1b]0;abc\x07def", &["de"]),
        (b"\x1b]0;abc\x1b\\def", &["de"]),
        (b"\x1bPabc\x07d\x1b\\efg", &["ef"]),
        (b"\x1bXabc\x07d\x1b\\efg", &["ef"]),
        (b"\x1b^abc\x1b[mefg", &["ef"]),
        (b"\x1b_abc\x1aefg", &["ef"]),
        ("abéfg hij".as_bytes(), &["a", "hi"]),
        (b"ab\xc3cd ef\xc3\x1b[mgh", &["a", "e", "g"]),
    ];
    for (bytes, expected) in rows {
        let mut guard = OscGuard::default();
        let mut plain = Vec::new();
        guard.filter(bytes, |piece| {
            if let Piece::Plain(text) = piece {
                plain.push(String::from_utf8_lossy(text).into_owned());
            }
        });
        assert_eq!(plain, expected, "{}", bytes.escape_ascii());
    }
}
