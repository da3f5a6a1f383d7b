//! Whether the machine takes a pod that was bound to it: one that names its node itself has been past no scheduler.
//!
//! Models: `pkg/kubelet/lifecycle/predicate.go`, `pkg/scheduler/framework/plugins/noderesources/fit.go`.

use super::worker::Look;
use crate::api::{Object, kinds};
use crate::control::events::EventType;
use crate::control::pods;
use crate::control::resources::{Amounts, pod_requests};
use crate::control::scheduler::{host_ports, matches_required, tolerates};
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec, PodStatus, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;

/// Address, protocol, number.
type HostPort = (String, String, i32);

impl Look<'_, '_> {
    /// Refuses a new pod that does not fit; true when it did.
    pub fn refuses(&mut self) -> bool {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let now = self.now;
        let pressed = super::eviction::forbids(&object, self.machine(), now).map(|text| ("Evicted".to_owned(), text));
        let Some((reason, message)) = pressed.or_else(|| self.misfit(spec)) else { return false };
        self.cx.event(&object, EventType::Warning, &reason, message.clone());
        let mut refused = object.clone();
        let status = refused.status_mut::<PodStatus>();
        status.phase = Some("Failed".into());
        status.reason = Some(reason);
        status.message = Some(format!("Pod was rejected: {message}"));
        status.start_time = Some(MetaTime(self.now.timestamp()));
        status.observed_generation = object.meta.generation;
        if let Ok(written) = self.cx.update_status(refused) {
            self.object = written;
        }
        self.pod.worker.finished = true;
        true
    }

    /// What the machine has, what the pods on it were promised, and the ports they hold; this pod left out.
    pub fn room(&self) -> Option<(Amounts, Amounts, Vec<HostPort>)> {
        let read = self.cx.read();
        let node = read.get(kinds::NODE, "", &self.node)?;
        let has = Amounts::of(node.status::<NodeStatus>().allocatable.as_ref());
        let held = &self.cx.machines.nodes.get(&self.node)?.runtime.pods;
        let mut used = Amounts::default();
        let mut ports = vec![];
        for pod in read.pods_on(&self.node).filter(|pod| !pods::is_terminal(pod)) {
            let Some(run) = held.get(&pod.key()).filter(|run| !run.worker.finished) else { continue };
            ports.extend(host_ports(pod.spec::<PodSpec>()));
            used.add(&pod_requests(run.resize.allocated.as_ref().unwrap_or(pod).spec::<PodSpec>()));
            used.pods += 1;
        }
        Some((has, used, ports))
    }

    fn misfit(&self, spec: &PodSpec) -> Option<(String, String)> {
        let node = self.cx.read().get(kinds::NODE, "", &self.node)?;
        let (has, used, ports) = self.room()?;
        let wants = pod_requests(spec);
        let known = has != Amounts::default();
        let lack = |name: &str, wants: i64, used: i64, has: i64| {
            let text =
                format!("Node didn't have enough resource: {name}, requested: {wants}, used: {used}, capacity: {has}");
            (known && wants > 0 && used + wants > has).then(|| (format!("OutOf{name}"), text))
        };
        lack("pods", 1, used.pods, has.pods)
            .or_else(|| lack("cpu", wants.cpu, used.cpu, has.cpu))
            .or_else(|| lack("memory", wants.memory, used.memory, has.memory))
            .or_else(|| lack("ephemeral-storage", wants.storage, used.storage, has.storage))
            .or_else(|| predicate(spec, node, &ports))
    }
}

/// What else the machine looks at: labels, ports, taints that drive pods away.
fn predicate(spec: &PodSpec, node: &Object, used: &[HostPort]) -> Option<(String, String)> {
    let refuse = |name: &str, why: &str| Some((name.to_owned(), format!("Predicate {name} failed: {why}")));
    if !matches_required(spec, node) {
        return refuse("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
    }
    let all = |ip: &str| ip == "0.0.0.0";
    let taken = |(ip, protocol, port): &HostPort| {
        used.iter().any(|(i, p, n)| (n, p) == (port, protocol) && (i == ip || all(i) || all(ip)))
    };
    if host_ports(spec).iter().any(taken) {
        return refuse("NodePorts", "node(s) didn't have free ports for the requested pod ports");
    }
    let taints = node.spec::<NodeSpec>().taints.iter().flatten().filter(|taint| taint.effect == "NoExecute");
    let tolerated = |taint: &Taint| spec.tolerations.iter().flatten().any(|toleration| tolerates(toleration, taint));
    match taints.into_iter().all(tolerated) {
        true => None,
        false => refuse("TaintToleration", "node(s) had taints that the pod didn't tolerate"),
    }
}
