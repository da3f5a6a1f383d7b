//! Law: the rules on every node are those of the Services and their slices.
//!
//! Models: `pkg/proxy/iptables/proxier.go` (`syncProxyRules`).

use super::{Check, Findings, Law, Past};
use crate::api::{Object, Reader, kinds};
use crate::control::pods;
use crate::net::Rule;
use crate::world::World;
use k8s_openapi::api::core::v1::ServiceSpec;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub static LAW: Law = Law {
    name: "rules-are-true",
    says: "On every settled node there are rules for each Service with an address and for no other, leading to its ready endpoints.",
    check: Check::Settled(check),
};

/// By service: how many ports, and the addresses behind them.
type Rules = BTreeMap<(Rc<str>, Rc<str>), (usize, BTreeSet<String>)>;

fn check(world: &World, _: &Past, findings: &mut Findings) {
    let read = world.reader();
    let expected = expected(read);
    for machine in world.machines.nodes.values().filter(|machine| machine.on && has_proxy(read, &machine.name)) {
        let table = world.tables.nodes.get(&machine.name);
        let rules = table.iter().flat_map(|table| &table.rules).map(|(service, rules)| {
            let leads = rules.iter().flat_map(|rule: &Rule| rule.backends.iter().map(|b| b.address.to_string()));
            (service.clone(), (rules.len(), leads.collect()))
        });
        let rules: Rules = rules.collect();
        let odd = rules.iter().find(|(service, rule)| expected.get(*service) != Some(*rule));
        let missing = expected.iter().find(|(service, _)| !rules.contains_key(*service));
        if let Some((service, rule)) = odd {
            let right = expected.get(service);
            findings.add(&machine.name, format!("its rules for {service:?} are {rule:?}, right is {right:?}"));
        } else if let Some((service, _)) = missing {
            findings.add(&machine.name, format!("has no rules for {service:?}"));
        }
    }
}

fn has_proxy(read: Reader<'_>, node: &str) -> bool {
    let mut pods = read.pods_on(node).filter(|pod| pod.namespace() == "kube-system");
    pods.any(|pod| pod.labels().get("k8s-app").is_some_and(|app| app == "kube-proxy") && pods::is_ready(pod))
}

fn expected(read: Reader<'_>) -> Rules {
    let mut rules = Rules::new();
    for service in read.list(kinds::SERVICE, None) {
        let spec = service.spec::<ServiceSpec>();
        let has_address = spec.cluster_ip.as_deref().is_some_and(|ip| !ip.is_empty() && ip != "None");
        if has_address {
            let ports = spec.ports.as_ref().map_or(0, Vec::len);
            let key = (service.namespace().into(), service.name().into());
            rules.insert(key, (ports, BTreeSet::new()));
        }
    }
    for slice in read.list(kinds::ENDPOINT_SLICE, None) {
        let Some(service) = slice.labels().get(crate::control::backends::SERVICE_NAME) else { continue };
        let Some((_, leads)) = rules.get_mut(&(slice.namespace().into(), service.as_str().into())) else { continue };
        if matches_port(slice, service, read) {
            leads.extend(ready(slice));
        }
    }
    rules
}

/// Whether the slice has a port for one of the service's.
fn matches_port(slice: &Object, service: &str, read: Reader<'_>) -> bool {
    let Some(service) = read.get(kinds::SERVICE, slice.namespace(), service) else { return false };
    let ports = service.spec::<ServiceSpec>().ports.iter().flatten();
    let offered: Vec<&str> = slice
        .spec::<EndpointSlice>()
        .ports
        .iter()
        .flatten()
        .filter(|port| port.port.is_some())
        .map(|port| port.name.as_deref().unwrap_or(""))
        .collect();
    ports.into_iter().any(|port| offered.contains(&port.name.as_deref().unwrap_or("")))
}

fn ready(slice: &Object) -> impl Iterator<Item = String> + '_ {
    let endpoints = slice.spec::<EndpointSlice>().endpoints.iter().flatten();
    let ready = endpoints.filter(|endpoint| endpoint.conditions.as_ref().is_none_or(|c| c.ready != Some(false)));
    ready.filter_map(|endpoint| endpoint.addresses.first().cloned())
}
