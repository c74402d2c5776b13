//! Styles by meaning, read from `assets/themes`: what is drawn asks for `bad`, never for red.

use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Deserializer};

use crate::app::picker::row::Mood;
use crate::app::toast::Tone;
use crate::app::{Settings, ThemeName};

/// A theme: a style for each meaning.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// The program's name, headings.
    #[serde(deserialize_with = "style")]
    pub title: Style,
    /// What the eye should find first.
    #[serde(deserialize_with = "style")]
    pub strong: Style,
    /// What is emphasised in a text.
    #[serde(deserialize_with = "style")]
    pub emphasis: Style,
    /// What can be overlooked.
    #[serde(deserialize_with = "style")]
    pub muted: Style,
    /// Lines and borders.
    #[serde(deserialize_with = "style")]
    pub rule: Style,
    /// Signs and prompts.
    #[serde(deserialize_with = "style")]
    pub accent: Style,
    /// Keys in hints.
    #[serde(deserialize_with = "style")]
    pub key: Style,
    /// What is well.
    #[serde(deserialize_with = "style")]
    pub good: Style,
    /// What neither runs nor failed.
    #[serde(deserialize_with = "style")]
    pub waiting: Style,
    /// What failed.
    #[serde(deserialize_with = "style")]
    pub bad: Style,
    /// The selected row; over all other styles.
    #[serde(deserialize_with = "style")]
    pub selected: Style,
    /// Characters that the filter found.
    #[serde(deserialize_with = "style")]
    pub found: Style,
    /// Text in a shell that a search found.
    #[serde(deserialize_with = "style")]
    pub matched: Style,
    /// The match at which the search stands.
    #[serde(deserialize_with = "style")]
    pub current: Style,
    /// The tab of the pane in sight.
    #[serde(deserialize_with = "style")]
    pub tab: Style,
    /// A line across the screen that says what is wrong.
    #[serde(deserialize_with = "style")]
    pub banner: Style,
    /// The full part of a gauge.
    #[serde(deserialize_with = "style")]
    pub gauge: Style,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Entry {
    fg: Option<Color16>,
    bg: Option<Color16>,
    with: Vec<Attribute>,
}

struct Color16(Color);

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Attribute {
    Bold,
    Dim,
    Underline,
    Reverse,
}

impl<'de> Deserialize<'de> for Color16 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        word.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

fn style<'de, D: Deserializer<'de>>(from: D) -> Result<Style, D::Error> {
    let entry = Entry::deserialize(from)?;
    let mut style = Style::new();
    style.fg = entry.fg.map(|c| c.0);
    style.bg = entry.bg.map(|c| c.0);
    for attribute in entry.with {
        style = style.add_modifier(match attribute {
            Attribute::Bold => Modifier::BOLD,
            Attribute::Dim => Modifier::DIM,
            Attribute::Underline => Modifier::UNDERLINED,
            Attribute::Reverse => Modifier::REVERSED,
        });
    }
    Ok(style)
}

// The shipped themes are constants that have to be parsed; a test proves that each can be.
static DARK: LazyLock<Theme> =
    LazyLock::new(|| shipped(include_str!("../../assets/themes/dark.toml")));
static LIGHT: LazyLock<Theme> =
    LazyLock::new(|| shipped(include_str!("../../assets/themes/light.toml")));
static PLAIN: LazyLock<Theme> =
    LazyLock::new(|| shipped(include_str!("../../assets/themes/plain.toml")));

fn shipped(text: &str) -> Theme {
    toml::from_str(text).unwrap_or_default()
}

impl Theme {
    /// The theme that the settings ask for.
    pub fn of(settings: &Settings) -> &'static Self {
        match settings.theme {
            _ if !settings.colour => &PLAIN,
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
        }
    }

    /// Style and sign of a mood; the sign alone tells it, too.
    pub fn mood(&self, mood: Mood) -> (&'static str, Style) {
        match mood {
            Mood::Well => ("●", self.good),
            Mood::Waiting => ("◌", self.waiting),
            Mood::Looping => ("↻", self.bad),
            Mood::Done => ("○", self.muted),
            Mood::Ill => ("✗", self.bad),
        }
    }

    /// Style and sign of a toast.
    pub fn tone(&self, tone: Tone) -> (&'static str, Style) {
        match tone {
            Tone::Good => ("✓", self.good),
            Tone::News => ("●", self.accent),
            Tone::Bad => ("✗", self.bad),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_themes_are_sound() {
        for text in [
            include_str!("../../assets/themes/dark.toml"),
            include_str!("../../assets/themes/light.toml"),
            include_str!("../../assets/themes/plain.toml"),
        ] {
            let theme: Theme = toml::from_str(text).unwrap();
            assert_ne!(theme.selected, Style::new());
        }
    }

    #[test]
    fn without_colour_there_is_none() {
        let settings = Settings {
            colour: false,
            ..Settings::default()
        };
        let text = format!("{:?}", Theme::of(&settings));
        assert!(
            !text.contains("fg: Some") && !text.contains("bg: Some"),
            "{text}"
        );
    }
}
