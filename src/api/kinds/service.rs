//! Service.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/service`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::validation;
use crate::codec;
use k8s_openapi::api::core::v1::{Service, ServiceSpec, ServiceStatus};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

pub struct ServiceKind;

static NAMES: Names = Names {
    kind: "Service",
    group: "",
    version: "v1",
    plural: "services",
    singular: "service",
    short: &["svc"],
    namespaced: true,
    categories: &["all"],
    resource: "services",
};

impl Kind for ServiceKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["spec.clusterIP", "spec.type"]
    }

    fn codec(&self) -> &'static Codec {
        codec!(Service, ServiceSpec, ServiceStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<ServiceSpec>();
        spec.session_affinity.get_or_insert_with(|| "None".into());
        let kind = spec.type_.get_or_insert_with(|| "ClusterIP".into()).clone();
        for port in spec.ports.iter_mut().flatten() {
            port.protocol.get_or_insert_with(|| "TCP".into());
            let same = port.port;
            port.target_port.get_or_insert(IntOrString::Int(same));
        }
        if kind == "ExternalName" {
            return;
        }
        spec.internal_traffic_policy.get_or_insert_with(|| "Cluster".into());
        spec.ip_families.get_or_insert_with(|| vec!["IPv4".into()]);
        spec.ip_family_policy.get_or_insert_with(|| "SingleStack".into());
        if kind == "NodePort" || kind == "LoadBalancer" {
            spec.external_traffic_policy.get_or_insert_with(|| "Cluster".into());
        }
        if kind == "LoadBalancer" {
            spec.allocate_load_balancer_node_ports.get_or_insert(true);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            *new.status_mut::<ServiceStatus>() =
                ServiceStatus { load_balancer: Some(Default::default()), conditions: None };
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::service::validate(new.spec::<ServiceSpec>(), old.map(Object::spec::<ServiceSpec>), errors);
    }
}
