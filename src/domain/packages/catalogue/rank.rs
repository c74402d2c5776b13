//! How well a package matches what was typed.
//!
//! Each word gives every package a rank; of several words the worst rank counts, so that all must match.
//! All packages are ranked at every key: the indexes and one scan over the names take 1 to 3 ms for 100,000.

use std::collections::BTreeMap;

use memchr::memmem;

use super::provided::Wanted;
use super::store::letters;
use super::{Catalogue, Match, Why, words};
use crate::domain::packages::Installed;
use crate::domain::packages::names::{self, Known};

/// How well a package matches a word; less is better.
type Rank = u8;
const EXACT: Rank = 0;
const PROVIDES: Rank = 1;
const KNOWN: Rank = 2;
const NAME_BEGINS: Rank = 3;
const PROVIDES_BEGINS: Rank = 4;
const KNOWN_BEGINS: Rank = 5;
const NAME: Rank = 6;
const DESCRIPTION: Rank = 7;
/// Letters in order; as much worse as there are others between them.
const FUZZY: Rank = 8;
const NONE: Rank = Rank::MAX;

/// Characters of a query; a person types fewer.
const MOST_TYPED: usize = 128;
/// Letters that a word must have to be looked for in descriptions, where one letter is in all of them.
const DESCRIBED: usize = 2;
/// Letters that a word must have to be looked for with gaps: two letters in order are in every other name.
const WITH_GAPS: usize = 3;
/// Letters between those of a word, for each of them: with more it is no longer the same word to anybody.
const GAP: usize = 2;
/// Parts of a name at which a word with gaps may begin: hostile names have hundreds.
const PARTS: usize = 8;

/// The words of a query in small letters, each once.
pub(super) fn words(typed: &str) -> Vec<String> {
    let typed: String = typed.chars().take(MOST_TYPED).collect();
    let mut words: Vec<String> = Vec::new();
    for word in typed.to_lowercase().split_whitespace() {
        if !words.iter().any(|w| w == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The part of a word to look for in names: a path's last part.
fn plain(word: &str) -> &str {
    match word.strip_prefix('/') {
        Some(path) => path.rsplit('/').next().unwrap_or_default(),
        None => word,
    }
}

/// A package that matches, by all words.
#[derive(Clone, Copy)]
struct Hit {
    worst: Rank,
    best: Rank,
    /// The number of the word of the worst rank.
    word: u8,
}

/// A package that matches, in the order in which matches are shown: field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    worst: Rank,
    best: Rank,
    absent: bool,
    size: u64,
    name: usize,
    index: usize,
    word: u8,
}

impl Catalogue {
    /// The best `most` packages for `words` (at least one), and how many there are.
    pub(super) fn ranked(
        &self,
        manager: &str,
        words: &[String],
        installed: &Installed,
        most: usize,
    ) -> (Vec<Match>, usize) {
        let nothing = Hit {
            worst: EXACT,
            best: NONE,
            word: 0,
        };
        let mut hits = vec![nothing; self.len()];
        let mut ranks = vec![NONE; self.len()];
        for (number, word) in (0..).zip(words) {
            // What is out already needs no rank; any will do, so that no time is spent on a better one.
            for (rank, hit) in ranks.iter_mut().zip(&hits) {
                *rank = if hit.worst == NONE { EXACT } else { NONE };
            }
            self.mark(manager, word, &mut ranks);
            for (hit, rank) in hits.iter_mut().zip(&ranks) {
                if *rank > hit.worst || number == 0 {
                    (hit.worst, hit.word) = (*rank, number);
                }
                hit.best = hit.best.min(*rank);
            }
        }
        // What is worse than `most` others is never shown: it need not be sorted.
        let mut counts = [0_usize; 256];
        for hit in &hits {
            counts[usize::from(hit.worst)] += 1;
        }
        let total = hits.len() - counts[usize::from(NONE)];
        let mut before = 0;
        let enough = (0..NONE).find(|rank| {
            before += counts[usize::from(*rank)];
            before >= most
        });
        let limit = enough.unwrap_or(NONE - 1);
        let here = self.here(installed);
        let shown = hits.iter().zip(here).enumerate();
        let shown = shown.filter(|(_, (hit, _))| hit.worst <= limit);
        let places = shown.map(|(index, (hit, here))| self.place(index, *hit, here));
        let matches = self.matches(manager, words, places.collect(), most);
        (matches, total)
    }

    /// The packages that `word` (small letters) stands for: by their name, by what they provide, or by a name
    /// that people know. The best first.
    pub(super) fn meant(&self, manager: &str, word: String, installed: &Installed) -> Vec<Match> {
        let mut ranks: BTreeMap<usize, Rank> = BTreeMap::new();
        self.stand_for(manager, &word, &mut |index, rank| {
            let old = ranks.entry(index).or_insert(rank);
            *old = rank.min(*old);
        });
        let places = ranks.into_iter().map(|(index, rank)| {
            let here = installed.packages.contains_key(self.store.name(index));
            let hit = Hit {
                worst: rank,
                best: rank,
                word: 0,
            };
            self.place(index, hit, here)
        });
        self.matches(manager, &[word], places.collect(), usize::MAX)
    }

    /// The package that a known name means here: the first of its candidates that there is.
    fn candidate(&self, known: &Known) -> Option<usize> {
        let mut candidates = known.packages.iter();
        candidates.find_map(|name| {
            let provider = || self.providers(name).into_iter().min();
            self.store.find(name).or_else(provider)
        })
    }

    /// The packages that provide `wanted` (small letters); some more than once.
    pub(super) fn providers(&self, wanted: &str) -> Vec<usize> {
        let mut found = Vec::new();
        self.provided
            .find(&self.store, Wanted::new(wanted), |index, whole| {
                if whole {
                    found.push(index);
                }
            });
        found
    }

    /// Says of each package that `word` stands for how well it does.
    fn stand_for(&self, manager: &str, word: &str, each: &mut dyn FnMut(usize, Rank)) {
        self.store
            .named(plain(word))
            .for_each(|index| each(index, EXACT));
        for index in self.providers(word) {
            each(index, PROVIDES);
        }
        let known = names::known(manager, plain(word));
        if let Some(index) = known.and_then(|known| self.candidate(known)) {
            each(index, KNOWN);
        }
    }

    /// Ranks all packages for a word.
    fn mark(&self, manager: &str, word: &str, ranks: &mut [Rank]) {
        let mut lower = |index: usize, to: Rank| {
            if let Some(rank) = ranks.get_mut(index) {
                *rank = to.min(*rank);
            }
        };
        let whole = word;
        let word = plain(whole);
        if word.is_empty() {
            return;
        }
        self.stand_for(manager, whole, &mut lower);
        self.store
            .begin(word)
            .for_each(|index| lower(index, NAME_BEGINS));
        self.provided
            .find(&self.store, Wanted::new(whole), |index, _| {
                lower(index, PROVIDES_BEGINS);
            });
        for known in names::begin(manager, word) {
            if let Some(index) = self.candidate(known) {
                lower(index, KNOWN_BEGINS);
            }
        }
        self.named_within(word, |index| lower(index, NAME));
        self.described(word, |index| lower(index, DESCRIPTION));
        self.gapped(word, ranks);
    }

    /// The packages whose name has `word` in it: one scan over all names.
    fn named_within(&self, word: &str, mut each: impl FnMut(usize)) {
        if let [b'a'..=b'z' | b'-'] = word.as_bytes() {
            // A letter is in most names: stopping at each takes longer than asking which have it.
            let wanted = letters(word);
            let with = self.store.letters().iter().enumerate();
            with.filter(|(_, has)| *has & wanted != 0)
                .for_each(|(index, _)| each(index));
            return;
        }
        let (names, starts) = self.store.names();
        let finder = memmem::Finder::new(word);
        let (mut index, mut from) = (0, 0);
        while let Some(at) = names
            .as_bytes()
            .get(from..)
            .and_then(|rest| finder.find(rest))
        {
            // Which name it is in: hits come in order, so that all of them together walk over the names once.
            let ends = starts.get(index + 1..).unwrap_or_default();
            index += ends
                .iter()
                .take_while(|end| **end as usize <= from + at)
                .count();
            each(index);
            index += 1;
            from = starts
                .get(index)
                .map_or(names.len(), |start| *start as usize);
        }
    }

    /// The packages whose description has words that begin with all parts of `word`.
    fn described(&self, word: &str, mut each: impl FnMut(usize)) {
        if word.chars().nth(DESCRIBED - 1).is_none() {
            return;
        }
        // How many of the parts each package has; all but the packages with every part before are passed by.
        let mut parts = vec![0_usize; self.len()];
        let mut last = words::split(word).enumerate().peekable();
        while let Some((number, part)) = last.next() {
            for index in self.words.begin(part) {
                let index = *index as usize;
                match parts.get_mut(index) {
                    Some(has) if *has == number => *has += 1,
                    _ => continue,
                }
                if last.peek().is_none() {
                    each(index);
                }
            }
        }
    }

    /// Ranks the packages that nothing better was found for by the letters of their names.
    fn gapped(&self, word: &str, ranks: &mut [Rank]) {
        if !word.is_ascii() || word.len() < WITH_GAPS {
            return;
        }
        let wanted = letters(word);
        let all = ranks.iter_mut().zip(self.store.letters()).enumerate();
        for (index, (rank, letters)) in all {
            if *rank == NONE && letters & wanted == wanted {
                let gap = gap(self.store.folded(index), word);
                *rank = gap.map_or(NONE, |gap| FUZZY.saturating_add(gap).min(NONE - 1));
            }
        }
    }

    /// Which packages are installed.
    fn here(&self, installed: &Installed) -> Vec<bool> {
        let mut here = vec![false; self.len()];
        for name in installed.packages.keys() {
            if let Some(here) = self.store.find(name).and_then(|index| here.get_mut(index)) {
                *here = true;
            }
        }
        here
    }

    fn place(&self, index: usize, hit: Hit, here: bool) -> Place {
        Place {
            worst: hit.worst,
            best: hit.best,
            absent: !here,
            size: self.store.size(index),
            name: self.store.folded(index).len(),
            index,
            word: hit.word,
        }
    }

    /// The first `most` of `places`, as matches.
    fn matches(
        &self,
        manager: &str,
        words: &[String],
        mut places: Vec<Place>,
        most: usize,
    ) -> Vec<Match> {
        if most < places.len() {
            places.select_nth_unstable(most);
            places.truncate(most);
        }
        places.sort_unstable();
        let matches = places.iter().map(|place| {
            let word = words.get(usize::from(place.word));
            let word = word.map(String::as_str).unwrap_or_default();
            Match {
                package: self.store.package(place.index),
                why: self.why(manager, word, place),
            }
        });
        matches.collect()
    }

    fn why(&self, manager: &str, word: &str, place: &Place) -> Why {
        let wanted = Wanted::new(word);
        let mut entries = self.store.provides(place.index).map(|(_, entry)| entry);
        let provides = |entry: Option<&str>| entry.map(|entry| Why::Provides(entry.to_owned()));
        let why = match place.worst {
            EXACT => Some(Why::Exact),
            PROVIDES => provides(entries.find(|entry| wanted.is(entry))),
            PROVIDES_BEGINS => provides(entries.find(|entry| wanted.begins(entry))),
            // The whole name is the first of those that begin with it.
            KNOWN | KNOWN_BEGINS => names::begin(manager, plain(word))
                .find(|known| self.candidate(known) == Some(place.index))
                .map(Why::Known),
            NAME_BEGINS | NAME => Some(Why::Name),
            DESCRIPTION => Some(Why::Description),
            _ => Some(Why::Fuzzy),
        };
        why.unwrap_or(Why::Name)
    }
}

/// How many letters stand between those of `word` in `name`, which must begin at a part of the name; none when
/// they are not there in this order, or too far from each other.
fn gap(name: &str, word: &str) -> Option<Rank> {
    let name = name.as_bytes();
    let first = word.bytes().next()?;
    let begins = |at: usize| at == 0 || !name.get(at - 1).is_none_or(u8::is_ascii_alphanumeric);
    let starts = (0..name.len()).filter(|at| name.get(*at) == Some(&first) && begins(*at));
    let ends = starts.take(PARTS).filter_map(|start| {
        let mut rest = name.get(start..)?.iter();
        let mut end = 0;
        for letter in word.bytes() {
            end += rest.position(|byte| *byte == letter)? + 1;
        }
        Some(end - word.len())
    });
    let least = ends.min()?;
    (least <= GAP * word.len()).then(|| Rank::try_from(least).unwrap_or(NONE))
}
