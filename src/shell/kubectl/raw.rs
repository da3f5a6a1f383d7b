//! `kubectl get --raw`: a path of the REST API, answered as the server does.
//!
//! Models: `apiserver/pkg/server/routes`, `apiserver/pkg/endpoints/discovery`.
//! Left out: metrics, OpenAPI, watches, the checks behind `/readyz?verbose`.

use super::{Cx, Flow, Outcome, api_resources};
use crate::api::authorize::Ask;
use crate::api::kinds::scale;
use crate::api::{ApiError, KindRef, Reason};
use crate::base::yaml::to_json;
use crate::world::World;
use serde_json::json;

/// Answers a path.
///
/// # Errors
/// NotFound with the server's words.
pub fn get(path: &str, cx: &mut Cx<'_>) -> Outcome {
    cx.may(&ask(path))?;
    let text = text(path, cx.world)?;
    cx.out(text);
    Ok(Flow::Done)
}

/// What a GET of this path asks for.
fn ask(path: &str) -> Ask<'_> {
    let bare = path.split('?').next().unwrap_or(path);
    let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] if !rest.is_empty() => ("", rest),
        ["apis", group, _, rest @ ..] if !rest.is_empty() => (*group, rest),
        _ => return Ask { verb: "get", path: bare, ..Ask::default() },
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        ["namespaces", namespace] => (*namespace, rest),
        rest => ("", rest),
    };
    let word = |n: usize| rest.get(n).copied().unwrap_or("");
    let verb = if rest.len() > 1 { "get" } else { "list" };
    Ask { verb, group, resource: word(0), sub: word(2), namespace, name: word(1), path: "" }
}

/// The answer's text.
///
/// # Errors
/// NotFound with the server's words.
pub fn text(path: &str, world: &World) -> Result<String, ApiError> {
    let bare = path.split('?').next().unwrap_or(path).trim_end_matches('/');
    let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["healthz" | "readyz" | "livez"] => Ok("ok".into()),
        ["version"] => {
            let mut lines = vec!["{".to_string()];
            let fields = [
                ("major", "1"),
                ("minor", "36"),
                ("gitVersion", "v1.36.3"),
                ("gitTreeState", "clean"),
                ("compiler", "gc"),
                ("platform", "linux/amd64"),
            ];
            for (n, (name, value)) in fields.iter().enumerate() {
                let comma = if n + 1 < fields.len() { "," } else { "" };
                lines.push(format!("  \"{name}\": \"{value}\"{comma}"));
            }
            lines.push("}".into());
            Ok(lines.join("\n"))
        }
        ["api"] => Ok(
            "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"172.18.0.2:6443\"}]}\n".into(),
        ),
        ["apis", group] => {
            let versions = api_resources::versions(group, world.reader());
            let Some(first) = versions.first() else { return Err(unknown()) };
            let one = |version: &String| format!("{{\"groupVersion\":\"{group}/{version}\",\"version\":\"{version}\"}}");
            let all: Vec<String> = versions.iter().map(one).collect();
            Ok(format!(
                "{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"{group}\",\"versions\":[{}],\"preferredVersion\":{}}}\n",
                all.join(","),
                one(first)
            ))
        }
        ["api", version, rest @ ..] => objects("", version, rest, world),
        ["apis", group, version, rest @ ..] => objects(group, version, rest, world),
        _ => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

/// Objects below a group and version.
fn objects(group: &str, version: &str, rest: &[&str], world: &World) -> Result<String, ApiError> {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let Some(plural) = rest.first() else { return Err(unknown()) };
    let read = world.reader();
    let fits = |kind: &KindRef| {
        let names = kind.names();
        names.group == group && names.version == version && names.plural == *plural
    };
    let Some(kind) = read.kinds().chain(read.custom().all()).find(fits) else { return Err(unknown()) };
    let names = kind.names();
    match rest {
        [_] => {
            let items: Vec<_> = read.list(kind, namespace).map(|o| o.seen_as(kind).to_wire_managed()).collect();
            let revision = world.reader().revision().0.to_string();
            let tree = json!({
                "kind": kind.custom().map_or_else(|| format!("{}List", names.kind), |custom| custom.list_kind.clone()),
                "apiVersion": names.api_version(),
                "metadata": {"resourceVersion": revision},
                "items": items,
            });
            Ok(line(&tree))
        }
        [_, name] => {
            let object = world.api.get(kind, namespace.unwrap_or(""), name)?.seen_as(kind);
            Ok(line(&object.to_wire_managed()))
        }
        [_, name, "scale"] => {
            let object = world.api.get(kind, namespace.unwrap_or(""), name)?.clone();
            Ok(line(&scale::of(&object).ok_or_else(unknown)?.to_value()))
        }
        _ => Err(unknown()),
    }
}

fn line(tree: &serde_json::Value) -> String {
    format!("{}\n", to_json(tree).trim_end())
}
