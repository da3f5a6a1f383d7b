//! The images of a kubeadm cluster: etcd, the control plane, kube-proxy, CoreDNS, pause. What they do is done by the
//! simulation itself; in their containers they only stand there, listen and log.
//!
//! Models: `registry.k8s.io` images of Kubernetes 1.36.

use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

/// One of them: what its image holds, and the program that it starts by itself.
pub struct System {
    config: Config,
    /// What the program listens on, and what it first says.
    ports: &'static [u16],
    says: &'static str,
}

const ENV: &[(&str, &str)] = &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")];
const VERSIONS: &[(&str, i8)] = &[("v1.32", 11), ("v1.33", 7), ("v1.34", 5), ("v1.35", 4), ("v1.36", 3)];

const fn row(
    names: &'static [&'static str],
    versions: &'static [(&'static str, i8)],
    bytes: u64,
    entrypoint: &'static [&'static str],
    ports: &'static [u16],
    says: &'static str,
) -> System {
    let config = Config { names, versions, bytes, entrypoint, env: ENV, ports, base: Base::Scratch, ..Config::DEFAULT };
    System { config, ports, says }
}

static ROWS: &[System] = &[
    row(
        &["registry.k8s.io/etcd"],
        &[("3.5.24-0", -1), ("3.6.4-0", -1), ("3.6.5-0", -1), ("3.6.6-0", -1), ("3.6.7-0", -1), ("3.6.8-0", -1)],
        22_871_747,
        &["/etcd"],
        &[2379, 2380, 2381],
        "{\"level\":\"info\",\"msg\":\"ready to serve client requests\"}",
    ),
    row(
        &["registry.k8s.io/kube-apiserver"],
        VERSIONS,
        27_737_000,
        &["/go-runner", "/kube-apiserver"],
        &[6443],
        "Serving securely on [::]:6443",
    ),
    row(
        &["registry.k8s.io/kube-controller-manager"],
        VERSIONS,
        23_122_000,
        &["/go-runner", "/kube-controller-manager"],
        &[10257],
        "Serving securely on 127.0.0.1:10257",
    ),
    row(
        &["registry.k8s.io/kube-scheduler"],
        VERSIONS,
        17_228_000,
        &["/go-runner", "/kube-scheduler"],
        &[10259],
        "Serving securely on 127.0.0.1:10259",
    ),
    row(
        &["registry.k8s.io/kube-proxy"],
        VERSIONS,
        25_964_000,
        &["/go-runner", "/usr/local/bin/kube-proxy"],
        &[10249, 10256],
        "\"Starting\" logger=\"UnhandledError\" component=\"service config controller\"",
    ),
    row(
        &["registry.k8s.io/coredns/coredns", "docker.io/coredns/coredns"],
        &[
            ("v1.11.3", -1),
            ("v1.12", 4),
            ("v1.13", 2),
            ("v1.14", 2),
            ("1.11", 3),
            ("1.12", 4),
            ("1.13", 2),
            ("1.14", 2),
        ],
        23_553_000,
        &["/coredns"],
        &[53, 8080, 8181, 9153],
        ".:53\nCoreDNS-1.14.2\nlinux/amd64, go1.26.0, ",
    ),
    row(
        &["registry.k8s.io/pause", "k8s.gcr.io/pause", "gcr.io/google_containers/pause"],
        &[
            ("3", -1),
            ("3.1", -1),
            ("3.2", -1),
            ("3.6", -1),
            ("3.7", -1),
            ("3.8", -1),
            ("3.9", -1),
            ("3.10", 2),
            ("2.0", -1),
            ("1.0", -1),
        ],
        319_000,
        &["/pause"],
        &[],
        "",
    ),
    row(
        &["registry.k8s.io/ingress-nginx/controller"],
        &[("v1.10", 6), ("v1.11", 8), ("v1.12", 8), ("v1.13", 4), ("v1.14", 0)],
        120_000_000,
        &["/usr/bin/dumb-init", "--", "/nginx-ingress-controller"],
        &[80, 443, 10254],
        "NGINX Ingress controller",
    ),
    row(
        &["docker.io/kindest/kindnetd", "docker.io/rancher/local-path-provisioner"],
        &[("v0.0.30", -1), ("v0.0.31", -1), ("v0.0.32", -1)],
        20_000_000,
        &["/bin/kindnetd"],
        &[],
        "",
    ),
];

/// What the programs use in a small cluster: millionths of a CPU, MiB.
const USES: &[(&str, u32, u64)] = &[
    ("etcd", 19_400, 46),
    ("kube-apiserver", 43_200, 248),
    ("kube-controller-manager", 14_700, 51),
    ("kube-scheduler", 3_300, 21),
    ("kube-proxy", 900, 17),
    ("coredns", 2_100, 15),
    ("pause", 0, 1),
    ("nginx-ingress-controller", 1_800, 91),
    ("kindnetd", 700, 14),
];

pub fn all() -> impl Iterator<Item = &'static dyn Image> {
    ROWS.iter().map(|row| row as &dyn Image)
}

impl Image for System {
    fn config(&self) -> &Config {
        &self.config
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let own = self.config.entrypoint.last()?.rsplit('/').next()?;
        let named = launch.argv.iter().take(3).any(|arg| arg.rsplit('/').next() == Some(own));
        if !named {
            return None;
        }
        let says = self.says.lines().map(|line| (20, true, line.to_owned())).collect();
        let mut server = Server::new(launch, self.ports, says, |request, _, _| match request.path() {
            "/health" | "/healthz" | "/livez" | "/readyz" | "/ready" => HttpResponse::text(200, "ok"),
            _ => HttpResponse::text(404, "404 page not found\n"),
        });
        server.daemon.up = 0;
        let uses = USES.iter().find(|(name, ..)| *name == own);
        if let Some((_, idle, memory)) = uses {
            (server.idle, server.memory) = (*idle, memory << 20);
        }
        Some(Box::new(server.ending(if own == "pause" { Ending::Exits(2) } else { Ending::Exits(0) })))
    }
}
