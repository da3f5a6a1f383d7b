//! Server-side apply of one object, and the move from client-side apply to it.
//!
//! Models: `kubectl/pkg/cmd/apply/apply.go`, `client-go/util/csaupgrade/upgrade.go`.
//! Left out: trying the move again when somebody else writes meanwhile (nobody can).

use super::{Step, Work};
use crate::api::decode::Check;
use crate::api::managed::{self, Apply, Entry, Manager, Set};
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::{ApiError, Object, Reason};
use crate::shell::kubectl::Cx;
use crate::shell::kubectl::manifest::Item;
use crate::shell::kubectl::trouble::Trouble;
use crate::shell::kubectl::write::{self, DryRun, LAST_APPLIED};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The manager of kubectl's own server-side apply.
pub const KUBECTL: &str = "kubectl";
const KEEPER: &str = "kubectl-last-applied";

const ADVICE: &str = "
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

/// Applies one object.
///
/// # Errors
/// The server's; a conflict comes with advice.
pub fn one(item: &Item, work: &mut Work, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
    if item.name.is_empty() {
        return Err(Trouble::text("resource name may not be empty"));
    }
    let (dry, force) = (work.settings.dry, work.settings.force_conflicts);
    write::known_kind(item.kind, item.value.get("kind").and_then(Value::as_str).unwrap_or_default())?;
    let apply = Apply { value: &item.value, force, target: work.settings.target };
    let mut object = send(item, apply, dry, cx).map_err(advised)?;
    if cx.config.manager == KUBECTL {
        match keep_annotation(item, &object, dry, cx) {
            Err(error) => cx.err(format_args!(
                "Warning: failed to migrate {LAST_APPLIED} for Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: {}",
                error.message
            )),
            Ok(kept) => object = kept.unwrap_or(object),
        }
    }
    match migrate(item, &object, dry, cx) {
        Err(error) => cx.err(format_args!(
            "Warning: server rejected managed fields migration to Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: {}",
            error.message
        )),
        Ok(None) => {}
        Ok(Some(moved)) => match send(item, apply, dry, cx) {
            Ok(again) => object = again,
            Err(error) => {
                object = moved;
                cx.err(format_args!(
                    "Warning: failed to re-apply configuration after performing Server-Side Apply migration. This is non-fatal and will be retried next time you apply. Error: {}",
                    error.message
                ));
            }
        },
    }
    if object.deleting() {
        cx.err(format_args!("Warning: Detected changes to resource {} which is currently being deleted.", item.name));
    }
    work.visit(object.uid());
    work.tell(item, object.to_wire_managed(), "serverside-applied", cx)
}

/// A conflict, with what can be done about it.
pub fn advised(error: ApiError) -> Trouble {
    match error.reason {
        Reason::Conflict => Trouble::Text(format!("{}{ADVICE}", error.message)),
        _ => error.into(),
    }
}

/// Sends the request.
///
/// # Errors
/// The server's.
pub fn send(item: &Item, apply: Apply<'_>, dry: DryRun, cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    let applied = write::act(cx, dry, |hands| hands.apply(item.kind, &item.namespace, &item.name, apply))?;
    write::warn(cx, &applied.warnings);
    Ok(applied.object)
}

fn annotation() -> Set {
    Set::of(&[&["metadata", "annotations", LAST_APPLIED]])
}

fn owners(object: &Object, applies: bool) -> Vec<Entry> {
    let wanted = annotation();
    let owns = |entry: &Entry| entry.manager.applies == applies && wanted.difference(&entry.fields).is_empty();
    object.managed().into_iter().filter(owns).collect()
}

/// The annotation of client-side apply gets a manager of its own, so that it is not dropped.
fn keep_annotation(item: &Item, object: &Object, dry: DryRun, cx: &mut Cx<'_>) -> Result<Option<Object>, ApiError> {
    let Some(text) = object.annotations().get(LAST_APPLIED) else { return Ok(None) };
    if !owners(object, true).is_empty() {
        return Ok(None);
    }
    let names = item.kind.names();
    let mut value = json!({
        "apiVersion": names.api_version(), "kind": names.kind,
        "metadata": { "name": object.name(), "annotations": { LAST_APPLIED: text } },
    });
    if names.namespaced {
        value["metadata"]["namespace"] = object.namespace().into();
    }
    let manager = std::mem::replace(&mut cx.config.manager, KEEPER.into());
    let apply = Apply { value: &value, force: false, target: managed::Target::Main };
    let kept = send(item, apply, dry, cx);
    cx.config.manager = manager;
    kept.map(Some)
}

/// What client-side apply owned becomes server-side apply's.
fn migrate(item: &Item, object: &Object, dry: DryRun, cx: &mut Cx<'_>) -> Result<Option<Object>, ApiError> {
    let mine = cx.config.manager.clone();
    let from: BTreeSet<String> = owners(object, false).iter().map(|entry| entry.manager.name.to_string()).collect();
    let before = managed::sorted(object.managed());
    let mut entries = before.clone();
    for name in &from {
        entries = upgraded(entries, name, &mine);
    }
    if managed::same(&before, &entries) {
        return Ok(None);
    }
    let body = json!([
        { "op": "replace", "path": "/metadata/managedFields", "value": managed::to_value(entries) },
        { "op": "replace", "path": "/metadata/resourceVersion", "value": object.meta.resource_version },
    ]);
    let patch = Patch { how: PatchKind::Json, body: &body, part: Subresource::Main, check: Check::Ignore };
    let moved = write::act(cx, dry, |hands| hands.patch(item.kind, &item.namespace, &item.name, patch))?;
    Ok(Some(moved.object))
}

/// The entries with what `from` updated handed to the applier `to`.
fn upgraded(mut entries: Vec<Entry>, from: &str, to: &str) -> Vec<Entry> {
    let updates = |entry: &Entry| entry.manager.name == from && !entry.manager.applies && entry.manager.part.is_empty();
    let applier = |entry: &Entry| entry.manager.name == to && entry.manager.applies && entry.manager.part.is_empty();
    let place = match entries.iter().position(applier) {
        Some(place) => place,
        None => {
            let Some(place) = entries.iter().position(updates) else { return entries };
            let was = entries[place].manager.clone();
            entries[place].manager = Manager { name: to.to_string().into(), applies: true, ..was };
            place
        }
    };
    let version = entries[place].manager.version.clone();
    if let Some(old) = entries.iter().find(|entry| updates(entry) && entry.manager.version == version) {
        let fields = entries[place].fields.union(&old.fields);
        entries[place].fields = fields;
    }
    entries.retain(|entry| !updates(entry));
    entries
}
