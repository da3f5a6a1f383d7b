//! Volumes of drivers are attached to the node of the pod that uses them, before the kubelet mounts them. No driver runs
//! here unless somebody answers the attachment: so it waits, and says on whom.
//!
//! Models: `pkg/controller/volume/attachdetach` (`reconciler.go`), `pkg/volume/csi/csi_attacher.go`,
//! `pkg/volume/util/operationexecutor` (messages).

use crate::api::kinds::{self, persistent_volume_claim, plain, rare};
use crate::api::{ApiError, DeleteOptions, Object, Reader, Reason};
use crate::base::hash::fnv32a;
use crate::control::memory::Record;
use crate::control::{Again, Controller, Cx, EventType, nodes, pods, storage, taints};
use crate::store::{Change, Key};
use crate::time::Span;
use k8s_openapi::api::core::v1::{CSIPersistentVolumeSource, PersistentVolumeSpec};
use serde_json::json;

pub struct AttachDetach;

/// How long a driver may take to attach a volume.
const PATIENCE: Span = Span::minutes(2);
/// How long a volume stays with a node that nobody hears from, though no pod needs it there any more.
const UNMOUNT: Span = Span::minutes(6);
/// The mark of a pod that was told of its volume.
const DONE: i32 = 2;
/// The taint by which somebody vouches that a node is off.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

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
            "volumeattachments.storage.k8s.io" if change.old.is_some() => {
                let attachment = change.new.as_ref().or(change.old.as_ref());
                attachment.map_or(vec![], |attachment| waiting(attachment, change.new.is_some(), read))
            }
            "nodes" => match (&change.old, &change.new) {
                (Some(old), Some(new)) if is_off(old) != is_off(new) => vec![change.key.clone()],
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
            return detach(key, cx);
        }
        let pod = cx.read().by_key(key).filter(|pod| !pods::is_terminal(pod)).cloned();
        let Some(pod) = pod else { return detach(key, cx) };
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

/// The pods that a change of an attachment concerns: those of its node; when it is gone, all that use its volume.
fn waiting(attachment: &Object, there: bool, read: Reader<'_>) -> Vec<Key> {
    let node = plain::text(attachment, &["spec", "nodeName"]);
    let volume = plain::text(attachment, &["spec", "source", "persistentVolumeName"]);
    let Some(volume) = read.get(kinds::PERSISTENT_VOLUME, "", volume) else { return vec![] };
    let pods = users(volume, read).filter(|pod| !there || pods::node(pod) == Some(node));
    pods.map(Object::key).collect()
}

/// The pods with a node that use a volume and have not come to an end.
fn users<'a>(volume: &'a Object, read: Reader<'a>) -> impl Iterator<Item = &'a Object> + 'a {
    let claim = volume.spec::<PersistentVolumeSpec>().claim_ref.as_ref();
    let names = claim.and_then(|claim| Some((claim.namespace.as_deref()?, claim.name.as_deref()?)));
    let all = names.into_iter().flat_map(move |(namespace, name)| storage::users(namespace, name, read));
    all.filter(|pod| pods::node(pod).is_some() && !pods::is_terminal(pod))
}

fn attached(attachment: &Object) -> bool {
    plain::at(attachment, &["status", "attached"]).and_then(|v| v.as_bool()) == Some(true)
}

/// Whether several nodes may have a volume at once.
fn shared(volume: &Object) -> bool {
    let modes = volume.spec::<PersistentVolumeSpec>().access_modes.as_deref().unwrap_or(&[]);
    modes.is_empty() || modes.iter().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany")
}

/// Who keeps a volume from a node: `None` when nobody does.
fn rivals(pod: &Object, volume: &Object, node: &str, read: Reader<'_>) -> Option<String> {
    let elsewhere = |attachment: &&Object| {
        plain::text(attachment, &["spec", "source", "persistentVolumeName"]) == volume.name()
            && plain::text(attachment, &["spec", "nodeName"]) != node
            && attached(attachment)
    };
    let nodes: Vec<&str> = read
        .list(&rare::VOLUME_ATTACHMENT, None)
        .filter(elsewhere)
        .map(|attachment| plain::text(attachment, &["spec", "nodeName"]))
        .collect();
    if nodes.is_empty() {
        return None;
    }
    // A claim is used within its namespace only: all these pods may be named.
    let others = users(volume, read).filter(|other| pods::node(other).is_some_and(|node| nodes.contains(&node)));
    let names: Vec<&str> = others.filter(|other| other.uid() != pod.uid()).map(Object::name).collect();
    Some(match names.as_slice() {
        [] => "Volume is already exclusively attached to one node and can't be attached to another".into(),
        names => format!("Volume is already used by pod(s) {}", names.join(", ")),
    })
}

/// Asks a driver to attach a volume; when to look again, if it has not.
fn attach(pod: &Object, volume: &Object, cx: &mut Cx<'_>) -> Result<Option<Span>, ApiError> {
    let (Some(csi), Some(node)) = (source(volume), pods::node(pod)) else { return Ok(None) };
    let name = attachment_name(csi, node);
    let about = format!("attach/{}/{}", pod.uid(), volume.uid());
    let Some(attachment) = cx.read().get(&rare::VOLUME_ATTACHMENT, "", &name) else {
        if pod.deleting() {
            return Ok(None);
        }
        if !shared(volume)
            && let Some(why) = rivals(pod, volume, node, cx.read())
        {
            // Said once.
            if cx.memory.get(&about).count == 0 {
                let text = format!("Multi-Attach error for volume \"{}\" {why}", volume.name());
                cx.event(pod, EventType::Warning, "FailedAttachVolume", text);
                cx.memory.set(&about, Record { count: 1, last: cx.now });
            }
            return Ok(None);
        }
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
    if attached(attachment) {
        if cx.memory.get(&about).count != DONE {
            let text = format!("AttachVolume.Attach succeeded for volume \"{}\" ", volume.name());
            cx.event(pod, EventType::Normal, "SuccessfulAttachVolume", text);
            cx.memory.set(&about, Record { count: DONE, last: cx.now });
        }
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

/// Takes back the attachments that no pod needs; from a node that nobody hears from only after a while.
fn detach(key: &Key, cx: &mut Cx<'_>) -> Result<Again, ApiError> {
    let all: Vec<Object> = cx.read().list(&rare::VOLUME_ATTACHMENT, None).cloned().collect();
    let mut again: Option<Span> = None;
    for attachment in all.iter().filter(|attachment| !attachment.deleting()) {
        let node = plain::text(attachment, &["spec", "nodeName"]);
        let volume = plain::text(attachment, &["spec", "source", "persistentVolumeName"]);
        let read = cx.read();
        let needed = read
            .pods_on(node)
            .filter(|pod| !pods::is_terminal(pod))
            .any(|pod| volumes(pod, read).iter().any(|used| used.name() == volume));
        let about = format!("detach/{}", attachment.uid());
        if needed || !attachment.name().starts_with("csi-") {
            cx.memory.set(&about, Record::default());
            continue;
        }
        let machine = read.get(kinds::NODE, "", node);
        if attached(attachment) && machine.is_some_and(|node| is_silent(node) && !is_off(node)) {
            let mut since = cx.memory.get(&about);
            if since.count == 0 {
                since = Record { count: 1, last: cx.now };
                cx.memory.set(&about, since);
            }
            let left = (since.last + UNMOUNT).since(cx.now);
            if left > Span::ZERO {
                again = Some(again.map_or(left, |other| other.min(left)));
                continue;
            }
        }
        cx.memory.set(&about, Record::default());
        cx.delete(&rare::VOLUME_ATTACHMENT, "", attachment.name(), &DeleteOptions::default())?;
    }
    if let Some(wait) = again {
        // Under a key of its own, as the pod's will not come back.
        let node = Key { resource: "nodes", namespace: "".into(), ..key.clone() };
        cx.wake(node, wait);
    }
    Ok(Again::OnChange)
}

/// Its kubelet does not say that it is ready.
fn is_silent(node: &Object) -> bool {
    !nodes::is_ready(node)
}

/// Somebody vouches that it is off.
fn is_off(node: &Object) -> bool {
    taints::of(node).iter().any(|taint| taint.key == OUT_OF_SERVICE)
}
