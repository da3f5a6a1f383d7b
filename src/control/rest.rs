//! The API server's answers to programs in pods: HTTPS at the `kubernetes` Service, with a token or without.
//!
//! Models: `apiserver/pkg/endpoints`.
//! Left out: watches, logs and the other subresources that stream, deletecollection, discovery of resources.

use super::cx::Cx;
use crate::api::decode::{self, Check};
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::query::Query;
use crate::api::rest::{self, Target};
use crate::api::server::Deleted;
use crate::api::{ApiError, DeleteOptions, Object, Reason, User, authorize, credentials, discovery};
use crate::base::yaml::indented;
use crate::node::http::HttpRequest;
use serde_json::{Value, json};

/// Status and body.
pub fn answer(request: &HttpRequest, cx: &mut Cx<'_>) -> (u16, String) {
    let header = |name: &str| {
        let found = request.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    };
    let target = Target::of(&request.target);
    let user = match header("authorization").strip_prefix("Bearer ") {
        None if header("authorization").is_empty() => Some(User::named("system:anonymous")),
        None => None,
        Some(token) => credentials::of_token(token, cx.read(), cx.now),
    };
    let Some(user) = user else {
        let words = [("status", "Failure"), ("message", "Unauthorized"), ("reason", "Unauthorized")];
        let words: String = words.iter().map(|(name, value)| format!("  \"{name}\": \"{value}\",\n")).collect();
        let head = "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {},\n";
        return (401, format!("{head}{words}  \"code\": 401\n}}"));
    };
    let before = std::mem::replace(&mut cx.user, user.into());
    let manager = std::mem::replace(&mut cx.manager, "curl".into());
    let result = handle(request, target, header("content-type"), cx);
    (cx.user, cx.manager) = (before, manager);
    match result {
        Ok((code, body)) => (code, body),
        Err(error) => (error.code(), rest::status(&error, target)),
    }
}

/// What the server answers to a body that is sent to a path, on one line.
///
/// # Errors
/// The API server's.
pub fn post(path: &str, body: &[u8], cx: &mut Cx<'_>) -> Result<String, ApiError> {
    let request = HttpRequest { method: "POST".into(), body: body.to_vec(), ..HttpRequest::get(path, "", "") };
    let (_, text) = handle(&request, Target::of(path), "application/json", cx)?;
    Ok(serde_json::from_str(&text).map_or(text, |tree| format!("{}\n", rest::written(&tree))))
}

/// The body of an eviction says how the pod is deleted.
fn evict(target: Target<'_>, body: &Value, cx: &mut Cx<'_>) -> Reply {
    let named = body.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("");
    if named != target.name {
        let words = format!("name in URL does not match name in Eviction object: {:?} != {named:?}", target.name);
        return Err(ApiError::bad_request(words));
    }
    let grace = body.pointer("/deleteOptions/gracePeriodSeconds").and_then(Value::as_u64);
    cx.evict(target.namespace, target.name, &DeleteOptions { grace, ..Default::default() })?;
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok((201, rest::indented(&done)))
}

type Reply = Result<(u16, String), ApiError>;

fn handle(request: &HttpRequest, target: Target<'_>, content: &str, cx: &mut Cx<'_>) -> Reply {
    let wire = |object: &Object| rest::indented(&object.to_wire_managed());
    if matches!(request.method.as_str(), "GET" | "HEAD") {
        return get(request, target, cx);
    }
    let verb = match request.method.as_str() {
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => {
            return Err(ApiError::new(
                Reason::MethodNotAllowed,
                "the server does not allow this method on the requested resource",
            ));
        }
    };
    authorize::check(&cx.user, &target.ask(verb), cx.read())?;
    if target.resource.is_empty() {
        return Err(rest::unknown());
    }
    let kind = target.kind(cx.read())?;
    let body = || -> Result<Value, ApiError> {
        serde_json::from_slice(&request.body).map_err(|error| ApiError::bad_request(error.to_string()))
    };
    let object = || -> Result<Object, ApiError> {
        let (mut object, _) =
            decode::object(kind, body()?, Check::Ignore).map_err(|misfit| misfit.into_api(kind.names()))?;
        if kind.names().namespaced {
            object.meta_mut().namespace = Some(target.namespace.into());
        }
        Ok(object)
    };
    match verb {
        "create" if target.name.is_empty() => Ok((201, wire(&cx.create(object()?)?))),
        "create" if target.resource == "pods" && target.sub == "eviction" => evict(target, &body()?, cx),
        "update" if target.sub.is_empty() => Ok((200, wire(&cx.update(object()?)?))),
        "patch" => {
            let how = match content.split(';').next().unwrap_or("") {
                "application/json-patch+json" => PatchKind::Json,
                "application/merge-patch+json" => PatchKind::Merge,
                "application/strategic-merge-patch+json" => PatchKind::Strategic,
                _ => {
                    let words = "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor";
                    return Err(ApiError::new(Reason::UnsupportedMediaType, words));
                }
            };
            let part = match target.sub {
                "" => Subresource::Main,
                "status" => Subresource::Status,
                "scale" => Subresource::Scale,
                "resize" => Subresource::Resize,
                _ => return Err(rest::unknown()),
            };
            let body = body()?;
            let patch = Patch { how, body: &body, part, check: Check::Ignore };
            Ok((200, wire(&cx.patch(kind, target.namespace, target.name, patch)?.object)))
        }
        "delete" if !target.name.is_empty() => {
            match cx.delete(kind, target.namespace, target.name, &DeleteOptions::default())? {
                Deleted::Waiting(object) => Ok((200, wire(&object))),
                Deleted::Gone(object) => {
                    let names = kind.names();
                    let details = json!({ "name": object.name(), "kind": names.plural, "uid": object.uid() });
                    let done = json!({
                        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
                    });
                    Ok((200, rest::indented(&done)))
                }
            }
        }
        _ => Err(rest::unknown()),
    }
}

fn get(request: &HttpRequest, target: Target<'_>, cx: &Cx<'_>) -> Reply {
    authorize::check(&cx.user, &target.ask(target.look()), cx.read())?;
    if target.resource.is_empty() {
        let text = discovery::answer(target.path, cx.read())?;
        let compact = text.starts_with('{') && text.lines().count() == 1;
        return Ok((200, if compact { indented(&text, "  ") } else { text }));
    }
    let query = Query::of(&request.target);
    let trees = rest::objects(target, &query, cx.read())?;
    // events stand on a line each, an answer is laid out to be read
    let text = if query.watch { rest::written } else { rest::indented };
    Ok((200, trees.iter().map(text).collect::<Vec<_>>().join("\n")))
}
