//! Try in prod: files that a session made, run in the production image before anything is built. Pure.

use serde::Serialize;

use super::entrypoint::Finding;
use super::error::{Error, ErrorKind, Result};
use super::replay::{Ending, explained};
use super::secret;
use super::target::Config;
use super::text::{bounded, quote};

/// The most paths that are tried at once.
pub const MOST_PATHS: usize = 200;

/// What is tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Absolute paths in the twin, of files or folders.
    pub paths: Vec<String>,
    /// Program and arguments instead of the image's own; empty for that.
    pub argv: Vec<String>,
    /// Variables on top of the image's own.
    pub env: Vec<(String, String)>,
}

impl Trial {
    /// Checks the paths, and tidies them: each once, without a slash at its end.
    ///
    /// # Errors
    /// `Usage` when there is none, when there are too many, or when one is not absolute.
    pub fn checked(mut self) -> Result<Self> {
        let wrong = |what: String, hint: &str| Err(Error::new(ErrorKind::Usage, what).hint(hint));
        for path in &mut self.paths {
            let plain = |word: &str| !matches!(word, "" | "." | "..");
            let tidy = path.trim_end_matches('/');
            if !tidy
                .strip_prefix('/')
                .is_some_and(|rest| rest.split('/').all(plain))
            {
                let what = format!("{} is no absolute path of a file", bounded(path, 200));
                return wrong(
                    what,
                    "name files as they are called in the twin: /build/app",
                );
            }
            *path = tidy.to_owned();
        }
        self.paths.sort_unstable();
        self.paths.dedup();
        // What lies in a folder that is taken comes with it.
        let all = self.paths.clone();
        let within = |path: &String| {
            let over = |other: &String| {
                path.strip_prefix(other.as_str())
                    .is_some_and(|r| r.starts_with('/'))
            };
            all.iter().any(over)
        };
        self.paths.retain(|path| !within(path));
        if self.paths.is_empty() {
            return wrong(
                "no file to try was named".to_owned(),
                "name one by its path in the twin",
            );
        }
        if self.paths.len() > MOST_PATHS {
            let what = format!("{} files are too many to try at once", self.paths.len());
            return wrong(what, "name the folder that has them");
        }
        Ok(self)
    }

    /// What runs: the given program, else that of the image.
    ///
    /// # Errors
    /// `Usage` when neither says what: an image without `ENTRYPOINT` and `CMD` runs nothing.
    pub fn argv_in(&self, image: &str, config: &Config) -> Result<Vec<String>> {
        let own = || [config.entrypoint.clone(), config.cmd.clone()].concat();
        let argv = if self.argv.is_empty() {
            own()
        } else {
            self.argv.clone()
        };
        if argv.is_empty() {
            let what = format!("{image} names no program that could run");
            let hint = "name one behind `--`, such as: -- /build/app --version";
            return Err(Error::new(ErrorKind::Usage, what).hint(hint));
        }
        Ok(argv)
    }
}

/// A file that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TriedFile {
    /// Its path, in the twin and in the production image.
    pub path: String,
    /// Its size in bytes; of a folder that of its own entry.
    pub bytes: u64,
    /// Where it leads, when it is a link.
    pub link: Option<String>,
    /// It was in the production image, and is another one now.
    pub replaced: bool,
}

/// What came of a try: the report of `devtwin try`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tryout {
    /// The twin from which the files are.
    pub twin: String,
    /// The production image that ran.
    pub image: String,
    /// The files, in order.
    pub files: Vec<TriedFile>,
    /// Program and arguments; serializes with secrets masked.
    #[serde(serialize_with = "secret::masked_words")]
    pub argv: Vec<String>,
    /// The user, as the image says; empty means root.
    pub user: String,
    /// The docker commands that do the same, secrets by name alone.
    pub docker_run: String,
    /// How it ended.
    pub ending: Ending,
    /// How it ended and what that means, in words.
    pub words: String,
    /// How long it ran, in milliseconds.
    pub millis: u64,
    /// The last of what it printed, at most 64 KiB of each stream.
    pub stdout: String,
    /// As `stdout`, of its errors.
    pub stderr: String,
    /// What the inspector finds wrong in exactly that container, when it failed; the worst first.
    pub findings: Vec<Finding>,
    /// What else should be known, one line each.
    pub notes: Vec<String>,
}

impl Tryout {
    /// Whether it runs, or ended without a failure.
    pub fn is_well(&self) -> bool {
        self.ending.is_well()
    }

    /// In a sentence: whether it runs in production.
    pub fn headline(&self) -> String {
        let verdict = if self.is_well() { "runs" } else { "fails" };
        format!("{verdict} in {}", self.image)
    }

    /// Sets how it ended.
    pub fn ended(&mut self, ending: Ending, millis: u64) {
        self.words = explained(&ending, millis);
        (self.ending, self.millis) = (ending, millis);
    }
}

/// The docker commands that do the same: `run` is what follows `docker create`, `made` the folders that lead to a file and
/// are missing in the image, each as the one that is there and the path below it.
pub fn by_hand(twin: &str, files: &[TriedFile], run: &str, made: &[(String, String)]) -> String {
    let mut lines = vec![format!("docker create --name devtwin-try {run}")];
    for (there, below) in made {
        let first = below.split('/').next().unwrap_or(below);
        lines.push(format!(
            "(cd \"$(mktemp -d)\" && mkdir -p {} && tar -c {}) | docker cp - {}",
            quote(below),
            quote(first),
            quote(&format!("devtwin-try:{there}"))
        ));
    }
    for file in files {
        let (parent, _) = file.path.rsplit_once('/').unwrap_or_default();
        lines.push(format!(
            "docker cp {} - | docker cp - {}",
            quote(&format!("{twin}:{}", file.path)),
            quote(&format!("devtwin-try:{parent}/"))
        ));
    }
    lines.push("docker start -a devtwin-try".into());
    lines.push("docker rm -fv devtwin-try".into());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(paths: &[&str]) -> Result<Vec<String>> {
        let trial = Trial {
            paths: paths.iter().map(|p| (*p).to_owned()).collect(),
            ..Trial::default()
        };
        trial.checked().map(|trial| trial.paths)
    }

    #[test]
    fn each_path_is_taken_once_and_what_lies_in_a_folder_comes_with_it() {
        let paths = checked(&[
            "/build/app",
            "/opt/lib/",
            "/opt/lib/a.so",
            "/build/app",
            "/opt/library",
        ]);
        assert_eq!(paths.unwrap(), ["/build/app", "/opt/lib", "/opt/library"]);
    }

    #[test]
    fn what_is_no_path_of_a_file_is_refused() {
        for paths in [&["app"][..], &["/"], &["/a/../b"], &["/a//b"], &[""], &[]] {
            assert_eq!(
                checked(paths).unwrap_err().kind,
                ErrorKind::Usage,
                "{paths:?}"
            );
        }
        let many: Vec<String> = (0..=MOST_PATHS).map(|n| format!("/f{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(checked(&many).unwrap_err().message.contains("too many"));
    }

    #[test]
    fn the_images_own_program_runs_unless_one_is_named_and_one_of_both_there_must_be() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let config = Config {
            entrypoint: words(&["/app"]),
            cmd: words(&["--serve"]),
            ..Config::default()
        };
        let mut trial = Trial::default();
        assert_eq!(trial.argv_in("web", &config).unwrap(), ["/app", "--serve"]);
        let error = trial.argv_in("web", &Config::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(error.hint.unwrap().contains("-- /build/app"));
        trial.argv = words(&["/build/app"]);
        for config in [config, Config::default()] {
            assert_eq!(trial.argv_in("web", &config).unwrap(), ["/build/app"]);
        }
    }

    #[test]
    fn the_commands_by_hand_take_each_file_to_its_own_place() {
        let file = |path: &str| TriedFile {
            path: path.into(),
            bytes: 1,
            link: None,
            replaced: false,
        };
        let made = [("/opt".to_owned(), "my lib/deep".to_owned())];
        assert_eq!(
            by_hand(
                "twin",
                &[file("/app"), file("/opt/my lib/deep/a")],
                "web:1",
                &made
            ),
            "docker create --name devtwin-try web:1\n\
             (cd \"$(mktemp -d)\" && mkdir -p 'my lib/deep' && tar -c 'my lib') | docker cp - devtwin-try:/opt\n\
             docker cp twin:/app - | docker cp - devtwin-try:/\n\
             docker cp 'twin:/opt/my lib/deep/a' - | docker cp - 'devtwin-try:/opt/my lib/deep/'\n\
             docker start -a devtwin-try\n\
             docker rm -fv devtwin-try"
        );
    }

    #[test]
    fn a_report_as_json_holds_no_secret_of_the_command() {
        let report = Tryout {
            twin: "devtwin-web-1".into(),
            image: "web".into(),
            files: Vec::new(),
            argv: vec!["/app".into(), "--token=s3cret".into()],
            user: String::new(),
            docker_run: String::new(),
            ending: Ending::Lives,
            words: String::new(),
            millis: 0,
            stdout: String::new(),
            stderr: String::new(),
            findings: Vec::new(),
            notes: Vec::new(),
        };
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["argv"], serde_json::json!(["/app", "--token=***"]));
    }
}
