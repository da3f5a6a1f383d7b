//! Patches: JSON patch, merge patch and strategic merge patch, and the request that applies one.
//!
//! Models: `apiserver/pkg/endpoints/handlers/patch.go`.
//! Left out: server-side apply (see `managed`).

pub mod keys;
pub mod strategic;
pub mod three_way;

use super::authorize::{self, Ask};
use super::decode::{self, Check};
use super::errors::{ApiError, Reason};
use super::kind::KindRef;
use super::managed::Target;
use super::object::Object;
use super::server::{ApiServer, Call};
use keys::At;
use serde_json::{Value, json};

/// The content type of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    Json,
    Merge,
    Strategic,
}

/// Which part of the object a patch is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subresource {
    #[default]
    Main,
    Status,
    Scale,
    Ephemeral,
    /// What the containers of a running pod may use.
    Resize,
}

/// A patch request.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    pub how: PatchKind,
    pub body: &'a Value,
    pub part: Subresource,
    pub check: Check,
}

impl<'a> Patch<'a> {
    pub fn strategic(body: &'a Value) -> Self {
        Patch { how: PatchKind::Strategic, body, part: Subresource::Main, check: Check::Warn }
    }
}

/// What a patch came to.
#[derive(Clone, Debug)]
pub struct Patched {
    pub object: Object,
    /// Unknown fields that were dropped, in the server's words.
    pub warnings: Vec<String>,
}

impl ApiServer {
    /// Changes an object by a patch.
    ///
    /// # Errors
    /// NotFound; BadRequest or Invalid for the patch itself; everything of [`ApiServer::update`].
    pub fn patch(
        &mut self,
        kind: KindRef,
        namespace: &str,
        name: &str,
        patch: Patch<'_>,
        call: &mut Call<'_>,
    ) -> Result<Patched, ApiError> {
        let sub = match patch.part {
            Subresource::Status => "status",
            Subresource::Scale => "scale",
            Subresource::Resize => "resize",
            _ => "",
        };
        let ask = Ask::of(kind.names(), "patch", namespace, name).sub(sub);
        authorize::check(call.user, &ask, self.reader())?;
        let old = self.get(kind, namespace, name)?.seen_as(kind);
        if patch.how == PatchKind::Strategic && kind.custom().is_some() {
            return Err(ApiError::new(
                Reason::UnsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            ));
        }
        if patch.part == Subresource::Scale {
            return self.patch_scale(old, patch, call);
        }
        let owners = patch.body.to_string().contains("managedFields");
        let value = if owners { old.to_wire_managed() } else { old.to_value() };
        let value = apply(kind.names().kind, value, patch.how, patch.body)?;
        let (mut object, warnings) = decode::object(kind, value, patch.check).map_err(|error| match patch.how {
            PatchKind::Strategic => error.as_conversion().map_or_else(
                || error.clone().into_api(kind.names()),
                |words| unprocessable(&format!("patch: Invalid value: \"{}\": {words}", strategic::go(patch.body))),
            ),
            _ => error.into_api(kind.names()),
        })?;
        if object.name() != name {
            let why = format!("the name of the object ({}) does not match the name on the URL ({name})", object.name());
            return Err(ApiError::bad_request(why));
        }
        object.meta_mut().namespace = old.meta.namespace.clone();
        let object = match patch.part {
            Subresource::Status => self.replace(object, Target::Status, None, call)?,
            Subresource::Ephemeral => self.replace(object, Target::Ephemeral, None, call)?,
            Subresource::Resize if kind.names().resource != "pods" => {
                return Err(ApiError::new(Reason::NotFound, "the server could not find the requested resource"));
            }
            Subresource::Resize => self.replace(object, Target::Resize, None, call)?,
            _ => self.replace(object, Target::Main, None, call)?,
        };
        let mut warnings = warnings;
        if !object.same_spec(&old) {
            warnings.extend(super::warnings::of(&object, self.reader()));
        }
        Ok(Patched { object, warnings })
    }

    fn patch_scale(&mut self, old: Object, patch: Patch<'_>, call: &mut Call<'_>) -> Result<Patched, ApiError> {
        let kind = old.kind;
        if kind.custom().is_some_and(|custom| custom.scale.is_none()) {
            return Err(ApiError::not_found(kind.names(), old.name()));
        }
        let Some(replicas) = kind.replicas(&old) else {
            return Err(ApiError::new(Reason::NotFound, "the server could not find the requested resource"));
        };
        let scale = json!({
            "apiVersion": "autoscaling/v1", "kind": "Scale",
            "metadata": {"name": old.name(), "namespace": old.namespace()}, "spec": {"replicas": replicas},
        });
        let scale = apply("Scale", scale, patch.how, patch.body)?;
        let Some(replicas) = scale.pointer("/spec/replicas").and_then(Value::as_i64) else {
            let words = "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32";
            return Err(ApiError::bad_request(words));
        };
        let mut object = old;
        kind.set_replicas(&mut object, replicas as i32);
        Ok(Patched { object: self.replace(object, Target::Scale, None, call)?, warnings: vec![] })
    }
}

/// The patched form of an object's JSON.
///
/// # Errors
/// As the server words them.
pub fn apply(kind: &str, mut value: Value, how: PatchKind, body: &Value) -> Result<Value, ApiError> {
    match how {
        PatchKind::Json => {
            let refused = || unprocessable("the server rejected our request due to an error in our request");
            let patch: json_patch::Patch = serde_json::from_value(body.clone()).map_err(|_| match body {
                // A list is a patch to the server, which then meets an operation that it cannot do.
                Value::Array(items) if items.iter().all(Value::is_object) => refused(),
                _ => ApiError::bad_request(
                    "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
                ),
            })?;
            json_patch::patch(&mut value, &patch).map_err(|_| refused())?;
        }
        PatchKind::Merge => {
            if !body.is_object() {
                return Err(ApiError::bad_request(
                    "json: cannot unmarshal array into Go value of type map[string]interface {}",
                ));
            }
            json_patch::merge(&mut value, body);
        }
        PatchKind::Strategic => {
            let (Value::Object(target), Value::Object(patch)) = (&mut value, body) else {
                let words = "json: cannot unmarshal array into Go value of type map[string]interface {}";
                return Err(ApiError::bad_request(words));
            };
            strategic::merge(target, patch.clone(), At::root(kind), strategic::Into::Object)
                .map_err(|words| ApiError::new(Reason::InternalError, words))?;
        }
    }
    Ok(value)
}

/// Invalid, but about no object: kubectl says "The request is invalid".
fn unprocessable(words: &str) -> ApiError {
    ApiError::new(Reason::Invalid, words)
}
