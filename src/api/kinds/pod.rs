//! Pod.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/pod`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::api::show::pod;
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodCondition, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

pub struct PodKind;

static NAMES: Names = Names {
    kind: "Pod",
    group: "",
    version: "v1",
    plural: "pods",
    singular: "pod",
    short: &["po"],
    namespaced: true,
    categories: &["all"],
    resource: "pods",
};

impl Kind for PodKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ]
    }

    fn columns(&self) -> &'static [Column] {
        &pod::COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::pod_describe::describe(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(Pod, PodSpec, PodStatus)
    }

    fn defaults(&self, object: &mut Object) {
        let spec = object.spec_mut::<PodSpec>();
        pod_spec::defaults(spec);
        pod_spec::request_defaults(spec);
        spec.enable_service_links.get_or_insert(true);
        if spec.host_network == Some(true) {
            for port in spec.containers.iter_mut().flat_map(|c| c.ports.iter_mut().flatten()) {
                port.host_port.get_or_insert(port.container_port);
            }
        }
    }

    fn prepare(&self, new: &mut Object, old: Option<&Object>) {
        if old.is_none() {
            let spec = new.spec::<PodSpec>();
            let class = pod_spec::qos_class(spec);
            let waits = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
            *new.status_mut::<PodStatus>() = PodStatus {
                phase: Some("Pending".into()),
                qos_class: Some(class.into()),
                conditions: waits.then(|| vec![gated()]),
                ..Default::default()
            };
            merge_label_keys(new);
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        match old {
            None => validation::pod::spec(new.spec::<PodSpec>(), true, "spec", errors),
            Some(old) if !new.same_spec(old) => {
                validation::pod::update(new.spec::<PodSpec>(), old.spec::<PodSpec>(), errors);
            }
            Some(_) => {}
        }
    }

    fn has_generation(&self) -> bool {
        true
    }
}

/// A pod that waits at a gate says so from the beginning.
fn gated() -> PodCondition {
    PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some("SchedulingGated".into()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".into()),
        ..Default::default()
    }
}

/// What `matchLabelKeys` and `mismatchLabelKeys` say is written into the selectors, with the pod's own values.
fn merge_label_keys(pod: &mut Object) {
    let labels = pod.labels().clone();
    let merge = |selector: &mut LabelSelector, keys: &Option<Vec<String>>, operator: &str| {
        for key in keys.iter().flatten() {
            if let Some(value) = labels.get(key) {
                let values = Some(vec![value.clone()]);
                let one = LabelSelectorRequirement { key: key.clone(), operator: operator.into(), values };
                selector.match_expressions.get_or_insert_default().push(one);
            }
        }
    };
    let term = |term: &mut PodAffinityTerm| {
        if let Some(selector) = &mut term.label_selector {
            merge(selector, &term.match_label_keys, "In");
            merge(selector, &term.mismatch_label_keys, "NotIn");
        }
    };
    let spec = pod.spec::<PodSpec>();
    let spreads = spec.topology_spread_constraints.iter().flatten().any(|one| one.match_label_keys.is_some());
    if spec.affinity.is_none() && !spreads {
        return;
    }
    let spec = pod.spec_mut::<PodSpec>();
    if let Some(affinity) = &mut spec.affinity {
        if let Some(near) = &mut affinity.pod_affinity {
            near.required_during_scheduling_ignored_during_execution.iter_mut().flatten().for_each(term);
            let preferred = near.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            preferred.for_each(|weighted| term(&mut weighted.pod_affinity_term));
        }
        if let Some(away) = &mut affinity.pod_anti_affinity {
            away.required_during_scheduling_ignored_during_execution.iter_mut().flatten().for_each(term);
            let preferred = away.preferred_during_scheduling_ignored_during_execution.iter_mut().flatten();
            preferred.for_each(|weighted| term(&mut weighted.pod_affinity_term));
        }
    }
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        if let Some(selector) = &mut constraint.label_selector {
            merge(selector, &constraint.match_label_keys, "In");
        }
    }
}
