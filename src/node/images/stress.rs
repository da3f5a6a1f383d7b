//! stress: uses memory or CPU on purpose; the kernel ends it when it takes more than its limit.
//!
//! Models: `polinux/stress`, `progrium/stress` (`stress` 1.0), `vish/stress` (the CPU example of the Kubernetes
//! documentation), `stress-ng`.
//! Left out: most stressors of `stress-ng`.

use super::{Base, Config, Image};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Span;

/// One of the images; they differ in how the program is called.
pub struct Stress(Config);

const PLAIN: Config = Config {
    names: &["docker.io/polinux/stress"],
    versions: &[("1.0", 4)],
    bytes: 4_041_495,
    cmd: &["/usr/local/bin/stress"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    base: Base::Alpine,
    ..Config::DEFAULT
};

pub static STRESS: Stress = Stress(PLAIN);
pub static VISH: Stress = Stress(Config {
    names: &["docker.io/vish/stress"],
    versions: &[],
    bytes: 2_094_754,
    entrypoint: &["/stress", "-logtostderr"],
    cmd: &[],
    base: Base::Scratch,
    ..PLAIN
});
pub static VERBOSE: Stress = Stress(Config {
    names: &["docker.io/progrium/stress"],
    versions: &[],
    bytes: 103_000_000,
    entrypoint: &["/usr/bin/stress", "--verbose"],
    cmd: &[],
    base: Base::Debian,
    ..PLAIN
});
pub static STRESS_NG: Stress = Stress(Config {
    names: &["docker.io/alexeiled/stress-ng", "docker.io/polinux/stress-ng"],
    versions: &[("0.12", 5)],
    bytes: 3_400_000,
    entrypoint: &["/stress-ng"],
    cmd: &[],
    ..PLAIN
});

impl Image for Stress {
    fn config(&self) -> &Config {
        &self.0
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let name = launch.argv.first()?.rsplit('/').next()?;
        if !["stress", "stress-ng"].contains(&name) {
            return None;
        }
        let number = |names: &[&str]| {
            let given = names.iter().find_map(|name| launch.flag(name));
            given.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0)
        };
        let (cpu, io) = (number(&["cpu", "c", "cpus"]), number(&["io", "i"]));
        let (vm, hdd) = (number(&["vm", "m"]), number(&["hdd", "d"]));
        // `stress-ng --cpu 0`: one for each CPU.
        let all = name == "stress-ng" && launch.flag("cpu").or(launch.flag("c")) == Some("0");
        let cpu = if all { u64::from(launch.cpus) } else { cpu };
        let each = launch.flag("vm-bytes").map_or(256 << 20, amount);
        let total = launch.flag("mem-total").map(amount);
        let (says, total) = match (launch.flag("cpus").is_some() || total.is_some(), name) {
            (true, _) => (vish(launch, cpu), total.unwrap_or(0)),
            (_, "stress-ng") => (vec![(3, true, stress_ng(launch, cpu, vm))], vm * each),
            _ => (vec![(3, false, dispatch(cpu, io, vm, hdd))], vm * each),
        };
        // pages are touched as fast as the kernel gives them, or piece by piece with a rest between two
        let piece = launch.flag("mem-alloc-size").map_or(4 << 10, amount);
        let rate = match launch.flag("mem-alloc-sleep") {
            Some(rest) => piece * 1_000_000 / micros(rest).max(1),
            None => FAST,
        };
        let mut daemon = Daemon::new(launch, &[], says);
        if let Some(timeout) = launch.flag("timeout").or(launch.flag("t")) {
            daemon = daemon.ending(seconds(timeout) * 1000, 0);
        }
        let threads = (cpu + vm).min(1000) as u32;
        // Waiting for disks is no work, asking them is some.
        let demand = threads * 1000 + (io + hdd).min(1000) as u32 * 200;
        Some(Box::new(Hog {
            daemon,
            wants: total,
            has: 1 << 20,
            demand,
            rate,
            deaf: name == "stress" && !launch.argv.contains(&"-logtostderr".to_owned()),
        }))
    }
}

fn dispatch(cpu: u64, io: u64, vm: u64, hdd: u64) -> String {
    format!("stress: info: [1] dispatching hogs: {cpu} cpu, {io} io, {vm} vm, {hdd} hdd")
}

fn stress_ng(launch: &Launch, cpu: u64, vm: u64) -> String {
    let mut hogs = vec![];
    for (count, what) in [(cpu, "cpu"), (vm, "vm")] {
        if count > 0 {
            hogs.push(format!("{count} {what}"));
        }
    }
    let lasts = match launch.flag("timeout").or(launch.flag("t")).map(seconds) {
        Some(n) => format!("setting to a {n} second run per stressor"),
        None => "defaulting to a 86400 second (1 day, 0.00 secs) run per stressor".into(),
    };
    format!("stress-ng: info:  [1] {lasts}\nstress-ng: info:  [1] dispatching hogs: {}", hogs.join(", "))
}

/// What the program of the documentation logs.
fn vish(launch: &Launch, cpus: u64) -> Vec<(u64, bool, String)> {
    let stamp = launch.at.timestamp_exact().strftime("%m%d %H:%M:%S.%6f");
    let head = |line: u32| format!("I{stamp}       1 main.go:{line}]");
    let memory = launch.flag("mem-total").unwrap_or("0");
    let chunk = launch.flag("mem-alloc-size").unwrap_or("4Ki");
    let rest = launch.flag("mem-alloc-sleep").unwrap_or("1ms");
    let mut says = vec![(
        2,
        true,
        format!(
            "{} Allocating \"{memory}\" memory, in \"{chunk}\" chunks, with a {rest} sleep between allocations",
            head(26)
        ),
    )];
    says.extend((0..cpus).map(|_| (3, true, format!("{} Spawning a thread to consume CPU", head(39)))));
    says.push((4, true, format!("{} Allocated \"{memory}\" memory", head(29))));
    says
}

/// `30s`, `2m`, `1h`, `90`.
fn seconds(text: &str) -> u64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: u64 = digits.parse().unwrap_or(60);
    match &text[digits.len()..] {
        "m" => n * 60,
        "h" => n * 3600,
        "d" => n * 86_400,
        _ => n,
    }
}

/// `250M`, `1G` as stress reads it; `1Gi` as a quantity.
fn amount(text: &str) -> u64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: u64 = digits.parse().unwrap_or(0);
    match text[digits.len()..].chars().next().map(|c| c.to_ascii_uppercase()) {
        Some('K') => n << 10,
        Some('M') => n << 20,
        Some('G') => n << 30,
        _ => n,
    }
}

/// How long it takes to begin.
const START: Span = Span::millis(250);
/// Bytes of memory a second that a program can fill.
const FAST: u64 = 2 << 30;

/// `1s`, `100ms`, `1m`: microseconds.
fn micros(text: &str) -> u64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: u64 = digits.parse().unwrap_or(1);
    n * match &text[digits.len()..] {
        "us" => 1,
        "ms" => 1_000,
        "m" => 60_000_000,
        _ => 1_000_000,
    }
}

#[derive(Clone)]
struct Hog {
    daemon: Daemon,
    /// Bytes a second that it takes until it has what it wants.
    rate: u64,
    /// It has no handlers for signals.
    deaf: bool,
    wants: u64,
    has: u64,
    demand: u32,
}

impl Program for Hog {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        let state = self.daemon.tick(inside);
        let began = self.daemon.started + START;
        let age = inside.now.since(began);
        if self.has < self.wants && age > Span::ZERO {
            self.has = self.has.max(self.wants.min(age.0.saturating_mul(self.rate) / 1000));
        }
        match state {
            State::Running(next) if self.has < self.wants => {
                // it is looked at whenever it has taken another 64 MiB, but not all the time
                let step = Span::millis(((64 << 20) * 1000 / self.rate.max(1)).clamp(30, 1000));
                let grows = (inside.now + step).max(began + Span(1));
                State::Running(Some(next.map_or(grows, |next| next.min(grows))))
            }
            State::Exited(0) => {
                let ran = inside.now.since(self.daemon.started).as_seconds();
                inside.print(&format!("stress: info: [1] successful run completed in {ran}s"));
                state
            }
            state => state,
        }
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        match signal {
            // the kernel keeps from a first process what it has no handler for
            Signal::Term | Signal::Int if !self.deaf => State::Exited(128 + signal.number()),
            _ => self.tick(inside),
        }
    }

    fn demand(&self) -> u32 {
        self.demand
    }

    fn memory(&self) -> u64 {
        self.has
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
