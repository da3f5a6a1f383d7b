//! The server of a relational database: accounts, databases and tables in its directory.
//!
//! Models: `docker-library/mysql`, `docker-library/postgres`: a fresh directory is made from the variables, one with data
//! keeps what it has, the first password included.

use super::sql::{self, Dialect, Outcome, Refusal, Store};
use crate::node::program::{Daemon, Inside, Launch, Program, State};
use crate::script::files::Files;
use crate::script::host::Signal;
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a client asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub user: String,
    pub password: Option<String>,
    pub database: String,
    /// From the server's own machine, where some trust everybody.
    pub local: bool,
    /// Empty: only to see whether one may come in.
    pub sql: String,
}

impl Request {
    pub fn bytes(&self) -> Vec<u8> {
        let Request { user, password, database, local, sql } = self;
        let value = json!({"user": user, "password": password, "database": database, "local": local, "sql": sql});
        value.to_string().into_bytes()
    }

    fn read(bytes: &[u8]) -> Option<Request> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Some(Request {
            user: text("user"),
            password: value["password"].as_str().map(str::to_owned),
            database: text("database"),
            local: value["local"].as_bool().unwrap_or(false),
            sql: text("sql"),
        })
    }
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Done(Outcome),
    Refused { number: u64, state: String, text: String },
}

impl Reply {
    fn bytes(self, version: &str) -> Vec<u8> {
        let value = match self {
            Reply::Done(Outcome { tag, changed, table, used }) => {
                json!({"tag": tag, "changed": changed, "table": table, "used": used, "version": version})
            }
            Reply::Refused { number, state, text } => json!({"number": number, "state": state, "text": text}),
        };
        value.to_string().into_bytes()
    }

    /// The reply and the server's version.
    pub fn read(bytes: &[u8]) -> Option<(Reply, String)> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        if value.get("text").is_some() {
            let number = value["number"].as_u64().unwrap_or(0);
            return Some((Reply::Refused { number, state: text("state"), text: text("text") }, String::new()));
        }
        let outcome = Outcome {
            tag: text("tag"),
            changed: value["changed"].as_u64().unwrap_or(0) as usize,
            table: serde_json::from_value(value["table"].clone()).ok()?,
            used: value["used"].as_str().map(str::to_owned),
        };
        Some((Reply::Done(outcome), text("version")))
    }
}

/// What a fresh directory is made from.
#[derive(Clone, Debug, Default)]
pub struct Birth {
    pub accounts: BTreeMap<String, String>,
    pub databases: Vec<String>,
}

#[derive(Clone)]
pub struct Server {
    pub daemon: Daemon,
    pub dialect: Dialect,
    pub root: String,
    pub version: String,
    /// What it says when it is told to end.
    pub farewell: &'static str,
}

/// Where the accounts stand in the directory.
fn accounts(dialect: Dialect, root: &str) -> String {
    match dialect {
        Dialect::Mysql => format!("{root}/mysql.ibd"),
        Dialect::Postgres => format!("{root}/global/1260"),
    }
}

/// Whether a directory has a database in it.
pub fn is_born(dialect: Dialect, root: &str, files: &Files) -> bool {
    files.is_file(&accounts(dialect, root))
}

/// Makes the directory.
///
/// # Errors
/// The disk's words.
pub fn bear(dialect: Dialect, root: &str, birth: &Birth, files: &mut Files, now: Time) -> Result<(), String> {
    let text = serde_json::to_string(&birth.accounts).expect("accounts are JSON");
    let path = accounts(dialect, root);
    files.mkdirs(crate::script::files::parent(&path), now).map_err(|fault| fault.to_string())?;
    files.write(&path, text.as_bytes(), now).map_err(|fault| fault.to_string())?;
    let mut store = Store { files, root: root.to_owned(), now, dialect };
    birth.databases.iter().try_for_each(|name| store.create(name))
}

impl Server {
    fn reply(&self, request: &Request, inside: &mut Inside<'_>) -> Reply {
        if let Err(refusal) = self.enter(request, inside.files) {
            return refused(refusal);
        }
        let host = inside.launch.hostname.clone();
        let mut store = Store { files: inside.files, root: self.root.clone(), now: inside.now, dialect: self.dialect };
        if !request.database.is_empty() && !store.has(&request.database) {
            let name = &request.database;
            return refused(match self.dialect {
                Dialect::Mysql => Refusal { number: 1049, state: "42000", text: format!("Unknown database '{name}'") },
                Dialect::Postgres => {
                    Refusal { number: 0, state: "FATAL", text: format!("database \"{name}\" does not exist") }
                }
            });
        }
        let server = sql::Server { version: &self.version, host: &host, owner: &request.user };
        match sql::execute(&mut store, Some(&request.database), &request.sql, server) {
            Ok(outcome) => Reply::Done(outcome),
            Err(refusal) => refused(refusal),
        }
    }

    /// Whether somebody may come in.
    fn enter(&self, request: &Request, files: &Files) -> Result<(), Refusal> {
        let text = files.text(&accounts(self.dialect, &self.root)).unwrap_or_default();
        let known: BTreeMap<String, String> = serde_json::from_str(&text).unwrap_or_default();
        let password = known.get(&request.user);
        let given = request.password.as_deref().unwrap_or("");
        match self.dialect {
            Dialect::Mysql if password.is_some_and(|password| password == given) => Ok(()),
            Dialect::Mysql => {
                let from = if request.local { "localhost" } else { "%" };
                let using = if request.password.is_some() { "YES" } else { "NO" };
                let text = format!("Access denied for user '{}'@'{from}' (using password: {using})", request.user);
                Err(Refusal { number: 1045, state: "28000", text })
            }
            Dialect::Postgres => {
                let fatal = |text: String| Err(Refusal { number: 0, state: "FATAL", text });
                match password {
                    None if request.local => fatal(format!("role \"{}\" does not exist", request.user)),
                    Some(password) if request.local || password.is_empty() || password == given => Ok(()),
                    _ => fatal(format!("password authentication failed for user \"{}\"", request.user)),
                }
            }
        }
    }
}

fn refused(refusal: Refusal) -> Reply {
    Reply::Refused { number: refusal.number.into(), state: refusal.state.into(), text: refusal.text }
}

impl Program for Server {
    fn tick(&mut self, inside: &mut Inside<'_>) -> State {
        self.daemon.tick(inside)
    }

    fn signal(&mut self, signal: Signal, inside: &mut Inside<'_>) -> State {
        if !matches!(signal, Signal::Term | Signal::Int | Signal::Quit) {
            return self.daemon.tick(inside);
        }
        inside.complain(self.farewell);
        State::Exited(0)
    }

    fn listens(&self, port: u16, now: Time) -> bool {
        self.daemon.listens(port, now)
    }

    fn receive(&mut self, _port: u16, bytes: &[u8], inside: &mut Inside<'_>) -> Option<Vec<u8>> {
        let request = Request::read(bytes)?;
        Some(self.reply(&request, inside).bytes(&self.version))
    }

    fn memory(&self) -> u64 {
        match self.dialect {
            Dialect::Mysql => 380 << 20,
            Dialect::Postgres => 28 << 20,
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// A server that says lines until it is up, and one that gives up after its last line.
pub fn daemon(launch: &Launch, ports: &[u16], lines: Vec<String>, up: u64) -> Daemon {
    let count = lines.len().max(1) as u64;
    let says = lines.into_iter().enumerate().map(|(n, line)| (up * (n as u64 + 1) / count, true, line)).collect();
    let mut daemon = Daemon::new(launch, ports, says);
    daemon.up = up;
    daemon
}
