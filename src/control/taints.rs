//! Changing the taints of nodes.
//!
//! Models: `pkg/controller/util/node/controller_utils.go` (`SwapNodeControllerTaint`), `pkg/util/taints`.

use super::Cx;
use crate::api::{ApiError, Object, Reason, kinds};
use k8s_openapi::api::core::v1::{NodeSpec, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
pub const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";
pub const DISK_PRESSURE: &str = "node.kubernetes.io/disk-pressure";
pub const PID_PRESSURE: &str = "node.kubernetes.io/pid-pressure";
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The taints of a node.
pub fn of(node: &Object) -> &[Taint] {
    node.spec::<NodeSpec>().taints.as_deref().unwrap_or(&[])
}

/// A taint by key and effect.
pub fn taint(key: &str, effect: &str) -> Taint {
    Taint { key: key.into(), effect: effect.into(), ..Default::default() }
}

/// Gives a node taints and takes others away, by key and effect; what it has already stays as it is.
///
/// # Errors
/// The API server's, but not NotFound.
pub fn swap(node: &str, add: &[(&str, &str)], remove: &[(&str, &str)], cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let Some(mut node) = cx.read().get(kinds::NODE, "", node).cloned() else { return Ok(()) };
    let is = |taint: &Taint, (key, effect): &(&str, &str)| taint.key == *key && taint.effect == *effect;
    let mut taints: Vec<Taint> = of(&node).to_vec();
    taints.retain(|taint| !remove.iter().any(|gone| is(taint, gone)));
    for wanted in add {
        if !taints.iter().any(|taint| is(taint, wanted)) {
            taints.push(Taint {
                key: wanted.0.into(),
                effect: wanted.1.into(),
                time_added: Some(MetaTime(cx.now.timestamp())),
                ..Default::default()
            });
        }
    }
    if taints == of(&node) {
        return Ok(());
    }
    node.spec_mut::<NodeSpec>().taints = (!taints.is_empty()).then_some(taints);
    match cx.update(node) {
        Err(error) if error.reason != Reason::NotFound => Err(error),
        _ => Ok(()),
    }
}
