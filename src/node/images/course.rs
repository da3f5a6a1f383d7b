//! The applications of the course material: `my-app`, `backend`, the samples behind its manifests.
//!
//! Models: the images named in the course; what they print is our own.

use super::agnhost;
use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

/// k8s.gcr.io/liveness: `/server`, well for ten seconds, then ill.
pub struct Liveness(Config);

pub static LIVENESS: Liveness = Liveness(Config {
    names: &["k8s.gcr.io/liveness", "registry.k8s.io/liveness", "gcr.io/google_containers/liveness"],
    versions: &[("0.1", -1)],
    bytes: 1_743_000,
    cmd: &["/server"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    ports: &[8080],
    base: Base::Scratch,
    ..Config::DEFAULT
});

impl Image for Liveness {
    fn config(&self) -> &Config {
        &self.0
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if !launch.argv.first()?.ends_with("server") {
            return None;
        }
        let server = Server::new(launch, &[8080], vec![], agnhost::LIVENESS);
        Some(Box::new(server.words(vec![launch.at.0.to_string()]).ending(Ending::Exits(2))))
    }
}

/// Small web applications: they say who they are.
pub struct Apps(Config);

pub static APPS: Apps = Apps(Config {
    names: &[
        "docker.io/library/my-app",
        "docker.io/library/backend",
        "docker.io/library/frontend",
        "k8s.gcr.io/goproxy",
        "registry.k8s.io/goproxy",
        "gcr.io/google_samples/gb-frontend",
        "gcr.io/google-samples/gb-frontend",
        "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/nginx-blue",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/hello-secret",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/hello-secret-file",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/cm-sandbox",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/cm-file",
        "283210891307.dkr.ecr.ap-northeast-2.amazonaws.com/cm-file-volume",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/nginx-blue",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/hello-secret",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/hello-secret-file",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/cm-sandbox",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/cm-file",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/cm-file-volume",
        "quay.io/external_storage/efs-provisioner",
    ],
    versions: &[
        ("v1", -1),
        ("v2", -1),
        ("v3", -1),
        ("v4", -1),
        ("v5", -1),
        ("0.1", -1),
        ("1.0", -1),
        ("2.0", -1),
        ("1", -1),
        ("2", -1),
    ],
    bytes: 21_800_000,
    cmd: &["/app"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    ports: &[80, 8080],
    base: Base::Alpine,
    ..Config::DEFAULT
});

impl Image for Apps {
    fn config(&self) -> &Config {
        &self.0
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if launch.argv.first()? != "/app" {
            return None;
        }
        let says = vec![(10, false, "listening on :80 and :8080".into())];
        let server = Server::new(launch, &[80, 8080], says, |request, inside, _| {
            inside.print(&format!("{} {} from {}", request.method, request.target, request.client));
            HttpResponse::text(200, format!("Hello from {}\n", inside.launch.hostname))
        });
        Some(Box::new(server))
    }
}
