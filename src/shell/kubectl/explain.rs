//! `kubectl explain`: what a field is, from the server's own documentation.
//!
//! Models: `kubectl/pkg/cmd/explain`, `kubectl/pkg/explain/v2`.
//! Left out: `--output plaintext-openapiv2`, older API versions of a kind.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, api_resources};
use crate::api::custom::Custom;
use crate::api::schema::Docs;
use crate::api::schema::explain::{Depth, explain};
use crate::api::{Kind, KindRef};

pub struct Explain;

static FLAGS: &[Flag] = &[
    Flag::text("api-version", "", "Use given api-version (group/version) of the resource."),
    Flag::text(
        "output",
        "plaintext",
        "Format in which to render the schema. Valid values are: (plaintext, plaintext-openapiv2).",
    )
    .short('o'),
    Flag::bool(
        "recursive",
        "When true, print the name of all the fields recursively. Otherwise, print the available fields with their description.",
    ),
];

static SPEC: Spec = Spec {
    name: "explain",
    group: Group::Beginner,
    short: "Get documentation for a resource",
    long: "Describe fields and structure of various resources.

 This command describes the fields associated with each supported API resource. Fields are identified via a simple JSONPath identifier:

        <type>.<fieldName>[.<fieldName>]

 Information about each field is retrieved from the server in OpenAPI format.",
    examples: "# Get the documentation of the resource and its fields
kubectl explain pods

# Get all the fields in the resource
kubectl explain pods --recursive

# Get the documentation of a specific field of a resource
kubectl explain pods.spec.containers",
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for Explain {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let [word] = args.words.as_slice() else {
            let message = if args.words.is_empty() {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n".to_string()
            } else {
                "We accept only this format: explain RESOURCE\n".into()
            };
            return Err(Failure::error(message.trim_end()));
        };
        let word = word.replace('/', ".");
        let (resource, path) = word.split_once('.').unwrap_or((&word, ""));
        let path: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
        let docs = Docs::built_in();
        let depth = Depth { recursive: args.bool("recursive"), max: 0 };
        if let Some(custom) = custom(&word, resource, args.text("api-version"), cx) {
            let rest = word.strip_prefix(custom.names().resource).map(|rest| rest.trim_start_matches('.'));
            let rest: Vec<&str> = rest.map_or(path, |rest| rest.split('.').filter(|part| !part.is_empty()).collect());
            let text = crate::api::custom::explain::explain(custom, &rest, depth, &docs).map_err(Failure::error)?;
            cx.out(text);
            return Ok(Flow::Done);
        }
        let Some(row) = api_resources::find(resource, "", cx.world.reader()) else {
            return Err(Failure::error(format!("the server doesn't have a resource type \"{resource}\"")));
        };
        match explain(&row.api_version(), &row.kind, &path, depth, &docs) {
            Ok(text) => cx.out(text),
            Err(message) => return Err(Failure::error(message)),
        }
        Ok(Flow::Done)
    }
}

/// The custom kind that is meant, in the version that is asked for.
fn custom(word: &str, resource: &str, version: &str, cx: &Cx<'_>) -> Option<&'static Custom> {
    let read = cx.reader();
    let long = read.custom().preferred().find(|kind| word.to_lowercase().starts_with(kind.names().resource));
    let kind = long.or_else(|| read.find(&resource.to_lowercase()))?;
    if version.is_empty() {
        return kind.custom();
    }
    let fits = |k: &KindRef| k.names().resource == kind.names().resource && k.names().api_version() == version;
    read.custom().all().find(fits)?.custom()
}
