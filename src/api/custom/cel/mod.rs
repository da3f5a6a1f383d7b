//! `x-kubernetes-validations`: rules in CEL, compiled with their schema and run on objects.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/schema/cel/{compilation,validation}.go`.
//! Left out: the cost of a rule (a run is bounded all the same); see the files below for what is left out of the language.

pub mod check;
mod eval;
mod parse;
mod value;

use super::schema::Schema;
use crate::api::errors::FieldErrors;
use crate::base::yaml::to_json;
use check::Ty;
use parse::{Expr, Mistake, Node};
use serde_json::{Value, json};
use value::Val;

/// One rule as it is written, and read.
#[derive(Clone, Debug)]
pub struct Rule {
    pub rule: String,
    pub message: String,
    pub message_expression: String,
    /// Empty, or one of the four.
    pub reason: String,
    pub field_path: String,
    pub optional_old: Option<bool>,
    program: Result<Expr, Mistake>,
    words: Option<Result<Expr, Mistake>>,
}

impl Rule {
    pub fn of(value: &Value) -> Rule {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        let (rule, message_expression) = (text("rule"), text("messageExpression"));
        Rule {
            program: parse::parse(&rule),
            words: (!message_expression.trim().is_empty()).then(|| parse::parse(&message_expression)),
            rule,
            message: text("message"),
            message_expression,
            reason: text("reason"),
            field_path: text("fieldPath"),
            optional_old: value.get("optionalOldSelf").and_then(Value::as_bool),
        }
    }

    /// Whether it compares with what was before.
    pub fn uses_old(&self) -> bool {
        self.program.as_ref().is_ok_and(|program| names(program, "oldSelf"))
    }

    /// What the compiler says of it: the rule's own mistakes, those of its message expression.
    pub fn compile(&self, schema: &Schema, root: bool) -> (Option<String>, Option<String>) {
        let run = |program: &Result<Expr, Mistake>, text: &str, wanted: &str| {
            let found = match program {
                Err(mistake) => Err(vec![mistake.clone()]),
                Ok(program) => check::check(program, Ty::of(schema, root), self.optional_old == Some(true)),
            };
            match (found, wanted) {
                (Err(mistakes), _) => Some(format!("compilation failed: {}", told(&mistakes, text))),
                (Ok(Ty::Bool | Ty::Any), "bool") | (Ok(Ty::Text | Ty::Any), "string") => None,
                (Ok(_), "bool") => Some("cel expression must evaluate to a bool".into()),
                (Ok(_), _) => Some("messageExpression must evaluate to a string".into()),
            }
        };
        let of_words = self.words.as_ref().and_then(|words| run(words, &self.message_expression, "string"));
        let of_words = of_words.map(|text| match text.strip_prefix("compilation failed") {
            Some(rest) => format!("messageExpression compilation failed{rest}"),
            None => text,
        });
        (run(&self.program, &self.rule, "bool"), of_words)
    }

    /// The rule as an error about it shows it.
    pub fn shown(&self) -> String {
        let reason = if self.reason.is_empty() { Value::Null } else { self.reason.clone().into() };
        let fields = [
            ("Rule", json!(self.rule)),
            ("Message", json!(self.message)),
            ("MessageExpression", json!(self.message_expression)),
            ("Reason", reason),
            ("FieldPath", json!(self.field_path)),
            ("OptionalOldSelf", json!(self.optional_old)),
        ];
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{}", to_json(value))).collect();
        format!("{{{}}}", fields.join(","))
    }

    fn quoted(&self) -> String {
        if self.message.is_empty() { self.rule.trim() } else { self.message.trim() }.to_string()
    }

    fn detail(&self, own: &Val, old: Option<&Val>) -> String {
        if let Some(Ok(words)) = &self.words
            && let Ok(Val::Text(text)) = eval::eval(words, own, old)
            && !text.trim().is_empty()
            && !text.trim().contains('\n')
        {
            return text.trim().to_string();
        }
        if self.message.is_empty() { format!("failed rule: {}", self.rule.trim()) } else { self.message.trim().into() }
    }
}

/// Mistakes with the lines that they point at.
fn told(mistakes: &[Mistake], text: &str) -> String {
    let one = |mistake: &Mistake| {
        let before: Vec<char> = text.chars().take(mistake.at).collect();
        let line = before.iter().filter(|c| **c == '\n').count();
        let column = before.iter().rev().take_while(|c| **c != '\n').count();
        let source = text.split('\n').nth(line).unwrap_or_default();
        format!(
            "ERROR: <input>:{}:{}: {}\n | {source}\n | {}^",
            line + 1,
            column + 1,
            mistake.words,
            ".".repeat(column)
        )
    };
    mistakes.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn names(expr: &Expr, wanted: &str) -> bool {
    match &expr.node {
        Node::Literal(_) => false,
        Node::Name(name) => name == wanted,
        Node::Field { base, .. } | Node::Has { base, .. } => names(base, wanted),
        Node::List(items) => items.iter().any(|item| names(item, wanted)),
        Node::Map(entries) => entries.iter().any(|(key, value)| names(key, wanted) || names(value, wanted)),
        Node::Each { base, filter, step, .. } => {
            names(base, wanted) || names(step, wanted) || filter.as_deref().is_some_and(|f| names(f, wanted))
        }
        Node::Call { target, args, .. } => {
            target.as_deref().is_some_and(|t| names(t, wanted)) || args.iter().any(|arg| names(arg, wanted))
        }
    }
}

/// Runs the rules of a schema and of all below it.
pub fn validate(path: &str, schema: &Schema, value: &Value, old: Option<&Value>, errors: &mut FieldErrors) {
    if value.is_null() || !schema.has_rules() {
        return;
    }
    own_rules(path, schema, value, old, errors);
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let was = old.and_then(|old| old.get(name));
                if let Some(schema) = schema.properties.get(name) {
                    let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    validate(&here, schema, inner, was, errors);
                } else if let Some(schema) = schema.values() {
                    validate(&format!("{path}[{name}]"), schema, inner, was, errors);
                }
            }
        }
        Value::Array(items) => {
            let Some(inner) = schema.items.as_deref() else { return };
            for (n, item) in items.iter().enumerate() {
                let was = old.and_then(|old| same_item(schema, item, old));
                validate(&format!("{path}[{n}]"), inner, item, was, errors);
            }
        }
        _ => {}
    }
}

/// The item of an earlier list that has the same keys.
pub fn same_item<'a>(schema: &Schema, item: &Value, old: &'a Value) -> Option<&'a Value> {
    if schema.list_type != "map" {
        return None;
    }
    old.as_array()?.iter().find(|other| schema.list_keys.iter().all(|key| other.get(key) == item.get(key)))
}

fn own_rules(path: &str, schema: &Schema, value: &Value, old: Option<&Value>, errors: &mut FieldErrors) {
    if schema.rules.is_empty() {
        return;
    }
    let own = Val::of(value, Some(schema));
    let before = old.filter(|old| !old.is_null()).map(|old| Val::of(old, Some(schema)));
    let place = if path.is_empty() { "<nil>".to_string() } else { path.to_string() };
    for rule in &schema.rules {
        let Ok(program) = &rule.program else { continue };
        let optional = rule.optional_old == Some(true);
        let uses_old = rule.uses_old();
        if uses_old && before.is_none() && !optional {
            continue;
        }
        let before = match optional {
            true => Some(Val::Optional(before.clone().map(std::sync::Arc::new))),
            false => before.clone(),
        };
        let quoted = crate::api::validation::quoted(&schema.ty);
        match eval::eval(program, &own, before.as_ref()) {
            Ok(Val::Bool(true)) => {}
            Err(words) if words.starts_with("no such overload") => {
                let text = format!(
                    "'{words}': call arguments did not match a supported operator, function or macro signature for rule: {}",
                    rule.quoted()
                );
                errors.invalid(place.clone(), quoted, &text);
            }
            Err(words) if words.starts_with("operation cancelled") => {
                let text = format!(
                    "'{words}': no further validation rules will be run due to call cost exceeds limit for rule: {}",
                    rule.quoted()
                );
                errors.invalid(place.clone(), quoted, &text);
                return;
            }
            Err(words) => errors.invalid(place.clone(), quoted, &format!("{words} evaluating rule: {}", rule.quoted())),
            // What has not changed is not held against an update.
            Ok(_) if !uses_old && old == Some(value) => {}
            Ok(_) => {
                let field = rule.field_path.trim();
                let place = match field {
                    "" => place.clone(),
                    field if path.is_empty() => field.trim_start_matches('.').to_string(),
                    field => format!("{path}{field}"),
                };
                failed(rule, &place, schema, value, &rule.detail(&own, before.as_ref()), errors);
            }
        }
    }
}

fn failed(rule: &Rule, place: &str, schema: &Schema, value: &Value, detail: &str, errors: &mut FieldErrors) {
    let whole = matches!(schema.ty.as_str(), "object" | "array");
    let shown = to_json(value);
    match rule.reason.as_str() {
        "FieldValueForbidden" => errors.forbidden(place, detail),
        "FieldValueRequired" => errors.required(place, detail),
        "FieldValueDuplicate" if whole => errors.told(place, "Duplicate value", ""),
        "FieldValueDuplicate" => errors.duplicate(place, shown),
        _ if whole => errors.told(place, "Invalid value", detail),
        _ => errors.invalid(place, shown, detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rule: &str, value: Value, old: Option<Value>) -> Vec<String> {
        let schema = Schema::of(&json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}],
            "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}, "name": {"type": "string"},
                "ratio": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}},
                "map": {"type": "object", "additionalProperties": {"type": "integer"}}}}));
        assert_eq!(schema.rules[0].compile(&schema, false), (None, None), "{rule}");
        let mut errors = FieldErrors::default();
        validate("spec", &schema, &value, old.as_ref(), &mut errors);
        errors.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rules_hold_or_are_told() {
        let value = json!({"min": 1, "max": 3, "name": "web-1", "ratio": 1, "tags": ["a", "b"], "map": {"x": 1}});
        for rule in [
            "self.min <= self.max",
            "!has(self.nothing) || true || self.min > 5".replace("nothing", "name").as_str(),
            "self.name.startsWith('web') && self.name.matches('^[a-z-]+[0-9]$') && size(self.name) == 5",
            "self.tags.all(t, t in ['a', 'b', 'c']) && self.tags.exists(t, t == 'b') && self.tags.size() == 2",
            "self.tags.map(t, t + '!').filter(t, t != 'a!') == ['b!']",
            "self.ratio < 1.5 && self.ratio * 2.0 == 2.0 ? self.max - self.min == 2 : false",
            "'x' in self.map && self.map['x'] == 1 && self.map.all(k, self.map[k] > 0)",
            "!has(oldSelf.min) || self.min == oldSelf.min",
        ] {
            assert_eq!(run(rule, value.clone(), None), Vec::<String>::new(), "{rule}");
        }
        assert_eq!(
            run("self.min > self.max", value.clone(), None),
            ["spec: Invalid value: failed rule: self.min > self.max"]
        );
        let old = json!({"min": 2});
        assert_eq!(
            run("self.min == oldSelf.min", value, Some(old)),
            ["spec: Invalid value: failed rule: self.min == oldSelf.min"]
        );
        assert_eq!(
            run("self.min > 1", json!({}), None),
            ["spec: Invalid value: \"object\": no such key: min evaluating rule: self.min > 1"]
        );
    }

    #[test]
    fn a_compiler_points_at_what_does_not_fit() {
        let compile = |rule: &str| {
            let schema = Schema::of(&json!({"type": "object", "properties": {"n": {"type": "integer"}},
                "x-kubernetes-validations": [{"rule": rule}]}));
            schema.rules[0].compile(&schema, false).0.expect("a mistake")
        };
        assert_eq!(
            compile("self.foo > 1"),
            "compilation failed: ERROR: <input>:1:5: undefined field 'foo'\n | self.foo > 1\n | ....^"
        );
        assert_eq!(
            compile("self.n > 'a'"),
            "compilation failed: ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'\n | self.n > 'a'\n | .......^"
        );
        assert!(compile("slef.n > 1").contains("1:1: undeclared reference to 'slef' (in container '')"));
        assert_eq!(compile("self.n + 1"), "cel expression must evaluate to a bool");
        assert!(compile("self.n >").contains("Syntax error: mismatched input '<EOF>' expecting {"));
    }
}
