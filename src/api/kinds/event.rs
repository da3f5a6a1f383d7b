//! Event.
//!
//! Models: `pkg/apis/core`, `pkg/registry/core/event`.

use crate::api::kind::{Column, Kind, Names};
use crate::api::object::Codec;
use crate::api::object::Object;
use crate::api::show::cell::{self, column, wide};
use crate::codec;
use crate::time::Time;
use k8s_openapi::api::core::v1::Event;

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
    column("TYPE", |event, _| event.spec::<Event>().type_.clone().unwrap_or_default()),
    column("REASON", |event, _| event.spec::<Event>().reason.clone().unwrap_or_default()),
    column("OBJECT", |event, _| about(event.spec::<Event>())),
    wide("SUBOBJECT", |event, _| event.spec::<Event>().involved_object.field_path.clone().unwrap_or_default()),
    wide("SOURCE", |event, _| source(event.spec::<Event>())),
    column("MESSAGE", |event, _| event.spec::<Event>().message.as_deref().unwrap_or("").trim().into()),
    wide("FIRST SEEN", first_seen),
    wide("COUNT", |event, _| count(event.spec::<Event>()).to_string()),
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
        codec!(Event)
    }
}

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
    let event = event.spec::<Event>();
    match &event.first_timestamp {
        Some(first) => cell::since(Some(first), now),
        None => cell::since_micro(event.event_time.as_ref(), now),
    }
}

fn last_seen(event: &Object, now: Time) -> String {
    let spec = event.spec::<Event>();
    if let Some(series) = &spec.series {
        return cell::since_micro(series.last_observed_time.as_ref(), now);
    }
    match &spec.last_timestamp {
        Some(last) => cell::since(Some(last), now),
        None => first_seen(event, now),
    }
}
