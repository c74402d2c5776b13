//! The first line of a script, as the kernel reads it (`fs/binfmt_script.c`), and what a file that is no
//! program begins with.

use std::fmt;

/// Bytes of a file that the kernel looks at; the last one only tells whether a word ends before it.
pub const LOOKED_AT: usize = 256;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a file's first bytes make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shebang {
    /// It names an interpreter.
    Line {
        /// The interpreter as it stands there, without a carriage return at its end.
        interpreter: String,
        /// All that follows it, as one argument; may be empty.
        argument: Option<String>,
        /// Whether the line ends in a carriage return: the kernel takes it for a part of the argument, or
        /// of the interpreter's name when there is no argument.
        crlf: bool,
    },
    /// It does not.
    None(Begins),
}

/// What a file that names no interpreter begins with; [`fmt::Display`] says it in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begins {
    /// Nothing: it is empty.
    Empty,
    /// Text without `#!`.
    Text,
    /// A byte order mark of UTF-8, and only then `#!`.
    Bom,
    /// A byte order mark of UTF-16.
    Utf16,
    /// `#!` and nothing behind it.
    NoInterpreter,
    /// `#!` and a name that goes on past what the kernel looks at.
    TooLong,
    /// Something else: its first bytes, at most four.
    Binary(Vec<u8>),
}

impl fmt::Display for Begins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Text => f.write_str("text without #!"),
            Self::Bom => f.write_str("a byte order mark before #!"),
            Self::Utf16 => f.write_str("text in UTF-16"),
            Self::NoInterpreter => f.write_str("#! without an interpreter"),
            Self::TooLong => write!(f, "#! with a name longer than {} bytes", LOOKED_AT - 3),
            Self::Binary(bytes) => {
                f.write_str("bytes")?;
                bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
                f.write_str(" …")
            }
        }
    }
}

/// Reads `first`: the first [`LOOKED_AT`] bytes of a file or more, fewer only when that is all of it.
/// What is not UTF-8 is replaced.
pub fn read(first: &[u8]) -> Shebang {
    let Some(rest) = first.strip_prefix(b"#!") else {
        return Shebang::None(begins(first));
    };
    // To the kernel a short file goes on with zeros.
    let window = LOOKED_AT - 2;
    let seen = rest.get(..window).unwrap_or(rest);
    let stop = seen.iter().position(|byte| matches!(byte, b'\n' | 0));
    let end = stop.unwrap_or(seen.len().min(window - 1));
    let line = seen.get(..end).unwrap_or_default();
    // In a line that is cut, the last word of which one knows the end counts.
    if stop.is_none() && seen.len() == window {
        let name = seen.iter().position(|byte| !is_blank(*byte));
        let name = seen.get(name.unwrap_or(window)..).unwrap_or_default();
        if !name.is_empty() && !name.iter().copied().any(is_blank) {
            return Shebang::None(Begins::TooLong);
        }
    }
    // Blanks at the end are dropped up to the newline, and up to the cut, but not before a zero.
    let zero = match stop {
        Some(at) => seen.get(at) == Some(&0),
        None => seen.len() < window,
    };
    let line = if zero { line } else { trim_end(line) };
    words(line)
}

/// The interpreter and its argument in a line behind `#!`.
fn words(line: &[u8]) -> Shebang {
    let line = trim_start(line);
    let (name, argument) = match line.iter().position(|byte| is_blank(*byte)) {
        Some(at) => {
            let (name, rest) = line.split_at(at);
            (name, Some(trim_start(rest)))
        }
        None => (line, None),
    };
    let crlf = argument.unwrap_or(name).ends_with(b"\r");
    let interpreter = text(name, crlf && argument.is_none());
    if interpreter.is_empty() {
        return Shebang::None(Begins::NoInterpreter);
    }
    Shebang::Line {
        interpreter,
        argument: argument.map(|argument| text(argument, crlf)),
        crlf,
    }
}

fn text(bytes: &[u8], crlf: bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    let end = if crlf { '\r' } else { '\0' };
    text.trim_end_matches(end).to_owned()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !is_blank(*byte));
    line.get(start.unwrap_or(line.len())..).unwrap_or_default()
}

fn trim_end(line: &[u8]) -> &[u8] {
    let last = line.iter().rposition(|byte| !is_blank(*byte));
    line.get(..last.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

fn begins(first: &[u8]) -> Begins {
    let first = first.get(..LOOKED_AT).unwrap_or(first);
    let binary = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t'..=b'\r' | 0x1b);
    if first.is_empty() {
        Begins::Empty
    } else if first
        .strip_prefix(BOM)
        .is_some_and(|rest| rest.starts_with(b"#!"))
    {
        Begins::Bom
    } else if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        Begins::Utf16
    } else if first.iter().any(binary) {
        Begins::Binary(first.iter().copied().take(4).collect())
    } else {
        Begins::Text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(interpreter: &str, argument: Option<&str>, crlf: bool) -> Shebang {
        Shebang::Line {
            interpreter: interpreter.into(),
            argument: argument.map(Into::into),
            crlf,
        }
    }

    // As Linux 6.18 split them for a program that prints its arguments.
    #[test]
    fn lines_are_split_as_the_kernel_splits_them() {
        let cases: &[(&[u8], Shebang)] = &[
            (b"#!/bin/sh\n", line("/bin/sh", None, false)),
            (b"#!/bin/sh", line("/bin/sh", None, false)),
            (
                b"#! \t/bin/sh  -e a b \t\nx",
                line("/bin/sh", Some("-e a b"), false),
            ),
            (b"#!/bin/sh  \n", line("/bin/sh", None, false)),
            (b"#!/bin/sh  ", line("/bin/sh", Some(""), false)),
            (b"#!/bin/sh -e  ", line("/bin/sh", Some("-e  "), false)),
            (b"#!/bin/sh\r\n", line("/bin/sh", None, true)),
            (b"#!/bin/sh -e\r\n", line("/bin/sh", Some("-e"), true)),
            (b"#!/bin/sh \r\n", line("/bin/sh", Some(""), true)),
            (b"#!/bin/sh\0x\n", line("/bin/sh", None, false)),
            (b"#!/bin/sh a\0x\n", line("/bin/sh", Some("a"), false)),
            (b"#!/bin/sh \0x\n", line("/bin/sh", Some(""), false)),
            (
                b"#!/usr/bin/env -S node\n",
                line("/usr/bin/env", Some("-S node"), false),
            ),
            (b"#!/\xffsh\n", line("/\u{fffd}sh", None, false)),
        ];
        for (bytes, want) in cases {
            assert_eq!(&read(bytes), want, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_kernel_looks_at_256_bytes() {
        let name = |n: usize| format!("/{}", "x".repeat(n - 1));
        for (n, end) in [(253, "\n"), (253, " x\n"), (253, "")] {
            let Shebang::Line { interpreter, .. } = read(format!("#!{}{end}", name(n)).as_bytes())
            else {
                panic!("{n}")
            };
            assert_eq!(interpreter, name(n));
        }
        for (n, end) in [(254, "\n"), (254, " x\n"), (254, ""), (9000, "\n")] {
            let bytes = format!("#!{}{end}", name(n));
            assert_eq!(read(bytes.as_bytes()), Shebang::None(Begins::TooLong));
        }
        // An argument is cut in silence, and blanks before the cut go.
        let bytes = format!("#!/bin/sh {}\n", "a".repeat(300));
        assert_eq!(
            read(bytes.as_bytes()),
            line("/bin/sh", Some(&"a".repeat(245)), false)
        );
        let bytes = format!("#!/bin/sh{}a\n", " ".repeat(300));
        assert_eq!(read(bytes.as_bytes()), line("/bin/sh", None, false));
    }

    #[test]
    fn what_it_begins_with_is_said() {
        let blanks = format!("#!{}\n", " ".repeat(300));
        let cases: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"echo Gr\xc3\xbc\xc3\x9fe \x1b[m\n", "text without #!"),
            (b"\n#!/bin/sh\n", "text without #!"),
            (b"\xef\xbb\xbf#!/bin/sh\n", "a byte order mark before #!"),
            (b"\xef\xbb\xbfecho\n", "text without #!"),
            (b"\xff\xfe#\0!\0", "text in UTF-16"),
            (b"#!\n", "#! without an interpreter"),
            (b"#!", "#! without an interpreter"),
            (b"#! \t\n", "#! without an interpreter"),
            (b"#!\r\n", "#! without an interpreter"),
            (b"#!\0\n", "#! without an interpreter"),
            (blanks.as_bytes(), "#! without an interpreter"),
            (b"\x7fELF\x02\x01", "bytes 7f 45 4c 46 …"),
            (b"MZ", "text without #!"),
            (b"\x1f\x8b", "bytes 1f 8b …"),
        ];
        for (bytes, want) in cases {
            let Shebang::None(begins) = read(bytes) else {
                panic!("{}", bytes.escape_ascii())
            };
            assert_eq!(&begins.to_string(), want, "{}", bytes.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_what_is_kept_is_bounded(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b'\r')], 0..600),
            script: bool,
        ) {
            let bytes = if script { [b"#!".as_slice(), &bytes].concat() } else { bytes };
            let read_whole = read(&bytes);
            prop_assert_eq!(&read_whole, &read(&bytes[..bytes.len().min(LOOKED_AT)]));
            if let Shebang::Line { interpreter, argument, .. } = read_whole {
                // A byte that is replaced takes three.
                prop_assert!(!interpreter.is_empty());
                let kept = interpreter.len() + argument.map_or(0, |a| a.len());
                prop_assert!(kept <= 3 * LOOKED_AT);
            }
        }

        #[test]
        fn any_line_is_read_back(
            blanks in "[ \t]{0,3}", name in "[!-~]{1,60}", gap in "[ \t]{1,3}",
            argument in prop::option::of("[!-~]([ -~]{0,60}[!-~])?"), after in "[ \t]{0,3}", crlf: bool,
        ) {
            let gap = if argument.is_some() { gap.as_str() } else { "" };
            let end = if crlf { "\r" } else { after.as_str() };
            let script = format!("#!{blanks}{name}{gap}{}{end}\n", argument.as_deref().unwrap_or_default());
            prop_assert_eq!(read(script.as_bytes()), line(&name, argument.as_deref(), crlf));
        }
    }
}
