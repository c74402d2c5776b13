//! What the screen of the lessons says, as rows.

use super::told::is_right;
use super::{Help, Learn, Open, Part};
use crate::app::markdown::{Row, Voice, behind, hung, rows, wrapped};
use crate::app::text::{clean, cut, width};
use crate::domain::lesson::{Lesson, Step};

/// Columns of an answer that is spoken of.
const GIVEN: usize = 40;

/// The rows of the panel, and where in them the question and help begin.
#[derive(Debug, Default)]
pub struct Panel {
    /// All rows.
    pub rows: Vec<Row>,
    /// The row of the step's title, where what was done before stands above it.
    pub title: Option<usize>,
    /// The row of the question.
    pub question: Option<usize>,
    /// The row of the hint's heading.
    pub hint: Option<usize>,
    /// The row of the answer's heading.
    pub answer: Option<usize>,
}

impl Panel {
    fn say(&mut self, voice: Voice, text: &str, columns: usize) {
        let said = wrapped(&vec![(voice, clean(text))], columns);
        self.rows.extend(said);
    }

    fn gap(&mut self) {
        if self.rows.last().is_some_and(|row| !row.is_empty()) {
            self.rows.push(Row::new());
        }
    }

    /// A text behind a sign, which stands before its first row.
    fn behind(&mut self, voice: Voice, sign: &str, text: &str, columns: usize) {
        let lines = rows(text, columns.saturating_sub(width(sign)));
        self.rows.extend(behind(voice, sign, lines));
    }

    /// The same of a plain text.
    fn hang(&mut self, voice: Voice, sign: &str, text: &str, columns: usize) {
        self.rows.extend(hung(voice, sign, text, columns));
    }
}

/// What the panel says of the open lesson, in rows of at most `columns` columns.
pub fn panel(learn: &Learn, columns: usize) -> Panel {
    let mut panel = Panel::default();
    let (Some(open), Some(lesson)) = (learn.in_sight(), learn.lesson()) else {
        return panel;
    };
    if let Some(error) = &learn.lost {
        panel.hang(Voice::Bad, "✗ ", error, columns);
        panel.gap();
    } else if let Some(error) = &open.blind {
        panel.hang(Voice::Bad, "✗ ", &error.message, columns);
        if let Some(hint) = &error.hint {
            panel.hang(Voice::Muted, "  ", hint, columns);
        }
        panel.gap();
    }
    match (learn.shown(), open.looked) {
        (Some((number, step)), Some(_)) => earlier(&mut panel, open, number, step, columns),
        (Some((_, step)), None) => under_way(&mut panel, learn, open, lesson, step, columns),
        (None, _) => all_done(&mut panel, learn, open, lesson, columns),
    }
    panel
}

/// A key of the text, as a person types it now.
fn typed(open: &Open, key: &str) -> String {
    match open.part {
        Part::Panel => key.to_owned(),
        Part::Shell => format!("F1, then {key}"),
    }
}

/// A step that is done already.
fn earlier(panel: &mut Panel, open: &Open, number: usize, step: &Step, columns: usize) {
    let names = open.names();
    panel.rows.extend(rows(&names.fill(&step.text), columns));
    panel.gap();
    panel.say(Voice::Heading, "How it is done", columns);
    panel.rows.extend(rows(&names.fill(&step.answer), columns));
    if let Some(done) = &step.done {
        panel.gap();
        panel.behind(Voice::Good, "✓ ", &names.fill(done), columns);
    }
    panel.gap();
    let words = format!("Step {} is done: n goes on.", number + 1);
    panel.say(Voice::Muted, &words, columns);
}

/// The step that was done just before: a line, and what was seen.
fn just_done(panel: &mut Panel, open: &Open, lesson: &Lesson, columns: usize) {
    let Some(number) = open.just_done else { return };
    let Some(step) = lesson.steps.get(number) else {
        return;
    };
    let words = format!("Done: {}", step.title);
    panel.hang(Voice::Good, "✓ ", &words, columns);
    if let Some(done) = &step.done {
        panel.rows.extend(rows(&open.names().fill(done), columns));
    }
}

fn under_way(
    panel: &mut Panel,
    learn: &Learn,
    open: &Open,
    lesson: &Lesson,
    step: &Step,
    columns: usize,
) {
    let names = open.names();
    if let Some(said) = &open.mistake {
        panel.behind(
            Voice::Careful,
            "! ",
            &format!("Careful: {}", names.fill(said)),
            columns,
        );
        panel.gap();
    }
    if let Some(number) = open.resumed {
        let steps = if number == 1 {
            "Step 1 is done from before".to_owned()
        } else {
            format!("Steps 1 to {number} are done from before")
        };
        let (before, key) = (typed(open, "p"), typed(open, "r"));
        let words = format!(
            "{steps}. The lab is a new one: what was made in the old one is not there. {before} shows the steps before, \
             to do again what this one needs; {key} begins anew."
        );
        panel.say(Voice::Muted, &words, columns);
        panel.gap();
    }
    if open.just_done.is_some() {
        just_done(panel, open, lesson, columns);
        let line = "─".repeat(columns.min(12));
        panel.rows.push(vec![(Voice::Muted, line)]);
        panel.title = Some(panel.rows.len());
        panel.say(Voice::Heading, &step.title, columns);
    }
    panel.rows.extend(rows(&names.fill(&step.text), columns));
    if let Some(question) = &step.question {
        panel.gap();
        panel.question = Some(panel.rows.len());
        panel.behind(Voice::Strong, "? ", &names.fill(question), columns);
        given(panel, learn, open, columns);
    }
    if open.help >= Help::Hint {
        panel.gap();
        panel.hint = Some(panel.rows.len());
        panel.say(Voice::Heading, "Hint", columns);
        panel.rows.extend(rows(&names.fill(&step.hint), columns));
    }
    if open.help >= Help::Answer {
        panel.gap();
        panel.answer = Some(panel.rows.len());
        panel.say(Voice::Heading, "How it is done", columns);
        panel.rows.extend(rows(&names.fill(&step.answer), columns));
    }
}

/// What became of the answer.
fn given(panel: &mut Panel, learn: &Learn, open: &Open, columns: usize) {
    let Some(given) = &open.given else {
        if open.line.is_none() {
            let words = format!("{} writes your answer.", typed(open, "Enter"));
            panel.hang(Voice::Muted, "  ", &words, columns);
        }
        return;
    };
    let given = cut(&clean(given), GIVEN);
    let (voice, sign, words) = match is_right(learn) {
        Some(true) => (
            Voice::Good,
            "✓ ",
            format!("“{given}” is right; there is more to do here."),
        ),
        Some(false) => (
            Voice::Careful,
            "✗ ",
            format!("“{given}” is not it. {} tries again.", typed(open, "Enter")),
        ),
        None => (Voice::Muted, "  ", format!("“{given}” is being looked at.")),
    };
    panel.hang(voice, sign, &words, columns);
}

/// The end of a lesson.
fn all_done(panel: &mut Panel, learn: &Learn, open: &Open, lesson: &Lesson, columns: usize) {
    just_done(panel, open, lesson, columns);
    panel.gap();
    panel.say(Voice::Heading, "✓ The lesson is done", columns);
    panel.rows.extend(rows(&lesson.goal, columns));
    panel.gap();
    for step in &lesson.steps {
        panel.hang(Voice::Good, "✓ ", &step.title, columns);
    }
    panel.gap();
    let next = learn.lessons.get(open.at + 1);
    let next = next.map(|next| format!("n: on to “{}”. ", next.title));
    let first = if open.part == Part::Shell {
        "F1 brings the keys here. "
    } else {
        ""
    };
    let words = format!(
        "{first}{}l: the list of lessons. c: what you have done so far. The lab stays for you to look around in, \
         until then.",
        next.unwrap_or_default()
    );
    panel.say(Voice::Muted, &words, columns);
}

/// How a lesson stands, for its row of the list: voice, sign, words.
pub fn state(learn: &Learn, lesson: &Lesson) -> (Voice, &'static str, String) {
    let standing = learn.standing(lesson);
    let count = lesson.steps.len();
    let under_way = standing.done > 0 && standing.done < count;
    let open = learn.open.as_ref().filter(|open| {
        let own = learn.lessons.get(open.at);
        own.is_some_and(|own| own.id == lesson.id)
    });
    let words = match (open, standing.finished) {
        (Some(open), _) if open.step < count => format!("open: step {} of {count}", open.step + 1),
        (_, finished) if under_way => {
            let again = if finished.is_some() {
                "done; again "
            } else {
                ""
            };
            format!("{again}step {} of {count}", standing.done + 1)
        }
        (_, Some(_)) => "done".into(),
        (_, None) => "new".into(),
    };
    if standing.finished.is_some() {
        (Voice::Good, "✓", words)
    } else if under_way || open.is_some() {
        (Voice::Strong, "◌", words)
    } else {
        (Voice::Muted, " ", words)
    }
}

/// What is said of the chosen lesson, in rows of at most `columns` columns.
pub fn details(learn: &Learn, columns: usize) -> Vec<Row> {
    let mut panel = Panel::default();
    let Some(lesson) = learn.lessons.get(learn.chosen) else {
        panel.say(Voice::Plain, "There is no lesson.", columns);
        return panel.rows;
    };
    panel.say(Voice::Strong, &lesson.title, columns);
    panel.rows.extend(rows(&lesson.goal, columns));
    panel.gap();
    let (voice, _, words) = state(learn, lesson);
    let count = lesson.steps.len();
    let steps = if count == 1 { "step" } else { "steps" };
    let length = format!("{count} {steps}, about {} minutes; {words}", lesson.minutes);
    panel.say(
        if voice == Voice::Strong {
            Voice::Plain
        } else {
            voice
        },
        &length,
        columns,
    );
    let missing = lesson.after.iter().filter_map(|id| {
        let before = learn.lessons.iter().find(|other| other.id == *id)?;
        let done = learn.standing(before).finished.is_some();
        (!done).then(|| format!("“{}”", before.title))
    });
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        let words = format!("It builds on {}, which is not done.", missing.join(" and "));
        panel.hang(Voice::Careful, "! ", &words, columns);
    }
    panel.rows
}

/// What was done so far, in rows of at most `columns` columns.
pub fn certificate(learn: &Learn, columns: usize) -> Vec<Row> {
    let mut panel = Panel::default();
    let finished = |lesson: &&Lesson| learn.standing(lesson).finished.is_some();
    let done = learn.lessons.iter().filter(finished).count();
    let all = learn.lessons.len();
    panel.say(
        Voice::Strong,
        &format!("{done} of {all} lessons done"),
        columns,
    );
    panel.gap();
    for lesson in &learn.lessons {
        let (voice, sign, words) = state(learn, lesson);
        let standing = learn.standing(lesson);
        let help = match (standing.hints, standing.answers) {
            (0, 0) => String::new(),
            (hints, 0) => format!(", hints: {hints}"),
            (hints, answers) => format!(", hints: {hints}, answers: {answers}"),
        };
        let text = format!("{} — {words}{help}", lesson.title);
        panel.hang(voice, &format!("{sign} "), &text, columns);
    }
    panel.gap();
    let hint = "devtwin learn --certificate prints this as markdown, with the dates.";
    panel.say(Voice::Muted, hint, columns);
    panel.rows
}
