//! A registry of the test's own on loopback, kind and hostile.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::super::credentials::{Found, Login};
use super::*;

/// A request: its first line, its `Authorization`, its body.
#[derive(Debug, Clone)]
struct Request {
    line: String,
    shown: Option<String>,
    body: String,
}

/// What is answered: status, further header lines, body.
type Answer = (u16, String, Vec<u8>);

struct Server {
    host: String,
    asked: Receiver<Request>,
}

impl Server {
    /// Answers every request by `answer`, which gets the server's own name and how many came before.
    fn start(answer: impl Fn(&str, usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (tell, asked) = channel();
        let (name, answer) = (host.clone(), Arc::new(answer));
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (name, answer, tell) = (name.clone(), Arc::clone(&answer), tell.clone());
                let count = Arc::clone(&count);
                std::thread::spawn(move || {
                    let number = || count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    serve(&stream, &tell, |request| answer(&name, number(), request));
                });
            }
        });
        Self { host, asked }
    }

    fn of(&self) -> Reference {
        Reference::parse(&format!("{}/acme/web:1", self.host)).unwrap()
    }

    async fn list(&self, login: &Found) -> Asked<TagList> {
        listing(&self.of(), login, WHOLE).await
    }

    fn asked(&self) -> Vec<Request> {
        self.asked.try_iter().collect()
    }
}

fn serve(stream: &TcpStream, tell: &Sender<Request>, answer: impl Fn(&Request) -> Answer) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut request = Request {
            line: String::new(),
            shown: None,
            body: String::new(),
        };
        if lines.read_line(&mut request.line).unwrap_or(0) == 0 {
            return;
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            lines.read_line(&mut header).unwrap();
            let Some((name, value)) = header.trim().split_once(": ") else {
                break;
            };
            match name.to_lowercase().as_str() {
                "authorization" => request.shown = Some(value.to_owned()),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).unwrap();
        request.body = String::from_utf8(body).unwrap();
        let (status, headers, body) = answer(&request);
        tell.send(request).unwrap();
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        let mut stream = stream;
        let sent = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(&body));
        if sent.is_err() {
            return;
        }
    }
}

async fn listing(of: &Reference, login: &Found, patience: Duration) -> Asked<TagList> {
    list(Client::new(of, login, Vec::new()), of, patience).await
}

fn tags(names: &[&str]) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({"name": "acme/web", "tags": names})).unwrap()
}

fn listed(names: &[&str], whole: bool) -> Asked<TagList> {
    Asked::Answer(TagList {
        names: names.iter().map(|n| (*n).to_owned()).collect(),
        whole,
    })
}

fn refused(answer: Asked<TagList>) -> String {
    match answer {
        Asked::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

fn login(text: &str) -> Found {
    Found {
        login: Some(Login::of_json(text)),
        from: Some("auths in config.json".into()),
        trouble: None,
    }
}

#[tokio::test]
async fn pages_are_read_to_the_last_one_on_the_same_server() {
    let server = Server::start(
        |host, _, request| match request.line.split(' ').nth(1).unwrap() {
            "/v2/acme/web/tags/list?n=1000" => {
                let link = "Link: </v2/acme/web/tags/list?n=1000&last=b>; rel=\"next\"\r\n";
                (200, link.into(), tags(&["a", "b"]))
            }
            "/v2/acme/web/tags/list?n=1000&last=b" => {
                let link = format!("Link: <http://{host}/more>;rel=next\r\n");
                (200, link, br#"{"tags":null}"#.to_vec())
            }
            "/more" => {
                let link = "Link: <https://elsewhere.example/v2/x>; rel=\"next\"\r\n";
                (200, link.into(), tags(&["c"]))
            }
            other => panic!("{other}"),
        },
    );
    assert_eq!(
        server.list(&Found::default()).await,
        listed(&["a", "b", "c"], true)
    );
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn lists_without_an_end_are_ended() {
    // In a circle.
    let server = Server::start(|_, _, request| {
        let path = request.line.split(' ').nth(1).unwrap();
        (
            200,
            format!("Link: <{path}>; rel=\"next\"\r\n"),
            tags(&["a"]),
        )
    });
    assert_eq!(
        server.list(&Found::default()).await,
        listed(&["a", "a"], false)
    );
    // Ever new pages, empty ones.
    let server = Server::start(|_, n, _| {
        let link = format!("Link: </v2/next/{n}>; rel=\"next\"\r\n");
        (200, link, tags(&[]))
    });
    assert_eq!(server.list(&Found::default()).await, listed(&[], false));
    assert_eq!(server.asked().len(), MAX_PAGES + 1);
    // Ever new tags.
    let server = Server::start(|_, n, _| {
        let link = format!("Link: </v2/next/{n}>; rel=\"next\"\r\n");
        let names: Vec<String> = (0..3000).map(|i| format!("{n}.{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        (200, link, tags(&names))
    });
    let Asked::Answer(list) = server.list(&Found::default()).await else {
        panic!("no list");
    };
    assert_eq!((list.names.len(), list.whole), (MAX_TAGS, false));
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn what_is_no_list_of_tags_is_told_and_what_is_no_tag_is_left_out() {
    let mixed = tags(&[
        "a",
        "\u{1b}[2J",
        "",
        "-a",
        "é",
        "../x",
        &"x".repeat(129),
        "sha256-00.sig",
        "1_b.C-d",
    ]);
    let server = Server::start(move |_, _, _| (200, String::new(), mixed.clone()));
    assert_eq!(
        server.list(&Found::default()).await,
        listed(&["a", "1_b.C-d"], true)
    );
    let deep = "[".repeat(100_000);
    for body in [
        b"\xff\xfe".to_vec(),
        b"{\"tags\": [\"\xff\"]}".to_vec(),
        b"{\"tags\": [1]}".to_vec(),
        b"<html>".to_vec(),
        Vec::new(),
        format!("{{\"x\": {deep}").into_bytes(),
    ] {
        let server = Server::start(move |_, _, _| (200, String::new(), body.clone()));
        assert_eq!(
            refused(server.list(&Found::default()).await),
            "what it answered is no list of tags"
        );
    }
    // Nine megabytes.
    let huge = vec![b' '; 9 * 1024 * 1024];
    let server = Server::start(move |_, _, _| (200, String::new(), huge.clone()));
    assert_eq!(
        refused(server.list(&Found::default()).await),
        "it answers more than 8 MB"
    );
    // A status is told with the registry's words, cleaned.
    let body = br#"{"errors":[{"code":"DENIED","message":"not for \u001b[2J you"}]}"#;
    let server = Server::start(|_, _, _| (403, String::new(), body.to_vec()));
    let why = refused(server.list(&Found::default()).await);
    assert!(
        why.starts_with("status 403, not for ") && !why.contains('\u{1b}'),
        "{why:?}"
    );
    let server = Server::start(|_, _, _| (404, String::new(), Vec::new()));
    assert_eq!(server.list(&Found::default()).await, Asked::Missing);
}

#[tokio::test]
async fn a_registry_that_says_nothing_is_given_up_and_what_it_said_counts() {
    let patience = Duration::from_millis(300);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let of = format!("{}/acme/web:1", silent.local_addr().unwrap());
    let of = Reference::parse(&of).unwrap();
    let start = Instant::now();
    let answer = listing(&of, &Found::default(), patience).await;
    assert_eq!(
        answer,
        Asked::Unreachable("no answer within 0 seconds".into())
    );
    assert!(start.elapsed() < Duration::from_secs(2));
    // The second page never comes.
    let server = Server::start(|_, n, _| {
        if n > 0 {
            std::thread::park();
        }
        (
            200,
            "Link: </v2/next>; rel=\"next\"\r\n".into(),
            tags(&["a"]),
        )
    });
    let answer = listing(&server.of(), &Found::default(), patience).await;
    assert_eq!(answer, listed(&["a"], false));
    // Nobody listens.
    drop(silent);
    let answer = listing(&of, &Found::default(), WHOLE).await;
    let Asked::Unreachable(why) = answer else {
        panic!("{answer:?}");
    };
    assert!(why.to_lowercase().contains("refused"), "{why}");
}

/// Wants the token `good` from whoever shows `wanted` to its own `/token`.
fn with_tokens(wanted: &'static str) -> Server {
    Server::start(move |host, _, request| {
        let path = request.line.split(' ').nth(1).unwrap();
        let ask = format!(
            "WWW-Authenticate: Bearer realm=\"http://{host}/token?x=1\",service=\"a, \\\"b\",scope=\"repository:acme/web:pull\"\r\n"
        );
        match (path.starts_with("/token"), request.shown.as_deref()) {
            (true, shown) if shown == Some(wanted) || request.body.contains(wanted) => {
                (200, String::new(), br#"{"access_token":"good"}"#.to_vec())
            }
            (true, _) => (401, String::new(), br#"{"details":"who are you"}"#.to_vec()),
            (false, Some("Bearer good")) => (200, String::new(), tags(&["a"])),
            (false, _) => (401, ask, Vec::new()),
        }
    })
}

#[tokio::test]
async fn a_token_is_fetched_by_a_password_and_by_an_identity() {
    let server = with_tokens("Basic YWRhOmE6Yg==");
    let ada = login(r#"{"username":"ada","password":"a:b"}"#);
    assert_eq!(server.list(&ada).await, listed(&["a"], true));
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].shown, None, "nothing is shown before it is wanted");
    let token = "GET /token?x=1&scope=repository%3Aacme%2Fweb%3Apull&service=a%2C+%22b HTTP/1.1";
    assert_eq!(asked[1].line.trim(), token);

    let server = with_tokens("refresh_token=id%2Bx");
    let identity = login(r#"{"identitytoken":"id+x"}"#);
    assert_eq!(server.list(&identity).await, listed(&["a"], true));
    let traded = &server.asked()[1];
    assert!(traded.line.starts_with("POST /token"), "{traded:?}");
    assert!(
        traded.body.contains("grant_type=refresh_token"),
        "{traded:?}"
    );
    assert_eq!(traded.shown, None);

    // A token for the registry itself needs no other.
    let own = login(r#"{"registrytoken":"good"}"#);
    assert_eq!(server.list(&own).await, listed(&["a"], true));
    assert_eq!(server.asked().len(), 2);

    let wrong = login(r#"{"username":"ada","password":"loud"}"#);
    let why = refused(server.list(&wrong).await);
    assert_eq!(
        why,
        "status 401, who are you; the login from auths in config.json does not do"
    );
    assert_eq!(
        refused(server.list(&Found::default()).await),
        "status 401, who are you"
    );
}

#[tokio::test]
async fn a_password_goes_nowhere_else() {
    let ada = || login(r#"{"username":"ada","password":"a:b"}"#);
    let basic = "WWW-Authenticate: Basic realm=\"x\"\r\n";
    let other = Server::start(|_, _, _| (200, String::new(), tags(&["a"])));
    let elsewhere = other.host.clone();
    // It is shown to the registry, which then leads to another one.
    let server = Server::start(move |_, _, request| match &request.shown {
        None => (401, basic.into(), Vec::new()),
        Some(_) => (
            307,
            format!("Location: http://{elsewhere}/x\r\n"),
            Vec::new(),
        ),
    });
    let why = refused(server.list(&ada()).await);
    assert_eq!(why, "it leads to nowhere");
    assert_eq!(
        server.asked()[1].shown.as_deref(),
        Some("Basic YWRhOmE6Yg==")
    );
    assert!(
        other.asked().is_empty(),
        "from no TLS to none of another server"
    );

    for realm in [
        "http://elsewhere.example/token",
        "https://me:secret@127.0.0.1/token",
        "ftp://127.0.0.1/token",
    ] {
        let ask = format!("WWW-Authenticate: Bearer realm=\"{realm}\"\r\n");
        let server = Server::start(move |_, _, _| (401, ask.clone(), Vec::new()));
        let why = refused(server.list(&ada()).await);
        assert!(why.contains("not safe"), "{realm}: {why}");
        assert_eq!(server.asked().len(), 1, "{realm}");
    }
    let server = Server::start(|_, _, _| (302, "Location: /again\r\n".into(), Vec::new()));
    assert_eq!(
        refused(server.list(&ada()).await),
        "it leads from one place to the next"
    );
    let server =
        Server::start(|_, _, _| (401, "WWW-Authenticate: Negotiate\r\n".into(), Vec::new()));
    assert!(refused(server.list(&ada()).await).contains("of a kind that is not known"));
}

#[test]
fn challenges_are_read_whatever_they_hold() {
    let of = |text: &str| {
        let mut headers = hyper::HeaderMap::new();
        for line in text.lines() {
            headers.append("www-authenticate", line.parse().unwrap());
        }
        let mut told = String::new();
        if let Some(wanted) = auth::wanted(&headers) {
            let _ = write!(told, "{wanted:?}");
        }
        told
    };
    assert_eq!(of("basic realm=x"), "Basic");
    assert_eq!(of("Negotiate"), "");
    assert_eq!(of("Bearer"), "");
    assert_eq!(of("Bearer scope=\"x\""), "");
    for text in [
        "Basic realm=x\nBEARER Realm=\"https://r/t\" , Scope=\"a b\",",
        "bearer realm=https://r/t,scope=\"a b",
    ] {
        assert_eq!(
            of(text),
            r#"Token { realm: "https://r/t", service: None, scope: Some("a b") }"#,
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_tags_past_is_read_and_what_is_none_is_left_out() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let good = digest.clone();
    let server = Server::start(move |_, _, request| {
        assert!(request.line.starts_with("GET /v2/acme/web/_history?x=1 "));
        let body = serde_json::json!({"history": [
            {"updateTimestamp": "2025-08-22T15:30:00Z", "digest": good},
            {"updateTimestamp": "yesterday", "digest": good},
            {"updateTimestamp": "2025-08-22T15:30:00Z", "digest": "sha256:../../x"},
        ]});
        (200, String::new(), body.to_string().into_bytes())
    });
    let past = |server: &Server| {
        let client = Client::new(&server.of(), &Found::default(), Vec::new());
        builds(client, "/v2/acme/web/_history?x=1", WHOLE)
    };
    let at = Moment::parse("2025-08-22T15:30:00Z").unwrap();
    assert_eq!(
        past(&server).await,
        Asked::Answer(vec![Published { digest, at }])
    );
    let server = Server::start(|_, _, _| (200, String::new(), br#"{"history":7}"#.to_vec()));
    let why = "what it answered is no history of a tag";
    assert_eq!(past(&server).await, Asked::Refused(why.into()));
    let server = Server::start(|_, _, _| (404, String::new(), Vec::new()));
    assert_eq!(past(&server).await, Asked::Missing);
}
