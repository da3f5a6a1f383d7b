//! `kubectl events`: what happened, oldest first.
//!
//! Models: `kubectl/pkg/cmd/events`.
//! Left out: `--watch` (`kubectl get events -w` watches), `-o`.

use super::flags::ALL_NAMESPACES;
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, resources};
use crate::api::authorize::Ask;
use crate::api::show::report::event_age;
use crate::api::{Object, kinds};
use crate::base::table::{GET, tabulate};
use k8s_openapi::api::core::v1::Event;

pub struct Events;

static FLAGS: &[Flag] = &[
    Flag::text("for", "", "Filter events to only those pertaining to the specified resource."),
    Flag::bool("no-headers", "When using the default output format, don't print headers."),
    Flag::list("types", "Output only events of given types."),
    Flag::bool("watch", "After listing the requested events, watch for more events.").short('w'),
];

static SPEC: Spec = Spec {
    name: "events",
    group: Group::Troubleshooting,
    short: "List events",
    long: "Display events.

 Prints a table of the most important information about events. You can request events for a namespace, for all namespaces, or filtered to only those pertaining to a specified resource.",
    examples: "# List recent events in the default namespace
kubectl events

# List recent events in all namespaces
kubectl events --all-namespaces

# List recent events for the specified pod
kubectl events --for pod/web-pod-13je7

# List recent only events of type 'Warning' or 'Normal'
kubectl events --types=Warning,Normal",
    usage: "[(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    flags: &[FLAGS, ALL_NAMESPACES],
    ..Spec::EMPTY
};

impl Verb for Events {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if args.bool("watch") {
            return Err(Failure::error("--watch is left out here; `kubectl get events -w` watches"));
        }
        let about = match args.given("for") {
            Some(word) => Some(resources::type_and_name(word, cx.reader())?),
            None => None,
        };
        let types: Vec<String> = args.all("types");
        if let Some(odd) = types.iter().find(|t| !["normal", "warning"].contains(&t.to_lowercase().as_str())) {
            return Err(Failure::error(format!("valid --types are Normal or Warning, not {odd}")));
        }
        let everywhere = args.bool("all-namespaces");
        let namespace = cx.namespace();
        let scope = (!everywhere).then_some(namespace.as_str());
        let now = cx.now();
        cx.may(&Ask::of(kinds::EVENT.names(), "list", scope.unwrap_or(""), ""))?;
        let mut events: Vec<&Object> = cx
            .world
            .reader()
            .list(kinds::EVENT, scope)
            .filter(|object| {
                let event = object.spec::<Event>();
                let kind = event.type_.as_deref().unwrap_or("");
                let of = &event.involved_object;
                about.as_ref().is_none_or(|(kind, name)| {
                    of.kind.as_deref() == Some(kind.names().kind) && of.name.as_deref() == Some(name)
                }) && (types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(kind)))
            })
            .collect();
        events.sort_by_key(|object| last_seen(object.spec::<Event>()));
        if events.is_empty() {
            cx.err(if everywhere {
                "No events found.".into()
            } else {
                format!("No events found in {namespace} namespace.")
            });
            return Ok(Flow::Done);
        }
        let mut text = String::new();
        if !args.bool("no-headers") {
            text.push_str(if everywhere { "NAMESPACE\t" } else { "" });
            text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        for object in events {
            let event = object.spec::<Event>();
            if everywhere {
                text.push_str(&format!("{}\t", object.namespace()));
            }
            let word = |text: &Option<String>| text.clone().unwrap_or_default();
            let of = &event.involved_object;
            text.push_str(&format!(
                "{}\t{}\t{}\t{}/{}\t{}\n",
                event_age(event, now),
                word(&event.type_),
                word(&event.reason),
                word(&of.kind),
                word(&of.name),
                word(&event.message).trim(),
            ));
        }
        cx.out(tabulate(&text, GET));
        Ok(Flow::Done)
    }
}

/// When it was seen last, for the order.
fn last_seen(event: &Event) -> Option<jiff::Timestamp> {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|at| at.0);
    series.or_else(|| event.last_timestamp.as_ref().map(|at| at.0)).or_else(|| event.event_time.as_ref().map(|at| at.0))
}
