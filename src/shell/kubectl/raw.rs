//! `kubectl get --raw`: a path of the REST API, answered as the server does.
//!
//! Models: `apiserver/pkg/server/routes`, `apiserver/pkg/endpoints/discovery`.
//! Left out: metrics, OpenAPI, watches, the checks behind `/readyz?verbose`.

use super::{Cx, Failure, Flow, Outcome, api_resources, printer};
use crate::api::KindRef;
use crate::api::kinds::scale;
use crate::base::yaml::to_json;
use serde_json::json;

/// Answers a path.
///
/// # Errors
/// NotFound with the server's words.
pub fn get(path: &str, cx: &mut Cx<'_>) -> Outcome {
    let bare = path.split('?').next().unwrap_or(path).trim_end_matches('/');
    let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["healthz" | "readyz" | "livez"] => cx.out("ok"),
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
            cx.out(lines.join("\n"));
        }
        ["api"] => cx.line(
            "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{\"clientCIDR\":\"0.0.0.0/0\",\"serverAddress\":\"172.18.0.2:6443\"}]}",
        ),
        ["apis", group] => {
            let versions = api_resources::versions(group);
            let Some(first) = versions.first() else { return Err(unknown()) };
            let one = |version: &String| format!("{{\"groupVersion\":\"{group}/{version}\",\"version\":\"{version}\"}}");
            let all: Vec<String> = versions.iter().map(one).collect();
            cx.line(format_args!(
                "{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",\"name\":\"{group}\",\"versions\":[{}],\"preferredVersion\":{}}}",
                all.join(","),
                one(first)
            ));
        }
        ["api", version, rest @ ..] => return objects("", version, rest, cx),
        ["apis", group, version, rest @ ..] => return objects(group, version, rest, cx),
        _ => return Err(unknown()),
    }
    Ok(Flow::Done)
}

fn unknown() -> Failure {
    Failure::plain("Error from server (NotFound): the server could not find the requested resource")
}

/// Objects below a group and version.
fn objects(group: &str, version: &str, rest: &[&str], cx: &mut Cx<'_>) -> Outcome {
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
        rest => (None, rest),
    };
    let Some(plural) = rest.first() else { return Err(unknown()) };
    let read = cx.world.reader();
    let fits = |kind: &KindRef| {
        let names = kind.names();
        names.group == group && names.version == version && names.plural == *plural
    };
    let Some(kind) = read.kinds().chain(read.custom().all()).find(fits) else { return Err(unknown()) };
    let names = kind.names();
    match rest {
        [_] => {
            let items: Vec<_> = cx.world.reader().list(kind, namespace).map(printer::wire).collect();
            let revision = cx.world.reader().revision().0.to_string();
            let tree = json!({
                "kind": format!("{}List", names.kind),
                "apiVersion": names.api_version(),
                "metadata": {"resourceVersion": revision},
                "items": items,
            });
            cx.line(to_json(&tree));
        }
        [_, name] => {
            let object = cx.world.api.get(kind, namespace.unwrap_or(""), name)?.clone();
            cx.line(to_json(&printer::wire(&object)));
        }
        [_, name, "scale"] => {
            let object = cx.world.api.get(kind, namespace.unwrap_or(""), name)?.clone();
            cx.line(to_json(&scale::of(&object).ok_or_else(unknown)?.to_value()));
        }
        _ => return Err(unknown()),
    }
    Ok(Flow::Done)
}
