//! Paths of the REST API: what a GET asks for, and its answer.
//!
//! Models: `apiserver/pkg/endpoints/request/requestinfo.go`, `apiserver/pkg/server/routes`, `apiserver/pkg/endpoints/discovery`.
//! Left out: metrics, OpenAPI, the checks behind `/readyz?verbose`.

use super::authorize::Ask;
use super::errors::{ApiError, Reason};
use super::kind::KindRef;
use super::kinds::scale;
use super::object::Object;
use super::query::Query;
use super::schema::order::in_order;
use super::server::Reader;
use crate::base::yaml::{ordered_json, to_json};
use serde_json::{Value, json};

/// What a path is about. All parts may be empty; without a resource it is about no object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'a> {
    /// Without the query.
    pub path: &'a str,
    pub group: &'a str,
    pub version: &'a str,
    pub namespace: &'a str,
    pub resource: &'a str,
    pub name: &'a str,
    pub sub: &'a str,
}

impl<'a> Target<'a> {
    pub fn of(path: &'a str) -> Target<'a> {
        let path = path.split('?').next().unwrap_or(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return Target { path, ..Target::default() },
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() && rest[0] != "status" => (*namespace, rest),
            ["namespaces", namespace, ..] => (*namespace, rest),
            rest => ("", rest),
        };
        let word = |n: usize| rest.get(n).copied().unwrap_or("");
        Target { path, group, version, namespace, resource: word(0), name: word(1), sub: word(2) }
    }

    /// The request as authorization sees it.
    pub fn ask(self, verb: &'a str) -> Ask<'a> {
        if self.resource.is_empty() {
            return Ask { verb, path: self.path, ..Ask::default() };
        }
        let Target { group, namespace, resource, name, sub, .. } = self;
        Ask { verb, group, resource, sub, namespace, name, path: "" }
    }

    /// The verb of a GET.
    pub fn look(self) -> &'static str {
        if self.resource.is_empty() || !self.name.is_empty() { "get" } else { "list" }
    }

    /// # Errors
    /// NotFound.
    pub fn kind(self, read: Reader<'_>) -> Result<KindRef, ApiError> {
        let fits = |kind: &KindRef| {
            let names = kind.names();
            names.group == self.group && names.version == self.version && names.plural == self.resource
        };
        if self.group == super::metrics::GROUP {
            read.metrics().map_err(super::metrics::Absent::error)?;
        }
        read.kinds().chain(read.custom().all()).find(fits).ok_or_else(unknown)
    }
}

/// The API has no such path.
pub fn unknown() -> ApiError {
    ApiError::new(Reason::NotFound, "the server could not find the requested resource")
}

/// The objects at a path, as JSON; of a watch each event.
///
/// # Errors
/// NotFound; those of [`Query::answer`].
pub fn objects(target: Target<'_>, query: &Query, read: Reader<'_>) -> Result<Vec<Value>, ApiError> {
    let kind = target.kind(read)?;
    let names = kind.names();
    let get = || {
        let found = read.get(kind, if names.namespaced { target.namespace } else { "" }, target.name);
        found.ok_or_else(|| ApiError::not_found(names, target.name))
    };
    match (target.name, target.sub) {
        ("", _) => {
            let namespace = Some(target.namespace).filter(|namespace| names.namespaced && !namespace.is_empty());
            query.answer(kind, namespace, read)
        }
        (_, "" | "status") => Ok(vec![get()?.seen_as(kind).to_wire_managed()]),
        (_, "scale") => Ok(vec![scale::of(get()?).ok_or_else(unknown)?.to_value()]),
        _ => Err(unknown()),
    }
}

/// Objects as the server lists them.
pub fn list_of<'a>(kind: KindRef, objects: impl Iterator<Item = &'a Object>, read: Reader<'_>) -> Value {
    let mut items: Vec<Value> = objects.map(|object| object.seen_as(kind).to_wire_managed()).collect();
    if kind.custom().is_none() {
        // The list says what they are.
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.remove("kind");
            item.remove("apiVersion");
        }
    }
    json!({
        "kind": kind.custom().map_or_else(|| format!("{}List", kind.names().kind), |custom| custom.list_kind.clone()),
        "apiVersion": kind.names().api_version(),
        "metadata": if kind.names().group == super::metrics::GROUP {
            json!({})
        } else {
            json!({"resourceVersion": read.revision().0.to_string()})
        },
        "items": items,
    })
}

/// An error as the server sends it to a client that is no kubectl.
pub fn status(error: &ApiError, target: Target<'_>) -> String {
    let text = |text: &str| to_json(&Value::from(text)).trim_end().to_string();
    let details = [("name", target.name), ("group", target.group), ("kind", target.resource)];
    let details: Vec<String> = details
        .iter()
        .filter(|(_, value)| !value.is_empty() && !target.resource.is_empty())
        .map(|(name, value)| format!("    \"{name}\": {}", text(value)))
        .collect();
    let details = if details.is_empty() { "{}".into() } else { format!("{{\n{}\n  }}", details.join(",\n")) };
    format!(
        "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \"message\": {},\n  \"reason\": \"{}\",\n  \"details\": {details},\n  \"code\": {}\n}}",
        text(&error.message),
        error.reason,
        error.code()
    )
}

/// An object as the server writes it: on one line, fields as in Go.
pub fn written(tree: &Value) -> String {
    ordered_json(&in_order(tree), None)
}

/// JSON as the server indents it for curl and browsers.
pub fn indented(tree: &Value) -> String {
    ordered_json(&in_order(tree), Some("  "))
}
