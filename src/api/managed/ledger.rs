//! What is remembered of an object's writes: who wrote, and the parts that the next write changed. Entries of
//! `managedFields` are worked out from it only when somebody reads them; so a write costs next to nothing.
//!
//! A step holds a part only when a later step changed it; otherwise the part is that of the next step, in the end the
//! object's own. Steps of one controller that follow each other are one step.
//!
//! Models: `apimachinery/pkg/util/managedfields/internal/fieldmanager.go`.
//! Left out: a field that one controller changes and changes back between two reads stays with its former owner.

use super::Set;
use super::shape;
use super::update::{Entry, Manager, update};
use crate::api::kind::KindRef;
use crate::api::object::Object;
use crate::time::Time;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};
use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

/// Steps kept before they are worked into entries.
const STEPS: usize = 12;
/// Programs that write the same fields again and again.
const CONTROLLERS: [&str; 6] =
    ["kubelet", "kube-controller-manager", "kube-scheduler", "kube-apiserver", "kube-proxy", "coredns"];

/// What a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Main,
    Status,
    Scale,
    /// The ephemeral containers of a pod.
    Ephemeral,
    /// The resources of a pod's containers.
    Resize,
}

impl Target {
    /// The subresource; empty for the object itself.
    pub fn name(self) -> &'static str {
        match self {
            Target::Ephemeral => "ephemeralcontainers",
            Target::Resize => "resize",
            Target::Main => "",
            Target::Status => "status",
            Target::Scale => "scale",
        }
    }

    /// Fields that such a request cannot change.
    pub fn reset(self, kind: KindRef) -> Set {
        match self {
            Target::Status => Set::of(&[&["spec"]]),
            _ if kind.custom().is_some_and(|custom| !custom.status) => Set::default(),
            _ => Set::of(&[&["status"]]),
        }
    }

    pub fn manager(self, name: Cow<'static, str>, applies: bool, version: String) -> Manager {
        let name = if name.is_empty() { "unknown".into() } else { name };
        Manager { name, applies, version, part: self.name().into() }
    }
}

/// Who made a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    pub manager: Cow<'static, str>,
    pub target: Target,
    pub at: Time,
}

/// The object after a step; see above for what is absent.
#[derive(Clone)]
struct Step {
    /// Nobody's: admission, the binding of a pod, a deletion.
    who: Option<Who>,
    meta: Option<Rc<ObjectMeta>>,
    spec: Option<Rc<dyn Any>>,
    status: Option<Rc<dyn Any>>,
}

impl Step {
    fn by(who: Option<Who>) -> Step {
        Step { who, meta: None, spec: None, status: None }
    }
}

/// The writes of one object.
#[derive(Clone)]
pub struct Ledger {
    /// The entries before the first step; `None` when the first step made the object.
    base: Option<Rc<Vec<Entry>>>,
    /// The status was not always that of a fresh object before the first step that writes it.
    touched: bool,
    /// The steps before this one came before the pod had its node.
    bound: usize,
    steps: Vec<Step>,
}

/// What admission has changed after the request's own form; absent where nothing differs.
#[derive(Default)]
pub struct Before {
    pub meta: Option<Rc<ObjectMeta>>,
    pub spec: Option<Rc<dyn Any>>,
}

impl Before {
    /// Takes hold of an object before admission; [`Before::settle`] lets go of what did not change.
    pub fn of(object: &Object) -> Before {
        Before { meta: Some(object.meta.clone()), spec: Some(object.spec.clone()) }
    }

    pub fn settle(&mut self, object: &Object) {
        self.meta.take_if(|meta| Rc::ptr_eq(meta, &object.meta) || same_meta(meta, &object.meta));
        self.spec
            .take_if(|spec| Rc::ptr_eq(spec, &object.spec) || (object.kind.codec().spec_eq)(&**spec, &*object.spec));
    }

    fn is_empty(&self) -> bool {
        self.meta.is_none() && self.spec.is_none()
    }
}

/// Whether nothing differs that a manager can own.
fn same_meta(a: &ObjectMeta, b: &ObjectMeta) -> bool {
    a.labels == b.labels
        && a.annotations == b.annotations
        && a.finalizers == b.finalizers
        && a.owner_references == b.owner_references
        && a.generate_name == b.generate_name
}

impl Ledger {
    /// An object is made.
    pub fn created(who: Who, before: Before) -> Rc<Ledger> {
        let mut steps = vec![Step { meta: before.meta, spec: before.spec, ..Step::by(Some(who)) }];
        if steps[0].meta.is_some() || steps[0].spec.is_some() {
            steps.push(Step::by(None));
        }
        Rc::new(Ledger { base: None, touched: false, bound: 0, steps })
    }

    /// An object whose entries are known as it stands now. Without any, nothing is tracked.
    pub fn of(entries: Vec<Entry>) -> Rc<Ledger> {
        Rc::new(Ledger { base: Some(Rc::new(entries)), touched: true, bound: 0, steps: vec![Step::by(None)] })
    }

    fn is_silent(&self) -> bool {
        self.base.as_ref().is_some_and(|entries| entries.is_empty())
    }

    /// A pod gets its node: nobody's doing.
    pub fn bound(old: &Object, new: &Object) -> Option<Rc<Ledger>> {
        let ledger = old.ledger.as_ref()?;
        let mut next = (**ledger).clone();
        next.bound = next.steps.len();
        if !same_meta(&old.meta, &new.meta) {
            if let Some(last) = next.steps.last_mut() {
                last.meta.get_or_insert_with(|| old.meta.clone());
            }
            next.steps.push(Step::by(None));
        }
        Some(Rc::new(next))
    }

    /// The stored object changes from `old` to `new`; `who` is absent when nobody is to own that.
    pub fn changed(old: &Object, before: Before, new: &Object, who: Option<Who>) -> Option<Rc<Ledger>> {
        let ledger = old.ledger.as_ref()?;
        if ledger.is_silent() {
            return Some(ledger.clone());
        }
        if let (Some(who), true) = (&who, before.is_empty())
            && ledger.goes_on(who)
        {
            let same_second = |last: &Step| last.who.as_ref().is_some_and(|last| last.at.0 / 1000 == who.at.0 / 1000);
            if ledger.steps.last().is_some_and(same_second) {
                return Some(ledger.clone());
            }
            let mut next = (**ledger).clone();
            if let Some(last) = next.steps.last_mut().and_then(|last| last.who.as_mut()) {
                last.at = who.at;
            }
            return Some(Rc::new(next));
        }
        let first = before.meta.as_ref().unwrap_or(&new.meta);
        let meta = !Rc::ptr_eq(&old.meta, first) && !same_meta(&old.meta, first);
        let spec = match &before.spec {
            Some(spec) => !(old.kind.codec().spec_eq)(&*old.spec, &**spec),
            None => !old.same_spec(new),
        };
        let writes_status = who.as_ref().is_some_and(|who| who.target == Target::Status);
        let status = writes_status || (who.is_none() && !old.same_status(new));
        if who.is_none() && !(meta || spec || status) {
            return Some(ledger.clone());
        }
        let mut next = (**ledger).clone();
        if let Some(last) = next.steps.last_mut() {
            if meta {
                last.meta.get_or_insert_with(|| old.meta.clone());
            }
            if spec {
                last.spec.get_or_insert_with(|| old.spec.clone());
            }
            if status && next.touched {
                last.status.get_or_insert_with(|| old.status.clone());
            }
        }
        next.touched |= writes_status;
        let admitted = !before.is_empty();
        next.steps.push(Step { meta: before.meta, spec: before.spec, ..Step::by(who) });
        if admitted {
            next.steps.push(Step::by(None));
        }
        if next.steps.len() > STEPS {
            return Some(Ledger::of(next.entries(new)));
        }
        Some(Rc::new(next))
    }

    /// Whether a write only goes on with the last step.
    fn goes_on(&self, who: &Who) -> bool {
        let made = self.base.is_none() && self.steps.len() == 1;
        CONTROLLERS.contains(&&*who.manager)
            && (made || who.target == Target::Status)
            && self
                .steps
                .last()
                .and_then(|last| last.who.as_ref())
                .is_some_and(|last| last.manager == who.manager && last.target == who.target)
    }

    /// The entries, worked out.
    pub fn entries(&self, object: &Object) -> Vec<Entry> {
        let mut entries = self.base.as_deref().cloned().unwrap_or_default();
        let shape = shape::of_kind(object.kind);
        let version = object.kind.names().api_version();
        let mut old = None;
        for (place, step) in self.steps.iter().enumerate() {
            let new = self.value(place, object);
            if let Some(who) = &step.who
                && (place == 0 || !entries.is_empty())
            {
                let mut before = old.take().unwrap_or_else(|| empty(object.kind.names().resource, &new));
                if who.target == Target::Status && self.bound > 0 {
                    scheduled(&mut before, &new);
                }
                let manager = who.target.manager(who.manager.clone(), false, version.clone());
                entries = update(entries, (&before, &new), shape, &who.target.reset(object.kind), &manager, who.at);
            }
            old = Some(new);
        }
        entries
    }

    /// The object after a step.
    fn value(&self, place: usize, object: &Object) -> Value {
        let later = &self.steps[place..];
        let mut then = object.clone();
        if let Some(meta) = later.iter().find_map(|step| step.meta.clone()) {
            then.meta = meta;
        }
        if let Some(spec) = later.iter().find_map(|step| step.spec.clone()) {
            then.spec = spec;
        }
        let writes = |step: &Step| step.who.as_ref().is_some_and(|who| who.target == Target::Status);
        let first = self.steps.iter().position(writes).unwrap_or(self.steps.len());
        if self.base.is_none() && place < first {
            if let Ok(parts) = (object.kind.codec().decode)(json!({"metadata": {}})) {
                then.status = parts.status;
                let mut fresh = then.clone();
                object.kind.prepare(&mut fresh, None);
                then.status = fresh.status;
            }
        } else if let Some(status) = later.iter().find_map(|step| step.status.clone()) {
            then.status = status;
        }
        let mut value = then.to_wire();
        if place < self.bound
            && let Some(spec) = value.get_mut("spec").and_then(Value::as_object_mut)
        {
            spec.remove("nodeName");
        }
        if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("deletionTimestamp");
            meta.remove("deletionGracePeriodSeconds");
        }
        value
    }
}

/// The condition PodScheduled comes with the node and belongs to nobody.
fn scheduled(before: &mut Value, after: &Value) {
    let is = |condition: &&Value| condition["type"] == "PodScheduled";
    let conditions = |value: &Value| value.pointer("/status/conditions").and_then(Value::as_array).cloned();
    let (mut old, new) = (conditions(before).unwrap_or_default(), conditions(after).unwrap_or_default());
    if let Some(found) = new.iter().find(is) {
        old.retain(|condition| !is(&condition));
        old.push(found.clone());
        before["status"]["conditions"] = old.into();
    }
}

/// The form of an object before it is made: what Go's types always have, though it holds nothing.
pub fn empty(resource: &str, object: &Value) -> Value {
    let template: &[&str] = &["/template", "/template/metadata", "/template/spec", "/template/spec/containers[]"];
    let mut paths: Vec<String> = ["/metadata", "/spec", "/status"].map(String::from).into();
    let mut add = |above: &str, below: &[&str]| paths.extend(below.iter().map(|path| format!("{above}{path}")));
    match resource {
        "pods" => add("/spec", &["/containers[]"]),
        "deployments.apps" => {
            add("/spec", template);
            add("/spec", &["/strategy"]);
        }
        "statefulsets.apps" | "daemonsets.apps" => {
            add("/spec", template);
            add("/spec", &["/updateStrategy"]);
        }
        "replicasets.apps" | "jobs.batch" => add("/spec", template),
        "cronjobs.batch" => {
            add("/spec", &["/jobTemplate", "/jobTemplate/metadata", "/jobTemplate/spec"]);
            add("/spec/jobTemplate/spec", template);
        }
        "podtemplates" => add("", template),
        "persistentvolumeclaims" => add("/spec", &["/resources"]),
        "services" | "ingresses.networking.k8s.io" => add("/status", &["/loadBalancer"]),
        "nodes" => add("/status", &["/nodeInfo", "/daemonEndpoints", "/daemonEndpoints/kubeletEndpoint"]),
        "horizontalpodautoscalers.autoscaling" => add("/spec", &["/scaleTargetRef"]),
        "customresourcedefinitions.apiextensions.k8s.io" => add("/spec", &["/names"]),
        _ => {}
    }
    let mut value = json!({});
    for path in paths {
        let (path, bare) = match path.strip_suffix("[]") {
            Some(path) => (path, json!([])),
            None => (path.as_str(), json!({})),
        };
        let Some((above, name)) = path.rsplit_once('/') else { continue };
        if object.pointer(path).is_some()
            && let Some(map) = value.pointer_mut(above).and_then(Value::as_object_mut)
        {
            map.insert(name.into(), bare);
        }
    }
    value
}
