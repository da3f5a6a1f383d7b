//! An object exists and its fields have these values.

use super::value::{Expected, at, plain};
use super::{Sight, Verdict, default_namespace, kind};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectCheck {
    pub kind: String,
    pub name: String,
    #[serde(default = "default_namespace")]
    pub namespace: String,
    #[serde(default)]
    pub fields: BTreeMap<String, Expected>,
    /// `true`: not the one that had this name when the step began; `false`: the same.
    #[serde(default)]
    pub new: Option<bool>,
}

impl ObjectCheck {
    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let kind = match kind(&self.kind) {
            Ok(kind) => kind,
            Err(mistake) => return Verdict::Broken(mistake),
        };
        let (word, name) = (kind.names().kind, &self.name);
        let Some(object) = sight.world.reader().get(kind, &self.namespace, name) else {
            return Verdict::from(
                false,
                format!("There is no {word} {name} yet."),
                format!("아직 {word} {name}: 없음."),
            );
        };
        if let Some(new) = self.new
            && sight.mark.uids.contains(object.uid()) == new
        {
            return if new {
                Verdict::from(
                    false,
                    format!("{word} {name} is still the same one."),
                    format!("{word} {name}: 아직 그대로예요."),
                )
            } else {
                Verdict::from(
                    false,
                    format!("{word} {name} is another one now."),
                    format!("{word} {name}: 다른 것으로 바뀌었어요."),
                )
            };
        }
        let value = object.to_value();
        for (path, expected) in &self.fields {
            let found = at(&value, path);
            if !expected.holds(found) {
                let (wanted, is) = (expected.words(), found.map_or_else(|| "-".into(), short));
                return Verdict::from(
                    false,
                    format!("{word} {name}: {path} is {is}, wanted {wanted}."),
                    format!("{word} {name}: {path} 값이 지금 {is}, 목표는 {wanted}예요."),
                );
            }
        }
        Verdict::Yes
    }
}

fn short(value: &serde_json::Value) -> String {
    let text = plain(value);
    if text.chars().count() > 60 { format!("{}…", text.chars().take(60).collect::<String>()) } else { text }
}
