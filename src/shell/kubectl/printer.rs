//! `-o`: one object or a list as YAML, JSON, names, JSONPath, templates, columns. Tables are `table`'s.
//!
//! Models: `cli-runtime/pkg/printers`, `kubectl/pkg/cmd/get/customcolumn.go`.

use super::{Args, Cx, Failure, go_template};
use crate::api::Object;
use crate::api::schema::order::in_order;
use crate::base::jsonpath::{self, Template};
use crate::base::table::TabWriter;
use crate::base::yaml::{Ordered, go_text, ordered_json, to_json, to_json_pretty, to_kyaml, to_yaml};
use serde_json::{Value, json};

/// What `kubectl get` allows.
pub const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
/// What verbs that print one object allow.
pub const OBJECT_FORMATS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

/// How the result of a verb is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// No `-o`: the verb's own words or table.
    Own,
    Wide,
    Name,
    Yaml,
    Kyaml,
    Json,
    JsonPath(Text),
    JsonPathAsJson(String),
    /// And whether missing keys are mistakes.
    GoTemplate(Text, bool),
    /// And whether the header is left out.
    CustomColumns(Text, bool),
}

/// A template as typed, or in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    Here(String),
    File(String),
}

impl Text {
    fn read(&self, cx: &mut Cx<'_>) -> Result<String, Failure> {
        match self {
            Text::Here(text) => Ok(text.clone()),
            Text::File(path) => match cx.desk.read(path) {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                Err(why) => Err(Failure::error(format!("error reading --template {path}, open {path}: {why}\n"))),
            },
        }
    }
}

impl Format {
    /// Reads `-o` and `--template`.
    ///
    /// # Errors
    /// `error: unable to match a printer suitable for the output format "x", allowed formats are: ...`.
    pub fn of(args: &Args, allowed: &str) -> Result<Format, Failure> {
        let output = args.text("output");
        let strict = super::flags::parse_bool(args.text("allow-missing-template-keys")) == Some(false);
        let typed = args.given("template").unwrap_or("");
        if output.is_empty() && !typed.is_empty() {
            return Ok(Format::GoTemplate(Text::Here(typed.into()), strict));
        }
        let (name, value) = match output.split_once('=') {
            Some((name, value)) => (name, value),
            None => (output, typed),
        };
        let known = name.is_empty() || allowed.split(',').any(|format| format == name);
        let missing = |what: &str| Failure::error(format!("template format specified but no {what} given"));
        let here = Text::Here(value.to_string());
        let file = Text::File(value.to_string());
        Ok(match name {
            _ if !known => return Err(unknown(output, allowed)),
            "" => Format::Own,
            "wide" => Format::Wide,
            "name" => Format::Name,
            "yaml" => Format::Yaml,
            "kyaml" => Format::Kyaml,
            "json" => Format::Json,
            "jsonpath" | "jsonpath-as-json" | "jsonpath-file" | "go-template" | "go-template-file" | "template"
            | "templatefile"
                if value.is_empty() =>
            {
                return Err(missing("template"));
            }
            "jsonpath" => Format::JsonPath(here),
            "jsonpath-as-json" => Format::JsonPathAsJson(value.into()),
            "jsonpath-file" => Format::JsonPath(file),
            "go-template" | "template" => Format::GoTemplate(here, strict),
            "go-template-file" | "templatefile" => Format::GoTemplate(file, strict),
            "custom-columns" | "custom-columns-file" if value.is_empty() => {
                return Err(Failure::error(format!("{name} format specified but no {name} given")));
            }
            "custom-columns" => Format::CustomColumns(here, args.bool("no-headers")),
            "custom-columns-file" => Format::CustomColumns(file, args.bool("no-headers")),
            _ => return Err(unknown(output, allowed)),
        })
    }

    pub fn is_table(&self) -> bool {
        matches!(self, Format::Own | Format::Wide)
    }
}

fn unknown(output: &str, allowed: &str) -> Failure {
    Failure::error(format!(
        "unable to match a printer suitable for the output format {output:?}, allowed formats are: {allowed}"
    ))
}

/// The object as the server sends it: with the fields that are always there, even when they hold nothing.
pub fn wire(object: &Object) -> Value {
    object.to_wire()
}

/// Prints the object of a writing verb: by `-o`, or `kind/name done`.
pub fn print(object: &Object, done: &str, format: &Format, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if format.is_table() {
        let names = object.kind.names();
        cx.line(format_args!("{}/{} {done}", names.qualified(), object.name()));
        return Ok(());
    }
    print_all(std::slice::from_ref(object), true, format, cx)
}

/// Prints one object, or several as a List.
///
/// # Errors
/// A template that cannot be read or applied.
pub fn print_all(objects: &[Object], single: bool, format: &Format, cx: &mut Cx<'_>) -> Result<(), Failure> {
    if let Format::Name = format {
        for object in objects {
            let text = format!("{}/{}", object.kind.names().qualified(), object.name());
            cx.span(super::Span::plain(text).link(object.key()));
            cx.out("\n");
        }
        return Ok(());
    }
    let owners = shows_owners(format, objects.len(), cx);
    let form = |object: &Object| if owners { object.to_wire_managed() } else { wire(object) };
    let trees: Vec<Value> = objects.iter().map(form).collect();
    let whole = match trees.as_slice() {
        [one] if single => one.clone(),
        _ => json!({"apiVersion": "v1", "items": trees, "kind": "List", "metadata": {"resourceVersion": ""}}),
    };
    print_value(&whole, format, cx)
}

/// Whether managedFields can be seen in this form of that many objects. In a long list they are only worked out for a
/// template that names them.
fn shows_owners(format: &Format, count: usize, cx: &mut Cx<'_>) -> bool {
    let text = match format {
        Format::Own | Format::Wide | Format::Name => return false,
        Format::Yaml | Format::Kyaml | Format::Json => return cx.config.show_managed,
        Format::JsonPathAsJson(text) => Ok(text.clone()),
        Format::JsonPath(text) | Format::GoTemplate(text, _) | Format::CustomColumns(text, _) => text.read(cx),
    };
    count <= FEW || text.is_ok_and(|text| text.contains("managedFields"))
}

const FEW: usize = 300;

/// The tree without managedFields.
fn without_owners(tree: &Value) -> Value {
    let mut tree = tree.clone();
    let strip = |value: &mut Value| {
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("managedFields");
        }
    };
    strip(&mut tree);
    tree.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten().for_each(strip);
    tree
}

/// Prints any tree in one of the forms that need no table.
///
/// # Errors
/// As [`print_all`].
pub fn print_value(tree: &Value, format: &Format, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let has = |value: &Value| value.pointer("/metadata/managedFields").is_some();
    let any = has(tree) || tree.get("items").and_then(Value::as_array).is_some_and(|items| items.iter().any(has));
    if any && matches!(format, Format::Yaml | Format::Kyaml | Format::Json) && !cx.config.show_managed {
        return print_value(&without_owners(tree), format, cx);
    }
    match format {
        Format::Own | Format::Wide | Format::Name => {}
        Format::Yaml => cx.out(to_yaml(tree)),
        Format::Kyaml => {
            let text = to_kyaml(&order(tree, cx));
            cx.out(text);
        }
        Format::Json => {
            let text = ordered_json(&order(tree, cx), Some("    "));
            cx.out(format!("{text}\n"));
        }
        Format::JsonPath(text) => {
            let text = text.read(cx)?;
            let rendered = parse(&text)?.render(tree).map_err(|why| not_executed(&text, &why, tree))?;
            cx.out(rendered);
        }
        Format::JsonPathAsJson(text) => {
            let template = parse(text)?;
            let parts = template.results(tree).map_err(|why| not_executed(text, &why, tree))?;
            let all: Vec<Value> = parts.iter().flatten().map(|value| value.as_ref().clone()).collect();
            cx.out(format!("{}\n", to_json_pretty(&Value::Array(all)).trim_end()));
        }
        Format::GoTemplate(text, strict) => {
            let text = text.read(cx)?;
            match go_template::render(&text, tree, *strict) {
                Ok(rendered) => cx.out(rendered),
                Err(failed) => {
                    cx.out(failed.output);
                    return Err(failed.failure);
                }
            }
        }
        Format::CustomColumns(text, bare) => {
            let text = text.read(cx)?;
            let file = matches!(format, Format::CustomColumns(Text::File(_), _));
            let columns = columns(&text, file)?;
            custom_columns(&columns, tree, *bare, cx);
        }
    }
    Ok(())
}

/// Verbs that work with the types of Go print their fields in the order of those; all others print maps, sorted.
fn order<'a>(tree: &'a Value, cx: &Cx<'_>) -> Ordered<'a> {
    if cx.config.typed { in_order(tree) } else { Ordered::Plain(tree) }
}

/// Whether a verb works with the types of Go.
pub fn is_typed(args: &Args) -> bool {
    let mut words = args.path.split(' ').skip(1);
    match words.next().unwrap_or("") {
        "create" => words.next().is_some(),
        "run" | "autoscale" | "taint" | "set" | "certificate" | "config" => true,
        "rollout" | "auth" => true,
        "expose" => args.text("dry-run") == "client",
        _ => false,
    }
}

fn parse(text: &str) -> Result<Template, Failure> {
    Template::parse(text).map_err(|why| Failure::error(format!("error parsing jsonpath {text}, {why}")))
}

fn not_executed(text: &str, why: &str, tree: &Value) -> Failure {
    Failure::error(format!(
        "error executing jsonpath {text:?}: Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
        go_syntax(tree)
    ))
}

/// As Go prints it with `%#v`.
fn go_syntax(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(text) => crate::base::text::go_quote(text),
        Value::Array(items) => format!("[]interface {{}}{{{}}}", list(items.iter().map(go_syntax).collect())),
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let pairs =
                keys.into_iter().map(|key| format!("{}:{}", crate::base::text::go_quote(key), go_syntax(&map[key])));
            format!("map[string]interface {{}}{{{}}}", list(pairs.collect()))
        }
        other => to_json(other),
    }
}

/// `NAME:.metadata.name,...`, or two lines of a file: headers and paths.
fn columns(text: &str, file: bool) -> Result<Vec<(String, Template)>, Failure> {
    let mut pairs: Vec<(String, String)> = vec![];
    if file {
        let mut lines = text.lines();
        let (heads, paths) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
        let (heads, paths): (Vec<&str>, Vec<&str>) =
            (heads.split_whitespace().collect(), paths.split_whitespace().collect());
        if heads.len() != paths.len() {
            return Err(Failure::error(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                heads.len(),
                paths.len()
            )));
        }
        pairs.extend(heads.iter().zip(paths).map(|(head, path)| (head.to_string(), path.to_string())));
    } else {
        for part in split_columns(text) {
            let Some((head, path)) = part.split_once(':') else {
                return Err(Failure::error(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                )));
            };
            pairs.push((head.to_string(), path.to_string()));
        }
    }
    pairs
        .into_iter()
        .map(|(head, path)| {
            let path = jsonpath::relaxed(&path).map_err(Failure::error)?;
            Ok((head, parse(&path)?))
        })
        .collect()
}

/// Commas part columns, but not inside of brackets and quotes.
fn split_columns(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quote) = (vec![String::new()], 0, None);
    for c in text.chars() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('\'' | '"', None) if depth > 0 => quote = Some(c),
            ('[' | '(' | '{', None) => depth += 1,
            (']' | ')' | '}', None) => depth -= 1,
            (',', None) if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}

fn custom_columns(columns: &[(String, Template)], tree: &Value, bare: bool, cx: &mut Cx<'_>) {
    let mut text = String::new();
    let mut line = |cells: Vec<String>| {
        text.push_str(&cells.join("\t"));
        text.push('\n');
    };
    if !bare {
        line(columns.iter().map(|(head, _)| head.clone()).collect());
    }
    let items = match tree.get("items").and_then(Value::as_array) {
        Some(items) if tree["kind"] == "List" => items.iter().collect(),
        _ => vec![tree],
    };
    for item in items {
        line(columns.iter().map(|(_, template)| cell(template, item)).collect());
    }
    // Line ends inside of a value stay, unlike in the tables of the server.
    cx.out(TabWriter::table().write(&text));
}

fn cell(template: &Template, item: &Value) -> String {
    let found = template.results(item).unwrap_or_default();
    let texts: Vec<String> = found.iter().flatten().map(|value| go_value(value)).collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",") }
}

/// As Go prints it with `%v`.
fn go_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".into(),
        Value::Object(_) | Value::Array(_) => go_text(value),
        other => to_json(other),
    }
}
