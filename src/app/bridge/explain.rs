//! One object in words: its facts, its YAML, and how it came to be as it is.
//!
//! Left out: ways out of trouble; sentences about rules that were ruled out.

use pilothouse::api::Object;
use pilothouse::base::yaml;
use pilothouse::control::journal::Fact;
use pilothouse::scene::words;
use pilothouse::shell::builtins::sim::menu;
use pilothouse::store::Key;
use pilothouse::world::why::{Mark, Node, explain};

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

    /// What can go wrong with a thing on the chart, and what is wrong with it.
    pub fn faults(&self, id: &str) -> Vec<menu::Choice> {
        let korean = self.view().lang == pilothouse::scene::Lang::Ko;
        menu::of(self.world(), id, self.key_of(id).as_ref(), korean)
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
        let mut stops: Vec<Stop> = self.placement(&key).into_iter().collect();
        stops.extend(self.world().story(&key, STOPS).into_iter().map(|fact| self.stop(fact)));
        stops
    }

    fn stop(&self, fact: &Fact) -> Stop {
        let kind = |resource: &str| {
            let kind = self.world().reader().find(resource).map_or(resource, |kind| kind.names().kind);
            words::kind(self.view().lang, kind).to_string()
        };
        let told = self.world().tell(fact, self.lang == Lang::Ko, &kind);
        let mut evidence = vec![crate::app::timebar::clock(told.at.0 as f64)];
        evidence.extend(told.revision.map(|revision| format!("rev {revision}")));
        Stop { sentence: told.text, detail: String::new(), quote: told.quote, evidence }
    }

    /// How the scheduler weighed the nodes for a pod.
    fn placement(&self, key: &Key) -> Option<Stop> {
        let placement = explain(self.world(), key, self.lang == Lang::Ko)?;
        let node = |node: &Node| match node.mark {
            Mark::Refused => format!("{}: {} ({})", node.name, node.said, node.means),
            _ if placement.columns.is_empty() => format!("→ {}", node.name),
            mark => {
                let parts = placement.columns.iter().zip(&node.points).filter(|(_, points)| **points > 0);
                let parts: Vec<String> = parts.map(|((plugin, _), points)| format!("{plugin} {points}")).collect();
                let arrow = if mark == Mark::Chosen { "→ " } else { "" };
                format!("{arrow}{}: {} = {}", node.name, node.total, parts.join(" + "))
            }
        };
        let mut evidence: Vec<String> = placement.nodes.iter().map(node).collect();
        evidence.extend(Some(placement.left_out.clone()).filter(|text| !text.is_empty()));
        let detail = placement.notes.join(" ");
        Some(Stop { sentence: placement.summary, detail, quote: String::new(), evidence })
    }
}
