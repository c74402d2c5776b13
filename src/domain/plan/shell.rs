//! Shell integration: variables that make a shell mark its prompts and commands for the terminal.
//!
//! By the environment alone: nothing is written into the twin, and the engine is asked nothing more. What the
//! shells get stands in `assets/shell`.

use serde::Serializer;

use super::is_root;
use crate::domain::target::Image;

const BASH: &str = include_str!("../../../assets/shell/bash.sh");
const ASH: &str = include_str!("../../../assets/shell/ash.prompt");

/// The variable that brings the script, which takes it away again.
const SCRIPT: &str = "DEVTWIN_SHELL_INTEGRATION";

/// What bash runs before its first prompt; the script knows these words and takes them away.
const HOOK: &str = r#"eval "${DEVTWIN_SHELL_INTEGRATION-}""#;

/// Where a twin that is started again finds the directory of its shell: a script, put there before the start. The
/// shells' start-up files of an image are left alone, and a twin of which nothing is known has none.
pub const RETURN_FILE: &str = "/.devtwin-return";

/// The longest directory that is returned to, in bytes: the kernel knows no longer path.
const LONGEST_PATH: usize = 4096;

/// The script that brings the twin's own shell back to `directory`; none unless that is an absolute path.
///
/// Every shell of the twin may read it: further ones, which carry a mark, and those started from a shell, which have
/// a parent, stay where they are. What the path holds is text for the shell, whatever it holds.
pub fn return_script(directory: &str) -> Option<String> {
    if !directory.starts_with('/') || directory.len() > LONGEST_PATH || directory.contains('\0') {
        return None;
    }
    let quoted = directory.replace('\'', r"'\''");
    Some(format!(
        "if [ \"${{PPID-}}${{DEVTWIN_SHELL-}}\" = 0 ]; then cd '{quoted}' 2>/dev/null || :; fi\n"
    ))
}

/// The variables for the shell at `path`, run as `user`; none for a shell that would not understand them. What
/// the dev image itself sets for the prompt goes on to work.
///
/// `sh` may be any of them, and bash may be started from ash by hand: what is not for bash says so itself.
pub(super) fn integration(path: &str, user: &str, dev: Option<&Image>) -> Vec<(String, String)> {
    let own = |name: &str| {
        let env = dev.map(|image| image.config.env.as_slice());
        let mut env = env.unwrap_or_default().iter().rev();
        let found = env.find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    };
    variables(path, is_root(user), own)
}

/// The variables for a shell of this machine at `path`, which reads no start-up file; `root`: it runs as root. The
/// prompt is the directory's own name.
pub fn integration_here(path: &str, root: bool) -> Vec<(String, String)> {
    let end = if root { '#' } else { '$' };
    let (bash, other) = (format!(r"\W{end} "), format!(r"${{RANDOM+\W}}{end} "));
    let own = |name: &str| match name {
        "PS1" => Some(other.as_str()),
        "ENV" => Some(""),
        _ => None,
    };
    let mut env = variables(path, root, own);
    // In the script, since a variable of the environment would be every other shell's prompt, too.
    if !env.iter().any(|(name, _)| name == "PS1") {
        for (_, script) in env.iter_mut().filter(|(name, _)| name == SCRIPT) {
            script.insert_str(0, &format!("PS1='{bash}'\n"));
        }
    }
    env
}

/// The variables for the shell at `path`; `own` are those that are set for it anyhow.
fn variables<'a>(
    path: &str,
    root: bool,
    own: impl Fn(&str) -> Option<&'a str>,
) -> Vec<(String, String)> {
    let bash = || {
        let command = match own("PROMPT_COMMAND") {
            Some(own) => format!("{own}\n{HOOK}"),
            None => HOOK.to_owned(),
        };
        [
            ("PROMPT_COMMAND".to_owned(), command),
            (SCRIPT.to_owned(), code(BASH)),
        ]
    };
    match path.rsplit('/').next() {
        Some("bash") => bash().into(),
        Some("ash" | "dash" | "sh") => {
            let prompt = match (own("PS1"), root) {
                (Some(own), _) => own,
                // As either shell has it by default; only busybox understands the directory.
                (None, true) => r"${RANDOM+\w }# ",
                (None, false) => r"${RANDOM+\w }$ ",
            };
            let marked = code(ASH)
                .trim_end()
                .replace(r"\e", "\u{1b}")
                .replace(r"\a", "\u{7}")
                .replace("{PROMPT}", prompt);
            // ash and dash read that file when they are interactive, if it is there.
            let back = ("ENV".to_owned(), RETURN_FILE.to_owned());
            let back = own("ENV").is_none().then_some(back);
            [("PS1".to_owned(), marked)]
                .into_iter()
                .chain(back)
                .chain(bash())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Whether there is shell integration: reports tell no more of it.
pub(super) fn is_on<S: Serializer>(env: &[(String, String)], s: S) -> Result<S::Ok, S::Error> {
    s.serialize_bool(!env.is_empty())
}

/// A script without its comments and indentation: it is sent with each twin.
fn code(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &str) -> Vec<String> {
        let env = integration(path, "0", None);
        env.into_iter().map(|(name, _)| name).collect()
    }

    fn image(env: &[(&str, &str)]) -> Image {
        let env = env.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        Image {
            id: String::new(),
            tags: Vec::new(),
            digests: Vec::new(),
            os: "linux".into(),
            architecture: "amd64".into(),
            variant: String::new(),
            config: crate::domain::target::Config {
                env: env.collect(),
                ..Default::default()
            },
            layers: Vec::new(),
            folders: None,
        }
    }

    fn value(path: &str, user: &str, dev: Option<&Image>, name: &str) -> String {
        let env = integration(path, user, dev);
        env.into_iter().find(|(n, _)| n == name).unwrap().1
    }

    #[test]
    fn each_shell_gets_what_it_understands() {
        assert_eq!(names("/bin/bash"), ["PROMPT_COMMAND", SCRIPT]);
        for path in ["/bin/sh", "/busybox/sh", "/bin/ash", "dash"] {
            let want = ["PS1", "ENV", "PROMPT_COMMAND", SCRIPT];
            assert_eq!(names(path), want, "{path}");
        }
        for path in ["/usr/bin/fish", "/bin/zsh", "/bin/", ""] {
            assert!(names(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn the_prompt_looks_as_the_shells_own() {
        for (user, end) in [("0", "# "), ("root", "# "), ("1000", "$ ")] {
            let prompt = value("/bin/sh", user, None, "PS1");
            let shown = format!(r"133;A{0}${{RANDOM+\]}}${{RANDOM+\w }}{end}", '\u{7}');
            assert!(prompt.contains(&shown), "{prompt:?}");
        }
    }

    #[test]
    fn what_the_dev_image_sets_goes_on_to_work() {
        let dev = image(&[("PS1", "dev> "), ("PROMPT_COMMAND", "date")]);
        let prompt = value("/bin/ash", "0", Some(&dev), "PS1");
        assert!(
            prompt.contains(r"${RANDOM+\]}dev> ${RANDOM+\[}"),
            "{prompt:?}"
        );
        let command = value("/bin/bash", "0", Some(&dev), "PROMPT_COMMAND");
        assert_eq!(command, format!("date\n{HOOK}"));
        assert_eq!(value("/bin/bash", "0", None, "PROMPT_COMMAND"), HOOK);
    }

    #[test]
    fn a_shell_of_this_machine_has_a_short_prompt_and_reads_no_file() {
        let env = |path: &str, root| integration_here(path, root);
        let bash = env("/usr/bin/bash", false);
        let script = bash.iter().find(|(name, _)| name == SCRIPT);
        assert!(
            script.is_some_and(|(_, script)| script.starts_with("PS1='\\W$ '\n")),
            "{bash:?}"
        );
        assert!(!bash.iter().any(|(name, _)| name == "PS1"));
        let sh = env("/bin/sh", true);
        let prompt = sh.iter().find(|(name, _)| name == "PS1");
        assert!(
            prompt.is_some_and(|(_, prompt)| prompt.contains(r"${RANDOM+\W}# ")),
            "{sh:?}"
        );
        assert!(!sh.iter().any(|(name, _)| name == "ENV"));
    }

    #[test]
    fn a_directory_is_text_whatever_it_holds() {
        let script = return_script("/tmp/it's $(here)").unwrap();
        assert!(script.contains(r"cd '/tmp/it'\''s $(here)' 2>"), "{script}");
        for wrong in ["", "tmp", "-P", "/a\0b", &format!("/{}", "a".repeat(5000))] {
            assert_eq!(return_script(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_env_file_of_the_image_stays() {
        let dev = image(&[("ENV", "/etc/profile")]);
        let env = integration("/bin/sh", "0", Some(&dev));
        assert!(!env.iter().any(|(name, _)| name == "ENV"));
    }

    #[test]
    fn what_is_sent_is_short_and_the_script_knows_its_own_hook() {
        let script = value("/bin/bash", "0", None, SCRIPT);
        assert!(script.contains(&format!("='{HOOK}'\n")), "{script}");
        assert!(!script.lines().any(|line| line.starts_with(['#', ' '])));
        assert!(script.len() < 4096, "{} bytes", script.len());
    }
}
