//! hpa-example: the page of the HorizontalPodAutoscaler walkthrough, that takes a million square roots to say "OK!".
//!
//! Models: `registry.k8s.io/hpa-example` (php:5-apache with one `index.php`).
//! Left out: PHP.

use super::httpd::Apache;
use super::{Config, Image};
use crate::node::http::{HttpRequest, HttpResponse, WORK, reason};
use crate::node::program::{Daemon, Inside, Launch, Program};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Time;

pub struct HpaExample;

static CONFIG: Config = Config {
    names: &["registry.k8s.io/hpa-example", "k8s.gcr.io/hpa-example", "gcr.io/google_containers/hpa-example"],
    bytes: 171_000_000,
    cmd: &["apache2-foreground"],
    env: &[
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("PHP_INI_DIR", "/usr/local/etc/php"),
        ("PHP_VERSION", "5.6.14"),
    ],
    cwd: "/var/www/html",
    ports: &[80],
    stop: Signal::Term,
    ..Config::DEFAULT
};

/// What a million square roots take, in microseconds of CPU.
const ROOTS: u64 = 40_000;
const PAGE: &str =
    "<?php\n  $x = 0.0001;\n  for ($i = 0; $i <= 1000000; $i++) {\n    $x += sqrt($x);\n  }\n  echo \"OK!\";\n?>\n";
const ROOT: &str = "/var/www/html";

impl Image for HpaExample {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let _ = files.mkdirs(ROOT, Time::ZERO);
        let _ = files.write(&format!("{ROOT}/index.php"), PAGE.as_bytes(), Time::ZERO);
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let name = launch.argv.first()?.rsplit('/').next()?;
        if !["apache2-foreground", "apache2"].contains(&name) {
            return None;
        }
        let address = if launch.address.is_empty() { "127.0.0.1" } else { &launch.address };
        let named = format!(
            "AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using {address}. Set the 'ServerName' directive globally to suppress this message"
        );
        let stamp = launch.at.timestamp().strftime("%a %b %d %H:%M:%S.000000 %Y");
        let ready = "AH00163: Apache/2.4.10 (Debian) PHP/5.6.14 configured -- resuming normal operations";
        let says = vec![
            (60, true, named.clone()),
            (62, true, named),
            (120, true, format!("[{stamp}] [mpm_prefork:notice] [pid 1] {ready}")),
            (121, true, format!("[{stamp}] [core:notice] [pid 1] AH00094: Command line: 'apache2 -D FOREGROUND'")),
        ];
        Some(Box::new(Apache {
            daemon: Daemon::new(launch, &[80], says),
            end: "mpm_prefork:notice] [pid 1] AH00169",
            answer,
            memory: 11 << 20,
            idle: 1000,
        }))
    }
}

/// The page, or a file of the document root.
fn answer(request: &HttpRequest, inside: &mut Inside<'_>) -> HttpResponse {
    let path = request.path();
    let file = format!("{ROOT}{path}{}", if path.ends_with('/') { "index.php" } else { "" });
    let text = inside.files.text(&file).ok();
    let mut response = match text {
        Some(text) if file.ends_with(".php") => HttpResponse {
            // The page as it came; another one is shown as it is written, for lack of a PHP.
            work: if text == PAGE { ROOTS } else { WORK },
            ..HttpResponse::of(200, "text/html", if text == PAGE { b"OK!".to_vec() } else { text.into_bytes() })
        },
        Some(text) => HttpResponse::of(200, "text/html", text.into_bytes()),
        None => HttpResponse::of(404, "text/html; charset=iso-8859-1", missing(path).into_bytes()),
    };
    response.headers.insert(0, ("Server".into(), "Apache/2.4.10 (Debian)".into()));
    if file.ends_with(".php") {
        response.headers.insert(1, ("X-Powered-By".into(), "PHP/5.6.14".into()));
    }
    let stamp = inside.now.timestamp().strftime("%d/%b/%Y:%H:%M:%S +0000");
    let HttpRequest { method, target, client, .. } = request;
    let agent = request.header("user-agent").unwrap_or("-");
    let (status, length) = (response.status, response.body.len() + 174);
    inside.print(&format!("{client} - - [{stamp}] \"{method} {target} HTTP/1.1\" {status} {length} \"-\" \"{agent}\""));
    response
}

fn missing(path: &str) -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 {0}</title>\n</head><body>\n<h1>{0}</h1>\n<p>The requested URL {path} was not found on this server.</p>\n<hr>\n<address>Apache/2.4.10 (Debian) Server at localhost Port 80</address>\n</body></html>\n",
        reason(404)
    )
}
