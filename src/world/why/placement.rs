//! Why a pod is on its node, or on none: every node with what the scheduler found, in plain words.
//!
//! Models: nothing upstream; what `kube-scheduler -v=10` logs, said for people.

use crate::api::{Object, kinds};
use crate::control::pods;
use crate::control::resources::{Amounts, pod_requests};
use crate::control::scheduler::{self, Decision, Refusal};
use crate::store::Key;
use crate::time::Time;
use crate::world::World;
use k8s_openapi::api::core::v1::{PodSpec, PodStatus};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Chosen,
    Fits,
    Refused,
}

/// What the scheduler found of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub mark: Mark,
    /// The plug-in that refused it.
    pub plugin: &'static str,
    /// The scheduler's own words.
    pub said: String,
    /// What that means.
    pub means: String,
    /// Points by plug-in, in the order of [`Placement::columns`].
    pub points: Vec<i64>,
    pub total: i64,
}

/// One decision in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// When, since the learner came.
    pub at: Time,
    pub summary: String,
    /// The plug-ins that gave points, each with what it rewards.
    pub columns: Vec<(&'static str, &'static str)>,
    /// The chosen one first, then those that fit, then those that do not.
    pub nodes: Vec<Node>,
    /// Nodes that nothing is known of, and why.
    pub left_out: String,
    pub notes: Vec<String>,
}

/// A plug-in in words: what it means when it refuses, what it rewards; English, then Korean.
struct Words(&'static str, [&'static str; 2], [&'static str; 2]);

const WORDS: &[Words] = &[
    Words(
        "NodeUnschedulable",
        ["it is cordoned: it takes no new pods", "cordon 되어 있어서 새 파드를 받지 않아요"],
        ["", ""],
    ),
    Words("NodeName", ["the pod names another node", "파드가 다른 노드를 지정했어요"], ["", ""]),
    Words(
        "TaintToleration",
        ["it has a taint that the pod does not tolerate", "파드가 용인(tolerate)하지 않는 테인트가 있어요"],
        ["few taints of the kind PreferNoSchedule", "PreferNoSchedule 테인트가 적을수록"],
    ),
    Words(
        "NodeAffinity",
        [
            "its labels are not what the pod's nodeSelector or node affinity asks for",
            "파드의 nodeSelector나 노드 어피니티가 바라는 레이블이 아니에요",
        ],
        ["labels that the pod prefers", "파드가 더 좋아하는 레이블이 많을수록"],
    ),
    Words(
        "NodePorts",
        ["a pod there already has the host port", "그 호스트 포트를 이미 다른 파드가 쓰고 있어요"],
        ["", ""],
    ),
    Words(
        "NodeResourcesFit",
        [
            "what its pods request leaves too little for this one",
            "거기 있는 파드들의 요청(requests)을 빼면 이 파드에게 모자라요",
        ],
        ["much CPU and memory left", "CPU와 메모리가 많이 남을수록"],
    ),
    Words(
        "VolumeRestrictions",
        ["another pod has a claim that only one pod may use", "한 파드만 쓸 수 있는 클레임을 다른 파드가 쓰고 있어요"],
        ["", ""],
    ),
    Words(
        "NodeVolumeLimits",
        ["the driver attaches no more volumes to it", "드라이버가 이 노드에 볼륨을 더 붙일 수 없어요"],
        ["", ""],
    ),
    Words(
        "VolumeBinding",
        ["the pod's volumes cannot be reached or made there", "파드의 볼륨을 거기서는 쓰거나 만들 수 없어요"],
        ["", ""],
    ),
    Words("VolumeZone", ["the pod's volume is in another zone", "파드의 볼륨이 다른 영역(zone)에 있어요"], ["", ""]),
    Words(
        "PodTopologySpread",
        [
            "the pods of its kind would stand too unevenly (topologySpreadConstraints)",
            "같은 무리의 파드가 너무 고르지 않게 돼요(topologySpreadConstraints)",
        ],
        ["few pods of its kind nearby", "같은 무리의 파드가 적을수록"],
    ),
    Words(
        "InterPodAffinity",
        ["the wrong pods are there, or the right ones are not", "함께하기 싫은 파드가 있거나, 함께할 파드가 없어요"],
        ["pods nearby that it likes, or that like it", "가까이하고 싶은 파드가 많을수록"],
    ),
    Words(
        "NodeResourcesBalancedAllocation",
        ["", ""],
        ["CPU and memory used up evenly", "CPU와 메모리를 고르게 쓸수록"],
    ),
    Words("ImageLocality", ["", ""], ["the images are already there", "이미지가 이미 있을수록"]),
];

fn words(plugin: &str) -> &'static Words {
    WORDS.iter().find(|words| words.0 == plugin).unwrap_or(&Words("", ["", ""], ["", ""]))
}

/// How a pod came to its node, or why it waits; `None` when there is no such pod.
pub fn explain(world: &World, key: &Key, ko: bool) -> Option<Placement> {
    let pod = world.reader().by_key(key).filter(|object| object.kind.names().kind == kinds::POD.names().kind)?;
    let lang = usize::from(ko);
    let Some(decision) = world.scheduler.decision(key) else {
        return Some(Placement { summary: without(pod, lang), ..Default::default() });
    };
    let columns = decision.columns.iter().map(|plugin| (*plugin, words(plugin).2[lang])).collect();
    let mut placement = Placement {
        at: Time(decision.at.since(world.opened).0),
        summary: summary(decision, pod, lang),
        columns,
        left_out: left_out(decision, lang),
        notes: notes(decision, pod, lang),
        nodes: decision.refusals.iter().map(|refusal| refused(refusal, lang)).collect(),
    };
    if pods::node(pod).is_none() {
        for node in placement.nodes.iter_mut().filter(|node| node.plugin == "NodeResourcesFit") {
            lacks(pod, world, lang, node);
        }
    }
    let scored = decision.scores.iter().map(|score| {
        let chosen = decision.node.as_ref() == Some(&score.node);
        Node {
            name: score.node.to_string(),
            mark: if chosen { Mark::Chosen } else { Mark::Fits },
            plugin: "",
            said: String::new(),
            means: String::new(),
            points: score.parts.iter().map(|part| i64::from(*part)).collect(),
            total: score.total,
        }
    });
    placement.nodes.splice(0..0, scored);
    placement.nodes.sort_by_key(|node| match node.mark {
        Mark::Chosen => 0,
        Mark::Fits => 1,
        Mark::Refused => 2,
    });
    Some(placement)
}

fn refused(refusal: &Refusal, lang: usize) -> Node {
    Node {
        name: refusal.node.to_string(),
        mark: Mark::Refused,
        plugin: refusal.plugin,
        said: refusal.reasons.join(", "),
        means: words(refusal.plugin).1[lang].to_string(),
        points: vec![],
        total: 0,
    }
}

/// What a node lacks for a pod, in numbers as they are now.
fn lacks(pod: &Object, world: &World, lang: usize, node: &mut Node) {
    let Some(info) = world.scheduler.node(&node.name) else { return };
    let asks = pod_requests(pod.spec());
    let (has, used) = (&info.allocatable, &info.requested);
    let cpu = |n: i64| format!("{n}m");
    let bytes = |n: i64| format!("{}Mi", n >> 20);
    let plain = |n: i64| n.to_string();
    let mut said = vec![];
    let mut tell = |name: &str, asks: i64, has: i64, used: i64, write: &dyn Fn(i64) -> String| {
        if asks > 0 && asks > has - used {
            let (asks, left, has) = (write(asks), write((has - used).max(0)), write(has));
            said.push(match lang {
                0 => format!("{name}: asks {asks}, {left} of {has} left"),
                _ => format!("{name}: {asks} 필요, {has} 중 {left} 남음"),
            });
        }
    };
    tell("cpu", asks.cpu, has.cpu, used.cpu, &cpu);
    tell("memory", asks.memory, has.memory, used.memory, &bytes);
    tell("ephemeral-storage", asks.storage, has.storage, used.storage, &bytes);
    tell("pods", 1, has.pods, used.pods, &plain);
    for (name, wants) in &asks.others {
        let of = |amounts: &Amounts| amounts.others.get(name).copied().unwrap_or(0);
        tell(name, *wants, of(has), of(used), &plain);
    }
    if !said.is_empty() {
        node.means = said.join("; ");
    }
}

/// Of a pod that the scheduler did not decide about, or no longer remembers.
fn without(pod: &Object, lang: usize) -> String {
    let spec = pod.spec::<PodSpec>();
    let gates: Vec<&str> = spec.scheduling_gates.iter().flatten().map(|gate| gate.name.as_str()).collect();
    if !gates.is_empty() {
        let gates = gates.join(", ");
        return [
            format!("The scheduler does not look at it yet: it waits at a scheduling gate ({gates})."),
            format!("스케줄링 게이트({gates})에서 기다리고 있어서 스케줄러가 아직 살펴보지 않아요."),
        ][lang]
            .clone();
    }
    let other = spec.scheduler_name.as_deref().filter(|name| *name != scheduler::NAME);
    match (pods::node(pod), other) {
        (None, Some(name)) => [
            format!("It asks for the scheduler {name}; the default scheduler leaves it alone."),
            format!("{name} 스케줄러를 지정했어요. 기본 스케줄러는 이 파드를 건드리지 않아요."),
        ][lang]
            .clone(),
        (None, None) => ["The scheduler has not looked at it yet.", "스케줄러가 아직 살펴보지 않았어요."][lang].into(),
        (Some(node), _) => [
            format!("It is on {node}, and this cluster's scheduler has no record of how it came there."),
            format!("{node}에 있어요. 어떻게 정해졌는지 스케줄러에 남은 기록은 없어요."),
        ][lang]
            .clone(),
    }
}

fn summary(decision: &Decision, pod: &Object, lang: usize) -> String {
    let fit = decision.scores.len();
    if let Some(node) = &decision.node {
        if decision.promised {
            return [
                format!("The scheduler chose {node}: the room there was kept for the pod (nominatedNodeName)."),
                format!("스케줄러가 {node}에 두기로 했어요. 거기 자리를 맡아 두었거든요(nominatedNodeName)."),
            ][lang]
                .clone();
        }
        return match fit {
            1 => [
                format!("The scheduler chose {node}: it was the only node that could take the pod."),
                format!("스케줄러가 {node}에 두기로 했어요. 파드를 받을 수 있는 노드는 여기뿐이었어요."),
            ],
            _ => [
                format!("The scheduler chose {node}: of the nodes that could take the pod it had the most points."),
                format!("스케줄러가 {node}에 두기로 했어요. 파드를 받을 수 있는 노드 가운데 점수가 가장 높았어요."),
            ],
        }[lang]
            .clone();
    }
    if let Some((plugin, reason)) = &decision.never {
        return [
            format!("No node was looked at: {reason} ({plugin})."),
            format!("어떤 노드도 살펴보지 않았어요: {reason} ({plugin})."),
        ][lang]
            .clone();
    }
    match pods::node(pod) {
        None if decision.nodes == 0 => ["The cluster has no nodes.", "클러스터에 노드가 없어요."][lang].into(),
        _ => [
            "No node can take the pod, so it waits. The scheduler tries again when something changes that may help.",
            "파드를 받을 수 있는 노드가 없어서 기다리고 있어요. 도움이 될 변화가 생기면 스케줄러가 다시 시도해요.",
        ][lang]
            .into(),
    }
}

fn left_out(decision: &Decision, lang: usize) -> String {
    let count = decision.left_out();
    if count == 0 {
        return String::new();
    }
    [
        format!("{count} more nodes are not listed: they were not looked at, or are too many to remember."),
        format!("노드 {count}개는 여기 없어요. 살펴보지 않았거나, 모두 기억하기에는 너무 많아요."),
    ][lang]
        .clone()
}

fn notes(decision: &Decision, pod: &Object, lang: usize) -> Vec<String> {
    let mut notes = vec![];
    let best = decision.scores.first().map(|score| score.total);
    let tied = decision.scores.iter().filter(|score| Some(score.total) == best).count();
    if tied > 1 {
        notes.push(
            [
                format!("{tied} nodes were equally good; one of them was picked at random."),
                format!("점수가 같은 노드가 {tied}개여서 그중 하나를 무작위로 골랐어요."),
            ][lang]
                .clone(),
        );
    }
    if let Some(room) = &decision.preempted {
        let (node, victims) = (&room.node, room.victims.join(", "));
        notes.push(
            [
                format!("It has a higher priority than {victims} on {node}, which must go to make room for it."),
                format!("{node}에 있는 {victims}보다 우선순위가 높아요. 자리를 만들려고 먼저 있던 파드를 내보내요."),
            ][lang]
                .clone(),
        );
    }
    let hope = pod.status::<PodStatus>().nominated_node_name.as_deref().unwrap_or("");
    if !hope.is_empty() && decision.node.is_none() {
        notes.push(
            [
                format!("It is nominated to {hope}: the room is kept for it while others leave."),
                format!("{hope}에 갈 예정이에요(nominated). 다른 파드가 나가는 동안 자리를 맡아 둬요."),
            ][lang]
                .clone(),
        );
    }
    if decision.never.is_none() && decision.node.is_none() && !decision.message.is_empty() {
        notes.push(decision.message.clone());
    }
    notes
}
