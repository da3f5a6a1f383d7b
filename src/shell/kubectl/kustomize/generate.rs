//! `configMapGenerator` and `secretGenerator`, and the hash of what they make.
//!
//! Models: `kustomize/api/internal/generators`, `api/kv`, `api/hasher`.

use super::files::Files;
use super::res::{Res, append};
use crate::api::validation::text as valid;
use crate::script::tools::{base64, sum};
use serde_json::{Map, Value, json};

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    let items = value.get(field).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

/// Runs one generator: `kind` is ConfigMap or Secret, `options` those for all.
///
/// # Errors
/// kustomize's words.
pub fn run(
    all: &mut Vec<Res>,
    kind: &str,
    of: &Value,
    options: &Value,
    files: &mut Files<'_, '_>,
) -> Result<(), String> {
    let name = text(of, "name");
    if name.is_empty() {
        return Err("a configmap must have a name".into());
    }
    let mut tree = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !text(of, "namespace").is_empty() {
        tree["metadata"]["namespace"] = text(of, "namespace").into();
    }
    let pairs = pairs(of, files).map_err(|why| format!("loading KV pairs: {why}"))?;
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in pairs {
        let faults = valid::config_key(&key);
        if let Some(fault) = faults.first() {
            return Err(format!("{key:?} is not a valid key name: {fault}"));
        }
        if data.contains_key(&key) || binary.contains_key(&key) {
            return Err(format!("configmap {name} illegally repeats the key `{key}`"));
        }
        match String::from_utf8(bytes) {
            Ok(text) if kind == "ConfigMap" => data.insert(key, text.into()),
            Ok(text) => data.insert(key, base64::encode(text.as_bytes()).into()),
            Err(raw) if kind == "ConfigMap" => binary.insert(key, base64::encode(raw.as_bytes()).into()),
            Err(raw) => data.insert(key, base64::encode(raw.as_bytes()).into()),
        };
    }
    if kind == "Secret" {
        tree["type"] = if text(of, "type").is_empty() { "Opaque".into() } else { text(of, "type").into() };
    }
    for (field, map) in [("data", data), ("binaryData", binary)] {
        if !map.is_empty() {
            tree[field] = Value::Object(map);
        }
    }
    let own = &of["options"];
    for field in ["annotations", "labels"] {
        let mut map = options.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
        map.extend(own.get(field).and_then(Value::as_object).cloned().unwrap_or_default());
        if !map.is_empty() {
            tree["metadata"][field] = Value::Object(map);
        }
    }
    let on = |field: &str| [own, options].iter().any(|o| o.get(field).and_then(Value::as_bool).unwrap_or(false));
    if on("immutable") {
        tree["immutable"] = true.into();
    }
    let mut res = Res::new(tree);
    res.hash = !on("disableNameSuffixHash");
    res.behavior = text(of, "behavior").to_string();
    absorb(all, res).map_err(|why| format!("merging from generator {name}: {why}"))
}

fn absorb(all: &mut Vec<Res>, mut res: Res) -> Result<(), String> {
    let id = res.id();
    let found = all.iter().position(|other| other.any_id(|old| old.same(&id)));
    let join = matches!(res.behavior.as_str(), "merge" | "replace");
    match found {
        None if join => Err(format!("id {} does not exist; cannot merge or replace", id.go())),
        None => append(all, res),
        Some(_) if !join => Err(format!(
            "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
            id.go(),
            if res.behavior.is_empty() { "unspecified" } else { &res.behavior }
        )),
        Some(at) => {
            let old = &all[at];
            let mut fields = vec!["/metadata/labels", "/metadata/annotations"];
            if res.behavior == "merge" {
                fields.extend(["/data", "/binaryData"]);
            }
            for path in fields {
                let mut map = old.map(path).cloned().unwrap_or_default();
                map.extend(res.map(path).cloned().unwrap_or_default());
                if !map.is_empty() {
                    let (parent, field) = path.rsplit_once('/').expect("every path here has a slash");
                    let holder = res.tree.pointer_mut(parent).expect("a generated tree has metadata");
                    holder[field] = Value::Object(map);
                }
            }
            res.set_name(old.name());
            if let Some(namespace) = old.tree.pointer("/metadata/namespace") {
                res.tree["metadata"]["namespace"] = namespace.clone();
            }
            res.was.clone_from(&old.was);
            res.prefixes.clone_from(&old.prefixes);
            res.suffixes.clone_from(&old.suffixes);
            res.behavior.clone_from(&old.behavior);
            all[at] = res;
            Ok(())
        }
    }
}

fn pairs(of: &Value, files: &mut Files<'_, '_>) -> Result<Vec<(String, Vec<u8>)>, String> {
    let shown = |list: &[String]| format!("[{}]", list.join(" "));
    let mut all = vec![];
    let mut envs = texts(of, "envs");
    if !text(of, "env").is_empty() {
        envs.push(text(of, "env").into());
    }
    for path in &envs {
        let named = |why: String| format!("env source files: {}: {why}", shown(&envs));
        let body = files.read(path).map_err(named)?;
        for line in body.lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            all.push((key.to_string(), value.as_bytes().to_vec()));
        }
    }
    let literals = texts(of, "literals");
    for source in &literals {
        let Some((key, value)) = source.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            let why = format!("invalid literal source {source}, expected key=value");
            return Err(format!("literal sources {}: {why}", shown(&literals)));
        };
        let bare = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(value);
        all.push((key.to_string(), bare.as_bytes().to_vec()));
    }
    let sources = texts(of, "files");
    for source in &sources {
        let named = |why: String| format!("file sources: {}: {why}", shown(&sources));
        let (key, path) = match source.split_once('=') {
            None => (source.rsplit('/').next().unwrap_or(source), source.as_str()),
            Some((_, path)) if path.contains('=') => {
                return Err(named(format!("source {source:?} key name or file path contains '='")));
            }
            Some(("", path)) => {
                return Err(named(format!("missing key name for file path {path:?} in source {source:?}")));
            }
            Some((key, "")) => {
                return Err(named(format!("missing file path for key name {key:?} in source {source:?}")));
            }
            Some(pair) => pair,
        };
        files.read(path).map_err(named)?;
        let bytes = files.cx.desk.read(&files.path(path)).map_err(named)?;
        all.push((key.to_string(), bytes.to_vec()));
    }
    Ok(all)
}

/// Ten letters that stand for the contents of a ConfigMap, a Secret, or anything else.
pub fn hash(tree: &Value) -> String {
    let part = |name: &str| tree.get(name).cloned().unwrap_or_else(|| "".into());
    let name = tree.pointer("/metadata/name").cloned().unwrap_or_else(|| "".into());
    let shown = match tree["kind"].as_str() {
        Some("ConfigMap") => {
            let mut shown = json!({"kind": "ConfigMap", "name": name, "data": part("data")});
            if let Some(binary) = tree.get("binaryData") {
                shown["binaryData"] = binary.clone();
            }
            shown
        }
        Some("Secret") => {
            let mut shown = json!({"kind": "Secret", "type": part("type"), "name": name, "data": part("data")});
            if let Some(texts) = tree.get("stringData") {
                shown["stringData"] = texts.clone();
            }
            shown
        }
        _ => tree.clone(),
    };
    let text = crate::base::yaml::to_json(&shown);
    let sum = sum::sha256(text.trim_end().as_bytes());
    let letter = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    sum.chars().take(10).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_config_map_is_kustomizes() {
        // from kustomize's own tests
        let empty = json!({"apiVersion": "v1", "kind": "ConfigMap"});
        assert_eq!(hash(&empty), "6ct58987ht");
        let one = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"one": ""}});
        assert_eq!(hash(&one), "9g67k2htb6");
    }
}
