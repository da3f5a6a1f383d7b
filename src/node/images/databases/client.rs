//! The clients mysql and psql, mysqladmin and pg_isready: they ask the server and print what it says.
//!
//! Models: `client/mysql.cc`, `src/bin/psql` (`mainloop.c`, `command.c`, `describe.c`), `src/bin/scripts/pg_isready.c`.
//! Left out: line editing, variables, most backslash commands (it says so), input files (a redirection does the same).

use super::print;
use super::server::{Reply, Request};
use super::sql::{Dialect, Outcome, split};
use crate::script::host::{Got, Host, Job, Poll, Signal, Ticket, Wake, Want};
use crate::script::sys::{Read, Style, Sys};
use std::collections::VecDeque;

#[derive(Clone)]
pub struct Client {
    dialect: Dialect,
    pub request: Request,
    /// `None`: the server of this machine.
    pub host: Option<String>,
    pub port: u16,
    /// Without headings.
    pub bare: bool,
    /// Tables with lines, or not; unset, the terminal decides.
    pub boxed: Option<bool>,
    /// The password is still to be asked for.
    pub asks: bool,
    /// Only to see whether the server answers: the program that asks.
    pub ping: Option<&'static str>,
    /// Statements to run, then the end.
    queue: Option<VecDeque<String>>,
    /// What has been typed of the next statement.
    typed: String,
    /// The statement under way.
    asked: Option<(Ticket, String)>,
    greeted: bool,
    prompted: bool,
    code: i32,
    version: String,
}

/// Short options that take no value and stand together, taken apart: `-tAc` is `-t -A -c`.
pub fn apart(argv: &[String], alone: &str) -> Vec<String> {
    let mut all = vec![];
    for arg in argv {
        let mut letters = arg.strip_prefix('-').unwrap_or("");
        while letters.len() > 1 && letters.starts_with(|letter| alone.contains(letter)) {
            let (first, others) = letters.split_at(1);
            all.push(format!("-{first}"));
            letters = others;
        }
        let whole = letters.is_empty() || arg.len() == letters.len() + 1;
        all.push(if whole { arg.clone() } else { format!("-{letters}") });
    }
    all
}

/// Reads one option: its name and value, `None` for an operand. `with` are the short ones that take a value.
pub fn option<'a>(
    arg: &'a str,
    with: &[&'a str],
    rest: &mut std::slice::Iter<'_, String>,
) -> Option<(&'a str, String)> {
    if arg == "--" || arg == "-" || !arg.starts_with('-') {
        return None;
    }
    if arg.starts_with("--") {
        return Some(match arg.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => {
                let takes = [
                    "--host",
                    "--user",
                    "--username",
                    "--port",
                    "--database",
                    "--dbname",
                    "--execute",
                    "--command",
                    "--variable",
                    "--set",
                ];
                let value = if takes.contains(&arg) { rest.next().cloned().unwrap_or_default() } else { String::new() };
                (arg, value)
            }
        });
    }
    let name = arg.get(..2).unwrap_or(arg);
    if with.contains(&name) {
        let value = if arg.len() > 2 { arg[2..].to_owned() } else { rest.next().cloned().unwrap_or_default() };
        return Some((name, value));
    }
    if name == "-p" { Some((name, arg[2..].to_owned())) } else { Some((arg, String::new())) }
}

impl Client {
    pub fn new(dialect: Dialect, user: &str, port: u16) -> Client {
        Client {
            dialect,
            request: Request { user: user.into(), ..Request::default() },
            host: None,
            port,
            bare: false,
            boxed: None,
            asks: false,
            ping: None,
            queue: None,
            typed: String::new(),
            asked: None,
            greeted: false,
            prompted: false,
            code: 0,
            version: String::new(),
        }
    }

    /// Runs these statements and then ends.
    pub fn say(&mut self, text: &str) {
        let (mut statements, rest) =
            if text.starts_with('\\') { (vec![text.to_owned()], String::new()) } else { split(text) };
        statements.extend(Some(rest).filter(|rest| !rest.trim().is_empty()));
        self.queue.get_or_insert_default().extend(statements);
    }

    fn ask(&mut self, statement: &str, sys: &mut Sys<'_>) -> Poll {
        let local = self.host.as_deref().is_none_or(|host| host == "localhost" && self.dialect == Dialect::Mysql);
        let request = Request { local, sql: statement.to_owned(), ..self.request.clone() };
        let host = self.host.clone().filter(|_| !local).unwrap_or_else(|| "127.0.0.1".into());
        let want = Want::Raw { host, port: self.port, udp: false, bytes: request.bytes() };
        self.asked = Some((sys.ask(want), statement.to_owned()));
        Poll::Wait(Wake::net())
    }

    /// What the network said; `None` goes on.
    fn take(&mut self, got: Got, statement: &str, sys: &mut Sys<'_>) -> Option<i32> {
        if let Some(program) = self.ping {
            return Some(self.pinged(program, &got, sys));
        }
        let Got::Bytes { bytes, address } = got else {
            sys.err(&self.unreachable(&got));
            return Some(if self.dialect == Dialect::Mysql { 1 } else { 2 });
        };
        let Some((reply, version)) = Reply::read(&bytes) else {
            sys.err("the server speaks another language\n");
            return Some(1);
        };
        let first = !std::mem::replace(&mut self.greeted, true);
        match reply {
            Reply::Done(outcome) => {
                if first {
                    self.version = version;
                    self.greet(sys);
                }
                self.show(statement, outcome, sys);
                None
            }
            Reply::Refused { number, state, text } => {
                self.code = 1;
                if self.dialect == Dialect::Mysql {
                    sys.err(&format!(
                        "ERROR {number} ({state}){}: {text}\n",
                        if first || self.is_typed(sys) { "" } else { " at line 1" }
                    ));
                    return (first && statement.is_empty() || !self.is_typed(sys)).then_some(1);
                }
                if state == "FATAL" {
                    sys.err(&format!(
                        "psql: error: connection to server {} failed: FATAL:  {text}\n",
                        self.place(&address)
                    ));
                    return Some(2);
                }
                sys.err(&if state.is_empty() { format!("{text}\n") } else { format!("ERROR:  {text}\n") });
                None
            }
        }
    }

    /// Whether somebody sits at the terminal and types.
    fn is_typed(&self, sys: &Sys<'_>) -> bool {
        self.queue.is_none() && sys.is_tty(0)
    }

    /// Where the server is; a name is told with its address.
    fn place(&self, address: &str) -> String {
        let address = address.split(':').next().unwrap_or_default();
        match &self.host {
            Some(host) if !address.is_empty() && host != address => {
                format!("at \"{host}\" ({address}), port {}", self.port)
            }
            Some(host) => format!("at \"{host}\", port {}", self.port),
            None => format!("on socket \"/var/run/postgresql/.s.PGSQL.{}\"", self.port),
        }
    }

    fn unreachable(&self, got: &Got) -> String {
        let unknown = matches!(got, Got::NoSuchName | Got::NoResolver);
        let address = match got {
            Got::Refused { address } | Got::NoRoute { address } => address.as_str(),
            _ => "",
        };
        match (self.dialect, &self.host) {
            (Dialect::Mysql, Some(host)) if host != "localhost" => match got {
                _ if unknown => format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)\n"),
                Got::Refused { .. } => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{}' (111)\n", self.port),
                _ => format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{}' (110)\n", self.port),
            },
            (Dialect::Mysql, _) => {
                "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)\n".into()
            }
            (Dialect::Postgres, Some(host)) if unknown => {
                format!("psql: error: could not translate host name \"{host}\" to address: Name or service not known\n")
            }
            (Dialect::Postgres, Some(_)) => {
                let why = if matches!(got, Got::Refused { .. }) { "Connection refused" } else { "Connection timed out" };
                format!(
                    "psql: error: connection to server {} failed: {why}\n\tIs the server running on that host and accepting TCP/IP connections?\n",
                    self.place(address)
                )
            }
            (Dialect::Postgres, None) => format!(
                "psql: error: connection to server {} failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?\n",
                self.place(address)
            ),
        }
    }

    fn pinged(&self, program: &str, got: &Got, sys: &mut Sys<'_>) -> i32 {
        let answers = matches!(got, Got::Bytes { .. });
        if program == "pg_isready" {
            let host = self.host.clone().unwrap_or_else(|| "/var/run/postgresql".into());
            let text = if answers { "accepting connections" } else { "no response" };
            if !self.bare {
                sys.out(&format!("{host}:{} - {text}\n", self.port));
            }
            return if answers { 0 } else { 2 };
        }
        if answers {
            sys.out("mysqld is alive\n");
            return 0;
        }
        let host = self.host.clone().unwrap_or_else(|| "localhost".into());
        let why = self.unreachable(got);
        let why = why.split_once(": ").map_or("", |(_, why)| why).trim_end();
        sys.err(&format!("mysqladmin: connect to server at '{host}' failed\nerror: '{why}'\n"));
        if host == "localhost" {
            sys.err("Check that mysqld is running and that the socket: '/var/run/mysqld/mysqld.sock' exists!\n");
        }
        1
    }

    fn greet(&self, sys: &mut Sys<'_>) {
        if !self.is_typed(sys) {
            return;
        }
        match self.dialect {
            Dialect::Mysql => sys.out(&format!(
                "Welcome to the MySQL monitor.  Commands end with ; or \\g.\nYour MySQL connection id is 8\nServer version: {} MySQL Community Server - GPL\n\n",
                self.version
            )),
            Dialect::Postgres => sys.out(&format!("psql ({})\nType \"help\" for help.\n\n", self.version)),
        }
    }

    fn show(&mut self, statement: &str, outcome: Outcome, sys: &mut Sys<'_>) {
        if statement.is_empty() {
            return;
        }
        if let Some(name) = outcome.used {
            self.request.database = name;
            if self.is_typed(sys) {
                sys.out("Database changed\n");
            }
            return;
        }
        let typed = self.is_typed(sys);
        let text = match (self.dialect, outcome.table) {
            (Dialect::Mysql, Some((columns, rows))) => {
                let boxed = self.boxed.unwrap_or_else(|| sys.is_tty(1));
                let table = print::mysql(&columns, &rows, boxed, self.bare);
                let count = match rows.len() {
                    0 => "Empty set (0.00 sec)\n\n".into(),
                    1 => "1 row in set (0.00 sec)\n\n".into(),
                    n => format!("{n} rows in set (0.00 sec)\n\n"),
                };
                if typed { table + &count } else { table }
            }
            (Dialect::Mysql, None) if typed => {
                let rows = if outcome.changed == 1 { "row" } else { "rows" };
                format!("Query OK, {} {rows} affected (0.01 sec)\n\n", outcome.changed)
            }
            (Dialect::Mysql, None) => String::new(),
            (Dialect::Postgres, Some((_, rows))) if statement == "\\dt" && rows.is_empty() => {
                sys.err("Did not find any relations.\n");
                return;
            }
            (Dialect::Postgres, Some((columns, rows))) if statement.starts_with('\\') => {
                let (title, below) = outcome.tag.split_once('\n').unwrap_or((&outcome.tag, ""));
                let table = print::psql(&columns, &rows, Some(title), self.bare);
                match statement.starts_with("\\d ") {
                    true => {
                        let table = table.rsplit_once('(').map_or(table.as_str(), |(table, _)| table).to_owned();
                        table + below + if below.is_empty() { "\n" } else { "\n\n" }
                    }
                    false => table + "\n",
                }
            }
            (Dialect::Postgres, Some((columns, rows))) => {
                let table = if self.boxed == Some(false) {
                    print::unaligned(&columns, &rows, self.bare)
                } else {
                    print::psql(&columns, &rows, None, self.bare)
                };
                if self.boxed == Some(false) || self.bare && self.boxed.is_some() { table } else { table + "\n" }
            }
            (Dialect::Postgres, None) => format!("{}\n", outcome.tag),
        };
        sys.out(&text);
    }

    /// A backslash command, or a word that mysql takes by itself: `Some(code)` ends the client.
    fn command(&mut self, line: &str, sys: &mut Sys<'_>) -> Result<Option<String>, i32> {
        let mut words = line.split_whitespace();
        let word = words.next().unwrap_or_default().trim_end_matches(';');
        match (self.dialect, word) {
            (_, "\\q" | "exit" | "quit") => {
                if self.dialect == Dialect::Mysql && self.is_typed(sys) {
                    sys.out("Bye\n");
                }
                Err(0)
            }
            (Dialect::Postgres, "\\c" | "\\connect") => {
                if let Some(name) = words.next() {
                    self.request.database = name.to_owned();
                }
                let Request { database, user, .. } = &self.request;
                sys.out(&format!("You are now connected to database \"{database}\" as user \"{user}\".\n"));
                Ok(None)
            }
            (Dialect::Postgres, "\\l" | "\\list" | "\\dt" | "\\d") => {
                let name = words.next().unwrap_or_default();
                Ok(Some(match (word, name) {
                    ("\\l" | "\\list", _) => "\\l".to_owned(),
                    ("\\d", name) if !name.is_empty() => format!("\\d {name}"),
                    _ => "\\dt".to_owned(),
                }))
            }
            (Dialect::Postgres, word) if word.starts_with('\\') => {
                sys.err(&format!("invalid command {word} (there are \\l, \\dt, \\d TABLE, \\c NAME and \\q)\n"));
                Ok(None)
            }
            (Dialect::Postgres, "help") => {
                sys.out(
                    "SQL ends with a semicolon; \\l lists databases, \\dt tables, \\d TABLE its columns, \\q leaves.\n",
                );
                Ok(None)
            }
            _ => Ok(Some(line.to_owned())),
        }
    }

    fn prompt(&self) -> String {
        match self.dialect {
            Dialect::Mysql if self.typed.is_empty() => "mysql> ".into(),
            Dialect::Mysql => "    -> ".into(),
            Dialect::Postgres => {
                format!("{}{}# ", self.request.database, if self.typed.is_empty() { "=" } else { "-" })
            }
        }
    }

    /// Reads what is typed or piped until there is a statement to ask.
    fn read(&mut self, sys: &mut Sys<'_>) -> Result<Poll, i32> {
        loop {
            let (mut whole, rest) = split(&self.typed);
            if !whole.is_empty() {
                let next = whole.remove(0);
                let others: String = whole.into_iter().map(|one| one + ";").collect();
                self.typed = others + rest.trim_start();
                self.prompted = false;
                return Ok(self.ask(next.trim(), sys));
            }
            if sys.is_tty(0) && !std::mem::replace(&mut self.prompted, true) {
                sys.paint(&self.prompt(), Style::Prompt, None);
            }
            match sys.read_line(0) {
                Read::Empty => return Ok(Poll::Wait(Wake::input())),
                Read::End => {
                    let rest = std::mem::take(&mut self.typed);
                    if rest.trim().is_empty() {
                        return Err(self.code);
                    }
                    return Ok(self.ask(rest.trim(), sys));
                }
                Read::Data(bytes) => {
                    self.prompted = false;
                    let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                    if self.typed.is_empty() {
                        match self.command(&line, sys)? {
                            Some(found) if found.starts_with('\\') => return Ok(self.ask(&found, sys)),
                            Some(found)
                                if self.dialect == Dialect::Mysql && found.to_lowercase().starts_with("use ") =>
                            {
                                self.typed = found + ";";
                                continue;
                            }
                            Some(_) => {}
                            None => continue,
                        }
                    }
                    if !line.is_empty() {
                        self.typed += &line;
                        self.typed.push('\n');
                        let text = self.typed.trim_end().to_owned();
                        if let Some(text) = text.strip_suffix("\\g") {
                            self.typed = format!("{text};");
                        }
                    }
                    if self.typed.len() > 1 << 20 {
                        self.typed.clear();
                        sys.err("ERROR: the statement is too long\n");
                    }
                }
            }
        }
    }

    fn password(&mut self, sys: &mut Sys<'_>) -> Option<Poll> {
        if sys.is_tty(0) && !std::mem::replace(&mut self.prompted, true) {
            sys.out("Enter password: ");
        }
        match sys.read_line(0) {
            Read::Empty => return Some(Poll::Wait(Wake::input())),
            Read::End => {}
            Read::Data(bytes) => self.request.password = Some(String::from_utf8_lossy(&bytes).trim_end().to_owned()),
        }
        (self.asks, self.prompted) = (false, false);
        None
    }

    fn step(&mut self, sys: &mut Sys<'_>) -> Result<Poll, i32> {
        if self.asks
            && let Some(wait) = self.password(sys)
        {
            return Ok(wait);
        }
        if let Some((ticket, statement)) = self.asked.clone() {
            let Some(got) = sys.answer(ticket) else { return Ok(Poll::Wait(Wake::net())) };
            self.asked = None;
            if let Some(code) = self.take(got, &statement, sys) {
                return Err(code);
            }
        }
        if !self.greeted {
            return Ok(self.ask("", sys));
        }
        match &mut self.queue {
            None => self.read(sys),
            Some(queue) => match queue.pop_front() {
                None => Err(self.code),
                Some(next) if next.starts_with('\\') => match self.command(&next, sys)? {
                    Some(found) => Ok(self.ask(&found, sys)),
                    None => Ok(Poll::Again),
                },
                Some(next) => Ok(self.ask(next.trim(), sys)),
            },
        }
    }
}

impl Job for Client {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        self.step(sys).unwrap_or_else(Poll::Done)
    }

    fn signal(&mut self, signal: Signal, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Option<i32> {
        if signal == Signal::Int && self.is_typed(sys) && self.greeted {
            self.typed.clear();
            self.prompted = false;
            sys.out("^C\n");
            return None;
        }
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
