//! Where the parts of the entrypoint pane stand: its two sides, or the form.

use ratatui::layout::Rect;

use super::{columns, row};
use crate::app::joined::Joined;
use crate::app::panes::entrypoint::form::{Field, Where};
use crate::app::panes::entrypoint::{Side, blocks};
use crate::app::text::width;

/// Columns from which on the sides stand beside each other.
const WIDE: u16 = 100;
/// Columns from which on there is room beside the form's fields and buttons.
const BESIDE: u16 = 56;
/// Columns of a field's name.
pub const NAME: u16 = 11;
/// Most rows of the text of a command.
const ARGV: u16 = 3;
/// Rows of what is said of the place.
const NOTES: u16 = 2;
/// Most rows of the equivalent command.
const BY_HAND: u16 = 4;
/// Rows of the fields at least: the heading, two names above their texts, two fields, two choices, the buttons.
const FIELDS: u16 = 10;

/// A side.
#[derive(Debug, Clone, Copy, Default)]
pub struct SidePlaces {
    /// Its heading.
    pub head: Rect,
    /// Its rows.
    pub rows: Rect,
    /// Its scroll bar, where it needs one.
    pub bar: Rect,
}

/// The form.
#[derive(Debug, Clone, Default)]
pub struct FormPlaces {
    /// Its heading.
    pub head: Rect,
    /// The names of the fields with text.
    pub names: Vec<(Field, Rect)>,
    /// The texts, and what else can be clicked.
    pub fields: Vec<(Field, Rect)>,
    /// What is said of where it runs.
    pub notes: Rect,
    /// Heading and lines of what differs.
    pub differences: (Rect, Rect),
    /// Heading and lines of the docker command.
    pub by_hand: (Rect, Rect),
    /// The line between form and what is said of it.
    pub divider: Rect,
}

/// The pane; what is not shown is empty.
#[derive(Debug, Clone, Default)]
pub struct EntrypointPlaces {
    /// What runs.
    pub chain: SidePlaces,
    /// What is wrong.
    pub findings: SidePlaces,
    /// The line between sides that stand beside each other.
    pub divider: Rect,
    /// What is said while there is no report.
    pub said: Rect,
    /// The form over all this.
    pub form: Option<FormPlaces>,
}

/// The places within `area`.
pub fn places(joined: &Joined, area: Rect) -> EntrypointPlaces {
    let pane = &joined.entrypoint;
    if let Some(open) = pane.form() {
        return EntrypointPlaces {
            form: Some(form(area, open.field, open.place)),
            ..EntrypointPlaces::default()
        };
    }
    if pane.report().is_none() {
        return EntrypointPlaces {
            said: area,
            ..EntrypointPlaces::default()
        };
    }
    if area.width >= WIDE {
        let (left, divider, right) = halves(area, 11, 20);
        return EntrypointPlaces {
            chain: side(left),
            findings: side(right),
            divider,
            ..EntrypointPlaces::default()
        };
    }
    // Few findings leave their rows to the tree; many get half.
    let text = pane.blocks(Side::Findings, side(area).rows.width.into());
    let wanted = columns(blocks::lines(&text)).saturating_add(1);
    let below = wanted.clamp(2, (area.height / 2).max(2)).min(area.height);
    let (above, under) = cut(area, area.height - below);
    EntrypointPlaces {
        chain: side(above),
        findings: side(under),
        ..EntrypointPlaces::default()
    }
}

/// The part of `of` in `share` beside the rest, with a line between them.
fn halves(area: Rect, share: u16, of: u16) -> (Rect, Rect, Rect) {
    let width = area.width * share / of;
    let left = Rect { width, ..area };
    let divider = Rect {
        x: left.right(),
        width: 1,
        ..area
    };
    let right = Rect {
        x: divider.right(),
        width: area.right().saturating_sub(divider.right()),
        ..area
    };
    (left, divider.intersection(area), right.intersection(area))
}

/// The first rows of an area, and the others.
fn cut(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let first = Rect {
        height: rows,
        ..area
    };
    let rest = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    (first, rest)
}

/// A heading, rows with a blank column before them, and a bar behind.
fn side(area: Rect) -> SidePlaces {
    let (head, body) = cut(area, 1);
    SidePlaces {
        head,
        rows: inset(body),
        bar: Rect {
            x: body.right().saturating_sub(1),
            width: body.width.min(1),
            ..body
        },
    }
}

fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + area.width.min(1),
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// The form for a run in `place`, whose field `keys` has the keys.
fn form(area: Rect, keys: Field, place: Where) -> FormPlaces {
    // A replica has two settings more.
    let more = if place == Where::Replica { 2 } else { 0 };
    let fields = FIELDS + more;
    // The fields come first, then what is said of the place: the command stands in the status line, too.
    let spare = area.height.saturating_sub(fields);
    let said = NOTES.min(spare);
    let below = (BY_HAND.min(area.height / 4) + 1).min(spare - said);
    // A heading alone says nothing.
    let below = if below > 1 { below } else { 0 };
    let (area, under) = cut(area, area.height - below);
    let (upper, said) = cut(area, area.height - said);
    let (left, divider, right) = if area.width >= WIDE {
        halves(upper, 11, 20)
    } else if area.width >= BESIDE {
        halves(upper, 3, 5)
    } else {
        halves(upper, 1, 1)
    };
    let mut places = FormPlaces {
        divider,
        notes: inset(said),
        by_hand: with_head(under),
        differences: with_head(right),
        ..FormPlaces::default()
    };
    let mut rest = Rect {
        height: left.height.max(fields),
        ..left
    };
    let mut take = |rows: u16| {
        let (first, below) = cut(rest, rows);
        rest = below;
        inset(first)
    };
    places.head = take(1);
    // The two texts of several lines share what the others leave.
    let room = left.height.saturating_sub(8 + more);
    let argv = (room / 3).clamp(1, ARGV);
    places.names.push((Field::Argv, take(1)));
    places.fields.push((Field::Argv, take(argv)));
    for field in [Field::User, Field::Workdir] {
        let line = take(1);
        places.names.push((field, line));
        places.fields.push((field, behind_name(line)));
    }
    places.names.push((Field::Env, take(1)));
    let env = take(room.saturating_sub(argv).max(1));
    places.fields.push((Field::Env, env));
    let settings = [Field::Place, Field::Strace, Field::Files, Field::Volumes];
    for field in settings.into_iter().filter(|f| f.is_shown(place)) {
        places.fields.push((field, take(1)));
    }
    if Field::Memory.is_shown(place) {
        let line = take(1);
        places.names.push((Field::Memory, line));
        places.fields.push((Field::Memory, behind_name(line)));
    }
    let buttons = take(1);
    let mut x = buttons.x;
    for field in [Field::Run, Field::Original, Field::Back] {
        let button = Rect {
            x,
            width: columns(width(field.label()) + 4),
            ..buttons
        };
        x = button.right().saturating_add(1);
        places.fields.push((field, button.intersection(buttons)));
    }
    scroll(&mut places, left, keys);
    places
}

/// Where not all fields fit into `view`, those that do around the one that has the keys.
fn scroll(places: &mut FormPlaces, view: Rect, keys: Field) {
    let own = places.fields.iter().find(|(field, _)| *field == keys);
    let end = own.map_or(0, |(_, place)| place.bottom());
    let by = end.saturating_sub(view.bottom());
    let FormPlaces {
        head,
        names,
        fields,
        ..
    } = places;
    let all = names.iter_mut().chain(fields).map(|(_, place)| place);
    for place in all.chain([head]) {
        *place = match place.y.checked_sub(by) {
            Some(y) if y >= view.y => Rect { y, ..*place }.intersection(view),
            Some(_) | None => Rect::default(),
        };
    }
}

fn with_head(area: Rect) -> (Rect, Rect) {
    let (head, rest) = cut(area, 1);
    (inset(head), inset(rest))
}

/// What is left of a line behind a field's name.
fn behind_name(line: Rect) -> Rect {
    Rect {
        x: line.x.saturating_add(NAME),
        width: line.width.saturating_sub(NAME),
        ..line
    }
    .intersection(line)
}

/// The text of a field: behind the sign that tells whether it has the keys.
pub fn text(field: Rect) -> Rect {
    Rect {
        x: field.x + field.width.min(1),
        width: field.width.saturating_sub(1),
        ..field
    }
}

/// The rows of an area, each with its number.
pub fn rows(area: Rect) -> impl Iterator<Item = (Rect, usize)> {
    (0..area.height).map(move |n| (row(area, n), usize::from(n)))
}
