//! The library in a browser: what a seed makes natively it makes there too. The transcripts were recorded natively; here they
//! are played again in headless Chromium and must be the same to the letter.
#![cfg(target_arch = "wasm32")]

use pilothouse::session::Session;
use pilothouse::transcript::{Runner, print};
use pilothouse::world::{Spec, World};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

include!(concat!(env!("OUT_DIR"), "/transcripts.rs"));

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_transcript_is_the_same_in_a_browser() {
    assert!(TRANSCRIPTS.len() > 3, "the transcripts were not found");
    for (name, text) in TRANSCRIPTS {
        let (entries, _) =
            Runner::run(World::boot(Spec::default(), 1), text, |_| {}).expect("a transcript can be played");
        assert_eq!(print(&entries), *text, "{name}");
    }
}

#[wasm_bindgen_test]
fn a_session_can_be_saved_and_restored_in_a_browser() {
    let mut session = Session::new(3);
    session.submit("kubectl create deployment web --image=nginx --replicas=2");
    session.run_until(session.world.now + pilothouse::time::Span::seconds(20));
    let restored = Session::restore(&session.save()).expect("a saved session can be restored");
    assert_eq!(restored.revision(), session.revision());
    assert_eq!(restored.world.now, session.world.now);
}
