//! Replicas at work: one runs in a tab, the search runs many, and each asks first what it must not decide.

use super::panes::Pane;
use super::panes::shell::Shell;
use super::popup::Popup;
use super::replica_action::ReplicaAction;
use super::replica_popup::{ReplicaPopup, Row, next_mounts};
use super::replicas::{SearchEnd, Searching};
use super::shell_perform::copy_text;
use super::toast::Tone;
use super::{Effect, Model, TaskId};
use crate::domain::bisect::{Bisected, Consent, Trial};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::replay::Ending;
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::{Base, Edits, writable};
use crate::domain::run::argv_text;

/// Does what the person asked about replicas.
pub(super) fn perform(model: &mut Model, action: ReplicaAction) -> Vec<Effect> {
    match action {
        ReplicaAction::Again => again(model),
        ReplicaAction::Bisect => ask_to_search(model),
    }
}

/// The replica of the tab in sight once more, else the last one, else one that differs in nothing.
fn again(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let shown = joined.shells.focused().replica();
    let shown = shown.filter(|_| joined.pane == Pane::Shell);
    let edits = shown.or(joined.replicas.last.as_ref()).cloned();
    let edits = edits.unwrap_or_else(|| Edits {
        mounts: joined.replicas.volumes.unwrap_or_default(),
        ..Edits::default()
    });
    ask_about_volumes(model, edits)
}

/// Runs a replica, after a question when nobody has said what replicas get of volumes that can be written to.
fn ask_about_volumes(model: &mut Model, edits: Edits) -> Vec<Effect> {
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let asks =
        joined.replicas.volumes.is_none() && writable(&joined.attached.target).next().is_some();
    if asks {
        joined.replicas.pending = Some(edits);
        let popup = ReplicaPopup::Volumes(0);
        model.popups.push(Popup::Replica(Box::new(popup)));
        return Vec::new();
    }
    run(model, edits)
}

/// Runs a replica in a tab; in that of the replica in sight when it has ended.
pub(super) fn run(model: &mut Model, edits: Edits) -> Vec<Effect> {
    let (size, scrollback) = (model.shell_size(), model.settings.scrollback);
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    let old = joined.shells.focused();
    let ended = (old.replica().is_some() && old.has_ended()).then(|| old.id());
    let refused = if joined.shells.main().has_ended() {
        Some((
            "the twin has ended",
            "a new twin can run a replica beside it",
        ))
    } else if ended.is_none() && joined.shells.is_full(false) {
        Some(("there is no room for another shell", "close one first"))
    } else {
        None
    };
    if let Some((text, hint)) = refused {
        let error = Error::new(ErrorKind::Usage, text).hint(hint);
        return model.toasts.error(&error);
    }
    let shell = model.numbers.shell();
    let label = label(&edits, &joined.attached.target.config);
    let new = Shell::new(shell, size, scrollback)
        .running(&label)
        .of_replica(edits.clone());
    joined.shells.add(new, ended.is_some());
    joined.show(Pane::Shell);
    joined.replicas.last = Some(edits.clone());
    let mut effects = vec![Effect::Replay {
        shell,
        twin: joined.twin().clone(),
        target: joined.target().clone(),
        edits: Box::new(edits),
        size,
    }];
    if let Some(ended) = ended {
        joined.shells.remove(ended);
        effects.push(Effect::CloseShell(ended));
    }
    effects
}

/// The command for its tab: what it is, the program without its folder, and the arguments.
fn label(edits: &Edits, config: &crate::domain::target::Config) -> String {
    let own = || [config.entrypoint.clone(), config.cmd.clone()].concat();
    let mut argv = edits.argv.clone().unwrap_or_else(own);
    if let Some(program) = argv.first_mut() {
        let name = program.rsplit('/').next().unwrap_or_default().to_owned();
        *program = name;
    }
    format!("replica {}", argv_text(&argv))
}

/// Asks before a search; one that is on its way is shown.
fn ask_to_search(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let runs = joined.replicas.search.as_ref().is_some_and(Searching::runs);
    let popup = if runs {
        ReplicaPopup::Search(0)
    } else if Ending::of(&joined.attached.target.state) == Some(Ending::Lives)
        && joined.attached.target.state.restart_count == 0
    {
        let error = Error::new(ErrorKind::Usage, format!("{} runs", joined.name))
            .hint("a search finds why a container fails; this one does not");
        return model.toasts.error(&error);
    } else {
        ReplicaPopup::Consent {
            network: false,
            mounts: joined.replicas.volumes.unwrap_or_default(),
            at: 0,
        }
    };
    model.popups.push(Popup::Replica(Box::new(popup)));
    Vec::new()
}

/// Enter, or a click, on a row of a popup, which is taken off.
pub(super) fn accept(model: &mut Model, popup: Box<ReplicaPopup>) -> Vec<Effect> {
    let row = popup.rows().get(popup.at()).map(|(.., row)| *row);
    match row {
        Some(row) => chosen(model, popup, row),
        // The search goes on behind its popup.
        None => Vec::new(),
    }
}

/// A key in a popup, which is on top.
pub(super) fn key(model: &mut Model, key: char) -> Vec<Effect> {
    let Some(Popup::Replica(popup)) = model.popups.last() else {
        return Vec::new();
    };
    let row = popup.rows().into_iter().find(|(typed, ..)| *typed == key);
    if let Some((.., row)) = row
        && let Some(Popup::Replica(popup)) = model.popups.pop()
    {
        return chosen(model, popup, row);
    }
    let report = searching(model).and_then(|s| s.report());
    match (model.popups.last(), report, key) {
        (Some(Popup::Replica(popup)), Some(report), 'y')
            if matches!(**popup, ReplicaPopup::Search(_)) =>
        {
            copy_text(model, report)
        }
        (..) => {
            model.quiet = true;
            Vec::new()
        }
    }
}

fn chosen(model: &mut Model, mut popup: Box<ReplicaPopup>, row: Row) -> Vec<Effect> {
    match (row, popup.as_mut()) {
        (Row::Volumes(mounts), _) => {
            let joined = model.joined.as_mut();
            let pending = joined.and_then(|joined| {
                joined.replicas.volumes = Some(mounts);
                joined.replicas.pending.take()
            });
            match pending {
                Some(edits) => run(model, Edits { mounts, ..edits }),
                None => Vec::new(),
            }
        }
        (
            Row::Begin,
            ReplicaPopup::Consent {
                network, mounts, ..
            },
        ) => {
            let consent = Consent {
                network: *network,
                mounts: *mounts,
                base: Base::Image,
            };
            search(model, consent)
        }
        (Row::TurnNetwork, ReplicaPopup::Consent { network, at, .. }) => {
            (*network, *at) = (!*network, 1);
            model.popups.push(Popup::Replica(popup));
            Vec::new()
        }
        (Row::TurnVolumes, ReplicaPopup::Consent { mounts, at, .. }) => {
            (*mounts, *at) = (next_mounts(*mounts), 2);
            model.popups.push(Popup::Replica(popup));
            Vec::new()
        }
        (Row::Back, _) => closed(model, &popup),
        (Row::Begin | Row::TurnNetwork | Row::TurnVolumes, _) => Vec::new(),
    }
}

fn search(model: &mut Model, consent: Consent) -> Vec<Effect> {
    let task = model.numbers.task();
    let Some(joined) = &mut model.joined else {
        return Vec::new();
    };
    joined.replicas.search = Some(Searching::new(task));
    let effect = Effect::Bisect {
        task,
        target: joined.target().clone(),
        dev: joined.attached.twin.plan.image.clone(),
        consent,
    };
    let popup = ReplicaPopup::Search(0);
    model.popups.push(Popup::Replica(Box::new(popup)));
    vec![effect]
}

/// Esc on a popup, which is gone. A search that goes on is given up by it.
pub(super) fn closed(model: &mut Model, popup: &ReplicaPopup) -> Vec<Effect> {
    match popup {
        ReplicaPopup::Volumes(_) => {
            if let Some(joined) = &mut model.joined {
                joined.replicas.pending = None;
            }
            Vec::new()
        }
        ReplicaPopup::Consent { .. } => Vec::new(),
        ReplicaPopup::Search(_) => give_up(model),
    }
}

fn give_up(model: &mut Model) -> Vec<Effect> {
    let Some(searching) = searching(model).filter(|s| s.runs()) else {
        return Vec::new();
    };
    searching.end = Some(SearchEnd::GivenUp);
    let mut effects = vec![Effect::Cancel(searching.task)];
    let hint = "what it ran is removed";
    effects.extend(
        model
            .toasts
            .say(Tone::News, "the search was given up", Some(hint)),
    );
    effects
}

/// The search beside a target that is left is given up: nobody would see what it finds.
pub(super) fn abandon(model: &Model) -> Option<Effect> {
    let search = model.joined.as_ref()?.replicas.search.as_ref()?;
    search.runs().then_some(Effect::Cancel(search.task))
}

fn searching(model: &mut Model) -> Option<&mut Searching> {
    model.joined.as_mut()?.replicas.search.as_mut()
}

/// The search of that number, while it goes on.
fn of(model: &mut Model, task: TaskId) -> Option<&mut Searching> {
    let searching = searching(model);
    searching.filter(|s| s.task == task && s.runs())
}

/// The search runs a replica.
pub(super) fn trying(model: &mut Model, task: TaskId, what: &str) -> Vec<Effect> {
    match of(model, task) {
        Some(searching) => searching.trying = Some(what.to_owned()),
        None => model.quiet = true,
    }
    Vec::new()
}

/// That replica ended.
pub(super) fn tried(model: &mut Model, task: TaskId, trial: Trial) -> Vec<Effect> {
    match of(model, task) {
        Some(searching) => {
            searching.trying = None;
            searching.trials.push(trial);
        }
        None => model.quiet = true,
    }
    Vec::new()
}

/// The search ended. Whoever does not look at it is told.
pub(super) fn bisected(
    model: &mut Model,
    task: TaskId,
    result: Result<Box<Bisected>>,
) -> Vec<Effect> {
    let Some(searching) = of(model, task) else {
        model.quiet = true;
        return Vec::new();
    };
    let (tone, words) = match result {
        Ok(report) => {
            let words = report.words.first().cloned().unwrap_or_default();
            let tone = if report.is_found() {
                Tone::Good
            } else {
                Tone::News
            };
            searching.trials.clone_from(&report.trials);
            searching.end = Some(SearchEnd::Told(report));
            (tone, words)
        }
        Err(error) => {
            let words = error.message.clone();
            searching.end = Some(SearchEnd::Failed(error.message, error.hint));
            (Tone::Bad, words)
        }
    };
    let is_shown = |popup: &Popup| {
        let Popup::Replica(popup) = popup else {
            return false;
        };
        matches!(**popup, ReplicaPopup::Search(_))
    };
    if model.popups.iter().any(is_shown) {
        return Vec::new();
    }
    model.toasts.say(tone, &words, None)
}

/// The person said in the form what replicas get of the volumes.
pub(super) fn said(model: &mut Model, mounts: Mounts) {
    if let Some(joined) = &mut model.joined {
        joined.replicas.volumes = Some(mounts);
    }
}
