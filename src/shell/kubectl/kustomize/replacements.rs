//! `replacements`: a value of one resource put into fields of others.
//!
//! Models: `kustomize/api/filters/replacement`.
//! Left out: regular expressions in targets; lists by `[=value]`.

use super::patch::select;
use super::res::Res;
use serde_json::{Value, json};

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

/// `spec.template.spec.containers.[name=web].image` in parts; a backslash keeps a dot.
fn parts(path: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in path.chars() {
        match c {
            '\\' if !quoted => {
                quoted = true;
                continue;
            }
            '.' if depth == 0 && !quoted => {
                parts.push(String::new());
                continue;
            }
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        quoted = false;
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.iter().map(|part| part.replace("\\.", ".")).collect()
}

/// Calls `act` for what stands at a path; false when nothing does.
fn reach(tree: &mut Value, path: &[String], create: bool, act: &mut dyn FnMut(&mut Value)) -> bool {
    let Some((first, rest)) = path.split_first() else {
        act(tree);
        return true;
    };
    match tree {
        Value::Array(items) => {
            let wanted = first.trim_start_matches('[').trim_end_matches(']');
            let mut found = false;
            for (at, item) in items.iter_mut().enumerate() {
                let fits = match wanted.split_once('=') {
                    Some((key, value)) => text(item, key) == value,
                    None => wanted == "*" || wanted.parse() == Ok(at),
                };
                found |= fits && reach(item, rest, create, act);
            }
            found
        }
        Value::Object(map) => {
            if !map.contains_key(first) && create {
                map.insert(first.clone(), if rest.is_empty() { Value::Null } else { json!({}) });
            }
            map.get_mut(first).is_some_and(|below| reach(below, rest, create, act))
        }
        _ => false,
    }
}

/// One entry of `replacements`.
///
/// # Errors
/// kustomize's words.
pub fn apply(all: &mut [Res], entry: &Value) -> Result<(), String> {
    let targets = entry.get("targets").and_then(Value::as_array);
    let (Some(source), Some(targets)) = (entry.get("source"), targets) else {
        return Err("replacements must specify a source and at least one target".into());
    };
    let shown = ["kind", "name", "namespace"].map(|field| text(source, field)).join(" ");
    let exact = |field: &str| regex_lite::escape(text(source, field));
    let place = json!({"group": exact("group"), "version": exact("version"), "kind": exact("kind"), "name": exact("name"), "namespace": exact("namespace")});
    let from = match select(all, &place)?.as_slice() {
        [one] => *one,
        [] => return Err(format!("nothing selected by {}", shown.trim())),
        _ => return Err(format!("multiple matches for selector {}", shown.trim())),
    };
    let path = if text(source, "fieldPath").is_empty() { "metadata.name" } else { text(source, "fieldPath") };
    let mut value = Value::Null;
    reach(&mut all[from].tree.clone(), &parts(path), false, &mut |node| value = node.clone());
    if value.is_null() {
        let id = all[from].id();
        return Err(format!("fieldPath `{path}` is missing for replacement source {id}"));
    }
    if let Some(piece) = piece(&value, source.get("options"))? {
        value = piece.into();
    }
    for target in targets {
        let Some(chosen) = target.get("select") else {
            return Err("target must specify resources to select".into());
        };
        let paths: Vec<&str> = target
            .get("fieldPaths")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let paths = if paths.is_empty() { vec!["metadata.name"] } else { paths };
        let options = target.get("options");
        let create = options.and_then(|o| o.get("create")).and_then(Value::as_bool).unwrap_or(false);
        let mut rejected = vec![];
        for reject in target.get("reject").and_then(Value::as_array).into_iter().flatten() {
            rejected.extend(select(all, reject)?);
        }
        for at in select(all, chosen)?.into_iter().filter(|at| !rejected.contains(at)) {
            for path in &paths {
                let set = &mut |node: &mut Value| put(node, &value, options);
                if !reach(&mut all[at].tree, &parts(path), create, set) {
                    return Err(format!("unable to find field \"{path}\" in replacement target"));
                }
            }
        }
    }
    Ok(())
}

/// The part of the source that `delimiter` and `index` choose.
fn piece(value: &Value, options: Option<&Value>) -> Result<Option<String>, String> {
    let Some(options) = options.filter(|o| !text(o, "delimiter").is_empty()) else { return Ok(None) };
    let Some(whole) = value.as_str() else {
        return Err("delimiter option can only be used with scalar nodes".into());
    };
    let index = options.get("index").and_then(Value::as_i64).unwrap_or(0);
    let found = usize::try_from(index).ok().and_then(|n| whole.split(text(options, "delimiter")).nth(n));
    found
        .map(|piece| Some(piece.to_string()))
        .ok_or_else(|| format!("options.index {index} is out of bounds for value {whole}"))
}

fn put(node: &mut Value, value: &Value, options: Option<&Value>) {
    let delimiter = options.map_or("", |o| text(o, "delimiter"));
    let (Some(old), Some(new)) = (node.as_str(), value.as_str()) else {
        *node = value.clone();
        return;
    };
    if delimiter.is_empty() {
        *node = value.clone();
        return;
    }
    let mut pieces: Vec<String> = old.split(delimiter).map(str::to_string).collect();
    let index = options.and_then(|o| o.get("index")).and_then(Value::as_i64).unwrap_or(0);
    match usize::try_from(index) {
        Err(_) => pieces.insert(0, new.into()),
        Ok(at) if at >= pieces.len() => pieces.push(new.into()),
        Ok(at) => pieces[at] = new.into(),
    }
    *node = pieces.join(delimiter).into();
}
