//! Who owns which field of an object: `metadata.managedFields`, and server-side apply.
//!
//! Models: `apimachinery/pkg/util/managedfields`, `sigs.k8s.io/structured-merge-diff`.
//! Left out: one object in several versions.

pub mod apply;
mod compare;
mod ledger;
mod merge;
mod set;
mod shape;
mod update;

pub use apply::Apply;
pub use ledger::{Before, Ledger, Target, Who};
pub use set::Set;
pub use update::{Entry, Manager};

use super::object::Object;
use crate::time::Time;
use serde_json::{Map, Value};

/// What a client asks of the entries themselves.
pub enum Given {
    /// Nothing: the server's own entries count.
    Nothing,
    /// To forget them.
    Reset,
    Entries(Vec<Entry>),
}

impl Given {
    /// Reads `metadata.managedFields` of what a client sends. What is not well formed counts as nothing.
    pub fn of(sent: Option<&Value>) -> Given {
        let Some(Value::Array(items)) = sent else { return Given::Nothing };
        if items.is_empty() || matches!(items.as_slice(), [Value::Object(one)] if one.is_empty()) {
            return Given::Reset;
        }
        match items.iter().map(entry).collect::<Option<Vec<_>>>() {
            Some(entries) => Given::Entries(entries),
            None => Given::Nothing,
        }
    }
}

fn entry(value: &Value) -> Option<Entry> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_string();
    let applies = match text("operation").as_str() {
        "Apply" => true,
        "Update" => false,
        _ => return None,
    };
    let version = text("apiVersion");
    if version.is_empty() || text("fieldsType") != "FieldsV1" {
        return None;
    }
    let empty = Value::Object(Map::new());
    let fields = Set::from_value(value.get("fieldsV1").unwrap_or(&empty))?;
    let manager = Manager { name: text("manager").into(), applies, version, part: text("subresource").into() };
    let time = value.get("time").and_then(Value::as_str).and_then(|text| text.parse().ok()).map(Time::of);
    Some(Entry { manager, time, fields })
}

/// The entries as `metadata.managedFields` shows them.
pub fn to_value(entries: Vec<Entry>) -> Value {
    sorted(entries).iter().map(shown).collect()
}

/// Appliers before updaters, then by time and name.
pub fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    let seconds = |entry: &Entry| entry.time.map_or(0, |time| time.timestamp().as_second());
    entries.sort_by(|a, b| {
        let key = |e: &Entry| {
            (!e.manager.applies, seconds(e), e.manager.name.clone(), e.manager.version.clone(), e.manager.part.clone())
        };
        key(a).cmp(&key(b))
    });
    entries
}

/// Whether two lists say the same, whenever that was.
pub fn same(a: &[Entry], b: &[Entry]) -> bool {
    let has = |all: &[Entry], one: &Entry| all.iter().any(|e| e.manager == one.manager && e.fields == one.fields);
    a.len() == b.len() && a.iter().all(|one| has(b, one))
}

fn shown(entry: &Entry) -> Value {
    let mut map = Map::new();
    map.insert("apiVersion".into(), entry.manager.version.clone().into());
    map.insert("fieldsType".into(), "FieldsV1".into());
    map.insert("fieldsV1".into(), entry.fields.to_value());
    map.insert("manager".into(), entry.manager.name.to_string().into());
    map.insert("operation".into(), if entry.manager.applies { "Apply" } else { "Update" }.into());
    if !entry.manager.part.is_empty() {
        map.insert("subresource".into(), entry.manager.part.to_string().into());
    }
    if let Some(time) = entry.time {
        map.insert("time".into(), time.timestamp().to_string().into());
    }
    Value::Object(map)
}

impl Object {
    /// Who owns which field.
    pub fn managed(&self) -> Vec<Entry> {
        self.ledger.as_ref().map(|ledger| ledger.entries(self)).unwrap_or_default()
    }

    /// The JSON form with `metadata.managedFields`.
    pub fn to_wire_managed(&self) -> Value {
        let mut value = self.to_wire();
        let entries = self.managed();
        if !entries.is_empty()
            && let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut)
        {
            meta.insert("managedFields".into(), to_value(entries));
        }
        value
    }
}
