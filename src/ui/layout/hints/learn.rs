//! The hints of the lessons.

use crate::app::Model;
use crate::app::action::Action;
use crate::app::keymap::Focus;
use crate::app::learn::{Help, LabState, Learn, Open};
use crate::app::learn_action::LearnAction;

/// Which hints stand in the status line, most useful first.
pub(super) fn hinted(focus: Focus) -> &'static [(Action, &'static str)] {
    match focus {
        Focus::Lessons => &[
            (Action::Accept, "open"),
            (Action::Learn(LearnAction::Certificate), "what is done"),
            (Action::Learn(LearnAction::Reset), "begin anew"),
            (Action::Palette, "commands"),
            (Action::Help, "help"),
            (Action::Back, "quit"),
        ],
        Focus::LessonAnswer => &[(Action::Accept, "give it"), (Action::Back, "close")],
        Focus::LessonShell => &[(
            Action::Learn(LearnAction::Turn),
            "to the lesson: hint, answer, scrolling; other keys are your shell's",
        )],
        Focus::LessonEnded => &[
            (Action::Learn(LearnAction::Shell), "new shell"),
            (Action::Learn(LearnAction::Turn), "to the lesson"),
            (Action::Help, "help"),
        ],
        _ => &[
            (Action::Accept, "answer"),
            (Action::Learn(LearnAction::Turn), "to your shell"),
            (Action::Learn(LearnAction::Hint), "hint"),
            (Action::Learn(LearnAction::Answer), "how it is done"),
            (Action::Learn(LearnAction::Next), "next"),
            (Action::Learn(LearnAction::Copy), "copy"),
            (Action::Learn(LearnAction::List), "lessons"),
            (Action::Help, "help"),
            (Action::Quit, "leave"),
            (Action::Learn(LearnAction::LargePanel), "larger"),
        ],
    }
}

/// The words of a hint as things stand; none where it would promise what cannot be done now.
pub(super) fn words(
    model: &Model,
    focus: Focus,
    action: Action,
    words: &'static str,
) -> Option<&'static str> {
    let Some(learn) = model.learn.as_ref() else {
        return Some(words);
    };
    match (focus, action) {
        (Focus::Lessons, Action::Back) if learn.open.is_some() => Some("back to the lesson"),
        (Focus::Lessons, Action::Accept) if learn.lessons.is_empty() => None,
        (Focus::Lesson, action) => {
            let open = learn.in_sight()?;
            in_text(learn, open, action, words)
        }
        _ => Some(words),
    }
}

fn in_text(
    learn: &Learn,
    open: &Open,
    action: Action,
    words: &'static str,
) -> Option<&'static str> {
    let helps = learn.step().is_some() && open.looked.is_none();
    let ready = matches!(open.lab, LabState::Ready(_));
    match action {
        Action::Accept => match open.lab {
            LabState::Failed(_) => Some("try again"),
            LabState::Choosing => Some("choose"),
            LabState::Ready(_) if open.no_shell.is_some() => Some("new shell"),
            LabState::Ready(_) if learn.is_done() => Some("next lesson"),
            LabState::Ready(_) if helps && learn.step()?.question.is_some() => Some(words),
            _ => None,
        },
        Action::Learn(LearnAction::Turn) => open.shell.is_some().then_some(words),
        Action::Learn(LearnAction::Hint) => (helps && open.help == Help::None).then_some(words),
        Action::Learn(LearnAction::Answer) => (helps && open.help == Help::Hint).then_some(words),
        Action::Learn(LearnAction::Next) => open.looked.is_some().then_some(words),
        Action::Learn(LearnAction::Copy) => (ready && !learn.is_done()).then_some(words),
        Action::Learn(LearnAction::LargePanel) if open.large.is_some() => Some("smaller"),
        _ => Some(words),
    }
}
