//! Starting containers one after the other: back-off, image, configuration, creation, postStart hook.
//!
//! Models: `pkg/kubelet/kuberuntime/kuberuntime_container.go` (`startContainer`), `doBackOff`, `pkg/kubelet/kubelet_pods.go`
//! (`GenerateRunContainerOptions`), `pkg/kubelet/lifecycle/handlers.go`.

use super::worker::Look;
use super::{Role, duration, field_path, find, full_name, sidecar};
use crate::api::kinds::pod_spec;
use crate::control::events::EventType;
use crate::node::container::{Container, Mount, Phase, Plan};
use crate::node::images;
use crate::node::pod::{Backoff, ProbeRun, Step};
use crate::node::program::Launch;
use crate::node::reference::Reference;
use crate::node::usage::Leak;
use crate::script::facts::Facts;
use crate::script::files::Device;
use crate::script::host::Signal;
use crate::time::Span;
use k8s_openapi::api::core::v1::{Container as Wanted, PodSpec};
use std::rc::Rc;

/// How long a hook may run before it is given up here; the real one has no limit of its own.
const HOOK: Span = Span::minutes(10);

impl Look<'_, '_> {
    /// Starts the container in front of the line, or ends the sync when none is left.
    pub fn start_next(&mut self) {
        loop {
            let Some(name) = self.pod.worker.starting.front().cloned() else {
                let failed = self.pod.worker.failed.is_some();
                return self.end_sync(failed);
            };
            if self.in_back_off(&name) {
                if !self.skip(&name) {
                    return;
                }
                continue;
            }
            if !self.image_volumes(&name) {
                if !self.skip(&name) {
                    return;
                }
                continue;
            }
            if self.ensure_image(&name) {
                self.prepare();
                return;
            }
            if self.pod.worker.step.is_some() || !self.skip(&name) {
                return;
            }
        }
    }

    /// The container in front of the line will not start now: the next one may, unless it was an init container. False
    /// when the sync ended by that.
    fn skip(&mut self, name: &str) -> bool {
        let object = self.object.clone();
        let stop = find(object.spec(), name).is_some_and(|(c, role)| role == Role::Init && !sidecar(&c));
        self.pod.worker.starting.pop_front();
        if stop {
            self.end_sync(true);
        }
        !stop
    }

    pub fn go_on_after(&mut self, name: &str) {
        if self.skip(name) {
            self.start_next();
        }
    }

    /// The CrashLoopBackOff of a container that ended before.
    fn in_back_off(&mut self, name: &str) -> bool {
        let now = self.now;
        let wanted = find(self.object.spec(), name).and_then(|(container, _)| container.image.clone());
        let wanted = crate::node::reference::Reference::parse(wanted.as_deref().unwrap_or("")).ok();
        let Some(slot) = self.pod.slots.get_mut(name) else { return false };
        if wanted.zip(slot.current.as_ref()).is_some_and(|(wanted, current)| *wanted.to_string() != *current.image) {
            // Back-off is counted by what the container was defined as.
            slot.backoff = None;
        }
        let Some(Phase::Exited { at, .. }) = slot.current.as_ref().map(|c| c.phase.clone()) else { return false };
        if let Some(until) = Backoff::holds(slot.backoff, at, now) {
            let wait = duration(slot.backoff.map_or(Span::ZERO, |b| b.wait));
            let object = self.object.clone();
            let role = find(object.spec(), name).map_or(Role::Main, |(_, role)| role);
            let full = full_name(&object);
            let text = format!("Back-off restarting failed container {name} in pod {full}");
            self.cx.event_at(&object, &field_path(role, name), EventType::Warning, "BackOff", text);
            let message = format!("back-off {wait} restarting failed container={name} pod={full}");
            self.refuse(name, "CrashLoopBackOff", message, Some(until));
            return true;
        }
        slot.backoff = Some(Backoff::next(slot.backoff, at, now));
        false
    }

    /// The image is there.
    fn prepare(&mut self) {
        let wait = Span(self.between(25, 90).0 * self.machine().disk_slowness());
        self.pod.worker.step = Some((Step::Create, self.now + wait));
    }

    pub fn create(&mut self) {
        let Some(name) = self.pod.worker.starting.front().cloned() else { return self.end_sync(false) };
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((wanted, role)) = find(spec, &name) else { return self.end_sync(false) };
        let path = field_path(role, &name);
        let plan = match self.plan(&wanted) {
            Ok(plan) => plan,
            Err((reason, why)) => {
                self.cx.event_at(&object, &path, EventType::Warning, "Failed", format!("Error: {why}"));
                self.refuse(&name, reason, why, None);
                return self.go_on_after(&name);
            }
        };
        self.cx.event_at(&object, &path, EventType::Normal, "Created", "Container created");
        let wait = Span(self.between(15, 60).0 * self.machine().disk_slowness());
        self.pod.worker.step = Some((Step::Start(Box::new(plan)), self.now + wait));
    }

    /// Starts what was created.
    pub fn launch(&mut self, plan: Plan) {
        let Some(name) = self.pod.worker.starting.front().cloned() else { return self.end_sync(false) };
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let Some((wanted, role)) = find(spec, &name) else { return self.end_sync(false) };
        let path = field_path(role, &name);
        let now = self.now;
        let (mut container, error) = Container::start(plan, &mut self.cx.machines.layers, &mut self.pod.volumes, now);
        if let Some(signal) = wanted.lifecycle.as_ref().and_then(|l| l.stop_signal.as_deref()) {
            let signal = Signal::parse(signal);
            container.stop_signal = signal.unwrap_or(container.stop_signal);
        }
        if let Some(rate) = self.cx.machines.leaks.get(&(self.key.clone(), name.clone())) {
            container.leak = Some(Leak { rate: *rate, since: now });
        }
        let id = container.id.clone();
        let alive = container.running();
        let slot = self.pod.slots.entry(name.clone()).or_default();
        if let Some(old) = slot.current.take() {
            slot.previous = Some(Rc::new(old));
        }
        slot.current = Some(container);
        slot.hook = None;
        slot.answers.clear();
        for probe in &mut slot.probes {
            *probe = ProbeRun::new(id.clone(), now);
        }
        self.pod.notice(now, self.phase);
        if let Some(why) = error {
            self.cx.event_at(&object, &path, EventType::Warning, "Failed", format!("Error: {why}"));
            self.refuse(&name, "RunContainerError", why, None);
            return self.go_on_after(&name);
        }
        self.cx.event_at(&object, &path, EventType::Normal, "Started", "Container started");
        self.cx.local(&format!("container {name} started"), self.key.clone());
        self.pod.worker.reasons.remove(&name);
        if let Some(hook) = wanted.lifecycle.as_ref().and_then(|l| l.post_start.as_ref()).filter(|_| alive) {
            let until = match (&hook.exec, &hook.sleep) {
                (Some(exec), _) => {
                    self.run_hook(&name, exec.command.clone().unwrap_or_default(), now + HOOK);
                    now + HOOK
                }
                (None, Some(sleep)) => now + Span::seconds(sleep.seconds.max(0) as u64),
                _ => {
                    if let Err(why) = self.call_hook(&name, hook) {
                        self.hook_failed(&name, why);
                    }
                    now
                }
            };
            self.pod.worker.step = Some((Step::Hook, until));
            return;
        }
        self.pod.worker.starting.pop_front();
        self.pod.worker.step = None;
        self.start_next();
    }

    pub fn hook_ended(&mut self) {
        let name = self.pod.worker.starting.pop_front();
        let ending = name.filter(|name| self.pod.container(name).is_some_and(|c| c.stopping.is_some()));
        match ending {
            // Its hook failed: the next one starts when it is dead.
            Some(name) => self.wait_for_end(vec![name]),
            None => self.start_next(),
        }
    }

    /// Starts a hook's command in a container.
    pub fn run_hook(&mut self, name: &str, argv: Vec<String>, until: crate::time::Time) {
        let Some(slot) = self.pod.slots.get_mut(name) else { return };
        let Some(container) = &slot.current else { return };
        match container.command(&argv, false, self.now) {
            Ok((mut process, room)) => {
                process.end_input();
                slot.hook = Some(Box::new((process, room, until)));
                self.advance_hooks();
            }
            Err(why) => {
                let why = not_executed(&container.id, &why);
                let (words, full) = (argv.join(" "), full_name(&self.object));
                let why = format!(
                    "Exec lifecycle hook ([{words}]) for Container \"{name}\" in Pod \"{full}\" failed - error: {why}, message: \"\""
                );
                self.hook_failed(name, why);
            }
        }
    }

    /// Everything about a container that follows from its specification and from the world at this moment.
    fn plan(&mut self, wanted: &Wanted) -> Result<Plan, (&'static str, String)> {
        let object = self.object.clone();
        let spec: &PodSpec = object.spec();
        let image = wanted.image.as_deref().unwrap_or("");
        let reference = Reference::parse(image).map_err(|why| ("InvalidImageName", why))?;
        let found = images::find(&reference).map_err(|why| ("ErrImagePull", why))?;
        let config = *found.image.config();
        let config_error = |why: String| ("CreateContainerConfigError", why);
        let mut env = self.environment(wanted, &config).map_err(config_error)?;
        let user = self.user(spec, wanted, &config).map_err(config_error)?;
        if !env.iter().any(|(name, _)| name == "HOME") {
            env.push(("HOME".into(), if user == 0 { "/root" } else { "/" }.into()));
        }
        let mounts = self.mounts(spec, wanted, &env).map_err(config_error)?;
        let expand = |list: &Option<Vec<String>>| {
            list.iter().flatten().map(|word| super::env::expand(word, &env)).collect::<Vec<String>>()
        };
        let (command, args) = (expand(&wanted.command), expand(&wanted.args));
        let own = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
        let mut argv = if command.is_empty() { own(config.entrypoint) } else { command.clone() };
        match (args.is_empty(), command.is_empty()) {
            (true, true) => argv.extend(own(config.cmd)),
            _ => argv.extend(args),
        }
        let sandbox = self.pod.sandbox.as_ref();
        let address = match sandbox {
            Some(sandbox) if sandbox.host_network => self.machine().address.clone(),
            Some(sandbox) => sandbox.address.to_string(),
            None => String::new(),
        };
        let names = self.names(&address);
        env.iter_mut().filter(|(name, _)| name == "HOSTNAME").for_each(|(_, value)| value.clone_from(&names.hostname));
        let resources = self.allocated(wanted);
        let resources = resources.as_ref();
        let limits = resources.and_then(|r| r.limits.as_ref());
        let requests = resources.and_then(|r| r.requests.as_ref());
        let memory = limits.and_then(|limits| limits.get("memory")).and_then(|q| super::fields::number(&q.0));
        let cpu = super::resize::claim(resources);
        let security = wanted.security_context.as_ref();
        let group = security.and_then(|s| s.run_as_group);
        let group = group.or(spec.security_context.as_ref().and_then(|s| s.run_as_group)).unwrap_or(0);
        let slot = self.pod.slots.get(wanted.name.as_str());
        let before = slot.and_then(|slot| slot.current.as_ref().or(slot.previous.as_deref()));
        let attempt = before.map_or(0, |old| old.attempt + 1);
        let cpus = self.machine().cpu;
        let chance = self.cx.chance("containers");
        let (id, seed) = (chance.hex(64), chance.below(1 << 31) as u32);
        let number = |name: &str,
                      list: Option<
            &std::collections::BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>,
        >| {
            list.and_then(|list| list.get(name)).map(|q| crate::control::resources::milli(&q.0).max(0) as u64)
        };
        let facts = Facts {
            memory_total: self.machine().memory << 20,
            memory_available: self.machine().memory_available(),
            memory_limit: memory.map(|n| n.max(0) as u64),
            cpus,
            cpu_limit: number("cpu", limits),
            cpu_request: number("cpu", requests).unwrap_or(0),
            ..Facts::default()
        };
        let launch = Launch {
            argv,
            env,
            cwd: wanted.working_dir.clone().unwrap_or_else(|| config.cwd.into()),
            hostname: names.hostname,
            address,
            hosts: names.hosts,
            resolv: names.resolv,
            user,
            group,
            groups: groups(spec),
            tty: wanted.tty == Some(true),
            stdin: wanted.stdin == Some(true),
            memory: memory.map(|n| n.max(0) as u64),
            cpus,
            cpu,
            tag: pod_spec::tag(image).into(),
            namespace: object.namespace().into(),
            pod: object.name().into(),
            node: self.node.to_string(),
            seed,
            at: self.now,
            disk: self.machine().disk(),
            facts,
        };
        let termination_log = wanted.termination_message_path.as_deref().unwrap_or("/dev/termination-log").into();
        let read_only = security.is_some_and(|s| s.read_only_root_filesystem == Some(true));
        let log_on_error = wanted.termination_message_policy.as_deref() == Some("FallbackToLogsOnError");
        let late = self.slow_start();
        Ok(Plan { id: id.into(), attempt, found, launch, mounts, read_only, termination_log, log_on_error, late })
    }

    /// How much longer than it should a program of this pod takes to begin.
    fn slow_start(&self) -> Span {
        let all = &self.cx.machines.slow_starts;
        let own = |(namespace, name): &(Rc<str>, Rc<str>)| {
            let rest = self.object.name().strip_prefix(&**name).filter(|_| **namespace == *self.object.namespace());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        all.iter().filter(|(of, _)| own(of)).map(|(_, span)| *span).max().unwrap_or(Span::ZERO)
    }

    /// The user a container runs as, and whether it may.
    fn user(&self, spec: &PodSpec, wanted: &Wanted, config: &images::Config) -> Result<i64, String> {
        let own = wanted.security_context.as_ref();
        let pod = spec.security_context.as_ref();
        let asked = own.and_then(|s| s.run_as_user).or(pod.and_then(|s| s.run_as_user));
        let strict = own.and_then(|s| s.run_as_non_root).or(pod.and_then(|s| s.run_as_non_root)) == Some(true);
        let named = config.user.split(':').next().unwrap_or("");
        let (full, name) = (full_name(&self.object), &wanted.name);
        match (asked, named.parse::<i64>()) {
            (Some(0), _) if strict => {
                Err(format!("container's runAsUser breaks non-root policy (pod: \"{full}\", container: {name})"))
            }
            (Some(user), _) => Ok(user),
            (None, Ok(0)) | (None, Err(_)) if strict && (named.is_empty() || named == "0" || named == "root") => Err(
                format!("container has runAsNonRoot and image will run as root (pod: \"{full}\", container: {name})"),
            ),
            (None, Err(_)) if strict => Err(format!(
                "container has runAsNonRoot and image has non-numeric user ({named}), cannot verify user is non-root (pod: \"{full}\", container: {name})"
            )),
            (None, user) => Ok(user.unwrap_or(0)),
        }
    }

    fn mounts(&self, spec: &PodSpec, wanted: &Wanted, env: &[(String, String)]) -> Result<Vec<Mount>, String> {
        let volumes = spec.volumes.as_deref().unwrap_or(&[]);
        let mut mounts = vec![];
        for mount in wanted.volume_mounts.iter().flatten() {
            if !volumes.iter().any(|volume| volume.name == mount.name) {
                continue;
            }
            let sub = match (&mount.sub_path_expr, &mount.sub_path) {
                (Some(expr), _) => super::env::expand(expr, env),
                (None, sub) => sub.clone().unwrap_or_default(),
            };
            mounts.push(Mount {
                device: self.device(volumes, &mount.name),
                volume: mount.name.as_str().into(),
                path: mount.mount_path.clone(),
                sub,
                read_only: mount.read_only == Some(true)
                    || volumes.iter().any(|v| v.name == mount.name && read_only(v)),
            });
        }
        mounts.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(mounts)
    }
}

impl Look<'_, '_> {
    /// Where a volume lies: what must not reach a disk is kept in memory.
    fn device(&self, volumes: &[k8s_openapi::api::core::v1::Volume], name: &str) -> Device {
        if let Some(device) = self.pod.scratch.get(name) {
            return *device;
        }
        let all = self.cx.machines.nodes.get(&self.node).map_or(0, |machine| machine.memory << 20);
        let kept =
            |v: &&k8s_openapi::api::core::v1::Volume| v.name == name && (v.secret.is_some() || v.projected.is_some());
        if volumes.iter().any(|v| kept(&v)) { Device::Memory(all) } else { Device::Disk }
    }
}

/// The groups that the pod names for all its containers.
fn groups(spec: &PodSpec) -> Vec<u32> {
    let Some(pod) = &spec.security_context else { return vec![] };
    let all = pod.fs_group.iter().chain(pod.supplemental_groups.iter().flatten());
    all.filter_map(|group| u32::try_from(*group).ok()).collect()
}

/// ConfigMaps, Secrets and their like cannot be written to; claims say for themselves.
fn read_only(volume: &k8s_openapi::api::core::v1::Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.projected.is_some()
        || volume.downward_api.is_some()
        || volume.image.is_some()
        || volume.persistent_volume_claim.as_ref().is_some_and(|claim| claim.read_only == Some(true))
        || volume.nfs.as_ref().is_some_and(|nfs| nfs.read_only == Some(true))
}

/// containerd's words for a command that could not be started in a container.
pub(super) fn not_executed(container: &str, why: &str) -> String {
    let id = images::digest(&format!("{container} {why}")).replace("sha256:", "");
    format!(
        "rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
    )
}
