//! What leaves the screen: the clipboard, files that the person names, links.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

use crate::domain::error::{Error, ErrorKind, Result};

/// What may be opened: an address of another kind can make a program of this machine do anything.
const SCHEMES: [&str; 2] = ["http://", "https://"];

/// Puts text into the outer terminal's clipboard.
pub(super) fn copy(text: &str) {
    let mut out = io::stdout();
    if let Err(error) =
        execute!(out, CopyToClipboard::to_clipboard_from(text)).and_then(|()| out.flush())
    {
        tracing::warn!(%error, "the clipboard was not reached");
    }
}

/// Writes text to a new file that only the person can read: what a shell printed may hold secrets.
pub(super) async fn save(path: &str, text: String) -> Result<()> {
    let file = named(path);
    let written = async {
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(&file).await?;
        tokio::io::AsyncWriteExt::write_all(&mut file, text.as_bytes()).await?;
        file.sync_all().await
    };
    written.await.map_err(|error| unwritable(path, &error))
}

/// The first of the names at which nothing stands, when that is not the very first; none either where none is free.
pub(super) async fn free(names: &[String]) -> Option<&String> {
    for (at, name) in names.iter().enumerate() {
        let found = tokio::fs::symlink_metadata(named(name)).await;
        if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return (at > 0).then_some(name);
        }
    }
    None
}

/// The file that a person named; `~/` is their home.
pub(super) fn named(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Why a file cannot be written.
pub(super) fn unwritable(path: &str, error: &io::Error) -> Error {
    let hint = if error.kind() == io::ErrorKind::AlreadyExists {
        "choose another name; devtwin overwrites no file"
    } else {
        "choose another place"
    };
    Error::new(ErrorKind::Usage, format!("cannot write {path}: {error}")).hint(hint)
}

/// Opens a web address with the person's own program.
pub(super) fn open_link(uri: &str) -> Result<()> {
    let no = |what: String| {
        Error::new(ErrorKind::Usage, what).hint("copy the address and open it yourself")
    };
    if !SCHEMES.iter().any(|scheme| uri.starts_with(scheme)) {
        return Err(no("only web addresses are opened".into()));
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    // No address holds them as they are (RFC 3986), and openers are scripts that pass it through shells.
    let stray = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | '<' | '>' | '\\' | '|' | '^' | '{' | '}'
            )
    };
    if uri.contains(stray) {
        return Err(no("the address is not well formed".into()));
    }
    let started = started(opener, uri);
    match started {
        Ok(mut child) => {
            // It may stay as long as a browser does; only its end must be taken note of.
            std::thread::spawn(move || drop(child.wait()));
            Ok(())
        }
        Err(error) => Err(no(format!("{opener} cannot be started: {error}"))),
    }
}

/// Starts a program of the person's with an address. In the background of our terminal: without a desktop it
/// may be a browser that would read the terminal's keys and draw over the screen.
fn started(opener: &str, uri: &str) -> io::Result<Child> {
    let mut command = Command::new(opener);
    command.arg(uri);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).process_group(0).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_web_address_is_not_opened() {
        for uri in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://a/ --new-window",
            "http://a/\"b",
            "http://a/`id`",
        ] {
            assert!(open_link(uri).is_err(), "{uri}");
        }
    }

    #[tokio::test]
    async fn a_name_at_which_something_stands_is_not_free() {
        let place = tempfile::tempdir().expect("a folder");
        let at = |name: &str| place.path().join(name).display().to_string();
        let names = ["a", "b", "c"].map(at);
        assert_eq!(free(&names).await, None, "the first one is");
        std::fs::write(at("a"), "").expect("it can be written");
        // It leads nowhere, and would be written through.
        std::os::unix::fs::symlink("nowhere", at("b")).expect("it can be made");
        assert_eq!(free(&names).await, Some(&at("c")));
        assert_eq!(free(&names[..2]).await, None, "none is");
    }

    #[test]
    fn an_opener_does_not_get_our_terminal() {
        let mut child = started("sleep", "60").expect("sleep is there");
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id()));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        if let Ok(stat) = stat {
            let group = stat
                .rsplit(')')
                .next()
                .and_then(|rest| rest.split_whitespace().nth(2));
            assert_eq!(group, Some(child.id().to_string().as_str()));
        }
    }
}
