//! `kubectl api-resources` and `api-versions`: what the server serves, as the kinds themselves say.
//!
//! Models: `kubectl/pkg/cmd/apiresources`, the server's discovery.

use super::printer::{self, Format};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::discovery::{Row, all_versions, resource, rows};
use crate::base::table::TabWriter;
use serde_json::{Value, json};

pub struct ApiResources;
pub struct ApiVersions;

static FLAGS: &[Flag] = &[
    Flag::text("api-group", "", "Limit to resources in the specified API group."),
    Flag::bool("cached", "Use the cached list of resources if available."),
    Flag::list("categories", "Limit to resources that belong to the specified categories."),
    Flag::bool(
        "namespaced",
        "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.",
    )
    .on(),
    Flag::bool(
        "no-headers",
        "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    Flag::text("output", "", "Output format. One of: (json, yaml, kyaml, name, wide).").short('o'),
    Flag::text(
        "sort-by",
        "",
        "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    ),
    Flag::list("verbs", "Limit to resources that support the specified verbs."),
];

static SPEC: Spec = Spec {
    name: "api-resources",
    group: Group::Other,
    short: "Print the supported API resources on the server",
    examples: "# Print the supported API resources
kubectl api-resources

# Print the supported API resources with more information
kubectl api-resources -o wide

# Print the supported namespaced resources
kubectl api-resources --namespaced=true",
    usage: "[flags]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for ApiResources {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            return Err(Failure::usage(&args.path, format!("unexpected arguments: [{}]", args.words.join(" "))));
        }
        let output = args.text("output");
        if !["", "wide", "name", "json", "yaml", "kyaml"].contains(&output) {
            return Err(Failure::error(format!(
                "unable to match a printer suitable for the output format \"{output}\", allowed formats are: json,kyaml,name,wide,yaml"
            )));
        }
        let wanted = args.all("verbs");
        let kinds_of = args.all("categories");
        cx.config.discovery.invalidate();
        let has = |all: &[&str], words: &[String]| words.iter().all(|word| all.contains(&word.as_str()));
        let mut rows: Vec<Row> = rows(cx.world.reader())
            .into_iter()
            .filter(|row| !args.has("namespaced") || row.namespaced == args.bool("namespaced"))
            .filter(|row| !args.has("api-group") || row.group == args.text("api-group"))
            .filter(|row| has(&row.verbs, &wanted) && has(&row.categories, &kinds_of))
            .collect();
        match args.text("sort-by") {
            "" => {}
            "name" => rows.sort_by(|a, b| a.plural.cmp(&b.plural)),
            "kind" => rows.sort_by(|a, b| (&a.kind, &a.plural).cmp(&(&b.kind, &b.plural))),
            _ => return Err(Failure::error("--sort-by accepts only name or kind")),
        }
        match output {
            "name" => rows.iter().for_each(|row| cx.line(row.name())),
            "json" | "yaml" | "kyaml" => {
                let items: Vec<Value> = rows.iter().map(resource).collect();
                let tree =
                    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": items });
                printer::print_value(&tree, &Format::of(args, printer::OBJECT_FORMATS)?, cx)?;
            }
            _ => table(&rows, output == "wide", !args.bool("no-headers"), cx),
        }
        Ok(Flow::Done)
    }
}

fn table(rows: &[Row], wide: bool, headers: bool, cx: &mut Cx<'_>) {
    let mut lines: Vec<Vec<String>> = vec![];
    if headers {
        let mut titles = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if wide {
            titles.extend(["VERBS", "CATEGORIES"]);
        }
        lines.push(titles.into_iter().map(String::from).collect());
    }
    for row in rows {
        let namespaced = row.namespaced.to_string();
        let mut cells = vec![row.plural.clone(), row.short.clone(), row.api_version(), namespaced, row.kind.clone()];
        if wide {
            cells.extend([row.verbs.join(","), row.categories.join(",")]);
        }
        lines.push(cells);
    }
    let text = TabWriter::table().rows(&lines);
    cx.out(text);
}

static VERSIONS: Spec = Spec {
    name: "api-versions",
    group: Group::Other,
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    examples: "# Print the supported API versions
kubectl api-versions",
    ..Spec::EMPTY
};

impl Verb for ApiVersions {
    fn spec(&self) -> &'static Spec {
        &VERSIONS
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            return Err(Failure::usage(&args.path, format!("unexpected arguments: [{}]", args.words.join(" "))));
        }
        cx.config.discovery.invalidate();
        for version in all_versions(cx.world.reader()) {
            cx.line(version);
        }
        Ok(Flow::Done)
    }
}
