//! No such object exists.

use super::{Sight, Verdict, default_namespace, kind};
use crate::api::selector::Selector;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoneCheck {
    pub kind: String,
    /// By name, or by `selector`, or neither: none at all in the namespace.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub selector: Option<String>,
    #[serde(default = "default_namespace")]
    pub namespace: String,
}

impl NoneCheck {
    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let kind = match kind(&self.kind) {
            Ok(kind) => kind,
            Err(mistake) => return Verdict::Broken(mistake),
        };
        let selector = match Selector::parse(self.selector.as_deref().unwrap_or("")) {
            Ok(selector) => selector,
            Err(mistake) => return Verdict::Broken(format!("selector: {mistake}")),
        };
        let left = sight.world.reader().list(kind, Some(&self.namespace)).find(|object| {
            self.name.as_ref().is_none_or(|name| name == object.name()) && selector.matches(object.labels())
        });
        let word = kind.names().kind;
        match left {
            None => Verdict::Yes,
            Some(object) => Verdict::from(
                false,
                format!("{word} {} is still there.", object.name()),
                format!("{word} {}: 아직 남아 있어요.", object.name()),
            ),
        }
    }
}
