//! `-v`: what klog tells of the requests of a call, on standard error, as they are made.
//!
//! Models: `client-go/transport/round_trippers.go`, `rest/request.go` (`logBody`), `tools/clientcmd/loader.go`, `klog/v2`.
//! Left out: discovery and OpenAPI requests (they are cached), the headers of flow control, bodies of tables and of what is
//! sent as protobuf, connections.

use super::{Args, Cx, Span};
use crate::api::rest;
use crate::api::{ApiError, KindRef};
use crate::base::text::go_quote;
use crate::base::yaml::ordered_json;
use crate::control::cx::{Heard, REQUEST};
use crate::time::Time;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::fmt::Write as _;

/// How much is told, and what the client says of itself with every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// `-v`.
    pub level: u8,
    accept: Accept,
    /// `fieldValidation` of what is written, if it is sent.
    validation: &'static str,
    /// Whether the field manager is sent.
    manager: bool,
    /// `limit` of lists.
    limit: String,
}

/// What the client wants to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Accept {
    #[default]
    Json,
    Table,
    Protobuf,
}

impl Accept {
    fn header(self) -> &'static str {
        match self {
            Accept::Json => "application/json",
            Accept::Table => {
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
            }
            Accept::Protobuf => "application/vnd.kubernetes.protobuf,application/json",
        }
    }
}

/// Lines with their place in the output, and how many requests there were.
#[derive(Debug, Default)]
pub struct Log {
    lines: RefCell<Vec<(usize, String)>>,
    asked: std::cell::Cell<u32>,
}

/// Feature gates of client-go, which every client tells first.
const GATES: [(&str, bool); 10] = [
    ("AtomicFIFO", true),
    ("ClientsAllowCARotation", true),
    ("ClientsAllowCBOR", false),
    ("ClientsAllowTLSCacheGC", true),
    ("ClientsPreferCBOR", false),
    ("InOrderInformers", true),
    ("InOrderInformersBatchProcess", true),
    ("InformerResourceVersion", true),
    ("UnlockWhileProcessingFIFO", true),
    ("WatchListClient", true),
];

impl Voice {
    pub fn of(args: &Args, typed: bool) -> Voice {
        let verb = args.path.strip_prefix("kubectl ").unwrap_or("");
        let table = verb == "get" && ["", "wide"].contains(&args.text("output"));
        let reads_types = ["describe", "logs", "exec", "attach", "cp", "top", "drain", "cordon", "uncordon"];
        Voice {
            level: args.int("v").clamp(0, 10) as u8,
            accept: match () {
                () if table => Accept::Table,
                () if typed || reads_types.contains(&verb) => Accept::Protobuf,
                () => Accept::Json,
            },
            validation: match args.text("validate") {
                "strict" | "true" => "Strict",
                "warn" => "Warn",
                "ignore" | "false" => "Ignore",
                _ => "",
            },
            manager: !args.text("field-manager").is_empty(),
            limit: args.text("chunk-size").to_string(),
        }
    }
}

/// What is told before the first request.
pub fn begin(cx: &Cx<'_>) {
    let path = &cx.config.path;
    tell(cx, 6, "loader.go:407", &format!("Config loaded from file:  {path}"));
    for (feature, enabled) in GATES {
        let words = format!("\"Feature gate default state\" feature=\"{feature}\" enabled={enabled}");
        tell(cx, 1, "envvar.go:195", &words);
    }
}

/// An object was asked for.
pub fn got(cx: &Cx<'_>, kind: KindRef, namespace: &str, name: &str, answer: Result<&Value, &ApiError>) {
    let url = url(kind, namespace, name, "", &[]);
    let request = Request { verb: "GET", url, said: None, content: "" };
    match answer {
        Ok(tree) => request.tell(cx, 200, Some(rest::written(tree))),
        Err(error) => request.refused(cx, error, kind, namespace, name),
    }
}

/// A list was asked for, or a watch of it.
pub fn listed(cx: &Cx<'_>, ask: Listed<'_>, body: Option<&Value>, error: Option<&ApiError>) {
    let mut query = vec![("fieldSelector", ask.fields.to_string()), ("labelSelector", ask.labels.to_string())];
    match ask.watch {
        Some(revision) => {
            query.extend([("resourceVersion", revision.to_string()), ("watch", "true".to_string())]);
        }
        None if cx.config.voice.limit != "0" => query.push(("limit", cx.config.voice.limit.clone())),
        None => {}
    }
    query.retain(|(_, value)| !value.is_empty());
    let request = Request { verb: "GET", url: url(ask.kind, ask.namespace, "", "", &query), said: None, content: "" };
    match error {
        Some(error) => request.refused(cx, error, ask.kind, ask.namespace, ""),
        None => request.tell(cx, 200, body.map(rest::written)),
    }
}

/// What a list is of.
#[derive(Clone, Copy)]
pub struct Listed<'a> {
    pub kind: KindRef,
    /// Empty for all.
    pub namespace: &'a str,
    pub fields: &'a str,
    pub labels: &'a str,
    /// The revision that is watched from.
    pub watch: Option<u64>,
}

/// A path of the API was asked for.
pub fn raw(cx: &Cx<'_>, path: &str, code: u16, body: Option<String>) {
    let request = Request { verb: "GET", url: format!("{SERVER}{path}"), said: None, content: "" };
    request.tell(cx, code, body);
}

/// A part of a pod was asked for: its log, a command in it.
pub fn part(
    cx: &Cx<'_>,
    verb: &'static str,
    kind: KindRef,
    at: (&str, &str, &str),
    query: &[(&str, String)],
    code: u16,
) {
    let (namespace, name, sub) = at;
    let request = Request { verb, url: url(kind, namespace, name, sub, query), said: None, content: "" };
    request.tell(cx, code, None);
}

/// Something was written.
pub fn wrote(cx: &Cx<'_>, heard: &Heard, dry: bool) {
    let key = &heard.key;
    let Some(kind) = cx.reader().lookup(|kind| kind.names().resource == key.resource) else { return };
    let voice = &cx.config.voice;
    let mut query = vec![];
    if dry && heard.verb != "DELETE" {
        query.push(("dryRun", "All".to_string()));
    }
    if voice.manager && heard.verb != "DELETE" {
        query.push(("fieldManager", cx.config.manager.clone()));
        if !voice.validation.is_empty() {
            query.push(("fieldValidation", voice.validation.to_string()));
        }
        if heard.content.contains("apply-patch") {
            query.push(("force", heard.force.to_string()));
        }
    }
    let name = if heard.verb == "POST" && heard.sub.is_empty() { "" } else { &*key.name };
    let mut said = ordered_json(&crate::base::yaml::Ordered::Plain(&heard.body), None);
    if heard.verb != "PATCH" {
        said.push('\n');
    }
    let url = url(kind, &key.namespace, name, heard.sub, &query);
    let request = Request { verb: heard.verb, url, said: Some(said), content: heard.content };
    match &heard.error {
        Some(error) => request.refused(cx, error, kind, &key.namespace, &key.name),
        None => {
            let now = cx.world.api.get(kind, &key.namespace, &key.name).ok().map(|object| object.to_wire_managed());
            let code = if heard.verb == "POST" { 201 } else { 200 };
            request.tell(cx, code, now.as_ref().map(rest::written));
        }
    }
}

const SERVER: &str = "https://127.0.0.1:6443";

fn url(kind: KindRef, namespace: &str, name: &str, sub: &str, query: &[(&str, String)]) -> String {
    let names = kind.names();
    let mut url = String::from(SERVER);
    let _ = match names.group {
        "" => write!(url, "/api/{}", names.version),
        group => write!(url, "/apis/{group}/{}", names.version),
    };
    if names.namespaced && !namespace.is_empty() {
        let _ = write!(url, "/namespaces/{namespace}");
    }
    for part in [names.plural, name, sub].into_iter().filter(|part| !part.is_empty()) {
        let _ = write!(url, "/{part}");
    }
    for (n, (key, value)) in query.iter().enumerate() {
        let _ = write!(url, "{}{key}={}", if n == 0 { '?' } else { '&' }, escaped(value));
    }
    url
}

/// As Go's `url.QueryEscape`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

struct Request {
    verb: &'static str,
    url: String,
    said: Option<String>,
    /// The type of what is said.
    content: &'static str,
}

impl Request {
    fn refused(self, cx: &Cx<'_>, error: &ApiError, kind: KindRef, namespace: &str, name: &str) {
        let names = kind.names();
        let target =
            rest::Target { group: names.group, resource: names.plural, namespace, name, ..rest::Target::default() };
        let body = serde_json::from_str::<Value>(&rest::status(error, target)).unwrap_or_else(|_| json!({}));
        self.tell(cx, error.code(), Some(rest::written(&body)));
    }

    fn tell(self, cx: &Cx<'_>, code: u16, body: Option<String>) {
        let voice = &cx.config.voice;
        let level = voice.level;
        if level < 6 {
            return;
        }
        let takes = REQUEST.0 * 2 + if self.verb == "GET" { 0 } else { 2 };
        let (verb, url) = (self.verb, go_quote(&self.url));
        let status = go_quote(&format!("{code} {}", status_text(code)));
        if let Some(said) = self.said.as_ref().filter(|_| level >= 8) {
            tell(cx, 8, "request.go:1152", &format!("\"Request Body\" body={}", value(&cut(said, level))));
        }
        let headers = self.headers(cx);
        let block = |lines: &[(&str, String)]| {
            value(&lines.iter().map(|(name, text)| format!("{name}: {text}\n")).collect::<String>())
        };
        match level {
            6 => {}
            7 | 8 => {
                let words = format!("\"Request\" verb=\"{verb}\" url={url} headers={}", block(&headers));
                tell(cx, 7, "round_trippers.go:527", &words);
            }
            _ => {
                let headers: String = headers.iter().map(|(name, text)| format!(" -H \"{name}: {text}\"")).collect();
                let curl = format!("curl -v -X{verb} {headers} '{}'\n", self.url);
                tell(cx, 9, "round_trippers.go:527", &format!("\"Request\" curlCommand={}", value(&curl)));
            }
        }
        let body = body.filter(|_| voice.accept == Accept::Json || code >= 400).map(|body| body + "\n");
        let answer = self.answer(cx, body.as_deref());
        let answer = match level {
            6 => format!("verb=\"{verb}\" url={url} status={status} milliseconds={takes}"),
            7 => format!("status={status} milliseconds={takes}"),
            8 => format!("status={status} headers={} milliseconds={takes}", block(&answer)),
            _ => format!(
                "verb=\"{verb}\" url={url} status={status} headers={} milliseconds={takes} getConnectionMilliseconds=0 serverProcessingMilliseconds={takes}",
                block(&answer)
            ),
        };
        cx.log.asked.set(cx.log.asked.get() + takes as u32);
        tell(cx, 6, "round_trippers.go:632", &format!("\"Response\" {answer}"));
        if let Some(body) = body {
            tell(cx, 8, "request.go:1206", &format!("\"Response Body\" body={}", value(&cut(&body, level))));
        }
    }

    fn headers(&self, cx: &Cx<'_>) -> Vec<(&'static str, String)> {
        let mut headers = vec![("Accept", cx.config.voice.accept.header().to_string())];
        if self.said.is_some() {
            let content = if self.content.is_empty() { "application/json" } else { self.content };
            headers.push(("Content-Type", content.to_string()));
        }
        let agent = format!("kubectl/{} (linux/amd64) kubernetes/unknown", crate::api::release::CURRENT);
        headers.push(("User-Agent", agent));
        headers
    }

    fn answer(&self, cx: &Cx<'_>, body: Option<&str>) -> Vec<(&'static str, String)> {
        let mix = |n: u64| (n ^ n >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(29);
        let a = mix(mix(u64::from(cx.cause.0) << 20 | u64::from(cx.log.asked.get()) | 1 << 60));
        let b = mix(a);
        let id = format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0xfff,
            b & 0xffff_ffff_ffff
        );
        let mut headers = vec![("Audit-Id", id), ("Cache-Control", "no-cache, private".to_string())];
        if let Some(body) = body.filter(|body| body.len() < 2048) {
            headers.push(("Content-Length", body.len().to_string()));
        }
        headers.push(("Content-Type", "application/json".to_string()));
        headers.push(("Date", cx.now().timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()));
        headers
    }
}

/// A body as it is shown, at this level.
fn cut(body: &str, level: u8) -> String {
    let most = match level {
        8 => 1024,
        9 => 10240,
        _ => usize::MAX,
    };
    if body.len() <= most {
        return body.to_string();
    }
    let end = (0..=most).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
    format!("{} [truncated {} chars]", &body[..end], body.len() - end)
}

/// A value as klog writes it: quoted, or its lines below.
fn value(text: &str) -> String {
    if !text.contains('\n') {
        return go_quote(text);
    }
    let lines: String = text.strip_suffix('\n').unwrap_or(text).split('\n').map(|line| format!("\t{line}\n")).collect();
    format!("<\n{lines} >")
}

fn status_text(code: u16) -> &'static str {
    match code {
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// One line of klog, if `-v` asks for this level.
fn tell(cx: &Cx<'_>, level: u8, source: &str, words: &str) {
    if cx.config.voice.level < level {
        return;
    }
    let now = Time(cx.now().0 + u64::from(cx.log.asked.get()));
    let stamp = now.timestamp().strftime("%m%d %H:%M:%S");
    let process = 4000 + cx.cause.0 % 28_000;
    let line = format!("I{stamp}.{:06} {process:>7} {source}] {words}\n", now.0 % 1000 * 1000);
    cx.log.lines.borrow_mut().push((cx.output.len(), line));
}

/// What was printed, with the lines of the log where they belong.
pub fn merged(output: Vec<Span>, log: Log) -> Vec<Span> {
    let mut lines = log.lines.into_inner().into_iter().peekable();
    if lines.peek().is_none() {
        return output;
    }
    let mut all = vec![];
    let count = output.len();
    let mut spans = output.into_iter();
    for at in 0..=count {
        while let Some((_, line)) = lines.next_if(|(place, _)| *place <= at) {
            all.push(Span { stderr: true, ..Span::plain(line) });
        }
        all.extend(spans.next());
    }
    all
}
