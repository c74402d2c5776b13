//! Lessons that are to be done before others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::lesson::read::Fault;

/// What is wrong with `other` being done before the lesson `id`: it is not among the `files`, or, by what is to be done
/// `before` each, comes after it.
pub(in crate::domain::lesson) fn after(
    id: &str,
    other: &str,
    line: usize,
    files: &[(&str, &str)],
    before: &BTreeMap<String, Vec<String>>,
) -> Option<Fault> {
    if !files.iter().any(|(file, _)| *file == other) {
        let names: BTreeSet<String> = files.iter().map(|(file, _)| (*file).to_owned()).collect();
        let what = format!("there is no lesson `{other}`");
        return Some(Fault::new(line, what).hint(super::listed(&names)));
    }
    let mut way = way(other, id, before)?;
    way.insert(0, id.to_owned());
    let what = format!("lessons in a circle: {}", way.join(" after "));
    Some(Fault::new(line, what).hint("leave one of them out of `after`"))
}

/// The shortest way from one to another, both ends included.
pub(super) fn way(
    from: &str,
    to: &str,
    next: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let mut came: BTreeMap<String, Option<String>> = BTreeMap::new();
    came.insert(from.to_owned(), None);
    let mut open = VecDeque::from([from.to_owned()]);
    while let Some(here) = open.pop_front() {
        if here == to {
            let mut way = vec![here];
            while let Some(Some(before)) = way.last().and_then(|last| came.get(last)) {
                way.push(before.clone());
            }
            way.reverse();
            return Some(way);
        }
        for further in next.get(&here).into_iter().flatten() {
            if !came.contains_key(further) {
                came.insert(further.clone(), Some(here.clone()));
                open.push_back(further.clone());
            }
        }
    }
    None
}
