//! Columns that stretch to their widest cell.
//!
//! Models: Go text/tabwriter, with the settings of kubectl's tables and of `kubectl describe`, and
//! github.com/liggitt/tabwriter's remembered widths (rows that come later, as in `get -w`, keep the columns).

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
/// As `kubectl describe`, `explain` and the like print their sections.
pub const DESCRIBE: Pad = Pad { min: 0, padding: 2 };

/// Lays out a text whose lines hold cells that end with a tab; what follows the last tab of a line is not padded.
pub fn tabulate(text: &str, pad: Pad) -> String {
    TabWriter::new(pad).write(text)
}

/// A tab writer: cells end with a tab, lines with `\n`. A column is a run of lines that have a cell there.
#[derive(Clone, Debug)]
pub struct TabWriter {
    pad: Pad,
    remember: bool,
    widths: Vec<usize>,
}

impl TabWriter {
    /// The tables of `kubectl get`; widths are remembered from call to call.
    pub fn table() -> TabWriter {
        TabWriter { remember: true, ..TabWriter::new(GET) }
    }

    pub fn new(pad: Pad) -> TabWriter {
        TabWriter { pad, remember: false, widths: vec![] }
    }

    /// Lays out a text.
    pub fn write(&mut self, text: &str) -> String {
        let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
        let mut out = String::with_capacity(text.len() * 2);
        self.format(&lines, &mut vec![], &mut out);
        // the split leaves an empty last line behind the final line end
        out.pop();
        out
    }

    /// Rows of cells; the last cell of a row is not padded.
    pub fn rows<S: AsRef<str>>(&mut self, rows: &[Vec<S>]) -> String {
        let mut text = String::new();
        for row in rows {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    text.push('\t');
                }
                text.extend(cell.as_ref().chars().map(|c| if matches!(c, '\t' | '\n') { ' ' } else { c }));
            }
            text.push('\n');
        }
        self.write(&text)
    }

    fn format(&mut self, lines: &[Vec<&str>], widths: &mut Vec<usize>, out: &mut String) {
        let column = widths.len();
        let has_cell = |line: &Vec<&str>| column + 1 < line.len();
        let mut at = 0;
        while at < lines.len() {
            if !has_cell(&lines[at]) {
                write_line(&lines[at], widths, out);
                at += 1;
                continue;
            }
            let run = lines[at..].iter().take_while(|line| has_cell(line)).count();
            let block = &lines[at..at + run];
            let widest = block.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            let mut width = self.pad.min.max(widest + self.pad.padding);
            if self.remember {
                match self.widths.get_mut(column) {
                    Some(known) => {
                        width = width.max(*known);
                        *known = width;
                    }
                    None => self.widths.push(width),
                }
            }
            widths.push(width);
            self.format(block, widths, out);
            widths.pop();
            at += run;
        }
    }
}

fn write_line(cells: &[&str], widths: &[usize], out: &mut String) {
    for (i, cell) in cells.iter().enumerate() {
        out.push_str(cell);
        if let Some(width) = widths.get(i) {
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_look_like_kubectl_get() {
        let rows = vec![vec!["NAME", "READY", "STATUS"], vec!["web-1", "1/1", "Running"]];
        assert_eq!(TabWriter::table().rows(&rows), "NAME    READY   STATUS\nweb-1   1/1     Running\n");
    }

    #[test]
    fn later_rows_keep_the_columns() {
        let mut table = TabWriter::table();
        table.rows(&[vec!["a-long-name", "x"]]);
        assert_eq!(table.rows(&[vec!["b", "y"]]), "b             y\n");
    }

    #[test]
    fn a_column_ends_where_a_line_has_no_cell() {
        let text = "Name:\tweb\nLabels:\tapp=web\nPlain line\n  Type\tReason\n  ----\t------\n";
        assert_eq!(
            tabulate(text, DESCRIBE),
            "Name:    web\nLabels:  app=web\nPlain line\n  Type  Reason\n  ----  ------\n"
        );
    }

    #[test]
    fn inner_columns_stretch_only_inside_their_run() {
        assert_eq!(tabulate("a\tb\tc\nlong\td\na\tbb\tc\n", DESCRIBE), "a     b  c\nlong  d\na     bb  c\n");
    }
}
