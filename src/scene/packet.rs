//! The way of one packet as the network lens draws it: stations, and what each did to the packet.
//!
//! Left out: several packets at once.

/// Where a station stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Outside,
    Cloud,
    Node,
}

/// How a packet fared at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Passed,
    Rewritten,
    Delivered,
    Refused,
    Dropped,
    Lost,
}

/// One station of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// `kube-proxy`, `node01`, the tail of a pod's name.
    pub name: String,
    /// What it is or does, in a few words.
    pub what: String,
    pub ground: Ground,
    /// The node it stands on; empty when none.
    pub node: String,
    /// Addresses on the packet as it leaves.
    pub from: String,
    pub to: String,
    /// True when this station changed that address.
    pub from_changed: bool,
    pub to_changed: bool,
    /// What happened, in a few words.
    pub act: String,
    /// Milliseconds since the packet left.
    pub at_ms: u64,
    pub fate: Fate,
    /// The sentence for the learner.
    pub why: String,
}

/// The way of one packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// `curl http://web`.
    pub title: String,
    pub stations: Vec<Station>,
    /// How it ended, in one sentence.
    pub end: String,
    pub delivered: bool,
}
