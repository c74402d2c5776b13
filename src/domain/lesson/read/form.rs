//! Whether a file has the form of a lesson: known keys, and behind each what belongs there.

use toml::de::DeValue;

use super::Fault;
use super::at::At;
use super::shape::{Form, PROGRAM, Shape};

/// How deep checks may stand in one another.
const DEEPEST: usize = 8;
/// How like a name must be to be offered in place of another: from 0, nothing in common, to 1.
const LIKE: f64 = 0.6;

/// Looks at a table.
pub(super) fn table(at: &At<'_>, form: &Form, faults: &mut Vec<Fault>) {
    fields(at, form, 0, faults);
}

fn fields(at: &At<'_>, form: &Form, depth: usize, faults: &mut Vec<Fault>) {
    for (name, at) in at.keys() {
        match form.keys.iter().find(|key| key.name == name) {
            Some(key) => value(&at, name, key.shape, depth, faults),
            None => faults.push(unknown(&at, name, "key", form)),
        }
    }
    let there = |name: &str| at.keys().iter().any(|(key, _)| *key == name);
    for key in form.keys {
        if key.needed && !there(key.name) {
            let what = format!("{} has no `{}`", form.what, key.name);
            faults.push(Fault::new(at.line(), what));
        }
    }
}

fn value(at: &At<'_>, name: &str, shape: Shape, depth: usize, faults: &mut Vec<Fault>) {
    let Some(node) = at.node() else {
        return;
    };
    let right = match shape {
        Shape::Text | Shape::Word(_) => node.is_str(),
        Shape::Number => is_whole(node),
        Shape::Flag => node.is_bool(),
        Shape::Texts => is_list(node, is_text),
        Shape::Pair => {
            is_list(node, is_text) && node.as_array().is_some_and(|list| list.len() == 2)
        }
        Shape::Numbers => is_list(node, is_whole),
        Shape::Table(_) | Shape::OneOf(_) | Shape::Files | Shape::Contents => node.is_table(),
        Shape::Tables(_) | Shape::Several(_) => is_list(node, is_table),
    };
    if !right {
        let what = format!("`{name}` is {}, not {}", is(node), shape.words());
        faults.push(Fault::new(at.line(), what));
        return;
    }
    let parts = || {
        let length = node.as_array().map_or(0, |list| list.len());
        (0..length).map(|index| at.index(index))
    };
    match shape {
        Shape::Word(words) => word(at, name, words, faults),
        Shape::Table(form) => fields(at, form, depth, faults),
        Shape::Tables(form) => parts().for_each(|part| fields(&part, form, depth, faults)),
        Shape::OneOf(form) => one_of(at, form, depth, faults),
        Shape::Several(form) => parts().for_each(|part| one_of(&part, form, depth, faults)),
        Shape::Files => {
            for (path, at) in at.keys() {
                value(&at, path, Shape::Text, depth, faults);
            }
        }
        Shape::Contents => {
            for (path, at) in at.keys() {
                if at.table().is_some() {
                    fields(&at, &PROGRAM, depth, faults);
                } else {
                    value(&at, path, Shape::Text, depth, faults);
                }
            }
        }
        Shape::Text | Shape::Number | Shape::Flag | Shape::Texts | Shape::Pair | Shape::Numbers => {
        }
    }
}

/// A table that has one key, which says what it is.
fn one_of(at: &At<'_>, form: &Form, depth: usize, faults: &mut Vec<Fault>) {
    if depth > DEEPEST {
        let what = format!("checks stand in one another more than {DEEPEST} deep");
        return faults.push(Fault::new(at.line(), what));
    }
    let keys = at.keys();
    for (name, at) in &keys {
        match form.keys.iter().find(|key| key.name == *name) {
            Some(key) => value(at, name, key.shape, depth + 1, faults),
            None => faults.push(unknown(at, name, form.what, form)),
        }
    }
    match keys.as_slice() {
        [_] => {}
        [] => {
            let what = format!("a {} is empty", form.what);
            faults.push(Fault::new(at.line(), what).hint(known("", form)));
        }
        [(first, _), (second, at), ..] => {
            let what = format!("a {} has both `{first}` and `{second}`", form.what);
            let hint = if form.keys.iter().any(|key| key.name == "all") {
                "put both in a list: all = [{ … }, { … }]"
            } else {
                "one is all that it can have"
            };
            faults.push(Fault::new(at.line(), what).hint(hint));
        }
    }
}

fn word(at: &At<'_>, name: &str, words: &[&str], faults: &mut Vec<Fault>) {
    let is = at.node().and_then(DeValue::as_str).unwrap_or_default();
    if !words.contains(&is) {
        let what = format!("`{name}` cannot be `{is}`");
        let hint = format!("it can be {}", listed(words.iter().copied()));
        faults.push(Fault::new(at.line(), what).hint(hint));
    }
}

fn unknown(at: &At<'_>, name: &str, sort: &str, form: &Form) -> Fault {
    let what = if sort == form.what {
        format!("there is no {sort} `{name}`")
    } else {
        format!("{} has no {sort} `{name}`", form.what)
    };
    Fault::new(at.line(), what).hint(known(name, form))
}

/// What there is, the nearest to a name first.
fn known(name: &str, form: &Form) -> String {
    let like = |key: &str| strsim::jaro_winkler(name, key);
    let mut keys: Vec<&str> = form.keys.iter().map(|key| key.name).collect();
    keys.sort_by(|a, b| like(b).total_cmp(&like(a)));
    let all = listed(keys.iter().copied());
    match keys.first() {
        Some(first) if like(first) > LIKE => format!("is `{first}` meant? There are {all}"),
        _ => format!("there are {all}"),
    }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn is_text(node: &DeValue<'_>) -> bool {
    node.is_str()
}

fn is_table(node: &DeValue<'_>) -> bool {
    node.is_table()
}

fn is_whole(node: &DeValue<'_>) -> bool {
    node.as_integer()
        .and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok())
        .is_some_and(|number| number >= 0)
}

fn is_list(node: &DeValue<'_>, of: impl Fn(&DeValue<'_>) -> bool) -> bool {
    let list = node.as_array();
    list.is_some_and(|list| list.iter().all(|value| of(value.get_ref())))
}

fn is(node: &DeValue<'_>) -> &'static str {
    match node {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
