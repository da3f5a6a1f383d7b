//! The way into kubectl: finds the verb, reads its flags and the kubeconfig, runs it; and completes a line.
//!
//! Models: `kubectl/pkg/cmd/cmd.go`, cobra's `Command.Find`.

use super::flags::{Flag, GLOBAL};
use super::kubeconfig::Kubeconfig;
use super::{Args, Cx, Failure, Outcome, VERBS, Verb};
use crate::shell::command::Completion;
use crate::world::World;

/// Runs `kubectl` with these arguments (without the name itself).
///
/// # Errors
/// What kubectl prints on standard error, and its exit code.
pub fn start(argv: &[String], cx: &mut Cx<'_>) -> Outcome {
    let Some((verb, path, rest)) = find(argv) else {
        let name = argv.iter().find(|a| !a.starts_with('-')).cloned().unwrap_or_default();
        return Err(Failure::plain(format!("error: unknown command \"{name}\" for \"kubectl\"")));
    };
    let spec = verb.spec();
    let args = Args::parse(&rest, spec.flags, &path)?;
    cx.config = Kubeconfig::load(&args, cx.desk)?;
    verb.run(&args, cx)
}

/// The verb that the words lead to, its path, and what is left of the words.
fn find(argv: &[String]) -> Option<(&'static dyn Verb, String, Vec<String>)> {
    let mut rest = argv.to_vec();
    let mut path = String::from("kubectl");
    let mut list: Vec<&'static dyn Verb> = VERBS.to_vec();
    let mut found: Option<&'static dyn Verb> = None;
    while let Some(at) = next_word(&rest) {
        let word = rest[at].as_str();
        let fits = |v: &&&dyn Verb| v.spec().name == word || v.spec().aliases.contains(&word);
        let Some(verb) = list.iter().find(fits).copied() else { break };
        rest.remove(at);
        path = format!("{path} {}", verb.spec().name);
        list = verb.spec().subs.to_vec();
        found = Some(verb);
        if list.is_empty() {
            break;
        }
    }
    found.map(|verb| (verb, path, rest))
}

/// The first word that is neither a flag nor the value of a global flag.
fn next_word(argv: &[String]) -> Option<usize> {
    let mut at = 0;
    while at < argv.len() {
        let word = argv[at].as_str();
        if word == "--" {
            return None;
        }
        if !word.starts_with('-') {
            return Some(at);
        }
        let takes = |f: &&Flag| {
            let named = word.strip_prefix("--") == Some(f.name) || (word.len() == 2 && f.short == word.chars().nth(1));
            named && !matches!(f.takes, super::flags::Takes::Bool | super::flags::Takes::Optional(_))
        };
        at += if GLOBAL.iter().any(|f| takes(&f)) { 2 } else { 1 };
    }
    None
}

/// Ways to go on at the last word; `words[0]` is `kubectl`.
pub fn complete(words: &[String], _world: &World, _env: &dyn Fn(&str) -> Option<String>) -> Vec<Completion> {
    let Some((word, before)) = words.split_last() else { return vec![] };
    let found = find(&before[1.min(before.len())..]);
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
