//! What a lesson's texts have the person make: names that checks may use beside those of the lab.

use std::sync::LazyLock;

use regex::Regex;

/// A pattern of this file: a test reads with each.
type Pattern = LazyLock<Option<Regex>>;

static CONTAINERS: Pattern = LazyLock::new(|| {
    Regex::new(r#"(?:--name[ =]["']?|docker rename \S+ )\{lab\}-([a-zA-Z0-9][\w.-]*)"#).ok()
});
static VOLUMES: Pattern = LazyLock::new(|| {
    Regex::new(
        r#"(?:volume create (?:--?\S+ )*|(?:-v|--volume)[ =]["']?|(?:src|source)=)\{lab\}-([a-zA-Z0-9][\w.-]*)"#,
    )
    .ok()
});
static IMAGES: Pattern = LazyLock::new(|| {
    Regex::new(
        r#"(?:(?:-t|--tag)[ =]?["']?|(?:tag|commit)(?: -\S+)* \S+ )\{lab\}/([a-z0-9][\w./-]*(?::[\w][\w.-]*)?)"#,
    )
    .ok()
});

fn found(pattern: &Pattern, text: &str) -> Vec<String> {
    let found = pattern
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text));
    let names = found.filter_map(|found| found.get(1));
    // A name at the end of a sentence.
    names
        .map(|name| name.as_str().trim_end_matches(['.', '-', '/']).to_owned())
        .collect()
}

/// Names of containers.
pub(super) fn containers(text: &str) -> Vec<String> {
    found(&CONTAINERS, text)
}

/// Names of volumes.
pub(super) fn volumes(text: &str) -> Vec<String> {
    found(&VOLUMES, text)
}

/// Names of images, with their tags.
pub(super) fn images(text: &str) -> Vec<String> {
    let mut names = found(&IMAGES, text);
    for name in &mut names {
        if !name.contains(':') {
            name.push_str(":latest");
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_make_is_known_and_what_they_use_is_not() {
        let text = "Run `docker run -d --name {lab}-fixed -v {lab}-data:/data {lab}/shop:1`.";
        assert_eq!(containers(text), ["fixed"]);
        assert_eq!(volumes(text), ["data"]);
        assert!(images(text).is_empty());
        let text = "docker build -t {lab}/shop:fixed . && docker build --tag={lab}/plain.";
        assert_eq!(images(text), ["shop:fixed", "plain:latest"]);
        let text = "docker tag {lab}/a:1 {lab}/b:2; docker commit -q {lab}-web {lab}/kept";
        assert_eq!(images(text), ["b:2", "kept:latest"]);
        let text = "docker volume create {lab}-more\ndocker rename {lab}-web {lab}-old";
        assert_eq!(volumes(text), ["more"]);
        assert_eq!(containers(text), ["old"]);
        assert!(containers("docker exec -it {lab}-web sh").is_empty());
    }
}
