//! `kubectl auth whoami`.
//!
//! Models: `kubectl/pkg/cmd/auth/whoami.go`, `pkg/registry/authentication/selfsubjectreview`.

use super::{Args, Cx, Failure, Flow, Outcome, Spec, Verb, flags, may_ask};
use crate::base::table::{GET, tabulate};
use crate::shell::kubectl::printer::{self, Format};
use serde_json::json;

pub struct WhoAmI;

static SPEC: Spec = Spec {
    name: "whoami",
    short: "Experimental: Check self subject attributes",
    long: "Experimental: Check who you are and your attributes (groups, extra).\n\n This helps when it is not plain which user the server takes you for.",
    examples: "# Get your subject attributes\nkubectl auth whoami\n\n# Get your subject attributes in JSON format\nkubectl auth whoami -o json",
    usage: "",
    flags: &[flags::OUTPUT],
    ..Spec::EMPTY
};

impl Verb for WhoAmI {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let format = Format::of(args, printer::OBJECT_FORMATS)?;
        if may_ask("authentication.k8s.io", "selfsubjectreviews", cx).is_err() {
            return Err(Failure::error(
                "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it",
            ));
        }
        let user = cx.config.caller.clone();
        if format != Format::Own {
            let mut info = json!({ "username": user.name });
            if !user.groups.is_empty() {
                info["groups"] = json!(user.groups);
            }
            if !user.uid.is_empty() {
                info["uid"] = json!(user.uid);
            }
            if !user.extra.is_empty() {
                info["extra"] = json!(user.extra);
            }
            let created = cx.now().timestamp().to_string();
            let review = json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
                "metadata": { "creationTimestamp": created }, "status": { "userInfo": info },
            });
            if format == Format::Name {
                cx.line("selfsubjectreview.authentication.k8s.io/");
                return Ok(Flow::Done);
            }
            printer::print_value(&review, &format, cx)?;
            return Ok(Flow::Done);
        }
        let mut text = format!("ATTRIBUTE\tVALUE\nUsername\t{}\n", user.name);
        if !user.uid.is_empty() {
            text += &format!("UID\t{}\n", user.uid);
        }
        if !user.groups.is_empty() {
            text += &format!("Groups\t[{}]\n", user.groups.join(" "));
        }
        for (key, values) in &user.extra {
            text += &format!("Extra: {key}\t[{}]\n", values.join(" "));
        }
        cx.out(tabulate(&text, GET));
        Ok(Flow::Done)
    }
}
