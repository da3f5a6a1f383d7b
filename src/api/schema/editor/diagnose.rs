//! What is wrong with a text, at line and column, in kubectl's and the server's words.

use serde_json::Value;

use super::super::misfit::{path_text, unknown, wrong_types};
use super::super::{Field, Ty, Type, kinds, type_of};
use crate::base::line_index::LineIndex;
use crate::base::text::nearest;
use crate::base::yaml::{Parsed, Span, SpanMap, Step, documents};

/// Diagnostics of a text that are told at most.
const LIMIT: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    /// As editors name it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A text to put in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub from: usize,
    pub to: usize,
    pub insert: String,
}

/// One mistake. `from` and `to` are UTF-16 offsets; line and column begin with 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub from: usize,
    pub to: usize,
    pub line: usize,
    pub column: usize,
    pub severity: Severity,
    pub message: String,
    pub fix: Option<Fix>,
}

/// What a checker says of a document: the field's path as the server writes it, the message, how bad it is.
pub type Remark = (String, String, Severity);

/// Every mistake of a text. The checker says what only the server knows (validation, policies).
pub fn diagnose(text: &str, checker: &dyn Fn(&Value) -> Vec<Remark>) -> Vec<Diagnostic> {
    let mut list = List { index: LineIndex::new(text), text, found: vec![] };
    for document in documents(text) {
        match document.result {
            Err(error) => list.syntax(error.at, error.short()),
            Ok(parsed) => list.document(&parsed, checker),
        }
    }
    list.found.sort_by_key(|one| (one.from, one.severity));
    list.found
}

struct List<'a> {
    index: LineIndex<'a>,
    text: &'a str,
    found: Vec<Diagnostic>,
}

impl List<'_> {
    fn syntax(&mut self, at: Span, message: String) {
        // a mark at a line's end or the text's end has nothing to underline: take what stands before it
        let line = self.index.line(at.start.min(self.text.len()));
        let (start, shown) = (self.index.line_start(line), self.index.line_text(line));
        let end = start + shown.len();
        let from = if at.start < end {
            at.start
        } else {
            let before = self.text[..at.start.min(self.text.len())].trim_end();
            self.index.line_start(self.index.line(before.len().saturating_sub(1)))
        };
        let to = self.index.line_start(self.index.line(from)) + self.index.line_text(self.index.line(from)).len();
        self.push(Span { start: from, end: to, ..at }, Severity::Error, message, None);
    }

    fn push(&mut self, span: Span, severity: Severity, message: String, fix: Option<String>) {
        if self.found.len() >= LIMIT {
            return;
        }
        let (from, to) = (self.index.utf16(span.start), self.index.utf16(span.end));
        let line = self.index.line(span.start.min(self.text.len()));
        let column = self.text[self.index.line_start(line)..].char_indices();
        let column = column.take_while(|(at, _)| self.index.line_start(line) + at < span.start).count();
        let fix = fix.map(|insert| Fix { from, to, insert });
        self.found.push(Diagnostic { from, to, line: line + 1, column: column + 1, severity, message, fix });
    }

    fn document(&mut self, parsed: &Parsed, checker: &dyn Fn(&Value) -> Vec<Remark>) {
        for twice in &parsed.duplicates {
            let key = twice.message.split_once(": ").map_or(twice.message.as_str(), |(_, rest)| rest);
            self.push(twice.span, Severity::Warning, format!("{key}; the last one counts"), None);
        }
        let value = &parsed.value;
        let root = first_line(parsed.spans.place.value, self.text);
        if value.is_null() {
            return;
        }
        if !value.is_object() {
            return self.push(root, Severity::Error, "invalid object to validate".to_string(), None);
        }
        let word = |name: &str| value[name].as_str().unwrap_or_default();
        let (version, kind) = (word("apiVersion"), word("kind"));
        for (name, given) in [("apiVersion", version), ("kind", kind)] {
            if given.is_empty() {
                self.push(root, Severity::Error, format!("{name} not set"), None);
            }
        }
        if version.is_empty() || kind.is_empty() {
            return;
        }
        let Some(ty) = type_of(version, kind) else {
            self.unknown_kind(parsed, version, kind);
            return;
        };
        let before = self.found.len();
        self.fields(parsed, version, kind);
        self.missing(ty, value, &parsed.spans);
        let wrong = self.found.len() > before;
        for (path, message, severity) in checker(value) {
            let steps = steps(&path);
            let span = whole(&parsed.spans, &steps, self.text);
            // the schema has said the same already
            let told = self.found.iter().any(|one| one.from == self.index.utf16(span.start) && wrong);
            if !told {
                self.push(span, severity, format!("{path}: {message}"), None);
            }
        }
    }

    fn unknown_kind(&mut self, parsed: &Parsed, version: &str, kind: &str) {
        let versions: Vec<&str> = kinds().filter(|known| known.1 == kind).map(|known| known.0).collect();
        let names: Vec<&str> = kinds().filter(|known| known.0 == version).map(|known| known.1).collect();
        let custom = versions.is_empty() && names.is_empty() && version.contains('/');
        let severity = if custom { Severity::Warning } else { Severity::Error };
        let (field, near) = if let Some(version) = versions.first() {
            ("apiVersion", Some(*version))
        } else {
            ("kind", nearest(kind, names.iter().copied()).or_else(|| nearest(kind, kinds().map(|known| known.1))))
        };
        let place = parsed.spans.nearest(&[Step::Key(field.to_string())]).value;
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        let message = format!("no matches for kind \"{kind}\" in version \"{version}\"{hint}");
        self.push(place, severity, message, near.map(str::to_string));
    }

    fn fields(&mut self, parsed: &Parsed, version: &str, kind: &str) {
        for field in unknown(version, kind, &parsed.value) {
            let Some(Step::Key(name)) = field.steps.last() else { continue };
            let place = parsed.spans.nearest(&field.steps);
            let near = nearest(name, field.ty.fields.iter().map(|field| field.name));
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            let message = format!("unknown field \"{}\"{hint}", path_text(&field.steps));
            self.push(place.key.unwrap_or(place.value), Severity::Error, message, near.map(str::to_string));
        }
        for misfit in wrong_types(version, kind, &parsed.value) {
            let span = whole(&parsed.spans, &misfit.steps, self.text);
            self.push(span, Severity::Error, misfit.message, None);
        }
    }

    /// Required fields that are not there, and values that are none of the few allowed ones.
    fn missing(&mut self, ty: &'static Type, value: &Value, spans: &SpanMap) {
        let mut stack: Vec<(Ty, Option<&'static Field>, &Value, Vec<Step>)> = Vec::new();
        let mut structures: Vec<(&'static Type, &Value, Vec<Step>)> = vec![(ty, value, vec![])];
        let mut visited = 0;
        while visited < 20_000 {
            visited += 1;
            if let Some((ty, value, path)) = structures.pop() {
                let Value::Object(map) = value else { continue };
                for field in ty.fields {
                    let mut inner = path.clone();
                    inner.push(Step::Key(field.name.to_string()));
                    match map.get(field.name) {
                        None | Some(Value::Null)
                            if field.required && path.first() != Some(&Step::Key("status".into())) =>
                        {
                            let place = if path.is_empty() {
                                first_line(spans.place.value, self.text)
                            } else {
                                whole(spans, &path, self.text)
                            };
                            self.push(place, Severity::Error, format!("{}: Required value", path_text(&inner)), None);
                        }
                        Some(value) => stack.push((field.ty, Some(field), value, inner)),
                        None => {}
                    }
                }
            } else if let Some((ty, field, value, path)) = stack.pop() {
                match (ty, value) {
                    (Ty::Ref(number), _) => structures.push((&super::super::TYPES[usize::from(number)], value, path)),
                    (Ty::List(inner), Value::Array(items)) => {
                        let items = items.iter().enumerate();
                        stack.extend(
                            items.map(|(i, item)| (*inner, field, item, [path.clone(), vec![Step::Index(i)]].concat())),
                        );
                    }
                    (Ty::Map(inner), Value::Object(map)) => {
                        let items = map.iter();
                        stack.extend(items.map(|(key, item)| {
                            (*inner, None, item, [path.clone(), vec![Step::Key(key.clone())]].concat())
                        }));
                    }
                    (Ty::Str, Value::String(text)) => {
                        let Some(field) = field.filter(|field| field.enum_name().is_some()) else { continue };
                        if !text.is_empty() && !field.values().contains(&text.as_str()) {
                            let valid: Vec<String> = field.values().iter().map(|v| format!("\"{v}\"")).collect();
                            let near = nearest(text, field.values().iter().copied()).map(str::to_string);
                            let message = format!(
                                "{}: Unsupported value: \"{text}\": supported values: {}",
                                path_text(&path),
                                valid.join(", ")
                            );
                            self.push(whole(spans, &path, self.text), Severity::Error, message, near);
                        }
                    }
                    _ => {}
                }
            } else {
                break;
            }
        }
    }
}

/// What to underline for a value: a scalar itself, for what is longer than a line its key or first line.
fn whole(spans: &SpanMap, steps: &[Step], text: &str) -> Span {
    let place = spans.nearest(steps);
    let value = place.value;
    let lines = text.get(value.start..value.end).is_some_and(|inner| inner.contains('\n'));
    match place.key {
        Some(key) if lines || value.start == value.end => key,
        _ => first_line(value, text),
    }
}

fn first_line(span: Span, text: &str) -> Span {
    let inner = text.get(span.start..span.end).unwrap_or_default();
    let length = inner.lines().next().map_or(0, |line| line.trim_end().len());
    Span { end: span.start + length, ..span }
}

/// A path as the server writes it: `spec.containers[0].ports[1]`, `metadata.labels[app]`.
fn steps(path: &str) -> Vec<Step> {
    let mut out = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        if let Some(name) = pieces.next().filter(|name| !name.is_empty()) {
            out.push(Step::Key(name.to_string()));
        }
        for piece in pieces {
            let inner = piece.trim_end_matches(']');
            out.push(inner.parse().map_or_else(|_| Step::Key(inner.to_string()), Step::Index));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Vec<(usize, usize, String, String)> {
        let found = diagnose(text, &|_| vec![]);
        let units: Vec<u16> = text.encode_utf16().collect();
        found
            .into_iter()
            .map(|one| (one.line, one.column, String::from_utf16(&units[one.from..one.to]).unwrap(), one.message))
            .collect()
    }

    #[test]
    fn mistakes_are_underlined_where_they_stand() {
        let text = "# 한글 🚀\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replica: 3\n  replicas: three\n  selector: {}\n  template:\n    spec:\n      restartPolicy: Sometimes\n      containers:\n      - image: nginx\n        ports:\n        - containerPort: a\n";
        let found = find(text);
        let want = [
            (6, 3, "replica", "unknown field \"spec.replica\"; did you mean replicas?"),
            (
                7,
                13,
                "three",
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                11,
                22,
                "Sometimes",
                "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \"OnFailure\"",
            ),
            (13, 9, "image: nginx", "spec.template.spec.containers[0].name: Required value"),
            (
                15,
                26,
                "a",
                "json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
            ),
        ];
        let found: Vec<_> = found.iter().map(|(l, c, t, m)| (*l, *c, t.as_str(), m.as_str())).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn broken_yaml_is_told_in_kubectls_words_and_other_documents_still_count() {
        let found = find("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n---\nkind: Pod\n");
        assert_eq!(
            found[0],
            (4, 1, "\tname: web".into(), "yaml: line 4: found character that cannot start any token".into())
        );
        assert_eq!(found[1].3, "apiVersion not set");
        let found = find("apiVersion: v1\nkind: Pod\nname: \"web\n");
        assert_eq!((found[0].0, found[0].3.as_str()), (3, "yaml: line 4: found unexpected end of stream"));
        let found = find("apiVersion: v1\nkind: Deployment\n");
        assert_eq!(found[0].3, "no matches for kind \"Deployment\" in version \"v1\"; did you mean apps/v1?");
    }

    #[test]
    fn what_the_server_says_is_shown_at_its_field() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: A b\n  name: X\n";
        let found = diagnose(text, &|_| vec![("metadata.name".into(), "Invalid value: \"X\"".into(), Severity::Error)]);
        let told: Vec<_> = found.iter().map(|one| (one.line, one.severity, one.message.as_str())).collect();
        assert_eq!(
            told,
            [
                (5, Severity::Warning, "key \"name\" already set in map; the last one counts"),
                (5, Severity::Error, "metadata.name: Invalid value: \"X\""),
            ]
        );
    }
}
