//! Law: a namespace goes last; nothing is in a namespace that there is not.
//!
//! Models: `apiserver/pkg/admission/plugin/namespace/lifecycle`, `pkg/controller/namespace/deletion`.

use super::{Check, Findings, Law, Past};
use crate::api::kinds;
use crate::world::World;

pub static LAW: Law = Law {
    name: "namespaces-go-last",
    says: "Every object of a namespace is in one that exists.",
    check: Check::Always(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    // Objects come by kind and namespace: each namespace is looked up once per kind.
    let mut last: Option<(&str, bool)> = None;
    for object in read.everything().filter(|object| !object.namespace().is_empty()) {
        let there = match last {
            Some((name, there)) if name == object.namespace() => there,
            _ => read.get(kinds::NAMESPACE, "", object.namespace()).is_some(),
        };
        last = Some((object.namespace(), there));
        if !there {
            findings.add(object.key(), "its namespace does not exist");
        }
    }
}
