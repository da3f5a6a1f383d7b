//! `kubectl auth`: who calls, what they may, and roles from files.
//!
//! Models: `kubectl/pkg/cmd/auth`.

mod can_i;
mod reconcile;
mod whoami;

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags};
use crate::api::ApiError;
use crate::api::authorize::{self, Ask};

pub struct Auth;

static SPEC: Spec = Spec {
    name: "auth",
    group: Group::Cluster,
    short: "Inspect authorization",
    long: "Inspect authorization.",
    usage: "",
    subs: &[&can_i::CanI, &reconcile::Reconcile, &whoami::WhoAmI],
    ..Spec::EMPTY
};

impl Verb for Auth {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
}

/// Whether the caller may ask about itself: `selfsubjectreviews` and the like.
fn may_ask(group: &str, resource: &str, cx: &Cx<'_>) -> Result<(), ApiError> {
    let ask = Ask { verb: "create", group, resource, ..Ask::default() };
    authorize::check(&cx.config.caller, &ask, cx.world.reader())
}
