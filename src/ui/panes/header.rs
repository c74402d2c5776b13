//! The first row (who is joined to whom), the tab bar and the status line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::app::joined::{Joined, namespaces};
use crate::app::keymap::Focus;
use crate::app::panes::Pane;
use crate::app::picker::row::Mood;
use crate::app::text::{clean, cut, cut_start, width};
use crate::domain::image::Likeness;
use crate::domain::twin::is_image_of_ours;
use crate::ui::layout::{Places, shells};
use crate::ui::theme::Theme;
use crate::ui::widgets::pen::Pen;

/// Draws the header.
pub fn header(buf: &mut Buffer, model: &Model, places: &Places, theme: &Theme) {
    let mut pen = Pen::new(buf, places.header, 0);
    pen.write(" devtwin ", theme.title).write("─ ", theme.rule);
    if let Some(joined) = &model.joined {
        let head = Head::of(model, joined, places.header.width.into());
        joined_header(&mut pen, joined, &head, theme);
        return;
    }
    let words = match (model.focus(), &model.attaching) {
        (Focus::Attaching, Some(a)) if model.is_alone() => {
            format!("{} {} ", a.verb().to_lowercase(), a.request.name)
        }
        (Focus::Failed, _) => "attach failed ".into(),
        (Focus::Steps, _) => STEPS.into(),
        (_, None) if model.learn.is_some() => lesson(model),
        (_, _) => CHOOSE.into(),
    };
    let settings = &model.settings;
    let mut end = clean(&settings.endpoint);
    let long = format!("{end} · {}", clean(&settings.endpoint_from));
    let fits = |words: &str| width(words) + width(&long) + 8 <= pen.room();
    let from = &settings.endpoint_from;
    let usual = from.is_empty() || from.ends_with(USUAL);
    // Which engine and why counts for more than what to do here; the default one explains itself.
    let words = if words == CHOOSE && !usual && !fits(CHOOSE) {
        "containers ".into()
    } else {
        words
    };
    if !from.is_empty() && (!usual || fits(&words)) {
        end = long;
    }
    pen.write(&words, theme.strong);
    if end.is_empty() {
        pen.rule(0, theme.rule);
        return;
    }
    let end = cut(&format!(" {end} "), pen.room().saturating_sub(6));
    pen.rule(width(&end) + 1, theme.rule)
        .write(&end, theme.muted)
        .write("─", theme.rule);
}

/// Which lesson is open, or what to do with their list.
fn lesson(model: &Model) -> String {
    let learn = model.learn.as_ref();
    let open = learn.filter(|learn| learn.in_sight().is_some());
    match open.and_then(|learn| learn.lesson()) {
        Some(lesson) => {
            let number = lesson.number.map_or(String::new(), |n| format!(" {n}"));
            format!("lesson{number}: {} ", cut(&clean(&lesson.title), 40))
        }
        None => "lessons: choose one ".into(),
    }
}

/// What to do with the list of containers.
const CHOOSE: &str = "containers: choose the target ";

/// What to do with the steps of a Dockerfile.
const STEPS: &str = "Dockerfile: choose a step ";

/// Why the engine is used that everybody uses.
const USUAL: &str = "default socket";

/// What the header of a session says, cut to the room that it has.
struct Head {
    name: String,
    image: String,
    words: String,
    mood: Mood,
    /// What the twin is: `twin `, `arena `, or `merged ` where its image was made of two.
    kind: &'static str,
    twin: String,
    /// How alike it and the target's image are, once that is known.
    alike: String,
    user: String,
    /// Whether what is shared stands in the header; else it stands in the tab bar.
    shares: bool,
}

impl Head {
    fn of(model: &Model, joined: &Joined, columns: usize) -> Self {
        let plan = &joined.attached.twin.plan;
        let (words, mood) = joined.state();
        let user = match plan.user.as_str() {
            "" | "0" | "0:0" | "root" => "root".to_owned(),
            other => cut(&clean(other), 16),
        };
        let name = if joined.is_explorer() {
            "explore".to_owned()
        } else {
            cut(&joined.name, 24)
        };
        let image = &joined.attached.target.image;
        // An image of a session tells nothing: what it is stands for it.
        let image = clean(if is_image_of_ours(image) {
            &joined.name
        } else {
            image
        });
        let twin = clean(&plan.image);
        let (yes, no) = sharing(joined);
        let share = width(&yes) + width(&no) + 7;
        let kind = if joined.is_arena() {
            "arena "
        } else if plan.merged.is_some() {
            "merged "
        } else {
            "twin "
        };
        let signs = width(" devtwin ─   ●  ──  ●  ") + width(kind);
        let fixed = signs + width(&name) + width(&words) + width(&user);
        // The two references take what is left, each at least half of it when both are long.
        let room = columns.saturating_sub(fixed);
        let (long, short) = model
            .alike
            .likeness()
            .and_then(Likeness::short)
            .unwrap_or_default();
        let alike = if width(&image) + width(&twin) + width(&long) < room {
            long
        } else {
            short
        };
        let room = room.saturating_sub(width(&alike) + usize::from(!alike.is_empty()));
        let shares = width(&image) + width(&twin) + share <= room;
        let image = cut_start(&image, room.saturating_sub(width(&twin)).max(room / 2));
        let twin = cut_start(&twin, room.saturating_sub(width(&image)));
        Self {
            name,
            image,
            words,
            mood,
            kind,
            twin,
            alike,
            user,
            shares,
        }
    }
}

fn joined_header(pen: &mut Pen<'_>, joined: &Joined, head: &Head, theme: &Theme) {
    let (sign, style) = theme.mood(head.mood);
    pen.write(&head.name, theme.strong)
        .write("  ", theme.rule)
        .write(&head.image, theme.muted)
        .write(" ", theme.rule)
        .write(sign, style)
        .write(" ", style)
        .write(&head.words, style)
        .write(" ── ", theme.rule)
        .write(head.kind, theme.muted)
        .write(&head.twin, theme.accent);
    if !head.alike.is_empty() {
        pen.write(" ", theme.rule).write(&head.alike, theme.muted);
    }
    pen.write(" ● ", theme.accent)
        .write(&head.user, theme.strong)
        .write(" ", theme.rule);
    if head.shares {
        let (yes, no) = sharing(joined);
        pen.write("── ", theme.rule);
        sharing_words(pen, &yes, &no, theme);
        pen.write(" ", theme.rule);
    }
    pen.rule(0, theme.rule);
}

/// What is shared and what is not, each in short words.
fn sharing(joined: &Joined) -> (String, String) {
    let plan = &joined.attached.twin.plan;
    if joined.is_explorer() {
        let places = plan.folders.iter().map(|folder| clean(&folder.path));
        let places = places.collect::<Vec<_>>().join(" ");
        let none = if places.is_empty() { "no folder" } else { "" };
        return (cut(&places, 30), none.to_owned());
    }
    let all = namespaces(plan);
    let words = |shared: bool| {
        let of = all.iter().filter(|(_, yes, _)| *yes == shared);
        of.map(|(word, ..)| *word).collect::<Vec<_>>().join(" ")
    };
    let no = words(false);
    let no = if no.is_empty() {
        no
    } else {
        format!("{no} private")
    };
    (words(true), no.replace("vol private", "private · no vol"))
}

fn sharing_words(pen: &mut Pen<'_>, yes: &str, no: &str, theme: &Theme) {
    pen.write(yes, theme.good);
    if !no.is_empty() {
        let bar = if yes.is_empty() { "" } else { " │ " };
        pen.write(bar, theme.rule).write(no, theme.muted);
    }
}

/// Draws the tab bar, and at its end what is shared unless the header has room for it.
pub fn tabs(buf: &mut Buffer, model: &Model, places: &Places, theme: &Theme) {
    let Some(joined) = &model.joined else { return };
    for (place, pane, label) in &places.tabs {
        let style = if *pane == joined.pane {
            theme.tab
        } else {
            theme.muted
        };
        Pen::new(buf, *place, 0).write(label, style);
    }
    for (place, id) in &places.shells.tabs {
        let here = joined.pane == Pane::Shell && joined.shells.shows(*id);
        let style = if here { theme.accent } else { theme.muted };
        let label = joined.shells.get(*id);
        let label = label.map(|shell| shells::tab_label(&joined.shells, shell));
        Pen::new(buf, *place, 0).write(&label.unwrap_or_default(), style);
    }
    Pen::new(buf, places.shells.plus, 0).write(" + ", theme.muted);
    if Head::of(model, joined, places.header.width.into()).shares {
        return;
    }
    let used = [
        places.tabs.last().map(|(place, ..)| *place),
        places.shells.tabs.last().map(|(place, _)| *place),
        Some(places.shells.plus),
    ];
    let used = used
        .into_iter()
        .flatten()
        .map(Rect::right)
        .max()
        .unwrap_or(0);
    let mut rest = places.bar;
    rest.width = rest.right().saturating_sub(used);
    rest.x = used;
    let (yes, no) = sharing(joined);
    let mut pen = Pen::new(buf, rest, 0);
    let bar = if no.is_empty() { 0 } else { 3 };
    let total = width("shares ") + width(&yes) + bar + width(&no) + 1;
    if total < pen.room() {
        let gap = " ".repeat(pen.room() - total);
        pen.write(&gap, theme.muted).write("shares ", theme.muted);
        sharing_words(&mut pen, &yes, &no, theme);
    }
}

/// Draws the status line: hints, and the equivalent docker command.
pub fn status(buf: &mut Buffer, model: &Model, places: &Places, theme: &Theme) {
    for (place, key, words, _) in &places.hints {
        Pen::new(buf, *place, 0)
            .write(key, theme.key)
            .write(" ", theme.muted)
            .write(words, theme.muted);
    }
    let scrolled = model
        .joined
        .as_ref()
        .filter(|joined| joined.pane == Pane::Shell)
        .map_or((0, 0), |j| j.shells.focused().terminal().scrolled());
    let mut pen = Pen::new(buf, places.equivalent, 0);
    if scrolled.0 > 0 {
        let words = format!("▲ {} of {} lines back", scrolled.0, scrolled.1);
        pen.right(&words, theme.waiting);
        return;
    }
    if let Some(command) = model.equivalent() {
        let lead = if places.status.width >= 100 {
            "equivalent: "
        } else {
            "$ "
        };
        let room = pen.room().saturating_sub(width(lead));
        let command = cut(&clean(&command), room);
        let gap = " ".repeat(room - width(&command));
        pen.write(&gap, theme.muted)
            .write(lead, theme.muted)
            .write(&command, theme.accent);
    }
}
