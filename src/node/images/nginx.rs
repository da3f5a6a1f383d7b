//! nginx: serves /usr/share/nginx/html, writes its access log to standard output.
//!
//! Models: `github.com/nginx/docker-nginx` (entrypoint), nginx's combined log format and error pages.
//! Left out: configuration beyond `listen`, `root`, `return` and `location` prefixes; proxying.

use super::{Config, Image};
use crate::node::http::{HttpRequest, HttpResponse, reason};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Time;

pub struct Nginx;

static CONFIG: Config = Config {
    names: &[
        "docker.io/library/nginx",
        "public.ecr.aws/nginx/nginx",
        "k8s.gcr.io/nginx-slim",
        "registry.k8s.io/nginx-slim",
        "docker.io/nginxinc/nginx-unprivileged",
    ],
    versions: &[
        ("0.8", -1),
        ("0.27", -1),
        ("1", -1),
        ("1.7", 12),
        ("1.8", 1),
        ("1.9", 15),
        ("1.10", 3),
        ("1.11", 13),
        ("1.12", 2),
        ("1.13", 12),
        ("1.14", 2),
        ("1.15", 12),
        ("1.16", 1),
        ("1.17", 10),
        ("1.18", 0),
        ("1.19", 10),
        ("1.20", 2),
        ("1.21", 6),
        ("1.22", 1),
        ("1.23", 4),
        ("1.24", 0),
        ("1.25", 5),
        ("1.26", 3),
        ("1.27", 5),
        ("1.28", 0),
        ("1.29", 4),
    ],
    variants: &[
        "alpine",
        "alpine-slim",
        "alpine-perl",
        "perl",
        "otel",
        "alpine-otel",
        "bookworm",
        "bullseye",
        "trixie",
        "stable",
        "mainline",
        "stable-alpine",
        "mainline-alpine",
        "stable-perl",
        "stable-alpine-slim",
    ],
    bytes: 72_324_501,
    entrypoint: &["/docker-entrypoint.sh"],
    cmd: &["nginx", "-g", "daemon off;"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("NGINX_VERSION", "1.29.4")],
    ports: &[80],
    stop: Signal::Quit,
    ..Config::DEFAULT
};

pub const WELCOME: &str = "<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";

const DEFAULT_CONF: &str = "server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
";

/// The version that a tag means; floating tags mean the newest.
fn version(tag: &str) -> String {
    let base = tag.split('-').next().unwrap_or(tag);
    let exact = CONFIG.versions.iter().find(|(v, _)| *v == base);
    let known = exact.or_else(|| CONFIG.versions.iter().find(|(v, _)| base.starts_with(&format!("{v}."))));
    match (base, known) {
        ("stable", _) => "1.28.0".into(),
        ("1", _) | (_, None) => "1.29.4".into(),
        (base, Some((v, patches))) if base == *v && *patches >= 0 => format!("{v}.{patches}"),
        (base, _) => base.into(),
    }
}

impl Image for Nginx {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, tag: &str, files: &mut Files) {
        let write = |files: &mut Files, path: &str, text: &str| {
            let _ = files.mkdirs(crate::script::files::parent(path), Time::ZERO);
            let _ = files.write(path, text.as_bytes(), Time::ZERO);
        };
        write(files, "/usr/share/nginx/html/index.html", WELCOME);
        write(files, "/usr/share/nginx/html/50x.html", &error_page(500, &version(tag)));
        write(files, "/etc/nginx/conf.d/default.conf", DEFAULT_CONF);
        let main = "user  nginx;\nworker_processes  auto;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/mime.types;\n    include /etc/nginx/conf.d/*.conf;\n}\n";
        write(files, "/etc/nginx/nginx.conf", main);
        write(files, "/docker-entrypoint.sh", "#!/bin/sh\nexec \"$@\"\n");
        let _ = files.mkdirs("/var/log/nginx", Time::ZERO);
        let _ = files.mkdirs("/var/cache/nginx", Time::ZERO);
    }

    fn start(&self, launch: &Launch, files: &mut Files) -> Option<Box<dyn Program>> {
        let mut argv = launch.argv.as_slice();
        let entry = argv.first().is_some_and(|name| name.ends_with("docker-entrypoint.sh"));
        if entry {
            argv = &argv[1..];
        }
        let program = argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
        if program != "nginx" && program != "nginx-debug" {
            return None;
        }
        let version = version(&launch.tag);
        if argv.iter().any(|arg| arg == "-v" || arg == "-V") {
            let says = vec![(5, true, format!("nginx version: nginx/{version}"))];
            return Some(Box::new(Server::new(launch, version, vec![], says).ending(0)));
        }
        let servers = configured(files);
        if argv.iter().any(|arg| arg == "-t") {
            let says = vec![
                (5, true, "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok".into()),
                (6, true, "nginx: configuration file /etc/nginx/nginx.conf test is successful".into()),
            ];
            return Some(Box::new(Server::new(launch, version, vec![], says).ending(0)));
        }
        let says = opening(launch, &version, entry);
        if !argv.iter().any(|arg| arg.contains("daemon off")) {
            // It goes to the background, and the container ends with its first process.
            return Some(Box::new(Server::new(launch, version, servers, says).ending(0)));
        }
        Some(Box::new(Server::new(launch, version, servers, says)))
    }
}

/// A `server` block, as far as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    port: u16,
    root: String,
    /// Location prefix, exact or not, and what it returns or where its files are.
    locations: Vec<(String, bool, Place)>,
    all: Option<(u16, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Return(u16, String),
    Root(String),
}

fn configured(files: &Files) -> Vec<Block> {
    let mut blocks = vec![];
    let main = files.text("/etc/nginx/nginx.conf").unwrap_or_default();
    read_blocks(&main, &mut blocks);
    if main.contains("conf.d") {
        for name in files.list("/etc/nginx/conf.d").unwrap_or_default() {
            if name.ends_with(".conf") {
                read_blocks(&files.text(&format!("/etc/nginx/conf.d/{name}")).unwrap_or_default(), &mut blocks);
            }
        }
    }
    blocks
}

/// Reads the statements of a configuration, one word list each, with `{` and `}` as words of their own.
fn statements(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut words, mut word) = (vec![], vec![], String::new());
    let mut quote = None;
    let mut comment = false;
    for c in text.chars() {
        match (quote, c) {
            _ if comment => comment = c != '\n',
            (Some(q), c) if c == q => {
                quote = None;
                words.push(std::mem::take(&mut word));
            }
            (Some(_), c) => word.push(c),
            (None, '#') => comment = true,
            (None, '"' | '\'') => quote = Some(c),
            (None, c) if c.is_whitespace() || ";{}".contains(c) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if "{}".contains(c) {
                    words.push(c.into());
                }
                if ";{}".contains(c) && !words.is_empty() {
                    all.push(std::mem::take(&mut words));
                }
            }
            (None, c) => word.push(c),
        }
    }
    all
}

fn read_blocks(text: &str, blocks: &mut Vec<Block>) {
    let mut open: Vec<Vec<String>> = vec![];
    let mut block: Option<Block> = None;
    for words in statements(text) {
        let at = |n: usize| words.get(n).map_or("", String::as_str);
        let location = open.last().filter(|o| o.first().is_some_and(|w| w == "location")).cloned();
        match at(0) {
            "}" if open.pop().is_some_and(|o| o[0] == "server") => {
                blocks.extend(block.take());
            }
            _ if words.last().is_some_and(|w| w == "{") => {
                if at(0) == "server" {
                    block =
                        Some(Block { port: 80, root: "/usr/share/nginx/html".into(), locations: vec![], all: None });
                }
                open.push(words);
            }
            "listen" => {
                let port = at(1).rsplit(':').next().and_then(|p| p.parse().ok());
                if let (Some(block), Some(port)) = (&mut block, port) {
                    block.port = port;
                }
            }
            "root" | "return" => {
                let Some(block) = &mut block else { continue };
                let place = match at(0) {
                    "root" => Place::Root(at(1).into()),
                    _ => Place::Return(at(1).parse().unwrap_or(200), at(2).replace("\\n", "\n")),
                };
                match (location, place) {
                    (Some(words), place) => {
                        let exact = words.get(1).is_some_and(|w| w == "=");
                        let path = words.get(if exact { 2 } else { 1 }).cloned().unwrap_or_default();
                        block.locations.push((path, exact, place));
                    }
                    (None, Place::Root(root)) => block.root = root,
                    (None, Place::Return(status, text)) => block.all = Some((status, text)),
                }
            }
            _ => {}
        }
    }
}

/// What the entrypoint and nginx itself write as they start.
fn opening(launch: &Launch, version: &str, entry: bool) -> Vec<(u64, bool, String)> {
    let minor: u32 = version.split('.').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut says = vec![];
    if minor >= 19 && entry {
        let script = "/docker-entrypoint.sh: ";
        let ipv6 = "10-listen-on-ipv6-by-default.sh: info: ";
        let mut lines = vec![
            format!("{script}/docker-entrypoint.d/ is not empty, will attempt to perform configuration"),
            format!("{script}Looking for shell scripts in /docker-entrypoint.d/"),
            format!("{script}Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh"),
            format!("{ipv6}Getting the checksum of /etc/nginx/conf.d/default.conf"),
            format!("{ipv6}Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf"),
        ];
        if minor >= 25 {
            lines.push(format!("{script}Sourcing /docker-entrypoint.d/15-local-resolvers.envsh"));
        }
        lines.push(format!("{script}Launching /docker-entrypoint.d/20-envsubst-on-templates.sh"));
        lines.push(format!("{script}Launching /docker-entrypoint.d/30-tune-worker-processes.sh"));
        lines.push(format!("{script}Configuration complete; ready for start up"));
        says.extend(lines.into_iter().enumerate().map(|(n, line)| (10 + n as u64 * 6, false, line)));
    }
    if minor >= 19 {
        let at = says.last().map_or(10, |(at, ..)| at + 12);
        let stamp = (launch.at + crate::time::Span::millis(at)).timestamp().strftime("%Y/%m/%d %H:%M:%S");
        let compiler = match launch.tag.contains("alpine") {
            true => "built by gcc 14.2.0 (Alpine 14.2.0) ",
            false => "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1) ",
        };
        let mut lines = vec![
            "using the \"epoll\" event method".to_owned(),
            format!("nginx/{version}"),
            compiler.into(),
            "OS: Linux 6.1.0-28-amd64".into(),
            "getrlimit(RLIMIT_NOFILE): 1048576:1048576".into(),
            "start worker processes".into(),
        ];
        lines.extend((0..launch.cpus).map(|n| format!("start worker process {}", 29 + n)));
        says.extend(lines.into_iter().map(|line| (at, true, format!("{stamp} [notice] 1#1: {line}"))));
    }
    says
}

#[derive(Clone)]
struct Server {
    daemon: Daemon,
    version: String,
    blocks: Vec<Block>,
    count: u64,
}

impl Server {
    fn new(launch: &Launch, version: String, blocks: Vec<Block>, says: Vec<(u64, bool, String)>) -> Server {
        let ports: Vec<u16> = blocks.iter().map(|block| block.port).collect();
        Server { daemon: Daemon::new(launch, &ports, says), version, blocks, count: 0 }
    }

    fn ending(mut self, code: i32) -> Server {
        let after = self.daemon.up + 10;
        self.daemon = self.daemon.ending(after, code);
        self
    }

    fn find(&self, port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> HttpResponse {
        let Some(block) = self.blocks.iter().find(|block| block.port == port) else {
            return self.page(404);
        };
        if let Some((status, text)) = &block.all {
            return self.returned(*status, text);
        }
        let path = request.path();
        let exact = block.locations.iter().find(|(prefix, exact, _)| *exact && prefix == path);
        let prefix = block.locations.iter().filter(|(prefix, exact, _)| !exact && path.starts_with(prefix.as_str()));
        let root = match exact.or(prefix.max_by_key(|(prefix, ..)| prefix.len())) {
            Some((_, _, Place::Return(status, text))) => return self.returned(*status, text),
            Some((_, _, Place::Root(root))) => root,
            None => &block.root,
        };
        self.file(root, request, inside)
    }

    fn file(&self, root: &str, request: &HttpRequest, inside: &mut Inside<'_>) -> HttpResponse {
        let path = request.path();
        if request.method != "GET" && request.method != "HEAD" {
            return self.page(405);
        }
        let full = format!("{root}{path}");
        if !path.ends_with('/') && inside.files.is_dir(&full) {
            let to = format!("http://{}{path}/", request.host);
            return self.page(301).with("Location", &to);
        }
        let file = if path.ends_with('/') { format!("{full}index.html") } else { full.clone() };
        match inside.files.read(&file) {
            Ok(bytes) => {
                let mut response = HttpResponse::of(200, kind(&file), bytes.to_vec());
                response.headers.insert(0, ("Server".into(), format!("nginx/{}", self.version)));
                response.with("Accept-Ranges", "bytes")
            }
            Err(_) if path.ends_with('/') && inside.files.is_dir(&full) => {
                self.log_error(&format!("directory index of \"{full}\" is forbidden"), request, inside);
                self.page(403)
            }
            Err(_) => {
                let what = format!("open() \"{file}\" failed (2: No such file or directory)");
                self.log_error(&what, request, inside);
                self.page(404)
            }
        }
    }

    fn log_error(&self, what: &str, request: &HttpRequest, inside: &mut Inside<'_>) {
        let stamp = inside.now.timestamp().strftime("%Y/%m/%d %H:%M:%S");
        let worker = 29 + self.count % u64::from(inside.launch.cpus.max(1));
        let HttpRequest { method, target, host, client, .. } = request;
        inside.complain(&format!(
            "{stamp} [error] {worker}#{worker}: *{} {what}, client: {client}, server: localhost, request: \"{method} {target} HTTP/1.1\", host: \"{host}\"",
            self.count
        ));
    }

    fn returned(&self, status: u16, text: &str) -> HttpResponse {
        if (300..400).contains(&status) {
            return self.page(status).with("Location", text);
        }
        if text.is_empty() {
            return self.page(status);
        }
        let mut response = HttpResponse::of(status, "application/octet-stream", text.as_bytes().to_vec());
        response.headers.insert(0, ("Server".into(), format!("nginx/{}", self.version)));
        response
    }

    fn page(&self, status: u16) -> HttpResponse {
        let mut response = HttpResponse::of(status, "text/html", error_page(status, &self.version).into_bytes());
        response.headers.insert(0, ("Server".into(), format!("nginx/{}", self.version)));
        response
    }
}

fn error_page(status: u16, version: &str) -> String {
    let what = format!("{status} {}", reason(status).replace("Method Not Allowed", "Not Allowed"));
    format!(
        "<html>\r\n<head><title>{what}</title></head>\r\n<body>\r\n<center><h1>{what}</h1></center>\r\n<hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The media type by the end of a name.
fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" | "htm" => "text/html",
        "txt" => "text/plain",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "xml" => "text/xml",
        _ => "application/octet-stream",
    }
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        let stamp = inside.now.timestamp().strftime("%Y/%m/%d %H:%M:%S");
        let line = match signal {
            Signal::Quit => "signal 3 (SIGQUIT) received, shutting down",
            Signal::Term | Signal::Int => "signal 15 (SIGTERM) received, exiting",
            Signal::Hup => {
                self.blocks = configured(inside.files);
                self.daemon.ports = self.blocks.iter().map(|block| block.port).collect();
                inside.complain(&format!("{stamp} [notice] 1#1: signal 1 (SIGHUP) received, reconfiguring"));
                return self.daemon.tick(inside);
            }
            _ => return self.daemon.tick(inside),
        };
        inside.complain(&format!("{stamp} [notice] 1#1: {line}"));
        for worker in 29..29 + inside.launch.cpus {
            inside.complain(&format!("{stamp} [notice] {worker}#{worker}: exiting"));
        }
        inside.complain(&format!("{stamp} [notice] 1#1: exit"));
        State::Exited(0)
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn answer(&mut self, port: u16, request: &HttpRequest, inside: &mut Inside<'_>) -> Option<HttpResponse> {
        self.count += 1;
        let mut response = self.find(port, request, inside);
        let length = response.body.len();
        if request.method == "HEAD" {
            response.body.clear();
        }
        let stamp = inside.now.timestamp().strftime("%d/%b/%Y:%H:%M:%S +0000");
        let agent = request.header("User-Agent").unwrap_or("-");
        let HttpRequest { method, target, client, .. } = request;
        let status = response.status;
        inside.print(&format!(
            "{client} - - [{stamp}] \"{method} {target} HTTP/1.1\" {status} {length} \"-\" \"{agent}\" \"-\""
        ));
        Some(response)
    }

    fn processes(&self, launch: &Launch) -> Vec<(u32, String)> {
        let mut all = vec![(1, "nginx: master process nginx -g daemon off;".to_owned())];
        all.extend((0..launch.cpus).map(|n| (29 + n, "nginx: worker process".to_owned())));
        all
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_with_a_port_and_an_answer_is_understood() {
        let mut blocks = vec![];
        read_blocks("server { listen 8080; location /hi { return 200 'hello\\n'; } root /data; } # end", &mut blocks);
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].port, blocks[0].root.as_str()), (8080, "/data"));
        assert_eq!(blocks[0].locations[0].2, Place::Return(200, "hello\n".into()));
    }

    #[test]
    fn a_tag_means_a_version() {
        assert_eq!(version("1.27"), "1.27.5");
        assert_eq!(version("1.7.9"), "1.7.9");
        assert_eq!(version("alpine"), "1.29.4");
    }
}
