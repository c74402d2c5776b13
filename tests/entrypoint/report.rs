//! The report as a pipeline gets it: from the program itself, as JSON.

use std::fmt;

use serde_json::Value;

use crate::support::{devtwin, stderr, stdout};

/// What `devtwin entrypoint --json` said, and its exit status.
pub(crate) struct Report {
    subject: String,
    status: Option<i32>,
    findings: Vec<Value>,
}

impl Report {
    /// Has a container or an image inspected.
    #[track_caller]
    pub(crate) fn of(subject: &str) -> Self {
        let output = devtwin(&["entrypoint", subject, "--json"]);
        let parsed: Result<Value, _> = serde_json::from_slice(&output.stdout);
        let said = || format!("{subject}: {}{}", stdout(&output), stderr(&output));
        let document = parsed.unwrap_or_else(|error| panic!("{error}: {}", said()));
        assert_eq!(document["schema"], "devtwin.entrypoint/1", "{}", said());
        let findings = document["findings"].as_array().cloned();
        Self {
            subject: subject.into(),
            status: output.status.code(),
            findings: findings.unwrap_or_else(|| panic!("no findings: {}", said())),
        }
    }

    /// Checks that `id` is found, as bad as `severity`, with all that a person needs; that nothing else
    /// is an error; and that the exit status says whether one is.
    #[track_caller]
    pub(crate) fn finds(&self, id: &str, severity: &str) {
        let found: Vec<&Value> = self.findings.iter().filter(|f| f["id"] == id).collect();
        assert!(!found.is_empty(), "{id} is not found: {self}");
        for finding in found {
            assert_eq!(finding["severity"], severity, "severity of {id}: {self}");
            for part in ["evidence", "advice"] {
                let lines = finding[part].as_array().map_or(&[][..], Vec::as_slice);
                let full = !lines.is_empty() && lines.iter().all(says_something);
                assert!(full, "{id} has {part} in each line: {self}");
            }
            assert!(says_something(&finding["meaning"]), "{id} means: {self}");
        }
        self.has_only_this_error(Some(id));
    }

    /// Checks that nothing is found that is worse than a note.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        let notes = self.findings.iter().all(|f| f["severity"] == "note");
        assert!(notes, "a false alarm: {self}");
        self.has_only_this_error(None);
    }

    #[track_caller]
    fn has_only_this_error(&self, id: Option<&str>) {
        let errors = || self.findings.iter().filter(|f| f["severity"] == "error");
        let other = errors().any(|f| f["id"].as_str() != id);
        assert!(!other, "an error besides {id:?}: {self}");
        let status = i32::from(errors().next().is_some());
        assert_eq!(self.status, Some(status), "exit status: {self}");
    }
}

fn says_something(text: &Value) -> bool {
    text.as_str().is_some_and(|text| !text.trim().is_empty())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (exit status {:?})", self.subject, self.status)?;
        for finding in &self.findings {
            let (severity, id) = (&finding["severity"], &finding["id"]);
            write!(f, "\n  {severity} {id}: {}", finding["evidence"])?;
        }
        Ok(())
    }
}
