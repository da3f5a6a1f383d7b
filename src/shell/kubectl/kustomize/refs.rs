//! Names that follow what they name: a ConfigMap got a hash, so the pod that mounts it names it anew.
//!
//! Models: `kustomize/api/filters/nameref`, `api/internal/accumulator/namereferencetransformer.go`.
//! Left out: references in annotations of ingresses; the whole objects in the message about several candidates.

use super::fields;
use super::res::{Id, Res};
use serde_json::Value;

/// What a reference may lead to.
struct Candidate {
    was: Vec<Id>,
    is: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// Renames every reference to a resource that has been renamed.
///
/// # Errors
/// Several resources could be meant.
pub fn fix(all: &mut [Res]) -> Result<(), String> {
    let candidates: Vec<Candidate> = all
        .iter()
        .filter(|res| !res.was.is_empty())
        .map(|res| Candidate {
            was: res.was.clone(),
            is: res.id(),
            prefixes: res.prefixes.clone(),
            suffixes: res.suffixes.clone(),
        })
        .collect();
    if candidates.is_empty() {
        return Ok(());
    }
    for res in all {
        let me = res.id();
        let (prefixes, suffixes) = (res.prefixes.clone(), res.suffixes.clone());
        let role_kind = res.tree.pointer("/roleRef/kind").and_then(Value::as_str).map(str::to_string);
        for (kind, group, path) in fields::references(&me.kind) {
            let mut fault = None;
            let pick = |name: &str| {
                let fits = |c: &&Candidate| {
                    c.was.iter().any(|id| id.name == name)
                        && c.was.iter().any(|id| id.kind == kind && (group == "*" || id.group == group))
                        && (!path.ends_with("roleRef/name") || role_kind.as_deref().is_none_or(|k| k == kind))
                        && (me.cluster_scoped()
                            || c.is.cluster_scoped()
                            || c.is.kind == "ServiceAccount"
                            || c.is.effective_namespace() == me.effective_namespace())
                };
                let mut found: Vec<&Candidate> = candidates.iter().filter(fits).collect();
                if found.len() > 1 {
                    found.retain(|c| c.prefixes == prefixes && c.suffixes == suffixes);
                }
                found
            };
            fields::at(&mut res.tree, &path, false, &mut |node| {
                let name = match &*node {
                    Value::String(name) => name.clone(),
                    Value::Object(map) => map.get("name").and_then(Value::as_str).unwrap_or("").to_string(),
                    _ => return,
                };
                let mut found = pick(&name);
                if let Some(namespace) = node.get("namespace").and_then(Value::as_str) {
                    let here = |id: &Id| id.effective_namespace() == namespace;
                    found.retain(|c| c.was.iter().any(here) || here(&c.is));
                }
                let Some(first) = found.first() else { return };
                if found.iter().any(|c| c.is.name != first.is.name) {
                    let ids: Vec<String> = found.iter().map(|c| c.is.to_string()).collect();
                    fault.get_or_insert(format!(
                        "updating name reference in '{path}' field of '{me}': found multiple possible referrals: {}",
                        ids.join(", ")
                    ));
                    return;
                }
                match node {
                    Value::String(name) => name.clone_from(&first.is.name),
                    node => {
                        node["name"] = first.is.name.clone().into();
                        if !first.is.namespace.is_empty() {
                            node["namespace"] = first.is.namespace.clone().into();
                        }
                    }
                }
            });
            if let Some(words) = fault {
                return Err(words);
            }
        }
    }
    Ok(())
}
