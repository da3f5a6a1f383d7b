//! Law: what is deleted goes.
//!
//! Models: `rest.BeforeDelete`, `pkg/kubelet` (a pod goes when its grace period is over), `pkg/controller/namespace`.

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::time::{Span, Time};
use crate::world::World;

pub static LAW: Law = Law {
    name: "deletions-end",
    says: "In a settled cluster an object that is being deleted still waits for a finalizer, for its grace period, or (a namespace) for its content.",
    check: Check::Settled(check),
};

/// Beyond its grace period a pod may take so long.
const PATIENCE: Span = Span::seconds(30);

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for object in read.everything().filter(|object| object.deleting()) {
        findings.at(object, wrong(object, world.now, read));
    }
}

fn wrong(object: &Object, now: Time, read: Reader<'_>) -> Option<String> {
    if object.meta.finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty()) {
        return None;
    }
    let end = object.meta.deletion_timestamp.as_ref().map(|t| Time::of(t.0)).unwrap_or_default();
    if object.kind == kinds::NAMESPACE {
        let is_content = |other: &&Object| other.namespace() == object.name() && other.kind != kinds::EVENT;
        let empty = !read.everything().any(|other| is_content(&other));
        return (empty && end + PATIENCE < now).then(|| "is empty, but does not go".into());
    }
    let waits = object.kind == kinds::POD && pods::node(object).is_some() && end + PATIENCE >= now;
    (!waits).then(|| "was deleted and waits for nothing, but is there".into())
}
