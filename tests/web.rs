//! The library in a browser: what a seed makes natively it makes there too.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn the_same_seed_gives_the_same_names_in_a_browser() {
    let name = |seed| pilothouse::base::rng::Rng::new(seed).of("names").suffix(5);
    assert_eq!(name(7), name(7));
    assert_ne!(name(7), name(8));
}
