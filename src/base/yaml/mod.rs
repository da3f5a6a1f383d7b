//! YAML 1.1 as kubectl reads and writes it.
//!
//! Models: sigs.k8s.io/yaml over go.yaml.in/yaml/v2 (a port of libyaml), and the document splitting of
//! k8s.io/apimachinery/pkg/util/yaml. Line numbers and words of the errors are theirs.
//! Left out: `!!binary` values that are not UTF-8 (they cannot stand in JSON either).

mod build;
mod emit;
mod go_json;
mod json;
mod kyaml;
mod ordered;
mod parse;
mod resolve;
mod scalar;
mod scan;
mod split;
mod typed;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use emit::to_yaml;
pub use json::{go_syntax, go_text, indented, ordered_json, to_json, to_json_pretty};
pub use kyaml::to_kyaml;
pub use ordered::Ordered;
pub use split::documents;
pub use typed::{Mistake, read, read_bytes};

/// Why a text is not JSON, in Go's words; `None` if it begins with a complete value.
pub fn json_mistake(text: &str) -> Option<String> {
    go_json::check(text).map(|(_, words)| words)
}

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

/// The place of a value and of everything in it. Offsets count from the start of the whole text, also in later
/// documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanMap {
    pub place: Place,
    pub below: Below,
}

/// The places inside a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Below {
    #[default]
    Nothing,
    Map(BTreeMap<String, SpanMap>),
    List(Vec<SpanMap>),
}

impl SpanMap {
    /// What stands one step further in.
    pub fn step(&self, step: &Step) -> Option<&SpanMap> {
        match (&self.below, step) {
            (Below::Map(map), Step::Key(key)) => map.get(key),
            (Below::List(items), Step::Index(i)) => items.get(*i),
            _ => None,
        }
    }

    /// The place at a path; the empty path is the root.
    pub fn get(&self, path: &[Step]) -> Option<&Place> {
        path.iter().try_fold(self, |at, step| at.step(step)).map(|at| &at.place)
    }

    /// The place of the path, or of the nearest parent that has one.
    pub fn nearest(&self, path: &[Step]) -> &Place {
        let mut at = self;
        for step in path {
            match at.step(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        &at.place
    }

    fn entries(&mut self) -> &mut BTreeMap<String, SpanMap> {
        if !matches!(self.below, Below::Map(_)) {
            self.below = Below::Map(BTreeMap::new());
        }
        match &mut self.below {
            Below::Map(map) => map,
            _ => unreachable!("it was made a map above"),
        }
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

/// Which reader gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The YAML reader.
    Yaml,
    /// What turns its values into JSON.
    Conversion,
    /// The JSON reader: the text begins with `{`.
    Json,
    /// What looks for `---`.
    Separator,
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
    pub from: From,
}

impl YamlError {
    /// Without the `error converting YAML to JSON: ` in front: `yaml: line 4: did not find expected key`.
    pub fn short(&self) -> String {
        match (self.from, self.line) {
            (From::Yaml, Some(line)) => format!("yaml: line {line}: {}", self.message),
            (From::Yaml, None) => format!("yaml: {}", self.message),
            _ => self.message.clone(),
        }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.from, From::Yaml | From::Conversion) {
            f.write_str("error converting YAML to JSON: ")?;
        }
        f.write_str(&self.short())
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(text: &str) -> Result<Value, String> {
        let mut all = documents(text);
        assert_eq!(all.len(), 1, "for {text:?}");
        all.remove(0).result.map(|parsed| parsed.value).map_err(|e| e.to_string())
    }

    #[test]
    fn documents_are_read_as_kubectl_reads_them() {
        for (text, want) in [
            ("a: 1\nb: [x, {z: yes}]\n", json!({"a": 1, "b": ["x", {"z": true}]})),
            ("a:\n- b: 1\n  c: 0644\n- d\n", json!({"a": [{"b": 1, "c": 420}, "d"]})),
            ("a: |\n  x\n   y\n\nb: >-\n  one\n  two\n\n  three\n", json!({"a": "x\n y\n", "b": "one two\nthree"})),
            ("a: 'it''s'\nb: \"x\\ty\\u0041\"\nc: \"on\"\n", json!({"a": "it's", "b": "x\tyA", "c": "on"})),
            ("base: &b {x: 1, w: 2}\nd:\n  <<: *b\n  w: 3\n", json!({"base": {"x": 1, "w": 2}, "d": {"x": 1, "w": 3}})),
            ("on: 1\n2: x\n1.5: z\n", json!({"true": 1, "2": "x", "1.5": "z"})),
            ("a: ~\nb:\nc: null\n", json!({"a": null, "b": null, "c": null})),
            ("a: !!str 5\nb: !!int \"5\"\n", json!({"a": "5", "b": 5})),
            ("y: x\n", json!({"true": "x"})),
            ("text: one\n  two\n", json!({"text": "one two"})),
            ("? a\n: b\n", json!({"a": "b"})),
            ("a: b # c\n#d\ne: f#g\n", json!({"a": "b", "e": "f#g"})),
            ("a:\n  - - 1\n    - 2\n  -\n    x: z\n", json!({"a": [[1, 2], {"x": "z"}]})),
            ("{\"a\": {\"b\": [1, 2.5, \"\\u00e9\"]}}", json!({"a": {"b": [1, 2.5, "é"]}})),
            ("{a: b, c: [1,2,],}\n", json!({"a": "b", "c": [1, 2]})),
            ("# only a comment\n", json!(null)),
            ("a: 2024-01-01\nb: 12:30:00\n", json!({"a": "2024-01-01", "b": "12:30:00"})),
            ("k: |+\n  a\n\nl: |2\n    b\n", json!({"k": "a\n\n", "l": "  b\n"})),
            ("image: nginx:1.25\nurl: http://x/y\n", json!({"image": "nginx:1.25", "url": "http://x/y"})),
        ] {
            assert_eq!(one(text), Ok(want), "for {text}");
        }
    }

    #[test]
    fn mistakes_have_kubectls_words_and_lines() {
        let head = "apiVersion: v1\nkind: Pod\nmetadata:\n";
        for (text, want) in [
            (format!("{head}\tname: web\n"), "yaml: line 4: found character that cannot start any token"),
            (format!("{head}  name: web\n labels:\n    app: web\n"), "yaml: line 4: did not find expected key"),
            (format!("{head}  name: \"web\ndata: {{}}\n"), "yaml: line 6: found unexpected end of stream"),
            (
                "apiVersion: v1\nkind: ConfigMap\nmetadata\n  name: bad\n".into(),
                "yaml: line 4: could not find expected ':'",
            ),
            ("a: b: c\n".into(), "yaml: mapping values are not allowed in this context"),
            ("x: 1\na: b: c\n".into(), "yaml: line 2: mapping values are not allowed in this context"),
            ("x: 1\na: [1, 2\nb: 3\n".into(), "yaml: line 2: did not find expected ',' or ']'"),
            (
                "x: 1\nimage: {{ .Values.image }}\n".into(),
                "yaml: invalid map key: map[interface {}]interface {}{\".Values.image\":interface {}(nil)}",
            ),
            ("a: *b\n".into(), "yaml: unknown anchor 'b' referenced"),
            ("x: 1\na: @b\n".into(), "yaml: line 2: found character that cannot start any token"),
            ("x:\n  - a\n  b: c\n".into(), "yaml: line 2: did not find expected '-' indicator"),
            ("x: \"a\\qb\"\ny: 1\n".into(), "yaml: found unknown escape character"),
        ] {
            let want = format!("error converting YAML to JSON: {want}");
            assert_eq!(one(&text), Err(want), "for {text}");
        }
    }

    #[test]
    fn documents_are_split_where_kubectl_splits_them() {
        let all = documents("---\na: 1\n--- # second\nb: 2\n---\n---\n[c\n");
        let values: Vec<_> =
            all.iter().map(|d| (d.start_line, d.result.as_ref().ok().map(|p| p.value.clone()))).collect();
        assert_eq!(values[0], (1, Some(json!({"a": 1}))));
        assert_eq!(values[1], (4, Some(json!({"b": 2}))));
        assert!(all[2].result.is_err());
        let json = documents("{\"a\": 1}\n{\"b\": 2}");
        assert_eq!(json.len(), 2);
        let error = documents("{\"a\": 1,, }").remove(0).result.map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("json: offset 9: invalid character ',' looking for beginning of object key string".into())
        );
    }

    #[test]
    fn every_value_has_its_place() {
        let text = "a: 한글\nb:\n- c: x\n---\nd: yes\n";
        let all = documents(text);
        let spans = &all[0].result.as_ref().unwrap().spans;
        let path = [Step::Key("b".into()), Step::Index(0), Step::Key("c".into())];
        let place = spans.get(&path).unwrap();
        assert_eq!(&text[place.value.start..place.value.end], "x");
        assert_eq!((place.value.line, place.value.column), (3, 6));
        assert_eq!(&text[place.key.unwrap().start..place.key.unwrap().end], "c");
        let second = all[1].result.as_ref().unwrap().spans.get(&[Step::Key("d".into())]).unwrap().value;
        assert_eq!((&text[second.start..second.end], second.line), ("yes", 5));
    }

    #[test]
    fn doubled_keys_are_told_and_the_last_one_counts() {
        let parsed = documents("m:\n  name: one\n  name: two\n").remove(0).result.unwrap();
        assert_eq!(parsed.value, json!({"m": {"name": "two"}}));
        assert_eq!(parsed.duplicates[0].message, "line 3: key \"name\" already set in map");
        assert_eq!(parsed.duplicates[0].span.line, 3);
    }

    #[test]
    fn hostile_texts_end_soon() {
        let bomb: String = (0..30)
            .map(|i| {
                format!(
                    "a{}: &a{} [{}]\n",
                    i,
                    i,
                    if i == 0 { "x".into() } else { vec![format!("*a{}", i - 1); 9].join(",") }
                )
            })
            .collect();
        assert_eq!(one(&bomb), Err("error converting YAML to JSON: yaml: document contains excessive aliasing".into()));
        assert!(one(&"[".repeat(100_000)).is_err());
        assert!(one(&format!("a: {}", "- ".repeat(50_000))).is_err());
        assert!(one("a: &a [*a]\n").is_err());
        assert_eq!(documents(&"a: 1\n---\n".repeat(20_000)).len(), 20_000);
        assert_eq!(documents(&"{}\n".repeat(20_000)).len(), 20_000);
        assert!(one(&"a: b\n".repeat(200_000)).is_ok());
        assert!(one(&format!("a: {}", "x".repeat(5_000_000))).is_ok());
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({"a": ["x: y", "- z", "#", "", "null", "1e3", " lead", "a\nb\n", "\n", "tab\t", "한글 🚀", "'", "\"", "yes", "0x1", "a\n\n", "x\n  y"],
            "b": {"n": 1.5, "m": -3, "t": true, "z": null, "e": {}, "l": [[], [[1]]]}, "long ".repeat(60): "word ".repeat(50)});
        assert_eq!(one(&to_yaml(&value)), Ok(value.clone()));
        assert_eq!(one(&to_json_pretty(&value)), Ok(value));
    }
}
