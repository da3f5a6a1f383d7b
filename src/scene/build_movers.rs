//! The part of the build that finds what is on its way now, and the thread from a command to what it moved.

use super::build::Gather;
use super::item::{Mover, MoverKind, Scene, Talk, Thing};
use super::view::{Id, Lens};
use crate::control::{FactId, Message, Note, What};
use crate::net::Place;
use crate::time::Time;

/// Messages looked back at, and those drawn at once.
const SCANNED: usize = 1500;
const DRAWN: usize = 14;
/// The longest that a flight lasts for the eye, in ms at normal speed.
const LINGER: u64 = 700;
/// What the sequence chart looks back on, in virtual ms.
const TALK: u64 = 150;

/// The station of a place.
pub fn station(place: &Place) -> Id {
    match place {
        Place::Outside => Id::new("outside"),
        Place::ApiServer => Id::process("kube-apiserver"),
        Place::Etcd => Id::process("etcd"),
        Place::Scheduler => Id::process("scheduler"),
        Place::Controller(name) => Id::process(name),
        Place::Node(node) => Id::node(node),
        Place::Kubelet(node) => Id::on_node("kubelet", node),
        Place::Proxy(node) => Id::on_node("kube-proxy", node),
        Place::Runtime(node) => Id::on_node("containerd", node),
        Place::Pod { namespace, name } => Id::pod(namespace, name),
        Place::Service { namespace, name } => Id::object("services", namespace, name),
        Place::Dns => Id::new("dns"),
        Place::Registry => Id::new("registry"),
    }
}

/// Messages that the eye can follow now. A flight shorter than the eye needs is stretched; the newest win.
pub(super) fn movers(gather: &Gather<'_>, scene: &mut Scene) {
    let view = gather.view;
    let speed = view.speed.max(0.001);
    let linger = (LINGER as f32 * speed) as u64;
    if view.lens == Lens::ControlPlane {
        talks(gather, scene);
    }
    let mut chips: Vec<(Id, Id)> = vec![];
    for message in gather.world.journal.messages().rev().take(SCANNED) {
        if message.departs > gather.now {
            continue;
        }
        let end = message.lands.0.max(message.departs.0 + linger);
        if end <= gather.now.0 {
            if message.departs.0 + 4 * linger.max(2000) < gather.now.0 {
                break;
            }
            continue;
        }
        if speed >= 60.0 || scene.movers.len() >= DRAWN {
            continue;
        }
        let Some((kind, label)) = kind(message) else { continue };
        if view.lens == Lens::Cluster && !shown_in_cluster(message, kind) {
            continue;
        }
        let (from, to) = (station(&message.from), station(&message.to));
        let line = (from.clone(), to.clone());
        let first = !chips.contains(&line);
        if !first && chips.iter().filter(|chip| **chip == line).count() > 3 {
            continue;
        }
        chips.push(line);
        scene.movers.push(Mover {
            id: message.id,
            from,
            to,
            kind,
            label: if first { label } else { String::new() },
            departs: message.departs,
            lands: Time(end),
            cause: view.thread.is_some_and(|root| message.root == root && root != FactId::BOOT),
        });
    }
    scene.movers.reverse();
    let mut labelled = 0;
    for mover in scene.movers.iter_mut().rev() {
        if labelled >= 1 && view.lens == Lens::Cluster {
            mover.label.clear();
        } else if !mover.label.is_empty() {
            labelled += 1;
        }
    }
}

/// The talk of the sequence chart, oldest first: the first [`TALK`] ms of the thread, or without one the last burst.
fn talks(gather: &Gather<'_>, scene: &mut Scene) {
    let messages = gather.world.journal.messages();
    let heard = |message: &&Message| message.departs <= gather.now && is_spoken(message);
    if let Some(root) = gather.view.thread {
        let mut end = None;
        for message in messages.filter(|message| message.root == root).filter(heard) {
            if message.departs.0 > *end.get_or_insert(message.departs.0 + TALK) {
                break;
            }
            talk(gather, scene, message);
        }
    }
    if scene.talk.is_empty() {
        let mut from = None;
        for message in gather.world.journal.messages().rev().take(SCANNED).filter(heard) {
            if message.departs.0 < *from.get_or_insert(message.lands.0.saturating_sub(TALK)) {
                break;
            }
            talk(gather, scene, message);
        }
        scene.talk.reverse();
    }
}

/// Requests, answers, writes and watch events; not signs of life, images and packets.
fn is_spoken(message: &Message) -> bool {
    matches!(message.note, Note::Request { .. } | Note::Response { .. } | Note::Store { .. } | Note::Watch { .. })
}

fn talk(gather: &Gather<'_>, scene: &mut Scene, message: &Message) {
    let Some((kind, _)) = kind(message) else { return };
    if kind == MoverKind::Beat || scene.talk.len() >= 160 {
        return;
    }
    let revision = match &message.note {
        Note::Store { revision, .. } => Some(revision.0),
        _ => None,
    };
    scene.talk.push(Talk {
        from: station(&message.from),
        to: station(&message.to),
        kind,
        departs: message.departs,
        lands: message.lands,
        revision,
        cause: gather.view.thread.is_some_and(|root| message.root == root && root != FactId::BOOT),
    });
}

fn kind(message: &Message) -> Option<(MoverKind, String)> {
    Some(match &message.note {
        Note::Request { verb, key } => {
            let tail = key.name.rsplit('-').next().unwrap_or(&key.name);
            let name = if key.resource == "pods" { tail } else { &key.name };
            let plural = key.resource.split('.').next().unwrap_or(key.resource);
            (MoverKind::Request, format!("{verb} {plural}/{name}"))
        }
        Note::Response { code } => {
            (MoverKind::Response(*code), if *code >= 300 { code.to_string() } else { String::new() })
        }
        Note::Store { letter, .. } => (MoverKind::Watch(*letter), String::new()),
        Note::Watch { letter, .. } => (MoverKind::Watch(*letter), String::new()),
        Note::Heartbeat => (MoverKind::Beat, String::new()),
        Note::Image(image) => {
            let short = image.rsplit_once('/').map_or(&**image, |(_, last)| last);
            (MoverKind::Image, short.to_owned())
        }
        Note::Packet { label } => (MoverKind::Packet, label.to_string()),
        Note::Probe { ok } => (MoverKind::Probe(*ok), String::new()),
    })
}

/// One message at a time: requests and what reaches the nodes; the control plane's own whispers have their lens.
fn shown_in_cluster(message: &Message, kind: MoverKind) -> bool {
    match kind {
        MoverKind::Request | MoverKind::Image => true,
        MoverKind::Packet => false,
        MoverKind::Response(code) => code >= 400,
        MoverKind::Watch(_) => matches!(message.to, Place::Kubelet(_) | Place::Controller(_) | Place::Scheduler),
        MoverKind::Beat | MoverKind::Probe(_) => false,
    }
}

/// The stops of the thread: what the command wrote, then what its writers wrote, down to the pods; at most six.
pub(super) fn thread(gather: &Gather<'_>, scene: &mut Scene) {
    let Some(root) = gather.view.thread else { return };
    let mut stops: Vec<Id> = vec![Id::process("kube-apiserver")];
    let drawn = |id: &Id| scene.items.iter().any(|item| item.id == *id);
    let mut last_rank = 0;
    for fact in gather.world.journal.since(FactId(root.0.saturating_sub(1))).take(4000) {
        if fact.root != root {
            continue;
        }
        let What::Write { key, .. } = &fact.what else { continue };
        let id = Id::of(key);
        let rank = rank(key.resource);
        if rank > last_rank && drawn(&id) {
            last_rank = rank;
            stops.push(id);
            if stops.len() == 6 {
                break;
            }
        }
    }
    let trouble = scene.items.iter().filter(|item| item.trouble && matches!(item.thing, Thing::Pod(_)));
    if last_rank == 3
        && let Some(worst) = trouble.into_iter().find(|item| {
            let object = item.key.as_ref().and_then(|key| gather.read.by_key(key));
            let set = stops.get(stops.len().saturating_sub(2)).and_then(|id| scene.items.iter().find(|i| i.id == *id));
            let owner = object.and_then(|o| o.controller()).map(|o| o.name.clone());
            owner.is_some() && set.is_some_and(|set| owner.as_deref() == Some(&*set.name))
        })
    {
        let id = worst.id.clone();
        stops.pop();
        stops.push(id);
    }
    if stops.len() > 1 {
        scene.thread = stops;
    }
}

/// How far from the learner's hand a kind stands: 1 what people write, 2 what controllers write, 3 pods.
fn rank(resource: &str) -> u8 {
    match resource {
        "pods" => 3,
        "replicasets.apps" | "jobs.batch" => 2,
        "deployments.apps" | "statefulsets.apps" | "daemonsets.apps" | "cronjobs.batch" | "replicationcontrollers" => 1,
        "services" | "configmaps" | "secrets" => 1,
        _ => 0,
    }
}
