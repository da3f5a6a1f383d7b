//! A file of the learner.

use super::{Sight, Verdict};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// Relative to the home directory.
    pub path: String,
    /// Exactly this, white space around it aside.
    #[serde(default)]
    pub equals: Option<String>,
    #[serde(default)]
    pub contains: Option<String>,
    /// The value of a field of an object: `{kind, name, field}`.
    #[serde(default)]
    pub equals_field: Option<FieldOf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldOf {
    pub kind: String,
    pub name: String,
    #[serde(default = "super::default_namespace")]
    pub namespace: String,
    pub field: String,
}

impl FileCheck {
    pub fn verdict(&self, sight: &Sight<'_>) -> Verdict {
        let path = &self.path;
        let Ok(bytes) = sight.files.read(&format!("{}/{path}", sight.home)) else {
            return Verdict::from(
                false,
                format!("There is no file {path} yet."),
                format!("아직 {path} 파일이 없어요."),
            );
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let wanted = match self.wanted(sight) {
            Ok(wanted) => wanted,
            Err(verdict) => return verdict,
        };
        if wanted.is_some_and(|wanted| wanted.trim() != text.trim()) {
            return Verdict::from(
                false,
                format!("{path} does not hold what is asked for."),
                format!("{path}의 내용이 찾는 값과 달라요."),
            );
        }
        match &self.contains {
            Some(part) if !text.contains(part.as_str()) => Verdict::from(
                false,
                format!("{path} does not say {part:?}."),
                format!("{path}에 {part:?}라는 내용이 없어요."),
            ),
            _ => Verdict::Yes,
        }
    }

    fn wanted(&self, sight: &Sight<'_>) -> Result<Option<String>, Verdict> {
        let Some(of) = &self.equals_field else { return Ok(self.equals.clone()) };
        let kind = super::kind(&of.kind).map_err(Verdict::Broken)?;
        let object = sight.world.reader().get(kind, &of.namespace, &of.name);
        let value = object.map(|object| object.to_value());
        let field = value.as_ref().and_then(|value| super::value::at(value, &of.field));
        match field {
            Some(field) => Ok(Some(super::value::plain(field))),
            None => Err(Verdict::from(
                false,
                format!("{} {} has no {} yet.", of.kind, of.name, of.field),
                format!("{} {}: 아직 {} 값이 없어요.", of.kind, of.name, of.field),
            )),
        }
    }
}
