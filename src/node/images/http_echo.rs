//! hashicorp/http-echo: answers every request with one text.
//!
//! Models: `github.com/hashicorp/http-echo`.

use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Daemon, Launch, Program};
use crate::script::files::Files;

pub struct HttpEcho;

static CONFIG: Config = Config {
    names: &["docker.io/hashicorp/http-echo"],
    versions: &[("0.2", 4), ("1.0", 0), ("1.0.0", -1)],
    variants: &["alpine"],
    bytes: 3_003_471,
    entrypoint: &["/http-echo"],
    cmd: &[],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    user: "65532",
    ports: &[5678],
    base: Base::Scratch,
    ..Config::DEFAULT
};

impl Image for HttpEcho {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if !launch.argv.first()?.ends_with("http-echo") {
            return None;
        }
        let text = launch.flag("text").or_else(|| launch.env("ECHO_TEXT")).unwrap_or("hello-world").to_owned();
        let listen = launch.flag("listen").unwrap_or(":5678");
        let status = launch.flag("status-code").unwrap_or("200").to_owned();
        let port = listen.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(5678);
        let stamp = launch.at.timestamp().strftime("%Y/%m/%d %H:%M:%S");
        let says = vec![(5, false, format!("{stamp} [INFO] server is listening on {listen}"))];
        let server = Server::new(launch, &[port], says, |request, inside, words| {
            let status = words[1].parse().unwrap_or(200);
            let body = format!("{}\n", words[0]);
            let stamp = inside.now.timestamp().strftime("%Y/%m/%d %H:%M:%S");
            let agent = request.header("User-Agent").unwrap_or("");
            inside.print(&format!(
                "{stamp} {} {}:{} \"{} {} HTTP/1.1\" {status} {} \"{agent}\" 14.208µs",
                request.host,
                request.client,
                40_000 + inside.now.0 % 20_000,
                request.method,
                request.target,
                body.len(),
            ));
            HttpResponse::of(status, "text/plain; charset=utf-8", body.into_bytes()).with("X-App-Name", "http-echo")
        });
        let mut server = server.words(vec![text, status]).ending(Ending::Exits(0));
        server.daemon = Daemon { up: 5, ..server.daemon };
        Some(Box::new(server))
    }
}
