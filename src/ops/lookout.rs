//! A shell of the twin that tells of processes and network as long as somebody looks: one exec for all questions.
//!
//! `assets/shell/look.sh` says how it answers, and why nothing that it reads can forge an answer.

mod records;

use std::time::{Duration, Instant};

use self::records::Records;
use super::talk::{Talk, unheard, word};
use super::within;
use crate::domain::error::Result;
use crate::domain::look::{Answer, Look, Outcome, Seen, Vantage};
use crate::domain::process::{Details, Env, Listing, Owner, Process, State};
use crate::domain::sockets::{Net, Owners};
use crate::domain::target::ContainerId;
use crate::domain::twin::Twin;
use crate::domain::{accounts, process, sockets};
use crate::engine::Engine;

const SCRIPT: &str = include_str!("../../assets/shell/look.sh");

/// How long the engine may take to send a signal.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often, and after which pauses, a process is looked at that got a signal.
const LOOKS: [u64; 6] = [20, 50, 100, 200, 300, 400];

/// The shell, while it runs.
pub struct Lookout {
    talk: Talk,
    target: ContainerId,
    vantage: Vantage,
    /// What ends each record.
    frame: Vec<u8>,
    /// The programs that it has.
    have: String,
    /// The target's `/etc/passwd`, when it was read.
    passwd: Option<String>,
    /// Whether looking for the owners of sockets took too long once.
    slow: bool,
}

impl Lookout {
    /// Starts the shell in a twin. With `slow` it never looks for the processes that have a socket.
    ///
    /// # Errors
    /// `Engine`: the engine cannot run the twin's shell, or it does not answer.
    pub async fn open(
        engine: &dyn Engine,
        twin: &Twin,
        vantage: Vantage,
        slow: bool,
    ) -> Result<Self> {
        let frame = vec![format!("DEVTWIN_FRAME={}", word())];
        let talk = Talk::open(engine, twin, SCRIPT, "devtwin-look", frame).await?;
        let mut lookout = Self {
            talk,
            target: twin.plan.target.clone(),
            vantage,
            frame: Vec::new(),
            have: String::new(),
            passwd: None,
            slow,
        };
        let first = match lookout.talk.ask("hello").await {
            Ok(first) => first,
            Err(error) => {
                lookout.close(engine).await;
                return Err(error);
            }
        };
        let end = first
            .iter()
            .position(|b| *b == b'\n')
            .unwrap_or(first.len());
        let (have, frame) = first.split_at(end);
        lookout.have = String::from_utf8_lossy(have).into_owned();
        lookout.frame = frame.get(1..).unwrap_or_default().to_vec();
        if lookout.frame.is_empty() {
            lookout.close(engine).await;
            return Err(unheard("the twin's shell cannot read its own /proc"));
        }
        Ok(lookout)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// `Engine`: the shell has ended, did not answer in time, or said too much. It is of no use any more then.
    pub async fn answer(&mut self, engine: &dyn Engine, look: &Look) -> Result<Answer> {
        let since = Instant::now();
        match look {
            Look::Processes { all } => {
                let listing = self.listing(*all).await?;
                Ok(Answer::Processes(listing, since.elapsed()))
            }
            Look::Process { pid } => {
                let details = self.details(*pid).await?;
                Ok(Answer::Process(*pid, details.map(Box::new)))
            }
            Look::Network => {
                let listing = self.listing(true).await?;
                let net = self.net().await?;
                Ok(Answer::Network(net, listing, since.elapsed()))
            }
            Look::Send { pid, start, signal } => {
                let outcome = self.send(engine, *pid, *start, signal.name).await?;
                Ok(Answer::Sent(*pid, outcome))
            }
        }
    }

    async fn listing(&mut self, all: bool) -> Result<Listing> {
        let main = self.main();
        let scope = if self.vantage.processes == Seen::Host && !all {
            "target"
        } else {
            "all"
        };
        let answer = self.talk.ask(&format!("processes {main} {scope}")).await?;
        let mut records = Records::new(&answer, &self.frame);
        let mut listing = Listing {
            words: self.has("cat"),
            ..Listing::default()
        };
        while let Some(of) = records.line().and_then(|line| line.strip_prefix("of")) {
            // Of the first line it is the time, of all others nothing.
            let uptime = process::uptime(records.record());
            listing.uptime = uptime.unwrap_or(listing.uptime);
            for word in of.split_whitespace() {
                let (owner, _) = owner(word);
                listing
                    .processes
                    .extend(process::process(records.record(), owner));
            }
        }
        listing.cut = listing.processes.len() >= process::MOST;
        listing.processes.sort_by_key(|p| p.pid);
        self.name(&mut listing).await?;
        Ok(listing)
    }

    /// Fetches the names of the users, once there is a process whose files have them.
    async fn name(&mut self, listing: &mut Listing) -> Result<()> {
        if self.passwd.is_none() {
            let main = self.vantage.main.filter(|pid| listing.get(*pid).is_some());
            let theirs = listing.processes.iter().find(|p| p.owner != Owner::Twin);
            let Some(pid) = main.or(theirs.map(|p| p.pid)) else {
                return Ok(());
            };
            let answer = self.talk.ask(&format!("names {pid}")).await?;
            let text = Records::new(&answer, &self.frame).text();
            self.passwd = Some(text);
        }
        let passwd = self.passwd.as_deref().unwrap_or_default();
        for uid in listing.processes.iter().filter_map(|p| p.uid) {
            if !listing.users.contains_key(&uid)
                && let Some(account) = accounts::user_by_id(passwd, uid)
            {
                listing.users.insert(uid, account.name);
            }
        }
        Ok(())
    }

    async fn details(&mut self, pid: u32) -> Result<Option<Details>> {
        let main = self.main();
        let answer = self.talk.ask(&format!("process {pid} {main}")).await?;
        let mut records = Records::new(&answer, &self.frame);
        let first = records.line().and_then(|line| line.strip_prefix("of "));
        let first = first.unwrap_or_default();
        let (owner, can) = owner(first);
        let Some(process) = process::process(records.record(), owner) else {
            return Ok(None);
        };
        let env = process::environ(records.record());
        let limits = process::limits(records.record());
        let links = records.record();
        let link = |name: &str| process::link(links, &format!("/proc/{pid}/{name}"));
        let (cwd, exe) = (link("cwd"), link("exe"));
        let files = process::files(links);
        Ok(Some(Details {
            process,
            cwd,
            exe,
            env: if can.contains("environ") && self.has("cat") {
                Env::Known(env)
            } else {
                Env::Denied
            },
            limits,
            files: (can.contains("fd") && self.has("ls")).then_some(files),
        }))
    }

    async fn net(&mut self) -> Result<Net> {
        // Where the network is shared it is this shell's own. The files of names are the target's, as it sees them.
        let of = match self.vantage.main {
            Some(pid) if !self.vantage.network => pid.to_string(),
            Some(_) | None => "self".into(),
        };
        let root = self
            .vantage
            .main
            .map_or("self".into(), |pid| pid.to_string());
        let owners = if self.slow { "" } else { "owners" };
        let asked = self
            .talk
            .ask(&format!("network {of} {root} {owners}"))
            .await;
        let answer = asked.inspect_err(|_| self.slow = true)?;
        let mut records = Records::new(&answer, &self.frame);
        if records.line() != Some("net") {
            return Err(unheard("the twin's shell said something else"));
        }
        let mut all = Vec::new();
        for protocol in [
            sockets::Protocol::Tcp,
            sockets::Protocol::Tcp,
            sockets::Protocol::Udp,
            sockets::Protocol::Udp,
        ] {
            all.extend(sockets::inet(&records.text(), protocol));
        }
        all.extend(sockets::unix(&records.text()));
        let (sockets, cut) = sockets::sorted(all);
        let mut routes = sockets::routes(&records.text());
        routes.extend(sockets::routes6(&records.text()));
        let resolver = records.text();
        let hosts = sockets::hosts(&records.text());
        let owners = records.text();
        let owners = if !self.has("stat") {
            Owners::Unknown("the dev image has no stat program".into())
        } else if self.slow {
            Owners::Unknown("looking at open files took too long".into())
        } else {
            Owners::Known(sockets::owners(&owners))
        };
        Ok(Net {
            sockets,
            cut,
            owners,
            routes,
            resolver: (!resolver.is_empty()).then(|| sockets::resolver(&resolver)),
            hosts,
        })
    }

    /// Sends a signal. The first process of the target's ids is deaf to those that come from within them, also to
    /// SIGKILL: so the engine sends these, from without.
    async fn send(
        &mut self,
        engine: &dyn Engine,
        pid: u32,
        start: u64,
        signal: &str,
    ) -> Result<Outcome> {
        if self.look_at(pid, start).await?.is_none() {
            return Ok(Outcome::Gone);
        }
        if self.by_engine(pid) {
            let sent = within(PATIENCE, engine.kill(&self.target, signal)).await;
            if let Err(error) = sent {
                return Ok(Outcome::Refused(error.message));
            }
        } else {
            let answer = self
                .talk
                .ask(&format!("send {signal} {pid} {start}"))
                .await?;
            let said = String::from_utf8_lossy(&answer);
            let said = said.trim();
            match said.strip_prefix("failed") {
                Some(why) => return Ok(Outcome::Refused(why.trim().to_owned())),
                None if said == "gone" => return Ok(Outcome::Gone),
                None => {}
            }
        }
        let mut last = Outcome::Runs;
        for pause in LOOKS {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let process = match self.look_at(pid, start).await {
                Ok(process) => process,
                // With the target its process ids end, and this shell.
                Err(_) if self.by_engine(pid) => return Ok(Outcome::Ended),
                Err(error) => return Err(error),
            };
            last = match process.map(|p| p.state) {
                None | Some(State::Zombie) => return Ok(Outcome::Ended),
                Some(State::Stopped) if signal == "STOP" => return Ok(Outcome::Stopped),
                Some(State::Stopped) => Outcome::Stopped,
                Some(_) => Outcome::Runs,
            };
        }
        Ok(last)
    }

    /// Whether the engine sends signals to that process.
    fn by_engine(&self, pid: u32) -> bool {
        self.vantage.main == Some(pid)
    }

    /// The process of that number, if it is still the one that began then.
    async fn look_at(&mut self, pid: u32, start: u64) -> Result<Option<Process>> {
        let details = self.details(pid).await?;
        Ok(details.map(|d| d.process).filter(|p| p.start == start))
    }

    fn main(&self) -> u32 {
        self.vantage.main.unwrap_or_default()
    }

    fn has(&self, tool: &str) -> bool {
        self.have.split(' ').any(|word| word == tool)
    }

    /// Whether questions about the owners of sockets are not to be asked any more.
    pub fn is_slow(&self) -> bool {
        self.slow
    }

    /// Ends the shell.
    pub async fn close(self, engine: &dyn Engine) {
        self.talk.close(engine).await;
    }
}

/// Whose a process is, and what can be read of it: `t17 environ fd`.
fn owner(word: &str) -> (Owner, &str) {
    let owner = match word.chars().next() {
        Some('w') => Owner::Twin,
        Some('t') => Owner::Target,
        Some(_) | None => Owner::Other,
    };
    (owner, word.split_once(' ').map_or("", |(_, can)| can))
}
