//! Kinds that are only created, and answered instead of stored: who one is, and whether one may.
//!
//! Models: `pkg/registry/authorization`, `pkg/registry/authentication/selfsubjectreview`.
//! Left out: SelfSubjectRulesReview and TokenReview, which come back unanswered; field and label selectors of a question.

use super::authorize::{self, Ask};
use super::kinds::plain::Status;
use super::object::Object;
use super::server::Reader;
use super::user::User;
use serde_json::{Value, json};

/// Writes the answer into the object's status.
pub fn answer(object: &mut Object, user: &User, read: Reader<'_>) {
    let tree = object.to_value();
    let spec = &tree["spec"];
    let status = match object.kind.names().plural {
        "selfsubjectreviews" => json!({ "userInfo": { "username": user.name, "groups": user.groups } }),
        "selfsubjectaccessreviews" => access(user, spec, read),
        "subjectaccessreviews" | "localsubjectaccessreviews" => {
            let groups = spec["groups"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let asked = User::impersonated(text(spec, "user"), groups.map(String::from).collect());
            access(&asked, spec, read)
        }
        _ => return,
    };
    *object.status_mut::<Status>() = status;
}

fn text<'a>(tree: &'a Value, field: &str) -> &'a str {
    tree[field].as_str().unwrap_or("")
}

fn access(user: &User, spec: &Value, read: Reader<'_>) -> Value {
    let about = &spec["resourceAttributes"];
    let ask = Ask {
        verb: text(about, "verb"),
        group: text(about, "group"),
        resource: text(about, "resource"),
        sub: text(about, "subresource"),
        namespace: text(about, "namespace"),
        name: text(about, "name"),
        path: "",
    };
    let path = &spec["nonResourceAttributes"];
    let ask = if path.is_object() {
        Ask { verb: text(path, "verb"), path: text(path, "path"), ..Ask::default() }
    } else {
        ask
    };
    let verdict = authorize::decide(user, &ask, read);
    let mut status = json!({ "allowed": verdict.allowed });
    if !verdict.reason.is_empty() {
        status["reason"] = verdict.reason.into();
    }
    status
}
