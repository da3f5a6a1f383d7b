//! The terminal's lines, made of the spans that commands write.
//!
//! Left out: escape codes; a carriage return begins the line anew.

use std::rc::Rc;

use pilothouse::scene::Id;
use pilothouse::shell::{Span as Piece, Style};

use super::views::{Row, Span};

/// Lines kept; older ones are dropped from the front.
const KEPT: usize = 10_000;
/// Characters of one line; the rest of it is dropped.
const LONGEST: usize = 20_000;

/// See the module.
#[derive(Default)]
pub struct Screen {
    rows: Vec<Rc<Row>>,
    /// The number of the first line kept.
    first: usize,
    /// The last line is not finished.
    open: bool,
    /// Where the last `Screen` began.
    mark: Option<usize>,
}

impl Screen {
    pub fn rows(&self) -> (usize, &[Rc<Row>]) {
        (self.first, &self.rows)
    }

    pub fn clear(&mut self) {
        self.first += self.rows.len();
        self.rows.clear();
        self.open = false;
        self.mark = None;
    }

    /// A whole line of the page's own.
    pub fn line(&mut self, spans: Vec<Span>, cause: Option<u8>) {
        self.close();
        self.rows.push(Rc::new(Row { spans, cause }));
        self.mark = None;
        self.bound();
    }

    /// Ends an unfinished line, as a terminal does before its prompt.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// What a command wrote.
    pub fn write(&mut self, piece: &Piece) {
        match piece.style {
            Style::Clear => self.clear(),
            Style::Screen => {
                match self.mark {
                    Some(at) => self.rows.truncate(at.saturating_sub(self.first)),
                    None => self.mark = Some(self.first + self.rows.len()),
                }
                self.open = false;
            }
            _ => {}
        }
        let object = piece.link.as_ref().map(|link| Id::object(&link.kind, &link.namespace, &link.name).to_string());
        let mut lines = piece.text.split('\n').peekable();
        while let Some(line) = lines.next() {
            let last = lines.peek().is_none();
            if !line.is_empty() || !last {
                self.add(line, piece.style, object.as_deref());
            }
            if !last {
                self.open = false;
            }
        }
        self.bound();
    }

    fn add(&mut self, text: &str, style: Style, object: Option<&str>) {
        if !self.open {
            self.rows.push(Rc::new(Row::default()));
            self.open = true;
        }
        let Some(row) = self.rows.last_mut() else { return };
        let row = Rc::make_mut(row);
        let text = match text.rsplit_once('\r') {
            Some((_, rest)) => {
                row.spans.clear();
                rest
            }
            None => text,
        };
        let long: usize = row.spans.iter().map(|span| span.text.len()).sum();
        if long > LONGEST || text.is_empty() {
            return;
        }
        let text: String = text.chars().take(LONGEST).collect();
        let first = row.spans.is_empty();
        let span = |text: &str, class| Span { text: text.to_string(), class, object: object.map(str::to_string) };
        match (style, text.split_once(':')) {
            // the word that says it went wrong is marked, what it says is plain
            (Style::Error, Some((word, rest))) if first && is_error(word) => {
                row.spans.push(span(word, "f"));
                row.spans.push(span(&format!(":{rest}"), ""));
            }
            _ => row.spans.push(span(&text, class(style))),
        }
    }

    fn bound(&mut self) {
        // dropped in whole chunks, so that chunks keep their borders
        if self.rows.len() > KEPT + 512 {
            let extra = self.rows.len() - KEPT;
            self.rows.drain(..extra);
            self.first += extra;
        }
    }

    /// Puts a command's number on the line where it was typed.
    pub fn mark_cause(&mut self, line: usize, cause: u8) {
        if let Some(row) = line.checked_sub(self.first).and_then(|at| self.rows.get_mut(at)) {
            Rc::make_mut(row).cause = Some(cause);
        }
    }

    /// The number that the next line will have.
    pub fn next(&self) -> usize {
        self.first + self.rows.len()
    }
}

fn is_error(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.starts_with("error") || word.starts_with("warning") || word == "bash"
}

fn class(style: Style) -> &'static str {
    match style {
        Style::Plain | Style::Error | Style::Clear | Style::Screen => "",
        Style::Dim | Style::Idle => "d",
        Style::Strong | Style::Input => "cmd",
        Style::Prompt => "ps",
        Style::Good => "k",
        Style::Busy => "go",
        Style::Bad => "f",
    }
}
