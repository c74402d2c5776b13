//! The words of all descriptions, and which packages have them: a search reads some lists instead of all texts.

use std::collections::HashMap;

use super::store::{FIELD, Store, line, number};

/// An index from the beginning of a word to packages.
#[derive(Clone, Default)]
pub(super) struct Words {
    /// Words in small letters and in order, a line each.
    text: Box<str>,
    /// Where each begins.
    starts: Box<[u32]>,
    /// Where the packages of each end in `packages`; those of the next one follow.
    ends: Box<[u32]>,
    packages: Box<[u32]>,
}

impl Words {
    pub(super) fn new(store: &Store) -> Self {
        let mut found: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for index in 0..store.len() {
            let description = store.description(index).to_lowercase();
            for word in split(&description) {
                let index = number(index);
                match found.get_mut(word) {
                    Some(packages) if packages.last() == Some(&index) => {}
                    Some(packages) => packages.push(index),
                    None => {
                        found.insert(word.into(), vec![index]);
                    }
                }
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let (mut text, mut starts, mut ends) = (String::new(), Vec::new(), Vec::new());
        let mut packages = Vec::new();
        for (word, of) in found {
            starts.push(number(text.len()));
            text.push_str(&word);
            text.push(FIELD);
            packages.extend(of);
            ends.push(number(packages.len()));
        }
        Self {
            text: text.into(),
            starts: starts.into(),
            ends: ends.into(),
            packages: packages.into(),
        }
    }

    /// The packages whose description has a word that begins with `prefix` (small letters); some more than once.
    pub(super) fn begin(&self, prefix: &str) -> &[u32] {
        let from = self.from(|word| word < prefix);
        let to = self.from(|word| word < prefix || word.starts_with(prefix));
        self.packages.get(from..to).unwrap_or_default()
    }

    /// Where the packages begin of the first word of which `before` does not hold.
    fn from(&self, before: impl Fn(&str) -> bool) -> usize {
        let words = self
            .starts
            .partition_point(|start| before(line(&self.text, *start)));
        let end = words.checked_sub(1).and_then(|last| self.ends.get(last));
        end.map_or(0, |end| *end as usize)
    }
}

/// The words of a text. `c++` and `c#` are words, too.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '+' || c == '#'));
    words.filter(|word| !word.is_empty())
}
