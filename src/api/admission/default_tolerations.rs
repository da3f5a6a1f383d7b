//! Every pod tolerates a lost node for five minutes, unless it says otherwise.
//!
//! Models: `plugin/pkg/admission/defaulttolerationseconds`.

use super::{Admission, Admit};
use crate::api::errors::ApiError;
use crate::api::object::Object;
use k8s_openapi::api::core::v1::{PodSpec, Toleration};

pub struct DefaultTolerations;

impl Admission for DefaultTolerations {
    fn admit(&self, object: &mut Object, old: Option<&Object>, _cx: &mut Admit<'_>) -> Result<(), ApiError> {
        if old.is_some() || object.try_spec::<PodSpec>().is_none() {
            return Ok(());
        }
        let tolerations = object.spec_mut::<PodSpec>().tolerations.get_or_insert_with(Vec::new);
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let covered = tolerations.iter().any(|t| {
                (t.key.as_deref() == Some(key) || t.key.as_deref().unwrap_or("").is_empty())
                    && (t.effect.as_deref() == Some("NoExecute") || t.effect.as_deref().unwrap_or("").is_empty())
            });
            if !covered {
                tolerations.push(Toleration {
                    key: Some(key.into()),
                    operator: Some("Exists".into()),
                    effect: Some("NoExecute".into()),
                    toleration_seconds: Some(300),
                    ..Default::default()
                });
            }
        }
        Ok(())
    }
}
