//! The descriptions of kinds and fields.
//!
//! Models: the `description` texts of Kubernetes' OpenAPI schema. They are large, so the page loads them when they are
//! asked for; whoever has them hands them in.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Field, Type};

/// All descriptions, indexed by type.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    text: String,
    /// Where the lines of a type or a list of values begin.
    starts: BTreeMap<String, usize>,
}

#[cfg(not(target_arch = "wasm32"))]
const TEXT: &str = include_str!(concat!(env!("OUT_DIR"), "/docs.txt"));

impl Docs {
    /// From the text that the build made.
    pub fn new(text: String) -> Docs {
        let mut starts = BTreeMap::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some(rest) = line.strip_prefix(['@', '=']) {
                let name = rest.split(['\t', '\n']).next().unwrap_or_default();
                starts.insert(name.to_string(), at);
            }
            at += line.len();
        }
        Docs { text, starts }
    }

    /// The descriptions that were built in; the page has none and loads them.
    pub fn built_in() -> Docs {
        #[cfg(not(target_arch = "wasm32"))]
        return Docs::new(TEXT.to_string());
        #[cfg(target_arch = "wasm32")]
        return Docs::default();
    }

    /// Whether there is nothing in it (not loaded yet).
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.starts.get(name).map_or("", |at| &self.text[*at..]).lines();
        lines.enumerate().take_while(|(i, line)| *i == 0 || !line.starts_with(['@', '='])).map(|(_, line)| line)
    }

    /// The description of a structure.
    pub fn of_type(&self, ty: &Type) -> String {
        self.of_name(ty.name)
    }

    /// The description of a definition by its OpenAPI name.
    pub fn of_name(&self, name: &str) -> String {
        self.lines(name).next().and_then(|line| line.split_once('\t')).map(|(_, text)| plain(text)).unwrap_or_default()
    }

    /// The description of a field, with the meaning of its values if the schema names them.
    pub fn of_field(&self, ty: &Type, field: &Field) -> String {
        let entry = self.lines(ty.name).filter_map(|line| line.strip_prefix('.')?.split_once('\t'));
        let mut text =
            entry.filter(|(name, _)| *name == field.name).map(|(_, text)| plain(text)).next().unwrap_or_default();
        if let Some(list) = field.enum_name() {
            let values = self.lines(list).filter_map(|line| line.strip_prefix('-')?.split_once('\t'));
            let mut lines: Vec<String> = values.map(|(value, meaning)| format!(" - `\"{value}\"` {meaning}")).collect();
            if !lines.is_empty() {
                lines.sort();
                text.push_str("\n\nPossible enum values:\n");
                text.push_str(&lines.join("\n"));
            }
        }
        text
    }
}

/// The descriptions as the server hands them out: at hand natively; in the page they come when somebody first wants them.
/// Whoever waits for them waits while the cluster's clock stands, so what is printed never depends on when they came.
#[derive(Clone, Debug, Default)]
pub struct Library {
    docs: Option<Rc<Docs>>,
    wanted: bool,
}

impl Library {
    /// Somebody needs them.
    pub fn want(&mut self) {
        self.wanted = true;
        #[cfg(not(target_arch = "wasm32"))]
        self.docs.get_or_insert_with(|| Rc::new(Docs::built_in()));
    }

    pub fn docs(&self) -> Option<Rc<Docs>> {
        self.docs.clone()
    }

    /// Somebody waits, and they are not there.
    pub fn is_lacking(&self) -> bool {
        self.wanted && self.docs.is_none()
    }

    pub fn fill(&mut self, docs: Rc<Docs>) {
        self.docs = Some(docs);
    }
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(if chars.next() == Some('n') { '\n' } else { '\\' }),
            c => out.push(c),
        }
    }
    out
}
