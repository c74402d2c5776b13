//! rpm's own store, `Packages.db` (rpm, `lib/backend/ndb/rpmpkg.c`): slots that say where each blob lies. Numbers are
//! little-endian. SUSE's images have it.

/// Bytes of a page of slots, of a slot, and of a block of blobs.
const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: usize = 16;

/// Takes each blob out of the store.
pub(super) fn blobs(file: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
    if !file.starts_with(b"RpmP") {
        return Err("it is no store of rpm");
    }
    let pages = le32(file, 12).ok_or("its head is torn")?;
    let slots = file
        .get(..pages.saturating_mul(PAGE).min(file.len()))
        .unwrap_or_default();
    // Blobs do not overlap: no more is handed on than the file has.
    let mut left = file.len();
    // The head takes the room of two slots.
    for slot in slots.chunks_exact(SLOT).skip(2) {
        if !slot.starts_with(b"Slot") {
            return Err("a slot is torn");
        }
        let (Some(number), Some(block)) = (le32(slot, 4), le32(slot, 8)) else {
            return Err("a slot is torn");
        };
        if number == 0 {
            continue;
        }
        let blob = blob(file, number, block.saturating_mul(BLOCK)).ok_or("a package is torn")?;
        left = left
            .checked_sub(blob.len())
            .ok_or("packages lie over each other")?;
        each(blob);
    }
    Ok(())
}

fn blob(file: &[u8], number: usize, at: usize) -> Option<&[u8]> {
    let head = file.get(at..at.checked_add(16)?)?;
    let same = head.starts_with(b"BlbS") && le32(head, 4)? == number;
    let length = le32(head, 12)?;
    file.get(at + 16..(at + 16).checked_add(length)?)
        .filter(|_| same)
}

fn le32(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}
