//! The volumes of a pod: what the kubelet writes into them, and when it writes it again.
//!
//! Models: `pkg/kubelet/volumemanager`, `pkg/volume/{configmap,secret,projected,downwardapi,emptydir,hostpath}`,
//! `pkg/volume/util/atomic_writer.go`.
//! Left out: what volumes of the network are besides a directory that every machine sees, CSI drivers, size limits.

use super::worker::Look;
use crate::api::credentials::{self, Order};
use crate::api::kinds::persistent_volume_claim;
use crate::api::{Object, Reader, kinds};
use crate::control::events::EventType;
use crate::control::{resources, storage};
use crate::node::pod::NETWORK;
use crate::script::files::{Device, Tree};
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, DownwardAPIVolumeFile, EmptyDirVolumeSource, KeyToPath, PersistentVolumeClaimStatus,
    PersistentVolumeSpec, PodSpec, ProjectedVolumeSource, Secret, ServiceAccountTokenProjection, Volume,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// After this long without all volumes the sync gives up and begins anew.
const PATIENCE: Span = Span::seconds(123);
const FIRST_WAIT: Span = Span::millis(500);
const LONGEST_WAIT: Span = Span::seconds(122);

type Content = BTreeMap<String, (Vec<u8>, u32)>;

/// The pods that mount a ConfigMap or Secret.
pub(super) fn users(key: &Key, read: Reader<'_>) -> Vec<Key> {
    let secret = key.resource == "secrets";
    let uses = |volume: &Volume| {
        let projected = volume.projected.iter().flat_map(|p| p.sources.iter().flatten());
        let mut projected = projected.filter_map(|source| match secret {
            true => source.secret.as_ref().map(|s| s.name.as_str()),
            false => source.config_map.as_ref().map(|s| s.name.as_str()),
        });
        let direct = match secret {
            true => volume.secret.as_ref().and_then(|s| s.secret_name.as_deref()),
            false => volume.config_map.as_ref().map(|s| s.name.as_str()),
        };
        direct == Some(&*key.name) || projected.any(|name| *name == *key.name)
    };
    let pods = read.list(kinds::POD, Some(&key.namespace));
    pods.filter(|pod| {
        let spec = pod.spec::<PodSpec>();
        spec.node_name.is_some() && spec.volumes.iter().flatten().any(uses)
    })
    .map(Object::key)
    .collect()
}

/// Why a volume is not there.
enum Trouble {
    /// Setting it up failed.
    SetUp(String),
    /// It could not even be told what to set up.
    Process(String),
    /// The whole text of the event; empty when nothing is said yet.
    Whole(String),
}

impl From<String> for Trouble {
    fn from(why: String) -> Trouble {
        Trouble::SetUp(why)
    }
}

impl Look<'_, '_> {
    /// Sets up what is not set up yet.
    ///
    /// # Errors
    /// When to try again; `None` when the sync gives up.
    pub fn mount_volumes(&mut self) -> Result<(), Option<Time>> {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let now = self.now;
        let mut again: Option<Time> = None;
        let mut missing = vec![];
        for volume in spec.volumes.iter().flatten() {
            let name: Rc<str> = volume.name.as_str().into();
            if self.pod.volumes.contains_key(&name) || volume.image.is_some() {
                continue;
            }
            let (due, wait) = self.pod.worker.mounts.get(&name).copied().unwrap_or((now, Span::ZERO));
            missing.push(volume.name.clone());
            if due > now {
                again = Some(again.map_or(due, |at| at.min(due)));
                continue;
            }
            match self.volume(volume) {
                Ok(tree) => {
                    self.pod.volumes.insert(name.clone(), tree);
                    self.pod.worker.mounts.remove(&name);
                    missing.pop();
                }
                Err(Trouble::Process(why)) => {
                    // The sync gives up at once.
                    let text = format!(
                        "Unable to attach or mount volumes: unmounted volumes=[{name}], unattached volumes=[], failed to process volumes=[{name}]: {why}"
                    );
                    self.cx.event(&object, EventType::Warning, "FailedMount", text);
                    return Err(None);
                }
                Err(trouble) => {
                    let text = match trouble {
                        Trouble::SetUp(why) => format!("MountVolume.SetUp failed for volume \"{name}\" : {why}"),
                        Trouble::Process(why) | Trouble::Whole(why) => why,
                    };
                    if !text.is_empty() {
                        self.cx.event(&object, EventType::Warning, "FailedMount", text);
                    }
                    let wait = if wait == Span::ZERO { FIRST_WAIT } else { Span((wait.0 * 2).min(LONGEST_WAIT.0)) };
                    self.pod.worker.mounts.insert(name, (now + wait, wait));
                    again = Some(again.map_or(now + wait, |at| at.min(now + wait)));
                }
            }
        }
        let Some(again) = again else { return Ok(()) };
        let since = self.pod.worker.mount_since.unwrap_or(now);
        if now.since(since) >= PATIENCE {
            let text = format!(
                "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[{}], failed to process volumes=[]: context deadline exceeded",
                missing.join(" "),
                self.unattached(spec, &missing).join(" ")
            );
            self.cx.event(&object, EventType::Warning, "FailedMount", text);
            self.pod.worker.mount_since = None;
            return Err(None);
        }
        Err(Some(again.min(since + PATIENCE)))
    }

    /// Which of these volumes wait for a driver to attach them.
    fn unattached(&self, spec: &PodSpec, missing: &[String]) -> Vec<String> {
        let read = self.cx.read();
        let waits = |volume: &&Volume| {
            let (claim, _) = storage::claim_name(self.object.name(), volume)?;
            let claim = read.get(kinds::PERSISTENT_VOLUME_CLAIM, self.object.namespace(), &claim)?;
            let volume = read.get(kinds::PERSISTENT_VOLUME, "", persistent_volume_claim::volume(claim.spec()))?;
            volume.spec::<PersistentVolumeSpec>().csi.as_ref()
        };
        let volumes = spec.volumes.iter().flatten().filter(|volume| missing.contains(&volume.name));
        volumes.filter(|volume| waits(volume).is_some()).map(|volume| volume.name.clone()).collect()
    }

    /// The first content of a volume.
    fn volume(&mut self, volume: &Volume) -> Result<Tree, Trouble> {
        let group = self.group();
        if let Some(content) = self.content(volume)? {
            return Ok(in_group(atomic(&content, self.now), group, 0o440));
        }
        if let Some(host) = &volume.host_path {
            let path: Rc<str> = host.path.as_str().into();
            let tree = self.host_path(&path, host.type_.as_deref().unwrap_or(""))?;
            self.pod.shared.insert(volume.name.as_str().into(), path);
            return Ok(tree);
        }
        if let Some((claim, _)) = storage::claim_name(self.object.name(), volume) {
            return self.claimed(&volume.name, &claim);
        }
        if let Some(nfs) = &volume.nfs {
            let path = format!("{NETWORK}{}:{}", nfs.server, nfs.path);
            return Ok(self.share(&volume.name, &path));
        }
        if volume.git_repo.is_some() {
            return Err(Trouble::SetUp("gitRepo volumes are disabled".into()));
        }
        if let Some(dir) = &volume.empty_dir {
            let device = self.scratch_device(dir);
            self.pod.scratch.insert(volume.name.as_str().into(), device);
        }
        Ok(in_group(Tree::dir().mode(0o777), group, 0o660))
    }

    /// The group that the pod's volumes are given to.
    fn group(&self) -> Option<u32> {
        self.spec().security_context.as_ref()?.fs_group.and_then(|group| u32::try_from(group).ok())
    }

    /// Where an emptyDir volume lies; in memory it is as large as its own limit, its pod and its machine let it be.
    fn scratch_device(&self, dir: &EmptyDirVolumeSource) -> Device {
        if dir.medium.as_deref() != Some("Memory") {
            return Device::Disk;
        }
        let machine = self.cx.machines.nodes.get(&self.node).map_or(0, |machine| machine.memory << 20);
        let limit = |container: &Container| {
            let limits = container.resources.as_ref()?.limits.as_ref()?;
            limits.get("memory").map(|q| resources::whole(&q.0).max(0) as u64)
        };
        let limits: Option<Vec<u64>> = self.spec().containers.iter().map(limit).collect();
        let pod = limits.map_or(machine, |limits| limits.iter().sum());
        let own = dir.size_limit.as_ref().map(|q| resources::whole(&q.0).max(0) as u64).filter(|n| *n > 0);
        Device::Memory(own.unwrap_or(machine).min(pod).min(machine))
    }

    /// A directory that others may have, too.
    fn share(&mut self, volume: &str, path: &str) -> Tree {
        let path: Rc<str> = path.into();
        self.pod.shared.insert(volume.into(), path.clone());
        let held = match path.starts_with(NETWORK) {
            true => self.cx.machines.network.get(&path),
            false => self.machine().runtime.host.get(&path),
        };
        held.cloned().unwrap_or_else(Tree::dir)
    }

    /// The volume behind a claim.
    fn claimed(&mut self, name: &str, claim: &str) -> Result<Tree, Trouble> {
        let namespace = self.object.namespace().to_owned();
        let read = self.cx.read();
        let process = |why: String| Trouble::Process(format!("error processing PVC {namespace}/{claim}: {why}"));
        let Some(claim) = read.get(kinds::PERSISTENT_VOLUME_CLAIM, &namespace, claim) else {
            let why = format!("failed to fetch PVC from API server: persistentvolumeclaims \"{claim}\" not found");
            return Err(process(why));
        };
        if claim.deleting() {
            return Err(process("PVC is being deleted".into()));
        }
        let phase = claim.status::<PersistentVolumeClaimStatus>().phase.as_deref();
        let volume = persistent_volume_claim::volume(claim.spec());
        if phase != Some("Bound") {
            return Err(process("PVC is not bound".into()));
        }
        if volume.is_empty() {
            return Err(process("PVC has empty pvc.Spec.VolumeName".into()));
        }
        let Some(volume) = read.get(kinds::PERSISTENT_VOLUME, "", volume) else {
            return Err(process(format!(
                "failed to fetch PV {volume} from API server: persistentvolumes \"{volume}\" not found"
            )));
        };
        let spec = volume.spec::<PersistentVolumeSpec>();
        let node = read.get(kinds::NODE, "", &self.node);
        if node.is_some_and(|node| !storage::reachable(spec, node)) {
            return Err(Trouble::Whole(format!(
                "MountVolume.NodeAffinity check failed for volume \"{}\" : no matching NodeSelectorTerms",
                volume.name()
            )));
        }
        let path = match (&spec.host_path, &spec.local, &spec.nfs) {
            (Some(host), _, _) => host.path.clone(),
            (_, Some(local), _) => local.path.clone(),
            (_, _, Some(nfs)) => format!("{NETWORK}{}:{}", nfs.server, nfs.path),
            // It waits for a driver that does not come.
            _ if spec.csi.is_some() => return Err(Trouble::Whole(String::new())),
            _ => format!("{NETWORK}{}", volume.uid()),
        };
        Ok(self.share(name, &path))
    }

    /// What the kubelet writes into a volume; `None` when that is not its business.
    fn content(&mut self, volume: &Volume) -> Result<Option<Content>, String> {
        let content = self.own_content(volume)?;
        let widen = |(path, (bytes, mode))| (path, (bytes, mode | 0o440));
        Ok(match self.group() {
            Some(_) => content.map(|content| content.into_iter().map(widen).collect()),
            None => content,
        })
    }

    fn own_content(&mut self, volume: &Volume) -> Result<Option<Content>, String> {
        let mode = |mode: Option<i32>| mode.unwrap_or(0o644) as u32;
        Ok(Some(if let Some(source) = &volume.config_map {
            let data = self.data(false, &source.name, source.optional)?;
            pick(false, data, source.items.as_deref(), mode(source.default_mode), source.optional)?
        } else if let Some(source) = &volume.secret {
            let data = self.data(true, source.secret_name.as_deref().unwrap_or(""), source.optional)?;
            pick(true, data, source.items.as_deref(), mode(source.default_mode), source.optional)?
        } else if let Some(source) = &volume.downward_api {
            self.downward(source.items.as_deref().unwrap_or(&[]), mode(source.default_mode))?
        } else if let Some(source) = &volume.projected {
            self.projected(source)?
        } else {
            return Ok(None);
        }))
    }

    fn projected(&mut self, source: &ProjectedVolumeSource) -> Result<Content, String> {
        let mode = source.default_mode.unwrap_or(0o644) as u32;
        let mut all = Content::new();
        for part in source.sources.iter().flatten() {
            if let Some(map) = &part.config_map {
                let data = self.data(false, &map.name, map.optional)?;
                all.extend(pick(false, data, map.items.as_deref(), mode, map.optional)?);
            }
            if let Some(secret) = &part.secret {
                let data = self.data(true, &secret.name, secret.optional)?;
                all.extend(pick(true, data, secret.items.as_deref(), mode, secret.optional)?);
            }
            if let Some(fields) = &part.downward_api {
                all.extend(self.downward(fields.items.as_deref().unwrap_or(&[]), mode)?);
            }
            if let Some(token) = &part.service_account_token {
                all.insert(token.path.clone(), (self.token(token)?.into_bytes(), mode));
            }
        }
        Ok(all)
    }

    /// A token for the pod's service account, bound to the pod and its node.
    fn token(&self, source: &ServiceAccountTokenProjection) -> Result<String, String> {
        let (namespace, read) = (self.object.namespace(), self.cx.read());
        let name = self.spec().service_account_name.as_deref().unwrap_or("default");
        let Some(account) = read.get(kinds::SERVICE_ACCOUNT, namespace, name) else {
            return Err(format!("failed to fetch token: serviceaccounts \"{name}\" not found"));
        };
        let node = self.spec().node_name.as_deref().and_then(|node| read.get(kinds::NODE, "", node));
        let bound: Vec<&Object> = [Some(&self.object), node].into_iter().flatten().collect();
        let audiences: Vec<String> = source.audience.iter().filter(|a| !a.is_empty()).cloned().collect();
        let seconds = source.expiration_seconds.unwrap_or(3600).unsigned_abs();
        let (turn, period) = self.token_turn(source);
        let id = credentials::number(&format!("{}-{turn}", self.object.uid()));
        let issued = Time(self.pod.created.0 + turn * period);
        Ok(credentials::token(&Order { account, audiences: &audiences, seconds, bound: &bound, id: &id }, read, issued))
    }

    fn data(&self, secret: bool, name: &str, optional: Option<bool>) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let namespace = self.object.namespace();
        let read = self.cx.read();
        let found = match secret {
            true => read.get(kinds::SECRET, namespace, name).map(|object| {
                let data = object.spec::<Secret>().data.iter().flatten();
                data.map(|(key, value)| (key.clone(), value.0.clone())).collect()
            }),
            false => read.get(kinds::CONFIG_MAP, namespace, name).map(|object| {
                let map = object.spec::<ConfigMap>();
                let text = map.data.iter().flatten().map(|(key, value)| (key.clone(), value.clone().into_bytes()));
                let binary = map.binary_data.iter().flatten().map(|(key, value)| (key.clone(), value.0.clone()));
                text.chain(binary).collect()
            }),
        };
        match found {
            Some(data) => Ok(data),
            None if optional == Some(true) => Ok(BTreeMap::new()),
            None => Err(format!("{} \"{name}\" not found", if secret { "secret" } else { "configmap" })),
        }
    }

    fn downward(&mut self, items: &[DownwardAPIVolumeFile], mode: u32) -> Result<Content, String> {
        let mut all = Content::new();
        for item in items {
            let mode = item.mode.map_or(mode, |mode| mode as u32);
            let value = if let Some(field) = &item.field_ref {
                self.field(&field.field_path)?
            } else if let Some(field) = &item.resource_field_ref {
                let object = self.object.clone();
                let name = field.container_name.as_deref().unwrap_or("");
                let Some((container, _)) = super::find(object.spec(), name) else { continue };
                let machine = self.machine();
                super::fields::resource(&container, field, machine.cpu, machine.memory)?
            } else {
                continue;
            };
            all.insert(item.path.clone(), (value.into_bytes(), mode));
        }
        Ok(all)
    }

    /// A number that differs when what the volumes are written from has changed.
    fn sources(&self) -> u64 {
        let (namespace, read) = (self.object.namespace(), self.cx.read());
        let mut sum = 0xcbf2_9ce4_8422_2325;
        let mut add = |text: &str| {
            let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            sum = text.bytes().chain([0xff]).fold(sum, step);
        };
        let mut stored = |kind, name: &str| {
            let object = read.get(kind, namespace, name);
            add(object.and_then(|object| object.meta.resource_version.as_deref()).unwrap_or("gone"));
        };
        let (mut fields, mut turns) = (false, vec![]);
        for volume in self.spec().volumes.iter().flatten() {
            let projected = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
            let (mut maps, mut secrets) = (vec![], vec![]);
            maps.extend(volume.config_map.iter().map(|source| source.name.as_str()));
            secrets.extend(volume.secret.iter().flat_map(|source| source.secret_name.as_deref()));
            fields |= volume.downward_api.is_some();
            for part in projected {
                maps.extend(part.config_map.iter().map(|source| source.name.as_str()));
                secrets.extend(part.secret.iter().map(|source| source.name.as_str()));
                fields |= part.downward_api.is_some();
                turns.extend(part.service_account_token.iter().map(|token| self.token_turn(token).0));
            }
            maps.into_iter().for_each(|name| stored(kinds::CONFIG_MAP, name));
            secrets.into_iter().for_each(|name| stored(kinds::SECRET, name));
        }
        if !turns.is_empty() {
            let account = self.spec().service_account_name.as_deref().unwrap_or("default");
            add(read.get(kinds::SERVICE_ACCOUNT, namespace, account).map_or("gone", Object::uid));
            turns.iter().for_each(|turn| add(&turn.to_string()));
        }
        if fields {
            add(self.object.meta.resource_version.as_deref().unwrap_or(""));
        }
        sum
    }

    /// Which of a pod's tokens it is now, and how long each is used, in milliseconds.
    fn token_turn(&self, source: &ServiceAccountTokenProjection) -> (u64, u64) {
        let seconds = source.expiration_seconds.unwrap_or(3600).unsigned_abs();
        // A new one is asked for when four fifths of its time are over.
        let period = (seconds * 800).max(1);
        (self.now.since(self.pod.created).0 / period, period)
    }

    /// Writes changed ConfigMaps, Secrets and fields into their volumes, at the pod's next resync.
    pub fn refresh_volumes(&mut self) {
        if !self.pod.mounted || self.pod.worker.finished {
            return;
        }
        let sources = self.sources();
        if self.pod.worker.sources == Some(sources) {
            return;
        }
        let now = self.now;
        let object = self.object.clone();
        let volumes = object.spec::<PodSpec>().volumes.iter().flatten();
        let mut changed = vec![];
        for volume in volumes {
            let Ok(Some(content)) = self.content(volume) else { continue };
            let Some(tree) = self.pod.volumes.get(volume.name.as_str()) else { continue };
            if written(tree) != content {
                changed.push((volume.name.clone(), content));
            }
        }
        if changed.is_empty() {
            self.pod.worker.refresh = None;
            self.pod.worker.sources = Some(sources);
            return;
        }
        let period = 60_000
            + self.object.uid().bytes().fold(0u64, |sum, byte| sum.wrapping_mul(7).wrapping_add(u64::from(byte)))
                % 30_000;
        let age = now.since(self.pod.created).0;
        let due = *self.pod.worker.refresh.get_or_insert(Time(self.pod.created.0 + (age / period + 1) * period));
        if due > now {
            return;
        }
        self.pod.worker.refresh = None;
        for (name, content) in changed {
            let tree = in_group(atomic(&content, now), self.group(), 0o440);
            self.pod.volumes.insert(name.as_str().into(), tree);
        }
    }
}

/// The keys that are asked for, under the paths that are asked for.
fn pick(
    secret: bool,
    data: BTreeMap<String, Vec<u8>>,
    items: Option<&[KeyToPath]>,
    mode: u32,
    optional: Option<bool>,
) -> Result<Content, String> {
    let Some(items) = items else {
        return Ok(data.into_iter().map(|(key, value)| (key, (value, mode))).collect());
    };
    let mut all = Content::new();
    for item in items {
        match data.get(&item.key) {
            Some(value) => {
                let mode = item.mode.map_or(mode, |mode| mode as u32);
                all.insert(item.path.clone(), (value.clone(), mode));
            }
            None if optional == Some(true) => {}
            None if secret => return Err(format!("references non-existent secret key: {}", item.key)),
            None => return Err(format!("configmap references non-existent config key: {}", item.key)),
        }
    }
    Ok(all)
}

fn in_group(tree: Tree, group: Option<u32>, mask: u32) -> Tree {
    match group {
        Some(group) => tree.grouped(group, mask),
        None => tree,
    }
}

/// As the kubelet writes such a volume: the files in a dated directory, `..data` pointing to it, a link for each name.
fn atomic(content: &Content, now: Time) -> Tree {
    let dated = now.timestamp_exact().strftime("..%Y_%m_%d_%H_%M_%S.%3f").to_string();
    let mut data = crate::script::files::Files::new();
    for (path, (bytes, mode)) in content {
        data.plant(&format!("/v/{path}"), Tree::file(bytes.clone(), *mode, now));
    }
    let inner = data.tree("/v").unwrap_or_else(Tree::dir);
    let mut tree = Tree::dir().mode(0o777).with(&dated, inner).with("..data", Tree::link(&dated, now));
    let mut tops: Vec<&str> = content.keys().map(|path| path.split('/').next().unwrap_or(path)).collect();
    tops.dedup();
    for top in tops {
        tree = tree.with(top, Tree::link(&format!("..data/{top}"), now));
    }
    tree
}

/// What is in such a volume.
fn written(tree: &Tree) -> Content {
    let mut files = crate::script::files::Files::new();
    files.plant("/v", tree.clone());
    let mut all = Content::new();
    walk(&files, "/v/..data", "", &mut all);
    all
}

fn walk(files: &crate::script::files::Files, at: &str, path: &str, all: &mut Content) {
    for name in files.list(at).unwrap_or_default() {
        let full = format!("{at}/{name}");
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        match (files.read(&full), files.stat(&full)) {
            (Ok(bytes), Ok(stat)) => {
                all.insert(path, (bytes.to_vec(), stat.mode));
            }
            _ => walk(files, &full, &path, all),
        }
    }
}
