//! What follows from a wish that concerns a target that fails: what is said, asked and done about it.

use super::failing_action::FailingAction;
use super::joined::Joined;
use super::popup::{Consent, ConsentChoice, Popup};
use super::text::{clean, wrap};
use super::toast::Tone;
use super::{Effect, Model, attach, files_carry};
use crate::domain::debt::{Debt, Owed, Paid};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::plan::Mode;
use crate::domain::target::ContainerId;
use crate::domain::triage::{Triage, triage};

/// Does what the person asked for.
pub(super) fn perform(model: &mut Model, action: FailingAction) -> Vec<Effect> {
    match action {
        FailingAction::Triage => show(model),
        FailingAction::Freeze => ask(model, true),
        FailingAction::LetGo => ask(model, false),
        FailingAction::Catch => attach::in_mode(model, Mode::Catch),
        FailingAction::Arena => attach::in_mode(model, Mode::Arena),
        FailingAction::StartTarget => start(model),
        FailingAction::Resume => resume(model),
    }
}

/// The container that a wish is about: the target beside us, else the selected one.
struct Subject {
    id: ContainerId,
    name: String,
    /// Its restart policy, when it is known.
    policy: Option<String>,
}

fn subject(model: &Model) -> Option<Subject> {
    if let Some(joined) = &model.joined {
        return Some(Subject {
            id: joined.target().clone(),
            name: joined.name.clone(),
            policy: Some(joined.attached.target.service.restart.clone()),
        });
    }
    let row = model.picker.selection()?;
    let looked = model.picker.look().of(&row.id);
    let target = looked.and_then(|(preview, _)| preview.target.as_ref().ok());
    Some(Subject {
        id: row.id.clone(),
        name: row.name.clone(),
        policy: target.map(|target| target.service.restart.clone()),
    })
}

fn refused(model: &mut Model, message: String, hint: &str) -> Vec<Effect> {
    let error = Error::new(ErrorKind::Usage, message).hint(hint);
    model.toasts.error(&error)
}

/// Opens the popup that says what happened; beside a target it is looked at anew.
fn show(model: &mut Model) -> Vec<Effect> {
    model.popups.push(Popup::Triage(0));
    look(model)
}

/// The target has changed: what is said of it in the popup "what happened" comes anew.
pub(super) fn follow(model: &Model) -> Vec<Effect> {
    match model.popups.last() {
        Some(Popup::Triage(_)) => look(model),
        Some(_) | None => Vec::new(),
    }
}

/// Asks what happened to the target beside us.
pub(super) fn look(model: &Model) -> Vec<Effect> {
    let ask = |joined: &Joined| Effect::Triage {
        target: joined.target().clone(),
        pace: joined.pace,
    };
    model.joined.as_ref().map(ask).into_iter().collect()
}

/// What happened, as far as it is known.
fn known(model: &Model) -> Option<Result<Triage>> {
    if let Some(joined) = &model.joined {
        return joined.triage.clone();
    }
    let row = model.picker.selection()?;
    let (preview, log) = model.picker.look().of(&row.id)?;
    let target = match &preview.target {
        Ok(target) => target,
        Err(error) => return Some(Err(error.clone())),
    };
    let log = log.as_deref().unwrap_or_default();
    let skip = log.len().saturating_sub(20);
    let last = log.get(skip..).unwrap_or_default();
    Some(Ok(triage(target, last, &model.picker.pace(&row.id))))
}

/// It was looked at. At the beginning of an arena it is said in short.
pub(super) fn triaged(
    model: &mut Model,
    id: &ContainerId,
    result: Result<Box<Triage>>,
) -> Vec<Effect> {
    let Some(joined) = model.joined.as_mut().filter(|j| j.target() == id) else {
        model.quiet = true;
        return Vec::new();
    };
    let first = joined.triage.is_none();
    let result = result.map(|triage| *triage);
    // What is known of a target stays known when it is removed.
    let gone = result
        .as_ref()
        .is_err_and(|error| error.kind == ErrorKind::NoTarget);
    if first || !gone {
        joined.triage = Some(result.clone());
    }
    let shown = matches!(model.popups.last(), Some(Popup::Triage(_)));
    let Ok(triage) = result else {
        return Vec::new();
    };
    if !first || shown {
        return Vec::new();
    }
    let leader = model.settings.leader;
    let key = model.settings.keymap.key(
        super::keymap::Focus::Leader,
        super::action::Action::Failing(FailingAction::Triage),
    );
    let more = match key {
        Some(key) => format!("{leader} {key} tells all that is known"),
        None => format!("{leader} and “what happened” tells all that is known"),
    };
    let hint = match triage.facts.first() {
        Some(fact) => format!("{}; {more}", clean(fact)),
        None => more,
    };
    model.toasts.say(Tone::News, &triage.headline, Some(&hint))
}

/// A line of the popup "what happened".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriageLine {
    /// What happened.
    Headline(String),
    /// What else is known.
    Fact(String),
    /// What stands over the lines that follow.
    Heading(&'static str),
    /// Words of the program, its health check or the engine.
    Text(String),
    /// An empty line.
    Gap,
}

/// The lines of the popup "what happened", wrapped to `columns`.
pub fn triage_lines(model: &Model, columns: usize) -> Vec<TriageLine> {
    let headline = |text: &str| {
        let lines = wrap(&clean(text), columns).into_iter();
        lines.map(TriageLine::Headline).collect::<Vec<_>>()
    };
    let removed = model.joined.as_ref().and_then(Joined::last_words);
    let mut lines: Vec<TriageLine> = removed.as_deref().map(headline).unwrap_or_default();
    let triage = match known(model) {
        None => {
            lines.push(TriageLine::Text("looking …".into()));
            return lines;
        }
        Some(Err(_)) if !lines.is_empty() => {
            let no_more = "The engine knows nothing more of it.";
            lines.push(TriageLine::Text(no_more.into()));
            return lines;
        }
        Some(Err(error)) => {
            let texts = wrap(&clean(&error.message), columns).into_iter();
            lines.extend(texts.map(TriageLine::Text));
            return lines;
        }
        Some(Ok(triage)) if lines.is_empty() => {
            lines = headline(&triage.headline);
            triage
        }
        Some(Ok(triage)) => triage,
    };
    for fact in &triage.facts {
        let wrapped = wrap(&clean(fact), columns.saturating_sub(2).max(1));
        lines.extend(wrapped.into_iter().enumerate().map(|(n, line)| {
            let lead = if n == 0 { "· " } else { "  " };
            TriageLine::Fact(format!("{lead}{line}"))
        }));
    }
    if let Some(offer) = triage.offer.as_ref().filter(|_| removed.is_none()) {
        let words = format!("→ {}: {}", offer.mode.word(), offer.reason);
        lines.push(TriageLine::Gap);
        lines.extend(wrap(&words, columns).into_iter().map(TriageLine::Fact));
    }
    let parts = [
        ("Health check, the newest first", &triage.health),
        ("Last lines of its log", &triage.log),
    ];
    for (heading, texts) in parts {
        if !texts.is_empty() {
            lines.push(TriageLine::Gap);
            lines.push(TriageLine::Heading(heading));
            let texts = texts.iter().flat_map(|text| wrap(&clean(text), columns));
            lines.extend(texts.map(TriageLine::Text));
        }
    }
    if triage.log.is_empty() {
        lines.push(TriageLine::Gap);
        lines.push(TriageLine::Text("It printed nothing.".into()));
    }
    lines
}

/// Opens the question before a target is changed, or says why it makes no sense.
fn ask(model: &mut Model, freeze: bool) -> Vec<Effect> {
    let Some(Subject { id, name, policy }) = subject(model) else {
        model.quiet = true;
        return Vec::new();
    };
    let owed = model.frozen.get(&id).cloned();
    let consent = match (freeze, owed) {
        (true, Some(_)) => {
            let hint = "“let go” gives its policy back and starts it again";
            return refused(model, format!("{name} is frozen already"), hint);
        }
        (true, None) if policy.as_deref() == Some("") => {
            let hint = "only a restart policy makes a loop";
            return refused(
                model,
                format!("{name} has no restart policy: nothing starts it again by itself"),
                hint,
            );
        }
        (true, None) => Consent::Freeze {
            target: id,
            name,
            policy,
        },
        (false, Some(debt)) => Consent::LetGo { name, debt },
        (false, None) => {
            let hint = "what devtwin did not freeze it does not let go";
            return refused(model, format!("{name} is not frozen"), hint);
        }
    };
    let popup = Popup::Consent(Box::new(consent), ConsentChoice::SAFE);
    model.popups.push(popup);
    Vec::new()
}

/// Acts on the answer.
pub(super) fn choose(model: &mut Model, choice: ConsentChoice, consent: Consent) -> Vec<Effect> {
    model.popups.clear();
    match (choice, consent) {
        (ConsentChoice::Back, _) => Vec::new(),
        (ConsentChoice::Do, Consent::Freeze { target, .. }) => vec![Effect::Freeze(target)],
        (ConsentChoice::Do, Consent::LetGo { debt, .. }) => vec![Effect::Pay {
            debt: Box::new(debt),
            start: true,
        }],
        (ConsentChoice::Do, Consent::Upload { twin, from, to, .. }) => {
            files_carry::upload(model, twin, from, to)
        }
    }
}

/// The loop was ended, or could not be.
pub(super) fn frozen(model: &mut Model, id: ContainerId, result: Result<Box<Debt>>) -> Vec<Effect> {
    let debt = match result {
        Ok(debt) => *debt,
        Err(error) => return model.toasts.error(&error),
    };
    let text = format!(
        "{} is frozen: its restart policy is “no” now",
        debt.target_name
    );
    let policy = match &debt.owed {
        Owed::Restart(policy) => policy.as_str(),
        Owed::Unpause => "",
    };
    let hint = format!(
        "it stays stopped after its next end; its policy “{policy}” comes back when you leave"
    );
    model.frozen.insert(id.clone(), debt);
    tell_joined(model);
    let mut effects = model.toasts.say(Tone::Good, &text, Some(&hint));
    effects.extend(news(model, id));
    effects
}

/// A debt was paid, or could not be; then it is still owed.
pub(super) fn paid(model: &mut Model, id: ContainerId, result: Result<Box<Paid>>) -> Vec<Effect> {
    let paid = match result {
        Ok(paid) => *paid,
        Err(error) => {
            let error = error.and_hint("devtwin clean undoes it, too");
            return model.toasts.error(&error);
        }
    };
    if model
        .frozen
        .get(&id)
        .is_some_and(|d| d.name() == paid.marker)
    {
        model.frozen.remove(&id);
    }
    let joined = model.joined.as_mut().filter(|j| *j.target() == id);
    let resumed = joined.is_some_and(|joined| joined.resumed(&paid.marker));
    tell_joined(model);
    // That it goes on is told when the engine tells it.
    if resumed && paid.restored && !paid.stopped {
        return news(model, id);
    }
    let text = format!("{}: {}", paid.target_name, paid.what);
    let hint = paid.stopped.then(|| {
        let name = &paid.target_name;
        format!("{name} is stopped; docker start {name} brings it back")
    });
    let mut effects = model.toasts.say(Tone::Good, &text, hint.as_deref());
    effects.extend(news(model, id));
    effects
}

/// The target was changed by us: what is shown of it comes anew.
fn news(model: &mut Model, id: ContainerId) -> Vec<Effect> {
    match &model.joined {
        Some(joined) if *joined.target() == id => vec![Effect::Inspect(id)],
        None if model.shows_list() => model.picker.changed(),
        Some(_) | None => Vec::new(),
    }
}

/// What is shown of the target beside us says whether it is frozen.
pub(super) fn tell_joined(model: &mut Model) {
    if let Some(joined) = &mut model.joined {
        joined.frozen = model.frozen.contains_key(joined.target());
    }
}

/// Pays what is owed to the target beside us: it is about to be left.
pub(super) fn settle(model: &Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let frozen = model.frozen.get(joined.target());
    let caught = joined.caught.as_ref().map(|caught| &caught.debt);
    let pay = |debt: &Debt| Effect::Pay {
        debt: Box::new(debt.clone()),
        start: false,
    };
    frozen.into_iter().chain(caught).map(pay).collect()
}

/// Lets the caught target go on.
fn resume(model: &mut Model) -> Vec<Effect> {
    let Some(joined) = &model.joined else {
        model.quiet = true;
        return Vec::new();
    };
    if let Some(caught) = &joined.caught {
        return vec![Effect::Pay {
            debt: Box::new(caught.debt.clone()),
            start: false,
        }];
    }
    let message = format!("{} was not caught: there is nothing to resume", joined.name);
    let hint = "“catch” waits for its next start and pauses it then";
    refused(model, message, hint)
}

/// Starts the target that a catch waits for: the key is the person's yes to that.
fn start(model: &mut Model) -> Vec<Effect> {
    let awaited = model
        .attaching
        .as_mut()
        .and_then(super::tasks::Attaching::start);
    model.quiet = awaited.is_none();
    awaited.map(Effect::StartTarget).into_iter().collect()
}
