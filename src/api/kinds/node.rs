//! Node.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/node`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column, wide};
use crate::api::show::{self, Report};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{Node, NodeSpec, NodeStatus, NodeSystemInfo};

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

static COLUMNS: [Column; 10] = [
    cell::NAME,
    column("STATUS", status),
    column("ROLES", |node, _| roles(node)),
    cell::AGE,
    column("VERSION", |node, _| system(node, |info| &info.kubelet_version, "")),
    wide("INTERNAL-IP", |node, _| address(node, "InternalIP")),
    wide("EXTERNAL-IP", |node, _| address(node, "ExternalIP")),
    wide("OS-IMAGE", |node, _| system(node, |info| &info.os_image, "<unknown>")),
    wide("KERNEL-VERSION", |node, _| system(node, |info| &info.kernel_version, "<unknown>")),
    wide("CONTAINER-RUNTIME", |node, _| system(node, |info| &info.container_runtime_version, "<unknown>")),
];

impl Kind for NodeKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["spec.unschedulable"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::node_describe::describe(object, read, now, out);
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

fn status(node: &Object, _: Time) -> String {
    let ready = node.status::<NodeStatus>().conditions.iter().flatten().find(|c| c.type_ == "Ready");
    let mut word = match ready.map(|c| c.status.as_str()) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_string();
    if node.spec::<NodeSpec>().unschedulable == Some(true) {
        word.push_str(",SchedulingDisabled");
    }
    word
}

/// The roles that the labels give a node, or `<none>`.
pub fn roles(node: &Object) -> String {
    let mut roles: Vec<&str> = vec![];
    for (key, value) in node.labels() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.push(role);
        } else if key == "kubernetes.io/role" {
            roles.push(value);
        }
    }
    roles.retain(|role| !role.is_empty());
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() { "<none>".into() } else { roles.join(",") }
}

fn address(node: &Object, kind: &str) -> String {
    let addresses = node.status::<NodeStatus>().addresses.iter().flatten();
    cell::or_none(addresses.filter(|a| a.type_ == kind).map(|a| a.address.as_str()).next())
}

fn system(node: &Object, field: fn(&NodeSystemInfo) -> &String, none: &str) -> String {
    let info = node.status::<NodeStatus>().node_info.as_ref();
    info.map(field).filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| none.into())
}
