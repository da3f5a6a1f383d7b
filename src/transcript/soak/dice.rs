//! Choices of the soak, all from one seed.

use super::super::format::{Entry, Reply};
use crate::base::rng::{Rng, Stream};
use crate::time::Span;

pub struct Dice {
    stream: Stream,
    files: u32,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { stream: Rng::new(seed).of("soak").clone(), files: 0 }
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.stream.below(n)
    }

    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.stream.between(from, to)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// A text in so many of a hundred cases, otherwise nothing.
    pub fn perhaps(&mut self, percent: u64, text: impl Into<String>) -> String {
        if self.chance(percent) { text.into() } else { String::new() }
    }

    /// A file of its own name and the command that applies it.
    pub fn apply(&mut self, namespace: &str, body: &str) -> Vec<Entry> {
        self.files += 1;
        let path = format!("f{}.yaml", self.files);
        let command = command(format!("kubectl apply -n {namespace} -f {path}"));
        vec![Entry::File { path, body: body.trim_start().to_string() }, command]
    }
}

pub fn command(text: impl Into<String>) -> Entry {
    Entry::Command { text: text.into(), reply: Reply::default() }
}

pub fn pass(seconds: u64) -> Entry {
    Entry::Pass { span: Span::seconds(seconds), text: format!("{seconds}s") }
}
