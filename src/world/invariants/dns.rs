//! Law: CoreDNS knows every Service, and nothing else.
//!
//! Models: CoreDNS plugin `kubernetes`.

use super::{Check, Findings, Law, Past};
use crate::api::kinds;
use crate::net::tables::Record;
use crate::world::World;
use k8s_openapi::api::core::v1::ServiceSpec;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

pub static LAW: Law = Law {
    name: "names-are-true",
    says: "In a settled cluster each Service's name leads to its address (or to its name elsewhere), and no name is left of a Service that is gone.",
    check: Check::Settled(check),
};

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let mut names = BTreeSet::new();
    for service in world.reader().list(kinds::SERVICE, None) {
        let name = format!("{}.{}.svc.cluster.local", service.name(), service.namespace());
        let spec = service.spec::<ServiceSpec>();
        let record = world.tables.dns.get(&name);
        let address = spec.cluster_ip.as_deref().and_then(|ip| ip.parse::<Ipv4Addr>().ok());
        let right = match (spec.type_.as_deref(), address) {
            (Some("ExternalName"), _) => matches!(record, Some(Record::Alias(_))),
            (_, Some(address)) => record == Some(&Record::Addresses(vec![address])),
            // A headless one leads to its ready endpoints, if there are any.
            _ => !matches!(record, Some(Record::Alias(_))),
        };
        if !right {
            findings.add(service.key(), format!("its name leads to {record:?}"));
        }
        names.insert(name);
    }
    for name in world.tables.dns.keys() {
        // A pod's own name stands before its service's.
        let own = names.contains(name) || name.split_once('.').is_some_and(|(_, rest)| names.contains(rest));
        if !own {
            findings.add(name, "is known, but there is no such Service");
        }
    }
}
