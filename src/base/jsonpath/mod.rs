//! kubectl's dialect of JSONPath.
//!
//! Models: k8s.io/client-go/util/jsonpath (parser.go, jsonpath.go) and kubectl's relaxed expressions
//! (pkg/cmd/get/customcolumn.go).
//! Left out: Go visits maps in random order under `*` and `..`; here keys are in order.

mod eval;
mod parse;

use std::borrow::Cow;

use serde_json::Value;

use super::yaml::{go_text, to_json};

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    nodes: Vec<Node>,
    allow_missing: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    List(Vec<Node>),
    Text(String),
    Field(String),
    Identifier(String),
    Array([Param; 3]),
    Filter { left: Vec<Node>, operator: String, right: Vec<Node> },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
}

/// One of start, end and step of `[1:3:2]`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Param {
    value: i64,
    known: bool,
    /// The end was derived from the start: `[-1]`.
    derived: bool,
}

impl Template {
    /// Parses a template such as `{range .items[*]}{.metadata.name}{"\n"}{end}`. Missing fields are nothing, unless
    /// `allow_missing` says otherwise.
    ///
    /// # Errors
    /// The parser's words, without kubectl's prefix.
    pub fn parse(text: &str) -> Result<Template, String> {
        Ok(Template { nodes: parse::template(text)?, allow_missing: true })
    }

    /// A single path as `--sort-by` and `custom-columns` take it: `.a.b`, `a.b`, `{.a.b}`, `{a.b}`.
    ///
    /// # Errors
    /// As `relaxed` and [`Template::parse`].
    pub fn relaxed(text: &str) -> Result<Template, String> {
        Template::parse(&relaxed(text)?)
    }

    /// Whether a missing field is nothing (kubectl get) or an error.
    pub fn allow_missing(mut self, allow: bool) -> Template {
        self.allow_missing = allow;
        self
    }

    /// What every part of the template finds, in order.
    ///
    /// # Errors
    /// `array index out of bounds: index 0, length 0` and the like.
    pub fn results<'a>(&self, data: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>, String> {
        eval::results(&self.nodes, self.allow_missing, data)
    }

    /// The values that its first action finds.
    ///
    /// # Errors
    /// As [`Template::results`].
    pub fn find<'a>(&self, data: &'a Value) -> Result<Vec<Cow<'a, Value>>, String> {
        let first = self.nodes.iter().position(|node| matches!(node, Node::List(_)));
        let results = self.results(data)?;
        Ok(first.and_then(|at| results.into_iter().nth(at)).unwrap_or_default())
    }

    /// The text that `-o jsonpath=` prints.
    ///
    /// # Errors
    /// As [`Template::results`].
    pub fn render(&self, data: &Value) -> Result<String, String> {
        Ok(self.results(data)?.iter().map(|part| print(part)).collect())
    }
}

/// One part as printed: values with a space between, maps and lists as compact JSON.
pub fn print(part: &[Cow<'_, Value>]) -> String {
    part.iter().map(|value| text(value)).collect::<Vec<_>>().join(" ")
}

/// One value as printed.
pub fn text(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => to_json(value),
        scalar => go_text(scalar),
    }
}

/// Turns `metadata.name`, `.metadata.name`, `{metadata.name}` into `{.metadata.name}`, as --sort-by and custom columns do.
pub fn relaxed(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let wrong =
        "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'";
    let bare = |s: &str| {
        let s = s.strip_prefix('.').unwrap_or(s);
        (!s.is_empty() && !s.contains(['{', '}', '\n'])).then(|| s.to_string())
    };
    let inner = text.strip_prefix('{').and_then(|s| s.strip_suffix('}')).unwrap_or(text);
    bare(inner).map(|field| format!("{{.{field}}}")).ok_or_else(|| wrong.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pods() -> Value {
        json!({"kind": "List", "items": [
            {"metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x"}}, "spec": {"n": 1, "containers": [{"image": "nginx"}]}, "ok": true, "up": true},
            {"metadata": {"name": "b"}, "spec": {"n": 2, "containers": [{"image": "redis"}, {"image": "busybox"}]}, "ok": false},
            {"metadata": {"name": "c"}, "spec": {"n": 3, "containers": []}, "ok": null},
        ]})
    }

    fn run(template: &str) -> Result<String, String> {
        Template::parse(template)?.render(&pods())
    }

    #[test]
    fn templates_print_what_kubectl_prints() {
        for (template, want) in [
            ("{.kind}", "List"),
            ("kind is {.kind}!", "kind is List!"),
            ("{.items[*].metadata.name}", "a b c"),
            ("{.items[0].spec}", "{\"containers\":[{\"image\":\"nginx\"}],\"n\":1}"),
            ("{.items[-1].metadata.name}", "c"),
            ("{.items[0:2].metadata.name}", "a b"),
            ("{.items[::2].metadata.name}", "a c"),
            ("{.items[-2:].metadata.name}", "b c"),
            ("{.items[0,2].metadata.name}", "a c"),
            ("{.items[0]['metadata.name','kind']}", "a"),
            ("{..image}", "nginx redis busybox"),
            ("{$.kind}", "List"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.n}{\"\\n\"}{end}", "a\t1\nb\t2\nc\t3\n"),
            (
                "{range .items[*]}{.metadata.name}:{range .spec.containers[*]}{.image},{end};{end}",
                "a:nginx,;b:redis,busybox,;c:;",
            ),
            ("{.items[?(@.spec.n>1)].metadata.name}", "b c"),
            ("{.items[?(@.metadata.name==\"b\")].spec.n}", "2"),
            ("{.items[?(@.up==true)].metadata.name}", "a"),
            ("{.items[?(@.metadata.labels)].metadata.name}", "a"),
            ("{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"),
            ("{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "x"),
            ("{.nothing}", ""),
            ("{.items[2].ok}", "null"),
            ("{.items[*].ok}", "true false null"),
            ("{'it''s'}", "s"),
            ("{.items[2].spec.containers[*].image}", ""),
            ("{range .none[*]}x{end}y", "y"),
            ("{.items[0].metadata.name} {3} {true}", "a 3 true"),
        ] {
            assert_eq!(run(template).as_deref(), Ok(want), "for {template}");
        }
    }

    #[test]
    fn mistakes_are_told_in_kubectls_words() {
        for (template, want) in [
            ("{.kind", "unclosed action"),
            ("{.items[}", "unterminated array"),
            ("{.items[a]}", "invalid array index a"),
            ("{#}", "unrecognized character in action: U+0023 '#'"),
            ("{foo}", "unrecognized identifier foo"),
            ("{end}", "not in range, nothing to end"),
            ("{.items[9]}", "array index out of bounds: index 9, length 3"),
            ("{.kind[0]}", "string is not array or slice"),
            ("{'x}", "unterminated quoted string"),
            ("{.items[?(@.a]}", "unterminated filter"),
            ("{.kind[?(@.a==1)]}", "List is not array or slice and cannot be filtered"),
            ("{.items[?(@.spec.n=='a')].kind}", "incompatible types for comparison"),
        ] {
            assert_eq!(run(template).as_ref().map_err(String::as_str), Err(want), "for {template}");
        }
        let strict = Template::parse("{.nothing}").unwrap().allow_missing(false);
        assert_eq!(strict.render(&pods()), Err("nothing is not found".into()));
    }

    #[test]
    fn relaxed_forms_mean_the_same() {
        for text in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
            assert_eq!(relaxed(text).as_deref(), Ok("{.metadata.name}"));
        }
        assert!(relaxed("{.a").is_err());
    }
}
