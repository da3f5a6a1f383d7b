//! What the learner chose about the page itself: language, theme, sizes, which tab is open.

use serde::{Deserialize, Serialize};

use super::storage;
use super::text::Lang;

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

/// The tab above the split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Upper {
    #[default]
    Lesson,
    Why,
    Object,
}

/// The settings of this device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub lang: String,
    pub theme: ThemeChoice,
    pub upper: Upper,
    /// Width of the desk in px.
    pub desk: f64,
    /// Height of the terminal in px.
    pub lower: f64,
    /// Open files, and the one in front; none is the terminal.
    pub tabs: Vec<String>,
    pub front: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        let lang = gloo::utils::window().navigator().language().unwrap_or_default();
        Settings {
            lang: Lang::from_code(&lang).unwrap_or_default().code().to_string(),
            theme: ThemeChoice::System,
            upper: Upper::Lesson,
            desk: DESK,
            lower: LOWER,
            tabs: Vec::new(),
            front: None,
        }
    }
}

/// Width of the desk before anyone drags it.
pub const DESK: f64 = 528.0;
/// Height of the terminal before anyone drags it.
pub const LOWER: f64 = 350.0;

impl Settings {
    /// The kept settings, or the defaults.
    pub fn load() -> Settings {
        storage::read(storage::SETTINGS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub fn keep(&self) {
        if let Ok(text) = serde_json::to_string(self) {
            storage::write(storage::SETTINGS, &text);
        }
    }

    pub fn lang(&self) -> Lang {
        Lang::from_code(&self.lang).unwrap_or_default()
    }

    /// Puts language and theme on the document.
    pub fn show(&self) {
        let Some(root) = gloo::utils::document().document_element() else { return };
        let _ = root.set_attribute("lang", self.lang().code());
        let _ = match self.theme {
            ThemeChoice::System => root.remove_attribute("data-theme"),
            ThemeChoice::Light => root.set_attribute("data-theme", "light"),
            ThemeChoice::Dark => root.set_attribute("data-theme", "dark"),
        };
    }

    /// True when the page is dark now.
    pub fn dark(&self) -> bool {
        match self.theme {
            ThemeChoice::Light => false,
            ThemeChoice::Dark => true,
            ThemeChoice::System => gloo::utils::window()
                .match_media("(prefers-color-scheme: dark)")
                .ok()
                .flatten()
                .is_some_and(|query| query.matches()),
        }
    }
}
