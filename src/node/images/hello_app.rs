//! hello-app: Google's sample server, answers with its version and its host name.
//!
//! Models: `github.com/GoogleCloudPlatform/kubernetes-engine-samples/hello-app`.

use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

pub struct HelloApp;

static CONFIG: Config = Config {
    names: &["gcr.io/google-samples/hello-app", "us-docker.pkg.dev/google-samples/containers/gke/hello-app"],
    versions: &[("1.0", -1), ("2.0", -1)],
    bytes: 13_745_365,
    cmd: &["/hello-app"],
    env: &[("PORT", "8080")],
    user: "65532",
    ports: &[8080],
    base: Base::Scratch,
    ..Config::DEFAULT
};

impl Image for HelloApp {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let name = launch.argv.first()?;
        if !name.ends_with("hello-app") && !name.ends_with("hello-app-v2") {
            return None;
        }
        let version = if launch.tag == "2.0" { "2.0.0" } else { "1.0.0" };
        let port = launch.env("PORT").and_then(|p| p.parse().ok()).unwrap_or(8080);
        let stamp = launch.at.timestamp().strftime("%Y/%m/%d %H:%M:%S");
        let says = vec![(8, true, format!("{stamp} Server listening on port {port}"))];
        let server = Server::new(launch, &[port], says, |request, inside, words| {
            let stamp = inside.now.timestamp().strftime("%Y/%m/%d %H:%M:%S");
            inside.complain(&format!("{stamp} Serving request: {}", request.path()));
            let host = &inside.launch.hostname;
            HttpResponse::text(200, format!("Hello, world!\nVersion: {}\nHostname: {host}\n", words[0]))
        });
        // A Go program without a handler: the runtime ends it with status 2.
        Some(Box::new(server.words(vec![version.into()]).ending(Ending::Exits(2))))
    }
}
