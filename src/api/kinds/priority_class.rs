//! PriorityClass.
//!
//! Models: `pkg/apis/scheduling`, `pkg/registry/scheduling/priorityclass`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::show::cell::{self, column};
use crate::api::validation::one_of;
use crate::codec;
use k8s_openapi::api::scheduling::v1::PriorityClass;

pub struct PriorityClassKind;

static NAMES: Names = Names {
    kind: "PriorityClass",
    group: "scheduling.k8s.io",
    version: "v1",
    plural: "priorityclasses",
    singular: "priorityclass",
    short: &["pc"],
    namespaced: false,
    categories: &[],
    resource: "priorityclasses.scheduling.k8s.io",
};

static COLUMNS: [Column; 5] = [
    cell::NAME,
    column("VALUE", |class, _| class.spec::<PriorityClass>().value.unwrap_or(0).to_string()),
    column("GLOBAL-DEFAULT", |class, _| (class.spec::<PriorityClass>().global_default == Some(true)).to_string()),
    cell::AGE,
    column("PREEMPTIONPOLICY", |class, _| class.spec::<PriorityClass>().preemption_policy.clone().unwrap_or_default()),
];

impl Kind for PriorityClassKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(PriorityClass)
    }

    fn defaults(&self, object: &mut Object) {
        let class = object.spec_mut::<PriorityClass>();
        class.preemption_policy.get_or_insert_with(|| "PreemptLowerPriority".into());
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let class = new.spec::<PriorityClass>();
        let value = class.value.unwrap_or(0);
        if value > 1_000_000_000 && !new.name().starts_with("system-") {
            errors.forbidden("value", "maximum allowed value of a user defined priority is 1000000000");
        }
        let known = match new.name() {
            "system-node-critical" => Some(2_000_001_000),
            "system-cluster-critical" => Some(2_000_000_000),
            _ => None,
        };
        if new.name().starts_with("system-") && (known != Some(value) || class.global_default == Some(true)) {
            let name = new.name();
            let why = match known {
                None => format!("{name} is not a known system priority class"),
                Some(right) if right != value => {
                    format!("value of {name} PriorityClass must be {right}")
                }
                Some(_) => format!("globalDefault of {name} PriorityClass must be false"),
            };
            let words = "priority class names with 'system-' prefix are reserved for system use only. error:";
            errors.forbidden("metadata.name", &format!("{words} {why}"));
        }
        if let Some(policy) = class.preemption_policy.as_deref() {
            one_of(errors, "preemptionPolicy", policy, &["PreemptLowerPriority", "Never"]);
        }
        if old.is_some_and(|old| old.spec::<PriorityClass>().value.unwrap_or(0) != value) {
            errors.forbidden("value", "may not be changed in an update.");
        }
        if let Some(old) = old
            && old.spec::<PriorityClass>().preemption_policy != class.preemption_policy
        {
            let policy = crate::api::validation::value(&class.preemption_policy);
            errors.invalid("preemptionPolicy", policy, "field is immutable");
        }
    }
}
