//! Questions to the network and their answers: a name, a connection, a request. The way is `net::trace`'s; the answer is
//! given by the program that listens where the packet ends.

use super::World;
use crate::control::{FactId, Note, What};
use crate::net::{Act, End, Flow, Path, Place, Source, Target, trace};
use crate::node::http::HttpRequest;
use crate::script::host::{Got, Want};
use crate::time::Span;
use std::net::Ipv4Addr;
use std::rc::Rc;

/// A question answered: what comes back, after how long, and the way it took.
#[derive(Clone, Debug)]
pub struct Answer {
    pub got: Got,
    pub after: Span,
    pub path: Rc<Path>,
}

impl World {
    /// Asks the network from a place. What answers may change (an access log): this is no dry run.
    pub fn ask(&mut self, from: &Source, want: &Want, cause: FactId) -> Answer {
        let (host, port, protocol) = match want {
            Want::Resolve { name } => return self.resolve(from, name, cause),
            Want::Connect { host, port } | Want::Http { host, port, .. } => (host, *port, "TCP"),
            Want::Raw { host, port, udp, .. } => (host, *port, if *udp { "UDP" } else { "TCP" }),
            Want::Ping { host } => (host, 0, "ICMP"),
            Want::Edit { .. } => return Answer { got: Got::NoSuchName, after: Span::ZERO, path: Rc::default() },
        };
        let path = self.trace(from, host, port, protocol, cause);
        let after = path.takes();
        let address = path.address.map(|a| a.to_string()).unwrap_or_default();
        let got = match (&path.end, want) {
            (End::NoSuchName, _) => Got::NoSuchName,
            (End::NoResolver, _) => Got::NoResolver,
            (End::NoRoute { .. }, _) => Got::NoRoute { address },
            (End::TimedOut { .. }, _) => Got::Silence { address },
            (End::Refused { .. }, Want::Ping { .. }) | (End::Delivered { .. }, Want::Ping { .. }) => {
                Got::Pong { address, micros: 60 + self.rng.of("ping").below(90) }
            }
            (End::Refused { .. }, _) => Got::Refused { address },
            (End::Delivered { address: at, port }, want) => self.served(*at, *port, address, want, &path),
        };
        Answer { got, after, path }
    }

    /// A plain GET, for lesson checks: status and body; `None` without an answer.
    pub fn fetch(&mut self, from: Source, url: &str) -> Option<(u16, String)> {
        let rest = url.strip_prefix("http://")?;
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(a, p)| (a, p));
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
        match self.ask(&from, &want, FactId::BOOT).got {
            Got::Http { status, body, .. } => Some((status, String::from_utf8_lossy(&body).into_owned())),
            _ => None,
        }
    }

    fn trace(&mut self, from: &Source, host: &str, port: u16, protocol: &'static str, cause: FactId) -> Rc<Path> {
        let to = host.parse().map_or_else(|_| Target::Name(host.into()), Target::Address);
        let flow = Flow { from: from.clone(), to, port, protocol };
        let read = self.api.reader();
        let path = Rc::new(trace(&flow, read, &self.tables, &self.machines, self.rng.of("packets")));
        self.draw(from, &path, cause);
        if cause != FactId::BOOT {
            let title = match self.journal.get(cause).map(|fact| &fact.what) {
                Some(What::Command(line)) => line.to_string(),
                _ => format!("{host}:{port}"),
            };
            self.journal.walked(self.now, &title, (*path).clone());
        }
        path
    }

    /// The packet on its way, hop by hop, as messages.
    fn draw(&mut self, from: &Source, path: &Path, cause: FactId) {
        let mut at = match from {
            Source::Outside => Place::Outside,
            Source::Node(node) => Place::Node(node.clone()),
            Source::Pod { namespace, name } => Place::Pod { namespace: namespace.clone(), name: name.clone() },
        };
        let mut leaves = self.now;
        for hop in &path.hops {
            let lands = leaves + hop.takes;
            let to = match &hop.act {
                Act::Encapsulate { to } => to.clone(),
                _ => hop.at.clone(),
            };
            if to != at {
                let label = hop.to.as_str().into();
                self.journal.send(at.clone(), to.clone(), Note::Packet { label }, leaves, lands, cause);
            }
            at = to;
            leaves = lands;
        }
    }

    fn resolve(&mut self, from: &Source, name: &str, cause: FactId) -> Answer {
        let path = self.trace(from, name, 0, "TCP", cause);
        let found = path.hops.iter().find_map(|hop| match &hop.act {
            Act::Answer { name, addresses } => Some((name.clone(), addresses.clone())),
            _ => None,
        });
        let got = match (&path.end, found, path.address) {
            (End::NoSuchName, ..) => Got::NoSuchName,
            (End::NoResolver, ..) => Got::NoResolver,
            (_, Some((name, addresses)), _) => {
                Got::Addresses { name, addresses: addresses.iter().map(ToString::to_string).collect() }
            }
            (_, None, Some(address)) => Got::Addresses { name: name.into(), addresses: vec![address.to_string()] },
            (_, None, None) => Got::NoSuchName,
        };
        Answer { got, after: Span::millis(2), path }
    }

    /// What the program that listens there says.
    fn served(&mut self, at: Ipv4Addr, port: u16, address: String, want: &Want, path: &Path) -> Got {
        let client = path.hops.last().map_or("", |hop| hop.from.as_str());
        let client = client.rsplit_once(':').map_or(client, |(ip, _)| ip);
        match want {
            Want::Http { method, target, headers, body, host, https, .. } => {
                if *https {
                    return Got::Reset { address };
                }
                let request = HttpRequest {
                    method: method.clone(),
                    target: target.clone(),
                    host: host.clone(),
                    headers: headers.clone(),
                    body: body.clone(),
                    client: client.into(),
                };
                match self.machines.answer(at, port, &request, self.now) {
                    Some(response) => Got::Http {
                        address,
                        status: response.status,
                        reason: crate::node::http::reason(response.status).into(),
                        headers: response.headers,
                        body: response.body,
                    },
                    None => Got::Reset { address },
                }
            }
            Want::Raw { bytes, .. } => match self.machines.receive(at, port, bytes, self.now) {
                Some(bytes) => Got::Bytes { address, bytes },
                None => Got::Silence { address },
            },
            _ => Got::Connected { address },
        }
    }
}
