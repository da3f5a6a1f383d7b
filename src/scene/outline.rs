//! The chart as a tree for those who do not see it: the same things, name first, state second.
//!
//! Models: the tree pattern of WAI-ARIA.
//! Left out: folding, which is the page's.

use k8s_openapi::api::core::v1::{PodSpec, PodStatus};

use super::item::{Item, Scene, Thing};
use super::view::{Id, Lang};
use super::words::{self, Word, word};
use crate::world::World;

/// One treeitem.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    pub id: Id,
    /// From one.
    pub level: usize,
    /// Name, kind, state.
    pub label: String,
    pub trouble: bool,
}

/// More pods than this are named, the rest counted: a tree of thousands helps nobody.
const MOST: usize = 400;

/// The tree in reading order: control plane, the namespace's records, nodes with their pods and containers.
pub fn outline(world: &World, scene: &Scene) -> Vec<Leaf> {
    let lang = scene.view.lang;
    let mut leaves = vec![leaf("cluster", 1, word(lang, Word::Cluster).to_owned(), false)];
    for item in &scene.items {
        match &item.thing {
            Thing::Control(control) => {
                let queue = format!("{} {}", word(lang, Word::Queue), control.queue);
                let label = format!("{}, {queue}", word(lang, Word::ControlPlane));
                leaves.push(Leaf { id: item.id.clone(), level: 2, label, trouble: false });
                for dial in control.dials.iter().filter(|dial| dial.wanted > 0) {
                    let sum = words::of(lang, dial.seen as usize, dial.wanted as usize);
                    let label = format!("{}, {sum}", dial.controller);
                    let id = format!("process/{}", dial.controller);
                    leaves.push(leaf(&id, 3, label, dial.seen < dial.wanted));
                }
            }
            Thing::Api(_) => leaves.push(plain(item, 3, lang)),
            _ => {}
        }
    }
    for item in scene.items.iter().filter(|item| matches!(item.thing, Thing::Namespace { .. })) {
        leaves.push(plain(item, 2, lang));
        let cards = scene.items.iter().filter(|card| card.parent.as_ref() == Some(&item.id));
        leaves.extend(cards.map(|card| plain(card, 3, lang)));
    }
    nodes(world, scene, &mut leaves);
    leaves
}

fn nodes(world: &World, scene: &Scene, leaves: &mut Vec<Leaf>) {
    let lang = scene.view.lang;
    let mut room = MOST;
    let pods = super::place::pods_by_node(scene);
    let tray = Id::new("tray");
    let mut places: Vec<(Id, Option<&Item>)> = vec![];
    if pods.contains_key(&tray) {
        places.push((tray, None));
    }
    let all = scene.items.iter().filter(|item| matches!(item.thing, Thing::Node(_)));
    places.extend(all.map(|item| (item.id.clone(), Some(item))));
    for (id, node) in places {
        match node {
            Some(node) => leaves.push(plain(node, 2, lang)),
            None => leaves.push(leaf("tray", 2, word(lang, Word::Pending).to_owned(), true)),
        }
        let mine = pods.get(&id).map_or(&[][..], Vec::as_slice);
        for index in mine.iter().take(room) {
            let pod = &scene.items[*index];
            leaves.push(plain(pod, 3, lang));
            if let Thing::Pod(facts) = &pod.thing
                && !facts.minor
            {
                containers(world, pod, leaves);
            }
        }
        if mine.len() > room {
            leaves.push(leaf(&format!("{id}/more"), 3, words::more(lang, mine.len() - room), false));
        }
        room = room.saturating_sub(mine.len());
    }
    if !scene.fleet.is_empty() {
        let label = format!("{} {}", scene.fleet.len(), word(lang, Word::Nodes));
        leaves.push(leaf("fleet", 2, label, false));
    }
}

fn containers(world: &World, pod: &Item, leaves: &mut Vec<Leaf>) {
    let Some(object) = pod.key.as_ref().and_then(|key| world.reader().by_key(key)) else { return };
    let status = object.status::<PodStatus>();
    let spec = object.spec::<PodSpec>();
    let all = spec.init_containers.iter().flatten().chain(&spec.containers);
    for container in all {
        let both = [&status.init_container_statuses, &status.container_statuses];
        let found = both.iter().flat_map(|all| all.iter().flatten()).find(|s| s.name == container.name);
        let state = found.and_then(|s| s.state.as_ref()).map_or("waiting".to_owned(), |state| {
            if state.running.is_some() {
                "running".into()
            } else if let Some(ended) = &state.terminated {
                format!("terminated, exit {}", ended.exit_code)
            } else {
                state.waiting.as_ref().and_then(|w| w.reason.clone()).unwrap_or_else(|| "waiting".into())
            }
        });
        let label = format!("{}, {}, {state}", container.name, container.image.as_deref().unwrap_or(""));
        leaves.push(leaf(&format!("{}#{}", pod.id, container.name), 4, label, false));
    }
}

fn leaf(id: &str, level: usize, label: String, trouble: bool) -> Leaf {
    Leaf { id: Id::new(id), level, label, trouble }
}

fn plain(item: &Item, level: usize, lang: Lang) -> Leaf {
    Leaf { id: item.id.clone(), level, label: label(item, lang), trouble: item.trouble }
}

/// `web-7c9f4d6b5-x2vqp, pod, CrashLoopBackOff, 3 restarts, on node02`.
pub fn label(item: &Item, lang: Lang) -> String {
    let kind = match &item.thing {
        Thing::Control(_) | Thing::Api(_) => "",
        Thing::Namespace { .. } => words::kind(lang, "Namespace"),
        Thing::Node(_) => words::kind(lang, "Node"),
        Thing::Pod(_) => words::kind(lang, "Pod"),
        Thing::Workload(_) => item.key.as_ref().map_or("", |key| words::kind(lang, kind_of(key.resource))),
        Thing::Service(_) => words::kind(lang, "Service"),
        Thing::Record(record) => words::kind(lang, &record.kind),
    };
    let mut label = item.name.to_string();
    for part in [kind, &item.state] {
        if !part.is_empty() {
            label.push_str(", ");
            label.push_str(part);
        }
    }
    label
}

/// The kind of a resource by its plural.
pub(super) fn kind_of(resource: &str) -> &'static str {
    crate::api::kinds::ALL.iter().find(|kind| kind.names().resource == resource).map_or("", |kind| kind.names().kind)
}
