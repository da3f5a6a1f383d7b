//! What psql's backslash commands show: databases, tables, the columns of one.
//!
//! Models: `src/bin/psql/describe.c`.

use super::{Column, Outcome, Store, Table};
use serde_json::Value;

/// Answers `\l`, `\dt` and `\d NAME`; the tag is the title, and what stands below the table after a line break.
pub fn answer(store: &Store<'_>, database: &str, owner: &str, text: &str) -> Option<Outcome> {
    let (word, name) = text.split_once(' ').unwrap_or((text, ""));
    let cells = |cells: &[&str]| cells.iter().map(|cell| Value::from(*cell)).collect::<Vec<_>>();
    let heads = |heads: &[&str]| heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>();
    let outcome = |title: String, table| Some(Outcome { tag: title, table: Some(table), ..Outcome::default() });
    match word {
        "\\l" => {
            let rows = store.databases().into_iter().map(|name| {
                let rights = if name.starts_with("template") {
                    format!("=c/{owner}\n{owner}=CTc/{owner}")
                } else {
                    String::new()
                };
                cells(&[&name, owner, "UTF8", "libc", "en_US.utf8", "en_US.utf8", "", "", &rights])
            });
            let columns = heads(&[
                "Name",
                "Owner",
                "Encoding",
                "Locale Provider",
                "Collate",
                "Ctype",
                "Locale",
                "ICU Rules",
                "Access privileges",
            ]);
            outcome("List of databases".into(), (columns, rows.collect()))
        }
        "\\dt" => {
            let rows = store.tables(database).into_iter().map(|name| cells(&["public", &name, "table", owner]));
            outcome("List of relations".into(), (heads(&["Schema", "Name", "Type", "Owner"]), rows.collect()))
        }
        "\\d" => {
            let table = store.table(database, name)?;
            let rows = table.columns.iter().map(|column| {
                cells(&[
                    &column.name,
                    &type_of(column),
                    "",
                    if column.not_null { "not null" } else { "" },
                    &default_of(name, column),
                ])
            });
            let columns = heads(&["Column", "Type", "Collation", "Nullable", "Default"]);
            outcome(format!("Table \"public.{name}\"{}", indexes(name, &table)), (columns, rows.collect()))
        }
        _ => None,
    }
}

fn type_of(column: &Column) -> String {
    let (name, rest) = column
        .declared
        .split_once('(')
        .map_or((column.declared.as_str(), String::new()), |(name, rest)| (name, format!("({rest}")));
    let full = match name.trim() {
        "int" | "serial" => "integer",
        "bigserial" => "bigint",
        "smallserial" => "smallint",
        "varchar" => "character varying",
        "char" => "character",
        "bool" => "boolean",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "decimal" => "numeric",
        other => other,
    };
    format!("{full}{rest}")
}

fn default_of(table: &str, column: &Column) -> String {
    match &column.default {
        _ if column.counts => format!("nextval('{table}_{}_seq'::regclass)", column.name),
        Some(text) if text.starts_with('\'') => {
            format!("{text}::{}", type_of(column).split('(').next().unwrap_or("text"))
        }
        Some(text) => text.clone(),
        None => String::new(),
    }
}

fn indexes(name: &str, table: &Table) -> String {
    let of = |column: &Column| match (column.primary, column.unique) {
        (true, _) => Some(format!("\n    \"{name}_pkey\" PRIMARY KEY, btree ({})", column.name)),
        (_, true) => Some(format!("\n    \"{name}_{0}_key\" UNIQUE CONSTRAINT, btree ({0})", column.name)),
        _ => None,
    };
    let all: String = table.columns.iter().filter_map(of).collect();
    if all.is_empty() { String::new() } else { format!("\nIndexes:{all}") }
}
