//! The event recorder: what components say about objects, counted and limited as the real recorders do.
//!
//! Models: `client-go/tools/record` (correlator: spam filter, aggregation, counting), `client-go/tools/events` (series, for the scheduler).
//! Left out: the recorder's own queue and its retries; what a component that restarts forgets.

use super::Cx;
use crate::api::kinds::event;
use crate::api::{Object, kinds};
use crate::net::Place;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{Event, EventSeries, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, Time as MetaTime};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    Normal,
    Warning,
}

impl EventType {
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::Normal => "Normal",
            EventType::Warning => "Warning",
        }
    }
}

/// How long the API server keeps an event after its last change.
pub const TTL: Span = Span::minutes(60);
/// So many different messages of one reason within [`SIMILAR_SPAN`] are told one by one; from the tenth on they are folded into one event.
const SIMILAR: usize = 9;
const SIMILAR_SPAN: Span = Span::minutes(10);
/// One source may say this much about one object at once, and one thing more each [`REFILL`].
const BURST: u64 = 25;
const REFILL: Span = Span::minutes(5);
/// An isomorphic event of the new recorder after this span starts anew.
const SERIES_SPAN: Span = Span::minutes(6);
/// How many entries each memory holds; the oldest go first.
const MEMORY: usize = 4096;
/// How many texts are kept to be shared: components, reasons, the names of nodes.
const WORDS: usize = 8192;

/// A bounded map that forgets what it learned first.
#[derive(Clone)]
struct Memory<V> {
    entries: BTreeMap<u64, V>,
    order: VecDeque<u64>,
}

impl<V> Default for Memory<V> {
    fn default() -> Self {
        Memory { entries: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<V: Default> Memory<V> {
    fn of(&mut self, key: u64) -> &mut V {
        if !self.entries.contains_key(&key) {
            self.order.push_back(key);
            if self.order.len() > MEMORY
                && let Some(oldest) = self.order.pop_front()
            {
                self.entries.remove(&oldest);
            }
        }
        self.entries.entry(key).or_default()
    }
}

/// An event already written: its name, and how often it was said.
#[derive(Clone, Default)]
struct Said {
    name: Rc<str>,
    count: i32,
    last: Time,
}

/// Messages heard lately for one reason.
#[derive(Clone, Default)]
struct Similar {
    messages: Vec<u64>,
    last: Time,
}

#[derive(Clone)]
struct Bucket {
    tokens: u64,
    filled: Time,
}

impl Default for Bucket {
    fn default() -> Self {
        Bucket { tokens: BURST, filled: Time::ZERO }
    }
}

/// What the recorders of all components remember. Its parts are shared between snapshots of the world until one changes.
#[derive(Clone, Default)]
pub struct Recorder(Rc<Memories>);

#[derive(Clone, Default)]
struct Memories {
    said: Memory<Said>,
    similar: Memory<Similar>,
    buckets: Memory<Bucket>,
    /// The last name given, in nanoseconds.
    stamp: u64,
    /// Texts that many events have in common.
    words: BTreeSet<Rc<str>>,
}

/// Who speaks: component and, for those that run on a node, its name.
struct Source {
    component: String,
    host: Option<String>,
}

/// The component's name in events, which is not always the controller's.
fn source(place: &Place) -> Source {
    let (component, host) = match place {
        Place::Kubelet(node) => ("kubelet", Some(node.to_string())),
        Place::Proxy(node) => ("kube-proxy", Some(node.to_string())),
        Place::Scheduler => ("default-scheduler", None),
        Place::Controller("node-lifecycle-controller" | "node-ipam-controller") => ("node-controller", None),
        Place::Controller("disruption-controller") => ("controllermanager", None),
        Place::Controller("persistentvolume-binder-controller") => ("persistentvolume-controller", None),
        Place::Controller("persistentvolume-expander-controller") => ("volume_expand", None),
        Place::Controller("ephemeral-volume-controller") => ("ephemeral_volume", None),
        Place::Controller("horizontal-pod-autoscaler-controller") => ("horizontal-pod-autoscaler", None),
        Place::Controller(name) => (*name, None),
        _ => ("unknown", None),
    };
    Source { component: component.into(), host }
}

impl Cx<'_> {
    /// Says something about an object, as `record.EventRecorder` does: an Event in its namespace, or one more count of
    /// the same event. Never fails: what the server refuses is lost, as in life.
    pub fn event(&mut self, about: &Object, type_: EventType, reason: &str, message: impl Into<String>) {
        self.event_at(about, "", type_, reason, message);
    }

    /// Like [`Cx::event`], about a part of the object: `spec.containers{web}`.
    pub fn event_at(
        &mut self,
        about: &Object,
        field_path: &str,
        type_: EventType,
        reason: &str,
        message: impl Into<String>,
    ) {
        let source = source(&self.place);
        let host = source.host.as_deref().unwrap_or("");
        let message = message.into();
        let now = self.now;
        let memories = Rc::make_mut(&mut self.events.0);
        if !memories.admits(hash(&[&source.component, host, about.uid(), about.name()]), now) {
            return;
        }
        let group = hash(&[&source.component, host, about.uid(), about.name(), type_.as_str(), reason]);
        let folded = memories.folds(group, hash(&[&message]), now);
        let message = if folded { format!("(combined from similar events): {message}") } else { message };
        let same = match folded {
            true => hash(&["folded", &group.to_string()]),
            false => hash(&["one", &group.to_string(), field_path, &message]),
        };
        let said = memories.said.of(same).clone();
        if said.count > 0 && self.count_up(about, &said, same, &message) {
            return;
        }
        let mut event = self.blank(about, field_path, type_, reason, message, &source);
        event.count = Some(1);
        event.first_timestamp = Some(MetaTime(now.timestamp()));
        event.last_timestamp = event.first_timestamp.clone();
        event.reporting_instance = Some(host.to_string());
        event.source = Some(EventSource { component: Some(source.component.clone()), host: source.host });
        if let Some(name) = self.store_event(about, event) {
            *self.memory(same) = Said { name, count: 1, last: now };
        }
    }

    /// Says something as the `events.k8s.io` recorder of the scheduler does: no counts, a series from the second time on.
    pub fn event_of_action(&mut self, about: &Object, type_: EventType, reason: &str, action: &str, note: String) {
        self.told_of_action(about, None, type_, reason, action, note);
    }

    /// Like [`Cx::event_of_action`], about what another object does to this one.
    pub fn event_between(
        &mut self,
        about: &Object,
        other: &Object,
        type_: EventType,
        reason: &str,
        action: &str,
        note: String,
    ) {
        self.told_of_action(about, Some(other), type_, reason, action, note);
    }

    fn told_of_action(
        &mut self,
        about: &Object,
        other: Option<&Object>,
        type_: EventType,
        reason: &str,
        action: &str,
        note: String,
    ) {
        let source = source(&self.place);
        let revision = about.revision().to_string();
        let same = hash(&["series", &source.component, about.uid(), &revision, type_.as_str(), reason, action]);
        let now = self.now;
        let said = self.memory(same).clone();
        if said.count > 0 && now.since(said.last) < SERIES_SPAN {
            let count = said.count + 1;
            *self.memory(same) = Said { count, last: now, ..said.clone() };
            // Only the beginning of a series is written at once; the rest waits for a refresh every half hour.
            if count == 2 {
                self.change_event(about, &said.name, |event| {
                    let last = Some(MicroTime(now.timestamp_exact()));
                    event.series = Some(EventSeries { count: Some(count), last_observed_time: last });
                });
            }
            return;
        }
        let mut event = self.blank(about, "", type_, reason, note, &source);
        event.event_time = Some(MicroTime(now.timestamp_exact()));
        event.action = Some(action.into());
        event.reporting_instance = Some(format!("{}-control-plane", source.component));
        event.source = Some(EventSource::default());
        event.related = other.map(|other| reference(other, ""));
        if let Some(name) = self.store_event(about, event) {
            *self.memory(same) = Said { name, count: 1, last: now };
        }
    }

    fn memory(&mut self, key: u64) -> &mut Said {
        Rc::make_mut(&mut self.events.0).said.of(key)
    }

    /// Counts an event once more; false when it is no longer stored.
    fn count_up(&mut self, about: &Object, said: &Said, same: u64, message: &str) -> bool {
        let now = self.now;
        let count = said.count + 1;
        let changed = self.change_event(about, &said.name, |event| {
            event.count = Some(count);
            event.last_timestamp = Some(MetaTime(now.timestamp()));
            event.message = Some(message.into());
        });
        if changed {
            *self.memory(same) = Said { name: said.name.clone(), count, last: now };
        }
        changed
    }

    fn change_event(&mut self, about: &Object, name: &str, change: impl FnOnce(&mut Event)) -> bool {
        let Some(stored) = self.read().get(kinds::EVENT, namespace_of(about), name) else {
            return false;
        };
        let mut stored = stored.clone();
        let mut event = event::full(&stored);
        change(&mut event);
        let memories = Rc::make_mut(&mut self.events.0);
        *stored.spec_mut::<event::Body>() = event::Body::of(event, &mut |text| memories.word(text));
        self.update(stored).is_ok()
    }

    fn store_event(&mut self, about: &Object, event: Event) -> Option<Rc<str>> {
        // Real names carry nanoseconds; ours are milliseconds with chance below them, in the order of what was said.
        let floor = self.now.timestamp_exact().as_nanosecond() as u64;
        let chance = self.chance("event names").below(5_000);
        let memories = Rc::make_mut(&mut self.events.0);
        let nanoseconds = floor.max(memories.stamp) + 1 + chance;
        memories.stamp = nanoseconds;
        let meta = ObjectMeta {
            name: Some(format!("{}.{nanoseconds:x}", about.name())),
            namespace: Some(namespace_of(about).into()),
            ..Default::default()
        };
        let body = event::Body::of(event, &mut |text| memories.word(text));
        let made = self.create(Object::new(kinds::EVENT, meta, body, ())).ok()?;
        Some(made.name().into())
    }

    fn blank(
        &self,
        about: &Object,
        field_path: &str,
        type_: EventType,
        reason: &str,
        message: String,
        source: &Source,
    ) -> Event {
        Event {
            involved_object: reference(about, field_path),
            type_: Some(type_.as_str().into()),
            reason: Some(reason.into()),
            message: Some(message.chars().take(1024).collect()),
            reporting_component: Some(source.component.clone()),
            ..Default::default()
        }
    }
}

impl Memories {
    /// A text as other events have it.
    fn word(&mut self, text: &str) -> Rc<str> {
        if let Some(known) = self.words.get(text) {
            return known.clone();
        }
        let new: Rc<str> = text.into();
        if self.words.len() < WORDS {
            self.words.insert(new.clone());
        }
        new
    }

    /// The spam filter: a token bucket per source and object.
    fn admits(&mut self, key: u64, now: Time) -> bool {
        let bucket = self.buckets.of(key);
        let refills = now.since(bucket.filled).0 / REFILL.0;
        if refills > 0 {
            bucket.tokens = (bucket.tokens + refills).min(BURST);
            bucket.filled += Span(refills * REFILL.0);
        }
        let some = bucket.tokens > 0;
        bucket.tokens = bucket.tokens.saturating_sub(1);
        some
    }

    /// Whether a message is one too many of its kind.
    fn folds(&mut self, group: u64, message: u64, now: Time) -> bool {
        let similar = self.similar.of(group);
        if now.since(similar.last) > SIMILAR_SPAN {
            similar.messages.clear();
        }
        similar.last = now;
        if !similar.messages.contains(&message) && similar.messages.len() < SIMILAR {
            similar.messages.push(message);
        } else if !similar.messages.contains(&message) {
            return true;
        }
        false
    }
}

fn reference(about: &Object, field_path: &str) -> ObjectReference {
    let names = about.kind.names();
    ObjectReference {
        api_version: Some(names.api_version()),
        kind: Some(names.kind.into()),
        namespace: names.namespaced.then(|| about.namespace().into()),
        name: Some(about.name().into()),
        uid: about.meta.uid.clone(),
        resource_version: about.meta.resource_version.clone(),
        field_path: (!field_path.is_empty()).then(|| field_path.into()),
    }
}

/// Events about cluster-wide objects live in `default`.
fn namespace_of(about: &Object) -> &str {
    if about.kind.names().namespaced { about.namespace() } else { "default" }
}

/// FNV-1a over several texts.
fn hash(texts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for text in texts {
        for byte in text.bytes().chain([0xff]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    state
}
