//! `kubectl create token`.
//!
//! Models: `kubectl/pkg/cmd/create/create_token.go`.

use super::super::{Args, Cx, Failure, Flag, Flow, Outcome, Spec, Verb};
use super::name;
use crate::api::authorize::Ask;
use crate::api::credentials::{self, Order};
use crate::api::{ApiError, KindRef, Object, kinds};
use crate::shell::kubectl::printer::{self, Format};
use serde_json::json;

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
        let lifetime = lifetime(args)?;
        let audiences = args.all("audience");
        if audiences.iter().any(String::is_empty) {
            return Err(Failure::error("--audience must not be an empty string"));
        }
        let bound = bound_kind(args)?;
        let namespace = cx.namespace();
        let fail = |error: ApiError| Failure::error(format!("failed to create token: {}", error.message));
        cx.may(&Ask::of(kinds::SERVICE_ACCOUNT.names(), "create", &namespace, &name).sub("token")).map_err(fail)?;
        let account = cx.world.api.get(kinds::SERVICE_ACCOUNT, &namespace, &name).map_err(fail)?.clone();
        let mut objects = vec![];
        if let Some(kind) = bound {
            let object = cx.world.api.get(kind, &namespace, args.text("bound-object-name")).map_err(fail)?;
            let uid = args.text("bound-object-uid");
            if !uid.is_empty() && uid != object.uid() {
                let why = format!(
                    "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
                );
                return Err(fail(ApiError::conflict(kind.names(), object.name(), &why)));
            }
            objects.push(object.clone());
        }
        let id = cx.world.rng.of("tokens").uuid();
        let bound: Vec<&Object> = objects.iter().collect();
        let order = Order { account: &account, audiences: &audiences, seconds: lifetime, bound: &bound, id: &id };
        let token = credentials::token(&order, cx.world.reader(), cx.now());
        let format = Format::of(args, printer::OBJECT_FORMATS)?;
        if format == Format::Own {
            cx.line(token);
            return Ok(Flow::Done);
        }
        let seconds = jiff::SignedDuration::from_secs(lifetime as i64);
        let expires = cx.now().timestamp().saturating_add(seconds).unwrap_or_default().to_string();
        let audiences = if audiences.is_empty() { vec![credentials::ISSUER.to_string()] } else { audiences };
        let reference = bound.first().map(|object| {
            let kind = object.kind.names().kind;
            json!({ "apiVersion": "v1", "kind": kind, "name": object.name(), "uid": object.uid() })
        });
        let tree = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "metadata": { "creationTimestamp": cx.now().timestamp().to_string(), "name": name, "namespace": namespace },
            "spec": { "audiences": audiences, "boundObjectRef": reference, "expirationSeconds": lifetime },
            "status": { "expirationTimestamp": expires, "token": token },
        });
        printer::print_value(&tree, &format, cx)?;
        Ok(Flow::Done)
    }
}

/// `--duration` in seconds.
fn lifetime(args: &Args) -> Result<u64, Failure> {
    match args.duration("duration") {
        None => Err(Failure::error("--duration must be greater than or equal to 0")),
        Some(span) if span.0 == 0 => Ok(3600),
        Some(span) if span.0 % 1000 != 0 => {
            Err(Failure::error("--duration cannot be expressed in units less than seconds"))
        }
        Some(span) if span.as_seconds() < 600 => Err(Failure::error(format!(
            "failed to create token: TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {}: may not specify a duration less than 10 minutes",
            span.as_seconds()
        ))),
        Some(span) if span.as_seconds() > 1 << 32 => Err(Failure::error(format!(
            "failed to create token: TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: {}: may not specify a duration larger than 2^32 seconds",
            span.as_seconds()
        ))),
        Some(span) => Ok(span.as_seconds()),
    }
}

/// What the token is to be bound to.
fn bound_kind(args: &Args) -> Result<Option<KindRef>, Failure> {
    let (kind, name) = (args.text("bound-object-kind"), args.text("bound-object-name"));
    let found = match kind {
        "" => {
            for (flag, value) in [("name", name), ("uid", args.text("bound-object-uid"))] {
                if !value.is_empty() {
                    return Err(Failure::error(format!(
                        "--bound-object-{flag} can only be set if --bound-object-kind is provided"
                    )));
                }
            }
            return Ok(None);
        }
        "Pod" => kinds::POD,
        "Secret" => kinds::SECRET,
        "Node" => kinds::NODE,
        _ => return Err(Failure::error("supported --bound-object-kind values are Node, Pod, Secret")),
    };
    if name.is_empty() {
        return Err(Failure::error("--bound-object-name is required if --bound-object-kind is provided"));
    }
    Ok(Some(found))
}
