//! Statements and expressions from tokens: recursive descent, bounded in depth.

use super::token::{Token, near, tokens};
use super::{Column, Dialect, Refusal, Sort};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Value(Value),
    /// A fraction, as it was written.
    Column(String),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    IsNull(Box<Expr>, bool),
    In(Box<Expr>, Vec<Expr>, bool),
    Call(String, Vec<Expr>),
    /// `count(*)`
    Star,
}

#[derive(Clone, Debug)]
pub enum Statement {
    CreateDatabase {
        name: String,
        calm: bool,
    },
    DropDatabase {
        name: String,
        calm: bool,
    },
    Use(String),
    Databases,
    Tables,
    Describe(String),
    CreateTable {
        name: String,
        columns: Vec<Column>,
        calm: bool,
    },
    DropTable {
        name: String,
        calm: bool,
    },
    Truncate(String),
    Insert {
        table: String,
        columns: Option<Vec<String>>,
        rows: Vec<Vec<Expr>>,
    },
    Select {
        what: Vec<(Expr, String)>,
        from: Option<String>,
        filter: Option<Expr>,
        order: Vec<(Expr, bool)>,
        limit: Option<usize>,
    },
    Update {
        table: String,
        set: Vec<(String, Expr)>,
        filter: Option<Expr>,
    },
    Delete {
        table: String,
        filter: Option<Expr>,
    },
}

/// How deep expressions may stand in each other.
const DEPTH: usize = 40;

/// The statements of a text, which semicolons outside of quotes divide; the last may be unfinished.
pub fn split(text: &str) -> (Vec<String>, String) {
    let (mut done, mut now, mut quote) = (vec![], String::new(), None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            None if c == ';' => {
                done.push(std::mem::take(&mut now));
                continue;
            }
            _ => {}
        }
        now.push(c);
    }
    (done.into_iter().filter(|one| !one.trim().is_empty()).collect(), now)
}

pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    dialect: Dialect,
}

type Parsed<T> = Result<T, Refusal>;

impl<'a> Parser<'a> {
    pub fn new(text: &'a str, dialect: Dialect) -> Parsed<Self> {
        Ok(Parser { text, tokens: tokens(text, dialect)?, at: 0, depth: 0, dialect })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn wrong<T>(&self) -> Parsed<T> {
        let from = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
        Err(near(&self.text[from..], self.text, self.dialect))
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word { text, quoted: false }) if text.eq_ignore_ascii_case(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn need(&mut self, word: &str) -> Parsed<()> {
        if self.take(word) { Ok(()) } else { self.wrong() }
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is);
        is
    }

    fn need_sign(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { self.wrong() }
    }

    fn name(&mut self) -> Parsed<String> {
        let Some(Token::Word { text, quoted }) = self.peek().cloned() else { return self.wrong() };
        self.at += 1;
        // PostgreSQL folds what is not quoted; both take a schema in front.
        let folded = if quoted || self.dialect == Dialect::Mysql { text } else { text.to_lowercase() };
        if self.sign(".") { self.name() } else { Ok(folded) }
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.sign(",") {
            all.push(one(self)?);
        }
        Ok(all)
    }

    pub fn statement(&mut self) -> Parsed<Statement> {
        let statement = self.begin()?;
        while self.sign(";") {}
        if self.peek().is_some() { self.wrong() } else { Ok(statement) }
    }

    fn begin(&mut self) -> Parsed<Statement> {
        if self.take("select") {
            return self.select();
        }
        if self.take("insert") {
            self.need("into")?;
            let table = self.name()?;
            let columns = if self.sign("(") { Some(self.closed(Self::name)?) } else { None };
            if !self.take("values") && !self.take("value") {
                return self.wrong();
            }
            let rows = self.list(|p| {
                p.need_sign("(")?;
                p.closed(Self::expr)
            })?;
            return Ok(Statement::Insert { table, columns, rows });
        }
        if self.take("update") {
            let table = self.name()?;
            self.need("set")?;
            let set = self.list(|p| {
                let name = p.name()?;
                p.need_sign("=")?;
                Ok((name, p.expr()?))
            })?;
            return Ok(Statement::Update { table, set, filter: self.filter()? });
        }
        if self.take("delete") {
            self.need("from")?;
            return Ok(Statement::Delete { table: self.name()?, filter: self.filter()? });
        }
        if self.take("truncate") {
            self.take("table");
            return Ok(Statement::Truncate(self.name()?));
        }
        if self.take("create") {
            return self.create();
        }
        if self.take("drop") {
            let table = self.take("table");
            if !table && !self.take("database") && !self.take("schema") {
                return self.wrong();
            }
            let calm = self.take("if");
            if calm {
                self.need("exists")?;
            }
            let name = self.name()?;
            return Ok(if table {
                Statement::DropTable { name, calm }
            } else {
                Statement::DropDatabase { name, calm }
            });
        }
        if self.dialect == Dialect::Mysql {
            if self.take("use") {
                return Ok(Statement::Use(self.name()?));
            }
            if self.take("show") {
                return if self.take("databases") || self.take("schemas") {
                    Ok(Statement::Databases)
                } else if self.take("tables") {
                    Ok(Statement::Tables)
                } else {
                    self.wrong()
                };
            }
            if self.take("describe") || self.take("desc") {
                return Ok(Statement::Describe(self.name()?));
            }
        }
        self.wrong()
    }

    /// A list up to its closing bracket.
    fn closed<T>(&mut self, one: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let all = self.list(one)?;
        self.need_sign(")")?;
        Ok(all)
    }

    fn filter(&mut self) -> Parsed<Option<Expr>> {
        if self.take("where") { self.expr().map(Some) } else { Ok(None) }
    }

    fn select(&mut self) -> Parsed<Statement> {
        let what = self.list(|p| {
            if p.sign("*") {
                return Ok((Expr::Star, "*".into()));
            }
            let from = p.tokens.get(p.at).map_or(p.text.len(), |(at, _)| *at);
            let expr = p.expr()?;
            let to = p.tokens.get(p.at).map_or(p.text.len(), |(at, _)| *at);
            let written = p.text[from..to].trim().trim_end_matches(';').to_owned();
            let named = p.take("as");
            let free = !p.is("from") && !p.is("where") && !p.is("order") && !p.is("limit");
            let name =
                if named || free && matches!(p.peek(), Some(Token::Word { .. })) { Some(p.name()?) } else { None };
            Ok((expr, name.unwrap_or(written)))
        })?;
        let from = if self.take("from") { Some(self.name()?) } else { None };
        let filter = self.filter()?;
        let mut order = vec![];
        if self.take("order") {
            self.need("by")?;
            order = self.list(|p| {
                let by = p.expr()?;
                let down = p.take("desc");
                if !down {
                    p.take("asc");
                }
                Ok((by, down))
            })?;
        }
        let mut limit = None;
        if self.take("limit") {
            let Some(Token::Number(count)) = self.peek().cloned() else { return self.wrong() };
            self.at += 1;
            limit = Some(usize::try_from(count).unwrap_or(usize::MAX));
        }
        Ok(Statement::Select { what, from, filter, order, limit })
    }

    fn create(&mut self) -> Parsed<Statement> {
        let table = self.take("table");
        if !table && !self.take("database") && !self.take("schema") {
            return self.wrong();
        }
        let calm = self.take("if");
        if calm {
            self.need("not")?;
            self.need("exists")?;
        }
        let name = self.name()?;
        if !table {
            return Ok(Statement::CreateDatabase { name, calm });
        }
        self.need_sign("(")?;
        let mut columns: Vec<Column> = vec![];
        let keys = self.closed(|p| {
            if p.take("primary") {
                p.need("key")?;
                p.need_sign("(")?;
                return p.closed(Self::name);
            }
            columns.push(p.column()?);
            Ok(vec![])
        })?;
        // ENGINE=InnoDB and its like.
        while self.dialect == Dialect::Mysql && matches!(self.peek(), Some(Token::Word { .. })) {
            self.at += 1;
            self.sign("=");
            self.at += usize::from(self.peek().is_some());
        }
        for key in keys.iter().flatten() {
            for column in columns.iter_mut().filter(|column| column.name == *key) {
                (column.primary, column.not_null) = (true, true);
                column.unique = keys.iter().map(Vec::len).sum::<usize>() == 1;
            }
        }
        Ok(Statement::CreateTable { name, columns, calm })
    }

    fn column(&mut self) -> Parsed<Column> {
        let name = self.name()?;
        let from = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
        let Some(Token::Word { text, .. }) = self.peek().cloned() else { return self.wrong() };
        let kind = text.to_lowercase();
        let Some(sort) = sort_of(&kind) else { return self.no_type(&text) };
        self.at += 1;
        if self.sign("(") {
            self.closed(|p| {
                if let Some(Token::Number(_)) = p.peek() {
                    p.at += 1;
                    Ok(())
                } else {
                    p.wrong()
                }
            })?;
        }
        let to = self
            .tokens
            .get(self.at - 1)
            .map_or(from, |(at, token)| at + if let Token::Sign(_) = token { 1 } else { text.len() });
        let declared = self.text[from..to.max(from)].to_lowercase();
        let counts = kind.ends_with("serial");
        let mut column =
            Column { name, declared, sort, not_null: counts, unique: false, primary: false, counts, default: None };
        loop {
            if self.take("not") {
                self.need("null")?;
                column.not_null = true;
            } else if self.take("null") || self.take("unsigned") {
            } else if self.take("unique") {
                column.unique = true;
            } else if self.take("primary") {
                self.need("key")?;
                (column.primary, column.unique, column.not_null) = (true, true, true);
            } else if self.take("auto_increment") {
                column.counts = true;
            } else if self.take("default") {
                let from = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
                self.expr()?;
                let to = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
                column.default = Some(self.text[from..to].trim().to_owned());
            } else {
                return Ok(column);
            }
        }
    }

    fn no_type<T>(&self, name: &str) -> Parsed<T> {
        if self.dialect == Dialect::Mysql {
            return self.wrong();
        }
        Err(Refusal { number: 0, state: "42704", text: format!("type \"{}\" does not exist", name.to_lowercase()) })
    }

    pub fn expr(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        let found = if self.depth > DEPTH { self.wrong() } else { self.either() };
        self.depth -= 1;
        found
    }

    fn either(&mut self) -> Parsed<Expr> {
        let mut left = self.both()?;
        while self.take("or") {
            left = Expr::Binary("or".into(), Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expr> {
        let mut left = self.negated()?;
        while self.take("and") {
            left = Expr::Binary("and".into(), Box::new(left), Box::new(self.negated()?));
        }
        Ok(left)
    }

    fn negated(&mut self) -> Parsed<Expr> {
        if self.take("not") {
            let inner = self.compared()?;
            return Ok(Expr::Not(Box::new(inner)));
        }
        self.compared()
    }

    fn compared(&mut self) -> Parsed<Expr> {
        let left = self.sum()?;
        for sign in ["=", "<>", "!=", "<=", ">=", "<", ">"] {
            if self.sign(sign) {
                let sign = if sign == "!=" { "<>" } else { sign };
                return Ok(Expr::Binary(sign.into(), Box::new(left), Box::new(self.sum()?)));
            }
        }
        if self.take("is") {
            let not = self.take("not");
            self.need("null")?;
            return Ok(Expr::IsNull(Box::new(left), !not));
        }
        let not = self.take("not");
        if self.take("like") {
            let like = Expr::Binary("like".into(), Box::new(left), Box::new(self.sum()?));
            return Ok(if not { Expr::Not(Box::new(like)) } else { like });
        }
        if self.take("in") {
            self.need_sign("(")?;
            return Ok(Expr::In(Box::new(left), self.closed(Self::expr)?, !not));
        }
        if not { self.wrong() } else { Ok(left) }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        loop {
            let sign = if self.sign("+") {
                "+"
            } else if self.sign("-") {
                "-"
            } else if self.sign("||") {
                "||"
            } else {
                return Ok(left);
            };
            left = Expr::Binary(sign.into(), Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.atom()?;
        loop {
            let sign = if self.sign("*") {
                "*"
            } else if self.sign("/") {
                "/"
            } else if self.sign("%") {
                "%"
            } else {
                return Ok(left);
            };
            left = Expr::Binary(sign.into(), Box::new(left), Box::new(self.atom()?));
        }
    }

    fn atom(&mut self) -> Parsed<Expr> {
        let Some(token) = self.peek().cloned() else { return self.wrong() };
        match token {
            Token::Number(number) => {
                self.at += 1;
                Ok(Expr::Value(number.into()))
            }
            Token::Decimal(text) | Token::Text(text) => {
                self.at += 1;
                Ok(Expr::Value(text.into()))
            }
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expr()?;
                self.need_sign(")")?;
                Ok(inner)
            }
            Token::Sign("-") => {
                self.at += 1;
                self.depth += 1;
                let inner = if self.depth > DEPTH { self.wrong() } else { self.atom() };
                self.depth -= 1;
                Ok(Expr::Minus(Box::new(inner?)))
            }
            Token::Sign("@@") => {
                self.at += 1;
                Ok(Expr::Call(format!("@@{}", self.name()?.to_lowercase()), vec![]))
            }
            Token::Word { text, quoted: false } if text.eq_ignore_ascii_case("null") => {
                self.at += 1;
                Ok(Expr::Value(Value::Null))
            }
            Token::Word { text, quoted: false } if ["true", "false"].contains(&text.to_lowercase().as_str()) => {
                self.at += 1;
                Ok(Expr::Value(text.eq_ignore_ascii_case("true").into()))
            }
            Token::Word { .. } => {
                let name = self.name()?;
                if !self.sign("(") {
                    let bare = ["current_timestamp", "current_date", "current_user", "current_database"];
                    let lower = name.to_lowercase();
                    return Ok(if bare.contains(&lower.as_str()) {
                        Expr::Call(lower, vec![])
                    } else {
                        Expr::Column(name)
                    });
                }
                let name = name.to_lowercase();
                if self.sign(")") {
                    return Ok(Expr::Call(name, vec![]));
                }
                if self.sign("*") {
                    self.need_sign(")")?;
                    return Ok(Expr::Call(name, vec![Expr::Star]));
                }
                Ok(Expr::Call(name, self.closed(Self::expr)?))
            }
            Token::Sign(_) => self.wrong(),
        }
    }
}

fn sort_of(kind: &str) -> Option<Sort> {
    Some(match kind {
        "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "serial" | "bigserial"
        | "smallserial" => Sort::Number,
        "varchar" | "char" | "text" | "longtext" | "mediumtext" | "tinytext" | "json" | "jsonb" | "uuid"
        | "decimal" | "numeric" | "float" | "double" | "real" | "enum" => Sort::Text,
        "bool" | "boolean" => Sort::Truth,
        "timestamp" | "datetime" | "date" | "time" | "timestamptz" => Sort::Moment,
        _ => return None,
    })
}
