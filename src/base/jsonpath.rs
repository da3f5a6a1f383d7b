//! kubectl's JSONPath templates: text with `{...}` actions.
//!
//! Models: `client-go/util/jsonpath`.
//! Left out: nothing known; recursion and results are bounded.

use serde_json::Value;
use std::borrow::Cow;

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Node>);

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// One `{...}` with the steps of its path.
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// `$`
    Root,
    Field(String),
    Wildcard,
    Recursive,
    Slice {
        from: Option<i64>,
        to: Option<i64>,
        step: Option<i64>,
    },
    Index(i64),
    Union(Vec<Vec<Step>>),
    Filter(Vec<Step>, Option<(String, Vec<Step>)>),
    Literal(Value),
}

/// Results of one step are not more than these.
const MOST: usize = 1_000_000;
const DEEPEST: usize = 256;

impl Template {
    /// # Errors
    /// The parser's words, without kubectl's prefix.
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut parser = Parser { chars: text.chars().collect(), at: 0 };
        let nodes = parser.nodes(false)?;
        Ok(Template(nodes))
    }

    /// A single path as `--sort-by` and `custom-columns` take it: `.a.b`, `a.b`, `{.a.b}`.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn relaxed(text: &str) -> Result<Template, String> {
        let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let inner = if inner.starts_with(['.', '[', '$', '@']) { inner.to_string() } else { format!(".{inner}") };
        Template::parse(&format!("{{{inner}}}"))
    }

    /// The text that the template makes of a value.
    ///
    /// # Errors
    /// `array index out of bounds: index 0, length 0` and the like.
    pub fn render(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        render(&self.0, value, value, &mut out)?;
        Ok(out)
    }

    /// The values that its first path finds.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn find<'a>(&self, value: &'a Value) -> Result<Vec<Cow<'a, Value>>, String> {
        match self.0.iter().find(|node| !matches!(node, Node::Text(_))) {
            Some(Node::Path(steps) | Node::Range(steps, _)) => walk(steps, vec![Cow::Borrowed(value)], value),
            _ => Ok(vec![]),
        }
    }
}

fn render(nodes: &[Node], current: &Value, root: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(steps) => {
                let found = walk(steps, vec![Cow::Borrowed(current)], root)?;
                let texts: Vec<String> = found.iter().map(|value| text(value)).collect();
                out.push_str(&texts.join(" "));
            }
            Node::Range(steps, body) => {
                for value in walk(steps, vec![Cow::Borrowed(current)], root)? {
                    render(body, &value, root, out)?;
                }
            }
        }
    }
    Ok(())
}

/// As kubectl prints one result: strings bare, the rest as compact JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn walk<'a>(steps: &[Step], mut values: Vec<Cow<'a, Value>>, root: &'a Value) -> Result<Vec<Cow<'a, Value>>, String> {
    for step in steps {
        let mut next = vec![];
        for value in &values {
            take(step, value, root, &mut next)?;
            if next.len() > MOST {
                return Err("too many results".into());
            }
        }
        values = next;
    }
    Ok(values)
}

fn take<'a>(
    step: &Step,
    value: &Cow<'a, Value>,
    root: &'a Value,
    next: &mut Vec<Cow<'a, Value>>,
) -> Result<(), String> {
    match step {
        Step::Root => next.push(Cow::Borrowed(root)),
        Step::Literal(literal) => next.push(Cow::Owned(literal.clone())),
        Step::Field(name) => {
            // the real one steps from a list's element into its fields only through an index or `*`
            if let Value::Object(map) = &**value {
                if let Some(found) = map.get(name) {
                    next.push(keep(value, found));
                }
            }
        }
        Step::Wildcard => match &**value {
            Value::Array(items) => next.extend(items.iter().map(|item| keep(value, item))),
            Value::Object(map) => next.extend(map.values().map(|item| keep(value, item))),
            _ => {}
        },
        Step::Recursive => recurse(value, value, 0, next),
        Step::Index(index) => {
            let Value::Array(items) = &**value else { return not_a_list(value) };
            let length = items.len() as i64;
            let at = if *index < 0 { length + index } else { *index };
            match items.get(at.max(-1) as usize).filter(|_| at >= 0) {
                Some(item) => next.push(keep(value, item)),
                None => return Err(format!("array index out of bounds: index {index}, length {length}")),
            }
        }
        Step::Slice { from, to, step } => slice(value, *from, *to, *step, next)?,
        Step::Union(paths) => {
            for path in paths {
                next.extend(walk(path, vec![value.clone()], root)?);
            }
        }
        Step::Filter(left, test) => {
            let items: Vec<Cow<'a, Value>> = match &**value {
                Value::Array(items) => items.iter().map(|item| keep(value, item)).collect(),
                Value::Object(_) => vec![value.clone()],
                _ => return Err(format!("{} is not array or slice and cannot be filtered", text(value))),
            };
            for item in items {
                if passes(&item, left, test.as_ref(), root)? {
                    next.push(item);
                }
            }
        }
    }
    Ok(())
}

/// A part of a borrowed value stays borrowed; a part of an owned one is copied.
fn keep<'a>(whole: &Cow<'a, Value>, part: &Value) -> Cow<'a, Value> {
    match whole {
        Cow::Borrowed(whole) => find_same(whole, part).map_or_else(|| Cow::Owned(part.clone()), Cow::Borrowed),
        Cow::Owned(_) => Cow::Owned(part.clone()),
    }
}

/// The child of `whole` that `part` is, with the longer life.
fn find_same<'a>(whole: &'a Value, part: &Value) -> Option<&'a Value> {
    match whole {
        Value::Array(items) => items.iter().find(|item| std::ptr::eq(*item, part)),
        Value::Object(map) => map.values().find(|item| std::ptr::eq(*item, part)),
        _ => None,
    }
}

fn not_a_list(value: &Value) -> Result<(), String> {
    if value.is_null() { Ok(()) } else { Err(format!("{} is not array or slice", text(value))) }
}

fn slice<'a>(
    value: &Cow<'a, Value>,
    from: Option<i64>,
    to: Option<i64>,
    step: Option<i64>,
    next: &mut Vec<Cow<'a, Value>>,
) -> Result<(), String> {
    let Value::Array(items) = &**value else { return not_a_list(value) };
    let length = items.len() as i64;
    let norm = |n: i64| if n < 0 { n + length } else { n };
    let (from, to, step) = (norm(from.unwrap_or(0)), norm(to.unwrap_or(length)), step.unwrap_or(1));
    if from < 0 || from >= length && length > 0 && from != 0 {
        return Err(format!("array index out of bounds: index {from}, length {length}"));
    }
    if step <= 0 {
        return Err("step must be > 0".into());
    }
    let mut at = from;
    while at < to.min(length) {
        next.push(keep(value, &items[at as usize]));
        at += step;
    }
    Ok(())
}

fn recurse<'a>(value: &Cow<'a, Value>, part: &Value, depth: usize, next: &mut Vec<Cow<'a, Value>>) {
    if depth > DEEPEST || next.len() > MOST {
        return;
    }
    next.push(if depth == 0 { value.clone() } else { Cow::Owned(part.clone()) });
    match part {
        Value::Array(items) => items.iter().for_each(|item| recurse(value, item, depth + 1, next)),
        Value::Object(map) => map.values().for_each(|item| recurse(value, item, depth + 1, next)),
        _ => {}
    }
}

fn passes(item: &Value, left: &[Step], test: Option<&(String, Vec<Step>)>, root: &Value) -> Result<bool, String> {
    let found = walk(left, vec![Cow::Borrowed(item)], root)?;
    let Some((operator, right)) = test else { return Ok(!found.is_empty()) };
    let wanted = walk(right, vec![Cow::Borrowed(item)], root)?;
    let (Some(a), Some(b)) = (found.first(), wanted.first()) else { return Ok(false) };
    if found.len() > 1 || wanted.len() > 1 {
        return Err("can only compare one element at a time".into());
    }
    let order = match (&**a, &**b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    };
    let Some(order) = order else {
        return if operator == "!=" { Ok(true) } else { Err("incompatible types for comparison".into()) };
    };
    Ok(match operator.as_str() {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn rest(&self) -> String {
        self.chars[self.at..].iter().collect()
    }

    /// Nodes up to the end of the text, or (inside a range) up to `{end}`.
    fn nodes(&mut self, ranged: bool) -> Result<Vec<Node>, String> {
        let mut nodes = vec![];
        let mut literal = String::new();
        while let Some(c) = self.peek() {
            if c != '{' {
                literal.push(c);
                self.at += 1;
                continue;
            }
            if !literal.is_empty() {
                nodes.push(Node::Text(std::mem::take(&mut literal)));
            }
            self.at += 1;
            if self.action(&mut nodes)? {
                return if ranged { Ok(nodes) } else { Err("not in range, nothing to end".into()) };
            }
        }
        if !literal.is_empty() {
            nodes.push(Node::Text(literal));
        }
        if ranged { Err("unclosed range".into()) } else { Ok(nodes) }
    }

    /// What stands between braces; true for `{end}`.
    fn action(&mut self, nodes: &mut Vec<Node>) -> Result<bool, String> {
        let mut steps = vec![];
        loop {
            match self.peek() {
                None => return Err("unclosed action".into()),
                Some('}') => {
                    self.at += 1;
                    if !steps.is_empty() {
                        nodes.push(Node::Path(steps));
                    }
                    return Ok(false);
                }
                Some(c) if c.is_whitespace() => {
                    self.at += 1;
                    if !steps.is_empty() {
                        nodes.push(Node::Path(std::mem::take(&mut steps)));
                    }
                }
                Some('"' | '\'') => nodes.push(Node::Text(self.quoted()?)),
                Some(c) if c.is_alphabetic() => {
                    let word = self.word();
                    match word.as_str() {
                        "range" => return self.range(nodes),
                        "end" => {
                            while self.peek().is_some_and(|c| c != '}') {
                                self.at += 1;
                            }
                            self.at += 1;
                            return Ok(true);
                        }
                        "true" | "false" => steps.push(Step::Literal(Value::Bool(word == "true"))),
                        other => return Err(format!("unrecognized identifier {other}")),
                    }
                }
                Some(_) => steps.extend(self.step()?),
            }
        }
    }

    fn range(&mut self, nodes: &mut Vec<Node>) -> Result<bool, String> {
        let mut steps = vec![];
        loop {
            match self.peek() {
                None => return Err("unclosed action".into()),
                Some('}') => break self.at += 1,
                Some(c) if c.is_whitespace() => self.at += 1,
                Some(_) => steps.extend(self.step()?),
            }
        }
        let body = self.nodes(true)?;
        nodes.push(Node::Range(steps, body));
        Ok(false)
    }

    fn word(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect()
    }

    fn quoted(&mut self) -> Result<String, String> {
        let quote = self.chars[self.at];
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '\\' => {
                    let escaped = self.peek().ok_or("unterminated quoted string")?;
                    self.at += 1;
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                }
                c if c == quote => return Ok(text),
                c => text.push(c),
            }
        }
        Err("unterminated quoted string".into())
    }

    /// One step of a path; none for `@`.
    fn step(&mut self) -> Result<Vec<Step>, String> {
        let c = self.chars[self.at];
        match c {
            '$' => {
                self.at += 1;
                Ok(vec![Step::Root])
            }
            '@' => {
                self.at += 1;
                Ok(vec![])
            }
            '*' => {
                self.at += 1;
                Ok(vec![Step::Wildcard])
            }
            '.' => {
                self.at += 1;
                if self.peek() == Some('.') {
                    self.at += 1;
                    let mut steps = vec![Step::Recursive];
                    if self.peek().is_some_and(|c| !"[.}*".contains(c) && !c.is_whitespace()) {
                        steps.push(Step::Field(self.field()));
                    }
                    return Ok(steps);
                }
                match self.peek() {
                    Some('*') => {
                        self.at += 1;
                        Ok(vec![Step::Wildcard])
                    }
                    Some('[') => self.bracket().map(|step| vec![step]),
                    Some('}') | None => Ok(vec![]),
                    Some(_) => Ok(vec![Step::Field(self.field())]),
                }
            }
            '[' => self.bracket().map(|step| vec![step]),
            c if c.is_ascii_digit() || c == '-' => self.number().map(|step| vec![step]),
            _ => Err(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    fn number(&mut self) -> Result<Step, String> {
        let from = self.at;
        self.at += 1;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || ".eE".contains(c)) {
            self.at += 1;
        }
        let text: String = self.chars[from..self.at].iter().collect();
        serde_json::from_str(&text).map(Step::Literal).map_err(|_| format!("bad number syntax: {text:?}"))
    }

    fn field(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                if let Some(escaped) = self.peek() {
                    name.push(escaped);
                    self.at += 1;
                }
                continue;
            }
            if c.is_whitespace() || ".,[]$@{}()=<>!&|?*'\"".contains(c) {
                break;
            }
            name.push(c);
            self.at += 1;
        }
        name
    }

    fn bracket(&mut self) -> Result<Step, String> {
        self.at += 1;
        if self.rest().starts_with("?(") {
            self.at += 2;
            return self.filter();
        }
        let inside = self.until_bracket()?;
        let parts = split_union(&inside);
        if parts.len() > 1 {
            let steps: Result<Vec<Vec<Step>>, String> =
                parts.iter().map(|part| item(part).map(|step| vec![step])).collect();
            return steps.map(Step::Union);
        }
        item(&inside)
    }

    fn until_bracket(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut quote = None;
        while let Some(c) = self.peek() {
            self.at += 1;
            match (quote, c) {
                (None, ']') => return Ok(text),
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), c) if q == c => quote = None,
                _ => {}
            }
            text.push(c);
        }
        Err("unterminated array".into())
    }

    fn filter(&mut self) -> Result<Step, String> {
        let mut text = String::new();
        let mut depth = 1;
        let mut quote = None;
        loop {
            let c = self.peek().ok_or("unterminated filter")?;
            self.at += 1;
            match (quote, c) {
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), c) if q == c => quote = None,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            text.push(c);
        }
        if self.peek() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        self.at += 1;
        condition(&text)
    }
}

fn unicode(c: char) -> String {
    format!("U+{:04X} '{c}'", c as u32)
}

/// `@.a == "b"` or `@.a`.
fn condition(text: &str) -> Result<Step, String> {
    let mut quote = None;
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        match (quote, *c) {
            (None, '\'' | '"') => quote = Some(*c),
            (Some(q), c) if q == c => quote = None,
            (None, '=' | '!' | '<' | '>') => {
                let two = chars.get(at + 1) == Some(&'=');
                let operator: String = chars[at..at + 1 + usize::from(two)].iter().collect();
                let left: String = chars[..at].iter().collect();
                let right: String = chars[at + operator.len()..].iter().collect();
                return Ok(Step::Filter(operand(&left)?, Some((operator, operand(&right)?))));
            }
            _ => {}
        }
    }
    Ok(Step::Filter(operand(text)?, None))
}

fn operand(text: &str) -> Result<Vec<Step>, String> {
    let mut parser = Parser { chars: text.trim().chars().collect(), at: 0 };
    let mut steps = vec![];
    while let Some(c) = parser.peek() {
        match c {
            '"' | '\'' => steps.push(Step::Literal(Value::String(parser.quoted()?))),
            c if c.is_alphabetic() => match parser.word().as_str() {
                "true" => steps.push(Step::Literal(Value::Bool(true))),
                "false" => steps.push(Step::Literal(Value::Bool(false))),
                other => return Err(format!("unrecognized identifier {other}")),
            },
            c if c.is_whitespace() => parser.at += 1,
            _ => steps.extend(parser.step()?),
        }
    }
    Ok(steps)
}

fn split_union(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (None, ',') => {
                parts.push(String::new());
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
        parts.last_mut().expect("there is a first part").push(c);
    }
    parts
}

/// What stands between brackets: `*`, `'name'`, `0`, `1:3`, `.a`.
fn item(text: &str) -> Result<Step, String> {
    let text = text.trim();
    if text == "*" {
        return Ok(Step::Wildcard);
    }
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return Ok(Step::Field(inner.replace(&format!("\\{quote}"), &quote.to_string()).replace("\\.", ".")));
        }
    }
    if let Some(field) = text.strip_prefix('.') {
        return Ok(Step::Field(field.into()));
    }
    let invalid = || format!("invalid array index {text}");
    if text.contains(':') {
        let numbers: Result<Vec<Option<i64>>, String> = text
            .split(':')
            .map(|n| if n.trim().is_empty() { Ok(None) } else { n.trim().parse().map(Some).map_err(|_| invalid()) })
            .collect();
        let numbers = numbers?;
        let at = |n: usize| numbers.get(n).copied().flatten();
        return Ok(Step::Slice { from: at(0), to: at(1), step: at(2) });
    }
    text.parse().map(Step::Index).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_render_as_kubectl_prints_them() {
        let value = json!({
            "items": [
                {"metadata": {"name": "a", "labels": {"x.y/z": "1"}}, "n": 1, "ready": true},
                {"metadata": {"name": "b", "labels": {}}, "n": 2}
            ],
            "kind": "List"
        });
        for (template, expected) in [
            ("{.kind}", "List"),
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name} {.items[-1:].metadata.name}", "a b"),
            ("{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}", "a\t1\nb\t2\n"),
            ("{.items[?(@.n>1)].metadata.name}", "b"),
            ("{.items[?(@.metadata.name==\"a\")].n}", "1"),
            ("{.items[?(@.ready)].n}", "1"),
            ("{..name}", "a b"),
            ("{.items[0].metadata.labels.x\\.y/z}", "1"),
            ("{.items[0].metadata['name']}", "a"),
            ("{.items[0,1].n}", "1 2"),
            ("{.items[0]['n','ready']}", "1 true"),
            ("{.items[0].metadata.labels}", "{\"x.y/z\":\"1\"}"),
            ("{.nope}", ""),
            ("text {$.kind} end", "text List end"),
            ("{.items[*]['metadata.name', 'n']}", "1 2"),
        ] {
            assert_eq!(Template::parse(template).and_then(|t| t.render(&value)).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn an_index_beyond_the_end_is_an_error() {
        let error = Template::parse("{.items[0]}").and_then(|t| t.render(&json!({"items": []})));
        assert_eq!(error, Err("array index out of bounds: index 0, length 0".into()));
        assert_eq!(Template::parse("{.a"), Err("unclosed action".into()));
    }
}
