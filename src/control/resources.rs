//! What pods ask for and what nodes have, as whole numbers.
//!
//! Models: `component-helpers/resource/helpers.go`, `pkg/scheduler/util/pod_resources.go`.
//! Left out: in-place resize in progress.

use crate::base::quantity as base;
use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;

/// A quantity in thousandths, rounded up: `100m` is 100, `2` is 2000. What cannot be read is 0.
pub fn milli(text: &str) -> i64 {
    base::Quantity::parse(text).map_or(0, |quantity| quantity.milli())
}

/// A quantity in whole units, rounded up: `1Gi` is 1073741824.
pub fn whole(text: &str) -> i64 {
    base::Quantity::parse(text).map_or(0, |quantity| quantity.value())
}

/// Amounts by resource: CPU in thousandths, everything else whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    pub cpu: i64,
    pub memory: i64,
    pub storage: i64,
    pub pods: i64,
    /// Extended resources and huge pages.
    pub others: BTreeMap<String, i64>,
}

impl Amounts {
    pub fn of(list: Option<&BTreeMap<String, Quantity>>) -> Self {
        let mut amounts = Amounts::default();
        for (name, quantity) in list.into_iter().flatten() {
            match name.as_str() {
                "cpu" => amounts.cpu = milli(&quantity.0),
                "memory" => amounts.memory = whole(&quantity.0),
                "ephemeral-storage" => amounts.storage = whole(&quantity.0),
                "pods" => amounts.pods = whole(&quantity.0),
                _ => {
                    amounts.others.insert(name.clone(), whole(&quantity.0));
                }
            }
        }
        amounts
    }

    pub fn add(&mut self, other: &Amounts) {
        self.each(other, |a, b| a + b);
    }

    pub fn subtract(&mut self, other: &Amounts) {
        self.each(other, |a, b| a - b);
    }

    pub fn raise(&mut self, other: &Amounts) {
        self.each(other, i64::max);
    }

    fn each(&mut self, other: &Amounts, change: fn(i64, i64) -> i64) {
        self.cpu = change(self.cpu, other.cpu);
        self.memory = change(self.memory, other.memory);
        self.storage = change(self.storage, other.storage);
        self.pods = change(self.pods, other.pods);
        for (name, amount) in &other.others {
            let mine = self.others.entry(name.clone()).or_default();
            *mine = change(*mine, *amount);
        }
    }
}

/// A container without a request counts as this much when nodes are compared.
const DEFAULT_CPU: i64 = 100;
const DEFAULT_MEMORY: i64 = 200 << 20;

fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn requests(container: &Container, non_zero: bool) -> Amounts {
    let list = container.resources.as_ref().and_then(|r| r.requests.as_ref());
    let mut amounts = Amounts::of(list);
    if non_zero {
        if !list.is_some_and(|list| list.contains_key("cpu")) {
            amounts.cpu = DEFAULT_CPU;
        }
        if !list.is_some_and(|list| list.contains_key("memory")) {
            amounts.memory = DEFAULT_MEMORY;
        }
    }
    amounts
}

/// What a pod asks for: all containers and sidecars together, or the largest init container with the sidecars before it.
pub fn pod_requests(spec: &PodSpec) -> Amounts {
    total(spec, false)
}

/// The same with defaults for containers that ask for nothing.
pub fn pod_requests_non_zero(spec: &PodSpec) -> Amounts {
    total(spec, true)
}

fn total(spec: &PodSpec, non_zero: bool) -> Amounts {
    let mut sum = Amounts::default();
    for container in &spec.containers {
        sum.add(&requests(container, non_zero));
    }
    let mut sidecars = Amounts::default();
    let mut initial = Amounts::default();
    for container in spec.init_containers.iter().flatten() {
        let mut wanted = requests(container, non_zero);
        if is_sidecar(container) {
            sum.add(&wanted);
            sidecars.add(&wanted);
            wanted = sidecars.clone();
        } else {
            wanted.add(&sidecars);
        }
        initial.raise(&wanted);
    }
    sum.raise(&initial);
    if let Some(whole) = spec.resources.as_ref().and_then(|r| r.requests.as_ref()) {
        // What is asked for the pod as a whole stands in the place of what its containers ask for.
        for (name, quantity) in whole {
            match name.as_str() {
                "cpu" => sum.cpu = milli(&quantity.0),
                "memory" => sum.memory = self::whole(&quantity.0),
                _ => {
                    sum.others.insert(name.clone(), self::whole(&quantity.0));
                }
            }
        }
    }
    if spec.overhead.is_some() {
        sum.add(&Amounts::of(spec.overhead.as_ref()));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_round_up() {
        assert_eq!((milli("1900m"), milli("0.5"), milli("2"), milli("1u")), (1900, 500, 2000, 1));
        assert_eq!((whole("8Gi"), whole("1.5Ki"), whole("1e3"), whole("100m")), (8 << 30, 1536, 1000, 1));
    }
}
