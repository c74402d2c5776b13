//! What build tools download, as `assets/caches.toml` has it: where each keeps it, by the variables of a twin.

use std::sync::LazyLock;

use serde::Deserialize;

const DATA: &str = include_str!("../../../assets/caches.toml");

/// A build tool that keeps what it downloads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tool {
    /// Its word in names and labels.
    pub(super) id: String,
    places: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    cache: Vec<Tool>,
}

static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    // That it can be read is tested; without it no tool has a cache.
    toml::from_str(DATA)
        .unwrap_or_else(|_| Data::default())
        .cache
});

/// All of them.
pub(super) fn all() -> &'static [Tool] {
    &TOOLS
}

impl Tool {
    /// Where it keeps its downloads for root, with these variables; none where that is no plain absolute path.
    pub(super) fn place<'a>(
        &self,
        env: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Option<String> {
        let value = |name: &str| {
            let mut env = env.clone();
            env.find(|(n, _)| *n == name).map(|(_, value)| value)
        };
        let place = self
            .places
            .iter()
            .find_map(|place| match place.strip_prefix('$') {
                None => Some(place.clone()),
                Some(rest) => {
                    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
                    // GOPATH may be a list; the first counts.
                    let folder = value(name)?.split(':').next()?.trim_end_matches('/');
                    let whole = if path.is_empty() {
                        folder.to_owned()
                    } else {
                        format!("{folder}/{path}")
                    };
                    (!folder.is_empty()).then_some(whole)
                }
            })?;
        let plain = |word: &str| !word.is_empty() && word != "." && word != "..";
        let mut words = place.strip_prefix('/')?.split('/');
        words.all(plain).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read() {
        let data: Data = toml::from_str(DATA).unwrap();
        let ids: Vec<_> = data.cache.iter().map(|tool| tool.id.as_str()).collect();
        assert_eq!(ids, ["pip", "npm", "go", "cargo"]);
        assert_eq!(all().len(), 4);
    }

    #[test]
    fn variables_say_where_and_roots_home_does_else() {
        let place = |id: &str, env: &[(&'static str, &'static str)]| {
            let tool = all().iter().find(|tool| tool.id == id).unwrap();
            tool.place(env.iter().copied())
        };
        assert_eq!(place("go", &[]).unwrap(), "/root/go/pkg/mod");
        assert_eq!(place("go", &[("GOPATH", "/go:/x")]).unwrap(), "/go/pkg/mod");
        let both = [("GOPATH", "/go"), ("GOMODCACHE", "/mod/")];
        assert_eq!(place("go", &both).unwrap(), "/mod");
        let rust = [("CARGO_HOME", "/usr/local/cargo")];
        assert_eq!(place("cargo", &rust).unwrap(), "/usr/local/cargo/registry");
        assert_eq!(
            place("pip", &[("PIP_CACHE_DIR", "")]).unwrap(),
            "/root/.cache/pip"
        );
        for odd in ["relative", "/a/../etc", "/"] {
            assert_eq!(
                place("pip", &[("PIP_CACHE_DIR", odd)]),
                odd.eq("/").then(|| "/root/.cache/pip".into())
            );
        }
    }
}
