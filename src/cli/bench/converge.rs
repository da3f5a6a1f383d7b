//! So many replicas of one Deployment until they are ready, and what a cluster costs when nothing happens.

use super::{memory, wall_clock};
use pilothouse::api::kinds;
use pilothouse::control::pods;
use pilothouse::session::Session;
use pilothouse::time::Span;
use pilothouse::world::{Spec, World};

/// Pods and workers, from a class to the largest cluster that the page is built for.
const STAGES: [(usize, u32); 6] = [(100, 2), (600, 20), (1_200, 20), (1_000, 30), (10_000, 300), (30_000, 1_000)];

pub fn stages() -> Result<(), String> {
    let mut base = None;
    STAGES.into_iter().try_for_each(|(pods, nodes)| figures(pods, nodes, &mut base))
}

/// `base` is what a pod costs with 1,000 of them.
pub fn figures(pods: usize, workers: u32, base: &mut Option<f64>) -> Result<(), String> {
    let start = wall_clock();
    let (mut session, before) = (Session::with(Spec { workers, ..Spec::default() }, 1), memory().0);
    let booted = wall_clock() - start;
    session.pace.follow = false;
    let (start, at, handled) = (wall_clock(), session.world.now, session.world.handled());
    let (reads, looks) = (session.world.api.store().reads(), looks(&session.world));
    session.submit(&format!("kubectl create deployment web --image=nginx --replicas={pods}"));
    while ready(&session.world) < pods {
        if session.world.now.since(at) > Span::minutes(30) {
            return Err(format!("{pods} pods on {workers} nodes: {} ready after 30 minutes", ready(&session.world)));
        }
        session.run_until(session.world.now + Span::seconds(1));
    }
    let (cost, events) = (wall_clock() - start, session.world.handled() - handled);
    let each = cost * 1000.0 / pods as f64;
    if pods == 1_000 {
        *base = Some(each);
    }
    let growth = base.filter(|_| pods >= 1_000).map(|base| format!(", x{:.2} of 1,000", each / base));
    let per_pod = |count: u64| count as f64 / pods as f64;
    let busiest = self::looks(&session.world).into_iter().zip(looks).map(|((name, now), (_, then))| (now - then, name));
    let mut busiest: Vec<(u64, &str)> = busiest.collect();
    busiest.sort_unstable_by(|a, b| b.cmp(a));
    let looks: Vec<String> =
        busiest.iter().take(6).map(|(count, name)| format!("{name} {:.2}", per_pod(*count))).collect();
    println!(
        "{:28} per pod: {:.0} objects read; looks: {}",
        "",
        per_pod(session.world.api.store().reads() - reads),
        looks.join(", ")
    );
    let (held, peak) = memory();
    println!(
        "{pods:>6} pods, {workers:>4} workers {cost:>8.0} ms  {each:>6.0} us per pod{}; {} events per pod, {:.0} events per ms",
        growth.unwrap_or_default(),
        events / pods as u64,
        events as f64 / cost,
    );
    println!(
        "{:28} {} s of virtual time; boot {booted:.0} ms; {:.1} kB per pod, {held:.0} MB held, {peak:.0} MB at most",
        "",
        session.world.now.since(at).as_seconds(),
        (held - before).max(0.0) * 1024.0 / pods as f64,
    );
    Ok(())
}

fn looks(world: &World) -> Vec<(&'static str, u64)> {
    world.looks().collect()
}

pub fn ready(world: &World) -> usize {
    world.reader().list(kinds::POD, Some("default")).filter(|pod| pods::is_ready(pod)).count()
}

/// A minute of a cluster in which nobody does anything.
pub fn idle(workers: u32) {
    let mut world = World::boot(Spec { workers, ..Spec::default() }, 1);
    let (start, handled) = (wall_clock(), world.handled());
    world.run_until(world.now + Span::minutes(1));
    let (cost, events) = (wall_clock() - start, world.handled() - handled);
    println!(
        "{workers:>6} idle workers, a minute {cost:>7.0} ms  ({events} events, {:.1} per node)",
        events as f64 / f64::from(workers)
    );
}
