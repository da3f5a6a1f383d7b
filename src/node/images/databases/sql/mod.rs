//! A small relational database, as far as a lesson about volumes and restarts needs one: tables of plain values in files.
//!
//! Models: the everyday part of SQL as MySQL and PostgreSQL take it.
//! Left out: joins, groups, transactions, views, indexes, foreign keys, ALTER, users and rights; such a statement is refused.

mod eval;
mod meta;
mod parse;
mod run;
mod token;

use crate::script::files::Files;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use parse::split;
pub use run::{Server, execute};

/// Whose words and habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Mysql,
    Postgres,
}

/// Why a statement was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// MySQL's number; 0 elsewhere.
    pub number: u32,
    /// SQLSTATE.
    pub state: &'static str,
    pub text: String,
}

/// What a statement came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// `INSERT 0 1`, `CREATE TABLE`.
    pub tag: String,
    /// Rows that were changed.
    pub changed: usize,
    /// Columns and rows, of a query.
    pub table: Option<(Vec<String>, Vec<Vec<Value>>)>,
    /// The database that is used from now on.
    pub used: Option<String>,
}

/// What kind of values a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    Number,
    Text,
    Truth,
    Moment,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// As it was declared: `varchar(20)`.
    pub declared: String,
    pub sort: Sort,
    pub not_null: bool,
    pub unique: bool,
    pub primary: bool,
    /// It counts by itself.
    pub counts: bool,
    /// An expression, as it was written.
    pub default: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    /// The last number that a counting column gave.
    pub last: i64,
}

/// At most so many rows stand in a table, and tables in a database.
pub const ROWS: usize = 10_000;
pub const TABLES: usize = 200;

/// The directory of a server, one folder for each database and one file for each table.
pub struct Store<'a> {
    pub files: &'a mut Files,
    pub root: String,
    pub now: Time,
    pub dialect: Dialect,
}

impl Store<'_> {
    fn folder(&self, database: &str) -> String {
        match self.dialect {
            Dialect::Mysql => format!("{}/{database}", self.root),
            Dialect::Postgres => format!("{}/base/{database}", self.root),
        }
    }

    fn path(&self, database: &str, table: &str) -> String {
        let ending = if self.dialect == Dialect::Mysql { ".ibd" } else { "" };
        format!("{}/{table}{ending}", self.folder(database))
    }

    pub fn databases(&self) -> Vec<String> {
        let folder = self.folder("");
        let names = self.files.list(folder.trim_end_matches('/')).unwrap_or_default();
        let mut names: Vec<String> = names
            .into_iter()
            .filter(|name| {
                self.files.is_dir(&format!("{folder}{name}")) && !name.starts_with(['#', '.']) && name != "lost+found"
            })
            .collect();
        names.sort();
        names
    }

    pub fn has(&self, database: &str) -> bool {
        self.files.is_dir(&self.folder(database))
    }

    /// # Errors
    /// The disk's words.
    pub fn create(&mut self, database: &str) -> Result<(), String> {
        let (folder, now) = (self.folder(database), self.now);
        self.files.mkdirs(&folder, now).map_err(|fault| fault.to_string())
    }

    pub fn drop(&mut self, database: &str) {
        let folder = self.folder(database);
        let _ = self.files.remove_all(&folder);
    }

    pub fn tables(&self, database: &str) -> Vec<String> {
        let names = self.files.list(&self.folder(database)).unwrap_or_default();
        let ending = if self.dialect == Dialect::Mysql { ".ibd" } else { "" };
        let mut names: Vec<String> =
            names.iter().filter_map(|name| name.strip_suffix(ending)).map(str::to_owned).collect();
        names.sort();
        names
    }

    /// A table; one whose file is not ours (somebody wrote into it) is not there.
    pub fn table(&self, database: &str, name: &str) -> Option<Table> {
        let text = self.files.text(&self.path(database, name)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// # Errors
    /// The disk's words: it is full.
    pub fn save(&mut self, database: &str, name: &str, table: &Table) -> Result<(), String> {
        let text = serde_json::to_string(table).expect("a table is JSON");
        let (path, now) = (self.path(database, name), self.now);
        self.files.write(&path, text.as_bytes(), now).map_err(|fault| fault.to_string())
    }

    pub fn remove(&mut self, database: &str, name: &str) {
        let path = self.path(database, name);
        let _ = self.files.unlink(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(files: &mut Files, dialect: Dialect, text: &str) -> Result<Outcome, Refusal> {
        let mut store = Store { files, root: "/data".into(), now: Time::ZERO, dialect };
        execute(&mut store, Some("shop"), text, Server::default())
    }

    fn rows(outcome: Outcome) -> Vec<Vec<Value>> {
        outcome.table.expect("rows").1
    }

    #[test]
    fn what_is_inserted_is_found_changed_and_gone() {
        for dialect in [Dialect::Mysql, Dialect::Postgres] {
            let mut files = Files::new();
            let mut go = |text: &str| say(&mut files, dialect, text);
            go("create database shop").expect("a database");
            let serial =
                if dialect == Dialect::Mysql { "int auto_increment primary key" } else { "serial primary key" };
            go(&format!("CREATE TABLE fruit (id {serial}, name varchar(20) NOT NULL, price int DEFAULT 3)"))
                .expect("a table");
            assert_eq!(
                go("INSERT INTO fruit (name, price) VALUES ('apple', 2), ('pear', 4)").expect("rows").changed,
                2
            );
            go("insert into fruit (name) values ('it''s')").expect("a row");
            let found = rows(
                go("select id, name from fruit where price > 2 and name like '%e%' order by id desc").expect("rows"),
            );
            assert_eq!(found, vec![vec![Value::from(2), Value::from("pear")]]);
            assert_eq!(
                rows(go("SELECT count(*), sum(price), max(name) FROM fruit").expect("one"))[0][..2],
                [Value::from(3), Value::from(9)]
            );
            assert_eq!(go("update fruit set price = price * 10 where id = 3").expect("changed").changed, 1);
            assert_eq!(
                rows(go("select price from fruit where id in (3, 4)").expect("rows")),
                vec![vec![Value::from(30)]]
            );
            assert_eq!(go("delete from fruit where name = 'pear'").expect("gone").changed, 1);
            assert!(
                go("select * from nothing").is_err() && go("insert into fruit (id, name) values (1, 'x')").is_err()
            );
            assert!(go("insert into fruit (price) values (1)").is_err());
            go("drop table fruit").expect("gone");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_nothing_panics() {
        let mut files = Files::new();
        for text in [
            "",
            ";",
            "select",
            "selct 1",
            "select (",
            "insert into",
            "select 1 +",
            "create table t (",
            "alter table t add x int",
            "select 'x",
        ] {
            let result = say(&mut files, Dialect::Postgres, text);
            assert!(text.trim_matches(';').is_empty() || result.is_err(), "{text}: {result:?}");
        }
    }
}
