//! mongod, and of mongosh the questions that probes ask.
//!
//! Models: `docker-library/mongo`.
//! Left out: documents: it keeps none, and says so.

use super::client::option;
use super::server::daemon;
use crate::node::images::{Base, Config, Image, Tool};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::{Got, Host, Job, Launch as Launched, Poll, Signal, Ticket, Wake, Want};
use crate::script::sys::Sys;
use crate::time::Time;

pub struct Mongo;

static CONFIG: Config = Config {
    names: &["docker.io/library/mongo"],
    versions: &[
        ("3.4", 24),
        ("3.6", 23),
        ("4", -1),
        ("4.0", 28),
        ("4.2", 24),
        ("4.4", 29),
        ("5", -1),
        ("5.0", 31),
        ("6", -1),
        ("6.0", 26),
        ("7", -1),
        ("7.0", 26),
        ("8", -1),
        ("8.0", 16),
        ("8.2", 2),
    ],
    variants: &["focal", "jammy", "noble"],
    bytes: 313_000_000,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["mongod"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")],
    ports: &[27017],
    base: Base::Debian,
    ..Config::DEFAULT
};

impl Image for Mongo {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let _ = files.mkdirs("/data/db", Time::ZERO);
    }

    fn start(&self, launch: &Launch, _files: &mut Files) -> Option<Box<dyn Program>> {
        let mut words = launch.argv.iter().filter(|word| !word.ends_with("docker-entrypoint.sh"));
        let first = words.next()?;
        if first.rsplit('/').next() != Some("mongod") && !(first.starts_with('-') && launch.argv.len() > 1) {
            return None;
        }
        let version = super::super::version_of(&CONFIG, &launch.tag, "8.2.2");
        let port: u16 = launch.flag("port").and_then(|port| port.parse().ok()).unwrap_or(27017);
        let lines = [
            ("CONTROL", "MongoDB starting".to_owned()),
            ("CONTROL", format!("Build Info\",\"attr\":{{\"buildInfo\":{{\"version\":\"{version}\"}}}},\"x\":\"")),
            ("NETWORK", format!("Waiting for connections\",\"attr\":{{\"port\":{port},\"ssl\":\"off\"}},\"x\":\"")),
        ];
        let lines = lines.into_iter().map(|(part, text)| {
            let text = text.strip_suffix(",\"x\":\"").map_or_else(|| format!("{text}\""), str::to_owned);
            format!("{{\"s\":\"I\",\"c\":\"{part}\",\"ctx\":\"initandlisten\",\"msg\":\"{text}}}")
        });
        Some(Box::new(Server { daemon: daemon(launch, &[port], lines.collect(), 1_200), version }))
    }

    fn tools(&self) -> &'static [(&'static str, Tool)] {
        &[("mongo", mongosh), ("mongosh", mongosh)]
    }
}

#[derive(Clone)]
struct Server {
    daemon: Daemon,
    version: String,
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn receive(&mut self, _port: u16, _bytes: &[u8], _inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        Some(self.version.clone().into_bytes())
    }

    fn memory(&self) -> u64 {
        170 << 20
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct Shell {
    host: String,
    port: u16,
    script: String,
    asked: Option<Ticket>,
}

fn mongosh(argv: &[String], sys: &mut Sys<'_>) -> Launched {
    let mut shell = Shell { host: "127.0.0.1".into(), port: 27017, script: String::new(), asked: None };
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        match option(arg, &["-u"], &mut rest) {
            Some(("--eval", value)) if value.is_empty() => shell.script = rest.next().cloned().unwrap_or_default(),
            Some(("--eval", value)) => shell.script = value,
            Some(("--host", value)) => shell.host = value,
            Some(("--port", value)) => shell.port = value.parse().unwrap_or(27017),
            Some(_) => {}
            None => {
                let place = arg.strip_prefix("mongodb://").unwrap_or(arg).split('/').next().unwrap_or_default();
                let place = place.rsplit('@').next().unwrap_or_default();
                let (host, port) = place.split_once(':').unwrap_or((place, "27017"));
                if place.contains(['.', ':']) || arg.contains("://") || host == "localhost" {
                    (shell.host, shell.port) = (host.to_owned(), port.parse().unwrap_or(27017));
                }
            }
        }
    }
    if shell.script.is_empty() {
        sys.err("mongosh: an interactive shell is left out here; use --eval \"db.adminCommand('ping')\"\n");
        return Launched::Done(1);
    }
    Launched::Job(Box::new(shell))
}

impl Shell {
    fn answer(&self, version: &str, sys: &mut Sys<'_>) -> i32 {
        let script: String = self.script.chars().filter(|c| !c.is_whitespace() && !"\"';".contains(*c)).collect();
        let inner =
            script.strip_prefix("print(").or(script.strip_prefix("printjson(")).and_then(|s| s.strip_suffix(')'));
        let (call, field) = match inner.unwrap_or(&script).split_once(").") {
            Some((call, field)) => (format!("{call})"), Some(field)),
            None => (inner.unwrap_or(&script).to_owned(), None),
        };
        let pings = ["ping", "{ping:1}"]
            .iter()
            .any(|what| [format!("db.adminCommand({what})"), format!("db.runCommand({what})")].contains(&call));
        match (pings, field, call.as_str()) {
            (true, None, _) => sys.out("{ ok: 1 }\n"),
            (true, Some("ok"), _) => sys.out("1\n"),
            (_, None, "db.version()") => sys.out(&format!("{version}\n")),
            _ => {
                sys.err("mongosh: only db.adminCommand('ping'), db.runCommand('ping') and db.version() are here\n");
                return 1;
            }
        }
        0
    }
}

impl Job for Shell {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let Some(ticket) = self.asked else {
            let want = Want::Raw { host: self.host.clone(), port: self.port, udp: false, bytes: b"hello".to_vec() };
            self.asked = Some(sys.ask(want));
            return Poll::Wait(Wake::net());
        };
        match sys.answer(ticket) {
            None => Poll::Wait(Wake::net()),
            Some(Got::Bytes { bytes, .. }) => Poll::Done(self.answer(&String::from_utf8_lossy(&bytes), sys)),
            Some(Got::NoSuchName | Got::NoResolver) => {
                sys.err(&format!("MongoNetworkError: getaddrinfo ENOTFOUND {}\n", self.host));
                Poll::Done(1)
            }
            Some(_) => {
                sys.err(&format!("MongoNetworkError: connect ECONNREFUSED {}:{}\n", self.host, self.port));
                Poll::Done(1)
            }
        }
    }

    fn signal(&mut self, signal: Signal, _host: &mut dyn Host, _sys: &mut Sys<'_>) -> Option<i32> {
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
