//! Which pod and which container `logs`, `exec`, `attach` and `cp` are about.
//!
//! Models: `kubectl/pkg/polymorphichelpers/{helpers,logsforobject}.go`, `kubectl/pkg/cmd/util/podcmd`.

use super::{Cx, Failure, resources};
use crate::api::authorize::Ask;
use crate::api::selector::Selector;
use crate::api::{ApiError, Object, kinds};
use k8s_openapi::api::core::v1::{PodSpec, PodStatus, ServiceSpec};

/// The object that `NAME`, `TYPE/NAME` or `TYPE NAME` stands for; a name alone is a pod.
///
/// # Errors
/// The server's NotFound, or what does not fit.
pub fn object(words: &[String], cx: &Cx<'_>) -> Result<Object, Failure> {
    let (kind, name) = match words {
        [word] if word.contains('/') => resources::type_and_name(word, cx.reader())?,
        [name] => (kinds::POD, name.clone()),
        [kind, name, ..] => (resources::resource_type(kind, cx.reader())?, name.clone()),
        [] => return Err(resources::nothing_given()),
    };
    let object = cx.get(kind, &cx.namespace(), &name)?.clone();
    resources::registered(kind)?;
    Ok(object)
}

/// Whether the caller may connect to a pod: `exec`, `attach`, `portforward`.
///
/// # Errors
/// Forbidden.
pub fn may(pod: &Object, sub: &str, cx: &Cx<'_>) -> Result<(), ApiError> {
    cx.may(&Ask::of(kinds::POD.names(), "create", pod.namespace(), pod.name()).sub(sub))
}

/// The pods that an object stands for, the best one first; a pod stands for itself.
///
/// # Errors
/// Kinds that have no pods.
pub fn pods(object: &Object, cx: &Cx<'_>) -> Result<Vec<Object>, Failure> {
    if object.kind == kinds::POD {
        return Ok(vec![object.clone()]);
    }
    let selector = match object.try_spec::<ServiceSpec>() {
        Some(service) => service.selector.as_ref().map(Selector::of_map),
        None => object.kind.selector(object).map(|selector| Selector::of(Some(&selector))),
    };
    let Some(selector) = selector else {
        let names = object.kind.names();
        return Err(Failure::error(format!("cannot attach to *{}.{}: not implemented", names.version, names.kind)));
    };
    cx.may(&Ask::of(kinds::POD.names(), "list", object.namespace(), ""))?;
    let read = cx.world.reader();
    let mut pods: Vec<Object> =
        read.list(kinds::POD, Some(object.namespace())).filter(|pod| selector.matches(pod.labels())).cloned().collect();
    pods.sort_by_key(rank);
    Ok(pods)
}

/// Lower is better: assigned, running, ready, ready for longer, restarted more often, newer.
fn rank(pod: &Object) -> impl Ord + use<> {
    let (spec, status) = (pod.spec::<PodSpec>(), pod.status::<PodStatus>());
    let phase = match status.phase.as_deref() {
        Some("Running") => 0,
        Some("Pending") => 2,
        _ => 1,
    };
    let ready = status.conditions.iter().flatten().find(|c| c.type_ == "Ready");
    let since = ready.and_then(|c| c.last_transition_time.as_ref()).map(|t| t.0);
    let restarts: i32 = status.container_statuses.iter().flatten().map(|c| c.restart_count).max().unwrap_or(0);
    (
        spec.node_name.is_none(),
        phase,
        ready.is_none_or(|c| c.status != "True"),
        since,
        -restarts,
        std::cmp::Reverse(pod.created()),
    )
}

/// `main, first (init), second (init)`.
pub fn container_names(pod: &Object) -> String {
    let spec = pod.spec::<PodSpec>();
    let mut names: Vec<String> = spec.containers.iter().map(|c| c.name.clone()).collect();
    names.extend(spec.init_containers.iter().flatten().map(|c| format!("{} (init)", c.name)));
    names.extend(spec.ephemeral_containers.iter().flatten().map(|c| format!("{} (ephem)", c.name)));
    names.join(", ")
}

pub fn has_container(pod: &Object, name: &str) -> bool {
    let spec = pod.spec::<PodSpec>();
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).any(|c| c.name == name)
        || spec.ephemeral_containers.iter().flatten().any(|c| c.name == name)
}

/// The container that is meant when none is named; says so when there was a choice.
pub fn default_container(pod: &Object, quiet: bool, cx: &mut Cx<'_>) -> String {
    if let Some(name) = pod.annotations().get("kubectl.kubernetes.io/default-container") {
        if has_container(pod, name) {
            return name.clone();
        }
        cx.err(format_args!("Default container name {name:?} not found in pod {}", pod.name()));
    }
    let spec = pod.spec::<PodSpec>();
    let first = spec.containers.first().map(|c| c.name.clone()).unwrap_or_default();
    let several = spec.containers.len() + spec.init_containers.as_ref().map_or(0, Vec::len) > 1;
    if several && !quiet {
        cx.err(format_args!("Defaulted container {first:?} out of: {}", container_names(pod)));
    }
    first
}
