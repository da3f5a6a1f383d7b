//! `kubectl create`: from files, or by a generator.
//!
//! Models: `kubectl/pkg/cmd/create/create.go`.
//! Left out: `--edit`, `--raw`, `--windows-line-endings`.

mod batch;
mod config_map;
mod deployment;
mod namespace;
mod policy;
mod rbac;
mod secret;
mod service;
mod sources;
mod token;

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED, Printer, SAVE_CONFIG, VALIDATE};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, manifest};
use crate::api::KindRef;
use crate::api::decode::Check;
use serde_json::{Map, Value};

pub struct Create;

static FLAGS: &[Flag] = &[
    Flag::bool("edit", "Edit the API resource before creating"),
    Flag::text("raw", "", "Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file."),
    Flag::bool(
        "windows-line-endings",
        "Only relevant if --edit=true. Defaults to the line ending native to your platform.",
    ),
];

static SPEC: Spec = Spec {
    name: "create",
    group: Group::Beginner,
    short: "Create a resource from a file or from stdin",
    long: "Create a resource from a file or from stdin.\n\n JSON and YAML formats are accepted.",
    examples: "# Create a pod using the data in pod.json\nkubectl create -f ./pod.json\n\n# Create a pod based on the JSON passed into stdin\ncat pod.json | kubectl create -f -\n\n# Edit the data in registry.yaml in JSON then create the resource using the edited data\nkubectl create -f registry.yaml --edit -o json",
    usage: "-f FILENAME",
    flags: &[
        flags::FILES,
        flags::SELECTOR,
        flags::OUTPUT,
        flags::DRY_RUN,
        flags::RECORD,
        MANAGER,
        VALIDATE,
        SAVE_CONFIG,
        FLAGS,
    ],
    subs: &[
        &rbac::ClusterRole,
        &rbac::ClusterRoleBinding,
        &config_map::ConfigMaps,
        &batch::CronJob,
        &deployment::Deployment,
        &policy::Ingress,
        &batch::Job,
        &namespace::Namespace,
        &policy::PodDisruptionBudget,
        &policy::PriorityClass,
        &policy::Quota,
        &rbac::Role,
        &rbac::RoleBinding,
        &secret::Secret,
        &service::Service,
        &namespace::ServiceAccount,
        &token::Token,
    ],
    ..Spec::EMPTY
};

impl Verb for Create {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            let words = args.words.join(" ");
            return Err(Failure::usage("kubectl create", format!("Unexpected args: [{words}]")));
        }
        if let Some(path) = args.given("raw").filter(|path| !path.is_empty()) {
            return post(path, args, cx);
        }
        if !args.has("filename") && !args.has("kustomize") {
            return Err(Failure::error("must specify one of -f and -k"));
        }
        let dry = DryRun::of(args)?;
        let check = manifest::check_of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let loaded = manifest::load(args, check, cx)?;
        let mut troubles = loaded.troubles;
        let count = loaded.items.len();
        for item in loaded.items {
            let source = item.source.clone();
            if let Err(trouble) = one(item, check, dry, args, cx, &mut printer) {
                troubles.push(trouble.from("creating", &source));
            }
        }
        if count == 0 && troubles.is_empty() {
            return Err(Failure::error("no objects passed to create"));
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

/// `--raw`: a file as it is, to a path.
fn post(path: &str, args: &Args, cx: &mut Cx<'_>) -> Outcome {
    let files = args.all("filename");
    let [file] = files.as_slice() else {
        return Err(Failure::error("--raw can only use a single local file or stdin"));
    };
    for (flag, word) in [("recursive", "--recursive"), ("selector", "--selector (-l)"), ("output", "--output")] {
        if args.given(flag).is_some() {
            return Err(Failure::error(format!("--raw and {word} are mutually exclusive")));
        }
    }
    let body = match file.as_str() {
        "-" => cx.stdin.clone(),
        name if name.starts_with("http://") || name.starts_with("https://") => {
            return Err(Failure::error("--raw cannot read from a url"));
        }
        name => {
            let found = cx.desk.read(name);
            found.map_err(|_| Failure::error(format!("open {name}: no such file or directory")))?
        }
    };
    let text = write::act(cx, DryRun::None, |hands| crate::control::rest::post(path, &body, hands))?;
    cx.out(text);
    Ok(Flow::Done)
}

fn one(
    mut item: manifest::Item,
    check: Check,
    dry: DryRun,
    args: &Args,
    cx: &mut Cx<'_>,
    printer: &mut Printer,
) -> Result<(), Trouble> {
    write::record(cx, &mut item.value);
    if args.bool("save-config") {
        let text = write::last_applied(&item.value);
        write::annotate(&mut item.value, LAST_APPLIED, text);
    }
    let value = std::mem::take(&mut item.value);
    let value =
        if dry == DryRun::Client { value } else { write::create(cx, item.kind, value, check, dry)?.to_wire_managed() };
    Ok(printer.item(cx, &item, &value, "created")?)
}

/// The flags that every generator takes.
/// `--field-manager` of everything that creates.
static MANAGER: &[Flag] = &[write::manager("kubectl-create")];

static GENERATOR: &[&[Flag]] = &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG];

/// What comes of a generator: the object, and the words in front of the server's errors.
struct Made {
    value: Value,
    fail: &'static str,
}

/// The NAME argument of a generator; `path` is `kubectl create deployment`.
fn name(args: &Args, path: &str) -> Result<String, Failure> {
    match args.words.as_slice() {
        [name] => Ok(name.clone()),
        words => Err(Failure::usage(path, format!("exactly one NAME is required, got {}", words.len()))),
    }
}

/// Flags that must be there, as cobra says it.
fn required(args: &Args, flags: &[&str]) -> Result<(), Failure> {
    let lacking: Vec<String> = flags.iter().filter(|flag| !args.has(flag)).map(|flag| format!("\"{flag}\"")).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Failure::error(format!("required flag(s) {} not set", lacking.join(", "))))
}

/// An object's JSON with its name.
fn object(version: &str, kind: &str, name: &str) -> Map<String, Value> {
    let meta = serde_json::json!({ "name": name });
    Map::from_iter([
        ("apiVersion".to_string(), version.into()),
        ("kind".to_string(), kind.into()),
        ("metadata".to_string(), meta),
    ])
}

/// Prints or creates what a generator made.
fn deliver(made: Made, args: &Args, cx: &mut Cx<'_>) -> Outcome {
    let dry = DryRun::of(args)?;
    let mut printer = Printer::of(args, dry)?;
    let text = |name: &str| made.value.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
    let (version, word) = (text("apiVersion"), text("kind"));
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let known: Option<KindRef> = cx.world.reader().kind_of(&version, &word);
    let cluster_wide = ["ClusterRole", "ClusterRoleBinding", "Namespace", "PriorityClass"].contains(&word.as_str());
    let mut value = made.value;
    let namespaced = known.map_or(!cluster_wide, |kind| kind.names().namespaced);
    if namespaced && let Some(asked) = cx.config.asked_namespace.clone() {
        value["metadata"]["namespace"] = asked.into();
    }
    if args.bool("save-config") {
        let text = write::last_applied(&value);
        write::annotate(&mut value, LAST_APPLIED, text);
    }
    if dry == DryRun::Client {
        let lower = word.to_ascii_lowercase();
        let title = if group.is_empty() { lower } else { format!("{lower}.{group}") };
        printer.titled(cx, &title, None, &value, "created")?;
        return Ok(Flow::Done);
    }
    let Some(kind) = known else {
        return Err(Failure::error(format!(
            "{word} ({version}) is left out: this cluster does not simulate it yet (--dry-run=client -o yaml works)"
        )));
    };
    if namespaced {
        value["metadata"]["namespace"] = cx.namespace().into();
    }
    let object = write::create(cx, kind, value, Check::Strict, dry).map_err(|trouble| match trouble {
        Trouble::Api(error) if !made.fail.is_empty() => Trouble::Text(format!("{}{}", made.fail, error.message)),
        other => other,
    })?;
    printer.object(cx, &object, "created")?;
    Ok(Flow::Done)
}

/// `a=1,b=2` as a map.
///
/// # Errors
/// kubectl's words.
fn pairs(list: &[String], what: &str) -> Result<Map<String, Value>, Failure> {
    list.iter()
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| Failure::error(format!("unexpected {what} format: {pair}, expected key=value")))?;
            Ok((key.to_string(), value.into()))
        })
        .collect()
}

/// Bytes as an object's JSON carries them.
fn base64(bytes: &[u8]) -> String {
    let value = serde_json::to_value(k8s_openapi::ByteString(bytes.to_vec())).unwrap_or_default();
    value.as_str().unwrap_or_default().to_string()
}
