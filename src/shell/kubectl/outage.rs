//! When the API server does not answer, or not in time: kubectl waits, then says so.
//!
//! Models: `kubectl/pkg/cmd/util/helpers.go` (`StandardErrorMessage`).
//! Left out: the lines of the discovery cache that come before it when the cache is cold.

use super::{Args, Cx, Failure, Flow, Job, Outcome, Turn, Verb, Wait};
use crate::time::Time;

/// Waiting for an answer that does not come.
#[derive(Clone)]
struct Waiting {
    until: Time,
    words: String,
}

impl Job for Waiting {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        if cx.now() < self.until {
            return Ok(Turn::Wait(Wait { at: Some(self.until), ..Wait::default() }));
        }
        Err(Failure::plain(self.words.clone()))
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

/// How a call ends that the server does not serve; `None` when it does.
pub fn stops(verb: &dyn Verb, args: &Args, cx: &mut Cx<'_>) -> Option<Outcome> {
    let health = cx.world.faults.outside;
    let name = verb.spec().name;
    let asks = match name {
        "get" | "describe" | "logs" | "wait" | "events" | "top" | "diff" | "history" | "status" => "get",
        "delete" => "delete",
        "create" | "run" | "expose" | "autoscale" => "post",
        _ => "patch",
    };
    let word = args.words.first().map_or("pods", |word| word.split('/').next().unwrap_or(word));
    let kind = cx.world.reader().find(word);
    let resource = kind.map_or_else(|| "pods".to_owned(), |kind| kind.names().resource.to_owned());
    let server = cx.config.server(args);
    let (words, takes) = health.words(&server, asks, &resource)?;
    let until = cx.now() + takes;
    let waiting = Waiting { until, words };
    Some(if until > cx.now() { Ok(Flow::Job(Box::new(waiting))) } else { Err(Failure::plain(waiting.words)) })
}
