//! The form before a run: what runs, as whom, where; edited, compared with the original, and ordered.

mod words;

use crossterm::event::KeyEvent;

use crate::app::TaskId;
use crate::app::area::Area;
use crate::app::replica_popup::next_mounts;
use crate::domain::entrypoint::Report;
use crate::domain::replica::Mounts;
use crate::domain::replica::edits::{Base, Edits, read_limit};
use crate::domain::run::{
    How, Order, Place, Run, argv_text, env_text, read_argv, read_env, read_user, read_workdir,
};

/// Where a twin may have strace.
const STRACE: &[&str] = &[
    "/usr/bin/strace",
    "/bin/strace",
    "/usr/local/bin/strace",
    "/usr/sbin/strace",
];

/// Package managers, and the line that installs strace with each.
const MANAGERS: &[(&str, &str)] = &[
    ("/sbin/apk", "apk add strace"),
    ("/usr/sbin/apk", "apk add strace"),
    ("/usr/bin/apk", "apk add strace"),
    (
        "/usr/bin/apt-get",
        "apt-get update && apt-get install strace",
    ),
    ("/usr/bin/dnf", "dnf install strace"),
    ("/usr/bin/microdnf", "microdnf install strace"),
    ("/usr/bin/zypper", "zypper install strace"),
];

/// Where a run takes place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Where {
    /// In the twin: its files, the target's network.
    #[default]
    Twin,
    /// In the target itself.
    Target,
    /// In a replica of the target beside the twin: a container of its own.
    Replica,
}

impl Where {
    /// The place of an exec; none where it is none.
    pub fn exec(self) -> Option<Place> {
        match self {
            Self::Twin => Some(Place::Twin),
            Self::Target => Some(Place::Target),
            Self::Replica => None,
        }
    }
}

/// A place of the form that can have the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Program and arguments.
    Argv,
    /// User.
    User,
    /// Working directory.
    Workdir,
    /// Variables.
    Env,
    /// Twin or target.
    Place,
    /// Whether strace looks on; not in a replica.
    Strace,
    /// On which files a replica stands.
    Files,
    /// What a replica gets of the target's volumes.
    Volumes,
    /// The memory limit of a replica.
    Memory,
    /// Runs it.
    Run,
    /// Brings the original back.
    Original,
    /// Goes back.
    Back,
}

impl Field {
    /// All, in the order of Tab.
    pub const ALL: [Self; 12] = [
        Self::Argv,
        Self::User,
        Self::Workdir,
        Self::Env,
        Self::Place,
        Self::Strace,
        Self::Files,
        Self::Volumes,
        Self::Memory,
        Self::Run,
        Self::Original,
        Self::Back,
    ];

    /// Whether the form has it for a run in that place.
    pub fn is_shown(self, place: Where) -> bool {
        match self {
            Self::Strace => place != Where::Replica,
            Self::Files | Self::Volumes | Self::Memory => place == Where::Replica,
            Self::Argv
            | Self::User
            | Self::Workdir
            | Self::Env
            | Self::Place
            | Self::Run
            | Self::Original
            | Self::Back => true,
        }
    }

    /// What it is called; of a button, what stands on it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Argv => "command",
            Self::User => "user",
            Self::Workdir => "directory",
            Self::Env => "variables",
            Self::Place => "where",
            Self::Strace => "strace",
            Self::Files => "files",
            Self::Volumes => "volumes",
            Self::Memory => "memory",
            Self::Run => "Run",
            Self::Original => "Original",
            Self::Back => "Back",
        }
    }

    fn beside(self, forward: bool, place: Where) -> Self {
        let all = Self::ALL.into_iter();
        let all: Vec<Self> = all.filter(|field| field.is_shown(place)).collect();
        let count = all.len();
        let at = all.iter().position(|field| *field == self).unwrap_or(0);
        let next = if forward { at + 1 } else { at + count - 1 } % count;
        all.get(next).copied().unwrap_or(self)
    }
}

/// What is known of the twin's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// Nobody has asked.
    Unasked,
    /// They are being looked at.
    Asked(TaskId),
    /// These of the paths that were asked for are programs there.
    Known(Vec<String>),
    /// They could not be looked at; why.
    Failed(String),
}

/// The form.
#[derive(Debug)]
pub struct Form {
    /// The field that has the keys.
    pub field: Field,
    /// Program and arguments.
    pub argv: Area,
    /// User.
    pub user: Area,
    /// Working directory.
    pub workdir: Area,
    /// Variables.
    pub env: Area,
    /// Where it runs.
    pub place: Where,
    /// Whether strace is wished for.
    pub strace: bool,
    /// On which files a replica stands.
    pub files: Base,
    /// What a replica gets of the target's volumes.
    pub volumes: Mounts,
    /// The memory limit of a replica: empty for the target's, `none`, or a size.
    pub memory: Area,
    original: Run,
    home: String,
    /// Where the program of the original stands in the target.
    program: Option<String>,
    probe: Probe,
    /// It runs when it is known what the twin has.
    going: bool,
}

impl Form {
    /// A form that shows what the report says.
    pub fn new(report: &Report) -> Self {
        let original = Run::of(report);
        let first = report.program.as_ref().and_then(|p| p.steps.first());
        Self {
            field: Field::Run,
            argv: Area::new(&argv_text(&original.argv), false),
            user: Area::new(&original.user, true),
            workdir: Area::new(&original.workdir, true),
            env: Area::new(&env_text(&original.env), false),
            place: Where::Twin,
            strace: false,
            files: Base::Image,
            volumes: Mounts::ReadOnly,
            memory: Area::new("", true),
            home: report.user.home.clone(),
            // As it was found, links not followed: the twin has it at the same path, or not at all.
            program: first.and_then(|step| {
                let wanted = Some(&step.wanted).filter(|wanted| wanted.starts_with('/'));
                wanted.or(step.path.as_ref()).cloned()
            }),
            original,
            probe: Probe::Unasked,
            going: false,
        }
    }

    /// Brings the text of the original back.
    pub fn restore(&mut self) {
        self.argv = Area::new(&argv_text(&self.original.argv), false);
        self.user = Area::new(&self.original.user, true);
        self.workdir = Area::new(&self.original.workdir, true);
        self.env = Area::new(&env_text(&self.original.env), false);
        self.memory = Area::new("", true);
        self.files = Base::Image;
    }

    /// What is to be looked for in the twin.
    pub fn sought(&self) -> Vec<String> {
        let managers = MANAGERS.iter().map(|(path, _)| *path);
        let fixed = STRACE.iter().copied().chain(managers).map(str::to_owned);
        self.program.iter().cloned().chain(fixed).collect()
    }

    /// The twin's files are looked at anew.
    pub fn ask(&mut self, task: TaskId) {
        self.probe = Probe::Asked(task);
    }

    /// What was found of what was sought; false for an answer that nobody waits for.
    pub fn probed(&mut self, task: TaskId, found: Result<Vec<String>, String>) -> bool {
        if self.probe != Probe::Asked(task) {
            return false;
        }
        self.probe = found.map_or_else(Probe::Failed, Probe::Known);
        self.strace &= self.strace_path().is_some();
        true
    }

    /// It is to run as soon as it is known what the twin has.
    pub fn go(&mut self) {
        self.going = true;
    }

    /// It is not to run by itself any more.
    pub fn stay(&mut self) {
        self.going = false;
    }

    /// Whether it is to run now; true once.
    pub fn take_go(&mut self) -> bool {
        let known = !matches!(self.probe, Probe::Asked(_));
        known && std::mem::take(&mut self.going)
    }

    /// What is known of the twin's files.
    pub fn probe(&self) -> &Probe {
        &self.probe
    }

    fn has(&self, path: &str) -> Option<bool> {
        match &self.probe {
            Probe::Known(found) => Some(found.iter().any(|there| there == path)),
            Probe::Unasked | Probe::Asked(_) | Probe::Failed(_) => None,
        }
    }

    /// The twin's strace.
    pub fn strace_path(&self) -> Option<&'static str> {
        let there = |path: &&&str| self.has(path) == Some(true);
        STRACE.iter().find(there).copied()
    }

    /// The line that installs strace in the twin, when it is not there and can be.
    pub fn install_line(&self) -> Option<&'static str> {
        let there = |(path, _): &&(&str, &str)| self.has(path) == Some(true);
        let manager = MANAGERS.iter().find(there)?;
        self.strace_path().is_none().then_some(manager.1)
    }

    /// Where the program is in the target, when the twin has none at that path.
    pub fn only_in_target(&self) -> Option<&str> {
        let program = self.program.as_deref()?;
        (self.has(program) == Some(false)).then_some(program)
    }

    /// What the target runs by itself.
    pub fn original(&self) -> &Run {
        &self.original
    }

    /// Whether nothing differs from the original.
    pub fn is_original(&self) -> bool {
        self.run().is_ok_and(|run| run == self.original)
    }

    /// What is wrong in a field.
    pub fn trouble(&self, field: Field) -> Option<String> {
        match field {
            Field::Argv => read_argv(&self.argv.text()).err(),
            Field::User => read_user(&self.user.text()).err(),
            Field::Workdir => read_workdir(&self.workdir.text()).err(),
            Field::Env => read_env(&self.env.text(), &self.original).err(),
            Field::Memory if self.place == Where::Replica => read_limit(&self.memory.text()).err(),
            Field::Memory
            | Field::Files
            | Field::Volumes
            | Field::Place
            | Field::Strace
            | Field::Run
            | Field::Original
            | Field::Back => None,
        }
    }

    /// What the fields say, or the first field in which something is wrong.
    pub fn run(&self) -> Result<Run, Field> {
        Ok(Run {
            argv: read_argv(&self.argv.text()).map_err(|_| Field::Argv)?,
            user: read_user(&self.user.text()).map_err(|_| Field::User)?,
            workdir: read_workdir(&self.workdir.text()).map_err(|_| Field::Workdir)?,
            env: read_env(&self.env.text(), &self.original).map_err(|_| Field::Env)?,
        })
    }

    /// What the engine is to run, or the first field in which something is wrong.
    pub fn order(&self) -> Result<Order, Field> {
        let how = How {
            place: self.place.exec().unwrap_or_default(),
            strace: self
                .strace_path()
                .filter(|_| self.strace)
                .map(str::to_owned),
            only_in_target: self.only_in_target().map(str::to_owned),
            home: self.home.clone(),
        };
        Ok(Order::new(&self.run()?, &self.original, &how))
    }

    /// How a replica is to differ from the target, or the first field in which something is wrong.
    pub fn edits(&self) -> Result<Edits, Field> {
        let run = self.run()?;
        let original = &self.original;
        let changed = |now: &String, before: &String| (now != before).then(|| now.clone());
        Ok(Edits {
            argv: (run.argv != original.argv).then(|| run.argv.clone()),
            user: changed(&run.user, &original.user),
            workdir: changed(&run.workdir, &original.workdir),
            env: run.env_edits(original),
            mounts: self.volumes,
            memory: read_limit(&self.memory.text()).map_err(|_| Field::Memory)?,
            base: self.files,
            ..Edits::default()
        })
    }

    /// The next sort of files.
    pub fn turn_files(&mut self) {
        self.files = match self.files {
            Base::Image => Base::Died,
            Base::Died => Base::DevImage,
            Base::DevImage => Base::Image,
        };
    }

    /// The next way with volumes.
    pub fn turn_volumes(&mut self) {
        self.volumes = next_mounts(self.volumes);
    }

    /// Moves the keys to the next field, or the one before.
    pub fn step(&mut self, forward: bool) {
        self.field = self.field.beside(forward, self.place);
    }

    /// The text of the field that has the keys, when it is one with text.
    pub fn area_mut(&mut self) -> Option<&mut Area> {
        match self.field {
            Field::Argv => Some(&mut self.argv),
            Field::User => Some(&mut self.user),
            Field::Workdir => Some(&mut self.workdir),
            Field::Env => Some(&mut self.env),
            Field::Memory => Some(&mut self.memory),
            Field::Files
            | Field::Volumes
            | Field::Place
            | Field::Strace
            | Field::Run
            | Field::Original
            | Field::Back => None,
        }
    }

    /// The text of a field.
    pub fn area(&self, field: Field) -> Option<&Area> {
        match field {
            Field::Argv => Some(&self.argv),
            Field::User => Some(&self.user),
            Field::Workdir => Some(&self.workdir),
            Field::Env => Some(&self.env),
            Field::Memory => Some(&self.memory),
            Field::Files
            | Field::Volumes
            | Field::Place
            | Field::Strace
            | Field::Run
            | Field::Original
            | Field::Back => None,
        }
    }

    /// A key for the text; true when that changed something.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        self.area_mut().is_some_and(|area| area.key(key))
    }

    /// Pasted text; true when that changed something.
    pub fn paste(&mut self, text: &str) -> bool {
        self.area_mut().is_some_and(|area| area.paste(text))
    }

    /// The next place. Nothing looks on in the target, nor in a replica.
    pub fn turn_place(&mut self) {
        self.place = match self.place {
            Where::Twin => Where::Target,
            Where::Target => Where::Replica,
            Where::Replica => Where::Twin,
        };
        self.strace &= self.place == Where::Twin;
        if !self.field.is_shown(self.place) {
            self.field = Field::Place;
        }
    }

    /// Under strace, or not; false where there is none.
    pub fn turn_strace(&mut self) -> bool {
        let possible = self.place == Where::Twin && self.strace_path().is_some();
        self.strace = possible && !self.strace;
        possible
    }
}
