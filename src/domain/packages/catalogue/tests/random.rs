//! Searches over random packages, held to a plain definition of a match.

use proptest::prelude::*;

use super::*;

/// How a word matches, told without any index: the other way to the same answer.
fn rank(package: &Package, word: &str) -> Option<u32> {
    let name = package.name.to_lowercase();
    let plain = word.rsplit('/').next().unwrap().to_owned();
    let word = if word.starts_with('/') {
        plain
    } else {
        word.to_owned()
    };
    let bare = |p: &String| {
        p.to_lowercase()
            .split_once(':')
            .map_or(p.to_lowercase(), |(_, b)| b.to_owned())
    };
    let provides: Vec<String> = package.provides.iter().map(bare).collect();
    let whole: Vec<String> = package.provides.iter().map(|p| p.to_lowercase()).collect();
    let is = |p: &String| *p == word;
    // A kind alone asks for nothing.
    let begins = |p: &String| p.starts_with(&word) && !word.ends_with(':');
    let described = || {
        let description = package.description.to_lowercase();
        let has = |part: &str| description.split(' ').any(|word| word.starts_with(part));
        let mut parts = word.split('-').filter(|part| !part.is_empty()).peekable();
        word.chars().count() > 1 && parts.peek().is_some() && parts.all(has)
    };
    let letters = || {
        let mut rest = name.chars();
        word.chars().all(|c| rest.any(|r| r == c))
    };
    match () {
        () if word.is_empty() => None,
        () if name == word => Some(0),
        () if provides.iter().chain(&whole).any(is) => Some(1),
        () if name.starts_with(&word) => Some(3),
        () if provides.iter().chain(&whole).any(begins) => Some(4),
        () if name.contains(&word) => Some(6),
        () if described() => Some(7),
        () if letters() => Some(8),
        () => None,
    }
}

fn some_name() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[abAB]{1,2}(-[ab0ü]{1,3}){0,2}").unwrap()
}

fn some_package() -> impl Strategy<Value = Package> {
    let provides = proptest::string::string_regex("(cmd:|so:)[abAB]{1,3}(\\.so)?").unwrap();
    let description = proptest::string::string_regex("[abü]{1,3}( [aB]{1,3}){0,2}").unwrap();
    let provides = proptest::collection::vec(provides, 0..3);
    (some_name(), description, provides, 0..3_u64).prop_map(
        |(name, description, provides, size)| {
            let provides: Vec<&str> = provides.iter().map(String::as_str).collect();
            Package {
                size,
                ..package(&name, &description, &provides)
            }
        },
    )
}

fn some_query() -> impl Strategy<Value = String> {
    let word = "(cmd:|so:|/b/)?[abABü0-]{0,3}";
    proptest::string::string_regex(&format!("{word}( {word}){{0,2}}")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_matches_best_first(
        packages in proptest::collection::vec(some_package(), 0..12),
        typed in some_query(),
        here in proptest::collection::vec(some_name(), 0..3),
    ) {
        let here: Vec<(&str, u64)> = here.iter().map(|name| (name.as_str(), 1)).collect();
        let here = installed(&here);
        let catalogue = Catalogue::new(packages, &str::cmp);
        // No manager: known names would match beside what the packages say.
        let all = catalogue.find("", &typed, &here, usize::MAX);
        prop_assert_eq!(all.total, all.matches.len());
        let words: Vec<String> = typed.to_lowercase().split_whitespace().map(Into::into).collect();
        if words.is_empty() {
            prop_assert_eq!(all.total, catalogue.len());
            return Ok(());
        }
        let ranks = |package: &Package| -> Option<Vec<u32>> {
            words.iter().map(|word| rank(package, word)).collect()
        };
        let mut last = None;
        for found in &all.matches {
            let ranks = ranks(&found.package);
            prop_assert!(ranks.is_some(), "{found:?} does not match {typed:?}");
            let worst = ranks.iter().flatten().max().copied();
            prop_assert!(last <= worst, "{:?} comes too late for {:?}", found, typed);
            last = worst;
            let fits = match &found.why {
                Why::Exact => worst == Some(0),
                Why::Provides(_) => matches!(worst, Some(1 | 4)),
                Why::Known(_) => false,
                Why::Name => matches!(worst, Some(3 | 6)),
                Why::Description => worst == Some(7),
                Why::Fuzzy => worst == Some(8),
            };
            prop_assert!(fits, "{found:?} is not why: {worst:?}");
        }
        // Nothing that matches without gaps is left out.
        for one in catalogue.find("", "", &here, usize::MAX).matches {
            let matches = ranks(&one.package).is_some_and(|ranks| ranks.iter().all(|rank| *rank < 8));
            let found = all.matches.iter().any(|m| m.package.name == one.package.name);
            prop_assert!(!matches || found, "{one:?} is not found by {typed:?}");
        }
        // Fewer are the first of all, and the same every time.
        let few = catalogue.find("", &typed, &here, 2).matches;
        prop_assert_eq!(&few[..], &all.matches[..few.len()]);
    }

    #[test]
    fn nothing_that_is_typed_or_indexed_makes_a_search_fail(
        names in proptest::collection::vec(any::<String>(), 0..6),
        typed in any::<String>(),
        most in 0..4_usize,
    ) {
        let packages = names.iter().map(|text| Package {
            provides: vec![text.clone(), format!("/{text}"), format!("so:{text}")],
            depends: vec![text.clone()],
            ..package(text, text, &[])
        });
        let catalogue = Catalogue::new(packages, &str::cmp);
        let here = installed(&names.iter().map(|n| (n.as_str(), 1)).collect::<Vec<_>>());
        for typed in names.iter().chain([&typed]) {
            prop_assert!(catalogue.find("apk", typed, &here, most).matches.len() <= most);
            catalogue.exactly("apk", typed, &here);
        }
    }
}
