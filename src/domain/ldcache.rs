//! glibc's `/etc/ld.so.cache`.

/// A library that the cache names.
pub struct Entry {
    /// Its name, `libssl.so.3`.
    pub name: String,
    /// Where it stands.
    pub path: String,
}

/// Reads nothing yet.
pub fn parse(_: &[u8]) -> Result<Vec<Entry>, String> {
    Ok(Vec::new())
}
