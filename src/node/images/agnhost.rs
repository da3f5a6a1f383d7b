//! agnhost: the Swiss army knife of the Kubernetes tests; netexec, echo, liveness, pause.
//!
//! Models: `test/images/agnhost`.
//! Left out: all other subcommands (they end with an error), UDP and SCTP.

use super::answer::{Answer, Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

pub struct Agnhost;

static CONFIG: Config = Config {
    names: &["registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost"],
    versions: &[("2", 59)],
    bytes: 51_370_000,
    entrypoint: &["/agnhost"],
    cmd: &["pause"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    ports: &[],
    base: Base::Alpine,
    ..Config::DEFAULT
};

impl Image for Agnhost {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if !launch.argv.first()?.ends_with("agnhost") {
            return None;
        }
        let what = launch.args().first().map_or("help", String::as_str);
        let number = |name: &str, default: u16| launch.flag(name).and_then(|p| p.parse().ok()).unwrap_or(default);
        let stamp = launch.at.timestamp().strftime("%Y/%m/%d %H:%M:%S").to_string();
        let server = match what {
            "pause" => Server::new(launch, &[], vec![(3, false, "Paused".into())], NOTHING).ending(Ending::Exits(2)),
            "netexec" => {
                let port = number("http-port", 8080);
                let says = vec![
                    (4, true, format!("{stamp} Started HTTP server on port {port}")),
                    (5, true, format!("{stamp} Started UDP server on port  8081")),
                ];
                Server::new(launch, &[port], says, NETEXEC).ending(Ending::Exits(0))
            }
            "serve-hostname" => {
                let port = number("port", 9376);
                let says = vec![(4, true, "Serving on port 9376.".into())];
                Server::new(launch, &[port], says, |_, inside, _| {
                    HttpResponse::text(200, inside.launch.hostname.clone())
                })
            }
            "liveness" => Server::new(launch, &[8080], vec![], LIVENESS).ending(Ending::Exits(2)),
            "porter" | "echo" | "echoserver" => {
                Server::new(launch, &[number("port", 8080)], vec![], |request, _, _| {
                    HttpResponse::text(200, String::from_utf8_lossy(&request.body).into_owned())
                })
            }
            other => {
                let says = vec![(
                    2,
                    true,
                    format!("Error: unknown command \"{other}\" for \"app\"\nRun 'app --help' for usage."),
                )];
                let mut server = Server::new(launch, &[], says, NOTHING);
                server.daemon = server.daemon.ending(3, 1);
                server
            }
        };
        Some(Box::new(server.words(vec![launch.at.0.to_string()])))
    }
}

const NOTHING: Answer = |_, _, _| HttpResponse::text(404, "404 page not found\n");

/// Well for ten seconds, then ill.
pub const LIVENESS: Answer = |request, inside, words| {
    let started: u64 = words.first().and_then(|w| w.parse().ok()).unwrap_or(0);
    let age = inside.now.0.saturating_sub(started);
    match request.path() {
        "/healthz" if age > 10_000 => HttpResponse::text(500, format!("error: {}.{:03}", age / 1000, age % 1000)),
        "/healthz" => HttpResponse::text(200, "ok"),
        "/started" => HttpResponse::text(200, format!("{}.{:03}s", age / 1000, age % 1000)),
        "/redirect" => HttpResponse::text(302, "").with("Location", "/healthz"),
        _ => HttpResponse::text(404, "404 page not found\n"),
    }
};

const NETEXEC: Answer = |request, inside, _| match request.path() {
    "/" => {
        let now = inside.now.timestamp_exact().strftime("%Y-%m-%d %H:%M:%S.%3f +0000 UTC m=+0.0");
        HttpResponse::text(200, format!("NOW: {now}"))
    }
    "/hostname" | "/hostName" => HttpResponse::text(200, inside.launch.hostname.clone()),
    "/clientip" => HttpResponse::text(200, format!("{}:{}", request.client, 40_000 + inside.now.0 % 20_000)),
    "/echo" => {
        let text = request.query().split('&').find_map(|pair| pair.strip_prefix("msg=")).unwrap_or("");
        HttpResponse::text(200, text.replace('+', " ").replace("%20", " "))
    }
    "/header" => {
        let name = request.query().strip_prefix("key=").unwrap_or("");
        HttpResponse::text(200, request.header(name).unwrap_or("").to_owned())
    }
    "/healthz" => HttpResponse::text(200, ""),
    _ => HttpResponse::text(404, "404 page not found\n"),
};
