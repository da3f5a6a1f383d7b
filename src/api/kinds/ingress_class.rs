//! IngressClass.
//!
//! Models: `pkg/apis/networking`, `pkg/registry/networking/ingressclass`.

use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::server::Reader;
use crate::api::show::cell::{self, column};
use crate::api::show::{self, Report};
use crate::api::validation;
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::networking::v1::{IngressClass, IngressClassSpec};

pub struct IngressClassKind;

/// The annotation (`"true"`) of the class that an Ingress without one gets.
pub const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

static NAMES: Names = Names {
    kind: "IngressClass",
    group: "networking.k8s.io",
    version: "v1",
    plural: "ingressclasses",
    singular: "ingressclass",
    short: &[],
    namespaced: false,
    categories: &[],
    resource: "ingressclasses.networking.k8s.io",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    column("CONTROLLER", |class, _| class.spec::<IngressClassSpec>().controller.clone().unwrap_or_default()),
    column("PARAMETERS", |class, _| match &class.spec::<IngressClassSpec>().parameters {
        None => "<none>".into(),
        Some(to) => match &to.api_group {
            Some(group) => format!("{}.{group}/{}", to.kind, to.name),
            None => format!("{}/{}", to.kind, to.name),
        },
    }),
    cell::AGE,
];

impl Kind for IngressClassKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn describe(&self, object: &Object, read: Reader<'_>, now: Time, out: &mut Report) {
        show::network_describe::ingress_class(object, read, now, out);
    }

    fn codec(&self) -> &'static Codec {
        codec!(IngressClass, IngressClassSpec)
    }

    fn defaults(&self, object: &mut Object) {
        if object.spec::<IngressClassSpec>().parameters.as_ref().is_some_and(|to| to.scope.is_none())
            && let Some(to) = &mut object.spec_mut::<IngressClassSpec>().parameters
        {
            to.scope = Some("Cluster".into());
        }
    }

    fn validate(&self, new: &Object, old: Option<&Object>, errors: &mut FieldErrors) {
        let was = old.map(Object::spec::<IngressClassSpec>);
        validation::network::ingress_class(new.spec::<IngressClassSpec>(), was, errors);
    }

    fn has_generation(&self) -> bool {
        true
    }
}
