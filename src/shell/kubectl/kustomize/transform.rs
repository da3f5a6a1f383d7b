//! The simple transformers: namespace, prefix and suffix, labels, annotations, replicas, images.
//!
//! Models: `kustomize/api/internal/builtins`, `api/filters`.

use super::fields;
use super::res::Res;
use crate::script::regex;
use serde_json::{Map, Value, json};

type Texts = Map<String, Value>;

/// `namespace`: of everything that has one, and of the Namespace itself.
///
/// # Errors
/// Two resources become one.
pub fn namespace(all: &mut [Res], to: &str) -> Result<(), String> {
    for at in 0..all.len() {
        let id = all[at].id();
        all[at].remember();
        let tree = &mut all[at].tree;
        if !id.cluster_scoped() {
            tree["metadata"]["namespace"] = to.into();
        }
        if id.kind == "Namespace" && id.group.is_empty() {
            tree["metadata"]["name"] = to.into();
        }
        if matches!(id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            fields::at(tree, "subjects", false, &mut |subject| {
                if subject["name"] == "default" {
                    subject["namespace"] = to.into();
                }
            });
        }
        let now = all[at].id();
        let same: Vec<String> = all.iter().filter(|res| res.id().same(&now)).map(|res| res.id().to_string()).collect();
        if same.len() != 1 {
            return Err(format!("namespace transformation produces ID conflict: [{}]", same.join(" ")));
        }
    }
    Ok(())
}

/// `namePrefix` and `nameSuffix`; namespaces and CustomResourceDefinitions keep their names.
pub fn affixes(all: &mut [Res], prefix: &str, suffix: &str) {
    for res in all {
        let id = res.original();
        if matches!(id.kind.as_str(), "CustomResourceDefinition" | "Namespace" | "APIService") {
            continue;
        }
        if !prefix.is_empty() {
            res.prefixes.push(prefix.into());
            res.remember();
            res.set_name(format!("{prefix}{}", res.name()));
        }
        if !suffix.is_empty() {
            res.suffixes.push(suffix.into());
            res.remember();
            res.set_name(format!("{}{suffix}", res.name()));
        }
    }
}

fn put(node: &mut Value, texts: &Texts) {
    if node.is_null() {
        *node = json!({});
    }
    if let Value::Object(map) = node {
        map.extend(texts.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// An entry of `labels`, or `commonLabels` (which reach selectors).
pub fn labels(all: &mut [Res], entry: &Value) {
    let on = |field: &str| entry.get(field).and_then(Value::as_bool).unwrap_or(false);
    let Some(pairs) = entry.get("pairs").and_then(Value::as_object) else { return };
    for res in all {
        let (selectors, templates) = (on("includeSelectors"), on("includeTemplates"));
        for (path, create) in fields::labels(&res.id(), selectors, templates, on("includeVolumeClaimTemplates")) {
            fields::at(&mut res.tree, &path, create, &mut |node| put(node, pairs));
        }
        for spec in entry.get("fields").and_then(Value::as_array).into_iter().flatten() {
            let text = |field: &str| spec.get(field).and_then(Value::as_str).unwrap_or("");
            let id = res.id();
            if (text("kind").is_empty() || text("kind") == id.kind)
                && (text("group").is_empty() || text("group") == id.group)
            {
                let create = spec.get("create").and_then(Value::as_bool).unwrap_or(false);
                fields::at(&mut res.tree, text("path"), create, &mut |node| put(node, pairs));
            }
        }
    }
}

/// `commonAnnotations`.
pub fn annotations(all: &mut [Res], notes: &Texts) {
    for res in all {
        for path in fields::annotations(&res.id()) {
            fields::at(&mut res.tree, &path, true, &mut |node| put(node, notes));
        }
    }
}

/// An entry of `replicas`.
///
/// # Errors
/// Nothing of that name has replicas.
pub fn replicas(all: &mut [Res], entry: &Value) -> Result<(), String> {
    let name = entry.get("name").and_then(Value::as_str).unwrap_or("");
    let count = entry.get("count").cloned().unwrap_or_else(|| 0.into());
    const KINDS: [&str; 4] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    let mut found = false;
    for res in all.iter_mut() {
        if res.any_id(|id| id.name == name && KINDS.contains(&id.kind.as_str())) {
            found = true;
            fields::at(&mut res.tree, "spec/replicas", true, &mut |node| *node = count.clone());
        }
    }
    if found {
        return Ok(());
    }
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("{kind}.[noVer].[noGrp]")).collect();
    Err(format!("resource with name {name} does not match a config with the following GVK [{}]", kinds.join(" ")))
}

/// An entry of `images`.
pub fn images(all: &mut [Res], entry: &Value) {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or("").to_string();
    let form =
        format!("^{}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$", text("name"));
    let Some(form) = regex::compile(&form, false) else { return };
    let tag = entry.get("newTag").map(|tag| tag.as_str().map_or_else(|| tag.to_string(), str::to_string));
    let change = |image: &str| {
        if !form.is_match(image) {
            return image.to_string();
        }
        let (mut name, mut old_tag, mut digest) = split(image);
        if !text("newName").is_empty() {
            name = text("newName");
        }
        let new_tag = tag.clone().unwrap_or_default();
        match (new_tag.is_empty(), text("digest").is_empty()) {
            (false, no_digest) => {
                old_tag = new_tag;
                digest = if no_digest { String::new() } else { text("digest") };
            }
            (true, false) => (old_tag, digest) = (String::new(), text("digest")),
            (true, true) if !text("tagSuffix").is_empty() => {
                old_tag += &text("tagSuffix");
                digest = String::new();
            }
            _ => {}
        }
        let tag = if old_tag.is_empty() { String::new() } else { format!(":{old_tag}") };
        let digest = if digest.is_empty() { String::new() } else { format!("@{digest}") };
        format!("{name}{tag}{digest}")
    };
    for res in all {
        if res.id().kind != "CustomResourceDefinition" {
            containers(&mut res.tree, &change);
        }
    }
}

fn containers(tree: &mut Value, change: &dyn Fn(&str) -> String) {
    match tree {
        Value::Array(items) => items.iter_mut().for_each(|item| containers(item, change)),
        Value::Object(map) => {
            for (key, below) in map.iter_mut() {
                if matches!(key.as_str(), "containers" | "initContainers") {
                    fields::at(below, "image", false, &mut |node| {
                        if let Some(image) = node.as_str() {
                            *node = change(image).into();
                        }
                    });
                }
                containers(below, change);
            }
        }
        _ => {}
    }
}

/// Name, tag and digest of an image.
fn split(image: &str) -> (String, String, String) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[slash..].split_once(':') {
        Some((name, tag)) => (&rest[..slash + name.len()], tag),
        None => (rest, ""),
    };
    (name.into(), tag.into(), digest.into())
}
