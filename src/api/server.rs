//! The API server: every read and every write of the cluster goes through here.
//!
//! Models: `apiserver/pkg/registry/generic/registry/store.go`, `apiserver/pkg/endpoints/handlers`.
//! Left out: authentication (every caller says who it is), authorization, watch bookmarks.

use super::admission::{self, Admit};
use super::amounts::{self, Amounts};
use super::authorize::{self, Ask};
use super::custom::{Customs, definition};
use super::errors::{ApiError, FieldErrors};
use super::health::Health;
use super::index::Index;
use super::kind::KindRef;
use super::kinds;
use super::managed::{self, Before, Entry, Given, Ledger, Target, Who};
use super::metrics::Metrics;
use super::object::Object;
use super::rbac;
pub use super::reader::Reader;
use super::release::Release;
use super::review;
use super::schema::Library;
use super::user::User;
use crate::base::rng::Rng;
use crate::store::{Change, Key, Revision, Store};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{NamespaceSpec, PodCondition, PodSpec, PodStatus, ResourceQuotaStatus, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as MetaTime;
use serde_json::{Map, Value};
use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Who calls, when, and because of what.
pub struct Call<'a> {
    pub now: Time,
    pub rng: &'a mut Rng,
    pub user: &'a User,
    /// The field manager that managedFields name: `kubectl-create`, `kube-controller-manager`.
    pub manager: Cow<'static, str>,
    /// The journal's number of the fact that caused this call.
    pub cause: u32,
    pub dry_run: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    #[default]
    Background,
    Foreground,
    Orphan,
}

#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds; `None` asks for the object's own grace period.
    pub grace: Option<u64>,
    pub propagation: Propagation,
    /// Delete only the object with this UID.
    pub uid: Option<String>,
}

impl DeleteOptions {
    /// As a client sends them.
    pub fn to_value(&self) -> Value {
        let mut tree = Map::new();
        if let Some(grace) = self.grace {
            tree.insert("gracePeriodSeconds".into(), grace.into());
        }
        tree.insert("propagationPolicy".into(), format!("{:?}", self.propagation).into());
        if let Some(uid) = &self.uid {
            tree.insert("preconditions".into(), Map::from_iter([("uid".to_string(), uid.clone().into())]).into());
        }
        tree.into()
    }
}

/// What a delete came to.
#[derive(Clone, Debug)]
pub enum Deleted {
    Gone(Object),
    /// Marked; it goes when its grace period or its finalizers are done.
    Waiting(Object),
}

/// How many owners are remembered by what their pods have in common.
const ALIKE: usize = 32;

#[derive(Clone, Default)]
pub struct ApiServer {
    pub(super) store: Store<Object>,
    pub(super) index: Index,
    /// By owner: the spec of its last pod as it was asked for.
    alike: BTreeMap<String, Rc<dyn Any>>,
    pub(super) custom: Customs,
    /// What it says that it is.
    pub release: Release,
    /// Whether it answers.
    pub health: Health,
    /// What metrics servers have measured, by the id of their container.
    pub metrics: BTreeMap<Rc<str>, Rc<Metrics>>,
    /// The descriptions of its OpenAPI documents.
    pub library: Library,
}

impl ApiServer {
    /// An empty one.
    pub fn new(release: Release) -> Self {
        ApiServer { release, ..Default::default() }
    }

    pub fn revision(&self) -> Revision {
        self.store.revision()
    }

    pub fn store(&self) -> &Store<Object> {
        &self.store
    }

    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self)
    }

    /// Changes after a revision, for watchers.
    pub fn since(&self, revision: Revision) -> Vec<Rc<Change<Object>>> {
        self.store.since(revision).map(|changes| changes.cloned().collect()).unwrap_or_default()
    }

    /// # Errors
    /// NotFound.
    pub fn get(&self, kind: KindRef, namespace: &str, name: &str) -> Result<&Object, ApiError> {
        let names = kind.names();
        let namespace = if names.namespaced { namespace } else { "" };
        if kind.custom().is_some() && !self.custom.serves(kind) {
            return Err(ApiError::no_resource("get", names, name));
        }
        if names.group == super::metrics::GROUP {
            return self.reader().measure(kind, namespace, name);
        }
        self.store.get(&Key::new(names.resource, namespace, name)).ok_or_else(|| ApiError::not_found(names, name))
    }

    /// Stores a new object: name, defaults, admission, validation, metadata.
    ///
    /// # Errors
    /// AlreadyExists, Invalid, Forbidden or NotFound (namespace), as the real server.
    pub fn create(&mut self, object: Object, call: &mut Call<'_>) -> Result<Object, ApiError> {
        self.make(object, None, call)
    }

    /// Like [`ApiServer::create`], with the field managers that the new object has.
    pub(super) fn create_owned(
        &mut self,
        object: Object,
        entries: Vec<Entry>,
        call: &mut Call<'_>,
    ) -> Result<Object, ApiError> {
        self.make(object, Some(entries), call)
    }

    fn make(&mut self, object: Object, owned: Option<Vec<Entry>>, call: &mut Call<'_>) -> Result<Object, ApiError> {
        let mut object = self.current("post", object)?;
        let kind = object.kind;
        let names = kind.names();
        authorize::check(call.user, &Ask::of(names, "create", object.namespace(), ""), self.reader())?;
        if self.custom.served(names.resource).is_some_and(|served| served.terminating) {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(ApiError::forbidden(names, object.name(), why));
        }
        if !kind.verbs().contains(&"list") {
            review::answer(&mut object, call.user, self.reader());
            return Ok(object);
        }
        let meta = object.meta_mut();
        // Until it is admitted, messages name a generated object by its base.
        let base = match (&meta.name, &meta.generate_name) {
            (Some(name), _) if !name.is_empty() => None,
            (_, base) => base.as_ref().map(|base| base.chars().take(58).collect::<String>()),
        };
        if base.is_some() {
            meta.name.clone_from(&base);
        }
        if !names.namespaced {
            meta.namespace = None;
        }
        meta.uid = Some(call.rng.of("uid").uuid());
        meta.creation_timestamp = Some(MetaTime(call.now.timestamp()));
        meta.resource_version = None;
        meta.deletion_timestamp = None;
        meta.deletion_grace_period_seconds = None;
        meta.generation = kind.has_generation().then_some(1);
        meta.self_link = None;
        let given = given(&mut object);
        kind.defaults(&mut object);
        let mut before = self.before(&object);
        kind.prepare(&mut object, None);
        self.admit(&mut object, None, call)?;
        before.settle(&object);
        rbac::escalation::check(&object, None, call.user, self.reader())?;
        if let Some(base) = base {
            object.meta_mut().name = Some(format!("{base}{}", call.rng.of("generated names").suffix(5)));
        }
        let mut errors = FieldErrors::default();
        kinds::meta::validate(&object, None, &mut errors);
        kind.validate(&object, None, &mut errors);
        if !errors.is_empty() {
            return Err(ApiError::invalid(names, object.name(), errors));
        }
        self.check(&object, None, call)?;
        let charges = self.charges(&object, None, call)?;
        if self.store.get(&object.key()).is_some() {
            return Err(ApiError::already_exists(names, object.name()));
        }
        let who = Who { manager: call.manager.clone(), target: Target::Main, at: call.now };
        object.ledger = Some(match (owned, given) {
            (Some(entries), _) | (None, Given::Entries(entries)) => Ledger::of(entries),
            _ => Ledger::created(who, self.shared(&object, before)),
        });
        if call.dry_run {
            return Ok(object);
        }
        let object = self.put(object, call);
        self.charge(charges, call);
        if kind == kinds::SERVICE {
            self.follow_addresses(None, Some(&object), call);
        }
        Ok(object)
    }

    /// The object as the request has it; of pods whose owner makes many alike, the parts of the first.
    fn before(&self, object: &Object) -> Before {
        let mut before = Before::of(object);
        if let Some(spec) = object.controller().and_then(|owner| self.alike.get(&owner.uid))
            && (object.kind.codec().spec_eq)(&**spec, &*object.spec)
        {
            before.spec = Some(spec.clone());
        }
        before
    }

    fn shared(&mut self, object: &Object, before: Before) -> Before {
        if let (Some(owner), Some(spec)) = (object.controller(), &before.spec) {
            if self.alike.len() >= ALIKE && !self.alike.contains_key(&owner.uid) {
                self.alike.pop_first();
            }
            self.alike.insert(owner.uid.clone(), spec.clone());
        }
        before
    }

    /// Replaces metadata and spec; the status stays. A resourceVersion in the object must be the current one.
    ///
    /// # Errors
    /// NotFound, Conflict, Invalid, Forbidden.
    pub fn update(&mut self, object: Object, call: &mut Call<'_>) -> Result<Object, ApiError> {
        self.may_update(&object, "", call)?;
        self.replace(object, Target::Main, None, call)
    }

    /// Replaces the status; everything else stays.
    ///
    /// # Errors
    /// NotFound, Conflict, Invalid.
    pub fn update_status(&mut self, object: Object, call: &mut Call<'_>) -> Result<Object, ApiError> {
        self.may_update(&object, "status", call)?;
        self.replace(object, Target::Status, None, call)
    }

    fn may_update(&self, object: &Object, sub: &str, call: &Call<'_>) -> Result<(), ApiError> {
        let ask = Ask::of(object.kind.names(), "update", object.namespace(), object.name());
        authorize::check(call.user, &ask.sub(sub), self.reader())
    }

    /// An update of a request that is allowed; `owned` are the field managers that the object then has.
    pub(super) fn replace(
        &mut self,
        object: Object,
        target: Target,
        owned: Option<Vec<Entry>>,
        call: &mut Call<'_>,
    ) -> Result<Object, ApiError> {
        let mut object = self.current("put", object)?;
        let kind = object.kind;
        let names = kind.names();
        if target == Target::Status && kind.custom().is_some_and(|custom| !custom.status) {
            return Err(ApiError::not_found(names, object.name()));
        }
        let old = self.get(kind, object.namespace(), object.name())?.seen_as(kind);
        if object.meta.resource_version.is_some() && object.meta.resource_version != old.meta.resource_version {
            return Err(ApiError::stale(names, object.name()));
        }
        if object.meta.uid.as_deref().is_some_and(|uid| uid != old.uid()) {
            let why = format!(
                "Precondition failed: UID in precondition: {}, UID in object meta: {}",
                object.uid(),
                old.uid()
            );
            return Err(ApiError::conflict(names, object.name(), &why));
        }
        let given = if target == Target::Main { given(&mut object) } else { Given::Nothing };
        let mut before = Before::default();
        match target {
            Target::Main | Target::Scale => {
                object.take_status(&old);
                keep_system_fields(&mut object, &old);
                kind.defaults(&mut object);
                kind.prepare(&mut object, Some(&old));
                if kind.has_generation() && !object.same_spec(&old) {
                    let generation = old.meta.generation.unwrap_or(0) + 1;
                    object.meta_mut().generation = Some(generation);
                }
                rbac::escalation::check(&object, Some(&old), call.user, self.reader())?;
                before = Before::of(&object);
                self.admit(&mut object, Some(&old), call)?;
                before.settle(&object);
            }
            Target::Status => {
                // A Deployment's status update carries its revision annotation.
                let annotations = object.meta.annotations.clone();
                object.meta = old.meta.clone();
                if names.resource == "deployments.apps" && object.meta.annotations != annotations {
                    object.meta_mut().annotations = annotations;
                }
                object.take_spec(&old);
            }
            Target::Resize => {}
            Target::Ephemeral => {
                let wanted = object.spec::<PodSpec>().ephemeral_containers.clone();
                object = old.clone();
                object.spec_mut::<PodSpec>().ephemeral_containers = wanted;
                kind.defaults(&mut object);
                let mut errors = FieldErrors::default();
                super::validation::pod::ephemeral(object.spec(), old.spec(), &mut errors);
                if !errors.is_empty() {
                    return Err(ApiError::invalid(names, object.name(), errors));
                }
                let generation = old.meta.generation.unwrap_or(0) + i64::from(!object.same_spec(&old));
                object.meta_mut().generation = Some(generation);
            }
        }
        if target == Target::Resize {
            object = resized(&object, &old);
            self.admit(&mut object, Some(&old), call)?;
            let mut errors = FieldErrors::default();
            super::validation::pod::resize(&object, &old, &mut errors);
            if !errors.is_empty() {
                return Err(ApiError::invalid(names, object.name(), errors));
            }
            let generation = old.meta.generation.unwrap_or(0) + i64::from(!object.same_spec(&old));
            object.meta_mut().generation = Some(generation);
        }
        let same = object.meta == old.meta && object.same_spec(&old) && object.same_status(&old);
        let who = Who { manager: call.manager.clone(), target, at: call.now };
        object.ledger = match (owned, given) {
            (Some(entries), _) if same && managed::same(&entries, &old.managed()) => return Ok(old),
            (Some(entries), _) => Some(Ledger::of(entries)),
            (None, Given::Nothing) if same => return Ok(old),
            (None, Given::Nothing) => Ledger::changed(&old, before, &object, Some(who)),
            (None, Given::Reset) => Some(Ledger::of(vec![])),
            (None, Given::Entries(entries)) if same && managed::same(&entries, &old.managed()) => return Ok(old),
            (None, Given::Entries(entries)) => {
                let mut old = old.clone();
                old.ledger = Some(Ledger::of(entries));
                if same { old.ledger } else { Ledger::changed(&old, before, &object, Some(who)) }
            }
        };
        let main = matches!(target, Target::Main | Target::Scale);
        if main {
            let mut errors = FieldErrors::default();
            kinds::meta::validate(&object, Some(&old), &mut errors);
            kind.validate(&object, Some(&old), &mut errors);
            if !errors.is_empty() {
                return Err(ApiError::invalid(names, object.name(), errors));
            }
            self.check(&object, Some(&old), call)?;
        } else {
            let mut errors = FieldErrors::default();
            kind.validate_status(&object, &old, &mut errors);
            if !errors.is_empty() {
                return Err(ApiError::invalid(names, object.name(), errors));
            }
        }
        if target == Target::Resize {
            self.check(&object, Some(&old), call)?;
        }
        let counts = main || target == Target::Resize;
        let charges = if counts { self.charges(&object, Some(&old), call)? } else { vec![] };
        if call.dry_run {
            return Ok(object);
        }
        if removable(&object) {
            self.remove(&object.key(), call);
            self.follow_addresses(Some(&object), None, call);
            return Ok(object);
        }
        let object = self.put(object, call);
        self.charge(charges, call);
        if kind == kinds::SERVICE {
            self.follow_addresses(Some(&old), Some(&object), call);
        }
        Ok(object)
    }

    /// Deletes, gracefully where the kind or its finalizers ask for it.
    ///
    /// # Errors
    /// NotFound, Conflict (UID).
    pub fn delete(
        &mut self,
        kind: KindRef,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
        call: &mut Call<'_>,
    ) -> Result<Deleted, ApiError> {
        if kind.custom().is_some() && !self.custom.serves(kind) {
            return Err(ApiError::no_resource("delete", kind.names(), name));
        }
        authorize::check(call.user, &Ask::of(kind.names(), "delete", namespace, name), self.reader())?;
        if kind.names().group == super::metrics::GROUP {
            let words = "the server does not allow this method on the requested resource";
            return Err(ApiError::new(super::errors::Reason::MethodNotAllowed, words));
        }
        self.delete_anyway(kind, namespace, name, options, call)
    }

    /// Like [`ApiServer::delete`], for whoever has been allowed something that comes to it.
    pub(super) fn delete_anyway(
        &mut self,
        kind: KindRef,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
        call: &mut Call<'_>,
    ) -> Result<Deleted, ApiError> {
        let mut object = self.get(kind, namespace, name)?.clone();
        if kind.names().resource == "namespaces" && ["default", "kube-system", "kube-public"].contains(&name) {
            return Err(ApiError::forbidden(kind.names(), name, "this namespace may not be deleted"));
        }
        if kind.names().kind == "PriorityClass" && ["system-cluster-critical", "system-node-critical"].contains(&name) {
            let why = "this is a system priority class and cannot be deleted";
            return Err(ApiError::forbidden(kind.names(), name, why));
        }
        if let Some(uid) = &options.uid
            && uid != object.uid()
        {
            let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", object.uid());
            return Err(ApiError::conflict(kind.names(), name, &why));
        }
        if !object.deleting() {
            kind.begin_delete(&mut object, call.now);
        }
        let grace = match object.meta.deletion_grace_period_seconds {
            // It is going already: only a delete that names a grace period changes anything.
            Some(was) if object.deleting() => options.grace.unwrap_or(was.max(0) as u64),
            _ => grace(&object, options),
        };
        let mut finalizers = object.meta.finalizers.clone().unwrap_or_default();
        for (wanted, finalizer) in [(Propagation::Foreground, "foregroundDeletion"), (Propagation::Orphan, "orphan")] {
            let present = finalizers.iter().any(|f| f == finalizer);
            if options.propagation == wanted && !present && !object.deleting() {
                finalizers.push(finalizer.into());
            }
        }
        let namespace_content = kind.names().resource == "namespaces"
            && object.spec::<NamespaceSpec>().finalizers.as_ref().is_some_and(|f| !f.is_empty());
        if call.dry_run {
            return Ok(Deleted::Waiting(object));
        }
        if grace == 0 && finalizers.is_empty() && !namespace_content {
            self.remove(&object.key(), call);
            self.follow_addresses(Some(&object), None, call);
            return Ok(Deleted::Gone(object));
        }
        let was = object.meta.deletion_grace_period_seconds;
        if object.deleting() && was.is_some_and(|was| was <= grace as i64) {
            return Ok(Deleted::Waiting(object));
        }
        // A shorter grace period counts from the first delete.
        let begun = object.meta.deletion_timestamp.as_ref().map(|end| Time::of(end.0));
        let begun = begun.map_or(call.now, |end| Time(end.0.saturating_sub(was.unwrap_or(0).max(0) as u64 * 1000)));
        let until = begun + Span::seconds(grace);
        let meta = object.meta_mut();
        meta.deletion_timestamp = Some(MetaTime(until.timestamp()));
        meta.deletion_grace_period_seconds = Some(grace as i64);
        meta.finalizers = (!finalizers.is_empty()).then_some(finalizers);
        if kind.has_generation() {
            meta.generation = Some(meta.generation.unwrap_or(0) + 1);
        }
        if kind.names().resource == "namespaces" {
            object.status_mut::<k8s_openapi::api::core::v1::NamespaceStatus>().phase = Some("Terminating".into());
        }
        object.ledger = Ledger::changed(self.get(kind, namespace, name)?, Before::default(), &object, None);
        Ok(Deleted::Waiting(self.put(object, call)))
    }

    /// The scheduler's binding: the pod gets its node.
    ///
    /// # Errors
    /// NotFound; Conflict when it is bound or going.
    pub fn bind(&mut self, namespace: &str, name: &str, node: &str, call: &mut Call<'_>) -> Result<Object, ApiError> {
        let ask = Ask::of(kinds::POD.names(), "create", namespace, name).sub("binding");
        authorize::check(call.user, &ask, self.reader())?;
        let mut pod = self.get(kinds::POD, namespace, name)?.clone();
        if pod.deleting() {
            return Err(ApiError::conflict(
                kinds::POD.names(),
                name,
                &format!("pod {name} is being deleted, cannot be assigned to a host"),
            ));
        }
        if let Some(bound) = &pod.spec::<PodSpec>().node_name {
            let why = format!("pod {name} is already assigned to node \"{bound}\"");
            return Err(ApiError::conflict(kinds::POD.names(), name, &why));
        }
        pod.spec_mut::<PodSpec>().node_name = Some(node.into());
        self.place_labels(&mut pod, node);
        let generation = pod.meta.generation;
        pod.status_mut::<PodStatus>().nominated_node_name = None;
        let conditions = pod.status_mut::<PodStatus>().conditions.get_or_insert_with(Vec::new);
        conditions.retain(|condition| condition.type_ != "PodScheduled");
        conditions.push(PodCondition {
            type_: "PodScheduled".into(),
            status: "True".into(),
            observed_generation: generation,
            last_transition_time: Some(MetaTime(call.now.timestamp())),
            ..Default::default()
        });
        pod.ledger = Ledger::bound(self.get(kinds::POD, namespace, name)?, &pod);
        Ok(self.put(pod, call))
    }

    /// A pod carries the zone and the region of its node (the admission step PodTopologyLabels).
    fn place_labels(&self, pod: &mut Object, node: &str) {
        let Ok(node) = self.get(kinds::NODE, "", node) else { return };
        for label in ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] {
            if let Some(value) = node.labels().get(label) {
                pod.meta_mut().labels.get_or_insert_default().insert(label.into(), value.clone());
            }
        }
    }

    fn admit(&self, object: &mut Object, old: Option<&Object>, call: &mut Call<'_>) -> Result<(), ApiError> {
        let mut cx = Admit { read: self.reader(), rng: call.rng, user: call.user, now: call.now };
        admission::ALL.iter().try_for_each(|step| step.admit(object, old, &mut cx))
    }

    fn check(&self, object: &Object, old: Option<&Object>, call: &mut Call<'_>) -> Result<(), ApiError> {
        let mut cx = Admit { read: self.reader(), rng: call.rng, user: call.user, now: call.now };
        admission::ALL.iter().try_for_each(|step| step.check(object, old, &mut cx))
    }

    /// The quotas that count an object, with what they have used then.
    fn charges(
        &self,
        object: &Object,
        old: Option<&Object>,
        call: &Call<'_>,
    ) -> Result<Vec<(Object, Amounts)>, ApiError> {
        admission::resource_quota::charges(object, old, self.reader(), call.now)
    }

    fn charge(&mut self, charges: Vec<(Object, Amounts)>, call: &Call<'_>) {
        for (mut quota, used) in charges {
            quota.status_mut::<ResourceQuotaStatus>().used = Some(amounts::written(&used));
            self.put(quota, call);
        }
    }

    fn put(&mut self, mut object: Object, call: &Call<'_>) -> Object {
        let revision = self.store.upcoming();
        object.meta_mut().resource_version = Some(revision.0.to_string());
        let key = object.key();
        let old = self.store.get(&key).cloned();
        self.index.replace(&key, old.as_ref(), &object);
        let stored = match self.custom.served(key.resource) {
            Some(served) => object.seen_as(served.storage),
            None => object.clone(),
        };
        self.store.put(call.now, key, stored, call.cause);
        if object.kind.names().resource == definition::RESOURCE
            && let Some(resource) = self.custom.learn(&object)
        {
            self.reshape(resource);
        }
        object
    }

    /// A client may hold a custom object in the form of a definition that has changed since.
    fn current(&self, verb: &str, object: Object) -> Result<Object, ApiError> {
        let names = object.kind.names();
        if object.kind.custom().is_none() {
            return Ok(object);
        }
        let served = self.custom.served(names.resource);
        let mut versions = served.into_iter().flat_map(|served| served.versions.iter().chain([&served.storage]));
        match versions.find(|kind| kind.names().version == names.version) {
            Some(kind) => Ok(object.seen_as(*kind)),
            None => Err(ApiError::no_resource(verb, names, "")),
        }
    }

    /// Brings the stored objects of a custom resource into the form of its definition as it is now.
    fn reshape(&mut self, resource: &'static str) {
        let Some(storage) = self.custom.served(resource).map(|served| served.storage) else { return };
        let stored: Vec<(Key, Object)> =
            self.store.list(resource, None).map(|(key, object)| (key.clone(), object.seen_as(storage))).collect();
        for (key, object) in stored {
            self.store.reshape(&key, object);
        }
    }

    /// Every address of a Service is an object of its own, so that no two Services have the same.
    fn follow_addresses(&mut self, old: Option<&Object>, new: Option<&Object>, call: &mut Call<'_>) {
        fn of(service: Option<&Object>) -> BTreeSet<&str> {
            let spec = service.and_then(|service| service.try_spec::<ServiceSpec>());
            let all = spec.and_then(|spec| spec.cluster_ips.as_ref()).into_iter().flatten();
            all.map(String::as_str).filter(|ip| *ip != "None" && !ip.is_empty()).collect()
        }
        let (was, is) = (of(old), of(new));
        for ip in was.difference(&is) {
            self.remove(&Key::new(kinds::IP_ADDRESS.names().resource, "", ip), call);
        }
        let Some(service) = new else { return };
        for ip in is.difference(&was) {
            let value = kinds::rare::ip_address(ip, service);
            let mut object = Object::from_value(kinds::IP_ADDRESS, value).expect("it is made to fit");
            object.meta_mut().uid = Some(call.rng.of("uid").uuid());
            object.meta_mut().creation_timestamp = Some(MetaTime(call.now.timestamp()));
            self.put(object, call);
        }
    }

    /// For tests: changes what is stored past every rule, without a write that anybody would see.
    pub fn tamper(&mut self) -> Tamper<'_> {
        Tamper(self)
    }

    fn remove(&mut self, key: &Key, call: &Call<'_>) {
        if let Some(old) = self.store.get(key).cloned() {
            self.index.remove(key, &old);
            self.store.delete(call.now, key, call.cause);
            if key.resource == definition::RESOURCE {
                self.custom.forget(&key.name);
            }
        }
    }
}

/// See [`ApiServer::tamper`].
pub struct Tamper<'a>(&'a mut ApiServer);

impl Tamper<'_> {
    /// Puts an object in the place of what is there.
    pub fn put(&mut self, object: Object) {
        let key = object.key();
        let old = self.0.store.get(&key).cloned();
        self.0.index.replace(&key, old.as_ref(), &object);
        self.0.store.reshape(&key, object);
    }

    /// Takes away what is there.
    pub fn forget(&mut self, key: &Key) {
        if let Some(old) = self.0.store.get(key).cloned() {
            self.0.index.remove(key, &old);
            self.0.store.forget(key);
        }
    }
}

/// What a client sends of managedFields, taken out of the object.
fn given(object: &mut Object) -> Given {
    if object.meta.managed_fields.is_none() {
        return Given::Nothing;
    }
    let sent = object.meta_mut().managed_fields.take();
    Given::of(serde_json::to_value(sent).ok().as_ref())
}

/// The fields of metadata that only the server writes.
fn keep_system_fields(object: &mut Object, old: &Object) {
    let meta = object.meta_mut();
    meta.uid = old.meta.uid.clone();
    meta.creation_timestamp = old.meta.creation_timestamp.clone();
    meta.resource_version = old.meta.resource_version.clone();
    meta.generation = old.meta.generation;
    meta.deletion_timestamp = old.meta.deletion_timestamp.clone();
    meta.deletion_grace_period_seconds = old.meta.deletion_grace_period_seconds;
    meta.generate_name = old.meta.generate_name.clone();
    meta.self_link = None;
}

/// A deleted object whose last finalizer is gone.
fn removable(object: &Object) -> bool {
    let no_finalizers = object.meta.finalizers.as_ref().is_none_or(Vec::is_empty);
    let no_content =
        object.try_spec::<NamespaceSpec>().is_none_or(|spec| spec.finalizers.as_ref().is_none_or(Vec::is_empty));
    object.deleting() && no_finalizers && no_content && object.meta.deletion_grace_period_seconds.unwrap_or(0) == 0
}

/// Seconds a delete waits: only pods have a grace period.
fn grace(object: &Object, options: &DeleteOptions) -> u64 {
    let Some(spec) = object.try_spec::<PodSpec>() else {
        return 0;
    };
    let done = matches!(object.status::<PodStatus>().phase.as_deref(), Some("Failed" | "Succeeded"));
    if spec.node_name.is_none() || done {
        return 0;
    }
    options.grace.unwrap_or(spec.termination_grace_period_seconds.unwrap_or(30).max(0) as u64)
}

/// The old pod with the resources that a resize asks for; everything else of the request is dropped.
fn resized(asked: &Object, old: &Object) -> Object {
    let mut object = old.clone();
    let spec = object.spec_mut::<PodSpec>();
    let asked = asked.spec::<PodSpec>();
    let pairs = spec.containers.iter_mut().zip(&asked.containers);
    let init = spec.init_containers.iter_mut().flatten().zip(asked.init_containers.iter().flatten());
    if asked.containers.len() != old.spec::<PodSpec>().containers.len() {
        spec.containers.clone_from(&asked.containers);
        return object;
    }
    for (container, asked) in pairs.chain(init).filter(|(container, asked)| container.name == asked.name) {
        container.resources.clone_from(&asked.resources);
        container.resize_policy.clone_from(&asked.resize_policy);
    }
    super::kinds::pod_spec::request_defaults(spec);
    object
}
