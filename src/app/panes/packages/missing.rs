//! A command that a shell did not find: which package has it.

use crate::domain::packages::{Stock, Why};

/// Longest name of a command that is looked up.
const LONGEST: usize = 64;

/// What a shell did not find.
#[derive(Debug, Default)]
pub struct Missing {
    /// A word that waits until it is known what can be had; a newer one takes its place.
    pub waiting: Option<String>,
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

/// The command of a line that a shell did not find, when it is one that a package could have.
pub fn command(line: &str) -> Option<&str> {
    let line = line.lines().next()?;
    let mut words = line.split_whitespace().skip_while(|word| is_set(word));
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
    fn the_command_of_a_line_is_its_first_word_that_could_be_one() {
        for (line, word) in [
            ("dig example.org", Some("dig")),
            ("  sudo -E dig +short x", Some("dig")),
            ("LANG=C TZ=UTC strace -p 1", Some("strace")),
            ("sudo A=b jq .", Some("jq")),
            ("g++ -v", Some("g++")),
            ("./run.sh", None),
            ("/usr/bin/dig", None),
            ("$CMD x", None),
            ("'dig'", None),
            ("sudo", None),
            ("A=b", None),
            ("=x", None),
            ("-x", None),
            ("", None),
            ("dig\nsecond", Some("dig")),
        ] {
            assert_eq!(command(line), word, "{line:?}");
        }
        assert_eq!(command(&"x".repeat(100)), None);
    }
}
