//! Volumes of drivers are attached to the node of the pod that uses them, before the kubelet mounts them. No driver runs
//! here unless somebody answers the attachment: so it waits, and says on whom.
//!
//! Models: `pkg/controller/volume/attachdetach`, `pkg/volume/csi/csi_attacher.go`.
//! Left out: volumes that are attached to two nodes.

use crate::api::kinds::{self, persistent_volume_claim, plain, rare};
use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason};
use crate::base::hash::fnv32a;
use crate::control::{Again, Controller, Cx, EventType, pods, storage};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{CSIPersistentVolumeSource, PersistentVolumeSpec};
use serde_json::json;

pub struct AttachDetach;

/// How long a driver may take to attach a volume.
const PATIENCE: Span = Span::minutes(2);

impl Controller for AttachDetach {
    fn name(&self) -> &'static str {
        "attachdetach-controller"
    }

    /// Pods that have a node, and volumes that nobody uses any more.
    fn keys(&self, change: &Change<Object>, read: Reader<'_>) -> Vec<Key> {
        match change.key.resource {
            "pods" => {
                let Some(pod) = change.new.as_ref().or(change.old.as_ref()) else { return vec![] };
                let was = change.old.as_ref().is_some_and(|old| pods::node(old).is_some() && !pods::is_terminal(old));
                let news = !was || change.new.as_ref().is_none_or(pods::is_terminal);
                let concerned = news && pods::node(pod).is_some() && storage::claims_of(pod).next().is_some();
                if concerned { vec![change.key.clone()] } else { vec![] }
            }
            "volumeattachments.storage.k8s.io" => match &change.new {
                Some(new) if change.old.is_some() => vec![new.key()],
                _ => vec![],
            },
            "persistentvolumeclaims" if change.old.is_some() => {
                let bound = change.new.as_ref().is_some_and(storage::fully_bound);
                let news = bound && !change.old.as_ref().is_some_and(storage::fully_bound);
                let users = storage::users(&change.key.namespace, &change.key.name, read).filter(|_| news);
                users.filter(|pod| pods::node(pod).is_some()).map(Object::key).collect()
            }
            _ => vec![],
        }
    }

    fn reconcile(&self, key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
        if key.resource != "pods" {
            return Ok(Again::OnChange);
        }
        let pod = cx.read().by_key(key).filter(|pod| !pods::is_terminal(pod)).cloned();
        let Some(pod) = pod else {
            detach(cx)?;
            return Ok(Again::OnChange);
        };
        let mut again = Again::OnChange;
        for volume in volumes(&pod, cx.read()) {
            if let Some(wait) = attach(&pod, &volume, cx)? {
                again = Again::After(wait);
            }
        }
        Ok(again)
    }
}

/// The volumes of a pod that a driver has to attach.
fn volumes(pod: &Object, read: Reader<'_>) -> Vec<Object> {
    let mut all = vec![];
    for (name, _) in storage::claims_of(pod) {
        let claim = read.get(kinds::PERSISTENT_VOLUME_CLAIM, pod.namespace(), &name);
        let Some(claim) = claim.filter(|claim| storage::fully_bound(claim)) else { continue };
        let volume = read.get(kinds::PERSISTENT_VOLUME, "", persistent_volume_claim::volume(claim.spec()));
        all.extend(volume.filter(|volume| source(volume).is_some_and(|csi| needs_attaching(csi, read))).cloned());
    }
    all
}

fn source(volume: &Object) -> Option<&CSIPersistentVolumeSource> {
    volume.spec::<PersistentVolumeSpec>().csi.as_ref()
}

/// A driver may say that its volumes need no attaching.
fn needs_attaching(csi: &CSIPersistentVolumeSource, read: Reader<'_>) -> bool {
    let driver = read.get(&rare::CSI_DRIVER, "", &csi.driver);
    driver.and_then(|driver| plain::at(driver, &["spec", "attachRequired"])).and_then(|v| v.as_bool()) != Some(false)
}

fn attachment_name(csi: &CSIPersistentVolumeSource, node: &str) -> String {
    let text = format!("{}{}{node}", csi.volume_handle, csi.driver);
    let parts: Vec<String> = (0..8u8).map(|n| format!("{:08x}", fnv32a(format!("{n}{text}").as_bytes()))).collect();
    format!("csi-{}", parts.concat())
}

/// Asks a driver to attach a volume; when to look again, if it has not.
fn attach(pod: &Object, volume: &Object, cx: &mut Cx<'_>) -> Result<Option<Span>, ApiError> {
    let (Some(csi), Some(node)) = (source(volume), pods::node(pod)) else { return Ok(None) };
    let name = attachment_name(csi, node);
    let Some(attachment) = cx.read().get(&rare::VOLUME_ATTACHMENT, "", &name) else {
        let value = json!({
            "metadata": {"name": name},
            "spec": {
                "attacher": csi.driver, "nodeName": node, "source": {"persistentVolumeName": volume.name()},
            },
            "status": {"attached": false},
        });
        let object = Object::from_value(&rare::VOLUME_ATTACHMENT, value)
            .map_err(|error| ApiError::bad_request(error.to_string()))?;
        match cx.create(object) {
            Err(error) if error.reason == Reason::AlreadyExists => {}
            other => drop(other?),
        }
        return Ok(Some(PATIENCE));
    };
    if plain::at(attachment, &["status", "attached"]).and_then(|v| v.as_bool()) == Some(true) {
        let text = format!("AttachVolume.Attach succeeded for volume \"{}\" ", volume.name());
        cx.event(pod, EventType::Normal, "SuccessfulAttachVolume", text);
        return Ok(None);
    }
    let waited = cx.now.since(attachment.created());
    if waited < PATIENCE {
        return Ok(Some(Span(PATIENCE.0 - waited.0)));
    }
    let text = format!(
        "AttachVolume.Attach failed for volume \"{}\" : timed out waiting for external-attacher of {} CSI driver to attach volume {}",
        volume.name(),
        csi.driver,
        csi.volume_handle
    );
    cx.event(pod, EventType::Warning, "FailedAttachVolume", text);
    Ok(Some(PATIENCE))
}

/// Takes back the attachments that no pod needs.
fn detach(cx: &mut Cx<'_>) -> Result<(), ApiError> {
    let all: Vec<Object> = cx.read().list(&rare::VOLUME_ATTACHMENT, None).cloned().collect();
    for attachment in all.iter().filter(|attachment| !attachment.deleting()) {
        let node = plain::text(attachment, &["spec", "nodeName"]);
        let volume = plain::text(attachment, &["spec", "source", "persistentVolumeName"]);
        let read = cx.read();
        let needed = read
            .pods_on(node)
            .filter(|pod| !pods::is_terminal(pod))
            .any(|pod| volumes(pod, read).iter().any(|used| used.name() == volume));
        if !needed && attachment.name().starts_with("csi-") {
            cx.delete(&rare::VOLUME_ATTACHMENT, "", attachment.name(), &DeleteOptions::default())?;
        }
    }
    Ok(())
}
