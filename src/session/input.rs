//! What a learner does, as data: the seed and these make the session.

use crate::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Virtual time.
    pub at: Time,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Line(String),
    Interrupt,
    /// Ctrl-D.
    End,
    /// A command done beside whatever runs in the terminal: a fault made on the chart.
    Aside {
        line: String,
    },
    Power {
        node: String,
        on: bool,
    },
    /// The editor saved a file.
    Write {
        path: String,
        text: String,
    },
    /// A lesson began, on this fresh cluster.
    Lesson {
        text: String,
    },
    Step {
        to: usize,
    },
    Hint,
    Predict {
        answer: usize,
    },
}
