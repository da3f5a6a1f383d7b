//! The kubelet: makes the pods bound to its node true on its machine, and says in their status what is.
//!
//! Models: `pkg/kubelet` (`kubelet.go`, `pod_workers.go`, `kuberuntime`, `prober`, `status`, `nodestatus`).
//! Left out: device plugins, static pod files.

mod actions;
mod admission;
mod container;
mod end;
mod env;
mod eviction;
mod fields;
mod host_path;
mod image;
mod image_gc;
mod image_volume;
mod names;
mod node;
mod oom;
mod probe;
mod resize;
mod runtime;
mod status;
mod volume;
mod worker;

use crate::api::kinds::pod_spec;
use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx, Nodes};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use std::borrow::Cow;

pub struct Kubelet;

impl Controller for Kubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn runs(&self) -> crate::control::Runs {
        crate::control::Runs::EveryNode
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "pods" if concerns(change) => vec![change.key.clone()],
            "configmaps" | "secrets" if change.old.is_some() => volume::users(&change.key, read),
            _ => vec![],
        }
    }

    fn nodes(&self, change: &Change<Object>) -> Nodes {
        match change.new.as_ref().or(change.old.as_ref()).and_then(|object| object.try_spec::<PodSpec>()) {
            Some(PodSpec { node_name: Some(node), .. }) => Nodes::One(node.as_str().into()),
            _ => Nodes::All,
        }
    }

    fn start(&self, node: Option<&str>, read: Reader<'_>) -> Vec<Key> {
        let Some(node) = node else { return vec![] };
        let mut keys = vec![
            Key::new("nodes", "", node),
            Key::new(LEASES, "kube-node-lease", node),
            Key::new(eviction::RESOURCE, "", node),
            Key::new(image_gc::RESOURCE, "", node),
        ];
        keys.extend(read.pods_on(node).map(Object::key));
        keys
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let machine = cx.node.as_ref().and_then(|node| cx.machines.nodes.get(node));
        if key.resource != "pods" && machine.is_some_and(|machine| machine.trouble.kubelet_stopped) {
            return Ok(Again::OnChange);
        }
        match key.resource {
            "pods" => worker::reconcile(key, cx),
            "nodes" => node::status(cx),
            eviction::RESOURCE => eviction::manage(cx),
            image_gc::RESOURCE => image_gc::collect(cx),
            LEASES => node::lease(cx),
            _ => Ok(Again::OnChange),
        }
    }
}

const LEASES: &str = "leases.coordination.k8s.io";

/// Whether a change of a pod is more than its own status report coming back.
fn concerns(change: &Change<Object>) -> bool {
    let bound = |object: &Option<Object>| object.as_ref().is_some_and(|o| o.spec::<PodSpec>().node_name.is_some());
    if !bound(&change.new) && !bound(&change.old) {
        return false;
    }
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => {
            let own = |o: &Object| (o.meta.generation, o.meta.deletion_timestamp.clone(), o.uid().to_owned());
            own(old) != own(new)
                || !old.same_spec(new)
                || old.meta.labels != new.meta.labels
                || old.meta.annotations != new.meta.annotations
                || old.meta.finalizers != new.meta.finalizers
                || status::foreign(old) != status::foreign(new)
        }
        _ => true,
    }
}

/// The pod as the kubelet names it in messages: `web_default(uid)`.
fn full_name(pod: &Object) -> String {
    format!("{}_{}({})", pod.name(), pod.namespace(), pod.uid())
}

/// Which of a pod's lists a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Init,
    Main,
    Ephemeral,
}

/// A container by its name.
fn find<'a>(spec: &'a PodSpec, name: &str) -> Option<(Cow<'a, Container>, Role)> {
    let init = spec.init_containers.iter().flatten().map(|c| (c, Role::Init));
    let lasting = init.chain(spec.containers.iter().map(|c| (c, Role::Main))).find(|(c, _)| c.name == name);
    lasting.map(|(c, role)| (Cow::Borrowed(c), role)).or_else(|| {
        let found = spec.ephemeral_containers.iter().flatten().find(|c| c.name == name)?;
        Some((Cow::Owned(pod_spec::ephemeral(found)), Role::Ephemeral))
    })
}

/// A restartable init container.
fn sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Where a container stands in the pod, for events.
fn field_path(role: Role, name: &str) -> String {
    let list = match role {
        Role::Init => "initContainers",
        Role::Main => "containers",
        Role::Ephemeral => "ephemeralContainers",
    };
    format!("spec.{list}{{{name}}}")
}

/// The pod is a picture of a static one.
fn mirror(pod: &Object) -> bool {
    pod.annotations().contains_key("kubernetes.io/config.mirror")
}

/// Finds a pod as it is now.
fn current(cx: &Cx<'_>, pod: &Object) -> Option<Object> {
    cx.read().get(kinds::POD, pod.namespace(), pod.name()).filter(|now| now.uid() == pod.uid()).cloned()
}

/// How Go prints a duration: `10s`, `1m20s`, `1.25s`, `303ms`.
fn duration(span: crate::time::Span) -> String {
    let millis = span.0;
    let seconds = |millis: u64| {
        let text = format!("{}.{:03}", millis / 1000, millis % 1000);
        format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match millis {
        0 => "0s".into(),
        1..1000 => format!("{millis}ms"),
        1000..60_000 => seconds(millis),
        60_000..3_600_000 => format!("{}m{}", millis / 60_000, seconds(millis % 60_000)),
        _ => format!("{}h{}m{}", millis / 3_600_000, millis / 60_000 % 60, seconds(millis % 60_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[test]
    fn durations_are_printed_as_go_does() {
        let texts: Vec<String> = [303, 10_000, 80_000, 300_000, 1_250].map(|n| duration(Span(n))).into();
        assert_eq!(texts, ["303ms", "10s", "1m20s", "5m0s", "1.25s"]);
    }
}
