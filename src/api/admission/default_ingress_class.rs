//! An Ingress without a class gets the one that is marked as default; of several the newest.
//!
//! Models: `plugin/pkg/admission/network/defaultingressclass`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::kinds::{self, ingress_class};
use crate::api::object::Object;
use crate::api::validation::network;
use k8s_openapi::api::networking::v1::IngressSpec;
use std::cmp::Reverse;

pub struct DefaultIngressClass;

impl Admission for DefaultIngressClass {
    fn admit(&self, object: &mut Object, old: Option<&Object>, cx: &mut Admit<'_>) -> Result<(), ApiError> {
        let Some(spec) = object.try_spec::<IngressSpec>() else { return Ok(()) };
        if old.is_some() || spec.ingress_class_name.is_some() || object.annotations().contains_key(network::CLASS) {
            return Ok(());
        }
        let classes = cx.read.list(kinds::INGRESS_CLASS, None);
        let marked =
            classes.filter(|class| class.annotations().get(ingress_class::DEFAULT).is_some_and(|v| v == "true"));
        if let Some(class) = marked.min_by_key(|class| (Reverse(class.created()), class.name().to_string())) {
            object.spec_mut::<IngressSpec>().ingress_class_name = Some(class.name().into());
        }
        Ok(())
    }
}
