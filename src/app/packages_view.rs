//! What layout and drawing ask of the packages pane that more than the pane decides: settings, keys, the twin. Nothing
//! here changes anything.

use super::Model;
use super::action::Action;
use super::joined::Joined;
use super::keymap::Focus;
use super::packages_action::PackagesAction;
use super::panes::entrypoint::blocks::{Ink, Line};
use super::panes::packages::found::Standing;
use super::panes::packages::{details, words};
use super::popup::{Confirm, InstalledChoice};
use super::text::clean;
use crate::domain::packages::names::{Toolkit, toolkits};
use crate::domain::packages::remembered::family_of;

/// What is worth a line of its own above the list.
pub fn package_note(model: &Model, joined: &Joined) -> Option<(Ink, String)> {
    let pane = &joined.packages;
    let stock = pane.shelf.stock()?;
    if joined.shells.main().has_ended() {
        let text = "✗ the twin has ended: nothing can be installed or removed any more";
        return Some((Ink::Bad, text.to_owned()));
    }
    if let Some(doing) = pane.shelf.doing() {
        return Some((Ink::Waiting, format!("◌ {doing}")));
    }
    if let Some(trouble) = stock
        .troubles
        .first()
        .filter(|_| !stock.catalogue.is_empty())
    {
        let again = package_key(model, PackagesAction::Refresh);
        let text = format!("! {} · {again} tries again", clean(&trouble.meaning));
        return Some((Ink::Waiting, text));
    }
    let last = last_time(model);
    (!last.is_empty()).then(|| {
        let again = package_key(model, PackagesAction::Again);
        let names = words::names(last.iter().map(String::as_str), 6);
        let text = format!("↻ {again} installs again what you had last time: {names}");
        (Ink::Accent, text)
    })
}

/// The key of an action of the pane, in words.
pub fn package_key(model: &Model, action: PackagesAction) -> String {
    let key = model
        .settings
        .keymap
        .key(Focus::Packages, Action::Packages(action));
    key.map_or_else(|| "the palette".to_owned(), |key| key.to_string())
}

/// The toolkits of the twin's manager, the person's own among them; none while nothing is known.
pub fn kits(model: &Model) -> Vec<Toolkit> {
    let stock = model
        .joined
        .as_ref()
        .and_then(|joined| joined.packages.shelf.stock());
    stock.map_or_else(Vec::new, |stock| {
        toolkits(stock.manager.id(), &model.settings.toolkits)
    })
}

/// What was installed last time beside an image of this family, and is not there now.
pub fn last_time(model: &Model) -> Vec<String> {
    let Some(joined) = &model.joined else {
        return Vec::new();
    };
    let Some(stock) = joined.packages.shelf.stock() else {
        return Vec::new();
    };
    let family = family_of(&joined.attached.twin.plan.image);
    let names = model.settings.remembered.names(family, stock.manager.id());
    let wanted = |name: &&String| {
        !stock.installed.packages.contains_key(*name) && stock.catalogue.get(name).is_some()
    };
    names.iter().filter(wanted).cloned().collect()
}

/// What can become of installed packages; of anything else only the way back.
pub fn installed_choices(model: &Model, names: &[String]) -> Vec<InstalledChoice> {
    let joined = model.joined.as_ref();
    let Some(stock) = joined.and_then(|joined| joined.packages.shelf.stock()) else {
        return vec![InstalledChoice::Back];
    };
    let here = |name: &String| stock.installed.packages.contains_key(name);
    let mut known = names.iter().filter_map(|name| stock.catalogue.get(name));
    let mut choices = Vec::new();
    if known.any(|package| matches!(Standing::of(&package, stock), Standing::Older(_))) {
        choices.push(InstalledChoice::Upgrade);
    }
    if names.iter().any(here) {
        choices.push(InstalledChoice::Remove);
    }
    choices.push(InstalledChoice::Back);
    choices
}

/// What the popup before a change says, in lines of at most `columns` columns.
pub fn confirm_lines(model: &Model, confirm: &Confirm, columns: usize) -> Vec<Line> {
    let joined = model.joined.as_ref();
    let twin = joined.map(|joined| joined.attached.twin.plan.name.as_str());
    details::confirm(
        &confirm.trial,
        twin.unwrap_or_default(),
        &model.settings.docker,
        columns,
    )
}
