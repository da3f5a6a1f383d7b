//! Shell patterns: `*`, `?`, `[...]`, against texts and against the files.
//!
//! Left out: extended patterns such as `@(a|b)`.

use crate::script::files::Files;

/// A character and whether it was quoted (then it stands for itself).
pub type Char = (char, bool);

/// Unquoted text as a pattern.
pub fn plain(text: &str) -> Vec<Char> {
    text.chars().map(|c| (c, false)).collect()
}

pub fn text_of(pattern: &[Char]) -> String {
    pattern.iter().map(|(c, _)| *c).collect()
}

pub fn is_pattern(field: &[Char]) -> bool {
    field.iter().any(|(c, quoted)| !quoted && matches!(c, '*' | '?' | '['))
}

/// Whether the whole text fits.
pub fn fits(pattern: &[Char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        if p < pattern.len() && pattern[p] == ('*', false) {
            back = Some((p, t));
            p += 1;
            continue;
        }
        if t < text.len()
            && let Some(len) = one(&pattern[p..], text[t])
        {
            p += len;
            t += 1;
            continue;
        }
        if p == pattern.len() && t == text.len() {
            return true;
        }
        match back {
            Some((star, from)) if from < text.len() => {
                back = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// How much of the pattern the character uses up; None if it does not fit.
fn one(pattern: &[Char], c: char) -> Option<usize> {
    match pattern.first()? {
        ('?', false) => Some(1),
        ('[', false) => match class(pattern, c) {
            Some((len, true)) => Some(len),
            Some((_, false)) => None,
            None => (c == '[').then_some(1),
        },
        (p, _) => (*p == c).then_some(1),
    }
}

fn class(pattern: &[Char], c: char) -> Option<(usize, bool)> {
    let mut at = 1;
    let negate = matches!(pattern.get(1), Some(('!' | '^', false)));
    at += usize::from(negate);
    let from = at;
    let mut found = false;
    loop {
        let (p, quoted) = *pattern.get(at)?;
        if p == ']' && !quoted && at > from {
            return Some((at + 1, found != negate));
        }
        if p == '['
            && let Some((':', false)) = pattern.get(at + 1)
        {
            let rest: String = pattern[at + 2..].iter().map(|(c, _)| *c).take_while(|c| *c != ':').collect();
            found |= named(&rest, c);
            at += rest.chars().count() + 4;
            continue;
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some(('-', false)), Some((end, _))) if *end != ']' => {
                found |= p <= c && c <= *end;
                at += 3;
            }
            _ => {
                found |= p == c;
                at += 1;
            }
        }
    }
}

/// Character classes such as `[:digit:]`.
pub fn named(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        _ => false,
    }
}

/// The files that a pattern names, sorted; empty if there are none.
pub fn glob(pattern: &[Char], cwd: &str, files: &Files) -> Vec<String> {
    let absolute = pattern.first() == Some(&('/', false)) || pattern.first() == Some(&('/', true));
    let mut found: Vec<String> = vec![if absolute { "/".to_owned() } else { String::new() }];
    let pieces: Vec<&[Char]> = pattern.split(|(c, _)| *c == '/').collect();
    let last = pieces.len() - 1;
    for (i, piece) in pieces.iter().enumerate() {
        if piece.is_empty() {
            if i == last {
                found = found.into_iter().map(|f| format!("{}/", f.trim_end_matches('/'))).collect();
            }
            continue;
        }
        let mut next = vec![];
        for dir in &found {
            let at = if dir.starts_with('/') { dir.clone() } else { format!("{cwd}/{dir}") };
            let glue = |name: &str| match dir.as_str() {
                "" => name.to_owned(),
                d if d.ends_with('/') => format!("{d}{name}"),
                d => format!("{d}/{name}"),
            };
            if !is_pattern(piece) {
                let name = text_of(piece);
                if files.lstat(&format!("{at}/{name}")).is_ok() {
                    next.push(glue(&name));
                }
                continue;
            }
            for name in files.list(&at).unwrap_or_default() {
                let chars: Vec<char> = name.chars().collect();
                if (!name.starts_with('.') || piece[0].0 == '.') && fits(piece, &chars) {
                    next.push(glue(&name));
                }
            }
        }
        found = next;
        if found.len() > 10_000 {
            break;
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        let fit = |p: &str, t: &str| fits(&plain(p), &t.chars().collect::<Vec<_>>());
        assert!(fit("*.yaml", "web.yaml") && fit("[a-c]?", "bz") && fit("[!x]*", "abc") && fit("a*b*c", "a1b2b3c"));
        assert!(!fit("*.yaml", "web.yml") && !fit("[!x]*", "xyz") && !fit("?", "ab") && fit("[[:digit:]]", "7"));
    }
}
