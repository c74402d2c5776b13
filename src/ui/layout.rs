//! Pure geometry: where each thing stands on a screen of a given size. Drawing and the mouse read the
//! same places, so that a click hits what is seen.

mod browse;
pub mod compare;
pub mod entrypoint;
pub mod files;
mod hints;
pub mod learn;
pub mod logs;
pub mod network;
pub mod packages;
pub mod processes;
pub mod recipe;
pub mod shells;
mod steps;
pub mod tabs;

use ratatui::layout::Rect;

use self::compare::ComparePlaces;
use self::entrypoint::EntrypointPlaces;
use self::files::FilesPlaces;
use self::learn::LearnPlaces;
use self::logs::LogPlaces;
use self::network::NetworkPlaces;
use self::packages::PackagesPlaces;
use self::processes::ProcessesPlaces;
use self::recipe::RecipePlaces;
use self::shells::ShellPlaces;
use super::popups;
use super::toasts;
use crate::app::action::Action;
use crate::app::keymap::Focus;
use crate::app::panes::Pane;
use crate::app::panes::entrypoint::Side;
use crate::app::shell_action::ShellAction;
use crate::app::{Hit, Laid, Model};

/// Least size on which the screen makes sense.
pub const LEAST: (u16, u16) = (40, 9);

/// Where each part of the screen stands; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The first row: who is joined to whom.
    pub header: Rect,
    /// The tab bar, or the picker's filter.
    pub bar: Rect,
    /// A line that says what is wrong with the engine.
    pub banner: Rect,
    /// Titles of the list's columns.
    pub heads: Rect,
    /// Rows of the list.
    pub list: Rect,
    /// The preview with its heading.
    pub preview: Rect,
    /// What the shells share.
    pub shell: Rect,
    /// Where each of them stands.
    pub shells: ShellPlaces,
    /// Where the parts of the packages pane stand.
    pub packages: PackagesPlaces,
    /// Where the parts of the entrypoint pane stand.
    pub entrypoint: EntrypointPlaces,
    /// Where the parts of the processes pane stand.
    pub processes: ProcessesPlaces,
    /// Where the parts of the network pane stand.
    pub network: NetworkPlaces,
    /// Where the parts of the compare pane stand.
    pub compare: ComparePlaces,
    /// Where the parts of the files pane stand.
    pub files: FilesPlaces,
    /// Where the parts of the recipe pane stand.
    pub recipe: RecipePlaces,
    /// Where the parts of a lesson stand.
    pub learn: LearnPlaces,
    /// Where the parts of the logs pane stand.
    pub logs: LogPlaces,
    /// What is said over the shells when the twin has ended.
    pub ended: Rect,
    /// The last row.
    pub status: Rect,
    /// The tabs, each with its pane and its label.
    pub tabs: Vec<(Rect, Pane, String)>,
    /// Hints of the status line: place, key, words, action.
    pub hints: Vec<(Rect, String, &'static str, Action)>,
    /// The equivalent docker command.
    pub equivalent: Rect,
    /// The topmost popup.
    pub popup: Option<popups::Place>,
    /// The toasts, oldest first.
    pub toasts: Vec<Rect>,
}

/// Whether the screen is too small to show anything sensible.
pub fn is_too_small(area: Rect) -> bool {
    area.width < LEAST.0 || area.height < LEAST.1
}

fn row(area: Rect, y: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(y),
        height: 1,
        ..area
    }
    .intersection(area)
}

/// The places on a screen of that size.
pub fn places(model: &Model, area: Rect) -> Places {
    let mut places = if model.is_zoomed() {
        Places {
            shell: area,
            status: row(area, area.height),
            ..Places::default()
        }
    } else {
        Places {
            header: row(area, 0),
            bar: row(area, 1),
            status: row(area, area.height.saturating_sub(1)),
            shell: Rect {
                y: area.y.saturating_add(2),
                height: area.height.saturating_sub(3),
                ..area
            }
            .intersection(area),
            ..Places::default()
        }
    };
    if model.steps.is_some() && model.joined.is_none() {
        steps::place(model, &mut places);
    } else if let (Some(all), None) = (&model.learn, &model.joined) {
        learn::place(all, &mut places);
    } else {
        list_places(model, &mut places);
    }
    if let Some(joined) = &model.joined {
        places.shells = shells::grids(&joined.shells, places.shell, model.is_zoomed());
        match joined.pane {
            Pane::Shell => {}
            Pane::Processes => places.processes = processes::places(joined, places.shell),
            Pane::Network => places.network = network::places(places.shell),
            Pane::Compare => places.compare = compare::places(joined, places.shell),
            Pane::Files => places.files = files::places(model, places.shell),
            Pane::Recipe => places.recipe = recipe::places(joined, places.shell),
            Pane::Logs => places.logs = logs::places(&joined.logs, places.shell),
            Pane::Packages => places.packages = packages::places(model, joined, places.shell),
            Pane::Entrypoint => places.entrypoint = entrypoint::places(joined, places.shell),
        }
        tabs::place(joined, &mut places);
        if model.focus() == Focus::Ended {
            places.ended = shells::foot(places.shell);
            places.shells.ended.clear();
        }
    }
    hints::place(model, &mut places);
    places.popup = popups::place(model, area);
    // What is said of an ended shell is what its person needs next, and a line under edit too: nothing lies over them.
    let feet = places.shells.ended.iter().map(|(_, foot)| foot);
    let feet = feet
        .chain([&places.ended, &places.logs.line, &places.learn.line])
        .filter(|foot| !foot.is_empty());
    let bottom = feet.map(|foot| foot.y).min().unwrap_or(places.status.y);
    places.toasts = toasts::places(model, area, bottom);
    places
}

fn list_places(model: &Model, places: &mut Places) {
    let mut body = places.shell;
    if model.picker.trouble().is_some() && model.picker.is_loaded() {
        places.banner = row(body, 0);
        body = below(body, 1);
    }
    places.heads = row(body, 0);
    body = below(body, 1);
    places.list = body;
    if body.width >= 140 {
        let list = body.width * 11 / 20;
        places.list.width = list;
        places.heads.width = list;
        places.preview = Rect {
            x: body.x + list,
            y: body.y - 1,
            width: body.width - list,
            height: body.height + 1,
        };
    } else if body.height >= 15 {
        // A short list leaves its rows to the preview; the filter does not make the screen jump.
        let (_, all, _) = model.picker.counts();
        let most = body.height - (body.height * 9 / 20).min(16);
        places.list.height = columns(all + 1).clamp(4, most);
        places.preview = below(body, places.list.height);
    }
}

fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// A list of so many rows, and what is said of the chosen one: side by side where that fits, else below it, with at least
/// a part of `preview` rows.
fn list_and_preview(body: Rect, count: usize, preview: u16) -> (Rect, Rect) {
    if body.width >= 140 {
        let width = body.width * 11 / 20;
        let beside = Rect {
            x: body.x + width,
            width: body.width - width,
            ..body
        };
        return (Rect { width, ..body }, beside);
    }
    let most = body.height - (body.height * 9 / 20).min(preview);
    let height = columns(count).clamp(1, most.max(1));
    (Rect { height, ..body }, below(body, height))
}

/// Columns as screens count them.
pub fn columns(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// What `update` needs to know of the places.
pub fn lay(model: &Model, area: Rect) -> Laid {
    let places = places(model, area);
    let mut laid = Laid {
        screen: area,
        shell: places.shell,
        shells: places.shells.grids.clone(),
        list: places.list,
        lesson: places.learn.text,
        ..Laid::default()
    };
    if is_too_small(area) {
        return laid;
    }
    let mut hit = |place: Rect, hit: Hit| {
        if !place.is_empty() {
            laid.hits.push((place, hit));
        }
    };
    match model.focus() {
        Focus::Picker => {
            for n in 0..places.list.height {
                hit(row(places.list, n), Hit::Row(n.into()));
            }
            hit(places.banner, Hit::Action(Action::Refresh));
        }
        Focus::Steps | Focus::Lessons => {
            for n in 0..places.list.height {
                hit(row(places.list, n), Hit::Row(n.into()));
            }
        }
        Focus::Shell
        | Focus::Find
        | Focus::Select
        | Focus::Closed
        | Focus::Ended
        | Focus::Lesson
        | Focus::LessonAnswer
        | Focus::LessonShell
        | Focus::LessonEnded => {
            for (shell, place) in &places.shells.grids {
                hit(*place, Hit::Shell(*shell));
            }
            for (shell, place) in &places.shells.bars {
                hit(*place, Hit::ScrollBar(*shell));
            }
            hit(places.learn.panel, Hit::LessonText);
        }
        Focus::Packages | Focus::Change => {
            laid.packages = places.packages.list;
            laid.package_text = places.packages.text;
            for n in 0..places.packages.list.height {
                hit(row(places.packages.list, n), Hit::Package(n.into()));
            }
            hit(places.packages.text, Hit::PackageText);
        }
        Focus::Entrypoint | Focus::Form => {
            laid.chain = places.entrypoint.chain.rows;
            laid.findings = places.entrypoint.findings.rows;
            entrypoint_hits(&places.entrypoint, &mut hit);
        }
        Focus::Processes => {
            laid.processes = places.processes.list;
            laid.process = places.processes.details;
            for n in 0..places.processes.list.height {
                hit(row(places.processes.list, n), Hit::Process(n.into()));
            }
            hit(places.processes.details, Hit::ProcessText);
        }
        Focus::Network => {
            laid.network = places.network.text;
            hit(places.network.text, Hit::NetworkText);
        }
        Focus::Compare | Focus::CompareText => {
            laid.compare = places.compare.list;
            compare::hits(&places.compare, &mut hit);
        }
        Focus::Files | Focus::FileView => {
            let open = model.focus() == Focus::FileView;
            laid.files = places.files.list;
            laid.file = places.files.list;
            files::hits(&places.files, open, &mut hit);
        }
        Focus::Recipe | Focus::RecipeText => {
            laid.recipe = places.recipe.laid();
            for (part, area) in places.recipe.parts() {
                for n in 0..area.height {
                    hit(row(area, n), Hit::Recipe(part, n.into()));
                }
            }
        }
        Focus::Logs | Focus::LogFind => {
            laid.log = places.logs.rows;
            hit(places.logs.rows, Hit::LogText);
            for n in 0..places.logs.bar.height {
                hit(row(places.logs.bar, n), Hit::LogBar(n.into()));
            }
        }
        Focus::Attaching | Focus::Failed | Focus::Leader | Focus::Popup => {}
    }
    for (place, shell) in &places.shells.tabs {
        hit(*place, Hit::ShellTab(*shell));
    }
    let new = Hit::Action(Action::Shell(ShellAction::New));
    hit(places.shells.plus, new);
    for (n, (place, ..)) in places.tabs.iter().enumerate() {
        hit(*place, Hit::Tab(n));
    }
    for (place, _, _, action) in &places.hints {
        hit(*place, Hit::Action(*action));
    }
    hit(places.equivalent, Hit::Equivalent);
    for place in &places.toasts {
        hit(*place, Hit::Action(Action::Dismiss));
    }
    if let Some(popup) = &places.popup {
        hit(popup.outer, Hit::Popup);
        for n in 0..popup.choices {
            hit(row(popup.rows, n), Hit::PopupRow(n.into()));
        }
        laid.popup = popup.rows;
    }
    laid
}

fn entrypoint_hits(places: &EntrypointPlaces, hit: &mut impl FnMut(Rect, Hit)) {
    for (side, place) in [
        (Side::Chain, &places.chain),
        (Side::Findings, &places.findings),
    ] {
        for (row, n) in entrypoint::rows(place.rows) {
            hit(row, Hit::SideRow(side, n));
        }
        for (row, n) in entrypoint::rows(place.bar) {
            hit(row, Hit::SideBar(side, n));
        }
    }
    let Some(form) = &places.form else { return };
    for (field, place) in &form.fields {
        hit(entrypoint::text(*place), Hit::Field(*field));
    }
    hit(form.by_hand.1, Hit::Equivalent);
}
