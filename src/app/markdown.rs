//! Texts of lessons as rows for the screen: a part of markdown, wrapped by words.
//!
//! Headings, paragraphs, lists, quotes, code and emphasis are shown; of links text and address, of HTML its source. Everything
//! goes through [`clean`]: a lesson may come from anybody.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "most of markdown is left as it stands in the text"
)]

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthChar as _;

use super::text::{clean, cut, width};

/// Longest text that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// Deepest indent: what stands deeper stands there, too.
const DEEPEST: usize = 4;

/// How a piece of a row stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// As the text around it.
    Plain,
    /// A heading.
    Heading,
    /// Strong.
    Strong,
    /// Emphasised.
    Emphasis,
    /// Code within a sentence, or a command on a line of its own.
    Code,
    /// What can be overlooked: signs of lists and quotes, addresses.
    Muted,
    /// Good news.
    Good,
    /// A warning.
    Careful,
    /// What failed.
    Bad,
}

/// A row: its pieces from left to right.
pub type Row = Vec<(Voice, String)>;

/// `text` in rows of at most `columns` columns. Code blocks are not wrapped: their lines are cut with `…`.
pub fn rows(text: &str, columns: usize) -> Vec<Row> {
    let mut writer = Writer {
        columns: columns.max(8),
        ..Writer::default()
    };
    for event in Parser::new(bounded(text)) {
        writer.take(event);
    }
    writer.end_block();
    while writer.rows.last().is_some_and(Vec::is_empty) {
        writer.rows.pop();
    }
    writer.rows
}

/// The first code block of a text, without the line end behind it: what a person would copy.
pub fn code(text: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for event in Parser::new(bounded(text)) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => found = Some(String::new()),
            Event::End(TagEnd::CodeBlock) => break,
            Event::Text(text) => {
                if let Some(found) = &mut found {
                    found.push_str(&text);
                }
            }
            _ => {}
        }
    }
    let lines = found?.lines().map(clean).collect::<Vec<_>>().join("\n");
    Some(lines).filter(|lines| !lines.trim().is_empty())
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// `pieces` broken at blanks into rows of at most `columns` columns; a longer word is broken anywhere.
pub fn wrapped(pieces: &Row, columns: usize) -> Vec<Row> {
    let columns = columns.max(1);
    let (mut rows, mut row) = (Vec::new(), Row::new());
    let (mut used, mut blank) = (0, None);
    for (voice, word) in words(pieces) {
        let Some(word) = word else {
            blank = Some(voice);
            continue;
        };
        let wide: usize = word.iter().map(|(_, piece)| width(piece)).sum();
        let gap = usize::from(blank.is_some() && used > 0);
        if used > 0 && used + gap + wide > columns {
            rows.push(std::mem::take(&mut row));
            used = 0;
        } else if let Some(voice) = blank.filter(|_| used > 0) {
            push(&mut row, voice, ' ');
            used += 1;
        }
        blank = None;
        for (voice, c) in word
            .iter()
            .flat_map(|(v, t)| t.chars().map(move |c| (*v, c)))
        {
            let wide = c.width().unwrap_or(0);
            if used > 0 && used + wide > columns {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            push(&mut row, voice, c);
            used += wide;
        }
    }
    rows.push(row);
    rows
}

/// A plain text in rows of at most `columns` columns, behind a sign that stands before the first of them.
pub fn hung(voice: Voice, sign: &str, text: &str, columns: usize) -> Vec<Row> {
    let room = columns.saturating_sub(width(sign)).max(4);
    let lines = wrapped(&vec![(voice, clean(text))], room);
    behind(voice, sign, lines)
}

/// Rows behind a sign that stands before the first of them.
pub fn behind(voice: Voice, sign: &str, rows: Vec<Row>) -> Vec<Row> {
    let blank = " ".repeat(width(sign));
    let before = std::iter::once(sign.to_owned()).chain(std::iter::repeat(blank));
    let rows = rows.into_iter().zip(before);
    rows.map(|(row, sign)| [vec![(voice, sign)], row].concat())
        .collect()
}

/// The words of `pieces`, each of one or more pieces without a blank between them; none for blanks, with their voice.
fn words(pieces: &Row) -> Vec<(Voice, Option<Row>)> {
    let (mut found, mut word) = (Vec::new(), Row::new());
    for (voice, c) in pieces
        .iter()
        .flat_map(|(v, t)| t.chars().map(move |c| (*v, c)))
    {
        if c == ' ' {
            if !word.is_empty() {
                found.push((voice, Some(std::mem::take(&mut word))));
            }
            found.push((voice, None));
        } else {
            push(&mut word, voice, c);
        }
    }
    if !word.is_empty() {
        found.push((Voice::Plain, Some(word)));
    }
    found
}

fn push(row: &mut Row, voice: Voice, c: char) {
    match row.last_mut() {
        Some((last, text)) if *last == voice => text.push(c),
        Some(_) | None => row.push((voice, c.to_string())),
    }
}

/// What stands before the rows of a block that stands in another one.
#[derive(Debug)]
struct Indent {
    /// Before its first row, until that is written.
    first: Option<String>,
    /// Before the others.
    rest: String,
}

#[derive(Debug, Default)]
struct Writer {
    columns: usize,
    rows: Vec<Row>,
    /// The paragraph under way.
    pieces: Row,
    voices: Vec<Voice>,
    indents: Vec<Indent>,
    /// The numbers of the lists under way; none for bullets.
    lists: Vec<Option<u64>>,
    /// The code block under way.
    code: Option<String>,
    /// Address of the link under way, and the text that stands for it.
    link: Option<(String, String)>,
    /// A row is to stay free before what comes next.
    gap: bool,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.write(&text),
            },
            Event::Code(text) => self.write_as(Voice::Code, &text),
            Event::Html(text) | Event::InlineHtml(text) => self.write(text.trim_end()),
            Event::SoftBreak => self.write(" "),
            Event::HardBreak => {
                self.flush();
            }
            Event::Rule => {
                self.end_block();
                self.block();
                self.row(vec![(Voice::Muted, "─".repeat(3))]);
                self.gap = true;
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => self.write(&text),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.end_block();
                self.voices.push(Voice::Heading);
            }
            Tag::Paragraph => self.end_block(),
            Tag::Strong => self.voices.push(Voice::Strong),
            Tag::Emphasis => self.voices.push(Voice::Emphasis),
            Tag::BlockQuote(_) => {
                self.end_block();
                self.indent("│ ".into(), "│ ".into());
            }
            Tag::List(number) => {
                self.end_block();
                self.gap &= self.lists.is_empty();
                self.lists.push(number);
            }
            Tag::Item => {
                self.end_block();
                let sign = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    Some(None) | None => "• ".into(),
                };
                let rest = " ".repeat(width(&sign));
                self.indent(sign, rest);
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.code = Some(String::new());
            }
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.to_string(), String::new())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.voices.pop();
                self.end_block();
                self.gap = true;
            }
            TagEnd::Paragraph => {
                self.end_block();
                self.gap = true;
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.voices.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.indents.pop();
                self.gap = true;
            }
            TagEnd::Item => {
                self.end_block();
                // An item without a text has its sign all the same.
                if self.indents.last().is_some_and(|i| i.first.is_some()) {
                    self.row(Row::new());
                }
                self.indents.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap = true;
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.block();
                let columns = self.room();
                for line in code.lines() {
                    let line = cut(&clean(line), columns.saturating_sub(2));
                    self.row(vec![(Voice::Plain, "  ".into()), (Voice::Code, line)]);
                }
                self.gap = true;
            }
            TagEnd::Link => {
                if let Some((address, text)) = self.link.take()
                    && address != text
                {
                    self.write_as(Voice::Muted, &format!(" ({address})"));
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        let voice = self.voices.last().copied().unwrap_or(Voice::Plain);
        self.write_as(voice, text);
    }

    fn write_as(&mut self, voice: Voice, text: &str) {
        if let Some((_, shown)) = &mut self.link {
            shown.push_str(text);
        }
        self.pieces.push((voice, clean(text)));
    }

    fn indent(&mut self, first: String, rest: String) {
        self.block();
        self.indents.push(Indent {
            first: Some(first),
            rest,
        });
    }

    /// Columns that a row has behind its indent.
    fn room(&self) -> usize {
        let indent: usize = self.shown().map(|i| width(&i.rest)).sum();
        self.columns.saturating_sub(indent).max(4)
    }

    fn shown(&self) -> impl Iterator<Item = &Indent> {
        self.indents.iter().take(DEEPEST)
    }

    /// A block begins: the row before it stays free when it is to.
    fn block(&mut self) {
        if std::mem::take(&mut self.gap) && !self.rows.is_empty() {
            let signs = self.shown().map(|i| i.rest.as_str()).collect::<String>();
            let signs = signs.trim_end().to_owned();
            self.rows.push(if signs.is_empty() {
                Row::new()
            } else {
                vec![(Voice::Muted, signs)]
            });
        }
    }

    /// Writes what stands in the paragraph so far.
    fn flush(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        for row in wrapped(&pieces, self.room()) {
            self.row(row);
        }
    }

    /// The paragraph under way is over, if there is one.
    fn end_block(&mut self) {
        if self.pieces.iter().all(|(_, text)| text.trim().is_empty()) {
            self.pieces.clear();
            return;
        }
        self.block();
        self.flush();
    }

    fn row(&mut self, row: Row) {
        let mut signs = String::new();
        for indent in self.indents.iter_mut().take(DEEPEST) {
            let sign = indent.first.take();
            signs.push_str(&sign.unwrap_or_else(|| indent.rest.clone()));
        }
        let mut whole = Row::new();
        if !signs.is_empty() {
            whole.push((Voice::Muted, signs));
        }
        whole.extend(row);
        self.rows.push(whole);
    }
}

#[cfg(test)]
mod tests;
