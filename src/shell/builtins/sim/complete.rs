//! What may come next behind `sim`.

use crate::api::kinds;
use crate::control::pods;
use crate::shell::command::{Completion, Typing};
use crate::world::World;
use crate::world::faults::{PLANE, loops};

/// Ways to go on with the last word.
pub fn of(typing: &Typing<'_>) -> Vec<Completion> {
    let words: Vec<&str> = typing.words[1..].iter().map(String::as_str).collect();
    let world = typing.world;
    let before = &words[..words.len().saturating_sub(1)];
    match before.last() {
        Some(&"-n" | &"--namespace") => {
            return world.reader().list(kinds::NAMESPACE, None).map(|n| Completion::word(n.name())).collect();
        }
        Some(&"--signal") => return ["KILL", "TERM", "INT", "HUP", "QUIT"].map(Completion::word).to_vec(),
        Some(&"-c" | &"--container") => return vec![],
        _ => {}
    }
    let plain = |all: &[&str]| all.iter().map(|word| Completion::word(*word)).collect::<Vec<_>>();
    match before {
        [] => verbs(),
        ["load", before @ ..] => super::load::complete(before, world),
        ["fail"] => [plain(&["node", "registry"]), nodes(world)].concat(),
        ["add"] => plain(&["node"]),
        ["remove"] => nodes(world),
        ["partition"] => [plain(&["node"]), nodes(world)].concat(),
        ["recover" | "heal"] => undoable(world, 1),
        ["stop"] => {
            [plain(&PLANE), plain(&["kubelet", "kube-proxy", "containerd", "coredns", "controller", "node"])].concat()
        }
        ["start"] => undoable(world, 1),
        ["fill"] => plain(&["disk", "memory"]),
        ["registry"] => plain(&["down", "up", "slow", "limited"]),
        ["slow"] => [plain(&["network", "disk", "start", "registry"]), pods_of(world)].concat(),
        ["flaky"] => [plain(&["network"]), pods_of(world)].concat(),
        ["crash"] => [plain(&["sandbox"]), pods_of(world)].concat(),
        ["crash", "sandbox"] | ["hang" | "unready" | "ready" | "leak"] => pods_of(world),
        ["clock"] => plain(&["+10m", "+1h", "+1d"]),
        ["slow", "start"] => {
            world.reader().list(kinds::DEPLOYMENT, None).map(|found| Completion::word(found.name())).collect()
        }
        ["start" | "stop", "controller"] => loops().map(Completion::word).collect(),
        [_, "node" | "network" | "disk" | "memory" | "kubelet" | "kube-proxy" | "containerd"] => nodes(world),
        _ => vec![],
    }
}

fn verbs() -> Vec<Completion> {
    let mut all: Vec<Completion> = vec![];
    for (verb, note, _) in super::list::VERBS {
        let word = verb.split(' ').next().unwrap_or(verb);
        if !all.iter().any(|one| one.text == word) {
            all.push(Completion::noted(word, *note));
        }
    }
    all.push(Completion::noted("start", "start what was stopped"));
    all
}

fn nodes(world: &World) -> Vec<Completion> {
    world.machines.nodes.keys().map(|name| Completion::word(name.to_string())).collect()
}

fn pods_of(world: &World) -> Vec<Completion> {
    let pods = world.reader().list(kinds::POD, Some("default")).filter(|pod| !pods::is_terminal(pod)).take(200);
    let sets = world.reader().list(kinds::DEPLOYMENT, Some("default"));
    let pods = pods.map(|pod| Completion::word(format!("pod/{}", pod.name())));
    pods.chain(sets.map(|set| Completion::word(format!("deployment/{}", set.name())))).collect()
}

/// What is wrong now, as the words behind the verb that undo it.
fn undoable(world: &World, skip: usize) -> Vec<Completion> {
    let words = |fault: &crate::world::faults::Fault| {
        let text = fault.undo();
        text.split(' ').skip(skip).take(1).map(Completion::word).collect::<Vec<_>>()
    };
    let mut all: Vec<Completion> = world.faults().iter().flat_map(words).collect();
    all.sort();
    all.dedup();
    all
}
