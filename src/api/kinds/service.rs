//! Service.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/service`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column, wide};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
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

static COLUMNS: [Column; 7] = [
    cell::NAME,
    column("TYPE", |service, _| service.spec::<ServiceSpec>().type_.clone().unwrap_or_default()),
    column("CLUSTER-IP", |service, _| cell::or_none(service.spec::<ServiceSpec>().cluster_ip.as_deref())),
    column("EXTERNAL-IP", external_ip),
    column("PORT(S)", ports),
    cell::AGE,
    wide("SELECTOR", |service, _| cell::map(service.spec::<ServiceSpec>().selector.as_ref())),
];

impl Kind for ServiceKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &["spec.clusterIP", "spec.type"]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::service_describe::service(object, read, now, out);
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
        if kind == "NodePort" || kind == "LoadBalancer" {
            spec.external_traffic_policy.get_or_insert_with(|| "Cluster".into());
        }
        if kind == "LoadBalancer" {
            spec.allocate_load_balancer_node_ports.get_or_insert(true);
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if new.spec::<ServiceSpec>().type_.as_deref() != Some("ExternalName") {
            let spec = new.spec_mut::<ServiceSpec>();
            spec.ip_families.get_or_insert_with(|| vec!["IPv4".into()]);
            spec.ip_family_policy.get_or_insert_with(|| "SingleStack".into());
        }
        if let Some(was) = old.map(Object::spec::<ServiceSpec>) {
            drop_with_type(new.spec_mut::<ServiceSpec>(), was);
        }
        if old.is_none() {
            *new.status_mut::<ServiceStatus>() =
                ServiceStatus { load_balancer: Some(Default::default()), conditions: None };
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::service::validate(new.spec::<ServiceSpec>(), old.map(Object::spec::<ServiceSpec>), errors);
    }
}

/// What only the former type had goes with it, unless it was changed as well.
fn drop_with_type(spec: &mut ServiceSpec, was: &ServiceSpec) {
    let open = |spec: &ServiceSpec| {
        ["NodePort", "LoadBalancer"].contains(&spec.type_.as_deref().unwrap_or(""))
            || spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty())
    };
    if open(was) && !open(spec) && spec.external_traffic_policy == was.external_traffic_policy {
        spec.external_traffic_policy = None;
    }
    if was.type_.as_deref() == Some("LoadBalancer") && spec.type_.as_deref() != Some("LoadBalancer") {
        if spec.allocate_load_balancer_node_ports == was.allocate_load_balancer_node_ports {
            spec.allocate_load_balancer_node_ports = None;
        }
        if spec.load_balancer_class == was.load_balancer_class {
            spec.load_balancer_class = None;
        }
        if spec.health_check_node_port == was.health_check_node_port {
            spec.health_check_node_port = None;
        }
    }
}

fn external_ip(service: &Object, _: Time) -> String {
    let spec = service.spec::<ServiceSpec>();
    let mut addresses = vec![];
    match spec.type_.as_deref() {
        Some("ExternalName") => return spec.external_name.clone().unwrap_or_default(),
        Some("LoadBalancer") => {
            let balancer = service.status::<ServiceStatus>().load_balancer.as_ref();
            for entry in balancer.and_then(|b| b.ingress.as_ref()).into_iter().flatten() {
                addresses.extend(entry.ip.clone().or_else(|| entry.hostname.clone()));
            }
        }
        _ => {}
    }
    addresses.extend(spec.external_ips.iter().flatten().cloned());
    match (addresses.is_empty(), spec.type_.as_deref()) {
        (true, Some("LoadBalancer")) => "<pending>".into(),
        (true, _) => "<none>".into(),
        _ => addresses.join(","),
    }
}

fn ports(service: &Object, _: Time) -> String {
    let ports = service.spec::<ServiceSpec>().ports.iter().flatten();
    let texts: Vec<String> = ports
        .map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            match port.node_port.filter(|p| *p > 0) {
                Some(node) => format!("{}:{node}/{protocol}", port.port),
                None => format!("{}/{protocol}", port.port),
            }
        })
        .collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",") }
}
