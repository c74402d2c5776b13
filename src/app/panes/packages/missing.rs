//! A command that a shell did not find: which package has it.

use crate::domain::packages::{Stock, Why};

/// Longest name of a command that is looked up.
const LONGEST: usize = 64;
/// Commands of a line that are looked up.
const MOST: usize = 16;

/// What a shell did not find.
#[derive(Debug, Default)]
pub struct Missing {
    /// Words that wait until it is known what can be had, those of a newer line in their place: one of them is a
    /// command that was not found.
    pub waiting: Vec<String>,
    /// The last answer.
    pub found: Option<Answer>,
}

/// A command and the package that has it, both as they are: clean them to show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The command.
    pub command: String,
    /// The package.
    pub package: String,
}

/// The commands of a line that packages could have. Which of them a shell did not find, it does not tell: of
/// `dig x | jq .` the status is that of one of them. Quotes do not count: what is no command in truth is found
/// in no package, or is there.
pub fn commands(line: &str) -> Vec<String> {
    let parts = line.split([';', '|', '&', '\n', '(', ')', '{', '}']);
    let commands = parts.filter_map(command).map(str::to_owned);
    commands.take(MOST).collect()
}

/// The command of a part of a line.
fn command(part: &str) -> Option<&str> {
    /// Words that stand before a command.
    const BEFORE: [&str; 9] = [
        "if", "then", "else", "elif", "while", "until", "do", "time", "!",
    ];
    let before = |word: &&str| BEFORE.contains(word) || is_set(word);
    let mut words = part.split_whitespace().skip_while(before);
    let mut word = words.next()?;
    if matches!(word, "sudo" | "doas") {
        word = words.find(|word| !word.starts_with('-') && !is_set(word))?;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let sound = word.len() <= LONGEST && word.chars().all(plain) && !word.starts_with('-');
    sound.then_some(word)
}

/// Whether a word sets a variable: `NAME=value`.
fn is_set(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The package that has a command, unless it is installed: then something else is wrong.
pub fn look_up(stock: &Stock, word: &str) -> Option<Answer> {
    let wanted = format!("cmd:{word}");
    let exactly = |typed: &str| {
        let manager = stock.manager.id();
        stock.catalogue.exactly(manager, typed, &stock.installed)
    };
    let provided = |what: &str| bare(what) == wanted;
    let has = |found: &crate::domain::packages::Match| match &found.why {
        Why::Provides(what) => provided(what),
        Why::Known(_) => true,
        // A package of that name has the command, unless the index says which commands it has.
        Why::Exact => {
            let mut commands = found.package.provides.iter();
            let told = commands.clone().any(|p| p.starts_with("cmd:"));
            !told || commands.any(|p| provided(p))
        }
        Why::Name | Why::Description | Why::Fuzzy => false,
    };
    let mut found = exactly(&wanted).into_iter().chain(exactly(word));
    let package = found.find(has)?.package.name;
    let there = stock.installed.packages.contains_key(&package);
    (!there).then(|| Answer {
        command: word.to_owned(),
        package,
    })
}

/// What is provided, without a version that may follow it.
fn bare(what: &str) -> &str {
    what.split_once('=').map_or(what, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_line_are_the_first_words_of_its_parts_that_could_be_some() {
        for (line, words) in [
            ("dig example.org", &["dig"][..]),
            ("  sudo -E dig +short x", &["dig"]),
            ("LANG=C TZ=UTC strace -p 1", &["strace"]),
            ("sudo A=b jq .", &["jq"]),
            ("g++ -v", &["g++"]),
            (
                "dig x | jq . && ! tree; (cd / && curl y)",
                &["dig", "jq", "tree", "cd", "curl"],
            ),
            ("if tree; then time jq .; fi", &["tree", "jq", "fi"]),
            ("./run.sh", &[]),
            ("/usr/bin/dig", &[]),
            ("$CMD x", &[]),
            ("'dig'", &[]),
            ("sudo", &[]),
            ("A=b", &[]),
            ("=x", &[]),
            ("-x", &[]),
            ("", &[]),
            ("dig\nsecond", &["dig", "second"]),
        ] {
            assert_eq!(commands(line), words, "{line:?}");
        }
        assert_eq!(commands(&"x".repeat(100)), [""; 0]);
        assert_eq!(commands(&"x;".repeat(100)).len(), MOST);
    }
}
