//! `kubectl events`: what happened, oldest first.
//!
//! Models: `kubectl/pkg/cmd/events`.

use super::flags::{ALL_NAMESPACES, OUTPUT};
use super::printer::{self, Format};
use super::{Args, Cx, Failure, Flag, Flow, Group, Job, Outcome, Spec, Turn, Verb, Wait, resources};
use crate::api::authorize::Ask;
use crate::api::kinds::event::{Body, full};
use crate::api::show::report::event_age;
use crate::api::{Object, kinds};
use crate::base::table::GET;
use crate::store::Revision;

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
    flags: &[FLAGS, OUTPUT, ALL_NAMESPACES],
    ..Spec::EMPTY
};

impl Verb for Events {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let about = match args.given("for").filter(|word| !word.is_empty()) {
            Some(word) if !word.contains('/') => {
                return Err(Failure::error("--for must be in resource/name form"));
            }
            Some(word) => {
                let (kind, name) = resources::type_and_name(word, cx.reader())?;
                Some((kind.names().kind.to_string(), name))
            }
            None => None,
        };
        let types: Vec<String> = args.all("types");
        if types.iter().any(|t| !["normal", "warning"].contains(&t.to_lowercase().as_str())) {
            return Err(Failure::error("valid --types are Normal or Warning"));
        }
        let format = Format::of(args, printer::OBJECT_FORMATS)?;
        let everywhere = args.bool("all-namespaces");
        let namespace = cx.namespace();
        let scope = (!everywhere).then(|| namespace.clone());
        cx.may(&Ask::of(kinds::EVENT.names(), "list", scope.as_deref().unwrap_or(""), ""))?;
        let filter = Filter { about, types, scope };
        let list = cx.world.reader().list(kinds::EVENT, filter.scope.as_deref());
        let mut events: Vec<Object> = list.filter(|object| filter.takes(object)).cloned().collect();
        let revision = cx.reader().revision();
        let mut shown = Shown { everywhere, headers: !args.bool("no-headers"), format, widths: vec![] };
        if args.bool("watch") {
            shown.print(&events, true, cx)?;
            return Ok(Flow::Job(Box::new(Watching { filter, shown, revision })));
        }
        events.sort_by_key(|object| object.spec::<Body>().seen());
        if events.is_empty() {
            cx.err(if everywhere {
                "No events found.".into()
            } else {
                format!("No events found in {namespace} namespace.")
            });
            return Ok(Flow::Done);
        }
        shown.print(&events, false, cx)?;
        Ok(Flow::Done)
    }
}

/// Which events are asked for.
#[derive(Clone)]
struct Filter {
    /// Kind and name of the object that they are about.
    about: Option<(String, String)>,
    types: Vec<String>,
    scope: Option<String>,
}

impl Filter {
    fn takes(&self, object: &Object) -> bool {
        let body = object.spec::<Body>();
        let kind = body.kind.as_deref().unwrap_or("");
        self.scope.as_deref().is_none_or(|scope| scope == object.namespace())
            && self.about.as_ref().is_none_or(|(kind, name)| body.is_about(kind, name, None))
            && (self.types.is_empty() || self.types.iter().any(|t| t.eq_ignore_ascii_case(kind)))
    }
}

/// How events are printed; widths of columns are remembered for those that come later.
#[derive(Clone)]
struct Shown {
    everywhere: bool,
    headers: bool,
    format: Format,
    widths: Vec<usize>,
}

impl Shown {
    fn print(&mut self, events: &[Object], each: bool, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if self.format != Format::Own {
            let batches: Vec<&[Object]> = if each { events.chunks(1).collect() } else { vec![events] };
            return batches.into_iter().try_for_each(|batch| printer::print_all(batch, each, &self.format, cx));
        }
        let now = cx.now();
        let mut rows: Vec<Vec<String>> = vec![];
        if std::mem::take(&mut self.headers) {
            let titles = ["NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
            rows.push(titles[usize::from(!self.everywhere)..].iter().map(|t| t.to_string()).collect());
        }
        for object in events {
            let event = full(object);
            let word = |text: &Option<String>| text.clone().unwrap_or_default();
            let of = &event.involved_object;
            let mut row = if self.everywhere { vec![object.namespace().to_string()] } else { vec![] };
            row.extend([
                event_age(&event, now),
                word(&event.type_),
                word(&event.reason),
                format!("{}/{}", word(&of.kind), word(&of.name)),
                word(&event.message).trim().to_string(),
            ]);
            rows.push(row);
        }
        for row in &rows {
            for (n, cell) in row.iter().enumerate() {
                let width = (cell.chars().count() + GET.padding).max(GET.min);
                match self.widths.get_mut(n) {
                    Some(known) => *known = width.max(*known),
                    None => self.widths.push(width),
                }
            }
        }
        for row in rows {
            let last = row.len() - 1;
            let cells = row.iter().enumerate().map(|(n, cell)| match n {
                n if n == last => cell.clone(),
                n => format!("{cell:width$}", width = self.widths[n]),
            });
            let text: String = cells.collect();
            cx.line(text);
        }
        Ok(())
    }
}

/// Prints events as they come.
#[derive(Clone)]
struct Watching {
    filter: Filter,
    shown: Shown,
    revision: Revision,
}

impl Job for Watching {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let changes = cx.world.api.since(self.revision);
        self.revision = cx.world.reader().revision();
        let fresh: Vec<Object> = changes
            .iter()
            .filter(|change| change.key.resource == kinds::EVENT.names().resource)
            .filter_map(|change| change.new.clone().filter(|object| self.filter.takes(object)))
            .collect();
        self.shown.print(&fresh, true, cx)?;
        Ok(Turn::Wait(Wait { change: true, ..Wait::default() }))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
