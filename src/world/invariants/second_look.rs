//! Law: a second look changes nothing. Whatever a controller would do on seeing an object anew, it has done already: it was
//! woken by every change that concerns it.
//!
//! Models: the resync of `client-go/tools/cache`.
//! Left out: kubelets (each look is a moment in the life of a pod), the autoscaler (each look takes a new measurement).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, User, kinds};
use crate::control::{Controller, FactId, Runs, controllers, pods};
use crate::store::{Change, Key};
use crate::time::Span;
use crate::world::work::Instance;
use crate::world::{World, is_news};
use std::collections::BTreeSet;

pub static LAW: Law = Law {
    name: "a-second-look-changes-nothing",
    says: "In a settled cluster no controller would write anything if it looked at everything again.",
    check: Check::Settled(check),
};

/// What wants a look within this time is on its way.
const SOON: Span = Span::seconds(15);

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut again = world.clone();
    for (index, controller) in controllers::ALL.iter().enumerate() {
        if controller.runs() != Runs::ControlPlane || controller.name() == "horizontal-pod-autoscaler-controller" {
            continue;
        }
        let by = Instance { controller: index as u16, node: None };
        for key in keys(*controller, world) {
            if world.work.expects(&by, &key, world.now + SOON) {
                continue;
            }
            if let Some(text) = look(*controller, &by, &key, &mut again) {
                findings.add(&key, format!("{} {text}", controller.name()));
                again = world.clone();
            }
        }
    }
}

/// Everything that a controller looks at when it starts.
fn keys(controller: &dyn Controller, world: &World) -> BTreeSet<Key> {
    let read = world.reader();
    let mut keys: BTreeSet<Key> = controller.start(None, read).into_iter().collect();
    for object in read.everything() {
        let change = Change {
            revision: world.api.revision(),
            at: world.now,
            key: object.key(),
            new: Some(object.clone()),
            old: None,
            cause: 0,
        };
        keys.extend(controller.keys(&change, read));
    }
    keys
}

/// What a look writes, if anything.
fn look(controller: &dyn Controller, by: &Instance, key: &Key, world: &mut World) -> Option<String> {
    let before = world.api.revision();
    let user = User::component(&controller.user(None));
    let mut cx = world.cx(by.place(), user, None, FactId::BOOT);
    // A failure is told of by its own means, and tried again.
    let _ = controller.reconcile(key, &mut cx);
    let written = world.api.since(before);
    let change = written.iter().find(|change| is_news(change) && !is_word(change) && !is_late(controller, change))?;
    Some(match (&change.old, &change.new) {
        (None, _) => format!("makes {}", change.key),
        (_, None) => format!("deletes {}", change.key),
        (Some(old), Some(new)) => format!("changes {}: {}", change.key, difference(old, new)),
    })
}

/// Why a pod has no node is said anew only when a node may be found: a change that cannot help leaves the old words.
fn is_word(change: &Change<Object>) -> bool {
    let (Some(old), Some(new)) = (&change.old, &change.new) else { return false };
    new.kind == kinds::POD && pods::node(new).is_none() && old.same_spec(new) && old.meta.labels == new.meta.labels
}

/// What the real controller does not hear of, either: StatefulSets do not watch their claims, and budgets learn of the size
/// that a workload wants to have when one of its pods changes.
fn is_late(controller: &dyn Controller, change: &Change<Object>) -> bool {
    matches!(
        (controller.name(), change.key.resource),
        ("statefulset-controller", "persistentvolumeclaims") | ("disruption-controller", "poddisruptionbudgets.policy")
    )
}

fn difference(old: &Object, new: &Object) -> String {
    let (old, new) = (old.to_value(), new.to_value());
    let text = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let lines = crate::base::diff::unified(&text(&old), &text(&new), 0);
    let changed = lines.lines().filter(|line| !line.contains("resourceVersion") && !line.starts_with("@@"));
    changed.map(str::trim_end).take(12).collect::<Vec<_>>().join(" | ")
}
