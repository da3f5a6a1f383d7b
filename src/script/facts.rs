//! What the kernel tells through files: `/proc/meminfo` of the machine, `/sys/fs/cgroup` of the container.
//!
//! Models: Linux `fs/proc/meminfo.c`, the memory, cpu and pids controllers of cgroup v2 (`Documentation/admin-guide/cgroup-v2.rst`).
//! Left out: everything else in /proc and /sys; writing to these files; statistics finer than bytes and microseconds.

use super::files::Tree;
use crate::time::Time;

/// Numbers of a machine and of one container on it. Bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub memory_total: u64,
    pub memory_available: u64,
    /// Of the container itself.
    pub memory: u64,
    pub memory_peak: u64,
    pub memory_limit: Option<u64>,
    /// Processes ended because it had no more memory.
    pub oom_kills: u32,
    pub cpus: u32,
    /// Thousandths of a CPU.
    pub cpu_limit: Option<u64>,
    pub cpu_request: u64,
    pub processes: u32,
}

const PROC: &[&str] = &["meminfo", "loadavg", "uptime"];
const CGROUP: &[&str] = &[
    "cgroup.controllers",
    "cpu.max",
    "cpu.weight",
    "memory.current",
    "memory.events",
    "memory.high",
    "memory.max",
    "memory.min",
    "memory.oom.group",
    "memory.peak",
    "memory.swap.max",
    "pids.current",
    "pids.max",
];
const CGROUP_PATH: &str = "/sys/fs/cgroup";

impl Facts {
    /// The file or directory at a path.
    pub fn file(&self, path: &str) -> Option<Tree> {
        if matches!(path, "/proc" | "/sys" | "/sys/fs" | CGROUP_PATH) {
            return Some(Tree::dir().mode(0o555));
        }
        let text = match path.strip_prefix("/proc/") {
            Some(name) => self.proc(name),
            None => self.cgroup(path.strip_prefix(CGROUP_PATH)?.strip_prefix('/')?),
        };
        Some(Tree::file(text?, 0o444, Time::ZERO))
    }

    /// The names in such a directory.
    pub fn names(&self, path: &str) -> &'static [&'static str] {
        match path {
            "/proc" => PROC,
            "/sys" => &["fs"],
            "/sys/fs" => &["cgroup"],
            CGROUP_PATH => CGROUP,
            _ => &[],
        }
    }

    fn proc(&self, name: &str) -> Option<String> {
        let kib = |bytes: u64| bytes / 1024;
        Some(match name {
            "meminfo" => {
                let cached = self.cached();
                let free = self.memory_available.saturating_sub(cached);
                let rows = [
                    ("MemTotal", self.memory_total),
                    ("MemFree", free),
                    ("MemAvailable", self.memory_available),
                    ("Buffers", cached / 16),
                    ("Cached", cached - cached / 16),
                    ("SwapCached", 0),
                    ("SwapTotal", 0),
                    ("SwapFree", 0),
                ];
                rows.iter().map(|(name, bytes)| format!("{:<16}{:>8} kB\n", format!("{name}:"), kib(*bytes))).collect()
            }
            "loadavg" => format!("0.00 0.00 0.00 1/{} 1\n", self.processes.max(1)),
            "uptime" => "0.00 0.00\n".into(),
            _ => return None,
        })
    }

    /// The page cache: what the kernel would give back.
    pub fn cached(&self) -> u64 {
        (self.memory_total / 8).min(self.memory_available)
    }

    fn cgroup(&self, name: &str) -> Option<String> {
        let or_max = |limit: Option<u64>| limit.map_or("max".into(), |n| n.to_string());
        let text = match name {
            "cgroup.controllers" => "cpuset cpu io memory hugetlb pids rdma misc".into(),
            "cpu.max" => format!("{} 100000", or_max(self.cpu_limit.map(|milli| milli * 100))),
            // shares of 2 to 262144 become weights of 1 to 10000
            "cpu.weight" => {
                let shares = (self.cpu_request * 1024 / 1000).clamp(2, 262_144);
                (1 + (shares - 2) * 9999 / 262_142).to_string()
            }
            "memory.current" => self.memory.to_string(),
            "memory.peak" => self.memory_peak.max(self.memory).to_string(),
            "memory.max" => or_max(self.memory_limit.map(|bytes| bytes / 4096 * 4096)),
            "memory.min" => "0".into(),
            "memory.high" => "max".into(),
            "memory.swap.max" => if self.memory_limit.is_some() { "0" } else { "max" }.into(),
            "memory.oom.group" => "1".into(),
            "memory.events" => {
                let n = self.oom_kills;
                format!("low 0\nhigh 0\nmax {n}\noom {n}\noom_kill {n}\noom_group_kill {n}")
            }
            "pids.current" => self.processes.max(1).to_string(),
            "pids.max" => "max".into(),
            _ => return None,
        };
        Some(text + "\n")
    }
}
