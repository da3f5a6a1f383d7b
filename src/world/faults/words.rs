//! The language of faults: `partition node node02`, `crash pod/web-1 -c app`. What it names is looked up in the world, so
//! what comes out can be done.
//!
//! Left out: anything of the shell; this takes words.

use super::parts::{Part, loops};
use super::reach::PLANE;
use super::targets::Whom;
use super::{Fault, registry};
use crate::node::trouble::Registry;
use crate::script::host::Signal;
use crate::time::Span;
use crate::world::World;
use std::rc::Rc;

/// What words ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Do(Vec<Fault>),
    Undo(Vec<Fault>),
    /// Everything that is wrong is undone.
    Reset,
    /// One more machine joins as a worker.
    AddNode,
    /// A worker's machine is taken away for good.
    RemoveNode(Rc<str>),
}

/// The words of one order, flags taken out.
struct Words<'a> {
    world: &'a World,
    words: Vec<&'a str>,
    whom: Whom,
    signal: Option<&'a str>,
    at: usize,
}

/// Reads an order.
///
/// # Errors
/// What is wrong with it, for the learner, without `sim: `.
pub fn parse(words: &[String], world: &World) -> Result<Order, String> {
    let mut all = Words { world, words: vec![], whom: Whom::default(), signal: None, at: 0 };
    let mut left = words.iter().map(String::as_str);
    while let Some(word) = left.next() {
        let (flag, inline) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
        let mut value = || inline.or_else(|| left.next()).ok_or_else(|| format!("{flag} wants a value"));
        match flag {
            "-n" | "--namespace" => all.whom.namespace = Some(value()?.to_owned()),
            "-c" | "--container" => all.whom.container = Some(value()?.to_owned()),
            "--signal" | "-s" => all.signal = Some(value()?),
            _ if flag.starts_with('-') && flag.len() > 1 => return Err(format!("unknown flag {flag}")),
            _ => all.words.push(word),
        }
    }
    let order = all.order()?;
    match all.words.get(all.at) {
        Some(word) => Err(format!("{word:?} is one word too many")),
        None => Ok(order),
    }
}

impl<'a> Words<'a> {
    fn next(&mut self, what: &str) -> Result<&'a str, String> {
        let word = self.words.get(self.at).copied().ok_or_else(|| format!("{what} is missing"))?;
        self.at += 1;
        Ok(word)
    }

    /// Takes the next word if it is one of these.
    fn takes(&mut self, any: &[&str]) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| any.contains(word));
        self.at += usize::from(found);
        found
    }

    fn order(&mut self) -> Result<Order, String> {
        let verb = self.next("what to do")?;
        let one = |fault: Fault| Ok(Order::Do(vec![fault]));
        match verb {
            "fail" | "kill" | "break" => self.fail(),
            "recover" | "repair" | "fix" | "restore" | "heal" | "resume" => self.recover(),
            "partition" | "isolate" | "cut" | "disconnect" => {
                let node = self.node()?;
                one(Fault::Cut { node })
            }
            "slow" => self.slow(),
            "flaky" | "lossy" => self.flaky(),
            "fill" => self.fill(),
            "leak" => {
                self.takes(&["pod", "pods"]);
                let word = self.next("the name of a pod")?;
                let all = self.world.victims(word, &self.whom)?;
                let word = self.words.get(self.at).copied().unwrap_or("5Mi/s");
                self.at = self.words.len();
                let rate = rate(word)?;
                Ok(Order::Do(all.into_iter().map(|whom| Fault::Leak { whom, rate }).collect()))
            }
            "registry" => {
                let word = self.next("up, down, slow or limited")?;
                let state = registry::of(word)
                    .ok_or_else(|| format!("a registry can be up, down, slow or limited, not {word:?}"))?;
                match state {
                    Registry::Up => Ok(Order::Undo(self.now_on(|fault| matches!(fault, Fault::Registry(_))))),
                    state => one(Fault::Registry(state)),
                }
            }
            "stop" => match self.stoppable()? {
                Ok(part) => one(Fault::Stop(part)),
                Err(node) => one(Fault::Power { node }),
            },
            "start" => Ok(Order::Undo(vec![match self.stoppable()? {
                Ok(part) => Fault::Stop(part),
                Err(node) => Fault::Power { node },
            }])),
            "crash" => self.crash(),
            "hang" | "freeze" => self.each(|whom| Fault::Hang { whom }),
            "unready" => self.each(|whom| Fault::Unready { whom }),
            "ready" => {
                let Order::Do(all) = self.each(|whom| Fault::Unready { whom })? else { return Ok(Order::Reset) };
                Ok(Order::Undo(all))
            }
            "clock" => {
                let word = self.next("a span, such as +1h")?;
                if word.starts_with('-') {
                    return Err("the clock only goes forwards".into());
                }
                one(Fault::Clock { by: span(word)? })
            }
            "reset" => Ok(Order::Reset),
            "add" if self.takes(&["node"]) => Ok(Order::AddNode),
            "remove" => Ok(Order::RemoveNode(self.node()?)),
            other => Err(format!("there is no {other:?} here; sim alone says what there is")),
        }
    }

    fn node(&mut self) -> Result<Rc<str>, String> {
        self.takes(&["node", "nodes"]);
        let name = self.next("the name of a node")?;
        self.world.machine_named(name)
    }

    fn is_node(&self) -> bool {
        let word = self.words.get(self.at).copied().unwrap_or("");
        matches!(word, "node" | "nodes") || self.world.machine_named(word).is_ok()
    }

    fn fail(&mut self) -> Result<Order, String> {
        if self.is_node() {
            let node = self.node()?;
            return Ok(Order::Do(vec![Fault::Power { node }]));
        }
        if self.takes(&["registry"]) {
            return Ok(Order::Do(vec![Fault::Registry(Registry::Down)]));
        }
        if self.words.get(self.at).is_some_and(|word| word.contains('/') || *word == "pod") {
            return self.crash();
        }
        match self.stoppable()? {
            Ok(part) => Ok(Order::Do(vec![Fault::Stop(part)])),
            Err(node) => Ok(Order::Do(vec![Fault::Power { node }])),
        }
    }

    fn recover(&mut self) -> Result<Order, String> {
        let word = self.words.get(self.at).copied().ok_or("what is to recover? sim reset undoes everything")?;
        let of = |node: &Rc<str>, fault: &Fault| match fault {
            Fault::Power { node: own }
            | Fault::Cut { node: own }
            | Fault::SlowNetwork { node: own, .. }
            | Fault::Lossy { node: own, .. }
            | Fault::SlowDisk { node: own, .. }
            | Fault::FullDisk { node: own, .. }
            | Fault::FullMemory { node: own, .. }
            | Fault::Stop(Part::Kubelet(own) | Part::Proxy(own) | Part::Runtime(own)) => own == node,
            _ => false,
        };
        if matches!(word, "all" | "everything") {
            self.at += 1;
            return Ok(Order::Reset);
        }
        if self.takes(&["registry"]) {
            return Ok(Order::Undo(self.now_on(|fault| matches!(fault, Fault::Registry(_)))));
        }
        if self.takes(&["start"]) {
            let name = self.next("a name")?;
            return Ok(Order::Undo(self.now_on(|f| matches!(f, Fault::SlowStart { name: own, .. } if **own == *name))));
        }
        if self.takes(&["disk"]) {
            let node = self.node()?;
            return Ok(Order::Undo(self.now_on(|fault| {
                of(&node, fault) && matches!(fault, Fault::SlowDisk { .. } | Fault::FullDisk { .. })
            })));
        }
        if self.takes(&["memory"]) {
            let node = self.node()?;
            return Ok(Order::Undo(self.now_on(|f| of(&node, f) && matches!(f, Fault::FullMemory { .. }))));
        }
        self.takes(&["network", "net"]);
        if self.is_node() {
            let node = self.node()?;
            return Ok(Order::Undo(self.now_on(|fault| of(&node, fault))));
        }
        if word.contains('/') || word == "pod" {
            self.takes(&["pod"]);
            let word = self.next("the name of a pod")?;
            let all = self.world.named(word, &self.whom)?;
            let ill = self.now_on(|fault| match fault {
                Fault::Hang { whom }
                | Fault::Unready { whom }
                | Fault::SlowAnswers { whom, .. }
                | Fault::Leak { whom, .. }
                | Fault::Flaky { whom, .. } => {
                    all.iter().any(|one| one.pod == whom.pod && one.namespace == whom.namespace)
                }
                _ => false,
            });
            return Ok(Order::Undo(ill));
        }
        Ok(Order::Undo(vec![match self.stoppable()? {
            Ok(part) => Fault::Stop(part),
            Err(node) => Fault::Power { node },
        }]))
    }

    /// What is wrong now and fits.
    fn now_on(&self, fits: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        self.world.faults().into_iter().filter(|fault| fits(fault)).collect()
    }

    fn slow(&mut self) -> Result<Order, String> {
        if self.takes(&["registry"]) {
            return Ok(Order::Do(vec![Fault::Registry(Registry::Slow(registry::SLOW))]));
        }
        if self.takes(&["start"]) {
            let word = self.next("the name of a Deployment or pod")?;
            let name = word.rsplit('/').next().unwrap_or(word);
            let namespace = self.whom.namespace.as_deref().unwrap_or("default").into();
            let delay = span(self.words.get(self.at).copied().unwrap_or("30s"))?;
            self.at = self.words.len();
            return Ok(Order::Do(vec![Fault::SlowStart { namespace, name: name.into(), delay }]));
        }
        if self.takes(&["disk"]) {
            let node = self.node()?;
            let word = self.words.get(self.at).copied().unwrap_or("10x");
            self.at = self.words.len();
            let times = word.trim_end_matches('x').parse::<u32>().ok().filter(|n| (2..=1000).contains(n));
            let times = times.ok_or_else(|| format!("{word:?} is no number of times from 2x to 1000x"))?;
            return Ok(Order::Do(vec![Fault::SlowDisk { node, times }]));
        }
        if self.takes(&["network", "net"]) || self.is_node() {
            let node = self.node()?;
            let delay = self.span_or("200ms")?;
            return Ok(Order::Do(vec![Fault::SlowNetwork { node, delay }]));
        }
        self.takes(&["pod"]);
        let word = self.next("what is to be slow")?;
        let all = self.world.victims(word, &self.whom)?;
        let delay = self.span_or("3s")?;
        Ok(Order::Do(all.into_iter().map(|whom| Fault::SlowAnswers { whom, delay }).collect()))
    }

    fn span_or(&mut self, default: &str) -> Result<Span, String> {
        let word = self.words.get(self.at).copied();
        self.at += usize::from(word.is_some());
        span(word.unwrap_or(default))
    }

    fn flaky(&mut self) -> Result<Order, String> {
        if self.takes(&["network", "net"]) || self.is_node() {
            let node = self.node()?;
            let percent = self.percent("30%")?;
            return Ok(Order::Do(vec![Fault::Lossy { node, percent }]));
        }
        self.takes(&["pod"]);
        let word = self.next("what is to be flaky")?;
        let all = self.world.victims(word, &self.whom)?;
        let percent = self.percent("30%")?;
        Ok(Order::Do(all.into_iter().map(|whom| Fault::Flaky { whom, percent }).collect()))
    }

    fn fill(&mut self) -> Result<Order, String> {
        let memory = self.takes(&["memory", "mem"]);
        if !memory {
            self.takes(&["disk"]);
        }
        let node = self.node()?;
        let percent = self.percent("95%")?;
        Ok(Order::Do(vec![match memory {
            true => Fault::FullMemory { node, percent },
            false => Fault::FullDisk { node, percent },
        }]))
    }

    fn percent(&mut self, default: &str) -> Result<u8, String> {
        let word = self.words.get(self.at).copied().unwrap_or(default);
        self.at += usize::from(self.at < self.words.len());
        let number = word.trim_end_matches('%').parse::<u8>().ok().filter(|n| (1..=100).contains(n));
        number.ok_or_else(|| format!("{word:?} is no share from 1% to 100%"))
    }

    /// One fault for each pod that is named.
    fn each(&mut self, make: impl Fn(super::Victim) -> Fault) -> Result<Order, String> {
        self.takes(&["pod", "pods"]);
        let word = self.next("the name of a pod")?;
        let all = self.world.victims(word, &self.whom)?;
        let sick = all.into_iter().map(make).collect::<Vec<Fault>>();
        for fault in &sick {
            if let Fault::Unready { whom } = fault {
                self.asked_whether_ready(whom)?;
            }
        }
        Ok(Order::Do(sick))
    }

    /// Without a readiness probe nobody asks, so nothing would come of it.
    fn asked_whether_ready(&self, whom: &super::Victim) -> Result<(), String> {
        use k8s_openapi::api::core::v1::PodSpec;
        let pod = self.world.reader().get(crate::api::kinds::POD, &whom.namespace, &whom.pod);
        let spec = pod.and_then(|pod| pod.try_spec::<PodSpec>());
        let wanted = |name: &str| whom.container.as_ref().is_none_or(|own| **own == *name);
        let asked = spec.is_some_and(|spec| {
            spec.containers.iter().filter(|c| wanted(&c.name)).any(|c| c.readiness_probe.is_some())
        });
        if asked {
            return Ok(());
        }
        Err(format!(
            "nobody asks pod {} whether it is ready: it has no readinessProbe, so running counts as ready",
            whom.pod
        ))
    }

    fn crash(&mut self) -> Result<Order, String> {
        let sandbox = self.takes(&["sandbox"]);
        self.takes(&["pod", "pods"]);
        let word = self.next("the name of a pod")?;
        let all = self.world.victims(word, &self.whom)?;
        let first = all.into_iter().next().ok_or("there is no pod")?;
        if sandbox {
            return Ok(Order::Do(vec![Fault::Sandbox { namespace: first.namespace, pod: first.pod }]));
        }
        let signal = match self.signal {
            None => Signal::Kill,
            Some(text) => Signal::parse(text).ok_or_else(|| format!("there is no signal {text:?}"))?,
        };
        Ok(Order::Do(vec![Fault::Crash { whom: first, signal }]))
    }

    /// A part that can be stopped, or a node.
    fn stoppable(&mut self) -> Result<Result<Part, Rc<str>>, String> {
        let word = self.next("the name of a part, such as kube-scheduler")?;
        if matches!(word, "controller" | "loop") {
            let name = self.next("the name of a controller")?;
            return controller(name).map(|name| Ok(Part::Controller(name)));
        }
        if matches!(word, "node" | "nodes") {
            self.at -= 1;
            return self.node().map(Err);
        }
        if let Some(name) = program(word) {
            return Ok(Ok(Part::Plane(name)));
        }
        let part: fn(Rc<str>) -> Part = match word {
            "kubelet" => Part::Kubelet,
            "kube-proxy" | "proxy" => Part::Proxy,
            "containerd" | "runtime" | "container-runtime" | "docker" | "dockerd" => Part::Runtime,
            "coredns" | "dns" | "kube-dns" => return Ok(Ok(Part::Dns)),
            _ => {
                if self.world.machine_named(word).is_ok() {
                    return self.world.machine_named(word).map(Err);
                }
                return controller(word).map(|name| Ok(Part::Controller(name))).map_err(|_| {
                    format!(
                        "there is no part named {word:?} (there are {}, kubelet NODE, kube-proxy NODE, containerd NODE, coredns, controller NAME)",
                        PLANE.join(", ")
                    )
                });
            }
        };
        if self.at >= self.words.len() {
            return Err(format!("on which node? sim stop {word} NODE"));
        }
        Ok(Ok(part(self.node()?)))
    }
}

/// A program of the control plane by its name or what people call it.
fn program(word: &str) -> Option<&'static str> {
    let name = match word {
        "apiserver" | "api-server" | "api" | "kube-api-server" => "kube-apiserver",
        "scheduler" => "kube-scheduler",
        "controller-manager" | "kcm" | "controllers" => "kube-controller-manager",
        other => other,
    };
    PLANE.iter().copied().find(|own| *own == name)
}

/// A loop of the controller manager by its name, or by the one beginning that fits.
fn controller(word: &str) -> Result<&'static str, String> {
    let mut fitting = loops().filter(|name| *name == word || name.strip_suffix("-controller") == Some(word));
    let found = fitting.next().or_else(|| {
        let mut near = loops().filter(|name| name.starts_with(word));
        near.next().filter(|_| near.next().is_none())
    });
    found.ok_or_else(|| format!("there is no controller named {word:?}; Tab lists them"))
}

/// Reads `200ms`, `+1h30m`, `90` (seconds).
fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("{text:?} is no span of time; write 200ms, 30s, 5m, 1h or 2d");
    let body = text.strip_prefix('+').unwrap_or(text);
    if let Ok(seconds) = body.parse::<u64>() {
        return Ok(Span::seconds(seconds.min(MOST / 1000)));
    }
    let (mut total, mut rest) = (0u64, body);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" | "sec" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" | "day" | "days" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        total = total.saturating_add(number.saturating_mul(unit));
    }
    if total == 0 { Err(wrong()) } else { Ok(Span::millis(total.min(MOST))) }
}

/// Reads `10Mi/s`.
fn rate(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no rate; write 500Ki/s, 10Mi/s or 1Gi/s");
    let body = text.trim_end_matches("/s");
    let digits = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
    let number: u64 = body[..digits].parse().map_err(|_| wrong())?;
    let unit = match &body[digits..] {
        "Ki" | "k" | "K" => 1 << 10,
        "Mi" | "M" | "" => 1 << 20,
        "Gi" | "G" => 1 << 30,
        _ => return Err(wrong()),
    };
    Some(number.saturating_mul(unit)).filter(|rate| (1024..=1 << 40).contains(rate)).ok_or_else(wrong)
}

/// No span is longer than ten years.
const MOST: u64 = 315_360_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Spec;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn every_fault_is_printed_as_the_words_that_make_it() {
        let world = World::boot(Spec::default(), 1);
        let dns = world
            .reader()
            .list(crate::api::kinds::POD, Some("kube-system"))
            .find(|pod| pod.name().starts_with("coredns"));
        let dns = dns.expect("a cluster has names").name().to_owned();
        let texts = [
            "fail node node02".to_owned(),
            "partition node node01".into(),
            "slow network node02 200ms".into(),
            "flaky network node02 30%".into(),
            "registry limited".into(),
            "stop kube-scheduler".into(),
            "stop controller deployment-controller".into(),
            "stop kubelet node02".into(),
            "clock +1h30m".into(),
            format!("hang pod/{dns} -n kube-system"),
            format!("leak pod/{dns} -n kube-system 10Mi/s"),
            "fill disk node02 95%".into(),
            "slow disk node02 10x".into(),
            format!("crash pod/{dns} -c coredns -n kube-system --signal TERM"),
            "slow start web 40s -n shop".into(),
            "stop coredns".into(),
        ];
        for text in texts {
            let Ok(Order::Do(all)) = parse(&words(&text), &world) else { panic!("{text}") };
            assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let world = World::boot(Spec::default(), 1);
        let said = |text: &str| parse(&words(text), &world).expect_err(text);
        assert_eq!(
            said("fail node node9"),
            "there is no node named \"node9\" (there are control-plane, node01, node02)"
        );
        assert!(said("crash pod/nobody").contains("no pod named"));
        assert!(said("stop kubelet").contains("on which node?"));
        assert!(said("clock soon").contains("no span"));
    }
}
