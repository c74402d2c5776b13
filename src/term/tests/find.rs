use super::*;
use crate::term::{Found, Highlight, SelectKind};
use Highlight::{CurrentMatch, Match, Selected};

fn counted(at: usize, of: usize) -> Found {
    let more = false;
    Found { at, of, more }
}

#[test]
fn the_nearest_match_is_found_going_back() {
    let mut terminal = numbered(20, 4, 30);
    assert_eq!(terminal.find("line 2"), Ok(true));
    assert_eq!(
        (terminal.view_top(), terminal.found()),
        (line(26), Some(counted(1, 11)))
    );
    assert_eq!(terminal.find("line 1"), Ok(true));
    assert_eq!(
        (terminal.view_top(), terminal.found()),
        (line(19), Some(counted(1, 11)))
    );
    // Going back to a shorter pattern begins where the search began.
    assert_eq!(terminal.find("line"), Ok(true));
    assert_eq!(terminal.found(), Some(counted(1, 30)));
    assert_eq!(terminal.find("line 1$"), Ok(true));
    assert_eq!(
        (terminal.view_top(), terminal.found()),
        (line(1), Some(counted(1, 1)))
    );
    assert_eq!(terminal.find("nothing"), Ok(false));
    assert_eq!(terminal.found(), None);
    assert_eq!(terminal.find(""), Ok(false));
    assert!(terminal.highlights(0).is_empty());
}

#[test]
fn searching_goes_around() {
    let mut terminal = fed(20, 4, "a1 a2\r\nx\r\na3");
    terminal.find("a.").unwrap();
    let mut seen = vec![terminal.found().unwrap().at];
    for back in [true, true, true, true, false, false, false, false] {
        assert!(terminal.find_again(back));
        seen.push(terminal.found().unwrap().at);
    }
    assert_eq!(seen, [1, 2, 3, 1, 2, 1, 3, 2, 1]);
    terminal.find_none();
    assert!(!terminal.find_again(true));
    // One match is found again.
    terminal.find("x").unwrap();
    assert!(terminal.find_again(true) && terminal.find_again(false));
    assert_eq!(terminal.found(), Some(counted(1, 1)));
}

#[test]
fn a_match_below_the_view_is_found_by_going_around() {
    let mut terminal = numbered(20, 4, 30);
    terminal.scroll_to_top();
    assert_eq!(terminal.find("line 29"), Ok(true));
    assert_eq!(terminal.view_top(), line(26));
}

#[test]
fn case_counts_when_the_pattern_has_a_capital() {
    let mut terminal = fed(20, 4, "Ab ab AB Äb");
    for (pattern, count) in [
        ("ab", 3),
        ("AB", 1),
        ("Ab", 1),
        ("äb", 1),
        ("\\Sb", 4),
        ("\\Bb", 4),
        ("a\\\\B", 0),
    ] {
        terminal.find(pattern).unwrap();
        let of = terminal.found().map_or(0, |found| found.of);
        assert_eq!(of, count, "{pattern}");
    }
}

#[test]
fn matches_are_marked_over_wraps_and_wide_characters() {
    let mut terminal = fed(6, 4, "xxabcdefxx\r\n漢字x漢字");
    terminal.find("abcdef").unwrap();
    assert_eq!(terminal.highlights(0), [(2..=5, CurrentMatch)]);
    assert_eq!(terminal.highlights(1), [(0..=1, CurrentMatch)]);
    terminal.find("字").unwrap();
    assert_eq!(terminal.highlights(2), [(2..=3, Match)]);
    // `漢` does not fit behind the x: the row ends with a blank.
    assert_eq!(terminal.highlights(3), [(2..=3, CurrentMatch)]);
    terminal.find("x漢").unwrap();
    assert_eq!(terminal.highlights(2), [(4..=5, CurrentMatch)]);
    assert_eq!(terminal.highlights(3), [(0..=1, CurrentMatch)]);
}

#[test]
fn the_selection_goes_before_matches() {
    let mut terminal = fed(20, 2, "abc abc abc");
    terminal.find("abc").unwrap();
    terminal.select(at(0, 5), SelectKind::Character);
    terminal.select_to(at(0, 8));
    assert_eq!(
        terminal.highlights(0),
        [
            (0..=2, Match),
            (4..=4, Match),
            (5..=8, Selected),
            (9..=10, CurrentMatch)
        ]
    );
    assert!(terminal.highlights(2).is_empty());
}

#[test]
fn bad_and_huge_patterns_are_errors_in_words() {
    let mut terminal = fed(20, 2, "abc");
    for pattern in [
        "(",
        "[",
        "a{99999}",
        "\\p{Nope}",
        &"x".repeat(2000),
        "(?:a{1000}){1000}",
    ] {
        let words = terminal.find(pattern).unwrap_err();
        assert!(!words.is_empty() && words.len() < 300, "{words}");
        assert!(!words.contains(char::is_control), "{words}");
        assert_eq!(terminal.found(), None);
    }
    assert_eq!(terminal.find("("), Err("unclosed group".into()));
    for pattern in ["x*", "^", "$", "\\b", "()"] {
        assert_eq!(
            terminal.find(pattern),
            Ok(false),
            "{pattern} matches only nothing"
        );
    }
}

#[test]
fn counting_is_cut() {
    let mut terminal = Terminal::new(Size::clamped(80, 24), 10_000);
    terminal.feed("x x x\r\n".repeat(9000).as_bytes());
    terminal.find("x").unwrap();
    let found = terminal.found().unwrap();
    assert!(found.more && found.at == 1 && (1000..1010).contains(&found.of));
    terminal.scroll_to_top();
    terminal.find_none();
    terminal.find("x").unwrap();
    assert!(terminal.found().unwrap().more);
    assert!(terminal.view_top() < line(30));
}

#[test]
fn an_endless_line_is_searched_in_parts() {
    let mut terminal = Terminal::new(Size::clamped(10, 4), 20_000);
    terminal.feed(("a".repeat(99_990) + "needle").as_bytes());
    assert_eq!(terminal.find("needle"), Ok(true));
    terminal.feed(("b".repeat(99_990)).as_bytes());
    assert!(terminal.find_again(true));
    assert_eq!(terminal.found(), Some(counted(1, 1)));
}

#[test]
fn links_are_found_in_plain_text_and_over_wraps() {
    let mut terminal = fed(
        20,
        6,
        "see https://a.example/long/path?q=1, or\r\n(http://b/).",
    );
    let link = terminal.link_at(at(0, 5)).unwrap();
    assert_eq!(link.uri, "https://a.example/long/path?q=1");
    assert_eq!(link.spans, [(0, 4, 19), (1, 0, 14)]);
    assert!(!link.named);
    assert_eq!(terminal.link_at(at(1, 14)), Some(link));
    for spot in [at(0, 3), at(1, 15), at(2, 0), at(5, 0), at(9, 0), at(0, 20)] {
        assert_eq!(terminal.link_at(spot), None, "{spot:?}");
    }
    assert_eq!(terminal.link_at(at(2, 3)).unwrap().uri, "http://b/");
    terminal.feed(b"\r\nmailto:a@b.c javascript:alert(1) http:// x");
    assert_eq!(terminal.link_at(at(3, 2)).unwrap().uri, "mailto:a@b.c");
    for col in 13..20 {
        assert_eq!(terminal.link_at(at(3, col)), None);
    }
    // Half of a link may be out of the view.
    terminal.resize(Size::clamped(20, 2));
    terminal.scroll_to(line(1));
    assert_eq!(terminal.link_at(at(0, 0)).unwrap().spans, [(0, 0, 14)]);
}

#[test]
fn links_that_programs_name_are_found_whole() {
    let link = |uri: &str, text: &str| format!("\x1b]8;;{uri}\x1b\\{text}\x1b]8;;\x1b\\");
    let mut terminal = fed(10, 3, &format!("a {} b", link("http://x/;y", "here it is")));
    let found = terminal.link_at(at(1, 0)).unwrap();
    assert_eq!((found.uri.as_str(), found.named), ("http://x/;y", true));
    assert_eq!(found.spans, [(0, 2, 9), (1, 0, 1)]);
    assert_eq!(terminal.link_at(at(1, 2)), None);
    for uri in [
        "nothing",
        "http://a\u{85}b",
        &format!("http://{}", "x".repeat(3000)),
    ] {
        terminal.feed(format!("\x1bc{}", link(uri, "text")).as_bytes());
        assert_eq!(terminal.link_at(at(0, 0)), None, "{uri}");
    }
    // A named address goes before what the text says.
    terminal.feed(format!("\x1bc{}", link("http://evil/", "http://a")).as_bytes());
    assert_eq!(terminal.link_at(at(0, 0)).unwrap().uri, "http://evil/");
}
