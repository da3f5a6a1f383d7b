//! What a program asks of the network, answered: the packet is traced, and the program that gets it answers.
//!
//! Models: sockets and the resolver of libc, as far as a client sees them.
//! Left out: packets that take their way while the tables change; the whole exchange happens at one moment.

use super::{Cx, FactId, Note};
use crate::net::tables::Record;
use crate::net::{Act, End, Flow, Path, Place, Source, Target, trace};
use crate::node::Machine;
use crate::node::http::{HttpRequest, reason};
use crate::node::machine::HUNG;
use crate::script::host::{Got, Want};
use crate::time::Span;

/// A path has this many round trips in one exchange: to connect, to ask.
const TRIPS: u64 = 2;

impl Cx<'_> {
    /// Answers a want of a program at `from`; and how long that takes. `None` for what is not the network's business.
    pub fn exchange(&mut self, from: &Source, want: &Want) -> Option<(Got, Span)> {
        let (host, port, protocol) = match want {
            Want::Resolve { name } => (name.clone(), 0, "UDP"),
            Want::Connect { host, port } | Want::Http { host, port, .. } => (host.clone(), *port, "TCP"),
            Want::Raw { host, port, udp, .. } => (host.clone(), *port, if *udp { "UDP" } else { "TCP" }),
            Want::Ping { host } => (host.clone(), 0, "ICMP"),
            Want::Edit { .. } => return None,
        };
        let to = host.parse().map_or(Target::Name(host.clone()), Target::Address);
        let flow = Flow { from: from.clone(), to, port, protocol };
        self.machines.now = self.now;
        let chance = self.rng.of("packets");
        let path = trace(&flow, self.api.reader(), self.tables, &*self.machines, chance);
        let takes = Span(path.takes().0 * TRIPS);
        let title = match want {
            Want::Http { target, .. } => format!("http://{host}:{port}{target}"),
            Want::Resolve { .. } => format!("DNS {host}"),
            _ => format!("{host}:{port}"),
        };
        let (got, worked) = self.outcome(want, &path, &host);
        let takes = Span(takes.0 + worked.0);
        self.draw(from, &path);
        let asked = self.journal.root(self.cause) != FactId::BOOT;
        if asked && !matches!(want, Want::Resolve { .. } | Want::Ping { .. }) {
            self.journal.walked(self.now, &title, path);
        }
        Some((got, takes))
    }

    /// The packet on its way, hop by hop, as messages.
    pub(in crate::control) fn draw(&mut self, from: &Source, path: &Path) {
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
                self.journal.send(at, to.clone(), Note::Packet { label }, leaves, lands, self.cause);
            }
            at = to;
            leaves = lands;
        }
    }

    /// What comes back, and how long who answers takes to think.
    fn outcome(&mut self, want: &Want, path: &Path, host: &str) -> (Got, Span) {
        let address = path.address.map_or(String::new(), |address| address.to_string());
        let got = match (&path.end, want) {
            (End::NoSuchName, _) => Got::NoSuchName,
            (End::NoResolver, _) => Got::NoResolver,
            (_, Want::Resolve { name }) => {
                let full = path.name.clone().unwrap_or_else(|| name.clone());
                let all = match self.tables.dns.get(&full) {
                    Some(Record::Addresses(all)) => all.iter().map(ToString::to_string).collect(),
                    _ => vec![address],
                };
                Got::Addresses { name: full, addresses: all }
            }
            // Port 0 is never open: a refusal shows that the machine or pod is there.
            (End::Refused { .. }, Want::Ping { .. }) => Got::Pong { address, micros: path.takes().0 * 1000 + 60 },
            (_, Want::Ping { .. }) => Got::Silence { address },
            (End::Refused { .. }, _) => Got::Refused { address },
            (End::TimedOut { .. }, _) => Got::Silence { address },
            (End::NoRoute { .. }, _) => Got::NoRoute { address },
            (End::Delivered { address: at, port }, want) => {
                return self.deliver(want, path, address, host, (*at, *port));
            }
        };
        (got, Span::ZERO)
    }

    /// What is there when the packet has arrived, and how long the program took.
    fn deliver(
        &mut self,
        want: &Want,
        path: &Path,
        address: String,
        host: &str,
        at: (std::net::Ipv4Addr, u16),
    ) -> (Got, Span) {
        let now = self.now;
        let mut took = Span::ZERO;
        let got = match want {
            Want::Http { https: false, port, method, target, headers, body, .. } => {
                let client = path.hops.last().map_or("", |hop| hop.from.split(':').next().unwrap_or(""));
                let named = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
                let full = if *port == 80 { host.to_owned() } else { format!("{host}:{port}") };
                let request = HttpRequest {
                    method: method.clone(),
                    target: target.clone(),
                    host: named.map_or(full, |(_, value)| value.clone()),
                    headers: headers.clone(),
                    body: body.clone(),
                    client: client.into(),
                };
                match self.machines.answer(at.0, at.1, &request, now) {
                    Some(answer) if answer.takes >= HUNG => Got::Hung { address },
                    Some(answer) => {
                        took = answer.takes;
                        Got::Http {
                            address,
                            status: answer.status,
                            reason: reason(answer.status).into(),
                            headers: answer.headers,
                            body: answer.body,
                        }
                    }
                    None => Got::Reset { address },
                }
            }
            // Only the API server speaks TLS.
            Want::Http { port, method, target, headers, body, .. } => {
                let serves = |machine: &Machine| machine.control_plane && machine.address == at.0.to_string();
                if at.1 != 6443 || !self.machines.nodes.values().any(serves) {
                    return (Got::Reset { address }, took);
                }
                let request = HttpRequest {
                    method: method.clone(),
                    target: target.clone(),
                    host: format!("{host}:{port}"),
                    headers: headers.clone(),
                    body: body.clone(),
                    client: String::new(),
                };
                let (status, body) = super::rest::answer(&request, self);
                let kind = if body.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
                let headers = vec![
                    ("Content-Type".to_string(), kind.to_string()),
                    ("Content-Length".to_string(), body.len().to_string()),
                ];
                Got::Http { address, status, reason: reason(status).into(), headers, body: body.into_bytes() }
            }
            Want::Raw { .. } if self.machines.ill(at.0, at.1).is_some_and(|ill| ill.hung) => Got::Hung { address },
            Want::Raw { bytes, .. } => match self.machines.receive(at.0, at.1, bytes, now) {
                Some(bytes) => Got::Bytes { address, bytes },
                None => Got::Bytes { address, bytes: vec![] },
            },
            _ => Got::Connected { address },
        };
        (got, took)
    }
}
