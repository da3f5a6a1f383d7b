//! The registries: down, slow, or out of patience. The kubelet's pulls look at `Machines::registry`.

use crate::node::trouble::Registry;

/// How many times as long a slow pull takes.
pub const SLOW: u32 = 20;

/// The word for a state of the registries: `down`.
pub fn word(registry: Registry) -> &'static str {
    match registry {
        Registry::Up => "up",
        Registry::Down => "down",
        Registry::Slow(_) => "slow",
        Registry::Limited => "limited",
    }
}

/// The state that a word names.
pub fn of(word: &str) -> Option<Registry> {
    Some(match word {
        "up" | "on" | "back" => Registry::Up,
        "down" | "off" => Registry::Down,
        "slow" => Registry::Slow(SLOW),
        "limited" | "limit" | "rate-limited" | "ratelimited" => Registry::Limited,
        _ => return None,
    })
}
