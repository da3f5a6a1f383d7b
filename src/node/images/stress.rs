//! stress: uses memory or CPU on purpose; the kernel ends it when it takes more than its limit.
//!
//! Models: `polinux/stress` (`stress` 1.0).

use super::{Base, Config, Image};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Span;

pub struct Stress;

static CONFIG: Config = Config {
    names: &["docker.io/polinux/stress", "docker.io/vish/stress"],
    versions: &[("1.0", 4)],
    bytes: 4_041_495,
    cmd: &["/usr/local/bin/stress"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    base: Base::Alpine,
    ..Config::DEFAULT
};

impl Image for Stress {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if launch.argv.first()?.rsplit('/').next()? != "stress" {
            return None;
        }
        let number = |name: &str| launch.flag(name).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        let (cpu, io, vm, hdd) = (number("cpu"), number("io"), number("vm"), number("hdd"));
        let bytes = launch.flag("vm-bytes").map_or(256 << 20, amount);
        let dispatch = format!("stress: info: [1] dispatching hogs: {cpu} cpu, {io} io, {vm} vm, {hdd} hdd");
        let mut daemon = Daemon::new(launch, &[], vec![(3, false, dispatch)]);
        if let Some(timeout) = launch.flag("timeout") {
            let seconds: u64 = timeout.trim_end_matches('s').parse().unwrap_or(60);
            daemon = daemon.ending(seconds * 1000, 0);
        }
        let wants = vm * bytes;
        Some(Box::new(Hog { daemon, wants, has: 1 << 20 }))
    }
}

/// `250M`, `1G` as stress reads it.
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

#[derive(Clone)]
struct Hog {
    daemon: Daemon,
    wants: u64,
    has: u64,
}

impl Program for Hog {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        let state = self.daemon.tick(inside);
        if self.has < self.wants && inside.now.since(self.daemon.started) >= Span::millis(300) {
            self.has = self.wants;
        }
        match state {
            State::Running(next) if self.has < self.wants => {
                let grows = self.daemon.started + Span::millis(300);
                State::Running(Some(next.map_or(grows, |next| next.min(grows))))
            }
            state => state,
        }
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        if matches!(signal, Signal::Term | Signal::Int) {
            State::Exited(128 + signal.number())
        } else {
            self.tick(inside)
        }
    }

    fn memory(&self) -> u64 {
        self.has
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
