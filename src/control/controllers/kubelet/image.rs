//! Getting the image of a container: is it there, may it be pulled, what came of it.
//!
//! Models: `pkg/kubelet/images/image_manager.go`.
//! Left out: what pull secrets open (every catalogue image is public), parallel pulls, progress deadlines.

use super::worker::Look;
use super::{duration, field_path, find};
use crate::api::kinds;
use crate::control::events::EventType;
use crate::control::journal::Note;
use crate::net::Place;
use crate::node::machine::Present;
use crate::node::pod::{Backoff, Reason, Step};
use crate::node::{images, reference::Reference, trouble::Registry};
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodSpec;

impl Look<'_, '_> {
    /// Looks for the pod's pull secrets; those that are missing are named.
    pub fn pull_secrets(&mut self) {
        let object = self.object.clone();
        let namespace = object.namespace();
        let named = object.spec::<PodSpec>().image_pull_secrets.iter().flatten().map(|secret| secret.name.as_str());
        let missing = |name: &&str| !name.is_empty() && self.cx.read().get(kinds::SECRET, namespace, name).is_none();
        let missing: Vec<&str> = named.filter(missing).collect();
        if !missing.is_empty() {
            let text = format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                missing.join(", ")
            );
            self.cx.event(&object, EventType::Warning, "FailedToRetrieveImagePullSecret", text);
        }
    }

    /// Looks for the image of the container in front of the line. True when it is there; otherwise the pull is under way
    /// or has failed.
    pub fn ensure_image(&mut self, name: &str) -> bool {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((container, role)) = find(spec, name) else { return false };
        let image = container.image.clone().unwrap_or_default();
        let path = field_path(role, name);
        let reference = match Reference::parse(&image) {
            Ok(reference) => reference,
            Err(why) => {
                let message = format!(
                    "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}"
                );
                self.cx.event_at(&object, &path, EventType::Warning, "InspectFailed", message.clone());
                self.cx.event_at(&object, &path, EventType::Warning, "Failed", "Error: InvalidImageName");
                self.refuse(name, "InvalidImageName", message, None);
                return false;
            }
        };
        let full = reference.to_string();
        let present = self.machine().runtime.images.contains_key(full.as_str());
        match container.image_pull_policy.as_deref() {
            Some("Never") if !present => {
                let message = format!("Container image \"{image}\" is not present with pull policy of Never");
                self.cx.event_at(&object, &path, EventType::Warning, "ErrImageNeverPull", message.clone());
                self.cx.event_at(&object, &path, EventType::Warning, "Failed", "Error: ErrImageNeverPull");
                self.refuse(name, "ErrImageNeverPull", message, None);
                return false;
            }
            Some("Always") => {}
            _ if present => {
                let text =
                    format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
                self.cx.event_at(&object, &path, EventType::Normal, "Pulled", text);
                return true;
            }
            _ => {}
        }
        let slot = self.pod.slots.entry(name.into()).or_default();
        if let Some(until) = Backoff::holds(slot.pull, slot.pull_failed, self.now) {
            let text = format!("Back-off pulling image \"{image}\"");
            let message = format!("{text}: {}", slot.pull_error);
            self.cx.event_at(&object, &path, EventType::Normal, "BackOff", text);
            self.cx.event_at(&object, &path, EventType::Warning, "Failed", "Error: ImagePullBackOff");
            self.refuse(name, "ImagePullBackOff", message, Some(until));
            return false;
        }
        self.cx.event_at(&object, &path, EventType::Normal, "Pulling", format!("Pulling image \"{image}\""));
        self.pull(&reference, present);
        false
    }

    /// What its registry says of an image.
    ///
    /// # Errors
    /// In containerd's words.
    pub fn at_registry(&self, reference: &Reference) -> Result<images::Found, String> {
        match self.cx.machines.registry.refuses(&reference.to_string()) {
            Some(why) => Err(format!("rpc error: code = Unknown desc = {why}")),
            None => images::find(reference),
        }
    }

    /// Images are pulled one after the other, but nobody waits twice for the same one.
    fn pull(&mut self, reference: &Reference, present: bool) {
        let now = self.now;
        let full = reference.to_string();
        let registry = self.cx.machines.registry;
        // What is there already is only asked for; but that must be possible.
        let found = self.at_registry(reference);
        let takes = match &found {
            Ok(_) if present => Span::millis(300),
            Ok(found) => {
                let size = (found.bytes / 100_000).min(1_900);
                let slow = self.machine().disk_slowness();
                Span::millis((500 + size) * slow) + self.between(0, 500)
            }
            Err(_) => self.between(600, 1_400),
        };
        let takes = if let Registry::Slow(times) = registry { Span(takes.0 * u64::from(times)) } else { takes };
        let runtime = self.machine().runtime();
        runtime.pulling.retain(|_, until| *until > now);
        let (began, until) = match runtime.pulling.get(full.as_str()) {
            Some(until) => (now, *until),
            None => {
                let began = now.max(runtime.pulls_until);
                (began, began + takes)
            }
        };
        runtime.pulls_until = runtime.pulls_until.max(until);
        runtime.pulling.insert(full.as_str().into(), until);
        let to = Place::Runtime(self.node.clone());
        let note = Note::Image(full.as_str().into());
        let (fact, from) = (self.cx.cause, Place::Registry);
        self.cx.journal.send(from, to, note, began, until, fact);
        let room = self.machine().disk().free;
        let error = match found {
            Ok(found) if !present && found.bytes > room => {
                let id = images::digest(&full).trim_start_matches("sha256:").to_owned();
                Some(format!(
                    "failed to pull and unpack image \"{full}\": failed to copy: failed to send write: write /var/lib/containerd/io.containerd.content.v1.content/ingest/{id}/data: no space left on device: unknown"
                ))
            }
            found => found.err(),
        };
        let step = Step::Pull { asked: now, began, full, error };
        self.pod.worker.step = Some((step, until));
    }

    /// The pull of the container in front of the line has ended.
    pub fn pulled(&mut self, asked: Time, began: Time, full: &str, error: Option<String>) {
        let Some(name) = self.pod.worker.starting.front().cloned() else { return self.end_sync(false) };
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((container, role)) = find(spec, &name) else { return self.end_sync(false) };
        let image = container.image.clone().unwrap_or_default();
        let path = field_path(role, &name);
        let now = self.now;
        if let Some(error) = error {
            let text = format!("Failed to pull image \"{image}\": {error}");
            self.cx.event_at(&object, &path, EventType::Warning, "Failed", text);
            self.cx.event_at(&object, &path, EventType::Warning, "Failed", "Error: ErrImagePull");
            let slot = self.pod.slots.entry(name.clone()).or_default();
            slot.pull = Some(Backoff::next(slot.pull, slot.pull_failed, now));
            slot.pull_failed = now;
            slot.pull_error = format!("ErrImagePull: {error}");
            self.refuse(&name, "ErrImagePull", error, None);
            return self.go_on_after(&name);
        }
        let Some(found) = images::of(full) else { return self.end_sync(true) };
        let (took, waited) = (duration(now.since(began)), duration(now.since(asked)));
        let bytes = found.bytes;
        let text = format!(
            "Successfully pulled image \"{image}\" in {took} ({waited} including waiting). Image size: {bytes} bytes."
        );
        self.cx.event_at(&object, &path, EventType::Normal, "Pulled", text);
        self.cx.local("image pulled", self.key.clone());
        if let Some(slot) = self.pod.slots.get_mut(&name) {
            slot.pull = None;
        }
        let runtime = self.machine().runtime();
        let present = Present { digest: found.digest.as_str().into(), bytes, since: now };
        if runtime.images.insert(full.into(), present).is_none() {
            super::node::news(self.cx);
        }
        let wait = self.between(25, 90);
        self.pod.worker.step = Some((Step::Create, now + wait));
    }

    /// A container does not start; its status will say why.
    pub fn refuse(&mut self, name: &str, reason: &'static str, message: String, again: Option<Time>) {
        let retry = self.between(10_000, 15_000);
        let at = again.unwrap_or(self.now + retry);
        let worker = &mut self.pod.worker;
        worker.failed = Some(worker.failed.map_or(at, |old| old.min(at)));
        worker.reasons.insert(name.into(), Reason { reason, message });
    }
}
