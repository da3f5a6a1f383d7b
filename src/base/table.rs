//! Columns of text: cells end with a tab, a column reaches over neighbouring lines that have it.
//!
//! Models: Go's `text/tabwriter`.
//! Left out: right alignment, tabs as padding.

/// How columns are padded.
#[derive(Clone, Copy, Debug)]
pub struct Pad {
    /// Least width of a column, padding included.
    pub min: usize,
    /// Spaces behind the widest cell.
    pub padding: usize,
}

/// As `kubectl get` prints tables.
pub const GET: Pad = Pad { min: 6, padding: 3 };
/// As `kubectl describe` prints its sections.
pub const DESCRIBE: Pad = Pad { min: 0, padding: 2 };

/// Lays out a text whose lines hold cells that end with a tab; what follows the last tab of a line is not padded.
pub fn tabulate(text: &str, pad: Pad) -> String {
    if text.is_empty() {
        return String::new();
    }
    let ended = text.ends_with('\n');
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines: Vec<Vec<&str>> = body.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut layout = Layout { lines, pad, widths: vec![], out: String::with_capacity(text.len() * 2) };
    layout.block(0, layout.lines.len());
    if !ended {
        layout.out.pop();
    }
    layout.out
}

struct Layout<'a> {
    lines: Vec<Vec<&'a str>>,
    pad: Pad,
    widths: Vec<usize>,
    out: String,
}

impl Layout<'_> {
    /// Formats the lines of one block; the columns left of it are known.
    fn block(&mut self, first: usize, end: usize) {
        let column = self.widths.len();
        let mut from = first;
        let mut at = first;
        while at < end {
            if column + 1 >= self.lines[at].len() {
                at += 1;
                continue;
            }
            self.write(from, at);
            from = at;
            let mut width = self.pad.min;
            while at < end && column + 1 < self.lines[at].len() {
                width = width.max(columns(self.lines[at][column]) + self.pad.padding);
                at += 1;
            }
            self.widths.push(width);
            self.block(from, at);
            self.widths.pop();
            from = at;
        }
        self.write(from, end);
    }

    fn write(&mut self, first: usize, end: usize) {
        for line in first..end {
            for n in 0..self.lines[line].len() {
                let cell = self.lines[line][n];
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(n) {
                    let blanks = width.saturating_sub(columns(cell));
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            self.out.push('\n');
        }
    }
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_a_line_lacks_it() {
        let text = "Name:\tweb\nLabels:\ta=b\n\tc=d\nlong line without cells\nA:\tx\n";
        let expected = "Name:    web\nLabels:  a=b\n         c=d\nlong line without cells\nA:  x\n";
        assert_eq!(tabulate(text, DESCRIBE), expected);
    }
}
