//! Whether the API server is there for those who ask, and what they are told when it is not.
//!
//! Models: `client-go/rest`, `kubectl/pkg/cmd/util/helpers.go` (`StandardErrorMessage`), the etcd client in
//! `apiserver/pkg/storage/etcd3`.

use super::{ApiError, Reason};
use crate::time::Span;

/// How the server is, as far as one client can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    #[default]
    Well,
    /// No process listens there.
    Refused,
    /// Its process stands still.
    Hung,
    /// No packet gets there.
    Cut,
    /// The server answers, but its etcd is gone.
    NoStore,
    /// Its etcd is there, but cannot write: its disk is far too slow.
    SlowStore,
    /// Its etcd does not move at all.
    MuteStore,
}

impl Health {
    /// What a component of the cluster gets for a request.
    pub fn error(self) -> Option<ApiError> {
        let text = match self {
            Health::Well => return None,
            Health::Refused => "dial tcp 172.18.0.2:6443: connect: connection refused",
            Health::Hung => "net/http: TLS handshake timeout",
            Health::Cut => "dial tcp 172.18.0.2:6443: i/o timeout",
            other => return Some(ApiError::new(Reason::Unknown, other.said("", ""))),
        };
        Some(ApiError::new(Reason::ServiceUnavailable, text))
    }

    /// The server's own words about a request it could not serve.
    pub fn said(self, verb: &str, resource: &str) -> String {
        match self {
            Health::NoStore => "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused\"".into(),
            Health::SlowStore => "etcdserver: request timed out".into(),
            _ => format!(
                "the server was unable to return a response in the time allotted, but may still be processing requests ({verb} {resource})"
            ),
        }
    }

    /// What kubectl prints for a request, and how long that takes it. `None` when the request is served.
    pub fn words(self, server: &str, verb: &str, resource: &str) -> Option<(String, Span)> {
        let host = server.trim_start_matches("https://").trim_start_matches("http://");
        let host = host.split('/').next().unwrap_or(host);
        Some(match self {
            Health::Well => return None,
            Health::Refused => (
                format!("The connection to the server {host} was refused - did you specify the right host or port?"),
                Span::ZERO,
            ),
            Health::Hung => {
                ("Unable to connect to the server: net/http: TLS handshake timeout".into(), Span::seconds(10))
            }
            Health::Cut => {
                (format!("Unable to connect to the server: dial tcp {host}: i/o timeout"), Span::seconds(30))
            }
            Health::NoStore => (format!("Error from server: {}", self.said(verb, resource)), Span::millis(2_500)),
            // What is read without writing needs no disk.
            Health::SlowStore if matches!(verb, "get" | "list" | "watch") => return None,
            Health::SlowStore => (format!("Error from server: {}", self.said(verb, resource)), Span::seconds(7)),
            Health::MuteStore => {
                (format!("Error from server (Timeout): {}", self.said(verb, resource)), Span::seconds(60))
            }
        })
    }
}
