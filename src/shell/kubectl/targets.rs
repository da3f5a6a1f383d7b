//! The objects that a writing verb is about: by type and name, by selector, with `--all`, or from files.
//!
//! Models: `cli-runtime/pkg/resource/builder.go` with `ContinueOnError` and `Flatten`.

use super::resources::{self, Filter, Found, Selection};
use super::trouble::Trouble;
use super::{Args, Cx, Failure, manifest};
use crate::api::decode::Check;
use crate::api::{Object, Reason};

/// What was found, with what was not.
#[derive(Default)]
pub struct Targets {
    pub objects: Vec<Object>,
    /// Where each came from; empty when it was named.
    pub sources: Vec<String>,
    pub troubles: Vec<Trouble>,
}

/// Finds them. `words` are the types and names; with `by_selector` types alone stand for all that a selector leaves.
///
/// # Errors
/// Contradictions and unreadable selectors: nothing is done then.
pub fn find(words: &[String], args: &Args, cx: &mut Cx<'_>) -> Result<Targets, Failure> {
    let filter = Filter::of(args, cx);
    let mut targets = Targets::default();
    if args.has("filename") || args.has("kustomize") {
        if !words.is_empty() {
            return Err(Failure::error(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        let loaded = manifest::load(args, Check::Ignore, cx)?;
        targets.troubles = loaded.troubles;
        for item in loaded.items {
            match cx.get(item.kind, &item.namespace, &item.name) {
                Ok(object) => {
                    targets.objects.push(object.clone());
                    targets.sources.push(item.source);
                }
                Err(error) if filter.ignore_not_found && error.reason == Reason::NotFound => {}
                Err(error) => targets.troubles.push(error.into()),
            }
        }
        return Ok(targets);
    }
    let selection = resources::select(words, cx.reader())?;
    if let Selection::Types(_) = &selection
        && !filter.selects()
        && !args.bool("all")
    {
        return Err(resources::no_name());
    }
    let Found { objects, errors, .. } = resources::fetch(&selection, &filter, cx)?;
    targets.sources = vec![String::new(); objects.len()];
    targets.objects = objects;
    targets.troubles = errors.into_iter().map(Trouble::Failure).collect();
    Ok(targets)
}
