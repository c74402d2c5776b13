//! A builder of small ELF files.

/// A file to build, with one segment for its code and one for its dynamic section.
#[derive(Clone)]
pub(super) struct Image {
    pub(super) bits: u8,
    pub(super) little: bool,
    pub(super) machine: u16,
    pub(super) interpreter: Option<&'static str>,
    pub(super) dynamic: Option<Names>,
    pub(super) note: &'static [u8],
    /// Bytes between the tables and the dynamic section.
    pub(super) gap: usize,
    /// Whether the tables stand behind the gap too, as a tool leaves them that changed the program.
    pub(super) changed: bool,
}

#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) needed: &'static [&'static str],
    pub(super) soname: Option<&'static str>,
    pub(super) rpath: Option<&'static str>,
    pub(super) runpath: Option<&'static str>,
    /// Library, and its versions with their flags.
    pub(super) needs: &'static [(&'static str, &'static [(&'static str, u16)])],
    /// Versions with their flags.
    pub(super) defs: &'static [(&'static str, u16)],
}

/// Bytes in a class and an order.
struct Out {
    bytes: Vec<u8>,
    wide: bool,
    little: bool,
}

impl Out {
    fn new(image: &Image) -> Self {
        Self {
            bytes: Vec::new(),
            wide: image.bits == 64,
            little: image.little,
        }
    }

    fn put(&mut self, value: u64, size: usize) {
        let bytes = value.to_le_bytes();
        let mut bytes = bytes[..size].to_vec();
        if !self.little {
            bytes.reverse();
        }
        self.bytes.extend(bytes);
    }

    fn half(&mut self, value: u64) {
        self.put(value, 2);
    }

    fn word(&mut self, value: u64) {
        self.put(value, 4);
    }

    fn long(&mut self, value: u64) {
        self.put(value, if self.wide { 8 } else { 4 });
    }
}

/// What stands where: offset and size.
type Part = (u64, u64);

/// Strings, versions that are needed and defined, entries that lead to names.
type Tables = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<(u64, u64)>);

impl Image {
    pub(super) fn new() -> Self {
        Self {
            bits: 64,
            little: true,
            machine: 62,
            interpreter: None,
            dynamic: None,
            note: b"",
            gap: 0,
            changed: false,
        }
    }

    pub(super) fn all() -> Self {
        Self {
            interpreter: Some("/lib64/ld-linux-x86-64.so.2"),
            dynamic: Some(Names {
                needed: &["libcurl.so.4", "libc.so.6"],
                soname: Some("libme.so.1"),
                rpath: Some("/opt/a:/opt/b"),
                runpath: Some("$ORIGIN/../lib"),
                needs: &[
                    ("libc.so.6", &[("GLIBC_2.38", 0), ("GLIBC_2.99", 2)]),
                    ("libcurl.so.4", &[("CURL_4", 0)]),
                ],
                defs: &[("libme.so.1", 1), ("ME_1", 0), ("ME_2", 0)],
            }),
            note: b"GNU\0",
            ..Self::new()
        }
    }

    /// Where an offset is loaded: the tables at another distance than the rest.
    fn address(&self, offset: u64) -> u64 {
        offset
            + if self.changed {
                0x0080_0000
            } else {
                0x0040_0000
            }
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let headers = if self.bits == 64 {
            64 + 5 * 56
        } else {
            52 + 5 * 32
        };
        let mut body = vec![0; headers];
        let part = |body: &mut Vec<u8>, bytes: &[u8]| {
            body.resize(body.len().next_multiple_of(8), 0);
            let start = body.len() as u64;
            body.extend(bytes);
            (start, bytes.len() as u64)
        };
        let interpreter = self.interpreter.map_or(Vec::new(), |path| {
            let mut path = path.as_bytes().to_vec();
            path.push(0);
            path
        });
        let interpreter = part(&mut body, &interpreter);
        let note = part(&mut body, &self.note());
        let gap = vec![0xaa; self.gap];
        if self.changed {
            part(&mut body, &gap);
        }
        let tables = body.len().next_multiple_of(8) as u64;
        let (strings, needs, defs, mut dynamic) = self.tables();
        let strings = part(&mut body, &strings);
        let needs = part(&mut body, &needs);
        let defs = part(&mut body, &defs);
        let end_of_tables = body.len() as u64;
        if !self.changed {
            part(&mut body, &gap);
        }
        let mut out = Out::new(self);
        if self.dynamic.is_some() {
            dynamic.extend([
                (5, self.address(strings.0)),
                (10, strings.1),
                (0x6fff_fffe, self.address(needs.0)),
                (0x6fff_fffc, self.address(defs.0)),
                (0, 0),
                (1, 0xffff),
            ]);
        }
        for (tag, value) in dynamic {
            out.long(tag);
            out.long(value);
        }
        let dynamic = part(&mut body, &out.bytes);
        let loaded = if self.changed {
            (tables, body.len() as u64 - tables)
        } else {
            (0, end_of_tables)
        };
        let head = self.headers(interpreter, note, dynamic, loaded);
        body[..head.len()].copy_from_slice(&head);
        body
    }

    fn headers(&self, interpreter: Part, note: Part, dynamic: Part, loaded: Part) -> Vec<u8> {
        let mut out = Out::new(self);
        let class = if self.bits == 64 { 2 } else { 1 };
        let order = if self.little { 1 } else { 2 };
        out.bytes.extend(b"\x7fELF");
        out.bytes
            .extend([class, order, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let (own, each) = if self.bits == 64 { (64, 56) } else { (52, 32) };
        out.half(3);
        out.half(self.machine.into());
        out.word(1);
        out.long(0);
        out.long(own);
        out.long(0);
        out.word(0);
        for half in [own, each, 5, 0, 0, 0] {
            out.half(half);
        }
        let dynamic_kind = if self.dynamic.is_some() { 2 } else { 0 };
        let interpreter_kind = if self.interpreter.is_some() { 3 } else { 0 };
        for (kind, part, address) in [
            (1, (0, 64), 0),
            (1, loaded, self.address(loaded.0)),
            (interpreter_kind, interpreter, 0),
            (dynamic_kind, dynamic, 0),
            (4, note, 0),
        ] {
            out.word(kind);
            if out.wide {
                out.word(4);
            }
            for long in [part.0, address, address, part.1, part.1] {
                out.long(long);
            }
            if !out.wide {
                out.word(4);
            }
            out.long(4);
        }
        out.bytes
    }

    fn note(&self) -> Vec<u8> {
        let mut out = Out::new(self);
        if !self.note.is_empty() {
            out.word(self.note.len() as u64);
            out.word(2);
            out.word(4);
            out.bytes.extend(self.note);
            out.bytes.extend(b"id\0\0");
        }
        out.bytes
    }

    fn tables(&self) -> Tables {
        let Some(names) = &self.dynamic else {
            return Default::default();
        };
        let mut strings = vec![0];
        let mut string = |text: &str| {
            let start = strings.len() as u64;
            strings.extend(text.as_bytes());
            strings.push(0);
            start
        };
        let mut entries = Vec::new();
        for needed in names.needed {
            entries.push((1, string(needed)));
        }
        let single = [(14, names.soname), (15, names.rpath), (29, names.runpath)];
        for (tag, text) in single {
            entries.extend(text.map(|text| (tag, string(text))));
        }
        let mut needs = Out::new(self);
        for (at, (library, versions)) in names.needs.iter().enumerate() {
            let last = at + 1 == names.needs.len();
            let size = 16 + 16 * versions.len() as u64;
            needs.half(1);
            needs.half(versions.len() as u64);
            needs.word(string(library));
            needs.word(16);
            needs.word(if last { 0 } else { size });
            for (at, (version, flags)) in versions.iter().enumerate() {
                needs.word(0);
                needs.half((*flags).into());
                needs.half(2);
                needs.word(string(version));
                needs.word(if at + 1 == versions.len() { 0 } else { 16 });
            }
        }
        let mut defs = Out::new(self);
        for (at, (version, flags)) in names.defs.iter().enumerate() {
            let last = at + 1 == names.defs.len();
            for half in [1, (*flags).into(), 2, 1] {
                defs.half(half);
            }
            defs.word(0);
            defs.word(20);
            defs.word(if last { 0 } else { 28 });
            defs.word(string(version));
            defs.word(0);
        }
        (strings, needs.bytes, defs.bytes, entries)
    }
}
