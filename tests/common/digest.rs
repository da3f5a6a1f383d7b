//! One number for a session: what its terminal showed and what its cluster holds.

use pilothouse::session::Session;
use pilothouse::time::Span;

/// A deployment is made, scaled, a pod dies, a node loses its power.
pub fn of_a_session() -> u64 {
    let mut session = Session::new(7);
    for (line, seconds) in [
        ("kubectl create deployment web --image=nginx --replicas=3", 10),
        ("kubectl expose deployment web --port=80", 5),
        ("kubectl scale deployment web --replicas=5", 10),
        ("kubectl delete pod -l app=web --wait=false", 30),
        ("kubectl get pods,services -o wide; kubectl get events", 5),
    ] {
        session.submit(line);
        session.run_until(session.world.now + Span::seconds(seconds));
    }
    session.act(pilothouse::session::Act::Power { node: "node02".into(), on: false });
    session.run_until(session.world.now + Span::minutes(7));
    let mut number = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |text: &str| {
        for byte in text.bytes() {
            number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (_, line) in session.terminal.lines() {
        line.spans.iter().for_each(|span| take(&span.text));
        take("\n");
    }
    for object in session.world.reader().everything() {
        take(&object.to_value().to_string());
    }
    number
}
