//! `!!`, `!5`, `!-2`, `!kub`, `!$`: earlier lines again.
//!
//! Models: bash's history expansion. Left out: word designators other than `!$`, `^a^b`.

/// The line with its references replaced; None if there are none.
///
/// # Errors
/// `!x: event not found`.
pub fn expand(line: &str, history: &[String]) -> Result<Option<String>, String> {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let (mut at, mut changed, mut single) = (0, false, false);
    while at < chars.len() {
        let c = chars[at];
        if c == '\'' {
            single = !single;
        }
        let next = chars.get(at + 1).copied();
        let plain = single || c != '!' || matches!(next, None | Some(' ' | '=' | '(' | '"' | '\t' | '[' | '\n'));
        if c == '\\' && next == Some('!') {
            out.push_str("\\!");
            at += 2;
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| chars.get(i));
        if plain || matches!(before, Some('$' | '{' | '[')) {
            out.push(c);
            at += 1;
            continue;
        }
        let len = match next {
            Some('!' | '$') => 1,
            _ => chars[at + 1..].iter().take_while(|c| !c.is_whitespace() && !";&|()<>\"'".contains(**c)).count(),
        };
        let word: String = chars[at + 1..at + 1 + len].iter().collect();
        let found = match word.as_str() {
            "!" => history.last().cloned(),
            "$" => history.last().and_then(|l| l.split_whitespace().last()).map(str::to_owned),
            w => match w.parse::<i64>() {
                Ok(n) if n < 0 => {
                    history.len().checked_sub(n.unsigned_abs() as usize).and_then(|i| history.get(i)).cloned()
                }
                Ok(n) => history.get((n as usize).wrapping_sub(1)).cloned(),
                Err(_) => history.iter().rev().find(|l| l.starts_with(w)).cloned(),
            },
        };
        match found {
            Some(text) => out.push_str(&text),
            None => return Err(format!("!{word}: event not found")),
        }
        changed = true;
        at += 1 + len;
    }
    Ok(changed.then_some(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_lines_come_back() {
        let history = ["kubectl get pods".to_owned(), "ls".to_owned()];
        assert_eq!(expand("!!", &history), Ok(Some("ls".into())));
        assert_eq!(expand("!ku -w", &history), Ok(Some("kubectl get pods -w".into())));
        assert_eq!(expand("echo 'a!b' [ ! -f x ]", &history), Ok(None));
        assert_eq!(expand("!nope", &history), Err("!nope: event not found".into()));
    }
}
