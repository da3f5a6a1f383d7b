//! Bytes as letters, digits, `+` and `/`.
//!
//! Models: RFC 4648.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The standard alphabet with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            out.push(if i <= chunk.len() { LETTERS[(n >> (18 - 6 * i) & 63) as usize] as char } else { '=' });
        }
    }
    out
}

/// The bytes, and whether the whole text was right.
pub fn decode(text: &[u8], ignore: bool) -> (Vec<u8>, bool) {
    let (mut out, mut bits, mut have, mut good, mut padded) = (vec![], 0u32, 0, true, 0);
    let mut count = 0;
    for b in text {
        if matches!(b, b'\n' | b'\r') {
            continue;
        }
        match LETTERS.iter().position(|l| l == b) {
            Some(_) if padded > 0 => good = false,
            Some(n) => {
                bits = bits << 6 | n as u32;
                have += 6;
                count += 1;
                if have >= 8 {
                    have -= 8;
                    out.push((bits >> have & 255) as u8);
                }
            }
            None if *b == b'=' => padded += 1,
            None if ignore => {}
            None => {
                good = false;
                break;
            }
        }
    }
    (out, good && (count + padded) % 4 == 0)
}
