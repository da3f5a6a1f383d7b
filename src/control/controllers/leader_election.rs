//! The leases by which the scheduler and the controller manager show that they lead.
//!
//! Models: `client-go/tools/leaderelection`.
//! Left out: several candidates; one that loses its lease.

use crate::api::{ApiError, Object, Reader, kinds};
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::coordination::v1::LeaseSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};

/// A component that leads, by its name.
pub struct LeaderElection(pub &'static str);

const RENEW: Span = Span::seconds(2);

impl Controller for LeaderElection {
    fn name(&self) -> &'static str {
        self.0
    }

    fn user(&self, _node: Option<&str>) -> String {
        format!("system:{}", self.0)
    }

    fn keys(&self, _change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        vec![]
    }

    fn start(&self, _node: Option<&str>, _read: Reader<'_>) -> Vec<Key> {
        vec![Key::new(kinds::LEASE.names().resource, "kube-system", self.0)]
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let now = Some(MicroTime(cx.now.timestamp_exact()));
        match cx.read().by_key(key).cloned() {
            Some(mut lease) => {
                lease.spec_mut::<LeaseSpec>().renew_time = now;
                cx.update(lease)?;
            }
            None => {
                let holder = format!("control-plane_{}", cx.chance("leader").uuid());
                let spec = LeaseSpec {
                    holder_identity: Some(holder),
                    lease_duration_seconds: Some(15),
                    lease_transitions: Some(0),
                    acquire_time: now.clone(),
                    renew_time: now,
                    ..Default::default()
                };
                let meta = ObjectMeta {
                    name: Some(self.0.into()),
                    namespace: Some("kube-system".into()),
                    ..Default::default()
                };
                cx.create(Object::new(kinds::LEASE, meta, spec, ()))?;
            }
        }
        Ok(Again::After(RENEW))
    }
}
