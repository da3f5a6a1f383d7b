//! Secrets of the type `kubernetes.io/service-account-token` get their token, and go with their account.
//!
//! Models: `pkg/controller/serviceaccount/tokens_controller.go`.
//! Left out: the grace in which an account may come back.

use crate::api::{ApiError, DeleteOptions, Object, Reader, credentials, kinds};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

pub struct Tokens;

const NAME: &str = "kubernetes.io/service-account.name";
const UID: &str = "kubernetes.io/service-account.uid";

fn is_token(secret: &Object) -> bool {
    secret.spec::<Secret>().type_.as_deref() == Some("kubernetes.io/service-account-token")
}

impl Controller for Tokens {
    fn name(&self) -> &'static str {
        "serviceaccount-token-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:kube-controller-manager".into()
    }

    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match (change.key.resource, &change.new) {
            ("secrets", Some(secret)) if is_token(secret) => vec![change.key.clone()],
            ("serviceaccounts", new) if change.old.is_none() || new.is_none() => {
                let secrets = read.list(kinds::SECRET, Some(&change.key.namespace));
                let named = |secret: &&Object| {
                    is_token(secret) && secret.annotations().get(NAME).is_some_and(|name| **name == *change.key.name)
                };
                secrets.filter(named).map(Object::key).collect()
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(secret) = cx.read().by_key(key).filter(|secret| !secret.deleting()) else {
            return Ok(Again::OnChange);
        };
        let Some(name) = secret.annotations().get(NAME) else { return Ok(Again::OnChange) };
        let account = cx.read().get(kinds::SERVICE_ACCOUNT, &key.namespace, name);
        let told = secret.annotations().get(UID).filter(|uid| !uid.is_empty());
        let Some(account) = account.filter(|account| told.is_none_or(|uid| uid == account.uid())) else {
            let options = DeleteOptions { uid: Some(secret.uid().into()), ..DeleteOptions::default() };
            cx.delete(kinds::SECRET, &key.namespace, &key.name, &options)?;
            return Ok(Again::OnChange);
        };
        let token = credentials::lasting_token(account, secret, cx.read());
        let uid = account.uid().to_string();
        let wanted =
            [("ca.crt", cx.machines.authority.clone()), ("namespace", key.namespace.to_string()), ("token", token)];
        let mut secret = secret.clone();
        let data = secret.spec_mut::<Secret>().data.get_or_insert_default();
        let mut changed = false;
        for (field, text) in wanted {
            if !data.contains_key(field) {
                data.insert(field.into(), ByteString(text.into_bytes()));
                changed = true;
            }
        }
        let annotations = secret.meta_mut().annotations.get_or_insert_default();
        changed |= annotations.insert(UID.into(), uid.clone()) != Some(uid);
        if changed {
            cx.update(secret)?;
        }
        Ok(Again::OnChange)
    }
}
