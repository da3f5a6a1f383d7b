//! What pods use of a machine's memory and disk, counted when something changes; and what can make a machine short of it.
//!
//! Models: cAdvisor and the CRI statistics (`pkg/kubelet/stats`), Linux `mm/oom_kill.c`, containerd's snapshots and image store.
//! Left out: page cache, swap, file systems of their own for images; inodes of images.

use super::container::Container;
use super::machine::Machine;
use super::pod::PodRun;
use crate::script::files::{Device, Disk, Usage};
use crate::store::Key;
use crate::time::{Span, Time};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The disk of every machine, in bytes.
pub const DISK: u64 = 100 << 30;
/// What the operating system and Kubernetes itself take of it.
const SYSTEM_DISK: u64 = 9 << 30;
/// Bytes a second that a disk takes.
const SPEED: u64 = 500_000_000;
/// An image lies there packed, and unpacked at about twice that size.
const UNPACKED: u64 = 3;
/// Processes that one machine may have, and how many are its own.
pub const MAX_PIDS: u64 = 32_768;
const SYSTEM_PIDS: u64 = 180;
/// A container's log is rotated: at most five files of 10 MiB.
const LOG: u64 = 50 << 20;
/// How often a program that leaks is looked at.
const LEAK_LOOK: Span = Span::seconds(1);

/// What one pod uses, or all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Bytes that cannot be given back: the working set.
    pub memory: u64,
    /// Writable layers, logs and emptyDir volumes on the disk.
    pub disk: Usage,
    pub processes: u64,
}

impl Used {
    fn change(self, old: Used, new: Used) -> Used {
        let change = |all: u64, old: u64, new: u64| (all + new).saturating_sub(old);
        Used {
            memory: change(self.memory, old.memory, new.memory),
            disk: Usage {
                bytes: change(self.disk.bytes, old.disk.bytes, new.disk.bytes),
                inodes: change(self.disk.inodes, old.disk.inodes, new.disk.inodes),
            },
            processes: change(self.processes, old.processes, new.processes),
        }
    }
}

/// Memory that a program takes more and more of without giving it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak {
    /// Bytes a second.
    pub rate: u64,
    pub since: Time,
}

/// What a machine is short of, and what the kubelet's eviction manager remembers of that.
#[derive(Clone, Debug, Default)]
pub struct Strain {
    /// All pods together.
    pub pods: Used,
    /// Bytes of the disk, of the memory, inodes and processes that something outside Kubernetes took.
    pub filled: Filled,
    /// How many times slower than it should be the disk is; 0 and 1: not at all.
    pub slow: u32,
    /// When the threshold of memory, disk and processes was last crossed; forgotten after the transition period.
    pub seen: [Option<Time>; 3],
    /// A pod that is being evicted: nobody else is before it is gone.
    pub cleaning: Option<(Key, Time)>,
    /// The last collection of images could not free enough.
    pub gc_failed: bool,
    /// What pods use has changed since the kubelet last looked at the machine as a whole.
    pub dirty: bool,
    /// Containers that the kernel has ended because the whole machine had no memory left.
    pub ooms: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub disk: u64,
    pub memory: u64,
    pub inodes: u64,
    pub processes: u64,
}

/// A resource as the eviction manager sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub available: u64,
    pub capacity: u64,
}

impl Container {
    /// Bytes of memory that its processes and what they wrote to file systems in memory take.
    pub fn memory(&self, now: Time) -> u64 {
        if !self.running() {
            return 0;
        }
        let leaked = self.leak.map_or(0, |leak| now.since(leak.since).0.saturating_mul(leak.rate) / 1000);
        let guests = self.guests.values().filter(|guest| now.since(guest.at) <= Span::seconds(2)).map(|g| g.memory);
        self.program.memory().max(self.floor) + leaked + self.tmpfs + guests.sum::<u64>()
    }

    /// Whether it takes more than it may.
    pub fn over_limit(&self, now: Time) -> bool {
        self.running() && self.launch.memory.is_some_and(|limit| self.memory(now) > limit)
    }

    /// What it has written into its own layer.
    pub fn layer(&self) -> Usage {
        let now = self.files.usage();
        Usage {
            bytes: now.bytes.saturating_sub(self.base_usage.bytes),
            inodes: now.inodes.saturating_sub(self.base_usage.inodes),
        }
    }

    /// The bytes of its log files.
    pub fn log_bytes(&self) -> u64 {
        self.logs.written().min(LOG).div_ceil(4096) * 4096
    }

    /// When its memory has to be looked at again.
    pub fn leak_due(&self, now: Time) -> Option<Time> {
        self.leak.filter(|_| self.running()).map(|_| now + LEAK_LOOK)
    }
}

/// What a program of an image takes once it is up, where that is more than what a small program takes: by the last name of
/// the repository, MiB.
const TYPICAL: &[(&str, u64)] = &[
    ("cassandra", 1600),
    ("elasticsearch", 1280),
    ("etcd", 45),
    ("gitlab-ce", 3600),
    ("grafana", 95),
    ("jenkins", 620),
    ("kafka", 640),
    ("kube-apiserver", 310),
    ("kube-controller-manager", 60),
    ("kube-scheduler", 30),
    ("mariadb", 110),
    ("memcached", 4),
    ("mongo", 170),
    ("mysql", 420),
    ("node", 45),
    ("openjdk", 150),
    ("postgres", 42),
    ("prometheus", 120),
    ("rabbitmq", 130),
    ("tomcat", 190),
    ("wordpress", 60),
    ("zookeeper", 110),
];

/// The least memory of a program that an image brings, in bytes.
pub fn typical(repository: &str) -> u64 {
    let name = repository.rsplit('/').next().unwrap_or(repository);
    TYPICAL.binary_search_by(|(known, _)| (*known).cmp(name)).map_or(0, |at| TYPICAL[at].1 << 20)
}

impl PodRun {
    /// Changes whenever a file, a volume or a log of it may have changed.
    fn version(&self) -> u64 {
        let all = self.slots.values().filter_map(|slot| slot.current.as_ref());
        let sum = all.map(|c| c.files.changes().wrapping_mul(3).wrapping_add(c.logs.written()));
        let gone = if self.worker.finished { 1 << 60 } else { 0 };
        sum.fold(gone + self.slots.len() as u64 * 7 + self.volumes.len() as u64 * 31, u64::wrapping_add)
    }

    /// What an emptyDir volume on the disk holds.
    pub fn scratch_usage(&self, volume: &str) -> Usage {
        self.volumes.get(volume).map_or(Usage::default(), |tree| tree.usage())
    }

    fn disk(&self) -> Usage {
        let containers = self.slots.values().filter_map(|slot| slot.current.as_ref());
        let layers = containers.map(|c| c.layer().and(Usage { bytes: c.log_bytes(), inodes: 1 }));
        let own = layers.fold(Usage::default(), Usage::and);
        if self.worker.finished {
            // containers of an evicted pod are removed at once
            return if self.worker.evicted.is_some() { Usage::default() } else { own };
        }
        let scratch = self.scratch.iter().filter(|(_, device)| **device == Device::Disk);
        scratch.map(|(name, _)| self.scratch_usage(name)).fold(own, Usage::and)
    }

    /// Counts anew what it uses. True when that changed.
    fn count(&mut self, now: Time) -> bool {
        let version = self.version();
        let disk = if version == self.counted { self.used.disk } else { self.disk() };
        self.counted = version;
        let memory = self.running().map(|(_, c)| c.memory(now)).sum();
        let processes = self.running().map(|(_, c)| 1 + c.program.threads()).sum();
        let new = Used { memory, disk, processes };
        std::mem::replace(&mut self.used, new) != new
    }
}

impl Machine {
    /// Tells the containers of a pod how much room there is; to be called before its programs work.
    pub fn brief(&self, pod: &mut PodRun, now: Time) {
        let (disk, available) = (self.disk(), self.memory_available());
        for container in pod.slots.values_mut().filter_map(|slot| slot.current.as_mut()) {
            if !container.running() {
                continue;
            }
            let memory = container.memory(now);
            container.files.disk = disk;
            if let Some(facts) = &mut container.files.facts {
                facts.memory_available = available;
                facts.memory = memory;
                facts.memory_peak = facts.memory_peak.max(memory);
            }
        }
    }

    /// Counts what a pod uses; to be called after its programs have worked.
    pub fn count(&mut self, pod: &mut PodRun, now: Time) {
        let old = pod.used;
        if pod.count(now) {
            let new = pod.used;
            let strain = &mut self.runtime().strain;
            strain.pods = strain.pods.change(old, new);
            strain.dirty = true;
        }
    }

    /// The next moment at which the eviction manager looks: every ten seconds.
    pub fn eviction_turn(&self, now: Time) -> Time {
        const PERIOD: u64 = 10_000;
        let past = (now.0 + PERIOD - self.phase() * 10 % PERIOD) % PERIOD;
        Time(now.0 + PERIOD - past)
    }

    /// A pod is gone with all that it used.
    pub fn uncount(&mut self, pod: &PodRun) {
        let strain = &mut self.runtime().strain;
        strain.pods = strain.pods.change(pod.used, Used::default());
    }

    /// Bytes of memory that could still be used.
    pub fn memory_available(&self) -> u64 {
        (self.memory << 20).saturating_sub(self.memory_used())
    }

    /// Whether more memory is used than there is.
    pub fn out_of_memory(&self) -> bool {
        self.memory_used() > self.memory << 20
    }

    fn images_disk(&self) -> u64 {
        self.runtime.images.values().map(|image| image.bytes * UNPACKED).sum()
    }

    /// Its disk as it is now.
    pub fn disk(&self) -> Disk {
        let strain = &self.runtime.strain;
        let used = SYSTEM_DISK + self.images_disk() + strain.pods.disk.bytes + strain.filled.disk;
        Disk { size: DISK, free: DISK.saturating_sub(used) / 4096 * 4096, speed: SPEED / u64::from(strain.slow.max(1)) }
    }

    /// Memory, for the eviction manager.
    pub fn memory_level(&self) -> Level {
        Level { available: self.memory_available(), capacity: self.memory << 20 }
    }

    pub fn disk_level(&self) -> Level {
        Level { available: self.disk().free, capacity: DISK }
    }

    pub fn inode_level(&self) -> Level {
        let strain = &self.runtime.strain;
        let capacity = crate::script::tools::df::inodes(DISK);
        let used = 240_000 + 4_000 * self.runtime.images.len() as u64 + strain.pods.disk.inodes + strain.filled.inodes;
        Level { available: capacity.saturating_sub(used), capacity }
    }

    pub fn pid_level(&self) -> Level {
        let strain = &self.runtime.strain;
        let used = SYSTEM_PIDS + strain.pods.processes + strain.filled.processes;
        Level { available: MAX_PIDS.saturating_sub(used), capacity: MAX_PIDS }
    }

    /// Something outside Kubernetes writes until so many of a hundred parts of the disk are used (0: it takes its files away
    /// again). Pods' own files and images count, too.
    pub fn fill_disk(&mut self, percent: u64) {
        let level = {
            self.runtime().strain.filled.disk = 0;
            self.disk_level()
        };
        let wanted = level.capacity / 100 * percent.min(100);
        self.runtime().strain.filled.disk = wanted.saturating_sub(level.capacity - level.available);
    }

    /// Something outside Kubernetes writes so many bytes more.
    pub fn fill_disk_bytes(&mut self, bytes: u64) {
        let free = self.disk().free;
        self.runtime().strain.filled.disk += bytes.min(free);
    }

    /// Something outside Kubernetes makes empty files until so many of a hundred inodes are used (0: it removes them).
    pub fn fill_inodes(&mut self, percent: u64) {
        self.runtime().strain.filled.inodes = 0;
        let level = self.inode_level();
        let wanted = level.capacity * percent.min(100) / 100;
        self.runtime().strain.filled.inodes = wanted.saturating_sub(level.capacity - level.available);
    }

    /// A process of the machine itself takes so many bytes of memory, all in all (0: it has ended).
    pub fn fill_memory(&mut self, bytes: u64) {
        self.runtime().strain.filled.memory = bytes.min(self.memory << 20);
    }

    /// Something outside Kubernetes starts so many processes, all in all (0: they have ended).
    pub fn fill_processes(&mut self, count: u64) {
        self.runtime().strain.filled.processes = count.min(MAX_PIDS);
    }

    /// The disk takes `times` as long for everything: pulls, containers that start, programs that write (1: as it should).
    pub fn slow_disk(&mut self, times: u32) {
        self.runtime().strain.slow = times.clamp(1, 1000);
    }

    /// How many times longer than usual its disk takes.
    pub fn disk_slowness(&self) -> u64 {
        u64::from(self.runtime.strain.slow.max(1))
    }

    /// The program of a container begins to take so many bytes of memory more each second and gives none back (0: it stops,
    /// and keeps what it has); it is over when its process ends. False when there is no such running container. The caller
    /// wakes the kubelet afterwards.
    pub fn leak(&mut self, pod: &Key, container: &str, rate: u64, now: Time) -> bool {
        let Some(run) = self.runtime().pods.get_mut(pod).map(Rc::make_mut) else { return false };
        let Some(slot) = run.slots.get_mut(container) else { return false };
        let Some(current) = slot.current.as_mut().filter(|c| c.running()) else { return false };
        if let Some(old) = current.leak.take() {
            current.tmpfs += now.since(old.since).0.saturating_mul(old.rate) / 1000;
        }
        current.leak = (rate > 0).then_some(Leak { rate, since: now });
        true
    }

    /// The container that the kernel ends when the whole machine has no memory left; none when a process outside of pods is
    /// the one to go. `adjust` is the `oom_score_adj` of a container.
    pub fn oom_victim(&self, now: Time, adjust: impl Fn(&Key, &str) -> i64) -> Option<(Key, Rc<str>)> {
        let total = (self.memory << 20) as i64;
        let mut worst: Option<(i64, Key, Rc<str>)> = None;
        for (key, pod) in &self.runtime.pods {
            for (name, container) in pod.running() {
                // one process of the container: the largest holds nearly all of it
                let points = container.memory(now) as i64 + adjust(key, name) * (total / 1000);
                if points > 0 && worst.as_ref().is_none_or(|(most, ..)| points > *most) {
                    worst = Some((points, key.clone(), name.clone()));
                }
            }
        }
        let own = self.runtime.strain.filled.memory as i64;
        worst.filter(|(points, ..)| *points >= own).map(|(_, key, name)| (key, name))
    }
}

/// A command that runs beside a program: its largest process, the bytes that it holds, and when that was.
#[derive(Clone, Debug)]
pub struct Guest {
    pub name: Rc<str>,
    pub memory: u64,
    pub at: Time,
}

/// By a number of theirs.
pub type Guests = BTreeMap<u32, Guest>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_programs_is_sorted_so_that_it_can_be_searched() {
        assert!(TYPICAL.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(typical("docker.io/library/mysql"), 420 << 20);
        assert_eq!(typical("docker.io/library/nginx"), 0);
    }
}
