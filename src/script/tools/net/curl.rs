//! curl: one HTTP request after the other.
//!
//! Models: curl 8. Left out: protocols other than HTTP, certificates, cookies, uploads of files, retries.

use crate::script::host::{Got, Host, Job, Launch, Poll, Ticket, Wake, Want};
use crate::script::sys::Sys;
use crate::time::{Span, Time};

use super::{BadUrl, Url};
use crate::script::tools::{args::fail, base64, sleep};

/// How long the system tries to connect when nobody answers.
const PATIENCE: Span = Span(134_000);
const MAX_REDIRECTS: u32 = 30;

#[derive(Clone, Default)]
struct Curl {
    urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    output: Option<String>,
    by_name: bool,
    silent: bool,
    errors: bool,
    include: bool,
    head: bool,
    verbose: bool,
    follow: bool,
    fail: bool,
    /// Whoever answers over TLS is believed, or there is a certificate to check with.
    trusts: bool,
    write: Option<String>,
    max: Option<Span>,
    connect: Option<Span>,
    asked: Option<(Ticket, Time, Url)>,
    /// The answer was silence: nothing more comes.
    silence: bool,
    /// The connection stands, but no answer will come.
    hung: bool,
    redirects: u32,
    headed: bool,
    at: usize,
    code: i32,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(curl) => Launch::Job(Box::new(curl)),
        Err((code, text)) => Launch::Done(fail(sys, code, &text)),
    }
}

const TAKES: &[(&str, char)] = &[
    ("request", 'X'),
    ("header", 'H'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("data-binary", 'd'),
    ("json", 'J'),
    ("output", 'o'),
    ("write-out", 'w'),
    ("max-time", 'm'),
    ("connect-timeout", 'c'),
    ("user", 'u'),
    ("user-agent", 'A'),
    ("url", 'U'),
    ("retry", 'R'),
    ("retry-delay", 'R'),
    ("resolve", 'R'),
    ("cacert", 'K'),
    ("cert", 'R'),
    ("key", 'R'),
];
const SWITCHES: &[(&str, char)] = &[
    ("silent", 's'),
    ("show-error", 'S'),
    ("include", 'i'),
    ("head", 'I'),
    ("verbose", 'v'),
    ("location", 'L'),
    ("fail", 'f'),
    ("insecure", 'k'),
    ("remote-name", 'O'),
    ("no-progress-meter", 's'),
    ("no-buffer", 'N'),
    ("ipv4", '4'),
    ("compressed", '4'),
    ("http1.1", '4'),
    ("get", '4'),
    ("progress-bar", 's'),
];

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Curl, (i32, String)> {
    let hint = "curl: try 'curl --help' or 'curl --manual' for more information";
    let mut curl = Curl::default();
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        if let Some(name) = arg.strip_prefix("--").filter(|n| !n.is_empty()) {
            let (name, glued) = name.split_once('=').map_or((name, None), |(n, v)| (n, Some(v.to_owned())));
            if let Some((_, flag)) = SWITCHES.iter().find(|(n, _)| *n == name) {
                curl.switch(*flag);
                continue;
            }
            let Some((_, flag)) = TAKES.iter().find(|(n, _)| *n == name) else {
                return Err((2, format!("curl: option --{name}: is unknown\n{hint}")));
            };
            let Some(value) = glued.or_else(|| rest.next().cloned()) else {
                return Err((2, format!("curl: option --{name}: requires parameter\n{hint}")));
            };
            curl.value(*flag, value, sys)?;
            continue;
        }
        let Some(flags) = arg.strip_prefix('-').filter(|f| !f.is_empty()) else {
            curl.urls.push(arg.clone());
            continue;
        };
        for (i, flag) in flags.char_indices() {
            if SWITCHES.iter().any(|(_, f)| *f == flag) || flag == '#' {
                curl.switch(flag);
                continue;
            }
            if !"XHdowmuA".contains(flag) {
                return Err((2, format!("curl: option -{flag}: is unknown\n{hint}")));
            }
            let glued = &flags[i + 1..];
            let value = if glued.is_empty() { rest.next().cloned() } else { Some(glued.to_owned()) };
            let Some(value) = value else {
                return Err((2, format!("curl: option -{flag}: requires parameter\n{hint}")));
            };
            curl.value(flag, value, sys)?;
            break;
        }
    }
    if curl.urls.is_empty() {
        let text = if argv.len() < 2 { hint.to_owned() } else { format!("curl: (2) no URL specified\n{hint}") };
        return Err((2, text));
    }
    Ok(curl)
}

impl Curl {
    fn switch(&mut self, flag: char) {
        match flag {
            's' => self.silent = true,
            'S' => self.errors = true,
            'i' => self.include = true,
            'I' => (self.head, self.include) = (true, true),
            'v' => self.verbose = true,
            'L' => self.follow = true,
            'f' => self.fail = true,
            'k' => self.trusts = true,
            'O' => self.by_name = true,
            _ => {}
        }
    }

    fn value(&mut self, flag: char, value: String, sys: &mut Sys<'_>) -> Result<(), (i32, String)> {
        let span = |text: &str| {
            sleep::parse(text).ok_or_else(|| {
                (
                    2,
                    "curl: expected a proper numerical parameter\ncurl: try 'curl --help' for more information"
                        .to_string(),
                )
            })
        };
        match flag {
            'K' => self.trusts = true,
            'X' => self.method = Some(value),
            'H' => {
                if let Some((name, text)) = value.split_once(':') {
                    self.headers.push((name.trim().to_owned(), text.trim().to_owned()));
                }
            }
            'J' | 'd' => {
                let bytes = match value.strip_prefix('@') {
                    Some(path) => sys.read_file(path).map(|d| d.to_vec()).unwrap_or_default(),
                    None => value.into_bytes(),
                };
                match &mut self.body {
                    Some(body) => {
                        body.push(b'&');
                        body.extend(bytes);
                    }
                    None => self.body = Some(bytes),
                }
                if flag == 'J' {
                    self.headers.push(("Content-Type".into(), "application/json".into()));
                }
            }
            'o' => self.output = Some(value),
            'w' => self.write = Some(value),
            'm' => self.max = Some(span(&value)?),
            'c' => self.connect = Some(span(&value)?),
            'u' => self.headers.push(("Authorization".into(), format!("Basic {}", base64::encode(value.as_bytes())))),
            'A' => self.headers.push(("User-Agent".into(), value)),
            'U' => self.urls.push(value),
            _ => {}
        }
        Ok(())
    }

    fn ask(&mut self, url: Url, sys: &mut Sys<'_>) {
        let method = self.method.clone().unwrap_or_else(|| match (&self.body, self.head) {
            (_, true) => "HEAD".into(),
            (Some(_), _) => "POST".into(),
            _ => "GET".into(),
        });
        let mut headers = vec![("Host".to_owned(), url.authority.clone())];
        let given = |name: &str| self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        for (name, value) in [("User-Agent", "curl/8.5.0"), ("Accept", "*/*")] {
            if !given(name) {
                headers.push((name.into(), value.into()));
            }
        }
        if let Some((_, host)) = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("host")) {
            headers[0].1 = host.clone();
        }
        headers.extend(self.headers.iter().filter(|(n, _)| !n.eq_ignore_ascii_case("host")).cloned());
        if let Some(body) = &self.body {
            headers.push(("Content-Length".into(), body.len().to_string()));
            if !given("Content-Type") {
                headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
            }
        }
        let want = Want::Http {
            https: url.https,
            host: url.host.clone(),
            port: url.port,
            method,
            target: url.target.clone(),
            headers,
            body: self.body.clone().unwrap_or_default(),
        };
        self.silence = false;
        self.hung = false;
        self.asked = Some((sys.ask(want), sys.now, url));
    }

    /// When it gives up, and with which words.
    fn patience(&self, since: Time) -> Time {
        let connect = since + self.connect.unwrap_or(PATIENCE);
        self.max.map_or(connect, |max| connect.min(since + max))
    }

    fn wrong(&mut self, code: i32, text: &str, sys: &mut Sys<'_>) {
        if !self.silent || self.errors {
            sys.err(&format!("curl: ({code}) {text}\n"));
        }
        self.code = code;
        self.write_out(0, 0, "", sys);
    }

    fn meter(&mut self, bytes: usize, sys: &mut Sys<'_>) {
        let shown = sys.is_tty(1) && self.output.is_none() && !self.by_name;
        if self.silent || shown {
            return;
        }
        if !std::mem::replace(&mut self.headed, true) {
            sys.err("  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n");
            sys.err("                                 Dload  Upload   Total   Spent    Left  Speed\n");
        }
        let percent = if bytes > 0 { 100 } else { 0 };
        sys.err(&format!(
            "{percent:3} {bytes:>5}  {percent:>3} {bytes:>5}    0     0  {bytes:>5}      0 --:--:-- --:--:-- --:--:-- {bytes:>5}\n"
        ));
    }

    fn write_out(&mut self, status: u16, size: usize, address: &str, sys: &mut Sys<'_>) {
        let Some(format) = self.write.clone() else { return };
        let url = self.asked.as_ref().map_or_else(String::new, |(_, _, u)| {
            format!("{}://{}{}", if u.https { "https" } else { "http" }, u.authority, u.target)
        });
        let since = self.asked.as_ref().map_or(sys.now, |(_, at, _)| *at);
        let took = sys.now.since(since).0;
        let text = crate::script::escape::ansi(&format)
            .replace("%{http_code}", &format!("{status:03}"))
            .replace("%{response_code}", &format!("{status:03}"))
            .replace("%{size_download}", &size.to_string())
            .replace("%{remote_ip}", address.split(':').next().unwrap_or(""))
            .replace("%{time_total}", &format!("{}.{:03}000", took / 1000, took % 1000))
            .replace("%{url_effective}", &url)
            .replace("%{url}", &url)
            .replace("%{exitcode}", &self.code.to_string());
        sys.out(&text);
    }

    fn take(&mut self, got: Got, since: Time, url: Url, sys: &mut Sys<'_>) -> Option<Url> {
        let took = sys.now.since(since).0;
        let (host, port) = (url.host.clone(), url.port);
        match got {
            Got::Http { .. } if url.https && !self.trusts => {
                let more = "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above.";
                self.wrong(60, more, sys);
                None
            }
            Got::Http { address, status, reason, headers, body } => {
                let location = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("location")).map(|(_, v)| v.clone());
                if self.follow
                    && (300..400).contains(&status)
                    && self.redirects < MAX_REDIRECTS
                    && let Some(location) = location
                {
                    self.redirects += 1;
                    let scheme = if url.https { "https" } else { "http" };
                    let next = if location.starts_with('/') {
                        format!("{scheme}://{}{location}", url.authority)
                    } else {
                        location
                    };
                    return Url::parse(&next).ok();
                }
                self.show(&address, status, &reason, &headers, &body, &url, sys);
                None
            }
            Got::NoSuchName => {
                self.wrong(6, &format!("Could not resolve host: {host}"), sys);
                None
            }
            Got::NoResolver => {
                self.wrong(6, &format!("Could not resolve host: {host}"), sys);
                None
            }
            Got::Refused { .. } => {
                self.wrong(
                    7,
                    &format!("Failed to connect to {host} port {port} after {took} ms: Couldn't connect to server"),
                    sys,
                );
                None
            }
            Got::NoRoute { .. } => {
                self.wrong(
                    7,
                    &format!("Failed to connect to {host} port {port} after {took} ms: No route to host"),
                    sys,
                );
                None
            }
            Got::Reset { .. } => {
                self.wrong(56, "Recv failure: Connection reset by peer", sys);
                None
            }
            _ => {
                self.wrong(52, "Empty reply from server", sys);
                None
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn show(
        &mut self,
        address: &str,
        status: u16,
        reason: &str,
        headers: &[(String, String)],
        body: &[u8],
        url: &Url,
        sys: &mut Sys<'_>,
    ) {
        let ip = address.split(':').next().unwrap_or(address).to_owned();
        let line = format!("HTTP/1.1 {status} {reason}\r\n");
        if self.verbose {
            let method = self.method.clone().unwrap_or_else(|| {
                if self.head {
                    "HEAD".into()
                } else if self.body.is_some() {
                    "POST".into()
                } else {
                    "GET".into()
                }
            });
            let mut text =
                format!("*   Trying {ip}:{}...\n* Connected to {} ({ip}) port {}\n", url.port, url.host, url.port);
            text.push_str(&format!(
                "> {method} {} HTTP/1.1\n> Host: {}\n> User-Agent: curl/8.5.0\n> Accept: */*\n",
                url.target, url.authority
            ));
            for (name, value) in &self.headers {
                text.push_str(&format!("> {name}: {value}\n"));
            }
            text.push_str("> \n");
            text.push_str(&format!("< {}\n", line.trim_end()));
            for (name, value) in headers {
                text.push_str(&format!("< {name}: {value}\n"));
            }
            text.push_str("< \n");
            sys.err(&text);
        }
        if self.fail && status >= 400 {
            self.wrong(22, &format!("The requested URL returned error: {status}"), sys);
            return;
        }
        let mut out = vec![];
        if self.include {
            out.extend(line.replace("\r\n", "\n").bytes());
            for (name, value) in headers {
                out.extend(format!("{name}: {value}\n").bytes());
            }
            out.push(b'\n');
        }
        if !self.head {
            out.extend(body);
        }
        self.meter(body.len(), sys);
        let file = match (&self.output, self.by_name) {
            (Some(file), _) if file != "-" => Some(file.clone()),
            (_, true) => Some(url.target.rsplit('/').next().unwrap_or("index.html").to_owned()),
            _ => None,
        };
        match file {
            Some(file) => {
                if let Err(fault) = sys.write_whole(&file, &out) {
                    sys.err(&format!("Warning: Failed to open the file {file}: {fault}\n"));
                    self.wrong(23, "Failure writing output to destination", sys);
                    return;
                }
            }
            None => sys.write(1, &out),
        }
        if self.verbose {
            sys.err(&format!("* Connection #0 to host {} left intact\n", url.host));
        }
        self.write_out(status, body.len(), &ip, sys);
    }
}

impl Job for Curl {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if let Some((ticket, since, url)) = self.asked.clone() {
            let end = self.patience(since);
            if !self.silence {
                match sys.answer(ticket) {
                    Some(Got::Silence { .. }) => self.silence = true,
                    Some(Got::Hung { .. }) => (self.silence, self.hung) = (true, true),
                    Some(got) => {
                        let next = self.take(got, since, url, sys);
                        self.asked = None;
                        if let Some(next) = next {
                            self.ask(next, sys);
                        }
                        return Poll::Again;
                    }
                    None => {}
                }
            }
            let connected = self.hung || !self.silence;
            if connected && self.max.is_none() {
                return Poll::Wait(Wake::net());
            }
            let end = if connected { since + self.max.unwrap_or_default() } else { end };
            if sys.now < end {
                return Poll::Wait(Wake::net().or(Wake::at(end)));
            }
            let took = sys.now.since(since).0 + 1;
            let text = match (self.max.is_some_and(|m| since + m == end), self.connect) {
                _ if connected => format!("Operation timed out after {took} milliseconds with 0 bytes received"),
                (true, _) => format!("Connection timed out after {took} milliseconds"),
                (_, Some(_)) => {
                    format!("Failed to connect to {} port {} after {took} ms: Timeout was reached", url.host, url.port)
                }
                _ => format!(
                    "Failed to connect to {} port {} after {took} ms: Couldn't connect to server",
                    url.host, url.port
                ),
            };
            self.wrong(28, &text, sys);
            self.asked = None;
            return Poll::Again;
        }
        let Some(text) = self.urls.get(self.at).cloned() else { return Poll::Done(self.code) };
        self.at += 1;
        self.redirects = 0;
        match Url::parse(&text) {
            Ok(url) => self.ask(url, sys),
            Err(BadUrl::Scheme(scheme)) => {
                self.wrong(1, &format!("Protocol \"{scheme}\" not supported or disabled in libcurl"), sys)
            }
            Err(BadUrl::Port) => {
                self.wrong(3, "URL rejected: Port number was not a decimal number between 0 and 65535", sys)
            }
            Err(BadUrl::Host) => self.wrong(3, "URL rejected: No host part in the URL", sys),
        }
        Poll::Again
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
