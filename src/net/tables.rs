//! What has been programmed so far, per node. A stale table is a lesson, not a bug.

use std::collections::BTreeMap;
use std::rc::Rc;

/// The tables of every node.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub nodes: BTreeMap<Rc<str>, NodeTable>,
}

/// One node's tables.
#[derive(Clone, Debug, Default)]
pub struct NodeTable {}
