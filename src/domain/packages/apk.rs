//! apk, 2.14 and 3: Wolfi, Chainguard, Alpine (domain.md §3).

use std::cmp::Ordering;
use std::io::{self, BufRead};

use super::{
    Change, Installed, Invocation, Package, PackageManager, Printed, Reader, Setup, SetupFile,
    Stream, Told, Trouble,
};

/// apk-tools.
#[derive(Debug)]
pub struct Apk;

impl PackageManager for Apk {
    fn id(&self) -> &'static str {
        "apk"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["/sbin/apk", "/usr/bin/apk"]
    }

    fn cache(&self) -> Option<&'static str> {
        Some("/etc/apk/cache")
    }

    fn files(&self, _setup: &Setup) -> Vec<SetupFile> {
        Vec::new()
    }

    fn refresh(&self, _setup: &Setup) -> Invocation {
        Invocation::default()
    }

    fn index(&self, _setup: &Setup) -> Invocation {
        Invocation::default()
    }

    fn read_index(
        &self,
        _from: &mut dyn BufRead,
        _each: &mut dyn FnMut(Package),
    ) -> io::Result<()> {
        Ok(())
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        a.cmp(b)
    }

    fn installed(&self, _setup: &Setup) -> Invocation {
        Invocation::default()
    }

    fn read_installed(&self, _printed: &[u8]) -> Installed {
        Installed::default()
    }

    fn simulate(&self, _change: &Change, _setup: &Setup) -> Invocation {
        Invocation::default()
    }

    fn commit(&self, _change: &Change, _setup: &Setup) -> Invocation {
        Invocation::default()
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Lines)
    }

    fn troubles(&self, _printed: &Printed) -> Vec<Trouble> {
        Vec::new()
    }

    fn line(&self, _change: &Change, _setup: &Setup) -> String {
        String::new()
    }

    fn dockerfile(&self, _change: &Change, _setup: &Setup) -> String {
        String::new()
    }

    fn takes_root(&self) -> bool {
        true
    }
}

struct Lines;

impl Reader for Lines {
    fn line(&mut self, _stream: Stream, _line: &str) -> Option<Told> {
        None
    }
}
