//! The text of `kubectl explain --output plaintext-openapiv2`, the older form.
//!
//! Models: k8s.io/kubectl/pkg/explain (model_printer.go, fields_printer.go, recursive_fields_printer.go, formatter.go).
//! Left out: kinds that are not in the schema (custom resources).

use super::explain::inner_description;
use super::{Docs, Ty, Type, type_of};

/// Columns of a line.
const WIDTH: usize = 80;

/// The documentation of a kind or of the field at a path of names.
///
/// # Errors
/// kubectl's words after `error: `.
pub fn explain(api_version: &str, kind: &str, path: &[&str], recursive: bool, docs: &Docs) -> Result<String, String> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let root = type_of(api_version, kind)
        .ok_or_else(|| format!("couldn't find resource for \"{group}/{version}, Kind={kind}\""))?;
    let mut out = format!("KIND:     {kind}\nVERSION:  {api_version}\n\n");
    let Some((last, parents)) = path.split_last() else {
        describe(&[docs.of_type(root)], &mut out);
        fields(root, recursive, docs, &mut out);
        return Ok(out);
    };
    let mut at = root;
    for name in parents {
        let missing = || format!("field \"{name}\" does not exist");
        at = at.field(name).and_then(|field| field.ty.structure()).ok_or_else(missing)?;
    }
    let field = at.field(last).ok_or_else(|| format!("field \"{last}\" does not exist"))?;
    let word = if field.ty.structure().is_some() { "RESOURCE: " } else { "FIELD:    " };
    out.push_str(&format!("{word}{last} <{}>\n\n", type_name(field.ty)));
    describe(&[docs.of_field(at, field), inner_description(docs, field.ty)], &mut out);
    if let Some(inner) = field.ty.structure() {
        fields(inner, recursive, docs, &mut out);
    }
    Ok(out)
}

fn type_name(ty: Ty) -> String {
    match ty {
        Ty::Int32 | Ty::Int64 => "integer".into(),
        Ty::Float => "number".into(),
        Ty::Bool => "boolean".into(),
        Ty::Ref(_) | Ty::Any => "Object".into(),
        Ty::List(inner) => format!("[]{}", type_name(*inner)),
        Ty::Map(inner) => format!("map[string]{}", type_name(*inner)),
        Ty::Str | Ty::Time | Ty::MicroTime | Ty::Quantity | Ty::IntOrString | Ty::Bytes => "string".into(),
    }
}

fn describe(texts: &[String], out: &mut String) {
    out.push_str("DESCRIPTION:\n");
    let mut first = true;
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if !std::mem::take(&mut first) {
            out.push('\n');
        }
        wrapped(text, 5, out);
    }
    if first {
        wrapped("<empty>", 5, out);
    }
}

fn fields(ty: &'static Type, recursive: bool, docs: &Docs, out: &mut String) {
    out.push_str("\nFIELDS:\n");
    if recursive {
        return nested(ty, 3, &mut vec![], out);
    }
    for field in ty.fields {
        let required = if field.required { " -required-" } else { "" };
        out.push_str(&format!("   {}\t<{}>{required}\n", field.name, type_name(field.ty)));
        wrapped(&docs.of_field(ty, field), 5, out);
        out.push('\n');
    }
}

fn nested(ty: &'static Type, margin: usize, seen: &mut Vec<&'static str>, out: &mut String) {
    if seen.contains(&ty.name) {
        return;
    }
    seen.push(ty.name);
    for field in ty.fields {
        out.push_str(&format!("{:margin$}{}\t<{}>\n", "", field.name, type_name(field.ty)));
        if let Some(inner) = field.ty.structure() {
            nested(inner, margin + 3, seen, out);
        }
    }
    seen.pop();
}

/// Words in lines that end before the last column; code, lists and empty lines stay lines of their own.
fn wrapped(text: &str, margin: usize, out: &mut String) {
    let room = WIDTH - margin;
    let mut lines: Vec<String> = vec![];
    let mut line = String::new();
    let mut last = String::new();
    for source in text.split('\n') {
        let flush = |line: &mut String, lines: &mut Vec<String>| {
            if !line.is_empty() {
                lines.push(std::mem::take(line));
            }
        };
        if source.starts_with("    ") {
            flush(&mut line, &mut lines);
            lines.push(source.into());
            continue;
        }
        let bare = source.trim();
        if bare.is_empty() && !(lines.is_empty() && line.is_empty()) {
            flush(&mut line, &mut lines);
            lines.push(String::new());
            continue;
        }
        if last.ends_with(':') || bare.is_empty() || is_item(bare) {
            flush(&mut line, &mut lines);
        }
        for word in source.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                flush(&mut line, &mut lines);
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            last = word.into();
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    for line in lines {
        if !line.is_empty() {
            out.push_str(&" ".repeat(margin));
            out.push_str(&line);
        }
        out.push('\n');
    }
}

/// `- x`, `* x`, `1. x`.
fn is_item(line: &str) -> bool {
    let Some((mark, _)) = line.split_once(char::is_whitespace) else { return false };
    let number = mark.strip_suffix('.').unwrap_or(mark);
    mark == "-" || mark == "*" || (!number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}
