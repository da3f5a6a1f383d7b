//! What can go wrong and what is wrong now, in the learner's language.

use crate::node::trouble::Registry;
use crate::script::sys::Style;
use crate::shell::command::Cx;
use crate::world::faults::{Fault, Part};

/// A verb with what it needs, and what it does: English, Korean.
pub static VERBS: &[(&str, &str, &str)] = &[
    ("fail node NODE", "switch its power off", "전원을 꺼요"),
    ("partition node NODE", "pull its network cable", "네트워크 케이블을 뽑아요"),
    ("slow network NODE 200ms", "its packets take longer", "패킷이 늦게 도착해요"),
    ("flaky network NODE 30%", "its packets get lost", "패킷이 사라져요"),
    ("slow disk NODE 10x", "its disk takes longer for everything", "디스크가 느려져요"),
    ("fill disk NODE 95%", "also memory NODE 95%", "memory NODE 95%도 돼요"),
    ("stop kubelet NODE", "also kube-proxy NODE, containerd NODE", "kube-proxy NODE, containerd NODE도 돼요"),
    (
        "stop kube-scheduler",
        "also kube-apiserver, etcd, kube-controller-manager, coredns",
        "kube-apiserver, etcd, kube-controller-manager, coredns도 돼요",
    ),
    ("stop controller NAME", "one loop of the controller manager", "컨트롤러 매니저의 루프 하나를 멈춰요"),
    ("registry down", "or slow, limited, up", "slow, limited, up도 돼요"),
    (
        "crash pod/NAME",
        "kill process 1 (-c CONTAINER, --signal TERM)",
        "1번 프로세스를 죽여요 (-c CONTAINER, --signal TERM)",
    ),
    ("crash sandbox pod/NAME", "lose the pod's sandbox", "파드의 샌드박스를 잃어요"),
    ("hang pod/NAME", "process 1 lives but answers nothing", "1번 프로세스가 살아 있지만 아무 답도 하지 않아요"),
    ("unready pod/NAME", "its readiness probe fails", "준비성 프로브가 실패해요"),
    ("slow pod/NAME 3s", "its answers take longer", "답이 늦어져요"),
    ("flaky pod/NAME 50%", "it answers with errors", "오류로 답해요"),
    ("leak pod/NAME 10Mi/s", "it takes more and more memory", "메모리를 점점 더 써요"),
    ("slow start NAME 30s", "new containers of it take longer to begin", "새 컨테이너가 늦게 시작해요"),
    ("load svc/NAME 50", "requests a second; also off", "초당 요청을 보내요. off로 멈춰요"),
    (
        "add node",
        "one more machine joins; remove node NODE takes one away",
        "컴퓨터 한 대가 더 들어와요. remove node NODE는 빼요",
    ),
    ("clock +1h", "all clocks jump forwards", "모든 시계가 앞으로 뛰어요"),
    ("recover TARGET", "undo what is wrong with a node, pod or part", "노드, 파드, 구성 요소를 되돌려요"),
    ("reset", "undo everything", "모두 되돌려요"),
];

/// What is on and what is possible.
pub fn show(cx: &mut Cx<'_, '_>, korean: bool) {
    let lang = usize::from(korean);
    let now = cx.world.faults();
    let heads = [
        ["Wrong now", "Nothing is wrong.", "What can go wrong"],
        ["지금 난 고장", "고장 난 곳이 없어요.", "낼 수 있는 고장"],
    ][lang];
    if now.is_empty() {
        cx.sys.out(&format!("{}\n", heads[1]));
    } else {
        cx.sys.paint(&format!("{}\n", heads[0]), Style::Strong, None);
        for fault in &now {
            cx.sys.out(&format!("  {}\n", told(fault, true, korean)));
            cx.sys.out(&format!("      sim {}\n", fault.undo()));
        }
    }
    cx.sys.paint(&format!("\n{}\n", heads[2]), Style::Strong, None);
    for (verb, en, ko) in VERBS {
        cx.sys.out(&format!("  sim {verb:<26} {}\n", [en, ko][lang]));
    }
    let more = [
        "\npod/NAME may be deployment/NAME, svc/NAME ...; -n says the namespace. Tab completes.\n",
        "\npod/NAME 자리에 deployment/NAME, svc/NAME 등도 쓸 수 있어요. -n은 네임스페이스예요. Tab으로 채워져요.\n",
    ][lang];
    cx.sys.out(more);
}

/// What a fault, made or mended, comes to: a short sentence.
pub fn told(fault: &Fault, on: bool, korean: bool) -> String {
    let (en, ko) = if on { made(fault) } else { mended(fault) };
    if korean { ko } else { en }
}

fn made(fault: &Fault) -> (String, String) {
    match fault {
        Fault::Power { node } => (format!("{node} has no power."), format!("{node}: 전원이 꺼졌어요.")),
        Fault::Cut { node } => {
            (format!("{node} is cut off from the network."), format!("{node}: 네트워크가 끊겼어요."))
        }
        Fault::SlowNetwork { node, delay } => (
            format!("Packets of {node} take {} ms longer.", delay.0),
            format!("{node}: 패킷이 {}ms 더 걸려요.", delay.0),
        ),
        Fault::Lossy { node, percent } => {
            (format!("{node} loses {percent}% of its packets."), format!("{node}: 패킷의 {percent}%가 사라져요."))
        }
        Fault::SlowDisk { node, times } => {
            (format!("The disk of {node} takes {times} times as long."), format!("{node}: 디스크가 {times}배 느려요."))
        }
        Fault::FullDisk { node, percent } => {
            (format!("The disk of {node} is {percent}% full."), format!("{node}: 디스크가 {percent}% 찼어요."))
        }
        Fault::FullMemory { node, percent } => {
            (format!("{percent}% of the memory of {node} is taken."), format!("{node}: 메모리의 {percent}%가 찼어요."))
        }
        Fault::Leak { whom, rate } => (
            format!("{whom} leaks {} KiB a second.", rate >> 10),
            format!("{whom}: 메모리가 1초에 {}KiB씩 새요.", rate >> 10),
        ),
        Fault::Registry(Registry::Slow(times)) => {
            (format!("Pulls take {times} times as long."), format!("이미지 가져오기가 {times}배 느려요."))
        }
        Fault::Registry(Registry::Limited) => {
            ("Docker Hub's pull limit is used up.".into(), "Docker Hub의 가져오기 한도를 다 썼어요.".into())
        }
        Fault::Registry(_) => ("No registry answers.".into(), "이미지 레지스트리가 답하지 않아요.".into()),
        Fault::Stop(part) => stopped(part),
        Fault::Crash { whom, .. } => {
            (format!("Process 1 of {whom} got a signal."), format!("{whom}: 1번 프로세스에 신호를 보냈어요."))
        }
        Fault::Sandbox { pod, .. } => {
            (format!("The sandbox of pod/{pod} is gone."), format!("pod/{pod}: 샌드박스가 사라졌어요."))
        }
        Fault::Hang { whom } => (format!("{whom} hangs."), format!("{whom}: 멈춰 서서 답하지 않아요.")),
        Fault::Unready { whom } => {
            (format!("{whom} says that it is not ready."), format!("{whom}: 준비되지 않았다고 답해요."))
        }
        Fault::SlowAnswers { whom, delay } => {
            (format!("{whom} answers {} ms later.", delay.0), format!("{whom}: 답이 {}ms 늦어요.", delay.0))
        }
        Fault::Flaky { whom, percent } => {
            (format!("{whom} fails {percent}% of all requests."), format!("{whom}: 요청의 {percent}%가 실패해요."))
        }
        Fault::SlowStart { name, delay, .. } => {
            let seconds = delay.0.div_ceil(1000);
            (
                format!("New containers of {name} begin {seconds} s later."),
                format!("{name}: 새 컨테이너가 {seconds}초 늦게 시작해요."),
            )
        }
        Fault::Clock { .. } => {
            let text = fault.to_string();
            let by = text.trim_start_matches("clock ");
            (format!("All clocks went {by}."), format!("모든 시계가 {by} 앞으로 갔어요."))
        }
    }
}

fn stopped(part: &Part) -> (String, String) {
    match part {
        Part::Plane(name) => (
            format!("The manifest of {name} is taken away: its kubelet stops it."),
            format!("{name}의 매니페스트를 치웠어요. kubelet이 멈춰요."),
        ),
        Part::Controller(name) => {
            (format!("{name} does not look any more."), format!("{name}: 더 이상 살피지 않아요."))
        }
        Part::Dns => ("CoreDNS is scaled to 0.".into(), "CoreDNS를 0개로 줄였어요.".into()),
        Part::Kubelet(node) => (
            format!("The kubelet of {node} is stopped; its containers go on."),
            format!("{node}: kubelet을 멈췄어요. 컨테이너는 계속 돌아요."),
        ),
        Part::Proxy(node) => (
            format!("kube-proxy on {node} stands still; its rules stay as they are."),
            format!("{node}: kube-proxy가 멈췄어요. 규칙은 그대로예요."),
        ),
        Part::Runtime(node) => (
            format!("containerd on {node} is stopped; its containers go on."),
            format!("{node}: containerd를 멈췄어요. 컨테이너는 계속 돌아요."),
        ),
    }
}

fn mended(fault: &Fault) -> (String, String) {
    match fault {
        Fault::Power { node } => (format!("{node} has power again."), format!("{node}: 전원이 다시 켜졌어요.")),
        Fault::Cut { node } | Fault::SlowNetwork { node, .. } | Fault::Lossy { node, .. } => {
            (format!("The network of {node} is well again."), format!("{node}: 네트워크가 다시 좋아졌어요."))
        }
        Fault::SlowDisk { node, .. } | Fault::FullDisk { node, .. } => {
            (format!("The disk of {node} is well again."), format!("{node}: 디스크가 다시 좋아졌어요."))
        }
        Fault::FullMemory { node, .. } => {
            (format!("{node} has its memory back."), format!("{node}: 메모리를 되찾았어요."))
        }
        Fault::Registry(_) => ("The registries answer again.".into(), "이미지 레지스트리가 다시 답해요.".into()),
        Fault::Stop(part) => (format!("{part} is started."), format!("{part}: 다시 시작했어요.")),
        Fault::SlowStart { name, .. } => (format!("{name} starts as before."), format!("{name}: 전처럼 시작해요.")),
        Fault::Hang { whom }
        | Fault::Unready { whom }
        | Fault::SlowAnswers { whom, .. }
        | Fault::Leak { whom, .. }
        | Fault::Flaky { whom, .. } => (format!("{whom} is well again."), format!("{whom}: 다시 괜찮아졌어요.")),
        Fault::Crash { .. } | Fault::Sandbox { .. } | Fault::Clock { .. } => Default::default(),
    }
}
