//! Running an awk program, record by record.

use std::collections::BTreeMap;
use std::rc::Rc;

use regex_lite::Regex;

use super::parse::{Expr, Pattern, Rule, Stmt};
use super::value::{ONE, Value, divide, fixed, multiply, show};
use crate::script::regex;
use crate::script::sys::Sys;

/// Steps that the handling of one record may take.
const STEPS: u32 = 200_000;

/// How a list of statements ended.
pub enum Ends {
    Fine,
    Next,
    Exit(i32),
    Break,
    Continue,
}

#[derive(Clone)]
pub struct Awk {
    pub rules: Rc<Vec<Rule>>,
    open: Vec<bool>,
    vars: BTreeMap<String, Value>,
    arrays: BTreeMap<String, BTreeMap<String, Value>>,
    line: String,
    fields: Vec<String>,
    nr: i64,
    fnr: i64,
    steps: u32,
}

type Result<T> = std::result::Result<T, String>;

impl Awk {
    pub fn new(rules: Rc<Vec<Rule>>) -> Awk {
        let mut awk = Awk {
            open: vec![false; rules.len()],
            rules,
            vars: BTreeMap::new(),
            arrays: BTreeMap::new(),
            line: String::new(),
            fields: vec![],
            nr: 0,
            fnr: 0,
            steps: 0,
        };
        for (name, text) in [("FS", " "), ("OFS", " "), ("ORS", "\n"), ("SUBSEP", "\u{1c}"), ("RS", "\n")] {
            awk.vars.insert(name.into(), Value::Text(text.into()));
        }
        awk
    }

    pub fn set(&mut self, name: &str, text: &str) {
        if name == "FNR" {
            self.fnr = 0;
        }
        self.vars.insert(name.into(), Value::Input(crate::script::escape::ansi(text)));
    }

    pub fn environ(&mut self, name: &str, text: &str) {
        self.arrays.entry("ENVIRON".into()).or_default().insert(name.into(), Value::Input(text.into()));
    }

    fn rules_of(&mut self, begin: bool, sys: &mut Sys<'_>) -> Result<Option<i32>> {
        let rules = self.rules.clone();
        for rule in rules.iter() {
            let fits =
                if begin { matches!(rule.pattern, Pattern::Begin) } else { matches!(rule.pattern, Pattern::End) };
            if fits
                && let Some(body) = &rule.body
                && let Ends::Exit(code) = self.all(body, sys)?
            {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }

    /// BEGIN; the code of an `exit` in it.
    pub fn begin(&mut self, sys: &mut Sys<'_>) -> Result<Option<i32>> {
        self.steps = 0;
        self.rules_of(true, sys)
    }

    /// END; `code` is that of an `exit` before.
    pub fn close(&mut self, sys: &mut Sys<'_>, code: Option<i32>) -> i32 {
        self.steps = 0;
        match self.rules_of(false, sys) {
            Ok(ended) => ended.or(code).unwrap_or(0),
            Err(text) => {
                sys.err(&format!("{text}\n"));
                2
            }
        }
    }

    /// One line of input.
    pub fn record(&mut self, line: &str, sys: &mut Sys<'_>) -> Result<Ends> {
        self.steps = 0;
        self.nr += 1;
        self.fnr += 1;
        self.set_line(line.to_owned());
        let rules = self.rules.clone();
        for (i, rule) in rules.iter().enumerate() {
            let hit = match &rule.pattern {
                Pattern::Begin | Pattern::End => false,
                Pattern::Always => true,
                Pattern::When(test) => self.eval(test)?.truth(),
                Pattern::Range(from, to) => {
                    let inside = self.open[i] || self.eval(from)?.truth();
                    if inside {
                        self.open[i] = !self.eval(to)?.truth();
                    }
                    inside
                }
            };
            if !hit {
                continue;
            }
            match &rule.body {
                None => {
                    let text = format!("{}{}", self.line, self.var("ORS").text());
                    sys.out(&text);
                }
                Some(body) => match self.all(body, sys)? {
                    Ends::Next => return Ok(Ends::Fine),
                    Ends::Exit(code) => return Ok(Ends::Exit(code)),
                    _ => {}
                },
            }
        }
        Ok(Ends::Fine)
    }

    fn set_line(&mut self, line: String) {
        let separator = self.var("FS").text();
        self.fields = split(&line, &separator);
        self.line = line;
    }

    fn var(&self, name: &str) -> Value {
        match name {
            "NR" => Value::int(self.nr),
            "FNR" => Value::int(self.fnr),
            "NF" => Value::int(self.fields.len() as i64),
            name => self.vars.get(name).cloned().unwrap_or(Value::Unset),
        }
    }

    fn all(&mut self, body: &[Stmt], sys: &mut Sys<'_>) -> Result<Ends> {
        for statement in body {
            match self.one(statement, sys)? {
                Ends::Fine => {}
                other => return Ok(other),
            }
        }
        Ok(Ends::Fine)
    }

    fn tick(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps > STEPS { Err("awk: stopped: the program runs too long on one line".into()) } else { Ok(()) }
    }

    fn one(&mut self, statement: &Stmt, sys: &mut Sys<'_>) -> Result<Ends> {
        self.tick()?;
        match statement {
            Stmt::Nothing => {}
            Stmt::Print(list) => {
                let mut texts = vec![];
                for expr in list {
                    texts.push(self.eval(expr)?.text());
                }
                let line = if list.is_empty() { self.line.clone() } else { texts.join(&self.var("OFS").text()) };
                sys.out(&format!("{line}{}", self.var("ORS").text()));
            }
            Stmt::Printf(list) => {
                let text = self.format(list)?;
                sys.out(&text);
            }
            Stmt::Expr(expr) => {
                self.eval(expr)?;
            }
            Stmt::If(test, yes, no) => {
                let body = if self.eval(test)?.truth() { yes } else { no };
                return self.all(body, sys);
            }
            Stmt::While(test, body, first) => {
                let mut skip = *first;
                while skip || self.eval(test)?.truth() {
                    skip = false;
                    self.tick()?;
                    match self.all(body, sys)? {
                        Ends::Break => break,
                        Ends::Fine | Ends::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            Stmt::For(init, test, step, body) => {
                self.one(init, sys)?;
                loop {
                    self.tick()?;
                    if let Some(test) = test
                        && !self.eval(test)?.truth()
                    {
                        break;
                    }
                    match self.all(body, sys)? {
                        Ends::Break => break,
                        Ends::Fine | Ends::Continue => {}
                        other => return Ok(other),
                    }
                    self.one(step, sys)?;
                }
            }
            Stmt::Each(name, array, body) => {
                let keys: Vec<String> = self.arrays.get(array).map(|a| a.keys().cloned().collect()).unwrap_or_default();
                for key in keys {
                    self.tick()?;
                    self.vars.insert(name.clone(), Value::Input(key));
                    match self.all(body, sys)? {
                        Ends::Break => break,
                        Ends::Fine | Ends::Continue => {}
                        other => return Ok(other),
                    }
                }
            }
            Stmt::Delete(name, key) => match key {
                Some(key) => {
                    let key = self.eval(key)?.text();
                    self.arrays.entry(name.clone()).or_default().remove(&key);
                }
                None => {
                    self.arrays.remove(name);
                }
            },
            Stmt::Next => return Ok(Ends::Next),
            Stmt::Break => return Ok(Ends::Break),
            Stmt::Continue => return Ok(Ends::Continue),
            Stmt::Exit(code) => {
                let code = match code {
                    Some(expr) => (self.eval(expr)?.number() / ONE) as i32 & 255,
                    None => 0,
                };
                return Ok(Ends::Exit(code));
            }
        }
        Ok(Ends::Fine)
    }

    fn eval(&mut self, expr: &Expr) -> Result<Value> {
        self.tick()?;
        Ok(match expr {
            Expr::Literal(value) => value.clone(),
            Expr::Regex(regex) => Value::int(i64::from(regex.is_match(&self.line))),
            Expr::Var(name) => self.var(name),
            Expr::Field(index) => {
                let n = self.eval(index)?.number() / ONE;
                match n {
                    0 => Value::Input(self.line.clone()),
                    n if n < 0 => return Err(format!("awk: trying to access out of range field {n}")),
                    n => self.fields.get(n as usize - 1).map_or(Value::Unset, |t| Value::Input(t.clone())),
                }
            }
            Expr::Index(name, key) => {
                let key = self.eval(key)?.text();
                self.arrays.entry(name.clone()).or_default().entry(key).or_insert(Value::Unset).clone()
            }
            Expr::In(key, name) => {
                let key = self.eval(key)?.text();
                Value::int(i64::from(self.arrays.get(name).is_some_and(|a| a.contains_key(&key))))
            }
            Expr::Assign(place, op, value) => {
                let mut value = self.eval(value)?;
                if let Some(op) = op {
                    let old = self.eval(place)?;
                    value = self.binary(op, &old, &value)?;
                }
                self.store(place, value.clone())?;
                value
            }
            Expr::Step(place, by, old) => {
                let before = Value::Number(self.eval(place)?.number());
                let after = Value::Number(before.number() + i128::from(*by) * ONE);
                self.store(place, after.clone())?;
                if *old { before } else { after }
            }
            Expr::Unary(op, inner) => {
                let value = self.eval(inner)?;
                match op {
                    '!' => Value::int(i64::from(!value.truth())),
                    '-' => Value::Number(-value.number()),
                    _ => Value::Number(value.number()),
                }
            }
            Expr::Binary("&&", a, b) => Value::int(i64::from(self.eval(a)?.truth() && self.eval(b)?.truth())),
            Expr::Binary("||", a, b) => Value::int(i64::from(self.eval(a)?.truth() || self.eval(b)?.truth())),
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                self.binary(op, &a, &b)?
            }
            Expr::Match(text, pattern, yes) => {
                let text = self.eval(text)?.text();
                let regex = self.regex(pattern)?;
                Value::int(i64::from(regex.is_match(&text) == *yes))
            }
            Expr::Cond(test, yes, no) => {
                if self.eval(test)?.truth() {
                    self.eval(yes)?
                } else {
                    self.eval(no)?
                }
            }
            Expr::Call(name, args) => self.call(name, args)?,
        })
    }

    fn binary(&self, op: &str, a: &Value, b: &Value) -> Result<Value> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let truth = |t: bool| Value::int(i64::from(t));
        Ok(match op {
            " " => Value::Text(a.text() + &b.text()),
            "+" => Value::Number(a.number().saturating_add(b.number())),
            "-" => Value::Number(a.number().saturating_sub(b.number())),
            "*" => Value::Number(multiply(a.number(), b.number())),
            "/" => Value::Number(divide(a.number(), b.number()).ok_or("awk: division by zero")?),
            "%" => Value::Number(a.number().checked_rem(b.number()).ok_or("awk: division by zero in %")?),
            "<" => truth(a.compare(b) == Less),
            ">" => truth(a.compare(b) == Greater),
            "<=" => truth(a.compare(b) != Greater),
            ">=" => truth(a.compare(b) != Less),
            "==" => truth(a.compare(b) == Equal),
            _ => truth(a.compare(b) != Equal),
        })
    }

    fn store(&mut self, place: &Expr, value: Value) -> Result<()> {
        match place {
            Expr::Var(name) if name == "NF" => {
                let n = (value.number() / ONE).clamp(0, 10_000) as usize;
                self.fields.resize(n, String::new());
                self.line = self.fields.join(&self.var("OFS").text());
            }
            Expr::Var(name) if name == "NR" => self.nr = (value.number() / ONE) as i64,
            Expr::Var(name) => {
                self.vars.insert(name.clone(), value);
            }
            Expr::Index(name, key) => {
                let key = self.eval(key)?.text();
                self.arrays.entry(name.clone()).or_default().insert(key, value);
            }
            Expr::Field(index) => {
                let n = (self.eval(index)?.number() / ONE).clamp(0, 10_000) as usize;
                if n == 0 {
                    self.set_line(value.text());
                } else {
                    if self.fields.len() < n {
                        self.fields.resize(n, String::new());
                    }
                    self.fields[n - 1] = value.text();
                    self.line = self.fields.join(&self.var("OFS").text());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn regex(&mut self, pattern: &Expr) -> Result<Regex> {
        if let Expr::Regex(regex) = pattern {
            return Ok(regex.clone());
        }
        let source = self.eval(pattern)?.text();
        regex::extended(&source, false).ok_or_else(|| format!("awk: illegal regular expression: {source}"))
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Result<Value> {
        let arg = |awk: &mut Awk, i: usize| args.get(i).map_or(Ok(Value::Unset), |e| awk.eval(e));
        Ok(match name {
            "length" => match args.first() {
                None => Value::int(self.line.chars().count() as i64),
                Some(Expr::Var(name)) if self.arrays.contains_key(name) => Value::int(self.arrays[name].len() as i64),
                Some(_) => Value::int(arg(self, 0)?.text().chars().count() as i64),
            },
            "substr" => {
                let chars: Vec<char> = arg(self, 0)?.text().chars().collect();
                let from = arg(self, 1)?.number() / ONE;
                let len = if args.len() > 2 { arg(self, 2)?.number() / ONE } else { chars.len() as i128 };
                let start = (from - 1).clamp(0, chars.len() as i128) as usize;
                let end = (from - 1).saturating_add(len).clamp(start as i128, chars.len() as i128) as usize;
                Value::Text(chars[start..end].iter().collect())
            }
            "index" => {
                let (text, part) = (arg(self, 0)?.text(), arg(self, 1)?.text());
                Value::int(text.find(&part).map_or(0, |at| text[..at].chars().count() as i64 + 1))
            }
            "split" => {
                let text = arg(self, 0)?.text();
                let separator = match args.get(2) {
                    Some(Expr::Regex(regex)) => regex.as_str().to_owned(),
                    Some(expr) => self.eval(expr)?.text(),
                    None => self.var("FS").text(),
                };
                let parts = split(&text, &separator);
                let count = parts.len() as i64;
                if let Some(Expr::Var(name)) = args.get(1) {
                    let map =
                        parts.into_iter().enumerate().map(|(i, t)| ((i + 1).to_string(), Value::Input(t))).collect();
                    self.arrays.insert(name.clone(), map);
                }
                Value::int(count)
            }
            "toupper" => Value::Text(arg(self, 0)?.text().to_uppercase()),
            "tolower" => Value::Text(arg(self, 0)?.text().to_lowercase()),
            "sprintf" => Value::Text(self.format(args)?),
            "int" => Value::Number(arg(self, 0)?.number() / ONE * ONE),
            "match" => {
                let text = arg(self, 0)?.text();
                let Some(pattern) = args.get(1) else { return Ok(Value::int(0)) };
                let found = self
                    .regex(pattern)?
                    .find(&text)
                    .map(|m| (text[..m.start()].chars().count(), m.as_str().chars().count()));
                let (start, len) = found.map_or((0, -1), |(s, l)| (s as i64 + 1, l as i64));
                self.vars.insert("RSTART".into(), Value::int(start));
                self.vars.insert("RLENGTH".into(), Value::int(len));
                Value::int(start)
            }
            "sub" | "gsub" => {
                let Some(pattern) = args.first() else { return Ok(Value::int(0)) };
                let regex = self.regex(pattern)?;
                let with = arg(self, 1)?.text();
                let whole = Expr::Field(Box::new(Expr::Literal(Value::Number(0))));
                let place = args.get(2).unwrap_or(&whole);
                let text = self.eval(place)?.text();
                let limit = if name == "sub" { 1 } else { usize::MAX };
                let (mut out, mut at, mut count) = (String::new(), 0, 0);
                for found in regex.find_iter(&text).take(limit) {
                    out.push_str(&text[at..found.start()]);
                    out.push_str(&with.replace("\\&", "\u{1}").replace('&', found.as_str()).replace('\u{1}', "&"));
                    at = found.end();
                    count += 1;
                }
                out.push_str(&text[at..]);
                if count > 0 {
                    self.store(place, Value::Text(out))?;
                }
                Value::int(count)
            }
            _ => Value::int(0),
        })
    }

    fn format(&mut self, list: &[Expr]) -> Result<String> {
        let mut values = vec![];
        for expr in list {
            values.push(self.eval(expr)?);
        }
        let format = values.first().map(Value::text).unwrap_or_default();
        let mut values = values.into_iter().skip(1);
        let mut out = String::new();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut flags = String::new();
            while let Some(f) = chars.peek().copied().filter(|c| "-+ #0123456789.".contains(*c)) {
                flags.push(f);
                chars.next();
            }
            let Some(kind) = chars.next() else { break };
            if kind == '%' {
                out.push('%');
                continue;
            }
            let value = values.next().unwrap_or(Value::Unset);
            let (width, places) = flags.trim_start_matches(['-', '+', ' ', '#']).split_once('.').map_or_else(
                || (flags.trim_start_matches(['-', '+', ' ', '#']).to_owned(), None),
                |(w, p)| (w.to_owned(), Some(p.parse::<usize>().unwrap_or(0))),
            );
            let text = match kind {
                'd' | 'i' => (value.number() / ONE).to_string(),
                'f' | 'e' => fixed(value.number(), places.unwrap_or(6)),
                'g' => show(value.number()),
                'x' => format!("{:x}", value.number() / ONE),
                'o' => format!("{:o}", value.number() / ONE),
                'c' => value.text().chars().next().map(String::from).unwrap_or_default(),
                _ => match places {
                    Some(p) => value.text().chars().take(p).collect(),
                    None => value.text(),
                },
            };
            let wide = width.parse::<usize>().unwrap_or(0).min(1000);
            let fill = wide.saturating_sub(text.chars().count());
            if flags.starts_with('-') {
                out.push_str(&text);
                out.push_str(&" ".repeat(fill));
            } else {
                let zero = width.starts_with('0') && kind != 's';
                out.push_str(&(if zero { "0" } else { " " }).repeat(fill));
                out.push_str(&text);
            }
        }
        Ok(out)
    }
}

/// Fields of a line: by white space, by a character, or by an expression.
fn split(line: &str, separator: &str) -> Vec<String> {
    if separator == " " {
        return line.split_whitespace().map(str::to_owned).collect();
    }
    if line.is_empty() {
        return vec![];
    }
    let mut chars = separator.chars();
    if let (Some(c), None) = (chars.next(), chars.next())
        && c != '|'
    {
        return line.split(c).map(str::to_owned).collect();
    }
    match regex::extended(if separator == "|" { "\\|" } else { separator }, false) {
        Some(regex) => regex.split(line).map(str::to_owned).collect(),
        None => line.split(separator).map(str::to_owned).collect(),
    }
}
