//! The library in a browser: what a seed and inputs make natively they make there too, and transcripts agree.
#![cfg(target_arch = "wasm32")]

use pilothouse::session::Session;
use pilothouse::time::Span;
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
