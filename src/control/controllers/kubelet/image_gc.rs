//! Images that no container needs are removed when the disk fills up.
//!
//! Models: `pkg/kubelet/images/image_gc_manager.go`, `pkg/kubelet/kubelet.go` (`StartGarbageCollection`).
//! Left out: a maximum age of images (none by default), pinned images other than the pause image.

use crate::api::kinds;
use crate::control::events::EventType;
use crate::control::{Again, Cx};
use crate::node::Machine;
use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::BTreeSet;
use std::rc::Rc;

pub(super) const RESOURCE: &str = "imagegc";
/// How often it looks, above how many of a hundred parts it begins, to how many it wants to come, and how old an image must be.
const PERIOD: Span = Span::minutes(5);
const HIGH: u64 = 85;
const LOW: u64 = 80;
const MIN_AGE: Span = Span::minutes(2);

fn usage(machine: &Machine) -> (u64, u64, u64) {
    let level = machine.disk_level();
    (100 - level.available * 100 / level.capacity, level.available, level.capacity)
}

/// Has it look at its next turn, if the disk is full enough.
pub(super) fn wake(node: &Rc<str>, cx: &mut Cx<'_>) {
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get(node) else { return };
    if usage(machine).0 < HIGH {
        return;
    }
    let phase = machine.phase() * 300;
    let past = (now.0 + PERIOD.0 - phase % PERIOD.0) % PERIOD.0;
    cx.wake(Key::new(RESOURCE, "", node), Span(PERIOD.0 - past));
}

pub(super) fn collect(cx: &mut Cx<'_>) -> Result<Again, crate::api::ApiError> {
    let Some(node) = cx.node.clone() else { return Ok(Again::OnChange) };
    let Some(machine) = cx.machines.nodes.get_mut(&node) else { return Ok(Again::OnChange) };
    let (percent, available, capacity) = usage(machine);
    if percent < HIGH {
        machine.runtime().strain.gc_failed = false;
        return Ok(Again::OnChange);
    }
    let wanted = (capacity * (100 - LOW) / 100).saturating_sub(available);
    let freed = delete_unused(&node, wanted, cx);
    let failed = freed < wanted;
    let Some(machine) = cx.machines.nodes.get_mut(&node) else { return Ok(Again::OnChange) };
    let again = std::mem::replace(&mut machine.runtime().strain.gc_failed, failed) && failed;
    let object = cx.read().get(kinds::NODE, "", &node).cloned();
    if let Some(object) = object.filter(|_| failed) {
        let text = format!(
            "Failed to garbage collect required amount of images. Attempted to free {wanted} bytes, but only found {freed} bytes eligible to free."
        );
        cx.event(&object, EventType::Warning, "FreeDiskSpaceFailed", text.clone());
        if again {
            cx.event(&object, EventType::Warning, "ImageGCFailed", text);
        }
    }
    Ok(Again::After(PERIOD))
}

/// Removes images that no container of the machine was made from, oldest use first, until so many bytes are free; what
/// their sizes sum up to.
pub(super) fn delete_unused(node: &Rc<str>, wanted: u64, cx: &mut Cx<'_>) -> u64 {
    let now = cx.now;
    let Some(machine) = cx.machines.nodes.get_mut(node) else { return 0 };
    let mut used: BTreeSet<Rc<str>> = {
        let pulling = machine.runtime.pulling.iter().filter(|(_, until)| **until > now);
        pulling.map(|(name, _)| name.clone()).collect()
    };
    for pod in machine.runtime.pods.values() {
        used.extend(pod.slots.values().filter_map(|slot| slot.current.as_ref()).map(|c| c.image.clone()));
    }
    let old = |since: Time| now.since(since) >= MIN_AGE;
    let mut unused: Vec<(Time, Rc<str>, u64)> = machine
        .runtime
        .images
        .iter()
        .filter(|(name, image)| !used.contains(*name) && old(image.since) && !name.contains("/pause:"))
        .map(|(name, image)| (image.since, name.clone(), image.bytes))
        .collect();
    unused.sort();
    let mut freed = 0;
    let mut gone = vec![];
    for (_, name, bytes) in unused {
        if freed >= wanted {
            break;
        }
        freed += bytes;
        gone.push(name);
    }
    let runtime = machine.runtime();
    for name in &gone {
        runtime.images.remove(name);
        runtime.news = true;
    }
    for name in gone {
        cx.local(&format!("image {name} removed"), Key::new("nodes", "", node));
    }
    if freed > 0 {
        super::node::news(cx);
    }
    freed
}
