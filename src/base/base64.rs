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

/// The bytes of a text that must be right from end to end; line breaks are skipped.
///
/// # Errors
/// The offset of the first byte that is wrong, as Go's `encoding/base64` counts it.
pub fn decode_strict(text: &[u8]) -> Result<Vec<u8>, usize> {
    let (mut out, mut at) = (Vec::with_capacity(text.len() / 4 * 3), 0);
    let skip = |mut at: usize| {
        while matches!(text.get(at), Some(b'\n' | b'\r')) {
            at += 1;
        }
        at
    };
    loop {
        let (mut bits, mut have) = (0u32, 0);
        while have < 4 {
            at = skip(at);
            let Some(letter) = text.get(at) else {
                return if have == 0 { Ok(out) } else { Err(at - have) };
            };
            let Some(value) = LETTERS.iter().position(|known| known == letter) else { break };
            bits = bits << 6 | value as u32;
            have += 1;
            at += 1;
        }
        if have == 4 {
            out.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
            continue;
        }
        // Padding ends the text: one sign after three letters, two after two.
        if text[at] != b'=' || have < 2 {
            return Err(at);
        }
        at += 1;
        if have == 2 {
            at = skip(at);
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        at = skip(at);
        if at < text.len() {
            return Err(at);
        }
        out.push((bits >> if have == 2 { 4 } else { 10 }) as u8);
        if have == 3 {
            out.push((bits >> 2) as u8);
        }
        return Ok(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_counted_as_go_counts_it() {
        for (text, want) in [
            ("aGVsbG8=", Ok("hello")),
            ("aGVs\nbG8=\n", Ok("hello")),
            ("aGVsbG8h", Ok("hello!")),
            ("aA==", Ok("h")),
            ("", Ok("")),
            ("not-base64!", Err(3)),
            ("hello", Err(4)),
            ("aGVsbG8", Err(4)),
            ("aGVsbG8=x", Err(8)),
            ("aA=", Err(3)),
            ("aA=x", Err(2)),
            ("=", Err(0)),
        ] {
            assert_eq!(decode_strict(text.as_bytes()), want.map(|text| text.as_bytes().to_vec()), "{text:?}");
        }
    }
}
