//! `pilothouse bench`: figures of the engine on this machine. Ratios and counts are worth quoting; single times are not.

use pilothouse::session::Session;
use pilothouse::time::Span;
use pilothouse::world::{Spec, World};

pub fn run(_args: &[String]) -> u8 {
    figures().map_or_else(|message| super::refuse("bench", message), |()| 0)
}

fn figures() -> Result<(), String> {
    let clock = wall_clock;
    let start = clock();
    let mut events = 0;
    for seed in 0..10 {
        events = World::boot(Spec::default(), seed).handled();
    }
    println!("boot                    {:>8.2} ms  ({events} events)", (clock() - start) / 10.0);
    for (workers, replicas) in [(2, 100), (20, 600), (20, 1200)] {
        converge(workers, replicas, &clock)?;
    }
    Ok(())
}

/// So many replicas of one deployment until they are ready.
fn converge(workers: u32, replicas: usize, clock: &dyn Fn() -> f64) -> Result<(), String> {
    let mut session = Session::with(Spec { workers, ..Spec::default() }, 1);
    session.pace.follow = false;
    let (start, at, handled) = (clock(), session.world.now, session.world.handled());
    session.submit(&format!("kubectl create deployment web --image=nginx --replicas={replicas}"));
    let ready = |session: &Session| {
        let read = session.world.reader();
        read.list(pilothouse::api::kinds::POD, Some("default"))
            .filter(|pod| pilothouse::control::pods::is_ready(pod))
            .count()
    };
    while ready(&session) < replicas {
        if session.world.now.since(at) > Span::minutes(30) {
            return Err(format!("{replicas} pods on {workers} nodes: {} ready after 30 minutes", ready(&session)));
        }
        session.run_until(session.world.now + Span::seconds(1));
    }
    let events = session.world.handled() - handled;
    println!(
        "{replicas:>5} pods, {workers:>3} workers  {:>8.0} ms  ({events} events, {} per pod, {} s of virtual time)",
        clock() - start,
        events / replicas as u64,
        session.world.now.since(at).as_seconds(),
    );
    Ok(())
}

/// Wall milliseconds; the bench is the one place outside the page that looks at a real clock.
#[expect(clippy::disallowed_types, reason = "a bench measures wall time")]
fn wall_clock() -> f64 {
    use std::time::{SystemTime, UNIX_EPOCH};
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}
