//! The part of the build that makes nodes, pods and the fleet.

use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::build::{Gather, item_of};
use super::item::{Node, Scene, Thing};
use super::kit::fleet::Cell;
use super::kit::node::Meter;
use super::pod_state;
use super::state::{Lamp, PodState};
use super::theme::Hue;
use super::view::Id;
use crate::api::{Object, kinds};
use crate::node::Machine;

/// Every node, by zone and name; beyond [`super::build::FLEET`] nodes only cells.
pub(super) fn nodes(gather: &Gather<'_>, scene: &mut Scene) {
    let mut all: Vec<&Object> = gather.read.list(kinds::NODE, None).collect();
    all.sort_by_key(|node| (zone(node).to_owned(), node.name().to_owned()));
    let is_fleet = all.len() > super::build::FLEET;
    for node in all {
        let (cpu, memory) = meters(gather, node);
        let status = node.status::<NodeStatus>();
        let ready = crate::control::nodes::condition(node, "Ready");
        let is_ready = ready.is_some_and(|c| c.status == "True");
        let cordoned = node.spec::<NodeSpec>().unschedulable == Some(true);
        let pressure: Vec<&str> = status
            .conditions
            .iter()
            .flatten()
            .filter(|c| c.status == "True" && c.type_.ends_with("Pressure"))
            .map(|c| c.type_.as_str())
            .collect();
        if is_fleet {
            let cell = match (is_ready || ready.is_none(), cordoned) {
                (false, _) => Cell::NotReady,
                (_, true) => Cell::Cordoned,
                _ if !pressure.is_empty() => Cell::Pressure(cpu.requested),
                _ => Cell::Reading(cpu.requested),
            };
            scene.fleet.push((Id::node(node.name()), cell));
            continue;
        }
        let since = gather.silent.get(node.name()).map(|at| gather.now.since(*at).as_seconds());
        scene.ticks |= since.is_some();
        let machine = gather.world.machines.nodes.get(node.name());
        let on = machine.is_none_or(|machine| machine.on);
        let stopped = |of: &dyn Fn(&Machine) -> bool| machine.is_some_and(|machine| !machine.on || of(machine));
        let lamp = |off: bool| if off { Lamp::Stopped } else { Lamp::Lit };
        let kubelet = match stopped(&|machine| machine.trouble.kubelet_stopped) {
            false if on && !is_ready && ready.is_some() => Lamp::Late,
            off => lamp(off),
        };
        let proxy = lamp(stopped(&|machine| machine.trouble.proxy_stopped));
        let runtime = lamp(stopped(&|machine| machine.trouble.runtime_down.is_some()));
        // What is wrong is said in words, whatever the cluster knows of it.
        let told = describe(node, is_ready, ready.is_some(), cordoned, since);
        let sub = match machine.and_then(broken) {
            Some(why) if is_ready || since.is_none() => why.to_owned(),
            Some(why) => format!("{why}, {told}"),
            None => told,
        };
        let mut pressure: Vec<String> = pressure.into_iter().map(Into::into).collect();
        pressure.extend(machine.into_iter().flat_map(strained));
        let facts = Node {
            sub,
            cpu: Some(cpu),
            memory: Some(memory),
            ready: is_ready || ready.is_none(),
            cordoned,
            pressure: pressure.join(", "),
            taint: taint(node),
            lamps: [kubelet, proxy, runtime],
        };
        let state = match (is_ready, cordoned) {
            (true, true) => "Ready,SchedulingDisabled",
            (true, false) => "Ready",
            (false, _) => "NotReady",
        };
        let trouble = !is_ready || !facts.pressure.is_empty();
        scene.items.push(item_of(node, None, state.into(), trouble, Thing::Node(Box::new(facts))));
    }
}

/// What is broken on a machine.
fn broken(machine: &Machine) -> Option<&'static str> {
    let trouble = &machine.trouble;
    match () {
        () if !machine.on => Some("no power"),
        () if trouble.cut => Some("cut off"),
        () if trouble.kubelet_stopped => Some("kubelet stopped"),
        () if trouble.runtime_down.is_some() => Some("containerd stopped"),
        () if trouble.proxy_stopped => Some("kube-proxy stopped"),
        () => None,
    }
}

/// What a machine suffers from without being broken.
fn strained(machine: &Machine) -> Vec<String> {
    let trouble = &machine.trouble;
    let all = [
        (trouble.delay.0 > 0, format!("network +{} ms", trouble.delay.0)),
        (trouble.loss > 0, format!("loses {}%", trouble.loss)),
        (trouble.disk_full > 0, format!("disk {}% full", trouble.disk_full)),
        (trouble.memory_full > 0, format!("memory {}% taken", trouble.memory_full)),
        (machine.disk_slowness() > 1, format!("disk {}x slower", machine.disk_slowness())),
    ];
    all.into_iter().filter(|(on, _)| *on).map(|(_, text)| text).collect()
}

fn describe(node: &Object, ready: bool, known: bool, cordoned: bool, silent: Option<u64>) -> String {
    if let Some(seconds) = silent {
        return format!("not ready {seconds} s");
    }
    if !ready && known {
        return "not ready".into();
    }
    if cordoned {
        return "cordoned".into();
    }
    let zone = zone(node);
    let addresses = node.status::<NodeStatus>().addresses.iter().flatten();
    let address = addresses.into_iter().find(|a| a.type_ == "InternalIP").map(|a| a.address.clone());
    match (zone.is_empty(), address) {
        (false, _) => zone.to_owned(),
        (true, Some(address)) => address,
        _ => String::new(),
    }
}

fn zone(node: &Object) -> &str {
    node.labels().get("topology.kubernetes.io/zone").map_or("", String::as_str)
}

/// The first taint that is not about cordons or conditions.
fn taint(node: &Object) -> String {
    let taints = node.spec::<NodeSpec>().taints.iter().flatten();
    let own = taints.into_iter().find(|t| !t.key.starts_with("node.kubernetes.io/"));
    own.map_or(String::new(), |t| {
        let key = t.key.strip_prefix("node-role.kubernetes.io/").unwrap_or(&t.key);
        format!("{key}:{}", t.effect)
    })
}

/// Requested shares of CPU and memory. What is used is not known without metrics, and stays empty.
fn meters(gather: &Gather<'_>, node: &Object) -> (Meter, Meter) {
    let allocatable = node.status::<NodeStatus>().allocatable.as_ref();
    let whole = |name: &str| allocatable.and_then(|all| all.get(name)).map_or(0.0, amount).max(0.001);
    let (mut cpu, mut memory) = (0.0, 0.0);
    for pod in gather.read.pods_on(node.name()) {
        for container in &pod.spec::<PodSpec>().containers {
            let requests = container.resources.as_ref().and_then(|r| r.requests.as_ref());
            let Some(requests) = requests else { continue };
            cpu += requests.get("cpu").map_or(0.0, amount);
            memory += requests.get("memory").map_or(0.0, amount);
        }
    }
    let share = |part: f64, name: &str| Meter { requested: (part / whole(name)) as f32, used: 0.0 };
    (share(cpu, "cpu"), share(memory, "memory"))
}

/// The number of a quantity: `250m` is 0.25, `1Ki` is 1024.
fn amount(quantity: &Quantity) -> f64 {
    let text = quantity.0.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    let number: f64 = text[..end].parse().unwrap_or(0.0);
    let unit = match &text[end..] {
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => 1.0,
    };
    number * unit
}

/// What is wrong with the program of a pod, in a word.
fn ill(world: &crate::world::World, pod: &Object) -> Option<&'static str> {
    let machines = &world.machines;
    if !machines.sick && machines.leaks.is_empty() {
        return None;
    }
    let run = machines.pod(pod.namespace(), pod.name())?;
    let leaks = || run.running().any(|(_, container)| container.leak.is_some());
    let mut ills = run.running().map(|(_, container)| container.ill);
    ills.find_map(|ill| match () {
        () if ill.hung => Some("hangs"),
        () if ill.unready => Some("unready"),
        () if ill.fails > 0 => Some("flaky"),
        () if ill.delay.0 > 0 => Some("slow"),
        () => None,
    })
    .or_else(|| leaks().then_some("leaks"))
}

/// Every pod: the namespace in front as tiles, the others as capsules.
pub(super) fn pods(gather: &Gather<'_>, scene: &mut Scene, most: usize) {
    let mut all: Vec<&Object> = gather.read.list(kinds::POD, None).take(most).collect();
    all.sort_by_key(|pod| (pod.created(), pod.revision().min(1), pod.name()));
    for pod in all {
        let mut facts = gather.pod(pod);
        if gather.view.camera.zoom > 1.5 {
            facts.walls = pod_state::walls(pod, gather.now);
            scene.ticks = true;
        }
        if let Some(word) = ill(gather.world, pod) {
            facts.badge = Some((word.into(), Hue::Fail));
        }
        facts.minor = pod.namespace() != &*gather.namespace;
        if facts.minor {
            facts.short = pod_state::role_name(pod).into();
        }
        scene.ticks |= matches!(facts.state, PodState::Unknown | PodState::Terminating | PodState::CrashLoop)
            || facts.state == PodState::Pulling;
        let node = pod.spec::<PodSpec>().node_name.as_deref();
        let parent = node.map_or(Id::new("tray"), Id::node);
        let word = if facts.label.is_empty() { facts.state.word().to_owned() } else { facts.label.clone() };
        let mut state = word;
        if let Some((badge, _)) = &facts.badge
            && let Some(count) = badge.strip_prefix('\u{d7}')
        {
            state.push_str(&format!(", {count} restarts"));
        }
        if facts.state == PodState::CrashLoop && !facts.right.is_empty() {
            state.push_str(", ");
            state.push_str(&facts.right);
        }
        if let Some(node) = node {
            state.push_str(&format!(", on {node}"));
        }
        let trouble = facts.state.is_trouble();
        scene.items.push(item_of(pod, Some(parent), state, trouble, Thing::Pod(Box::new(facts))));
    }
}
