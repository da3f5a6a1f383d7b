//! What may stand behind a flag, and behind the names of some verbs.

use super::super::flags::Flag;
use super::{Line, fields, names, one_kind};
use crate::api::{KindRef, kinds};
use crate::node::images;
use crate::shell::command::Completion;
use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;
use std::collections::BTreeSet;

static FORMATS: &[&str] = &[
    "wide",
    "yaml",
    "json",
    "name",
    "kyaml",
    "jsonpath=",
    "jsonpath-as-json=",
    "jsonpath-file=",
    "custom-columns=",
    "custom-columns-file=",
    "go-template=",
    "go-template-file=",
    "template=",
    "templatefile=",
];
static REQUESTS: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"];

fn words(list: &[&str]) -> Vec<Completion> {
    list.iter().map(|text| Completion { open: text.ends_with('='), ..Completion::word(*text) }).collect()
}

fn owned(list: impl IntoIterator<Item = String>) -> Vec<Completion> {
    list.into_iter().map(|text| Completion { open: text.ends_with('='), ..Completion::word(text) }).collect()
}

/// The values of a flag; `word` is what is typed of it.
pub fn of(flag: &Flag, word: &str, line: &Line<'_>) -> Vec<Completion> {
    match flag.name {
        "output" => match word.split_once('=') {
            Some((how @ ("jsonpath" | "jsonpath-as-json"), text)) => fields::jsonpath(how, text, line),
            Some((how @ "custom-columns", text)) => fields::custom_columns(how, text, line),
            Some(_) => vec![],
            None if line.verb == "config" || line.verb == "api-resources" => words(&["name", "wide"]),
            None => words(FORMATS),
        },
        "sort-by" if line.verb != "events" => fields::sort_by(word, line),
        "dry-run" => words(&["client", "server", "none"]),
        "namespace" => owned(names(kinds::NAMESPACE, line)),
        "container" => owned(containers(line)),
        "target" => owned(containers(line)),
        "restart" => words(&["Always", "OnFailure", "Never"]),
        "cascade" => words(&["background", "foreground", "orphan"]),
        "validate" => words(&["strict", "warn", "ignore"]),
        "type" => words(if line.verb == "patch" {
            &["json", "merge", "strategic"]
        } else {
            &["ClusterIP", "NodePort", "LoadBalancer"]
        }),
        "subresource" => words(&["status", "scale", "resize"]),
        "image" => images(),
        "selector" => labels(word, line),
        "field-selector" => field_selectors(line),
        "for" if line.verb == "wait" => conditions(word, line),
        "context" | "cluster" | "user" => configured(flag.name, line),
        "clusterrole" | "role" | "serviceaccount" => referred(flag.name, line),
        "from" => referred(if line.verb == "job" { "cronjob" } else { "configmap" }, line),
        "api-group" => owned(line.world.reader().kinds().map(|k| k.names().group.to_string()).collect::<BTreeSet<_>>()),
        "verb" => words(REQUESTS),
        "resource" => {
            line.world.reader().kinds().map(|k| Completion::noted(k.names().plural, k.names().kind)).collect()
        }
        "all-containers" | "watch" => words(&["true", "false"]),
        _ => vec![],
    }
}

fn referred(flag: &str, line: &Line<'_>) -> Vec<Completion> {
    let Some(kind) = line.world.reader().find(flag) else { return vec![] };
    let spelled = |name: String| match flag {
        "cronjob" | "configmap" => format!("{flag}/{name}"),
        "serviceaccount" if line.verb.ends_with("binding") => format!("{}:{name}", line.namespace()),
        _ => name,
    };
    owned(names(kind, line).into_iter().map(spelled))
}

fn images() -> Vec<Completion> {
    let mut all = vec![];
    for config in images::ALL.iter().map(|image| image.config()) {
        let Some(name) = config.names.first() else { continue };
        let name = name.strip_prefix("docker.io/library/").or(name.strip_prefix("docker.io/")).unwrap_or(name);
        all.push(Completion::word(name));
        all.extend(config.versions.iter().map(|(version, _)| Completion::word(format!("{name}:{version}"))));
    }
    all
}

/// `key=`, then its values; behind a comma the next one.
fn labels(word: &str, line: &Line<'_>) -> Vec<Completion> {
    let Some(kind) = line.kind() else { return vec![] };
    let (head, last) = word.rsplit_once(',').map_or(("", word), |(head, last)| (&word[..=head.len()], last));
    let key = last.split_once('=').map(|(key, _)| key.trim_end_matches(['!', '=']));
    let mut found = BTreeSet::new();
    for object in line.all(kind) {
        for (name, value) in object.labels() {
            match key {
                None => found.insert(format!("{head}{name}=")),
                Some(key) if key == name => found.insert(format!("{head}{key}={value}")),
                Some(_) => false,
            };
        }
    }
    owned(found)
}

fn field_selectors(line: &Line<'_>) -> Vec<Completion> {
    let own = line.kind().map(|kind| kind.fields()).unwrap_or_default();
    owned(["metadata.name", "metadata.namespace"].iter().chain(own).map(|field| format!("{field}=")))
}

/// `condition=Ready`, `delete`, `jsonpath={...}`.
fn conditions(word: &str, line: &Line<'_>) -> Vec<Completion> {
    if let Some(text) = word.strip_prefix("jsonpath=") {
        return fields::jsonpath("jsonpath", text, line);
    }
    let mut all = words(&["delete", "create", "jsonpath="]);
    let mut found = BTreeSet::new();
    if let Some(kind) = line.kind() {
        for object in line.all(kind).take(50) {
            let object = object.to_value();
            for condition in object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten() {
                found.extend(condition["type"].as_str().map(|name| format!("condition={name}")));
            }
        }
    }
    all.extend(owned(found));
    all
}

/// The names of what the configuration file holds.
pub fn configured(word: &str, line: &Line<'_>) -> Vec<Completion> {
    let config = &line.config;
    let contexts = || config.contexts.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if !line.words.is_empty() {
        return vec![];
    }
    owned(match word {
        "context" | "use-context" | "set-context" | "delete-context" | "rename-context" | "get-contexts" => contexts(),
        "cluster" | "set-cluster" | "delete-cluster" => config.clusters.iter().map(|c| c.name.clone()).collect(),
        "user" | "set-credentials" | "delete-user" => config.users.iter().map(|u| u.name.clone()).collect(),
        _ => vec![],
    })
}

/// Behind `auth can-i`: what may be asked for, and of what.
pub fn rights(sub: &str, line: &Line<'_>) -> Vec<Completion> {
    match (sub, line.words.len()) {
        ("can-i", 0) => words(REQUESTS),
        ("can-i", 1) => {
            line.world.reader().kinds().map(|k| Completion::noted(k.names().plural, k.names().kind)).collect()
        }
        _ => vec![],
    }
}

fn containers(line: &Line<'_>) -> Vec<String> {
    let Some(object) = line.object() else { return vec![] };
    let spec = object.try_spec::<PodSpec>().or_else(|| object.kind.template(object)?.spec.as_ref());
    let Some(spec) = spec else { return vec![] };
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).map(|c| c.name.clone()).collect()
}

/// Behind `set image TYPE/NAME`: the containers. Behind `set env`: the variables.
pub fn settings(line: &Line<'_>) -> Vec<Completion> {
    if line.verb == "image" {
        return owned(containers(line).into_iter().map(|name| format!("{name}=")));
    }
    let Some(object) = line.object() else { return vec![] };
    let spec = object.try_spec::<PodSpec>().or_else(|| object.kind.template(object)?.spec.as_ref());
    let containers = spec.map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let names: BTreeSet<_> = containers.iter().flat_map(|c| c.env.iter().flatten()).map(|e| e.name.clone()).collect();
    owned(names.iter().flat_map(|name| [format!("{name}="), format!("{name}-")]))
}

/// Behind the names of `label` and `annotate`: the keys there are, to change (`key=`) and to take away (`key-`).
pub fn marks(verb: &str, word: &str, kind: KindRef, line: &Line<'_>) -> Vec<Completion> {
    let key = word.split_once('=').map(|(key, _)| key);
    let mut found = BTreeSet::new();
    for object in line.all(kind) {
        let marks = if verb == "label" { object.labels() } else { object.annotations() };
        for (name, value) in marks {
            match key {
                None => found.extend([format!("{name}="), format!("{name}-")]),
                Some(key) if key == name && verb == "label" => found.extend([format!("{key}={value}")]),
                Some(_) => {}
            }
        }
    }
    let mut all = owned(found);
    if key.is_none() && !line.words[0].contains('/') {
        all.extend(one_kind(kind, line));
    }
    all
}

/// The ports of the pod or service behind `port-forward`.
pub fn ports(line: &Line<'_>) -> Vec<Completion> {
    let Some(object) = line.object() else { return vec![] };
    let value = object.to_value();
    let pointers = ["/spec/ports", "/spec/containers/0/ports", "/spec/template/spec/containers/0/ports"];
    let ports = pointers.iter().filter_map(|at| value.pointer(at)?.as_array()).flatten();
    let numbers = ports.filter_map(|port| port.get("port").or(port.get("containerPort"))?.as_i64());
    owned(numbers.map(|port| format!("{port}:{port}")).collect::<BTreeSet<_>>())
}
