//! Sets of fields, as managedFields record them: a tree whose steps are written as `f:name`, `k:{"name":"app"}`, `v:"x"`.
//!
//! Models: `structured-merge-diff/fieldpath/{set,serialize,element}.go`.
//! Left out: elements of lists by their place (`i:0`), which no built-in list uses.

use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One step: a field, a list entry by its keys, or a set's value; as it is written in `fieldsV1`.
pub type Step = String;

/// A set of paths. A step may be a member itself, have members below it, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    nodes: BTreeMap<Step, Node>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Node {
    member: bool,
    below: Set,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.member && self.below.is_empty()
    }
}

impl Set {
    /// A set of these paths of field names.
    pub fn of(paths: &[&[&str]]) -> Set {
        let mut set = Set::default();
        for path in paths {
            let steps: Vec<Step> = path.iter().map(|name| field(name)).collect();
            set.insert(&steps);
        }
        set
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.values().all(Node::is_empty)
    }

    /// Adds a path; the steps above it become no members by that.
    pub fn insert(&mut self, path: &[Step]) {
        match path {
            [] => {}
            [last] => self.nodes.entry(last.clone()).or_default().member = true,
            [first, rest @ ..] => self.nodes.entry(first.clone()).or_default().below.insert(rest),
        }
    }

    /// Whether a single step is a member.
    pub fn has(&self, step: &str) -> bool {
        self.nodes.get(step).is_some_and(|node| node.member)
    }

    /// What is below a step.
    pub fn below(&self, step: &str) -> Option<&Set> {
        self.nodes.get(step).map(|node| &node.below).filter(|below| !below.is_empty())
    }

    pub fn contains(&self, path: &[Step]) -> bool {
        match path {
            [] => false,
            [last] => self.has(last),
            [first, rest @ ..] => self.below(first).is_some_and(|below| below.contains(rest)),
        }
    }

    /// The steps that have members below them.
    pub fn branches(&self) -> impl Iterator<Item = (&Step, &Set)> {
        self.nodes.iter().map(|(step, node)| (step, &node.below)).filter(|(_, below)| !below.is_empty())
    }

    /// This set with changes to its steps: `act` gives whether the step is a member, and what is below.
    pub fn map(&self, act: impl Fn(&str, bool, &Set) -> (bool, Set)) -> Set {
        let nodes = self.nodes.iter().map(|(step, node)| {
            let (member, below) = act(step, node.member, &node.below);
            (step.clone(), Node { member, below })
        });
        Set { nodes: nodes.filter(|(_, node)| !node.is_empty()).collect() }
    }

    pub fn union(&self, other: &Set) -> Set {
        let mut all = self.clone();
        for (step, node) in &other.nodes {
            let mine = all.nodes.entry(step.clone()).or_default();
            mine.member |= node.member;
            mine.below = mine.below.union(&node.below);
        }
        all
    }

    pub fn intersection(&self, other: &Set) -> Set {
        self.map(|step, member, below| match other.nodes.get(step) {
            Some(theirs) => (member && theirs.member, below.intersection(&theirs.below)),
            None => (false, Set::default()),
        })
    }

    /// What is in this set and not in the other. A member of the other takes only itself away, not what is below it.
    pub fn difference(&self, other: &Set) -> Set {
        self.map(|step, member, below| match other.nodes.get(step) {
            Some(theirs) => (member && !theirs.member, below.difference(&theirs.below)),
            None => (member, below.clone()),
        })
    }

    /// Like [`Set::difference`], but a member of the other takes everything below it along.
    pub fn without(&self, other: &Set) -> Set {
        self.map(|step, member, below| match other.nodes.get(step) {
            Some(theirs) if theirs.member => (false, Set::default()),
            Some(theirs) => (member, below.without(&theirs.below)),
            None => (member, below.clone()),
        })
    }

    /// Every path, members of a level before what is below them.
    pub fn paths(&self) -> Vec<Vec<Step>> {
        let mut all = vec![];
        self.walk(&mut vec![], &mut all);
        all
    }

    fn walk(&self, above: &mut Vec<Step>, all: &mut Vec<Vec<Step>>) {
        let mut steps: Vec<(&Step, &Node)> = self.nodes.iter().collect();
        steps.sort_by(|(a, _), (b, _)| order(a, b));
        for (step, node) in &steps {
            if node.member {
                above.push((*step).clone());
                all.push(above.clone());
                above.pop();
            }
        }
        for (step, node) in steps {
            above.push(step.clone());
            node.below.walk(above, all);
            above.pop();
        }
    }

    /// The form of `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        for (step, node) in &self.nodes {
            let mut below = match node.below.to_value() {
                Value::Object(below) => below,
                _ => Map::new(),
            };
            if node.member && !below.is_empty() {
                below.insert(".".into(), Value::Object(Map::new()));
            }
            map.insert(step.clone(), Value::Object(below));
        }
        Value::Object(map)
    }

    /// Reads the form of `fieldsV1`; `None` when it is none.
    pub fn from_value(value: &Value) -> Option<Set> {
        let mut set = Set::default();
        for (step, below) in value.as_object()? {
            if step == "." {
                continue;
            }
            let step = match step.get(..2)? {
                "f:" => step.clone(),
                "v:" => format!("v:{}", serde_json::from_str::<Value>(&step[2..]).ok()?),
                "k:" => keyed(serde_json::from_str::<Map<String, Value>>(&step[2..]).ok()?),
                _ => return None,
            };
            let member = below.as_object()?.is_empty() || below.get(".").is_some();
            set.nodes.insert(step, Node { member, below: Set::from_value(below)? });
        }
        Some(set)
    }
}

/// The step to a field.
pub fn field(name: &str) -> Step {
    format!("f:{name}")
}

/// The step to a list entry by its keys.
pub fn keyed(keys: Map<String, Value>) -> Step {
    let sorted: BTreeMap<String, Value> = keys.into_iter().collect();
    format!("k:{}", serde_json::to_string(&sorted).expect("keys and plain values are always JSON"))
}

/// The step to a value of a set.
pub fn value(value: &Value) -> Step {
    format!("v:{value}")
}

/// A path as errors name it: `.spec.containers[name="app"].image`.
pub fn dotted(path: &[Step]) -> String {
    path.iter().map(|step| shown(step)).collect()
}

fn shown(step: &str) -> String {
    match step.split_at(2) {
        ("k:", keys) => {
            let keys: BTreeMap<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        ("v:", value) => format!("[={value}]"),
        (_, name) => format!(".{name}"),
    }
}

/// Fields before keys before values; numbers by their size.
fn order(a: &str, b: &str) -> Ordering {
    if a.starts_with("f:") || b.starts_with("f:") || a[..2] != b[..2] {
        return a.cmp(b);
    }
    let parts = |text: &str| -> Vec<(String, Value)> {
        match serde_json::from_str(&text[2..]) {
            Ok(Value::Object(map)) => map.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect(),
            Ok(value) => vec![(String::new(), value)],
            Err(_) => vec![],
        }
    };
    let (a_parts, b_parts) = (parts(a), parts(b));
    for ((a_key, a_value), (b_key, b_value)) in a_parts.iter().zip(&b_parts) {
        let by_value = match (a_value.as_f64(), b_value.as_f64()) {
            (Some(x), Some(y)) => x.total_cmp(&y),
            _ => a_value.to_string().cmp(&b_value.to_string()),
        };
        let both = a_key.cmp(b_key).then(by_value);
        if both != Ordering::Equal {
            return both;
        }
    }
    a_parts.len().cmp(&b_parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_set_is_read_and_written_as_fields_v1() {
        let form = json!({"f:data": {".": {}, "f:color": {}}, "f:list": {"k:{\"name\":\"a\",\"port\":80}": {".": {}, "f:port": {}}}});
        let set = Set::from_value(&form).expect("it is well formed");
        assert_eq!(set.to_value(), form);
        let paths: Vec<String> = set.paths().iter().map(|path| dotted(path)).collect();
        assert_eq!(paths, [".data", ".data.color", ".list[name=\"a\",port=80]", ".list[name=\"a\",port=80].port"]);
    }

    #[test]
    fn taking_a_parent_away_leaves_its_children() {
        let both = Set::of(&[&["a"], &["a", "b"]]);
        assert_eq!(both.difference(&Set::of(&[&["a"]])), Set::of(&[&["a", "b"]]));
        assert!(both.without(&Set::of(&[&["a"]])).is_empty());
    }
}
