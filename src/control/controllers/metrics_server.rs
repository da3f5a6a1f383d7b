//! What a running metrics-server does: every 15 seconds it asks the kubelet of each node what is used there.
//!
//! Models: `sigs.k8s.io/metrics-server` (`pkg/scraper`, `pkg/server`), the kubelet's `/metrics/resource`.
//! Left out: the random delay before each node is asked; names of nodes are never resolved.

use crate::api::authorize::{self, Ask};
use crate::api::metrics::{Batch, Point};
use crate::api::{ApiError, Object, Reader, User, kinds};
use crate::control::{Again, Controller, Cx, nodes};
use crate::node::Machine;
use crate::node::container::Container;
use crate::node::images::metrics_server::{klog, seconds};
use crate::store::{Change, Key};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{NodeStatus, PodSpec};
use std::rc::Rc;

pub struct MetricsServers;

/// The keys of this controller are pods of its program.
const SERVERS: &str = "pods/metrics-server";
/// From the start of the container to the first round.
const START: Span = Span::millis(900);
const RESOLUTION: u64 = 60;
const PORT: &str = "10250";

impl Controller for MetricsServers {
    fn name(&self) -> &'static str {
        "metrics-server"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:metrics-server".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        if change.key.resource != "pods" {
            return vec![];
        }
        let pod = change.new.as_ref().or(change.old.as_ref());
        let runs = pod.is_some_and(|pod| {
            let containers = &pod.spec::<PodSpec>().containers;
            containers.iter().any(|c| c.image.as_deref().is_some_and(|image| image.contains("metrics-server")))
        });
        if runs { vec![Key { resource: SERVERS, ..change.key.clone() }] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(own) = Own::find(key, cx) else {
            let running = |id: &Rc<str>| runs(id, cx);
            let gone: Vec<Rc<str>> = cx.api.metrics.keys().filter(|id| !running(id)).cloned().collect();
            gone.iter().for_each(|id| drop(cx.api.metrics.remove(id)));
            return Ok(Again::OnChange);
        };
        let due = own.due(cx.now);
        if due > cx.now {
            return Ok(Again::After(due.since(cx.now)));
        }
        let mut lines = vec![];
        let batch = own.scrape(cx, &mut lines);
        let old = cx.api.metrics.get(&own.id).cloned().unwrap_or_default();
        let new = old.store(batch, own.resolution);
        let well = new.ready();
        cx.api.metrics.insert(own.id.clone(), Rc::new(new));
        let (now, name) = (cx.now, own.container.clone());
        cx.machines.with_pod(&key.namespace, &key.name, |pod| {
            let crate::node::pod::PodRun { slots, volumes, .. } = pod;
            let container = slots.get_mut(&name)?.current.as_mut()?;
            container.inside(volumes, now, |program, inside| program.report(well, &lines, inside));
            Some(())
        });
        Ok(Again::After(own.resolution))
    }
}

/// Whether a container of this id still runs.
fn runs(id: &Rc<str>, cx: &Cx<'_>) -> bool {
    let pods = cx.machines.nodes.values().filter(|machine| machine.on).flat_map(|m| m.runtime.pods.values());
    pods.flat_map(|pod| pod.running()).any(|(_, container)| container.id == *id)
}

/// A running metrics-server, and how it was started.
struct Own {
    id: Rc<str>,
    container: Rc<str>,
    started: Time,
    resolution: Span,
    trusts: bool,
    user: User,
    /// The first kind of address it takes.
    address: String,
}

impl Own {
    fn find(key: &Key, cx: &Cx<'_>) -> Option<Own> {
        let pod = cx.read().get(kinds::POD, &key.namespace, &key.name)?;
        let machine = cx.machines.of(&key.namespace, &key.name).filter(|machine| machine.on)?;
        let run = machine.pod(&Key::new("pods", &key.namespace, &key.name))?;
        let ours = |c: &Container| c.kind.config().entrypoint == ["/metrics-server"];
        let (name, container) = run.running().find(|(_, container)| ours(container))?;
        let flag = |name: &str| container.launch.flag(name);
        let set = |name: &str| {
            let bare = format!("--{name}");
            container.launch.args().contains(&bare) || flag(name) == Some("true")
        };
        let account = pod.spec::<PodSpec>().service_account_name.as_deref().unwrap_or("default");
        let types = flag("kubelet-preferred-address-types").unwrap_or("Hostname,InternalDNS,InternalIP");
        Some(Own {
            id: container.id.clone(),
            container: name.clone(),
            started: container.started?,
            resolution: Span::seconds(flag("metric-resolution").and_then(seconds).unwrap_or(RESOLUTION).max(10)),
            trusts: set("kubelet-insecure-tls") || set("deprecated-kubelet-completely-insecure"),
            user: User::named(&format!("system:serviceaccount:{}:{account}", key.namespace)),
            address: types.split(',').next().unwrap_or("").trim().to_owned(),
        })
    }

    /// When the round of this moment is or was to begin.
    fn due(&self, now: Time) -> Time {
        let first = self.started + START;
        if now < first {
            return first;
        }
        let past = now.since(first).0 % self.resolution.0;
        if past == 0 { now } else { now + Span(self.resolution.0 - past) }
    }

    fn scrape(&self, cx: &Cx<'_>, lines: &mut Vec<String>) -> Batch {
        let (read, now) = (cx.read(), cx.now);
        let mut batch = Batch::default();
        for resource in ["nodes", "pods"] {
            let ask = Ask { verb: "list", resource, ..Ask::default() };
            if let Err(error) = authorize::check(&self.user, &ask, read) {
                let kind = if resource == "nodes" { "*v1.Node" } else { "*v1.PartialObjectMetadata" };
                let text =
                    format!("\"Failed to watch\" err=\"failed to list {kind}: {}\" type=\"{kind}\"", error.message);
                lines.push(klog('E', now, "reflector.go:166", &text.replace('\n', " ")));
                return batch;
            }
        }
        let ask = Ask { verb: "get", resource: "nodes", sub: "metrics", ..Ask::default() };
        let may = authorize::check(&self.user, &ask, read).is_ok();
        for node in read.list(kinds::NODE, None) {
            let machine = cx.machines.nodes.get(node.name());
            match self.trouble(node, machine, may) {
                Some(why) if nodes::is_ready(node) => {
                    let why = why.replace('"', "\\\"");
                    let text = format!("\"Failed to scrape node\" err=\"{why}\" node=\"{}\"", node.name());
                    lines.push(klog('E', now, "scraper.go:149", &text));
                }
                Some(_) => {}
                None => machine.into_iter().for_each(|machine| measure(machine, now, &mut batch)),
            }
        }
        batch
    }

    /// Why a kubelet gives nothing.
    fn trouble(&self, node: &Object, machine: Option<&Machine>, may: bool) -> Option<String> {
        let status: &NodeStatus = node.status();
        let own = status.addresses.iter().flatten().find(|address| address.type_ == "InternalIP");
        let address = own.map_or(node.name(), |address| address.address.as_str());
        let named = self.address == "Hostname" || self.address == "InternalDNS";
        let host = if named && self.address == "Hostname" { node.name() } else { address };
        let get = format!("Get \"https://{host}:{PORT}/metrics/resource\": ");
        if host != address {
            return Some(format!("{get}dial tcp: lookup {host} on 10.96.0.10:53: no such host"));
        }
        if !machine.is_some_and(|machine| machine.on) {
            return Some(format!("{get}dial tcp {address}:{PORT}: connect: no route to host"));
        }
        if !self.trusts {
            let why = format!("x509: cannot validate certificate for {address} because it doesn't contain any IP SANs");
            return Some(format!("{get}tls: failed to verify certificate: {why}"));
        }
        if may { None } else { Some("request failed, status: \"403 Forbidden\"".into()) }
    }
}

/// When the kubelet has last looked at a cgroup, at its own moments within some seconds.
fn sampled(name: &str, now: Time) -> Time {
    let mix = name.bytes().fold(now.0 / 1000, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    now - Span(mix % 2400)
}

/// What the kubelet of a machine answers.
fn measure(machine: &Machine, now: Time, batch: &mut Batch) {
    let at = sampled(&machine.name, now);
    let (cpu, memory) = (machine.cpu_time(at), machine.memory_used());
    batch.nodes.insert(machine.name.clone(), Point { started: Time::ZERO, at, cpu, memory });
    for (key, pod) in &machine.runtime.pods {
        let points = pod.running().filter_map(|(name, container)| {
            let started = container.started?;
            let at = sampled(&container.id, now).max(started);
            let cpu = container.cpu_time(&machine.runtime.cpu, at);
            Some((name.clone(), Point { started, at, cpu, memory: container.working_set(now) }))
        });
        let points: Vec<_> = points.collect();
        if !points.is_empty() {
            batch.pods.insert((key.namespace.clone(), key.name.clone()), points);
        }
    }
}
