//! The packet walk: a name is asked for, an address is rewritten, a packet is routed and delivered. Pure: it reads the
//! cluster's objects and the tables as they are, and changes nothing.
//!
//! Models: the resolver of libc, `pkg/proxy/iptables`, kindnet/host routing.
//! Left out: NetworkPolicy, load balancers, conntrack of running connections, IPv6.

mod deliver;
mod name;
mod service;

use super::path::{Act, End, Flow, Hop, Path, Source, Target, Why};
use super::place::Place;
use super::tables::Tables;
use crate::api::{Reader, kinds};
use crate::base::rng::Stream;
use crate::time::Span;
use k8s_openapi::api::core::v1::{NodeStatus, PodSpec, PodStatus};
use std::net::Ipv4Addr;
use std::rc::Rc;

/// What only the machines know.
pub trait Ground {
    /// Whether a process of a running container accepts connections at this pod or host address.
    fn listens(&self, address: Ipv4Addr, port: u16) -> bool;
    fn powered(&self, node: &str) -> bool;
    /// How the wire of a machine is.
    fn wire(&self, _node: &str) -> Wire {
        Wire::default()
    }
}

/// The wire between one machine and all others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Nothing gets through.
    pub cut: bool,
    /// How much longer each packet takes.
    pub delay: Span,
    /// Of a hundred packets so many are lost.
    pub loss: u8,
}

/// One walk in progress.
pub(super) struct Walk<'a> {
    pub read: Reader<'a>,
    pub tables: &'a Tables,
    pub ground: &'a dyn Ground,
    pub chance: &'a mut Stream,
    pub flow: &'a Flow,
    pub hops: Vec<Hop>,
    /// The node on which the packet is.
    pub node: Option<Rc<str>>,
    /// Address of the sender, `ip:port`, as the packet carries it.
    pub from: (Ipv4Addr, u16),
    pub to: (Ipv4Addr, u16),
}

/// A pod by its address.
pub(super) struct PodAt {
    pub namespace: Rc<str>,
    pub name: Rc<str>,
    pub node: Rc<str>,
}

/// Follows one connection as far as it gets.
pub fn trace(flow: &Flow, read: Reader<'_>, tables: &Tables, ground: &dyn Ground, chance: &mut Stream) -> Path {
    let mut walk = Walk {
        read,
        tables,
        ground,
        flow,
        hops: vec![],
        node: None,
        from: (Ipv4Addr::LOCALHOST, 32768 + chance.below(28000) as u16),
        to: (Ipv4Addr::UNSPECIFIED, flow.port),
        chance,
    };
    walk.start();
    let mut found = None;
    let address = match &flow.to {
        Target::Address(address) => *address,
        Target::Name(name) => match name::resolve(&mut walk, name) {
            Ok((full, address)) => {
                found = Some(full);
                address
            }
            Err(end) => return Path { hops: walk.hops, end, address: None, name: None },
        },
    };
    walk.to = (address, flow.port);
    let end = connect(&mut walk);
    Path { hops: walk.hops, end, address: Some(address), name: found }
}

/// From here to the address that the packet carries now.
pub(super) fn connect(walk: &mut Walk<'_>) -> End {
    if let Some(end) = service::rewrite(walk) { end } else { deliver::route(walk) }
}

impl Walk<'_> {
    fn start(&mut self) {
        match &self.flow.from {
            Source::Outside => self.from.0 = LAPTOP,
            Source::Node(node) => {
                self.node = Some(node.clone());
                self.from.0 = self.node_address(node).unwrap_or(Ipv4Addr::LOCALHOST);
            }
            Source::Pod { namespace, name } => {
                if let Some(pod) = self.read.get(kinds::POD, namespace, name) {
                    self.node = pod.spec::<PodSpec>().node_name.as_deref().map(Into::into);
                    let ip = pod.status::<PodStatus>().pod_ip.as_deref();
                    self.from.0 = ip.and_then(|ip| ip.parse().ok()).unwrap_or(Ipv4Addr::LOCALHOST);
                }
            }
        }
    }

    pub fn origin(&self) -> Place {
        match &self.flow.from {
            Source::Outside => Place::Outside,
            Source::Node(node) => Place::Node(node.clone()),
            Source::Pod { namespace, name } => Place::Pod { namespace: namespace.clone(), name: name.clone() },
        }
    }

    pub fn hop(&mut self, at: Place, act: Act, millis: u64, why: Why) {
        let (from, to) = (text(self.from), text(self.to));
        self.hops.push(Hop { at, act, takes: Span::millis(millis), from, to, why });
    }

    pub fn pod_at(&self, address: Ipv4Addr) -> Option<PodAt> {
        let wanted = address.to_string();
        self.read.list(kinds::POD, None).find_map(|pod| {
            let status = pod.status::<PodStatus>();
            let spec = pod.spec::<PodSpec>();
            let over = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
            if over || spec.host_network == Some(true) || status.pod_ip.as_deref() != Some(&wanted) {
                return None;
            }
            let node = spec.node_name.as_deref()?;
            Some(PodAt { namespace: pod.namespace().into(), name: pod.name().into(), node: node.into() })
        })
    }

    /// The node that owns an address.
    pub fn node_at(&self, address: Ipv4Addr) -> Option<Rc<str>> {
        let wanted = address.to_string();
        self.read.list(kinds::NODE, None).find_map(|node| {
            let addresses = node.status::<NodeStatus>().addresses.iter().flatten();
            let mut internal = addresses.filter(|a| a.type_ == "InternalIP");
            internal.any(|a| a.address == wanted).then(|| node.name().into())
        })
    }

    pub fn node_address(&self, node: &str) -> Option<Ipv4Addr> {
        let node = self.read.get(kinds::NODE, "", node)?;
        let addresses = node.status::<NodeStatus>().addresses.iter().flatten();
        addresses.filter(|a| a.type_ == "InternalIP").find_map(|a| a.address.parse().ok())
    }
}

/// The laptop's address in the nodes' network.
const LAPTOP: Ipv4Addr = Ipv4Addr::new(172, 18, 0, 1);

pub(super) fn text((address, port): (Ipv4Addr, u16)) -> String {
    format!("{address}:{port}")
}

/// 10.244.0.0/16 and on: where pods live.
pub(super) fn is_pod_range(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 10 && (244..=254).contains(&b)
}

/// 10.96.0.0/12: where services live.
pub(super) fn is_service_range(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 10 && (96..112).contains(&b)
}
