//! What commands cost in clusters of 1,000, 10,000 and 30,000 pods.

use super::wall_clock;
use pilothouse::transcript::Runner;
use pilothouse::world::{Spec, World};

pub fn all() -> Result<(), String> {
    let mut base = vec![];
    [1_000, 10_000, 30_000].into_iter().try_for_each(|pods| with(pods, &mut base))
}

/// What commands cost in a cluster with so many pods, and (where they touch every pod) how that grew per pod.
fn with(pods: usize, base: &mut Vec<f64>) -> Result<(), String> {
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
        let start = wall_clock();
        let reply = runner.command(line);
        if reply.code != 0 {
            return Err(format!("{line}: {}", reply.output.lines().next().unwrap_or("failed")));
        }
        let cost = wall_clock() - start;
        let each = cost / touched.max(1) as f64;
        if base.len() <= at {
            base.push(each);
        }
        let unit = if touched == 0 { "".into() } else { format!("  {:>6.1} us per pod", each * 1000.0) };
        println!("  {title:<28} {cost:>9.1} ms{unit}  (x{:.1} of 1000 pods)", each / base[at]);
    }
    Ok(())
}
