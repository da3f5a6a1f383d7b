//! Running a jq filter: every filter gives a list of values.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::parse::Expr;
use crate::script::regex;
use crate::script::tools::base64;

/// Steps that one input may take.
const STEPS: u32 = 500_000;

/// Functions with the number of their arguments.
pub const FUNCTIONS: &[(&str, usize)] = &[
    ("add", 0),
    ("all", 0),
    ("all", 1),
    ("any", 0),
    ("any", 1),
    ("arrays", 0),
    ("ascii_downcase", 0),
    ("ascii_upcase", 0),
    ("contains", 1),
    ("empty", 0),
    ("endswith", 1),
    ("error", 0),
    ("error", 1),
    ("first", 0),
    ("first", 1),
    ("flatten", 0),
    ("from_entries", 0),
    ("fromjson", 0),
    ("group_by", 1),
    ("has", 1),
    ("implode", 0),
    ("in", 1),
    ("index", 1),
    ("inside", 1),
    ("join", 1),
    ("keys", 0),
    ("keys_unsorted", 0),
    ("last", 0),
    ("last", 1),
    ("length", 0),
    ("limit", 2),
    ("ltrimstr", 1),
    ("map", 1),
    ("map_values", 1),
    ("max", 0),
    ("max_by", 1),
    ("min", 0),
    ("min_by", 1),
    ("not", 0),
    ("nulls", 0),
    ("numbers", 0),
    ("objects", 0),
    ("range", 1),
    ("range", 2),
    ("recurse", 0),
    ("reverse", 0),
    ("rtrimstr", 1),
    ("scalars", 0),
    ("select", 1),
    ("sort", 0),
    ("sort_by", 1),
    ("split", 1),
    ("startswith", 1),
    ("strings", 0),
    ("test", 1),
    ("to_entries", 0),
    ("tojson", 0),
    ("tonumber", 0),
    ("tostring", 0),
    ("type", 0),
    ("unique", 0),
    ("unique_by", 1),
    ("utf8bytelength", 0),
    ("values", 0),
    ("with_entries", 1),
    ("sub", 2),
    ("gsub", 2),
    ("ascii", 0),
    ("trim", 0),
    ("env", 0),
    ("paths", 0),
];

type Values = Result<Vec<Value>, String>;

pub struct Run {
    vars: BTreeMap<String, Value>,
    steps: u32,
    /// What came before an error, at the top.
    before: Vec<Value>,
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.len() > 11 {
        format!("{} ({}...)", kind(value), text.chars().take(10).collect::<String>())
    } else {
        format!("{} ({text})", kind(value))
    }
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(t) => t.clone(),
        other => other.to_string(),
    }
}

/// jq's order: null, false, true, numbers, strings, arrays, objects.
fn order(a: &Value, b: &Value) -> Ordering {
    let rank = |v: &Value| match v {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    rank(a).cmp(&rank(b)).then_with(|| match (a, b) {
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => x.as_f64().partial_cmp(&y.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::String(x), Value::String(y)) => x.cmp(y),
        (Value::Array(x), Value::Array(y)) => {
            x.iter().zip(y).map(|(x, y)| order(x, y)).find(|o| *o != Ordering::Equal).unwrap_or(x.len().cmp(&y.len()))
        }
        (Value::Object(x), Value::Object(y)) => x.keys().cmp(y.keys()).then_with(|| {
            x.values()
                .zip(y.values())
                .map(|(x, y)| order(x, y))
                .find(|o| *o != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        }),
        _ => Ordering::Equal,
    })
}

impl Run {
    pub fn new(vars: BTreeMap<String, Value>) -> Run {
        Run { vars, steps: 0, before: vec![] }
    }

    /// The results to print: those of a run that went well, or those before its error.
    pub fn take(&mut self, result: Option<&Vec<Value>>) -> Vec<Value> {
        result.cloned().unwrap_or_else(|| std::mem::take(&mut self.before))
    }

    pub fn eval(&mut self, expr: &Expr, input: &Value) -> Values {
        self.steps += 1;
        if self.steps > STEPS {
            return Err("stopped: the filter runs too long".into());
        }
        match expr {
            Expr::Identity => Ok(vec![input.clone()]),
            Expr::Deep => {
                let mut out = vec![];
                deep(input, &mut out);
                Ok(out)
            }
            Expr::Literal(value) => Ok(vec![value.clone()]),
            Expr::Var(name) if name == "ENV" => Ok(vec![json!({})]),
            Expr::Var(name) => {
                self.vars.get(name).map(|v| vec![v.clone()]).ok_or_else(|| format!("${name} is not defined"))
            }
            Expr::Text(format, pieces) => {
                let mut outs = vec![String::new()];
                for (plain, inner) in pieces {
                    outs.iter_mut().for_each(|o| o.push_str(plain));
                    let Some(inner) = inner else { continue };
                    let mut next = vec![];
                    for value in self.eval(inner, input)? {
                        let piece = match format {
                            Some(name) => apply_format(name, &value)?,
                            None => text(&value),
                        };
                        next.extend(outs.iter().map(|o| format!("{o}{piece}")));
                    }
                    outs = next;
                }
                Ok(outs.into_iter().map(Value::String).collect())
            }
            Expr::Format(name) => Ok(vec![Value::String(apply_format(name, input)?)]),
            Expr::Index(of, key) => {
                let mut out = vec![];
                for base in self.eval(of, input)? {
                    for key in self.eval(key, input)? {
                        out.push(index(&base, &key)?);
                    }
                }
                Ok(out)
            }
            Expr::Slice(of, from, to) => {
                let edge = |run: &mut Run, e: &Option<Box<Expr>>| -> Result<Option<i64>, String> {
                    Ok(match e {
                        Some(e) => run.eval(e, input)?.first().and_then(Value::as_i64),
                        None => None,
                    })
                };
                let (from, to) = (edge(self, from)?, edge(self, to)?);
                let mut out = vec![];
                for base in self.eval(of, input)? {
                    out.push(slice(&base, from, to)?);
                }
                Ok(out)
            }
            Expr::Each(of) => {
                let mut out = vec![];
                for base in self.eval(of, input)? {
                    match base {
                        Value::Array(list) => out.extend(list),
                        Value::Object(map) => out.extend(map.into_iter().map(|(_, v)| v)),
                        other => {
                            self.before = out;
                            let shown = if other.is_null() { "null".to_owned() } else { shown(&other) };
                            return Err(format!("Cannot iterate over {shown}"));
                        }
                    }
                }
                Ok(out)
            }
            Expr::Try(inner) => match self.eval(inner, input) {
                Ok(values) => Ok(values),
                Err(_) => Ok(std::mem::take(&mut self.before)),
            },
            Expr::Pipe(a, b) => {
                let mut out = vec![];
                for value in self.eval(a, input)? {
                    match self.eval(b, &value) {
                        Ok(values) => out.extend(values),
                        Err(error) => {
                            out.append(&mut self.before);
                            self.before = out;
                            return Err(error);
                        }
                    }
                }
                Ok(out)
            }
            Expr::Comma(a, b) => {
                let mut out = self.eval(a, input)?;
                match self.eval(b, input) {
                    Ok(values) => out.extend(values),
                    Err(error) => {
                        self.before = out;
                        return Err(error);
                    }
                }
                Ok(out)
            }
            Expr::As(source, name, body) => {
                let mut out = vec![];
                for value in self.eval(source, input)? {
                    let old = self.vars.insert(name.clone(), value);
                    let result = self.eval(body, input);
                    match old {
                        Some(old) => self.vars.insert(name.clone(), old),
                        None => self.vars.remove(name),
                    };
                    out.extend(result?);
                }
                Ok(out)
            }
            Expr::Minus(inner) => {
                let mut out = vec![];
                for value in self.eval(inner, input)? {
                    out.push(binary("-", &json!(0), &value)?);
                }
                Ok(out)
            }
            Expr::Array(inner) => Ok(vec![Value::Array(match inner {
                Some(inner) => self.eval(inner, input)?,
                None => vec![],
            })]),
            Expr::Object(entries) => self.object(entries, input),
            Expr::If(arms, otherwise) => {
                for (test, then) in arms {
                    if self.eval(test, input)?.first().is_some_and(truth) {
                        return self.eval(then, input);
                    }
                }
                match otherwise {
                    Some(body) => self.eval(body, input),
                    None => Ok(vec![input.clone()]),
                }
            }
            Expr::Binary("//", a, b) => {
                let left: Vec<Value> = self.eval(a, input).unwrap_or_default().into_iter().filter(truth).collect();
                if left.is_empty() { self.eval(b, input) } else { Ok(left) }
            }
            Expr::Binary(op, a, b) => {
                let mut out = vec![];
                for left in self.eval(a, input)? {
                    match (*op, truth(&left)) {
                        ("and", false) => out.push(Value::Bool(false)),
                        ("or", true) => out.push(Value::Bool(true)),
                        ("and" | "or", _) => out.extend(self.eval(b, input)?.iter().map(|v| Value::Bool(truth(v)))),
                        _ => {
                            for right in self.eval(b, input)? {
                                out.push(binary(op, &left, &right)?);
                            }
                        }
                    }
                }
                Ok(out)
            }
            Expr::Call(name, args) => self.call(name, args, input),
        }
    }

    fn object(&mut self, entries: &[(Expr, Expr)], input: &Value) -> Values {
        let mut outs = vec![Map::new()];
        for (key, value) in entries {
            let keys = self.eval(key, input)?;
            let values = self.eval(value, input)?;
            let mut next = vec![];
            for out in &outs {
                for key in &keys {
                    let Value::String(key) = key else {
                        return Err(format!("Object keys must be strings, not {}", shown(key)));
                    };
                    for value in &values {
                        let mut map = out.clone();
                        map.insert(key.clone(), value.clone());
                        next.push(map);
                    }
                }
            }
            outs = next;
            if outs.len() > 100_000 {
                return Err("stopped: too many objects".into());
            }
        }
        Ok(outs.into_iter().map(Value::Object).collect())
    }

    /// Each value with what a filter makes of it, for sorting.
    fn keyed(&mut self, list: Vec<Value>, by: &Expr) -> Result<Vec<(Value, Value)>, String> {
        let mut out = vec![];
        for value in list {
            out.push((Value::Array(self.eval(by, &value)?), value));
        }
        out.sort_by(|a, b| order(&a.0, &b.0));
        Ok(out)
    }

    fn call(&mut self, name: &str, args: &[Expr], input: &Value) -> Values {
        let one = |v: Value| Ok(vec![v]);
        match (name, args) {
            ("empty", _) => Ok(vec![]),
            ("error", []) => Err(text(input)),
            ("error", [message]) => Err(self.eval(message, input)?.first().map(text).unwrap_or_default()),
            ("select", [test]) => {
                let mut out = vec![];
                for value in self.eval(test, input)? {
                    if truth(&value) {
                        out.push(input.clone());
                    }
                }
                Ok(out)
            }
            ("recurse", _) => self.eval(&Expr::Deep, input),
            ("map", [f]) => {
                let mut out = vec![];
                for value in self.eval(&Expr::Each(Box::new(Expr::Identity)), input)? {
                    out.extend(self.eval(f, &value)?);
                }
                one(Value::Array(out))
            }
            ("map_values", [f]) => match input {
                Value::Object(map) => {
                    let mut out = Map::new();
                    for (k, v) in map {
                        if let Some(v) = self.eval(f, v)?.into_iter().next() {
                            out.insert(k.clone(), v);
                        }
                    }
                    one(Value::Object(out))
                }
                _ => self.call("map", args, input),
            },
            ("with_entries", [f]) => {
                let entries = self.call("to_entries", &[], input)?;
                let mapped = self.call("map", std::slice::from_ref(f), &entries[0])?;
                self.call("from_entries", &[], &mapped[0])
            }
            ("sort_by" | "group_by" | "unique_by" | "min_by" | "max_by", [f]) => {
                let keyed = self.keyed(list(input)?, f)?;
                one(match name {
                    "sort_by" => keyed.into_iter().map(|(_, v)| v).collect(),
                    "min_by" => keyed.into_iter().next().map_or(Value::Null, |(_, v)| v),
                    "max_by" => keyed.into_iter().next_back().map_or(Value::Null, |(_, v)| v),
                    "unique_by" => {
                        let mut keyed = keyed;
                        keyed.dedup_by(|a, b| a.0 == b.0);
                        keyed.into_iter().map(|(_, v)| v).collect()
                    }
                    _ => {
                        let mut groups: Vec<(Value, Vec<Value>)> = vec![];
                        for (k, v) in keyed {
                            match groups.last_mut() {
                                Some((last, group)) if *last == k => group.push(v),
                                _ => groups.push((k, vec![v])),
                            }
                        }
                        groups.into_iter().map(|(_, g)| Value::Array(g)).collect()
                    }
                })
            }
            ("any" | "all", [f]) => {
                let mut hits = vec![];
                for value in self.eval(&Expr::Each(Box::new(Expr::Identity)), input)? {
                    hits.extend(self.eval(f, &value)?.iter().map(truth));
                }
                one(Value::Bool(if name == "any" { hits.contains(&true) } else { !hits.contains(&false) }))
            }
            ("first", [f]) => Ok(self.eval(f, input)?.into_iter().take(1).collect()),
            ("last", [f]) => Ok(self.eval(f, input)?.into_iter().next_back().into_iter().collect()),
            ("limit", [n, f]) => {
                let n = self.eval(n, input)?.first().and_then(Value::as_u64).unwrap_or(0);
                Ok(self.eval(f, input)?.into_iter().take(n as usize).collect())
            }
            ("range", _) => {
                let mut edges = vec![];
                for arg in args {
                    edges.push(self.eval(arg, input)?.first().and_then(Value::as_i64).unwrap_or(0));
                }
                let (from, to) = if edges.len() == 1 { (0, edges[0]) } else { (edges[0], edges[1]) };
                Ok((from..to.min(from + 100_000)).map(|n| json!(n)).collect())
            }
            (_, []) => {
                one(plain(name, input)?).map(|v: Vec<Value>| match name {
                    "values" | "nulls" | "numbers" | "strings" | "arrays" | "objects" | "scalars" => {
                        if keeps(name, input) { v } else { vec![] }
                    }
                    "paths" => list(&v[0]).unwrap_or_default(),
                    _ => v,
                })
            }
            (_, args) => {
                let mut given = vec![];
                for arg in args {
                    given.push(self.eval(arg, input)?);
                }
                let mut out = vec![];
                for first in &given[0] {
                    let second = given.get(1).and_then(|g| g.first());
                    out.push(with(name, input, first, second)?);
                }
                Ok(out)
            }
        }
    }
}

fn deep(value: &Value, out: &mut Vec<Value>) {
    out.push(value.clone());
    match value {
        Value::Array(list) => list.iter().for_each(|v| deep(v, out)),
        Value::Object(map) => map.values().for_each(|v| deep(v, out)),
        _ => {}
    }
}

fn keeps(name: &str, value: &Value) -> bool {
    match name {
        "values" => !value.is_null(),
        "nulls" => value.is_null(),
        "numbers" => value.is_number(),
        "strings" => value.is_string(),
        "arrays" => value.is_array(),
        "objects" => value.is_object(),
        _ => !value.is_array() && !value.is_object(),
    }
}

fn list(value: &Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Array(list) => Ok(list.clone()),
        other => Err(format!("{} cannot be sorted, as it is not an array", shown(other))),
    }
}

fn index(base: &Value, key: &Value) -> Result<Value, String> {
    Ok(match (base, key) {
        (Value::Object(map), Value::String(key)) => map.get(key).cloned().unwrap_or(Value::Null),
        (Value::Array(list), Value::Number(n)) => {
            let n = n.as_i64().unwrap_or(0);
            let at = if n < 0 { n + list.len() as i64 } else { n };
            usize::try_from(at).ok().and_then(|at| list.get(at)).cloned().unwrap_or(Value::Null)
        }
        (Value::Null, _) => Value::Null,
        (base, Value::String(key)) => return Err(format!("Cannot index {} with \"{key}\"", kind(base))),
        (base, key) => return Err(format!("Cannot index {} with {}", kind(base), kind(key))),
    })
}

fn slice(base: &Value, from: Option<i64>, to: Option<i64>) -> Result<Value, String> {
    let range = |len: usize| {
        let edge = |n: i64| (if n < 0 { n + len as i64 } else { n }).clamp(0, len as i64) as usize;
        let from = from.map_or(0, edge);
        from..to.map_or(len, edge).max(from)
    };
    match base {
        Value::Array(list) => Ok(Value::Array(list[range(list.len())].to_vec())),
        Value::String(text) => {
            let chars: Vec<char> = text.chars().collect();
            Ok(Value::String(chars[range(chars.len())].iter().collect()))
        }
        Value::Null => Ok(Value::Null),
        other => Err(format!("Cannot index {} with object", kind(other))),
    }
}

fn binary(op: &str, a: &Value, b: &Value) -> Result<Value, String> {
    let truth = |t: bool| Ok(Value::Bool(t));
    match op {
        "==" => return truth(order(a, b) == Ordering::Equal),
        "!=" => return truth(order(a, b) != Ordering::Equal),
        "<" => return truth(order(a, b) == Ordering::Less),
        "<=" => return truth(order(a, b) != Ordering::Greater),
        ">" => return truth(order(a, b) == Ordering::Greater),
        ">=" => return truth(order(a, b) != Ordering::Less),
        _ => {}
    }
    let verb = match op {
        "+" => "added",
        "-" => "subtracted",
        "*" => "multiplied",
        _ => "divided",
    };
    Ok(match (op, a, b) {
        ("+", Value::Null, other) | ("+", other, Value::Null) => other.clone(),
        ("+", Value::String(x), Value::String(y)) => Value::String(format!("{x}{y}")),
        ("+", Value::Array(x), Value::Array(y)) => Value::Array(x.iter().chain(y).cloned().collect()),
        ("+", Value::Object(x), Value::Object(y)) => {
            Value::Object(x.iter().chain(y).map(|(k, v)| (k.clone(), v.clone())).collect())
        }
        ("-", Value::Array(x), Value::Array(y)) => Value::Array(x.iter().filter(|v| !y.contains(v)).cloned().collect()),
        ("/", Value::String(x), Value::String(y)) => Value::Array(x.split(y.as_str()).map(|t| json!(t)).collect()),
        (op, Value::Number(x), Value::Number(y)) => {
            let (Some(x), Some(y)) = (x.as_i64(), y.as_i64()) else {
                return Err("numbers with fractions are left out here".into());
            };
            match op {
                "+" => json!(x.saturating_add(y)),
                "-" => json!(x.saturating_sub(y)),
                "*" => json!(x.saturating_mul(y)),
                _ if y == 0 => {
                    return Err(format!("{} and {} cannot be divided because the divisor is zero", shown(a), shown(b)));
                }
                "/" if x % y != 0 => return Err("numbers with fractions are left out here".into()),
                "/" => json!(x / y),
                _ => json!(x % y),
            }
        }
        _ => return Err(format!("{} and {} cannot be {verb}", shown(a), shown(b))),
    })
}

/// Functions without arguments.
fn plain(name: &str, v: &Value) -> Result<Value, String> {
    Ok(match (name, v) {
        ("length", Value::Null) => json!(0),
        ("length", Value::String(t)) => json!(t.chars().count()),
        ("length", Value::Array(l)) => json!(l.len()),
        ("length", Value::Object(m)) => json!(m.len()),
        ("length", Value::Number(n)) => json!(n.as_i64().map(i64::abs)),
        ("length", other) => return Err(format!("{} has no length", shown(other))),
        ("utf8bytelength", Value::String(t)) => json!(t.len()),
        ("not", v) => Value::Bool(!truth(v)),
        ("keys" | "keys_unsorted", Value::Object(m)) => json!(m.keys().collect::<Vec<_>>()),
        ("keys" | "keys_unsorted", Value::Array(l)) => json!((0..l.len()).collect::<Vec<_>>()),
        ("keys" | "keys_unsorted", other) => return Err(format!("{} has no keys", shown(other))),
        ("type", v) => json!(kind(v)),
        ("tostring", v) => Value::String(text(v)),
        ("tojson", v) => Value::String(v.to_string()),
        ("fromjson", Value::String(t)) => serde_json::from_str(t).map_err(|_| format!("{t} (while parsing '{t}')"))?,
        ("tonumber", Value::Number(_)) => v.clone(),
        ("tonumber", Value::String(t)) => match serde_json::from_str::<Value>(t.trim()) {
            Ok(n @ Value::Number(_)) => n,
            _ => return Err(format!("Cannot parse '{t}' as JSON")),
        },
        ("ascii_downcase", Value::String(t)) => json!(t.to_ascii_lowercase()),
        ("ascii_upcase", Value::String(t)) => json!(t.to_ascii_uppercase()),
        ("trim", Value::String(t)) => json!(t.trim()),
        ("to_entries", Value::Object(m)) => m.iter().map(|(k, v)| json!({"key": k, "value": v})).collect(),
        ("from_entries", Value::Array(l)) => {
            let mut map = Map::new();
            for entry in l {
                let key = ["key", "k", "name", "Name", "Key"]
                    .iter()
                    .find_map(|k| entry.get(k))
                    .cloned()
                    .unwrap_or(Value::Null);
                let value = ["value", "v", "Value"].iter().find_map(|k| entry.get(k)).cloned().unwrap_or(Value::Null);
                map.insert(text(&key), value);
            }
            Value::Object(map)
        }
        ("first", Value::Array(l)) => l.first().cloned().unwrap_or(Value::Null),
        ("last", Value::Array(l)) => l.last().cloned().unwrap_or(Value::Null),
        ("reverse", Value::Array(l)) => l.iter().rev().cloned().collect(),
        ("reverse", Value::String(t)) => json!(t.chars().rev().collect::<String>()),
        ("add", Value::Array(l)) => {
            let mut sum = Value::Null;
            for item in l {
                sum = binary("+", &sum, item)?;
            }
            sum
        }
        ("any", Value::Array(l)) => Value::Bool(l.iter().any(truth)),
        ("all", Value::Array(l)) => Value::Bool(l.iter().all(truth)),
        ("flatten", Value::Array(l)) => {
            let mut out = vec![];
            flatten(l, &mut out);
            Value::Array(out)
        }
        ("sort" | "unique" | "min" | "max", v) => {
            let mut all = list(v)?;
            all.sort_by(order);
            match name {
                "min" => all.into_iter().next().unwrap_or(Value::Null),
                "max" => all.pop().unwrap_or(Value::Null),
                "unique" => {
                    all.dedup();
                    Value::Array(all)
                }
                _ => Value::Array(all),
            }
        }
        ("paths", v) => {
            let mut out = vec![];
            paths(v, &mut vec![], &mut out);
            Value::Array(out)
        }
        ("env", _) => json!({}),
        ("values" | "nulls" | "numbers" | "strings" | "arrays" | "objects" | "scalars", v) => v.clone(),
        (name, other) => return Err(format!("{name} cannot be applied to {}", shown(other))),
    })
}

fn flatten(list: &[Value], out: &mut Vec<Value>) {
    for value in list {
        match value {
            Value::Array(inner) => flatten(inner, out),
            other => out.push(other.clone()),
        }
    }
}

fn paths(value: &Value, at: &mut Vec<Value>, out: &mut Vec<Value>) {
    let entries: Vec<(Value, &Value)> = match value {
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (json!(i), v)).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (json!(k), v)).collect(),
        _ => vec![],
    };
    for (key, inner) in entries {
        at.push(key);
        out.push(Value::Array(at.clone()));
        paths(inner, at, out);
        at.pop();
    }
}

fn contains(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => y.iter().all(|(k, v)| x.get(k).is_some_and(|w| contains(w, v))),
        (Value::Array(x), Value::Array(y)) => y.iter().all(|v| x.iter().any(|w| contains(w, v))),
        (Value::String(x), Value::String(y)) => x.contains(y.as_str()),
        _ => a == b,
    }
}

/// Functions with arguments that are values.
fn with(name: &str, v: &Value, a: &Value, b: Option<&Value>) -> Result<Value, String> {
    let wrong = || format!("{name} cannot be applied to {} with {}", shown(v), shown(a));
    Ok(match (name, v, a) {
        ("has", Value::Object(m), Value::String(k)) => Value::Bool(m.contains_key(k)),
        ("has", Value::Array(l), Value::Number(n)) => Value::Bool(n.as_u64().is_some_and(|n| (n as usize) < l.len())),
        ("has", v, a) => return Err(format!("Cannot check whether {} has a {} key", kind(v), kind(a))),
        ("in", Value::String(k), Value::Object(m)) => Value::Bool(m.contains_key(k)),
        ("contains", v, a) => Value::Bool(contains(v, a)),
        ("inside", v, a) => Value::Bool(contains(a, v)),
        ("startswith", Value::String(t), Value::String(p)) => Value::Bool(t.starts_with(p.as_str())),
        ("startswith", ..) => return Err("startswith() requires string inputs".into()),
        ("endswith", Value::String(t), Value::String(p)) => Value::Bool(t.ends_with(p.as_str())),
        ("endswith", ..) => return Err("endswith() requires string inputs".into()),
        ("ltrimstr", Value::String(t), Value::String(p)) => json!(t.strip_prefix(p.as_str()).unwrap_or(t)),
        ("rtrimstr", Value::String(t), Value::String(p)) => json!(t.strip_suffix(p.as_str()).unwrap_or(t)),
        ("ltrimstr" | "rtrimstr", v, _) => v.clone(),
        ("split", Value::String(t), Value::String(p)) => match (t.is_empty(), p.is_empty()) {
            (true, _) => json!([]),
            (_, true) => t.chars().map(|c| json!(c.to_string())).collect(),
            _ => t.split(p.as_str()).map(|x| json!(x)).collect(),
        },
        ("join", Value::Array(l), Value::String(p)) => {
            let texts: Vec<String> = l.iter().map(|v| if v.is_null() { String::new() } else { text(v) }).collect();
            json!(texts.join(p))
        }
        ("index", Value::String(t), Value::String(p)) => t.find(p.as_str()).map_or(Value::Null, |n| json!(n)),
        ("test", Value::String(t), Value::String(p)) => {
            let compiled = regex::compile(p, false).ok_or_else(|| format!("{p} (at offset 0) is not a valid regex"))?;
            Value::Bool(compiled.is_match(t))
        }
        ("test", v, _) => return Err(format!("{} cannot be matched, as it is not a string", shown(v))),
        ("sub" | "gsub", Value::String(t), Value::String(p)) => {
            let compiled = regex::compile(p, false).ok_or_else(|| format!("{p} (at offset 0) is not a valid regex"))?;
            let with = b.map(text).unwrap_or_default().replace('$', "$$");
            let done =
                if name == "sub" { compiled.replace(t, with.as_str()) } else { compiled.replace_all(t, with.as_str()) };
            json!(done)
        }
        _ => return Err(wrong()),
    })
}

fn apply_format(name: &str, value: &Value) -> Result<String, String> {
    let row = |glue: &str, quote: &dyn Fn(&str) -> String| -> Result<String, String> {
        let Value::Array(list) = value else {
            return Err(format!("{} cannot be {name}-formatted, only an array can be", shown(value)));
        };
        let cells = list.iter().map(|v| match v {
            Value::String(t) => quote(t),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        Ok(cells.collect::<Vec<_>>().join(glue))
    };
    match name {
        "text" => Ok(text(value)),
        "json" => Ok(value.to_string()),
        "base64" => Ok(base64::encode(text(value).as_bytes())),
        "base64d" => {
            let (bytes, good) = base64::decode(text(value).trim_end().as_bytes(), false);
            let padded_wrong = !good && bytes.is_empty();
            if padded_wrong {
                Err(format!("{} is not valid base64 data", shown(value)))
            } else {
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
        "tsv" => row("\t", &|t| t.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")),
        "csv" => row(",", &|t| format!("\"{}\"", t.replace('"', "\"\""))),
        "sh" => Ok(format!("'{}'", text(value).replace('\'', "'\\''"))),
        "uri" => Ok(text(value)
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                    (b as char).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect()),
        "html" => Ok(text(value)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\'', "&#39;")
            .replace('"', "&quot;")),
        other => Err(format!("{other} is not a valid format")),
    }
}
