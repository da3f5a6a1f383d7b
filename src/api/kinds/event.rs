//! Event.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/event`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Object;
use crate::api::object::{Codec, Parts, part_eq};
use crate::api::show::cell::{self, column, wide};
use crate::time::Time;
use k8s_openapi::api::core::v1::{Event, EventSeries, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time as MetaTime};
use serde_json::{Map, Value};
use std::rc::Rc;

pub struct EventKind;

static NAMES: Names = Names {
    kind: "Event",
    group: "",
    version: "v1",
    plural: "events",
    singular: "event",
    short: &["ev"],
    namespaced: true,
    categories: &[],
    resource: "events",
};

static COLUMNS: [Column; 10] = [
    column("LAST SEEN", last_seen),
    column("TYPE", |event, _| full(event).type_.unwrap_or_default()),
    column("REASON", |event, _| full(event).reason.unwrap_or_default()),
    column("OBJECT", |event, _| about(&full(event))),
    wide("SUBOBJECT", |event, _| full(event).involved_object.field_path.unwrap_or_default()),
    wide("SOURCE", |event, _| source(&full(event))),
    column("MESSAGE", |event, _| full(event).message.as_deref().unwrap_or("").trim().into()),
    wide("FIRST SEEN", first_seen),
    wide("COUNT", |event, _| count(&full(event)).to_string()),
    wide("NAME", |event, _| event.name().into()),
];

impl Kind for EventKind {
    fn names(&self) -> &'static Names {
        &NAMES
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn codec(&self) -> &'static Codec {
        &CODEC
    }
}

/// A text that several events may share.
pub type Text = Option<Rc<str>>;

/// An event as it is stored: there are many of them, a full one takes three times as much.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    about: Reference,
    pub kind: Text,
    reason: Text,
    message: Text,
    action: Text,
    source: Option<(Text, Text)>,
    reporter: (Text, Text),
    first: Option<MetaTime>,
    last: Option<MetaTime>,
    at: Option<MicroTime>,
    count: Option<i32>,
    series: Option<Box<EventSeries>>,
    related: Option<Box<ObjectReference>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Reference {
    version: Text,
    kind: Text,
    namespace: Text,
    name: Text,
    uid: Text,
    revision: Text,
    path: Text,
}

impl Body {
    /// `share` finds the same text in an earlier event.
    pub fn of(event: Event, share: &mut dyn FnMut(&str) -> Rc<str>) -> Body {
        let own = |text: Option<String>| text.map(Rc::from);
        let mut shared = |text: Option<String>| text.map(|text| share(&text));
        let about = event.involved_object;
        Body {
            about: Reference {
                version: shared(about.api_version),
                kind: shared(about.kind),
                namespace: shared(about.namespace),
                name: own(about.name),
                uid: own(about.uid),
                revision: own(about.resource_version),
                path: shared(about.field_path),
            },
            kind: shared(event.type_),
            reason: shared(event.reason),
            message: own(event.message),
            action: shared(event.action),
            source: event.source.map(|source| (shared(source.component), shared(source.host))),
            reporter: (shared(event.reporting_component), shared(event.reporting_instance)),
            first: event.first_timestamp,
            last: event.last_timestamp,
            at: event.event_time,
            count: event.count,
            series: event.series.map(Box::new),
            related: event.related.map(Box::new),
        }
    }

    /// The event with all its fields, but for its metadata.
    pub fn full(&self) -> Event {
        let text = |text: &Text| text.as_deref().map(str::to_owned);
        Event {
            action: text(&self.action),
            count: self.count,
            event_time: self.at.clone(),
            first_timestamp: self.first.clone(),
            involved_object: ObjectReference {
                api_version: text(&self.about.version),
                field_path: text(&self.about.path),
                kind: text(&self.about.kind),
                name: text(&self.about.name),
                namespace: text(&self.about.namespace),
                resource_version: text(&self.about.revision),
                uid: text(&self.about.uid),
            },
            last_timestamp: self.last.clone(),
            message: text(&self.message),
            reason: text(&self.reason),
            related: self.related.as_deref().cloned(),
            reporting_component: text(&self.reporter.0),
            reporting_instance: text(&self.reporter.1),
            series: self.series.as_deref().cloned(),
            source: self
                .source
                .as_ref()
                .map(|(component, host)| EventSource { component: text(component), host: text(host) }),
            type_: text(&self.kind),
            ..Event::default()
        }
    }

    /// Whether it is about an object of this kind and name, and (where it is given) of this UID.
    pub fn is_about(&self, kind: &str, name: &str, uid: Option<&str>) -> bool {
        self.about.name.as_deref() == Some(name)
            && self.about.kind.as_deref() == Some(kind)
            && uid.is_none_or(|uid| self.about.uid.as_deref() == Some(uid))
    }

    /// When it was last seen, as far as it says.
    pub fn seen(&self) -> Option<jiff::Timestamp> {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|at| at.0);
        series.or(self.last.as_ref().map(|at| at.0)).or(self.at.as_ref().map(|at| at.0))
    }
}

/// The event with all its fields, but for its metadata.
pub fn full(event: &Object) -> Event {
    event.spec::<Body>().full()
}

static CODEC: Codec = Codec {
    decode: |value| {
        let mut whole: Event = serde_json::from_value(value)?;
        let meta = std::mem::take(&mut whole.metadata);
        Ok(Parts { meta, spec: Rc::new(Body::of(whole, &mut |text| text.into())), status: Rc::new(()) })
    },
    encode: |spec, _| {
        let body: &Body = spec.downcast_ref().expect("a codec meets only its own parts");
        match serde_json::to_value(body.full()) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    },
    spec_eq: part_eq::<Body>,
    status_eq: |_, _| true,
};

/// `pod/web`.
pub fn about(event: &Event) -> String {
    let kind = event.involved_object.kind.as_deref().unwrap_or("").to_ascii_lowercase();
    match event.involved_object.name.as_deref() {
        Some(name) if !name.is_empty() => format!("{kind}/{name}"),
        _ => kind,
    }
}

/// Who said it: `kubelet, node01`, `default-scheduler`.
pub fn source(event: &Event) -> String {
    let source = event.source.clone().unwrap_or_default();
    let (component, host) = (source.component.unwrap_or_default(), source.host.unwrap_or_default());
    match (component.is_empty(), host.is_empty()) {
        (true, _) => match (&event.reporting_component, &event.reporting_instance) {
            (Some(component), Some(instance)) if !instance.is_empty() => format!("{component}, {instance}"),
            (component, _) => component.clone().unwrap_or_default(),
        },
        (false, true) => component,
        (false, false) => format!("{component}, {host}"),
    }
}

pub fn count(event: &Event) -> i32 {
    match &event.series {
        Some(series) => series.count.unwrap_or(1),
        None => event.count.filter(|n| *n > 0).unwrap_or(1),
    }
}

fn first_seen(event: &Object, now: Time) -> String {
    let event = full(event);
    match &event.first_timestamp {
        Some(first) => cell::since(Some(first), now),
        None => cell::since_micro(event.event_time.as_ref(), now),
    }
}

fn last_seen(event: &Object, now: Time) -> String {
    let spec = full(event);
    if let Some(series) = &spec.series {
        return cell::since_micro(series.last_observed_time.as_ref(), now);
    }
    match &spec.last_timestamp {
        Some(last) => cell::since(Some(last), now),
        None => first_seen(event, now),
    }
}
