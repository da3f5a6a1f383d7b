//! The script of a seed: commands, time in between, faults and their end, and moments at which everything must be settled.

use super::super::format::Entry;
use super::dice::{Dice, command, pass};
use super::{recipes, workloads};

/// How many commands lie between two settled moments.
const ROUND: u64 = 8;

/// The entries of a seed, with about so many commands.
pub fn script(seed: u64, commands: usize) -> Vec<Entry> {
    let mut dice = Dice::new(seed);
    let mut entries = vec![command("kubectl create namespace shop")];
    let mut count = 1;
    while count < commands {
        let faulty = dice.chance(30);
        if faulty {
            entries.extend(begin_fault(&mut dice));
        }
        for _ in 0..dice.between(2, ROUND) {
            let step = step(&mut dice);
            count += step.iter().filter(|entry| matches!(entry, Entry::Command { .. })).count();
            entries.extend(step);
            if dice.chance(60) {
                entries.push(pass(pause(&mut dice)));
            }
        }
        if faulty {
            entries.extend(end_faults());
            entries.push(pass(260));
        }
        entries.push(Entry::Settle);
    }
    entries
}

fn step(dice: &mut Dice) -> Vec<Entry> {
    let all = workloads::ALL.len() + recipes::ALL.len();
    let at = dice.below(all as u64) as usize;
    match workloads::ALL.get(at) {
        Some(recipe) => recipe(dice),
        None => recipes::ALL[at - workloads::ALL.len()](dice),
    }
}

/// Mostly short: things shall happen at once.
fn pause(dice: &mut Dice) -> u64 {
    match dice.below(10) {
        0..=4 => dice.between(1, 5),
        5..=7 => dice.between(6, 40),
        8 => dice.between(41, 120),
        _ => dice.between(121, 420),
    }
}

fn begin_fault(dice: &mut Dice) -> Vec<Entry> {
    let node = dice.one(&["node01", "node02"]);
    let app = dice.one(&["web", "api", "db", "agent"]);
    let fault = match dice.below(16) {
        0..=2 => format!("node stop {node}"),
        3 => format!("sim partition node {node}"),
        4 => format!("sim slow network {node} {}ms", dice.one(&[300, 3000])),
        5 => format!("sim flaky network {node} {}%", dice.one(&[20, 80])),
        6 => format!("sim registry {}", dice.one(&["down", "slow", "limited"])),
        7 => format!("sim stop kubelet {node}"),
        8 => format!("sim stop {} {node}", dice.one(&["kube-proxy", "containerd"])),
        9..=10 => format!("sim stop controller {}", dice.one(&CONTROLLERS)),
        11 => {
            format!("sim stop {}", dice.one(&["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]))
        }
        12 => format!("sim stop {}", dice.one(&["coredns", "kube-scheduler"])),
        13 => format!(
            "sim {} $(kubectl get pods -l app={app} -o name | head -1)",
            dice.one(&["hang", "unready", "crash"])
        ),
        14 => format!("sim slow start {app} 20s"),
        _ => format!("sim clock +{}", dice.one(&["90s", "1h"])),
    };
    vec![command(fault), pass(dice.one(&[2, 20, 45, 60, 400]))]
}

const CONTROLLERS: [&str; 8] = [
    "replicaset-controller",
    "deployment-controller",
    "statefulset-controller",
    "job-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "node-lifecycle-controller",
    "persistentvolume-binder-controller",
];

fn end_faults() -> Vec<Entry> {
    vec![command("sim reset")]
}
