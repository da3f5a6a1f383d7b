//! The object card: name, kind, a few facts, and the field and revision that the state comes from.

use k8s_openapi::api::core::v1::{NodeStatus, PodSpec, PodStatus};

use super::item::{Scene, Thing};
use super::view::{Id, Lang};
use super::words;
use crate::world::World;

/// What the card says.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub name: String,
    /// `Pod in shop`.
    pub kind: String,
    /// At most six.
    pub facts: Vec<(String, String)>,
}

/// The card of a thing; `None` for what is no object.
pub fn card(world: &World, scene: &Scene, id: &Id) -> Option<Card> {
    let item = scene.item(id)?;
    let lang = scene.view.lang;
    let word = |en: &str, ko: &str| if lang == Lang::Ko { ko.to_owned() } else { en.to_owned() };
    let Some(object) = item.key.as_ref().and_then(|key| world.reader().by_key(key)) else {
        let facts = match &item.thing {
            Thing::Control(control) => control
                .dials
                .iter()
                .map(|dial| (dial.name.to_owned(), words::of(lang, dial.seen as usize, dial.wanted as usize)))
                .collect(),
            Thing::Api(api) => vec![
                (word("last request", "마지막 요청"), api.line.clone()),
                (word("answer", "응답"), api.tail.clone()),
            ],
            _ => vec![],
        };
        return Some(Card { name: item.name.to_string(), kind: String::new(), facts });
    };
    let kind = words::kind(lang, object.kind.names().kind);
    let mut facts = vec![];
    let mut field = "metadata";
    match &item.thing {
        Thing::Pod(_) => {
            let (spec, status) = (object.spec::<PodSpec>(), object.status::<PodStatus>());
            facts.push(("phase".into(), status.phase.clone().unwrap_or_default()));
            let ready = status.conditions.iter().flatten().enumerate().find(|(_, c)| c.type_ == "Ready");
            if let Some((_, condition)) = ready {
                let reason = condition.reason.as_deref().map_or(String::new(), |r| format!(", {r}"));
                facts.push(("ready".into(), format!("{}{reason}", condition.status)));
            }
            facts.push(("node".into(), spec.node_name.clone().unwrap_or_else(|| "none".into())));
            facts.push(("ip".into(), status.pod_ip.clone().unwrap_or_else(|| "none".into())));
            let images: Vec<&str> = spec.containers.iter().filter_map(|c| c.image.as_deref()).collect();
            facts.push(("image".into(), images.join(", ")));
            field = if spec.node_name.is_none() {
                "status.conditions[PodScheduled]"
            } else if status.container_statuses.is_some() {
                "status.containerStatuses[0].state"
            } else {
                "spec.nodeName"
            };
        }
        Thing::Node(node) => {
            facts.push(("ready".into(), item.state.clone()));
            let addresses = object.status::<NodeStatus>().addresses.iter().flatten();
            if let Some(address) = addresses.into_iter().find(|a| a.type_ == "InternalIP") {
                facts.push(("address".into(), address.address.clone()));
            }
            let percent = |meter: Option<super::kit::node::Meter>| {
                meter.map_or(String::new(), |m| format!("{:.0} %", m.requested * 100.0))
            };
            facts.push((word("cpu requested", "요청된 cpu"), percent(node.cpu)));
            facts.push((word("memory requested", "요청된 메모리"), percent(node.memory)));
            field = "status.conditions[Ready]";
        }
        Thing::Workload(work) => {
            facts.push((work.unit.clone(), work.figure.clone()));
            if !work.image[1].is_empty() {
                facts.push(("image".into(), work.image[1].clone()));
            }
            if !work.note.is_empty() {
                facts.push((word("pods", "파드"), work.note.clone()));
            }
            field = "status";
        }
        Thing::Service(service) => {
            facts.extend(service.rows.iter().cloned());
            facts.push(("endpoints".into(), service.figure.clone()));
            field = "spec";
        }
        Thing::Record(record) => facts.extend(record.rows.iter().cloned()),
        _ => facts.push(("status".into(), item.state.clone())),
    }
    facts.truncate(5);
    facts.retain(|(_, value)| !value.is_empty());
    facts.push((word("fact from", "근거"), format!("{field}, rev {}", object.revision())));
    let kind = match (object.namespace(), lang) {
        ("", _) => kind.to_owned(),
        (namespace, Lang::En) => format!("{kind} in {namespace}"),
        (namespace, Lang::Ko) => format!("{kind}, {namespace}"),
    };
    Some(Card { name: object.name().into(), kind, facts })
}
