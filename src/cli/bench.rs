//! `pilothouse bench`: figures of the engine on this machine. Ratios and counts are worth quoting; single times are not.

use pilothouse::session::Session;
use pilothouse::time::Span;
use pilothouse::transcript::Runner;
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
    let mut base = vec![];
    for pods in [1_000, 10_000, 30_000] {
        commands(pods, &mut base, &clock)?;
    }
    Ok(())
}

/// What commands cost in a cluster with so many pods, and (where they touch every pod) how that grew per pod.
fn commands(pods: usize, base: &mut Vec<f64>, clock: &dyn Fn() -> f64) -> Result<(), String> {
    let manifest = |n: usize| {
        // a gate keeps the scheduler away: the pods are there, and nothing happens to them
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p{n}, labels: {{app: a{}}}}}\nspec: {{schedulingGates: [{{name: \
             example.com/wait}}], containers: [{{name: c, image: nginx}}]}}\n---\n",
            n % 100
        )
    };
    let mut runner = Runner::new(World::boot(Spec::default(), 1));
    let rest: String = (100..pods).map(&manifest).collect();
    runner.write("rest.yaml", &rest);
    runner.write("hundred.yaml", &(0..100).map(&manifest).collect::<String>());
    println!("{pods} pods:");
    let timed: [(&str, &str, usize); 9] = [
        ("create the pods", "kubectl create -f rest.yaml", pods - 100),
        ("apply 100 new ones", "kubectl apply -f hundred.yaml", 0),
        ("apply 100, unchanged", "kubectl apply -f hundred.yaml", 0),
        ("get pods", "kubectl get pods", pods),
        ("get pods -o wide -l app=a7", "kubectl get pods -o wide -l app=a7", pods),
        ("get pods -o yaml", "kubectl get pods -o yaml", pods),
        ("get one pod", "kubectl get pod p500", 0),
        ("label one pod", "kubectl label pod p500 a=b", 0),
        ("describe one pod", "kubectl describe pod p500", 0),
    ];
    for (at, (title, line, touched)) in timed.into_iter().enumerate() {
        let start = clock();
        let reply = runner.command(line);
        if reply.code != 0 {
            return Err(format!("{line}: {}", reply.output.lines().next().unwrap_or("failed")));
        }
        let cost = clock() - start;
        let each = cost / touched.max(1) as f64;
        if base.len() <= at {
            base.push(each);
        }
        let unit = if touched == 0 { "".into() } else { format!("  {:>6.1} us per pod", each * 1000.0) };
        println!("  {title:<28} {cost:>9.1} ms{unit}  (x{:.1} of 1000 pods)", each / base[at]);
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
