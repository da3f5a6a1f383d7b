//! What the polite live region says: how pods change, and that a step is done. At most one sentence in 1.5 seconds; more
//! than three of a kind become a count.
//!
//! Left out: changes of other kinds; a setting for how much is said.

use std::collections::BTreeMap;

use pilothouse::api::show::pod;
use pilothouse::session::Session;
use pilothouse::store::Revision;

use crate::app::text::{Lang, Word, fill, say};

/// Wall milliseconds between two sentences, at ordinary speed and from ten times on.
const EVERY_MS: f64 = 1_500.0;
const FAST_MS: f64 = 5_000.0;
/// More of a kind become a count.
const NAMED: usize = 3;

/// See the module.
#[derive(Default)]
pub struct News {
    since: f64,
    seen: Revision,
    /// The last word said of each pod, and the words not said yet.
    known: BTreeMap<String, String>,
    fresh: BTreeMap<String, String>,
    done: usize,
}

impl News {
    /// Forgets, and takes the session as it is for known.
    pub fn begin(&mut self, session: &Session) {
        *self = News::default();
        self.seen = session.world.api.revision();
        self.done = session.player.as_ref().map_or(0, |player| player.done);
    }

    /// What is to be said after this frame.
    pub fn listen(&mut self, session: &Session, lang: Lang, elapsed_ms: f64) -> Option<String> {
        self.since += elapsed_ms;
        let now = session.world.api.revision();
        if now != self.seen {
            for change in session.world.api.since(self.seen) {
                if change.key.resource != "pods" || change.key.namespace.as_ref() == "kube-system" {
                    continue;
                }
                let name = change.key.name.to_string();
                let word = match &change.new {
                    Some(object) => pod::row(object).status,
                    None => say(lang, Word::SaidGone).to_string(),
                };
                if self.known.get(&name) != Some(&word) {
                    self.known.insert(name.clone(), word.clone());
                    self.fresh.insert(name, word);
                }
            }
            self.seen = now;
        }
        if let Some(player) = session.player.as_ref().filter(|player| player.done > self.done) {
            self.done = player.done;
            self.since = 0.0;
            self.fresh.clear();
            let (step, steps) = (player.done.to_string(), player.lesson.steps.len().to_string());
            return Some(fill(lang, Word::SaidGoal, &[&step, &steps]));
        }
        let every = if session.pace.speed >= 10.0 { FAST_MS } else { EVERY_MS };
        if self.fresh.is_empty() || self.since < every {
            return None;
        }
        self.since = 0.0;
        if self.known.len() > 2_000 {
            self.known.clear();
        }
        Some(tell(std::mem::take(&mut self.fresh), lang))
    }
}

fn tell(fresh: BTreeMap<String, String>, lang: Lang) -> String {
    let mut by_word: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, word) in fresh {
        by_word.entry(word).or_default().push(name);
    }
    let mut out = vec![];
    for (word, names) in by_word {
        if names.len() > NAMED {
            out.push(fill(lang, Word::SaidMany, &[&names.len().to_string(), &word]));
        } else {
            out.extend(names.iter().map(|name| fill(lang, Word::SaidPod, &[name, &word])));
        }
    }
    out.join(" ")
}
