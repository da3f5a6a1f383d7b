//! A connection through the API server into a pod, as `kubectl port-forward` and the proxy of the API make one.
//!
//! Models: the `portforward` and `proxy` subresources, containerd's streaming server.

use super::World;
use crate::api::kinds;
use crate::control::{FactId, Note};
use crate::net::{Place, Source};
use crate::script::host::{Got, Want};
use crate::time::Span;
use k8s_openapi::api::core::v1::PodSpec;
use std::rc::Rc;

/// From the laptop to the API server, to the kubelet, into the pod: milliseconds each.
const HOP: u64 = 2;

impl World {
    /// Answers a want in the network of a pod, on one of its ports; `None` when the pod is gone or its machine is silent.
    pub fn tunnel(&mut self, namespace: &str, pod: &str, port: u16, want: &Want, cause: FactId) -> Option<(Got, Span)> {
        let object = self.reader().get(kinds::POD, namespace, pod)?;
        let node: Rc<str> = object.spec::<PodSpec>().node_name.as_deref()?.into();
        if self.machines.of(namespace, pod)?.unreachable().is_some() {
            return None;
        }
        let inner = match want.clone() {
            Want::Http { https, method, target, headers, body, .. } => {
                Want::Http { https, host: "127.0.0.1".into(), port, method, target, headers, body }
            }
            Want::Raw { udp, bytes, .. } => Want::Raw { host: "127.0.0.1".into(), port, udp, bytes },
            Want::Connect { .. } => Want::Connect { host: "127.0.0.1".into(), port },
            _ => return None,
        };
        let from = Source::Pod { namespace: namespace.into(), name: pod.into() };
        let inside = Place::Pod { namespace: namespace.into(), name: pod.into() };
        let stations = [Place::Outside, Place::ApiServer, Place::Kubelet(node), inside];
        for (n, pair) in stations.windows(2).enumerate() {
            let leaves = self.now + Span::millis(HOP * n as u64);
            let note = Note::Packet { label: format!("{pod}:{port}").as_str().into() };
            let (a, b) = (pair[0].clone(), pair[1].clone());
            self.journal.send(a, b, note, leaves, leaves + Span::millis(HOP), cause);
        }
        let (got, takes) = self.exchange(&from, &inner, cause)?;
        Some((got, takes + Span::millis(HOP * 6)))
    }
}
