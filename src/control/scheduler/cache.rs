//! What the scheduler knows of the nodes: sums per node, kept up to date change by change.
//!
//! Models: `pkg/scheduler/backend/cache`, `pkg/scheduler/framework/types.go` (`NodeInfo`).
//! Left out: assumed pods other than those whose volumes are on the way (a binding here is stored at once).

use super::news::News;
use super::priority;
use crate::api::selector::Selector;
use crate::api::{ApiServer, Object, Reader, kinds};
use crate::control::pods;
use crate::control::resources::{Amounts, pod_requests, pod_requests_non_zero};
use crate::store::{Key, Revision};
use k8s_openapi::api::core::v1::{NodeSpec, NodeStatus, PodSpec, Taint};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// One node and what is on it.
#[derive(Clone)]
pub struct NodeInfo {
    pub node: Object,
    pub allocatable: Amounts,
    pub requested: Amounts,
    /// With defaults for containers that ask for nothing.
    pub non_zero: Amounts,
    /// Images on the node and their sizes in bytes.
    pub images: Rc<BTreeMap<String, i64>>,
    /// Host ports in use: address, protocol, port.
    pub ports: Vec<(String, String, i32)>,
    pub pods: BTreeMap<Key, Object>,
    /// How many pods of each priority.
    priorities: BTreeMap<i32, usize>,
}

impl NodeInfo {
    fn new(node: Object) -> Self {
        let mut info = NodeInfo {
            node: node.clone(),
            allocatable: Amounts::default(),
            requested: Amounts::default(),
            non_zero: Amounts::default(),
            images: Rc::default(),
            ports: vec![],
            pods: BTreeMap::new(),
            priorities: BTreeMap::new(),
        };
        info.set_node(node);
        info
    }

    fn set_node(&mut self, node: Object) {
        let status = node.status::<NodeStatus>();
        self.allocatable = Amounts::of(status.allocatable.as_ref());
        let mut images = BTreeMap::new();
        for image in status.images.iter().flatten() {
            for name in image.names.iter().flatten() {
                images.insert(name.clone(), image.size_bytes.unwrap_or(0));
            }
        }
        if *self.images != images {
            self.images = Rc::new(images);
        }
        self.node = node;
    }

    pub fn name(&self) -> &str {
        self.node.name()
    }

    pub fn labels(&self) -> &BTreeMap<String, String> {
        self.node.labels()
    }

    pub fn spec(&self) -> &NodeSpec {
        self.node.spec()
    }

    pub fn taints(&self) -> impl Iterator<Item = &Taint> {
        self.spec().taints.iter().flatten()
    }

    /// The priority of the least important pod.
    pub fn least_priority(&self) -> Option<i32> {
        self.priorities.first_key_value().map(|(priority, _)| *priority)
    }

    pub fn add(&mut self, key: Key, pod: Object) {
        let spec = pod.spec::<PodSpec>();
        self.requested.add(&pod_requests(spec));
        self.requested.pods += 1;
        self.non_zero.add(&pod_requests_non_zero(spec));
        self.ports.extend(host_ports(spec));
        *self.priorities.entry(priority(&pod)).or_default() += 1;
        self.pods.insert(key, pod);
    }

    pub fn remove(&mut self, key: &Key) -> Option<Object> {
        let pod = self.pods.remove(key)?;
        let priority = priority(&pod);
        if let Some(count) = self.priorities.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&priority);
            }
        }
        let spec = pod.spec::<PodSpec>();
        self.requested.subtract(&pod_requests(spec));
        self.requested.pods -= 1;
        self.non_zero.subtract(&pod_requests_non_zero(spec));
        for port in host_ports(spec) {
            if let Some(at) = self.ports.iter().position(|used| *used == port) {
                self.ports.remove(at);
            }
        }
        Some(pod)
    }
}

/// The ports of the node that a pod wants: address (`0.0.0.0` for all), protocol, number.
pub fn host_ports(spec: &PodSpec) -> Vec<(String, String, i32)> {
    let init = spec.init_containers.iter().flatten().filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let ports = spec.containers.iter().chain(init).flat_map(|c| c.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|port| *port > 0)?;
            let address = port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or_else(|| "0.0.0.0".into());
            Some((address, port.protocol.clone().unwrap_or_else(|| "TCP".into()), number))
        })
        .collect()
}

/// How many pods of a namespace match a selector on each node.
#[derive(Clone)]
struct Count {
    namespace: Rc<str>,
    selector: Selector,
    /// Whether pods that are being deleted count.
    deleting: bool,
    nodes: Rc<BTreeMap<Rc<str>, i64>>,
}

/// How many counts are kept; when there are more, all are forgotten and counted anew.
const COUNTS: usize = 128;

#[derive(Clone, Default)]
pub struct Cache {
    pub nodes: BTreeMap<Rc<str>, NodeInfo>,
    /// Pods on nodes that have rules of affinity or anti-affinity.
    pub with_affinity: BTreeSet<(Rc<str>, Key)>,
    places: BTreeMap<Key, Rc<str>>,
    /// How many nodes have an image.
    images: BTreeMap<String, i64>,
    /// The labels of all nodes, once somebody asked.
    labels: Option<BTreeSet<String>>,
    counts: BTreeMap<String, Count>,
    seen: Option<Revision>,
}

impl Cache {
    /// Reads what has changed since the last time, or everything; `hear` gets what may help pods that wait, or `None`
    /// when anything may have happened.
    pub fn sync(&mut self, api: &ApiServer, mut hear: impl FnMut(Option<News>)) {
        let changes = self.seen.and_then(|seen| {
            let changes = api.store().since(seen).ok()?;
            Some(changes.cloned().collect::<Vec<_>>())
        });
        self.seen = Some(api.revision());
        if self.counts.len() > COUNTS {
            self.counts.clear();
        }
        match changes {
            Some(changes) => {
                for change in changes {
                    if let Some(news) = News::of(&change) {
                        hear(Some(news));
                    }
                    match change.key.resource {
                        "nodes" => self.node(&change.key, change.new.as_ref(), api.reader()),
                        "pods" => self.pod(&change.key, change.new.as_ref()),
                        _ => {}
                    }
                }
            }
            None => {
                hear(None);
                *self = Cache { seen: self.seen, ..Default::default() };
                let read = api.reader();
                read.list(kinds::NODE, None).for_each(|node| self.node(&node.key(), Some(node), read));
                read.list(kinds::POD, None).for_each(|pod| self.pod(&pod.key(), Some(pod)));
            }
        }
    }

    fn count_images(&mut self, images: &BTreeMap<String, i64>, by: i64) {
        for image in images.keys() {
            match self.images.get_mut(image) {
                Some(count) => *count += by,
                None => {
                    self.images.insert(image.clone(), by);
                }
            }
        }
    }

    /// How many nodes have an image, by its normalised name.
    pub fn nodes_with(&self, image: &str) -> i64 {
        self.images.get(image).copied().unwrap_or(0)
    }

    /// Counts a pod as being where it will be bound, or no longer.
    pub fn assume(&mut self, key: &Key, pod: Option<&Object>) {
        self.pod(key, pod);
    }

    pub(super) fn node(&mut self, key: &Key, node: Option<&Object>, read: Reader<'_>) {
        let Some(node) = node else {
            if let Some(gone) = self.nodes.remove(&key.name) {
                self.count_images(&gone.images, -1);
            }
            self.labels = None;
            return;
        };
        if self.nodes.get(&key.name).is_none_or(|info| info.labels() != node.labels()) {
            self.labels = None;
        }
        match self.nodes.get_mut(&key.name) {
            Some(info) => {
                if info.node.same_status(node) {
                    info.node = node.clone();
                } else {
                    let before = info.images.clone();
                    info.set_node(node.clone());
                    let after = info.images.clone();
                    if !Rc::ptr_eq(&before, &after) {
                        self.count_images(&before, -1);
                        self.count_images(&after, 1);
                    }
                }
            }
            None => {
                let info = NodeInfo::new(node.clone());
                self.count_images(&info.images.clone(), 1);
                self.nodes.insert(key.name.clone(), info);
                // Pods that were here before the node was known.
                read.pods_on(&key.name).for_each(|pod| self.pod(&pod.key(), Some(pod)));
            }
        }
    }

    pub(super) fn pod(&mut self, key: &Key, pod: Option<&Object>) {
        let pod = pod.filter(|pod| pods::node(pod).is_some() && !pods::is_terminal(pod));
        if let (Some(pod), Some(place)) = (pod, self.places.get(key))
            && let Some(known) = self.nodes.get_mut(place).and_then(|info| info.pods.get_mut(key))
            && known.uid() == pod.uid()
            && known.same_spec(pod)
            && known.deleting() == pod.deleting()
            && known.labels() == pod.labels()
        {
            *known = pod.clone();
            return;
        }
        if let Some(place) = self.places.remove(key)
            && let Some(gone) = self.nodes.get_mut(&place).and_then(|info| info.remove(key))
        {
            self.with_affinity.remove(&(place.clone(), key.clone()));
            self.count(&gone, &place, -1);
        }
        let Some(pod) = pod else { return };
        let Some(place) = pods::node(pod).map(Rc::<str>::from) else { return };
        let Some(info) = self.nodes.get_mut(&place) else { return };
        info.add(key.clone(), pod.clone());
        if has_affinity(pod) {
            self.with_affinity.insert((place.clone(), key.clone()));
        }
        self.places.insert(key.clone(), place.clone());
        self.count(pod, &place, 1);
    }

    fn count(&mut self, pod: &Object, place: &Rc<str>, by: i64) {
        for count in self.counts.values_mut() {
            if *count.namespace == *pod.namespace()
                && (count.deleting || !pod.deleting())
                && count.selector.matches(pod.labels())
            {
                *Rc::make_mut(&mut count.nodes).entry(place.clone()).or_default() += by;
            }
        }
    }

    /// How many pods of a namespace match a selector, by node; kept up to date from the first question on. `deleting`
    /// says whether pods that are being deleted count.
    pub fn counts(&mut self, namespace: &str, selector: &Selector, deleting: bool) -> Rc<BTreeMap<Rc<str>, i64>> {
        let name = format!("{namespace}/{selector}/{deleting}");
        if let Some(count) = self.counts.get(&name) {
            return count.nodes.clone();
        }
        let mut nodes: BTreeMap<Rc<str>, i64> = BTreeMap::new();
        for (place, info) in &self.nodes {
            let matching = info.pods.values().filter(|pod| {
                pod.namespace() == namespace && (deleting || !pod.deleting()) && selector.matches(pod.labels())
            });
            let matching = matching.count() as i64;
            if matching > 0 {
                nodes.insert(place.clone(), matching);
            }
        }
        let nodes = Rc::new(nodes);
        let selector = selector.clone();
        self.counts.insert(name, Count { namespace: namespace.into(), selector, deleting, nodes: nodes.clone() });
        nodes
    }

    /// Whether any node has a label.
    pub fn knows_label(&mut self, label: &str) -> bool {
        let nodes = &self.nodes;
        self.labels
            .get_or_insert_with(|| nodes.values().flat_map(|info| info.labels().keys().cloned()).collect())
            .contains(label)
    }
}

fn has_affinity(pod: &Object) -> bool {
    let affinity = pod.spec::<PodSpec>().affinity.as_ref();
    affinity.is_some_and(|affinity| affinity.pod_affinity.is_some() || affinity.pod_anti_affinity.is_some())
}
