//! From the act to the symptom: the facts that led to the present state of an object.
//!
//! Left out: field by field, open conditions, rules that were ruled out.

use crate::control::journal::{Fact, What};
use crate::net::Place;
use crate::store::Key;
use crate::time::Time;
use crate::world::World;

/// How many facts about the object itself are looked at, and how far back their causes are followed.
const OWN: usize = 64;
const BACK: usize = 32;

/// One fact in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    pub text: String,
    /// What was typed or what a machine said, to the letter.
    pub quote: String,
    /// When, since the learner came.
    pub at: Time,
    /// etcd's revision, where it was a write.
    pub revision: Option<u64>,
}

impl World {
    /// What led to the present state of an object, the oldest first: the way from the act to its first fact, then its own
    /// facts to the newest. When there are more than `most`, the middle of each part is left out.
    pub fn story(&self, key: &Key, most: usize) -> Vec<&Fact> {
        let about = |fact: &&Fact| match &fact.what {
            What::Write { key: other, .. } | What::Refused { key: other, .. } | What::Local { key: other, .. } => {
                other == key
            }
            What::Command(_) | What::Fault(_) => false,
        };
        let mut mine: Vec<&Fact> = self.journal.recent().filter(about).take(OWN).collect();
        let Some(first) = mine.last() else { return vec![] };
        let mut causes = vec![];
        let mut at = first.cause;
        while let Some(fact) = self.journal.get(at) {
            causes.push(fact);
            if causes.len() >= BACK || fact.cause == at {
                break;
            }
            at = fact.cause;
        }
        causes.reverse();
        mine.reverse();
        let mut story = ends(causes, most / 2);
        let room = most - story.len();
        story.extend(ends(mine, room));
        story
    }

    /// A fact in words; `kind` names a resource.
    pub fn tell(&self, fact: &Fact, ko: bool, kind: &dyn Fn(&str) -> String) -> Sentence {
        let who = place(&fact.who, ko);
        let at = Time(fact.at.since(self.opened).0);
        let mut told = Sentence { at, ..Sentence::default() };
        told.text = match &fact.what {
            What::Command(line) => {
                told.quote = line.to_string();
                if ko { "명령을 입력했어요.".into() } else { "You entered a command.".into() }
            }
            What::Fault(text) => {
                told.quote = text.to_string();
                if ko { "기계에 일이 생겼어요.".into() } else { "Something was done to a machine.".into() }
            }
            What::Write { verb, key, revision, letter } => {
                told.revision = Some(revision.0);
                let binds = *verb == "POST" && *letter == 'M' && key.resource == "pods";
                let (kind, name) = (kind(key.resource), &key.name);
                match (letter, ko) {
                    (_, false) if binds => format!("{who} bound {kind} `{name}` to a node."),
                    (_, true) if binds => format!("{who}: {kind} `{name}`의 노드 결정."),
                    ('A', false) => format!("{who} created {kind} `{name}`."),
                    ('A', true) => format!("{who}: {kind} `{name}` 생성."),
                    ('D', false) => format!("{who} deleted {kind} `{name}`."),
                    ('D', true) => format!("{who}: {kind} `{name}` 삭제."),
                    (_, false) => format!("{who} changed {kind} `{name}`."),
                    (_, true) => format!("{who}: {kind} `{name}` 변경."),
                }
            }
            What::Refused { key, code, .. } => {
                let (kind, name) = (kind(key.resource), &key.name);
                if ko {
                    format!("API 서버가 {kind} `{name}` 요청을 거절했어요: {code}.")
                } else {
                    format!("The API server refused {kind} `{name}`: {code}.")
                }
            }
            What::Local { event, key } => {
                told.quote = event.to_string();
                let (kind, name) = (kind(key.resource), &key.name);
                if ko { format!("{who}: {kind} `{name}`.") } else { format!("{who}, {kind} `{name}`:") }
            }
        };
        told
    }
}

/// The first of a list and its end, so many together.
fn ends<T: Copy>(all: Vec<T>, room: usize) -> Vec<T> {
    if all.len() <= room || room == 0 {
        return all.into_iter().take(room).collect();
    }
    let tail = all.len() - (room - 1);
    std::iter::once(all[0]).chain(all[tail..].iter().copied()).collect()
}

/// Who acts, in words.
pub fn place(place: &Place, ko: bool) -> String {
    let of = |node: &str, what: &str, en: String| if ko { format!("{node}의 {what}") } else { en };
    match place {
        Place::Outside => if ko { "여러분" } else { "You" }.to_string(),
        Place::ApiServer => "kube-apiserver".to_string(),
        Place::Etcd => "etcd".to_string(),
        Place::Scheduler => if ko { "스케줄러" } else { "The scheduler" }.to_string(),
        Place::Controller(name) => {
            if ko {
                (*name).to_string()
            } else {
                format!("The {name}")
            }
        }
        Place::Node(node) => node.to_string(),
        Place::Kubelet(node) => of(node, "kubelet", format!("The kubelet of {node}")),
        Place::Proxy(node) => of(node, "kube-proxy", format!("kube-proxy of {node}")),
        Place::Runtime(node) => of(node, "containerd", format!("containerd of {node}")),
        Place::Pod { name, .. } | Place::Service { name, .. } => name.to_string(),
        Place::Dns => "CoreDNS".to_string(),
        Place::Registry => if ko { "레지스트리" } else { "The registry" }.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_long_list_keeps_its_beginning_and_its_end() {
        assert_eq!(super::ends(vec![1, 2, 3, 4, 5], 3), [1, 4, 5]);
        assert_eq!(super::ends(vec![1, 2], 3), [1, 2]);
        assert_eq!(super::ends(vec![1, 2], 0), [0; 0]);
    }
}
