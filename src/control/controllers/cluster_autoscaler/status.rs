//! What it says of itself: the config map `cluster-autoscaler-status`.
//!
//! Models: `cluster-autoscaler/clusterstate/api/types.go`, `clusterstate/utils/status.go`.
//! Left out: the times of probes and transitions.

use super::{CANDIDATE, GROUP, nodes, size, taint};
use crate::api::{ApiError, Object, kinds};
use crate::control::{Cx, nodes::is_ready};
use crate::node::cloud::Group;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::json;

const NAME: &str = "cluster-autoscaler-status";

/// The config map, made if it is not there.
pub(super) fn ensure(cx: &mut Cx<'_>) -> Result<Object, ApiError> {
    if let Some(found) = cx.read().get(kinds::CONFIG_MAP, "kube-system", NAME) {
        return Ok(found.clone());
    }
    let value = json!({
        "metadata": {"name": NAME, "namespace": "kube-system"},
        "data": {"status": "autoscalerStatus: Initializing\n"},
    });
    let object =
        Object::from_value(kinds::CONFIG_MAP, value).map_err(|error| ApiError::bad_request(error.to_string()))?;
    cx.create(object)
}

/// Says how it stands, if that has changed.
pub(super) fn write(group: Group, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let Some(mut object) = cx.read().get(kinds::CONFIG_MAP, "kube-system", NAME).cloned() else { return Ok(()) };
    let all = nodes(cx);
    let ready = all.iter().filter(|node| is_ready(node)).count();
    let candidates = all.iter().filter(|node| taint(node, CANDIDATE).is_some()).count();
    let up = if cx.machines.cloud.ordered.is_empty() { "NoActivity" } else { "InProgress" };
    let down = if candidates == 0 { "NoCandidates" } else { "CandidatesPresent" };
    let Group { min, max } = group;
    let mut text = String::from("autoscalerStatus: Running\n");
    for (head, indent, bounds) in [
        ("clusterWide:\n".to_owned(), "  ", String::new()),
        (
            format!("nodeGroups:\n- name: {GROUP}\n"),
            "  ",
            format!("    cloudProviderTarget: {}\n    minSize: {min}\n    maxSize: {max}\n", size(cx)),
        ),
    ] {
        text += &format!(
            "{head}{indent}health:\n{indent}  status: Healthy\n{indent}  nodeCounts:\n{indent}    registered:\n{indent}      total: {}\n{indent}      ready: {ready}\n{indent}      notStarted: {}\n{bounds}{indent}scaleUp:\n{indent}  status: {up}\n{indent}scaleDown:\n{indent}  status: {down}\n{indent}  candidates: {candidates}\n",
            all.len(),
            all.len() - ready,
        );
    }
    let data = object.spec_mut::<ConfigMap>().data.get_or_insert_default();
    if data.get("status") == Some(&text) {
        return Ok(());
    }
    data.insert("status".into(), text);
    cx.update(object).map(drop)
}
