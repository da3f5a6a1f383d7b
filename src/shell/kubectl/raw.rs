//! `kubectl get --raw`: a path of the REST API, answered as the server does.
//!
//! Models: `kubectl/pkg/rawhttp`.
//! Left out: what `api::rest` leaves out.

use super::{Cx, Flow, Outcome};
use crate::api::query::Query;
use crate::api::rest::{self, Target};
use crate::api::{ApiError, discovery};
use crate::world::World;

/// Answers a path.
///
/// # Errors
/// NotFound with the server's words.
pub fn get(path: &str, cx: &mut Cx<'_>) -> Outcome {
    let target = Target::of(path);
    let answer = cx.may(&target.ask(target.look())).and_then(|()| text(path, cx.world));
    let (code, said) = match &answer {
        Ok(text) => (200, text.trim_end().to_string()),
        Err(error) => (error.code(), rest::status(error, target)),
    };
    super::wire::raw(cx, path, code, Some(said));
    let text = answer?;
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
    let trees = rest::objects(target, &Query::of(path), read)?;
    Ok(trees.iter().map(|tree| format!("{}\n", rest::written(tree))).collect())
}
