//! What is said of the chosen package, and of what Enter would do.

use super::Packages;
use super::found::{Row, Standing};
use super::trial::{Answer, Trial};
use super::words::{by_hand, count, field, hung, name, names, step, summary, troubles, weight};
use crate::app::panes::entrypoint::blocks::{Ink, Line, wrap};
use crate::app::text::{bytes, clean};
use crate::domain::call::Call;
use crate::domain::packages::{Doing, PackageManager, Step, Stock, Verb};

/// Names of what is needed and provided that are shown.
const NAMES: usize = 24;
/// Packages that are the manager itself, or what it works with.
const MANAGERS: [&str; 7] = ["apk-tools", "apt", "dpkg", "dnf", "dnf5", "microdnf", "rpm"];

/// The lines, of at most `columns` columns; empty while nothing is chosen. Of a twin that is not `alive` they do not
/// say what Enter would do: nothing.
pub fn lines(pane: &Packages, alive: bool, columns: usize) -> Vec<Line> {
    let Some((row, stock)) = pane.chosen() else {
        return Vec::new();
    };
    let mut lines = head(row, columns);
    if alive {
        lines.extend(enter(pane, row, stock.manager, columns));
    }
    lines.extend(facts(row, stock, columns));
    lines
}

fn head(row: &Row, columns: usize) -> Vec<Line> {
    let mut first = vec![
        (Ink::Strong, name(&row.name)),
        (Ink::Muted, format!(" {}", name(&row.version))),
    ];
    let (ink, words) = match &row.standing {
        Standing::Absent => (Ink::Muted, String::new()),
        Standing::Here(version) if *version == row.version => (Ink::Good, "● installed".to_owned()),
        Standing::Here(version) => (Ink::Good, format!("● installed: {}", name(version))),
        Standing::Older(version) => {
            let words = format!("↑ installed: {}", name(version));
            (Ink::Waiting, words)
        }
        Standing::Broken(why) => (Ink::Bad, format!("✗ not wholly installed: {why}")),
    };
    first.push((ink, format!("  {words}").trim_end().to_owned()));
    let mut lines = wrap(&first, &[], &[], columns);
    if !row.about.is_empty() {
        lines.extend(hung(Ink::Muted, "", Ink::Muted, &row.about, columns));
    }
    if let Some(why) = &row.why {
        lines.extend(field("found", &[(Ink::Accent, clean(why))], columns));
    }
    lines
}

/// What Enter does.
fn enter(pane: &Packages, row: &Row, manager: &dyn PackageManager, columns: usize) -> Vec<Line> {
    let say = |ink: Ink, text: &str| field("Enter", &[(ink, clean(text))], columns);
    let marked = pane.found.marks().len();
    let Some(trial) = &pane.trial else {
        let text = match &row.standing {
            _ if marked > 0 => "asks what becomes of what is marked: all of it is there".to_owned(),
            Standing::Here(_) | Standing::Broken(_) => "asks what becomes of it".to_owned(),
            Standing::Absent | Standing::Older(_) => {
                "no manager can be given such a name".to_owned()
            }
        };
        return say(Ink::Muted, &text);
    };
    let verb = match (trial.change().verb, marked) {
        (Verb::Install, 0) => "installs it".to_owned(),
        (Verb::Install, _) => {
            let names = trial.change().names.iter().map(String::as_str);
            format!("installs {}", super::words::names(names, 6))
        }
        (Verb::Upgrade, _) => "brings it up to date, or removes it".to_owned(),
        (Verb::Remove, _) => "removes it".to_owned(),
    };
    match trial.answer() {
        Answer::Resting => say(Ink::Strong, &verb),
        Answer::Asked(_) => {
            let text = format!("{verb} … asking {} what comes with it", manager.id());
            say(Ink::Strong, &text)
        }
        Answer::Failed(error) => say(
            Ink::Strong,
            &format!("{verb}; what comes with it is not known: {}", error.message),
        ),
        Answer::Here(told) if told.is_hindered() => {
            let (_, done) = super::words::verb(trial.change().verb);
            let mut lines = say(Ink::Bad, &format!("it cannot be {done} now"));
            lines.extend(troubles(&told.troubles, columns));
            lines
        }
        Answer::Here(told) if told.steps.is_empty() => {
            say(Ink::Muted, &format!("{verb}: there is nothing to do"))
        }
        // The size stands below.
        Answer::Here(told) if trial.change().verb == Verb::Install && told.steps.len() == 1 => {
            say(Ink::Strong, &format!("{verb}; nothing comes with it"))
        }
        Answer::Here(told) => say(Ink::Strong, &format!("{verb}; {}", summary(told))),
    }
}

fn facts(row: &Row, stock: &Stock, columns: usize) -> Vec<Line> {
    let package = &row.package;
    let mut lines = Vec::new();
    let sizes: Vec<String> = [
        (package.download, "to download"),
        (package.size, "on the disk"),
    ]
    .into_iter()
    .filter(|(size, _)| *size > 0)
    .map(|(size, words)| format!("{} {words}", bytes(size)))
    .collect();
    if !sizes.is_empty() {
        let sizes = [(Ink::Strong, sizes.join(", "))];
        lines.extend(field("size", &sizes, columns));
    }
    if !package.license.is_empty() {
        let license = [(Ink::Strong, clean(&package.license))];
        lines.extend(field("licence", &license, columns));
    }
    if let Some(here) = stock.installed.packages.get(&package.name) {
        let why = if here.explicit {
            "asked for by name"
        } else {
            "came with another package"
        };
        lines.extend(field("installed", &[(Ink::Muted, why.to_owned())], columns));
    }
    for (label, all) in [("needs", &package.depends), ("provides", &package.provides)] {
        if !all.is_empty() {
            let text = names(all.iter().map(String::as_str), NAMES);
            lines.extend(field(label, &[(Ink::Muted, text)], columns));
        }
    }
    lines
}

/// What a change would do in the twin of that name, for the popup before it is made.
pub fn confirm(trial: &Trial, twin: &str, docker: &Call, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let plain = |text: &str| hung(Ink::Muted, "", Ink::Muted, text, columns);
    match trial.answer() {
        Answer::Resting | Answer::Asked(_) => {
            lines.extend(plain("◌ asking what it would do; nothing is changed …"));
        }
        Answer::Failed(error) => {
            lines.extend(hung(Ink::Bad, "✗ ", Ink::Strong, &error.message, columns));
            if let Some(hint) = &error.hint {
                lines.extend(hung(Ink::Accent, "→ ", Ink::Accent, hint, columns));
            }
        }
        Answer::Here(told) if told.is_hindered() => {
            lines.extend(troubles(&told.troubles, columns));
        }
        Answer::Here(told) if told.steps.is_empty() => {
            let already = told.change.verb.already();
            lines.extend(plain(&format!("There is nothing to do: {already}.")));
        }
        Answer::Here(told) => {
            // Of many packages the end is out of sight: what counts stands first.
            let all = count(told.steps.len());
            let all = weight(told).map_or(all.clone(), |weight| format!("{all}: {weight}"));
            lines.extend(hung(Ink::Strong, "", Ink::Strong, &all, columns));
            if let Some(line) = by_hand(twin, &told.line) {
                let line = docker.line(&line);
                lines.extend(hung(Ink::Muted, "$ ", Ink::Accent, &line, columns));
            }
            lines.extend(plain("In the twin only: the target stays as it is."));
            let own = |step: &&Step| {
                step.doing == Doing::Remove && MANAGERS.contains(&step.name.as_str())
            };
            if let Some(own) = told.steps.iter().find(own) {
                let text = format!("without {} nothing more can be installed here", own.name);
                lines.extend(hung(Ink::Bad, "! ", Ink::Bad, &text, columns));
            }
            lines.push(Vec::new());
            let along: Vec<_> = told.along().collect();
            let asked = told.steps.iter().filter(|step| !along.contains(step));
            lines.extend(asked.map(step));
            if !along.is_empty() && along.len() < told.steps.len() {
                lines.extend(plain("and with it"));
            }
            lines.extend(along.into_iter().map(step));
        }
    }
    lines
}
