//! What a pod costs, in counts and not in time: events, looks of controllers, objects read. None of them may grow with the
//! cluster.

use pilothouse::api::kinds;
use pilothouse::control::pods;
use pilothouse::session::Session;
use pilothouse::time::Span;
use pilothouse::world::Spec;

#[derive(Debug)]
struct Cost {
    events: f64,
    kubelet: f64,
    /// All controllers but the kubelets.
    looks: f64,
    reads: f64,
}

/// So many replicas until they are ready, for each pod.
fn converge(replicas: usize, workers: u32) -> Cost {
    let mut session = Session::with(Spec { workers, ..Spec::default() }, 1);
    session.pace.follow = false;
    let count = |session: &Session| {
        let looks = |kubelet: bool| session.world.looks().filter(move |(name, _)| (*name == "kubelet") == kubelet);
        let sum = |kubelet| looks(kubelet).map(|(_, count)| count).sum::<u64>();
        [session.world.handled(), sum(true), sum(false), session.world.api.store().reads()]
    };
    let before = count(&session);
    session.submit(&format!("kubectl create deployment web --image=nginx --replicas={replicas}"));
    let ready = |session: &Session| {
        session.world.reader().list(kinds::POD, Some("default")).filter(|pod| pods::is_ready(pod)).count()
    };
    for _ in 0..60 {
        session.run_until(session.world.now + Span::seconds(1));
        if ready(&session) == replicas {
            break;
        }
    }
    let after = count(&session);
    assert_eq!(ready(&session), replicas, "ready after a minute");
    let [events, kubelet, looks, reads] = std::array::from_fn(|at| (after[at] - before[at]) as f64 / replicas as f64);
    Cost { events, kubelet, looks, reads }
}

#[test]
fn a_pod_costs_the_same_in_a_large_cluster() {
    let (small, large) = (converge(40, 4), converge(400, 40));
    let told = format!("{small:?} {large:?}");
    assert!(small.events < 40.0 && small.kubelet < 25.0 && small.looks < 6.0 && small.reads < 260.0, "{told}");
    assert!(large.events < small.events * 1.1, "{told}");
    assert!(large.kubelet < small.kubelet * 1.1, "{told}");
    assert!(large.looks < small.looks * 1.1, "{told}");
    assert!(large.reads < small.reads * 1.2, "{told}");
}

#[test]
fn a_node_that_does_nothing_costs_next_to_nothing() {
    let each = |workers: u32| {
        let mut session = Session::with(Spec { workers, ..Spec::default() }, 1);
        let before = (session.world.handled(), session.world.api.store().reads());
        session.run_until(session.world.now + Span::minutes(1));
        let per = |count: u64| count as f64 / f64::from(workers);
        (per(session.world.handled() - before.0), per(session.world.api.store().reads() - before.1))
    };
    let (small, large) = (each(10), each(100));
    assert!(large.0 < 40.0 && large.0 < small.0 * 1.1, "events of a node in a minute: {small:?} {large:?}");
    assert!(large.1 < small.1 * 1.5, "reads of a node in a minute: {small:?} {large:?}");
}
