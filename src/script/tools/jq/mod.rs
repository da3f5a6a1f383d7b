//! jq: JSON through filters. -r -c -e -n -s -j --arg --argjson --tab -S
//!
//! Models: jq 1.7. Left out: assignments, reduce and foreach, functions of one's own, modules, numbers with fractions in
//! arithmetic, the order of keys as they came (keys are sorted).

mod eval;
mod parse;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::Sys;

use super::args::fail;
use parse::{Expr, Parser};

#[derive(Clone, Default)]
struct Jq {
    filter: Option<Rc<Expr>>,
    files: Vec<String>,
    vars: BTreeMap<String, Value>,
    raw: bool,
    compact: bool,
    status: bool,
    none: bool,
    slurp: bool,
    join: bool,
    raw_input: bool,
    indent: usize,
    tab: bool,
    input: Vec<u8>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok(jq) => Launch::Job(Box::new(jq)),
        Err((code, text)) => Launch::Done(fail(sys, code, &text)),
    }
}

fn read(argv: &[String]) -> Result<Jq, (i32, String)> {
    let mut jq = Jq { indent: 2, ..Jq::default() };
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        let mut named = || rest.next().cloned().zip(rest.next().cloned());
        match arg.as_str() {
            "--arg" | "--argjson" => {
                let Some((name, text)) = named() else {
                    return Err((2, format!("jq: error: {arg} takes two parameters (e.g. {arg} varname value)")));
                };
                let value = if arg == "--arg" { Ok(Value::String(text.clone())) } else { serde_json::from_str(&text) };
                let value = value.map_err(|_| (2, format!("jq: Invalid JSON text passed to --argjson: {text}")))?;
                jq.vars.insert(name, value);
            }
            "--raw-output" => jq.raw = true,
            "--compact-output" => jq.compact = true,
            "--exit-status" => jq.status = true,
            "--null-input" => jq.none = true,
            "--slurp" => jq.slurp = true,
            "--join-output" => (jq.raw, jq.join) = (true, true),
            "--raw-input" => jq.raw_input = true,
            "--sort-keys" | "--color-output" | "--monochrome-output" => {}
            "--tab" => jq.tab = true,
            "--indent" => jq.indent = rest.next().and_then(|n| n.parse().ok()).unwrap_or(2),
            flags if flags.starts_with('-') && flags.len() > 1 => {
                for flag in flags[1..].chars() {
                    match flag {
                        'r' => jq.raw = true,
                        'c' => jq.compact = true,
                        'e' => jq.status = true,
                        'n' => jq.none = true,
                        's' => jq.slurp = true,
                        'j' => (jq.raw, jq.join) = (true, true),
                        'R' => jq.raw_input = true,
                        'S' | 'C' | 'M' | 'a' => {}
                        _ => {
                            return Err((
                                2,
                                "jq: error: Unknown arguments\nUse jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://jqlang.github.io/jq".to_string(),
                            ));
                        }
                    }
                }
            }
            text if jq.filter.is_none() => {
                let filter =
                    Parser::new(text).parse().map_err(|e| (3, format!("jq: error: {e}\njq: 1 compile error")))?;
                jq.filter = Some(Rc::new(filter));
            }
            file => jq.files.push(file.to_owned()),
        }
    }
    if jq.filter.is_none() {
        jq.filter = Some(Rc::new(Expr::Identity));
    }
    Ok(jq)
}

impl Jq {
    fn inputs(&self, text: &str) -> (Vec<Value>, Option<String>) {
        if self.none {
            return (vec![Value::Null], None);
        }
        let mut all = vec![];
        let mut wrong = None;
        if self.raw_input {
            match self.slurp {
                true => return (vec![Value::String(text.to_owned())], None),
                false => all.extend(text.lines().map(|l| Value::String(l.to_owned()))),
            }
            return (all, None);
        }
        for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
            match value {
                Ok(value) => all.push(value),
                Err(error) => {
                    let place = format!("at line {}, column {}", error.line(), error.column());
                    let what = if error.is_eof() { "Unfinished JSON term" } else { "Invalid literal" };
                    wrong = Some(format!("jq: parse error: {what} {place}"));
                    break;
                }
            }
        }
        if self.slurp { (vec![Value::Array(all)], wrong) } else { (all, wrong) }
    }

    fn show(&self, value: &Value) -> String {
        if let (true, Value::String(text)) = (self.raw, value) {
            return text.clone();
        }
        if self.compact {
            return value.to_string();
        }
        let indent = if self.tab { "\t".to_owned() } else { " ".repeat(self.indent) };
        pretty(value, &indent, 0)
    }
}

fn pretty(value: &Value, indent: &str, depth: usize) -> String {
    let pad = |n: usize| indent.repeat(n);
    match value {
        Value::Array(list) if !list.is_empty() => {
            let rows: Vec<String> =
                list.iter().map(|v| format!("{}{}", pad(depth + 1), pretty(v, indent, depth + 1))).collect();
            format!("[\n{}\n{}]", rows.join(",\n"), pad(depth))
        }
        Value::Object(map) if !map.is_empty() => {
            let row = |(k, v): (&String, &Value)| {
                format!("{}{}: {}", pad(depth + 1), Value::String(k.clone()), pretty(v, indent, depth + 1))
            };
            let rows: Vec<String> = map.iter().map(row).collect();
            format!("{{\n{}\n{}}}", rows.join(",\n"), pad(depth))
        }
        other => other.to_string(),
    }
}

impl Job for Jq {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let mut text = String::new();
        let mut code = 0;
        if !self.files.is_empty() {
            for file in &self.files {
                match sys.read_file(file) {
                    Ok(data) => text.push_str(&String::from_utf8_lossy(&data)),
                    Err(fault) => {
                        let line = format!("jq: error: Could not open {file}: {fault}\n");
                        sys.err(&line);
                        code = 2;
                    }
                }
            }
        } else if !self.none {
            let mut input = std::mem::take(&mut self.input);
            let all = sys.read_all(&mut input);
            self.input = input;
            if !all {
                return Poll::Wait(Wake::input());
            }
            text = String::from_utf8_lossy(&self.input).into_owned();
        }
        let (inputs, wrong) = self.inputs(&text);
        let Some(filter) = self.filter.clone() else { return Poll::Done(0) };
        let mut last = None;
        for input in inputs {
            let mut run = eval::Run::new(self.vars.clone());
            let result = run.eval(&filter, &input);
            for value in run.take(result.as_ref().ok()) {
                let line = self.show(&value);
                sys.out(&line);
                if !self.join {
                    sys.out("\n");
                }
                last = Some(value);
            }
            if let Err(error) = result {
                sys.err(&format!("jq: error (at <stdin>:{}): {error}\n", text.lines().count()));
                code = 5;
            }
        }
        if let Some(wrong) = wrong {
            return Poll::Done(fail(sys, 2, &wrong));
        }
        if self.status && code == 0 {
            code = match last {
                None => 4,
                Some(Value::Null | Value::Bool(false)) => 1,
                Some(_) => 0,
            };
        }
        Poll::Done(code)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
