//! `patches`, `patchesStrategicMerge`, `patchesJson6902`, and what a target selects.
//!
//! Models: `kustomize/api/internal/builtins/Patch*Transformer.go`, `api/types/selector.go`.

use super::files::Files;
use super::merge::merge;
use super::res::{Res, by_id};
use crate::api::patch::keys::At;
use crate::api::selector::Selector;
use crate::base::text::go_quote;
use crate::base::yaml;
use crate::script::regex;
use serde_json::Value;

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

/// One entry of `patches` (or of `patchesJson6902`, which has the same form).
///
/// # Errors
/// kustomize's words.
pub fn apply(all: &mut Vec<Res>, entry: &Value, files: &mut Files<'_, '_>) -> Result<(), String> {
    let (inline, path) = (text(entry, "patch").trim().to_string(), text(entry, "path"));
    let (body, source) = match (inline.is_empty(), path.is_empty()) {
        (true, true) => return Err(format!("must specify one of patch and path in\n{}", yaml::to_yaml(entry))),
        (false, false) => {
            return Err(format!("patch and path can't be set at the same time\n{}", yaml::to_yaml(entry)));
        }
        (false, true) => {
            let source = format!("[patch: {}]", go_quote(&inline));
            (inline, source)
        }
        (true, false) => {
            let body =
                files.read(path).map_err(|why| format!("failed to get the patch file from path({path}): {why}"))?;
            (body, format!("[path: {}]", go_quote(path)))
        }
    };
    let mut documents = vec![];
    for document in yaml::documents(&body) {
        let parsed = document.result.map_err(|_| format!("unable to parse SM or JSON patch from {source}"))?;
        if !parsed.value.is_null() {
            documents.push(parsed.value);
        }
    }
    let target = entry.get("target").filter(|target| !target.is_null());
    if let [Value::Array(operations)] = documents.as_slice() {
        let Some(target) = target else { return Err(format!("must specify a target for JSON patch {source}")) };
        return json(all, operations, target);
    }
    let whole = |tree: &Value| {
        !text(tree, "kind").is_empty() && tree.pointer("/metadata/name").is_some_and(|name| name.is_string())
    };
    if documents.is_empty() || !documents.iter().all(whole) {
        return Err(format!("unable to parse SM or JSON patch from {source}"));
    }
    let Some(target) = target else { return strategic(all, documents, true) };
    let [patch] = documents.as_slice() else {
        return Err(format!(
            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {source}"
        ));
    };
    let may = |name: &str| entry.pointer(&format!("/options/{name}")).and_then(Value::as_bool).unwrap_or(false);
    let (rename, rekind) = (may("allowNameChange"), may("allowKindChange"));
    let selected = select(all, target)?;
    let mut gone = vec![];
    for at in selected {
        let (old, mut patch) = (all[at].id(), patch.clone());
        if !rename {
            patch["metadata"]["name"] = old.name.clone().into();
        }
        if !rekind {
            patch["kind"] = old.kind.clone().into();
            patch["apiVersion"] = all[at].tree["apiVersion"].clone();
        }
        if !one(&mut all[at], &patch) {
            gone.push(at);
        }
    }
    remove(all, &gone);
    Ok(())
}

/// Strategic merges that find their targets by kind and name.
///
/// # Errors
/// There is no such resource.
pub fn strategic(all: &mut Vec<Res>, patches: Vec<Value>, named: bool) -> Result<(), String> {
    for patch in patches {
        let id = super::res::Id::of(&patch);
        let at = by_id(all, &id).map_err(|why| {
            if named { format!("no resource matches strategic merge patch \"{id}\": {why}") } else { why }
        })?;
        let mut patch = patch;
        // what it is called by now stays
        patch["metadata"]["name"] = all[at].name().into();
        if let Some(meta) = patch.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("namespace");
        }
        if !one(&mut all[at], &patch) {
            remove(all, &[at]);
        }
    }
    Ok(())
}

fn remove(all: &mut Vec<Res>, gone: &[usize]) {
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Whether it is still there afterwards.
fn one(res: &mut Res, patch: &Value) -> bool {
    let kind = res.id().kind;
    res.remember();
    match merge(std::mem::take(&mut res.tree), patch, At::root(&kind)) {
        Some(tree) => {
            res.tree = tree;
            true
        }
        None => false,
    }
}

fn json(all: &mut [Res], operations: &[Value], target: &Value) -> Result<(), String> {
    for at in select(all, target)? {
        all[at].remember();
        for operation in operations {
            operate(&mut all[at].tree, operation)?;
        }
    }
    Ok(())
}

/// One operation of a JSON patch.
fn operate(tree: &mut Value, operation: &Value) -> Result<(), String> {
    let (op, path) = (text(operation, "op"), text(operation, "path"));
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let missing_path = format!("{op} operation does not apply: doc is missing path: \"{path}\": missing value");
    let exists = tree.pointer(path).is_some();
    let words = match op {
        "test" if tree.pointer(path) != operation.get("value") => format!("testing value {path} failed: test failed"),
        "add" if tree.pointer(parent).is_none() => missing_path,
        "replace" if tree.pointer(parent).is_none() => {
            format!("replace operation does not apply: doc is missing path: {path}: missing value")
        }
        "replace" if !exists => format!("replace operation does not apply: doc is missing key: {path}: missing value"),
        "remove" if tree.pointer(parent).is_none() => missing_path,
        "remove" if !exists => {
            let key = path.rsplit('/').next().unwrap_or("");
            format!("error in remove for path: '{path}': Unable to remove nonexistent key: {key}: missing value")
        }
        _ => String::new(),
    };
    if !words.is_empty() {
        return Err(words);
    }
    let patch: json_patch::Patch = serde_json::from_value(Value::Array(vec![operation.clone()]))
        .map_err(|_| format!("Unexpected kind: {}", if op.is_empty() { "unknown" } else { op }))?;
    json_patch::patch(tree, &patch).map_err(|why| why.to_string())
}

/// The resources that a target selects.
///
/// # Errors
/// An expression or a selector that cannot be read.
pub fn select(all: &[Res], target: &Value) -> Result<Vec<usize>, String> {
    let pattern = |field: &str| match text(target, field) {
        "" => Ok(None),
        source => match regex::compile(&format!("^(?:{source})$"), false) {
            Some(found) => Ok(Some(found)),
            None => Err(format!("error parsing regexp: {source}")),
        },
    };
    let (group, version, kind) = (pattern("group")?, pattern("version")?, pattern("kind")?);
    let (name, namespace) = (pattern("name")?, pattern("namespace")?);
    let labels = Selector::parse(text(target, "labelSelector"))?;
    let notes = Selector::parse(text(target, "annotationSelector"))?;
    let fits = |pattern: &Option<regex_lite::Regex>, text: &str| pattern.as_ref().is_none_or(|p| p.is_match(text));
    let map = |res: &Res, path: &str| {
        let text = |(key, value): (&String, &Value)| (key.clone(), value.as_str().unwrap_or("").to_string());
        res.map(path).map(|map| map.iter().map(text).collect()).unwrap_or_default()
    };
    let chosen = all.iter().enumerate().filter(|(_, res)| {
        let (old, now) = (res.original(), res.id());
        let of_kind = fits(&group, &now.group) && fits(&version, &now.version) && fits(&kind, &now.kind);
        let named = fits(&name, &old.name) || fits(&name, &now.name);
        let placed = fits(&namespace, old.effective_namespace()) || fits(&namespace, now.effective_namespace());
        of_kind
            && named
            && placed
            && labels.matches(&map(res, "/metadata/labels"))
            && notes.matches(&map(res, "/metadata/annotations"))
    });
    Ok(chosen.map(|(at, _)| at).collect())
}
