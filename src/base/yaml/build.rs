//! Nodes into values, with the place of everything.
//!
//! Models: decode.go of go.yaml.in/yaml/v2 (aliases and their limit, merge keys, duplicate keys) and the conversion to
//! JSON of sigs.k8s.io/yaml (keys become strings).

use std::collections::BTreeSet;

use serde_json::{Map, Number, Value};

use super::json::go_float32;
use super::parse::{Fail, Node, Shape, Tree};
use super::resolve::{Resolved, resolve};
use super::scan::Mark;
use super::{Below, Duplicate, Parsed, Place, Span, SpanMap, Step};
use crate::base::text::go_quote;

/// Doubled keys that are told at most.
const DUPLICATES: usize = 1000;

/// The value of a tree. `line` and `start` are where its text begins in the whole.
pub(super) fn build(tree: &Tree, line: usize, start: usize) -> Result<Parsed, Fail> {
    let mut builder = Builder {
        nodes: &tree.nodes,
        line,
        start,
        count: 0,
        alias_count: 0,
        open: BTreeSet::new(),
        path: vec![],
        duplicates: vec![],
        late: None,
    };
    let Some(root) = tree.root else {
        return Ok(Parsed::default());
    };
    let mut spans = SpanMap::default();
    let value = builder.value(root, Some(&mut spans))?;
    if let Some(fail) = builder.late {
        return Err(fail);
    }
    Ok(Parsed { value, spans, duplicates: builder.duplicates })
}

/// A mark as a span of the whole text.
pub(super) fn span(from: Mark, to: Mark, line: usize, start: usize) -> Span {
    Span { start: start + from.at, end: start + to.at.max(from.at), line: line + from.line, column: from.column + 1 }
}

struct Builder<'a> {
    nodes: &'a [Node],
    line: usize,
    start: usize,
    count: u64,
    alias_count: u64,
    /// Anchored nodes that are being expanded.
    open: BTreeSet<usize>,
    path: Vec<Step>,
    duplicates: Vec<Duplicate>,
    /// What is only found when the whole is turned into JSON.
    late: Option<Fail>,
}

impl Builder<'_> {
    fn span(&self, node: &Node) -> Span {
        span(node.start, node.end, self.line, self.start)
    }

    fn value(&mut self, id: usize, mut spans: Option<&mut SpanMap>) -> Result<Value, Fail> {
        let nodes = self.nodes;
        let node = &nodes[id];
        self.count += 1;
        if !self.open.is_empty() {
            self.alias_count += 1;
        }
        if self.alias_count > 100 && self.count > 1000 && self.too_many_aliases() {
            return Err(Fail::Decode("document contains excessive aliasing".to_string(), node.start));
        }
        if let Some(spans) = spans.as_deref_mut() {
            spans.place.value = self.span(node);
        }
        match &node.shape {
            Shape::Scalar { text, implicit } => self.scalar(node, text, *implicit),
            Shape::Alias(name, target) => {
                if !self.open.insert(*target) {
                    return Err(Fail::Decode(format!("anchor '{name}' value contains itself"), node.start));
                }
                let value = self.value(*target, None);
                self.open.remove(target);
                value
            }
            Shape::Sequence(items) => {
                let mut out = Vec::with_capacity(items.len());
                let mut below = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let mut place = SpanMap::default();
                    self.path.push(Step::Index(i));
                    out.push(self.value(*item, spans.is_some().then_some(&mut place))?);
                    self.path.pop();
                    if spans.is_some() {
                        below.push(place);
                    }
                }
                if let Some(spans) = spans {
                    spans.below = Below::List(below);
                }
                Ok(Value::Array(out))
            }
            Shape::Mapping(entries) => {
                let mut map = Map::new();
                self.mapping(entries, &mut map, spans)?;
                Ok(Value::Object(map))
            }
        }
    }

    fn mapping(
        &mut self,
        entries: &[(usize, usize)],
        map: &mut Map<String, Value>,
        mut spans: Option<&mut SpanMap>,
    ) -> Result<(), Fail> {
        for (key, value) in entries {
            let node = &self.nodes[*key];
            if is_merge(node) {
                self.merge(*value, map)?;
                continue;
            }
            let name = self.key(*key, *value)?;
            let mut place =
                SpanMap { place: Place { key: Some(self.span(node)), ..Place::default() }, ..SpanMap::default() };
            self.path.push(Step::Key(name.clone()));
            let found = self.value(*value, spans.is_some().then_some(&mut place))?;
            if spans.is_some() && self.duplicates.len() < DUPLICATES && map.contains_key(&name) {
                let line = self.nodes[*value].start.line + 1;
                let message = format!("line {line}: key {} already set in map", go_quote(&name));
                self.duplicates.push(Duplicate { path: self.path.clone(), span: self.span(node), message });
            }
            self.path.pop();
            if let Some(spans) = spans.as_deref_mut() {
                spans.entries().insert(name.clone(), place);
            }
            map.insert(name, found);
        }
        Ok(())
    }

    fn merge(&mut self, id: usize, map: &mut Map<String, Value>) -> Result<(), Fail> {
        let nodes = self.nodes;
        let node = &nodes[id];
        let wrong = || Fail::Decode("map merge requires map or sequence of maps as the value".to_string(), node.start);
        match &node.shape {
            Shape::Mapping(entries) => self.mapping(entries, map, None),
            Shape::Alias(_, target) => {
                if !matches!(nodes[*target].shape, Shape::Mapping(_)) {
                    return Err(wrong());
                }
                match self.value(id, None)? {
                    Value::Object(more) => map.extend(more),
                    _ => return Err(wrong()),
                }
                Ok(())
            }
            Shape::Sequence(items) => {
                // earlier ones take precedence
                for item in items.iter().rev() {
                    if matches!(nodes[*item].shape, Shape::Sequence(_) | Shape::Scalar { .. }) {
                        return Err(wrong());
                    }
                    self.merge(*item, map)?;
                }
                Ok(())
            }
            Shape::Scalar { .. } => Err(wrong()),
        }
    }

    fn key(&mut self, id: usize, value: usize) -> Result<String, Fail> {
        let nodes = self.nodes;
        let mut node = &nodes[id];
        if let Shape::Alias(_, target) = &node.shape {
            node = &nodes[*target];
        }
        self.count += 1;
        let Shape::Scalar { text, implicit } = &node.shape else {
            let shown = self.go_syntax(id, 0);
            return Err(Fail::Decode(format!("invalid map key: {shown}"), node.start));
        };
        Ok(match self.resolved(node, text, *implicit)? {
            Resolved::Null => {
                let shown = self.go_syntax(value, 0);
                let message = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {shown}");
                self.late.get_or_insert(Fail::Bare(message, node.start));
                String::new()
            }
            Resolved::Bool(b) => b.to_string(),
            Resolved::Int(n) => n.to_string(),
            Resolved::Float(f) => go_float32(f),
            _ => text.clone(),
        })
    }

    fn resolved(&self, node: &Node, text: &str, implicit: bool) -> Result<Resolved, Fail> {
        let tag = node.tag.as_deref().unwrap_or("");
        match tag {
            "" if !implicit => return Ok(Resolved::Str),
            "" => return Ok(resolve(text)),
            "!!str" => return Ok(Resolved::Str),
            "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" => {}
            _ => return Ok(Resolved::Str),
        }
        let found = match resolve(text) {
            Resolved::Int(n) if tag == "!!float" => Resolved::Float(n.as_f64().unwrap_or(0.0)),
            Resolved::Timestamp if tag != "!!timestamp" => Resolved::Str,
            other => other,
        };
        if found.tag() == tag {
            return Ok(found);
        }
        Err(Fail::Decode(format!("cannot decode {} `{text}` as a {tag}", found.tag()), node.start))
    }

    fn scalar(&mut self, node: &Node, text: &str, implicit: bool) -> Result<Value, Fail> {
        if node.tag.as_deref() == Some("!!binary") {
            return match base64(text) {
                Some(bytes) => Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned())),
                None => Err(Fail::Decode("!!binary value contains invalid base64 data".to_string(), node.start)),
            };
        }
        let found = self.resolved(node, text, implicit)?;
        Ok(found.value(text).unwrap_or_else(|| {
            let shown = match found {
                Resolved::Float(f) if f.is_nan() => "NaN",
                Resolved::Float(f) if f < 0.0 => "-Inf",
                _ => "+Inf",
            };
            self.late.get_or_insert(Fail::Bare(format!("json: unsupported value: {shown}"), node.start));
            Value::Null
        }))
    }

    /// go-yaml's guard against documents that are mostly copies of themselves.
    fn too_many_aliases(&self) -> bool {
        let percent = match self.count {
            0..=400_000 => 9_900,
            400_001..4_000_000 => 9_900 - 8_900 * (self.count - 400_000) / 3_600_000,
            _ => 1_000,
        };
        self.alias_count * 10_000 > percent * self.count
    }

    /// Go's `%#v` of a decoded node.
    fn go_syntax(&self, id: usize, depth: usize) -> String {
        let node = &self.nodes[id];
        match &node.shape {
            _ if depth > 20 => "...".to_string(),
            Shape::Alias(_, target) => self.go_syntax(*target, depth + 1),
            Shape::Sequence(items) => {
                let items = items.iter().map(|item| self.go_syntax(*item, depth + 1));
                format!("[]interface {{}}{{{}}}", items.collect::<Vec<_>>().join(", "))
            }
            Shape::Mapping(entries) => {
                let mut shown: Vec<String> = entries
                    .iter()
                    .map(|(k, v)| format!("{}:{}", self.go_syntax(*k, depth + 1), self.go_syntax(*v, depth + 1)))
                    .collect();
                shown.sort();
                format!("map[interface {{}}]interface {{}}{{{}}}", shown.join(", "))
            }
            Shape::Scalar { text, implicit } => match self.resolved(node, text, *implicit) {
                Ok(Resolved::Null) => "interface {}(nil)".to_string(),
                Ok(Resolved::Bool(b)) => b.to_string(),
                Ok(Resolved::Int(n)) => n.to_string(),
                Ok(Resolved::Float(f)) => Number::from_f64(f).map_or_else(|| "NaN".to_string(), |n| n.to_string()),
                _ => go_quote(text),
            },
        }
    }
}

fn is_merge(node: &Node) -> bool {
    matches!(&node.shape, Shape::Scalar { text, implicit }
        if text == "<<" && (*implicit || node.tag.as_deref() == Some("!!merge")))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    if !clean.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(clean.len() / 4 * 3);
    let last = clean.len() / 4;
    for (i, four) in clean.chunks(4).enumerate() {
        let pad = four.iter().rev().take_while(|b| **b == b'=').count();
        if pad > 2 || (pad > 0 && i + 1 != last) {
            return None;
        }
        let mut bits: u32 = 0;
        for b in &four[..4 - pad] {
            let value = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * pad;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - pad]);
    }
    Some(out)
}
