//! What every controller asks of a node.

use crate::api::Object;
use k8s_openapi::api::core::v1::{NodeCondition, NodeStatus};

pub fn condition<'a>(node: &'a Object, type_: &str) -> Option<&'a NodeCondition> {
    node.status::<NodeStatus>().conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

pub fn is_ready(node: &Object) -> bool {
    condition(node, "Ready").is_some_and(|condition| condition.status == "True")
}
