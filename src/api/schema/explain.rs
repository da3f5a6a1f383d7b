//! The text of `kubectl explain`.
//!
//! Models: k8s.io/kubectl/pkg/explain/v2 (templates/plaintext.tmpl) and github.com/mitchellh/go-wordwrap.
//! Left out: kinds that are not in the schema (custom resources: `custom::explain`).

use super::{Docs, Field, Ty, Type, type_of};

/// How much to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth {
    pub recursive: bool,
    /// Levels of fields when recursive; 0 is all.
    pub max: usize,
}

/// The documentation of a kind or of the field at a path of names.
///
/// # Errors
/// kubectl's words after `error: `.
pub fn explain(api_version: &str, kind: &str, path: &[&str], depth: Depth, docs: &Docs) -> Result<String, String> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let ty = type_of(api_version, kind)
        .ok_or_else(|| format!("GVK map[group:{group} kind:{kind} version:{version}] not found in OpenAPI schema"))?;
    let mut out = String::new();
    if !group.is_empty() {
        out.push_str(&format!("GROUP:      {group}\n"));
    }
    out.push_str(&format!("KIND:       {kind}\nVERSION:    {version}\n\n"));
    let mut page = Page { docs, depth, out };
    page.follow(ty, path)?;
    page.out.push('\n');
    Ok(page.out)
}

struct Page<'a> {
    docs: &'a Docs,
    depth: Depth,
    out: String,
}

impl Page<'_> {
    fn follow(&mut self, root: &'static Type, path: &[&str]) -> Result<(), String> {
        let Some((last, parents)) = path.split_last() else {
            let text = self.docs.of_type(root);
            self.description(&line(&text));
            self.field_list(Some(root));
            return Ok(());
        };
        let missing = || format!("field \"{last}\" does not exist");
        let mut at = root;
        for name in parents {
            at = at.field(name).and_then(|field| field.ty.structure()).ok_or_else(missing)?;
        }
        let field = at.field(last).ok_or_else(missing)?;
        self.out.push_str(&format!("FIELD: {last} <{}>\n", field.ty.label()));
        if field.enum_name().is_some() {
            self.out.push_str("ENUM:");
            for value in field.values() {
                self.out.push_str(&format!("\n    {}", shown(value)));
            }
        }
        self.out.push_str("\n\n");
        let mut text = line(&self.docs.of_field(at, field));
        text.push_str(&line(&inner_description(self.docs, field.ty)));
        self.description(&text);
        self.field_list(field.ty.structure());
        Ok(())
    }

    fn description(&mut self, text: &str) {
        let text = if text.is_empty() { "<empty>" } else { text };
        self.out.push_str("DESCRIPTION:\n");
        self.out.push_str(&indent(&wrap(text, 76), 4));
        self.out.push('\n');
    }

    fn field_list(&mut self, structure: Option<&'static Type>) {
        if let Some(structure) = structure.filter(|found| !found.fields.is_empty()) {
            self.out.push_str("FIELDS:\n");
            self.fields(structure, 1, &mut vec![]);
        }
    }

    fn fields(&mut self, ty: &'static Type, level: usize, seen: &mut Vec<&'static str>) {
        if seen.contains(&ty.name) {
            return;
        }
        seen.push(ty.name);
        for field in ty.fields {
            self.field(ty, field, level);
            if self.depth.recursive
                && (self.depth.max == 0 || level < self.depth.max)
                && let Some(inner) = field.ty.structure()
            {
                self.fields(inner, level + 1, seen);
            }
        }
        seen.pop();
    }

    fn field(&mut self, ty: &Type, field: &Field, level: usize) {
        let margin = level * 2;
        let required = if field.required { " -required-" } else { "" };
        self.out.push_str(&format!("{:margin$}{}\t<{}>{required}", "", field.name, field.ty.label()));
        if field.enum_name().is_some() {
            let values = field.values();
            let first: Vec<&str> = values.iter().take(4).map(|value| shown(value)).collect();
            let more = if values.len() > 4 { ", ...." } else { "" };
            self.out.push_str(&format!("\n{:margin$}enum: {}{more}", "", first.join(", ")));
        }
        self.out.push('\n');
        if !self.depth.recursive {
            let text = self.docs.of_field(ty, field);
            let text = if text.is_empty() { "<no description>".to_string() } else { text };
            self.out.push_str(&indent(&wrap(&text, 78 - margin.min(70)), margin + 2));
            self.out.push_str("\n\n");
        }
    }
}

/// What the types behind a field say of themselves.
pub(super) fn inner_description(docs: &Docs, ty: Ty) -> String {
    match ty {
        Ty::List(inner) | Ty::Map(inner) => inner_description(docs, *inner),
        Ty::Ref(_) => ty.structure().map(|found| docs.of_type(found)).unwrap_or_default(),
        Ty::Quantity => docs.of_name("io.k8s.apimachinery.pkg.api.resource.Quantity"),
        Ty::IntOrString => docs.of_name("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
        Ty::Time => docs.of_name("io.k8s.apimachinery.pkg.apis.meta.v1.Time"),
        Ty::MicroTime => docs.of_name("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"),
        _ => String::new(),
    }
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

pub(in crate::api) fn line(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

pub(in crate::api) fn indent(text: &str, margin: usize) -> String {
    let pad = " ".repeat(margin);
    format!("{pad}{}", text.replace('\n', &format!("\n{pad}")))
}

/// Breaks lines at spaces so that they are at most `limit` long; words that are longer stay whole.
pub(in crate::api) fn wrap(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    let (mut word, mut space) = (String::new(), String::new());
    let (mut column, mut word_length, mut space_length) = (0, 0, 0);
    for c in text.chars() {
        if c == '\n' {
            if !word.is_empty() || column + space_length <= limit {
                out.push_str(&space);
            }
            out.push_str(&word);
            out.push('\n');
            word.clear();
            space.clear();
            (column, word_length, space_length) = (0, 0, 0);
        } else if c.is_whitespace() && c != '\u{a0}' {
            if space.is_empty() || !word.is_empty() {
                column += space_length + word_length;
                out.push_str(&space);
                out.push_str(&word);
                space.clear();
                word.clear();
                (word_length, space_length) = (0, 0);
            }
            space.push(c);
            space_length += 1;
        } else {
            word.push(c);
            word_length += 1;
            if column + word_length + space_length > limit && word_length < limit {
                out.push('\n');
                column = 0;
                space.clear();
                space_length = 0;
            }
        }
    }
    if !word.is_empty() || column + space_length <= limit {
        out.push_str(&space);
    }
    out.push_str(&word);
    out
}
