//! sha256sum and md5sum.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::Sys;

#[derive(Clone)]
struct Sum {
    tool: String,
    files: Vec<String>,
    input: Vec<u8>,
}

pub fn run(argv: &[String], _sys: &mut Sys<'_>) -> Launch {
    let mut files: Vec<String> = argv[1..].iter().filter(|a| !a.starts_with('-') || *a == "-").cloned().collect();
    if files.is_empty() {
        files.push("-".into());
    }
    if files.iter().any(|file| super::pour::endless(file).is_some()) {
        return super::pour::spin();
    }
    Launch::Job(Box::new(Sum { tool: argv[0].clone(), files, input: vec![] }))
}

impl Job for Sum {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if self.files.iter().any(|f| f == "-") {
            let mut input = std::mem::take(&mut self.input);
            let all = sys.read_all(&mut input);
            self.input = input;
            if !all {
                return Poll::Wait(Wake::input());
            }
        }
        let mut code = 0;
        for file in self.files.clone() {
            let data = match file.as_str() {
                "-" => self.input.clone(),
                name => match sys.read_file(name) {
                    Ok(data) => data.to_vec(),
                    Err(fault) => {
                        sys.err(&format!("{}: {name}: {fault}\n", self.tool));
                        code = 1;
                        continue;
                    }
                },
            };
            let sum = if self.tool == "md5sum" { md5(&data) } else { sha256(&data) };
            sys.out(&format!("{sum}  {file}\n"));
        }
        Poll::Done(code)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

fn padded(data: &[u8], big: bool) -> Vec<u8> {
    let mut all = data.to_vec();
    all.push(0x80);
    while all.len() % 64 != 56 {
        all.push(0);
    }
    let bits = (data.len() as u64) * 8;
    all.extend(if big { bits.to_be_bytes() } else { bits.to_le_bytes() });
    all
}

fn hex(words: impl Iterator<Item = u32>, big: bool) -> String {
    words.flat_map(|w| if big { w.to_be_bytes() } else { w.to_le_bytes() }).map(|b| format!("{b:02x}")).collect()
}

/// The first bits of the fractional parts of the roots of the first primes, by integer arithmetic.
fn roots(count: usize, cube: bool) -> Vec<u32> {
    let mut out = vec![];
    let mut n: u128 = 2;
    while out.len() < count {
        if (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d)) {
            let (mut low, mut high) = (0u128, 1 << 40);
            while high - low > 1 {
                let mid = (low + high) / 2;
                // mid / 2^32 is the root: mid^k <= n * 2^(32 k)
                let fits = if cube { mid * mid <= (n << 96) / mid.max(1) } else { mid * mid <= n << 64 };
                if fits { low = mid } else { high = mid }
            }
            out.push(low as u32);
        }
        n += 1;
    }
    out
}

/// FIPS 180-4.
pub fn sha256(data: &[u8]) -> String {
    let k = roots(64, true);
    let mut h = roots(8, false);
    for block in padded(data, true).chunks(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]])).collect();
        for i in 16..64 {
            let (a, b) = (w[i - 15], w[i - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w.push(w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1));
        }
        let mut v = h.clone();
        for i in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choose = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let t1 = v[7].wrapping_add(s1).wrapping_add(choose).wrapping_add(k[i]).wrapping_add(w[i]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let most = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            let t2 = s0.wrapping_add(most);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(t1);
            v[0] = t1.wrapping_add(t2);
        }
        for (a, b) in h.iter_mut().zip(v) {
            *a = a.wrapping_add(b);
        }
    }
    hex(h.into_iter(), true)
}

/// RFC 1321.
fn md5(data: &[u8]) -> String {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    // floor(2^32 * |sin(i + 1)|)
    const SINES: [u32; 64] = [
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
        0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
        0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
        0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
        0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
        0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
        0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
        0xeb86d391,
    ];
    let mut h: [u32; 4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
    for block in padded(data, false).chunks(64) {
        let w: Vec<u32> = block.chunks(4).map(|c| u32::from_le_bytes([c[0], c[1], c[2], c[3]])).collect();
        let [mut a, mut b, mut c, mut d] = h;
        for i in 0..64 {
            let (f, g) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), (7 * i) % 16),
            };
            let sum = a.wrapping_add(f).wrapping_add(SINES[i]).wrapping_add(w[g]);
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(SHIFTS[i / 16][i % 4]));
        }
        for (x, y) in h.iter_mut().zip([a, b, c, d]) {
            *x = x.wrapping_add(y);
        }
    }
    hex(h.into_iter(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
