//! What may stand at the caret, and what the field there means.

use std::collections::BTreeSet;

use super::super::{Docs, Field, Ty, Type, kinds};
use super::context::{Context, Line, context, line};
use crate::base::line_index::LineIndex;

/// One thing that may stand at the caret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    /// The type, or what the value belongs to.
    pub detail: String,
    pub docs: String,
    /// The text to put in place of what was typed.
    pub insert: String,
}

/// What may stand at the caret; the text from `from` (UTF-16) to the caret is replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    pub from: usize,
    pub items: Vec<Item>,
}

/// What a field means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDoc {
    pub name: String,
    /// As `kubectl explain` writes it: `[]Container`.
    pub ty: String,
    pub text: String,
}

/// What may stand at a UTF-16 offset, the likeliest first.
pub fn complete(text: &str, offset: usize, docs: &Docs) -> Option<Completion> {
    let index = LineIndex::new(text);
    let caret = index.byte(offset);
    let number = index.line(caret);
    let start = index.line_start(number);
    let typed = text.get(start..caret)?;
    if typed.trim_start().starts_with('#') || typed.contains(" #") {
        return None;
    }
    let blank = Line { column: typed.len(), ..Line::default() };
    let found = if typed.trim().is_empty() { blank } else { line(typed)? };
    let around = context(&index, number, &found.dashes, found.column);
    let (items, length) = match found.key {
        Some(_) if typed.ends_with(':') || found.rest.contains(' ') => return None,
        Some(key) => (values(&around, key), found.rest.len()),
        None if found.rest.contains([' ', '{', '[', '"', '\'']) => return None,
        None => (fields(&around, &found, docs), found.rest.len()),
    };
    let wanted = &typed[typed.len() - length..];
    let mut items: Vec<Item> = items.into_iter().filter(|item| fits(&item.label, wanted)).collect();
    let lower = wanted.to_lowercase();
    items.sort_by_key(|item| !item.label.to_lowercase().starts_with(&lower));
    (!items.is_empty()).then(|| Completion { from: index.utf16(caret - length), items })
}

/// The meaning of the field whose line a UTF-16 offset is on.
pub fn field_docs(text: &str, offset: usize, docs: &Docs) -> Option<FieldDoc> {
    let index = LineIndex::new(text);
    let number = index.line(index.byte(offset));
    let found = line(index.line_text(number))?;
    let mut around = context(&index, number, &found.dashes, found.column);
    // the line itself may name the kind
    let own = |name: &str| (found.column == 0 && found.key == Some(name)).then(|| found.rest.trim());
    around.api_version = around.api_version.or_else(|| own("apiVersion"));
    around.kind = around.kind.or_else(|| own("kind"));
    // a value in a list, or a key of a map, belongs to the field above it
    let key = match found.key.filter(|key| around.field(key).is_some()) {
        Some(key) => key,
        None => around.path.pop()?,
    };
    let (ty, field) = around.field(key)?;
    Some(FieldDoc { name: field.name.to_string(), ty: field.ty.label(), text: docs.of_field(ty, field) })
}

/// The typed letters stand in the name in their order; the first at its start or at a capital.
fn fits(label: &str, typed: &str) -> bool {
    let label = label.to_lowercase();
    let typed = typed.to_lowercase();
    label.contains(&typed)
}

fn fields(around: &Context<'_>, at: &Line<'_>, docs: &Docs) -> Vec<Item> {
    if around.path.is_empty() && around.structure().is_none() {
        return roots(around);
    }
    let Some(ty) = around.structure() else { return vec![] };
    // the entries of a map have names of their own
    if around.path.last().is_some_and(|_| owner(around).is_some_and(|field| matches!(field.ty, Ty::Map(_)))) {
        return vec![];
    }
    let free = ty.fields.iter().filter(|field| !around.siblings.contains(&field.name));
    let mut free: Vec<&Field> = free.collect();
    free.sort_by_key(|field| (rank(around, field), field.name));
    free.into_iter().map(|field| field_item(ty, field, at.column, docs)).collect()
}

/// The field that the line's structure is the value of.
fn owner(around: &Context<'_>) -> Option<&'static Field> {
    let (last, parents) = around.path.split_last()?;
    let outer =
        Context { api_version: around.api_version, kind: around.kind, path: parents.to_vec(), siblings: vec![] };
    outer.field(last).map(|found| found.1)
}

/// What one writes first comes first.
fn rank(around: &Context<'_>, field: &Field) -> usize {
    let usual: &[&str] = match around.path.last() {
        None => &["apiVersion", "kind", "metadata", "spec", "data"],
        Some(&"metadata") => &["name", "namespace", "labels", "annotations"],
        Some(&("containers" | "initContainers")) => &["name", "image", "ports", "env", "resources", "volumeMounts"],
        Some(_) => &[],
    };
    let late = usize::from(field.name == "status" || field.name == "managedFields");
    match usual.iter().position(|name| *name == field.name) {
        Some(at) => at,
        None if field.required => 100,
        None => 101 + late,
    }
}

fn field_item(ty: &Type, field: &Field, column: usize, docs: &Docs) -> Item {
    let pad = " ".repeat(column);
    let insert = match field.ty {
        Ty::List(_) => format!("{}:\n{pad}- ", field.name),
        Ty::Map(_) | Ty::Ref(_) => format!("{}:\n{pad}  ", field.name),
        _ => format!("{}: ", field.name),
    };
    let required = if field.required { " (required)" } else { "" };
    let detail = format!("{}{required}", field.ty.label());
    Item { label: field.name.to_string(), detail, docs: docs.of_field(ty, field), insert }
}

fn roots(around: &Context<'_>) -> Vec<Item> {
    let all = [
        ("apiVersion", "string", "apiVersion: "),
        ("kind", "string", "kind: "),
        ("metadata", "ObjectMeta", "metadata:\n  name: "),
        ("spec", "", "spec:\n  "),
    ];
    let free = all.into_iter().filter(|(name, ..)| !around.siblings.contains(name));
    free.map(|(name, detail, insert)| item(name, detail, insert)).collect()
}

fn item(label: &str, detail: &str, insert: &str) -> Item {
    Item { label: label.to_string(), detail: detail.to_string(), docs: String::new(), insert: insert.to_string() }
}

fn values(around: &Context<'_>, key: &str) -> Vec<Item> {
    if around.path.is_empty() && key == "apiVersion" {
        let fitting = kinds().filter(|known| around.kind.is_none_or(|kind| kind == known.1));
        let versions: BTreeSet<&str> = fitting.map(|known| known.0).collect();
        return versions.into_iter().map(|version| item(version, around.kind.unwrap_or(""), version)).collect();
    }
    if around.path.is_empty() && key == "kind" {
        let fitting = kinds().filter(|known| around.api_version.is_none_or(|version| version == known.0));
        return fitting.map(|(version, kind)| item(kind, version, kind)).collect();
    }
    let Some((_, field)) = around.field(key) else { return vec![] };
    match field.ty {
        Ty::Bool => vec![item("true", "boolean", "true"), item("false", "boolean", "false")],
        Ty::Str => field.values().iter().map(|value| item(value, key, value)).collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Completes at the `|` of a text.
    fn at(text: &str) -> Vec<String> {
        let caret = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let offset = LineIndex::new(&text).utf16(caret);
        complete(&text, offset, &Docs::built_in())
            .map_or(vec![], |found| found.items.into_iter().map(|i| i.label).collect())
    }

    const HEAD: &str = "# 한글 🚀\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n";

    #[test]
    fn names_and_values_are_proposed_where_they_fit() {
        assert_eq!(at("apiV|"), ["apiVersion"]);
        assert!(at("kind: Dep|").contains(&"Deployment".to_string()));
        assert_eq!(at("kind: Deployment\napiVersion: |"), ["apps/v1"]);
        assert_eq!(at(&format!("{HEAD}  restartP|"))[0], "restartPolicy");
        assert_eq!(at(&format!("{HEAD}  restartPolicy: |")), ["Always", "Never", "OnFailure"]);
        assert_eq!(at(&format!("{HEAD}  hostNetwork: t|")), ["true"]);
        assert_eq!(at(&format!("{HEAD}  containers:\n  - |"))[..2], ["name", "image"]);
        assert_eq!(at(&format!("{HEAD}  containers:\n  - name: c\n    |"))[0], "image");
        assert_eq!(
            at(&format!("{HEAD}  containers:\n  - name: c\n    image: x\n    ports:\n    - cont|")),
            ["containerPort"]
        );
        assert_eq!(at(&format!("{HEAD}  containers: [\n  - imageP|\n  bad: : yaml")), ["imagePullPolicy"]);
        assert_eq!(at("apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    a|"), Vec::<String>::new());
        assert_eq!(at(&format!("{HEAD}  # rest|")), Vec::<String>::new());
    }

    #[test]
    fn the_field_under_the_caret_is_explained() {
        let text = format!("{HEAD}  containers:\n  - name: c\n    image: nginx\n    args:\n    - one\n");
        let docs = Docs::built_in();
        let index = LineIndex::new(&text);
        let doc = |needle: &str| field_docs(&text, index.utf16(text.find(needle).unwrap()), &docs).unwrap();
        assert_eq!((doc("image").ty.as_str(), doc("containers").ty.as_str()), ("string", "[]Container"));
        assert!(doc("image").text.starts_with("Container image name."));
        assert_eq!(doc("one").name, "args");
        assert_eq!(doc("kind").name, "kind");
    }
}
