//! Values of expressions: for one row, or for all rows at once where they count or sum.

use super::parse::Expr;
use super::{Dialect, Refusal, Table};
use crate::time::Time;
use serde_json::Value;
use std::cmp::Ordering;

/// What an expression may speak of.
pub struct Scope<'a> {
    pub table: Option<&'a Table>,
    pub row: &'a [Value],
    /// The rows that were chosen, for functions over all of them.
    pub all: &'a [Vec<Value>],
    pub dialect: Dialect,
    pub database: &'a str,
    pub version: &'a str,
    pub host: &'a str,
    pub now: Time,
}

const OVER_ALL: [&str; 5] = ["count", "sum", "min", "max", "avg"];

/// Whether an expression speaks of all rows at once.
pub fn is_over_all(expr: &Expr) -> bool {
    match expr {
        Expr::Call(name, inner) => OVER_ALL.contains(&name.as_str()) || inner.iter().any(is_over_all),
        Expr::Not(inner) | Expr::Minus(inner) | Expr::IsNull(inner, _) => is_over_all(inner),
        Expr::Binary(_, left, right) => is_over_all(left) || is_over_all(right),
        _ => false,
    }
}

impl Scope<'_> {
    pub fn value(&self, expr: &Expr) -> Result<Value, Refusal> {
        Ok(match expr {
            Expr::Value(value) => value.clone(),
            Expr::Star => Value::Null,
            Expr::Column(name) => self.column(name)?,
            Expr::Not(inner) => match truth(&self.value(inner)?) {
                Some(yes) => self.truth(!yes),
                None => Value::Null,
            },
            Expr::Minus(inner) => match self.value(inner)? {
                Value::Number(number) => number.as_i64().and_then(i64::checked_neg).map_or(Value::Null, Value::from),
                Value::String(text) => Value::String(format!("-{text}")),
                other => other,
            },
            Expr::IsNull(inner, wanted) => self.truth(self.value(inner)?.is_null() == *wanted),
            Expr::In(inner, list, wanted) => {
                let value = self.value(inner)?;
                let mut found = false;
                for one in list {
                    found |= compare(&value, &self.value(one)?) == Some(Ordering::Equal);
                }
                if value.is_null() { Value::Null } else { self.truth(found == *wanted) }
            }
            Expr::Binary(sign, left, right) => self.binary(sign, &self.value(left)?, &self.value(right)?)?,
            Expr::Call(name, inner) => self.call(name, inner)?,
        })
    }

    /// Whether a row is meant.
    pub fn holds(&self, filter: Option<&Expr>) -> Result<bool, Refusal> {
        filter.map_or(Ok(true), |filter| Ok(truth(&self.value(filter)?) == Some(true)))
    }

    fn truth(&self, yes: bool) -> Value {
        if self.dialect == Dialect::Mysql { i64::from(yes).into() } else { yes.into() }
    }

    fn column(&self, name: &str) -> Result<Value, Refusal> {
        let at = self.table.and_then(|table| table.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name)));
        match at {
            Some(at) => Ok(self.row.get(at).cloned().unwrap_or(Value::Null)),
            None => Err(no_column(name, self.dialect)),
        }
    }

    fn binary(&self, sign: &str, left: &Value, right: &Value) -> Result<Value, Refusal> {
        if sign == "and" || sign == "or" {
            let (a, b) = (truth(left), truth(right));
            let decided = sign == "or";
            return Ok(if a == Some(decided) || b == Some(decided) {
                self.truth(decided)
            } else if a.is_none() || b.is_none() {
                Value::Null
            } else {
                self.truth(!decided)
            });
        }
        if left.is_null() || right.is_null() {
            return Ok(Value::Null);
        }
        Ok(match sign {
            "=" => self.truth(compare(left, right) == Some(Ordering::Equal)),
            "<>" => self.truth(compare(left, right) != Some(Ordering::Equal)),
            "<" => self.truth(compare(left, right) == Some(Ordering::Less)),
            ">" => self.truth(compare(left, right) == Some(Ordering::Greater)),
            "<=" => self.truth(matches!(compare(left, right), Some(Ordering::Less | Ordering::Equal))),
            ">=" => self.truth(matches!(compare(left, right), Some(Ordering::Greater | Ordering::Equal))),
            "like" => self.truth(like(&show(left), &show(right))),
            "||" => Value::String(format!("{}{}", show(left), show(right))),
            _ => {
                let (Some(a), Some(b)) = (whole(left), whole(right)) else {
                    return Err(Refusal {
                        number: 1235,
                        state: "42883",
                        text: format!("\"{sign}\" is done with whole numbers only here"),
                    });
                };
                let result = match sign {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    "/" if b == 0 && self.dialect == Dialect::Postgres => {
                        return Err(Refusal { number: 0, state: "22012", text: "division by zero".into() });
                    }
                    "/" => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                result.map_or(Value::Null, Value::from)
            }
        })
    }

    fn call(&self, name: &str, inner: &[Expr]) -> Result<Value, Refusal> {
        if OVER_ALL.contains(&name) {
            return self.over_all(name, inner);
        }
        let values = inner.iter().map(|one| self.value(one)).collect::<Result<Vec<_>, _>>()?;
        let first = values.first().map(show).unwrap_or_default();
        Ok(match name {
            "version" | "@@version" => self.version.into(),
            "@@hostname" => self.host.into(),
            "database" | "current_database" | "schema" => match self.database {
                "" => Value::Null,
                name => name.into(),
            },
            "now" | "current_timestamp" => self.now.timestamp().strftime("%Y-%m-%d %H:%M:%S").to_string().into(),
            "curdate" | "current_date" => self.now.timestamp().strftime("%Y-%m-%d").to_string().into(),
            "user" | "current_user" if self.dialect == Dialect::Mysql => "root@localhost".into(),
            "user" | "current_user" => "postgres".into(),
            "upper" => first.to_uppercase().into(),
            "lower" => first.to_lowercase().into(),
            "length" | "char_length" => (first.chars().count() as i64).into(),
            "concat" => values.iter().map(show).collect::<String>().into(),
            "coalesce" | "ifnull" => values.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null),
            _ => return Err(no_function(name, self)),
        })
    }

    fn over_all(&self, name: &str, inner: &[Expr]) -> Result<Value, Refusal> {
        let [of] = inner else { return Err(no_function(name, self)) };
        if name == "count" && *of == Expr::Star {
            return Ok((self.all.len() as i64).into());
        }
        let mut values = vec![];
        for row in self.all {
            let value = Scope { row, all: &[], ..*self }.value(of)?;
            if !value.is_null() {
                values.push(value);
            }
        }
        let sum = || values.iter().filter_map(whole).try_fold(0i64, i64::checked_add);
        Ok(match name {
            "count" => (values.len() as i64).into(),
            _ if values.is_empty() => Value::Null,
            "sum" => sum().map_or(Value::Null, Value::from),
            "avg" => {
                let scaled = sum().and_then(|sum| sum.checked_mul(10_000)).unwrap_or(0) / values.len() as i64;
                format!("{}.{:04}", scaled / 10_000, (scaled % 10_000).abs()).into()
            }
            "min" => values.into_iter().min_by(order).unwrap_or(Value::Null),
            _ => values.into_iter().max_by(order).unwrap_or(Value::Null),
        })
    }
}

fn no_function(name: &str, scope: &Scope<'_>) -> Refusal {
    let text = match scope.dialect {
        Dialect::Mysql => format!("FUNCTION {}.{name} does not exist", scope.database),
        Dialect::Postgres => format!("function {name} does not exist"),
    };
    Refusal { number: 1305, state: if scope.dialect == Dialect::Mysql { "42000" } else { "42883" }, text }
}

pub fn no_column(name: &str, dialect: Dialect) -> Refusal {
    match dialect {
        Dialect::Mysql => {
            Refusal { number: 1054, state: "42S22", text: format!("Unknown column '{name}' in 'field list'") }
        }
        Dialect::Postgres => Refusal { number: 0, state: "42703", text: format!("column \"{name}\" does not exist") },
    }
}

/// A value as text; NULL is empty.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => (if *yes { "t" } else { "f" }).into(),
        other => other.to_string(),
    }
}

pub fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Null => None,
        Value::Bool(yes) => Some(*yes),
        Value::Number(number) => Some(number.as_i64() != Some(0)),
        Value::String(text) => Some(whole(&Value::String(text.clone())).is_some_and(|number| number != 0)),
        _ => Some(false),
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(yes) => Some(i64::from(*yes)),
        _ => None,
    }
}

/// A number with up to nine digits behind its point, in billionths.
fn billionths(value: &Value) -> Option<i128> {
    let text = show(value);
    let (front, back) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if back.len() > 9 || !back.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits: String = front.to_owned() + back + &"0".repeat(9 - back.len());
    digits.parse().ok()
}

/// How two values stand to each other: as numbers where both are, else as text.
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if left.is_null() || right.is_null() {
        return None;
    }
    match (billionths(left), billionths(right)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => Some(show(left).cmp(&show(right))),
    }
}

/// For sorting: NULL comes first.
pub fn order(left: &Value, right: &Value) -> Ordering {
    compare(left, right).unwrap_or_else(|| right.is_null().cmp(&left.is_null()))
}

/// `%` for any text, `_` for one letter.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '%' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            (t, p) = (t + 1, p + 1);
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (t, p) = (from + 1, at + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}
