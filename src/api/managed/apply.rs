//! The request of server-side apply.
//!
//! Models: `apiserver/pkg/endpoints/handlers/patch.go` (`applyPatcher`), `apimachinery/pkg/util/managedfields/internal`
//! (structuredmerge, lastappliedmanager, lastappliedupdater, skipnonapplied).
//! Left out: applying a Scale.

use super::compare::{check, compare, fields_of};
use super::ledger::{Target, empty};
use super::set::Set;
use super::shape::{self, Shape};
use super::update::{self, Applied, BEFORE, Conflict, Entry, Manager};
use crate::api::authorize::{self, Ask};
use crate::api::decode::{self, Check};
use crate::api::errors::{ApiError, Reason};
use crate::api::kind::{KindRef, Names};
use crate::api::object::Object;
use crate::api::patch::Patched;
use crate::api::server::{ApiServer, Call};
use crate::api::warnings;
use serde_json::{Value, json};

/// Where client-side apply keeps what it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is applied, and how.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    pub value: &'a Value,
    /// Take fields from other managers.
    pub force: bool,
    pub target: Target,
}

impl ApiServer {
    /// Server-side apply: makes the object, or lays what is applied over it.
    ///
    /// # Errors
    /// BadRequest for what is no object of the kind; Conflict with other managers; everything of
    /// [`ApiServer::create`] and [`ApiServer::update`].
    pub fn apply(
        &mut self,
        kind: KindRef,
        namespace: &str,
        name: &str,
        request: Apply<'_>,
        call: &mut Call<'_>,
    ) -> Result<Patched, ApiError> {
        let names = kind.names();
        authorize::check(
            call.user,
            &Ask::of(names, "patch", namespace, name).sub(request.target.name()),
            self.reader(),
        )?;
        let config = request.value;
        if config.pointer("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        let live = self.get(kind, namespace, name).ok().map(|live| live.seen_as(kind));
        let shape = shape::of_kind(kind);
        check(config, shape).map_err(|words| misfit(names, namespace, name, &words))?;
        if live.is_none() {
            absent(names, name, request)?;
        }
        let version = names.api_version();
        let manager = request.target.manager(call.manager.clone(), true, version.clone());
        let old = live.as_ref().map(Object::to_wire).unwrap_or_else(|| json!({}));
        let mut entries = live.as_ref().map(Object::managed).unwrap_or_default();
        if entries.is_empty() && live.is_some() {
            let before = Manager { applies: false, part: "".into(), name: BEFORE.into(), version };
            let fresh = empty(names.resource, &old);
            entries = update::update(vec![], (&fresh, &old), shape, &Set::default(), &before, call.now);
        }
        let reset = request.target.reset(kind);
        let Applied { mut value, mut entries } = merged(entries, (&old, config), shape, (request, &reset), &manager)
            .map_err(|conflicts| ApiError::new(Reason::Conflict, update::words(&conflicts)))?;
        if value != old
            && let Some(mine) = entries.iter_mut().find(|entry| entry.manager == manager)
        {
            mine.time = Some(call.now);
        }
        keep_last_applied(&mut value, config, &manager);
        let (mut object, _) = decode::object(kind, value, Check::Ignore).map_err(|misfit| misfit.into_api(names))?;
        if names.namespaced {
            object.meta_mut().namespace = Some(namespace.into());
        }
        let object = match live.as_ref() {
            None => self.create_owned(object, entries, call)?,
            Some(_) => self.replace(object, request.target, Some(entries), call)?,
        };
        let changed = live.is_none_or(|live| !object.same_spec(&live));
        let warnings = if changed { warnings::of(&object, self.reader()) } else { vec![] };
        Ok(Patched { object, warnings })
    }
}

/// Applies; what only client-side apply owned is kubectl's to take.
fn merged(
    entries: Vec<Entry>,
    (old, config): (&Value, &Value),
    shape: Shape<'_>,
    (request, reset): (Apply<'_>, &Set),
    manager: &Manager,
) -> Result<Applied, Vec<Conflict>> {
    let conflicts = match update::apply(entries.clone(), (old, config), shape, reset, manager, request.force) {
        Err(conflicts) if manager.name == "kubectl" => conflicts,
        answer => return answer,
    };
    let Some(allowed) = last_applied(old, shape) else { return Err(conflicts) };
    let left: Vec<Conflict> = conflicts.into_iter().filter(|conflict| !allowed.contains(&conflict.path)).collect();
    if !left.is_empty() {
        return Err(left);
    }
    update::apply(entries, (old, config), shape, reset, manager, true)
}

/// The fields that client-side apply set last and that still have that value.
fn last_applied(live: &Value, shape: Shape<'_>) -> Option<Set> {
    let text = live.pointer("/metadata/annotations")?.get(LAST_APPLIED)?.as_str()?;
    let last: Value = serde_json::from_str(text).ok()?;
    if last.get("apiVersion") != live.get("apiVersion") {
        return None;
    }
    let diff = compare(&last, live, shape);
    Some(fields_of(&last, shape).difference(&diff.changed).difference(&diff.added).difference(&diff.removed))
}

/// kubectl's annotation follows what kubectl applies.
fn keep_last_applied(value: &mut Value, config: &Value, manager: &Manager) {
    let has = value.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED)).and_then(Value::as_str);
    if manager.name != "kubectl" || has.is_none_or(str::is_empty) {
        return;
    }
    let mut config = config.clone();
    if let Some(all) = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        all.remove(LAST_APPLIED);
    }
    value["metadata"]["annotations"][LAST_APPLIED] =
        format!("{}\n", crate::base::yaml::to_json(&config).trim_end()).into();
}

/// What cannot be applied to nothing.
fn absent(names: &Names, name: &str, request: Apply<'_>) -> Result<(), ApiError> {
    if request.target != Target::Main {
        return Err(ApiError::not_found(names, name));
    }
    let text = |field: &str| request.value.pointer(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(uid) = text("/metadata/uid") {
        let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        return Err(ApiError::conflict(names, name, &why));
    }
    if text("/metadata/resourceVersion").is_some() {
        return Err(ApiError::new(Reason::Unknown, "resourceVersion should not be set on objects to be created"));
    }
    Ok(())
}

fn misfit(names: &Names, namespace: &str, name: &str, words: &str) -> ApiError {
    let (group, version, kind) = (names.group, names.version, names.kind);
    let place = if names.namespaced { namespace } else { "" };
    ApiError::new(
        Reason::Unknown,
        format!("failed to create typed patch object ({place}/{name}; {group}/{version}, Kind={kind}): {words}"),
    )
}
