//! Tables as the clients draw them.
//!
//! Models: `client/mysql.cc` (`print_table_data`, `print_tab_data`), `src/fe_utils/print.c`.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

fn show(value: &Value, null: &str) -> String {
    match value {
        Value::Null => null.into(),
        Value::String(text) => text.clone(),
        Value::Bool(yes) => (if *yes { "t" } else { "f" }).into(),
        other => other.to_string(),
    }
}

/// Text in a field of so many columns.
fn pad(text: &str, columns: usize, right: bool) -> String {
    let gap = " ".repeat(columns.saturating_sub(width(text)));
    if right { gap + text } else { text.to_owned() + &gap }
}

/// Per column: how wide it is and whether numbers stand in it.
fn shape(columns: &[String], rows: &[Vec<Value>], null: &str, headed: bool) -> Vec<(usize, bool)> {
    let of = |(at, name): (usize, &String)| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let widest = cells.clone().flat_map(|cell| show(cell, null).split('\n').map(width).max()).max().unwrap_or(0);
        let mut cells = cells.filter(|cell| !cell.is_null()).peekable();
        let numbers = cells.peek().is_some() && cells.all(Value::is_number);
        (widest.max(if headed { width(name) } else { 0 }), numbers)
    };
    columns.iter().enumerate().map(of).collect()
}

pub fn mysql(columns: &[String], rows: &[Vec<Value>], boxed: bool, bare: bool) -> String {
    if rows.is_empty() {
        return String::new();
    }
    if !boxed {
        let mut out = if bare { String::new() } else { columns.join("\t") + "\n" };
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| show(cell, "NULL")).collect();
            out += &(cells.join("\t") + "\n");
        }
        return out;
    }
    let shape = shape(columns, rows, "NULL", !bare);
    let line: String = shape.iter().map(|(width, _)| format!("+{}", "-".repeat(width + 2))).collect::<String>() + "+\n";
    let mut out = line.clone();
    if !bare {
        for (name, (width, _)) in columns.iter().zip(&shape) {
            out += &format!("| {} ", pad(name, *width, false));
        }
        out += "|\n";
        out += &line;
    }
    for row in rows {
        for (cell, (width, numbers)) in row.iter().zip(&shape) {
            out += &format!("| {} ", pad(&show(cell, "NULL"), *width, *numbers));
        }
        out += "|\n";
    }
    out + &line
}

/// psql's own form, without the empty line behind it.
pub fn psql(columns: &[String], rows: &[Vec<Value>], title: Option<&str>, bare: bool) -> String {
    let shape = shape(columns, rows, "", !bare);
    let mut out = String::new();
    if !bare {
        let whole: usize = shape.iter().map(|(width, _)| width + 3).sum::<usize>().saturating_sub(1);
        if let Some(title) = title {
            out += &format!("{}{title}\n", " ".repeat(whole.saturating_sub(width(title)) / 2));
        }
        let heads: Vec<String> = columns
            .iter()
            .zip(&shape)
            .map(|(name, (columns, _))| {
                let gap = columns.saturating_sub(width(name));
                format!(" {}{name}{} ", " ".repeat(gap / 2), " ".repeat(gap - gap / 2))
            })
            .collect();
        out += &(heads.join("|") + "\n");
        let lines: Vec<String> = shape.iter().map(|(width, _)| "-".repeat(width + 2)).collect();
        out += &(lines.join("+") + "\n");
    }
    for row in rows {
        let last = row.len().saturating_sub(1);
        let cells: Vec<Vec<String>> =
            row.iter().map(|cell| show(cell, "").split('\n').map(str::to_owned).collect()).collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(1) {
            let texts = cells.iter().zip(&shape).enumerate().map(|(at, (lines, (width, numbers)))| {
                let text = lines.get(line).map_or("", String::as_str);
                let more = line + 1 < lines.len();
                match at == last && !numbers && !more {
                    true => format!(" {text}"),
                    false if at == last && !more => format!(" {}", pad(text, *width, *numbers)),
                    false => format!(" {}{}", pad(text, *width, *numbers), if more { "+" } else { " " }),
                }
            });
            out += &(texts.collect::<Vec<_>>().join("|") + "\n");
        }
    }
    if bare { out } else { out + &count(rows.len()) }
}

pub fn unaligned(columns: &[String], rows: &[Vec<Value>], bare: bool) -> String {
    let mut out = if bare { String::new() } else { columns.join("|") + "\n" };
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| show(cell, "")).collect();
        out += &(cells.join("|") + "\n");
    }
    if bare { out } else { out + &count(rows.len()) }
}

fn count(rows: usize) -> String {
    if rows == 1 { "(1 row)\n".into() } else { format!("({rows} rows)\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_look_as_the_clients_draw_them() {
        let columns = ["id".to_owned(), "name".to_owned()];
        let rows = [vec![Value::from(1), "apple".into()], vec![Value::from(12), Value::Null]];
        assert_eq!(psql(&columns, &rows, None, false), " id | name  \n----+-------\n  1 | apple\n 12 | \n(2 rows)\n");
        assert_eq!(
            mysql(&columns, &rows, true, false),
            "+----+-------+\n| id | name  |\n+----+-------+\n|  1 | apple |\n| 12 | NULL  |\n+----+-------+\n"
        );
        assert_eq!(mysql(&columns, &rows, false, false), "id\tname\n1\tapple\n12\tNULL\n");
    }
}
