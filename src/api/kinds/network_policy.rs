//! NetworkPolicy.
//!
//! Models: `pkg/apis/networking` (defaults of `v1`), `pkg/registry/networking/networkpolicy`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::selector::Selector;
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPort, NetworkPolicySpec};

pub struct NetworkPolicyKind;

static NAMES: Names = Names {
    kind: "NetworkPolicy",
    group: "networking.k8s.io",
    version: "v1",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short: &["netpol"],
    namespaced: true,
    categories: &[],
    resource: "networkpolicies.networking.k8s.io",
};

static COLUMNS: [Column; 3] = [
    cell::NAME,
    column("POD-SELECTOR", |policy, _| {
        let selector = policy.spec::<NetworkPolicySpec>().pod_selector.clone().unwrap_or_default();
        cell::selector_text(&Selector::of(Some(&selector)))
    }),
    cell::AGE,
];

impl Kind for NetworkPolicyKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, _: Reader<'_>, _: Time, out: &mut Report) {
        show::network_describe::network_policy(object, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(NetworkPolicy, NetworkPolicySpec)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<NetworkPolicySpec>();
        spec.pod_selector.get_or_insert_default();
        let protocol = |port: &mut NetworkPolicyPort| {
            port.protocol.get_or_insert_with(|| "TCP".into());
        };
        spec.ingress.iter_mut().flatten().flat_map(|rule| rule.ports.iter_mut().flatten()).for_each(protocol);
        spec.egress.iter_mut().flatten().flat_map(|rule| rule.ports.iter_mut().flatten()).for_each(protocol);
        if spec.policy_types.as_ref().is_none_or(Vec::is_empty) {
            let mut types = vec!["Ingress".to_string()];
            if spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()) {
                types.push("Egress".into());
            }
            spec.policy_types = Some(types);
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let was = old.map(Object::spec::<NetworkPolicySpec>);
        validation::network::network_policy(new.spec::<NetworkPolicySpec>(), was, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }
}
