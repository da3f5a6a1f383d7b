//! A pod's priority is looked up by the name of its class; one class at most is the default.
//!
//! Models: `plugin/pkg/admission/priority/admission.go`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::kinds;
use crate::api::object::Object;
use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::api::scheduling::v1::PriorityClass;

pub struct Priority;

impl Admission for Priority {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        if object.kind.names().resource == kinds::PRIORITY_CLASS.names().resource {
            return one_default(object, old.is_some(), cx);
        }
        if old.is_some() || object.try_spec::<PodSpec>().is_none() {
            return Ok(());
        }
        let name = object.spec::<PodSpec>().priority_class_name.clone().unwrap_or_default();
        let class = if name.is_empty() {
            let mut classes = cx.read.list(kinds::PRIORITY_CLASS, None);
            classes.find(|class| class.spec::<PriorityClass>().global_default == Some(true))
        } else {
            let Some(class) = cx.read.get(kinds::PRIORITY_CLASS, "", &name) else {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(ApiError::forbidden(object.kind.names(), object.name(), &why));
            };
            Some(class)
        };
        let value = class.and_then(|class| class.spec::<PriorityClass>().value).unwrap_or(0);
        let policy = class.and_then(|class| class.spec::<PriorityClass>().preemption_policy.clone());
        let default = class.map(|class| class.name().to_string());
        if object.spec::<PodSpec>().priority.is_some_and(|given| given != value) {
            let why = format!(
                "the integer value of priority ({}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name",
                object.spec::<PodSpec>().priority.unwrap_or(0)
            );
            return Err(ApiError::forbidden(object.kind.names(), object.name(), &why));
        }
        let spec = object.spec_mut::<PodSpec>();
        spec.priority = Some(value);
        spec.priority_class_name = spec.priority_class_name.take().filter(|name| !name.is_empty()).or(default);
        spec.preemption_policy = spec.preemption_policy.take().or(policy).or(Some("PreemptLowerPriority".into()));
        Ok(())
    }
}

fn one_default(class: &Object, update: bool, cx: &Admit<'_>) -> Result<(), ApiError> {
    let is_default = |class: &Object| class.spec::<PriorityClass>().global_default == Some(true);
    if !is_default(class) {
        return Ok(());
    }
    match cx.read.list(kinds::PRIORITY_CLASS, None).find(|other| is_default(other)) {
        Some(other) if !update || other.name() != class.name() => {
            let why =
                format!("PriorityClass {} is already marked as default. Only one default can exist", other.name());
            Err(ApiError::forbidden(class.kind.names(), class.name(), &why))
        }
        _ => Ok(()),
    }
}
