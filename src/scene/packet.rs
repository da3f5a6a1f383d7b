//! The way of one packet as the network lens draws it: stations, and what each did to the packet.
//!
//! Left out: several packets at once.

/// Where a station stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    Outside,
    Cloud,
    Node,
}

/// How a packet fared at a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Passed,
    Rewritten,
    Delivered,
    Refused,
    Dropped,
    Lost,
}

/// One station of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// `kube-proxy`, `node01`, the tail of a pod's name.
    pub name: String,
    /// What it is or does, in a few words.
    pub what: String,
    pub ground: Ground,
    /// The node it stands on; empty when none.
    pub node: String,
    /// Addresses on the packet as it leaves.
    pub from: String,
    pub to: String,
    /// True when this station changed that address.
    pub from_changed: bool,
    pub to_changed: bool,
    /// What happened, in a few words.
    pub act: String,
    /// Milliseconds since the packet left.
    pub at_ms: u64,
    pub fate: Fate,
    /// The sentence for the learner.
    pub why: String,
    /// The chains that a rewriting station went through.
    pub rules: Vec<Row>,
    /// The pod that stands here.
    pub pod: Option<Box<super::item::Pod>>,
}

/// One row of kube-proxy's rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub name: String,
    pub note: String,
    pub kind: RowKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Chain,
    Backend,
    /// The backend that was picked.
    Picked,
}

/// The way of one packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// `curl http://web`.
    pub title: String,
    /// What DNS said before the packet left: the name and its address.
    pub dns: Option<(String, String)>,
    pub stations: Vec<Station>,
    /// How it ended, in one sentence.
    pub end: String,
    pub delivered: bool,
}

use std::rc::Rc;

use super::view::Lang;
use super::words;
use crate::api::{Reader, kinds};
use crate::net::Place;
use crate::net::path::{Act, End, Hop, Path};
use crate::world::World;

/// Backends of a Service that are listed; the rest are counted.
const BACKENDS: usize = 5;

impl Walk {
    /// The way of a traced packet, ready to be drawn. `title` is the command that sent it.
    pub fn of(path: &Path, title: &str, world: &World, lang: Lang) -> Walk {
        let ko = lang == Lang::Ko;
        let (dns, hops) = fold_dns(&path.hops);
        let mut stations: Vec<Station> = vec![];
        if let Some(first) = hops.first() {
            stations.extend(source(first, world, lang));
        }
        let mut at_ms = path.hops[..path.hops.len() - hops.len()].iter().map(|hop| hop.takes.0).sum();
        let mut carried = stations.first().map_or(String::new(), |station| station.node.clone());
        for (i, hop) in hops.iter().enumerate() {
            at_ms += hop.takes.0;
            if i == 0 && matches!(hop.act, Act::Forward | Act::Ask { .. }) && is_source(&hop.at) {
                // the sender stands there already; what it did is said there
                if let Some(first) = stations.first_mut() {
                    first.act = act_words(&hop.act, ko);
                    first.why = if ko { hop.why.ko.clone() } else { hop.why.en.clone() };
                }
                continue;
            }
            if matches!(hop.act, Act::Deliver) && hops.get(i + 1).is_some_and(|next| next.at == Place::Dns) {
                carried = node_of(&hop.at, world.reader());
                continue;
            }
            let station = station(hop, stations.last(), &carried, at_ms, world, lang);
            carried = match &hop.act {
                Act::Encapsulate { to } => node_of(to, world.reader()),
                _ => station.node.clone(),
            };
            stations.push(station);
        }
        if let (Some(last), End::TimedOut { .. }) = (stations.last_mut(), &path.end)
            && matches!(last.fate, Fate::Passed | Fate::Rewritten)
        {
            last.fate = Fate::Lost;
        }
        stations.truncate(10);
        let delivered = matches!(path.end, End::Delivered { .. });
        Walk { title: title.into(), dns, stations, end: end_words(&path.end, ko), delivered }
    }
}

/// Leaves out the hops of a name that DNS knew; the address it gave is what counts.
fn fold_dns(hops: &[Hop]) -> (Option<(String, String)>, &[Hop]) {
    let answered = hops.iter().rposition(|hop| matches!(hop.act, Act::Answer { .. }));
    let Some((index, Act::Answer { name, addresses })) = answered.map(|i| (i, &hops[i].act)) else {
        return (None, hops);
    };
    if index + 1 == hops.len() {
        return (None, hops);
    }
    let address = addresses.first().map_or(String::new(), ToString::to_string);
    (Some((name.clone(), address)), &hops[index + 1..])
}

fn is_source(place: &Place) -> bool {
    matches!(place, Place::Outside | Place::Pod { .. } | Place::Node(_))
}

/// The sender, by the address that the first hop carries.
fn source(first: &Hop, world: &World, lang: Lang) -> Option<Station> {
    let address = first.from.split(':').next().unwrap_or("");
    let read = world.reader();
    let pod = read.list(kinds::POD, None).find(|pod| {
        use k8s_openapi::api::core::v1::{PodSpec, PodStatus};
        let own_address = pod.spec::<PodSpec>().host_network != Some(true);
        own_address && pod.status::<PodStatus>().pod_ip.as_deref() == Some(address)
    });
    let node = world.machines.nodes.values().find(|machine| machine.address == address);
    let place = match (pod, node) {
        (Some(pod), _) => Place::Pod { namespace: pod.namespace().into(), name: pod.name().into() },
        (None, Some(machine)) => Place::Node(machine.name.clone()),
        _ => Place::Outside,
    };
    let act = if lang == Lang::Ko { "보냄" } else { "sent" };
    let ko = lang == Lang::Ko;
    let (name, what) = place_words(&place, ko);
    Some(Station {
        name,
        what,
        ground: if place == Place::Outside { Ground::Outside } else { Ground::Node },
        node: node_of(&place, read),
        from: first.from.clone(),
        to: match &first.act {
            Act::Rewrite { from, .. } => from.clone(),
            _ => first.to.clone(),
        },
        from_changed: false,
        to_changed: false,
        act: act.into(),
        at_ms: 0,
        fate: Fate::Passed,
        why: String::new(),
        rules: vec![],
        pod: pod_of(&place, world, lang),
    })
}

/// `carried` is the node on which the packet is.
fn station(hop: &Hop, before: Option<&Station>, carried: &str, at_ms: u64, world: &World, lang: Lang) -> Station {
    let ko = lang == Lang::Ko;
    let (mut name, mut what) = place_words(&hop.at, ko);
    let mut node = node_of(&hop.at, world.reader());
    let mut ground = if hop.at == Place::Outside { Ground::Outside } else { Ground::Node };
    if before.is_some_and(|b| b.at_ms == 0 && b.name == name) && matches!(hop.act, Act::Drop | Act::Refuse) {
        // it got nowhere: what stands there is the address
        name = hop.to.split(':').next().unwrap_or("").to_owned();
        what = if ko { "길 없음" } else { "no way" }.into();
        ground = before.map_or(ground, |b| b.ground);
    }
    if node.is_empty() && ground == Ground::Node {
        node = carried.to_owned();
    }
    let to = match before {
        Some(before) if hop.to.starts_with("0.0.0.0") => before.to.clone(),
        _ => hop.to.clone(),
    };
    let changed = |now: &str, then: fn(&Station) -> &str| before.is_some_and(|b| then(b) != now);
    let rewrite = matches!(hop.act, Act::Rewrite { .. });
    let (from_changed, to_changed) = (rewrite && changed(&hop.from, |b| &b.from), rewrite && changed(&to, |b| &b.to));
    Station {
        name,
        what,
        ground,
        node,
        from: hop.from.clone(),
        to,
        from_changed,
        to_changed,
        act: act_words(&hop.act, ko),
        at_ms,
        fate: fate(&hop.act),
        why: if ko { hop.why.ko.clone() } else { hop.why.en.clone() },
        rules: match &hop.act {
            Act::Rewrite { from, to } => rules(world, &hop.at, from, to, lang),
            _ => vec![],
        },
        pod: pod_of(&hop.at, world, lang),
    }
}

/// The tile of the pod that stands at a place.
fn pod_of(place: &Place, world: &World, lang: Lang) -> Option<Box<super::item::Pod>> {
    let Place::Pod { namespace, name } = place else { return None };
    let pod = world.reader().get(kinds::POD, namespace, name)?;
    let around = super::pod_state::Around {
        now: world.now,
        lang,
        silent: None,
        pulling: None,
        door: super::state::Door::None,
        unfit: "",
    };
    Some(Box::new(super::pod_state::derive(pod, &around)))
}

/// The chains that led from one address to the other, as the node's table has them now.
fn rules(world: &World, at: &Place, from: &str, to: &str, lang: Lang) -> Vec<Row> {
    let node: &Rc<str> = match at {
        Place::Proxy(node) | Place::Node(node) => node,
        _ => return vec![],
    };
    let Some(table) = world.tables.nodes.get(node) else { return vec![] };
    let (_, port) = from.rsplit_once(':').unwrap_or((from, ""));
    let rule = table.rules.values().flatten().find(|rule| {
        let cluster = rule.address.is_some_and(|address| format!("{address}:{}", rule.port) == from);
        let by_node = rule.node_port.is_some_and(|node_port| node_port.to_string() == port);
        (cluster || by_node) && rule.backends.iter().any(|b| format!("{}:{}", b.address, b.port) == to)
    });
    let Some(rule) = rule else { return vec![] };
    let chain = |name: &str, note: String| Row { name: name.into(), note, kind: RowKind::Chain };
    let count = rule.backends.len();
    let pick = match lang {
        Lang::En => format!("pick 1 of {count}"),
        Lang::Ko => format!("{count}개 중 하나"),
    };
    let mut rows = vec![chain("KUBE-SERVICES", from.into()), chain(&format!("KUBE-SVC-{}", rule.service), pick)];
    let picked = rule.backends.iter().position(|b| format!("{}:{}", b.address, b.port) == to).unwrap_or(0);
    let first = picked.saturating_sub(BACKENDS - 1);
    for (i, backend) in rule.backends.iter().enumerate().skip(first).take(BACKENDS) {
        let kind = if i == picked { RowKind::Picked } else { RowKind::Backend };
        let note = if i == picked { "DNAT".into() } else { format!("1/{count}") };
        rows.push(Row { name: format!("{}:{}", backend.address, backend.port), note, kind });
    }
    if count > BACKENDS {
        rows.push(Row { name: words::more(lang, count - BACKENDS), note: String::new(), kind: RowKind::Backend });
    }
    rows
}

fn fate(act: &Act) -> Fate {
    match act {
        Act::Rewrite { .. } => Fate::Rewritten,
        Act::Deliver => Fate::Delivered,
        Act::Refuse | Act::NoSuchName { .. } => Fate::Refused,
        Act::Drop => Fate::Dropped,
        Act::Ask { .. } | Act::Answer { .. } | Act::Forward | Act::Encapsulate { .. } => Fate::Passed,
    }
}

fn place_words(place: &Place, ko: bool) -> (String, String) {
    let pick = |en: &str, kr: &str| if ko { kr.to_owned() } else { en.to_owned() };
    match place {
        Place::Outside => (pick("you", "나"), pick("outside the cluster", "클러스터 밖")),
        Place::Node(node) => (node.to_string(), pick("the node's network", "노드 네트워크")),
        Place::Proxy(_) => ("kube-proxy".into(), pick("its rules", "규칙")),
        Place::Kubelet(node) => (node.to_string(), "kubelet".into()),
        Place::Runtime(node) => (node.to_string(), "containerd".into()),
        Place::Pod { name, namespace } => (name.to_string(), pick("pod in ", "파드, ") + namespace),
        Place::Service { name, namespace } => (name.to_string(), pick("Service in ", "서비스, ") + namespace),
        Place::Dns => ("CoreDNS".into(), pick("names to addresses", "이름을 주소로")),
        Place::Registry => (pick("registry", "레지스트리"), String::new()),
        Place::ApiServer => ("kube-apiserver".into(), String::new()),
        Place::Etcd => ("etcd".into(), String::new()),
        Place::Scheduler => ("scheduler".into(), String::new()),
        Place::Controller(name) => ((*name).to_owned(), String::new()),
    }
}

fn node_of(place: &Place, read: Reader<'_>) -> String {
    use k8s_openapi::api::core::v1::PodSpec;
    match place {
        Place::Node(node) | Place::Kubelet(node) | Place::Proxy(node) | Place::Runtime(node) => node.to_string(),
        Place::Pod { namespace, name } => read
            .get(crate::api::kinds::POD, namespace, name)
            .and_then(|pod| pod.spec::<PodSpec>().node_name.clone())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn act_words(act: &Act, ko: bool) -> String {
    let pick = |en: &str, kr: &str| if ko { kr.to_owned() } else { en.to_owned() };
    match act {
        Act::Ask { .. } => pick("asks DNS", "DNS에 질문"),
        Act::Answer { .. } => pick("DNS answers", "DNS 응답"),
        Act::NoSuchName { .. } => pick("no such name", "없는 이름"),
        Act::Rewrite { .. } => pick("DNAT", "DNAT, 주소 바꿈"),
        Act::Forward => pick("forwarded", "전달"),
        Act::Encapsulate { .. } => pick("to another node", "다른 노드로"),
        Act::Deliver => pick("delivered", "도착"),
        Act::Refuse => pick("refused", "거절됨"),
        Act::Drop => pick("dropped", "버려짐"),
    }
}

fn end_words(end: &End, ko: bool) -> String {
    match (end, ko) {
        (End::Delivered { address, port }, false) => format!("Delivered to {address}:{port}."),
        (End::Delivered { address, port }, true) => format!("{address}:{port}에 도착했어요."),
        (End::Refused { address }, false) => format!("{address} refused: nobody listens there."),
        (End::Refused { address }, true) => format!("{address}: 듣는 프로그램이 없어 거절됐어요."),
        (End::TimedOut { address }, false) => format!("No answer from {address}. No reply goes back."),
        (End::TimedOut { address }, true) => format!("{address}: 응답이 없어요."),
        (End::NoRoute { address }, false) => format!("No way leads to {address}."),
        (End::NoRoute { address }, true) => format!("{address}: 가는 길이 없어요."),
        (End::NoSuchName, false) => "DNS knows no such name.".into(),
        (End::NoSuchName, true) => "DNS에 그런 이름이 없어요.".into(),
        (End::NoResolver, false) => "No DNS server answered.".into(),
        (End::NoResolver, true) => "응답하는 DNS 서버가 없어요.".into(),
    }
}
