//! Cluster shapes: how many machines of which size, of which Kubernetes, and whether more can be rented.

use crate::api::Release;
use crate::base::quantity::Quantity;
use crate::node::cloud::Group;
use crate::node::{Cloud, Machine, Machines};
use std::fmt;

/// What a cluster is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Workers beside the control plane.
    pub workers: u32,
    /// CPUs of each node.
    pub cpu: u32,
    /// MiB of memory of each node.
    pub memory: u64,
    /// The Kubernetes that the server says it is.
    pub release: Release,
    /// A cluster autoscaler keeps the number of workers between these.
    pub autoscale: Option<Group>,
    /// A metrics-server runs from the beginning.
    pub metrics: bool,
}

/// As many nodes as Kubernetes itself is made for.
pub const MOST: u32 = 5_000;

impl Default for Spec {
    /// A control plane and two workers of 4 CPUs and 8Gi.
    fn default() -> Self {
        Spec { workers: 2, cpu: 4, memory: 8192, release: Release::default(), autoscale: None, metrics: false }
    }
}

impl Spec {
    /// This shape, changed by words: `1.15`, `nodes=3`, `cpu=2`, `memory=4Gi`, `autoscale=1-5`,
    /// `metrics`.
    ///
    /// # Errors
    /// A sentence about the first word that means nothing.
    pub fn with(&self, words: &str) -> Result<Spec, String> {
        let mut spec = self.clone();
        for word in words.split_whitespace() {
            match word.split_once('=') {
                None if word == "metrics" => spec.metrics = true,
                None => spec.release = word.parse()?,
                Some(("nodes", value)) => spec.workers = within(word, value, 1, MOST)?,
                Some(("cpu", value)) => spec.cpu = within(word, value, 1, 1_024)?,
                Some(("memory", value)) => {
                    let bytes = Quantity::parse(value).ok().and_then(|amount| u64::try_from(amount.value()).ok());
                    let mib = bytes.map(|bytes| bytes >> 20).filter(|mib| (512..=16 << 20).contains(mib));
                    spec.memory =
                        mib.ok_or_else(|| format!("{word}: memory is an amount from 512Mi to 16Ti, such as 8Gi"))?;
                }
                Some(("autoscale", value)) => {
                    let (min, max) = value.split_once('-').unwrap_or(("1", value));
                    let (min, max) = (within(word, min, 1, MOST)?, within(word, max, 1, MOST)?);
                    if min > max {
                        return Err(format!("{word}: the least is more than the most"));
                    }
                    spec.autoscale = Some(Group { min, max });
                }
                Some(_) => {
                    return Err(format!(
                        "{word} is no part of a cluster's shape; there are a version such as 1.15, nodes=, cpu=, memory=, autoscale=MIN-MAX and metrics"
                    ));
                }
            }
        }
        Ok(spec)
    }

    pub fn machines(&self) -> Machines {
        let mut machines = Machines {
            authority: AUTHORITY.into(),
            cloud: Cloud::new(self.autoscale, self.workers + 1),
            ..Default::default()
        };
        for number in 0..=self.workers {
            let machine = self.machine(number);
            machines.nodes.insert(machine.name.clone(), machine);
        }
        machines
    }

    /// A machine of this cluster with what is installed on it; number 0 is the control plane.
    pub fn machine(&self, number: u32) -> Machine {
        let mut machine = Machine::new(number, self.cpu, self.memory);
        machine.install(&super::system::IMAGES);
        machine
    }
}

/// A whole number between bounds.
fn within(word: &str, value: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = value.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{word}: {value:?} is no number from {least} to {most}"))
}

const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\nUGlsb3Rob3VzZSBjbHVzdGVyIGNlcnRpZmljYXRlIGF1dGhvcml0eQ==\n-----END CERTIFICATE-----\n";

impl fmt::Display for Spec {
    /// The words that make this shape of any other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nodes={} cpu={} memory={}Mi", self.release, self.workers, self.cpu, self.memory)?;
        if let Some(Group { min, max }) = self.autoscale {
            write!(f, " autoscale={min}-{max}")?;
        }
        if self.metrics { f.write_str(" metrics") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_words_and_words_are_a_shape() {
        let spec = Spec::default().with("1.15 nodes=3 cpu=2 memory=4Gi autoscale=2-6").expect("they mean something");
        assert_eq!((spec.workers, spec.cpu, spec.memory), (3, 2, 4096));
        assert_eq!(spec.autoscale, Some(Group { min: 2, max: 6 }));
        assert_eq!(Spec::default().with(&spec.to_string()), Ok(spec));
        assert!(Spec::default().with("nodes=0").is_err() && Spec::default().with("autoscale=5-2").is_err());
        assert!(Spec::default().with("colour=red").expect_err("it means nothing").contains("colour=red"));
    }
}
