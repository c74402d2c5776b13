//! The lab of a lesson on the engine: made from data and from what devtwin brings along, removed whole.
//!
//! A lab's name is claimed first, by a volume; everything that is made carries its labels, and what the person builds and
//! runs from it inherits them. See [`whose`] for what is removed again.

mod base;
mod layer;
mod pair;
mod programs;
mod record;
pub(super) mod remove;

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Component, Path};

use futures_util::StreamExt as _;
use futures_util::stream;

use self::layer::Layer;
use self::pair::Recipe;
pub use self::remove::Removed;
use self::remove::Which;
use crate::domain::build::{Build, BuildNews, Builder};
use crate::domain::error::{Error, ErrorKind, Result};
use crate::domain::lesson::Lesson;
use crate::domain::lesson::lab::{Base, Content, LabContainer, LabImage, Names, OfferedBase};
use crate::domain::lesson::whose;
use crate::domain::session::{Ask, Liveness};
use crate::domain::target::Status;
use crate::domain::twin::{Session, label};
use crate::domain::{Progress, Sink};
use crate::engine::{Engine, NewContainer, NewVolume};

/// What labs are called, unless the person says so: `lab`, `lab2`, …
const NAME: &str = "lab";

/// How many names are tried.
const NAMES: u32 = 50;

/// Stands in a Dockerfile for the path at which the dynamic app looks for its loader.
const LOADER: &str = "{loader}";

/// The Dockerfile of an image in its archive.
const DOCKERFILE: &str = "Dockerfile";

/// On what a lab can stand here, the best first.
///
/// # Errors
/// No lab can be made at all: the engine does not answer, or its processor is another one than the lab app's.
pub async fn bases(engine: &dyn Engine) -> Result<Vec<OfferedBase>> {
    base::offered(engine).await
}

/// A word for each token of a lesson, drawn anew of 24 millions: four syllables, since a person reads it off a screen and
/// types it.
pub fn tokens(lesson: &Lesson) -> BTreeMap<String, String> {
    let drawn = || {
        let mut left = RandomState::new().build_hasher().finish();
        let mut letter = |of: &'static [u8]| {
            let of_how_many = of.len() as u64;
            let at = usize::try_from(left % of_how_many).unwrap_or_default();
            left /= of_how_many;
            char::from(of.get(at).copied().unwrap_or(b'a'))
        };
        let syllables = (0..4).flat_map(|_| [letter(b"bdfgklmnprstvz"), letter(b"aeiou")]);
        syllables.collect()
    };
    lesson
        .tokens
        .iter()
        .map(|name| (name.clone(), drawn()))
        .collect()
}

/// Takes a name for a lab: `wanted`, or the first of `lab`, `lab2`, … that nothing has. Two devtwins that want the same one
/// do not both get it.
///
/// # Errors
/// `Usage` when the wanted one is taken, or cannot be a name.
pub async fn claim(
    engine: &dyn Engine,
    session: &Session,
    lesson: &str,
    wanted: Option<&str>,
) -> Result<String> {
    if let Some(name) = wanted {
        if !whose::is_lab_name(name) {
            let message = format!("a lab cannot be called {name:?}");
            return Err(Error::new(ErrorKind::Usage, message)
                .hint("small letters, digits and single dashes, and not devtwin"));
        }
        return match taken(engine, session, lesson, name).await? {
            None => Ok(name.to_owned()),
            Some(by) => Err(Error::new(
                ErrorKind::Usage,
                format!("the name {name} for the lab is taken by {by}"),
            )
            .hint("choose another one with --lab; devtwin clean removes labs that were left")),
        };
    }
    for number in 1..=NAMES {
        let name = match number {
            1 => NAME.to_owned(),
            number => format!("{NAME}{number}"),
        };
        if taken(engine, session, lesson, &name).await?.is_none() {
            return Ok(name);
        }
    }
    let message = format!("all names for a lab are taken, from {NAME} to {NAME}{NAMES}");
    Err(Error::new(ErrorKind::Engine, message)
        .hint("devtwin clean removes labs that were left; --lab chooses a name"))
}

/// Claims a name; when something has it, what.
async fn taken(
    engine: &dyn Engine,
    session: &Session,
    lesson: &str,
    name: &str,
) -> Result<Option<String>> {
    let (images, containers, volumes) =
        tokio::try_join!(engine.images(), engine.containers(), engine.volume_names())?;
    let tags = images.into_iter().flat_map(|image| image.tags);
    if let Some(tag) = tags.into_iter().find(|tag| whose::is_image_of(name, tag)) {
        return Ok(Some(format!("the image {tag}")));
    }
    let mut rows = containers.into_iter();
    if let Some(row) = rows.find(|row| whose::is_name_of(name, &row.name)) {
        return Ok(Some(format!("the container {}", row.name)));
    }
    let mut names = volumes.into_iter();
    if let Some(volume) = names.find(|volume| whose::is_name_of(name, volume)) {
        return Ok(Some(format!("the volume {volume}")));
    }
    let of_lab = format!("{}={name}", label::LAB);
    let volume = NewVolume {
        name: whose::claim(name),
        options: BTreeMap::new(),
        labels: whose::labels(session, name, lesson),
    };
    if !engine.volumes(&of_lab).await?.is_empty() {
        return Ok(Some("another lab".into()));
    }
    // The engine makes a volume once, and whoever asks for it again gets it as it is: with the first one's labels.
    // Or it refuses, since the labels are others.
    let created = engine.create_volume(&volume).await;
    let made = engine.volumes(&of_lab).await?;
    let is_ours = made.iter().any(|made| {
        made.name == volume.name && made.labels.get(label::SESSION) == Some(&session.id)
    });
    if is_ours {
        return Ok(None);
    }
    match created {
        Err(error) if made.is_empty() => Err(error),
        Ok(()) | Err(_) => Ok(Some("another lab".into())),
    }
}

/// Makes the lab of a lesson, whose name was [claimed](claim): images, volumes, containers. What fails leaves what was made
/// before; [`tear_down`] removes it.
///
/// # Errors
/// They name the lesson and the object.
pub async fn set_up(
    engine: &dyn Engine,
    session: &Session,
    lesson: &Lesson,
    base: &Base,
    names: &Names,
    sink: Sink<'_>,
) -> Result<()> {
    let machine = engine.machine().await?;
    let web = programs::web(&machine)?;
    let ground = base::ground(engine, session, base, &machine, sink).await?;
    let data = base::data()?;
    let made = Maker {
        engine,
        lesson,
        names,
        labels: whose::labels(session, &names.lab, &lesson.id),
        sink,
    };
    let recipes =
        pair::recipes(&web, &machine, &ground, &data, &names.lab).map_err(|e| packing(&e))?;
    for recipe in recipes {
        made.pair(recipe).await?;
    }
    let mut left_out = Vec::new();
    for image in &lesson.lab.images {
        match filled(image, names) {
            Ok(files) => made.image(image, files).await?,
            Err(why) => {
                let name = names.image(&image.name);
                sink(Progress::Notable(format!("{name} is left out: {why}")));
                left_out.push(image.name.as_str());
            }
        }
    }
    for volume in &lesson.lab.volumes {
        made.volume(volume).await?;
    }
    for container in &lesson.lab.containers {
        if !left_out.contains(&container.image.as_str()) {
            made.container(container).await?;
        }
    }
    Ok(())
}

/// What `COPY` of an image finds, programs and all; in words why it cannot be had.
fn filled(image: &LabImage, names: &Names) -> Result<Layer, String> {
    let mut files = Layer::default();
    for (path, content) in &image.files {
        match content {
            Content::Text(text) => files.file(path, names.fill(text)),
            Content::Program(wanted) => files.program(path, programs::program(wanted)?),
        };
    }
    Ok(files)
}

/// Writes the files of a lesson into the folder that the person works in.
///
/// # Errors
/// A file cannot be written, or stands outside the folder.
pub fn write_files(folder: &Path, lesson: &Lesson, names: &Names) -> Result<()> {
    for (path, content) in &lesson.lab.files {
        let failed = |why: String| {
            let message = format!(
                "the file {path} of the lesson {} cannot be written into {}: {why}",
                lesson.id,
                folder.display()
            );
            Error::new(ErrorKind::Usage, message)
                .hint("is the disk full, or the folder of another user?")
        };
        let mut parts = Path::new(path).components();
        if path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(failed("it is outside of it".into()));
        }
        let file = folder.join(path);
        let folder = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
        std::fs::write(&file, names.fill(content)).map_err(|e| failed(e.to_string()))?;
    }
    Ok(())
}

fn packing(error: &std::io::Error) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the lab's files cannot be packed: {error}"),
    )
}

/// Whoever makes the objects of one lab.
struct Maker<'a> {
    engine: &'a dyn Engine,
    lesson: &'a Lesson,
    names: &'a Names,
    labels: BTreeMap<String, String>,
    sink: Sink<'a>,
}

impl Maker<'_> {
    async fn pair(&self, recipe: Recipe) -> Result<()> {
        let args = recipe.args.into_iter().collect();
        self.build(recipe.name, recipe.dockerfile, recipe.files, args)
            .await
    }

    async fn image(&self, image: &LabImage, files: Layer) -> Result<()> {
        let mut dockerfile = self.names.fill(&image.dockerfile);
        if let Some(path) = programs::loader_path() {
            dockerfile = dockerfile.replace(LOADER, &path);
        }
        self.build(&image.name, &dockerfile, files, BTreeMap::new())
            .await
    }

    async fn build(
        &self,
        name: &str,
        dockerfile: &str,
        mut files: Layer,
        args: BTreeMap<String, String>,
    ) -> Result<()> {
        let reference = self.names.image(name);
        (self.sink)(Progress::Step(format!("building {reference}")));
        files.file(DOCKERFILE, dockerfile.to_owned());
        let archive = files.tar().map_err(|e| packing(&e))?;
        let build = Build {
            dockerfile: DOCKERFILE.into(),
            tags: vec![reference.clone()],
            args,
            labels: self.labels.clone(),
            // The classic builder makes a container for every instruction: ten times as long (measured, 20.10).
            builder: Builder::BuildKit,
            ..Build::default()
        };
        let context = stream::once(async move { Ok(archive) }).boxed();
        let news = |news: BuildNews| tracing::debug!(?news, "a lab's image");
        let done = self.engine.build(&build, context, &news).await;
        done.map(drop)
            .map_err(|e| self.failed(&format!("the image {reference}"), e.into_error()))
    }

    async fn volume(&self, name: &str) -> Result<()> {
        let name = self.names.whole(name);
        let volume = NewVolume {
            name: name.clone(),
            options: BTreeMap::new(),
            labels: self.labels.clone(),
        };
        let made = self.engine.create_volume(&volume).await;
        made.map_err(|e| self.failed(&format!("the volume {name}"), e))
    }

    async fn container(&self, container: &LabContainer) -> Result<()> {
        let name = self.names.whole(&container.name);
        (self.sink)(Progress::Step(format!("starting {name}")));
        let fill = |texts: &[String]| texts.iter().map(|text| self.names.fill(text)).collect();
        let mounts = container
            .mounts
            .iter()
            .filter_map(|mount| mount.split_once(':'));
        let new = NewContainer {
            name: name.clone(),
            image: self.names.image(&container.image),
            args: fill(&container.args),
            env: fill(&container.env),
            volumes: mounts
                .map(|(volume, path)| (self.names.whole(volume), path.to_owned()))
                .collect(),
            user: container.user.clone(),
            network: container.network.clone(),
            restart: container.restart.clone(),
            read_only: container.read_only,
            labels: self.labels.clone(),
        };
        let what = format!("the container {name}");
        let made = self.engine.create_in_lab(&new).await;
        let id = made.map_err(|e| self.failed(&what, e))?;
        if container.created {
            return Ok(());
        }
        let Err(error) = self.engine.start(&id).await else {
            return Ok(());
        };
        // A program that cannot be started may be what the lesson is about.
        let state = self.engine.inspect(&id.0).await?.state;
        if matches!(state.exit_code, 126 | 127) && state.status != Status::Running {
            tracing::info!(%name, %error, "a container of the lab does not start");
            return Ok(());
        }
        Err(self.failed(&what, error))
    }

    /// The error with the lesson and the object in front of it.
    fn failed(&self, what: &str, error: Error) -> Error {
        let id = &self.lesson.id;
        let message = format!(
            "{what} of the lesson {id} could not be made: {}",
            error.message
        );
        Error { message, ..error }
    }
}

/// Removes the lab of a session: also what the person made in it below its name. All is tried.
///
/// # Errors
/// Something could not be removed; [`Removed::complete`] tells what.
pub async fn tear_down(engine: &dyn Engine, session: &str) -> Result<Removed> {
    let holds = |labels: &BTreeMap<String, String>| {
        labels.get(label::SESSION).is_some_and(|of| of == session)
    };
    let which = Which {
        holds: &holds,
        unlabelled: true,
        dry_run: false,
    };
    let removed = remove::remove(engine, which).await?;
    removed.complete()?;
    Ok(removed)
}

/// Removes the labs of sessions that are gone: to be done before a name is [claimed](claim).
///
/// # Errors
/// As of [`tear_down`].
pub async fn remove_gone(engine: &dyn Engine, ask: Ask<'_>) -> Result<Removed> {
    let holds = |labels: &BTreeMap<String, String>| {
        let get = |key: &str| labels.get(key).map_or("", String::as_str);
        ask(get(label::SESSION), get(label::OWNER)) == Liveness::Gone
    };
    let which = Which {
        holds: &holds,
        unlabelled: false,
        dry_run: false,
    };
    let removed = remove::remove(engine, which).await?;
    removed.complete()?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(files: &[(&str, &str)]) -> Lesson {
        let mut lesson: Lesson =
            toml::from_str("title = \"T\"\ngoal = \"G\"\nminutes = 1\ntokens = [\"a\", \"b\"]\n")
                .unwrap();
        lesson.id = "t".into();
        let files = files
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        lesson.lab.files = files.collect();
        lesson
    }

    #[test]
    fn tokens_are_drawn_anew_and_differ() {
        let (first, second) = (tokens(&lesson(&[])), tokens(&lesson(&[])));
        assert_eq!(first.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert!(first["a"] != first["b"] && first["a"] != second["a"]);
        let typed = |c: char| c.is_ascii_lowercase();
        let is_word = |word: &String| word.len() == 8 && word.chars().all(typed);
        assert!(first.values().all(is_word), "{first:?}");
    }

    #[test]
    fn files_are_written_filled_and_only_below_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names {
            lab: "lab3".into(),
            tokens: BTreeMap::new(),
        };
        let lesson_ = lesson(&[("app/Dockerfile", "FROM {lab}/web\n")]);
        write_files(folder.path(), &lesson_, &names).unwrap();
        let written = std::fs::read_to_string(folder.path().join("app/Dockerfile")).unwrap();
        assert_eq!(written, "FROM lab3/web\n");
        for path in ["../x", "/x", "a/../../x", ""] {
            let error = write_files(folder.path(), &lesson(&[(path, "x")]), &names).unwrap_err();
            assert!(error.message.contains("lesson t"), "{}", error.message);
        }
        assert!(!folder.path().parent().unwrap().join("x").exists());
    }

    #[test]
    fn an_image_whose_program_cannot_be_had_says_why() {
        let image: LabImage = toml::from_str(
            "name = \"x:1\"\ndockerfile = \"FROM scratch\"\n[files]\nweb = { program = \"web\", claims = \"vax\" }\nnote = \"{lab}\"\n",
        )
        .unwrap();
        assert!(
            filled(&image, &Names::default())
                .unwrap_err()
                .contains("vax")
        );
    }
}
