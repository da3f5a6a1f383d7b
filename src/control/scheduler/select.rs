//! One attempt: filter the nodes, score those that remain, choose among the best by chance; when none remains, look for
//! pods that could go.
//!
//! Models: `pkg/scheduler/schedule_one.go` (`schedulePod`, `findNodesThatFitPod`, `prioritizeNodes`, `selectHost`),
//! `pkg/scheduler/framework/types.go` (`FitError`).
//! Left out: hints from pods just placed that are alike (OpportunisticBatching).

use super::cache::{Cache, NodeInfo};
use super::decision::{Decision, NODES, Refusal, Score};
use super::filters::Filters;
use super::news::nominated;
use super::plugins::{self, Cycle, Verdict};
use super::preempt::{Answer, Candidate, Search};
use crate::api::Object;
use crate::base::rng::Stream;
use crate::control::Cx;
use crate::time::Time;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub struct Attempt {
    pub decision: Decision,
    pub rejected_by: BTreeSet<&'static str>,
    pub outcome: Outcome,
}

pub enum Outcome {
    Placed(Rc<str>),
    /// The cluster has no nodes.
    Nowhere,
    /// Pods could go to make room.
    Room(Candidate),
    /// `keeps` the node that it is nominated to, if it is.
    Refused {
        keeps: bool,
    },
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
    let mut next = cx.scheduler.next;
    let nominated = cx.scheduler.nominated.clone();
    let attempt = {
        let mut cycle = Cycle::new(pod, cx.api.reader(), &mut cache);
        let filters = Filters::begin(&mut cycle, nominated);
        let total = cycle.cache.nodes.len();
        let decision = Decision {
            at: cx.now,
            node: None,
            refusals: vec![],
            columns: vec![],
            scores: vec![],
            nodes: total,
            never: None,
            preempted: None,
            promised: false,
            message: String::new(),
        };
        let look = Look { tally: Tally::default(), total, decision, now: cx.now };
        match filters {
            _ if total == 0 => look.nowhere(),
            Ok(mut filters) => look.run(&mut cycle, &mut filters, &mut next, cx.rng.of("scheduler")),
            Err((plugin, refused)) => look.never(&cycle, plugin, refused, cx.rng.of("scheduler")),
        }
    };
    cx.scheduler.cache = cache;
    cx.scheduler.next = next;
    attempt
}

/// One look at the nodes.
struct Look {
    tally: Tally,
    total: usize,
    decision: Decision,
    now: Time,
}

impl Look {
    fn done(mut self, outcome: Outcome) -> Attempt {
        self.decision.refusals = self.tally.refusals;
        if let Outcome::Room(candidate) = &outcome {
            self.decision.preempted = Some(candidate.told());
        }
        Attempt { decision: self.decision, rejected_by: self.tally.rejected_by, outcome }
    }

    fn nowhere(mut self) -> Attempt {
        self.decision.message = "no nodes available to schedule pods".into();
        self.done(Outcome::Nowhere)
    }

    /// A plug-in refused the pod whatever the nodes.
    fn never(
        mut self,
        cycle: &Cycle<'_>,
        plugin: &'static str,
        refused: plugins::Refused,
        chance: &mut Stream,
    ) -> Attempt {
        self.tally.rejected_by.insert(plugin);
        let text = match refused.afterwards {
            Some(text) => text.to_string(),
            None => match self.last_resort(cycle, &mut Filters::none(cycle.pod), chance) {
                Answer::No { text, .. } => after(&text),
                Answer::Yes(_) => String::new(),
            },
        };
        self.decision.message = format!("0/{} nodes are available: {}. {text}", self.total, refused.reason);
        self.decision.never = Some((plugin, refused.reason));
        self.done(Outcome::Refused { keeps: true })
    }

    fn run<'a>(
        mut self,
        cycle: &mut Cycle<'a>,
        filters: &mut Filters<'a>,
        next: &mut usize,
        chance: &mut Stream,
    ) -> Attempt {
        let cache: &Cache = cycle.cache;
        // The node that the pod was promised is asked first.
        let promised = cache.nodes.get_key_value(nominated(cycle.pod));
        if let Some((name, info)) = promised.filter(|(_, info)| filters.refuse(info).is_none()) {
            self.decision.promised = true;
            return self.choose(filters, &[(name, info)], chance);
        }
        let feasible = match &cycle.only {
            Some((plugin, names)) => {
                let nodes: Vec<_> = names.iter().filter_map(|name| cache.nodes.get_key_value(name.as_str())).collect();
                self.tally.absent(plugin, self.total - nodes.len());
                self.filter(nodes.into_iter(), filters, next)
            }
            None => {
                let begin = if self.total >= FEW { *next % self.total } else { 0 };
                let order = cache.nodes.iter().skip(begin).chain(cache.nodes.iter().take(begin));
                self.filter(order, filters, next)
            }
        };
        if !feasible.is_empty() {
            return self.choose(filters, &feasible, chance);
        }
        let answer = self.last_resort(cycle, filters, chance);
        self.decision.message = self.tally.message(self.total);
        match answer {
            Answer::Yes(candidate) => self.done(Outcome::Room(candidate)),
            Answer::No { text, keeps } => {
                self.decision.message = format!("{} {}", self.decision.message, after(&text));
                self.done(Outcome::Refused { keeps })
            }
        }
    }

    /// Looks for nodes that fit until there are enough.
    fn filter<'n>(
        &mut self,
        nodes: impl Iterator<Item = (&'n Rc<str>, &'n NodeInfo)>,
        filters: &mut Filters<'_>,
        next: &mut usize,
    ) -> Vec<(&'n Rc<str>, &'n NodeInfo)> {
        let mut feasible = vec![];
        let mut looked = 0;
        for (name, info) in nodes {
            looked += 1;
            match filters.refuse(info) {
                None => feasible.push((name, info)),
                Some((plugin, verdict)) => self.tally.add(name, plugin, verdict),
            }
            if feasible.len() >= enough(self.total) {
                break;
            }
        }
        *next = (*next + looked) % self.total;
        feasible
    }

    /// The best of the nodes that fit.
    fn choose(mut self, filters: &mut Filters<'_>, feasible: &[(&Rc<str>, &NodeInfo)], chance: &mut Stream) -> Attempt {
        let tied = self.score(filters, feasible);
        let at = chance.below(tied.len() as u64) as usize;
        let node = tied[at].clone();
        self.decision.node = Some(node.clone());
        self.done(Outcome::Placed(node))
    }

    /// Scores the nodes; the best ones.
    fn score(&mut self, filters: &mut Filters<'_>, feasible: &[(&Rc<str>, &NodeInfo)]) -> Vec<Rc<str>> {
        if let [(name, _)] = feasible {
            // The only one: nothing to compare.
            self.decision.scores = vec![Score { node: (*name).clone(), parts: [].into(), total: 0 }];
            return vec![(*name).clone()];
        }
        let infos: Vec<&NodeInfo> = feasible.iter().map(|(_, info)| *info).collect();
        let mut totals = vec![0i64; infos.len()];
        let mut columns: Vec<Vec<i64>> = vec![];
        for (index, stage) in filters.stages.iter_mut() {
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
            self.decision.columns.push(plugin.name());
            columns.push(column);
        }
        let mut order: Vec<usize> = (0..infos.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(totals[*at]));
        let best = totals[order[0]];
        let tied = order.iter().take_while(|at| totals[**at] == best).map(|at| feasible[*at].0.clone()).collect();
        let scores = order.into_iter().take(NODES).map(|at| Score {
            node: feasible[at].0.clone(),
            parts: columns.iter().map(|column| column[at] as i16).collect(),
            total: totals[at],
        });
        self.decision.scores = scores.collect();
        tied
    }

    fn last_resort<'a>(&self, cycle: &Cycle<'a>, filters: &mut Filters<'a>, chance: &mut Stream) -> Answer {
        let (pod, cache, read) = (cycle.pod, &*cycle.cache, cycle.read);
        Search { pod, filters, cache, read, resolvable: &self.tally.resolvable, now: self.now }.run(chance)
    }
}

/// What the last resorts say together: device claims first, then preemption.
fn after(text: &str) -> String {
    format!("no new claims to deallocate, preemption: {text}")
}

/// How many nodes refused for which reasons.
#[derive(Default)]
struct Tally {
    reasons: BTreeMap<Cow<'static, str>, usize>,
    refusals: Vec<Refusal>,
    rejected_by: BTreeSet<&'static str>,
    /// Nodes that would fit if some of their pods went.
    resolvable: Vec<Rc<str>>,
}

impl Tally {
    fn add(&mut self, node: &Rc<str>, plugin: &'static str, verdict: Verdict) {
        self.rejected_by.insert(plugin);
        let Verdict::No { reasons, resolvable } = verdict else { return };
        if resolvable {
            self.resolvable.push(node.clone());
        }
        for reason in &reasons {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
        if self.refusals.len() < NODES {
            self.refusals.push(Refusal { node: node.clone(), plugin, reasons });
        }
    }

    /// Nodes that a plug-in ruled out before anybody looked at them.
    fn absent(&mut self, plugin: &'static str, nodes: usize) {
        self.rejected_by.insert(plugin);
        if nodes > 0 {
            self.reasons.insert(format!("node(s) didn't satisfy plugin(s) [{plugin}]").into(), nodes);
        }
    }

    fn message(&self, total: usize) -> String {
        tally_text(total, &self.reasons)
    }
}

/// `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.`
pub fn tally_text(total: usize, reasons: &BTreeMap<Cow<'static, str>, usize>) -> String {
    let mut texts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.sort();
    let reasons = if texts.is_empty() { String::new() } else { format!(" {}.", texts.join(", ")) };
    format!("0/{total} nodes are available:{reasons}")
}
