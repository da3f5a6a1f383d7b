//! Values to YAML text, byte for byte as `kubectl get -o yaml` prints them.
//!
//! Models: go.yaml.in/yaml/v2 encode.go, emitterc.go and sorter.go as used by sigs.k8s.io/yaml.Marshal.
//! Left out: tags, anchors and flow style (an encoder of plain JSON values never writes them).

use std::cmp::Ordering;

use serde_json::Value;

use super::json::go_float;
use super::resolve;

/// Lines longer than this are folded at the next space.
const WIDTH: usize = 80;
/// Keys longer than this (in bytes), or of several lines, are written as `? key`.
const SIMPLE_KEY: usize = 128;

/// YAML of a value with sorted keys, lists at their key's column, go-yaml's quotes and folds; ends in a line end.
pub fn to_yaml(value: &Value) -> String {
    let mut emitter = Emitter { out: String::new(), column: 0, indent: -1, whitespace: true, indention: true };
    emitter.node(value, Context::Root);
    if emitter.column > 0 {
        emitter.line_break();
    }
    emitter.out
}

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Root,
    Item,
    Value,
    SimpleKey,
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

struct Emitter {
    out: String,
    column: usize,
    indent: isize,
    /// The last thing written was white space.
    whitespace: bool,
    /// Only indentation and indicators like `- ` stand on the line so far.
    indention: bool,
}

impl Emitter {
    fn node(&mut self, value: &Value, context: Context) {
        match value {
            Value::Null => self.scalar("null", Style::Plain, context),
            Value::Bool(true) => self.scalar("true", Style::Plain, context),
            Value::Bool(false) => self.scalar("false", Style::Plain, context),
            Value::Number(n) => {
                let text = match n.as_f64() {
                    Some(f) if n.is_f64() => float(f),
                    _ => n.to_string(),
                };
                self.scalar(&text, Style::Plain, context);
            }
            Value::String(s) => {
                let style = wanted_style(s);
                self.scalar(s, style, context);
            }
            Value::Array(items) if items.is_empty() => self.empty("[]"),
            Value::Object(map) if map.is_empty() => self.empty("{}"),
            Value::Array(items) => self.sequence(items, context),
            Value::Object(map) => self.mapping(map),
        }
    }

    fn sequence(&mut self, items: &[Value], context: Context) {
        let outer = self.indent;
        let indentless = context == Context::Value && !self.indention;
        self.deeper(false, indentless);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Context::Item);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, map: &serde_json::Map<String, Value>) {
        let outer = self.indent;
        self.deeper(false, false);
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_by(|a, b| key_order(a.0, b.0));
        for (key, value) in entries {
            self.write_indent();
            let style = wanted_style(key);
            if key.len() <= SIMPLE_KEY && !key.chars().any(is_break) {
                self.scalar(key, style, Context::SimpleKey);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.scalar(key, style, Context::Value);
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(value, Context::Value);
        }
        self.indent = outer;
    }

    fn empty(&mut self, text: &str) {
        self.indicator(&text[..1], true, true, false);
        self.indicator(&text[1..], false, false, false);
    }

    fn scalar(&mut self, text: &str, wanted: Style, context: Context) {
        let style = allowed_style(text, wanted, context);
        let outer = self.indent;
        self.deeper(true, false);
        let breaks = context != Context::SimpleKey;
        match style {
            Style::Plain => self.plain(text, breaks),
            Style::Single => self.single_quoted(text, breaks),
            Style::Double => self.double_quoted(text, breaks),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, breaks: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' && breaks && !spaces && self.column > WIDTH && chars.peek() != Some(&' ') {
                self.write_indent();
            } else {
                self.put(c);
                self.indention &= c == ' ';
            }
            spaces = c == ' ';
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, breaks: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut broke) = (false, false);
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' {
                let inside = i > 0 && i + 1 < text.len() && chars.peek().map(|n| n.1) != Some(' ');
                if breaks && !spaces && self.column > WIDTH && inside {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !broke && c == '\n' {
                    self.line_break();
                }
                self.write_break(c);
                self.indention = true;
                broke = true;
            } else {
                if broke {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                spaces = false;
                broke = false;
            }
        }
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: &str, breaks: bool) {
        self.indicator("\"", true, false, false);
        let all = text.starts_with('\u{feff}');
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if all || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                for e in escape(c).chars() {
                    self.put(e);
                }
                spaces = false;
            } else if c == ' ' {
                if breaks && !spaces && self.column > WIDTH && i > 0 && i + 1 < text.len() {
                    self.write_indent();
                    if chars.peek().map(|n| n.1) == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                self.put(c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false, false);
        }
        let mut ends = text.chars().rev();
        match (ends.next(), ends.next()) {
            (Some(last), _) if !is_break(last) => self.indicator("-", false, false, false),
            (Some(_), None) => self.indicator("+", false, false, false),
            (Some(_), Some(before)) if is_break(before) => self.indicator("+", false, false, false),
            _ => {}
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        let mut broke = true;
        for c in text.chars() {
            if is_break(c) {
                self.write_break(c);
                self.indention = true;
                broke = true;
            } else {
                if broke {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                broke = false;
            }
        }
    }

    fn deeper(&mut self, flow: bool, indentless: bool) {
        if self.indent < 0 {
            self.indent = if flow { 2 } else { 0 };
        } else if !indentless {
            self.indent += 2;
        }
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0).unsigned_abs();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, need_space: bool, is_space: bool, is_indention: bool) {
        if need_space && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|c| self.put(c));
        self.whitespace = is_space;
        self.indention = self.indention && is_indention;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn write_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }
}

/// As strconv prints a float of 64 bits with the shortest digits.
fn float(f: f64) -> String {
    go_float(f, 1e-4, 1e6, true)
}

/// What the encoder asks for: quotes only if the text would be read back as something else.
fn wanted_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if resolve::is_string(text) && !resolve::is_base60(text) {
        Style::Plain
    } else {
        Style::Double
    }
}

/// What the emitter makes of it, given what stands in the text.
fn allowed_style(text: &str, wanted: Style, context: Context) -> Style {
    let found = Analysis::of(text);
    let key = context == Context::SimpleKey;
    let mut style = wanted;
    if key && found.multiline {
        style = Style::Double;
    }
    if style == Style::Plain && (!found.plain || (text.is_empty() && key)) {
        style = Style::Single;
    }
    if style == Style::Single && !found.single {
        style = Style::Double;
    }
    if style == Style::Literal && (!found.block || key) {
        style = Style::Double;
    }
    style
}

struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Analysis {
    fn of(text: &str) -> Analysis {
        if text.is_empty() {
            return Analysis { multiline: false, plain: true, single: true, block: false };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut breaks, mut break_space, mut space_break) = (false, false, false, false);
        let (mut was_space, mut was_break, mut after_white) = (false, false, true);
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let white_follows = matches!(chars.peek(), None | Some(' ' | '\t'));
            indicators |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
                '?' | '-' => first && white_follows,
                ':' => white_follows,
                '#' => after_white,
                _ => false,
            };
            special |= !is_printable(c);
            if c == ' ' {
                break_space |= was_break;
            } else if is_break(c) {
                breaks = true;
                space_break |= was_space;
            }
            was_space = c == ' ';
            was_break = is_break(c);
            after_white = matches!(c, ' ' | '\t' | '\0') || is_break(c);
            first = false;
        }
        let edge = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let edges = edge(text.chars().next()) || edge(text.chars().next_back());
        let odd = space_break || special;
        Analysis {
            multiline: breaks,
            plain: !(indicators || edges || breaks || break_space || odd),
            single: !(break_space || odd),
            block: !(text.ends_with(' ') || odd),
        }
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What go-yaml writes as it is; emoji are not among it.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = c as u32;
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// go-yaml's order of keys: letters by code point, other characters before letters, runs of digits as numbers.
fn key_order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for i in 0..a.len().min(b.len()) {
        if a[i] == b[i] {
            continue;
        }
        match (a[i].is_alphabetic(), b[i].is_alphabetic()) {
            (true, true) => return a[i].cmp(&b[i]),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let inside =
            (a[i] == '0' || b[i] == '0') && a[..i].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
        let start = u64::from(inside);
        let (an, ai) = digits(&a[i..], start);
        let (bn, bi) = digits(&b[i..], start);
        return an.cmp(&bn).then(ai.cmp(&bi)).then(a[i].cmp(&b[i]));
    }
    a.len().cmp(&b.len())
}

fn digits(chars: &[char], start: u64) -> (u64, usize) {
    let run = chars.iter().take_while(|c| c.is_ascii_digit());
    run.fold((start, 0), |(n, count), c| (n.wrapping_mul(10).wrapping_add(u64::from(*c) - u64::from('0')), count + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn maps_lists_and_empty_ones_look_like_kubectl() {
        let value = json!({"spec": {"b": [{"x": 1, "y": []}, [1, 2]], "a": {}, "c": null}, "kind": "Pod"});
        assert_eq!(
            to_yaml(&value),
            "kind: Pod\nspec:\n  a: {}\n  b:\n  - x: 1\n    \"y\": []\n  - - 1\n    - 2\n  c: null\n"
        );
    }

    #[test]
    fn strings_that_would_be_something_else_are_quoted() {
        for (text, want) in [
            ("yes", "\"yes\""),
            ("0644", "\"0644\""),
            ("1.5", "\"1.5\""),
            ("", "\"\""),
            ("null", "\"null\""),
            ("12:30", "\"12:30\""),
            ("2024-01-01", "\"2024-01-01\""),
            ("nginx:1.25", "nginx:1.25"),
            ("a: b", "'a: b'"),
            ("*", "'*'"),
            ("it's", "it's"),
            ("- x", "'- x'"),
            ("-x", "-x"),
            (" a", "' a'"),
            ("a #b", "'a #b'"),
            ("tab\there", "\"tab\\there\""),
            ("한글", "한글"),
            ("🚀", "\"\\U0001F680\""),
            ("a\nb", "|-\n  a\n  b"),
            ("a\n", "|\n  a"),
            ("a\n\n", "|+\n  a\n"),
            ("\na", "|2-\n\n  a"),
            ("a \nb", "\"a \\nb\""),
            ("500m", "500m"),
            ("1e3", "\"1e3\""),
            ("10.0.0.1", "10.0.0.1"),
            ("0x1f", "\"0x1f\""),
            ("1_000", "\"1_000\""),
            ("%", "'%'"),
            ("y", "\"y\""),
        ] {
            assert_eq!(to_yaml(&json!({"k": text})), format!("k: {want}\n"), "for {text:?}");
        }
    }

    #[test]
    fn long_lines_are_folded_at_the_first_space_after_column_eighty() {
        let long =
            "The node was low on resource: memory. Container app was using 1Gi, which exceeds its request of zero.";
        assert_eq!(
            to_yaml(&json!({"message": long})),
            "message: 'The node was low on resource: memory. Container app was using 1Gi, which\n  exceeds its request of zero.'\n"
        );
    }

    #[test]
    fn keys_sort_naturally() {
        let value = json!({"a10": 1, "a2": 1, "a/b": 1, "ab": 1, "B": 1});
        assert_eq!(to_yaml(&value), "B: 1\na/b: 1\na2: 1\na10: 1\nab: 1\n");
    }
}
