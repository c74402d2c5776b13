//! A place in a lesson's file: what stands there, and in which line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of the file, with the place of its key.
#[derive(Clone)]
pub(in crate::domain::lesson) struct At<'a> {
    file: &'a str,
    key: Range<usize>,
    value: Range<usize>,
    node: Option<&'a DeValue<'a>>,
}

impl<'a> At<'a> {
    /// The whole file.
    pub(in crate::domain::lesson) fn whole(file: &'a str, table: &'a Spanned<DeValue<'a>>) -> Self {
        Self {
            file,
            key: 0..0,
            value: 0..file.len(),
            node: Some(table.get_ref()),
        }
    }

    /// What stands there; none where the file says nothing.
    pub(super) fn node(&self) -> Option<&'a DeValue<'a>> {
        self.node
    }

    /// The table that stands there.
    pub(super) fn table(&self) -> Option<&'a DeTable<'a>> {
        self.node?.as_table()
    }

    /// Its keys, each with its place.
    pub(super) fn keys(&self) -> Vec<(&'a str, Self)> {
        let entries = self.table().into_iter().flatten();
        entries
            .map(|(key, value)| {
                let at = Self {
                    file: self.file,
                    key: key.span(),
                    value: value.span(),
                    node: Some(value.get_ref()),
                };
                (key.get_ref().as_ref(), at)
            })
            .collect()
    }

    /// The value of a key; where there is none, the place of the table itself.
    pub(in crate::domain::lesson) fn key(&self, name: &str) -> Self {
        let found = self.keys().into_iter().find(|(key, _)| *key == name);
        found.map_or_else(|| self.missing(), |(_, at)| at)
    }

    /// A value of a list, counted from 0; where there is none, the place of the list.
    pub(in crate::domain::lesson) fn index(&self, index: usize) -> Self {
        let found = self.node.and_then(|node| node.as_array()?.get(index));
        match found {
            Some(value) => Self {
                file: self.file,
                key: value.span(),
                value: value.span(),
                node: Some(value.get_ref()),
            },
            None => self.missing(),
        }
    }

    fn missing(&self) -> Self {
        Self {
            node: None,
            ..self.clone()
        }
    }

    /// Its line, from 1.
    pub(in crate::domain::lesson) fn line(&self) -> usize {
        line(self.file, self.key.start)
    }

    /// The line of a text's first occurrence in it, as the file writes it; its own line where there is none.
    pub(in crate::domain::lesson) fn line_of(&self, text: &str) -> usize {
        let written = self.file.get(self.value.clone()).unwrap_or_default();
        match written.find(text) {
            Some(at) => line(self.file, self.value.start + at),
            None => self.line(),
        }
    }

    /// The file's line of a line of the text that stands there, both from 1.
    pub(in crate::domain::lesson) fn line_within(&self, of_text: usize) -> usize {
        let written = self.file.get(self.value.clone()).unwrap_or_default();
        let first = line(self.file, self.value.start);
        let last = line(self.file, self.value.end);
        let quotes = ["'''", "\"\"\""];
        let Some(behind) = quotes.iter().find_map(|quote| written.strip_prefix(quote)) else {
            return first;
        };
        let begins = behind.starts_with('\n') || behind.starts_with("\r\n");
        (first + usize::from(begins) + of_text.saturating_sub(1)).min(last)
    }
}

/// The line of a byte, from 1.
pub(super) fn line(file: &str, at: usize) -> usize {
    let before = file.as_bytes().get(..at).unwrap_or_default();
    1 + memchr::memchr_iter(b'\n', before).count()
}
