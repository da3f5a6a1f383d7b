//! Ways to go on at the last word of a kubectl line.
//!
//! Models: `kubectl/pkg/util/completion`.

use super::VERBS;
use super::Verb;
use super::dispatch;
use super::flags::{Flag, GLOBAL};
use crate::shell::command::Completion;
use crate::world::World;

/// Ways to go on at the last word; `words[0]` is `kubectl`.
pub fn complete(words: &[String], _world: &World, _env: &dyn Fn(&str) -> Option<String>) -> Vec<Completion> {
    let Some((word, before)) = words.split_last() else { return vec![] };
    let found = dispatch::verb_of(&before[1.min(before.len())..]);
    let (list, flags): (Vec<&'static dyn Verb>, &[&'static [Flag]]) = match &found {
        Some((verb, _, _)) => (verb.spec().subs.to_vec(), verb.spec().flags),
        None => (VERBS.to_vec(), &[]),
    };
    if word.starts_with('-') {
        let all = flags.iter().flat_map(|t| t.iter()).chain(GLOBAL).filter(|f| !f.hidden);
        return all.map(|f| Completion::noted(format!("--{}", f.name), f.help.lines().next().unwrap_or(""))).collect();
    }
    list.iter().map(|v| Completion::noted(v.spec().name, v.spec().short)).collect()
}
