//! From the JSON that a client sends to a typed object, with the server's words for what does not fit.
//!
//! Models: `apiserver/pkg/endpoints/handlers/create.go` (decoding), `apimachinery/pkg/runtime/serializer/json`.

use super::errors::{ApiError, Reason};
use super::kind::{KindRef, Names};
use super::object::Object;
use super::schema::misfit;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

/// What to do about unknown and duplicate fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    #[default]
    Strict,
    Warn,
    Ignore,
}

/// Why something sent is not an object of the kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// A value of the wrong type; the words of Go's decoder.
    Type(String),
    /// Fields that do not exist (only with [`Check::Strict`]).
    Unknown(Vec<String>),
}

impl Misfit {
    /// The words of the converter that a strategic patch goes through instead of the decoder.
    pub fn as_conversion(&self) -> Option<String> {
        let Misfit::Type(words) = self else { return None };
        let Some((found, wanted)) =
            words.strip_prefix("json: cannot unmarshal ").and_then(|rest| rest.split_once(" into Go "))
        else {
            return Some(format!("error decoding from json: {words}"));
        };
        let wanted = wanted.rsplit_once(" of type ").map_or(wanted, |(_, wanted)| wanted);
        Some(match wanted {
            "int32" | "int64" | "bool" | "string" => format!("unrecognized type: {wanted}"),
            list if list.starts_with("[]") => format!("cannot restore slice from {}", go_kind(found)),
            map if map.starts_with("map[") => format!("cannot restore map from {}", go_kind(found)),
            _ => format!("cannot restore struct from: {}", go_kind(found)),
        })
    }

    pub fn into_api(self, names: &Names) -> ApiError {
        let words = match self {
            Misfit::Type(words) => words,
            Misfit::Unknown(fields) => format!("strict decoding error: {}", fields.join(", ")),
        };
        let (kind, version) = (names.kind, names.version);
        ApiError::new(
            Reason::BadRequest,
            format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {words}"),
        )
    }
}

fn go_kind(json: &str) -> &str {
    match json {
        "object" => "map",
        "array" => "slice",
        "number" => "int64",
        other => other,
    }
}

/// Reads an object; the second part are warnings (`unknown field "spec.x"`).
///
/// # Errors
/// [`Misfit`].
pub fn object(kind: KindRef, mut value: Value, check: Check) -> Result<(Object, Vec<String>), Misfit> {
    let (version, name) = (kind.names().api_version(), kind.names().kind);
    if let Some(words) = misfit::wrong_type(&version, name, &value) {
        return Err(Misfit::Type(words));
    }
    if kind.custom().is_some()
        && let Some(words) = misfit::wrong_metadata_of(&value)
    {
        return Err(Misfit::Type(words));
    }
    let known = kind.custom().map(|custom| {
        let mut unknown = misfit::unknown_metadata(&value);
        unknown.extend(custom.tidy(&mut value).iter().map(|path| format!("unknown field \"{path}\"")));
        unknown
    });
    let unknown = match (check, known) {
        (Check::Ignore, _) => vec![],
        (_, Some(unknown)) => unknown,
        (Check::Strict | Check::Warn, None) => misfit::unknown_fields(&version, name, &value),
    };
    if check == Check::Strict && !unknown.is_empty() {
        return Err(Misfit::Unknown(unknown));
    }
    misfit::canonical_amounts(&version, name, &mut value);
    let mut object = Object::from_value(kind, value).map_err(|error| Misfit::Type(error.to_string()))?;
    drop_empty(object.meta_mut());
    Ok((object, unknown))
}

/// Empty maps and lists of the metadata are not kept.
fn drop_empty(meta: &mut ObjectMeta) {
    meta.labels = meta.labels.take().filter(|map| !map.is_empty());
    meta.annotations = meta.annotations.take().filter(|map| !map.is_empty());
    meta.finalizers = meta.finalizers.take().filter(|list| !list.is_empty());
    meta.owner_references = meta.owner_references.take().filter(|list| !list.is_empty());
}
