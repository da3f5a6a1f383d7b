//! The plug-ins at work for one pod, together: which one refuses a node, with the pods that are nominated there and without.
//!
//! Models: `RunPreFilterPlugins`, `RunFilterPluginsWithNominatedPods`, `RunPreFilterExtensionAddPod` of
//! `pkg/scheduler/framework/runtime/framework.go`.

use super::cache::NodeInfo;
use super::nominated::Nominated;
use super::plugins::{self, Cycle, Refused, Stage, Verdict};
use super::priority;
use crate::api::Object;
use std::rc::Rc;

pub struct Filters<'a> {
    pod: &'a Object,
    pub stages: Vec<(usize, Box<dyn Stage + 'a>)>,
    nominated: Rc<Nominated>,
}

/// The plug-in that refuses, and its words.
pub type No = (&'static str, Verdict);

impl<'a> Filters<'a> {
    /// # Errors
    /// The plug-in that says that no node can take the pod.
    pub fn begin(cycle: &mut Cycle<'a>, nominated: Rc<Nominated>) -> Result<Self, (&'static str, Refused)> {
        let mut stages: Vec<(usize, Box<dyn Stage + 'a>)> = vec![];
        for (index, plugin) in plugins::ALL.iter().enumerate() {
            if let Some(stage) = plugin.begin(cycle).map_err(|refused| (plugin.name(), refused))? {
                stages.push((index, stage));
            }
        }
        Ok(Filters { pod: cycle.pod, stages, nominated })
    }

    /// Without any plug-in.
    pub fn none(pod: &'a Object) -> Self {
        Filters { pod, stages: vec![], nominated: Rc::default() }
    }

    /// The first plug-in that refuses a node as it is.
    fn first(&self, info: &NodeInfo) -> Option<No> {
        self.stages.iter().find_map(|(index, stage)| match stage.filter(info) {
            Verdict::Fits => None,
            verdict => Some((plugins::ALL[*index].name(), verdict)),
        })
    }

    /// The first plug-in that refuses a node: with the pods that are nominated to it and count, then without, for they
    /// may never come.
    pub fn refuse(&mut self, info: &NodeInfo) -> Option<No> {
        if self.nominated.is_empty() {
            return self.first(info);
        }
        let mine = priority(self.pod);
        let nominated = self.nominated.clone();
        let counts = |other: &&Object| priority(other) >= mine && other.uid() != self.pod.uid();
        let mut others = nominated.on(info.name()).filter(counts).peekable();
        if others.peek().is_none() {
            return self.first(info);
        }
        let others: Vec<&Object> = others.collect();
        let mut with = info.clone();
        for other in &others {
            with.add(other.key(), (*other).clone());
            self.change(other, &with, 1);
        }
        let refused = self.first(&with);
        for other in &others {
            self.change(other, &with, -1);
        }
        refused.or_else(|| self.first(info))
    }

    /// The plug-ins take note of a pod that comes to a node (1) or goes (-1).
    pub fn change(&mut self, other: &Object, info: &NodeInfo, by: i64) {
        for (_, stage) in &mut self.stages {
            stage.change(other, info, by);
        }
    }
}
