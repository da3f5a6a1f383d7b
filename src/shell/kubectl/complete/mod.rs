//! Ways to go on at the last word of a kubectl line: verbs, flags, their values, types, names, containers, fields.
//!
//! Models: `kubectl/pkg/util/completion`. Beyond it: fields in jsonpath and `explain`, labels, conditions, images.

mod fields;
mod values;

use super::dispatch;
use super::flags::{Args, Flag, GLOBAL, Takes};
use super::kubeconfig::Kubeconfig;
use super::{Desk, VERBS, Verb};
use crate::api::{KindRef, Object, kinds};
use crate::shell::command::{Completion, Typing};
use crate::world::World;
use std::rc::Rc;

/// Verbs whose words are not types and names.
static WORDLESS: &[&str] = &[
    "api-resources",
    "api-versions",
    "cluster-info",
    "version",
    "options",
    "plugin",
    "events",
    "completion",
    "kustomize",
    "run",
    "create",
    "proxy",
];
/// Verbs whose first word is a pod (or `TYPE/NAME`).
static OF_PODS: &[&str] = &["logs", "exec", "attach", "port-forward", "debug", "cp"];
/// How many objects are looked at for labels and conditions.
const LOOK: usize = 2000;
/// How many names are offered.
const NAMES: usize = 500;

/// A line, as far as it is understood.
struct Line<'a> {
    verb: &'static str,
    /// The words that are no flags.
    words: Vec<String>,
    args: Args,
    config: Kubeconfig,
    world: &'a World,
}

/// Ways to go on at the last word; the first word is `kubectl`.
pub fn complete(typing: &Typing<'_>) -> Vec<Completion> {
    let Some((word, before)) = typing.words.split_last() else { return vec![] };
    let before = &before[1.min(before.len())..];
    let Some((verb, path, left)) = dispatch::verb_of(before) else {
        return match open_flag(before.last(), &[]) {
            Some(flag) => values::of(flag, word, &Line::new("", Args::default(), typing)),
            None if word.starts_with('-') => flags(&[]),
            None => verbs(VERBS.iter().filter(|v| v.spec().group != super::Group::None)),
        };
    };
    let spec = verb.spec();
    if left.iter().any(|w| w == "--") {
        return vec![];
    }
    let open = open_flag(left.last(), spec.flags);
    let whole = &left[..left.len() - usize::from(open.is_some())];
    let line = Line::new(spec.name, Args::parse(whole, spec.flags, &path).unwrap_or_default(), typing);
    if let Some(flag) = open {
        return values::of(flag, word, &line);
    }
    if let Some((name, value)) = word.strip_prefix("--").and_then(|w| w.split_once('=')) {
        let flag = spec.flags.iter().flat_map(|t| t.iter()).chain(GLOBAL).find(|flag| flag.name == name);
        let all = flag.map(|flag| values::of(flag, value, &line)).unwrap_or_default();
        return all.into_iter().map(|c| Completion { text: format!("--{name}={}", c.text), ..c }).collect();
    }
    if word.starts_with("-o") && word.len() > 2 {
        let (head, value) = word.split_at(if word.starts_with("-o=") { 3 } else { 2 });
        let flag = open_flag(Some(&"-o".to_owned()), spec.flags);
        let all = flag.map(|flag| values::of(flag, value, &line)).unwrap_or_default();
        return all.into_iter().map(|c| Completion { text: format!("{head}{}", c.text), ..c }).collect();
    }
    if word.starts_with('-') {
        return flags(spec.flags);
    }
    if !spec.subs.is_empty() && line.words.is_empty() {
        return verbs(spec.subs.iter());
    }
    let group = path.split(' ').nth(1).unwrap_or_default();
    match group {
        "config" => values::configured(spec.name, &line),
        "auth" => values::rights(spec.name, &line),
        "explain" => fields::explained(word, &line),
        "top" if spec.name != "top" => {
            one_kind(if spec.name.starts_with("node") { kinds::NODE } else { kinds::POD }, &line)
        }
        _ if WORDLESS.contains(&group) => vec![],
        _ => objects(group, word, &line),
    }
}

fn verbs<'a>(list: impl Iterator<Item = &'a &'static dyn Verb>) -> Vec<Completion> {
    list.map(|v| Completion::noted(v.spec().name, v.spec().short)).collect()
}

impl<'a> Line<'a> {
    fn new(verb: &'static str, args: Args, typing: &Typing<'a>) -> Line<'a> {
        let config = Kubeconfig::load(&args, &mut Glance(typing)).unwrap_or_default();
        Line { verb, words: args.words.clone(), args, config, world: typing.world }
    }

    fn namespace(&self) -> String {
        self.config.namespace()
    }

    /// The kind that the line is about, by its first word (`pods`, `pod/web`, `pods,svc`).
    fn kind(&self) -> Option<KindRef> {
        let first = self.words.first()?;
        let stem = first.split(['/', ',']).next().unwrap_or(first);
        if OF_PODS.contains(&self.verb) && !first.contains('/') {
            return Some(kinds::POD);
        }
        self.world.reader().find(stem)
    }

    /// The one object that the line names, if it names one.
    fn object(&self) -> Option<&'a Object> {
        let kind = self.kind()?;
        let name = match (self.words.first()?.split_once('/'), self.words.get(1)) {
            (Some((_, name)), _) => name,
            (None, _) if OF_PODS.contains(&self.verb) => self.words.first()?,
            (None, name) => name?,
        };
        self.world.reader().get(kind, &self.namespace(), name)
    }

    /// Those of a kind that the line may mean.
    fn all(&self, kind: KindRef) -> impl Iterator<Item = &'a Object> {
        let namespace = self.namespace();
        let everywhere = self.args.bool("all-namespaces") || !kind.names().namespaced;
        let all = self.world.reader().list(kind, None).filter(move |o| everywhere || o.namespace() == namespace);
        all.take(LOOK)
    }
}

/// The files and variables that completion may look at.
struct Glance<'a, 'b>(&'a Typing<'b>);

impl Desk for Glance<'_, '_> {
    fn read(&mut self, path: &str) -> Result<Rc<Vec<u8>>, String> {
        (self.0.read)(path).ok_or_else(|| "no such file or directory".to_owned())
    }

    fn write(&mut self, _path: &str, _bytes: &[u8]) -> Result<(), String> {
        Err("read-only file system".into())
    }

    fn list(&mut self, _path: &str) -> Option<Vec<String>> {
        None
    }

    fn env(&self, name: &str) -> Option<String> {
        (self.0.env)(name)
    }
}

fn flags(tables: &[&'static [Flag]]) -> Vec<Completion> {
    let all = tables.iter().flat_map(|t| t.iter()).chain(GLOBAL).filter(|flag| !flag.hidden);
    all.map(|flag| {
        let open = !matches!(flag.takes, Takes::Bool | Takes::Optional(_));
        let text = format!("--{}{}", flag.name, if open { "=" } else { "" });
        Completion { open, ..Completion::noted(text, flag.help.lines().next().unwrap_or("")) }
    })
    .collect()
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

fn names(kind: KindRef, line: &Line<'_>) -> Vec<String> {
    line.all(kind).map(|object| object.name().to_string()).take(NAMES).collect()
}

/// The names of a kind that are not on the line yet.
fn one_kind(kind: KindRef, line: &Line<'_>) -> Vec<Completion> {
    names(kind, line).into_iter().filter(|name| !line.words.contains(name)).map(Completion::word).collect()
}

/// Whether a verb can do something with a kind.
fn suits(verb: &str, sub: &str, kind: KindRef) -> bool {
    let plural = kind.names().plural;
    let rolls = ["deployments", "daemonsets", "statefulsets"].contains(&plural);
    match (verb, sub) {
        ("rollout", "pause" | "resume") => plural == "deployments",
        ("rollout", _) => rolls,
        ("set", "selector") => plural == "services",
        ("set", "subject") => plural.ends_with("rolebindings"),
        ("set", _) => rolls || ["pods", "replicasets", "replicationcontrollers", "jobs", "cronjobs"].contains(&plural),
        ("scale", _) => ["deployments", "replicasets", "statefulsets", "replicationcontrollers"].contains(&plural),
        ("autoscale", _) => ["deployments", "replicasets", "statefulsets", "replicationcontrollers"].contains(&plural),
        ("expose", _) => ["pods", "services", "deployments", "replicasets", "replicationcontrollers"].contains(&plural),
        ("taint", _) => plural == "nodes",
        _ => true,
    }
}

/// Types, then names; `TYPE/NAME` in one word; then what the verb takes behind them.
fn objects(verb: &str, word: &str, line: &Line<'_>) -> Vec<Completion> {
    if let Some((stem, _)) = word.split_once('/') {
        let Some(found) = line.world.reader().find(stem).filter(|kind| suits(verb, line.verb, *kind)) else {
            return vec![];
        };
        return names(found, line).into_iter().map(|name| Completion::word(format!("{stem}/{name}"))).collect();
    }
    let fixed = match verb {
        _ if OF_PODS.contains(&verb) => Some(kinds::POD),
        "cordon" | "uncordon" | "drain" => Some(kinds::NODE),
        "certificate" => line.world.reader().find("csr"),
        _ => None,
    };
    if let Some(kind) = fixed {
        return match (line.words.is_empty(), verb) {
            (true, _) | (false, "cordon" | "uncordon" | "drain") => one_kind(kind, line),
            (false, "port-forward") => values::ports(line),
            (false, _) => vec![],
        };
    }
    let Some(first) = line.words.first() else {
        // `pods,ser`: the last of a list of types
        let (head, _) = word.rsplit_once(',').map_or(("", word), |(head, last)| (&word[..=head.len()], last));
        let kinds = line.world.reader().kinds().filter(|kind| suits(verb, line.verb, *kind));
        let mut all: Vec<Completion> =
            kinds.map(|kind| Completion::noted(format!("{head}{}", kind.names().plural), kind.names().kind)).collect();
        if matches!(verb, "get" | "delete" | "describe") {
            all.push(Completion::word(format!("{head}all")));
        }
        return all;
    };
    let named = first.contains('/') || line.words.len() > 1;
    match line.kind() {
        Some(_) if named && matches!((verb, line.verb), ("set", "image" | "env")) => values::settings(line),
        Some(kind) if named && matches!(verb, "label" | "annotate") => values::marks(verb, word, kind, line),
        Some(kind) if !first.contains('/') => one_kind(kind, line),
        _ => vec![],
    }
}
