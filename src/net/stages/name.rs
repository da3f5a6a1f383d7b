//! Names: the search list of a pod's resolv.conf, and what CoreDNS answers.
//!
//! Models: `resolv.conf` of a pod with `dnsPolicy: ClusterFirst` (ndots:5), CoreDNS plugin `kubernetes`.
//! Left out: SRV, PTR, caching, names of the Internet (there is none here).

use super::{Walk, connect};
use crate::api::kinds;
use crate::net::path::{Act, End, Source, Why};
use crate::net::place::Place;
use crate::net::tables::Record;
use k8s_openapi::api::core::v1::PodSpec;
use std::net::Ipv4Addr;

const DNS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);

/// The full name that exists and its address.
pub fn resolve(walk: &mut Walk<'_>, name: &str) -> Result<(String, Ipv4Addr), End> {
    if name == "localhost" {
        return Ok((name.into(), Ipv4Addr::LOCALHOST));
    }
    match walk.flow.from.clone() {
        Source::Pod { namespace, name: pod } => {
            if pod == name.into() {
                return Ok((name.into(), walk.from.0));
            }
            cluster(walk, &namespace, &pod, name)
        }
        Source::Outside | Source::Node(_) => hosts(walk, name),
    }
}

/// Outside of pods only the machines have names.
fn hosts(walk: &mut Walk<'_>, name: &str) -> Result<(String, Ipv4Addr), End> {
    if let Some(address) = walk.node_address(name) {
        return Ok((name.into(), address));
    }
    let at = walk.origin();
    let why = Why::new(
        format!("{name} is not known here: names of Services exist only inside the cluster, where CoreDNS answers."),
        format!("{name}: 여기서는 모르는 이름이에요. 서비스 이름은 CoreDNS가 답하는 클러스터 안에서만 통해요."),
    );
    walk.hop(at, Act::NoSuchName { name: name.into() }, 2, why);
    Err(End::NoSuchName)
}

fn cluster(walk: &mut Walk<'_>, namespace: &str, pod: &str, name: &str) -> Result<(String, Ipv4Addr), End> {
    let origin = walk.origin();
    let asked = walk.to;
    let pod = walk.read.get(kinds::POD, namespace, pod);
    let host_policy = pod.is_some_and(|pod| {
        let spec = pod.spec::<PodSpec>();
        spec.dns_policy.as_deref() == Some("Default")
            || (spec.host_network == Some(true) && spec.dns_policy.as_deref() != Some("ClusterFirstWithHostNet"))
    });
    if host_policy {
        return hosts(walk, name);
    }
    let why = Why::new(
        format!("The name {name} is unknown so far. The pod's resolv.conf says: ask 10.96.0.10."),
        format!("{name}의 주소를 아직 몰라요. 파드의 resolv.conf에 적힌 10.96.0.10에 물어봐요."),
    );
    walk.to = (DNS, 53);
    walk.hop(origin.clone(), Act::Ask { name: name.into() }, 1, why);
    let from_node = walk.node.clone();
    match connect(walk) {
        End::Delivered { .. } => {}
        _ => return Err(End::NoResolver),
    }
    walk.node = from_node;
    walk.to = asked;
    for full in search(namespace, name) {
        if let Some(addresses) = look(walk, &full) {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let why = Why::new(
                format!("CoreDNS knows {full}: {}.", list.join(", ")),
                format!("CoreDNS의 답: {full}은(는) {}이에요.", list.join(", ")),
            );
            let pick = addresses[walk.chance.below(addresses.len() as u64) as usize];
            walk.hop(Place::Dns, Act::Answer { name: full.clone(), addresses }, 1, why);
            return Ok((full, pick));
        }
    }
    let why = Why::new(
        format!("CoreDNS knows no Service {name} here. Is the name right, and the namespace?"),
        format!("CoreDNS가 아는 서비스 중에 {name}은(는) 없어요. 이름과 네임스페이스를 확인해 보세요."),
    );
    walk.hop(Place::Dns, Act::NoSuchName { name: name.into() }, 1, why);
    Err(End::NoSuchName)
}

/// The names that a pod's resolver tries, in order.
pub fn search(namespace: &str, name: &str) -> Vec<String> {
    if let Some(absolute) = name.strip_suffix('.') {
        return vec![absolute.into()];
    }
    let mut names: Vec<String> =
        [format!("{namespace}.svc.cluster.local"), "svc.cluster.local".into(), "cluster.local".into()]
            .iter()
            .map(|domain| format!("{name}.{domain}"))
            .collect();
    let dots = name.matches('.').count();
    names.insert(if dots >= 5 { 0 } else { names.len() }, name.into());
    names
}

/// What CoreDNS has for a full name; an alias is followed a few times.
fn look(walk: &Walk<'_>, name: &str) -> Option<Vec<Ipv4Addr>> {
    let mut name = name.to_string();
    for _ in 0..8 {
        match walk.tables.dns.get(&name) {
            Some(Record::Addresses(addresses)) if addresses.is_empty() => return None,
            Some(Record::Addresses(addresses)) => return Some(addresses.clone()),
            Some(Record::Alias(to)) => name = to.trim_end_matches('.').to_string(),
            None => return pod_name(&name),
        }
    }
    None
}

/// `10-244-1-5.default.pod.cluster.local`.
fn pod_name(name: &str) -> Option<Vec<Ipv4Addr>> {
    let (address, rest) = name.split_once('.')?;
    let address = rest.ends_with(".pod.cluster.local").then(|| address.replace('-', "."))?;
    address.parse().ok().map(|address| vec![address])
}
