//! KYAML: YAML that needs no indentation: braces, quoted strings, a comma behind everything.
//!
//! Models: sigs.k8s.io/yaml/kyaml.
//! Left out: comments (what is printed has none), the compact form.

use super::json;
use super::ordered::{Form, Ordered};
use super::resolve;
use crate::base::text::is_go_printable;
use serde_json::Value;

/// One document: the line `---`, the tree, a line end.
pub fn to_kyaml(tree: &Ordered<'_>) -> String {
    let mut out = String::from("---\n");
    node(tree, 0, &mut out);
    out.push('\n');
    out
}

fn node(tree: &Ordered<'_>, depth: usize, out: &mut String) {
    match tree.form() {
        Form::Leaf(Value::String(text)) => quoted(text, Some(depth + 1), out),
        Form::Leaf(Value::Number(number)) => out.push_str(&json::number(number)),
        Form::Leaf(value) => out.push_str(&value.to_string()),
        Form::List(0) => out.push_str("[]"),
        Form::Map(0) => out.push_str("{}"),
        Form::List(_) => list(tree, depth, out),
        Form::Map(_) => {
            out.push_str("{\n");
            tree.each(&mut |_, key, item| {
                indent(depth + 1, out);
                if !key.contains('\n') && !needs_quotes(key) {
                    out.push_str(key);
                } else {
                    quoted(key, None, out);
                }
                out.push_str(": ");
                node(item, depth + 1, out);
                out.push_str(",\n");
            });
            indent(depth, out);
            out.push('}');
        }
    }
}

/// Lists of maps and lists share their brackets' lines.
fn list(tree: &Ordered<'_>, depth: usize, out: &mut String) {
    let mut cuddled = true;
    tree.each(&mut |_, _, item| cuddled &= !matches!(item.form(), Form::Leaf(_)));
    if cuddled {
        out.push('[');
        tree.each(&mut |n, _, item| {
            if n > 0 {
                out.push_str(", ");
            }
            node(item, depth, out);
        });
    } else {
        out.push_str("[\n");
        tree.each(&mut |_, _, item| {
            indent(depth + 1, out);
            node(item, depth + 1, out);
            out.push_str(",\n");
        });
        indent(depth, out);
    }
    out.push(']');
}

fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// A string in quotes; several lines are folded at `depth`, or stay on one line without it.
fn quoted(text: &str, depth: Option<usize>, out: &mut String) {
    let lines = depth.filter(|_| text.contains('\n'));
    out.push('"');
    if lines.is_some() {
        out.push_str("\\\n");
    }
    for c in text.chars() {
        if let Some(depth) = depth
            && out.ends_with('\n')
        {
            // Space at the beginning of a line would be dropped, so it is escaped; everything else is put under it.
            indent(depth, out);
            out.push(if c.is_whitespace() && c != '\n' { '\\' } else { ' ' });
        }
        match (c, depth) {
            ('\n', Some(_)) => out.push_str("\\n\\\n"),
            ('\t', Some(_)) => out.push('\t'),
            ('"' | '\\', _) => out.extend(['\\', c]),
            (c, _) if is_go_printable(c) && !c.is_ascii_control() => out.push(c),
            (c, _) => out.push_str(&escape(c)),
        }
    }
    if let Some(depth) = lines {
        if !out.ends_with('\n') {
            out.push_str("\\\n");
        }
        indent(depth, out);
    }
    out.push('"');
}

fn escape(c: char) -> String {
    let short = match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        '\0' => '0',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            return match c as u32 {
                code @ (0..=0x1f | 0x7f) => format!("\\x{code:02x}"),
                code @ 0..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            };
        }
    };
    format!("\\{short}")
}

/// Whether a key would mean something else, or might to some reader, without quotes.
fn needs_quotes(text: &str) -> bool {
    let low = text.to_ascii_lowercase();
    if !resolve::is_string(text) || resolve::is_base60(text) {
        return true;
    }
    if matches!(low.as_str(), "" | "y" | "yes" | "on" | "n" | "no" | "off" | "t" | "f" | "inf" | "infinity" | "nan") {
        return true;
    }
    let last = text.chars().count() - 1;
    text.chars().enumerate().any(|(n, c)| {
        let inside = n > 0 && n < last && matches!(c, '-' | '.' | '/');
        !(c.is_alphabetic() || c.is_numeric() || c == '_' || inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn braces_commas_and_quotes_stand_where_kyaml_puts_them() {
        let tree = json!({"a": {"no": true, "app.kubernetes.io/name": "x", "x:y": null}, "l": [{"k": 1}, {"k": 2}], "s": ["a", 80], "e": [], "m": {}});
        let expected = "---\n{\n  a: {\n    app.kubernetes.io/name: \"x\",\n    \"no\": true,\n    \"x:y\": null,\n  },\n  e: [],\n  l: [{\n    k: 1,\n  }, {\n    k: 2,\n  }],\n  m: {},\n  s: [\n    \"a\",\n    80,\n  ],\n}\n";
        assert_eq!(to_kyaml(&Ordered::Plain(&tree)), expected);
    }

    #[test]
    fn several_lines_are_folded_and_read_back_the_same() {
        let tree = json!({"q": "one\n  two\tx\n\nlast \"q\"", "u": "a\n"});
        let text = to_kyaml(&Ordered::Plain(&tree));
        let expected = "---\n{\n  q: \"\\\n     one\\n\\\n    \\  two\tx\\n\\\n     \\n\\\n     last \\\"q\\\"\\\n    \",\n  u: \"\\\n     a\\n\\\n    \",\n}\n";
        assert_eq!(text, expected);
        let read =
            super::super::documents(&text).into_iter().next().expect("there is one").result.expect("it is YAML").value;
        assert_eq!(read, tree);
    }
}
