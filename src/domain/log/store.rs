//! The lines of a log that are kept: bounded, numbered for good, with the places where runs began.

use std::collections::{BTreeMap, VecDeque};

use super::{Line, Moment, Run};

/// Lines that are kept.
const LINES: usize = 200_000;
/// Bytes of text that are kept.
const BYTES: usize = 64 * 1024 * 1024;
/// Runs that are kept.
const RUNS: usize = 10_000;

/// What is kept of a log. A line's number stays the same while older ones are dropped.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<Line>,
    bytes: usize,
    dropped: u64,
    /// When runs began, by the end of the one before.
    runs: BTreeMap<Moment, Moment>,
}

impl Log {
    /// The number of the oldest line that is kept: so many were dropped.
    pub fn first(&self) -> u64 {
        self.dropped
    }

    /// The number behind the newest line.
    pub fn end(&self) -> u64 {
        self.dropped + self.lines.len() as u64
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines are kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The line of that number.
    pub fn get(&self, number: u64) -> Option<&Line> {
        let at = number.checked_sub(self.dropped)?;
        self.lines.get(usize::try_from(at).ok()?)
    }

    /// All lines, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Line)> {
        let numbered = |(at, line)| (self.dropped + at as u64, line);
        self.lines.iter().enumerate().map(numbered)
    }

    /// When the newest line that has a time was printed.
    pub fn newest(&self) -> Option<Moment> {
        self.lines.iter().rev().find_map(|line| line.at)
    }

    /// Tells of runs of the container: before their lines are added.
    pub fn began(&mut self, runs: &[Run]) {
        self.runs
            .extend(runs.iter().map(|run| (run.after, run.began)));
        while self.runs.len() > RUNS {
            self.runs.pop_first();
        }
    }

    /// Adds lines, which are newer than all others; the oldest go when there are too many.
    pub fn add(&mut self, lines: Vec<Line>) {
        for mut line in lines {
            line.run = self.run_of(&line);
            self.bytes += line.text.len();
            self.lines.push_back(line);
            while self.lines.len() > LINES || self.bytes > BYTES {
                let Some(oldest) = self.lines.pop_front() else {
                    break;
                };
                self.bytes -= oldest.text.len();
                self.dropped += 1;
            }
        }
    }

    /// Forgets all lines; when runs began stays known.
    pub fn clear(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        *self = Self {
            runs,
            ..Self::default()
        };
    }

    /// The beginning of the run whose first line this is: between it and the line before. What stands before the oldest
    /// line is not known, so that it begins none.
    fn run_of(&self, line: &Line) -> Option<Moment> {
        // In this order: where no line has a time, looking for the newest that has one goes through all of them.
        let at = line.at?;
        let before = self.newest()?;
        if at <= before {
            return None;
        }
        let between = self.runs.range(before..at).next_back();
        between.map(|(_, began)| *began)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use super::*;

    fn line(at: i64, text: &str) -> Line {
        Line {
            at: Some(Moment(at)),
            stream: Stream::Out,
            text: text.into(),
            ..Line::default()
        }
    }

    fn runs(log: &Log) -> Vec<Option<i64>> {
        log.iter().map(|(_, line)| line.run.map(|m| m.0)).collect()
    }

    #[test]
    fn the_first_line_of_each_run_knows_when_it_began() {
        let mut log = Log::default();
        let run = |after, began| Run {
            began: Moment(began),
            after: Moment(after),
        };
        // The last one was told of after its first line was printed.
        log.began(&[run(5, 5), run(11, 20), run(22, 25), run(35, 42)]);
        log.add(vec![
            line(10, "of the first run"),
            line(11, "still"),
            line(30, "of the third: the second said nothing"),
            line(40, "printed before the engine told of the start"),
            line(41, "still"),
        ]);
        assert_eq!(runs(&log), [None, None, Some(25), Some(42), None]);
        assert_eq!(log.newest(), Some(Moment(41)));
    }

    #[test]
    fn lines_without_a_time_and_out_of_order_begin_no_run() {
        let mut log = Log::default();
        log.began(&[Run {
            began: Moment(20),
            after: Moment(20),
        }]);
        let timeless = Line::default();
        log.add(vec![
            line(30, "a"),
            timeless.clone(),
            line(10, "b"),
            timeless,
        ]);
        assert_eq!(runs(&log), [None; 4]);
    }

    #[test]
    fn numbers_stay_when_the_oldest_lines_are_dropped() {
        let mut log = Log::default();
        for n in 0..LINES.cast_signed() as i64 + 7 {
            log.add(vec![line(n, "x")]);
        }
        assert_eq!((log.first(), log.len()), (7, LINES));
        assert_eq!(log.get(6), None);
        assert_eq!(log.get(7).unwrap().at, Some(Moment(7)));
        assert_eq!(log.iter().next().unwrap().0, 7);
        assert_eq!(log.end(), LINES as u64 + 7);
        log.clear();
        assert_eq!((log.first(), log.end()), (0, 0));
    }

    #[test]
    fn text_is_bounded_in_bytes_too() {
        let mut log = Log::default();
        let quarter = "x".repeat(BYTES / 4);
        log.add((0..6).map(|n| line(n, &quarter)).collect());
        assert_eq!((log.first(), log.len()), (2, 4));
    }
}
