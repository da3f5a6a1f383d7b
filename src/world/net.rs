//! A plain request from outside of the simulation: what a lesson's check asks.

use super::World;
use crate::control::FactId;
use crate::net::Source;
use crate::script::host::{Got, Want};

impl World {
    /// A GET: status and body; `None` without an answer. What answers may change (an access log): ask a clone to leave no trace.
    pub fn fetch(&mut self, from: &Source, url: &str) -> Option<(u16, String)> {
        let rest = url.strip_prefix("http://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.rsplit_once(':').map_or((authority, 80), |(h, p)| (h, p.parse().unwrap_or(80)));
        let want = Want::Http {
            https: false,
            host: host.into(),
            port,
            method: "GET".into(),
            target: format!("/{path}"),
            headers: vec![("Host".into(), authority.into()), ("User-Agent".into(), "pilothouse".into())],
            body: vec![],
        };
        match self.exchange(from, &want, FactId::BOOT)?.0 {
            Got::Http { status, body, .. } => Some((status, String::from_utf8_lossy(&body).into_owned())),
            _ => None,
        }
    }
}
