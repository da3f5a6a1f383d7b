//! Short names from long contents: pod-template-hash, controller revisions.
//!
//! Models: Go hash/fnv (32a) and k8s.io/apimachinery/pkg/util/rand SafeEncodeString.

/// Letters and digits that cannot spell a bad word.
const SAFE: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a, 32 bits.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, b| (hash ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

/// Each byte as one safe letter.
pub fn safe_encode(text: &str) -> String {
    text.bytes().map(|b| char::from(SAFE[usize::from(b) % SAFE.len()])).collect()
}

/// The name part that a controller derives from an object's contents; a collision count, once there is one, is part of it.
pub fn short_name(contents: &[u8], collisions: Option<i32>) -> String {
    let mut bytes = contents.to_vec();
    if let Some(count) = collisions {
        bytes.extend_from_slice(&count.cast_unsigned().to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
    }
    safe_encode(&fnv32a(&bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_gos() {
        assert_eq!(fnv32a(b""), 2_166_136_261);
        assert_eq!(fnv32a(b"a"), 0xe40c_292c);
        assert_ne!(short_name(b"x", None), short_name(b"x", Some(1)));
        assert!(short_name(b"x", None).bytes().all(|b| SAFE.contains(&b)));
    }
}
