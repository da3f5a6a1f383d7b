//! One seed, one history: the same inputs give the same session, whatever the frames were; a saved session is restored to
//! the same state.

use pilothouse::session::Session;
use pilothouse::time::Span;

const LINES: [&str; 4] = [
    "kubectl create deployment web --image=nginx --replicas=3",
    "kubectl get pods",
    "kubectl scale deployment web --replicas=5; kubectl rollout status deployment/web; kubectl get pods -o wide",
    "kubectl get events",
];

/// What the session is: every object with its revision, and the terminal.
fn picture(session: &Session) -> String {
    let mut text = String::new();
    for object in session.world.reader().everything() {
        text.push_str(&format!("{object:?} {}\n", object.to_value()));
    }
    for (number, line) in session.terminal.lines() {
        let spans: String = line.spans.iter().map(|span| span.text.as_str()).collect();
        text.push_str(&format!("{number} {spans}\n"));
    }
    text
}

fn play(frame_ms: f64) -> Session {
    let mut session = Session::new(7);
    session.pace.follow = false;
    let start = session.world.now;
    for (n, line) in LINES.iter().enumerate() {
        let at = start + Span::seconds(20 * n as u64);
        while session.world.now < at {
            let left = at.since(session.world.now).0 as f64;
            session.frame(frame_ms.min(left), &mut || true);
        }
        session.submit(line);
    }
    let end = start + Span::seconds(100);
    while session.world.now < end {
        let left = end.since(session.world.now).0 as f64;
        session.frame(frame_ms.min(left), &mut || true);
    }
    session
}

#[test]
fn frames_of_any_length_give_the_same_session() {
    let (short, long) = (play(16.0), play(250.0));
    assert!(picture(&short).contains("web-"), "the deployment made no pods");
    assert_eq!(picture(&short), picture(&long));
}

#[test]
fn a_restored_session_is_the_same_session() {
    let session = play(100.0);
    let restored = Session::restore(&session.save()).expect("a saved session can be restored");
    assert_eq!(picture(&session), picture(&restored));
    assert_eq!(session.world.now, restored.world.now);
}

#[test]
fn another_seed_gives_other_names() {
    assert_ne!(picture(&Session::new(1)), picture(&Session::new(2)));
}

#[test]
fn a_broken_saved_session_is_refused_with_a_sentence() {
    for text in ["", "{", "[]", "{\"version\":99}", "{\"version\":1}"] {
        assert!(Session::restore(text).is_err(), "{text}");
    }
}
