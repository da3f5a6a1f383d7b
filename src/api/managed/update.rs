//! Who owns which field after a write.
//!
//! Models: `structured-merge-diff/merge/update.go`, `apimachinery/pkg/util/managedfields/internal` (stripmeta,
//! capmanagers, managedfieldsupdater, skipnonapplied, conflict).
//! Left out: several versions of one object (its fields are the same in all of them here).

use super::compare::{compare, fields_of};
use super::merge::{merge, remove, with_named};
use super::set::{self, Set, Step};
use super::shape::Shape;
use crate::time::Time;
use serde_json::Value;
use std::borrow::Cow;

/// How many managers of updates are told apart; the oldest become one.
const MOST: usize = 10;
const ANCIENT: &str = "ancient-changes";
/// The manager of what was there before fields were tracked.
pub const BEFORE: &str = "before-first-apply";

/// Who wrote, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    pub name: Cow<'static, str>,
    /// By server-side apply.
    pub applies: bool,
    pub version: String,
    /// `status`, `scale`, or nothing.
    pub part: Cow<'static, str>,
}

impl Manager {
    /// Whether two entries are of one manager: for appliers the version does not count.
    fn is(&self, other: &Manager) -> bool {
        self.name == other.name
            && self.applies == other.applies
            && self.part == other.part
            && (self.applies || self.version == other.version)
    }
}

/// The fields of a manager.
#[derive(Clone, Debug)]
pub struct Entry {
    pub manager: Manager,
    pub time: Option<Time>,
    pub fields: Set,
}

/// A field that somebody else has with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub manager: Manager,
    pub path: Vec<Step>,
}

/// What an apply comes to.
pub struct Applied {
    pub value: Value,
    pub entries: Vec<Entry>,
}

/// Fields that nobody owns.
fn bookkeeping() -> Set {
    let own = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let mut set = Set::of(&[&["apiVersion"], &["kind"], &["metadata"]]);
    for name in own {
        set.insert(&[set::field("metadata"), set::field(name)]);
    }
    set
}

/// Records an update. `reset` are fields that a request of this kind cannot change.
pub fn update(
    mut entries: Vec<Entry>,
    (old, new): (&Value, &Value),
    shape: Shape<'_>,
    reset: &Set,
    manager: &Manager,
    now: Time,
) -> Vec<Entry> {
    let diff = compare(old, new, shape).without(reset);
    let taken = diff.taken();
    for entry in &mut entries {
        entry.fields = entry.fields.difference(&taken).difference(&diff.removed);
    }
    entries.retain(|entry| !entry.fields.is_empty());
    let mine = taken.difference(&bookkeeping());
    if !mine.is_empty() {
        match entries.iter_mut().find(|entry| entry.manager.is(manager)) {
            Some(entry) => {
                entry.fields = entry.fields.union(&mine);
                entry.time = Some(now);
            }
            None => entries.push(Entry { manager: manager.clone(), time: Some(now), fields: mine }),
        }
    }
    capped(entries)
}

/// Lays an applied object over the live one.
///
/// # Errors
/// The conflicts, unless `force`.
pub fn apply(
    mut entries: Vec<Entry>,
    (live, config): (&Value, &Value),
    shape: Shape<'_>,
    reset: &Set,
    manager: &Manager,
    force: bool,
) -> Result<Applied, Vec<Conflict>> {
    let merged = merge(live, config, shape);
    let place = entries.iter().position(|entry| entry.manager.is(manager));
    let (time, last) = match place {
        Some(place) => {
            let old = entries.remove(place);
            (old.time, old.fields)
        }
        None => (None, Set::default()),
    };
    let own = fields_of(config, shape).without(reset);
    let owned = entries.iter().fold(own.clone(), |all, entry| all.union(&entry.fields));
    let value = if last.is_empty() { merged } else { pruned(merged, &last, &owned, shape) };
    let diff = compare(live, &value, shape).without(reset);
    let taken = diff.taken();
    let mut conflicts = vec![];
    for entry in &mut entries {
        let lost = entry.fields.intersection(&taken);
        for path in lost.paths() {
            conflicts.push(Conflict { manager: entry.manager.clone(), path });
        }
        entry.fields = entry.fields.difference(&lost).difference(&diff.removed);
    }
    if !conflicts.is_empty() && !force {
        return Err(conflicts);
    }
    entries.retain(|entry| !entry.fields.is_empty());
    let fields = own.difference(&bookkeeping());
    if !fields.is_empty() {
        entries.push(Entry { manager: manager.clone(), time, fields });
    }
    Ok(Applied { value, entries })
}

/// Takes out what the manager applied last, does not apply now, and nobody else owns.
fn pruned(merged: Value, last: &Set, owned: &Set, shape: Shape<'_>) -> Value {
    let named = |set: &Set| with_named(set, shape);
    let last = named(last);
    let all = named(&fields_of(&merged, shape));
    let first = remove(&merged, &last, shape);
    let kept = named(&fields_of(&first, shape)).union(&named(owned));
    let second = remove(&merged, &all.difference(&kept), shape);
    let left = named(&fields_of(&second, shape));
    remove(&merged, &all.difference(&left).intersection(&last), shape)
}

/// The oldest updates become one entry when there are too many.
fn capped(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut updaters: Vec<usize> = (0..entries.len()).filter(|&n| !entries[n].manager.applies).collect();
    if updaters.len() <= MOST {
        return entries;
    }
    updaters.sort_by_key(|&n| (entries[n].time, identity(&entries[n].manager)));
    let gone: Vec<usize> = updaters[..updaters.len() - MOST + 1].to_vec();
    let mut bucket: Option<Entry> = None;
    for &n in &gone {
        let old = &entries[n];
        let bucket = bucket.get_or_insert_with(|| Entry {
            manager: Manager { name: ANCIENT.into(), part: "".into(), ..old.manager.clone() },
            time: old.time,
            fields: Set::default(),
        });
        bucket.fields = bucket.fields.union(&old.fields);
        bucket.time = old.time;
    }
    let mut n = 0;
    entries.retain(|_| {
        n += 1;
        !gone.contains(&(n - 1))
    });
    entries.extend(bucket);
    entries
}

/// The text by which managers are sorted: the JSON of the entry without its fields.
pub fn identity(manager: &Manager) -> String {
    let mut text = format!("{{\"manager\":{:?}", &*manager.name);
    text += &format!(",\"operation\":\"{}\"", if manager.applies { "Apply" } else { "Update" });
    if !manager.applies {
        text += &format!(",\"apiVersion\":{:?}", manager.version);
    }
    if !manager.part.is_empty() {
        text += &format!(",\"subresource\":{:?}", &*manager.part);
    }
    text + "}"
}

/// The conflicts in the server's words.
pub fn words(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            who(&one.manager),
            set::dotted(&one.path)
        );
    }
    let mut managers: Vec<&Manager> = vec![];
    for conflict in conflicts {
        if !managers.contains(&&conflict.manager) {
            managers.push(&conflict.manager);
        }
    }
    managers.sort_by_key(|manager| identity(manager));
    let mut lines = vec![];
    for manager in managers {
        lines.push(format!("conflicts with {}:", who(manager)));
        let paths = conflicts.iter().filter(|conflict| conflict.manager == *manager);
        lines.extend(paths.map(|conflict| format!("- {}", set::dotted(&conflict.path))));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

fn who(manager: &Manager) -> String {
    let mut text = format!("{:?}", &*manager.name);
    if !manager.part.is_empty() {
        text += &format!(" with subresource {:?}", &*manager.part);
    }
    if !manager.applies {
        text += &format!(" using {}", manager.version);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::shape;
    use super::*;
    use serde_json::json;

    fn applier(name: &'static str) -> Manager {
        Manager { name: name.into(), applies: true, version: "v1".into(), part: "".into() }
    }

    #[test]
    fn what_is_no_longer_applied_goes_and_what_another_applies_stays() {
        let shape = shape::of("v1", "ConfigMap");
        let empty = json!({});
        let both = json!({"data": {"a": "1", "b": "2"}});
        let none = Set::default();
        let first = apply(vec![], (&empty, &both), shape, &none, &applier("one"), false).expect("nobody else is there");
        let b = json!({"data": {"b": "2"}});
        let second = apply(first.entries, (&both, &b), shape, &none, &applier("two"), false).expect("same value");
        let nothing = json!({"data": {}});
        let third =
            apply(second.entries, (&both, &nothing), shape, &none, &applier("one"), false).expect("it gives up");
        assert_eq!(third.value, b);
    }

    #[test]
    fn another_value_is_a_conflict_until_it_is_forced() {
        let shape = shape::of("v1", "ConfigMap");
        let (old, new) = (json!({"data": {"a": "1"}}), json!({"data": {"a": "2"}}));
        let none = Set::default();
        let first = apply(vec![], (&json!({}), &old), shape, &none, &applier("one"), false).expect("nobody else");
        let refused =
            apply(first.entries.clone(), (&old, &new), shape, &none, &applier("two"), false).err().expect("a conflict");
        assert_eq!(words(&refused), "Apply failed with 1 conflict: conflict with \"one\": .data.a");
        let forced = apply(first.entries, (&old, &new), shape, &none, &applier("two"), true).expect("forced");
        let names: Vec<&str> = forced.entries.iter().map(|entry| &*entry.manager.name).collect();
        assert_eq!(names, ["two"], "who owns nothing is gone");
    }
}
