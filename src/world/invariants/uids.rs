//! Law: no two objects share a uid.
//!
//! Models: `apiserver/pkg/registry/rest/meta.go` (`FillObjectMetaSystemFields`).

use super::{Check, Findings, Law, Past};
use crate::world::World;
use std::collections::BTreeMap;

pub static LAW: Law =
    Law { name: "uids-differ", says: "Every object has a uid, and no two have the same.", check: Check::Always(check) };

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut held = BTreeMap::new();
    for object in world.reader().everything() {
        if object.uid().is_empty() {
            findings.add(object.key(), "has no uid");
        } else if let Some(other) = held.insert(object.uid(), object) {
            findings.add(object.key(), format!("has the uid of {}", other.key()));
        }
    }
}
