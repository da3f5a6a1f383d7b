//! metrics-server: asks the kubelets every 15 seconds what their containers use, and serves it.
//!
//! Models: `sigs.k8s.io/metrics-server` (`pkg/server`), klog's lines. The asking and serving is done by the simulation
//! (`control/controllers/metrics_server.rs`); the program tells how it goes.
//! Left out: its own metrics; flags beyond those that are read here.

use super::{Base, Config, Image};
use crate::node::http::{HttpRequest, HttpResponse};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Time;

pub struct MetricsServer;

static CONFIG: Config = Config {
    names: &["registry.k8s.io/metrics-server/metrics-server", "k8s.gcr.io/metrics-server/metrics-server"],
    versions: &[("v0.3", 7), ("v0.4", 6), ("v0.5", 2), ("v0.6", 4), ("v0.7", 2), ("v0.8", 1)],
    bytes: 19_500_000,
    entrypoint: &["/metrics-server"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    user: "65534",
    ports: &[10250],
    base: Base::Scratch,
    ..Config::DEFAULT
};

/// The port without `--secure-port`.
const PORT: u16 = 443;

impl Image for MetricsServer {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        if launch.argv.first()?.rsplit('/').next()? != "metrics-server" {
            return None;
        }
        let port = launch.flag("secure-port").and_then(|port| port.parse().ok()).unwrap_or(PORT);
        let line = |level: char, place: &str, text: &str| klog(level, launch.at, place, text);
        let mut says = vec![];
        let short = launch.flag("metric-resolution").and_then(seconds).is_some_and(|n| n < 10);
        if short {
            says.push((40, true, "Error: metric-resolution should be a time duration at least 10s".to_owned()));
        } else if port < 1024 && launch.user != 0 {
            let why = format!("failed to listen on 0.0.0.0:{port}: listen tcp 0.0.0.0:{port}: bind: permission denied");
            says.push((40, true, format!("Error: failed to create listener: {why}")));
        }
        if !says.is_empty() {
            return Some(Box::new(Server { daemon: Daemon::new(launch, &[], says).ending(60, 1), well: false }));
        }
        says.push((
            20,
            true,
            line('I', "serving.go:380", "Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)"),
        ));
        let adding = "Adding GroupVersion metrics.k8s.io v1beta1 to ResourceManager";
        says.push((70, true, line('I', "handler.go:288", adding)));
        says.push((90, true, line('I', "secure_serving.go:211", &format!("Serving securely on [::]:{port}"))));
        Some(Box::new(Server { daemon: Daemon::new(launch, &[port], says), well: false }))
    }
}

/// A line as the components log it.
pub fn klog(level: char, at: Time, place: &str, text: &str) -> String {
    let stamp = at.timestamp_exact().strftime("%m%d %H:%M:%S.%6f");
    format!("{level}{stamp}       1 {place}] {text}")
}

/// `15s`, `1m`.
pub fn seconds(text: &str) -> Option<u64> {
    crate::base::age::parse(text).ok().map(|nanos| (nanos / 1_000_000_000).max(0) as u64)
}

#[derive(Clone)]
struct Server {
    daemon: Daemon,
    /// There is something to serve.
    well: bool,
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        match signal {
            Signal::Term | Signal::Int => State::Exited(0),
            _ => self.daemon.tick(inside),
        }
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn answer(&mut self, _port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        Some(match request.path() {
            "/readyz" if !self.well => {
                let text = "\"Failed probe\" probe=\"metric-storage-ready\" err=\"no metrics to serve\"";
                inside.complain(&klog('I', inside.now, "server.go:192", text));
                HttpResponse::text(500, "[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n")
            }
            "/readyz" | "/livez" | "/healthz" => HttpResponse::text(200, "ok"),
            _ => HttpResponse::text(403, "Forbidden\n"),
        })
    }

    fn report(&mut self, well: bool, lines: &[String], inside: &mut Inside<'_>) {
        self.well = well;
        lines.iter().for_each(|line| inside.complain(line));
    }

    fn memory(&self) -> u64 {
        19 << 20
    }

    fn idle(&self) -> u32 {
        3_600
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
