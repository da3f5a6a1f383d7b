//! Arithmetic: `$(( ))`, `(( ))`, `let`, as C with 64 bits.

use crate::script::shell::Shell;

const MAX_DEPTH: u32 = 64;

/// The value of an expression; assignments change the shell's variables.
pub fn eval(text: &str, shell: &mut Shell) -> Result<i64, String> {
    let mut calc = Calc { chars: text.chars().collect(), at: 0, shell, depth: 0, quiet: false, text };
    calc.space();
    if calc.at >= calc.chars.len() {
        return Ok(0);
    }
    let value = calc.comma()?;
    calc.space();
    if calc.at < calc.chars.len() {
        return Err(calc.error("syntax error in expression"));
    }
    Ok(value)
}

struct Calc<'a> {
    chars: Vec<char>,
    at: usize,
    shell: &'a mut Shell,
    depth: u32,
    /// The branch not taken: nothing is assigned.
    quiet: bool,
    text: &'a str,
}

type Value = Result<i64, String>;

const BINARY: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Calc<'_> {
    fn error(&self, what: &str) -> String {
        let rest: String = self.chars[self.at.min(self.chars.len())..].iter().collect();
        format!("{}: {what} (error token is \"{rest}\")", self.text.trim_start())
    }

    fn space(&mut self) {
        while self.chars.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    fn looking(&self, op: &str) -> bool {
        op.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn comma(&mut self) -> Value {
        let mut value = self.assignment()?;
        loop {
            self.space();
            if !self.looking(",") {
                return Ok(value);
            }
            self.at += 1;
            value = self.assignment()?;
        }
    }

    fn assignment(&mut self) -> Value {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("expression recursion level exceeded"));
        }
        self.space();
        let from = self.at;
        if let Some(name) = self.name() {
            self.space();
            let ops = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="];
            if let Some(op) = ops.iter().find(|op| self.looking(op) && !self.looking("==")) {
                self.at += op.len();
                let right = self.assignment()?;
                let value = match *op {
                    "=" => right,
                    _ => {
                        let left = self.variable(&name)?;
                        self.apply(&op[..op.len() - 1], left, right)?
                    }
                };
                self.store(&name, value);
                self.depth -= 1;
                return Ok(value);
            }
            self.at = from;
        }
        let value = self.ternary()?;
        self.depth -= 1;
        Ok(value)
    }

    fn ternary(&mut self) -> Value {
        let test = self.binary(0)?;
        self.space();
        if !self.looking("?") {
            return Ok(test);
        }
        self.at += 1;
        let quiet = self.quiet;
        self.quiet = quiet || test == 0;
        let yes = self.assignment()?;
        self.space();
        if !self.looking(":") {
            return Err(self.error("`:' expected for conditional expression"));
        }
        self.at += 1;
        self.quiet = quiet || test != 0;
        let no = self.assignment()?;
        self.quiet = quiet;
        Ok(if test != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Value {
        let Some(ops) = BINARY.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.space();
            let Some(op) = ops.iter().find(|op| self.looking(op)) else { return Ok(left) };
            let after = self.chars.get(self.at + op.len()).copied();
            let longer = match *op {
                "|" | "&" | "<" | ">" => after == Some(op.chars().next().unwrap_or(' ')) || after == Some('='),
                "<<" | ">>" | "+" | "-" | "*" | "/" | "%" | "^" => after == Some('='),
                _ => false,
            };
            if longer || (*op == "*" && after == Some('*')) {
                return Ok(left);
            }
            self.at += op.len();
            let quiet = self.quiet;
            self.quiet = quiet || (*op == "&&" && left == 0) || (*op == "||" && left != 0);
            let right = self.binary(level + 1)?;
            left = self.apply(op, left, right)?;
            self.quiet = quiet;
        }
    }

    fn power(&mut self) -> Value {
        let base = self.unary()?;
        self.space();
        if !self.looking("**") {
            return Ok(base);
        }
        self.at += 2;
        let exponent = self.power()?;
        if exponent < 0 {
            return Err(self.error("exponent less than 0"));
        }
        Ok(base.wrapping_pow(exponent.min(1 << 20) as u32))
    }

    fn unary(&mut self) -> Value {
        self.space();
        for op in ["++", "--"] {
            if self.looking(op) {
                let from = self.at;
                self.at += 2;
                self.space();
                if let Some(name) = self.name() {
                    let value = self.variable(&name)?.wrapping_add(if op == "++" { 1 } else { -1 });
                    self.store(&name, value);
                    return Ok(value);
                }
                self.at = from;
            }
        }
        let Some(c) = self.chars.get(self.at).copied() else {
            return Err(self.error("syntax error: operand expected"));
        };
        if let '!' | '~' | '-' | '+' = c {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.error("expression recursion level exceeded"));
            }
            self.at += 1;
            let value = self.unary()?;
            self.depth -= 1;
            return Ok(match c {
                '!' => i64::from(value == 0),
                '~' => !value,
                '-' => value.wrapping_neg(),
                _ => value,
            });
        }
        self.primary(c)
    }

    fn primary(&mut self, c: char) -> Value {
        if c == '(' {
            self.at += 1;
            let value = self.comma()?;
            self.space();
            if !self.looking(")") {
                return Err(self.error("missing `)'"));
            }
            self.at += 1;
            return Ok(value);
        }
        if c.is_ascii_digit() {
            return self.number();
        }
        let Some(name) = self.name() else { return Err(self.error("syntax error: operand expected")) };
        let value = self.variable(&name)?;
        for (op, by) in [("++", 1), ("--", -1)] {
            if self.looking(op) {
                self.at += 2;
                self.store(&name, value.wrapping_add(by));
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Value {
        let from = self.at;
        while self.chars.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '#') {
            self.at += 1;
        }
        let text: String = self.chars[from..self.at].iter().collect();
        let parsed = if let Some(hex) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
            i64::from_str_radix(hex, 16).ok()
        } else if let Some((base, digits)) = text.split_once('#') {
            base.parse().ok().filter(|b| (2..=36).contains(b)).and_then(|b| i64::from_str_radix(digits, b).ok())
        } else if text.len() > 1 && text.starts_with('0') {
            let octal = i64::from_str_radix(&text, 8).ok();
            if octal.is_none() {
                return Err(format!("{text}: value too great for base (error token is \"{text}\")"));
            }
            octal
        } else {
            text.parse().ok()
        };
        parsed
            .ok_or_else(|| format!("{}: value too great for base (error token is \"{text}\")", self.text.trim_start()))
    }

    fn name(&mut self) -> Option<String> {
        let from = self.at;
        let first = |c: &char| *c == '_' || c.is_ascii_alphabetic();
        if !self.chars.get(self.at).is_some_and(first) {
            return None;
        }
        while self.chars.get(self.at).is_some_and(|c| *c == '_' || c.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        Some(self.chars[from..self.at].iter().collect())
    }

    fn variable(&mut self, name: &str) -> Value {
        let Some(text) = self.shell.get(name) else { return Ok(0) };
        let text = text.trim().to_owned();
        if text.is_empty() {
            return Ok(0);
        }
        match text.parse() {
            Ok(n) if !text.starts_with('0') || text == "0" => Ok(n),
            _ => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(self.error("expression recursion level exceeded"));
                }
                let mut inner = Calc {
                    chars: text.chars().collect(),
                    at: 0,
                    shell: self.shell,
                    depth: self.depth,
                    quiet: self.quiet,
                    text: &text,
                };
                let value = inner.comma()?;
                inner.space();
                if inner.at < inner.chars.len() {
                    return Err(inner.error("syntax error in expression"));
                }
                self.depth -= 1;
                Ok(value)
            }
        }
    }

    fn store(&mut self, name: &str, value: i64) {
        if !self.quiet {
            self.shell.set(name, &value.to_string());
        }
    }

    fn apply(&self, op: &str, a: i64, b: i64) -> Value {
        Ok(match op {
            "||" => i64::from(a != 0 || b != 0),
            "&&" => i64::from(a != 0 && b != 0),
            "|" => a | b,
            "^" => a ^ b,
            "&" => a & b,
            "==" => i64::from(a == b),
            "!=" => i64::from(a != b),
            "<=" => i64::from(a <= b),
            ">=" => i64::from(a >= b),
            "<" => i64::from(a < b),
            ">" => i64::from(a > b),
            "<<" => a.wrapping_shl(b as u32),
            ">>" => a.wrapping_shr(b as u32),
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "*" => a.wrapping_mul(b),
            _ if b == 0 && self.quiet => 0,
            _ if b == 0 => return Err(format!("{}: division by 0 (error token is \"{b}\")", self.text.trim_start())),
            "/" => a.wrapping_div(b),
            _ => a.wrapping_rem(b),
        })
    }
}
