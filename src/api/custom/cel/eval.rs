//! What an expression comes to.
//!
//! Models: `cel-go/interpreter`, `cel-go/ext` (strings), `apiserver/pkg/cel/library` (lists, regex).
//! Left out: quantities, URLs, addresses, durations and timestamps as functions, `format`.

use super::parse::{Each, Expr, Node};
use super::value::{Val, unescape};
use crate::base::decimal::Decimal;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Functions by name, whether they stand behind a point, and the type of what they answer.
pub const FUNCTIONS: &[(&str, bool, &str)] = &[
    ("size", false, "int"),
    ("size", true, "int"),
    ("startsWith", true, "bool"),
    ("endsWith", true, "bool"),
    ("contains", true, "bool"),
    ("matches", true, "bool"),
    ("matches", false, "bool"),
    ("lowerAscii", true, "string"),
    ("upperAscii", true, "string"),
    ("trim", true, "string"),
    ("split", true, "strings"),
    ("join", true, "string"),
    ("replace", true, "string"),
    ("substring", true, "string"),
    ("charAt", true, "string"),
    ("indexOf", true, "int"),
    ("lastIndexOf", true, "int"),
    ("isSorted", true, "bool"),
    ("sum", true, "any"),
    ("min", true, "any"),
    ("max", true, "any"),
    ("int", false, "int"),
    ("double", false, "double"),
    ("string", false, "string"),
    ("bool", false, "bool"),
    ("dyn", false, "any"),
    ("type", false, "any"),
    ("hasValue", true, "bool"),
    ("value", true, "inner"),
    ("orValue", true, "inner"),
];

/// Steps of one expression; what goes on longer is stopped.
const BUDGET: u32 = 1_000_000;

const NO_OVERLOAD: &str = "no such overload";

/// Evaluates with `self` and, if there is one, `oldSelf`.
///
/// # Errors
/// The words of the language: `no such key: x`, `division by zero`.
pub fn eval(expr: &Expr, own: &Val, old: Option<&Val>) -> Result<Val, String> {
    let mut names = vec![("self".to_string(), own.clone())];
    if let Some(old) = old {
        names.push(("oldSelf".into(), old.clone()));
    }
    Run { names, left: BUDGET }.of(expr)
}

struct Run {
    names: Vec<(String, Val)>,
    left: u32,
}

impl Run {
    fn of(&mut self, expr: &Expr) -> Result<Val, String> {
        self.left = self.left.checked_sub(1).ok_or("operation cancelled: actual cost limit exceeded")?;
        match &expr.node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name) => {
                let found = self.names.iter().rev().find(|(known, _)| known == name);
                match found {
                    Some((_, value)) => Ok(value.clone()),
                    None if FUNCTIONS.iter().any(|f| f.0 == name) => Ok(Val::text(name)),
                    None => Err(format!("no such attribute(s): {name}")),
                }
            }
            Node::Field { base, name, optional } => {
                let base = self.of(base)?;
                field(&base, &unescape(name), *optional)
            }
            Node::Has { base, name } => match self.of(base)? {
                Val::Map(map) => Ok(Val::Bool(map.contains_key(&unescape(name)))),
                Val::Optional(inner) => {
                    let there = inner.is_some_and(|v| matches!(&*v, Val::Map(m) if m.contains_key(&unescape(name))));
                    Ok(Val::Bool(there))
                }
                _ => Err(NO_OVERLOAD.into()),
            },
            Node::List(items) => Ok(Val::list(items.iter().map(|item| self.of(item)).collect::<Result<Vec<_>, _>>()?)),
            Node::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, value) in entries {
                    let key = self.of(key)?.shown();
                    map.insert(key, self.of(value)?);
                }
                Ok(Val::Map(Arc::new(map)))
            }
            Node::Each { what, base, variable, filter, step } => {
                self.each(*what, base, variable, filter.as_deref(), step)
            }
            Node::Call { target: None, name, args } if ["_&&_", "_||_", "_?_:_"].contains(&name.as_str()) => {
                self.lazy(name, args)
            }
            Node::Call { target, name, args } => {
                let target = target.as_ref().map(|target| self.of(target)).transpose()?;
                let args = args.iter().map(|arg| self.of(arg)).collect::<Result<Vec<_>, _>>()?;
                match target {
                    Some(target) => method(&target, name, &args),
                    None => global(name, &args),
                }
            }
        }
    }

    fn truth(&mut self, expr: &Expr) -> Result<bool, String> {
        match self.of(expr)? {
            Val::Bool(yes) => Ok(yes),
            _ => Err(NO_OVERLOAD.into()),
        }
    }

    /// `&&` and `||` do not mind an error on one side when the other side decides.
    fn lazy(&mut self, name: &str, args: &[Expr]) -> Result<Val, String> {
        if name == "_?_:_" {
            let branch = if self.truth(&args[0])? { &args[1] } else { &args[2] };
            return self.of(branch);
        }
        let decides = name == "_||_";
        let left = self.truth(&args[0]);
        if left == Ok(decides) {
            return Ok(Val::Bool(decides));
        }
        match (left, self.truth(&args[1])) {
            (_, Ok(right)) if right == decides => Ok(Val::Bool(decides)),
            (Ok(_), Ok(_)) => Ok(Val::Bool(!decides)),
            (Err(words), _) | (_, Err(words)) => Err(words),
        }
    }

    fn each(
        &mut self,
        what: Each,
        base: &Expr,
        variable: &str,
        filter: Option<&Expr>,
        step: &Expr,
    ) -> Result<Val, String> {
        let items: Vec<Val> = match self.of(base)? {
            Val::List(items) => items.to_vec(),
            Val::Map(map) => map.keys().map(|key| Val::text(key)).collect(),
            _ => return Err(NO_OVERLOAD.into()),
        };
        let (mut kept, mut hits, mut error) = (vec![], 0, None);
        for item in items {
            self.names.push((variable.into(), item.clone()));
            let result = self.one(what, item, filter, step, &mut kept);
            self.names.pop();
            match (what, result) {
                (Each::All, Ok(false)) => return Ok(Val::Bool(false)),
                (Each::Exists, Ok(true)) => return Ok(Val::Bool(true)),
                (_, Ok(true)) => hits += 1,
                (Each::All | Each::Exists, Err(words)) => error = Some(words),
                (_, Err(words)) => return Err(words),
                _ => {}
            }
        }
        match (what, error) {
            (_, Some(words)) => Err(words),
            (Each::All, None) => Ok(Val::Bool(true)),
            (Each::Exists, None) => Ok(Val::Bool(false)),
            (Each::ExistsOne, None) => Ok(Val::Bool(hits == 1)),
            (Each::Filter | Each::Map, None) => Ok(Val::list(kept)),
        }
    }

    fn one(
        &mut self,
        what: Each,
        item: Val,
        filter: Option<&Expr>,
        step: &Expr,
        kept: &mut Vec<Val>,
    ) -> Result<bool, String> {
        if let Some(filter) = filter
            && !self.truth(filter)?
        {
            return Ok(false);
        }
        if what == Each::Map {
            kept.push(self.of(step)?);
            return Ok(true);
        }
        let yes = self.truth(step)?;
        if yes && what == Each::Filter {
            kept.push(item);
        }
        Ok(yes)
    }
}

fn field(base: &Val, name: &str, optional: bool) -> Result<Val, String> {
    match base {
        Val::Map(map) => match (map.get(name), optional) {
            (Some(value), false) => Ok(value.clone()),
            (value, true) => Ok(Val::Optional(value.map(|v| Arc::new(v.clone())))),
            (None, false) => Err(format!("no such key: {name}")),
        },
        Val::Optional(None) => Ok(Val::Optional(None)),
        Val::Optional(Some(inner)) => match field(inner, name, true)? {
            Val::Optional(found) => Ok(Val::Optional(found)),
            other => Ok(Val::Optional(Some(Arc::new(other)))),
        },
        _ => Err(NO_OVERLOAD.into()),
    }
}

fn global(name: &str, args: &[Val]) -> Result<Val, String> {
    match (name, args) {
        ("_==_", [a, b]) => Ok(Val::Bool(a == b)),
        ("_!=_", [a, b]) => Ok(Val::Bool(a != b)),
        ("_<_", [a, b]) => ordered(a, b, |o| o == Ordering::Less),
        ("_<=_", [a, b]) => ordered(a, b, |o| o != Ordering::Greater),
        ("_>_", [a, b]) => ordered(a, b, |o| o == Ordering::Greater),
        ("_>=_", [a, b]) => ordered(a, b, |o| o != Ordering::Less),
        ("!_", [Val::Bool(yes)]) => Ok(Val::Bool(!yes)),
        ("-_", [Val::Int(n)]) => n.checked_neg().map(Val::Int).ok_or_else(|| "integer overflow".into()),
        ("-_", [Val::Double(d)]) => Ok(Val::Double(Decimal::int(0).minus(*d))),
        ("@in", [item, Val::List(items)]) => Ok(Val::Bool(items.contains(item))),
        ("@in", [Val::Text(key), Val::Map(map)]) => Ok(Val::Bool(map.contains_key(&**key))),
        ("_[_]", [Val::List(items), Val::Int(n)]) => {
            let at = usize::try_from(*n).ok();
            at.and_then(|at| items.get(at)).cloned().ok_or_else(|| format!("index out of bounds: {n}"))
        }
        ("_[_]", [base, Val::Text(key)]) => field(base, key, false),
        ("size", [value]) => size(value),
        ("matches", [text, pattern]) => method(text, "matches", std::slice::from_ref(pattern)),
        ("dyn", [value]) => Ok(value.clone()),
        ("int" | "double" | "string" | "bool" | "type", [value]) => convert(name, value),
        (_, [a, b]) => arithmetic(name, a, b),
        _ => Err(NO_OVERLOAD.into()),
    }
}

fn ordered(a: &Val, b: &Val, fits: fn(Ordering) -> bool) -> Result<Val, String> {
    a.order(b).map(|order| Val::Bool(fits(order))).ok_or_else(|| NO_OVERLOAD.into())
}

fn arithmetic(name: &str, a: &Val, b: &Val) -> Result<Val, String> {
    let overflow = || "integer overflow".to_string();
    match (name, a, b) {
        ("_+_", Val::Text(a), Val::Text(b)) => Ok(Val::text(&format!("{a}{b}"))),
        ("_+_", Val::List(a), Val::List(b)) => Ok(Val::list(a.iter().chain(b.iter()).cloned().collect())),
        ("_/_", Val::Int(_), Val::Int(0)) => Err("division by zero".into()),
        ("_%_", Val::Int(_), Val::Int(0)) => Err("modulus by zero".into()),
        ("_+_", Val::Int(a), Val::Int(b)) => a.checked_add(*b).map(Val::Int).ok_or_else(overflow),
        ("_-_", Val::Int(a), Val::Int(b)) => a.checked_sub(*b).map(Val::Int).ok_or_else(overflow),
        ("_*_", Val::Int(a), Val::Int(b)) => a.checked_mul(*b).map(Val::Int).ok_or_else(overflow),
        ("_/_", Val::Int(a), Val::Int(b)) => a.checked_div(*b).map(Val::Int).ok_or_else(overflow),
        ("_%_", Val::Int(a), Val::Int(b)) => a.checked_rem(*b).map(Val::Int).ok_or_else(overflow),
        ("_+_", Val::Double(a), Val::Double(b)) => Ok(Val::Double(a.plus(*b))),
        ("_-_", Val::Double(a), Val::Double(b)) => Ok(Val::Double(a.minus(*b))),
        ("_*_", Val::Double(a), Val::Double(b)) => Ok(Val::Double(a.times(*b))),
        ("_/_", Val::Double(a), Val::Double(b)) => a.over(*b).map(Val::Double).ok_or_else(|| "division by zero".into()),
        _ => Err(NO_OVERLOAD.into()),
    }
}

fn size(value: &Val) -> Result<Val, String> {
    let count = match value {
        Val::Text(text) => text.chars().count(),
        Val::List(items) => items.len(),
        Val::Map(map) => map.len(),
        _ => return Err(NO_OVERLOAD.into()),
    };
    Ok(Val::Int(count as i64))
}

fn convert(name: &str, value: &Val) -> Result<Val, String> {
    match (name, value) {
        ("string", value @ (Val::Text(_) | Val::Int(_) | Val::Double(_) | Val::Bool(_))) => {
            Ok(Val::text(&value.shown()))
        }
        ("int", Val::Int(_)) | ("double", Val::Double(_)) | ("bool", Val::Bool(_)) => Ok(value.clone()),
        ("int", Val::Double(d)) => Ok(Val::Int(d.truncated())),
        ("double", Val::Int(n)) => Ok(Val::Double(Decimal::int(*n))),
        ("int", Val::Text(t)) => {
            let bad = || format!("type conversion error from '{t}' to 'int'");
            t.parse().map(Val::Int).map_err(|_| bad())
        }
        ("double", Val::Text(t)) => {
            Decimal::parse(t).map(Val::Double).ok_or_else(|| format!("type conversion error from '{t}' to 'double'"))
        }
        ("bool", Val::Text(t)) => match &**t {
            "true" | "True" | "TRUE" | "t" | "1" => Ok(Val::Bool(true)),
            "false" | "False" | "FALSE" | "f" | "0" => Ok(Val::Bool(false)),
            _ => Err(format!("type conversion error from '{t}' to 'bool'")),
        },
        ("type", value) => Ok(Val::text(match value {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Double(_) => "double",
            Val::Text(_) => "string",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Optional(_) => "optional_type",
        })),
        _ => Err(NO_OVERLOAD.into()),
    }
}

fn method(target: &Val, name: &str, args: &[Val]) -> Result<Val, String> {
    match (target, name, args) {
        (value, "size", []) => size(value),
        (Val::Text(text), _, _) => on_text(text, name, args),
        (Val::List(items), _, _) => on_list(items, name, args),
        (Val::Optional(inner), "hasValue", []) => Ok(Val::Bool(inner.is_some())),
        (Val::Optional(inner), "value", []) => {
            inner.as_ref().map(|v| (**v).clone()).ok_or_else(|| "optional.none() dereference".into())
        }
        (Val::Optional(inner), "orValue", [other]) => {
            Ok(inner.as_ref().map_or_else(|| other.clone(), |v| (**v).clone()))
        }
        _ => Err(NO_OVERLOAD.into()),
    }
}

fn on_text(text: &str, name: &str, args: &[Val]) -> Result<Val, String> {
    let chars = || text.chars().collect::<Vec<char>>();
    let place = |byte: Option<usize>| Val::Int(byte.map_or(-1, |b| text[..b].chars().count() as i64));
    Ok(match (name, args) {
        ("startsWith", [Val::Text(a)]) => Val::Bool(text.starts_with(&**a)),
        ("endsWith", [Val::Text(a)]) => Val::Bool(text.ends_with(&**a)),
        ("contains", [Val::Text(a)]) => Val::Bool(text.contains(&**a)),
        ("matches", [Val::Text(pattern)]) => {
            let program = regex_lite::Regex::new(pattern).map_err(|_| format!("error parsing regexp: `{pattern}`"))?;
            Val::Bool(program.is_match(text))
        }
        ("lowerAscii", []) => Val::text(&text.to_ascii_lowercase()),
        ("upperAscii", []) => Val::text(&text.to_ascii_uppercase()),
        ("trim", []) => Val::text(text.trim()),
        ("split", [Val::Text(by)]) if by.is_empty() => {
            Val::list(chars().iter().map(|c| Val::text(&c.to_string())).collect())
        }
        ("split", [Val::Text(by)]) => Val::list(text.split(&**by).map(Val::text).collect()),
        ("replace", [Val::Text(a), Val::Text(b)]) => Val::text(&text.replace(&**a, b)),
        ("indexOf", [Val::Text(a)]) => place(text.find(&**a)),
        ("lastIndexOf", [Val::Text(a)]) => place(text.rfind(&**a)),
        ("charAt", [Val::Int(n)]) => {
            let all = chars();
            let at = usize::try_from(*n).ok().filter(|at| *at <= all.len());
            let at = at.ok_or_else(|| format!("index out of range: {n}"))?;
            Val::text(&all.get(at).map(char::to_string).unwrap_or_default())
        }
        ("substring", [Val::Int(from), rest @ ..]) => {
            let all = chars();
            let to = match rest {
                [] => all.len() as i64,
                [Val::Int(to)] => *to,
                _ => return Err(NO_OVERLOAD.into()),
            };
            if *from < 0 || to > all.len() as i64 || *from > to {
                return Err(format!("invalid substring range. start: {from}, end: {to}"));
            }
            Val::text(&all[*from as usize..to as usize].iter().collect::<String>())
        }
        _ => return Err(NO_OVERLOAD.into()),
    })
}

fn on_list(items: &[Val], name: &str, args: &[Val]) -> Result<Val, String> {
    let by = |a: &Val, b: &Val| a.order(b).unwrap_or(Ordering::Equal);
    let place = |at: Option<usize>| Val::Int(at.map_or(-1, |at| at as i64));
    Ok(match (name, args) {
        ("join", []) => Val::text(&items.iter().map(Val::shown).collect::<String>()),
        ("join", [Val::Text(by)]) => Val::text(&items.iter().map(Val::shown).collect::<Vec<_>>().join(by)),
        ("isSorted", []) => Val::Bool(items.windows(2).all(|pair| by(&pair[0], &pair[1]) != Ordering::Greater)),
        ("sum", []) => items
            .iter()
            .try_fold(None, |sum: Option<Val>, item| match sum {
                None => Ok(Some(item.clone())),
                Some(sum) => arithmetic("_+_", &sum, item).map(Some),
            })?
            .unwrap_or(Val::Int(0)),
        ("min", []) => items.iter().min_by(|a, b| by(a, b)).cloned().ok_or("min called on empty list")?,
        ("max", []) => items.iter().max_by(|a, b| by(a, b)).cloned().ok_or("max called on empty list")?,
        ("indexOf", [item]) => place(items.iter().position(|i| i == item)),
        ("lastIndexOf", [item]) => place(items.iter().rposition(|i| i == item)),
        _ => return Err(NO_OVERLOAD.into()),
    })
}
