//! From text to stages, over the crate `parse-dockerfile`, whose types stop here.

mod documents;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use parse_dockerfile as parser;
use parser::{Flag, HealthcheckArguments, Instruction, JsonOrStringArray, Source, UnescapedString};

use super::variables::{self, expand};
use super::{Base, Broken, Command, Copy, Dockerfile, Need, Run, Stage, Step, What};
use crate::domain::text::bounded;

/// Bytes of a Dockerfile that are read.
pub(super) const LONGEST: usize = 1 << 20;
/// Instructions and stages that are read: an image has no more than 127 layers.
const INSTRUCTIONS: usize = 2_000;
const STAGES: usize = 200;

/// Characters of an instruction that are kept for showing.
const SHOWN: usize = 500;

const BOM: &str = "\u{feff}";

/// Reads a Dockerfile. `args` are the values of `ARG` given from outside; spans count from the beginning of `text`.
pub fn read(text: &str, args: &BTreeMap<String, String>) -> Dockerfile {
    let mut file = Dockerfile {
        args: args.clone(),
        ..Dockerfile::default()
    };
    let shift = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let whole = text.get(shift..).unwrap_or_default();
    if whole.len() > LONGEST {
        return broken(file, 1, "longer than 1 MiB: that is no Dockerfile");
    }
    file.syntax = syntax(whole);
    let escape = escape(whole);
    let (plain, mut documents) = documents::taken_out(whole, escape);
    let parsed = match parser::parse_iter(&plain) {
        Ok(parsed) => parsed,
        Err(e) => return broken(file, e.line().max(1), &format!("{e:#}")),
    };
    let lines = Lines::of(whole);
    for (number, found) in (1..).zip(parsed) {
        let instruction = match found {
            Ok(instruction) => instruction,
            Err(e) => return broken(file, e.line().max(1), &format!("{e:#}")),
        };
        let mut step = Step {
            number,
            ..Step::default()
        };
        let (start, end) = extent(&instruction);
        if number > INSTRUCTIONS || file.stages.len() > STAGES {
            let why = format!(
                "more than {INSTRUCTIONS} instructions, or {STAGES} stages: that is no Dockerfile"
            );
            return broken(file, lines.at(start), &why);
        }
        let last = lines.at(end.max(start + 1) - 1) + usize::from(ends_in_document(&instruction));
        let own = documents.remove(&lines.at(start));
        let last = own.as_ref().map_or(last, |own| own.last);
        step.lines = (lines.at(start), last);
        step.span = start + shift..lines.end(whole, last) + shift;
        let shown = whole.get(start..step.span.end - shift).unwrap_or_default();
        step.text = bounded(&joined(shown, escape), SHOWN);
        take(&mut file, &instruction, step, escape);
        if let Some(own) = own {
            with_documents(&mut file, own.texts);
        }
    }
    file
}

/// Gives the last step the here-documents that stand elsewhere in its command.
fn with_documents(file: &mut Dockerfile, texts: Vec<String>) {
    let Some(step) = file
        .stages
        .last_mut()
        .and_then(|stage| stage.steps.last_mut())
    else {
        return;
    };
    if let What::Run(run) = &mut step.what {
        run.documents = texts;
        file.needs.push(Need {
            line: step.lines.0,
            what: "RUN <<EOF",
        });
    }
}

fn broken(mut file: Dockerfile, line: usize, message: &str) -> Dockerfile {
    file.broken = Some(Broken {
        line,
        message: bounded(message, 200),
    });
    file
}

/// Puts an instruction where it belongs.
fn take(file: &mut Dockerfile, instruction: &Instruction<'_>, mut step: Step, escape: char) {
    let line = step.lines.0;
    let (keyword, what) = says(instruction, escape);
    step.keyword = keyword;
    step.what = what;
    needs(instruction, line, &mut file.needs);
    if let Instruction::From(from) = instruction {
        let index = file.stages.len();
        let written = from.image.value.to_string();
        let stage = Stage {
            index,
            name: from.as_.as_ref().map(|(_, name)| name.value.to_string()),
            base: base(file, &written, index),
            written,
            platform: flag(&from.options, "platform"),
            from: step,
            steps: Vec::new(),
        };
        file.stages.push(stage);
    } else if let Some(stage) = file.stages.last_mut() {
        stage.steps.push(step);
    } else {
        file.globals.push(step);
    }
}

/// What stands behind a `FROM`: variables there are those of `ARG` before the first one.
fn base(file: &Dockerfile, written: &str, index: usize) -> Base {
    let known = variables::of_globals(file);
    match expand(written, &known) {
        Err(name) => Base::Unknown(name),
        Ok(name) if name == "scratch" => Base::Scratch,
        // A number is no stage here: it is an image's name.
        Ok(name) => match file.stage_before(&name, index) {
            Some(stage) if stage.name.is_some() && name.parse::<usize>().is_err() => {
                Base::Stage(stage.index)
            }
            _ => Base::Image(name),
        },
    }
}

fn says(instruction: &Instruction<'_>, escape: char) -> (&'static str, What) {
    let text = |word: &UnescapedString<'_>| word.value.to_string();
    match instruction {
        Instruction::From(_) => ("FROM", What::From),
        Instruction::Arg(arg) => ("ARG", What::Arg(variables::args(&arg.arguments.value))),
        Instruction::Env(env) => ("ENV", What::Env(variables::pairs(&env.arguments.value))),
        Instruction::Run(run) => {
            let mounts = run.options.iter().filter(|flag| flag.name.value == "mount");
            let documents = run.here_docs.iter().map(|doc| doc.value.to_string());
            let run = Run {
                command: command(&run.arguments, escape),
                documents: documents.collect(),
                mounts: mounts.map(mount).collect(),
            };
            ("RUN", What::Run(run))
        }
        Instruction::Copy(copy) => {
            let sources = sources(&copy.src);
            ("COPY", copied(&copy.options, sources, text(&copy.dest)))
        }
        Instruction::Add(add) => {
            let sources = sources(&add.src);
            ("ADD", copied(&add.options, sources, text(&add.dest)))
        }
        Instruction::User(user) => ("USER", What::User(text(&user.arguments))),
        Instruction::Workdir(dir) => ("WORKDIR", What::Workdir(text(&dir.arguments))),
        Instruction::Entrypoint(it) => (
            "ENTRYPOINT",
            What::Entrypoint(command(&it.arguments, escape)),
        ),
        Instruction::Cmd(it) => ("CMD", What::Cmd(command(&it.arguments, escape))),
        Instruction::Healthcheck(it) => {
            let check = match &it.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => Some(command(arguments, escape)),
                _ => None,
            };
            ("HEALTHCHECK", What::Healthcheck(check))
        }
        Instruction::Shell(it) => (
            "SHELL",
            What::Shell(it.arguments.iter().map(text).collect()),
        ),
        Instruction::Volume(it) => {
            let (JsonOrStringArray::Json(parser::Spanned { value: paths, .. })
            | JsonOrStringArray::String(paths)) = &it.arguments;
            ("VOLUME", What::Volume(paths.iter().map(text).collect()))
        }
        Instruction::Expose(_) => ("EXPOSE", What::Other),
        Instruction::Label(_) => ("LABEL", What::Other),
        Instruction::Maintainer(_) => ("MAINTAINER", What::Other),
        Instruction::Onbuild(_) => ("ONBUILD", What::Other),
        Instruction::Stopsignal(_) => ("STOPSIGNAL", What::Other),
        _ => ("?", What::Other),
    }
}

fn flag(options: &[Flag<'_>], name: &str) -> Option<String> {
    let flag = options.iter().find(|flag| flag.name.value == name)?;
    Some(flag.value.as_ref()?.value.to_string())
}

/// `type=bind,from=build,target=/x` as names and values.
fn mount(flag: &Flag<'_>) -> BTreeMap<String, String> {
    let value = flag.value.as_ref().map_or("", |value| &value.value);
    let pairs = value.split(',').map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, "true"));
        (name.trim().to_owned(), value.trim_matches('"').to_owned())
    });
    pairs.filter(|(name, _)| !name.is_empty()).collect()
}

fn sources(all: &[Source<'_>]) -> Vec<String> {
    let path = |source: &Source<'_>| match source {
        Source::Path(path) => Some(path.value.to_string()),
        _ => None,
    };
    all.iter().filter_map(path).collect()
}

fn copied(options: &[Flag<'_>], sources: Vec<String>, dest: String) -> What {
    What::Copy(Copy {
        from: flag(options, "from"),
        chown: flag(options, "chown"),
        sources,
        dest,
    })
}

fn command(command: &parser::Command<'_>, escape: char) -> Command {
    match command {
        parser::Command::Exec(words) => {
            Command::Exec(words.value.iter().map(|w| w.value.to_string()).collect())
        }
        parser::Command::Shell(line) => Command::Shell(joined(line.value, escape).into_owned()),
        _ => Command::Shell(String::new()),
    }
}

/// An instruction's lines as one: continuations joined, comments and empty lines between them gone.
pub(super) fn joined(text: &str, escape: char) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let mut line = String::new();
    let mut continued = false;
    for (n, part) in text.lines().enumerate() {
        let trimmed = part.trim();
        if continued && (trimmed.starts_with('#') || trimmed.is_empty()) {
            continue;
        }
        let end = part.trim_end();
        let goes_on = end.strip_suffix(escape);
        if n > 0 && continued {
            line.push_str(goes_on.unwrap_or(part).trim_start());
        } else {
            // A here-document keeps its lines.
            if n > 0 {
                line.push('\n');
            }
            line.push_str(goes_on.unwrap_or(part));
        }
        continued = goes_on.is_some();
        if continued && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    Cow::Owned(line.trim_end().to_owned())
}

/// The escape character that the file's directive names.
pub(super) fn escape(text: &str) -> char {
    let directive = directives(text).find(|(name, _)| name.eq_ignore_ascii_case("escape"));
    match directive {
        Some((_, "`")) => '`',
        _ => '\\',
    }
}

fn syntax(text: &str) -> Option<String> {
    let mut found = directives(text).filter(|(name, _)| name.eq_ignore_ascii_case("syntax"));
    found.next().map(|(_, value)| bounded(value, 200))
}

/// The directives that stand at the very beginning.
fn directives(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().map_while(|line| {
        let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
        let name = name.trim();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic());
        is_name.then(|| (name, value.trim()))
    })
}

/// What the classic builder does not know.
fn needs(instruction: &Instruction<'_>, line: usize, needs: &mut Vec<Need>) {
    let mut need = |what| needs.push(Need { line, what });
    match instruction {
        Instruction::Run(run) => {
            if !run.here_docs.is_empty() {
                need("RUN <<EOF");
            }
            for flag in &run.options {
                match flag.name.value.as_ref() {
                    "mount" => need("RUN --mount"),
                    "network" => need("RUN --network"),
                    "security" => need("RUN --security"),
                    _ => {}
                }
            }
        }
        Instruction::Copy(copy) => of_copy(&copy.options, &copy.src, &mut need),
        Instruction::Add(add) => of_copy(&add.options, &add.src, &mut need),
        _ => {}
    }
}

fn of_copy(options: &[Flag<'_>], sources: &[Source<'_>], need: &mut dyn FnMut(&'static str)) {
    if sources
        .iter()
        .any(|source| matches!(source, Source::HereDoc(_)))
    {
        need("COPY <<EOF");
    }
    for flag in options {
        match flag.name.value.as_ref() {
            "link" => need("COPY --link"),
            "chmod" => need("COPY --chmod"),
            "parents" => need("COPY --parents"),
            "exclude" => need("COPY --exclude"),
            "checksum" => need("ADD --checksum"),
            "keep-git-dir" => need("ADD --keep-git-dir"),
            _ => {}
        }
    }
}

/// Whether the end of a here-document is the last line, behind all that the parser tells.
fn ends_in_document(instruction: &Instruction<'_>) -> bool {
    let document = |source: &Source<'_>| matches!(source, Source::HereDoc(_));
    match instruction {
        Instruction::Run(run) => !run.here_docs.is_empty(),
        Instruction::Copy(copy) => copy.src.iter().any(document),
        Instruction::Add(add) => add.src.iter().any(document),
        _ => false,
    }
}

/// From the keyword to the end of the last argument, in bytes.
fn extent(instruction: &Instruction<'_>) -> (usize, usize) {
    let of_flags = |flags: &[Flag<'_>]| flags.iter().map(|f| f.span().end).max().unwrap_or(0);
    let of_sources = |sources: &[Source<'_>]| {
        let end = |source: &Source<'_>| match source {
            Source::Path(path) => path.span.end,
            Source::HereDoc(doc) => doc.span.end,
            _ => 0,
        };
        sources.iter().map(end).max().unwrap_or(0)
    };
    let of_command = |command: &parser::Command<'_>| match command {
        parser::Command::Exec(words) => words.span.end,
        parser::Command::Shell(line) => line.span.end,
        _ => 0,
    };
    let (keyword, end): (&Range<usize>, usize) = match instruction {
        Instruction::Add(i) => (
            &i.add.span,
            of_flags(&i.options)
                .max(of_sources(&i.src))
                .max(i.dest.span.end),
        ),
        Instruction::Copy(i) => (
            &i.copy.span,
            of_flags(&i.options)
                .max(of_sources(&i.src))
                .max(i.dest.span.end),
        ),
        Instruction::Arg(i) => (&i.arg.span, i.arguments.span.end),
        Instruction::Cmd(i) => (&i.cmd.span, of_command(&i.arguments)),
        Instruction::Entrypoint(i) => (&i.entrypoint.span, of_command(&i.arguments)),
        Instruction::Env(i) => (&i.env.span, i.arguments.span.end),
        Instruction::Expose(i) => {
            let ends = i.arguments.iter().map(|a| a.span.end);
            (&i.expose.span, ends.max().unwrap_or(0))
        }
        Instruction::From(i) => {
            let name = i.as_.as_ref().map_or(0, |(_, name)| name.span.end);
            (&i.from.span, name.max(i.image.span.end))
        }
        Instruction::Healthcheck(i) => {
            let end = match &i.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => of_command(arguments),
                HealthcheckArguments::None { none, .. } => none.span.end,
                _ => 0,
            };
            (&i.healthcheck.span, end)
        }
        Instruction::Label(i) => (&i.label.span, i.arguments.span.end),
        Instruction::Maintainer(i) => (&i.maintainer.span, i.name.span.end),
        Instruction::Onbuild(i) => (&i.onbuild.span, extent(&i.instruction).1),
        Instruction::Run(i) => {
            let documents = i.here_docs.iter().map(|doc| doc.span.end);
            let end = documents.max().unwrap_or(0);
            let end = end.max(of_flags(&i.options)).max(of_command(&i.arguments));
            (&i.run.span, end)
        }
        Instruction::Shell(i) => {
            let ends = i.arguments.iter().map(|a| a.span.end);
            (&i.shell.span, ends.max().unwrap_or(0))
        }
        Instruction::Stopsignal(i) => (&i.stopsignal.span, i.arguments.span.end),
        Instruction::User(i) => (&i.user.span, i.arguments.span.end),
        Instruction::Volume(i) => {
            let end = match &i.arguments {
                JsonOrStringArray::Json(paths) => paths.span.end,
                JsonOrStringArray::String(paths) => {
                    paths.iter().map(|p| p.span.end).max().unwrap_or(0)
                }
            };
            (&i.volume.span, end)
        }
        Instruction::Workdir(i) => (&i.workdir.span, i.arguments.span.end),
        _ => return (0, 0),
    };
    (keyword.start, end.max(keyword.end))
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The line that a byte is on, from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte)
    }

    /// The end of a line (from 1), without its line end.
    fn end(&self, text: &str, line: usize) -> usize {
        let Some(next) = self.0.get(line) else {
            return text.len();
        };
        let start = self.0.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let line = text.get(start..*next).unwrap_or_default();
        start + line.trim_end_matches(['\n', '\r']).len()
    }
}
