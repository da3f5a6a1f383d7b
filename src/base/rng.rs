//! Chance from one seed: a stream per component, so that a new caller does not shift the others.
//!
//! Models: nothing upstream; the generator is SplitMix64 (public domain), chosen because its state is one word.

use std::collections::BTreeMap;

/// A seeded source of independent, named streams.
#[derive(Clone, Debug)]
pub struct Rng {
    seed: u64,
    streams: BTreeMap<&'static str, Stream>,
}

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng { seed, streams: BTreeMap::new() }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The stream of one component; it starts from the seed and the name alone.
    pub fn of(&mut self, name: &'static str) -> &mut Stream {
        let seed = self.seed;
        self.streams.entry(name).or_insert_with(|| {
            let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
            for byte in name.bytes() {
                state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            Stream(state)
        })
    }
}

/// One stream of numbers.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.next() % n }
    }

    /// A number in `from..=to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// Random characters as Kubernetes puts them behind generated names (no vowels, no 0, 1, 3).
    pub fn suffix(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| LETTERS[self.below(LETTERS.len() as u64) as usize] as char).collect()
    }

    /// Lower-case hex digits.
    pub fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from_digit(self.below(16) as u32, 16).expect("a hex digit is below 16")).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let mut bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        bits = (bits & !(0xf << 76)) | (4 << 76);
        bits = (bits & !(0x3 << 62)) | (2 << 62);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_caller_does_not_shift_the_others() {
        let mut one = Rng::new(7);
        let mut two = Rng::new(7);
        two.of("names").next();
        assert_eq!(one.of("scheduler").next(), two.of("scheduler").next());
    }

    #[test]
    fn a_uuid_has_its_version() {
        let uuid = Rng::new(1).of("uid").uuid();
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
    }
}
