//! redis: a key-value server on 6379 that speaks enough of its protocol for PING, GET, SET, INCR and the like.
//!
//! Models: `github.com/redis/redis`, `github.com/docker-library/redis`.
//! Left out: types other than strings, the forms of its files, replication.

use super::{Config, Image, Tool};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Time;
use std::collections::BTreeMap;

pub struct Redis;

static CONFIG: Config = Config {
    names: &["docker.io/library/redis", "registry.k8s.io/redis", "k8s.gcr.io/redis", "gcr.io/google_containers/redis"],
    versions: &[
        ("3", -1),
        ("4", -1),
        ("5", -1),
        ("5.0", 14),
        ("6", -1),
        ("6.0", 20),
        ("6.2", 21),
        ("7", -1),
        ("7.0", 15),
        ("7.2", 12),
        ("7.4", 7),
        ("8", -1),
        ("8.0", 5),
        ("8.2", 3),
        ("8.4", 0),
    ],
    variants: &["alpine", "bookworm", "bullseye", "trixie", "alpine3.21", "alpine3.22", "e2e"],
    bytes: 46_206_541,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["redis-server"],
    env: &[("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("REDIS_VERSION", "8.4.0")],
    cwd: "/data",
    ports: &[6379],
    ..Config::DEFAULT
};

const KEYS: usize = 1_000;
/// What outlives it, where `/data` does.
const DUMP: &str = "/data/dump.rdb";

impl Image for Redis {
    fn config(&self) -> &Config {
        &CONFIG
    }

    fn furnish(&self, _tag: &str, files: &mut Files) {
        let _ = files.mkdirs("/data", Time::ZERO);
    }

    fn tools(&self) -> &'static [(&'static str, Tool)] {
        &[("redis-cli", super::databases::redis_cli)]
    }

    fn start(&self, launch: &Launch, files: &mut Files) -> Option<Box<dyn Program>> {
        let mut argv = launch.argv.as_slice();
        if argv.first().is_some_and(|name| name.ends_with("docker-entrypoint.sh")) {
            argv = &argv[1..];
        }
        let name = argv.first()?;
        let options = name.starts_with('-') || name.ends_with(".conf");
        if !options && name.rsplit('/').next() != Some("redis-server") {
            return None;
        }
        let port = argv.windows(2).find(|w| w[0] == "--port").and_then(|w| w[1].parse().ok()).unwrap_or(6379);
        let version = super::version_of(&CONFIG, &launch.tag, "8.4.0");
        let line = |at: u64, mark: char, text: &str| (at, false, (mark, text.to_owned()));
        let lines = [
            line(10, '*', "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"),
            line(
                10,
                '*',
                &format!("Redis version={version}, bits=64, commit=00000000, modified=0, pid=1, just started"),
            ),
            line(
                10,
                '#',
                "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf",
            ),
            line(11, '*', "monotonic clock: POSIX clock_gettime"),
            line(12, '*', &format!("Running mode=standalone, port={port}.")),
            line(13, '*', "Server initialized"),
            line(13, '*', "Ready to accept connections tcp"),
        ];
        let says = lines.into_iter().map(|(at, error, (mark, text))| {
            let role = if mark == '*' && text.starts_with("oO0") || at < 11 { 'C' } else { 'M' };
            (at, error, format!("1:{role} {} {mark} {text}", stamp(launch.at + crate::time::Span::millis(at))))
        });
        let daemon = Daemon::new(launch, &[port], says.collect());
        let kept = files.text(DUMP).ok().and_then(|text| serde_json::from_str(&text).ok());
        let always = argv.windows(2).any(|w| w[0] == "--appendonly" && w[1] == "yes");
        Some(Box::new(Server { daemon, keys: kept.unwrap_or_default(), always }))
    }
}

fn stamp(at: Time) -> String {
    at.timestamp_exact().strftime("%d %b %Y %H:%M:%S.%3f").to_string()
}

#[derive(Clone)]
struct Server {
    daemon: Daemon,
    keys: BTreeMap<String, String>,
    /// Written down after every change, not only at the end.
    always: bool,
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        if !matches!(signal, Signal::Term | Signal::Int) {
            return self.daemon.tick(inside);
        }
        let stamp = stamp(inside.now);
        inside.print(&format!(
            "1:signal-handler ({}) Received SIGTERM scheduling shutdown...",
            inside.now.timestamp().as_second()
        ));
        for text in [
            "* User requested shutdown...",
            "* Saving the final RDB snapshot before exiting.",
            "* DB saved on disk",
            "# Redis is now ready to exit, bye bye...",
        ] {
            inside.print(&format!("1:M {stamp} {text}"));
        }
        self.keep(inside);
        State::Exited(0)
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn receive(&mut self, _port: u16, bytes: &[u8], inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        let text = String::from_utf8_lossy(bytes);
        let mut answer = String::new();
        if text.starts_with('*') {
            let text = text.trim_end_matches("\r\n");
            let words: Vec<&str> = text.split("\r\n").skip(2).step_by(2).collect();
            answer = self.command(&words);
        } else {
            for line in text.lines() {
                answer += &self.command(&line.split_whitespace().collect::<Vec<_>>());
            }
        }
        if self.always {
            self.keep(inside);
        }
        Some(answer.into_bytes())
    }

    fn idle(&self) -> u32 {
        1_400
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Server {
    fn keep(&self, inside: &mut Inside<'_>) {
        let text = serde_json::to_string(&self.keys).expect("keys and texts are JSON");
        let _ = inside.files.write(DUMP, text.as_bytes(), inside.now);
    }

    fn command(&mut self, words: &[&str]) -> String {
        let Some(name) = words.first() else { return String::new() };
        let bulk = |value: Option<&String>| value.map_or("$-1\r\n".into(), |v| format!("${}\r\n{v}\r\n", v.len()));
        match (name.to_ascii_lowercase().as_str(), &words[1..]) {
            ("ping", []) => "+PONG\r\n".into(),
            ("ping" | "echo", [text, ..]) => format!("${}\r\n{text}\r\n", text.len()),
            ("quit", _) => "+OK\r\n".into(),
            ("set", [key, value, ..]) => {
                if self.keys.len() >= KEYS && !self.keys.contains_key(*key) {
                    return "-OOM command not allowed when used memory > 'maxmemory'.\r\n".into();
                }
                self.keys.insert((*key).into(), (*value).into());
                "+OK\r\n".into()
            }
            ("get", [key]) => bulk(self.keys.get(*key)),
            ("del", keys) => format!(":{}\r\n", keys.iter().filter(|k| self.keys.remove(**k).is_some()).count()),
            ("exists", keys) => format!(":{}\r\n", keys.iter().filter(|k| self.keys.contains_key(**k)).count()),
            ("dbsize", []) => format!(":{}\r\n", self.keys.len()),
            ("keys", [_]) => {
                let all: String = self.keys.keys().map(|k| bulk(Some(k))).collect();
                format!("*{}\r\n{all}", self.keys.len())
            }
            ("incr" | "decr", [key]) => {
                let step = if name.eq_ignore_ascii_case("incr") { 1 } else { -1 };
                match self.keys.get(*key).map_or(Ok(0), |v| v.parse::<i64>()) {
                    Ok(n) => {
                        self.keys.insert((*key).into(), (n + step).to_string());
                        format!(":{}\r\n", n + step)
                    }
                    Err(_) => "-ERR value is not an integer or out of range\r\n".into(),
                }
            }
            ("set" | "get" | "dbsize" | "keys" | "incr" | "decr" | "echo", _) => {
                format!("-ERR wrong number of arguments for '{}' command\r\n", name.to_ascii_lowercase())
            }
            _ => {
                let rest: String = words[1..].iter().map(|w| format!("'{w}' ")).collect();
                format!("-ERR unknown command '{name}', with args beginning with: {rest}\r\n")
            }
        }
    }
}
