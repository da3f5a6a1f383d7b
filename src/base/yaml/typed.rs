//! A YAML text as a value of a type, with line and column of what does not fit it.

use serde::de::DeserializeOwned;
use std::fmt;

use super::{Span, Step, documents};

/// What is wrong, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: Span,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {} column {}", self.message, self.at.line, self.at.column)
    }
}

/// Reads the first document of a text; an empty text is null.
///
/// # Errors
/// What is no YAML, a key that stands twice, or the first value that does not fit the type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    let parsed = match documents(text).into_iter().next().map(|document| document.result) {
        Some(Ok(parsed)) => parsed,
        Some(Err(error)) => return Err(Mistake { at: error.at, message: error.message }),
        None => super::Parsed::default(),
    };
    if let Some(double) = parsed.duplicates.first() {
        let key = match double.path.last() {
            Some(Step::Key(key)) => key.as_str(),
            _ => "",
        };
        return Err(Mistake { at: double.span, message: format!("the key `{key}` stands here twice") });
    }
    serde_path_to_error::deserialize(parsed.value).map_err(|error: serde_path_to_error::Error<serde_json::Error>| {
        let path: Vec<Step> = error.path().iter().filter_map(step).collect();
        let place = parsed.spans.nearest(&path);
        // an unknown field is a key that is wrong; anything else is a value that is
        let at = place.key.filter(|_| error.inner().to_string().starts_with("unknown")).unwrap_or(place.value);
        Mistake { at, message: error.inner().to_string() }
    })
}

fn step(segment: &serde_path_to_error::Segment) -> Option<Step> {
    use serde_path_to_error::Segment;
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { variant } => Some(Step::Key(variant.clone())),
        Segment::Unknown => None,
    }
}

/// As [`read`], of bytes that need not be text.
///
/// # Errors
/// As [`read`].
pub fn read_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Mistake> {
    read(&String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Plan {
        name: String,
        #[serde(default)]
        steps: Vec<Act>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Act {
        Wait(u64),
    }

    #[test]
    fn a_text_becomes_a_value_and_a_mistake_has_its_place() {
        let plan: Plan = read("name: a\nsteps:\n- wait: 3\n").expect("it fits");
        assert_eq!(plan, Plan { name: "a".into(), steps: vec![Act::Wait(3)] });
        for (text, line, column, words) in [
            ("name: a\nstep: 3\n", 2, 1, "unknown field `step`"),
            ("name: a\nsteps:\n- wait: soon\n", 3, 9, "invalid type: string \"soon\""),
            ("name: a\nsteps:\n- sleep: 3\n", 3, 3, "unknown variant `sleep`"),
            ("steps: []\n", 1, 1, "missing field `name`"),
            ("name: a\nname: b\n", 2, 1, "the key `name` stands here twice"),
            ("name: [a\n", 2, 1, "did not find expected ',' or ']'"),
        ] {
            let mistake = read::<Plan>(text).expect_err(text);
            assert!(mistake.message.starts_with(words), "{text:?}: {mistake}");
            assert_eq!((mistake.at.line, mistake.at.column), (line, column), "{text:?}");
        }
    }
}
