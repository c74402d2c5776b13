//! What is told of files, and what follows from it: directories, pieces, how a copy goes and ends.

use super::files_perform::{self, ask, ask_all, ask_view, open, pane};
use super::panes::files::News;
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::files::{Answer, Ask, Root, names, parent};

/// What was told of files.
pub(super) fn told(model: &mut Model, task: TaskId, news: News) -> Vec<Effect> {
    let text = model.laid.file;
    let Some(pane) = pane(model) else {
        model.quiet = true;
        return Vec::new();
    };
    match news {
        News::Copied(done) => {
            match &mut pane.carry {
                Some(carry) if carry.task == task => carry.done = done,
                Some(_) | None => model.quiet = true,
            }
            Vec::new()
        }
        News::Carried(result) => {
            if pane.carry.as_ref().is_some_and(|carry| carry.task == task) {
                pane.carry = None;
            }
            carried(model, result)
        }
        News::Streamed(streamed) => {
            if pane.task == Some(task) {
                pane.streams(streamed);
            } else {
                model.quiet = true;
            }
            Vec::new()
        }
        News::Answered(asked, result) => {
            if pane.task != Some(task) {
                model.quiet = true;
                return Vec::new();
            }
            pane.awaited.retain(|ask| *ask != asked);
            let size = (text.width.into(), text.height.into());
            answered(model, &asked, result, size)
        }
    }
}

fn carried(model: &mut Model, result: Result<String>) -> Vec<Effect> {
    match result {
        Ok(text) => {
            let mut effects = model.toasts.say(Tone::Good, &text, None);
            if let Some(pane) = files_perform::pane(model)
                && pane.root() == Root::Twin
            {
                let (root, dir) = (pane.root(), pane.dir().to_owned());
                effects.extend(ask(pane, Ask::List { root, dir }, false));
            }
            effects
        }
        Err(error) if error.kind == ErrorKind::Cancelled => {
            let text = "copying was given up; what had come is removed";
            model.toasts.say(Tone::News, text, None)
        }
        Err(error) => model.toasts.error(&error),
    }
}

fn answered(
    model: &mut Model,
    asked: &Ask,
    result: Result<Box<Answer>>,
    (columns, rows): (usize, usize),
) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let answer = match result {
        Ok(answer) => *answer,
        Err(error) => return refused(model, asked, error),
    };
    match (asked, answer) {
        (Ask::List { root, dir }, Answer::Listed(listing)) => {
            model.quiet = !pane.listed(*root, dir, listing);
            Vec::new()
        }
        (Ask::List { root, dir }, Answer::IsFile(path, entry)) => {
            if *root != pane.root() || dir != pane.dir() {
                return Vec::new();
            }
            // A link led to a file: its directory stays in sight.
            if !pane.stay() {
                pane.go_to(parent(&path).to_owned(), Some(entry.name.clone()));
            }
            if let Some(why) = entry.kind.unreadable() {
                let text = format!("{} {why}", names::shown(&path));
                return model.toasts.say(Tone::News, &text, None);
            }
            let mut effects = open(model, path, entry);
            if files_perform::pane(model).is_some_and(|pane| pane.listing().is_none()) {
                effects.extend(ask_all(model, false));
            }
            effects
        }
        (asked, answer) => {
            let (Some(view), Some(path)) = (pane.view_mut(), path_of(asked)) else {
                return Vec::new();
            };
            if view.path != path {
                return Vec::new();
            }
            match answer {
                Answer::Piece(piece) if view.root == asked.root() => {
                    view.came(piece, columns, rows);
                }
                Answer::Elf(elf) if view.root == asked.root() => view.elf = Some(elf),
                Answer::Diff(content) => view.diff = Some(content),
                Answer::Piece(_) | Answer::Elf(_) | Answer::Listed(_) | Answer::IsFile(..) => {}
            }
            ask_view(pane)
        }
    }
}

fn path_of(ask: &Ask) -> Option<&str> {
    match ask {
        Ask::List { .. } => None,
        Ask::Piece { path, .. } | Ask::Elf { path, .. } | Ask::Diff { path, .. } => Some(path),
    }
}

fn refused(model: &mut Model, asked: &Ask, error: Error) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    if let Ask::List { root, dir } = asked {
        let known = pane.listing().is_some() && *root == pane.root() && dir == pane.dir();
        // Where a directory is known, it stays in sight.
        if known && pane.stay() {
            return model.toasts.error(&error);
        }
        model.quiet = !pane.refused(*root, dir, error);
        return Vec::new();
    }
    if let (Some(view), Some(path)) = (pane.view_mut(), path_of(asked))
        && view.path == path
    {
        view.error = Some(error);
    }
    Vec::new()
}
