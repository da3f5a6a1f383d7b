//! What the laptop asks of its own ports: `kubectl port-forward` and `kubectl proxy` listen there and pass it on.
//!
//! Models: `client-go/tools/portforward`, `kubectl/pkg/proxy`.
//! Left out: other addresses of the laptop than localhost.

use crate::control::FactId;
use crate::script::Process;
use crate::script::host::{Got, Want};
use crate::time::Span;
use crate::world::World;

use super::kubectl::{port_forward, proxy};

/// The answer of a command of this shell that listens on a local port; `None` when none does.
pub fn pass(process: &mut Process, want: &Want, world: &mut World, cause: FactId) -> Option<(Got, Span)> {
    let (host, port) = match want {
        Want::Connect { host, port } | Want::Http { host, port, .. } | Want::Raw { host, port, udp: false, .. } => {
            (host.as_str(), *port)
        }
        _ => return None,
    };
    if !matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]" | "laptop" | "0.0.0.0") {
        return None;
    }
    let to = process.door(port)?;
    let (answer, fault) = match to.strip_prefix("api:") {
        Some(prefix) => (proxy::answer(prefix, want, world, cause), None),
        None => port_forward::pass(&to, want, world, cause),
    };
    process.knock(port, fault);
    Some(answer)
}
