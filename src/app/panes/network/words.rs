//! What is said of the network, in lines.

use crate::app::joined::Joined;
use crate::app::panes::entrypoint::blocks::{Ink, Line, Piece, wrap};
use crate::app::text::{clean, cut, pad, width};
use crate::domain::look::{Seen, Vantage};
use crate::domain::process::Listing;
use crate::domain::sockets::{Net, Owners, Port, Protocol, Socket, State, ports};

/// Columns of addresses, at least and at most.
const ADDRESS: (usize, usize) = (14, 46);
/// Most characters of a word that are shown.
const LONG: usize = 300;

/// The lines of the pane, of at most `columns` columns; of rows only those that hold what is sought, in any case.
pub fn lines(joined: &Joined, columns: usize) -> Vec<Line> {
    let Some((net, listing)) = joined.network.known() else {
        return Vec::new();
    };
    let sought = joined.network.filter().text().to_lowercase();
    let mut page = Page {
        lines: Vec::new(),
        columns,
        sought,
    };
    let target = &joined.attached.target;
    let vantage = Vantage::of(&joined.attached.twin.plan, target);
    notes(&mut page, joined, vantage, net, listing);
    let published = ports(&target.service.published, net);
    page.section("Published ports", "none", published.iter().flat_map(port));
    let (open, others): (Vec<&Socket>, Vec<&Socket>) =
        net.sockets.iter().partition(|s| s.state.is_open());
    sockets(&mut page, "Listening", net, listing, &open);
    sockets(&mut page, "Connected", net, listing, &others);
    let routes = net.routes.iter();
    let routes = routes.map(|route| vec![(Ink::Strong, word(&route.text()))]);
    page.section("Routes", "none: nothing outside can be reached", routes);
    names(&mut page, net);
    page.lines
}

struct Page {
    lines: Vec<Line>,
    columns: usize,
    sought: String,
}

impl Page {
    fn heading(&mut self, title: &str, more: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.lines.push(vec![
            (Ink::Accent, format!("{title} ")),
            (Ink::Muted, more.to_owned()),
        ]);
    }

    /// A heading and its rows; `none` where there are none.
    fn section(&mut self, title: &str, none: &str, rows: impl Iterator<Item = Line>) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            if self.sought.is_empty() {
                self.heading(title, none);
            }
            return;
        }
        let sought = self.sought.clone();
        let mut rows = rows.filter(|row| holds(row, &sought)).peekable();
        if rows.peek().is_some() {
            self.heading(title, "");
            for row in rows {
                self.row(&row);
            }
        }
    }

    fn row(&mut self, pieces: &[Piece]) {
        let lead = (Ink::Muted, "  ".to_owned());
        let hang = (Ink::Muted, "      ".to_owned());
        self.lines
            .extend(wrap(pieces, &[lead], &[hang], self.columns));
    }

    /// A sentence, which stands only where nothing is sought.
    fn note(&mut self, ink: Ink, text: &str) {
        if self.sought.is_empty() {
            let pieces = [(ink, text.to_owned())];
            let hang = (Ink::Muted, "  ".to_owned());
            self.lines.extend(wrap(&pieces, &[], &[hang], self.columns));
        }
    }
}

fn holds(row: &[Piece], sought: &str) -> bool {
    let text: String = row.iter().map(|(_, text)| text.as_str()).collect();
    sought.is_empty() || text.to_lowercase().contains(sought)
}

fn word(text: &str) -> String {
    let kept: String = text.chars().take(LONG).collect();
    clean(&kept)
}

/// What cannot be seen from here, and why.
fn notes(page: &mut Page, joined: &Joined, vantage: Vantage, net: &Net, listing: &Listing) {
    let name = &joined.name;
    if vantage.host_network {
        page.note(
            Ink::Waiting,
            &format!("! {name} uses the host's network: these are all sockets of the host"),
        );
    } else if !vantage.network && vantage.main.is_none() {
        page.note(
            Ink::Waiting,
            &format!("! the twin does not share the network of {name}: this is its own"),
        );
    }
    if vantage.processes == Seen::Own {
        page.note(
            Ink::Waiting,
            "! the twin does not share the process ids: whose sockets these are cannot be told",
        );
    } else if let Owners::Unknown(why) = &net.owners {
        page.note(
            Ink::Waiting,
            &format!("! whose sockets these are is unknown: {why}"),
        );
    }
    if net.cut || listing.cut {
        page.note(
            Ink::Waiting,
            "! there are more than devtwin shows: seek with a filter in the shell (ss, netstat)",
        );
    }
}

fn port(port: &Port) -> Vec<Line> {
    let text = word(&port.text);
    if let Some(trouble) = port.trouble {
        return vec![vec![
            (Ink::Bad, "✗ ".into()),
            (Ink::Strong, text),
            (Ink::Bad, format!("  {}", trouble.words())),
            (Ink::Muted, format!(" · {}", trouble.advice())),
        ]];
    }
    let at: Vec<String> = port.listens.iter().map(ToString::to_string).collect();
    let at = if at.is_empty() {
        String::new()
    } else {
        format!("  {} listens", at.join(" and "))
    };
    vec![vec![
        (Ink::Good, "✓ ".into()),
        (Ink::Strong, text),
        (Ink::Muted, at),
    ]]
}

fn sockets(page: &mut Page, title: &str, net: &Net, listing: &Listing, sockets: &[&Socket]) {
    let local = |s: &&Socket| word(&s.local.text());
    let of_net = || sockets.iter().filter(|s| s.protocol != Protocol::Unix);
    let most = ADDRESS
        .1
        .min(page.columns.saturating_sub(30).max(ADDRESS.0));
    let wide = |ends: &mut dyn Iterator<Item = usize>| {
        ends.max().unwrap_or_default().clamp(ADDRESS.0, most)
    };
    let here = wide(&mut of_net().map(|s| width(&local(s))));
    let there = wide(&mut of_net().filter_map(|s| Some(width(&s.remote.as_ref()?.text()))));
    let row = |socket: &&Socket| -> Line {
        let mut pieces = vec![(Ink::Muted, format!("{:<5}", socket.protocol.word()))];
        let (state, ink) = match socket.state {
            State::Listen | State::Established => (socket.state.word(), Ink::Good),
            State::Unconnected => (socket.state.word(), Ink::Muted),
            State::SynSent
            | State::SynReceived
            | State::FinWait1
            | State::FinWait2
            | State::TimeWait
            | State::Close
            | State::CloseWait
            | State::LastAck
            | State::Closing => (socket.state.word(), Ink::Waiting),
        };
        if !socket.state.is_open() {
            pieces.push((ink, format!("{state:<11}")));
        }
        pieces.push((Ink::Strong, pad(&local(socket), here)));
        if let Some(remote) = &socket.remote {
            pieces.push((Ink::Muted, " → ".into()));
            pieces.push((Ink::Strong, pad(&word(&remote.text()), there)));
        }
        pieces.push((Ink::Muted, "  ".into()));
        pieces.push(owner(net, listing, socket));
        if socket.state == State::Listen && socket.waiting > 0 {
            let text = format!("  {} wait to be accepted", socket.waiting);
            pieces.push((Ink::Waiting, text));
        } else if socket.waiting > 0 || socket.unsent > 0 {
            let text = format!("  {} B unread, {} B unsent", socket.waiting, socket.unsent);
            pieces.push((Ink::Muted, text));
        }
        pieces
    };
    page.section(title, "none", sockets.iter().map(row));
}

/// Whose a socket is.
fn owner(net: &Net, listing: &Listing, socket: &Socket) -> Piece {
    let pids = net.owners(socket);
    let one = |pid: &u32| {
        let name = listing.get(*pid).map_or("?", |process| &process.name);
        format!("{} {pid}", cut(&clean(name), 20))
    };
    match pids {
        [] if socket.inode == 0 => (Ink::Muted, "no process".into()),
        // The engine answers for names in there, from outside.
        [] if socket
            .local
            .net()
            .is_some_and(|at| at.ip().to_string() == "127.0.0.11") =>
        {
            (Ink::Muted, "the engine, for names".into())
        }
        [] => (Ink::Muted, "-".into()),
        few if few.len() <= 3 => {
            let all: Vec<String> = few.iter().map(one).collect();
            (Ink::Name, all.join(", "))
        }
        [first, rest @ ..] => (Ink::Name, format!("{} and {} more", one(first), rest.len())),
    }
}

fn names(page: &mut Page, net: &Net) {
    let mut rows: Vec<Line> = Vec::new();
    let mut row = |name: &str, words: &[String]| {
        if !words.is_empty() {
            let words: Vec<String> = words.iter().map(|w| word(w)).collect();
            rows.push(vec![
                (Ink::Name, pad(name, 10)),
                (Ink::Strong, words.join(" ")),
            ]);
        }
    };
    if let Some(resolver) = &net.resolver {
        row("servers", &resolver.servers);
        row("search", &resolver.search);
        row("options", &resolver.options);
    }
    for host in &net.hosts {
        let names = host.names.iter().map(|name| word(name));
        let names: Vec<String> = names.collect();
        rows.push(vec![
            (Ink::Muted, pad("hosts", 10)),
            (Ink::Strong, format!("{} ", word(&host.address))),
            (Ink::Muted, names.join(" ")),
        ]);
    }
    let none = "not to be seen: there is no /etc/resolv.conf, or it is no plain file";
    page.section("Names", none, rows.into_iter());
}
