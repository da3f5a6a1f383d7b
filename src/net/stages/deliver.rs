//! Routing between nodes, and the last step into a pod.
//!
//! Models: host routes as kindnet writes them, veth pairs of CNI `ptp`.

use super::{PodAt, Walk, is_pod_range};
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
        let at = here.map_or(Place::Outside, Place::Node);
        let why = Why::new(
            format!("The route for {address} leads to {node}."),
            format!("{address}(으)로 가는 경로는 {node}(으)로 이어져요."),
        );
        let to = Place::Node(node.clone());
        walk.hop(at, Act::Encapsulate { to }, 1, why);
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
