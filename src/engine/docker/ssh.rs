//! An engine on another machine by ssh: each connection is one `ssh HOST docker system dial-stdio`.
//!
//! The system's own ssh does it, with the person's configuration, keys and agent. It must never ask anything
//! (`BatchMode`): a question on the terminal would stand in the middle of the screen.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::domain::error::Result;

use super::error::plain;

/// Seconds that ssh may take to reach the machine.
pub(super) const CONNECT_SECONDS: u64 = 10;

/// The most that is kept of what ssh says, in bytes from its end.
const SAID: usize = 4 * 1024;

/// A machine, as in `ssh://[user@]host[:port][/socket]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket there, if not the usual one.
    socket: Option<String>,
}

impl Machine {
    /// Reads what follows `ssh://`. The error is a reason.
    pub(super) fn parse(rest: &str) -> Result<Self, &'static str> {
        let (place, socket) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, place),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err("a password does not belong into the address");
        }
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (
                host,
                Some(
                    port.parse()
                        .ok()
                        .filter(|p| *p != 0)
                        .ok_or("the port is malformed")?,
                ),
            ),
            _ => (place, None),
        };
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        // A word that begins with a dash would be an option of ssh's.
        let word = |w: &str| {
            let known = |b: u8| {
                b.is_ascii_alphanumeric()
                    || matches!(b, b'.' | b'-' | b'_' | b':' | b'%' | b'+' | b'\\')
            };
            !w.is_empty() && !w.starts_with('-') && w.bytes().all(known)
        };
        if !word(host) || !user.is_none_or(word) {
            return Err("the user or host is malformed");
        }
        if socket.chars().any(char::is_control) {
            return Err("the socket's path is malformed");
        }
        Ok(Self {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
            socket: Some(socket.to_owned()).filter(|s| s.len() > 1),
        })
    }

    /// In one form, without the scheme.
    pub(super) fn place(&self) -> String {
        let user = self
            .user
            .as_ref()
            .map(|user| format!("{user}@"))
            .unwrap_or_default();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        format!(
            "{user}{host}{port}{}",
            self.socket.as_deref().unwrap_or_default()
        )
    }

    /// The command without its options for devtwin alone: what a person would type.
    pub(super) fn by_hand(&self) -> String {
        let mut words = vec!["ssh".to_owned()];
        words.extend(self.place_words());
        words.push("docker version".into());
        words.join(" ")
    }

    fn place_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(user) = &self.user {
            words.extend(["-l".to_owned(), user.clone()]);
        }
        if let Some(port) = self.port {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        words.extend(["--".to_owned(), self.host.clone()]);
        words
    }

    fn words(&self) -> Vec<String> {
        let timeout = format!("ConnectTimeout={CONNECT_SECONDS}");
        // A connection that stalls ends after 15 seconds, so that what hangs on it can be made again.
        let options = [
            "-T",
            "-o",
            "BatchMode=yes",
            "-o",
            &timeout,
            "-o",
            "ServerAliveInterval=5",
            "-o",
            "ServerAliveCountMax=3",
        ];
        let mut words: Vec<_> = options.map(str::to_owned).into();
        words.extend(self.place_words());
        // The other side's shell splits these again.
        words.push(match &self.socket {
            None => "docker system dial-stdio".to_owned(),
            Some(path) => format!(
                "docker --host {} system dial-stdio",
                shell_words::quote(&format!("unix://{path}"))
            ),
        });
        words
    }

    /// Starts ssh. That it failed is known when the first byte is read.
    pub(super) fn dial(&self) -> io::Result<Link> {
        let mut command = Command::new("ssh");
        command
            .args(self.words())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Ctrl-C is for devtwin: what ends behind it still needs the connection.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::Error::other("ssh has no pipes"));
        };
        Ok(Link {
            _child: child,
            input: Some(input),
            output,
            errors: Some(errors),
            said: Vec::new(),
            heard: false,
        })
    }
}

/// A connection by ssh; dropping it ends the process.
pub(super) struct Link {
    _child: Child,
    /// None once it was shut down.
    input: Option<ChildStdin>,
    output: ChildStdout,
    /// None once it ended.
    errors: Option<ChildStderr>,
    said: Vec<u8>,
    /// Whether the other side sent anything.
    heard: bool,
}

/// What ssh said when it gave up.
#[derive(Debug, thiserror::Error)]
#[error("ssh: {0}")]
pub(super) struct Failed(pub(super) String);

impl Link {
    /// Takes in what ssh says; ready at its end.
    fn poll_said(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(errors) = &mut self.errors {
            let mut chunk = [0; 1024];
            let mut buf = ReadBuf::new(&mut chunk);
            match ready!(Pin::new(errors).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {
                    self.said.extend_from_slice(buf.filled());
                    let surplus = self.said.len().saturating_sub(SAID);
                    self.said.drain(..surplus);
                }
                Ok(()) | Err(_) => self.errors = None,
            }
        }
        Poll::Ready(())
    }

    fn failed(&self) -> io::Error {
        let said = String::from_utf8_lossy(&self.said);
        let mut lines: Vec<_> = said
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect();
        let last = lines.split_off(lines.len().saturating_sub(3));
        let words = if last.is_empty() {
            "it ended without a word".to_owned()
        } else {
            last.join("; ")
        };
        io::Error::new(io::ErrorKind::ConnectionAborted, Failed(plain(&words)))
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Also so that it never blocks on saying it.
        let silent = self.poll_said(cx);
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.output).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.heard = true;
            return Poll::Ready(Ok(()));
        }
        if self.heard || buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        // The end before the first byte: why is on the other pipe.
        ready!(silent);
        Poll::Ready(Err(self.failed()))
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.input {
            Some(input) => {
                match ready!(Pin::new(input).poll_write(cx, bytes)) {
                    // It has ended: why is told to whoever reads.
                    Err(e) if e.kind() == io::ErrorKind::BrokenPipe && !self.heard => {
                        Poll::Ready(Ok(bytes.len()))
                    }
                    result => Poll::Ready(result),
                }
            }
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.input {
            Some(input) => Pin::new(input).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(input) = &mut self.input {
            // The pipe is closed by dropping it.
            ready!(Pin::new(input).poll_flush(cx))?;
            self.input = None;
        }
        Poll::Ready(Ok(()))
    }
}

/// What to try after ssh gave up with these words.
pub(super) fn hint(machine: &Machine, words: &str) -> String {
    let by_hand = machine.by_hand();
    let lower = words.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("host key verification failed") {
        format!(
            "ssh does not know that machine's key (or another one): `{by_hand}` once by hand, where ssh can ask"
        )
    } else if has("permission denied (") || has("too many authentication failures") {
        format!(
            "ssh may not ask for a password here: add the key to an agent (`ssh-add`) until `{by_hand}` asks nothing"
        )
    } else if has("not found") || has("no such file") {
        format!(
            "is docker installed there, and in the PATH of a non-interactive shell? `{by_hand}`"
        )
    } else if has("permission denied while")
        || has("dial unix")
        || has("cannot connect to the docker daemon")
    {
        format!("that user must be able to use docker there: `{by_hand}`")
    } else if has("could not resolve") || has("timed out") || has("refused") || has("no route") {
        format!("check the machine's name and port: `{by_hand}`")
    } else {
        format!("try by hand: `{by_hand}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_read_in_dockers_form() {
        for (text, words) in [
            ("box", "-- box docker system dial-stdio"),
            (
                "ada@box:2222",
                "-l ada -p 2222 -- box docker system dial-stdio",
            ),
            ("[::1]:22", "-p 22 -- ::1 docker system dial-stdio"),
            ("box/", "-- box docker system dial-stdio"),
            (
                "box/run/a b;x.sock",
                "-- box docker --host 'unix:///run/a b;x.sock' system dial-stdio",
            ),
        ] {
            let machine = Machine::parse(text).unwrap();
            let all = machine.words().join(" ");
            assert!(all.ends_with(words), "{text}: {all}");
            assert!(all.contains("BatchMode=yes"));
        }
        assert_eq!(
            Machine::parse("ada@box:2222/x.sock").unwrap().place(),
            "ada@box:2222/x.sock"
        );
    }

    #[test]
    fn what_ssh_would_take_for_an_option_is_refused() {
        for text in [
            "",
            "-oProxyCommand=x",
            "-x@box",
            "ada:pw@box",
            "box:0",
            "box:99999",
            "a b",
            "box;x",
            "a@b@$(x)",
        ] {
            assert!(Machine::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_ssh_says_gets_a_hint_that_fits() {
        let machine = Machine::parse("ada@box").unwrap();
        for (words, part) in [
            ("Host key verification failed.", "where ssh can ask"),
            ("ada@box: Permission denied (publickey).", "ssh-add"),
            ("bash: line 1: docker: command not found", "installed"),
            (
                "permission denied while trying to connect to the Docker daemon socket",
                "able to use docker",
            ),
            ("ssh: Could not resolve hostname box", "name and port"),
            ("it ended without a word", "by hand"),
        ] {
            let hint = hint(&machine, words);
            assert!(
                hint.contains(part) && hint.contains("ssh -l ada -- box docker version"),
                "{words}: {hint}"
            );
        }
    }
}
