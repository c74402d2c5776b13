//! The signal that asks the program to end.

use super::Rule;
use super::kit::{Draft, FINE, Findings, base};
use super::signals::number;
use crate::domain::entrypoint::{Case, Severity};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "STOPSIGNAL",
    title: "The stop signal is not the one that the program was built for",
    how: "STOPSIGNAL of the container, the image, its history and the dev image beside each other.",
    check: stopsignal,
}];

/// What programs take for "finish what you are doing, then end", where it is not SIGTERM.
const GRACEFUL: [(&str, u32); 7] = [
    ("nginx", 3),
    ("php-fpm", 3),
    ("httpd", 28),
    ("apache2", 28),
    ("haproxy", 10),
    ("postgres", 2),
    ("uwsgi", 3),
];

fn stopsignal(case: &Case<'_, '_>) -> Findings {
    const TERM: u32 = 15;
    let now = case.config().stop_signal.as_deref();
    let signal = |given: Option<&str>| given.map_or(Some(TERM), number);
    let Some(image) = &case.facts.image else {
        return FINE;
    };
    let said = image.config.stop_signal.as_deref();
    let evidence = |who: &str, given: Option<&str>| match given {
        Some(given) => format!("{who} says STOPSIGNAL {given}"),
        None => format!("{who} sets none, which means SIGTERM"),
    };
    let draft = |severity, was: &str| {
        let meaning = format!(
            "The image was made to be stopped with {was}, and another signal is sent: it may reload or drop its work instead of ending in good order."
        );
        Draft::new("STOPSIGNAL", severity, &meaning).advise(format!(
            "STOPSIGNAL {was} in the Dockerfile, or docker run --stop-signal {was}"
        ))
    };
    if let Some(was) = said.filter(|_| signal(said) != signal(now)) {
        return draft(Severity::Warning, was)
            .see(evidence("the image", Some(was)))
            .see(evidence("the container", now))
            .done();
    }
    let history = case.look.history()?;
    if let Some((was, same)) = earlier(history).filter(|(was, _)| number(was) != signal(said)) {
        // Another program may want another signal; but one that is gone was lost.
        let severity = if same || said.is_none() {
            Severity::Warning
        } else {
            Severity::Note
        };
        return draft(severity, was)
            .see(format!("history: STOPSIGNAL {was}"))
            .see(evidence("the image", said))
            .done();
    }
    let Some(dev) = case.facts.dev.as_ref().filter(|dev| !dev.own) else {
        return FINE;
    };
    let program = |entrypoint: &[String]| entrypoint.first().map(|word| base(word).to_owned());
    let runs = program(&case.argv);
    let same = runs.is_some() && runs == program(&dev.config.entrypoint);
    let known = runs
        .as_deref()
        .and_then(|runs| GRACEFUL.iter().find(|(name, _)| *name == runs));
    let Some(was) = dev
        .config
        .stop_signal
        .as_deref()
        .filter(|was| number(was) != signal(said))
    else {
        return FINE;
    };
    let meant = known.is_none_or(|(_, graceful)| number(was) == Some(*graceful));
    let severity = if same && meant {
        Severity::Warning
    } else {
        Severity::Note
    };
    draft(severity, was)
        .see(format!("{} says STOPSIGNAL {was}", dev.reference))
        .see(evidence("the image", said))
        .done()
}

/// The first stop signal that the history sets, and whether no other program was set after it.
fn earlier(history: &[String]) -> Option<(&str, bool)> {
    let step = |step: &'_ str, verb: &str| -> Option<String> {
        let step = step
            .split_once("#(nop)")
            .map_or(step, |(_, rest)| rest)
            .trim();
        step.strip_prefix(verb).map(|rest| rest.trim().to_owned())
    };
    let at = history
        .iter()
        .position(|line| step(line, "STOPSIGNAL ").is_some())?;
    let given = history.get(at)?.trim().rsplit(' ').next()?;
    let same = !history
        .iter()
        .skip(at + 1)
        .any(|line| step(line, "ENTRYPOINT ").is_some());
    Some((given, same))
}
