//! A path is a value: the hops of one connection, each with the sentence that says why.

use super::place::Place;
use crate::time::Span;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// Where a connection starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The learner's laptop, outside of the cluster's networks but beside the nodes.
    Outside,
    Pod {
        namespace: Rc<str>,
        name: Rc<str>,
    },
    Node(Rc<str>),
}

/// Where it wants to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Name(String),
    Address(Ipv4Addr),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub from: Source,
    pub to: Target,
    pub port: u16,
    /// `TCP` or `UDP`.
    pub protocol: &'static str,
}

/// A sentence for the learner, in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    pub en: String,
    pub ko: String,
}

impl Why {
    pub fn new(en: impl Into<String>, ko: impl Into<String>) -> Self {
        Why { en: en.into(), ko: ko.into() }
    }
}

/// What a station did with the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A DNS question.
    Ask {
        name: String,
    },
    Answer {
        name: String,
        addresses: Vec<Ipv4Addr>,
    },
    NoSuchName {
        name: String,
    },
    /// The destination (or source) was rewritten: `10.96.4.7:80` to `10.244.1.5:80`.
    Rewrite {
        from: String,
        to: String,
    },
    Forward,
    /// Over the node's network to another node.
    Encapsulate {
        to: Place,
    },
    Deliver,
    /// Answered with "nobody listens here".
    Refuse,
    Drop,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    pub at: Place,
    pub act: Act,
    /// How long it takes to this hop.
    pub takes: Span,
    /// Addresses after this hop, `ip:port`.
    pub from: String,
    pub to: String,
    pub why: Why,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// A container that listens has it.
    Delivered {
        address: Ipv4Addr,
        port: u16,
    },
    Refused {
        address: Ipv4Addr,
    },
    /// Nobody answered, not even a refusal.
    TimedOut {
        address: Ipv4Addr,
    },
    NoRoute {
        address: Ipv4Addr,
    },
    NoSuchName,
    /// No DNS server answered.
    #[default]
    NoResolver,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    pub hops: Vec<Hop>,
    pub end: End,
    /// The address that the name came to, before any rewriting.
    pub address: Option<Ipv4Addr>,
    /// The full name that was found.
    pub name: Option<String>,
}

impl Path {
    /// From the first hop to the last.
    pub fn takes(&self) -> Span {
        self.hops.iter().fold(Span::ZERO, |sum, hop| sum + hop.takes)
    }
}
