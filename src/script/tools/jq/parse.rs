//! The grammar of jq filters.

use serde_json::Value;

#[derive(Clone, Debug)]
pub enum Expr {
    Identity,
    /// `..`
    Deep,
    Literal(Value),
    Var(String),
    /// A text with `\( )`, and the format before it (`@base64`).
    Text(Option<String>, Vec<(String, Option<Expr>)>),
    Format(String),
    /// `.[x]` of a filter's output.
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    Each(Box<Expr>),
    /// `?`
    Try(Box<Expr>),
    Pipe(Box<Expr>, Box<Expr>),
    Comma(Box<Expr>, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Minus(Box<Expr>),
    Array(Option<Box<Expr>>),
    Object(Vec<(Expr, Expr)>),
    If(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    As(Box<Expr>, String, Box<Expr>),
    Call(String, Vec<Expr>),
}

type Parsed<T> = Result<T, String>;

pub struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: u32,
}

impl Parser {
    pub fn new(text: &str) -> Parser {
        Parser { chars: text.chars().collect(), at: 0, depth: 0 }
    }

    pub fn parse(mut self) -> Parsed<Expr> {
        self.space();
        if self.at >= self.chars.len() {
            return Ok(Expr::Identity);
        }
        let expr = self.pipe()?;
        self.space();
        if self.at < self.chars.len() { Err(self.wrong()) } else { Ok(expr) }
    }

    fn wrong(&mut self) -> String {
        self.space();
        let rest: String = self.chars[self.at.min(self.chars.len())..].iter().take(20).collect();
        let what = if rest.is_empty() { "unexpected end of file".into() } else { format!("unexpected {rest:?}") };
        format!("syntax error, {what} at <top-level>, line 1:\n{}", self.chars.iter().collect::<String>())
    }

    fn space(&mut self) {
        while let Some(c) = self.peek() {
            if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            } else if c.is_whitespace() {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn looking(&mut self, text: &str) -> bool {
        self.space();
        text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn eat(&mut self, text: &str) -> bool {
        let yes = self.looking(text);
        self.at += if yes { text.chars().count() } else { 0 };
        yes
    }

    fn need(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.wrong()) }
    }

    fn name(&mut self) -> Option<String> {
        self.space();
        let first = self.peek()?;
        if !(first == '_' || first.is_ascii_alphabetic()) {
            return None;
        }
        Some(self.chars[self.at..].iter().take_while(|c| **c == '_' || c.is_ascii_alphanumeric()).collect())
    }

    fn keyword(&mut self, word: &str) -> bool {
        let yes = self.name().as_deref() == Some(word);
        self.at += if yes { word.len() } else { 0 };
        yes
    }

    fn pipe(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("nested too deeply".into());
        }
        let left = self.comma()?;
        self.space();
        let out = if self.keyword("as") {
            self.need("$")?;
            let Some(name) = self.name() else { return Err(self.wrong()) };
            self.at += name.len();
            self.need("|")?;
            Expr::As(Box::new(left), name, Box::new(self.pipe()?))
        } else if self.looking("|") && !self.looking("|=") {
            self.at += 1;
            Expr::Pipe(Box::new(left), Box::new(self.pipe()?))
        } else {
            left
        };
        self.depth -= 1;
        Ok(out)
    }

    fn comma(&mut self) -> Parsed<Expr> {
        let mut left = self.alternative()?;
        while self.eat(",") {
            left = Expr::Comma(Box::new(left), Box::new(self.alternative()?));
        }
        Ok(left)
    }

    fn alternative(&mut self) -> Parsed<Expr> {
        let left = self.or()?;
        if self.looking("//=") {
            return Err("assignments are left out here".into());
        }
        if self.eat("//") {
            return Ok(Expr::Binary("//", Box::new(left), Box::new(self.alternative()?)));
        }
        for op in ["|=", "+=", "-=", "*=", "/="] {
            if self.looking(op) {
                return Err("assignments are left out here".into());
            }
        }
        if self.looking("=") && !self.looking("==") {
            return Err("assignments are left out here".into());
        }
        Ok(left)
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Expr::Binary("or", Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        while self.keyword("and") {
            left = Expr::Binary("and", Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.sum()?;
        for op in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.eat(op) {
                return Ok(Expr::Binary(op, Box::new(left), Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        loop {
            let op = match () {
                () if self.looking("+=") || self.looking("-=") => return Ok(left),
                () if self.eat("+") => "+",
                () if self.eat("-") => "-",
                () => return Ok(left),
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.postfix()?;
        loop {
            let op = match () {
                () if self.looking("//") || self.looking("*=") || self.looking("/=") => return Ok(left),
                () if self.eat("*") => "*",
                () if self.eat("/") => "/",
                () if self.eat("%") => "%",
                () => return Ok(left),
            };
            left = Expr::Binary(op, Box::new(left), Box::new(self.postfix()?));
        }
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let mut left = self.primary()?;
        loop {
            if self.peek() == Some('?') {
                self.at += 1;
                left = Expr::Try(Box::new(left));
            } else if self.peek() == Some('[') {
                left = self.bracket(left)?;
            } else if self.peek() == Some('.') && self.chars.get(self.at + 1) != Some(&'.') {
                self.at += 1;
                if self.peek() == Some('[') {
                    left = self.bracket(left)?;
                } else if self.peek() == Some('"') {
                    let key = self.string(None)?;
                    left = Expr::Index(Box::new(left), Box::new(key));
                } else {
                    let Some(name) = self.name() else { return Err(self.wrong()) };
                    self.at += name.len();
                    left = field(left, name);
                }
            } else {
                return Ok(left);
            }
        }
    }

    fn bracket(&mut self, of: Expr) -> Parsed<Expr> {
        self.need("[")?;
        if self.eat("]") {
            return Ok(Expr::Each(Box::new(of)));
        }
        if self.eat(":") {
            let to = self.pipe()?;
            self.need("]")?;
            return Ok(Expr::Slice(Box::new(of), None, Some(Box::new(to))));
        }
        let key = self.pipe()?;
        if self.eat(":") {
            let to = if self.looking("]") { None } else { Some(Box::new(self.pipe()?)) };
            self.need("]")?;
            return Ok(Expr::Slice(Box::new(of), Some(Box::new(key)), to));
        }
        self.need("]")?;
        Ok(Expr::Index(Box::new(of), Box::new(key)))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.space();
        let Some(c) = self.peek() else { return Err(self.wrong()) };
        match c {
            '.' => {
                self.at += 1;
                match self.peek() {
                    Some('.') => {
                        self.at += 1;
                        Ok(Expr::Deep)
                    }
                    Some('"') => {
                        let key = self.string(None)?;
                        Ok(Expr::Index(Box::new(Expr::Identity), Box::new(key)))
                    }
                    Some(c) if c == '_' || c.is_ascii_alphabetic() => {
                        let name = self.name().unwrap_or_default();
                        self.at += name.len();
                        Ok(field(Expr::Identity, name))
                    }
                    _ => Ok(Expr::Identity),
                }
            }
            '(' => {
                self.at += 1;
                let inner = self.pipe()?;
                self.need(")")?;
                Ok(inner)
            }
            '[' => {
                self.at += 1;
                if self.eat("]") {
                    return Ok(Expr::Array(None));
                }
                let inner = self.pipe()?;
                self.need("]")?;
                Ok(Expr::Array(Some(Box::new(inner))))
            }
            '{' => self.object(),
            '"' => self.string(None),
            '@' => {
                self.at += 1;
                let name = self.name().unwrap_or_default();
                self.at += name.len();
                self.space();
                if self.peek() == Some('"') { self.string(Some(name)) } else { Ok(Expr::Format(name)) }
            }
            '$' => {
                self.at += 1;
                let Some(name) = self.name() else { return Err(self.wrong()) };
                self.at += name.len();
                Ok(Expr::Var(name))
            }
            '-' => {
                self.at += 1;
                Ok(Expr::Minus(Box::new(self.postfix()?)))
            }
            c if c.is_ascii_digit() => {
                let text: String =
                    self.chars[self.at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
                self.at += text.len();
                serde_json::from_str(&text).map(Expr::Literal).map_err(|_| self.wrong())
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Parsed<Expr> {
        let Some(name) = self.name() else { return Err(self.wrong()) };
        self.at += name.len();
        match name.as_str() {
            "null" => Ok(Expr::Literal(Value::Null)),
            "true" => Ok(Expr::Literal(Value::Bool(true))),
            "false" => Ok(Expr::Literal(Value::Bool(false))),
            "if" => {
                let mut arms = vec![];
                loop {
                    let test = self.pipe()?;
                    if !self.keyword("then") {
                        return Err(self.wrong());
                    }
                    arms.push((test, self.pipe()?));
                    if !self.keyword("elif") {
                        break;
                    }
                }
                let otherwise = if self.keyword("else") { Some(Box::new(self.pipe()?)) } else { None };
                if !self.keyword("end") {
                    return Err(self.wrong());
                }
                Ok(Expr::If(arms, otherwise))
            }
            "try" => Ok(Expr::Try(Box::new(self.postfix()?))),
            "reduce" | "foreach" | "def" | "import" | "include" | "label" => Err(format!("{name} is left out here")),
            _ => {
                let mut args = vec![];
                if self.peek() == Some('(') {
                    self.at += 1;
                    loop {
                        args.push(self.pipe()?);
                        if !self.eat(";") {
                            break;
                        }
                    }
                    self.need(")")?;
                }
                if !super::eval::FUNCTIONS.contains(&(name.as_str(), args.len())) {
                    return Err(format!(
                        "{name}/{} is not defined at <top-level>, line 1:\n{}",
                        args.len(),
                        self.chars.iter().collect::<String>()
                    ));
                }
                Ok(Expr::Call(name, args))
            }
        }
    }

    fn object(&mut self) -> Parsed<Expr> {
        self.need("{")?;
        let mut entries = vec![];
        loop {
            if self.eat("}") {
                return Ok(Expr::Object(entries));
            }
            self.space();
            let (key, short) = match self.peek() {
                Some('"') => {
                    let key = self.string(None)?;
                    (key.clone(), Expr::Index(Box::new(Expr::Identity), Box::new(key)))
                }
                Some('(') => {
                    self.at += 1;
                    let key = self.pipe()?;
                    self.need(")")?;
                    (key, Expr::Identity)
                }
                Some('$') => {
                    self.at += 1;
                    let name = self.name().unwrap_or_default();
                    self.at += name.len();
                    (Expr::Literal(Value::String(name.clone())), Expr::Var(name))
                }
                _ => {
                    let Some(name) = self.name() else { return Err(self.wrong()) };
                    self.at += name.len();
                    (Expr::Literal(Value::String(name.clone())), field(Expr::Identity, name))
                }
            };
            let value = if self.eat(":") { self.object_value()? } else { short };
            entries.push((key, value));
            if !self.eat(",") && !self.looking("}") {
                return Err(self.wrong());
            }
        }
    }

    fn object_value(&mut self) -> Parsed<Expr> {
        let mut left = self.alternative()?;
        while self.looking("|") {
            self.at += 1;
            left = Expr::Pipe(Box::new(left), Box::new(self.alternative()?));
        }
        Ok(left)
    }

    fn string(&mut self, format: Option<String>) -> Parsed<Expr> {
        self.at += 1;
        let mut pieces = vec![];
        let mut text = String::from("\"");
        loop {
            let Some(c) = self.peek() else { return Err(self.wrong()) };
            self.at += 1;
            match c {
                '"' => break,
                '\\' if self.peek() == Some('(') => {
                    self.at += 1;
                    let inner = self.pipe()?;
                    self.need(")")?;
                    pieces.push((self.plain(&text)?, Some(inner)));
                    text = String::from("\"");
                }
                '\\' => {
                    text.push('\\');
                    text.extend(self.peek());
                    self.at += 1;
                }
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                c => text.push(c),
            }
        }
        let tail = self.plain(&text)?;
        if pieces.is_empty() && format.is_none() {
            return Ok(Expr::Literal(Value::String(tail)));
        }
        pieces.push((tail, None));
        Ok(Expr::Text(format, pieces))
    }

    fn plain(&mut self, text: &str) -> Parsed<String> {
        serde_json::from_str(&format!("{text}\"")).map_err(|_| self.wrong())
    }
}

fn field(of: Expr, name: String) -> Expr {
    Expr::Index(Box::new(of), Box::new(Expr::Literal(Value::String(name))))
}
