//! The hands of whoever acts: every write, with its message and its fact.

use super::journal::{FactId, Journal, Note, What};
use super::{Memory, Recorder, Scalers, scheduler};
use crate::api::managed::Apply;
use crate::api::patch::{Patch, PatchKind, Patched, Subresource};
use crate::api::server::Deleted;
use crate::api::{ApiError, ApiServer, Call, DeleteOptions, KindRef, Object, Reader, User};
use crate::base::rng::{Rng, Stream};
use crate::net::{Place, Tables};
use crate::node::Machines;
use crate::store::{Key, Revision};
use crate::time::{Span, Time};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::rc::Rc;

/// A write as the API server heard it, for a client that tells of its requests.
#[derive(Clone, Debug)]
pub struct Heard {
    pub verb: &'static str,
    pub key: Key,
    pub sub: &'static str,
    /// The content type, where it is not plain JSON.
    pub content: &'static str,
    pub body: Value,
    /// Of an apply: take fields from others.
    pub force: bool,
    pub error: Option<ApiError>,
}

/// How long a request takes to the API server, and an answer back.
pub const REQUEST: Span = Span::millis(4);

pub struct Cx<'a> {
    pub now: Time,
    pub api: &'a mut ApiServer,
    pub machines: &'a mut Machines,
    pub tables: &'a mut Tables,
    pub rng: &'a mut Rng,
    pub journal: &'a mut Journal,
    pub events: &'a mut Recorder,
    pub scheduler: &'a mut scheduler::State,
    /// What controllers remember of failures.
    pub memory: &'a mut Memory,
    /// What the autoscalers' controller remembers.
    pub scalers: &'a mut Scalers,
    /// Who acts.
    pub place: Place,
    pub user: Rc<User>,
    /// The field manager of what is written.
    pub manager: Cow<'static, str>,
    /// For what runs on a node: its name.
    pub node: Option<Rc<str>>,
    /// Why this runs.
    pub cause: FactId,
    /// When the controller manager was started again; zero when it runs since the beginning.
    pub started: Time,
    /// Since when it sees the cluster without a gap: its start, the API server's return, a jump of the clock.
    pub seen: Time,
    pub dry_run: bool,
    /// The writes so far, if somebody listens.
    pub heard: Option<Vec<Heard>>,
    /// Further keys of this same controller to look at later; the world takes them when the call is over.
    pub wakes: Vec<(Key, Span)>,
    /// How long this look takes; the key is not looked at again before.
    pub busy: Span,
}

impl<'a> Cx<'a> {
    pub fn read(&self) -> Reader<'_> {
        self.api.reader()
    }

    /// A stream of chance by name.
    pub fn chance(&mut self, name: &'static str) -> &mut Stream {
        self.rng.of(name)
    }

    /// This look takes a while: what changes meanwhile is seen by the next one.
    pub fn takes(&mut self, span: Span) {
        self.busy = span;
    }

    /// Ask for another look at a key of this controller after a while.
    pub fn wake(&mut self, key: Key, after: Span) {
        self.wakes.push((key, after));
    }

    /// # Errors
    /// See [`ApiServer::create`].
    pub fn create(&mut self, object: Object) -> Result<Object, ApiError> {
        let key = object.key();
        self.hear("", "", || object.to_value());
        self.write("POST", key, |api, call| api.create(object, call), |object| Some(object.key()))
    }

    /// # Errors
    /// See [`ApiServer::update`].
    pub fn update(&mut self, object: Object) -> Result<Object, ApiError> {
        let key = object.key();
        self.hear("", "", || object.to_value());
        self.write("PUT", key, |api, call| api.update(object, call), |object| Some(object.key()))
    }

    /// # Errors
    /// See [`ApiServer::update_status`].
    pub fn update_status(&mut self, object: Object) -> Result<Object, ApiError> {
        let key = object.key();
        self.hear("status", "", || object.to_value());
        self.write("PATCH", key, |api, call| api.update_status(object, call), |object| Some(object.key()))
    }

    /// # Errors
    /// See [`ApiServer::patch`].
    pub fn patch(&mut self, kind: KindRef, namespace: &str, name: &str, patch: Patch<'_>) -> Result<Patched, ApiError> {
        let namespace = if kind.names().namespaced { namespace } else { "" };
        let key = Key::new(kind.names().resource, namespace, name);
        let content = match patch.how {
            PatchKind::Json => "application/json-patch+json",
            PatchKind::Merge => "application/merge-patch+json",
            PatchKind::Strategic => "application/strategic-merge-patch+json",
        };
        let sub = match patch.part {
            Subresource::Main => "",
            Subresource::Status => "status",
            Subresource::Scale => "scale",
            Subresource::Ephemeral => "ephemeralcontainers",
            Subresource::Resize => "resize",
        };
        self.hear(sub, content, || patch.body.clone());
        self.write("PATCH", key, |api, call| api.patch(kind, namespace, name, patch, call), |_| None)
    }

    /// # Errors
    /// See [`ApiServer::apply`].
    pub fn apply(&mut self, kind: KindRef, namespace: &str, name: &str, apply: Apply<'_>) -> Result<Patched, ApiError> {
        let namespace = if kind.names().namespaced { namespace } else { "" };
        let key = Key::new(kind.names().resource, namespace, name);
        self.hear("", "application/apply-patch+yaml", || apply.value.clone());
        if let Some(last) = self.heard.as_mut().and_then(|heard| heard.last_mut()) {
            last.force = apply.force;
        }
        self.write("PATCH", key, |api, call| api.apply(kind, namespace, name, apply, call), |_| None)
    }

    /// # Errors
    /// See [`ApiServer::delete`].
    pub fn delete(
        &mut self,
        kind: KindRef,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Deleted, ApiError> {
        let key = Key::new(kind.names().resource, namespace, name);
        self.hear("", "", || options.to_value());
        self.write("DELETE", key, |api, call| api.delete(kind, namespace, name, options, call), |_| None)
    }

    /// # Errors
    /// See [`ApiServer::evict`].
    pub fn evict(&mut self, namespace: &str, name: &str, options: &DeleteOptions) -> Result<(), ApiError> {
        let key = Key::new("pods", namespace, name);
        self.hear("eviction", "", || {
            let meta = json!({"name": name, "namespace": namespace});
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta})
        });
        self.write("POST", key, |api, call| api.evict(namespace, name, options, call), |()| None)
    }

    /// # Errors
    /// See [`ApiServer::bind`].
    pub fn bind(&mut self, namespace: &str, name: &str, node: &str) -> Result<Object, ApiError> {
        let key = Key::new("pods", namespace, name);
        self.hear("binding", "", Value::default);
        self.write("POST", key, |api, call| api.bind(namespace, name, node, call), |_| None)
    }

    /// A message that this place sends elsewhere; drawn, not delivered.
    pub fn send(&mut self, to: Place, note: Note, takes: Span) {
        let from = self.place.clone();
        self.journal.send(from, to, note, self.now, self.now + takes, self.cause);
    }

    /// Something that happened here without the API server.
    pub fn local(&mut self, event: &str, key: Key) -> FactId {
        self.journal.record(self.now, self.place.clone(), What::Local { event: event.into(), key }, self.cause)
    }

    /// Notes what is about to be asked.
    fn hear(&mut self, sub: &'static str, content: &'static str, body: impl FnOnce() -> Value) {
        let Some(heard) = &mut self.heard else { return };
        let key = Key::new("", "", "");
        heard.push(Heard { verb: "", key, sub, content, body: body(), force: false, error: None });
    }

    fn write<R>(
        &mut self,
        verb: &'static str,
        key: Key,
        act: impl FnOnce(&mut ApiServer, &mut Call<'_>) -> Result<R, ApiError>,
        named: impl Fn(&R) -> Option<Key>,
    ) -> Result<R, ApiError> {
        if let Some(error) = self.api.health.error() {
            if key.resource != "events" {
                self.send(Place::ApiServer, note(verb, &key), REQUEST);
            }
            return Err(error);
        }
        let before = self.api.revision();
        // Signs of life and events lead to nothing: they make no fact of their own.
        let quiet = matches!(key.resource, "leases.coordination.k8s.io" | "events");
        let fact = if quiet { self.cause } else { FactId(self.journal.last().0 + 1) };
        let mut call = Call {
            now: self.now,
            rng: self.rng,
            user: &self.user,
            manager: self.manager.clone(),
            cause: fact.0,
            dry_run: self.dry_run,
        };
        let result = act(self.api, &mut call);
        if let Some(last) = self.heard.as_mut().and_then(|heard| heard.last_mut()) {
            let named = result.as_ref().ok().and_then(&named);
            (last.verb, last.key) = (verb, named.unwrap_or_else(|| key.clone()));
            last.error = result.as_ref().err().cloned();
        }
        let arrives = self.now + REQUEST;
        match &result {
            Ok(answer) if self.api.revision() != before => {
                let key = named(answer).unwrap_or(key);
                let letter = self.letter(before);
                let revision = self.api.revision();
                if !quiet {
                    let what = What::Write { verb, key: key.clone(), revision, letter };
                    self.journal.record(self.now, self.place.clone(), what, self.cause);
                }
                let request = note(verb, &key);
                self.journal.send(self.place.clone(), Place::ApiServer, request, self.now, arrives, fact);
                let store = Note::Store { key, letter, revision };
                self.journal.send(Place::ApiServer, Place::Etcd, store, arrives, arrives + Span::millis(2), fact);
            }
            Ok(_) => {}
            Err(error) => {
                let code = error.code();
                let what = What::Refused { verb, key: key.clone(), code };
                let fact = self.journal.record(self.now, self.place.clone(), what, self.cause);
                self.journal.send(self.place.clone(), Place::ApiServer, note(verb, &key), self.now, arrives, fact);
                let back = Note::Response { code };
                self.journal.send(Place::ApiServer, self.place.clone(), back, arrives, arrives + REQUEST, fact);
            }
        }
        result
    }

    fn letter(&self, before: Revision) -> char {
        match self.api.since(before).first() {
            Some(change) if change.new.is_none() => 'D',
            Some(change) if change.old.is_none() => 'A',
            _ => 'M',
        }
    }
}

fn note(verb: &'static str, key: &Key) -> Note {
    if key.resource == "leases.coordination.k8s.io" {
        Note::Heartbeat
    } else {
        Note::Request { verb, key: key.clone() }
    }
}

/// The field manager of who acts at a place: the name of its program, as its requests give it.
pub fn manager_of(place: &Place) -> &'static str {
    match place {
        Place::ApiServer | Place::Etcd => "kube-apiserver",
        Place::Scheduler | Place::Controller("kube-scheduler") => "kube-scheduler",
        Place::Controller("coredns") | Place::Dns => "coredns",
        Place::Controller(_) => "kube-controller-manager",
        Place::Kubelet(_) | Place::Node(_) | Place::Runtime(_) => "kubelet",
        Place::Proxy(_) => "kube-proxy",
        Place::Outside | Place::Pod { .. } | Place::Service { .. } | Place::Registry => "kubectl",
    }
}
