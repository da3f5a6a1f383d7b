//! Carrying out statements.

use super::eval::{Scope, compare, is_over_all, no_column, order, show};
use super::meta;
use super::parse::{Expr, Parser, Statement};
use super::{Column, Dialect, Outcome, ROWS, Refusal, Sort, Store, TABLES, Table};
use serde_json::Value;
use std::cmp::Ordering;

/// What the server says of itself in `version()` and `@@hostname`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Server<'a> {
    pub version: &'a str,
    pub host: &'a str,
    /// Who owns everything.
    pub owner: &'a str,
}

/// Carries out one statement in a database.
///
/// # Errors
/// In the words of the dialect.
pub fn execute(
    store: &mut Store<'_>,
    database: Option<&str>,
    text: &str,
    server: Server<'_>,
) -> Result<Outcome, Refusal> {
    if text.trim_matches([';', ' ', '\n', '\t']).is_empty() {
        return Ok(Outcome::default());
    }
    if text.starts_with('\\') && store.dialect == Dialect::Postgres {
        let name = text.split_once(' ').map_or("", |(_, name)| name);
        let none = || Refusal { number: 0, state: "", text: format!("Did not find any relation named \"{name}\".") };
        return meta::answer(store, database.unwrap_or_default(), server.owner, text).ok_or_else(none);
    }
    let statement = Parser::new(text, store.dialect)?.statement()?;
    Run { dialect: store.dialect, store, database, server }.statement(statement)
}

struct Run<'s, 'f, 'a> {
    store: &'s mut Store<'f>,
    database: Option<&'a str>,
    server: Server<'a>,
    dialect: Dialect,
}

fn done(tag: &str) -> Outcome {
    Outcome { tag: tag.into(), ..Outcome::default() }
}

impl Run<'_, '_, '_> {
    fn refuse<T>(&self, mysql: (u32, &'static str, String), postgres: (&'static str, String)) -> Result<T, Refusal> {
        Err(match self.dialect {
            Dialect::Mysql => Refusal { number: mysql.0, state: mysql.1, text: mysql.2 },
            Dialect::Postgres => Refusal { number: 0, state: postgres.0, text: postgres.1 },
        })
    }

    fn database(&self) -> Result<String, Refusal> {
        match self.database {
            Some(name) if !name.is_empty() => Ok(name.to_owned()),
            _ => Err(Refusal { number: 1046, state: "3D000", text: "No database selected".into() }),
        }
    }

    fn table(&self, name: &str) -> Result<(String, Table), Refusal> {
        let database = self.database()?;
        match self.store.table(&database, name) {
            Some(table) => Ok((database, table)),
            None => self.refuse(
                (1146, "42S02", format!("Table '{database}.{name}' doesn't exist")),
                ("42P01", format!("relation \"{name}\" does not exist")),
            ),
        }
    }

    fn save(&mut self, database: &str, name: &str, table: &Table) -> Result<(), Refusal> {
        let saved = self.store.save(database, name, table);
        saved.or_else(|why| {
            self.refuse(
                (1021, "HY000", format!("Disk full ({why}); waiting for someone to free some space...")),
                ("53100", format!("could not extend file \"base/{database}/{name}\": {why}")),
            )
        })
    }

    fn scope<'t>(&'t self, table: Option<&'t Table>, row: &'t [Value], all: &'t [Vec<Value>]) -> Scope<'t> {
        Scope {
            table,
            row,
            all,
            dialect: self.dialect,
            database: self.database.unwrap_or_default(),
            version: self.server.version,
            host: self.server.host,
            now: self.store.now,
        }
    }

    fn statement(&mut self, statement: Statement) -> Result<Outcome, Refusal> {
        match statement {
            Statement::CreateDatabase { name, calm } => self.create_database(&name, calm),
            Statement::DropDatabase { name, calm } => self.drop_database(&name, calm),
            Statement::Use(name) if self.store.has(&name) => Ok(Outcome { used: Some(name), ..Outcome::default() }),
            Statement::Use(name) => {
                Err(Refusal { number: 1049, state: "42000", text: format!("Unknown database '{name}'") })
            }
            Statement::Databases => {
                let mut all = self.store.databases();
                all.push("information_schema".into());
                all.sort();
                Ok(names("Database", all))
            }
            Statement::Tables => {
                let database = self.database()?;
                Ok(names(&format!("Tables_in_{database}"), self.store.tables(&database)))
            }
            Statement::Describe(name) => Ok(describe(&self.table(&name)?.1)),
            Statement::CreateTable { name, columns, calm } => self.create_table(&name, columns, calm),
            Statement::DropTable { name, calm } => {
                let found = self.table(&name);
                match found {
                    Ok((database, _)) => self.store.remove(&database, &name),
                    Err(_) if calm => {}
                    Err(_) if self.dialect == Dialect::Postgres => {
                        return Err(Refusal {
                            number: 0,
                            state: "42P01",
                            text: format!("table \"{name}\" does not exist"),
                        });
                    }
                    Err(_) => {
                        let text = format!("Unknown table '{}.{name}'", self.database()?);
                        return Err(Refusal { number: 1051, state: "42S02", text });
                    }
                }
                Ok(done("DROP TABLE"))
            }
            Statement::Truncate(name) => {
                let (database, mut table) = self.table(&name)?;
                table.rows.clear();
                self.save(&database, &name, &table)?;
                Ok(done("TRUNCATE TABLE"))
            }
            Statement::Insert { table, columns, rows } => self.insert(&table, columns, rows),
            Statement::Select { what, from, filter, order, limit } => {
                self.select(what, from.as_deref(), filter.as_ref(), &order, limit)
            }
            Statement::Update { table, set, filter } => self.update(&table, &set, filter.as_ref()),
            Statement::Delete { table, filter } => self.delete(&table, filter.as_ref()),
        }
    }

    fn create_database(&mut self, name: &str, calm: bool) -> Result<Outcome, Refusal> {
        let good = name.chars().all(|c| c.is_alphanumeric() || "_-$".contains(c)) && !name.is_empty();
        if self.store.has(name) && !calm {
            return self.refuse(
                (1007, "HY000", format!("Can't create database '{name}'; database exists")),
                ("42P04", format!("database \"{name}\" already exists")),
            );
        }
        if !good || self.store.databases().len() >= TABLES || self.store.create(name).is_err() {
            return self.refuse(
                (1006, "HY000", format!("Can't create database '{name}'")),
                ("53100", format!("could not create directory \"base/{name}\"")),
            );
        }
        Ok(Outcome { changed: 1, ..done("CREATE DATABASE") })
    }

    fn drop_database(&mut self, name: &str, calm: bool) -> Result<Outcome, Refusal> {
        if !self.store.has(name) && !calm {
            return self.refuse(
                (1008, "HY000", format!("Can't drop database '{name}'; database doesn't exist")),
                ("3D000", format!("database \"{name}\" does not exist")),
            );
        }
        self.store.drop(name);
        Ok(done("DROP DATABASE"))
    }

    fn create_table(&mut self, name: &str, columns: Vec<Column>, calm: bool) -> Result<Outcome, Refusal> {
        let database = self.database()?;
        if self.store.table(&database, name).is_some() {
            if calm {
                return Ok(done("CREATE TABLE"));
            }
            return self.refuse(
                (1050, "42S01", format!("Table '{name}' already exists")),
                ("42P07", format!("relation \"{name}\" already exists")),
            );
        }
        if self.store.tables(&database).len() >= TABLES || name.contains('/') {
            return self
                .refuse((1118, "42000", "Too many tables".into()), ("54000", "too many tables are kept here".into()));
        }
        self.save(&database, name, &Table { columns, ..Table::default() })?;
        Ok(done("CREATE TABLE"))
    }

    fn insert(&mut self, name: &str, columns: Option<Vec<String>>, rows: Vec<Vec<Expr>>) -> Result<Outcome, Refusal> {
        let (database, mut table) = self.table(name)?;
        let mut places = vec![];
        for column in columns.iter().flatten() {
            let at = table.columns.iter().position(|c| c.name.eq_ignore_ascii_case(column));
            places.push(at.map_or_else(|| self.no_column_of(column, name), Ok)?);
        }
        if columns.is_none() {
            places = (0..table.columns.len()).collect();
        }
        let count = rows.len();
        if table.rows.len() + count > ROWS {
            return self.refuse(
                (1114, "HY000", format!("The table '{name}' is full")),
                ("53100", format!("the table \"{name}\" is full")),
            );
        }
        for (n, row) in rows.iter().enumerate() {
            if row.len() > places.len()
                || row.len() < places.len() && (columns.is_some() || self.dialect == Dialect::Mysql)
            {
                return self.refuse(
                    (1136, "21S01", format!("Column count doesn't match value count at row {}", n + 1)),
                    (
                        "42601",
                        format!(
                            "INSERT has more {} than {}",
                            if row.len() > places.len() { "expressions" } else { "target columns" },
                            if row.len() > places.len() { "target columns" } else { "expressions" }
                        ),
                    ),
                );
            }
            let mut new = vec![None; table.columns.len()];
            for (place, expr) in places.iter().zip(row) {
                let is_default = matches!(expr, Expr::Column(word) if word.eq_ignore_ascii_case("default"));
                if !is_default {
                    new[*place] = Some(self.scope(None, &[], &[]).value(expr)?);
                }
            }
            let new = self.complete(name, &mut table, new)?;
            table.rows.push(new);
        }
        self.save(&database, name, &table)?;
        Ok(Outcome { changed: count, ..done(&format!("INSERT 0 {count}")) })
    }

    fn no_column_of<T>(&self, column: &str, table: &str) -> Result<T, Refusal> {
        self.refuse(
            (1054, "42S22", format!("Unknown column '{column}' in 'field list'")),
            ("42703", format!("column \"{column}\" of relation \"{table}\" does not exist")),
        )
    }

    /// Fills a row with what is counted and what goes without saying, and holds it against the columns.
    fn complete(&self, name: &str, table: &mut Table, new: Vec<Option<Value>>) -> Result<Vec<Value>, Refusal> {
        let mut row = vec![];
        for (at, value) in new.into_iter().enumerate() {
            let column = table.columns[at].clone();
            let given = value.is_some();
            let value = match value {
                Some(value) if !(value.is_null() && column.counts && self.dialect == Dialect::Mysql) => value,
                _ if column.counts => {
                    table.last += 1;
                    table.last.into()
                }
                _ => match &column.default {
                    Some(text) => {
                        let expr = Parser::new(text, self.dialect)?.expr()?;
                        self.scope(None, &[], &[]).value(&expr)?
                    }
                    None if column.not_null && self.dialect == Dialect::Mysql => {
                        let text = format!("Field '{}' doesn't have a default value", column.name);
                        return Err(Refusal { number: 1364, state: "HY000", text });
                    }
                    None => Value::Null,
                },
            };
            let value = self.fitting(&column, value)?;
            if column.counts && given {
                table.last = table.last.max(value.as_i64().unwrap_or(0));
            }
            row.push(value);
        }
        self.hold(name, table, &row, None)?;
        Ok(row)
    }

    /// A value as its column takes it.
    fn fitting(&self, column: &Column, value: Value) -> Result<Value, Refusal> {
        let text = show(&value);
        Ok(match (column.sort, &value) {
            (_, Value::Null) => value,
            (Sort::Number, Value::String(_)) => match text.trim().parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => {
                    return self.refuse(
                        (
                            1366,
                            "HY000",
                            format!("Incorrect integer value: '{text}' for column '{}' at row 1", column.name),
                        ),
                        ("22P02", format!("invalid input syntax for type integer: \"{text}\"")),
                    );
                }
            },
            (Sort::Truth, _) if self.dialect == Dialect::Postgres => match text.to_lowercase().as_str() {
                "t" | "true" | "yes" | "on" | "1" => true.into(),
                "f" | "false" | "no" | "off" | "0" => false.into(),
                _ => {
                    return Err(Refusal {
                        number: 0,
                        state: "22P02",
                        text: format!("invalid input syntax for type boolean: \"{text}\""),
                    });
                }
            },
            (Sort::Text, Value::Number(_)) => text.into(),
            (Sort::Text, Value::String(_)) => {
                let most = column
                    .declared
                    .split_once('(')
                    .and_then(|(_, rest)| rest.trim_end_matches(')').trim().parse::<usize>().ok());
                if column.declared.contains("char") && most.is_some_and(|most| text.chars().count() > most) {
                    return self.refuse(
                        (1406, "22001", format!("Data too long for column '{}' at row 1", column.name)),
                        ("22001", format!("value too long for type character varying({})", most.unwrap_or(0))),
                    );
                }
                value
            }
            _ => value,
        })
    }

    /// Whether a row may stand in a table, beside the others but not beside `itself`.
    fn hold(&self, name: &str, table: &Table, row: &[Value], itself: Option<usize>) -> Result<(), Refusal> {
        for (at, column) in table.columns.iter().enumerate() {
            if column.not_null && row[at].is_null() {
                return self.refuse(
                    (1048, "23000", format!("Column '{}' cannot be null", column.name)),
                    (
                        "23502",
                        format!(
                            "null value in column \"{}\" of relation \"{name}\" violates not-null constraint",
                            column.name
                        ),
                    ),
                );
            }
            let same = |(n, other): (usize, &Vec<Value>)| {
                itself != Some(n) && compare(&other[at], &row[at]) == Some(Ordering::Equal)
            };
            if column.unique && table.rows.iter().enumerate().any(same) {
                let (mysql, postgres) = match column.primary {
                    true => (format!("{name}.PRIMARY"), format!("{name}_pkey")),
                    false => (format!("{name}.{}", column.name), format!("{name}_{}_key", column.name)),
                };
                return self.refuse(
                    (1062, "23000", format!("Duplicate entry '{}' for key '{mysql}'", show(&row[at]))),
                    (
                        "23505",
                        format!(
                            "duplicate key value violates unique constraint \"{postgres}\"\nDETAIL:  Key ({})=({}) already exists.",
                            column.name,
                            show(&row[at])
                        ),
                    ),
                );
            }
        }
        Ok(())
    }

    fn select(
        &mut self,
        what: Vec<(Expr, String)>,
        from: Option<&str>,
        filter: Option<&Expr>,
        by: &[(Expr, bool)],
        limit: Option<usize>,
    ) -> Result<Outcome, Refusal> {
        let table = from.map(|name| self.table(name)).transpose()?.map(|(_, table)| table);
        let mut columns = vec![];
        let mut wanted: Vec<Expr> = vec![];
        for (expr, name) in what {
            match (&expr, &table) {
                (Expr::Star, Some(table)) => {
                    for column in &table.columns {
                        columns.push(column.name.clone());
                        wanted.push(Expr::Column(column.name.clone()));
                    }
                }
                (Expr::Star, None) => {
                    return self.refuse(
                        (1096, "HY000", "No tables used".into()),
                        ("42601", "SELECT * with no tables specified is not valid".into()),
                    );
                }
                _ => {
                    columns.push(self.heading(&expr, name));
                    wanted.push(expr);
                }
            }
        }
        let mut rows: Vec<Vec<Value>> = vec![];
        match &table {
            Some(found) => {
                for row in &found.rows {
                    if self.scope(Some(found), row, &[]).holds(filter)? {
                        rows.push(row.clone());
                    }
                }
            }
            None => rows.push(vec![]),
        }
        let whole = wanted.iter().any(is_over_all);
        if !whole {
            self.sort(table.as_ref(), &mut rows, by)?;
        }
        rows.truncate(limit.unwrap_or(ROWS));
        let mut out = vec![];
        if whole {
            let scope = self.scope(table.as_ref(), rows.first().map_or(&[], Vec::as_slice), &rows);
            out.push(wanted.iter().map(|expr| scope.value(expr)).collect::<Result<Vec<_>, _>>()?);
        } else {
            for row in &rows {
                let scope = self.scope(table.as_ref(), row, &[]);
                out.push(wanted.iter().map(|expr| scope.value(expr)).collect::<Result<Vec<_>, _>>()?);
            }
        }
        Ok(Outcome { table: Some((columns, out)), ..done("SELECT") })
    }

    /// What stands above a column of the answer.
    fn heading(&self, expr: &Expr, written: String) -> String {
        match (self.dialect, expr) {
            (Dialect::Mysql, _) => written,
            (_, Expr::Column(name)) if written.eq_ignore_ascii_case(name) => name.clone(),
            (_, Expr::Call(name, _)) if written.to_lowercase().starts_with(name.as_str()) => name.clone(),
            (_, Expr::Column(_) | Expr::Call(..)) => written,
            (_, Expr::Value(value)) if written.trim_matches('\'') != show(value) => written,
            _ if written.chars().all(|c| c.is_alphanumeric() || c == '_')
                && !written.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                written
            }
            _ => "?column?".into(),
        }
    }

    fn sort(&self, table: Option<&Table>, rows: &mut Vec<Vec<Value>>, by: &[(Expr, bool)]) -> Result<(), Refusal> {
        let Some(table) = table.filter(|_| !by.is_empty()) else { return Ok(()) };
        let mut keyed = vec![];
        for row in rows.drain(..) {
            let keys = {
                let scope = self.scope(Some(table), &row, &[]);
                by.iter().map(|(expr, _)| scope.value(expr)).collect::<Result<Vec<_>, _>>()?
            };
            keyed.push((keys, row));
        }
        keyed.sort_by(|(a, _), (b, _)| {
            let pairs = a.iter().zip(b).zip(by);
            // NULL is the least of all in MySQL and the greatest in PostgreSQL.
            let rank = |a: &Value, b: &Value| match self.dialect {
                Dialect::Postgres if a.is_null() || b.is_null() => a.is_null().cmp(&b.is_null()),
                _ => order(a, b),
            };
            let mut found = pairs.map(|((a, b), (_, down))| if *down { rank(b, a) } else { rank(a, b) });
            found.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        rows.extend(keyed.into_iter().map(|(_, row)| row));
        Ok(())
    }

    fn update(&mut self, name: &str, set: &[(String, Expr)], filter: Option<&Expr>) -> Result<Outcome, Refusal> {
        let (database, mut table) = self.table(name)?;
        let mut changed = 0;
        for at in 0..table.rows.len() {
            let mut row = table.rows[at].clone();
            if !self.scope(Some(&table), &row, &[]).holds(filter)? {
                continue;
            }
            for (column, expr) in set {
                let Some(place) = table.columns.iter().position(|c| c.name.eq_ignore_ascii_case(column)) else {
                    return Err(no_column(column, self.dialect));
                };
                let value = self.scope(Some(&table), &table.rows[at], &[]).value(expr)?;
                row[place] = self.fitting(&table.columns[place], value)?;
            }
            self.hold(name, &table, &row, Some(at))?;
            table.rows[at] = row;
            changed += 1;
        }
        self.save(&database, name, &table)?;
        Ok(Outcome { changed, ..done(&format!("UPDATE {changed}")) })
    }

    fn delete(&mut self, name: &str, filter: Option<&Expr>) -> Result<Outcome, Refusal> {
        let (database, mut table) = self.table(name)?;
        let mut kept = vec![];
        let mut changed = 0;
        for row in std::mem::take(&mut table.rows) {
            let gone = self.scope(Some(&Table { rows: vec![], ..table.clone() }), &row, &[]).holds(filter)?;
            changed += usize::from(gone);
            if !gone {
                kept.push(row);
            }
        }
        table.rows = kept;
        self.save(&database, name, &table)?;
        Ok(Outcome { changed, ..done(&format!("DELETE {changed}")) })
    }
}

fn names(heading: &str, names: Vec<String>) -> Outcome {
    let rows = names.into_iter().map(|name| vec![Value::String(name)]).collect();
    Outcome { table: Some((vec![heading.into()], rows)), ..Outcome::default() }
}

/// The columns of a table, as MySQL shows them.
fn describe(table: &Table) -> Outcome {
    let yes = |is: bool, text: &str| Value::from(if is { text } else { "" });
    let rows = table.columns.iter().map(|column| {
        vec![
            column.name.clone().into(),
            column.declared.clone().into(),
            if column.not_null { "NO" } else { "YES" }.into(),
            if column.primary { "PRI".into() } else { yes(column.unique, "UNI") },
            column.default.clone().map_or(Value::Null, |text| text.trim_matches('\'').into()),
            yes(column.counts, "auto_increment"),
        ]
    });
    let columns = ["Field", "Type", "Null", "Key", "Default", "Extra"].map(str::to_owned).to_vec();
    Outcome { table: Some((columns, rows.collect())), ..Outcome::default() }
}
