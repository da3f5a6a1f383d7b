//! `kubectl expose`: a Service for a pod, a deployment, a replica set or another service.
//!
//! Models: `kubectl/pkg/cmd/expose/expose.go`, `kubectl/pkg/polymorphichelpers`.
//! Left out: `--external-ip`'s checks, `--override-type`.

use super::trouble::{Trouble, gather};
use super::write::{self, DryRun, LAST_APPLIED, Printer, SAVE_CONFIG};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb, flags, targets};
use crate::api::decode::Check;
use crate::api::{Object, kinds};
use k8s_openapi::api::core::v1::{PodSpec, ServiceSpec};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub struct Expose;

static FLAGS: &[Flag] = &[
    Flag::text(
        "cluster-ip",
        "",
        "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    ),
    Flag::text(
        "external-ip",
        "",
        "Additional external IP address (not managed by Kubernetes) to accept for the service. If this IP is routed to a node, the service can be accessed by this IP in addition to its generated service IP.",
    ),
    Flag::text("labels", "", "Labels to apply to the service created by this call.").short('l'),
    Flag::text(
        "load-balancer-ip",
        "",
        "IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).",
    ),
    Flag::text("name", "", "The name for the newly created object."),
    Flag::text(
        "overrides",
        "",
        "An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.",
    ),
    Flag::text(
        "port",
        "",
        "The port that the service should serve on. Copied from the resource being exposed, if unspecified",
    ),
    Flag::text("protocol", "", "The network protocol for the service to be created. Default is 'TCP'."),
    Flag::text(
        "selector",
        "",
        "A label selector to use for this service. Only equality-based selector requirements are supported. If empty (the default) infer the selector from the replication controller or replica set.)",
    ),
    Flag::text(
        "session-affinity",
        "",
        "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
    Flag::text(
        "target-port",
        "",
        "Name or number for the port on the container that the service should direct traffic to. Optional.",
    ),
    Flag::text(
        "type",
        "",
        "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    ),
];

static MANAGER: &[Flag] = &[write::manager("kubectl-expose")];

static SPEC: Spec = Spec {
    name: "expose",
    group: Group::Beginner,
    short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    long: "Expose a resource as a new Kubernetes service.\n\n Looks up a deployment, service, replica set, replication controller or pod by name and uses the selector for that resource as the selector for a new service on the specified port. A deployment or replica set will be exposed as a service only if its selector is convertible to a selector that service supports, i.e. when the selector contains only the matchLabels component. Note that if no port is specified via --port and the exposed resource has multiple ports, all will be re-used by the new service. Also if no labels are specified, the new service will re-use the labels from the resource it exposes.",
    examples: "# Create a service for a pod valid-pod, which serves on port 444 with the name \"frontend\"\nkubectl expose pod valid-pod --port=444 --name=frontend\n\n# Create a service for an nginx deployment, which serves on port 80 and connects to the containers on port 8000\nkubectl expose deployment nginx --port=80 --target-port=8000",
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    flags: &[flags::FILES, flags::OUTPUT, flags::DRY_RUN, MANAGER, SAVE_CONFIG, FLAGS],
    ..Spec::EMPTY
};

impl Verb for Expose {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let dry = DryRun::of(args)?;
        let mut printer = Printer::of(args, dry)?;
        let found = {
            let mut plain = args.clone();
            plain.forget("selector");
            targets::find(&args.words, &plain, cx)?
        };
        let mut troubles = found.troubles;
        for object in found.objects {
            if let Err(trouble) = one(&object, dry, args, cx, &mut printer) {
                troubles.push(trouble);
            }
        }
        gather(troubles)?;
        Ok(Flow::Done)
    }
}

fn one(object: &Object, dry: DryRun, args: &Args, cx: &mut Cx<'_>, printer: &mut Printer) -> Result<(), Trouble> {
    let selector = selector(object, args)?;
    let headless = args.text("cluster-ip") == "None";
    let ports = ports(object, args)?;
    if ports.is_empty() && !headless {
        let words = "couldn't find port via --port flag or introspection";
        return Err(Failure::usage("kubectl expose", words).into());
    }
    let name = match args.text("name") {
        "" => object.name().chars().take(63).collect(),
        name => name.to_string(),
    };
    let mut spec = json!({ "selector": selector });
    if !ports.is_empty() {
        spec["ports"] = Value::Array(ports);
    }
    for (flag, field) in [
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
        ("load-balancer-ip", "loadBalancerIP"),
    ] {
        if !args.text(flag).is_empty() {
            spec[field] = args.text(flag).into();
        }
    }
    if !args.text("external-ip").is_empty() {
        spec["externalIPs"] = json!([args.text("external-ip")]);
    }
    let labels = match args.text("labels") {
        "" => object.labels().clone(),
        text => map(text)?,
    };
    let mut value = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
        "spec": spec, "status": { "loadBalancer": {} },
    });
    if !labels.is_empty() {
        value["metadata"]["labels"] = json!(labels);
    }
    if !args.text("overrides").is_empty() {
        let body = serde_json::from_str(args.text("overrides")).map_err(Trouble::text)?;
        value = crate::api::patch::apply("Service", value, crate::api::patch::PatchKind::Merge, &body)?;
    }
    if args.bool("save-config") {
        let text = write::last_applied(&value);
        write::annotate(&mut value, LAST_APPLIED, text);
    }
    if dry == DryRun::Client {
        if let Some(namespace) = &cx.config.asked_namespace {
            value["metadata"]["namespace"] = namespace.clone().into();
        }
        return Ok(printer.print(cx, kinds::SERVICE, &value, "exposed")?);
    }
    value["metadata"]["namespace"] = object.namespace().into();
    let service = write::create(cx, kinds::SERVICE, value, Check::Strict, dry)?;
    Ok(printer.object(cx, &service, "exposed")?)
}

fn map(text: &str) -> Result<BTreeMap<String, String>, Trouble> {
    text.split(',')
        .map(|pair| {
            pair.split_once('=')
                .map(|(key, value)| (key.to_string(), value.to_string()))
                .ok_or_else(|| Trouble::text(format!("unexpected label spec: {pair}")))
        })
        .collect()
}

/// The labels of the pods behind the object.
fn selector(object: &Object, args: &Args) -> Result<BTreeMap<String, String>, Trouble> {
    if !args.text("selector").is_empty() {
        return map(args.text("selector"));
    }
    let lacking = |words: &str| {
        Trouble::text(format!("couldn't retrieve selectors via --selector flag or introspection: {words}"))
    };
    let names = object.kind.names();
    match names.resource {
        "pods" if object.labels().is_empty() => Err(lacking("the pod has no labels and cannot be exposed")),
        "pods" => Ok(object.labels().clone()),
        "services" => match &object.spec::<ServiceSpec>().selector {
            Some(selector) if !selector.is_empty() => Ok(selector.clone()),
            _ => Err(lacking("the service has no pod selector set")),
        },
        _ => {
            let exposable =
                ["deployments.apps", "replicasets.apps", "replicationcontrollers"].contains(&names.resource);
            let Some(selector) = object.kind.selector(object).filter(|_| exposable) else {
                let group = if names.group.is_empty() { String::new() } else { format!(".{}", names.group) };
                return Err(Trouble::text(format!("cannot expose a {}{group}", names.kind)));
            };
            if selector.match_expressions.as_ref().is_some_and(|list| !list.is_empty()) {
                return Err(lacking("couldn't convert expressions to map-based selector format"));
            }
            Ok(selector.match_labels.unwrap_or_default())
        }
    }
}

/// The ports of the Service: from the flags, or all that the containers (or the other Service) name.
fn ports(object: &Object, args: &Args) -> Result<Vec<Value>, Trouble> {
    let mut found: Vec<(i64, String)> = vec![];
    if args.text("port").is_empty() {
        let containers = match object.kind.names().resource {
            "services" => {
                let ports = object.spec::<ServiceSpec>().ports.iter().flatten();
                found.extend(ports.map(|p| (i64::from(p.port), p.protocol.clone().unwrap_or_default())));
                vec![]
            }
            "pods" => object.spec::<PodSpec>().containers.clone(),
            _ => {
                let spec = object.kind.template(object).and_then(|template| template.spec.clone());
                spec.map(|spec| spec.containers).unwrap_or_default()
            }
        };
        for port in containers.iter().flat_map(|c| c.ports.iter().flatten()) {
            found.push((i64::from(port.container_port), port.protocol.clone().unwrap_or_default()));
        }
    } else {
        for text in args.text("port").split(',') {
            let number =
                text.parse().map_err(|_| Trouble::text(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")))?;
            found.push((number, String::new()));
        }
    }
    let many = found.len() > 1;
    let mut ports = vec![];
    for (n, (port, protocol)) in found.into_iter().enumerate() {
        let protocol = match (args.text("protocol"), protocol.as_str()) {
            ("", "") => "TCP",
            ("", protocol) => protocol,
            (asked, _) => asked,
        };
        let target = match args.text("target-port") {
            "" => Value::from(port),
            text => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        };
        let mut item = Map::from_iter([
            ("port".to_string(), port.into()),
            ("protocol".to_string(), protocol.into()),
            ("targetPort".to_string(), target),
        ]);
        if many {
            item.insert("name".into(), format!("port-{}", n + 1).into());
        }
        ports.push(Value::Object(item));
    }
    Ok(ports)
}
