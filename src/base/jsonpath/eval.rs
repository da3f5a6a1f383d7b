//! Nodes walked over a value.
//!
//! Models: k8s.io/client-go/util/jsonpath/jsonpath.go and third_party/forked/golang/template.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::{Node, Param};
use crate::base::yaml::go_text;

type Found<'a> = Vec<Cow<'a, Value>>;

/// What a walk may visit before it is stopped.
const LIMIT: usize = 2_000_000;

pub(super) fn results<'a>(nodes: &[Node], allow_missing: bool, data: &'a Value) -> Result<Vec<Found<'a>>, String> {
    let mut walk = Walk { allow_missing, begin: 0, depth: 0, end: 0, last_end: 0, left: LIMIT };
    walk.template(nodes, 0, Cow::Borrowed(data))
}

struct Walk {
    allow_missing: bool,
    /// Ranges seen but not yet begun, ranges we are in, ends seen but not yet taken.
    begin: usize,
    depth: usize,
    end: usize,
    /// The index of the last `{end}` that was taken.
    last_end: usize,
    left: usize,
}

impl Walk {
    fn template<'a>(&mut self, nodes: &[Node], first: usize, data: Cow<'a, Value>) -> Result<Vec<Found<'a>>, String> {
        let mut out = Vec::new();
        let mut i = first;
        while i < nodes.len() {
            let found = self.node(&nodes[i], vec![data.clone()])?;
            if self.end > 0 && self.end <= self.depth {
                self.end -= 1;
                self.last_end = i;
                break;
            }
            if self.begin > 0 {
                self.begin -= 1;
                self.depth += 1;
                if found.is_empty() {
                    self.template(nodes, i + 1, Cow::Owned(Value::Null))?;
                }
                for value in found {
                    out.extend(self.template(nodes, i + 1, value)?);
                }
                self.depth -= 1;
                i = self.last_end.max(i);
            } else {
                out.push(found);
            }
            i += 1;
        }
        Ok(out)
    }

    fn list<'a>(&mut self, nodes: &[Node], input: Found<'a>) -> Result<Found<'a>, String> {
        nodes.iter().try_fold(input, |found, node| self.node(node, found))
    }

    fn node<'a>(&mut self, node: &Node, input: Found<'a>) -> Result<Found<'a>, String> {
        self.left = self.left.checked_sub(input.len() + 1).ok_or("expression visits too many values")?;
        let constant = |value: Value| input.iter().map(|_| Cow::Owned(value.clone())).collect();
        Ok(match node {
            Node::List(nodes) => self.list(nodes, input)?,
            Node::Text(text) => vec![Cow::Owned(Value::String(text.clone()))],
            Node::Int(n) => constant(Value::from(*n)),
            Node::Float(f) => constant(Value::from(*f)),
            Node::Bool(b) => constant(Value::from(*b)),
            Node::Field(name) => self.field(name, input)?,
            Node::Array(params) => array(*params, input)?,
            Node::Filter { left, operator, right } => self.filter(left, operator, right, input)?,
            Node::Wildcard => input.into_iter().flat_map(children).collect(),
            Node::Recursive => self.recursive(input)?,
            Node::Union(members) => {
                let mut out = Vec::new();
                for member in members {
                    out.extend(self.list(member, input.clone())?);
                }
                out
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begin += 1;
                    input
                }
                "end" if self.depth > 0 => {
                    self.end += 1;
                    vec![]
                }
                "end" => return Err("not in range, nothing to end".to_string()),
                name => return Err(format!("unrecognized identifier {name}")),
            },
        })
    }

    fn field<'a>(&mut self, name: &str, input: Found<'a>) -> Result<Found<'a>, String> {
        if input.is_empty() {
            return Ok(input);
        }
        let out: Found<'a> = input.into_iter().filter_map(|value| member(value, name)).collect();
        if out.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(out)
    }

    fn recursive<'a>(&mut self, input: Found<'a>) -> Result<Found<'a>, String> {
        let mut out = Vec::new();
        let mut stack: Vec<Cow<'a, Value>> = input.into_iter().rev().collect();
        while let Some(value) = stack.pop() {
            self.left = self.left.checked_sub(1).ok_or("expression visits too many values")?;
            // a text has its bytes below it, which are not gone into
            if value.as_str().is_some_and(|s| !s.is_empty()) {
                out.push(value);
                continue;
            }
            let below = children(value.clone());
            if !below.is_empty() {
                out.push(value);
                stack.extend(below.into_iter().rev());
            }
        }
        Ok(out)
    }

    fn filter<'a>(
        &mut self,
        left: &[Node],
        operator: &str,
        right: &[Node],
        input: Found<'a>,
    ) -> Result<Found<'a>, String> {
        let mut out = Vec::new();
        for value in input {
            if !value.is_array() {
                return Err(format!("{} is not array or slice and cannot be filtered", go_text(&value)));
            }
            for item in children(value) {
                let lefts = self.list(left, vec![item.clone()]);
                if operator == "exists" {
                    if lefts.is_ok_and(|found| !found.is_empty()) {
                        out.push(item);
                    }
                    continue;
                }
                let lefts = lefts?;
                let Some(a) = one(&lefts)? else { continue };
                let rights = self.list(right, vec![item.clone()])?;
                let Some(b) = one(&rights)? else { continue };
                if compare(a, operator, b)? {
                    out.push(item);
                }
            }
        }
        Ok(out)
    }
}

fn one<'v>(found: &'v [Cow<'_, Value>]) -> Result<Option<&'v Value>, String> {
    match found {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err("can only compare one element at a time".to_string()),
    }
}

fn member<'a>(value: Cow<'a, Value>, name: &str) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(Value::Object(mut map)) => map.remove(name).map(Cow::Owned),
        Cow::Owned(_) => None,
    }
}

/// The members of a map in the order of their keys, the items of a list, the bytes of a text.
fn children(value: Cow<'_, Value>) -> Found<'_> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(map)) => map.into_iter().map(|(_, value)| Cow::Owned(value)).collect(),
        other => match other.as_str() {
            Some(text) => text.bytes().map(|b| Cow::Owned(Value::from(b))).collect(),
            None => vec![],
        },
    }
}

fn array<'a>(params: [Param; 3], input: Found<'a>) -> Result<Found<'a>, String> {
    let mut out = Vec::new();
    // as in the original, what is filled in for the first list holds for the next ones too
    let [mut from, mut to, step] = params;
    for value in input {
        if value.is_null() {
            continue;
        }
        if !value.is_array() {
            return Err(format!("{} is not array or slice", go_type(&value)));
        }
        let items = children(value);
        let length = items.len() as i64;
        if from.value < 0 {
            from.value += length;
        }
        if !to.known {
            to.value = length;
        }
        if to.value < 0 || (to.value == 0 && to.derived) {
            to.value += length;
        }
        if from.value == to.value {
            return Ok(out);
        }
        let bounds = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if from.value >= length || from.value < 0 {
            return Err(bounds(from.value));
        }
        if to.value > length || to.value < 0 {
            return Err(bounds(to.value - 1));
        }
        if from.value > to.value {
            return Err(format!("starting index {} is greater than ending index {}", from.value, to.value));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".to_string());
        }
        let stride = if step.known { step.value as usize } else { 1 };
        let count = (to.value - from.value) as usize;
        out.extend(items.into_iter().skip(from.value as usize).take(count).step_by(stride));
    }
    Ok(out)
}

fn compare(a: &Value, operator: &str, b: &Value) -> Result<bool, String> {
    let order = || order(a, b);
    Ok(match operator {
        "==" => order()?.is_eq(),
        "!=" => order()?.is_ne(),
        "<" => sortable(a, order()?)?.is_lt(),
        "<=" => sortable(a, order()?)?.is_le(),
        ">" => sortable(a, order()?)?.is_gt(),
        ">=" => sortable(a, order()?)?.is_ge(),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}

fn sortable(value: &Value, order: Ordering) -> Result<Ordering, String> {
    if value.is_boolean() { Err("invalid type for comparison".to_string()) } else { Ok(order) }
}

fn order(a: &Value, b: &Value) -> Result<Ordering, String> {
    let basic = |v: &Value| v.is_boolean() || v.is_number() || v.is_string();
    if !basic(a) || !basic(b) {
        return Err("invalid type for comparison".to_string());
    }
    let unlike = || "incompatible types for comparison".to_string();
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)).ok_or_else(unlike),
        },
        _ => Err(unlike()),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
