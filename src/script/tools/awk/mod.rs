//! awk: patterns and actions over lines.
//!
//! Models: POSIX awk. Left out: user functions, getline, output redirection, printf with `*`, floating-point functions;
//! numbers are decimal fractions with nine places.

mod eval;
mod parse;
mod value;

use std::rc::Rc;

use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::fail;
use super::stream::{Filter, Flow, start};
use eval::{Awk, Ends};
use parse::{Parser, Pattern};

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv, sys) {
        Ok(launch) => launch,
        Err(text) => Launch::Done(fail(sys, 2, &text)),
    }
}

fn read(argv: &[String], sys: &mut Sys<'_>) -> Result<Launch, String> {
    let (mut separator, mut vars, mut program, mut files) = (None, vec![], None, vec![]);
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        let mut value = |flag: &str| match arg.len() > 2 {
            true => Ok(arg[2..].to_owned()),
            false => rest.next().cloned().ok_or_else(|| format!("awk: option requires an argument -- {}", &flag[1..])),
        };
        if program.is_none() && arg.starts_with("-F") {
            separator = Some(value("-F")?);
        } else if program.is_none() && arg.starts_with("-v") {
            vars.push(value("-v")?);
        } else if program.is_none() && arg.starts_with("-f") {
            let path = value("-f")?;
            let data = sys.read_file(&path).map_err(|fault| format!("awk: can't open file {path}: {fault}"))?;
            program = Some(String::from_utf8_lossy(&data).into_owned());
        } else if program.is_none() && arg.len() > 1 && arg.starts_with('-') && arg != "--" {
            return Err(format!("awk: unknown option {arg} ignored here; there are -F, -v and -f"));
        } else if program.is_none() {
            if arg != "--" {
                program = Some(arg.clone());
            }
        } else if arg.contains('=') && !arg.contains('/') {
            vars.push(arg.clone());
        } else {
            files.push(arg.clone());
        }
    }
    let Some(program) = program else {
        return Err("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]".into());
    };
    let rules = Parser::new(&program).program()?;
    let mut awk = Awk::new(Rc::new(rules));
    if let Some(text) = separator {
        awk.set("FS", if text == "t" { "\t" } else { &text });
    }
    for var in vars {
        let (name, text) = var.split_once('=').unwrap_or((&var, ""));
        awk.set(name, text);
    }
    for (name, text) in sys.shell.env() {
        awk.environ(&name, &text);
    }
    if let Some(code) = awk.begin(sys)? {
        return Ok(Launch::Done(code));
    }
    if awk.rules.iter().all(|r| matches!(r.pattern, Pattern::Begin)) {
        return Ok(Launch::Done(0));
    }
    Ok(start("awk", files, awk))
}

impl Filter for Awk {
    fn begin(&mut self, name: &str, _sys: &mut Sys<'_>) {
        self.set("FILENAME", if name == "-" { "" } else { name });
        self.set("FNR", "0");
    }

    fn line(&mut self, line: &str, _ended: bool, sys: &mut Sys<'_>) -> Flow {
        match self.record(line, sys) {
            Ok(Ends::Exit(code)) => Flow::Stop(self.close(sys, Some(code))),
            Ok(_) => Flow::More,
            Err(text) => Flow::Stop(fail(sys, 2, &text)),
        }
    }

    fn end(&mut self, sys: &mut Sys<'_>, failed: bool) -> i32 {
        let code = self.close(sys, None);
        if failed { 2 } else { code }
    }

    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        format!("{tool}: cannot open \"{file}\" ({why})\n")
    }
}
