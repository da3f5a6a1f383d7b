//! The images of a kubeadm cluster: etcd, the control plane, kube-proxy, CoreDNS, pause. What they do is done by the
//! simulation itself; in their containers they only stand there, listen and log.
//!
//! Models: `registry.k8s.io` images of Kubernetes 1.36.

use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

pub struct System(Config);

pub static SYSTEM: System = System(Config {
    names: &[
        "registry.k8s.io/etcd",
        "registry.k8s.io/kube-apiserver",
        "registry.k8s.io/kube-controller-manager",
        "registry.k8s.io/kube-scheduler",
        "registry.k8s.io/kube-proxy",
        "registry.k8s.io/pause",
        "k8s.gcr.io/pause",
        "registry.k8s.io/metrics-server/metrics-server",
        "registry.k8s.io/ingress-nginx/controller",
        "docker.io/kindest/kindnetd",
        "docker.io/rancher/local-path-provisioner",
    ],
    versions: &[
        ("v1.32", 11),
        ("v1.33", 7),
        ("v1.34", 5),
        ("v1.35", 4),
        ("v1.36", 3),
        ("3.5.24-0", -1),
        ("3.6.4-0", -1),
        ("3.6.5-0", -1),
        ("3.6.6-0", -1),
        ("3.6.7-0", -1),
        ("3.6.8-0", -1),
        ("v1.11.3", -1),
        ("v1.12", 4),
        ("v1.13", 2),
        ("v1.14", 2),
        ("1", -1),
        ("1.10", 2),
        ("1.11", 5),
        ("1.12", 1),
        ("1.13", 3),
        ("3.1", -1),
        ("3.2", -1),
        ("3.9", -1),
        ("3.10", 2),
        ("v0.7", 2),
        ("v0.8", 0),
        ("2.0.0", -1),
        ("3.8", -1),
    ],
    bytes: 27_000_000,
    entrypoint: &[],
    cmd: &["/pause"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    base: Base::Scratch,
    ..Config::DEFAULT
});

/// CoreDNS is the one whose pods name no program and rely on the image's own.
pub static COREDNS: System = System(Config {
    names: &["registry.k8s.io/coredns/coredns", "docker.io/coredns/coredns"],
    versions: &[("v1.11.3", -1), ("v1.12", 4), ("v1.13", 2), ("v1.14", 2)],
    bytes: 22_000_000,
    entrypoint: &["/coredns"],
    cmd: &[],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    base: Base::Scratch,
    ..Config::DEFAULT
});

/// What a program listens on, and what it first says.
fn facts(name: &str) -> Option<(&'static [u16], &'static str)> {
    Some(match name {
        "etcd" => (&[2379, 2380, 2381], "{\"level\":\"info\",\"msg\":\"ready to serve client requests\"}"),
        "kube-apiserver" => (&[6443], "Serving securely on [::]:6443"),
        "kube-controller-manager" => (&[10257], "Serving securely on 127.0.0.1:10257"),
        "kube-scheduler" => (&[10259], "Serving securely on 127.0.0.1:10259"),
        "kube-proxy" => (&[10249, 10256], "\"Starting\" component=\"service config controller\""),
        "coredns" => (
            &[53, 8080, 8181, 9153],
            ".:53\n[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5f046dd37f1cf888b953814040d180f52594972691cd6ff41be96639138a43908\nCoreDNS-1.14.2\nlinux/amd64, go1.26.0, ",
        ),
        "metrics-server" => (&[10250], "Serving securely on [::]:10250"),
        "pause" => (&[], ""),
        "kindnetd" | "local-path-provisioner" | "nginx-ingress-controller" => (&[80, 443], ""),
        _ => return None,
    })
}

impl Image for System {
    fn config(&self) -> &Config {
        &self.0
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let name = launch.argv.first()?.rsplit('/').next()?;
        let (ports, text) = facts(name)?;
        let says = if text.is_empty() { vec![] } else { vec![(20, true, text.to_owned())] };
        let mut server = Server::new(launch, ports, says, |request, _, _| match request.path() {
            "/health" | "/healthz" | "/livez" | "/readyz" | "/ready" => HttpResponse::text(200, "ok"),
            _ => HttpResponse::text(404, "404 page not found\n"),
        });
        server.daemon.up = 0;
        Some(Box::new(server.ending(if name == "pause" { Ending::Exits(2) } else { Ending::Exits(0) })))
    }
}
