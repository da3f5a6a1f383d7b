//! A text into its documents.
//!
//! Models: k8s.io/apimachinery/pkg/util/yaml decoder.go: lines that begin with `---` end a document, a text that begins
//! with `{` is tried as a stream of JSON values first.

use serde_json::Value;

use super::build::{build, span};
use super::parse::{Fail, document, place};
use super::scan::Mark;
use super::{Document, From, Parsed, Span, YamlError, go_json};

/// Counts lines while it moves forward, so that many documents cost one pass.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The 1-based line of a byte offset that is not before the last one asked for.
    fn of(&mut self, at: usize) -> usize {
        self.line += self.text[self.at..at].matches('\n').count();
        self.at = at;
        self.line
    }
}

/// The documents of a text in order, each parsed for itself. A document of comments or nothing has the value null.
/// kubectl stops at the first error; an editor wants them all.
pub fn documents(text: &str) -> Vec<Document> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut first_error = None;
    let mut lines = Lines { text, at: 0, line: 1 };
    if text.trim_start().starts_with('{') {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        loop {
            let start = at + (text[at..].len() - text[at..].trim_start().len());
            match stream.next() {
                None => return out,
                Some(Ok(value)) => {
                    at = stream.byte_offset();
                    out.push(json_document(text, lines.of(start), start, at, value));
                }
                Some(Err(_)) => {
                    let error = json_error(text, at, out.len() > 1);
                    if out.len() > 1 {
                        out.push(failed(lines.of(start), start, text.len(), error));
                        return out;
                    }
                    first_error = Some(error);
                    break;
                }
            }
        }
        // what is left of the line that ended the value
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        at += rest[..blank].find('\n').map_or(blank, |i| i + 1);
    }
    yaml_documents(&mut lines, at, first_error, &mut out);
    out
}

fn yaml_documents(lines: &mut Lines<'_>, from: usize, mut json_error: Option<YamlError>, out: &mut Vec<Document>) {
    let text = lines.text;
    let mut start = from;
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        let end = at + line.len();
        if let Some(after) = line.strip_prefix("---") {
            let trimmed = after.trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                if start < at {
                    // the reader meets the separator before it has handed the document out
                    start = at;
                }
                let mark = place(&text[start..], at - start);
                let line = lines.of(start);
                let message = format!("invalid Yaml document separator: {trimmed}");
                let error = fail_text(Fail::Bare(message, mark), mark, line, start, From::Separator);
                out.push(failed(line, start, end, error));
                return;
            }
            if start < at {
                out.push(yaml_document(lines, start, at, json_error.take()));
                start = end;
            }
        }
        at = end;
    }
    if start < at {
        out.push(yaml_document(lines, start, at, json_error.take()));
    }
}

fn yaml_document(lines: &mut Lines<'_>, start: usize, end: usize, json_error: Option<YamlError>) -> Document {
    let line = lines.of(start);
    let result = read(&lines.text[start..end], line, start).map_err(|error| json_error.unwrap_or(error));
    Document { start_line: line, start, end, result }
}

fn json_document(text: &str, line: usize, start: usize, end: usize, value: Value) -> Document {
    let spans = read(&text[start..end], line, start).map(|parsed| parsed.spans).unwrap_or_default();
    Document { start_line: line, start, end, result: Ok(Parsed { value, spans, duplicates: vec![] }) }
}

fn failed(start_line: usize, start: usize, end: usize, error: YamlError) -> Document {
    Document { start_line, start, end, result: Err(error) }
}

fn json_error(text: &str, from: usize, sure: bool) -> YamlError {
    let (offset, message) = go_json::check(&text[from..]).unwrap_or((0, "unexpected EOF".to_string()));
    let at = (from + offset.saturating_sub(1)).min(text.len());
    let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let mark = place(text, at);
    let shown = if offset == 0 || sure { message } else { format!("json: offset {}: {message}", from + offset) };
    YamlError { line: None, message: shown, at: span(mark, mark, 1, 0), from: From::Json }
}

/// One document of YAML.
fn read(text: &str, line: usize, start: usize) -> Result<Parsed, YamlError> {
    let tree = document(text);
    tree.and_then(|tree| build(&tree, line, start))
        .map_err(|fail| fail_text(fail, Mark::default(), line, start, From::Yaml))
}

fn fail_text(fail: Fail, _mark: Mark, line: usize, start: usize, from: From) -> YamlError {
    let at = |mark: Mark| -> Span { span(mark, mark, line, start) };
    match fail {
        Fail::At(problem) => {
            let shown = match (problem.mark.line, problem.context.line) {
                (0, 0) => None,
                (0, context) => Some(context),
                (line, _) => Some(line + usize::from(problem.scanner)),
            };
            YamlError { line: shown, message: problem.message, at: at(problem.mark), from }
        }
        Fail::Decode(message, mark) => YamlError { line: None, message, at: at(mark), from },
        Fail::Bare(message, mark) => {
            let from = if from == From::Yaml { From::Conversion } else { from };
            YamlError { line: None, message, at: at(mark), from }
        }
    }
}
