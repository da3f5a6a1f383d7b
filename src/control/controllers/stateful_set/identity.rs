//! Who a pod of a StatefulSet is: its number, its name, its labels, its host name; and making it.
//!
//! Models: `pkg/controller/statefulset/stateful_set_utils.go`.

use super::{Look, Revision, claims};
use crate::api::Object;
use crate::control::pods;
use crate::control::revisions::HASH;
use k8s_openapi::api::apps::v1::{StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::PodSpec;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";

/// The number of a pod of this name in that set; `None` for a stranger.
pub fn ordinal(set: &str, pod: &str) -> Option<i32> {
    let (parent, number) = pod.rsplit_once('-')?;
    if parent != set || !number.bytes().all(|c| c.is_ascii_digit()) { None } else { number.parse().ok() }
}

/// The first number of a set.
pub fn start(set: &Object) -> i32 {
    set.spec::<StatefulSetSpec>().ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0)
}

/// Gives a pod the name and the labels of its number. False when it had them.
pub fn put(pod: &mut Object, set: &str, ordinal: i32) -> bool {
    let name = format!("{set}-{ordinal}");
    let labels = [(POD_NAME, name.clone()), (POD_INDEX, ordinal.to_string())];
    if pod.name() == name && labels.iter().all(|(label, value)| pod.labels().get(*label) == Some(value)) {
        return false;
    }
    let meta = pod.meta_mut();
    meta.name = Some(name);
    meta.labels.get_or_insert_default().extend(labels.map(|(label, value)| (label.to_string(), value)));
    true
}

impl Look {
    /// The pod of a number that is missing: old below the partition of a rolling update, else new.
    pub fn draft(&self, ordinal: i32) -> Object {
        let old = match self.rolling() {
            _ if !self.rolls() => 0,
            None => self.set.status::<StatefulSetStatus>().current_replicas.unwrap_or(0),
            Some(rolling) => rolling.partition.unwrap_or(0),
        };
        let needs_old = ordinal < start(&self.set).saturating_add(old);
        let Revision { name, template } = if needs_old { &self.current } else { &self.update };
        let mut pod = pods::from_template(template, &self.set);
        put(&mut pod, self.set.name(), ordinal);
        pod.meta_mut().labels.get_or_insert_default().insert(HASH.into(), name.clone());
        let host = pod.meta.name.clone();
        let name = pod.name().to_string();
        let spec = pod.spec_mut::<PodSpec>();
        claims::mount(self.spec(), &name, spec);
        spec.hostname = host;
        spec.subdomain = self.spec().service_name.clone().filter(|name| !name.is_empty());
        pod
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_known_by_its_name() {
        assert_eq!(ordinal("web", "web-12"), Some(12));
        assert_eq!(ordinal("web", "web-x-1"), None);
        assert_eq!(ordinal("web", "web-"), None);
        assert_eq!(ordinal("my-web", "my-web-0"), Some(0));
    }
}
