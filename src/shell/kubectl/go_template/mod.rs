//! Go's templates, for `-o go-template`.
//!
//! Models: Go `text/template`, `cli-runtime/pkg/printers/template.go`.

mod exec;
mod funcs;
mod lex;
mod parse;

use super::Failure;
use crate::base::yaml::{go_text, to_json};
use serde_json::Value;

/// A template that does not fit the data: what it had written by then, what kubectl prints about it, and why.
pub struct Failed {
    pub output: String,
    pub failure: Failure,
}

/// Applies a template to a tree; `strict` makes missing keys mistakes.
///
/// # Errors
/// kubectl's and Go's words for what cannot be parsed or applied.
pub fn render(text: &str, tree: &Value, strict: bool) -> Result<String, Failed> {
    let parsed = parse::parse(text).map_err(|why| Failed {
        output: String::new(),
        failure: Failure::error(format!("error parsing template {text}, {why}")),
    })?;
    let mut run = exec::Run::new(text, &parsed, strict);
    let result = run.go(tree);
    let mut output = run.out;
    match result {
        Ok(()) => Ok(output),
        Err(why) => {
            output += &format!(
                "Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
                to_json(tree).trim_end(),
                go_text(tree)
            );
            let quoted = crate::base::text::go_quote(text);
            Err(Failed { output, failure: Failure::error(format!("error executing template {quoted}: {why}")) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree() -> Value {
        json!({"items": [{"metadata": {"name": "a"}, "n": 1}, {"metadata": {"name": "b"}, "n": 0}], "big": 1_000_650_000, "pw": "c2VjcmV0"})
    }

    #[test]
    fn templates_do_what_kubectl_users_write() {
        for (template, expected) in [
            ("{{range .items}}{{.metadata.name}} {{end}}", "a b "),
            ("{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}}{{\"\\n\"}}{{end}}", "0=a\n1=b\n"),
            ("{{range .items}}{{if .n}}{{.metadata.name}}{{else}}-{{end}}{{end}}", "a-"),
            ("{{range .nope}}x{{else}}none{{end}}", "none"),
            ("{{len .items}} {{(index .items 1).metadata.name}}", "2 b"),
            ("{{.nope}}", "<no value>"),
            ("{{ printf \"%s-%d\" (index .items 0).metadata.name 3 | print }}", "a-3"),
            ("{{.big}} {{.pw | base64decode}}", "1.00065e+09 secret"),
            ("{{with index .items 0}}{{- .metadata.name -}} {{end}}{{/* x */}}.", "a."),
            ("{{$x := 1}}{{range .items}}{{$x = .metadata.name}}{{end}}{{$x}}", "b"),
            ("{{if and .items (eq (len .items) 2)}}two{{else if .big}}big{{end}}", "two"),
            ("{{define \"x\"}}<{{.}}>{{end}}{{range .items}}{{template \"x\" .n}}{{break}}{{end}}", "<1>"),
            ("{{printf \"%-5s|%5s|%03d\" \"a\" \"b\" 7}}", "a    |    b|007"),
        ] {
            let got = render(template, &tree(), false).map_err(|f| f.failure.message);
            assert_eq!(got, Ok(expected.to_string()), "{template}");
        }
    }

    #[test]
    fn mistakes_are_told_in_gos_words() {
        for (template, expected) in [
            ("{{.items}", "error parsing template {{.items}, template: output:1: bad character U+007D '}'"),
            ("{{range .items}}", "error parsing template {{range .items}}, template: output:1: unexpected EOF"),
            ("{{end}}", "error parsing template {{end}}, template: output:1: unexpected {{end}}"),
            ("{{foo}}", "error parsing template {{foo}}, template: output:1: function \"foo\" not defined"),
            ("{{if}}{{end}}", "error parsing template {{if}}{{end}}, template: output:1: missing value for if"),
            ("{{$x}}", "error parsing template {{$x}}, template: output:1: undefined variable \"$x\""),
            (
                "{{.items.name}}",
                "error executing template \"{{.items.name}}\": template: output:1:8: executing \"output\" at <.items.name>: can't evaluate field name in type interface {}",
            ),
            (
                "{{.no.way}}",
                "error executing template \"{{.no.way}}\": template: output:1:5: executing \"output\" at <.no.way>: nil pointer evaluating interface {}.way",
            ),
            (
                "{{index .items 7}}",
                "error executing template \"{{index .items 7}}\": template: output:1:2: executing \"output\" at <index .items 7>: error calling index: index out of range: 7",
            ),
            (
                "{{eq .big 3}}",
                "error executing template \"{{eq .big 3}}\": template: output:1:2: executing \"output\" at <eq .big 3>: error calling eq: incompatible types for comparison",
            ),
        ] {
            let got = render(template, &tree(), false).map_err(|f| f.failure.message);
            assert_eq!(got, Err(format!("error: {expected}")), "{template}");
        }
    }
}
