//! How docker is called so that it reaches the engine that devtwin reached: what is put into every docker line that is
//! shown or printed, so that pasting it does what it says.

use super::text::quote;

/// The command that every line begins with.
const DOCKER: &str = "docker ";

/// The variable with an engine's address.
const HOST: &str = "DOCKER_HOST";

/// The variable with the name of a docker context.
const CONTEXT: &str = "DOCKER_CONTEXT";

/// The context that stands for `DOCKER_HOST` and the default socket.
const DEFAULT: &str = "default";

/// How docker comes to the same engine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Call {
    /// By itself.
    #[default]
    AsItIs,
    /// By the docker context of that name.
    Context(String),
    /// By the engine's address, in docker's forms.
    Host(String),
}

impl Call {
    /// By the docker context of that name.
    pub fn context(name: &str) -> Self {
        Self::Context(name.to_owned())
    }

    /// By the engine's address, in docker's forms.
    pub fn host(address: &str) -> Self {
        Self::Host(address.to_owned())
    }

    /// What stands between `docker` and its verb; nothing where docker comes to the same engine by itself.
    fn flag(&self) -> String {
        match self {
            Self::AsItIs => String::new(),
            Self::Context(name) => format!("--context {} ", quote(name)),
            Self::Host(address) => format!("-H {} ", quote(address)),
        }
    }

    /// The variables by which docker, and devtwin, come to the same engine from a shell: a value to set, or none for
    /// one that must not be there. Where docker comes there by itself, what the shell inherits is left alone.
    pub fn variables(&self) -> Vec<(&'static str, Option<&str>)> {
        match self {
            Self::AsItIs => Vec::new(),
            // This one is DOCKER_HOST, where there is one.
            Self::Context(name) if name == DEFAULT => vec![(CONTEXT, Some(name))],
            Self::Context(name) => vec![(CONTEXT, Some(name)), (HOST, None)],
            Self::Host(address) => vec![(HOST, Some(address)), (CONTEXT, None)],
        }
    }

    /// The line with it at every place where docker is called: at its beginning, at that of each of its lines, and
    /// behind `&&`, `||`, `|` and `;`; never inside quotes. A line that has it already stays as it is.
    pub fn line(&self, line: &str) -> String {
        let flag = self.flag();
        if flag.is_empty() {
            return line.to_owned();
        }
        let mut told = String::new();
        let mut quote = None;
        // Whether a command may begin here.
        let mut begins = true;
        let mut rest = line;
        while let Some(letter) = rest.chars().next() {
            if begins && let Some(behind) = rest.strip_prefix(DOCKER) {
                told.push_str(DOCKER);
                if !behind.starts_with(&flag) {
                    told.push_str(&flag);
                }
                (rest, begins) = (behind, false);
                continue;
            }
            let mut taken = letter.len_utf8();
            match (quote, letter) {
                // What a backslash stands before means nothing, but in plain single quotes.
                (None | Some('"' | '$'), '\\') => {
                    taken += rest.chars().nth(1).map_or(0, char::len_utf8);
                    begins = false;
                }
                (None, '\'') if told.ends_with('$') => quote = Some('$'),
                (None, '\'' | '"') => quote = Some(letter),
                (Some('$'), '\'') => quote = None,
                (Some(open), _) if open == letter => quote = None,
                (None, '\n' | '|' | '&' | ';') => begins = true,
                (None, ' ') => {}
                (None | Some(_), _) => begins = false,
            }
            let (now, later) = rest.split_at_checked(taken).unwrap_or((rest, ""));
            told.push_str(now);
            rest = later;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_is_called_by_it_wherever_it_is_called() {
        let call = Call::context("prod");
        for (line, want) in [
            ("docker ps --all", "docker --context prod ps --all"),
            ("docker --context prod ps", "docker --context prod ps"),
            (
                "docker commit a b && docker run b\ndocker rm b",
                "docker --context prod commit a b && docker --context prod run b\ndocker --context prod rm b",
            ),
            (
                "docker export a | docker cp - b:/x",
                "docker --context prod export a | docker --context prod cp - b:/x",
            ),
            ("  docker ps", "  docker --context prod ps"),
            // What others say stays as they said it.
            (
                "docker run a sh -c 'x && docker ps' \"; docker ps\" $'\\'; docker ps' \\; docker ps",
                "docker --context prod run a sh -c 'x && docker ps' \"; docker ps\" $'\\'; docker ps' \\; docker ps",
            ),
            (
                "docker run docker docker ps",
                "docker --context prod run docker docker ps",
            ),
            ("docker run é 'ü", "docker --context prod run é 'ü"),
            ("", ""),
            ("\\", "\\"),
            ("apk add docker ", "apk add docker "),
        ] {
            assert_eq!(call.line(line), want);
            assert_eq!(call.line(want), want, "twice is once");
            assert_eq!(Call::default().line(line), line);
        }
        assert_eq!(
            Call::host("unix:///a b").line("docker ps"),
            "docker -H 'unix:///a b' ps"
        );
    }

    #[test]
    fn a_shell_gets_one_way_to_the_engine_and_not_two() {
        let (host, context) = ("DOCKER_HOST", "DOCKER_CONTEXT");
        let prod = Call::context("prod");
        assert_eq!(prod.variables(), [(context, Some("prod")), (host, None)]);
        let address = Call::host("tcp://h:1");
        assert_eq!(
            address.variables(),
            [(host, Some("tcp://h:1")), (context, None)]
        );
        // The address that this context may stand for stays.
        let default = Call::context("default");
        assert_eq!(default.variables(), [(context, Some("default"))]);
        assert!(Call::default().variables().is_empty());
    }
}
