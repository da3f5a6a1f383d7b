//! `kubectl create service clusterip|nodeport|loadbalancer|externalname`.
//!
//! Models: `kubectl/pkg/cmd/create/create_service.go`.

use super::super::{Args, Cx, Failure, Flag, Outcome, Spec, Verb, flags};
use super::MANAGER;
use super::{Made, deliver, name, object, required};
use crate::shell::kubectl::write::{SAVE_CONFIG, VALIDATE};
use serde_json::{Value, json};

pub struct Service;

static SERVICE: Spec = Spec {
    name: "service",
    aliases: &["svc"],
    short: "Create a service using a specified subcommand",
    long: "Create a service using a specified subcommand.",
    subs: &[&CLUSTER_IP, &EXTERNAL_NAME, &LOAD_BALANCER, &NODE_PORT],
    ..Spec::EMPTY
};

impl Verb for Service {
    fn spec(&self) -> &'static Spec {
        &SERVICE
    }
}

struct Typed {
    spec: &'static Spec,
    kind: &'static str,
    fail: &'static str,
}

static TCP: &[Flag] = &[Flag::list("tcp", "Port pairs can be specified as '<port>:<targetPort>'.")];

macro_rules! service_spec {
    ($name:literal, $short:literal, $usage:literal, [$($flag:expr),*]) => {{
        static OWN: &[Flag] = &[$($flag),*];
        static SPEC: Spec = Spec {
            name: $name,
            short: $short,
            long: $short,
            usage: $usage,
            flags: &[flags::OUTPUT, flags::DRY_RUN, MANAGER, VALIDATE, SAVE_CONFIG, TCP, OWN],
            ..Spec::EMPTY
        };
        &SPEC
    }};
}

static CLUSTER_IP: Typed = Typed {
    spec: service_spec!(
        "clusterip",
        "Create a ClusterIP service with the specified name.",
        "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
        [Flag::text(
            "clusterip",
            "",
            "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing)."
        )]
    ),
    kind: "ClusterIP",
    fail: "failed to create ClusterIP service: ",
};
static NODE_PORT: Typed = Typed {
    spec: service_spec!(
        "nodeport",
        "Create a NodePort service with the specified name.",
        "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
        [Flag::int("node-port", "0", "Port used to expose the service on each node in a cluster.")]
    ),
    kind: "NodePort",
    fail: "failed to create NodePort service: ",
};
static LOAD_BALANCER: Typed = Typed {
    spec: service_spec!(
        "loadbalancer",
        "Create a LoadBalancer service with the specified name.",
        "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
        []
    ),
    kind: "LoadBalancer",
    fail: "failed to create LoadBalancer service: ",
};
static EXTERNAL_NAME: Typed = Typed {
    spec: service_spec!(
        "externalname",
        "Create an ExternalName service with the specified name.",
        "NAME --external-name external.name [--dry-run=server|client|none]",
        [Flag::text("external-name", "", "External name of service")]
    ),
    kind: "ExternalName",
    fail: "failed to create ExternalName service: ",
};

impl Verb for Typed {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if self.kind == "ExternalName" {
            required(args, &["external-name"])?;
        }
        let name = name(args, &format!("kubectl create service {}", self.spec.name))?;
        let headless = args.text("clusterip") == "None";
        let tcp = args.all("tcp");
        if tcp.is_empty() && !headless && self.kind != "ExternalName" {
            return Err(Failure::error("at least one tcp port specifier must be provided"));
        }
        let mut ports = vec![];
        for pair in &tcp {
            let mut item = port(pair)?;
            if self.kind == "NodePort" && args.int("node-port") != 0 {
                item["nodePort"] = args.int("node-port").into();
            }
            ports.push(item);
        }
        let mut spec = json!({ "selector": { "app": name }, "type": self.kind });
        if !ports.is_empty() {
            spec["ports"] = Value::Array(ports);
        }
        if let Some(address) = args.given("clusterip").filter(|address| !address.is_empty()) {
            spec["clusterIP"] = address.into();
        }
        if self.kind == "ExternalName" {
            spec["externalName"] = args.text("external-name").into();
        }
        let mut value = object("v1", "Service", &name);
        value["metadata"]["labels"] = json!({ "app": name });
        value.insert("spec".into(), spec);
        value.insert("status".into(), json!({ "loadBalancer": {} }));
        deliver(Made { value: Value::Object(value), fail: self.fail }, args, cx)
    }
}

/// `80:8080`, `80:http`, `80`.
fn port(pair: &str) -> Result<Value, Failure> {
    let (port, target) = pair.split_once(':').unwrap_or((pair, pair));
    let number: i64 =
        port.parse().map_err(|_| Failure::error(format!("strconv.Atoi: parsing \"{port}\": invalid syntax")))?;
    if !(1..=65535).contains(&number) {
        return Err(Failure::error("must be between 1 and 65535, inclusive"));
    }
    let target = target.parse::<i64>().map_or_else(|_| Value::from(target), Value::from);
    Ok(json!({ "name": pair.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target }))
}
