//! `kubectl label` and `kubectl annotate`: the same verb on two maps.
//!
//! Models: `kubectl/pkg/cmd/label/label.go`, `kubectl/pkg/cmd/annotate/annotate.go`.
//! Left out: `--local`.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, Printer};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::Object;
use crate::api::decode::Check;
use crate::api::patch::{Patch, PatchKind, Subresource};
use crate::api::validation::text;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub struct Label;
pub struct Annotate;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources, in the namespace of the specified resource types"),
    Flag::text("field-manager", "kubectl-label", "Name of the manager used to track field ownership."),
    Flag::bool("list", "If true, display the labels or annotations for a given resource."),
    Flag::bool("local", "If true, the command will NOT contact api-server but run locally."),
    Flag::bool(
        "overwrite",
        "If true, allow labels or annotations to be overwritten, otherwise reject updates that overwrite existing ones.",
    ),
    Flag::text(
        "resource-version",
        "",
        "If non-empty, the update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.",
    ),
];

static LABEL: Spec = Spec {
    name: "label",
    group: Group::Settings,
    short: "Update the labels on a resource",
    long: "Update the labels on a resource.\n\n  *  A label key and value must begin with a letter or number, and may contain letters, numbers, hyphens, dots, and underscores, up to 63 characters each.\n  *  Optionally, the key can begin with a DNS subdomain prefix and a single '/', like example.com/my-app.\n  *  If --overwrite is true, then existing labels can be overwritten, otherwise attempting to overwrite a label will result in an error.\n  *  If --resource-version is specified, then updates will use this resource version, otherwise the existing resource-version will be used.",
    examples: "# Update pod 'foo' with the label 'unhealthy' and the value 'true'\nkubectl label pods foo unhealthy=true\n\n# Update pod 'foo' with the label 'status' and the value 'unhealthy', overwriting any existing value\nkubectl label --overwrite pods foo status=unhealthy\n\n# Update all pods in the namespace\nkubectl label pods --all status=unhealthy\n\n# Update a pod identified by the type and name in \"pod.json\"\nkubectl label -f pod.json status=unhealthy\n\n# Update pod 'foo' by removing a label named 'bar' if it exists\n# Does not require the --overwrite flag\nkubectl label pods foo bar-",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    flags: &[
        flags::FILES,
        flags::SELECTOR,
        flags::FIELD_SELECTOR,
        flags::ALL_NAMESPACES,
        flags::OUTPUT,
        flags::DRY_RUN,
        flags::RECORD,
        FLAGS,
    ],
    ..Spec::EMPTY
};

static ANNOTATE: Spec = Spec {
    name: "annotate",
    group: Group::Settings,
    short: "Update the annotations on a resource",
    long: "Update the annotations on one or more resources.\n\n All Kubernetes objects support the ability to store additional data with the object as annotations. Annotations are key/value pairs that can be larger than labels and include arbitrary string values such as structured JSON.",
    examples: "# Update pod 'foo' with the annotation 'description' and the value 'my frontend'\nkubectl annotate pods foo description='my frontend'\n\n# Update pod 'foo' by removing an annotation named 'description' if it exists\n# Does not require the --overwrite flag\nkubectl annotate pods foo description-",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    flags: &[
        flags::FILES,
        flags::SELECTOR,
        flags::FIELD_SELECTOR,
        flags::ALL_NAMESPACES,
        flags::OUTPUT,
        flags::DRY_RUN,
        flags::RECORD,
        FLAGS,
    ],
    ..Spec::EMPTY
};

impl Verb for Label {
    fn spec(&self) -> &'static Spec {
        &LABEL
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        run(&LABELS, args, cx)
    }
}

impl Verb for Annotate {
    fn spec(&self) -> &'static Spec {
        &ANNOTATE
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        run(&ANNOTATIONS, args, cx)
    }
}

/// Which of the two maps.
struct Field {
    /// `labels`.
    path: &'static str,
    /// `label`.
    word: &'static str,
    map: fn(&Object) -> &BTreeMap<String, String>,
}

static LABELS: Field = Field { path: "labels", word: "label", map: Object::labels };
static ANNOTATIONS: Field = Field { path: "annotations", word: "annotation", map: Object::annotations };

/// What the words after the resources ask for.
#[derive(Default)]
struct Changes {
    set: BTreeMap<String, String>,
    remove: Vec<String>,
}

/// Parts `pods web a=b c-` into resources and changes.
///
/// # Errors
/// A resource after a change.
pub fn resources_and_pairs(words: &[String], what: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut resources, mut pairs) = (vec![], vec![]);
    for word in words {
        let pair = word.contains('=') && !word.starts_with('=') || word.ends_with('-') && word != "-";
        if pair {
            pairs.push(word.clone());
        } else if pairs.is_empty() {
            resources.push(word.clone());
        } else {
            return Err(Failure::error(format!("all resources must be specified before {what} changes: {word}")));
        }
    }
    Ok((resources, pairs))
}

fn changes(pairs: &[String], field: &Field) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for pair in pairs {
        if let Some((key, value)) = pair.split_once('=') {
            let problems = if field.path == "labels" { text::label_value(value) } else { vec![] };
            if !problems.is_empty() {
                return Err(Failure::error(format!("invalid label value: \"{pair}\": {}", problems.join(";"))));
            }
            changes.set.insert(key.into(), value.into());
        } else {
            changes.remove.push(pair.trim_end_matches('-').into());
        }
    }
    if changes.remove.iter().any(|key| changes.set.contains_key(key)) {
        let article = if field.word == "annotation" { "an annotation" } else { "a label" };
        return Err(Failure::error(format!("can not both modify and remove {article} in the same command")));
    }
    Ok(changes)
}

fn run(field: &Field, args: &Args, cx: &mut Cx<'_>) -> Outcome {
    let dry = DryRun::of(args)?;
    let mut printer = Printer::of(args, dry)?;
    let (words, pairs) = resources_and_pairs(&args.words, field.word)?;
    let changes = changes(&pairs, field)?;
    if args.bool("all") && !args.text("selector").is_empty() {
        return Err(Failure::error("cannot set --all and --selector at the same time"));
    }
    if args.bool("all") && !args.text("field-selector").is_empty() {
        return Err(Failure::error("cannot set --all and --field-selector at the same time"));
    }
    if args.bool("list") && args.has("output") {
        return Err(Failure::error("--list and --output may not be specified together"));
    }
    let files = args.has("filename") || args.has("kustomize");
    if args.bool("local") {
        let file = if field.word == "annotation" { "rsrc" } else { "pod" };
        let words = match (dry, words.is_empty(), files) {
            (DryRun::Server, ..) => {
                "cannot specify --local and --dry-run=server - did you mean --dry-run=client?".into()
            }
            (_, false, _) => {
                format!("can only use local files by -f {file}.yaml or --filename={file}.json when --local=true is set")
            }
            (_, _, false) => format!("one or more files must be specified as -f {file}.yaml or --filename={file}.json"),
            _ => String::new(),
        };
        if !words.is_empty() {
            return Err(Failure::error(words));
        }
    } else if words.is_empty() && !files {
        return Err(Failure::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if pairs.is_empty() && !args.bool("list") {
        return Err(Failure::error(format!("at least one {} update is required", field.word)));
    }
    let found = targets::find(&words, args, cx)?;
    let mut troubles = found.troubles;
    let many = found.objects.len() > 1;
    if many && !args.text("resource-version").is_empty() {
        return Err(Failure::error("--resource-version may only be used with a single resource"));
    }
    for object in found.objects {
        if args.bool("list") {
            list(field, &object, many, cx);
            continue;
        }
        if let Err(trouble) = one(field, &changes, object, dry, args, cx, &mut printer) {
            troubles.push(trouble);
        }
    }
    gather(troubles)?;
    Ok(Flow::Done)
}

fn list(field: &Field, object: &Object, many: bool, cx: &mut Cx<'_>) {
    let indent = if many { " " } else { "" };
    if many {
        let names = object.kind.names();
        cx.line(format_args!("Listing {} for {}.{}/{}:", field.path, names.kind, names.group, object.name()));
    }
    for (key, value) in (field.map)(object) {
        cx.line(format_args!("{indent}{key}={value}"));
    }
}

fn one(
    field: &Field,
    changes: &Changes,
    mut object: Object,
    dry: DryRun,
    args: &Args,
    cx: &mut Cx<'_>,
    printer: &mut Printer,
) -> Result<(), Trouble> {
    let kind = object.kind;
    let old = (field.map)(&object).clone();
    let overwrite = args.bool("overwrite");
    if !overwrite {
        clashes(field, changes, &old)?;
    }
    let mut new = old.clone();
    let mut body = Map::new();
    for (key, value) in &changes.set {
        new.insert(key.clone(), value.clone());
        body.insert(key.clone(), value.clone().into());
    }
    for key in &changes.remove {
        if new.remove(key).is_none() && field.path == "labels" {
            cx.line(format_args!("label \"{key}\" not found."));
        }
        body.insert(key.clone(), Value::Null);
    }
    let done = match (field.path, new == old, changes.set.is_empty(), changes.remove.is_empty()) {
        ("annotations", ..) => "annotated",
        (_, true, ..) => "not labeled",
        (_, _, true, false) => "unlabeled",
        (_, _, false, false) => "modified",
        _ => "labeled",
    };
    let value = if dry == DryRun::Client {
        let mut value = object.to_value();
        value["metadata"][field.path] = json!(new);
        value
    } else {
        if new != old {
            let mut body = json!({ "metadata": { field.path: body } });
            if let Some(version) = args.given("resource-version") {
                body["metadata"]["resourceVersion"] = version.into();
            }
            let patch = Patch { how: PatchKind::Merge, body: &body, part: Subresource::Main, check: Check::Ignore };
            let (namespace, name) = (object.namespace().to_string(), object.name().to_string());
            object = write::act(cx, dry, |hands| hands.patch(kind, &namespace, &name, patch))?.object;
            object = write::recorded(cx, dry, object)?;
        }
        super::printer::wire(&object)
    };
    Ok(printer.print(cx, kind, &value, done)?)
}

/// Values that are there already and may not be replaced.
fn clashes(field: &Field, changes: &Changes, old: &BTreeMap<String, String>) -> Result<(), Trouble> {
    let clash = |(key, value): (&String, &String)| {
        old.get(key).filter(|was| *was != value).map(|was| format!("'{key}' already has a value ({was})"))
    };
    let clashes: Vec<String> = changes.set.iter().filter_map(clash).collect();
    if clashes.is_empty() {
        return Ok(());
    }
    if field.path == "labels" {
        let all: Vec<Trouble> =
            clashes.iter().map(|c| Trouble::Text(format!("{c}, and --overwrite is false"))).collect();
        return gather(all);
    }
    Err(Trouble::Text(format!(
        "--overwrite is false but found the following declared annotation(s): {}",
        clashes.join("; ")
    )))
}
