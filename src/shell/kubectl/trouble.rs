//! Errors of the verbs that write, before they are words: one or many, from the server or from kubectl, with a source.
//!
//! Models: `kubectl/pkg/cmd/util/helpers.go` (`CheckErr`, `AddSourceToErr`), `apimachinery/pkg/util/errors`.

use super::Failure;
use crate::api::{ApiError, Reason};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    Api(ApiError),
    /// kubectl's own words, without `error: `.
    Text(String),
    Many(Vec<Trouble>),
    /// Already words.
    Failure(Failure),
}

impl Trouble {
    pub fn text(words: impl std::fmt::Display) -> Trouble {
        Trouble::Text(words.to_string())
    }

    /// `error when creating "x.yaml": ...`
    pub fn from(self, doing: &str, source: &str) -> Trouble {
        if source.is_empty() {
            return self;
        }
        match self {
            Trouble::Api(mut error) => {
                error.message = format!("error when {doing} \"{source}\": {}", error.message);
                Trouble::Api(error)
            }
            Trouble::Text(words) => Trouble::Text(format!("error when {doing} \"{source}\": {words}")),
            other => other,
        }
    }

    /// The words of one among others.
    pub fn words(&self) -> String {
        match self {
            Trouble::Api(error) if error.reason == Reason::Unknown => format!("Error from server: {}", error.message),
            Trouble::Api(error) => format!("Error from server ({}): {}", error.reason, error.message),
            Trouble::Text(words) => words.clone(),
            Trouble::Failure(failure) => failure.message.clone(),
            Trouble::Many(all) => {
                let mut seen: Vec<String> = vec![];
                for trouble in all {
                    let words = match trouble {
                        Trouble::Api(error) => error.message.clone(),
                        other => other.words(),
                    };
                    if !seen.contains(&words) {
                        seen.push(words);
                    }
                }
                if seen.len() == 1 { seen.remove(0) } else { format!("[{}]", seen.join(", ")) }
            }
        }
    }

    /// The error's own text, without who says it.
    pub fn message(&self) -> String {
        match self {
            Trouble::Api(error) => error.message.clone(),
            other => other.words(),
        }
    }

    pub fn is(&self, reason: Reason) -> bool {
        matches!(self, Trouble::Api(error) if error.reason == reason)
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Trouble {
        Trouble::Api(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failure(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Api(error) => error.into(),
            Trouble::Text(words) => Failure::error(words),
            Trouble::Failure(failure) => failure,
            Trouble::Many(all) => Failure::plain(all.iter().map(Trouble::words).collect::<Vec<_>>().join("\n")),
        }
    }
}

/// All the troubles of a call as one; none is fine.
///
/// # Errors
/// When there is any.
pub fn gather(mut all: Vec<Trouble>) -> Result<(), Trouble> {
    match all.len() {
        0 => Ok(()),
        1 => Err(all.remove(0)),
        _ => Err(Trouble::Many(all)),
    }
}
