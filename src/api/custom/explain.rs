//! `kubectl explain` of a custom resource, from the schema of its definition.
//!
//! Models: `kubectl/pkg/explain/v2/templates/plaintext.tmpl`, `apiextensions-apiserver/pkg/controller/openapi/builder`.
//! Left out: `externalDocs`.

use super::Custom;
use super::schema::Schema;
use crate::api::kind::Kind;
use crate::api::schema::Docs;
use crate::api::schema::explain::{Depth, explain as built_in, indent, line, wrap};
use crate::base::yaml::go_text;
use serde_json::Value;

const METADATA: &str = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// The documentation of a custom kind or of the field at a path of names.
///
/// # Errors
/// kubectl's words after `error: `.
pub fn explain(custom: &Custom, path: &[&str], depth: Depth, docs: &Docs) -> Result<String, String> {
    let names = custom.names();
    let head = format!("GROUP:      {}\nKIND:       {}\nVERSION:    {}\n\n", names.group, names.kind, names.version);
    // What every object has is told as of any built-in kind.
    if let ["apiVersion" | "kind" | "metadata", ..] = path {
        let text = built_in("v1", "Pod", path, depth, docs)?;
        let body = text.split_once("\n\n").map_or("", |(_, body)| body);
        return Ok(format!("{head}{body}"));
    }
    let mut page = Page { depth, docs, out: head };
    match path.split_last() {
        None => page.body(&custom.schema, true),
        Some((last, _)) => {
            let missing = || format!("field \"{last}\" does not exist");
            let mut at = &custom.schema;
            for name in path {
                at = step(at, name).ok_or_else(missing)?;
            }
            page.out.push_str(&format!("FIELD: {last} <{}>\n", guess(at)));
            if !at.allowed.is_empty() {
                page.out.push_str("ENUM:");
                for value in &at.allowed {
                    page.out.push_str(&format!("\n    {}", shown(value)));
                }
            }
            page.out.push_str("\n\n");
            page.body(at, false);
        }
    }
    page.out.push('\n');
    Ok(page.out)
}

/// A field of a schema, through lists and maps.
fn step<'a>(schema: &'a Schema, name: &str) -> Option<&'a Schema> {
    if let Some(found) = schema.properties.get(name) {
        return Some(found);
    }
    inner(schema).and_then(|inner| step(inner, name))
}

fn inner(schema: &Schema) -> Option<&Schema> {
    schema.items.as_deref().or_else(|| schema.values())
}

fn guess(schema: &Schema) -> String {
    if let Some(items) = schema.items.as_deref() {
        return format!("[]{}", guess(items));
    }
    match (schema.values(), schema.ty.as_str()) {
        (Some(values), _) => format!("map[string]{}", guess(values)),
        (None, "" | "object") => "Object".into(),
        (None, ty) => ty.into(),
    }
}

fn shown(value: &Value) -> String {
    if value == "" { "\"\"".into() } else { go_text(value) }
}

struct Page<'a> {
    depth: Depth,
    docs: &'a Docs,
    out: String,
}

impl Page<'_> {
    fn body(&mut self, schema: &Schema, root: bool) {
        let mut text = String::new();
        let mut at = Some(schema);
        while let Some(schema) = at {
            text.push_str(&line(&schema.description));
            at = inner(schema);
        }
        let text = if text.is_empty() { "<empty>".to_string() } else { text };
        self.out.push_str("DESCRIPTION:\n");
        self.out.push_str(&indent(&wrap(&text, 76), 4));
        self.out.push('\n');
        let before = self.out.len();
        self.fields(schema, root, 1);
        if self.out.len() > before {
            self.out.insert_str(before, "FIELDS:\n");
        }
    }

    fn fields(&mut self, schema: &Schema, root: bool, level: usize) {
        let mut names: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        if root {
            names.extend(["apiVersion", "kind", "metadata"].iter().filter(|n| !schema.properties.contains_key(**n)));
            names.sort_unstable();
        }
        for name in names {
            let always = root && ["apiVersion", "kind", "metadata"].contains(&name);
            let required = schema.required.iter().any(|r| r == name);
            match schema.properties.get(name).filter(|_| !always) {
                Some(field) => {
                    self.field(name, &guess(field), required, &field.allowed, &field.description, level);
                    if self.goes_on(level) {
                        self.fields(field, false, level + 1);
                    }
                }
                None => self.common(name, required, level),
            }
        }
        if let Some(inner) = inner(schema) {
            self.fields(inner, false, level);
        }
    }

    fn goes_on(&self, level: usize) -> bool {
        self.depth.recursive && (self.depth.max == 0 || level < self.depth.max)
    }

    /// A field that every object has.
    fn common(&mut self, name: &str, required: bool, level: usize) {
        let whole = Depth { recursive: true, max: self.depth.max.saturating_sub(1) };
        if name == "metadata" {
            self.field(name, "ObjectMeta", required, &[], METADATA, level);
            if self.goes_on(level)
                && let Ok(text) = built_in("v1", "Pod", &["metadata"], whole, self.docs)
                && let Some((_, fields)) = text.split_once("FIELDS:\n")
            {
                let deeper = fields.trim_end_matches('\n').lines().map(|line| format!("  {line}\n"));
                self.out.extend(deeper);
            }
            return;
        }
        let ty = crate::api::schema::type_of("v1", "Pod");
        let field = ty.and_then(|ty| Some((ty, ty.field(name)?)));
        let text = field.map(|(ty, field)| self.docs.of_field(ty, field)).unwrap_or_default();
        self.field(name, "string", required, &[], &text, level);
    }

    fn field(&mut self, name: &str, ty: &str, required: bool, allowed: &[Value], text: &str, level: usize) {
        let margin = level * 2;
        let required = if required { " -required-" } else { "" };
        self.out.push_str(&format!("{:margin$}{name}\t<{ty}>{required}", ""));
        if !allowed.is_empty() {
            let first: Vec<String> = allowed.iter().take(4).map(shown).collect();
            let more = if allowed.len() > 4 { ", ...." } else { "" };
            self.out.push_str(&format!("\n{:margin$}enum: {}{more}", "", first.join(", ")));
        }
        self.out.push('\n');
        if !self.depth.recursive {
            let text = if text.is_empty() { "<no description>" } else { text };
            self.out.push_str(&indent(&wrap(text, 78 - margin.min(70)), margin + 2));
            self.out.push_str("\n\n");
        }
    }
}
