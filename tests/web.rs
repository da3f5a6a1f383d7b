//! The library in a browser: what a seed and inputs make natively they make there too, and transcripts agree.
#![cfg(target_arch = "wasm32")]

use pilothouse::api::schema::Docs;
use pilothouse::session::Session;
use pilothouse::time::Span;
use std::rc::Rc;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[path = "common/digest.rs"]
mod digest;

#[wasm_bindgen_test]
fn a_session_is_the_same_in_a_browser_as_natively() {
    let native = option_env!("PILOTHOUSE_DIGEST").expect("`cargo xtask test wasm` tells the native number");
    assert_eq!(digest::of_a_session().to_string(), native);
}

#[wasm_bindgen_test]
fn a_saved_session_comes_back() {
    let mut session = Session::new(3);
    session.submit("kubectl create namespace kept");
    session.run_until(session.world.now + Span::seconds(5));
    let again = Session::restore(&session.save()).expect("what was saved can be read");
    assert_eq!(again.revision(), session.revision());
}

/// One transcript, played in the browser and compared to the letter.
macro_rules! transcript {
    ($name:ident, $path:literal) => {
        #[wasm_bindgen_test]
        fn $name() {
            play(include_str!($path));
        }
    };
}

// the list of all transcripts, which `cargo xtask test wasm` writes
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/target/web/transcripts.rs"));

fn play(text: &str) {
    let mut world = pilothouse::world::World::boot(pilothouse::world::Spec::default(), 1);
    // the page loads the descriptions when they are asked for; here they are at hand
    world.api.library.fill(Rc::new(Docs::new(include_str!(concat!(env!("OUT_DIR"), "/docs.txt")).to_string())));
    let (entries, _) = pilothouse::transcript::Runner::run(world, text, |_| {}).expect("the transcript can be read");
    let now = pilothouse::transcript::print(&entries);
    let first = text.lines().zip(now.lines()).enumerate().find(|(_, (old, new))| old != new);
    assert_eq!(first, None, "the first line that differs from the native one");
    assert_eq!(text.lines().count(), now.lines().count());
}
