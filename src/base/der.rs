//! Requests for certificates as bytes (DER), and bytes between BEGIN and END lines (PEM).
//!
//! Models: PKCS #10, RFC 7468.
//! Left out: real keys and signatures (theirs are chance); extensions are not read.

use super::base64;

/// The attributes of a name, as openssl abbreviates them, and the last number of their OID 2.5.4.x.
const ATTRIBUTES: [(&str, u8); 6] = [("CN", 3), ("C", 6), ("L", 7), ("ST", 8), ("O", 10), ("OU", 11)];

/// Bytes between `-----BEGIN ...-----` and `-----END ...-----`.
pub fn pem(title: &str, bytes: &[u8]) -> String {
    let mut out = format!("-----BEGIN {title}-----\n");
    for line in base64::encode(bytes).as_bytes().chunks(64) {
        out += &String::from_utf8_lossy(line);
        out.push('\n');
    }
    out + &format!("-----END {title}-----\n")
}

/// The bytes of the first block of that title.
pub fn from_pem(title: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {title}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {title}-----"))?;
    let body: String = body.split_whitespace().collect();
    let (bytes, good) = base64::decode(body.as_bytes(), false);
    good.then_some(bytes)
}

/// A value with its tag and length in front.
fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match body.len() {
        short @ 0..128 => out.push(short as u8),
        long => {
            let bytes: Vec<u8> = (long as u32).to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | bytes.len() as u8);
            out.extend(bytes);
        }
    }
    out.extend_from_slice(body);
    out
}

/// Tag, body and what follows.
fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..128 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

/// A request for a certificate: the subject as pairs like `("CN", "jane")`, key and signature made of `chance`.
pub fn request(subject: &[(String, String)], chance: impl FnMut() -> u8) -> Vec<u8> {
    let noise: Vec<u8> = std::iter::repeat_with(chance).take(512).collect();
    let names: Vec<u8> = subject
        .iter()
        .filter_map(|(name, value)| {
            let (_, number) = ATTRIBUTES.iter().find(|(own, _)| own == name)?;
            let kind = if *name == "C" { 0x13 } else { 0x0c };
            let pair = [tagged(6, &[0x55, 4, *number]), tagged(kind, value.as_bytes())].concat();
            Some(tagged(0x31, &tagged(0x30, &pair)))
        })
        .flatten()
        .collect();
    let rsa =
        |last: u8| tagged(0x30, &[tagged(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last]), vec![5, 0]].concat());
    let number = [&[0, 0xc0][..], &noise[..255]].concat();
    let key = tagged(0x30, &[tagged(2, &number), vec![2, 3, 1, 0, 1]].concat());
    let key = tagged(0x30, &[rsa(1), tagged(3, &[&[0][..], &key].concat())].concat());
    let info = tagged(0x30, &[vec![2, 1, 0], tagged(0x30, &names), key, vec![0xa0, 0]].concat());
    let signature = tagged(3, &[&[0][..], &noise[256..]].concat());
    tagged(0x30, &[info, rsa(11), signature].concat())
}

/// The subject of a request, in its order.
pub fn subject(request: &[u8]) -> Option<Vec<(&'static str, String)>> {
    let (0x30, whole, _) = take(request)? else { return None };
    let (0x30, info, _) = take(whole)? else { return None };
    let (2, _, rest) = take(info)? else { return None };
    let (0x30, mut names, _) = take(rest)? else { return None };
    let mut all = vec![];
    while let Some((0x31, mut set, more)) = take(names) {
        names = more;
        while let Some((0x30, pair, next)) = take(set) {
            set = next;
            let (6, oid, value) = take(pair)? else { return None };
            let (_, text, _) = take(value)?;
            let known = ATTRIBUTES.iter().find(|(_, number)| oid == [0x55, 4, *number]);
            if let Some((name, _)) = known {
                all.push((*name, String::from_utf8_lossy(text).into_owned()));
            }
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_whose_it_is() {
        let pairs = [("O".to_string(), "dev".to_string()), ("CN".to_string(), "jane".to_string())];
        let bytes = request(&pairs, || 7);
        assert_eq!(subject(&bytes), Some(vec![("O", "dev".to_string()), ("CN", "jane".to_string())]));
        assert_eq!(from_pem("X", &pem("X", &bytes)).as_deref(), Some(bytes.as_slice()));
        assert_eq!(subject(&bytes[..20]), None);
    }
}
