//! The text of `kubectl describe` while it is written: levels of indentation, cells that end with a tab, the parts that
//! many kinds share.
//!
//! Models: `kubectl/pkg/describe/describe.go`.

use super::cell;
use crate::api::kinds;
use crate::api::kinds::event::{Body, full};
use crate::api::object::Object;
use crate::api::server::Reader;
use crate::base::table::{DESCRIBE, tabulate};
use crate::time::Time;
use k8s_openapi::api::core::v1::{Event, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use std::collections::BTreeMap;
use std::fmt;

/// The longest annotation printed in one line.
const ANNOTATION: usize = 140;
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A description that grows.
#[derive(Clone, Debug, Default)]
pub struct Report {
    text: String,
    /// Whether events are listed (`--show-events`).
    pub events: bool,
}

impl Report {
    pub fn new(events: bool) -> Report {
        Report { text: String::new(), events }
    }

    /// A line, indented two spaces a level; cells end with a tab.
    pub fn line(&mut self, level: usize, text: impl fmt::Display) {
        self.raw("  ".repeat(level));
        self.raw(text);
        self.text.push('\n');
    }

    /// Text as it is.
    pub fn raw(&mut self, text: impl fmt::Display) {
        use fmt::Write;
        write!(self.text, "{text}").expect("a String takes any text");
    }

    /// The finished text, in columns.
    pub fn laid_out(&self) -> String {
        tabulate(&self.text, DESCRIBE)
    }

    /// The text with its tabs, as `rollout history` prints it.
    pub fn bare(self) -> String {
        self.text
    }

    /// Name and, where there is one, namespace.
    pub fn named(&mut self, object: &Object) {
        self.line(0, format_args!("Name:\t{}", object.name()));
        if object.kind.names().namespaced {
            self.line(0, format_args!("Namespace:\t{}", object.namespace()));
        }
    }

    /// `Labels:` or another map, one pair a line.
    pub fn labels(&mut self, title: &str, labels: Option<&BTreeMap<String, String>>) {
        self.labels_in("", title, labels);
    }

    pub fn labels_in(&mut self, indent: &str, title: &str, labels: Option<&BTreeMap<String, String>>) {
        self.raw(format_args!("{indent}{title}:\t"));
        let pairs: Vec<_> = labels.into_iter().flatten().collect();
        if pairs.is_empty() {
            self.raw("<none>\n");
        }
        for (n, (key, value)) in pairs.into_iter().enumerate() {
            self.raw(format_args!("{}{key}={value}\n", if n > 0 { "\t" } else { "" }));
        }
    }

    pub fn annotations(&mut self, annotations: Option<&BTreeMap<String, String>>) {
        self.annotations_in("", annotations);
    }

    pub fn annotations_in(&mut self, indent: &str, annotations: Option<&BTreeMap<String, String>>) {
        self.raw(format_args!("{indent}Annotations:\t"));
        let pairs: Vec<_> = annotations.into_iter().flatten().filter(|(key, _)| *key != LAST_APPLIED).collect();
        if pairs.is_empty() {
            self.raw("<none>\n");
        }
        for (n, (key, value)) in pairs.into_iter().enumerate() {
            let lead = if n > 0 { "\t" } else { "" };
            let value = value.strip_suffix('\n').unwrap_or(value);
            if key.len() + value.len() + 2 <= ANNOTATION && !value.contains('\n') {
                self.raw(format_args!("{lead}{key}: {value}\n"));
                continue;
            }
            self.raw(format_args!("{lead}{key}:\n"));
            for line in value.split('\n') {
                let short: String = line.chars().take(ANNOTATION - 2).collect();
                let dots = if short.len() < line.len() { "..." } else { "" };
                self.raw(format_args!("\t  {short}{dots}\n"));
            }
        }
    }

    /// Name, namespace, labels, annotations.
    pub fn head(&mut self, object: &Object) {
        self.named(object);
        self.labels("Labels", object.meta.labels.as_ref());
        self.annotations(object.meta.annotations.as_ref());
    }

    /// `Controlled By:`, if something does.
    pub fn controlled_by(&mut self, object: &Object) {
        if let Some(owner) = object.controller() {
            self.line(0, format_args!("Controlled By:\t{}/{}", owner.kind, owner.name));
        }
    }

    pub fn tolerations(&mut self, indent: &str, tolerations: Option<&Vec<Toleration>>) {
        self.raw(format_args!("{indent}Tolerations:\t"));
        let mut all: Vec<&Toleration> = tolerations.into_iter().flatten().collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        if all.is_empty() {
            self.raw("<none>\n");
        }
        for (n, toleration) in all.into_iter().enumerate() {
            if n > 0 {
                self.raw(format_args!("{indent}\t"));
            }
            self.raw(toleration_text(toleration));
            self.raw("\n");
        }
    }

    /// What happened to the object, oldest first.
    pub fn events_of(&mut self, object: &Object, read: Reader<'_>, now: Time) {
        if !self.events {
            return;
        }
        let namespace = if object.kind.names().namespaced { object.namespace() } else { "default" };
        let uid = (object.kind.names().resource != "nodes").then(|| object.uid());
        let mut all: Vec<Event> = read
            .list(kinds::EVENT, None)
            .filter(|event| event.namespace() == namespace || !object.kind.names().namespaced)
            .filter(|event| event.spec::<Body>().is_about(object.kind.names().kind, object.name(), uid))
            .map(full)
            .collect();
        if all.is_empty() {
            self.line(0, "Events:\t<none>");
            return;
        }
        all.sort_by_key(|event| event.last_timestamp.as_ref().map(|t| t.0));
        self.raw("Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n");
        for event in all {
            let source = event.source.as_ref().and_then(|s| s.component.clone()).filter(|c| !c.is_empty());
            let from = source.or_else(|| event.reporting_component.clone()).unwrap_or_default();
            let message = event.message.as_deref().unwrap_or("").trim();
            let part = event.involved_object.field_path.as_deref().filter(|p| !p.is_empty());
            let part = part.map(|p| format!("{p}: ")).unwrap_or_default();
            let (kind, reason) = (event.type_.as_deref().unwrap_or(""), event.reason.as_deref().unwrap_or(""));
            let age = event_age(&event, now);
            self.line(1, format_args!("{kind}\t{reason}\t{age}\t{from}\t{part}{message}"));
        }
    }
}

/// `10s`, `10s (x3 over 40s)`.
pub fn event_age(event: &Event, now: Time) -> String {
    let first = match &event.event_time {
        Some(at) => cell::since_micro(Some(at), now),
        None => cell::since(event.first_timestamp.as_ref(), now),
    };
    match (&event.series, event.count) {
        (Some(series), _) => {
            let last = cell::since_micro(series.last_observed_time.as_ref(), now);
            format!("{last} (x{} over {first})", series.count.unwrap_or(1))
        }
        (None, Some(count)) if count > 1 => {
            format!("{} (x{count} over {first})", cell::since(event.last_timestamp.as_ref(), now))
        }
        _ => first,
    }
}

fn toleration_text(toleration: &Toleration) -> String {
    let (key, value) = (toleration.key.as_deref().unwrap_or(""), toleration.value.as_deref().unwrap_or(""));
    let effect = toleration.effect.as_deref().unwrap_or("");
    let mut text = key.to_string();
    if !value.is_empty() {
        text += &format!("={value}");
    }
    if !effect.is_empty() {
        text += &format!(":{effect}");
    }
    if toleration.operator.as_deref() == Some("Exists") && value.is_empty() {
        text += if text.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if let Some(seconds) = toleration.toleration_seconds {
        text += &format!(" for {seconds}s");
    }
    text
}

/// `Mon, 02 Jan 2006 15:04:05 +0000`.
pub fn long_time(moment: &MetaTime) -> String {
    moment.0.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// `True` and `False`, as Python and describe write them.
pub fn truth(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}
