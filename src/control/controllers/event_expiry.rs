//! Events are kept for an hour.
//!
//! Models: the API server's `--event-ttl`, which gives every event a lease in etcd.

use crate::api::kinds::event::Body;
use crate::api::{ApiError, Call, DeleteOptions, Object, Reader, kinds};
use crate::control::events::TTL;
use crate::control::{Again, Controller, Cx};
use crate::store::{Change, Key};
use crate::time::{Span, Time};

pub struct EventExpiry;

const PERIOD: Span = Span::minutes(1);

impl Controller for EventExpiry {
    fn name(&self) -> &'static str {
        "event-expiry"
    }

    fn keys(&self, _change: &Change<Object>, _read: Reader<'_>) -> Vec<Key> {
        vec![]
    }

    fn start(&self, _node: Option<&str>, _read: Reader<'_>) -> Vec<Key> {
        vec![Key::new("events", "", "")]
    }

    fn reconcile(&self, _key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        let now = cx.now;
        let old = cx.read().list(kinds::EVENT, None).filter(|event| now.since(last(event)) >= TTL);
        let old: Vec<Object> = old.cloned().collect();
        for event in old {
            // The store's own doing: no request, no message.
            let mut call = Call {
                now,
                rng: cx.rng,
                user: &cx.user,
                manager: cx.manager.clone(),
                cause: cx.cause.0,
                dry_run: false,
            };
            let options = DeleteOptions::default();
            let _ = cx.api.delete(kinds::EVENT, event.namespace(), event.name(), &options, &mut call);
        }
        Ok(Again::After(PERIOD))
    }
}

/// When an event was last written.
fn last(event: &Object) -> Time {
    event.spec::<Body>().seen().map_or(event.created(), Time::of)
}
