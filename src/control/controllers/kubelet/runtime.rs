//! Whether the kubelet's runtime is there, as the node's Ready condition says it.
//!
//! Models: `pkg/kubelet/runtime.go` (`runtimeState`), `pkg/kubelet/pleg/generic.go` (`Healthy`).

use super::duration;
use crate::node::Machine;
use crate::time::{Span, Time};

/// How long the runtime may be silent before it counts as down, and how long ago the last listing of it may be.
const SILENT: Span = Span::seconds(30);
const PLEG: Span = Span::minutes(3);

/// Why the node is not ready, if that is because of its runtime.
pub(super) fn error(machine: &Machine, now: Time) -> Option<String> {
    let down = now.since(machine.trouble.runtime_down?);
    if down < SILENT {
        return None;
    }
    let first = "container runtime is down";
    if down < PLEG {
        return Some(first.into());
    }
    Some(format!("[{first}, PLEG is not healthy: pleg was last seen active {} ago; threshold is 3m0s]", duration(down)))
}
