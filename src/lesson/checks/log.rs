//! A container's log says something.

use super::{Sight, Verdict, default_namespace};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogCheck {
    pub pod: String,
    #[serde(default)]
    pub container: Option<String>,
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Some line contains all of these.
    pub line: Vec<String>,
}

impl LogCheck {
    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let lines = sight.world.log_lines(&self.namespace, &self.pod, self.container.as_deref());
        let found = lines.iter().any(|line| self.line.iter().all(|part| line.contains(part.as_str())));
        let pod = &self.pod;
        Verdict::from(
            found,
            format!("The log of {pod} has no such line yet."),
            format!("{pod}의 로그에 아직 그런 줄이 없어요."),
        )
    }
}
