//! What has been programmed so far: per node by kube-proxy, for everyone by CoreDNS. A stale table is a lesson, not a bug.
//!
//! Models: `pkg/proxy/iptables`, CoreDNS plugin `kubernetes`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// What each node's kube-proxy has written.
    pub nodes: BTreeMap<Rc<str>, Rc<NodeTable>>,
    /// Names under `svc.cluster.local.` as CoreDNS knows them: `web.default.svc.cluster.local` and its addresses.
    pub dns: Rc<BTreeMap<String, Record>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Addresses(Vec<Ipv4Addr>),
    Alias(String),
}

/// One node's rules, by the service that they are for.
#[derive(Clone, Debug, Default)]
pub struct NodeTable {
    pub rules: BTreeMap<(Rc<str>, Rc<str>), Vec<Rule>>,
}

/// The chain of one service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub namespace: Rc<str>,
    pub service: Rc<str>,
    pub address: Option<Ipv4Addr>,
    pub port: u16,
    pub node_port: Option<u16>,
    pub protocol: String,
    /// Where it leads; empty means "reject".
    pub backends: Vec<Backend>,
    /// `externalTrafficPolicy: Local`.
    pub local_only: bool,
    /// `internalTrafficPolicy: Local`.
    pub at_home: bool,
    /// `sessionAffinity: ClientIP`.
    pub sticky: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    pub address: Ipv4Addr,
    pub port: u16,
    pub node: Option<Rc<str>>,
    /// Pod behind it: namespace, name.
    pub pod: Option<(Rc<str>, Rc<str>)>,
}

impl NodeTable {
    /// The rule for a cluster address and port.
    pub fn cluster(&self, address: Ipv4Addr, port: u16, protocol: &str) -> Option<&Rule> {
        self.all().find(|rule| rule.address == Some(address) && rule.port == port && rule.protocol == protocol)
    }

    /// Whether any rule stands for this address, whatever the port.
    pub fn knows(&self, address: Ipv4Addr) -> bool {
        self.all().any(|rule| rule.address == Some(address))
    }

    /// The rule for a node port.
    pub fn node_port(&self, port: u16, protocol: &str) -> Option<&Rule> {
        self.all().find(|rule| rule.node_port == Some(port) && rule.protocol == protocol)
    }

    fn all(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().flatten()
    }
}
