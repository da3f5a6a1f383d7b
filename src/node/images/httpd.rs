//! httpd: Apache, serves /usr/local/apache2/htdocs.
//!
//! Models: `github.com/docker-library/httpd`, Apache's common log format.
//! Left out: its configuration.

use super::{Config, Image};
use crate::node::http::{HttpRequest, HttpResponse, reason};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::{Files, parent};
use crate::script::host::Signal;
use crate::time::Time;

pub struct Httpd;

static CONFIG: Config = Config {
    names: &["docker.io/library/httpd"],
    versions: &[("2", -1), ("2.2", 34), ("2.4", 66)],
    variants: &["alpine", "bookworm", "trixie", "alpine3.22", "alpine3.21"],
    bytes: 45_164_222,
    cmd: &["httpd-foreground"],
    env: &[
        ("PATH", "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HTTPD_PREFIX", "/usr/local/apache2"),
        ("HTTPD_VERSION", "2.4.66"),
    ],
    cwd: "/usr/local/apache2",
    ports: &[80],
    stop: Signal::Term,
    ..Config::DEFAULT
};

const ROOT: &str = "/usr/local/apache2/htdocs";

impl Image for Httpd {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let index = format!("{ROOT}/index.html");
        let _ = files.mkdirs(parent(&index), Time::ZERO);
        let _ = files.write(&index, b"<html><body><h1>It works!</h1></body></html>\n", Time::ZERO);
        let _ = files.mkdirs("/usr/local/apache2/logs", Time::ZERO);
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let name = launch.argv.first()?.rsplit('/').next()?;
        if !["httpd-foreground", "httpd", "apachectl"].contains(&name) {
            return None;
        }
        let address = if launch.address.is_empty() { "127.0.0.1" } else { &launch.address };
        let named = format!(
            "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using {address}. Set the 'ServerName' directive globally to suppress this message"
        );
        let stamp = launch.at.timestamp().strftime("%a %b %d %H:%M:%S.000000 %Y");
        let says = vec![
            (20, true, named.clone()),
            (22, true, named),
            (
                40,
                true,
                format!(
                    "[{stamp}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.66 (Unix) configured -- resuming normal operations"
                ),
            ),
            (41, true, format!("[{stamp}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'")),
        ];
        Some(Box::new(Apache {
            daemon: Daemon::new(launch, &[80], says),
            end: "mpm_event:notice] [pid 1:tid 1] AH00491",
            answer,
            memory: 8 << 20,
            idle: 0,
        }))
    }
}

/// Apache, whoever packed it: how it begins, what it says at the end, what it answers.
#[derive(Clone)]
pub(super) struct Apache {
    pub daemon: Daemon,
    /// `mpm_event:notice] [pid 1:tid 1] AH00491`
    pub end: &'static str,
    pub answer: fn(&HttpRequest, &mut Inside<'_>) -> HttpResponse,
    /// Bytes.
    pub memory: u64,
    /// Millionths of a CPU that it uses at rest.
    pub idle: u32,
}

impl Program for Apache {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        if !matches!(signal, Signal::Term | Signal::Int) {
            return self.daemon.tick(inside);
        }
        let stamp = inside.now.timestamp().strftime("%a %b %d %H:%M:%S.000000 %Y");
        inside.complain(&format!("[{stamp}] [{}: caught SIGTERM, shutting down", self.end));
        State::Exited(0)
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn answer(&mut self, _port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        Some((self.answer)(request, inside))
    }

    fn memory(&self) -> u64 {
        self.memory
    }

    fn idle(&self) -> u32 {
        self.idle
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// A file of the image's own document root.
fn answer(request: &HttpRequest, inside: &mut Inside<'_>) -> HttpResponse {
    let path = request.path();
    let file = format!("{ROOT}{path}{}", if path.ends_with('/') { "index.html" } else { "" });
    let mut response = match inside.files.read(&file) {
        Ok(bytes) => HttpResponse::of(200, "text/html", bytes.to_vec()),
        Err(_) => HttpResponse::of(404, "text/html; charset=iso-8859-1", missing().into_bytes()),
    };
    response.headers.insert(0, ("Server".into(), "Apache/2.4.66 (Unix)".into()));
    let stamp = inside.now.timestamp().strftime("%d/%b/%Y:%H:%M:%S +0000");
    let HttpRequest { method, target, client, .. } = request;
    let (status, length) = (response.status, response.body.len());
    inside.print(&format!("{client} - - [{stamp}] \"{method} {target} HTTP/1.1\" {status} {length}"));
    response
}

fn missing() -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 {0}</title>\n</head><body>\n<h1>{0}</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n",
        reason(404)
    )
}
