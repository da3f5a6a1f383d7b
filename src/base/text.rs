//! Words: nearest names, plurals, quotes, Korean particles.
//!
//! Models: github.com/spf13/cobra SuggestionsFor, Go strconv.Quote.

/// Edit distance between two words, letter case ignored, as cobra counts it.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// The names that cobra would propose for a mistyped one: at most two edits away, or beginning with it.
pub fn suggestions<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = typed.to_lowercase();
    let near = |name: &&str| distance(typed, name) <= 2 || name.to_lowercase().starts_with(&lower);
    names.into_iter().filter(near).collect()
}

/// The one nearest name, if it is near enough for its length to be meant.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 1 + typed.chars().count() / 4;
    let rated = names.into_iter().map(|name| (distance(typed, name), name));
    rated.filter(|(far, _)| *far <= limit).min_by_key(|(far, _)| *far).map(|(_, name)| name)
}

/// `1 pod`, `2 pods`.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Every line that is not empty gets `indent` in front.
pub fn indent(text: &str, indent: &str) -> String {
    let lines = text.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// Go's `%q`: double quotes, Go's escapes, what cannot be printed as `\x`, `\u` or `\U`.
pub fn go_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_go_printable(c) => out.push(c),
            c if (c as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
    out
}

/// As Go's `unicode.IsPrint`, for what is no control character.
pub fn is_go_printable(c: char) -> bool {
    !matches!(c,
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// A word with the Korean particle that its last sound asks for. The pair names the particle after a consonant first:
/// `을/를`, `이/가`, `은/는`, `과/와`, `으로/로`, `이에요/예요`.
pub fn josa(word: &str, pair: &str) -> String {
    let (closed, open) = pair.split_once('/').unwrap_or((pair, pair));
    let particle = match ending(word) {
        Ending::Open => open,
        // after ㄹ the path particle is 로
        Ending::L if closed.starts_with('으') => open,
        Ending::L | Ending::Closed => closed,
    };
    format!("{word}{particle}")
}

#[derive(PartialEq)]
enum Ending {
    Open,
    L,
    Closed,
}

/// The last sound of a word: exact for Hangul and digits, a rule of thumb for Latin letters.
fn ending(word: &str) -> Ending {
    let spoken: Vec<char> = word.chars().filter(|c| c.is_alphanumeric()).collect();
    let Some(last) = spoken.last() else { return Ending::Open };
    match last.to_ascii_lowercase() {
        c @ '가'..='힣' => match (c as u32 - '가' as u32) % 28 {
            0 => Ending::Open,
            8 => Ending::L,
            _ => Ending::Closed,
        },
        '1' | '7' | '8' | 'l' => Ending::L,
        '0' | '3' | '6' | 'm' | 'n' => Ending::Closed,
        'r' if spoken.len() == 1 => Ending::L,
        'b' | 'c' | 'g' | 'k' | 'p' | 't' if spoken.len() > 1 && closes(&spoken) => Ending::Closed,
        _ => Ending::Open,
    }
}

/// A stop is a final consonant behind a short vowel (web, set, map), as is -ng.
fn closes(spoken: &[char]) -> bool {
    let vowel = |c: &char| matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u');
    let before = &spoken[..spoken.len() - 1];
    match (before.last(), spoken.last().map(char::to_ascii_lowercase)) {
        (Some('n'), Some('g')) => true,
        (Some(_), Some('g')) => false,
        (Some(c), _) => vowel(c) && !before.iter().rev().nth(1).is_some_and(vowel),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_find_their_neighbours() {
        assert_eq!(distance("replica", "replicas"), 1);
        assert_eq!(suggestions("gte", ["get", "set", "delete", "edit"]), vec!["get"]);
        assert_eq!(suggestions("des", ["describe", "delete"]), vec!["describe"]);
        assert_eq!(nearest("imagePullpolicy", ["image", "imagePullPolicy"]), Some("imagePullPolicy"));
        assert_eq!(nearest("zzz", ["image"]), None);
    }

    #[test]
    fn quotes_are_gos() {
        assert_eq!(go_quote("a\"b\\\n\u{1}한🚀\u{200b}"), "\"a\\\"b\\\\\\n\\x01한🚀\\u200b\"");
    }

    #[test]
    fn particles_follow_the_last_sound() {
        for (word, pair, want) in [
            ("파드", "을/를", "파드를"),
            ("컨테이너", "이/가", "컨테이너가"),
            ("서비스", "은/는", "서비스는"),
            ("노드 3", "이/가", "노드 3이"),
            ("web", "을/를", "web을"),
            ("서울", "으로/로", "서울로"),
            ("이름", "으로/로", "이름으로"),
            ("nginx", "을/를", "nginx를"),
            ("Deployment", "은/는", "Deployment는"),
            ("node01", "으로/로", "node01로"),
            ("ConfigMap", "이/가", "ConfigMap이"),
        ] {
            assert_eq!(josa(word, pair), want);
        }
    }
}
