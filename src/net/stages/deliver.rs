//! Routing between nodes, and the last step into a pod.
//!
//! Models: host routes as kindnet writes them, veth pairs of CNI `ptp`.

use super::{PodAt, Walk, is_pod_range};
use crate::net::Wire;
use crate::net::path::{Act, End, Why};
use crate::net::place::Place;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// From the node where the packet is to the address that it carries.
pub fn route(walk: &mut Walk<'_>) -> End {
    let (address, port) = walk.to;
    if address.is_loopback() {
        return itself(walk, address, port);
    }
    if let Some(pod) = walk.pod_at(address) {
        return to_pod(walk, &pod);
    }
    if let Some(node) = walk.node_at(address) {
        return to_node(walk, &node);
    }
    let Some(node) = walk.node.clone() else { return End::NoRoute { address } };
    let why = if is_pod_range(address) {
        Why::new(
            format!("No pod has {address} any more. The packet gets lost, and nobody says so."),
            format!("{address}을(를) 가진 파드가 이제 없어요. 패킷은 아무 말 없이 사라져요."),
        )
    } else {
        Why::new(
            format!("{address} is neither a pod, a Service nor a node, and this cluster has no way to the Internet."),
            format!("{address}은(는) 파드도 서비스도 노드도 아니에요. 이 클러스터는 인터넷과 이어져 있지 않아요."),
        )
    };
    walk.hop(Place::Node(node), Act::Drop, 1, why);
    End::TimedOut { address }
}

fn itself(walk: &mut Walk<'_>, address: Ipv4Addr, port: u16) -> End {
    let at = walk.origin();
    let own = if walk.from.0.is_loopback() { address } else { walk.from.0 };
    if walk.ground.listens(own, port) {
        let why = Why::new(
            "localhost: the packet never leaves the pod's own network.",
            "localhost로 가는 패킷은 파드 밖으로 나가지 않아요.",
        );
        walk.hop(at, Act::Deliver, 0, why);
        return End::Delivered { address: own, port };
    }
    let why = Why::new(
        format!("Inside this pod nobody listens on port {port}: connection refused."),
        format!("이 파드 안에서 {port}번 포트를 듣는 프로그램이 없어요. 연결이 거절돼요."),
    );
    walk.hop(at, Act::Refuse, 0, why);
    End::Refused { address }
}

fn to_pod(walk: &mut Walk<'_>, pod: &PodAt) -> End {
    let (address, port) = walk.to;
    if let Some(end) = across(walk, &pod.node, address) {
        return end;
    }
    let place = Place::Pod { namespace: pod.namespace.clone(), name: pod.name.clone() };
    let name = &pod.name;
    if walk.ground.listens(address, port) {
        let why = Why::new(
            format!("The veth pair of {name} leads into the pod; its container listens on {port}."),
            format!("{name}의 veth를 지나 파드 안으로 들어가요. 컨테이너가 {port}번 포트를 듣고 있어요."),
        );
        walk.hop(place, Act::Deliver, 1, why);
        return End::Delivered { address, port };
    }
    let why = Why::new(
        format!("The packet reached {name}, but nothing in it listens on port {port}: connection refused."),
        format!("패킷이 {name}에 닿았지만 {port}번 포트를 듣는 프로그램이 없어요. 연결이 거절돼요."),
    );
    walk.hop(place, Act::Refuse, 1, why);
    End::Refused { address }
}

fn to_node(walk: &mut Walk<'_>, node: &Rc<str>) -> End {
    let (address, port) = walk.to;
    if let Some(end) = across(walk, node, address) {
        return end;
    }
    if walk.ground.listens(address, port) {
        let why = Why::new(
            format!("A process on {node} itself listens on port {port}."),
            format!("{node}에서 실행 중인 프로세스가 {port}번 포트를 듣고 있어요."),
        );
        walk.hop(Place::Node(node.clone()), Act::Deliver, 1, why);
        return End::Delivered { address, port };
    }
    let why = Why::new(
        format!("No Service has opened port {port} on {node}, and no process listens there: connection refused."),
        format!("{node}의 {port}번 포트를 연 서비스도, 듣는 프로세스도 없어요. 연결이 거절돼요."),
    );
    walk.hop(Place::Node(node.clone()), Act::Refuse, 1, why);
    End::Refused { address }
}

/// To another node, where that is needed.
fn across(walk: &mut Walk<'_>, node: &Rc<str>, address: Ipv4Addr) -> Option<End> {
    let here = walk.node.clone();
    if here.as_ref() != Some(node) {
        let at = here.clone().map_or(Place::Outside, Place::Node);
        let why = Why::new(
            format!("The route for {address} leads to {node}."),
            format!("{address}(으)로 가는 경로는 {node}(으)로 이어져요."),
        );
        let to = Place::Node(node.clone());
        walk.hop(at, Act::Encapsulate { to }, 1, why);
    }
    if here.as_ref() != Some(node)
        && let Some(end) = wire(walk, here.as_ref(), node, address)
    {
        return Some(end);
    }
    walk.node = Some(node.clone());
    if walk.ground.powered(node) {
        return None;
    }
    let why = Why::new(
        format!("{node} is switched off. Nobody answers."),
        format!("{node}의 전원이 꺼져 있어서 아무도 답하지 않아요."),
    );
    walk.hop(Place::Node(node.clone()), Act::Drop, 1, why);
    Some(End::TimedOut { address })
}

/// Over the wires of both machines: they may be cut, slow, or lose packets.
pub(super) fn wire(walk: &mut Walk<'_>, from: Option<&Rc<str>>, to: &Rc<str>, address: Ipv4Addr) -> Option<End> {
    let wires = [from, Some(to)].map(|node| node.map_or(Wire::default(), |node| walk.ground.wire(node)));
    if let Some(n) = wires.iter().position(|wire| wire.cut) {
        let cut = if n == 0 { from.unwrap_or(to) } else { to }.clone();
        let why = Why::new(
            format!("{cut} is cut off from the network. The packet gets lost, and nobody says so."),
            format!("{cut}의 네트워크가 끊겨 있어요. 패킷은 아무 말 없이 사라져요."),
        );
        walk.hop(Place::Node(cut), Act::Drop, 1, why);
        return Some(End::TimedOut { address });
    }
    let mut takes = wires.iter().fold(0, |sum, wire| sum + wire.delay.0);
    let mut lost = 0;
    for wire in wires.iter().filter(|wire| wire.loss > 0) {
        while lost < TRIES && walk.chance.below(100) < u64::from(wire.loss) {
            lost += 1;
        }
    }
    if lost >= TRIES {
        let why = Why::new(
            format!("The wire of {to} loses packets: every try of this one was lost."),
            format!("{to}의 회선에서 패킷이 자꾸 사라져요. 여러 번 다시 보냈지만 모두 사라졌어요."),
        );
        walk.hop(Place::Node(to.clone()), Act::Drop, 1, why);
        return Some(End::TimedOut { address });
    }
    // Linux sends again after 1 s, and waits twice as long each time.
    takes += 1000 * ((1 << lost) - 1) / 2;
    if takes > 0 {
        let why = match lost {
            0 => Why::new(format!("The wire is slow: {takes} ms."), format!("회선이 느려서 {takes}ms가 걸려요.")),
            _ => Why::new(
                format!("Lost {lost} times on the way and sent again: {takes} ms."),
                format!("가는 길에 {lost}번 사라져서 다시 보냈어요. {takes}ms가 걸려요."),
            ),
        };
        walk.hop(Place::Node(to.clone()), Act::Forward, takes, why);
    }
    None
}

/// How often a packet is sent before its sender gives up: `tcp_syn_retries` and the first.
const TRIES: u32 = 7;
