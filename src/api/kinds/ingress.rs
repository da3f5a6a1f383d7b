//! Ingress.
//!
//! Models: `pkg/apis/networking`, `pkg/registry/networking/ingress`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerStatus, IngressRule, IngressSpec, IngressStatus};

pub struct IngressKind;

static NAMES: Names = Names {
    kind: "Ingress",
    group: "networking.k8s.io",
    version: "v1",
    plural: "ingresses",
    singular: "ingress",
    short: &["ing"],
    namespaced: true,
    categories: &[],
    resource: "ingresses.networking.k8s.io",
};

static COLUMNS: [Column; 6] = [
    cell::NAME,
    column("CLASS", |object, _| cell::or_none(object.spec::<IngressSpec>().ingress_class_name.as_deref())),
    column("HOSTS", |object, _| hosts(object.spec::<IngressSpec>().rules.as_deref().unwrap_or(&[]))),
    column("ADDRESS", |object, _| {
        let all = show::network_describe::addresses(object);
        if all.len() > 16 { format!("{}...", all.chars().take(13).collect::<String>()) } else { all }
    }),
    column("PORTS", |object, _| {
        let secure = object.spec::<IngressSpec>().tls.as_ref().is_some_and(|tls| !tls.is_empty());
        if secure { "80, 443".into() } else { "80".into() }
    }),
    cell::AGE,
];

impl Kind for IngressKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::network_describe::ingress(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(Ingress, IngressSpec, IngressStatus)
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            let load_balancer = Some(IngressLoadBalancerStatus::default());
            *new.status_mut::<IngressStatus>() = IngressStatus { load_balancer };
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        validation::network::ingress(new, old, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }
}

fn hosts(rules: &[IngressRule]) -> String {
    let named: Vec<&str> =
        rules.iter().take(3).filter_map(|rule| rule.host.as_deref()).filter(|h| !h.is_empty()).collect();
    if named.is_empty() {
        return "*".into();
    }
    let text = named.join(",");
    if rules.len() > 3 { format!("{text} + {} more...", rules.len() - 3) } else { text }
}
