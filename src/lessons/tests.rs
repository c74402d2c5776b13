use std::fs;

use super::*;

/// A lesson that is sound.
fn lesson(title: &str, rest: &str) -> String {
    format!(
        "title = '{title}'\ngoal = 'Do it.'\nminutes = 5\n{rest}\n[[step]]\ntitle = 'Ask'\ntext = 'Look.'\n\
         hint = 'Think.'\nanswer = 'Type it.'\nquestion = 'How many?'\ncheck = {{ answer = {{ is = ['4'] }} }}\n"
    )
}

#[test]
fn every_lesson_that_is_brought_along_is_listed_and_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons");
    let there = folder_of(&folder).unwrap();
    let files: Vec<_> = there
        .iter()
        .map(|s| (s.id.as_str(), s.text.as_str()))
        .collect();
    let mut listed = BUILT_IN.to_vec();
    listed.sort_unstable();
    assert_eq!(listed, files, "BUILT_IN has all files of assets/lessons");
    let all = load(None).unwrap();
    let numbers: Vec<_> = all
        .iter()
        .map(|listed| match &listed.lesson {
            Ok(lesson) => lesson.number,
            Err(faults) => panic!("{}: {faults:?}", listed.id),
        })
        .collect();
    let want: Vec<_> = (1..).map(Some).take(numbers.len()).collect();
    assert_eq!(numbers, want, "they are numbered from 1 on");
}

#[test]
fn lessons_of_ones_own_stand_behind_and_take_the_place_of_those_of_the_same_name() {
    let dir = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    put("b.toml", &lesson("Zebra", ""));
    put("c.toml", &lesson("Ant", "after = ['b']"));
    put("broken.toml", "title = 5\n");
    put("notes.md", "no lesson");
    put("missing-shell.toml", &lesson("Ours", "number = 1"));
    let all = load(Some(dir.path())).unwrap();
    let of = |id: &str| all.iter().find(|listed| listed.id == id).unwrap();
    let ours = of("missing-shell");
    assert_eq!(ours.lesson.as_ref().unwrap().title, "Ours");
    assert_eq!(ours.file, Some(dir.path().join("missing-shell.toml")));
    assert_eq!(
        ours.replaces,
        BUILT_IN.iter().any(|(id, _)| *id == "missing-shell")
    );
    assert!(!of("b").replaces);
    let faults = of("broken").lesson.as_ref().unwrap_err();
    assert_eq!(faults[0].line, 1, "{faults:?}");
    let order: Vec<_> = all.iter().map(|listed| listed.id.as_str()).collect();
    assert!(order.ends_with(&["c", "b", "broken"]), "{order:?}");
    assert_eq!(order[0], "missing-shell");
}

#[test]
fn a_folder_or_a_file_that_cannot_be_read_is_told_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("none");
    for message in [
        load(Some(&nowhere)).unwrap_err().message,
        source_of(&nowhere).unwrap_err().message,
    ] {
        assert!(message.contains("none"), "{message}");
    }
    fs::write(dir.path().join("x.toml"), [0xff, 0xfe]).unwrap();
    let error = load(Some(dir.path())).unwrap_err();
    assert!(error.message.contains("x.toml"), "{}", error.message);
}

#[test]
fn what_was_done_is_there_in_the_next_run_in_one_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("devtwin");
    let file = ProgressFile::new(Some(&data));
    assert_eq!(file.load(), (Progress::default(), None));
    file.note("a", Noted::Done(2, true), 77).unwrap();
    file.note("b", Noted::Hint, 78).unwrap();
    let (progress, warning) = ProgressFile::new(Some(&data)).load();
    assert_eq!(warning, None);
    assert_eq!(progress.lessons["a"].finished, Some(77));
    assert_eq!(progress.lessons["b"].hints, 1);
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
    assert!(file.forget(Some("a")).unwrap());
    assert!(!file.forget(Some("a")).unwrap());
    assert!(file.forget(None).unwrap());
    assert_eq!(file.load().0, Progress::default());
}

#[test]
fn a_broken_file_is_said_and_put_aside() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("learn.json");
    for broken in ["{", "[1]", "{\"lessons\": 5}"] {
        fs::write(&path, broken).unwrap();
        let file = ProgressFile::new(Some(dir.path()));
        let (progress, warning) = file.load();
        assert_eq!(progress, Progress::default());
        assert!(warning.unwrap().contains("learn.json"), "{broken}");
        file.note("a", Noted::Hint, 1).unwrap();
        assert_eq!(file.load().0.lessons["a"].hints, 1);
        let aside = fs::read_to_string(dir.path().join("learn.json.broken"));
        assert_eq!(aside.unwrap(), broken);
    }
    let nowhere = ProgressFile::new(None);
    assert!(nowhere.load().1.is_some());
    nowhere.note("a", Noted::Hint, 1).unwrap();
    let blocked = ProgressFile::new(Some(&path));
    assert!(blocked.note("a", Noted::Hint, 1).is_err());
}
