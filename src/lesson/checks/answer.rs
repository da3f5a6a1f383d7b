//! What a request from a pod is answered. It is tried on a copy of the world, so that the check leaves no trace.

use super::{Sight, Verdict, default_namespace};
use crate::net::Source;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerCheck {
    /// The pod that asks; absent: the learner's laptop.
    #[serde(default)]
    pub pod: Option<String>,
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// `http://web`, `http://localhost:8080/path`.
    pub url: String,
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub contains: Option<String>,
    /// The whole body, white space around it aside.
    #[serde(default)]
    pub equals: Option<String>,
    /// It must not be answered at all.
    #[serde(default)]
    pub fails: bool,
}

impl AnswerCheck {
    pub fn sound(&self) -> Result<(), String> {
        if self.url.starts_with("http://") {
            Ok(())
        } else {
            Err(format!("url: {:?} must begin with http://", self.url))
        }
    }

    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let from = match &self.pod {
            Some(pod) => Source::Pod { namespace: self.namespace.as_str().into(), name: pod.as_str().into() },
            None => Source::Outside,
        };
        let who = self.pod.as_deref().unwrap_or("laptop");
        let url = &self.url;
        let mut copy = sight.world.clone();
        let Some((status, body)) = copy.fetch(&from, url) else {
            return Verdict::from(
                self.fails,
                format!("{who} gets no answer from {url} yet."),
                format!("{who}: {url}에서 아직 답이 없어요."),
            );
        };
        let fits = !self.fails
            && self.status.unwrap_or(200) == status
            && self.contains.as_ref().is_none_or(|part| body.contains(part.as_str()))
            && self.equals.as_ref().is_none_or(|whole| body.trim() == whole.trim());
        Verdict::from(
            fits,
            format!("{who} gets another answer from {url} (status {status})."),
            format!("{who}: {url}의 답이 찾는 것과 달라요(상태 {status})."),
        )
    }
}
