//! What can go wrong with one thing on the chart, for its menu: each choice is a command line. Only what can be done is
//! offered, and what is wrong already is offered to be mended.
//!
//! Left out: amounts; the command line takes them.

use crate::store::Key;
use crate::world::World;
use crate::world::faults::words::{self, Order};
use crate::world::faults::{Fault, PLANE, Part};

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub word: String,
    /// `sim crash pod/web`
    pub command: String,
    /// It mends something.
    pub mends: bool,
}

/// English, Korean, and the command behind `sim` with `@` for the thing's name.
type Row = (&'static str, &'static str, &'static str);

static NODE: &[Row] = &[
    ("Switch the power off", "전원 끄기", "fail node @"),
    ("Pull the network cable", "네트워크 끊기", "partition node @"),
    ("Slow the network down", "네트워크 느리게 하기", "slow network @ 200ms"),
    ("Fill the disk", "디스크 채우기", "fill disk @ 95%"),
    ("Take its memory", "메모리 채우기", "fill memory @ 97%"),
    ("Stop the kubelet", "kubelet 멈추기", "stop kubelet @"),
    ("Stop containerd", "containerd 멈추기", "stop containerd @"),
    ("Stop kube-proxy", "kube-proxy 멈추기", "stop kube-proxy @"),
];
static POD: &[Row] = &[
    ("Kill process 1", "1번 프로세스 죽이기", "crash pod/@"),
    ("Let it hang", "멈춰 세우기", "hang pod/@"),
    ("Make it unready", "준비 안 된 상태로 만들기", "unready pod/@"),
    ("Let it leak memory", "메모리 새게 하기", "leak pod/@ 5Mi/s"),
    ("Slow its answers down", "답을 느리게 하기", "slow pod/@ 3s"),
    ("Lose its sandbox", "샌드박스 잃기", "crash sandbox pod/@"),
];
static SET: &[Row] = &[
    ("Kill one of its pods' processes", "파드 하나의 프로세스 죽이기", "crash @"),
    ("Let all its pods hang", "모든 파드 멈춰 세우기", "hang @"),
];
static API: &[Row] = &[("Stop the API server", "API 서버 멈추기", "stop kube-apiserver")];
static CONTROL: &[Row] = &[
    ("Stop etcd", "etcd 멈추기", "stop etcd"),
    ("Stop the scheduler", "스케줄러 멈추기", "stop kube-scheduler"),
    ("Stop the controller manager", "컨트롤러 매니저 멈추기", "stop kube-controller-manager"),
    ("Take the registries down", "이미지 레지스트리 끊기", "registry down"),
    ("Let an hour pass at once", "시계를 한 시간 앞으로", "clock +1h"),
];

/// The menu of a thing by its place on the chart and, if it stands for an object, its key.
pub fn of(world: &World, id: &str, key: Option<&Key>, korean: bool) -> Vec<Choice> {
    let (rows, name, space) = match (id, key) {
        ("process/kube-apiserver", _) => (API, String::new(), ""),
        ("place/control-plane", _) => (CONTROL, String::new(), ""),
        (_, Some(key)) => match key.resource {
            "nodes" => (NODE, key.name.to_string(), ""),
            "pods" => (POD, key.name.to_string(), &*key.namespace),
            "deployments.apps" | "statefulsets.apps" | "daemonsets.apps" | "replicasets.apps" => {
                let kind = key.resource.trim_end_matches("s.apps");
                (SET, format!("{kind}/{}", key.name), &*key.namespace)
            }
            _ => return vec![],
        },
        _ => return vec![],
    };
    let space = if matches!(space, "" | "default") { String::new() } else { format!(" -n {space}") };
    let mut all: Vec<Choice> = vec![];
    for fault in world.faults().iter().filter(|fault| concerns(fault, id, key)) {
        let command = format!("sim {}", fault.undo());
        if !all.iter().any(|choice| choice.command == command) {
            let told = super::list::told(fault, true, korean);
            let word = if korean { format!("되돌리기: {told}") } else { format!("Mend: {told}") };
            all.push(Choice { word, command, mends: true });
        }
    }
    for (en, ko, text) in rows {
        let text = format!("{}{space}", text.replace('@', &name));
        let parts: Vec<String> = text.split_whitespace().map(Into::into).collect();
        let Ok(Order::Do(faults)) = words::parse(&parts, world) else { continue };
        let same = |fault: &Fault| {
            std::mem::discriminant(fault)
                == faults.first().map_or(std::mem::discriminant(fault), std::mem::discriminant)
        };
        let on = world.faults().iter().any(|fault| {
            faults.contains(fault) || concerns(fault, id, key) && same(fault) && !matches!(fault, Fault::Stop(_))
        });
        if !on {
            let word = if korean { *ko } else { *en };
            all.push(Choice { word: word.into(), command: format!("sim {text}"), mends: false });
        }
    }
    all
}

/// Whether a fault is one of this thing.
fn concerns(fault: &Fault, id: &str, key: Option<&Key>) -> bool {
    match fault {
        Fault::Stop(Part::Plane("kube-apiserver")) => id == "process/kube-apiserver",
        Fault::Stop(Part::Plane(name)) => id == "place/control-plane" && PLANE.contains(name),
        Fault::Stop(Part::Controller(_) | Part::Dns) | Fault::Registry(_) => id == "place/control-plane",
        Fault::Power { node }
        | Fault::Cut { node }
        | Fault::SlowNetwork { node, .. }
        | Fault::Lossy { node, .. }
        | Fault::SlowDisk { node, .. }
        | Fault::FullDisk { node, .. }
        | Fault::FullMemory { node, .. }
        | Fault::Stop(Part::Kubelet(node) | Part::Proxy(node) | Part::Runtime(node)) => {
            key.is_some_and(|key| key.resource == "nodes" && key.name == *node)
        }
        Fault::Hang { whom }
        | Fault::Unready { whom }
        | Fault::Leak { whom, .. }
        | Fault::SlowAnswers { whom, .. }
        | Fault::Flaky { whom, .. } => {
            key.is_some_and(|key| key.resource == "pods" && key.name == whom.pod && key.namespace == whom.namespace)
        }
        Fault::SlowStart { .. } | Fault::Crash { .. } | Fault::Sandbox { .. } | Fault::Clock { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::FactId;
    use crate::world::Spec;

    #[test]
    fn a_menu_offers_what_can_be_done_and_mends_what_is_wrong() {
        let mut world = World::boot(Spec::default(), 1);
        let key = Key::new("nodes", "", "node02");
        let menu = of(&world, "nodes/node02", Some(&key), false);
        assert_eq!(menu[0].command, "sim fail node node02");
        assert!(menu.iter().all(|choice| !choice.mends));
        world.fault(&Fault::Cut { node: "node02".into() }, FactId::BOOT);
        let menu = of(&world, "nodes/node02", Some(&key), false);
        assert_eq!((menu[0].command.as_str(), menu[0].mends), ("sim heal node node02", true));
        assert!(!menu.iter().any(|choice| choice.command.starts_with("sim partition")));
        assert!(of(&world, "nodes/node01", Some(&Key::new("nodes", "", "node01")), true).iter().all(|c| !c.mends));
    }
}
