//! `pilothouse bench`: figures of the engine on this machine. Ratios and counts are worth quoting; single times are not.

mod commands;
mod converge;
mod frames;

use pilothouse::world::{Spec, World};

/// Without arguments everything; else some of `boot`, `converge`, `frames`, `idle`, `commands`, `PODS/NODES`
/// (convergence) and `frames:PODS/NODES`.
pub fn run(args: &[String]) -> u8 {
    let all = ["boot", "converge", "frames", "idle", "commands"].map(String::from);
    let wanted = if args.is_empty() { &all } else { args };
    wanted.iter().try_for_each(|what| figures(what)).map_or_else(|message| super::refuse("bench", &message), |()| 0)
}

fn figures(what: &str) -> Result<(), String> {
    match what {
        "boot" => boot(),
        "converge" => return converge::stages(),
        "idle" => converge::idle(1_000),
        "commands" => return commands::all(),
        "frames" => return frames::figures(600, 20).and_then(|()| frames::figures(30_000, 1_000)),
        _ => {
            let (frames, what) = what.strip_prefix("frames:").map_or((false, what), |rest| (true, rest));
            let shape = what.split_once('/').and_then(|(pods, nodes)| Some((pods.parse().ok()?, nodes.parse().ok()?)));
            let (pods, nodes) =
                shape.ok_or("it knows boot, converge, frames, idle, commands, PODS/NODES and frames:PODS/NODES")?;
            if frames {
                return frames::figures(pods, nodes);
            }
            return converge::figures(pods, nodes, &mut None);
        }
    }
    Ok(())
}

fn boot() {
    let start = wall_clock();
    let mut events = 0;
    for seed in 0..10 {
        events = World::boot(Spec::default(), seed).handled();
    }
    println!("boot                    {:>8.2} ms  ({events} events)", (wall_clock() - start) / 10.0);
}

/// Wall milliseconds; the bench is the one place outside the page that looks at a real clock.
#[expect(clippy::disallowed_types, reason = "a bench measures wall time")]
fn wall_clock() -> f64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

/// Megabytes that the process holds now and has held at most; 0 where the system does not say.
fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().split(' ').next()?.parse::<f64>().ok()
    };
    (field("VmRSS:").unwrap_or(0.0) / 1024.0, field("VmHWM:").unwrap_or(0.0) / 1024.0)
}
