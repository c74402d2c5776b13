//! A model with a screen, and the containers, twins and replies that it is told of.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use devtwin::app::keymap::Chord;
use devtwin::app::{
    Attached, Effect, Hit, Model, Msg, Preview, Settings, ShellId, Start, TaskId, update,
};
use devtwin::domain::error::{Error, ErrorKind};
use devtwin::domain::image::Resolution;
use devtwin::domain::plan::{Mode, Note, Plan, Root, RootSource, Weight};
use devtwin::domain::target::{
    Config, ContainerId, Event, Isolation, Layers, Mount, MountKind, Service, State, Status,
    Summary, Target,
};
use devtwin::domain::twin::{Twin, label};
use devtwin::ui;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// A model in front of a screen, driven as the runtime drives it.
pub(crate) struct Driver {
    pub(crate) model: Model,
    area: Rect,
    /// Comparisons of both images that were ordered.
    pub(crate) compared: Vec<Effect>,
}

impl Driver {
    pub(crate) fn new(
        start: Start,
        settings: Settings,
        (width, height): (u16, u16),
    ) -> (Self, Vec<Effect>) {
        let (model, mut effects) = Model::new(start, settings);
        let area = Rect::new(0, 0, width, height);
        let mut driver = Self {
            model,
            area,
            compared: Vec::new(),
        };
        effects.extend(driver.lay());
        (driver, effects)
    }

    /// A picker at 80×24 with these containers.
    pub(crate) fn picker(rows: Vec<Summary>) -> Self {
        Self::picker_with(rows, settings(), (80, 24))
    }

    pub(crate) fn picker_with(rows: Vec<Summary>, settings: Settings, size: (u16, u16)) -> Self {
        let (mut driver, _) = Self::new(Start::Picker, settings, size);
        driver.send(Msg::LocalImages(vec!["acme/web:1.4-dev".into()]));
        driver.send(Msg::Listed(Ok(rows)));
        driver
    }

    /// A shell beside `web` with id `w`, attached from the picker.
    pub(crate) fn shell() -> Self {
        Self::shell_with(settings(), (80, 24))
    }

    /// An arena of the first container, at its shell.
    pub(crate) fn arena(size: (u16, u16)) -> Self {
        let mut driver = Self::picker_with(few(), settings(), size);
        let (task, shell) = attach_task(&driver.press("enter"));
        driver.send(Msg::Attached(task, Ok(Box::new(arena(shell)))));
        driver
    }

    pub(crate) fn shell_with(settings: Settings, size: (u16, u16)) -> Self {
        let mut driver = Self::picker_with(few(), settings, size);
        let effects = driver.press("enter");
        let Some(Effect::Attach { task, shell, .. }) = effects.first() else {
            panic!("an attach was to be ordered: {effects:?}");
        };
        let attached = attached(*shell);
        driver.send(Msg::Attached(*task, Ok(Box::new(attached))));
        driver
    }

    /// Sends a message, then the layout if it changed: as the loop does.
    pub(crate) fn send(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = update(&mut self.model, msg);
        effects.extend(self.lay());
        // It comes with the first output of every session, and is nothing to most tests.
        let compares = |e: &Effect| matches!(e, Effect::CompareImages { .. });
        self.compared
            .extend(effects.iter().filter(|e| compares(e)).cloned());
        effects.retain(|e| !compares(e));
        effects
    }

    fn lay(&mut self) -> Vec<Effect> {
        let laid = ui::layout::lay(&self.model, self.area);
        if laid == self.model.laid {
            return Vec::new();
        }
        update(&mut self.model, Msg::Laid(laid))
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> Vec<Effect> {
        self.area = Rect::new(0, 0, width, height);
        self.lay()
    }

    /// Presses a key by its name in keymap files.
    pub(crate) fn press(&mut self, key: &str) -> Vec<Effect> {
        self.send(Msg::Key(key_of(key)))
    }

    pub(crate) fn type_text(&mut self, text: &str) -> Vec<Effect> {
        let key = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        text.chars()
            .flat_map(|c| self.send(Msg::Key(key(c))))
            .collect()
    }

    pub(crate) fn release(&mut self, key: &str) -> Vec<Effect> {
        let mut event = key_of(key);
        event.kind = KeyEventKind::Release;
        self.send(Msg::Key(event))
    }

    /// Clicks the middle of the topmost place with that hit.
    pub(crate) fn click(&mut self, hit: &Hit) -> Vec<Effect> {
        let found = self.model.laid.hits.iter().rev().find(|(_, h)| h == hit);
        let (area, _) = found.unwrap_or_else(|| panic!("nothing on the screen is {hit:?}"));
        self.mouse(
            MouseEventKind::Down(MouseButton::Left),
            area.x + area.width / 2,
            area.y,
        )
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> Vec<Effect> {
        self.send(Msg::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        }))
    }

    /// Whether something was to be drawn since the last call.
    pub(crate) fn dirty(&mut self) -> bool {
        self.model.take_dirty()
    }

    pub(crate) fn draw(&self) -> (Buffer, Option<Position>) {
        let mut buffer = Buffer::empty(self.area);
        let shown = ui::draw(&mut buffer, &self.model);
        (buffer, shown)
    }

    /// The screen as text.
    pub(crate) fn text(&self) -> String {
        text_of(&self.draw().0)
    }

    /// The screen as text, its styles, and its cursor: a wrong colour fails, too.
    pub(crate) fn snapshot(&self) -> String {
        let (buffer, cursor) = self.draw();
        let cursor = cursor.map_or("hidden".into(), |at| format!("{},{}", at.x, at.y));
        format!(
            "{}\n\nstyles:\n{}\ncursor: {cursor}\n",
            text_of(&buffer),
            styles_of(&buffer)
        )
    }
}

fn key_of(key: &str) -> KeyEvent {
    Chord::parse(key).unwrap().event()
}

fn text_of(buffer: &Buffer) -> String {
    let rows = (0..buffer.area.height).map(|y| {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += u16::try_from(devtwin::app::text::width(symbol).max(1)).unwrap();
        }
        line.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Runs of cells with a style of their own, row by row: `row: from-to fg/bg+attributes`.
fn styles_of(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let mut style = format!("{}/{}", cell.fg, cell.bg)
                .to_lowercase()
                .replace("reset", "");
            if !cell.modifier.is_empty() {
                write!(style, "+{:?}", cell.modifier).unwrap();
            }
            match runs.last_mut() {
                Some((_, to, last)) if *last == style => *to = x,
                _ => runs.push((x, x, style)),
            }
        }
        let runs: Vec<String> = runs
            .into_iter()
            .filter(|(_, _, style)| style != "/")
            .map(|(from, to, style)| format!("{from}-{to} {style}"))
            .collect();
        if !runs.is_empty() {
            writeln!(out, "{y:2}: {}", runs.join("  ")).unwrap();
        }
    }
    out
}

pub(crate) fn settings() -> Settings {
    Settings {
        endpoint: "unix:///var/run/docker.sock".into(),
        endpoint_from: "default socket".into(),
        session: "5e551011".into(),
        ..Settings::default()
    }
}

pub(crate) fn id(short: &str) -> ContainerId {
    ContainerId(format!("{short:0>64}"))
}

pub(crate) fn summary(
    short: &str,
    name: &str,
    image: &str,
    status: Status,
    sentence: &str,
) -> Summary {
    Summary {
        id: id(short),
        name: name.into(),
        image: image.into(),
        image_id: format!("sha256:{short}"),
        status,
        status_text: sentence.into(),
        command: "/app".into(),
        created: 1_700_000_000,
        labels: BTreeMap::new(),
    }
}

/// [`few`], and one that can have no twin at the end.
pub(crate) fn few_and_one_that_goes() -> Vec<Summary> {
    let mut rows = few();
    rows.push(summary(
        "9",
        "old",
        "acme/web:1.3",
        Status::Removing,
        "Removal In Progress",
    ));
    rows
}

/// Containers in every state; `web` comes first.
pub(crate) fn few() -> Vec<Summary> {
    use Status::{Created, Exited, Paused, Restarting, Running};
    let mut twin = summary(
        "f",
        "devtwin-web-1",
        "acme/web:1.4-dev",
        Running,
        "Up 1 minute",
    );
    twin.labels.insert(label::SESSION.into(), "5e551011".into());
    vec![
        summary(
            "a",
            "worker",
            "acme/worker:1.4",
            Exited,
            "Exited (3) 5 minutes ago",
        ),
        summary("w", "web", "acme/web:1.4", Running, "Up 2 hours"),
        summary(
            "b",
            "webhooks",
            "cgr.dev/chainguard/python:latest",
            Running,
            "Up 2 hours (unhealthy)",
        ),
        summary(
            "c",
            "cache",
            "cgr.dev/chainguard/valkey:latest",
            Paused,
            "Up 2 hours (Paused)",
        ),
        summary(
            "d",
            "billing",
            "gcr.io/distroless/java21:nonroot",
            Restarting,
            "Restarting (137) 3 seconds ago",
        ),
        summary(
            "e",
            "migrate",
            "acme/web:1.4",
            Exited,
            "Exited (0) 2 hours ago",
        ),
        summary("g", "spare", "acme/web:1.5", Created, "Created"),
        twin,
    ]
}

pub(crate) fn state(status: Status) -> State {
    State {
        status,
        restarting: false,
        pid: matches!(status, Status::Running | Status::Paused).then_some(4242),
        exit_code: 0,
        oom_killed: false,
        error: None,
        started_at: Some(1_700_000_000),
        finished_at: None,
        restart_count: 0,
        health: None,
    }
}

pub(crate) fn target() -> Target {
    Target {
        id: id("w"),
        name: "web".into(),
        image: "acme/web:1.4".into(),
        image_id: "sha256:w".into(),
        state: state(Status::Running),
        config: Config::default(),
        isolation: Isolation::default(),
        mounts: vec![mount()],
        tmpfs: vec!["/tmp".into()],
        service: Service::default(),
        runtime: devtwin::domain::target::Runtime::default(),
    }
}

fn mount() -> Mount {
    Mount {
        kind: MountKind::Volume,
        source: "web-data".into(),
        destination: "/data".into(),
        writable: true,
    }
}

pub(crate) fn resolution() -> Resolution {
    Resolution {
        subject: "web".into(),
        image: "acme/web:1.4".into(),
        family: Some("chainguard".into()),
        dev_image: Some("acme/web:1.4-dev".into()),
        own_dev: false,
        rule: "tag-dev".into(),
        confidence: 95,
        local: true,
        evidence: vec![
            "/etc/os-release says wolfi".into(),
            "acme/web:1.4-dev is a local image".into(),
        ],
        shells: vec!["/bin/bash".into()],
        ..Resolution::default()
    }
}

pub(crate) fn preview(short: &str) -> Preview {
    Preview {
        id: id(short),
        target: Ok(target()),
        log: Ok(b"\x1b[32mINFO\x1b[0m listening on :8080\nGET /healthz 200\nGET /orders 500: no such table\n".to_vec()),
        resolution: Ok(resolution()),
    }
}

/// [`preview`], of a container that exited with 3.
pub(crate) fn stopped_preview(short: &str) -> Preview {
    let mut target = target();
    target.state = State {
        exit_code: 3,
        ..state(Status::Exited)
    };
    target.runtime.storage = "overlay2".into();
    target.runtime.layers = Some(Layers {
        upper: "/o/top".into(),
        lower: vec!["/o/base".into()],
    });
    Preview {
        target: Ok(target),
        ..preview(short)
    }
}

pub(crate) fn plan() -> Plan {
    let with = format!("container:{}", id("w"));
    Plan {
        mode: Mode::Join,
        name: "devtwin-web-1".into(),
        target: id("w"),
        target_name: "web".into(),
        image: "acme/web:1.4-dev".into(),
        platform: Some("linux/amd64".into()),
        user: "root".into(),
        argv: vec!["/bin/bash".into()],
        env: vec![("APP_ENV".into(), "production".into())],
        shell_env: Vec::new(),
        workdir: "/app".into(),
        network: with.clone(),
        pid: with,
        ipc: String::new(),
        uts: String::new(),
        userns: String::new(),
        networks: Vec::new(),
        dns: Vec::new(),
        extra_hosts: Vec::new(),
        root: None,
        mounts: vec![mount()],
        folders: Vec::new(),
        caches: Vec::new(),
        gpus: None,
        merged: None,
        cap_add: vec!["SYS_PTRACE".into()],
        tty: true,
        stdin: true,
        links: Vec::new(),
        labels: BTreeMap::new(),
        notes: vec![
            Note {
                weight: Weight::Missing,
                text: "ipc is not shared: the target's is private, and the engine lets others join only a shareable one".into(),
            },
            Note { weight: Weight::Info, text: "the target's files are at /target".into() },
        ],
    }
}

/// [`attached`], of an arena: the target exited with 3.
pub(crate) fn arena(shell: ShellId) -> Attached {
    let mut attached = attached(shell);
    attached.target.state = State {
        exit_code: 3,
        ..state(Status::Exited)
    };
    attached.twin.plan = Plan {
        mode: Mode::Arena,
        network: "shop_default".into(),
        pid: String::new(),
        networks: vec!["logs".into()],
        root: Some(Root {
            how: RootSource::Overlay {
                volume: "devtwin-root-5e551011".into(),
                options: "lowerdir=/o/top:/o/base".into(),
            },
            why: "the engine's own folders of it, mounted once more: nothing is copied".into(),
        }),
        mounts: vec![Mount {
            writable: false,
            ..mount()
        }],
        notes: vec![Note {
            weight: Weight::Missing,
            text: "what was in the tmpfs at /tmp is gone: it ended with the target".into(),
        }],
        ..plan()
    };
    attached
}

pub(crate) fn attached(shell: ShellId) -> Attached {
    Attached {
        twin: Twin {
            id: id("7"),
            plan: plan(),
        },
        target: target(),
        resolution: resolution(),
        shell,
        owned: true,
        again: false,
        catch: None,
        record: devtwin::domain::recorder::Record::default(),
    }
}

pub(crate) fn event(short: &str, action: &str, exit_code: Option<i64>) -> Msg {
    Msg::Engine(Event {
        id: id(short),
        action: action.into(),
        exit_code,
        attributes: BTreeMap::new(),
        at_nanos: 0,
    })
}

pub(crate) fn engine_error() -> Error {
    Error::new(
        ErrorKind::Engine,
        "cannot reach the engine at unix:///var/run/docker.sock: connection refused",
    )
    .hint("start it, or name another with --host; devtwin doctor says more")
}

/// The task of an attach among the effects.
pub(crate) fn attach_task(effects: &[Effect]) -> (TaskId, ShellId) {
    let found = effects.iter().find_map(|e| match e {
        Effect::Attach { task, shell, .. } => Some((*task, *shell)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no attach among {effects:?}"))
}

/// What is written to the shell among the effects.
pub(crate) fn written(effects: &[Effect]) -> Vec<u8> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::ShellWrite(_, bytes) => Some(bytes.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}
