//! Controllers, the scheduler, kubelets and proxies: everything that watches and acts.
//!
//! A controller is stateless and level-triggered: it gets a key, reads the present state, acts, and says when it wants
//! to look again. Controllers never talk to each other; they meet in the store.
//!
//! Models: `pkg/controller`, `client-go/tools/cache`, `client-go/util/workqueue`.

pub mod backends;
pub mod controllers;
pub mod cx;
pub mod events;
pub mod fraction;
pub mod journal;
pub mod memory;
pub mod network;
pub mod nodes;
pub mod pods;
pub mod resources;
pub mod rest;
pub mod revisions;
pub mod scaling;
pub mod scheduler;
pub mod storage;
pub mod taints;

pub use cx::Cx;
pub use events::{EventType, Recorder};
pub use journal::{Fact, FactId, Journal, Message, Note, Walked, What};
pub use memory::Memory;
pub use scaling::Scalers;

use crate::api::{ApiError, Object, Reader, Reason};
use crate::store::{Change, Key};
use crate::time::Span;
use std::rc::Rc;

/// Where a controller runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    ControlPlane,
    /// One on each node; a dead node stops its own.
    EveryNode,
}

/// Which nodes' instances a change concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nodes {
    All,
    One(Rc<str>),
}

/// When a key wants to be looked at again without any change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// When something changes.
    OnChange,
    After(Span),
}

pub trait Controller: Sync {
    /// Its real name: `replicaset-controller`, `kubelet`.
    fn name(&self) -> &'static str;

    fn runs(&self) -> Runs {
        Runs::ControlPlane
    }

    /// The user it calls the API server as: `system:serviceaccount:kube-system:replicaset-controller`.
    fn user(&self, node: Option<&str>) -> String {
        match node {
            Some(node) => format!("system:node:{node}"),
            None => format!("system:serviceaccount:kube-system:{}", self.name()),
        }
    }

    /// Which keys a change asks to look at. Called for every change of the store; must be quick.
    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key>;

    /// For controllers that run on every node: whose instances get those keys.
    fn nodes(&self, _change: &Change<Object>) -> Nodes {
        Nodes::All
    }

    /// Keys to look at when it starts (boot, or its node powered on): heartbeats, resync.
    fn start(&self, _node: Option<&str>, _read: Reader<'_>) -> Vec<Key> {
        vec![]
    }

    /// How long a key waits after its first failure, doubled with each further one, and at the most.
    fn retries(&self) -> (Span, Span) {
        (Span::millis(5), Span::seconds(1000))
    }

    /// Brings the world nearer to what the key's object asks for.
    ///
    /// # Errors
    /// The API server's; the key is tried again with back-off, as client-go does.
    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError>;
}

/// A write to something that may be gone by now: then there is nothing to do.
///
/// # Errors
/// Any other than NotFound.
pub fn unless_gone(result: Result<(), ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A moment as annotations and fields of objects carry it: `2026-09-01T09:00:00Z`.
pub fn second(at: crate::time::Time) -> String {
    at.timestamp().to_string()
}
