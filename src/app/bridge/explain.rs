//! One object in words: its facts, its YAML, and how it came to be as it is.
//!
//! Left out: ways out of trouble; sentences about rules that were ruled out.

use pilothouse::api::Object;
use pilothouse::base::yaml;
use pilothouse::control::journal::{Fact, What};
use pilothouse::net::Place;
use pilothouse::scene::words;
use pilothouse::store::Key;

use super::{Bridge, ObjectView, Stop};
use crate::app::text::{Lang, Word};

/// Stops of an explanation at most.
const STOPS: usize = 6;
/// Characters of YAML shown.
const LONGEST: usize = 40_000;

impl Bridge {
    /// The key of an object from its name on the chart.
    fn key_of(&self, id: &str) -> Option<Key> {
        if let Some(key) =
            self.stage.scene().and_then(|scene| scene.item(&Bridge::id(id)).and_then(|item| item.key.clone()))
        {
            return Some(key);
        }
        let parts: Vec<&str> = id.splitn(3, '/').collect();
        let (resource, namespace, name) = match parts.as_slice() {
            [resource, name] => (resource, "", name),
            [resource, namespace, name] => (resource, *namespace, name),
            _ => return None,
        };
        self.world().reader().find(resource).map(|kind| Key::new(kind.names().resource, namespace, name))
    }

    fn found(&self, id: &str) -> Option<&Object> {
        self.world().reader().by_key(&self.key_of(id)?)
    }

    /// What the object panel shows.
    pub fn object(&self, id: &str) -> Option<ObjectView> {
        let object = self.found(id)?;
        let names = object.kind.names();
        let world = self.world();
        let mut facts = vec![];
        if !object.namespace().is_empty() {
            facts.push(("namespace".to_string(), object.namespace().to_string()));
        }
        for (n, column) in object.kind.columns().iter().enumerate().filter(|(_, column)| column.title != "NAME") {
            let cell = object.kind.cell(n, object, world.now);
            if !cell.is_empty() && cell != "<none>" {
                facts.push((column.title.to_lowercase(), cell));
            }
        }
        facts.push(("revision".to_string(), object.revision().to_string()));
        let space = match object.namespace() {
            "" | "default" => String::new(),
            other => format!(" -n {other}"),
        };
        let mut commands =
            vec![(Word::Describe, format!("kubectl describe {} {}{space}", names.singular, object.name()))];
        if names.kind == "Pod" {
            commands.push((Word::Logs, format!("kubectl logs {}{space}", object.name())));
        }
        let mut text = yaml::to_yaml(&object.to_value());
        if text.len() > LONGEST {
            let cut = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(cut);
        }
        let powered =
            (names.kind == "Node").then(|| world.machines.nodes.get(object.name()).is_some_and(|machine| machine.on));
        Some(ObjectView {
            name: object.name().to_string(),
            kind: words::kind(self.view().lang, names.kind).to_string(),
            facts,
            commands,
            powered,
            yaml: text,
        })
    }

    /// From the act to the state it is in: the chain of facts that ends at its last change.
    pub fn why(&self, id: &str) -> Vec<Stop> {
        let Some(key) = self.key_of(id) else { return vec![] };
        let journal = &self.world().journal;
        let about = |fact: &&Fact| match &fact.what {
            What::Write { key: other, .. } | What::Refused { key: other, .. } | What::Local { key: other, .. } => {
                *other == key
            }
            What::Command(_) | What::Fault(_) => false,
        };
        // its first fact leads back to the act, its newest facts say how it stands
        let mine: Vec<&Fact> = journal.recent().filter(about).take(64).collect();
        let Some(first) = mine.last() else { return vec![] };
        let mut chain = vec![];
        let mut at = first.cause;
        while let Some(fact) = journal.get(at) {
            chain.push(fact);
            if chain.len() >= 32 || fact.cause == at {
                break;
            }
            at = fact.cause;
        }
        chain.reverse();
        let mut stops: Vec<&Fact> = vec![];
        let keep = STOPS / 2;
        if chain.len() > keep {
            stops.push(chain[0]);
            stops.extend(&chain[chain.len() - (keep - 1)..]);
        } else {
            stops.extend(&chain);
        }
        let tail: Vec<&Fact> = mine.iter().rev().copied().collect();
        let room = STOPS - stops.len();
        if tail.len() > room {
            stops.push(tail[0]);
            stops.extend(&tail[tail.len() - (room - 1)..]);
        } else {
            stops.extend(&tail);
        }
        stops.into_iter().map(|fact| self.stop(fact)).collect()
    }

    fn stop(&self, fact: &Fact) -> Stop {
        let ko = self.lang == Lang::Ko;
        let who = place(&fact.who, ko);
        let named = |key: &Key| {
            let kind = self.world().reader().find(key.resource).map_or(key.resource, |kind| kind.names().kind);
            (words::kind(self.view().lang, kind).to_string(), key.name.to_string())
        };
        let mut stop = Stop::default();
        let mut revision_of = None;
        stop.sentence = match &fact.what {
            What::Command(line) => {
                stop.quote = line.to_string();
                if ko { "명령을 입력했어요.".into() } else { "You entered a command.".into() }
            }
            What::Fault(text) => {
                stop.quote = text.to_string();
                if ko { "기계에 일이 생겼어요.".into() } else { "Something was done to a machine.".into() }
            }
            What::Write { key, revision, letter, .. } => {
                revision_of = Some(revision.0);
                let (kind, name) = named(key);
                match (letter, ko) {
                    ('A', false) => format!("{who} created {kind} `{name}`."),
                    ('A', true) => format!("{who}: {kind} `{name}` 생성."),
                    ('D', false) => format!("{who} deleted {kind} `{name}`."),
                    ('D', true) => format!("{who}: {kind} `{name}` 삭제."),
                    (_, false) => format!("{who} changed {kind} `{name}`."),
                    (_, true) => format!("{who}: {kind} `{name}` 변경."),
                }
            }
            What::Refused { key, code, .. } => {
                let (kind, name) = named(key);
                if ko {
                    format!("API 서버가 {kind} `{name}` 요청을 거절했어요: {code}.")
                } else {
                    format!("The API server refused {kind} `{name}`: {code}.")
                }
            }
            What::Local { event, key } => {
                stop.quote = event.to_string();
                let (kind, name) = named(key);
                if ko { format!("{who}: {kind} `{name}`.") } else { format!("{who}, {kind} `{name}`:") }
            }
        };
        stop.evidence.push(crate::app::timebar::clock(fact.at.since(self.world().opened).0 as f64));
        if let Some(revision) = revision_of {
            stop.evidence.push(format!("rev {revision}"));
        }
        stop
    }
}

/// Who acts, in words.
fn place(place: &Place, ko: bool) -> String {
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
        Place::Kubelet(node) => {
            if ko {
                format!("{node}의 kubelet")
            } else {
                format!("The kubelet of {node}")
            }
        }
        Place::Proxy(node) => {
            if ko {
                format!("{node}의 kube-proxy")
            } else {
                format!("kube-proxy of {node}")
            }
        }
        Place::Runtime(node) => {
            if ko {
                format!("{node}의 containerd")
            } else {
                format!("containerd of {node}")
            }
        }
        Place::Pod { name, .. } | Place::Service { name, .. } => name.to_string(),
        Place::Dns => "CoreDNS".to_string(),
        Place::Registry => if ko { "레지스트리" } else { "The registry" }.to_string(),
    }
}
