//! `kubectl version` and `kubectl cluster-info`.
//!
//! Models: `kubectl/pkg/cmd/version`, `kubectl/pkg/cmd/clusterinfo`.

use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, Verb};
use crate::api::authorize::Ask;
use crate::api::{Release, kinds, release};

pub struct Version;

static FLAGS: &[Flag] = &[
    Flag::bool("client", "If true, shows client version only (no server required)."),
    Flag::text("output", "", "One of 'yaml' or 'json'.").short('o'),
];

static SPEC: Spec = Spec {
    name: "version",
    group: Group::Other,
    short: "Print the client and server version information",
    long: "Print the client and server version information for the current context.",
    examples: "# Print the client and server versions for the current context\nkubectl version",
    usage: "[flags]",
    flags: &[FLAGS],
    ..Spec::EMPTY
};

impl Verb for Version {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        if !args.words.is_empty() {
            return Err(Failure::error(format!("extra arguments: [{}]", args.words.join(" "))));
        }
        let server = !args.bool("client");
        let (client, release) = (release::CURRENT, cx.world.reader().release());
        let one = |release: Release| {
            let minor = release.minor.to_string();
            serde_json::json!({"major": "1", "minor": minor, "gitVersion": release.to_string(), "platform": "linux/amd64"})
        };
        let mut tree = serde_json::json!({"clientVersion": one(client), "kustomizeVersion": "v5.8.1"});
        if server {
            tree["serverVersion"] = one(release);
        }
        match args.text("output") {
            "" => {
                cx.line(format_args!("Client Version: {client}"));
                cx.line("Kustomize Version: v5.8.1");
                if server {
                    cx.line(format_args!("Server Version: {release}"));
                }
            }
            "json" => cx.line(serde_json::to_string_pretty(&tree).expect("a version is JSON")),
            "yaml" => cx.out(crate::base::yaml::to_yaml(&tree)),
            _ => return Err(Failure::error("--output must be 'yaml' or 'json'")),
        }
        if server && release.minor.abs_diff(client.minor) > 1 {
            cx.err(format_args!(
                "Warning: version difference between client (1.{}) and server (1.{}) exceeds the supported minor version skew of +/-1",
                client.minor, release.minor
            ));
        }
        Ok(Flow::Done)
    }
}

pub struct ClusterInfo;

static INFO: Spec = Spec {
    name: "cluster-info",
    group: Group::Cluster,
    short: "Display cluster information",
    long: "Display addresses of the control plane and services with label kubernetes.io/cluster-service=true. To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.",
    examples: "# Print the address of the control plane and cluster services\nkubectl cluster-info",
    usage: "[flags]",
    subs: &[&super::dump::Dump],
    ..Spec::EMPTY
};

impl Verb for ClusterInfo {
    fn spec(&self) -> &'static Spec {
        &INFO
    }

    fn run(&self, _: &Args, cx: &mut Cx<'_>) -> Outcome {
        let server = "https://127.0.0.1:6443";
        cx.may(&Ask::of(kinds::SERVICE.names(), "list", "kube-system", ""))?;
        cx.line(format_args!("Kubernetes control plane is running at {server}"));
        let services: Vec<(String, String)> = cx
            .world
            .reader()
            .list(kinds::SERVICE, Some("kube-system"))
            .filter(|service| service.labels().get("kubernetes.io/cluster-service").is_some_and(|v| v == "true"))
            .map(|service| {
                let title = service.labels().get("kubernetes.io/name").cloned();
                (title.unwrap_or_else(|| service.name().into()), service.name().to_string())
            })
            .collect();
        for (title, name) in services {
            let port = if name == "kube-dns" { ":dns" } else { "" };
            cx.line(format_args!(
                "{title} is running at {server}/api/v1/namespaces/kube-system/services/{name}{port}/proxy"
            ));
        }
        cx.line("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
        Ok(Flow::Done)
    }
}
