//! Services: kube-proxy's rules rewrite the destination, on the node where the packet is.
//!
//! Models: `pkg/proxy/iptables/proxier.go`.

use super::{Walk, is_service_range, text};
use crate::net::path::{Act, End, Why};
use crate::net::place::Place;
use crate::net::tables::{Backend, Rule};
use std::rc::Rc;

/// Applies the rules of the node where the packet is; the end, when they end the walk.
pub fn rewrite(walk: &mut Walk<'_>) -> Option<End> {
    let (address, port) = walk.to;
    if let Some(node) = walk.node.clone() {
        if let Some(rule) = table_rule(walk, &node) {
            return apply(walk, &node, &rule, false);
        }
        return is_service_range(address).then(|| unmatched(walk, &node));
    }
    // from outside: only the machines can be reached
    let Some(node) = walk.node_at(address) else {
        if address.is_loopback() {
            let (at, why) = (
                walk.origin(),
                Why::new("Nothing on this laptop listens there.", "이 노트북에서는 아무도 듣고 있지 않아요."),
            );
            walk.hop(at, Act::Refuse, 1, why);
            return Some(End::Refused { address });
        }
        let why = Why::new(
            format!(
                "From outside there is no way to {address}: pod and service addresses mean something only inside the cluster."
            ),
            format!("밖에서는 {address}(으)로 가는 길이 없어요. 파드와 서비스 주소는 클러스터 안에서만 통해요."),
        );
        let at = walk.origin();
        walk.hop(at, Act::Drop, 1, why);
        return Some(End::TimedOut { address });
    };
    let why = Why::new(
        format!("{address} is {node}. The packet goes there over the network of the machines."),
        format!("{address}은(는) {node}의 주소예요. 패킷은 머신들의 네트워크를 지나 그곳으로 가요."),
    );
    let at = walk.origin();
    walk.hop(at, Act::Forward, 1, why);
    if let Some(end) = super::deliver::wire(walk, None, &node, address) {
        return Some(end);
    }
    if !walk.ground.powered(&node) {
        let why = Why::new(
            format!("{node} is switched off. Nobody answers."),
            format!("{node}의 전원이 꺼져 있어서 아무도 답하지 않아요."),
        );
        walk.hop(Place::Node(node), Act::Drop, 1, why);
        return Some(End::TimedOut { address });
    }
    walk.node = Some(node.clone());
    match walk.tables.nodes.get(&node).and_then(|table| table.node_port(port, walk.flow.protocol)).cloned() {
        Some(rule) => apply(walk, &node, &rule, true),
        None => None,
    }
}

fn table_rule(walk: &Walk<'_>, node: &Rc<str>) -> Option<Rule> {
    let table = walk.tables.nodes.get(node)?;
    let (address, port) = walk.to;
    if let Some(rule) = table.cluster(address, port, walk.flow.protocol) {
        return Some(rule.clone());
    }
    if port == 53
        && let Some(rule) = table.cluster(address, port, "UDP")
    {
        return Some(rule.clone());
    }
    walk.node_at(address)?;
    table.node_port(port, walk.flow.protocol).cloned()
}

/// A service address that this node's rules do not match.
fn unmatched(walk: &mut Walk<'_>, node: &Rc<str>) -> End {
    let (address, port) = walk.to;
    let known = walk.tables.nodes.get(node).is_some_and(|table| table.knows(address));
    let why = if known {
        Why::new(
            format!("A Service has {address}, but not with port {port}. No rule matches, so nobody takes the packet."),
            format!(
                "{address}은(는) 서비스 주소가 맞지만 {port}번 포트는 없어요. 맞는 규칙이 없어서 아무도 패킷을 받지 않아요."
            ),
        )
    } else {
        Why::new(
            format!("kube-proxy on {node} has no rule for {address}. Nobody takes the packet."),
            format!("{node}의 kube-proxy에는 {address}에 대한 규칙이 없어요. 아무도 패킷을 받지 않아요."),
        )
    };
    walk.hop(Place::Proxy(node.clone()), Act::Drop, 1, why);
    End::TimedOut { address }
}

fn apply(walk: &mut Walk<'_>, node: &Rc<str>, rule: &Rule, outside: bool) -> Option<End> {
    let (address, _) = walk.to;
    let service = &rule.service;
    let here = if outside { rule.local_only } else { rule.at_home };
    let local: Vec<Backend> =
        rule.backends.iter().filter(|backend| !here || backend.node.as_deref() == Some(node)).cloned().collect();
    if local.is_empty() {
        let (act, end) = if here && !rule.backends.is_empty() {
            (Act::Drop, End::TimedOut { address })
        } else {
            (Act::Refuse, End::Refused { address })
        };
        let why = Why::new(
            format!("Service {service} has no ready endpoint, so kube-proxy on {node} refuses: connection refused."),
            format!("서비스 {service}: 준비된 엔드포인트가 없어요. 그래서 {node}의 kube-proxy가 연결을 거절해요."),
        );
        walk.hop(Place::Proxy(node.clone()), act, 1, why);
        return Some(end);
    }
    let pick = if rule.sticky { sticky(walk, local.len()) } else { walk.chance.below(local.len() as u64) as usize };
    let backend = local[pick].clone();
    let was = text(walk.to);
    walk.to = (backend.address, backend.port);
    let to = text(walk.to);
    let why = if local.len() == 1 {
        Why::new(
            format!("Service {service} is no machine but a rule on {node}: {was} becomes {to}, its only endpoint."),
            format!(
                "서비스 {service}은(는) 기계가 아니라 {node}에 있는 규칙이에요. {was}을(를) 하나뿐인 엔드포인트 {to}(으)로 바꿔요."
            ),
        )
    } else {
        Why::new(
            format!(
                "Service {service} is a rule on {node}: it picks one of {} endpoints by chance, {to}.",
                local.len()
            ),
            format!(
                "서비스 {service}은(는) {node}에 있는 규칙이에요. 엔드포인트 {}개 중 {to}을(를) 무작위로 골라요.",
                local.len()
            ),
        )
    };
    walk.hop(Place::Proxy(node.clone()), Act::Rewrite { from: was, to }, 1, why);
    if outside
        && !rule.local_only
        && let Some(own) = walk.node_address(node)
    {
        let was = text(walk.from);
        walk.from.0 = own;
        let why = Why::new(
            format!("The sender becomes {own} as well, so that the answer comes back through {node}."),
            format!("답이 {node}(으)로 돌아오도록 보낸 쪽 주소도 {own}(으)로 바꿔요."),
        );
        let to = text(walk.from);
        walk.hop(Place::Proxy(node.clone()), Act::Rewrite { from: was, to }, 0, why);
    }
    None
}

/// `sessionAffinity: ClientIP`: the same sender meets the same endpoint.
fn sticky(walk: &Walk<'_>, count: usize) -> usize {
    u32::from(walk.from.0) as usize % count.max(1)
}
