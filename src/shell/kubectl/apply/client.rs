//! Client-side apply of one object: a patch of what was applied last, what is asked for and what is there.
//!
//! Models: `kubectl/pkg/cmd/apply/{apply,patcher}.go`.
//! Left out: the pauses between tries after a conflict.

use super::{Step, Waiting, Work};
use crate::api::decode::Check;
use crate::api::patch::{self, Patch, PatchKind, Subresource, three_way};
use crate::api::server::Deleted;
use crate::api::{ApiError, Object, Reason};
use crate::base::yaml;
use crate::shell::kubectl::Cx;
use crate::shell::kubectl::manifest::Item;
use crate::shell::kubectl::trouble::Trouble;
use crate::shell::kubectl::write::{self, DryRun, LAST_APPLIED};
use crate::time::Span;
use serde_json::{Map, Value};

/// Applies one object.
///
/// # Errors
/// The server's and kubectl's, with the file that the object comes from.
pub fn one(item: &Item, work: &mut Work, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
    let dry = work.settings.dry;
    let mut modified = item.value.clone();
    let text = write::last_applied(&modified);
    write::annotate(&mut modified, LAST_APPLIED, text);
    if item.name.is_empty() {
        let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", item.describe());
        return Err(Trouble::text("resource name may not be empty").from(&doing, &item.source));
    }
    let live = match cx.get(item.kind, &item.namespace, &item.name) {
        Ok(live) => live.seen_as(item.kind),
        Err(error) if error.reason == Reason::NotFound => return absent(item, modified, work, cx),
        Err(error) => {
            let doing = format!("retrieving current configuration of:\n{}\nfrom server for:", item.describe());
            return Err(Trouble::Api(error).from(&doing, &item.source));
        }
    };
    work.visit(live.uid());
    if !live.annotations().contains_key(LAST_APPLIED) {
        let words = format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.",
            item.kind.names().plural,
            item.name
        );
        cx.err(words);
    }
    let patched = |sent: &str, error: Trouble| {
        let doing = format!("applying patch:\n{sent}\nto:\n{}\nfor:", item.describe());
        error.from(&doing, &item.source)
    };
    let (how, body) = body(item, &modified, &live, work.settings.overwrite, cx)
        .map_err(|words| patched("", Trouble::Text(words).from("patching", &item.source)))?;
    let unchanged = body.as_object().is_some_and(Map::is_empty);
    let value = match dry {
        _ if unchanged => live.to_wire_managed(),
        DryRun::Client => patch::apply(item.kind.names().kind, live.to_wire_managed(), how, &body)?,
        _ => match send(item, (how, &body), work.settings.check, dry, cx) {
            Ok(object) => object.to_wire_managed(),
            Err(error) if work.settings.force && matches!(error.reason, Reason::Conflict | Reason::Invalid) => {
                return anew(item, modified, live, work, cx);
            }
            Err(error) => {
                let sent = yaml::to_json(&body);
                return Err(patched(sent.trim_end(), Trouble::Api(error).from("patching", &item.source)));
            }
        },
    };
    if value.pointer("/metadata/deletionTimestamp").is_some() {
        cx.err(format_args!("Warning: Detected changes to resource {} which is currently being deleted.", item.name));
    }
    work.tell(item, value, if unchanged { "unchanged" } else { "configured" }, cx)
}

/// Creates what is not there.
fn absent(item: &Item, mut modified: Value, work: &mut Work, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
    without_nulls(&mut modified);
    let settings = &work.settings;
    if settings.dry != DryRun::Client {
        let made = write::create(cx, item.kind, modified, settings.check, settings.dry);
        let made = made.map_err(|trouble| trouble.from("creating", &item.source))?;
        work.visit(made.uid());
        modified = made.to_wire_managed();
    }
    work.tell(item, modified, "created", cx)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The patch to send.
fn body(
    item: &Item,
    modified: &Value,
    live: &Object,
    overwrite: bool,
    cx: &mut Cx<'_>,
) -> Result<(PatchKind, Value), String> {
    let last = live.annotations().get(LAST_APPLIED).and_then(|text| serde_json::from_str(text).ok());
    let original: Value = last.unwrap_or_else(|| Value::Object(Map::new()));
    let current = live.to_wire();
    let kind = item.kind.names().kind;
    let made = three_way::of_kind(item.kind, &original, modified, &current).and_then(|(how, patch)| {
        if how == PatchKind::Merge {
            return Ok((how, patch));
        }
        let changed = three_way::two_way(kind, &original, &current)?;
        if overwrite || !three_way::conflict(kind, &patch, &changed) {
            return Ok((how, patch));
        }
        let (patch, changed) = (yaml::to_yaml(&patch), yaml::to_yaml(&changed));
        Err(format!("patch:\n{patch}\nconflicts with changes made from original to current:\n{changed}\n"))
    });
    made.map_err(|words| {
        cx.err(format_args!("warning: error calculating patch from openapi v3 spec: {words}"));
        cx.err(format_args!("warning: error calculating patch from openapi spec: {words}"));
        let text = |value: &Value| format!("{}\n", yaml::to_json(value).trim_end());
        format!(
            "creating patch with:\noriginal:\n{}\nmodified:\n{}\ncurrent:\n{}\nfor: {words}",
            if live.annotations().contains_key(LAST_APPLIED) { text(&original) } else { String::new() },
            text(modified),
            text(&live.to_wire_managed())
        )
    })
}

fn send(
    item: &Item,
    (how, body): (PatchKind, &Value),
    check: Check,
    dry: DryRun,
    cx: &mut Cx<'_>,
) -> Result<Object, ApiError> {
    let request = Patch { how, body, part: Subresource::Main, check };
    let patched = write::act(cx, dry, |hands| hands.patch(item.kind, &item.namespace, &item.name, request))?;
    write::warn(cx, &patched.warnings);
    Ok(patched.object)
}

/// `--force`: what cannot be changed is deleted and made anew.
fn anew(item: &Item, modified: Value, live: Object, work: &mut Work, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
    let fail = |error: Trouble| {
        let text = yaml::to_json(&modified);
        let doing = format!("applying patch:\n{}\n\nto:\n{}\nfor:", text.trim_end(), item.describe());
        error.from(&doing, &item.source)
    };
    let options = work.settings.options.clone();
    let gone = write::act(cx, DryRun::None, |hands| hands.delete(item.kind, &item.namespace, &item.name, &options));
    match gone.map_err(|error| fail(error.into()))? {
        Deleted::Gone(_) => made(item, modified, &live, work, cx),
        Deleted::Waiting(object) if work.settings.timeout > Span::ZERO => {
            let until = cx.now() + work.settings.timeout;
            let uid = object.uid().to_string();
            Ok(Step::Waits(Box::new(Waiting { item: item.clone(), modified, live, uid, until })))
        }
        Deleted::Waiting(_) => Err(fail(Trouble::text("context deadline exceeded"))),
    }
}

/// Makes the object again once the old one is gone.
///
/// # Errors
/// The server's; the old object is put back then.
pub fn made(item: &Item, modified: Value, live: &Object, work: &mut Work, cx: &mut Cx<'_>) -> Result<Step, Trouble> {
    let check = work.settings.check;
    let text = yaml::to_json(&modified);
    let made = match write::create(cx, item.kind, modified, check, DryRun::None) {
        Ok(made) => made,
        Err(trouble) => {
            let mut old = live.to_value();
            if let Some(meta) = old.get_mut("metadata").and_then(Value::as_object_mut) {
                meta.remove("resourceVersion");
            }
            let back = write::create(cx, item.kind, old, Check::Ignore, DryRun::None);
            let trouble = match back {
                Ok(_) => trouble,
                Err(again) => Trouble::text(format!(
                    "An error occurred force-replacing the existing object with the newly provided one:\n\n{}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n{}",
                    trouble.message(),
                    again.message()
                )),
            };
            let doing = format!("applying patch:\n{}\n\nto:\n{}\nfor:", text.trim_end(), item.describe());
            return Err(trouble.from(&doing, &item.source));
        }
    };
    work.visit(made.uid());
    work.tell(item, made.to_wire_managed(), "configured", cx)
}
