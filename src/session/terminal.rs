//! What stands in the terminal: blocks of lines, the oldest let go.

use crate::shell::{Span, Style};
use std::collections::VecDeque;
use std::rc::Rc;

/// Lines kept.
pub const LINES: usize = 10_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The prompt, for a line that was typed.
    pub prompt: Option<String>,
    pub spans: Vec<Span>,
}

/// A line with its number since the session began.
pub type Block = (u64, Rc<Line>);

#[derive(Clone, Debug, Default)]
pub struct Terminal {
    lines: VecDeque<Block>,
    written: u64,
    /// The last line has no line end yet.
    open: bool,
    version: u64,
}

impl Terminal {
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Block> {
        self.lines.iter()
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn clear(&mut self) {
        self.lines.clear();
        self.open = false;
        self.version += 1;
    }

    /// A line that the learner entered.
    pub fn typed(&mut self, prompt: &str, line: &str) {
        self.open = false;
        for (n, part) in line.split('\n').take(LINES).enumerate() {
            let prompt = if n == 0 { prompt.to_string() } else { "> ".into() };
            self.push(Line {
                prompt: Some(prompt),
                spans: vec![Span { text: part.into(), style: Style::Input, link: None }],
            });
        }
    }

    /// What programs printed.
    pub fn print(&mut self, output: Vec<Span>) {
        for span in output {
            if matches!(span.style, Style::Clear | Style::Screen) {
                self.clear();
            }
            for (n, part) in span.text.split('\n').enumerate() {
                if n > 0 {
                    if !self.open {
                        self.push(Line { prompt: None, spans: vec![] });
                    }
                    self.open = false;
                }
                if !part.is_empty() {
                    self.append(Span { text: part.into(), ..span.clone() });
                }
            }
        }
        self.version += 1;
    }

    fn append(&mut self, span: Span) {
        if self.open
            && let Some((_, line)) = self.lines.back_mut()
        {
            Rc::make_mut(line).spans.push(span);
            return;
        }
        self.push(Line { prompt: None, spans: vec![span] });
        self.open = true;
    }

    fn push(&mut self, line: Line) {
        self.written += 1;
        self.lines.push_back((self.written, Rc::new(line)));
        if self.lines.len() > LINES {
            self.lines.pop_front();
        }
        self.version += 1;
    }
}
