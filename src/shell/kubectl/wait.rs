//! `kubectl wait`: until a condition, a field, a birth or an end.
//!
//! Models: `kubectl/pkg/cmd/wait`.

use super::flags::{ALL_NAMESPACES, FIELD_SELECTOR, FILES, SELECTOR};
use super::resources::{self, Filter, Selection};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait as Waiting, printer};
use crate::api::{KindRef, Object};
use crate::base::jsonpath::{self, Template};
use crate::time::{Span, Time};
use serde_json::Value;

pub struct Wait;

static FLAGS: &[Flag] = &[
    Flag::bool("all", "Select all resources in the namespace of the specified resource types"),
    Flag::array("for", "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. Condition values are compared after Unicode simple case folding, which is a more general form of case-insensitivity."),
    Flag::bool("local", "If true, annotation will NOT contact api-server but run locally."),
    Flag::text("output", "", "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).").short('o'),
    Flag::duration("timeout", "30s", "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week."),
];

static SPEC: Spec = Spec {
    name: "wait",
    group: Group::Advanced,
    short: "Wait for a specific condition on one or many resources",
    long: "Wait for a specific condition on one or many resources.

 The command takes multiple resources and waits until the specified condition is seen in the Status field of every given resource.

 Alternatively, the command can wait for the given set of resources to be created or deleted by providing the \"create\" or \"delete\" keyword as the value to the --for flag.

 A successful message will be printed to stdout indicating when the specified condition has been met. You can use -o option to change to output destination.",
    examples: "# Wait for the pod \"busybox1\" to contain the status condition of type \"Ready\"
kubectl wait --for=condition=Ready pod/busybox1

# The default value of status condition is true; you can wait for other targets after an equal delimiter (compared after Unicode simple case folding, which is a more general form of case-insensitivity)
kubectl wait --for=condition=Ready=false pod/busybox1

# Wait for the pod \"busybox1\" to contain the status phase to be \"Running\"
kubectl wait --for=jsonpath='{.status.phase}'=Running pod/busybox1

# Wait for the pod \"busybox1\" to be deleted, with a timeout of 60s, after having issued the \"delete\" command
kubectl delete pod/busybox1
kubectl wait --for=delete pod/busybox1 --timeout=60s",
    usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    flags: &[FLAGS, FILES, SELECTOR, FIELD_SELECTOR, ALL_NAMESPACES],
    ..Spec::EMPTY
};

/// What is waited for.
#[derive(Clone, Debug)]
enum For {
    Condition(String, String),
    JsonPath(Template, Option<String>),
    Create,
    Delete,
}

impl For {
    fn parse(texts: &[String]) -> Result<For, Failure> {
        let Some(text) = texts.last() else { return Err(Failure::error("unrecognized condition: []")) };
        let lower = text.to_lowercase();
        if lower == "delete" {
            return Ok(For::Delete);
        }
        if lower == "create" {
            return Ok(For::Create);
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(For::Condition(name.into(), value.into()));
        }
        if let Some(path) = text.strip_prefix("jsonpath=") {
            let end = path.rfind('}').map_or(0, |at| at + 1);
            let (path, value) = match path[end..].split_once('=') {
                Some((rest, value)) => (format!("{}{rest}", &path[..end]), Some(value.trim().to_string())),
                None => (path.to_string(), None),
            };
            if value.as_deref() == Some("") {
                return Err(Failure::error("jsonpath wait has to have a value after equal sign"));
            }
            let path = jsonpath::relaxed(path.trim().trim_matches(['\'', '"'])).map_err(Failure::error)?;
            let template = Template::parse(&path).map_err(Failure::error)?.allow_missing(true);
            let value = value.map(|v| v.trim_matches(['\'', '"']).to_string());
            return Ok(For::JsonPath(template, value));
        }
        Err(Failure::error(format!("unrecognized condition: {text:?}")))
    }

    fn met(&self, object: Option<&Object>) -> Result<bool, Failure> {
        Ok(match (self, object) {
            (For::Delete, object) => object.is_none(),
            (For::Create, object) => object.is_some(),
            (_, None) => false,
            (For::Condition(name, value), Some(object)) => condition(&printer::wire(object), name, value),
            (For::JsonPath(template, value), Some(object)) => {
                let tree = printer::wire(object);
                let found = template.results(&tree).map_err(Failure::error)?;
                let found: Vec<_> = found.into_iter().flatten().collect();
                match (value, found.as_slice()) {
                    (_, []) => false,
                    (None, _) => true,
                    (Some(value), [one]) => match one.as_ref() {
                        Value::Object(_) | Value::Array(_) => {
                            return Err(Failure::error(
                                "jsonpath leads to a nested object or list which is not supported",
                            ));
                        }
                        one => jsonpath::text(one) == *value,
                    },
                    _ => return Err(Failure::error("given jsonpath expression matches more than one value")),
                }
            }
        })
    }
}

/// A condition counts only when its controller has seen the present spec.
fn condition(tree: &Value, name: &str, value: &str) -> bool {
    let conditions = tree.pointer("/status/conditions").and_then(Value::as_array);
    let Some(found) = conditions
        .into_iter()
        .flatten()
        .find(|c| c["type"].as_str().is_some_and(|t| t.to_lowercase() == name.to_lowercase()))
    else {
        return false;
    };
    let generation = tree.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let seen = found["observedGeneration"]
        .as_i64()
        .or_else(|| tree.pointer("/status/observedGeneration").and_then(Value::as_i64));
    seen.is_none_or(|seen| seen >= generation)
        && found["status"].as_str().unwrap_or("").to_lowercase() == value.to_lowercase()
}

#[derive(Clone, Debug)]
struct Target {
    kind: KindRef,
    namespace: String,
    name: String,
    /// The object as it was, to be named when it is gone.
    uid: Option<String>,
}

impl Verb for Wait {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let wanted = For::parse(&args.all("for"))?;
        let files = args.has("filename");
        let filter = Filter::of(args, cx);
        let target = |object: &Object| Target {
            kind: object.kind,
            namespace: object.namespace().into(),
            name: object.name().into(),
            uid: object.meta.uid.clone(),
        };
        let selection = if files { Selection::None } else { resources::select(&args.words, cx.reader())? };
        let mut targets = vec![];
        let mut errors = vec![];
        match &selection {
            Selection::Names(names) => {
                let Some(namespace) = filter.namespace.clone() else {
                    return Err(Failure::error("a resource cannot be retrieved by name across all namespaces"));
                };
                if filter.selects() {
                    return Err(Failure::error("name cannot be provided when a selector is specified"));
                }
                for (kind, name) in names {
                    match cx.get(*kind, &namespace, name) {
                        Ok(object) => targets.push(target(object)),
                        Err(_) if matches!(wanted, For::Delete) => {}
                        Err(_) if matches!(wanted, For::Create) => {
                            let (namespace, name) = (namespace.clone(), name.clone());
                            targets.push(Target { kind: *kind, namespace, name, uid: None });
                        }
                        Err(error) => errors.push(Failure::from(error)),
                    }
                }
            }
            Selection::Types(_) if !filter.selects() && !args.bool("all") => return Err(resources::no_name()),
            Selection::None if !files => return Err(resources::nothing_given()),
            _ => {
                let (_, found) = resources::chosen(args, cx)?;
                targets.extend(found.objects.iter().map(target));
                errors.extend(found.errors);
                if targets.is_empty() && errors.is_empty() {
                    if matches!(wanted, For::Delete) {
                        return Ok(Flow::Done);
                    }
                    return Err(Failure::error("no matching resources found"));
                }
            }
        }
        if targets.is_empty() {
            return super::get::together(&errors).map_or(Ok(Flow::Done), Err);
        }
        let limit = args.duration("timeout").unwrap_or(Span::seconds(7 * 24 * 3600));
        targets.reverse();
        let format = printer::Format::of(args, printer::OBJECT_FORMATS)?;
        let mut job = Until { wanted, targets, until: cx.now() + limit, once: limit.0 == 0, format, errors };
        match job.poll(cx)? {
            Turn::Done => Ok(Flow::Done),
            Turn::Exit(code) => Ok(Flow::Exit(code)),
            Turn::Wait(_) => Ok(Flow::Job(Box::new(job))),
        }
    }
}

#[derive(Clone)]
struct Until {
    wanted: For,
    /// Still to be met; the last one now.
    targets: Vec<Target>,
    until: Time,
    once: bool,
    format: printer::Format,
    errors: Vec<Failure>,
}

impl Job for Until {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        while let Some(target) = self.targets.last() {
            let found = cx.world.reader().get(target.kind, &target.namespace, &target.name).cloned();
            let same = |object: &Object| target.uid.is_none() || target.uid == object.meta.uid;
            let seen = if matches!(self.wanted, For::Delete) { found.filter(same) } else { found };
            if self.wanted.met(seen.as_ref())? {
                let names = target.kind.names();
                match &seen {
                    Some(object) if !self.format.is_table() => {
                        printer::print(object, "condition met", &self.format, cx)?;
                    }
                    _ => cx.line(format_args!("{}/{} condition met", names.qualified(), target.name)),
                }
                self.targets.pop();
                continue;
            }
            if cx.now() < self.until {
                return Ok(Turn::Wait(Waiting { at: Some(self.until), change: true, ..Waiting::default() }));
            }
            let what = format!("{}/{}", target.kind.names().plural, target.name);
            let text = match &self.wanted {
                For::Create => "timed out waiting for the condition".into(),
                _ if self.once => format!("condition not met for {what}"),
                _ => format!("timed out waiting for the condition on {what}"),
            };
            self.errors.push(Failure::plain(text));
            self.targets.pop();
        }
        match self.errors.as_slice() {
            [] => Ok(Turn::Done),
            [one] if !one.message.starts_with("Error") => Err(Failure::error(&one.message)),
            all => Err(super::get::together(all).unwrap_or(Failure::code(1))),
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
