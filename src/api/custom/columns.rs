//! `additionalPrinterColumns`: the columns of `kubectl get` for a custom resource.
//!
//! Models: `apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go`.
//! Left out: nothing.

use crate::api::kind::age;
use crate::api::object::Object;
use crate::api::show::cell::since_exact;
use crate::base::jsonpath::{Template, print};
use crate::base::yaml::go_text;
use crate::time::Time;
use serde_json::Value;

/// One column.
#[derive(Debug)]
pub struct Cell {
    pub title: String,
    /// Only with `-o wide`: a priority other than 0.
    pub wide: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    Name,
    Age,
    Path { template: Option<Template>, ty: String },
}

/// The columns of a version: the name, then its own, or the age if it has none.
pub fn of(version: &Value) -> Vec<Cell> {
    let mut cells = vec![Cell { title: "Name".into(), wide: false, what: What::Name }];
    let own = version.get("additionalPrinterColumns").and_then(Value::as_array).filter(|own| !own.is_empty());
    let Some(own) = own else {
        cells.push(Cell { title: "Age".into(), wide: false, what: What::Age });
        return cells;
    };
    for column in own {
        let text = |name: &str| column.get(name).and_then(Value::as_str).unwrap_or("");
        let path = text("jsonPath");
        let what = match (path, text("type")) {
            (".metadata.creationTimestamp", "date") => What::Age,
            (path, ty) => What::Path { template: Template::parse(&format!("{{{path}}}")).ok(), ty: ty.into() },
        };
        let wide = column.get("priority").and_then(Value::as_i64).unwrap_or(0) != 0;
        cells.push(Cell { title: text("name").into(), wide, what });
    }
    cells
}

impl Cell {
    pub fn text(&self, object: &Object, now: Time) -> String {
        match &self.what {
            What::Name => object.name().into(),
            What::Age => age(object, now),
            What::Path { template: None, .. } => String::new(),
            What::Path { template: Some(template), ty } => {
                let tree = object.to_value();
                let Ok(found) = template.find(&tree) else { return String::new() };
                let Some(value) = found.into_iter().next() else { return String::new() };
                match (ty.as_str(), &*value) {
                    (_, Value::Null) if ty != "string" => String::new(),
                    ("string", _) => print(&[value]),
                    ("integer", Value::Number(n)) => match n.as_i64() {
                        Some(n) => n.to_string(),
                        None => crate::base::decimal::Decimal::of(n).truncated().to_string(),
                    },
                    ("number", Value::Number(_)) => go_text(&value),
                    ("boolean", Value::Bool(yes)) => yes.to_string(),
                    ("date", Value::String(text)) => match text.parse() {
                        Ok(moment) => since_exact(moment, now),
                        Err(_) => "<invalid>".into(),
                    },
                    _ => String::new(),
                }
            }
        }
    }
}
