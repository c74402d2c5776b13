//! The pictures of the README, drawn by the program's own `draw` from a model that is driven as in the
//! journeys: `DEVTWIN_BLESS=1 cargo test --test picture` writes them, a plain run fails when one is stale.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "support/bless.rs"]
mod bless;
#[path = "journeys/support.rs"]
#[allow(dead_code, reason = "the journeys use the rest of it")]
mod support;
#[path = "support/svg.rs"]
#[allow(unreachable_pub, reason = "a helper of this program only")]
mod svg;

use std::time::Duration;

use devtwin::app::{Attached, Msg, Preview, Settings, Timer};
use devtwin::domain::image::Resolution;
use devtwin::domain::plan::{Note, Plan, Weight};
use devtwin::domain::target::{Mount, MountKind, Service, Status, Summary, Target};
use devtwin::domain::twin::Twin;
use support::{Driver, attach_task, id, settings, state, summary};

const IMAGE: &str = "cgr.dev/chainguard/python:latest";
const DEV_IMAGE: &str = "cgr.dev/chainguard/python:latest-dev";

/// What the shell printed: a service that is up and not well, and why.
const SESSION: &str = "\
bash-5.3# id
uid=0(root) gid=0(root) groups=0(root)
bash-5.3# ps
PID   USER     TIME  COMMAND
    1 nonroot   0:04 /usr/bin/python /app/main.py
   19 root      0:00 /bin/bash
   26 root      0:00 ps
bash-5.3# ls /target/app
\x1b[0;0mmain.py\x1b[m        \x1b[0;0msettings.toml\x1b[m  \x1b[1;34mtemplates\x1b[m
bash-5.3# wget -qO- http://127.0.0.1:8000/healthz
{\"status\": \"degraded\", \"orders\": \"ok\", \"db\": \"Name or service not known\"}
bash-5.3# cat /target/app/settings.toml
[db]
host = \"db.intrenal\"
port = 5432
bash-5.3# nc -zv db.internal 5432
db.internal (10.0.3.17:5432) open
bash-5.3# ";

fn containers() -> Vec<Summary> {
    use Status::{Exited, Paused, Restarting, Running};
    let distroless = "gcr.io/distroless/java21-debian12:nonroot";
    vec![
        summary("w", "api", IMAGE, Running, "Up 2 hours"),
        summary(
            "b",
            "billing",
            distroless,
            Restarting,
            "Restarting (137) 3 seconds ago",
        ),
        summary(
            "c",
            "cache",
            "cgr.dev/chainguard/valkey:8.0",
            Paused,
            "Up 2 hours (Paused)",
        ),
        summary(
            "d",
            "front",
            "cgr.dev/chainguard/nginx:1.27",
            Running,
            "Up 2 hours (unhealthy)",
        ),
        summary(
            "e",
            "migrate",
            "acme/migrate:4.2",
            Exited,
            "Exited (3) 5 minutes ago",
        ),
    ]
}

fn data() -> Mount {
    Mount {
        kind: MountKind::Volume,
        source: "api-data".into(),
        destination: "/data".into(),
        writable: true,
    }
}

fn target() -> Target {
    Target {
        name: "api".into(),
        image: IMAGE.into(),
        state: state(Status::Running),
        mounts: vec![data()],
        tmpfs: Vec::new(),
        service: Service::default(),
        runtime: devtwin::domain::target::Runtime::default(),
        ..support::target()
    }
}

fn resolution() -> Resolution {
    Resolution {
        subject: "api".into(),
        image: IMAGE.into(),
        dev_image: Some(DEV_IMAGE.into()),
        rule: "chainguard/latest".into(),
        evidence: vec![
            "cgr.dev/chainguard/python is of the family Chainguard".into(),
            format!("rule chainguard/latest: {IMAGE} → {DEV_IMAGE}"),
        ],
        ..support::resolution()
    }
}

fn plan() -> Plan {
    Plan {
        name: "devtwin-api-5e551011".into(),
        target_name: "api".into(),
        image: DEV_IMAGE.into(),
        user: "0".into(),
        mounts: vec![data()],
        notes: vec![Note {
            weight: Weight::Info,
            text: "ipc is not shared: the target's is private".into(),
        }],
        ..support::plan()
    }
}

fn picker() -> Driver {
    let settings = Settings {
        endpoint_from: "the default socket".into(),
        ..settings()
    };
    let mut driver = Driver::picker_with(containers(), settings, (112, 20));
    driver.send(Msg::LocalImages(vec![
        DEV_IMAGE.into(),
        "cgr.dev/chainguard/nginx:1.27-dev".into(),
        "gcr.io/distroless/java21-debian12:debug-nonroot".into(),
    ]));
    driver.send(Msg::Elapsed(Timer::Preview(id("w"))));
    driver.send(Msg::Previewed(Box::new(Preview {
        id: id("w"),
        target: Ok(target()),
        resolution: Ok(resolution()),
        log: Ok(b"INFO  listening on 0.0.0.0:8000\nWARN  db: Name or service not known\nINFO  GET /healthz 503\n".to_vec()),
    })));
    driver
}

fn shell() -> Driver {
    let mut driver = picker();
    driver.resize(100, 24);
    let (task, shell) = attach_task(&driver.press("enter"));
    let told = support::attached(shell);
    let attached = Attached {
        twin: Twin {
            plan: plan(),
            ..told.twin
        },
        target: target(),
        resolution: resolution(),
        ..told
    };
    driver.send(Msg::Attached(task, Ok(Box::new(attached))));
    let session = SESSION.replace('\n', "\r\n");
    driver.send(Msg::Output(shell, session.into_bytes(), Duration::ZERO));
    driver
}

fn check(name: &str, driver: &Driver, title: &str, alt: &str) {
    let (buffer, cursor) = driver.draw();
    let drawn = svg::svg(&buffer, cursor, title, alt);
    // A picture that shows an empty or a wrong screen would be kept current for ever.
    for word in ["devtwin", "api", "Ctrl-]"] {
        assert!(driver.text().contains(word), "the picture shows {word}");
    }
    bless::is_current(&format!("docs/{name}"), &drawn, "cargo test --test picture");
}

#[test]
fn the_shell_is_as_in_the_picture() {
    check(
        "screen.svg",
        &shell(),
        "devtwin attach api",
        "A root shell in the twin of the container api: id says root, ps shows process 1 of the target, its files are read below /target and its service answers on 127.0.0.1",
    );
}

#[test]
fn the_picker_is_as_in_the_picture() {
    check(
        "picker.svg",
        &picker(),
        "devtwin",
        "The picker: containers with their state in words, their image family and their dev image, and a preview of the selected one with its last log lines",
    );
}

/// What the writer is for: a wide character takes two cells and one coordinate, a line becomes one shape.
#[test]
fn every_glyph_has_its_own_place() {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
    buffer.set_string(0, 0, "你<b", Style::new());
    buffer.set_string(5, 0, "───", Style::new().fg(Color::Cyan));
    let drawn = svg::svg(&buffer, None, "t", "a \"b\"");
    assert!(drawn.contains(r#"x="30 39">&lt;b</text>"#), "{drawn}");
    assert!(drawn.contains(r#"x="12">你</text>"#), "{drawn}");
    assert!(drawn.contains(r#"<path d="M57 44H84""#), "{drawn}");
    assert!(drawn.contains("a &quot;b&quot;"), "{drawn}");
}
