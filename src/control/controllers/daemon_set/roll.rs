//! A rolling update of a DaemonSet: the old pods go a few at a time, or, with a surge, new ones come first.
//!
//! Models: `pkg/controller/daemon/update.go` (`rollingUpdate`).

use super::{Daemons, place};
use crate::api::{ApiError, Object, kinds};
use crate::control::revisions::HASH;
use crate::control::{Cx, fraction, pods};
use k8s_openapi::api::apps::v1::{DaemonSetSpec, RollingUpdateDaemonSet};

fn rolling(set: &Object) -> Option<&RollingUpdateDaemonSet> {
    let strategy = set.spec::<DaemonSetSpec>().update_strategy.as_ref()?;
    strategy.rolling_update.as_ref().filter(|_| strategy.type_.as_deref() != Some("OnDelete"))
}

/// How many nodes may have a second pod during an update.
fn surge(set: &Object, wanted: i32) -> i32 {
    let surge = rolling(set).and_then(|rolling| rolling.max_surge.as_ref());
    surge.map_or(0, |surge| fraction::of(surge, wanted, true))
}

/// Whether a node may have two pods for a while.
pub fn surges(set: &Object) -> bool {
    surge(set, 1) > 0
}

/// The pods of a node that are not going: the new one and the old one.
struct Pair<'a> {
    new: Option<&'a Object>,
    old: Option<&'a Object>,
}

impl<'a> Pair<'a> {
    /// `None` when there are several of one kind.
    fn of(here: &'a [Object], hash: &str) -> Option<Pair<'a>> {
        let mut pair = Pair { new: None, old: None };
        for pod in here.iter().filter(|pod| !pod.deleting()) {
            let current = pod.labels().get(HASH).is_some_and(|mine| mine == hash);
            let place = if current { &mut pair.new } else { &mut pair.old };
            if place.replace(pod).is_some() {
                return None;
            }
        }
        Some(pair)
    }
}

pub fn roll(set: &Object, daemons: &Daemons, hash: &str, cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let spec = set.spec::<DaemonSetSpec>();
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let meant = place::Meant::of(set);
    let nodes: Vec<&Object> = cx.read().list(kinds::NODE, None).collect();
    let wanted: Vec<String> =
        nodes.iter().filter(|node| meant.for_node(node).0).map(|node| node.name().to_string()).collect();
    let count = wanted.len() as i32;
    let limit = rolling(set).and_then(|rolling| rolling.max_unavailable.as_ref());
    let mut unavailable = limit.map_or(1, |limit| fraction::of(limit, count, true));
    let surge = surge(set, count);
    if surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    let mut all = daemons.clone();
    for node in &wanted {
        all.entry(node.clone()).or_default();
    }
    let now = cx.now;
    let available = |pod: &Object| pods::available(pod, min_ready, now).is_ok();
    let (gone, made) = match surge {
        0 => (replace(&all, hash, unavailable, available), vec![]),
        surge => add(&all, hash, surge, &wanted, available),
    };
    place::sync(set, gone, made, hash, cx)
}

/// Without a surge: the old pods that go, as many as may be unavailable.
fn replace(all: &Daemons, hash: &str, limit: i32, available: impl Fn(&Object) -> bool) -> Vec<Object> {
    let (mut unavailable, mut broken, mut candidates) = (0, vec![], vec![]);
    for here in all.values() {
        match Pair::of(here, hash) {
            Some(Pair { new: Some(new), old: None }) => unavailable += i32::from(!available(new)),
            Some(Pair { new: None, old: Some(old) }) if available(old) => candidates.push(old.clone()),
            Some(Pair { new: None, old: Some(old) }) => {
                broken.push(old.clone());
                unavailable += 1;
            }
            // The other half of each look makes or takes what is wrong here.
            _ => unavailable += 1,
        }
    }
    candidates.truncate((limit - unavailable).max(0) as usize);
    broken.extend(candidates);
    broken
}

/// With a surge: the old pods whose new one is available, and the nodes that get a new one.
fn add(
    all: &Daemons,
    hash: &str,
    limit: i32,
    wanted: &[String],
    available: impl Fn(&Object) -> bool,
) -> (Vec<Object>, Vec<String>) {
    let (mut gone, mut strays, mut allowed, mut candidates) = (vec![], vec![], vec![], vec![]);
    let (mut surging, mut there) = (0, 0);
    for (node, here) in all {
        let Some(Pair { new, old }) = Pair::of(here, hash) else {
            surging += 1;
            continue;
        };
        there += i32::from(old.or(new).is_some_and(&available));
        let Some(old) = old else { continue };
        let meant = wanted.contains(node);
        match new {
            Some(new) if available(new) => gone.push(old.clone()),
            Some(_) => surging += 1,
            None if available(old) && meant => candidates.push(node.clone()),
            None if available(old) => strays.push(old.clone()),
            None if meant => allowed.push(node.clone()),
            None => gone.push(old.clone()),
        }
    }
    // A pod where none should be goes only when all the others are there.
    strays.truncate((there - wanted.len() as i32).max(0) as usize);
    gone.extend(strays);
    candidates.truncate((limit - surging).max(0) as usize);
    allowed.extend(candidates);
    (gone, allowed)
}
