//! One case of the table: bytes in, and what must be seen then.

use std::fmt::{self, Write as _};

use devtwin::domain::Size;
use devtwin::domain::command::Ran;
use devtwin::term::{Colour, CursorShape, Modes, Spot, Style, Terminal, Underline};

/// Cases about one thing.
pub(crate) struct Group {
    /// Its heading.
    pub(crate) title: &'static str,
    pub(crate) cases: Vec<Case>,
}

/// Bytes that a program prints, and what must come of them.
pub(crate) struct Case {
    /// What must happen, in words.
    pub(crate) what: &'static str,
    /// The bytes in the notation of [`bytes`].
    pub(crate) bytes: &'static str,
    /// Columns and rows.
    pub(crate) size: (u16, u16),
    /// What the standards ask for.
    pub(crate) want: Vec<Want>,
    /// What happens instead, and why that is left so. Asserted: the case fails when it is mended.
    pub(crate) today: Option<(&'static str, Vec<Want>)>,
    /// Why tmux is not asked for a second opinion.
    pub(crate) not_tmux: Option<&'static str>,
}

/// Something that can be seen of a terminal.
#[derive(Clone, PartialEq)]
pub(crate) enum Want {
    /// The text, rows apart by newlines, blanks at their ends and empty rows at the end left out.
    Screen(&'static str),
    /// The cursor: row and column, from 1.
    Cursor(u16, u16),
    /// The cursor is hidden.
    NoCursor,
    /// The shape of the cursor and whether it blinks.
    Shape(CursorShape, bool),
    /// How a cell is written (row and column from 1), as [`style_words`] says it.
    Style(u16, u16, &'static str),
    /// What the program is sent, in the notation of [`bytes`].
    Reply(&'static str),
    /// How what the program is sent begins.
    ReplyStarts(&'static str),
    /// The title.
    Title(&'static str),
    /// The bell rang.
    Bell,
    /// What is put into the clipboard.
    Clipboard(Option<&'static str>),
    /// Lines of history.
    History(usize),
    /// The address of the link at row 1, column 1.
    Link(Option<&'static str>),
    /// The shell's directory.
    Directory(Option<&'static str>),
    /// The commands that have ended, each with its status, as [`ran_words`] says it.
    Ran(&'static str),
    /// Whether the shell waits for a command.
    AtPrompt(bool),
    /// Modes that are all set, with their name.
    On(Modes, &'static str),
    /// Modes of which none is set, with their name.
    Off(Modes, &'static str),
}

/// A case on a terminal of 10 × 4 without expectations.
pub(crate) fn case(what: &'static str, bytes: &'static str) -> Case {
    Case {
        what,
        bytes,
        size: (10, 4),
        want: Vec::new(),
        today: None,
        not_tmux: None,
    }
}

impl Case {
    pub(crate) fn size(mut self, cols: u16, rows: u16) -> Self {
        self.size = (cols, rows);
        self
    }

    pub(crate) fn want(mut self, want: Want) -> Self {
        self.want.push(want);
        self
    }

    pub(crate) fn screen(self, text: &'static str) -> Self {
        self.want(Want::Screen(text))
    }

    pub(crate) fn at(self, row: u16, col: u16) -> Self {
        self.want(Want::Cursor(row, col))
    }

    /// How the cell at row 1, column 1 is written.
    pub(crate) fn style(self, words: &'static str) -> Self {
        self.want(Want::Style(1, 1, words))
    }

    pub(crate) fn style_at(self, row: u16, col: u16, words: &'static str) -> Self {
        self.want(Want::Style(row, col, words))
    }

    pub(crate) fn reply(self, bytes: &'static str) -> Self {
        self.want(Want::Reply(bytes))
    }

    /// What happens instead today, and why.
    pub(crate) fn differs(mut self, why: &'static str, today: &[Want]) -> Self {
        self.today = Some((why, today.to_vec()));
        self
    }

    /// tmux does something else here, or cannot be asked.
    pub(crate) fn not_tmux(mut self, why: &'static str) -> Self {
        self.not_tmux = Some(why);
        self
    }

    /// Whether tmux can be asked: what it can show is the text and the cursor's place.
    pub(crate) fn asks_tmux(&self) -> bool {
        let shown = |want: &Want| matches!(want, Want::Screen(_) | Want::Cursor(..));
        self.not_tmux.is_none()
            && self.want.iter().any(shown)
            && !self
                .want
                .iter()
                .any(|want| matches!(want, Want::Reply(_) | Want::ReplyStarts(_)))
    }

    /// Feeds a terminal and compares; what is wrong, if anything.
    pub(crate) fn check(&self) -> Result<(), String> {
        assert!(!self.want.is_empty(), "{}: expects nothing", self.bytes);
        match &self.today {
            None => self.seen(&self.want),
            Some((_, today)) => {
                self.seen(today)?;
                match self.seen(&self.want) {
                    Err(_) => Ok(()),
                    Ok(()) => Err("it is as it must be now: take the difference away".to_owned()),
                }
            }
        }
    }

    fn seen(&self, wants: &[Want]) -> Result<(), String> {
        let (cols, rows) = self.size;
        let mut terminal = Terminal::new(Size::clamped(cols, rows), 100);
        let reply = terminal.feed(&bytes(self.bytes));
        let wrong: Vec<_> = wants
            .iter()
            .filter_map(|want| {
                let got = got(&mut terminal, &reply, want);
                (got != want.to_string()).then(|| format!("wanted {want}, got {got}"))
            })
            .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("; "))
        }
    }
}

/// What the terminal shows of the kind that is wanted, in the words of [`Want`]'s `Display`.
fn got(terminal: &mut Terminal, reply: &[u8], want: &Want) -> String {
    match want {
        Want::Screen(_) => screen_words(&terminal.text()),
        Want::Cursor(..) | Want::NoCursor => terminal.cursor().map_or_else(
            || Want::NoCursor.to_string(),
            |at| Want::Cursor(at.row + 1, at.col + 1).to_string(),
        ),
        Want::Shape(..) => terminal
            .cursor()
            .map_or_else(String::new, |c| shape_words(c.shape, c.blinking)),
        Want::Style(row, col, _) => {
            let cell = terminal.row(row - 1).nth(usize::from(col - 1)).unwrap();
            format!("cell {row};{col} {}", style_words(cell.style))
        }
        Want::ReplyStarts(start) if notation(reply).starts_with(start) => want.to_string(),
        Want::Reply(_) | Want::ReplyStarts(_) => reply_words(&notation(reply)),
        Want::Title(_) => format!("title {}", terminal.title()),
        Want::Bell if terminal.take_bell() => Want::Bell.to_string(),
        Want::Bell => "no bell".to_owned(),
        Want::Clipboard(_) => clipboard_words(terminal.take_clipboard().as_deref()),
        Want::History(_) => Want::History(terminal.scrolled().1).to_string(),
        Want::Link(_) => {
            let link = terminal.link_at(Spot { row: 0, col: 0 });
            or_none("link", link.map(|link| link.uri).as_deref())
        }
        Want::Directory(_) => or_none("directory", terminal.cwd()),
        Want::Ran(_) => format!("commands: {}", ran_words(&terminal.take_ran())),
        Want::AtPrompt(_) => Want::AtPrompt(terminal.at_prompt()).to_string(),
        Want::On(modes, name) | Want::Off(modes, name) => {
            let (now, all) = (terminal.modes(), *modes);
            if now | all == now {
                Want::On(all, name).to_string()
            } else if now.any(all) {
                format!("{name} in part")
            } else {
                Want::Off(all, name).to_string()
            }
        }
    }
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen(text) => f.write_str(&screen_words(text)),
            Self::Cursor(row, col) => write!(f, "cursor {row};{col}"),
            Self::NoCursor => f.write_str("no cursor"),
            Self::Shape(shape, blinking) => f.write_str(&shape_words(*shape, *blinking)),
            Self::Style(row, col, "") => write!(f, "cell {row};{col} plain"),
            Self::Style(row, col, words) => write!(f, "cell {row};{col} {words}"),
            Self::Reply(bytes) => f.write_str(&reply_words(bytes)),
            Self::ReplyStarts(bytes) => write!(f, "an answer that begins with `{bytes}`"),
            Self::Title(title) => write!(f, "title {title}"),
            Self::Bell => f.write_str("the bell rings"),
            Self::Clipboard(text) => f.write_str(&clipboard_words(*text)),
            Self::History(lines) => write!(f, "history {lines}"),
            Self::Link(uri) => f.write_str(&or_none("link", *uri)),
            Self::Directory(path) => f.write_str(&or_none("directory", *path)),
            Self::Ran(commands) => write!(f, "commands: {commands}"),
            Self::AtPrompt(true) => f.write_str("at a prompt"),
            Self::AtPrompt(false) => f.write_str("at no prompt"),
            Self::On(_, name) => write!(f, "{name} on"),
            Self::Off(_, name) => write!(f, "{name} off"),
        }
    }
}

/// Rows apart by `↵`, blanks as `·`, so that both can be seen.
pub(crate) fn screen_words(text: &str) -> String {
    if text.is_empty() {
        return "an empty screen".to_owned();
    }
    format!("`{}`", text.replace(' ', "·").replace('\n', "↵"))
}

fn reply_words(bytes: &str) -> String {
    if bytes.is_empty() {
        return "no answer".to_owned();
    }
    format!("answer `{bytes}`")
}

fn clipboard_words(text: Option<&str>) -> String {
    text.map_or_else(
        || "the clipboard is left alone".to_owned(),
        |text| format!("clipboard {text}"),
    )
}

fn or_none(what: &str, text: Option<&str>) -> String {
    text.map_or_else(|| format!("no {what}"), |text| format!("{what} {text}"))
}

/// Commands that ended: `make → 2`, apart by commas; `?` for a status that was not told.
fn ran_words(ran: &[Ran]) -> String {
    let words = ran.iter().map(|ran| {
        let status = ran
            .status
            .map_or_else(|| "?".to_owned(), |status| status.to_string());
        format!("{} → {status}", ran.text)
    });
    words.collect::<Vec<_>>().join(", ")
}

fn shape_words(shape: CursorShape, blinking: bool) -> String {
    let blinking = if blinking { "blinking" } else { "steady" };
    format!("{blinking} {shape:?}").to_lowercase()
}

/// A style in words; `plain` for none.
pub(crate) fn style_words(style: Style) -> String {
    let mut words = String::new();
    for (name, set) in [
        ("bold", style.bold),
        ("dim", style.dim),
        ("italic", style.italic),
        ("inverse", style.inverse),
        ("hidden", style.hidden),
        ("strike", style.strike),
    ] {
        if set {
            write!(words, " {name}").unwrap();
        }
    }
    if style.underline != Underline::None {
        write!(words, " underline {:?}", style.underline).unwrap();
    }
    for (name, colour) in [
        ("fg", style.fg),
        ("bg", style.bg),
        ("line", style.underline_colour),
    ] {
        match colour {
            Colour::Default => {}
            Colour::Indexed(index) => write!(words, " {name} {index}").unwrap(),
            Colour::Rgb(r, g, b) => write!(words, " {name} #{r:02x}{g:02x}{b:02x}").unwrap(),
        }
    }
    if words.is_empty() {
        return "plain".to_owned();
    }
    words.trim_start().to_lowercase()
}

/// The bytes of a text in which `\e` is ESC, `\r \n \t \b \a` what they are in C, `\xNN` a byte and `\\` a backslash.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let byte = match rest.next() {
            Some('e') => 0x1b,
            Some('r') => b'\r',
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('b') => 0x08,
            Some('a') => 0x07,
            Some('\\') => b'\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16).expect("two hexadecimal digits")
            }
            other => panic!("{text}: no escape {other:?}"),
        };
        out.push(byte);
    }
    out
}

/// The other way round.
fn notation(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            0x1b => out.push_str(r"\e"),
            0x07 => out.push_str(r"\a"),
            b'\\' => out.push_str(r"\\"),
            b' '..=b'~' => out.push(char::from(*byte)),
            other => write!(out, r"\x{other:02x}").unwrap(),
        }
    }
    out
}

#[test]
fn the_notation_is_read_and_written() {
    assert_eq!(
        bytes(r"a\e[\r\n\t\b\a\\\x9bé"),
        b"a\x1b[\r\n\t\x08\x07\\\x9b\xc3\xa9"
    );
    assert_eq!(notation(b"\x1b]0;\\\x07\x90"), r"\e]0;\\\a\x90");
}

#[test]
fn a_case_can_fail_and_a_difference_that_is_mended_is_told() {
    let good = || case("", "ab").screen("ab").at(1, 3);
    assert_eq!(good().check(), Ok(()));
    assert!(case("", "ab").screen("ax").check().is_err());
    assert!(case("", "ab").at(1, 1).check().is_err());
    assert!(case("", r"\e[c").reply("").check().is_err());
    assert!(case("", r"\e[1ma").style("").check().is_err());
    assert!(good().differs("", &[Want::Screen("ab")]).check().is_err());
    let known = case("", "ab")
        .screen("ax")
        .differs("", &[Want::Screen("ab")]);
    assert_eq!(known.check(), Ok(()));
}
