//! Sums of resources by name, as pods ask for them.
//!
//! Models: `k8s.io/component-helpers/resource` (`PodRequests`, `PodLimits`), `apiserver/pkg/quota/v1/resources.go`.
//! Left out: resources of whole pods.

use crate::base::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use std::collections::BTreeMap;

/// Amounts by resource: `cpu`, `requests.memory`.
pub type Amounts = BTreeMap<String, Quantity>;

/// What is written in an object; what cannot be read is left out.
pub fn of(written: Option<&BTreeMap<String, Amount>>) -> Amounts {
    let pairs = written.into_iter().flatten();
    pairs.filter_map(|(name, amount)| Some((name.clone(), Quantity::parse(&amount.0).ok()?))).collect()
}

/// As objects carry them.
pub fn written(amounts: &Amounts) -> BTreeMap<String, Amount> {
    amounts.iter().map(|(name, amount)| (name.clone(), Amount(amount.to_string()))).collect()
}

pub fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        sum.entry(name.clone()).or_insert(Quantity::ZERO).add(amount);
    }
}

/// The larger of both, name by name.
pub fn raise(have: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        let entry = have.entry(name.clone()).or_insert(Quantity::ZERO);
        if *amount > *entry {
            *entry = amount.clone();
        }
    }
}

/// `cpu=1,memory=1Gi`.
pub fn shown(amounts: &Amounts) -> String {
    let texts: Vec<String> = amounts.iter().map(|(name, amount)| format!("{name}={amount}")).collect();
    texts.join(",")
}

pub fn requests(spec: &PodSpec) -> Amounts {
    pod(spec, |r| r.requests.as_ref())
}

pub fn limits(spec: &PodSpec) -> Amounts {
    pod(spec, |r| r.limits.as_ref())
}

type Part = fn(&ResourceRequirements) -> Option<&BTreeMap<String, Amount>>;

/// The containers together, or the greediest init container.
fn pod(spec: &PodSpec, part: Part) -> Amounts {
    let container = |c: &Container| of(c.resources.as_ref().and_then(part));
    let mut sum = Amounts::new();
    spec.containers.iter().for_each(|c| add(&mut sum, &container(c)));
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for init in spec.init_containers.iter().flatten() {
        if init.restart_policy.is_some() {
            add(&mut sum, &container(init));
            add(&mut sidecars, &container(init));
            raise(&mut peak, &sidecars);
        } else {
            let mut now = container(init);
            add(&mut now, &sidecars);
            raise(&mut peak, &now);
        }
    }
    raise(&mut sum, &peak);
    if spec.overhead.is_some() {
        add(&mut sum, &of(spec.overhead.as_ref()));
    }
    sum
}
