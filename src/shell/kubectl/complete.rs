//! Ways to go on at the last word of a kubectl line: verbs, flags, their values, types, names, containers.
//!
//! Models: `kubectl/pkg/util/completion`.

use super::dispatch;
use super::flags::{Args, Flag, GLOBAL, Takes};
use super::{VERBS, Verb};
use crate::api::{KindRef, kinds};
use crate::shell::command::Completion;
use crate::world::World;
use k8s_openapi::api::core::v1::PodSpec;

/// Verbs whose words are not types and names.
static WORDLESS: &[&str] =
    &["api-resources", "api-versions", "cluster-info", "config", "version", "options", "plugin", "events", "auth"];
/// Verbs whose first word is a pod (or `TYPE/NAME`).
static OF_PODS: &[&str] = &["logs", "exec", "attach", "port-forward", "debug", "cp"];

/// Ways to go on at the last word; `words[0]` is `kubectl`.
pub fn complete(words: &[String], world: &World, _env: &dyn Fn(&str) -> Option<String>) -> Vec<Completion> {
    let Some((word, before)) = words.split_last() else { return vec![] };
    let before = &before[1.min(before.len())..];
    let Some((verb, path, left)) = dispatch::verb_of(before) else {
        if word.starts_with('-') {
            return flags(&[], word);
        }
        let listed = VERBS.iter().filter(|v| v.spec().group != super::Group::None);
        return listed.map(|v| Completion::noted(v.spec().name, v.spec().short)).collect();
    };
    let spec = verb.spec();
    if left.iter().any(|w| w == "--") {
        return vec![];
    }
    let args = Args::parse(&left, spec.flags, &path).unwrap_or_default();
    if let Some(flag) = open_flag(left.last(), spec.flags) {
        return values(flag, &args, world);
    }
    if let Some((name, _)) = word.strip_prefix("--").and_then(|w| w.split_once('=')) {
        let flag = spec.flags.iter().flat_map(|t| t.iter()).chain(GLOBAL).find(|flag| flag.name == name);
        let all = flag.map(|flag| values(flag, &args, world)).unwrap_or_default();
        return all.into_iter().map(|c| Completion { text: format!("--{name}={}", c.text), ..c }).collect();
    }
    if word.starts_with('-') {
        return flags(spec.flags, word);
    }
    if !spec.subs.is_empty() && args.words.is_empty() {
        return spec.subs.iter().map(|v: &&dyn Verb| Completion::noted(v.spec().name, v.spec().short)).collect();
    }
    if WORDLESS.iter().any(|name| path.split(' ').nth(1) == Some(name)) {
        return vec![];
    }
    objects(spec.name, word, &args, world)
}

fn flags(tables: &[&'static [Flag]], _word: &str) -> Vec<Completion> {
    let all = tables.iter().flat_map(|t| t.iter()).chain(GLOBAL).filter(|flag| !flag.hidden);
    all.map(|flag| Completion::noted(format!("--{}", flag.name), flag.help.lines().next().unwrap_or(""))).collect()
}

/// The flag that still waits for its value.
fn open_flag(last: Option<&String>, tables: &[&'static [Flag]]) -> Option<&'static Flag> {
    let name = last?.strip_prefix('-')?;
    let fits = |flag: &&Flag| match name.strip_prefix('-') {
        Some(long) => flag.name == long,
        None => name.chars().count() == 1 && flag.short == name.chars().next(),
    };
    let takes = |flag: &&Flag| !matches!(flag.takes, Takes::Bool | Takes::Optional(_));
    tables.iter().flat_map(|t| t.iter()).chain(GLOBAL).find(fits).filter(takes)
}

fn namespace(args: &Args) -> String {
    args.given("namespace").unwrap_or("default").to_string()
}

fn names(kind: KindRef, namespace: &str, world: &World) -> Vec<String> {
    let namespace = kind.names().namespaced.then_some(namespace);
    world.reader().list(kind, namespace).map(|object| object.name().to_string()).take(500).collect()
}

fn values(flag: &Flag, args: &Args, world: &World) -> Vec<Completion> {
    let fixed: &[&str] = match flag.name {
        "output" => &["wide", "yaml", "json", "name", "jsonpath=", "custom-columns=", "go-template="],
        "dry-run" => &["client", "server", "none"],
        "namespace" => return names(kinds::NAMESPACE, "", world).into_iter().map(Completion::word).collect(),
        "container" => return containers(args, world).into_iter().map(Completion::word).collect(),
        "restart" => &["Always", "OnFailure", "Never"],
        "cascade" => &["background", "foreground", "orphan"],
        _ => &[],
    };
    fixed.iter().map(|text| Completion { open: text.ends_with('='), ..Completion::word(*text) }).collect()
}

fn containers(args: &Args, world: &World) -> Vec<String> {
    let name = args.words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
    let Some(pod) = world.reader().get(kinds::POD, &namespace(args), name) else { return vec![] };
    let spec = pod.spec::<PodSpec>();
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).map(|c| c.name.clone()).collect()
}

/// Types, then names; `TYPE/NAME` in one word.
fn objects(verb: &str, word: &str, args: &Args, world: &World) -> Vec<Completion> {
    let here = namespace(args);
    if let Some((kind, _)) = word.split_once('/') {
        let Some(found) = world.reader().find(kind) else { return vec![] };
        return names(found, &here, world).into_iter().map(|name| Completion::word(format!("{kind}/{name}"))).collect();
    }
    let fixed = match verb {
        _ if OF_PODS.contains(&verb) => Some(kinds::POD),
        "cordon" | "uncordon" | "drain" => Some(kinds::NODE),
        _ => None,
    };
    if let Some(kind) = fixed {
        if !args.words.is_empty() {
            return vec![];
        }
        return names(kind, &here, world).into_iter().map(Completion::word).collect();
    }
    let Some(kind) = args.words.first() else {
        let mut all: Vec<Completion> =
            world.reader().kinds().map(|kind| Completion::noted(kind.names().plural, kind.names().kind)).collect();
        if verb == "get" {
            all.push(Completion::word("all"));
        }
        return all;
    };
    match world.reader().find(kind) {
        Some(kind) if verb != "explain" => names(kind, &here, world)
            .into_iter()
            .filter(|name| !args.words[1..].contains(name))
            .map(Completion::word)
            .collect(),
        _ => vec![],
    }
}
