//! What is wrong with a machine, with a container's program and with the registry: data that the node, the kubelet and the
//! packet walk look at. Who makes it so is `world/faults`.
//!
//! Models: pulled cables, `tc netem`, `systemctl stop`, SIGSTOP, registries that refuse.

use crate::time::{Span, Time};
use std::collections::BTreeSet;

/// What is wrong with one machine. All of it survives a reboot but not a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Nothing comes in and nothing goes out.
    pub cut: bool,
    /// How much longer each packet takes over its wire.
    pub delay: Span,
    /// Of a hundred packets so many are lost.
    pub loss: u8,
    /// `systemctl stop kubelet`: its containers live on.
    pub kubelet_stopped: bool,
    /// kube-proxy's process stands still: the rules stay as they are.
    pub proxy_stopped: bool,
    /// Since when containerd is stopped: its containers live on, but nothing can be started, stopped or listed.
    pub runtime_down: Option<Time>,
    /// Of a hundred parts of its disk and of its memory so many are used by something outside Kubernetes and the pods; 0: not.
    pub disk_full: u8,
    pub memory_full: u8,
    /// Manifests of static pods that were taken away: `kube-scheduler`.
    pub away: BTreeSet<&'static str>,
}

impl Trouble {
    /// The kubelet does nothing for its pods: it is stopped itself, or it has no runtime to talk to.
    pub fn stands_still(&self) -> bool {
        self.kubelet_stopped || self.runtime_down.is_some()
    }
}

/// What is wrong with the program of one container; gone with its process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ill {
    /// It lives, but it does nothing and answers nothing: SIGSTOP.
    pub hung: bool,
    /// It says that it is not ready.
    pub unready: bool,
    /// How much longer each answer takes.
    pub delay: Span,
    /// Of a hundred requests it fails so many, with 503.
    pub fails: u8,
}

/// How the registries are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registry {
    #[default]
    Up,
    /// Nobody answers at its address.
    Down,
    /// A pull takes this many times as long.
    Slow(u32),
    /// Docker Hub's limit for pulls without an account is used up.
    Limited,
}

impl Registry {
    /// Why a pull fails, in the words of containerd, if it does. `full` is the reference with host and tag.
    pub fn refuses(self, full: &str) -> Option<String> {
        let (host, rest) = full.split_once('/')?;
        let (path, tag) = rest.rsplit_once(':').unwrap_or((rest, "latest"));
        let server = if host == "docker.io" { "registry-1.docker.io" } else { host };
        let start = "failed to pull and unpack image";
        match self {
            Registry::Down => Some(format!(
                "{start} \"{full}\": failed to resolve reference \"{full}\": failed to do request: Head \"https://{server}/v2/{path}/manifests/{tag}\": dial tcp {}:443: connect: connection refused",
                address(server)
            )),
            Registry::Limited if host == "docker.io" => {
                let digest = super::images::digest(full);
                Some(format!(
                    "{start} \"{full}\": failed to copy: httpReadSeeker: failed open: unexpected status code https://{server}/v2/{path}/manifests/{digest}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"
                ))
            }
            _ => None,
        }
    }
}

/// An address that a registry could have.
fn address(server: &str) -> String {
    let sum = crate::base::hash::fnv32a(server.as_bytes());
    format!("{}.{}.{}.{}", 34 + (sum >> 24) % 20, (sum >> 16) & 255, (sum >> 8) & 255, 1 + sum % 254)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_docker_hub_limits_and_every_registry_can_be_down() {
        let of = |registry: Registry, image: &str| registry.refuses(image).is_some();
        assert!(
            of(Registry::Limited, "docker.io/library/nginx:1.27") && of(Registry::Down, "registry.k8s.io/pause:3.9")
        );
        assert!(
            !of(Registry::Limited, "registry.k8s.io/pause:3.9")
                && !of(Registry::Slow(10), "docker.io/library/nginx:1.27")
        );
    }
}
