//! What containers and nodes use, as a metrics server has measured it: two rounds of points, and the objects of the group
//! `metrics.k8s.io` that are made of them when somebody asks.
//!
//! Models: `sigs.k8s.io/metrics-server/pkg/storage`, `pkg/api`; the aggregator's answers for a group that does not answer.
//! Left out: swap; metrics of other adapters (`custom.metrics.k8s.io`, `external.metrics.k8s.io`).

use super::errors::{ApiError, Reason};
use super::kinds::{self, plain};
use super::object::Object;
use super::server::{ApiServer, Reader};
use crate::base::age;
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time as Stamp};
use serde_json::{Map, Value, json};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub const GROUP: &str = "metrics.k8s.io";
const SERVICE: &str = "v1beta1.metrics.k8s.io";

/// A container younger than this has no usage yet.
const FRESH: Span = Span::seconds(10);

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub started: Time,
    pub at: Time,
    /// Microseconds of CPU time since it was started.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
}

/// One round.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub nodes: BTreeMap<Rc<str>, Point>,
    /// By namespace and name: the containers.
    pub pods: BTreeMap<(Rc<str>, Rc<str>), Vec<Sample>>,
}

/// A container and its point.
pub type Sample = (Rc<str>, Point);

/// What is used: between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Billionths of a CPU.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
    pub at: Time,
    pub window: Span,
}

impl Usage {
    fn between(last: &Point, prev: &Point) -> Option<Usage> {
        let window = last.at.since(prev.at);
        if last.started < prev.started || window == Span::ZERO {
            return None;
        }
        // Microseconds in milliseconds are thousandths.
        let cpu = last.cpu.saturating_sub(prev.cpu) * 1_000_000 / window.0;
        Some(Usage { cpu, memory: last.memory, at: last.at, window })
    }
}

/// What one metrics server holds.
#[derive(Clone, Default)]
pub struct Metrics {
    last: Batch,
    prev: Batch,
    seen: OnceCell<BTreeMap<Key, Object>>,
}

impl Metrics {
    /// The next round.
    pub fn store(&self, batch: Batch, resolution: Span) -> Metrics {
        let mut prev = Batch::default();
        for (name, point) in &batch.nodes {
            if let Some(old) = self.last.nodes.get(name).filter(|old| old.at < point.at) {
                prev.nodes.insert(name.clone(), *old);
            }
        }
        for (pod, containers) in &batch.pods {
            let old = self.last.pods.get(pod);
            let before = containers.iter().filter_map(|(name, point)| {
                let age = point.at.since(point.started);
                if (FRESH..resolution).contains(&age) {
                    return Some((name.clone(), Point { at: point.started, cpu: 0, ..*point }));
                }
                let (_, old) = old?.iter().find(|(known, _)| known == name)?;
                (point.started < old.at && old.at < point.at).then(|| (name.clone(), *old))
            });
            let before: Vec<Sample> = before.collect();
            if !before.is_empty() {
                prev.pods.insert(pod.clone(), before);
            }
        }
        Metrics { last: batch, prev, seen: OnceCell::new() }
    }

    /// Whether there is anything to serve.
    pub fn ready(&self) -> bool {
        !self.prev.nodes.is_empty() || !self.prev.pods.is_empty()
    }

    pub fn node(&self, name: &str) -> Option<Usage> {
        Usage::between(self.last.nodes.get(name)?, self.prev.nodes.get(name)?)
    }

    /// The containers of a pod; nothing while one of them has not been measured twice.
    pub fn pod(&self, namespace: &Rc<str>, name: &Rc<str>) -> Option<Vec<(Rc<str>, Usage)>> {
        let key = (namespace.clone(), name.clone());
        let (last, prev) = (self.last.pods.get(&key)?, self.prev.pods.get(&key)?);
        let usage = |(name, point): &(Rc<str>, Point)| {
            let (_, old) = prev.iter().find(|(known, _)| known == name)?;
            Some((name.clone(), Usage::between(point, old)?))
        };
        last.iter().map(usage).collect()
    }

    /// All objects, made at the first question after a round.
    fn objects(&self, api: &ApiServer) -> &BTreeMap<Key, Object> {
        self.seen.get_or_init(|| {
            let mut all = BTreeMap::new();
            for (name, point) in &self.last.nodes {
                let (Some(usage), Ok(node)) = (self.node(name), api.get(kinds::NODE, "", name)) else { continue };
                let body = json!({ "timestamp": stamp(usage.at), "window": window(usage), "usage": amounts(&usage) });
                let object = object(kinds::NODE_METRICS, node, point.at, body);
                all.insert(object.key(), object);
            }
            for (namespace, name) in self.last.pods.keys() {
                let Some(containers) = self.pod(namespace, name).filter(|all| !all.is_empty()) else { continue };
                let Ok(pod) = api.get(kinds::POD, namespace, name) else { continue };
                let first = containers.iter().map(|(_, usage)| *usage).min_by_key(|usage| usage.at);
                let Some(first) = first else { continue };
                let list: Vec<Value> = containers
                    .iter()
                    .map(|(name, usage)| json!({ "name": &**name, "usage": amounts(usage) }))
                    .collect();
                let body = json!({ "timestamp": stamp(first.at), "window": window(first), "containers": list });
                let object = object(kinds::POD_METRICS, pod, first.at, body);
                all.insert(object.key(), object);
            }
            all
        })
    }
}

fn object(kind: super::KindRef, of: &Object, at: Time, body: Value) -> Object {
    let meta = ObjectMeta {
        name: of.meta.name.clone(),
        namespace: of.meta.namespace.clone(),
        labels: of.meta.labels.clone(),
        creation_timestamp: Some(Stamp(at.timestamp())),
        ..Default::default()
    };
    let body: plain::Body = if let Value::Object(map) = body { map } else { Map::new() };
    Object::new(kind, meta, body, Value::Null)
}

fn stamp(at: Time) -> String {
    at.timestamp().to_string()
}

fn window(usage: Usage) -> String {
    age::go_duration(usage.window.0)
}

fn amounts(usage: &Usage) -> Value {
    json!({ "cpu": cpu(usage.cpu), "memory": memory(usage.memory) })
}

/// Billionths of a CPU as a quantity: `1350n`, `12m`, `2`.
pub fn cpu(nano: u64) -> String {
    let (mut n, mut unit) = (nano, 0);
    while n != 0 && n % 1000 == 0 && unit < 3 {
        (n, unit) = (n / 1000, unit + 1);
    }
    match n {
        0 => "0".into(),
        n => format!("{n}{}", ["n", "u", "m", ""][unit]),
    }
}

/// Bytes as a binary quantity: `11264Ki`.
pub fn memory(bytes: u64) -> String {
    let (mut n, mut unit) = (bytes, 0);
    while n != 0 && n % 1024 == 0 && unit < 4 {
        (n, unit) = (n / 1024, unit + 1);
    }
    format!("{n}{}", ["", "Ki", "Mi", "Gi", "Ti"][unit])
}

/// Why nobody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// No APIService of that name.
    Unknown,
    /// Its server is not there.
    Unavailable,
}

impl Absent {
    /// The server's words.
    pub fn words(self) -> &'static str {
        match self {
            Absent::Unknown => "the server could not find the requested resource",
            Absent::Unavailable => "the server is currently unable to handle the request",
        }
    }

    pub fn error(self) -> ApiError {
        let reason = if self == Absent::Unknown { Reason::NotFound } else { Reason::ServiceUnavailable };
        ApiError::new(reason, self.words())
    }
}

impl<'a> Reader<'a> {
    /// What is served of the group `metrics.k8s.io`.
    ///
    /// # Errors
    /// Why it is not.
    pub fn metrics(self) -> Result<&'a Metrics, Absent> {
        let key = Key::new(kinds::API_SERVICE.names().resource, "", SERVICE);
        let service = self.by_key(&key).ok_or(Absent::Unknown)?;
        let conditions = plain::at(service, &["status", "conditions"]).and_then(Value::as_array);
        let fits = |one: &Value| one["type"] == "Available" && one["status"] == "True";
        if !conditions.is_some_and(|all| all.iter().any(fits)) {
            return Err(Absent::Unavailable);
        }
        let all = self.server().metrics.values();
        all.map(|metrics| &**metrics).find(|metrics| metrics.ready()).ok_or(Absent::Unavailable)
    }

    /// The objects of a kind of that group.
    pub(super) fn measured(self, resource: &'static str) -> impl Iterator<Item = &'a Object> + 'a {
        let wanted = resource.ends_with(GROUP);
        let served = if wanted { self.metrics().ok() } else { None };
        let all = served.into_iter().flat_map(move |metrics| metrics.objects(self.server()).iter());
        all.filter(move |(key, _)| key.resource == resource).map(|(_, object)| object)
    }

    /// One of them.
    ///
    /// # Errors
    /// As the metrics server says it.
    pub(super) fn measure(self, kind: super::KindRef, namespace: &str, name: &str) -> Result<&'a Object, ApiError> {
        let names = kind.names();
        let of = if names.namespaced { kinds::POD } else { kinds::NODE };
        let metrics = self.metrics().map_err(Absent::error)?;
        self.server().get(of, namespace, name)?;
        let key = Key::new(names.resource, if names.namespaced { namespace } else { "" }, name);
        metrics.objects(self.server()).get(&key).ok_or_else(|| {
            let full = if names.namespaced { format!("{namespace}/{name}") } else { name.to_string() };
            let words = format!("{}.{GROUP} \"{full}\" not found", names.kind.to_ascii_lowercase());
            ApiError::new(Reason::NotFound, words)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(started: u64, at: u64, cpu: u64) -> Batch {
        let point = Point { started: Time(started), at: Time(at), cpu, memory: 4096 };
        Batch { pods: BTreeMap::from([(("a".into(), "web".into()), vec![("c".into(), point)])]), ..Batch::default() }
    }

    #[test]
    fn a_container_has_a_usage_once_it_was_measured_twice_in_one_life() {
        let pod = |metrics: &Metrics| metrics.pod(&"a".into(), &"web".into()).map(|all| all[0].1.cpu);
        let first = Metrics::default().store(batch(0, 20_000, 5_000_000), Span::seconds(15));
        assert_eq!(pod(&first), None);
        let second = first.store(batch(0, 35_000, 12_500_000), Span::seconds(15));
        assert_eq!(pod(&second), Some(500_000_000));
        // Restarted: what it used before does not count; young, but not too young, it is measured from its start.
        assert_eq!(pod(&second.store(batch(45_000, 50_000, 1), Span::seconds(15))), None);
        assert_eq!(pod(&second.store(batch(38_000, 50_000, 1_200_000), Span::seconds(15))), Some(100_000_000));
    }

    #[test]
    fn amounts_are_written_in_the_largest_unit_that_fits() {
        assert_eq!(
            (cpu(1_350), cpu(12_000_000), cpu(2_000_000_000), cpu(0)),
            ("1350n".into(), "12m".into(), "2".into(), "0".into())
        );
        assert_eq!(
            (memory(11 << 20), memory(11_268 << 10), memory(1000)),
            ("11Mi".into(), "11268Ki".into(), "1000".into())
        );
    }
}
