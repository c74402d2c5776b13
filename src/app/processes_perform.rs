//! What follows from an action on the processes pane, and from what is told of the processes of the target.

use super::panes::Pane;
use super::panes::entrypoint::Move;
use super::panes::processes::{Part, Processes, details};
use super::popup::{Popup, SendChoice, Sending};
use super::processes_action::ProcessesAction;
use super::shell_perform::copy_text;
use super::text::clean;
use super::toast::Tone;
use super::{Effect, Model, stats_perform, watch};
use crate::domain::look::{Look, Vantage};
use crate::domain::process::{Details, Listing, SIGNALS};
use crate::domain::target::Event;
use crate::domain::text::{bounded, line};

/// Most characters of a process's name in a question.
const NAME: usize = 40;

/// Does what the person asked of the pane.
pub(super) fn perform(model: &mut Model, action: ProcessesAction) -> Vec<Effect> {
    match action {
        ProcessesAction::Signal => signal(model),
        ProcessesAction::All => all(model),
        ProcessesAction::OtherPart => other_part(model),
        ProcessesAction::Look => watch::again(model),
        ProcessesAction::Reveal => reveal(model),
        ProcessesAction::CopyCommand => copy_command(model),
    }
}

fn pane(model: &mut Model) -> Option<&mut Processes> {
    model.joined.as_mut().map(|joined| &mut joined.processes)
}

/// Brings the pane into sight; what it shows is asked for in [`entered`].
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        joined.show(Pane::Processes);
    }
    Vec::new()
}

/// The pane has come into sight: begins to watch. The watch ends when the pane goes out of sight.
pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    if let Some(joined) = &mut model.joined {
        let vantage = Vantage::of(&joined.attached.twin.plan, &joined.attached.target);
        joined.processes.seen = vantage.processes;
        if joined.is_explorer() {
            joined.processes.show_all();
        }
    }
    let mut effects = watch::begin(model);
    effects.extend(stats_perform::begin(model));
    effects
}

/// Something happened to the target while the pane is in sight.
pub(super) fn event(model: &mut Model, event: &Event) -> Vec<Effect> {
    let mut effects = stats_perform::event(model, event);
    if matches!(event.action.as_str(), "start" | "die" | "pause" | "unpause") {
        effects.extend(watch::again(model));
    }
    effects
}

/// Moves within the part that has the keys.
pub(super) fn go(model: &mut Model, by: Move) -> Vec<Effect> {
    match pane(model).map(|pane| pane.part()) {
        Some(Part::List) => go_list(model, by),
        Some(Part::Details) => go_details(model, by),
        None => Vec::new(),
    }
}

/// Moves within the tree.
pub(super) fn go_list(model: &mut Model, by: Move) -> Vec<Effect> {
    let rows = model.laid.processes.height.into();
    let other = pane(model).is_some_and(|pane| pane.go(by, rows));
    if other { ask(model) } else { Vec::new() }
}

/// Moves within the details.
pub(super) fn go_details(model: &mut Model, by: Move) -> Vec<Effect> {
    let area = model.laid.process;
    if let Some(pane) = pane(model) {
        let lines = details::lines(pane, area.width.into()).len();
        pane.go_details(by, lines, area.height.into());
    }
    Vec::new()
}

/// A click gives a part the keys, and moves within it.
pub(super) fn point(model: &mut Model, part: Part, by: Move) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        pane.turn_to(part);
    }
    match part {
        Part::List => go_list(model, by),
        Part::Details => go_details(model, by),
    }
}

/// Asks for what is known of the chosen process: of one at a time, however fast a person moves.
fn ask(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let Some(pid) = pane.chosen().map(|p| p.pid) else {
        return Vec::new();
    };
    if pane.watch.awaits_process() {
        return Vec::new();
    }
    pane.watch.ask(Look::Process { pid })
}

/// New processes came.
pub(super) fn listed(model: &mut Model, listing: Listing) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        pane.listed(listing);
    }
    ask(model)
}

/// What is known of a process came; another one may be chosen by now.
pub(super) fn detailed(model: &mut Model, pid: u32, details: Option<Box<Details>>) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    let ended = details.is_none();
    if pane.detailed(details) || pane.chosen().is_none_or(|p| p.pid == pid && !ended) {
        return Vec::new();
    }
    if ended {
        return watch::again(model);
    }
    ask(model)
}

fn all(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    pane.turn_all();
    let other = pane.details().is_none();
    // Of the host's only the target's were asked for.
    let mut effects = watch::again(model);
    if other {
        effects.extend(ask(model));
    }
    effects
}

fn other_part(model: &mut Model) -> Vec<Effect> {
    if let Some(pane) = pane(model) {
        pane.turn_to(match pane.part() {
            Part::List => Part::Details,
            Part::Details => Part::List,
        });
    }
    Vec::new()
}

fn reveal(model: &mut Model) -> Vec<Effect> {
    let Some(pane) = pane(model) else {
        return Vec::new();
    };
    pane.turn_reveal();
    if !pane.is_revealed() {
        return Vec::new();
    }
    let hint = "until you leave this pane";
    model
        .toasts
        .say(Tone::News, "secrets are shown", Some(hint))
}

fn copy_command(model: &mut Model) -> Vec<Effect> {
    let process = pane(model).and_then(|pane| pane.chosen());
    if let Some(text) = process.map(|p| line(&p.argv)).filter(|l| !l.is_empty()) {
        return copy_text(model, text);
    }
    let text = "this process has no command to copy";
    model.toasts.say(Tone::News, text, None)
}

/// Opens the choice of a signal.
fn signal(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let Some(process) = joined.processes.chosen() else {
        let text = "no process is chosen";
        return model.toasts.say(Tone::News, text, None);
    };
    let vantage = Vantage::of(&joined.attached.twin.plan, &joined.attached.target);
    let sending = Sending {
        pid: process.pid,
        start: process.start,
        name: bounded(&process.command(), NAME),
        main: vantage.main == Some(process.pid),
        owner: process.owner,
        signals: process.signals,
        signal: None,
    };
    model.popups.push(Popup::Signal(Box::new(sending), 0));
    Vec::new()
}

/// A row of the popup was chosen: the signal, or the answer to whether it is to be sent.
pub(super) fn chosen(model: &mut Model, mut sending: Box<Sending>, at: usize) -> Vec<Effect> {
    let Some(signal) = sending.signal else {
        sending.signal = SIGNALS.get(at).copied();
        model.popups.push(Popup::Signal(sending, SendChoice::SAFE));
        return Vec::new();
    };
    match SendChoice::ALL.get(at) {
        Some(SendChoice::Send) => {}
        Some(SendChoice::Back) | None => return Vec::new(),
    }
    let Sending { pid, start, .. } = *sending;
    let look = Look::Send { pid, start, signal };
    let effects = pane(model).map_or_else(Vec::new, |pane| pane.watch.ask(look));
    if effects.is_empty() {
        let text = "the signal was not sent: nothing looks at the processes now";
        return model
            .toasts
            .say(Tone::Bad, text, Some("look again, then send it"));
    }
    effects
}

/// The command that sends the signal by hand.
pub fn by_hand(model: &Model, sending: &Sending) -> Option<String> {
    let joined = model.joined.as_ref()?;
    let signal = sending.signal?.name;
    if sending.main {
        return Some(format!("docker kill --signal {signal} {}", joined.name));
    }
    let plan = &joined.attached.twin.plan;
    let shell = plan.argv.last().map_or("sh", String::as_str);
    let kill = format!("kill -s {signal} {}", sending.pid);
    let words = ["docker", "exec", "-u", "0", &plan.name, shell, "-c", &kill];
    Some(clean(&line(&words.map(str::to_owned))))
}
