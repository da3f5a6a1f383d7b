//! One attempt: filter the nodes, score those that remain, choose among the best by chance.
//!
//! Models: `pkg/scheduler/schedule_one.go` (`schedulePod`, `findNodesThatFitPod`, `prioritizeNodes`, `selectHost`),
//! `pkg/scheduler/framework/types.go` (`FitError`).

use super::cache::{Cache, NodeInfo};
use super::decision::{Decision, NODES, Refusal, Score};
use super::plugins::{self, Cycle, Stage, Verdict};
use crate::api::{Object, kinds};
use crate::control::Cx;
use crate::store::Key;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub struct Attempt {
    pub decision: Decision,
    pub rejected_by: BTreeSet<&'static str>,
}

/// Above this many nodes only a part of the feasible ones is looked for.
const FEW: usize = 100;

/// How many feasible nodes are enough.
fn enough(nodes: usize) -> usize {
    if nodes < FEW {
        return nodes;
    }
    let percentage = 50usize.saturating_sub(nodes / 125).max(5);
    (nodes * percentage / 100).max(FEW)
}

pub fn attempt(pod: &Object, cx: &mut Cx<'_>) -> Attempt {
    let mut cache = std::mem::take(&mut cx.scheduler.cache);
    let start = cx.scheduler.next;
    let found = {
        let mut cycle = Cycle::new(pod, cx.api.reader(), &mut cache);
        run(&mut cycle, start)
    };
    cx.scheduler.cache = cache;
    cx.scheduler.next = found.next;
    let mut decision =
        Decision { at: cx.now, node: None, refusals: found.refusals, scores: found.scores, message: found.message };
    if !found.tied.is_empty() {
        let at = cx.chance("scheduler").below(found.tied.len() as u64) as usize;
        decision.node = Some(found.tied[at].clone());
    }
    Attempt { decision, rejected_by: found.rejected_by }
}

#[derive(Default)]
struct Found {
    refusals: Vec<Refusal>,
    scores: Vec<Score>,
    /// The nodes with the highest score.
    tied: Vec<Rc<str>>,
    message: String,
    rejected_by: BTreeSet<&'static str>,
    next: usize,
}

fn run<'a>(cycle: &mut Cycle<'a>, start: usize) -> Found {
    let total = cycle.cache.nodes.len();
    let mut stages: Vec<(usize, Box<dyn Stage + 'a>)> = vec![];
    for (index, plugin) in plugins::ALL.iter().enumerate() {
        match plugin.begin(cycle) {
            Ok(Some(stage)) => stages.push((index, stage)),
            Ok(None) => {}
            Err(refusal) => {
                let message =
                    format!("0/{total} nodes are available: {}. {}", refusal.reason, refusal.afterwards(total));
                let rejected_by = [plugin.name()].into();
                return Found { message, rejected_by, next: start, ..Default::default() };
            }
        }
    }
    let cache: &Cache = cycle.cache;
    let begin = if total >= FEW { start % total } else { 0 };
    let order = cache.nodes.iter().skip(begin).chain(cache.nodes.iter().take(begin));
    let mut tally = Tally::default();
    let mut feasible: Vec<(&Rc<str>, &NodeInfo)> = vec![];
    let mut looked = 0;
    for (name, info) in order {
        looked += 1;
        match refuse(&stages, info) {
            None => feasible.push((name, info)),
            Some((plugin, verdict)) => tally.add(name, plugin, verdict),
        }
        if feasible.len() >= enough(total) {
            break;
        }
    }
    let next = if total == 0 { 0 } else { (begin + looked) % total };
    if feasible.is_empty() {
        let message = tally.message(total);
        return Found { refusals: tally.refusals, message, rejected_by: tally.rejected_by, next, ..Default::default() };
    }
    let (scores, tied) = score(&mut stages, &feasible);
    Found { refusals: tally.refusals, scores, tied, rejected_by: tally.rejected_by, next, ..Default::default() }
}

/// The first plug-in that refuses a node.
fn refuse(stages: &[(usize, Box<dyn Stage + '_>)], info: &NodeInfo) -> Option<(&'static str, Verdict)> {
    stages.iter().find_map(|(index, stage)| match stage.filter(info) {
        Verdict::Fits => None,
        verdict => Some((plugins::ALL[*index].name(), verdict)),
    })
}

fn score(
    stages: &mut [(usize, Box<dyn Stage + '_>)],
    feasible: &[(&Rc<str>, &NodeInfo)],
) -> (Vec<Score>, Vec<Rc<str>>) {
    if let [(name, _)] = feasible {
        // The only one: nothing to compare.
        return (vec![Score { node: (*name).clone(), parts: vec![], total: 0 }], vec![(*name).clone()]);
    }
    let infos: Vec<&NodeInfo> = feasible.iter().map(|(_, info)| *info).collect();
    let mut totals = vec![0i64; infos.len()];
    let mut columns: Vec<(&'static str, Vec<i64>)> = vec![];
    for (index, stage) in stages.iter_mut() {
        let plugin = plugins::ALL[*index];
        if plugin.weight() == 0 || !stage.prepare(&infos) {
            continue;
        }
        let mut column: Vec<i64> = infos.iter().map(|info| stage.score(info)).collect();
        stage.normalize(&mut column, &infos);
        for (total, value) in totals.iter_mut().zip(&mut column) {
            *value *= plugin.weight();
            *total += *value;
        }
        columns.push((plugin.name(), column));
    }
    let mut order: Vec<usize> = (0..infos.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(totals[*at]));
    let best = totals[order[0]];
    let tied = order.iter().take_while(|at| totals[**at] == best).map(|at| feasible[*at].0.clone()).collect();
    let scores = order.into_iter().take(NODES).map(|at| Score {
        node: feasible[at].0.clone(),
        parts: columns.iter().map(|(name, column)| (*name, column[at])).collect(),
        total: totals[at],
    });
    (scores.collect(), tied)
}

/// How many nodes refused for which reasons.
#[derive(Default)]
struct Tally {
    reasons: BTreeMap<String, usize>,
    refusals: Vec<Refusal>,
    rejected_by: BTreeSet<&'static str>,
    /// Nodes that would fit if some of their pods went.
    resolvable: usize,
    /// Nodes that were never candidates, so nobody speaks of them.
    silent: usize,
}

impl Tally {
    fn add(&mut self, node: &Rc<str>, plugin: &'static str, verdict: Verdict) {
        self.rejected_by.insert(plugin);
        match verdict {
            Verdict::Fits => {}
            Verdict::NeverMeant => self.silent += 1,
            Verdict::No { reasons, resolvable } => {
                self.resolvable += usize::from(resolvable);
                for reason in &reasons {
                    *self.reasons.entry(reason.clone()).or_default() += 1;
                }
                if self.refusals.len() < NODES {
                    self.refusals.push(Refusal { node: node.clone(), plugin, reasons });
                }
            }
        }
    }

    fn message(&self, total: usize) -> String {
        if total == 0 {
            return "no nodes available to schedule pods".into();
        }
        let mut texts: Vec<String> = self.reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        texts.sort();
        let reasons = if texts.is_empty() { String::new() } else { format!(": {}.", texts.join(", ")) };
        format!("0/{total} nodes are available{reasons} {}", preemption(total, self.resolvable))
    }
}

/// What the last resort came to: nothing, on any node.
pub fn preemption(total: usize, resolvable: usize) -> String {
    let mut texts = vec![];
    if total > resolvable {
        texts.push(format!("{} Preemption is not helpful for scheduling", total - resolvable));
    }
    if resolvable > 0 {
        texts.push(format!("{resolvable} No preemption victims found for incoming pod"));
    }
    texts.sort();
    format!("no new claims to deallocate, preemption: 0/{total} nodes are available: {}.", texts.join(", "))
}

/// Whether the plug-ins that refused a pod would let it on a node now.
pub fn may_fit(pod: &Key, node: &str, rejected_by: &BTreeSet<&'static str>, cx: &mut Cx<'_>) -> bool {
    let Some(pod) = cx.read().get(kinds::POD, &pod.namespace, &pod.name).cloned() else { return false };
    let mut cache = std::mem::take(&mut cx.scheduler.cache);
    let fits = {
        let mut cycle = Cycle::new(&pod, cx.api.reader(), &mut cache);
        let mut stages = vec![];
        for plugin in plugins::ALL.iter().filter(|plugin| rejected_by.contains(plugin.name())) {
            if let Ok(Some(stage)) = plugin.begin(&mut cycle) {
                stages.push(stage);
            }
        }
        let info = cycle.cache.nodes.get(node);
        info.is_some_and(|info| stages.iter().all(|stage| matches!(stage.filter(info), Verdict::Fits)))
    };
    cx.scheduler.cache = cache;
    fits
}
