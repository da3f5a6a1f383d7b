//! The taints that drive pods away from nodes that are lost: one pass after the node was lost, one node of a zone each ten
//! seconds; more slowly or not at all when so many are lost that the fault may be elsewhere.
//!
//! Models: `pkg/controller/nodelifecycle/node_lifecycle_controller.go` (`processTaintBaseEviction`,
//! `doNoExecuteTaintingPass`, `handleDisruption`), `scheduler/rate_limited_queue.go`.
//! Left out: a limiter of its own; when a zone last lost a node is read from the taints.

use super::{PERIOD, ready};
use crate::api::{ApiError, Object, kinds};
use crate::control::Cx;
use crate::control::taints::{self, NOT_READY, UNREACHABLE};
use crate::time::{Span, Time};

const NO_EXECUTE: &str = "NoExecute";
/// One node each ten seconds; in a large zone that is mostly lost one each hundred.
const RATE: Span = Span::seconds(10);
const SLOWLY: Span = Span::seconds(100);
const LARGE: usize = 50;
/// Of a hundred nodes so many must be lost for a zone to count as mostly lost, and more than this many in all.
const UNHEALTHY: usize = 55;
const FEW: usize = 2;

/// How a zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zone {
    Normal,
    Partial,
    Full,
}

/// Gives or takes the taint that drives pods away; how long to wait when it is not this node's turn.
pub(super) fn drive_away(node: &Object, cx: &mut Cx<'_>) -> Result<Option<Span>, ApiError> {
    let Some(condition) = ready(node) else { return Ok(None) };
    let (own, other) = match condition.status.as_str() {
        "False" => (NOT_READY, UNREACHABLE),
        "Unknown" => (UNREACHABLE, NOT_READY),
        _ if !has(node, NOT_READY) && !has(node, UNREACHABLE) => return Ok(None),
        _ => {
            taints::swap(node.name(), &[], &[(NOT_READY, NO_EXECUTE), (UNREACHABLE, NO_EXECUTE)], cx)?;
            return Ok(None);
        }
    };
    if has(node, other) {
        // One is put in the place of the other at once.
        taints::swap(node.name(), &[(own, NO_EXECUTE)], &[(other, NO_EXECUTE)], cx)?;
        return Ok(None);
    }
    let states = states(cx);
    if states.iter().all(|(_, _, state)| *state == Zone::Full) {
        // All are lost: rather the controller itself is. Nobody is driven away.
        taints::swap(node.name(), &[], &[(NOT_READY, NO_EXECUTE), (UNREACHABLE, NO_EXECUTE)], cx)?;
        return Ok(None);
    }
    if has(node, own) {
        return Ok(None);
    }
    let since = condition.last_transition_time.as_ref().map_or(Time::ZERO, |t| Time::of(t.0));
    if cx.now < since + PERIOD {
        return Ok(Some((since + PERIOD).since(cx.now)));
    }
    let zone = zone(node);
    let (_, size, state) =
        states.into_iter().find(|(name, ..)| *name == zone).unwrap_or((zone.clone(), 0, Zone::Normal));
    let rate = match state {
        Zone::Normal | Zone::Full => RATE,
        Zone::Partial if size > LARGE => SLOWLY,
        Zone::Partial => return Ok(None),
    };
    if let Some(last) = last(&zone, cx).filter(|last| cx.now < *last + rate) {
        return Ok(Some((last + rate).since(cx.now)));
    }
    taints::swap(node.name(), &[(own, NO_EXECUTE)], &[], cx)?;
    Ok(None)
}

fn has(node: &Object, key: &str) -> bool {
    taints::of(node).iter().any(|taint| taint.key == key && taint.effect == NO_EXECUTE)
}

/// Region and zone of a node.
fn zone(node: &Object) -> String {
    let label = |name: &str| node.labels().get(name).map_or("", String::as_str);
    format!("{}:{}", label("topology.kubernetes.io/region"), label("topology.kubernetes.io/zone"))
}

/// Every zone with its size and how it is.
fn states(cx: &Cx<'_>) -> Vec<(String, usize, Zone)> {
    let mut zones: std::collections::BTreeMap<String, (usize, usize)> = Default::default();
    for node in cx.read().list(kinds::NODE, None) {
        if node.labels().contains_key("node.kubernetes.io/exclude-disruption") {
            continue;
        }
        let (size, lost) = zones.entry(zone(node)).or_default();
        *size += 1;
        *lost += usize::from(ready(node).is_none_or(|condition| condition.status != "True"));
    }
    let state = |size: usize, lost: usize| match lost {
        lost if lost == size => Zone::Full,
        lost if lost > FEW && lost * 100 >= UNHEALTHY * size => Zone::Partial,
        _ => Zone::Normal,
    };
    zones.into_iter().map(|(name, (size, lost))| (name, size, state(size, lost))).collect()
}

/// When a node of a zone was last given up.
fn last(of: &str, cx: &Cx<'_>) -> Option<Time> {
    let nodes = cx.read().list(kinds::NODE, None).filter(|node| zone(node) == of);
    let given = nodes.flat_map(|node| taints::of(node).iter());
    let given =
        given.filter(|taint| taint.effect == NO_EXECUTE && (taint.key == NOT_READY || taint.key == UNREACHABLE));
    given.filter_map(|taint| taint.time_added.as_ref()).map(|at| Time::of(at.0)).max()
}
