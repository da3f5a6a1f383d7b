//! Node.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/node`.

use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::codec;
use k8s_openapi::api::core::v1::{Node, NodeSpec, NodeStatus};

pub struct NodeKind;

static NAMES: Names = Names {
    kind: "Node",
    group: "",
    version: "v1",
    plural: "nodes",
    singular: "node",
    short: &["no"],
    namespaced: false,
    categories: &[],
    resource: "nodes",
};

impl Kind for NodeKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["spec.unschedulable"]
    }

    fn codec(&self) -> &'static Codec {
        codec!(Node, NodeSpec, NodeStatus)
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() && new.status::<NodeStatus>() == &NodeStatus::default() {
            *new.status_mut::<NodeStatus>() = NodeStatus::default();
        }
    }
}
