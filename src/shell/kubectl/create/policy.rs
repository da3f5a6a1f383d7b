//! `kubectl create quota|priorityclass|poddisruptionbudget|ingress`.
//!
//! Models: `kubectl/pkg/cmd/create/create_{quota,priorityclass,pdb,ingress}.go`.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::{Made, deliver, name, object, pairs, required};
use crate::base::quantity::canonical;
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Map, Value, json};

pub struct Quota;
pub struct PriorityClass;
pub struct PodDisruptionBudget;
pub struct Ingress;

static QUOTA_FLAGS: &[Flag] = &[
    Flag::text("hard", "", "A comma-delimited set of resource=quantity pairs that define a hard limit."),
    Flag::text(
        "scopes",
        "",
        "A comma-delimited set of quota scopes that must all match each object tracked by the quota.",
    ),
];

static QUOTA: Spec = Spec {
    name: "quota",
    aliases: &["resourcequota"],
    short: "Create a quota with the specified name",
    long: "Create a resource quota with the specified name, hard limits, and optional scopes.",
    examples: "# Create a new resource quota named my-quota\nkubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3",
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, QUOTA_FLAGS],
    ..Spec::EMPTY
};

fn split(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(String::from).collect()
}

impl Verb for Quota {
    fn spec(&self) -> &'static Spec {
        &QUOTA
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create quota")?;
        let mut hard = pairs(&split(args.text("hard")), "resource quota")?;
        for quantity in hard.values_mut() {
            *quantity = canonical(quantity.as_str().unwrap_or_default()).into();
        }
        let mut spec = Map::new();
        if !hard.is_empty() {
            spec.insert("hard".into(), Value::Object(hard));
        }
        if !args.text("scopes").is_empty() {
            spec.insert("scopes".into(), json!(split(args.text("scopes"))));
        }
        let mut value = object("v1", "ResourceQuota", &name);
        value.insert("spec".into(), Value::Object(spec));
        value.insert("status".into(), json!({}));
        deliver(Made { value: Value::Object(value), fail: "failed to create quota: " }, args, cx)
    }
}

static PRIORITY_FLAGS: &[Flag] = &[
    Flag::text(
        "description",
        "",
        "description is an arbitrary string that usually provides guidelines on when this priority class should be used.",
    ),
    Flag::bool(
        "global-default",
        "global-default specifies whether this PriorityClass should be considered as the default priority.",
    ),
    Flag::text(
        "preemption-policy",
        "PreemptLowerPriority",
        "preemption-policy is the policy for preempting pods with lower priority.",
    ),
    Flag::int("value", "0", "the value of this priority class."),
];

static PRIORITY: Spec = Spec {
    name: "priorityclass",
    aliases: &["pc"],
    short: "Create a priority class with the specified name",
    long: "Create a priority class with the specified name, value, globalDefault and description.",
    examples: "# Create a priority class named high-priority\nkubectl create priorityclass high-priority --value=1000 --description=\"high priority\"",
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, PRIORITY_FLAGS],
    ..Spec::EMPTY
};

impl Verb for PriorityClass {
    fn spec(&self) -> &'static Spec {
        &PRIORITY
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create priorityclass")?;
        let mut value = object("scheduling.k8s.io/v1", "PriorityClass", &name);
        if !args.text("description").is_empty() {
            value.insert("description".into(), args.text("description").into());
        }
        if args.bool("global-default") {
            value.insert("globalDefault".into(), true.into());
        }
        value.insert("preemptionPolicy".into(), args.text("preemption-policy").into());
        value.insert("value".into(), args.int("value").into());
        deliver(Made { value: Value::Object(value), fail: "failed to create priorityclass: " }, args, cx)
    }
}

static BUDGET_FLAGS: &[Flag] = &[
    Flag::text("max-unavailable", "", "The maximum number or percentage of unavailable pods this budget requires."),
    Flag::text("min-available", "", "The minimum number or percentage of available pods this budget requires."),
    Flag::text(
        "selector",
        "",
        "A label selector to use for this budget. Only equality-based selector requirements are supported.",
    ),
];

static BUDGET: Spec = Spec {
    name: "poddisruptionbudget",
    aliases: &["pdb"],
    short: "Create a pod disruption budget with the specified name",
    long: "Create a pod disruption budget with the specified name, selector, and desired minimum available pods.",
    examples: "# Create a pod disruption budget named my-pdb that will select all pods with the app=rails label\n# and require at least one of them being available at any point in time\nkubectl create poddisruptionbudget my-pdb --selector=app=rails --min-available=1",
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, BUDGET_FLAGS],
    ..Spec::EMPTY
};

fn number_or_text(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
}

impl Verb for PodDisruptionBudget {
    fn spec(&self) -> &'static Spec {
        &BUDGET
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create poddisruptionbudget")?;
        if args.text("selector").is_empty() {
            return Err(Failure::error("a selector must be specified"));
        }
        let (min, max) = (args.text("min-available"), args.text("max-unavailable"));
        let bound = match (min, max) {
            ("", "") => return Err(Failure::error("one of min-available or max-unavailable must be specified")),
            (min, "") => ("minAvailable", number_or_text(min)),
            ("", max) => ("maxUnavailable", number_or_text(max)),
            _ => return Err(Failure::error("min-available and max-unavailable cannot be both specified")),
        };
        let labels = pairs(&split(args.text("selector")), "selector")?;
        let mut value = object("policy/v1", "PodDisruptionBudget", &name);
        value.insert("spec".into(), json!({ bound.0: bound.1, "selector": { "matchLabels": labels } }));
        value.insert(
            "status".into(),
            json!({ "currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0 }),
        );
        deliver(Made { value: Value::Object(value), fail: "failed to create poddisruptionbudgets: " }, args, cx)
    }
}

static INGRESS_FLAGS: &[Flag] = &[
    Flag::array("annotation", "Annotation to insert in the ingress object, in the format annotation=value"),
    Flag::text("class", "", "Ingress Class to be used"),
    Flag::text("default-backend", "", "Default service for backend, in format of svcname:port"),
    Flag::array(
        "rule",
        "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix. tls argument is optional.",
    ),
];

static INGRESS: Spec = Spec {
    name: "ingress",
    aliases: &["ing"],
    short: "Create an ingress with the specified name",
    long: "Create an ingress with the specified name.",
    examples: "# Create a single ingress called 'simple' that directs requests to foo.com/bar to svc\n# svc1:8080 with a TLS secret \"my-cert\"\nkubectl create ingress simple --rule=\"foo.com/bar=svc1:8080,tls=my-cert\"",
    usage: "NAME --rule=host/path=service:port[,tls[=secret]]",
    flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, INGRESS_FLAGS],
    ..Spec::EMPTY
};

fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':').filter(|(service, port)| !service.is_empty() && !port.is_empty())?;
    let port = port.parse::<i64>().map_or_else(|_| json!({ "name": port }), |number| json!({ "number": number }));
    Some(json!({ "service": { "name": service, "port": port } }))
}

/// One `--rule`: host, path, service, and what to encrypt with.
fn rule(text: &str) -> Option<(String, Value, Option<String>)> {
    let (place, rest) = text.split_once('=')?;
    let (host, path) = place.split_once('/')?;
    let (target, tls) = rest.split_once(",tls").map_or((rest, None), |(target, tls)| (target, Some(tls)));
    let secret = match tls {
        None => None,
        Some("") => Some(String::new()),
        Some(tls) => Some(tls.strip_prefix('=')?.to_string()),
    };
    let path = format!("/{path}");
    let (path, kind) = match path.strip_suffix('*') {
        Some(start) => (start.to_string(), "Prefix"),
        None => (path, "Exact"),
    };
    let path = json!({ "backend": backend(target)?, "path": path, "pathType": kind });
    Some((host.into(), path, secret))
}

impl Verb for Ingress {
    fn spec(&self) -> &'static Spec {
        &INGRESS
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let name = name(args, "kubectl create ingress")?;
        required(args, &[])?;
        let rules = args.all("rule");
        let fallback = args.text("default-backend");
        if rules.is_empty() && fallback.is_empty() {
            return Err(Failure::error(
                "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
            ));
        }
        let mut spec = Map::new();
        let mut hosts: Vec<(String, Vec<Value>)> = vec![];
        let mut secrets: Vec<(String, Vec<String>)> = vec![];
        for text in &rules {
            let Some((host, path, secret)) = rule(text) else {
                return Err(Failure::error(format!(
                    "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
                )));
            };
            if let Some(secret) = secret {
                match secrets.iter_mut().find(|(name, _)| *name == secret) {
                    Some((_, list)) if list.contains(&host) => {}
                    Some((_, list)) => list.push(host.clone()),
                    None => secrets.push((secret, vec![host.clone()])),
                }
            }
            match hosts.iter_mut().find(|(name, _)| *name == host) {
                Some((_, paths)) => paths.push(path),
                None => hosts.push((host, vec![path])),
            }
        }
        if !fallback.is_empty() {
            let Some(backend) = backend(fallback) else {
                return Err(Failure::error("default-backend should be in format servicename:serviceport"));
            };
            spec.insert("defaultBackend".into(), backend);
        }
        if !args.text("class").is_empty() {
            spec.insert("ingressClassName".into(), args.text("class").into());
        }
        if !hosts.is_empty() {
            let rule = |(host, paths): (String, Vec<Value>)| {
                let mut rule = json!({ "http": { "paths": paths } });
                if !host.is_empty() {
                    rule["host"] = host.into();
                }
                rule
            };
            spec.insert("rules".into(), hosts.into_iter().map(rule).collect());
        }
        if !secrets.is_empty() {
            let tls = |(secret, hosts): (String, Vec<String>)| {
                let mut tls = json!({ "hosts": hosts });
                if !secret.is_empty() {
                    tls["secretName"] = secret.into();
                }
                tls
            };
            spec.insert("tls".into(), secrets.into_iter().map(tls).collect());
        }
        let mut value = object("networking.k8s.io/v1", "Ingress", &name);
        let notes = pairs(&args.all("annotation"), "annotation")?;
        if !notes.is_empty() {
            value["metadata"]["annotations"] = Value::Object(notes);
        }
        value.insert("spec".into(), Value::Object(spec));
        value.insert("status".into(), json!({ "loadBalancer": {} }));
        deliver(Made { value: Value::Object(value), fail: "failed to create ingress: " }, args, cx)
    }
}
