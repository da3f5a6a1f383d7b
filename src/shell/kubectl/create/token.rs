//! `kubectl create token`.
//!
//! Models: `kubectl/pkg/cmd/create/create_token.go`.
//! Left out: bound objects, custom audiences; the signature is chance: nothing here checks it.

use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb};
use super::name;
use crate::api::kinds;
use crate::api::credentials::{self, Order};

pub struct Token;

static FLAGS: &[Flag] = &[
    Flag::array(
        "audience",
        "Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server. May be repeated to request a token valid for multiple audiences.",
    ),
    Flag::text("bound-object-kind", "", "Kind of an object to bind the token to."),
    Flag::text("bound-object-name", "", "Name of an object to bind the token to."),
    Flag::text("bound-object-uid", "", "UID of an object to bind the token to."),
    Flag::duration(
        "duration",
        "0s",
        "Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically.",
    ),
    Flag::text("output", "", "Output format.").short('o'),
];

static SPEC: Spec = Spec {
    name: "token",
    short: "Request a service account token",
    long: "Request a service account token.",
    examples: "# Request a token to authenticate to the kube-apiserver as the service account \"myapp\" in the current namespace\nkubectl create token myapp\n\n# Request a token with a custom expiration\nkubectl create token myapp --duration 10m",
    usage: "SERVICE_ACCOUNT_NAME",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for Token {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create token")?;
        let lifetime = match args.duration("duration") {
            None => return Err(Failure::error("--duration must be greater than or equal to 0")),
            Some(span) if span.0 == 0 => 3600,
            Some(span) if span.as_seconds() < 600 => {
                return Err(Failure::error(format!(
                    "failed to create token: TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {}: may not specify a duration less than 10 minutes",
                    span.as_seconds()
                )));
            }
            Some(span) => span.as_seconds(),
        };
        let namespace = cx.namespace();
        let account = match cx.get(kinds::SERVICE_ACCOUNT, &namespace, &name) {
            Ok(account) => account.clone(),
            Err(error) => return Err(Failure::error(format!("failed to create token: {}", error.message))),
        };
        let audiences = args.all("audience");
        let id = cx.world.rng.of("tokens").uuid();
        let order = Order { account: &account, audiences: &audiences, seconds: lifetime, bound: &[], id: &id };
        let token = credentials::token(&order, cx.world.reader(), cx.now());
        cx.line(token);
        Ok(Flow::Done)
    }
}
