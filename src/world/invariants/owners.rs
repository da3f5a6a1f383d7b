//! Law: no object outlives its owners.
//!
//! Models: `pkg/controller/garbagecollector/garbagecollector.go` (`attemptToDeleteItem`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader};
use crate::world::World;

pub static LAW: Law = Law {
    name: "owners-exist",
    says: "In a settled cluster every owner that an object names exists, unless the object is on its way out.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    for object in read.everything().filter(|object| !object.deleting()) {
        findings.at(object, wrong(object, read));
    }
}

fn wrong(object: &Object, read: Reader<'_>) -> Option<String> {
    object.meta.owner_references.iter().flatten().find_map(|owner| {
        let kind = read.kind_of(&owner.api_version, &owner.kind)?;
        let namespace = if kind.names().namespaced { object.namespace() } else { "" };
        let there = read.get(kind, namespace, &owner.name).is_some_and(|found| found.uid() == owner.uid);
        (!there).then(|| format!("is owned by {} {}, which there is not", owner.kind, owner.name))
    })
}
