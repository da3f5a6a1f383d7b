//! A rehearsal on a copy of what the scheduler knows: which node would take which pod.
//!
//! Models: `cluster-autoscaler/simulator` (`ClusterSnapshot`, `PredicateChecker`).

use super::cache::Cache;
use super::plugins::{self, Cycle, Verdict};
use crate::api::{Object, Reader};
use crate::control::Cx;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Why no node would do: how many nodes gave which reason.
pub type Reasons = BTreeMap<String, usize>;

#[derive(Clone)]
pub struct Trial {
    cache: Rc<Cache>,
}

impl Trial {
    pub fn new(cx: &mut Cx<'_>) -> Trial {
        cx.scheduler.sync(cx.api, cx.now);
        Trial { cache: cx.scheduler.cache.clone() }
    }

    /// Puts a node there, with pods on it.
    pub fn add(&mut self, node: &Object, pods: &[Object], read: Reader<'_>) {
        let cache = Rc::make_mut(&mut self.cache);
        cache.node(&node.key(), Some(node), read);
        for pod in pods {
            cache.pod(&pod.key(), Some(&placed(pod, node.name())));
        }
    }

    /// Takes a node away; the pods that were on it.
    pub fn remove(&mut self, node: &Object, read: Reader<'_>) -> Vec<Object> {
        let cache = Rc::make_mut(&mut self.cache);
        let pods = cache.nodes.get(node.name()).map(|info| info.pods.values().cloned().collect()).unwrap_or_default();
        for pod in &pods {
            let pod: &Object = pod;
            cache.pod(&pod.key(), None);
        }
        cache.node(&node.key(), None, read);
        pods
    }

    /// Places a pod on the first node of those asked for that takes it.
    ///
    /// # Errors
    /// The reasons of the nodes.
    pub fn place(&mut self, pod: &Object, read: Reader<'_>, asked: impl Fn(&str) -> bool) -> Result<Rc<str>, Reasons> {
        let mut free = pod.clone();
        free.spec_mut::<PodSpec>().node_name = None;
        let mut reasons = Reasons::new();
        let found = {
            let mut cycle = Cycle::new(&free, read, &mut self.cache);
            let mut stages = vec![];
            for plugin in plugins::ALL {
                match plugin.begin(&mut cycle) {
                    Ok(Some(stage)) => stages.push(stage),
                    Ok(None) => {}
                    Err(refused) => return Err([(refused.reason, 1)].into()),
                }
            }
            let only = cycle.only.take();
            let meant = |name: &str| only.as_ref().is_none_or(|(_, names)| names.contains(name)) && asked(name);
            cycle.cache.nodes.iter().filter(|(name, _)| meant(name)).find_map(|(name, info)| {
                for stage in &stages {
                    match stage.filter(info) {
                        Verdict::Fits => {}
                        Verdict::No { reasons: why, .. } => {
                            why.into_iter().for_each(|why| *reasons.entry(why.into_owned()).or_default() += 1);
                            return None;
                        }
                    }
                }
                Some(name.clone())
            })
        };
        match found {
            Some(node) => {
                Rc::make_mut(&mut self.cache).pod(&pod.key(), Some(&placed(pod, &node)));
                Ok(node)
            }
            None => Err(reasons),
        }
    }
}

fn placed(pod: &Object, node: &str) -> Object {
    let mut pod = pod.clone();
    pod.spec_mut::<PodSpec>().node_name = Some(node.into());
    pod
}
