//! The tables of an ELF file, read from what is kept of it.

use std::ops::Range;

use object::Endianness;
use object::elf::{
    self, Dyn32, Dyn64, FileHeader32, FileHeader64, Verdaux, Verdef, Vernaux, Verneed,
};
use object::pod::{self, Pod};
use object::read::elf::{Dyn, FileHeader, NoteIterator, ProgramHeader as _};

use super::capture::{Kept, PIECE_MOST, Stop};
use super::{Elf, MAGIC};

/// Bytes of all program headers together, as in the kernel.
const HEADERS_MOST: u64 = 1 << 16;

/// Bytes of a library's name and of the interpreter's path: as long as a path may be.
pub const NAME_MOST: usize = 4096;

/// Bytes of a run path.
pub const PATHS_MOST: usize = 1 << 16;

/// Libraries that a file may need.
pub const NEEDED_MOST: usize = 1024;

/// Versions that are read of those it needs, and of those it defines; further ones are left out.
pub const VERSIONS_MOST: usize = 4096;

/// Bytes of the names in a table of versions: as long as a file's name may be.
const VERSION_MOST: usize = 255;

/// Bytes that are read of a table of versions, and of notes.
const TABLE_MOST: u64 = 1 << 18;

/// A program header.
struct Segment {
    kind: elf::ProgramType,
    offset: u64,
    address: u64,
    size: u64,
    align: u64,
}

/// What the dynamic section says, other than the names of libraries.
#[derive(Default)]
struct Dynamic {
    needed: Vec<u64>,
    strings: Option<u64>,
    strings_size: u64,
    soname: Option<u64>,
    rpath: Option<u64>,
    runpath: Option<u64>,
    needs: Option<u64>,
    defs: Option<u64>,
}

/// What the headers say.
struct Layout {
    machine: u16,
    bits: u8,
    endian: Endianness,
    segments: Vec<Segment>,
}

/// Reads all that there is.
pub(super) fn parse(kept: &Kept) -> Result<Elf, Stop> {
    let layout = layout(kept)?;
    let mut elf = Elf {
        machine: layout.machine,
        bits: layout.bits,
        little_endian: layout.endian == Endianness::Little,
        ..Elf::default()
    };
    if let Some(segment) = layout.find(elf::PT_INTERP) {
        if segment.size > NAME_MOST as u64 {
            return Stop::bad("its interpreter's path is too long");
        }
        let path = kept.bytes(segment.offset, segment.size)?;
        elf.interpreter = Some(string(path, 0, NAME_MOST)?);
    }
    if let Some(segment) = layout.find(elf::PT_DYNAMIC) {
        elf.dynamic = true;
        let dynamic = dynamic(kept, &layout, segment)?;
        names(&mut elf, kept, &layout, &dynamic)?;
        versions(&mut elf, kept, &layout, &dynamic)?;
    }
    for note in layout.all(elf::PT_NOTE) {
        elf.go |= is_go(kept, layout.endian, note)?;
    }
    Ok(elf)
}

/// Where the segments stand that are loaded; nothing while the headers are not read.
pub(super) fn loads(kept: &Kept) -> Vec<Range<u64>> {
    let range = |segment: &Segment| segment.offset..segment.offset.saturating_add(segment.size);
    layout(kept).map_or_else(
        |_| Vec::new(),
        |layout| layout.all(elf::PT_LOAD).map(range).collect(),
    )
}

impl Layout {
    fn all(&self, kind: elf::ProgramType) -> impl Iterator<Item = &Segment> {
        self.segments
            .iter()
            .filter(move |segment| segment.kind == kind)
    }

    fn find(&self, kind: elf::ProgramType) -> Option<&Segment> {
        self.all(kind).next()
    }
}

fn layout(kept: &Kept) -> Result<Layout, Stop> {
    if kept.bytes(0, 4)? != MAGIC {
        return Stop::bad("it is no ELF file");
    }
    let class = kept.bytes(4, 1)?;
    if class == [elf::ELFCLASS32.0] {
        of_class::<FileHeader32<Endianness>>(kept)
    } else if class == [elf::ELFCLASS64.0] {
        of_class::<FileHeader64<Endianness>>(kept)
    } else {
        Stop::bad("it is neither for 32 nor for 64 bits")
    }
}

fn of_class<H: FileHeader<Endian = Endianness>>(kept: &Kept) -> Result<Layout, Stop> {
    let bytes = kept.bytes(0, size_of::<H>() as u64)?;
    let header = H::parse(bytes).and_then(|header| Ok((header, header.endian()?)));
    let Ok((header, endian)) = header else {
        return Stop::bad("its header is of no known version or byte order");
    };
    let each = size_of::<H::ProgramHeader>();
    let size = each as u64 * u64::from(header.e_phnum(endian));
    if size == 0 {
        return Stop::bad("it has no program headers: an object file, not a program");
    }
    if usize::from(header.e_phentsize(endian)) != each || size > HEADERS_MOST {
        return Stop::bad("its program headers have a size that the kernel refuses");
    }
    let table = kept.bytes(header.e_phoff(endian).into(), size)?;
    let segments = slice::<H::ProgramHeader>(table).iter();
    let segments = segments.map(|segment| Segment {
        kind: segment.p_type(endian),
        offset: segment.p_offset(endian).into(),
        address: segment.p_vaddr(endian).into(),
        size: segment.p_filesz(endian).into(),
        align: segment.p_align(endian).into(),
    });
    Ok(Layout {
        machine: header.e_machine(endian).0,
        bits: if header.is_class_64() { 64 } else { 32 },
        endian,
        segments: segments.collect(),
    })
}

/// As many values as `bytes` have room for.
fn slice<T: Pod>(bytes: &[u8]) -> &[T] {
    let whole = pod::slice_from_bytes(bytes, bytes.len() / size_of::<T>());
    whole.map_or(&[], |(values, _)| values)
}

fn dynamic(kept: &Kept, layout: &Layout, segment: &Segment) -> Result<Dynamic, Stop> {
    if segment.size > PIECE_MOST {
        return Stop::bad("its dynamic section is too long");
    }
    let table = kept.bytes(segment.offset, segment.size)?;
    if layout.bits == 32 {
        entries(slice::<Dyn32<Endianness>>(table), layout.endian)
    } else {
        entries(slice::<Dyn64<Endianness>>(table), layout.endian)
    }
}

fn entries<D: Dyn<Endian = Endianness>>(
    entries: &[D],
    endian: Endianness,
) -> Result<Dynamic, Stop> {
    let mut dynamic = Dynamic::default();
    for entry in entries {
        let value = entry.val(endian);
        match entry.tag(endian) {
            elf::DT_NULL => break,
            elf::DT_NEEDED if dynamic.needed.len() == NEEDED_MOST => {
                return Stop::bad(format!("it needs more than {NEEDED_MOST} libraries"));
            }
            elf::DT_NEEDED => dynamic.needed.push(value),
            elf::DT_STRTAB => dynamic.strings = Some(value),
            elf::DT_STRSZ => dynamic.strings_size = value,
            elf::DT_SONAME => dynamic.soname = Some(value),
            elf::DT_RPATH => dynamic.rpath = Some(value),
            elf::DT_RUNPATH => dynamic.runpath = Some(value),
            elf::DT_VERNEED => dynamic.needs = Some(value),
            elf::DT_VERDEF => dynamic.defs = Some(value),
            _ => {}
        }
    }
    Ok(dynamic)
}

/// What is loaded at an address, to the end of its segment but at most `most` bytes.
fn at<'a>(kept: &'a Kept, layout: &Layout, address: u64, most: u64) -> Result<&'a [u8], Stop> {
    let from = |segment: &Segment| {
        let from = address.checked_sub(segment.address)?;
        let left = segment.size.checked_sub(from).filter(|left| *left > 0)?;
        Some((segment.offset.saturating_add(from), left))
    };
    match layout.all(elf::PT_LOAD).find_map(from) {
        Some((offset, len)) => kept.up_to(offset, len.min(most)),
        None => Stop::bad(format!("nothing is loaded at the address {address:#x}")),
    }
}

fn strings<'a>(kept: &'a Kept, layout: &Layout, dynamic: &Dynamic) -> Result<&'a [u8], Stop> {
    match dynamic.strings {
        Some(address) => at(kept, layout, address, dynamic.strings_size),
        None => Stop::bad("it has no table of strings"),
    }
}

fn names(elf: &mut Elf, kept: &Kept, layout: &Layout, dynamic: &Dynamic) -> Result<(), Stop> {
    let single = [dynamic.soname, dynamic.rpath, dynamic.runpath];
    if dynamic.needed.is_empty() && single == [None; 3] {
        return Ok(());
    }
    let strings = strings(kept, layout, dynamic)?;
    for offset in &dynamic.needed {
        elf.needed.push(string(strings, *offset, NAME_MOST)?);
    }
    if let Some(offset) = dynamic.soname {
        elf.soname = Some(string(strings, offset, NAME_MOST)?);
    }
    elf.rpath = paths(strings, dynamic.rpath)?;
    elf.runpath = paths(strings, dynamic.runpath)?;
    Ok(())
}

fn paths(strings: &[u8], offset: Option<u64>) -> Result<Vec<String>, Stop> {
    let Some(offset) = offset else {
        return Ok(Vec::new());
    };
    let text = string(strings, offset, PATHS_MOST)?;
    Ok(match text.as_str() {
        "" => Vec::new(),
        text => text.split(':').map(ToOwned::to_owned).collect(),
    })
}

/// Reads both tables of versions as far as they make sense: a version that is not known is never missed.
fn versions(elf: &mut Elf, kept: &Kept, layout: &Layout, dynamic: &Dynamic) -> Result<(), Stop> {
    let table = |address: Option<u64>| match address {
        Some(address) => or_nothing(at(kept, layout, address, TABLE_MOST)),
        None => Ok(&[][..]),
    };
    let (needs, defs) = (table(dynamic.needs)?, table(dynamic.defs)?);
    if needs.is_empty() && defs.is_empty() {
        return Ok(());
    }
    let strings = or_nothing(strings(kept, layout, dynamic))?;
    read_needs(elf, needs, layout.endian, strings);
    read_defs(elf, defs, layout.endian, strings);
    Ok(())
}

/// What cannot be read is left out; what is still to come is waited for.
fn or_nothing(read: Result<&[u8], Stop>) -> Result<&[u8], Stop> {
    match read {
        Err(Stop::Bad(_)) => Ok(&[]),
        other @ (Ok(_) | Err(Stop::Wait(_))) => other,
    }
}

/// What stands at `at` in a table.
fn entry<T: Pod>(table: &[u8], at: usize) -> Option<&T> {
    let (value, _) = pod::from_bytes(table.get(at..)?).ok()?;
    Some(value)
}

/// The offset of the next entry of a chain, which only ever leads on.
fn next(at: usize, step: u32) -> Option<usize> {
    at.checked_add(usize::try_from(step).ok().filter(|step| *step > 0)?)
}

fn read_needs(elf: &mut Elf, table: &[u8], endian: Endianness, strings: &[u8]) {
    let mut at = Some(0);
    while let Some(need) = at.and_then(|at| entry::<Verneed<Endianness>>(table, at)) {
        let file = string(strings, need.vn_file.get(endian).into(), VERSION_MOST);
        let mut of = at.and_then(|at| next(at, need.vn_aux.get(endian)));
        for _ in 0..need.vn_cnt.get(endian) {
            let version = of.and_then(|of| entry::<Vernaux<Endianness>>(table, of));
            let (Some(version), Ok(file)) = (version, &file) else {
                break;
            };
            if elf.version_needs.len() == VERSIONS_MOST {
                return;
            }
            let weak = version.vna_flags.get(endian).contains(elf::VER_FLG_WEAK);
            let name = string(strings, version.vna_name.get(endian).into(), VERSION_MOST);
            if let (false, Ok(name)) = (weak, name) {
                elf.version_needs.push((file.clone(), name));
            }
            of = of.and_then(|of| next(of, version.vna_next.get(endian)));
        }
        at = at.and_then(|at| next(at, need.vn_next.get(endian)));
    }
}

fn read_defs(elf: &mut Elf, table: &[u8], endian: Endianness, strings: &[u8]) {
    let mut at = Some(0);
    while let Some(def) = at.and_then(|at| entry::<Verdef<Endianness>>(table, at)) {
        if elf.version_defs.len() == VERSIONS_MOST {
            return;
        }
        // The first name is the version's own; the others are those that it goes on from.
        let of = at.and_then(|at| next(at, def.vd_aux.get(endian)));
        let name = of.and_then(|of| entry::<Verdaux<Endianness>>(table, of));
        let name = name.map(|name| string(strings, name.vda_name.get(endian).into(), VERSION_MOST));
        let file = def.vd_flags.get(endian).contains(elf::VER_FLG_BASE);
        if let (false, Some(Ok(name))) = (file, name) {
            elf.version_defs.push(name);
        }
        at = at.and_then(|at| next(at, def.vd_next.get(endian)));
    }
}

/// Whether a note segment has the build id that Go gives.
fn is_go(kept: &Kept, endian: Endianness, segment: &Segment) -> Result<bool, Stop> {
    let len = segment.size.min(TABLE_MOST);
    let bytes = or_nothing(kept.up_to(segment.offset, len))?;
    // Notes are the same in both classes; only their alignment tells them apart.
    let notes = NoteIterator::<FileHeader64<Endianness>>::new(endian, segment.align, bytes);
    let mut notes = notes.into_iter().flatten().flatten();
    Ok(notes.any(|note| note.name() == b"Go"))
}

/// The text at an offset of a table, up to its zero; what is not UTF-8 is replaced.
fn string(table: &[u8], offset: u64, most: usize) -> Result<String, Stop> {
    let offset = usize::try_from(offset).ok();
    let Some(text) = offset.and_then(|offset| table.get(offset..)) else {
        return Stop::bad("a name of it stands outside of its strings");
    };
    let text = text.get(..=most).unwrap_or(text);
    match text.iter().position(|byte| *byte == 0) {
        Some(end) => Ok(String::from_utf8_lossy(text.get(..end).unwrap_or_default()).into_owned()),
        None => Stop::bad("a name of it has no end"),
    }
}
