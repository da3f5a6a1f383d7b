//! How many replicas bring a metric to its target: which pods count, and what is taken for those that say nothing.
//!
//! Models: `pkg/controller/podautoscaler/replica_calculator.go`.
//! Left out: requests of whole pods.

use crate::api::Object;
use crate::control::pods::{condition, is_terminal, phase};
use crate::control::resources::milli;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{Container, PodSpec, PodStatus};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A pod this young is believed only once a whole window was measured while it was ready.
const INITIALIZATION: Span = Span::minutes(5);
/// A pod that was unready so soon after its start has never been ready.
const READINESS: Span = Span::seconds(30);

/// What a pod uses: thousandths, measured when, over how long.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub value: i64,
    pub at: Time,
    pub window: Span,
}

/// How far from its target, in thousandths, a metric may be without consequence.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    pub up: i64,
    pub down: i64,
}

/// A ratio: what is used to what should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ratio(i128, i128);

/// What pods use, by name.
type Values<'a> = BTreeMap<&'a str, i64>;

impl Ratio {
    fn of(used: i64, aim: i64) -> Ratio {
        Ratio(used.into(), aim.max(1).into())
    }

    fn above(self) -> bool {
        self.0 > self.1
    }

    fn below(self) -> bool {
        self.0 < self.1
    }

    fn within(self, tolerance: Tolerance) -> bool {
        let (used, aim) = (self.0 * 1000, self.1);
        used >= aim * i128::from(1000 - tolerance.down) && used <= aim * i128::from(1000 + tolerance.up)
    }

    /// So many times a count, rounded up.
    fn times(self, count: usize) -> i32 {
        let whole = (self.0 * count as i128 + self.1 - 1) / self.1;
        whole.clamp(0, i32::MAX.into()) as i32
    }
}

pub struct Pods<'a> {
    pub all: &'a [Object],
    pub samples: Vec<(Rc<str>, Sample)>,
    pub current: i32,
    pub tolerance: Tolerance,
    pub now: Time,
}

/// The pods that count, those that are not ready, those without a sample.
struct Groups<'a> {
    ready: usize,
    unready: Vec<&'a str>,
    missing: Vec<&'a str>,
    /// Samples that count, by pod.
    values: BTreeMap<&'a str, i64>,
}

impl Pods<'_> {
    /// Replicas for a percentage of what the pods request; the percentage now, and what a pod uses on average.
    ///
    /// # Errors
    /// Why it cannot be computed.
    pub fn utilization(&self, aim: i64, resource: &str, container: &str) -> Result<(i32, i64, i64), String> {
        let groups = self.groups(resource)?;
        let requests = self.requests(resource, container)?;
        let ratio = |values: &BTreeMap<&str, i64>| {
            let known = values.iter().filter_map(|(pod, used)| Some((*used, *requests.get(*pod)?)));
            let (used, asked, count) = known.fold((0i64, 0i64, 0i64), |(a, b, n), (used, asked)| {
                (a.saturating_add(used), b.saturating_add(asked), n + 1)
            });
            if asked == 0 {
                return Err("no metrics returned matched known pods".to_string());
            }
            let percent = (i128::from(used) * 100 / i128::from(asked)) as i64;
            Ok((Ratio::of(percent, aim), percent, used / count.max(1)))
        };
        let (first, percent, average) = ratio(&groups.values)?;
        let full = |pod: &str| requests.get(pod).copied().unwrap_or(0) * aim.max(100) / 100;
        let replicas = self.decide(&groups, first, full, &|values| ratio(values).map(|(ratio, ..)| ratio))?;
        Ok((replicas, percent, average))
    }

    /// Replicas for an amount that each pod should use; what a pod uses on average.
    ///
    /// # Errors
    /// Why it cannot be computed.
    pub fn plain(&self, aim: i64, resource: &str) -> Result<(i32, i64), String> {
        let groups = self.groups(resource)?;
        let average = |values: &BTreeMap<&str, i64>| values.values().sum::<i64>() / values.len().max(1) as i64;
        let value = average(&groups.values);
        let again = |values: &BTreeMap<&str, i64>| Ok(Ratio::of(average(values), aim));
        let replicas = self.decide(&groups, Ratio::of(value, aim), |_| aim, &again)?;
        Ok((replicas, value))
    }

    /// `full` is what a pod without a sample is taken for when there are too many of them.
    fn decide(
        &self,
        groups: &Groups<'_>,
        ratio: Ratio,
        full: impl Fn(&str) -> i64,
        again: &dyn Fn(&Values<'_>) -> Result<Ratio, String>,
    ) -> Result<i32, String> {
        let rebalance = !groups.unready.is_empty() && ratio.above();
        if !rebalance && groups.missing.is_empty() {
            let stays = ratio.within(self.tolerance);
            return Ok(if stays { self.current } else { ratio.times(groups.ready) });
        }
        let mut values = groups.values.clone();
        for pod in &groups.missing {
            if ratio.below() {
                values.insert(pod, full(pod));
            } else if ratio.above() {
                values.insert(pod, 0);
            }
        }
        if rebalance {
            values.extend(groups.unready.iter().map(|pod| (*pod, 0)));
        }
        let new = again(&values)?;
        let turns = ratio.below() && new.above() || ratio.above() && new.below();
        if new.within(self.tolerance) || turns {
            return Ok(self.current);
        }
        let replicas = new.times(values.len());
        let against = new.below() && replicas > self.current || new.above() && replicas < self.current;
        Ok(if against { self.current } else { replicas })
    }

    fn groups(&self, resource: &str) -> Result<Groups<'_>, String> {
        if self.all.is_empty() {
            return Err("no pods returned by selector while calculating replica count".into());
        }
        let mut values: BTreeMap<&str, i64> = self.samples.iter().map(|(pod, sample)| (&**pod, sample.value)).collect();
        let mut out: BTreeSet<&str> = BTreeSet::new();
        let (mut ready, mut unready, mut missing) = (0, vec![], vec![]);
        for pod in self.all {
            let name = pod.name();
            let sample = self.samples.iter().find(|(own, _)| &**own == name).map(|(_, sample)| sample);
            if pod.deleting() || is_terminal(pod) {
                out.insert(name);
            } else if phase(pod) == "Pending" {
                unready.push(name);
            } else if let Some(sample) = sample {
                match resource == "cpu" && self.too_young(pod, sample) {
                    true => unready.push(name),
                    false => ready += 1,
                }
            } else {
                missing.push(name);
            }
        }
        values.retain(|name, _| !out.contains(name) && !unready.contains(name));
        if values.is_empty() {
            return Err("did not receive metrics for targeted pods (pods might be unready)".into());
        }
        Ok(Groups { ready, unready, missing, values })
    }

    /// Whether the CPU of a pod says nothing yet.
    fn too_young(&self, pod: &Object, sample: &Sample) -> bool {
        let (Some(ready), Some(start)) = (condition(pod, "Ready"), pod.status::<PodStatus>().start_time.as_ref())
        else {
            return true;
        };
        let since = ready.last_transition_time.as_ref().map_or(Time::ZERO, |at| Time::of(at.0));
        let (start, unready) = (Time::of(start.0), ready.status == "False");
        if start + INITIALIZATION > self.now {
            return unready || sample.at < since + sample.window;
        }
        unready && start + READINESS > since
    }

    fn requests(&self, resource: &str, container: &str) -> Result<BTreeMap<&str, i64>, String> {
        let mut all = BTreeMap::new();
        for pod in self.all {
            let spec: &PodSpec = pod.spec();
            let lasting = |c: &&Container| c.restart_policy.as_deref() == Some("Always");
            let sidecars = spec.init_containers.iter().flatten().filter(lasting);
            let (mut sum, mut found) = (0, container.is_empty());
            for one in spec.containers.iter().chain(sidecars) {
                if !container.is_empty() && one.name != container {
                    continue;
                }
                found = true;
                let request = one.resources.as_ref().and_then(|r| r.requests.as_ref()?.get(resource));
                let Some(request) = request else {
                    let (name, pod) = (&one.name, pod.name());
                    return Err(format!("missing request for {resource} in container {name} of Pod {pod}"));
                };
                sum += milli(&request.0);
            }
            if !found {
                return Err(format!("container {container} not found in Pod {}", pod.name()));
            }
            all.insert(pod.name(), sum);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_more_or_less_is_near_enough() {
        let tenth = Tolerance { up: 100, down: 100 };
        assert!(Ratio::of(55, 50).within(tenth) && Ratio::of(45, 50).within(tenth));
        assert!(!Ratio::of(56, 50).within(tenth) && !Ratio::of(44, 50).within(tenth));
        assert_eq!((Ratio::of(305, 50).times(1), Ratio::of(50, 50).times(3), Ratio::of(10, 50).times(3)), (7, 3, 1));
    }
}
