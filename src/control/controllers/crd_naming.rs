//! CustomResourceDefinitions get their names accepted, and then their resource is established. Both run inside the API
//! server.
//!
//! Models: `apiextensions-apiserver/pkg/controller/{status/naming_controller,establish/establishing_controller}.go`.
//! Left out: the five seconds that several API servers would wait for each other.

use crate::api::custom::definition;
use crate::api::kinds::plain;
use crate::api::{ApiError, Object, Reader};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub struct CrdNaming;

impl Controller for CrdNaming {
    fn name(&self) -> &'static str {
        "naming-condition-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:apiserver".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        if change.key.resource != definition::RESOURCE {
            return vec![];
        }
        let mut keys = vec![change.key.clone()];
        // A name that was given back may be what another definition of the group waits for.
        let names =
            |object: &Option<Object>| object.as_ref().and_then(|o| plain::at(o, &["status", "acceptedNames"]).cloned());
        if names(&change.old) != names(&change.new) {
            let group = change.key.name.split_once('.').map_or("", |(_, group)| group);
            let kind = change.new.as_ref().or(change.old.as_ref()).map(|object| object.kind);
            let others = kind.into_iter().flat_map(|kind| read.list(kind, None));
            keys.extend(others.filter(|o| plain::text(o, &["spec", "group"]) == group).map(Object::key));
        }
        keys
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(object) = cx.read().by_key(key).cloned() else { return Ok(Again::OnChange) };
        let spec = plain::at(&object, &["spec", "names"]).cloned().unwrap_or_default();
        let accepted = plain::at(&object, &["status", "acceptedNames"]).cloned().unwrap_or_default();
        let mut new = object.clone();
        if spec != accepted {
            names(&mut new, &spec, &accepted, cx);
        } else if definition::is_true(&object, "NamesAccepted") && !definition::is_served(&object) {
            let words = ["Established", "True", "InitialNamesAccepted", "the initial names have been accepted"];
            definition::set_condition(&mut new, words, cx.now);
        }
        if !new.same_status(&object) {
            cx.update_status(new)?;
        }
        Ok(Again::OnChange)
    }
}

/// Everything that the definitions of a group have claimed: resources, kinds.
fn claimed(object: &Object, cx: &Cx<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut resources, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    let group = plain::text(object, &["spec", "group"]);
    for other in cx.read().list(object.kind, None).filter(|o| plain::text(o, &["spec", "group"]) == group) {
        let text = |name: &str| plain::text(other, &["status", "acceptedNames", name]).to_string();
        resources.extend([text("plural"), text("singular")]);
        resources.extend(words(plain::at(other, &["status", "acceptedNames", "shortNames"])));
        kinds.extend([text("kind"), text("listKind")]);
    }
    (resources, kinds)
}

fn words(list: Option<&Value>) -> Vec<String> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

fn names(new: &mut Object, spec: &Value, accepted: &Value, cx: &Cx<'_>) {
    let (resources, kinds) = claimed(new, cx);
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).unwrap_or("").to_string();
    let mut result: Map<String, Value> = accepted.as_object().cloned().unwrap_or_default();
    let mut conflict: Option<(&str, String)> = None;
    let used = |name: &str| format!("\"{name}\" is already in use");
    for (name, reason, taken) in [
        ("plural", "PluralConflict", &resources),
        ("singular", "SingularConflict", &resources),
        ("kind", "KindConflict", &kinds),
        ("listKind", "ListKindConflict", &kinds),
    ] {
        let wanted = text(spec, name);
        if wanted != text(accepted, name) && taken.contains(&wanted) {
            conflict = Some((reason, used(&wanted)));
        } else {
            result.insert(name.into(), wanted.into());
        }
        if name == "singular" {
            let own = words(accepted.get("shortNames"));
            let wanted = words(spec.get("shortNames"));
            let taken: Vec<String> =
                wanted.iter().filter(|w| !own.contains(w) && resources.contains(*w)).map(|w| used(w)).collect();
            match taken.as_slice() {
                [] => take(&mut result, spec, "shortNames"),
                [one] => conflict = Some(("ShortNamesConflict", one.clone())),
                many => conflict = Some(("ShortNamesConflict", format!("[{}]", many.join(", ")))),
            }
        }
    }
    take(&mut result, spec, "categories");
    definition::status_mut(new).insert("acceptedNames".into(), Value::Object(result));
    let fine = conflict.is_none();
    let (reason, message) = conflict.unwrap_or(("NoConflicts", "no conflicts found".into()));
    let value = if fine { "True" } else { "False" };
    definition::set_condition(new, ["NamesAccepted", value, reason, &message], cx.now);
    let established = definition::status_of(new, "Established").map(String::from);
    if fine && established.as_deref() != Some("True") {
        let words = ["Established", "False", "Installing", "the initial names have been accepted"];
        definition::set_condition(new, words, cx.now);
    } else if established.is_none() {
        definition::set_condition(new, ["Established", "False", "NotAccepted", "not all names are accepted"], cx.now);
    }
}

fn take(result: &mut Map<String, Value>, spec: &Value, name: &str) {
    match spec.get(name) {
        Some(value) => result.insert(name.into(), value.clone()),
        None => result.remove(name),
    };
}
