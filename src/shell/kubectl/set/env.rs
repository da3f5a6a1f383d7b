//! `kubectl set env`.
//!
//! Models: `kubectl/pkg/cmd/set/set_env.go`, `kubectl/pkg/cmd/set/env`.
//! Left out: `--resolve`, reading pairs from standard input.

use super::super::{flags, resources};
use super::*;
use crate::api::kinds;
use crate::api::validation::text;
use serde_json::json;

pub struct Env;

static ENV_FLAGS: &[Flag] = &[
    Flag::text(
        "containers",
        "*",
        "The names of containers in the selected pod templates to change - may use wildcards",
    )
    .short('c'),
    Flag::array("env", "Specify a key-value pair for an environment variable to set into each container.").short('e'),
    Flag::text("from", "", "The name of a resource from which to inject environment variables"),
    Flag::list("keys", "Comma-separated list of keys to import from specified resource"),
    Flag::bool(
        "list",
        "If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.",
    ),
    Flag::bool(
        "overwrite",
        "If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.",
    )
    .on(),
    Flag::text("prefix", "", "Prefix to append to variable names"),
    Flag::bool("resolve", "If true, show secret or configmap references when listing variables"),
];

static SPEC: Spec = Spec {
    name: "env",
    short: "Update environment variables on a pod template",
    long: "Update environment variables on a pod template.\n\n List environment variable definitions in one or more pods, pod templates. Add, update, or remove container environment variable definitions in one or more pod templates (within replication controllers or deployment configurations).",
    examples: "# Update deployment 'registry' with a new environment variable\nkubectl set env deployment/registry STORAGE_DIR=/local\n\n# List the environment variables defined on a deployments 'sample-build'\nkubectl set env deployment/sample-build --list\n\n# Import environment from a config map with a prefix\nkubectl set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp\n\n# Remove the environment variable ENV from all deployment configs\nkubectl set env deployments --all ENV-",
    usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    flags: &[flags::FILES, flags::SELECTOR, flags::OUTPUT, flags::DRY_RUN, FLAGS, ENV_FLAGS],
    ..Spec::EMPTY
};

/// What to do with the variables.
struct Changes {
    set: Vec<Value>,
    remove: Vec<String>,
}

impl Verb for Env {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let (words, mut pairs) = resources_and_pairs(&args.words, "environment")?;
        pairs.extend(args.all("env"));
        if args.bool("list") && args.has("output") {
            return Err(Failure::error("--list and --output may not be specified together"));
        }
        if args.has("keys") && args.text("from").is_empty() {
            return Err(Failure::error("when specifying --keys, a configmap or secret must be provided with --from"));
        }
        let found = objects(&words, args, cx)?;
        let mut changes = Changes { set: vec![], remove: vec![] };
        for pair in &pairs {
            match pair.split_once('=') {
                Some((name, value)) => changes.set.push(json!({ "name": name, "value": value })),
                None => changes.remove.push(pair.trim_end_matches('-').to_string()),
            }
        }
        if let Some(name) = changes.remove.iter().find(|name| changes.set.iter().any(|v| v["name"] == name.as_str())) {
            let _ = name;
            return Err(Failure::error(
                "can not both modify and remove the same environment variable in the same command",
            ));
        }
        for variable in &changes.set {
            let name = variable["name"].as_str().unwrap_or_default();
            if let Some(problem) = text::relaxed_env_name(name).first() {
                return Err(Failure::error(format!("\"{name}\" is not a valid key name: {problem}")));
            }
        }
        if !args.text("from").is_empty() && found.troubles.is_empty() {
            from(args, &mut changes, cx)?;
        }
        if args.bool("list") {
            for object in &found.objects {
                list(object, args.text("containers"), cx);
            }
            gather(found.troubles)?;
            return Ok(Flow::Done);
        }
        let said = Words { done: "env updated", fail: "failed to patch env update to pod template: " };
        let overwrite = args.bool("overwrite");
        update(found, args, cx, &said, |object, value, cx| {
            let Some(spec) = pod_spec(object, value) else { return Err(no_template(object)) };
            let mut hits = 0;
            for list in ["initContainers", "containers"] {
                for container in containers(spec, list, args.text("containers")) {
                    hits += 1;
                    change(container, &changes, overwrite)?;
                }
            }
            if hits == 0 {
                let names = object.kind.names();
                cx.err(format_args!(
                    "warning: {}/{} does not have any containers matching \"{}\"",
                    names.plural,
                    object.name(),
                    args.text("containers")
                ));
            }
            Ok(())
        })
    }
}

fn change(container: &mut Value, changes: &Changes, overwrite: bool) -> Result<(), Trouble> {
    let mut env = container.get("env").and_then(Value::as_array).cloned().unwrap_or_default();
    env.retain(|variable| !changes.remove.iter().any(|name| variable["name"] == name.as_str()));
    for variable in &changes.set {
        match env.iter_mut().find(|old| old["name"] == variable["name"]) {
            Some(old) if !overwrite && old != variable => {
                let name = variable["name"].as_str().unwrap_or_default();
                let was = old["value"].as_str().unwrap_or_default();
                return Err(Trouble::text(format!("'{name}' already has a value ({was}), and --overwrite is false")));
            }
            Some(old) => *old = variable.clone(),
            None => env.push(variable.clone()),
        }
    }
    if let Some(map) = container.as_object_mut() {
        if env.is_empty() {
            map.remove("env");
        } else {
            map.insert("env".into(), Value::Array(env));
        }
    }
    Ok(())
}

/// `--from=configmap/conf`: a reference for every key.
fn from(args: &Args, changes: &mut Changes, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let (kind, name) = resources::type_and_name(args.text("from"), cx.reader())?;
    let object = cx.get(kind, &cx.namespace(), &name)?.clone();
    let reference = if kind == kinds::CONFIG_MAP {
        "configMapKeyRef"
    } else if kind == kinds::SECRET {
        "secretKeyRef"
    } else {
        return Err(Failure::error("unsupported resource specified in --from"));
    };
    let tree = object.to_value();
    let wanted = args.all("keys");
    for key in tree.get("data").and_then(Value::as_object).into_iter().flat_map(|data| data.keys()) {
        if !wanted.is_empty() && !wanted.contains(key) {
            continue;
        }
        let plain: String = key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        let plain = plain.to_ascii_uppercase();
        if plain != *key {
            cx.err(format_args!("Warning: key {key} transferred to {plain}"));
        }
        let variable = format!("{}{plain}", args.text("prefix"));
        changes.set.push(json!({ "name": variable, "valueFrom": { reference: { "name": name, "key": key } } }));
    }
    Ok(())
}

fn list(object: &Object, pattern: &str, cx: &mut Cx<'_>) {
    let mut value = object.to_value();
    let Some(spec) = pod_spec(object, &mut value) else { return };
    for list in ["initContainers", "containers"] {
        for container in containers(spec, list, pattern) {
            let name = container["name"].as_str().unwrap_or_default();
            cx.line(format_args!("# {} {}, container {name}", object.kind.names().kind, object.name()));
            for variable in container.get("env").and_then(Value::as_array).into_iter().flatten() {
                cx.line(shown(variable));
            }
        }
    }
}

fn shown(variable: &Value) -> String {
    let name = variable["name"].as_str().unwrap_or_default();
    let text = |path: &str| variable.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let Some(from) = variable.get("valueFrom") else {
        return format!("{name}={}", text("/value"));
    };
    if from.get("configMapKeyRef").is_some() {
        let (object, key) = (text("/valueFrom/configMapKeyRef/name"), text("/valueFrom/configMapKeyRef/key"));
        format!("# {name} from configmap {object}, key {key}")
    } else if from.get("secretKeyRef").is_some() {
        let (object, key) = (text("/valueFrom/secretKeyRef/name"), text("/valueFrom/secretKeyRef/key"));
        format!("# {name} from secret {object}, key {key}")
    } else if from.get("fieldRef").is_some() {
        format!("# {name} from field path {}", text("/valueFrom/fieldRef/fieldPath"))
    } else {
        let container = text("/valueFrom/resourceFieldRef/containerName");
        let container = if container.is_empty() { String::new() } else { format!("{container}/") };
        format!("# {name} from resource field {container}{}", text("/valueFrom/resourceFieldRef/resource"))
    }
}
