//! An HTTP request and its answer, as a program sees them.
//!
//! Models: HTTP/1.1 (RFC 9112), as far as a learner sees it.
//! Left out: chunks, keep-alive, TLS.

use crate::time::Span;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    /// Path and query: `/healthz?full=1`.
    pub target: String,
    pub host: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The address the program sees as the client.
    pub client: String,
}

impl HttpRequest {
    pub fn get(target: &str, host: &str, client: &str) -> HttpRequest {
        HttpRequest {
            method: "GET".into(),
            target: target.into(),
            host: host.into(),
            client: client.into(),
            ..HttpRequest::default()
        }
    }

    /// The first header of a name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("/")
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// How long it took: what the program says, and the CPU's part once it has been charged.
    pub takes: Span,
    /// Microseconds of CPU that it costs.
    pub work: u64,
}

/// What an answer costs that needs no thought, in microseconds of CPU.
pub const WORK: u64 = 150;

impl HttpResponse {
    pub fn text(status: u16, body: impl Into<String>) -> HttpResponse {
        HttpResponse::of(status, "text/plain; charset=utf-8", body.into().into_bytes())
    }

    pub fn of(status: u16, kind: &str, body: Vec<u8>) -> HttpResponse {
        let headers = vec![("Content-Type".into(), kind.into()), ("Content-Length".into(), body.len().to_string())];
        HttpResponse { status, headers, body, takes: Span::millis(1), work: WORK }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub fn with(mut self, name: &str, value: &str) -> HttpResponse {
        self.headers.push((name.into(), value.into()));
        self
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The reason phrase of a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
