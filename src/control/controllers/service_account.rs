//! Every namespace has a service account `default`, and the cluster's certificate to trust.
//!
//! Models: `pkg/controller/serviceaccount/serviceaccounts_controller.go`, `pkg/controller/certificates/rootcacertpublisher`.

use crate::api::{ApiError, Object, Reader, Reason, kinds};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use k8s_openapi::api::core::v1::{ConfigMap, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub struct ServiceAccounts;

impl Controller for ServiceAccounts {
    fn name(&self) -> &'static str {
        "service-account-controller"
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let key = &change.key;
        let namespace = match key.resource {
            "namespaces" => &key.name,
            "serviceaccounts" if &*key.name == "default" => &key.namespace,
            "configmaps" if &*key.name == "kube-root-ca.crt" => &key.namespace,
            _ => return vec![],
        };
        vec![Key::new("namespaces", "", namespace)]
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let name = &*key.name;
        if cx.read().get(kinds::NAMESPACE, "", name).is_none_or(Object::deleting) {
            return Ok(Again::OnChange);
        }
        if cx.read().get(kinds::SERVICE_ACCOUNT, name, "default").is_none() {
            let meta = ObjectMeta { name: Some("default".into()), namespace: Some(name.into()), ..Default::default() };
            present(cx.create(Object::new(kinds::SERVICE_ACCOUNT, meta, ServiceAccount::default(), ())))?;
        }
        if cx.read().get(kinds::CONFIG_MAP, name, "kube-root-ca.crt").is_none() {
            let text = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
            let meta = ObjectMeta {
                name: Some("kube-root-ca.crt".into()),
                namespace: Some(name.into()),
                annotations: Some([("kubernetes.io/description".to_string(), text.to_string())].into()),
                ..Default::default()
            };
            let data = Some([("ca.crt".to_string(), cx.machines.authority.clone())].into());
            present(cx.create(Object::new(kinds::CONFIG_MAP, meta, ConfigMap { data, ..Default::default() }, ())))?;
        }
        Ok(Again::OnChange)
    }
}

/// Somebody else was quicker: that is what was wanted.
fn present(result: Result<Object, ApiError>) -> Result<(), ApiError> {
    match result {
        Err(error) if error.reason != Reason::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
