//! wget: fetches a file.
//!
//! Models: busybox 1.36 (`-q -O -S -T --spider --header --post-data`); on other systems its errors in GNU's words.

use crate::script::host::{Got, Host, Job, Launch, Poll, Ticket, Wake, Want};
use crate::script::shell::Dialect;
use crate::script::sys::Sys;
use crate::script::tools::{args::fail, sleep};
use crate::time::{Span, Time};

use super::Url;

const PATIENCE: Span = Span(127_000);

#[derive(Clone)]
struct Wget {
    url: Url,
    quiet: bool,
    show: bool,
    spider: bool,
    output: Option<String>,
    timeout: Span,
    headers: Vec<(String, String)>,
    body: Option<String>,
    asked: Option<(Ticket, Time)>,
    silence: bool,
    /// The connection stands, but no answer will come.
    hung: bool,
    address: String,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(wget) => Launch::Job(Box::new(wget)),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Wget, String> {
    let (mut url, mut quiet, mut show, mut spider, mut output) = (None, false, false, false, None);
    let (mut timeout, mut headers, mut body) = (PATIENCE, vec![], None);
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        if let Some(name) = arg.strip_prefix("--") {
            let (name, glued) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v.to_owned())));
            let mut value = || {
                glued
                    .clone()
                    .or_else(|| rest.next().cloned())
                    .ok_or(format!("wget: option '--{name}' requires an argument"))
            };
            match name {
                "quiet" => quiet = true,
                "spider" => spider = true,
                "server-response" => show = true,
                "no-check-certificate" | "no-verbose" => {}
                "output-document" => output = Some(value()?),
                "timeout" => timeout = sleep::parse(&value()?).ok_or("wget: invalid number")?,
                "tries" => drop(value()?),
                "post-data" => body = Some(value()?),
                "header" => {
                    if let Some((n, v)) = value()?.split_once(':') {
                        headers.push((n.trim().to_owned(), v.trim().to_owned()));
                    }
                }
                _ => return Err(format!("wget: unrecognized option '--{name}'")),
            }
            continue;
        }
        let Some(flags) = arg.strip_prefix('-').filter(|f| !f.is_empty()) else {
            url = Some(arg.clone());
            continue;
        };
        for (i, flag) in flags.char_indices() {
            match flag {
                'q' => quiet = true,
                'S' => show = true,
                'c' | 'n' | 'v' => {}
                'O' | 'T' | 't' | 'U' | 'Y' | 'P' => {
                    let glued = &flags[i + 1..];
                    let value = if glued.is_empty() { rest.next().cloned() } else { Some(glued.to_owned()) };
                    let value = value.ok_or(format!("wget: option requires an argument -- '{flag}'"))?;
                    match flag {
                        'O' => output = Some(value),
                        'T' => timeout = sleep::parse(&value).ok_or(format!("wget: invalid number '{value}'"))?,
                        _ => {}
                    }
                    break;
                }
                _ => return Err(format!("wget: unrecognized option: {flag}")),
            }
        }
    }
    let Some(text) = url else {
        return Err(match sys.shell.dialect {
            Dialect::Ash => "BusyBox v1.36.1 multi-call binary.\n\nUsage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR] [-T SEC] URL...".into(),
            _ => "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.".into(),
        });
    };
    let url = Url::parse(&text).map_err(|_| format!("wget: not an http or ftp url: {text}"))?;
    Ok(Wget {
        url,
        quiet,
        show,
        spider,
        output,
        timeout,
        headers,
        body,
        asked: None,
        silence: false,
        hung: false,
        address: String::new(),
    })
}

impl Wget {
    fn ask(&mut self, sys: &mut Sys<'_>) {
        let mut headers =
            vec![("Host".to_owned(), self.url.authority.clone()), ("User-Agent".to_owned(), "Wget".to_owned())];
        headers.extend(self.headers.iter().cloned());
        let want = Want::Http {
            https: self.url.https,
            host: self.url.host.clone(),
            port: self.url.port,
            method: if self.body.is_some() { "POST".into() } else { "GET".into() },
            target: self.url.target.clone(),
            headers,
            body: self.body.clone().unwrap_or_default().into_bytes(),
        };
        self.asked = Some((sys.ask(want), sys.now));
    }

    fn name(&self) -> String {
        let path = self.url.target.split('?').next().unwrap_or("");
        path.rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or("index.html").to_owned()
    }

    fn take(&mut self, got: Got, sys: &mut Sys<'_>) -> i32 {
        let host = self.url.host.clone();
        let gnu = sys.shell.dialect != Dialect::Ash;
        let ip = |address: &str| address.split(':').next().unwrap_or(address).to_owned();
        let place = |address: &str, port: u16| format!("{}:{port}", ip(address));
        match got {
            Got::Http { address, status, reason, headers, body } => {
                if !self.quiet && !gnu {
                    sys.err(&format!("Connecting to {} ({})\n", self.url.authority, place(&address, self.url.port)));
                }
                if self.show {
                    let mut text = format!("  HTTP/1.1 {status} {reason}\n");
                    headers.iter().for_each(|(n, v)| text.push_str(&format!("  {n}: {v}\n")));
                    sys.err(&text);
                }
                if status >= 400 {
                    let text = match gnu {
                        true => format!("ERROR {status}: {reason}.\n"),
                        false => format!("wget: server returned error: HTTP/1.1 {status} {reason}\n"),
                    };
                    sys.err(&text);
                    return if gnu { 8 } else { 1 };
                }
                if self.spider {
                    if !self.quiet {
                        sys.err("remote file exists\n");
                    }
                    return 0;
                }
                self.save(&body, gnu, sys)
            }
            Got::NoSuchName | Got::NoResolver => {
                let text = match gnu {
                    true => format!("wget: unable to resolve host address '{host}'\n"),
                    false => format!("wget: bad address '{}'\n", self.url.authority),
                };
                sys.err(&text);
                if gnu { 4 } else { 1 }
            }
            Got::Refused { address } | Got::NoRoute { address } if gnu => {
                sys.err(&format!(
                    "Connecting to {host} ({host})|{}|:{}... failed: Connection refused.\n",
                    ip(&address),
                    self.url.port
                ));
                4
            }
            Got::Refused { address } => self.failed(&address, "Connection refused", sys),
            Got::NoRoute { address } => self.failed(&address, "Host is unreachable", sys),
            Got::Reset { address } => self.failed(&address, "Connection reset by peer", sys),
            _ => {
                sys.err("wget: error getting response\n");
                1
            }
        }
    }

    fn failed(&self, address: &str, why: &str, sys: &mut Sys<'_>) -> i32 {
        let ip = address.split(':').next().unwrap_or(address);
        if !self.quiet {
            sys.err(&format!("Connecting to {} ({ip}:{})\n", self.url.authority, self.url.port));
        }
        sys.err(&format!("wget: can't connect to remote host ({ip}): {why}\n"));
        1
    }

    fn save(&self, body: &[u8], gnu: bool, sys: &mut Sys<'_>) -> i32 {
        let to = self.output.clone().unwrap_or_else(|| self.name());
        let loud = !self.quiet && !gnu;
        let bar = format!("{:<20} 100% |{}| {:>5}  0:00:00 ETA\n", to, "*".repeat(32), body.len());
        if to == "-" {
            if loud {
                sys.err("writing to stdout\n");
            }
            sys.write(1, body);
            if loud {
                sys.err(&bar);
                sys.err("written to stdout\n");
            }
            return 0;
        }
        if loud {
            sys.err(&format!("saving to '{to}'\n"));
        }
        let full = sys.resolve(&to);
        if self.output.is_none() && sys.files.exists(&full) && !gnu {
            sys.err(&format!("wget: can't open '{to}': File exists\n"));
            return 1;
        }
        if let Err(fault) = sys.write_whole(&to, body) {
            sys.err(&format!("wget: can't open '{to}': {fault}\n"));
            return 1;
        }
        if loud {
            sys.err(&bar);
            sys.err(&format!("'{to}' saved\n"));
        }
        0
    }
}

impl Job for Wget {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let Some((ticket, since)) = self.asked else {
            self.ask(sys);
            return Poll::Wait(Wake::net().or(Wake::at(sys.now + self.timeout)));
        };
        let end = since + self.timeout;
        if !self.silence {
            match sys.answer(ticket) {
                Some(Got::Silence { address }) => {
                    self.silence = true;
                    self.address = address.split(':').next().unwrap_or(&address).to_owned();
                    if !self.quiet && sys.shell.dialect == Dialect::Ash {
                        let ip = address.split(':').next().unwrap_or(&address).to_owned();
                        sys.err(&format!("Connecting to {} ({ip}:{})\n", self.url.authority, self.url.port));
                    }
                }
                Some(Got::Hung { .. }) => (self.silence, self.hung) = (true, true),
                Some(got) => return Poll::Done(self.take(got, sys)),
                None => {}
            }
        }
        if sys.now < end {
            return Poll::Wait(Wake::net().or(Wake::at(end)));
        }
        let text = match (sys.shell.dialect, self.timeout == PATIENCE) {
            (Dialect::Ash, true) if !self.hung => {
                format!("wget: can't connect to remote host ({}): Operation timed out\n", self.address)
            }
            _ => "wget: download timed out\n".to_owned(),
        };
        sys.err(&text);
        Poll::Done(1)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
