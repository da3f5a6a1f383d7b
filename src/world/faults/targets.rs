//! What a fault is done to, found in the cluster: nodes by name; pods by name, or all those of a workload or Service.
//!
//! Left out: label selectors on the command line.

use super::Victim;
use crate::api::{KindRef, Object, kinds};
use crate::control::pods;
use crate::world::World;
use serde_json::Value;
use std::rc::Rc;

/// What was named: a namespace (empty when none was said) and a container.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    pub namespace: Option<String>,
    pub container: Option<String>,
}

impl World {
    /// The machine of a name.
    ///
    /// # Errors
    /// There is none: which there are.
    pub fn machine_named(&self, name: &str) -> Result<Rc<str>, String> {
        let name = name.strip_prefix("node/").or(name.strip_prefix("nodes/")).unwrap_or(name);
        let names: Vec<&str> = self.machines.nodes.keys().map(|name| &**name).collect();
        if let Some((found, _)) = self.machines.nodes.get_key_value(name) {
            return Ok(found.clone());
        }
        let shown = names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
        let more = if names.len() > 8 { ", ..." } else { "" };
        Err(format!("there is no node named {name:?} (there are {shown}{more})"))
    }

    /// The pods that a word names, with a running container: `web-1`, `pod/web-1`, `deployment/web`, `svc/web`.
    ///
    /// # Errors
    /// There are none.
    pub fn victims(&self, word: &str, whom: &Whom) -> Result<Vec<Victim>, String> {
        let all = self.named(word, whom)?;
        let mut running = vec![];
        let mut why = String::new();
        for victim in all {
            match self.runs(&victim) {
                Ok(()) => running.push(victim),
                Err(text) => why = text,
            }
        }
        if running.is_empty() { Err(why) } else { Ok(running) }
    }

    /// The pods that a word names, whatever state they are in.
    ///
    /// # Errors
    /// There are none.
    pub fn named(&self, word: &str, whom: &Whom) -> Result<Vec<Victim>, String> {
        let (kind, name) = word.split_once('/').unwrap_or(("pod", word));
        let kind: KindRef = kinds::find(kind).ok_or_else(|| format!("there is no kind of things named {kind:?}"))?;
        let resource = kind.names().resource;
        if resource == "nodes" {
            return Err(format!("{word} is a node; for nodes there are: fail, partition, slow network, flaky network"));
        }
        let space = whom.namespace.clone().or_else(|| self.only_namespace(kind, name)).unwrap_or("default".into());
        let Some(object) = self.reader().get(kind, &space, name) else {
            return Err(format!("there is no {} named {name:?} in namespace {space:?}", kind.names().singular));
        };
        let found: Vec<&Object> = match resource {
            "pods" => vec![object],
            _ => {
                let value = object.to_value();
                let selector = &value["spec"]["selector"];
                let labels = selector.get("matchLabels").unwrap_or(selector).as_object().cloned().unwrap_or_default();
                if labels.is_empty() {
                    return Err(format!("{word} chooses no pods"));
                }
                let fits = |pod: &&Object| {
                    labels.iter().all(|(key, value)| pod.labels().get(key).map(String::as_str) == Value::as_str(value))
                };
                let all = self.reader().list(kinds::POD, Some(&space)).filter(fits);
                all.filter(|pod| !pod.deleting() && !pods::is_terminal(pod)).collect()
            }
        };
        if found.is_empty() {
            return Err(format!("{word} has no running pods"));
        }
        found.into_iter().map(|pod| self.victim(pod, whom)).collect()
    }

    fn victim(&self, pod: &Object, whom: &Whom) -> Result<Victim, String> {
        let (namespace, name) = (pod.namespace(), pod.name());
        let names = self.containers_of(namespace, name);
        let container = match &whom.container {
            None => None,
            Some(wanted) => Some(names.iter().find(|name| ***name == **wanted).cloned().ok_or_else(|| {
                format!("pod {name} has no container named {wanted:?} (it has {})", names.join(", "))
            })?),
        };
        Ok(Victim { namespace: namespace.into(), pod: name.into(), container })
    }

    fn runs(&self, Victim { namespace, pod, container }: &Victim) -> Result<(), String> {
        let run = self.machines.pod(namespace, pod);
        let runs = |name: &Rc<str>| run.is_some_and(|run| run.running().any(|(own, _)| own == name));
        let names = self.containers_of(namespace, pod);
        match container {
            Some(name) if !runs(name) => Err(format!("container {name} of pod {pod} is not running")),
            None if !names.iter().any(runs) => Err(format!("pod {pod} has no running container")),
            _ => Ok(()),
        }
    }

    /// The namespace that has something of a name, if it is not in `default` and only one has.
    fn only_namespace(&self, kind: KindRef, name: &str) -> Option<String> {
        if self.reader().get(kind, "default", name).is_some() {
            return None;
        }
        let mut all = self.reader().list(kind, None).filter(|object| object.name() == name);
        let first = all.next()?.namespace().to_owned();
        all.next().is_none().then_some(first)
    }
}
