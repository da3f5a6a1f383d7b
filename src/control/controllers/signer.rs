//! Approved requests for client certificates get one.
//!
//! Models: `pkg/controller/certificates/signer`.
//! Left out: the signers of kubelets; old requests stay.

use crate::api::kinds::plain::{self, Status};
use crate::api::{ApiError, Object, Reader, credentials, signing};
use crate::base::base64;
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::Span;

pub struct Signer;

/// A certificate's life, unless a shorter one is asked for.
const YEAR: u64 = 365 * 24 * 3600;

impl Controller for Signer {
    fn name(&self) -> &'static str {
        "certificatesigningrequest-signing-controller"
    }

    fn user(&self, _node: Option<&str>) -> String {
        "system:serviceaccount:kube-system:certificate-controller".into()
    }

    fn keys(&self, change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        let ours = change.key.resource == "certificatesigningrequests.certificates.k8s.io" && change.new.is_some();
        if ours { vec![change.key.clone()] } else { vec![] }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let Some(request) = cx.read().by_key(key) else { return Ok(Again::OnChange) };
        let done = !plain::text(request, &["status", "certificate"]).is_empty();
        let ours = plain::text(request, &["spec", "signerName"]) == signing::CLIENT;
        if done || !ours || !signing::has(request, "Approved") || signing::has(request, "Denied") {
            return Ok(Again::OnChange);
        }
        let subject = signing::subject(request).unwrap_or_default();
        let of = |short: &str| -> Vec<String> {
            subject.iter().filter(|(name, _)| *name == short).map(|(_, value)| value.clone()).collect()
        };
        let (name, groups) = (of("CN").pop().unwrap_or_default(), of("O"));
        let asked = plain::at(request, &["spec", "expirationSeconds"]).and_then(serde_json::Value::as_u64);
        let until = cx.now + Span::seconds(asked.unwrap_or(YEAR).min(YEAR));
        let certificate = credentials::certificate(&name, &groups, until, cx.read());
        let mut request = request.clone();
        request.status_mut::<Status>()["certificate"] = base64::encode(certificate.as_bytes()).into();
        cx.update_status(request)?;
        Ok(Again::OnChange)
    }
}
