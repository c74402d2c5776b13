//! Text in blocks, each of which can be chosen: what both sides of the entrypoint pane are made of.

use unicode_width::UnicodeWidthChar as _;

use crate::app::text::width;

/// What a piece of text is, for its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What the eye should find.
    Strong,
    /// What explains it.
    Muted,
    /// Names of rows.
    Name,
    /// Lines of the tree.
    Rule,
    /// What is well.
    Good,
    /// What may fail.
    Waiting,
    /// What fails.
    Bad,
    /// What to do.
    Accent,
}

/// A piece of a line.
pub type Piece = (Ink, String);
/// A line of a screen.
pub type Line = Vec<Piece>;

/// Lines that belong together and are chosen together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    /// At least one.
    pub lines: Vec<Line>,
    /// A file that they tell of, by its absolute path in the target.
    pub path: Option<String>,
}

/// `pieces` broken at spaces into lines of at most `columns` columns: `lead` begins the first, `hang` the others.
pub fn wrap(pieces: &[Piece], lead: &[Piece], hang: &[Piece], columns: usize) -> Vec<Line> {
    let used = |start: &[Piece]| start.iter().map(|(_, text)| width(text)).sum::<usize>();
    // Where little is left, a line holds at least some of the text.
    let columns = columns.max(used(lead).max(used(hang)) + 8);
    let mut writer = Writer {
        lines: Vec::new(),
        line: lead.to_vec(),
        used: used(lead),
        fresh: true,
        columns,
        hang: hang.to_vec(),
        hangs: used(hang),
    };
    // A word may go on in the next piece: what is not parted by a blank stays together.
    let mut word: Line = Vec::new();
    for (ink, text) in pieces {
        for (n, part) in text.split(' ').enumerate() {
            if n > 0 {
                writer.word(&std::mem::take(&mut word));
                writer.space(*ink);
            }
            if !part.is_empty() {
                word.push((*ink, part.to_owned()));
            }
        }
    }
    writer.word(&word);
    writer.lines.push(writer.line);
    writer.lines
}

struct Writer {
    lines: Vec<Line>,
    line: Line,
    used: usize,
    /// Nothing but its beginning stands in the line.
    fresh: bool,
    columns: usize,
    hang: Line,
    hangs: usize,
}

impl Writer {
    fn put(&mut self, ink: Ink, text: &str) {
        self.used += width(text);
        match self.line.last_mut() {
            Some((last, more)) if *last == ink && !self.fresh => more.push_str(text),
            Some(_) | None => self.line.push((ink, text.to_owned())),
        }
        self.fresh = false;
    }

    fn turn(&mut self) {
        let line = std::mem::replace(&mut self.line, self.hang.clone());
        self.lines.push(line);
        self.used = self.hangs;
        self.fresh = true;
    }

    fn space(&mut self, ink: Ink) {
        if !self.fresh && self.used < self.columns {
            self.put(ink, " ");
        }
    }

    fn word(&mut self, word: &[Piece]) {
        let wide: usize = word.iter().map(|(_, text)| width(text)).sum();
        let alone = self.columns.saturating_sub(self.hangs);
        // What fits into no line is broken where it stands.
        if !self.fresh && self.used + wide > self.columns && wide <= alone {
            self.turn();
        }
        for (ink, text) in word {
            for c in text.chars() {
                if self.used + c.width().unwrap_or(0) > self.columns {
                    self.turn();
                }
                self.put(*ink, c.encode_utf8(&mut [0; 4]));
            }
        }
    }
}

/// Which block is chosen, and which line is the first in sight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    /// Number of the chosen block.
    pub at: usize,
    /// Number of the first line in sight.
    pub top: usize,
}

impl List {
    /// One block up or down. A block that does not fit the view is read to its end first.
    pub fn step(&mut self, down: bool, blocks: &[Block], rows: usize) {
        let (from, to) = span(blocks, self.at);
        let rows = rows.max(1);
        if down && to > self.top + rows && from < self.top + rows {
            self.top += 1;
        } else if !down && from < self.top && to > self.top {
            self.top -= 1;
        } else if down {
            self.choose(self.at + 1, blocks, rows);
        } else {
            self.choose(self.at.saturating_sub(1), blocks, rows);
        }
    }

    /// Chooses a block and brings it into view, its beginning at least.
    pub fn choose(&mut self, at: usize, blocks: &[Block], rows: usize) {
        self.at = at.min(blocks.len().saturating_sub(1));
        let (from, to) = span(blocks, self.at);
        if to > self.top + rows {
            self.top = to.saturating_sub(rows);
        }
        self.top = self.top.min(from);
    }

    /// Moves the view by lines; the chosen block follows into it.
    pub fn scroll(&mut self, by: isize, blocks: &[Block], rows: usize) {
        self.show(self.top.saturating_add_signed(by), blocks, rows);
    }

    /// Puts the view at a line; the chosen block follows into it.
    pub fn show(&mut self, top: usize, blocks: &[Block], rows: usize) {
        self.top = top.min(lines(blocks).saturating_sub(rows));
        let (from, to) = span(blocks, self.at);
        if to <= self.top {
            self.at = block_of(blocks, self.top).unwrap_or(self.at);
        } else if from >= self.top + rows {
            self.at = block_of(blocks, self.top + rows.saturating_sub(1)).unwrap_or(self.at);
        }
    }

    /// Keeps within blocks that have changed, or a view that has.
    pub fn fit(&mut self, blocks: &[Block], rows: usize) {
        self.at = self.at.min(blocks.len().saturating_sub(1));
        self.top = self.top.min(lines(blocks).saturating_sub(rows));
    }
}

/// Lines of all blocks.
pub fn lines(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.lines.len()).sum()
}

/// First line of a block, and the one after its last.
pub fn span(blocks: &[Block], at: usize) -> (usize, usize) {
    let from = blocks.iter().take(at).map(|block| block.lines.len()).sum();
    let own = blocks.get(at).map_or(0, |block| block.lines.len());
    (from, from + own)
}

/// Number of the block to which a line belongs.
pub fn block_of(blocks: &[Block], line: usize) -> Option<usize> {
    let mut end = 0;
    blocks.iter().position(|block| {
        end += block.lines.len();
        line < end
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        let line = |line: &Line| line.iter().map(|(_, text)| text.as_str()).collect();
        lines.iter().map(line).collect()
    }

    fn blocks(heights: &[usize]) -> Vec<Block> {
        let line = vec![(Ink::Muted, "x".to_owned())];
        let block = |n: &usize| Block {
            lines: vec![line.clone(); *n],
            path: None,
        };
        heights.iter().map(block).collect()
    }

    #[test]
    fn text_is_broken_at_spaces_behind_its_lead() {
        let lead = [(Ink::Rule, "├ ".to_owned())];
        let hang = [(Ink::Rule, "│ ".to_owned())];
        let pieces = [
            (Ink::Strong, "/usr/bin/web".to_owned()),
            (Ink::Muted, " static ELF".to_owned()),
        ];
        assert_eq!(
            text(&wrap(&pieces, &lead, &hang, 20)),
            ["├ /usr/bin/web ", "│ static ELF"],
        );
        let var = [
            (Ink::Strong, "PATH=".to_owned()),
            (Ink::Muted, "/usr/local/bin:/usr/bin".to_owned()),
            (Ink::Name, "  set".to_owned()),
        ];
        assert_eq!(
            text(&wrap(&var, &lead, &hang, 20)),
            ["├ PATH=/usr/local/bi", "│ n:/usr/bin  set"],
            "one word"
        );
        let long = [(Ink::Strong, "漢字".repeat(6))];
        for line in text(&wrap(&long, &lead, &hang, 12)) {
            assert!(width(&line) <= 12, "{line}");
        }
        assert_eq!(text(&wrap(&[], &lead, &hang, 20)), ["├ "]);
    }

    #[test]
    fn a_block_that_is_higher_than_the_view_is_read_before_the_next() {
        let all = blocks(&[2, 6, 1]);
        let mut list = List::default();
        list.step(true, &all, 4);
        assert_eq!(list, List { at: 1, top: 2 }, "its beginning");
        list.step(true, &all, 4);
        list.step(true, &all, 4);
        assert_eq!(list, List { at: 1, top: 4 }, "its end");
        list.step(true, &all, 4);
        assert_eq!(list, List { at: 2, top: 5 });
        list.step(false, &all, 4);
        assert_eq!(list, List { at: 1, top: 2 });
        list.step(false, &all, 4);
        assert_eq!(list, List { at: 0, top: 0 });
        list.step(false, &all, 4);
        assert_eq!(list, List { at: 0, top: 0 });
    }

    #[test]
    fn what_is_chosen_follows_the_view() {
        let all = blocks(&[1; 20]);
        let mut list = List::default();
        list.scroll(5, &all, 4);
        assert_eq!(list, List { at: 5, top: 5 });
        list.scroll(100, &all, 4);
        assert_eq!(list, List { at: 16, top: 16 });
        list.choose(99, &all, 4);
        list.scroll(-100, &all, 4);
        assert_eq!(list, List { at: 3, top: 0 });
        list.fit(&blocks(&[1, 1]), 4);
        assert_eq!(list, List { at: 1, top: 0 });
        list.fit(&[], 4);
        assert_eq!(list, List { at: 0, top: 0 });
    }
}
