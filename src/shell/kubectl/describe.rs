//! `kubectl describe`: an object and what belongs to it, for people.
//!
//! Models: `kubectl/pkg/cmd/describe`.

use super::flags::{ALL_NAMESPACES, FILES, SELECTOR};
use super::get::{together, warn};
use super::resources::{self, Filter, Selection};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::authorize::Ask;
use crate::api::{Object, Report, kinds};

pub struct Describe;

static FLAGS: &[Flag] = &[
    Flag::int("chunk-size", "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
    Flag::bool("show-events", "If true, display events related to the described object.").on(),
];

static SPEC: Spec = Spec {
    name: "describe",
    group: Group::Troubleshooting,
    short: "Show details of a specific resource or group of resources",
    long: "Show details of a specific resource or group of resources.

 Print a detailed description of the selected resources, including related resources such as events or controllers. You may select a single object by name, all objects of that type, provide a name prefix, or label selector. For example:

  $ kubectl describe TYPE NAME_PREFIX
  
 will first check for an exact match on TYPE and NAME_PREFIX. If no such resource exists, it will output details for every resource that has a name prefixed with NAME_PREFIX.

Use \"kubectl api-resources\" for a complete list of supported resources.",
    examples: "# Describe a node
kubectl describe nodes kubernetes-node-emt8.c.myproject.internal

# Describe a pod
kubectl describe pods/nginx

# Describe a pod identified by type and name in \"pod.json\"
kubectl describe -f pod.json

# Describe all pods
kubectl describe pods

# Describe pods by label name=myLabel
kubectl describe pods -l name=myLabel

# Describe all pods managed by the 'frontend' replication controller
# (rc-created pods get the name of the rc as a prefix in the pod name)
kubectl describe pods frontend",
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    flags: &[FLAGS, FILES, SELECTOR, ALL_NAMESPACES],
    ..Spec::EMPTY
};

impl Verb for Describe {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let files = args.has("filename") || args.has("kustomize");
        if args.words.is_empty() && !files {
            cx.err("You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
            return Err(Failure::usage(&args.path, "Required resource not specified."));
        }
        let filter = Filter::of(args, cx);
        let (selection, found) = resources::chosen(args, cx)?;
        warn(&selection, cx);
        let mut objects = found.objects;
        let mut errors = found.errors;
        if let (Selection::Names(names), true, false) = (&selection, objects.is_empty(), files)
            && let [(kind, prefix)] = names.as_slice()
        {
            let near = resources::list(*kind, &filter, cx)?;
            objects = near.into_iter().filter(|object| object.name().starts_with(prefix.as_str())).collect();
            if !objects.is_empty() {
                errors.clear();
            }
        }
        if objects.is_empty() && errors.is_empty() {
            super::get::nothing(&selection, &filter, cx);
            return Ok(Flow::Done);
        }
        for (n, object) in objects.iter().enumerate() {
            if n > 0 {
                cx.out("\n\n");
            }
            print(object, args.bool("show-events"), cx);
        }
        together(&errors).map_or(Ok(Flow::Done), Err)
    }
}

fn print(object: &Object, events: bool, cx: &mut Cx<'_>) {
    // Events that may not be listed are left out.
    let namespace = if object.kind.names().namespaced { object.namespace() } else { "" };
    let events = events && cx.may(&Ask::of(kinds::EVENT.names(), "list", namespace, "")).is_ok();
    let mut report = Report::new(events);
    object.kind.describe(object, cx.world.reader(), cx.now(), &mut report);
    cx.out(report.laid_out());
}
