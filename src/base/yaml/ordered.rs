//! A tree whose maps keep an order of their own, for writers: a struct of Go is written as it was declared, a map sorted.
//!
//! Models: encoding/json on structs.

use serde_json::Value;

/// What a writer writes.
#[derive(Clone, Debug)]
pub enum Ordered<'a> {
    /// As it is, keys sorted.
    Plain(&'a Value),
    List(Vec<Ordered<'a>>),
    Map(Vec<(&'a str, Ordered<'a>)>),
}

/// What kind of node it is, for brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form<'a> {
    Leaf(&'a Value),
    List(usize),
    Map(usize),
}

impl<'a> Ordered<'a> {
    pub(super) fn form(&self) -> Form<'a> {
        match self {
            Ordered::Plain(Value::Array(items)) => Form::List(items.len()),
            Ordered::Plain(Value::Object(map)) => Form::Map(map.len()),
            Ordered::Plain(value) => Form::Leaf(value),
            Ordered::List(items) => Form::List(items.len()),
            Ordered::Map(entries) => Form::Map(entries.len()),
        }
    }

    /// Visits what is inside: number, key (empty in a list) and value.
    pub(super) fn each(&self, visit: &mut dyn FnMut(usize, &str, &Ordered<'_>)) {
        match self {
            Ordered::Plain(Value::Array(items)) => {
                items.iter().enumerate().for_each(|(n, item)| visit(n, "", &Ordered::Plain(item)));
            }
            Ordered::Plain(Value::Object(map)) => {
                map.iter().enumerate().for_each(|(n, (key, item))| visit(n, key, &Ordered::Plain(item)));
            }
            Ordered::Plain(_) => {}
            Ordered::List(items) => items.iter().enumerate().for_each(|(n, item)| visit(n, "", item)),
            Ordered::Map(entries) => entries.iter().enumerate().for_each(|(n, (key, item))| visit(n, key, item)),
        }
    }
}
