//! Backslash escapes: of `$'...'`, `echo -e` and `printf`.

/// `$'...'`: all escapes; a NUL ends the text.
pub fn ansi(text: &str) -> String {
    unescape(text, false).0
}

/// Replaces escapes. `echo`: octal is `\0nnn`, and `\c` ends the output (then the second value is true).
pub fn unescape(text: &str, echo: bool) -> (String, bool) {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<u8> = vec![];
    let mut at = 0;
    let mut buf = [0; 4];
    while at < chars.len() {
        let c = chars[at];
        at += 1;
        if c != '\\' || at >= chars.len() {
            out.extend(c.encode_utf8(&mut buf).bytes());
            continue;
        }
        let e = chars[at];
        at += 1;
        let byte = match e {
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            '\'' | '"' if !echo => e as u8,
            'c' if echo => return (String::from_utf8_lossy(&out).into_owned(), true),
            'x' => match digits(&chars, &mut at, 16, 2) {
                Some(n) => n as u8,
                None => {
                    out.extend(b"\\x");
                    continue;
                }
            },
            'u' | 'U' => {
                let n = digits(&chars, &mut at, 16, if e == 'u' { 4 } else { 8 });
                let c = n.and_then(char::from_u32).unwrap_or('\u{fffd}');
                out.extend(c.encode_utf8(&mut buf).bytes());
                continue;
            }
            '0' if echo => digits(&chars, &mut at, 8, 3).unwrap_or(0) as u8,
            '0'..='7' if !echo => {
                at -= 1;
                digits(&chars, &mut at, 8, 3).unwrap_or(0) as u8
            }
            _ => {
                out.push(b'\\');
                out.extend(e.encode_utf8(&mut buf).bytes());
                continue;
            }
        };
        out.push(byte);
    }
    (String::from_utf8_lossy(&out).into_owned(), false)
}

fn digits(chars: &[char], at: &mut usize, radix: u32, max: usize) -> Option<u32> {
    let from = *at;
    let mut n = 0u32;
    while *at < chars.len() && *at - from < max {
        let Some(d) = chars[*at].to_digit(radix) else { break };
        n = n.wrapping_mul(radix).wrapping_add(d);
        *at += 1;
    }
    (*at > from).then_some(n)
}
