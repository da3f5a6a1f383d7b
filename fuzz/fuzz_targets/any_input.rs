//! Any bytes, given to a cluster as a manifest, a command line, a patch, an expression or a saved session.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pilothouse::world::World;

#[path = "../../tests/common/hostile.rs"]
mod hostile;

thread_local! {
    static WORLD: World = hostile::world();
}

fuzz_target!(|bytes: &[u8]| WORLD.with(|world| hostile::try_bytes(world, bytes)));
