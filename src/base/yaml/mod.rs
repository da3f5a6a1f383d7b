//! YAML 1.1 as kubectl reads and writes it.
//!
//! Models: sigs.k8s.io/yaml over go.yaml.in/yaml/v2 (a port of libyaml), and the document splitting of
//! k8s.io/apimachinery/pkg/util/yaml. Line numbers and words of the errors are theirs.
//! Left out: `!!binary` values that are not UTF-8 (they cannot stand in JSON either).

mod emit;
mod json;
mod resolve;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use emit::to_yaml;
pub use json::{go_syntax, go_text, to_json, to_json_pretty};

/// One step of a path into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A stretch of the source text: byte offsets, and the 1-based line and column (in characters) of its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub line: usize,
    pub column: usize,
}

/// Where a value stands, and its key when it is an entry of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub key: Option<Span>,
    pub value: Span,
}

/// The place of every value of a document, by path; the root has the empty path. Offsets count from the start of
/// the whole text, also in later documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanMap(pub BTreeMap<Vec<Step>, Place>);

impl SpanMap {
    pub fn get(&self, path: &[Step]) -> Option<&Place> {
        self.0.get(path)
    }

    /// The place of the path, or of the nearest parent that has one.
    pub fn nearest(&self, path: &[Step]) -> Option<&Place> {
        (0..=path.len()).rev().find_map(|end| self.0.get(&path[..end]))
    }
}

/// A key that a map holds twice. kubectl takes the last one without a word; strict readers refuse.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    pub path: Vec<Step>,
    pub span: Span,
    /// As a strict reader prints it: `line 5: key "name" already set in map`.
    pub message: String,
}

/// One document, understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub value: Value,
    pub spans: SpanMap,
    pub duplicates: Vec<Duplicate>,
}

/// Why a document is not YAML. `Display` is what kubectl prints after `error parsing FILE: `.
#[derive(Clone, Debug, PartialEq)]
pub struct YamlError {
    /// As printed: counted inside the document, sometimes one off from where the eye would put it; `None` is not printed.
    pub line: Option<usize>,
    /// The reader's words.
    pub message: String,
    /// Where it really stopped, in the whole text.
    pub at: Span,
    /// JSON documents have other words in front.
    pub json: bool,
}

impl YamlError {
    /// Without the `error converting YAML to JSON: ` in front: `yaml: line 4: did not find expected key`.
    pub fn short(&self) -> String {
        let reader = if self.json { "json" } else { "yaml" };
        match self.line {
            Some(line) => format!("{reader}: line {line}: {}", self.message),
            None => format!("{reader}: {}", self.message),
        }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.json {
            return f.write_str(&self.short());
        }
        write!(f, "error converting YAML to JSON: {}", self.short())
    }
}

impl std::error::Error for YamlError {}

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The line of the whole text (1-based) that is the document's line 1.
    pub start_line: usize,
    /// Byte offset of that line in the whole text.
    pub start: usize,
    /// Byte offset of the end of the document.
    pub end: usize,
    pub result: Result<Parsed, YamlError>,
}

/// The documents of a text in order, each parsed for itself. A document of comments or nothing has the value null.
/// kubectl stops at the first error; an editor wants them all.
pub fn documents(text: &str) -> Vec<Document> {
    // Stand-in until the reader of this folder lands; same signature.
    let mut out = Vec::new();
    let mut line = 1;
    let mut start = 0;
    for part in text.split("\n---\n") {
        let end = start + part.len();
        let result = serde_yaml::from_str::<Value>(part)
            .map(|value| Parsed { value, ..Parsed::default() })
            .map_err(|e| YamlError { line: None, message: e.to_string(), at: Span::default(), json: false });
        out.push(Document { start_line: line, start, end, result });
        line += part.matches('\n').count() + 2;
        start = end + 5;
    }
    out
}
