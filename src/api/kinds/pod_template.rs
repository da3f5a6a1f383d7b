//! PodTemplate: a pod template on its own, which nothing of the cluster uses.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/podtemplate`.

use super::pod_spec;
use crate::api::errors::FieldErrors;
use crate::api::kind::{Column, Kind, Names};
use crate::api::object::{Codec, Object};
use crate::api::show::cell::{self, column};
use crate::api::validation;
use crate::codec;
use k8s_openapi::api::core::v1::{PodTemplate, PodTemplateSpec};

pub struct PodTemplateKind;

static NAMES: Names = Names {
    kind: "PodTemplate",
    group: "",
    version: "v1",
    plural: "podtemplates",
    singular: "podtemplate",
    short: &[],
    namespaced: true,
    categories: &[],
    resource: "podtemplates",
};

static COLUMNS: [Column; 4] = [
    cell::NAME,
    Column { wide: false, ..cell::CONTAINERS },
    Column { wide: false, ..cell::IMAGES },
    column("POD LABELS", |object, _| {
        let template = object.spec::<PodTemplate>().template.as_ref();
        cell::map(template.and_then(|t| t.metadata.as_ref()).and_then(|meta| meta.labels.as_ref()))
    }),
];

impl Kind for PodTemplateKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        codec!(PodTemplate)
    }

    fn defaults(&self, object: &mut Object) {
        pod_spec::template_defaults(object.spec_mut::<PodTemplate>().template.get_or_insert_default());
    }

    fn validate(&self, new: &Object, _: Option<&Object>, errors: &mut FieldErrors) {
        if let Some(spec) = self.template(new).and_then(|template| template.spec.as_ref()) {
            validation::pod::spec(spec, false, "template.spec", errors);
        }
    }

    fn has_generation(&self) -> bool {
        true
    }

    fn template<'a>(&self, object: &'a Object) -> Option<&'a PodTemplateSpec> {
        object.spec::<PodTemplate>().template.as_ref()
    }

    fn set_template(&self, object: &mut Object, template: PodTemplateSpec) -> bool {
        object.spec_mut::<PodTemplate>().template = Some(template);
        true
    }
}
