//! Label selectors: the string form of `-l`, the object form of specs, and how they match.
//!
//! Models: `apimachinery/pkg/labels/selector.go`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    /// `=`, `==`, `!=` keep their own spelling when printed.
    Equals,
    NotEquals,
    GreaterThan,
    LessThan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

impl Requirement {
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let has = |v: &String| self.values.contains(v);
        match self.operator {
            Operator::In | Operator::Equals => value.is_some_and(has),
            Operator::NotIn | Operator::NotEquals => !value.is_some_and(has),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => self.compares(value, |a, b| a > b),
            Operator::LessThan => self.compares(value, |a, b| a < b),
        }
    }

    fn compares(&self, value: Option<&String>, test: fn(i64, i64) -> bool) -> bool {
        let bound = self.values.first().and_then(|v| v.parse().ok());
        match (value.and_then(|v| v.parse().ok()), bound) {
            (Some(a), Some(b)) => test(a, b),
            _ => false,
        }
    }
}

/// All of its requirements hold. Without any it matches everything; `Nothing` matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    All(Vec<Requirement>),
    Nothing,
}

impl Selector {
    pub fn everything() -> Self {
        Selector::All(vec![])
    }

    pub fn of_map(labels: &BTreeMap<String, String>) -> Self {
        Selector::All(
            labels
                .iter()
                .map(|(key, value)| Requirement {
                    key: key.clone(),
                    operator: Operator::Equals,
                    values: vec![value.clone()],
                })
                .collect(),
        )
    }

    /// The object form; an absent selector matches nothing, an empty one everything.
    pub fn of(selector: Option<&LabelSelector>) -> Self {
        let Some(selector) = selector else {
            return Selector::Nothing;
        };
        let Selector::All(mut all) = Selector::of_map(selector.match_labels.as_ref().unwrap_or(&BTreeMap::new()))
        else {
            return Selector::Nothing;
        };
        for expression in selector.match_expressions.iter().flatten() {
            let operator = match expression.operator.as_str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                _ => return Selector::Nothing,
            };
            all.push(Requirement {
                key: expression.key.clone(),
                operator,
                values: expression.values.clone().unwrap_or_default(),
            });
        }
        Selector::All(all)
    }

    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        match self {
            Selector::All(all) => all.iter().all(|requirement| requirement.matches(labels)),
            Selector::Nothing => false,
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Selector::All(all) if all.is_empty())
    }

    /// The string form: `a=b,c!=d,e in (f,g),h,!i`.
    ///
    /// # Errors
    /// The parser's words, without kubectl's prefix.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text);
        let mut all = vec![];
        let mut at = 0;
        while at < tokens.len() {
            all.push(requirement(&tokens, &mut at).map_err(|why| format!("unable to parse requirement: {why}"))?);
            match tokens.get(at).map(String::as_str) {
                None => break,
                Some(",") => {
                    at += 1;
                    if at == tokens.len() {
                        return Err("found '', expected: identifier after ','".into());
                    }
                }
                Some(other) => {
                    return Err(format!("found '{other}', expected: ',' or 'end of string'"));
                }
            }
        }
        Ok(Selector::All(all))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Selector::All(all) = self else {
            return write!(f, "<none>");
        };
        for (n, requirement) in all.iter().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            let Requirement { key, operator, values } = requirement;
            let list = || {
                let mut sorted: Vec<&str> = values.iter().map(String::as_str).collect();
                sorted.sort_unstable();
                sorted.join(",")
            };
            match operator {
                Operator::Equals => write!(f, "{key}={}", list())?,
                Operator::NotEquals => write!(f, "{key}!={}", list())?,
                Operator::In => write!(f, "{key} in ({})", list())?,
                Operator::NotIn => write!(f, "{key} notin ({})", list())?,
                Operator::Exists => write!(f, "{key}")?,
                Operator::DoesNotExist => write!(f, "!{key}")?,
                Operator::GreaterThan => write!(f, "{key}>{}", list())?,
                Operator::LessThan => write!(f, "{key}<{}", list())?,
            }
        }
        Ok(())
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = vec![];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            ',' | '(' | ')' | '<' | '>' => tokens.push(c.into()),
            '=' | '!' => {
                let mut token = String::from(c);
                if chars.peek() == Some(&'=') {
                    token.push('=');
                    chars.next();
                }
                tokens.push(token);
            }
            c => {
                let mut word = String::from(c);
                while let Some(&next) = chars.peek() {
                    if next.is_whitespace() || ",()=!<>".contains(next) {
                        break;
                    }
                    word.push(next);
                    chars.next();
                }
                tokens.push(word);
            }
        }
    }
    tokens
}

fn requirement(tokens: &[String], at: &mut usize) -> Result<Requirement, String> {
    let mut take = || {
        let token = tokens.get(*at).cloned().unwrap_or_default();
        *at += 1;
        token
    };
    let first = take();
    if first == "!" {
        return Ok(Requirement { key: identifier(take())?, operator: Operator::DoesNotExist, values: vec![] });
    }
    let key = identifier(first)?;
    let next = take();
    let operator = match next.as_str() {
        "" | "," => {
            *at -= 1;
            return Ok(Requirement { key, operator: Operator::Exists, values: vec![] });
        }
        "=" | "==" => Operator::Equals,
        "!=" => Operator::NotEquals,
        "in" => Operator::In,
        "notin" => Operator::NotIn,
        ">" => Operator::GreaterThan,
        "<" => Operator::LessThan,
        other => {
            return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"));
        }
    };
    if matches!(operator, Operator::In | Operator::NotIn) {
        let values = value_list(&mut take)?;
        return Ok(Requirement { key, operator, values });
    }
    let value = match tokens.get(*at).map(String::as_str) {
        None | Some(",") => String::new(),
        Some(_) => {
            *at += 1;
            identifier(tokens[*at - 1].clone())?
        }
    };
    Ok(Requirement { key, operator, values: vec![value] })
}

fn value_list(take: &mut impl FnMut() -> String) -> Result<Vec<String>, String> {
    let open = take();
    if open != "(" {
        return Err(format!("found '{open}' expected: '('"));
    }
    let mut values = vec![];
    loop {
        match take().as_str() {
            ")" => break,
            "," => {}
            "" => return Err("found '', expected: ',' or ')'".into()),
            word => values.push(word.to_string()),
        }
    }
    values.sort();
    Ok(values)
}

fn identifier(token: String) -> Result<String, String> {
    if token.is_empty() || [",", "(", ")", "=", "==", "!=", "!", "<", ">"].contains(&token.as_str()) {
        return Err(format!("found '{token}', expected: !, identifier, or 'end of string'"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> BTreeMap<String, String> {
        [("app", "web"), ("tier", "front")].iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    #[test]
    fn every_operator_matches_as_kubectl_says() {
        for (text, expected) in [
            ("app=web", true),
            ("app==web,tier!=back", true),
            ("app in (api, web)", true),
            ("app notin (web)", false),
            ("tier", true),
            ("!tier", false),
            ("missing!=x", true),
            ("", true),
        ] {
            assert_eq!(Selector::parse(text).expect(text).matches(&labels()), expected, "{text}");
        }
    }
}
