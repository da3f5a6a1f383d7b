//! `kubectl get --raw`: a path of the REST API, answered as the server does.
//!
//! Models: `kubectl/pkg/rawhttp`.
//! Left out: what `api::rest` leaves out.

use super::{Cx, Flow, Outcome};
use crate::api::rest::{self, Target};
use crate::api::{ApiError, discovery};
use crate::base::yaml::to_json;
use crate::world::World;

/// Answers a path.
///
/// # Errors
/// NotFound with the server's words.
pub fn get(path: &str, cx: &mut Cx<'_>) -> Outcome {
    let target = Target::of(path);
    cx.may(&target.ask(target.look()))?;
    let text = text(path, cx.world)?;
    cx.out(text);
    Ok(Flow::Done)
}

/// The answer's text.
///
/// # Errors
/// NotFound with the server's words.
pub fn text(path: &str, world: &World) -> Result<String, ApiError> {
    let (target, read) = (Target::of(path), world.reader());
    if target.resource.is_empty() {
        return discovery::answer(target.path, read);
    }
    let tree = rest::objects(target, "", read)?;
    Ok(format!("{}\n", to_json(&tree).trim_end()))
}
