//! Well-known public images that have no file of their own: what they need, say and listen on.
//!
//! Models: the official images of the Docker hub.
//! Left out: what they do. A server accepts connections and answers nothing; an interpreter without a script waits or ends.

use super::answer::{Ending, Server};
use super::{Base, Config, Image};
use crate::node::http::HttpResponse;
use crate::node::program::{Launch, Program};
use crate::script::files::Files;

/// One such image.
pub struct Row {
    config: Config,
    /// Base names of its programs; the first is the one it starts by itself.
    programs: &'static [&'static str],
    /// One of these variables must be set, or it ends with code 1 and these lines.
    needs: &'static [&'static str],
    refusal: &'static [&'static str],
    says: &'static [&'static str],
    /// Milliseconds until it is up.
    up: u64,
    /// An interpreter: without a terminal it reads the end of its input and is done.
    interpreter: bool,
    http: bool,
    on_term: i32,
}

impl Row {
    const DEFAULT: Row = Row {
        config: Config::DEFAULT,
        programs: &[],
        needs: &[],
        refusal: &[],
        says: &[],
        up: 300,
        interpreter: false,
        http: false,
        on_term: 0,
    };
}

pub fn all() -> impl Iterator<Item = &'static dyn Image> {
    ROWS.iter().map(|row| row as &dyn Image)
}

impl Image for Row {
    fn config(&self) -> &Config {
        &self.config
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let named = |arg: &String| self.programs.contains(&arg.rsplit('/').next().unwrap_or(arg));
        let argv: Vec<&String> = launch
            .argv
            .iter()
            .filter(|arg| !arg.contains("docker-entrypoint") && !arg.ends_with("tini") && *arg != "--")
            .collect();
        let first = argv.first()?;
        if !named(first) && !(first.starts_with('-') && argv.len() < launch.argv.len()) {
            return None;
        }
        if self.interpreter {
            return self.interpret(launch, &argv);
        }
        if !self.needs.is_empty() && !self.needs.iter().any(|name| launch.env(name).is_some()) {
            let says = self.refusal.iter().map(|line| (20, true, (*line).to_owned())).collect();
            let mut server = Server::new(launch, &[], says, hello);
            server.daemon = server.daemon.ending(30, 1);
            return Some(Box::new(server));
        }
        let count = self.says.len().max(1) as u64;
        let says = self.says.iter().enumerate();
        let says = says.map(|(n, line)| (self.up * (n as u64 + 1) / count, true, (*line).to_owned())).collect();
        let mut server = Server::new(launch, self.config.ports, says, hello).ending(Ending::Exits(self.on_term));
        server.daemon.up = self.up;
        server.memory = 64 << 20;
        Some(if self.http { Box::new(server) } else { Box::new(Mute(server)) })
    }
}

impl Row {
    /// `perl -Mbignum=bpi -wle 'print bpi(2000)'`, `python -m http.server`, `node -e ...`: the few that tutorials use.
    fn interpret(&self, launch: &Launch, argv: &[&String]) -> Option<Box<dyn Program>> {
        let words: Vec<&str> = argv.iter().map(|arg| arg.as_str()).collect();
        let all = words.join(" ");
        if all.contains("http.server") {
            let port = words.iter().rev().find_map(|w| w.parse().ok()).unwrap_or(8000);
            let mut server = Server::new(launch, &[port], vec![], |request, inside, _| {
                let path = format!("{}{}", inside.launch.cwd.trim_end_matches('/'), request.path());
                let file = if path.ends_with('/') { format!("{path}index.html") } else { path };
                match inside.files.read(&file) {
                    Ok(bytes) => HttpResponse::of(200, "text/html", bytes.to_vec()),
                    Err(_) if file.ends_with("index.html") => {
                        HttpResponse::text(200, "<title>Directory listing for /</title>\n")
                    }
                    Err(_) => HttpResponse::text(404, "Error code: 404\nMessage: File not found.\n"),
                }
            });
            server.daemon.up = 200;
            return Some(Box::new(server.ending(Ending::Deaf)));
        }
        if all.contains("bpi(") {
            let digits: usize =
                all.split("bpi(").nth(1).and_then(|t| t.split(')').next()).and_then(|n| n.parse().ok()).unwrap_or(100);
            let mut server = Server::new(launch, &[], vec![(2500, false, pi(digits.min(5000)))], hello);
            server.daemon = server.daemon.ending(2600, 0);
            return Some(Box::new(server));
        }
        let printed = words.windows(2).find(|w| ["-c", "-e", "-wle", "-le"].contains(&w[0])).map(|w| literal(w[1]));
        let mut server = Server::new(launch, &[], vec![], hello);
        server.daemon = match printed {
            Some(text) => {
                let says = text.into_iter().map(|line| (60, false, line)).collect();
                crate::node::program::Daemon::new(launch, &[], says).ending(80, 0)
            }
            None if words.len() == 1 && (launch.tty || launch.stdin) => server.daemon,
            None => server.daemon.ending(80, 0),
        };
        Some(Box::new(server.ending(Ending::Deaf)))
    }
}

/// The texts in quotes of `print("..")`, `console.log('..')`, `print "..\n"`.
fn literal(code: &str) -> Vec<String> {
    let mut texts = vec![];
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = rest[at..].chars().next().unwrap_or('"');
        let Some(end) = rest[at + 1..].find(quote) else { break };
        texts.push(rest[at + 1..at + 1 + end].trim_end_matches("\\n").to_owned());
        rest = &rest[at + end + 2..];
    }
    texts
}

/// The digits of pi, by Gibbons' spigot on digits in an array (Rabinowitz and Wagon).
fn pi(digits: usize) -> String {
    let length = digits * 10 / 3 + 2;
    let mut a = vec![2u32; length];
    let (mut text, mut nines, mut held) = (String::new(), 0usize, None::<u32>);
    while text.len() < digits + 1 {
        let mut carry = 0u32;
        for i in (0..length).rev() {
            let x = a[i] * 10 + carry * (i as u32 + 1);
            let odd = 2 * i as u32 + 1;
            (a[i], carry) = if i == 0 { (x % 10, x / 10) } else { (x % odd, x / odd) };
        }
        match carry {
            9 => nines += 1,
            10 => {
                text.push_str(&held.map_or(String::new(), |h| (h + 1).to_string()));
                text.push_str(&"0".repeat(nines));
                (held, nines) = (Some(0), 0);
            }
            digit => {
                text.push_str(&held.map_or(String::new(), |h| h.to_string()));
                text.push_str(&"9".repeat(nines));
                (held, nines) = (Some(digit), 0);
            }
        }
    }
    text.truncate(digits);
    text.insert(1, '.');
    text
}

const fn hello(
    _: &crate::node::http::HttpRequest,
    _: &mut crate::node::program::Inside<'_>,
    _: &[String],
) -> HttpResponse {
    HttpResponse {
        status: 200,
        headers: vec![],
        body: vec![],
        takes: crate::time::Span::ZERO,
        work: crate::node::http::WORK,
    }
}

/// A server that speaks something else than HTTP.
#[derive(Clone)]
struct Mute(Server);

impl Program for Mute {
    fn tick(&mut self, inside: &mut crate::node::program::Inside<'_>) -> crate::node::program::State {
        self.0.tick(inside)
    }

    fn signal(
        &mut self,
        signal: crate::script::host::Signal,
        inside: &mut crate::node::program::Inside<'_>,
    ) -> crate::node::program::State {
        self.0.signal(signal, inside)
    }

    fn listens(&self, port: u16, now: crate::time::Time) -> bool {
        self.0.listens(port, now)
    }

    fn memory(&self) -> u64 {
        self.0.memory
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

const PATH: (&str, &str) = ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
const ENTRY: &[&str] = &["docker-entrypoint.sh"];
const SYSTEMS: &[&str] = &[
    "alpine",
    "slim",
    "bookworm",
    "bullseye",
    "trixie",
    "slim-bookworm",
    "slim-bullseye",
    "alpine3.21",
    "alpine3.22",
    "lts",
    "lts-alpine",
    "lts-slim",
];

static ROWS: &[Row] = &[
    Row {
        config: Config {
            names: &["docker.io/library/memcached"],
            versions: &[("1", -1), ("1.4", 36), ("1.5", 22), ("1.6", 40)],
            variants: SYSTEMS,
            bytes: 32_000_000,
            entrypoint: ENTRY,
            cmd: &["memcached"],
            env: &[PATH],
            ports: &[11211],
            ..Config::DEFAULT
        },
        programs: &["memcached"],
        up: 20,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &["docker.io/library/wordpress"],
            versions: &[("4.8", 3), ("5", -1), ("5.9", 5), ("6", -1), ("6.7", 2), ("6.8", 3), ("6.9", 0)],
            variants: &["apache", "php8.3-apache", "php8.2", "php8.3", "fpm"],
            bytes: 253_000_000,
            entrypoint: ENTRY,
            cmd: &["apache2-foreground"],
            env: &[PATH],
            ports: &[80],
            ..Config::DEFAULT
        },
        programs: &["apache2-foreground"],
        says: &[
            "WordPress not found in /var/www/html - copying now...",
            "Complete! WordPress has been successfully copied to /var/www/html",
            "[mpm_prefork:notice] [pid 1] AH00163: Apache/2.4.65 (Debian) PHP/8.3.28 configured -- resuming normal operations",
        ],
        up: 1500,
        http: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &["docker.io/library/python"],
            versions: &[
                ("2", -1),
                ("2.7", 18),
                ("3", -1),
                ("3.6", 15),
                ("3.7", 17),
                ("3.8", 20),
                ("3.9", 25),
                ("3.10", 19),
                ("3.11", 14),
                ("3.12", 12),
                ("3.13", 11),
                ("3.14", 2),
            ],
            variants: SYSTEMS,
            bytes: 402_000_000,
            cmd: &["python3"],
            env: &[PATH],
            ..Config::DEFAULT
        },
        programs: &["python3", "python"],
        interpreter: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &["docker.io/library/node"],
            versions: &[
                ("14", -1),
                ("16", -1),
                ("18", -1),
                ("20", -1),
                ("22", -1),
                ("24", -1),
                ("25", -1),
                ("18.20", 8),
                ("20.19", 6),
                ("22.21", 1),
            ],
            variants: SYSTEMS,
            bytes: 400_000_000,
            entrypoint: ENTRY,
            cmd: &["node"],
            env: &[PATH],
            ..Config::DEFAULT
        },
        programs: &["node"],
        interpreter: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &["docker.io/library/perl"],
            versions: &[
                ("5", -1),
                ("5.30", 3),
                ("5.32", 1),
                ("5.34", 3),
                ("5.36", 3),
                ("5.38", 5),
                ("5.40", 3),
                ("5.42", 0),
            ],
            variants: SYSTEMS,
            bytes: 336_000_000,
            cmd: &["perl", "-de0"],
            env: &[PATH],
            ..Config::DEFAULT
        },
        programs: &["perl"],
        interpreter: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &[
                "docker.io/library/golang",
                "docker.io/library/openjdk",
                "docker.io/library/eclipse-temurin",
                "docker.io/library/ruby",
                "docker.io/library/php",
                "docker.io/library/rust",
            ],
            versions: &[
                ("1", -1),
                ("1.21", 13),
                ("1.22", 12),
                ("1.23", 12),
                ("1.24", 11),
                ("1.25", 5),
                ("3", -1),
                ("3.3", 10),
                ("3.4", 7),
                ("8", -1),
                ("8.3", 28),
                ("11", -1),
                ("17", -1),
                ("21", -1),
            ],
            variants: SYSTEMS,
            bytes: 300_000_000,
            cmd: &["bash"],
            env: &[PATH],
            ..Config::DEFAULT
        },
        programs: &["go", "jshell", "java", "irb", "ruby", "php"],
        interpreter: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &["docker.io/library/rabbitmq"],
            versions: &[("3", -1), ("3.12", 14), ("3.13", 7), ("4", -1), ("4.0", 9), ("4.1", 6), ("4.2", 1)],
            variants: &["management", "alpine", "management-alpine"],
            bytes: 105_000_000,
            entrypoint: ENTRY,
            cmd: &["rabbitmq-server"],
            env: &[PATH],
            ports: &[5672, 15672],
            ..Config::DEFAULT
        },
        programs: &["rabbitmq-server"],
        says: &["  ##  ##      RabbitMQ", "[info] <0.9.0> Server startup complete; 0 plugins started."],
        up: 4000,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &[
                "docker.io/traefik/whoami",
                "docker.io/containous/whoami",
                "docker.io/jmalloc/echo-server",
                "docker.io/ealen/echo-server",
                "k8s.gcr.io/echoserver",
                "registry.k8s.io/echoserver",
                "gcr.io/google_containers/echoserver",
                "docker.io/kennethreitz/httpbin",
                "docker.io/library/hello-world",
                "docker.io/nginxdemos/hello",
                "docker.io/paulbouwer/hello-kubernetes",
                "docker.io/library/traefik",
                "docker.io/library/haproxy",
                "docker.io/library/caddy",
                "docker.io/library/tomcat",
                "docker.io/library/registry",
            ],
            versions: &[
                ("v1.10", 4),
                ("v1.11", 0),
                ("1.4", -1),
                ("1.10", -1),
                ("0.9", 2),
                ("2", -1),
                ("v3", -1),
                ("v3.6", 2),
                ("2.10", 0),
                ("2.8", 3),
                ("3", -1),
                ("3.3", 0),
                ("9", -1),
                ("10", -1),
                ("10.1", 50),
                ("11", -1),
            ],
            variants: &["plain-text", "alpine", "linux", "jdk17", "jdk21"],
            bytes: 20_000_000,
            cmd: &["/serve"],
            env: &[PATH],
            ports: &[80, 8080, 5000],
            base: Base::Alpine,
            ..Config::DEFAULT
        },
        programs: &["serve", "whoami"],
        up: 20,
        http: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &[
                "docker.io/fluent/fluentd",
                "docker.io/fluent/fluent-bit",
                "quay.io/fluentd_elasticsearch/fluentd",
                "docker.io/prom/prometheus",
                "quay.io/prometheus/prometheus",
                "docker.io/prom/node-exporter",
                "quay.io/prometheus/node-exporter",
                "docker.io/grafana/grafana",
                "docker.io/library/elasticsearch",
                "docker.io/library/zookeeper",
                "docker.io/library/cassandra",
                "docker.io/library/vault",
                "docker.io/library/consul",
                "docker.io/jenkins/jenkins",
                "docker.io/library/nats",
                "docker.io/library/influxdb",
                "docker.io/library/kibana",
                "docker.io/library/telegraf",
            ],
            versions: &[
                ("v1.14", 6),
                ("v1.16", 9),
                ("v1.17", 1),
                ("v2.5.2", -1),
                ("v5.0.1", -1),
                ("1.9", 10),
                ("2", -1),
                ("2.12", 3),
                ("3", -1),
                ("3.2", 10),
                ("v2.53", 5),
                ("v3.8", 1),
                ("v1.8", 2),
                ("v1.9", 1),
                ("v1.10", 2),
                ("10.4", 14),
                ("11", -1),
                ("11.6", 8),
                ("12.3", 0),
                ("7.17", 28),
                ("8.19", 8),
                ("9.2", 2),
                ("3.4", 14),
                ("3.8", 4),
                ("3.9", 4),
                ("4.1", 10),
                ("5.0", 6),
                ("1.13", 3),
                ("1.15", 4),
                ("lts", -1),
            ],
            variants: &["debian", "debian-1", "1", "lts", "jdk17", "jdk21", "management", "alpine"],
            bytes: 120_000_000,
            cmd: &["/run-server"],
            env: &[PATH],
            ports: &[9090, 9100, 3000, 9200, 2181, 9042, 8200, 8500, 8080, 4222, 8086, 5601],
            ..Config::DEFAULT
        },
        programs: &["run-server", "prometheus", "node_exporter", "fluentd", "fluent-bit"],
        up: 800,
        http: true,
        ..Row::DEFAULT
    },
    Row {
        config: Config {
            names: &[
                "docker.io/nicolaka/netshoot",
                "docker.io/praqma/network-multitool",
                "docker.io/wbitt/network-multitool",
                "docker.io/tutum/dnsutils",
                "registry.k8s.io/e2e-test-images/jessie-dnsutils",
                "gcr.io/kubernetes-e2e-test-images/jessie-dnsutils",
                "docker.io/radial/busyboxplus",
                "docker.io/bitnami/kubectl",
                "docker.io/library/bash",
                "docker.io/library/fedora",
                "docker.io/library/centos",
                "docker.io/library/rockylinux",
                "docker.io/library/amazonlinux",
                "docker.io/alpine/git",
                "docker.io/library/docker",
            ],
            versions: &[
                ("1.0", -1),
                ("1.3", -1),
                ("1.5", -1),
                ("1.7", -1),
                ("v0.13", -1),
                ("v0.14", -1),
                ("5", -1),
                ("5.2", -1),
                ("5.3", -1),
                ("7", -1),
                ("8", -1),
                ("9", -1),
                ("2", -1),
                ("2023", -1),
                ("40", -1),
                ("41", -1),
                ("42", -1),
                ("43", -1),
                ("1.36", -1),
                ("29", -1),
            ],
            variants: &["curl", "extra", "minimal", "alpine", "dind"],
            bytes: 60_000_000,
            cmd: &["/bin/sh"],
            env: &[PATH],
            extra: &["curl", "wget", "nslookup", "dig", "ping", "nc", "jq", "bash", "ip", "netstat", "traceroute"],
            ..Config::DEFAULT
        },
        ..Row::DEFAULT
    },
];

#[cfg(test)]
mod tests {
    #[test]
    fn pi_has_its_digits() {
        assert_eq!(super::pi(30), "3.14159265358979323846264338327");
    }
}
