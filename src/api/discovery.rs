//! What the server says it serves: its resources, groups and versions, as `kubectl api-resources` and the paths `/api`, `/apis`
//! and `/version` show them.
//!
//! Models: `apiserver/pkg/endpoints/discovery`, `apiserver/pkg/server/routes`.
//! Left out: subresources, storage version hashes, the aggregated form, OpenAPI documents, metrics.

use super::errors::{ApiError, Reason};
use super::kind::KindRef;
use super::kinds;
use super::server::Reader;
use super::versions as old;
use crate::base::yaml::to_json;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One resource of the list.
pub struct Row {
    pub plural: String,
    pub short: String,
    pub group: String,
    pub version: String,
    pub namespaced: bool,
    pub kind: String,
    pub verbs: Vec<&'static str>,
    pub categories: Vec<&'static str>,
}

impl Row {
    fn of(kind: KindRef) -> Row {
        let names = kind.names();
        Row {
            plural: names.plural.into(),
            short: names.short.join(","),
            group: names.group.into(),
            version: names.version.into(),
            namespaced: names.namespaced,
            kind: names.kind.into(),
            verbs: kind.verbs().to_vec(),
            categories: names.categories.to_vec(),
        }
    }

    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// Everything that is served, by group and name.
pub fn rows(read: Reader<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = read.kinds().map(Row::of).collect();
    // the events of the newer group are those of the core group
    rows.push(Row { group: "events.k8s.io".into(), ..Row::of(kinds::EVENT) });
    rows.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    rows
}

/// Where a kind stands among the others of a category.
pub fn place(kind: KindRef) -> (bool, &'static str, &'static str) {
    let names = kind.names();
    (kinds::of(&names.api_version(), names.kind).is_none(), names.group, names.plural)
}

/// A resource as typed: plural, singular, short name or kind, with a group or without; the core group is meant first.
pub fn find(word: &str, group: &str, read: Reader<'_>) -> Option<Row> {
    let word = word.to_ascii_lowercase();
    let known = read.find(&if group.is_empty() { word.clone() } else { format!("{word}.{group}") });
    known.map(Row::of).or_else(|| {
        rows(read).into_iter().find(|row| {
            let named = row.plural == word
                || row.kind.eq_ignore_ascii_case(&word)
                || row.short.split(',').any(|short| short == word);
            named && !word.is_empty() && (group.is_empty() || row.group == group)
        })
    })
}

/// As discovery describes it; group and version only where they are asked for across groups.
pub fn resource(row: &Row) -> Value {
    let mut tree = json!({
        "name": row.plural,
        "singularName": row.kind.to_ascii_lowercase(),
        "namespaced": row.namespaced,
        "group": row.group,
        "version": row.version,
        "kind": row.kind,
        "verbs": row.verbs,
    });
    if !row.short.is_empty() {
        tree["shortNames"] = row.short.split(',').collect();
    }
    if !row.categories.is_empty() {
        tree["categories"] = json!(row.categories);
    }
    tree
}

/// Every group-version, sorted.
pub fn all_versions(read: Reader<'_>) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = rows(read).iter().map(Row::api_version).collect();
    all.extend(read.custom().all().map(|kind| kind.names().api_version()));
    all.extend(old::of(read.release()).map(|old| old.api_version.to_string()));
    all
}

/// The versions of a group, the preferred one first.
pub fn versions(group: &str, read: Reader<'_>) -> Vec<String> {
    let preferred = rows(read).into_iter().find(|row| row.group == group).map(|row| row.version);
    let all = all_versions(read);
    let others =
        all.iter().filter_map(|all| all.split_once('/')).filter(|(g, _)| *g == group).map(|(_, v)| v.to_string());
    let others: Vec<String> = others.filter(|version| Some(version) != preferred.as_ref()).collect();
    preferred.into_iter().chain(others.into_iter().rev()).collect()
}

/// The groups in the order of the server's list; others follow by name.
const GROUPS: [&str; 20] = [
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

/// The answer to a GET of a path that is about no object.
///
/// # Errors
/// NotFound.
pub fn answer(path: &str, read: Reader<'_>) -> Result<String, ApiError> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["healthz" | "readyz" | "livez"] => Ok("ok".into()),
        ["version"] => Ok(version(read)),
        [] => {
            let mut paths = vec!["/api".to_string(), "/api/v1".into(), "/apis".into()];
            for version in all_versions(read).iter().filter(|version| version.contains('/')) {
                let (group, _) = version.split_once('/').unwrap_or((version, ""));
                paths.extend([format!("/apis/{group}"), format!("/apis/{version}")]);
            }
            paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(String::from));
            paths.dedup();
            Ok(line(&json!({ "paths": paths })))
        }
        ["api"] => Ok(
            "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"172.18.0.2:6443\"}]}\n".into(),
        ),
        ["apis"] => {
            let mut names: BTreeSet<(usize, String)> = BTreeSet::new();
            for row in rows(read).into_iter().filter(|row| !row.group.is_empty()) {
                names.insert((GROUPS.iter().position(|g| *g == row.group).unwrap_or(GROUPS.len()), row.group));
            }
            let groups: Vec<String> = names.iter().filter_map(|(_, name)| group(name, read)).collect();
            Ok(format!("{{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{{{}}}]}}\n", groups.join("},{")))
        }
        ["apis", name] => {
            let group = group(name, read).ok_or_else(unknown)?;
            Ok(format!("{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",{group}}}\n"))
        }
        ["api", "v1"] => list("v1", read),
        ["apis", group, version] => list(&format!("{group}/{version}"), read),
        _ => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

fn line(tree: &Value) -> String {
    format!("{}\n", to_json(tree).trim_end())
}

fn version(read: Reader<'_>) -> String {
    let (release, minor) = (read.release().to_string(), read.release().minor.to_string());
    let fields = [
        ("major", "1"),
        ("minor", &minor),
        ("gitVersion", &release),
        ("gitTreeState", "clean"),
        ("compiler", "gc"),
        ("platform", "linux/amd64"),
    ];
    let lines: Vec<String> = fields.iter().map(|(name, value)| format!("  \"{name}\": \"{value}\"")).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// Name, versions and preferred version of a group, without the braces.
fn group(name: &str, read: Reader<'_>) -> Option<String> {
    let versions = versions(name, read);
    let one = |version: &String| format!("{{\"groupVersion\":\"{name}/{version}\",\"version\":\"{version}\"}}");
    let all: Vec<String> = versions.iter().map(one).collect();
    Some(format!(
        "\"name\":\"{name}\",\"versions\":[{}],\"preferredVersion\":{}",
        all.join(","),
        one(versions.first()?)
    ))
}

/// The resources of a group-version.
fn list(version: &str, read: Reader<'_>) -> Result<String, ApiError> {
    let items: Vec<String> = rows(read)
        .iter()
        .filter(|row| row.api_version() == version)
        .map(|row| {
            let mut tree = resource(row);
            if let Some(map) = tree.as_object_mut() {
                map.remove("group");
                map.remove("version");
            }
            to_json(&tree).trim_end().to_string()
        })
        .collect();
    if items.is_empty() && !all_versions(read).contains(version) {
        return Err(unknown());
    }
    let api = if version == "v1" { "" } else { "\"apiVersion\":\"v1\"," };
    Ok(format!(
        "{{\"kind\":\"APIResourceList\",{api}\"groupVersion\":\"{version}\",\"resources\":[{}]}}\n",
        items.join(",")
    ))
}
