//! nslookup, dig, host, getent: a name in the DNS.
//!
//! Left out: record types other than A, choosing another server.

use crate::script::host::{Got, Host, Job, Launch, Poll, Ticket, Wake, Want};
use crate::script::sys::Sys;
use crate::time::Span;

#[derive(Clone)]
struct Lookup {
    tool: String,
    name: String,
    short: bool,
    ticket: Ticket,
    until: crate::time::Time,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let tool = argv[0].clone();
    let mut names =
        argv[1..].iter().filter(|a| !a.starts_with(['-', '+', '@']) && !matches!(a.as_str(), "A" | "hosts" | "ahosts"));
    let Some(name) = names.next().cloned() else {
        sys.err(&format!("Usage: {tool} HOST\n"));
        return Launch::Done(1);
    };
    let short = argv.iter().any(|a| a == "+short");
    let ticket = sys.ask(Want::Resolve { name: name.trim_end_matches('.').to_owned() });
    let until = sys.now + Span::seconds(10);
    Launch::Job(Box::new(Lookup { tool, name, short, ticket, until }))
}

/// The resolver of this machine, from /etc/resolv.conf.
fn server(sys: &Sys<'_>) -> String {
    let text = sys.files.text("/etc/resolv.conf").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("nameserver")).map(|s| s.trim().to_owned());
    line.unwrap_or_else(|| "127.0.0.53".into())
}

impl Lookup {
    fn show(&self, found: Option<(String, Vec<String>)>, sys: &mut Sys<'_>) -> i32 {
        let server = server(sys);
        let code = i32::from(found.is_none());
        let text = match (self.tool.as_str(), found) {
            ("getent", None) => return 2,
            ("getent", Some((full, all))) => all.iter().map(|a| format!("{a:<15} {full}\n")).collect(),
            ("dig", found) => {
                let all = found.map(|(_, all)| all).unwrap_or_default();
                match self.short {
                    true => all.iter().map(|a| format!("{a}\n")).collect(),
                    false => {
                        let status = if all.is_empty() { "NXDOMAIN" } else { "NOERROR" };
                        let rows: String = all.iter().map(|a| format!("{}.\t\t30\tIN\tA\t{a}\n", self.name)).collect();
                        let text = format!(
                            ";; ->>HEADER<<- opcode: QUERY, status: {status}\n\n;; QUESTION SECTION:\n;{}.\t\tIN\tA\n\n;; ANSWER SECTION:\n{rows}\n;; SERVER: {server}#53\n",
                            self.name
                        );
                        sys.out(&text);
                        return 0;
                    }
                }
            }
            ("host", None) => format!("Host {} not found: 3(NXDOMAIN)\n", self.name),
            ("host", Some((full, all))) => all.iter().map(|a| format!("{full} has address {a}\n")).collect(),
            (_, found) => {
                let head = format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n");
                match found {
                    None => format!("{head}** server can't find {}: NXDOMAIN\n\n", self.name),
                    Some((full, all)) => {
                        let rows: String = all.iter().map(|a| format!("Name:\t{full}\nAddress: {a}\n")).collect();
                        format!("{head}{rows}\n")
                    }
                }
            }
        };
        sys.out(&text);
        code
    }
}

impl Job for Lookup {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        match sys.answer(self.ticket) {
            Some(Got::Addresses { name, addresses }) => Poll::Done(self.show(Some((name, addresses)), sys)),
            Some(Got::NoSuchName) => Poll::Done(self.show(None, sys)),
            Some(Got::NoResolver | Got::Silence { .. }) => Poll::Wait(Wake::at(self.until)),
            Some(_) => Poll::Done(1),
            None if sys.now >= self.until => {
                sys.out(";; connection timed out; no servers could be reached\n\n");
                Poll::Done(1)
            }
            None => Poll::Wait(Wake::net().or(Wake::at(self.until))),
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
