//! `kubectl api-resources` and `api-versions`: what the server serves, as the kinds themselves say.
//!
//! Models: `kubectl/pkg/cmd/apiresources`, the server's discovery.

use super::printer::{self, Format};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::{Kind, KindRef, Reader, kinds, versions};
use crate::base::table::TabWriter;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Plural, short names, group and version, namespaced, kind: what a real server serves and this one does not yet.
static LEFT_OUT: &[(&str, &str, &str, bool, &str)] = &[
    ("horizontalpodautoscalers", "hpa", "autoscaling/v2", true, "HorizontalPodAutoscaler"),
    ("poddisruptionbudgets", "pdb", "policy/v1", true, "PodDisruptionBudget"),
];

/// One resource of the list.
pub struct Row {
    pub plural: String,
    pub short: String,
    pub group: String,
    pub version: String,
    pub namespaced: bool,
    pub kind: String,
    pub verbs: Vec<&'static str>,
    pub categories: Vec<&'static str>,
}

impl Row {
    fn of(kind: &dyn Kind) -> Row {
        let names = kind.names();
        Row {
            plural: names.plural.into(),
            short: names.short.join(","),
            group: names.group.into(),
            version: names.version.into(),
            namespaced: names.namespaced,
            kind: names.kind.into(),
            verbs: kind.verbs().to_vec(),
            categories: names.categories.to_vec(),
        }
    }

    fn left_out((plural, short, api_version, namespaced, kind): (&str, &str, &str, bool, &str)) -> Row {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let all = ["apps", "autoscaling", "batch"].contains(&group) || plural == "replicationcontrollers";
        let extends = group == "apiextensions.k8s.io";
        Row {
            plural: plural.into(),
            short: short.into(),
            group: group.into(),
            version: version.into(),
            namespaced,
            kind: kind.into(),
            verbs: crate::api::kind::VERBS.to_vec(),
            categories: if extends {
                vec!["api-extensions"]
            } else if all {
                vec!["all"]
            } else {
                vec![]
            },
        }
    }

    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// Everything that is served, by group and name.
pub fn rows(read: Reader<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = read.kinds().map(|kind| Row::of(kind)).collect();
    // the events of the newer group are those of the core group
    rows.push(Row { group: "events.k8s.io".into(), ..Row::of(kinds::EVENT) });
    rows.extend(LEFT_OUT.iter().filter(|row| kinds::of(row.2, row.4).is_none()).map(|row| Row::left_out(*row)));
    rows.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    rows
}

/// Where a kind stands among the others of a category.
pub fn place(kind: KindRef) -> (bool, &'static str, &'static str) {
    let names = kind.names();
    (kinds::of(&names.api_version(), names.kind).is_none(), names.group, names.plural)
}

/// Whether a real server knows a kind of this name that is left out here, by `apiVersion` and `kind` of a manifest.
pub fn served(api_version: &str, kind: &str) -> bool {
    LEFT_OUT.iter().any(|row| row.2 == api_version && row.4 == kind)
}

/// Kind and `apiVersion` of a resource that is left out here: plural, singular or short name.
pub fn served_as(word: &str) -> Option<(&'static str, &'static str)> {
    let word = word.to_ascii_lowercase();
    LEFT_OUT
        .iter()
        .find(|row| {
            row.0 == word || row.4.to_ascii_lowercase() == word || row.1.split(',').any(|s| s == word && !s.is_empty())
        })
        .map(|row| (row.4, row.2))
}

/// A resource as typed: plural, singular, short name or kind, with a group or without; the core group is meant first.
pub fn find(word: &str, group: &str, read: Reader<'_>) -> Option<Row> {
    let word = word.to_ascii_lowercase();
    let known = read.find(&if group.is_empty() { word.clone() } else { format!("{word}.{group}") });
    known.map(|kind| Row::of(kind)).or_else(|| {
        rows(read).into_iter().find(|row| {
            let named = row.plural == word
                || row.kind.eq_ignore_ascii_case(&word)
                || row.short.split(',').any(|short| short == word);
            named && !word.is_empty() && (group.is_empty() || row.group == group)
        })
    })
}

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
    Flag::text("output", "", "Output format. One of: (json, yaml, name, wide).").short('o'),
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
        if !["", "wide", "name", "json", "yaml"].contains(&output) {
            return Err(Failure::error(format!(
                "unable to match a printer suitable for the output format \"{output}\", allowed formats are: json,name,wide,yaml"
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
            "json" | "yaml" => {
                let items: Vec<Value> = rows.iter().map(resource).collect();
                let tree =
                    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": items });
                printer::print_value(&tree, if output == "json" { &Format::Json } else { &Format::Yaml }, cx)?;
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

/// As discovery describes it; group and version only where they are asked for across groups.
pub fn resource(row: &Row) -> Value {
    let mut tree = json!({
        "name": row.plural,
        "singularName": row.kind.to_ascii_lowercase(),
        "namespaced": row.namespaced,
        "group": row.group,
        "version": row.version,
        "kind": row.kind,
        "verbs": row.verbs,
    });
    if !row.short.is_empty() {
        tree["shortNames"] = row.short.split(',').collect();
    }
    if !row.categories.is_empty() {
        tree["categories"] = json!(row.categories);
    }
    tree
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

/// Every group-version, sorted.
pub fn all_versions(read: Reader<'_>) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = rows(read).iter().map(Row::api_version).collect();
    all.extend(read.custom().all().map(|kind| kind.names().api_version()));
    all.extend(versions::of(read.release()).map(|old| old.api_version.to_string()));
    all
}

/// The versions of a group, the preferred one first.
pub fn versions(group: &str, read: Reader<'_>) -> Vec<String> {
    let preferred = rows(read).into_iter().find(|row| row.group == group).map(|row| row.version);
    let all = all_versions(read);
    let others =
        all.iter().filter_map(|all| all.split_once('/')).filter(|(g, _)| *g == group).map(|(_, v)| v.to_string());
    let others: Vec<String> = others.filter(|version| Some(version) != preferred.as_ref()).collect();
    preferred.into_iter().chain(others.into_iter().rev()).collect()
}
