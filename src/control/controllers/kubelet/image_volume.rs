//! Images as volumes: their files, to be read only.
//!
//! Models: `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (`getImageVolumes`), `pkg/kubelet/images/image_manager.go`.
//! Left out: the time that such a pull takes, artifacts that are no images.

use super::worker::Look;
use super::{duration, field_path, find};
use crate::control::events::EventType;
use crate::node::images;
use crate::node::machine::Present;
use crate::node::pod::Backoff;
use crate::node::reference::Reference;
use crate::script::files::Tree;
use crate::time::Time;
use k8s_openapi::api::core::v1::{ImageVolumeSource, PodSpec};

/// Why there is no such volume: reason, message, until when.
type Refusal = (&'static str, String, Option<Time>);

impl Look<'_, '_> {
    /// Gets the images that a container mounts as volumes; false when one of them is not to be had.
    pub fn image_volumes(&mut self, name: &str) -> bool {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((container, role)) = find(spec, name) else { return true };
        for mount in container.volume_mounts.iter().flatten() {
            let volume = spec.volumes.iter().flatten().find(|volume| volume.name == mount.name);
            let Some(source) = volume.and_then(|volume| volume.image.as_ref()) else { continue };
            if self.pod.volumes.contains_key(mount.name.as_str()) {
                continue;
            }
            match self.image_volume(&mount.name, source) {
                Ok(tree) => {
                    self.pod.volumes.insert(mount.name.as_str().into(), tree);
                }
                Err((reason, message, until)) => {
                    let path = field_path(role, name);
                    self.cx.event_at(&object, &path, EventType::Warning, "Failed", format!("Error: {reason}"));
                    self.refuse(name, reason, message, until);
                    return false;
                }
            }
        }
        true
    }

    fn image_volume(&mut self, volume: &str, source: &ImageVolumeSource) -> Result<Tree, Refusal> {
        let object = self.object.clone();
        let image = source.reference.clone().unwrap_or_default();
        let now = self.now;
        let reference = Reference::parse(&image).map_err(|why| {
            let message =
                format!("Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}");
            ("InvalidImageName", message, None)
        })?;
        let full = reference.to_string();
        let present = self.machine().runtime.images.contains_key(full.as_str());
        let policy = source.pull_policy.as_deref().unwrap_or("IfNotPresent");
        if policy == "Never" && !present {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            self.cx.event(&object, EventType::Warning, "ErrImageNeverPull", message.clone());
            return Err(("ErrImageNeverPull", message, None));
        }
        let (backoff, failed, error) = self.pod.worker.volume_pulls.get(volume).cloned().unwrap_or_default();
        if let Some(until) = Backoff::holds(backoff, failed, now) {
            let text = format!("Back-off pulling image \"{image}\"");
            self.cx.event(&object, EventType::Normal, "BackOff", text.clone());
            return Err(("ImagePullBackOff", format!("{text}: ErrImagePull: {error}"), Some(until)));
        }
        if present && policy != "Always" {
            let text = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
            self.cx.event(&object, EventType::Normal, "Pulled", text);
        } else {
            self.cx.event(&object, EventType::Normal, "Pulling", format!("Pulling image \"{image}\""));
        }
        let found = match self.at_registry(&reference) {
            Ok(found) => found,
            Err(error) => {
                self.cx.event(
                    &object,
                    EventType::Warning,
                    "Failed",
                    format!("Failed to pull image \"{image}\": {error}"),
                );
                let next = Backoff::next(backoff, failed, now);
                self.pod.worker.volume_pulls.insert(volume.into(), (Some(next), now, error.clone()));
                return Err(("ErrImagePull", error, None));
            }
        };
        if !present || policy == "Always" {
            let took = duration(self.between(500, 1_500));
            let text = format!(
                "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {} bytes.",
                found.bytes
            );
            self.cx.event(&object, EventType::Normal, "Pulled", text);
            let held = Present { digest: found.digest.as_str().into(), bytes: found.bytes, since: now };
            let runtime = self.machine().runtime();
            runtime.images.insert(full.as_str().into(), held);
            runtime.news = true;
        }
        Ok(images::tree(&found))
    }
}
