//! `kubectl explain`: what a field is, from the server's own documentation.
//!
//! Models: `kubectl/pkg/cmd/explain`, `kubectl/pkg/explain/v2`.
//! Left out: older API versions of a kind, custom resources with `--output plaintext-openapiv2`.

use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait};
use crate::api::custom::Custom;
use crate::api::discovery::{self, Row};
use crate::api::schema::explain::{Depth, explain};
use crate::api::schema::explain_v2::explain as explain_v2;
use crate::api::schema::{Docs, type_of};
use crate::api::{Kind, KindRef};
use crate::time::Span;

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
        let asked = Asked {
            word: word.replace('/', "."),
            version: args.text("api-version").into(),
            output: args.text("output").into(),
            recursive: args.bool("recursive"),
            polls: 0,
        };
        asked.known(cx)?;
        cx.world.api.library.want();
        Ok(Flow::Job(Box::new(asked)))
    }
}

/// How often it looks for descriptions that do not come; then it goes without.
const PATIENCE: u32 = 3;

/// What is to be explained, until the descriptions are there.
#[derive(Clone)]
struct Asked {
    word: String,
    version: String,
    output: String,
    recursive: bool,
    polls: u32,
}

impl Job for Asked {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        self.polls += 1;
        let docs = cx.world.api.library.docs();
        if docs.is_none() && self.polls <= PATIENCE {
            // not at this very moment: the session lets no time pass until the page has brought them
            return Ok(Turn::Wait(Wait { at: Some(cx.now() + Span::millis(1)), ..Wait::default() }));
        }
        let text = self.text(&docs.unwrap_or_default(), cx)?;
        cx.out(text);
        Ok(Turn::Done)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

impl Asked {
    fn parts(&self) -> (&str, Vec<&str>) {
        let (resource, path) = self.word.split_once('.').unwrap_or((&self.word, ""));
        (resource, path.split('.').filter(|part| !part.is_empty()).collect())
    }

    /// # Errors
    /// There is no such resource.
    fn known(&self, cx: &Cx<'_>) -> Result<(), Failure> {
        let (resource, _) = self.parts();
        if custom(&self.word, resource, &self.version, cx).is_some() || self.row(cx).is_some() {
            return Ok(());
        }
        Err(Failure::error(format!("the server doesn't have a resource type \"{resource}\"")))
    }

    /// The built-in resource that is meant and the fields behind it: `deployments.apps.spec` names its group first.
    fn row(&self, cx: &Cx<'_>) -> Option<(Row, Vec<&str>)> {
        let (resource, path) = self.parts();
        let row = discovery::find(resource, "", cx.world.reader())?;
        let rows = discovery::rows(cx.world.reader());
        let long =
            rows.into_iter().filter(|other| !other.group.is_empty() && other.kind == row.kind).find_map(|other| {
                let rest = self.word.strip_prefix(&other.name())?;
                let rest: Vec<&str> = rest.split('.').filter(|part| !part.is_empty()).collect();
                Some((other, rest))
            });
        Some(long.unwrap_or((row, path)))
    }

    /// # Errors
    /// kubectl's words.
    fn text(&self, docs: &Docs, cx: &Cx<'_>) -> Result<String, Failure> {
        let (resource, path) = self.parts();
        let depth = Depth { recursive: self.recursive, max: 0 };
        if let Some(custom) = custom(&self.word, resource, &self.version, cx) {
            let rest = self.word.strip_prefix(custom.names().resource).map(|rest| rest.trim_start_matches('.'));
            let rest: Vec<&str> = rest.map_or(path, |rest| rest.split('.').filter(|part| !part.is_empty()).collect());
            return crate::api::custom::explain::explain(custom, &rest, depth, docs).map_err(Failure::error);
        }
        let Some((row, path)) = self.row(cx) else { return Ok(String::new()) };
        let version = if self.version.is_empty() { row.api_version() } else { self.version.clone() };
        let text = match self.output.as_str() {
            "plaintext-openapiv2" => explain_v2(&version, &row.kind, &path, self.recursive, docs),
            "plaintext" => {
                if !self.version.is_empty() && type_of(&version, &row.kind).is_none() {
                    let known = discovery::all_versions(cx.world.reader()).contains(&version);
                    let (group, bare) = version.split_once('/').unwrap_or(("", &version));
                    return Err(Failure::error(if known {
                        format!("GVR ({group}/{bare}, Resource={}) not found in OpenAPI schema", row.plural)
                    } else {
                        format!("couldn't find resource for \"{group}/{bare}, Resource={}\"", row.plural)
                    }));
                }
                explain(&version, &row.kind, &path, depth, docs)
            }
            other => Err(format!("unrecognized format: {other}")),
        };
        text.map_err(Failure::error)
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
