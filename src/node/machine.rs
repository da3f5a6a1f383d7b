//! The machines of the cluster: what is true of a node whatever the API server believes.

use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub struct Machines {
    /// The cluster's certificate authority, as PEM text (made up from the seed; nothing verifies it).
    pub authority: String,
    pub nodes: BTreeMap<Rc<str>, Machine>,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub name: Rc<str>,
    /// `172.18.0.3`
    pub address: String,
    /// `10.244.1.0/24`
    pub pod_cidr: String,
    /// Whole CPUs.
    pub cpu: u32,
    /// MiB.
    pub memory: u64,
    pub control_plane: bool,
    /// Powered.
    pub on: bool,
}
