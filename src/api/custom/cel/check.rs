//! Whether an expression fits the types of the schema: fields that do not exist, names that nobody declared, operators
//! that the types do not have.
//!
//! Models: `cel-go/checker`, `apiserver/pkg/cel/types.go`.
//! Left out: the cost estimate, overloads of every function (what a function here takes is judged when it runs), types of
//! map literals, the unique name of an object's type in a message.

use super::eval::FUNCTIONS;
use super::parse::{Each, Expr, Mistake, Node};
use super::value::{Val, unescape};
use crate::api::custom::schema::{Additional, Schema};

/// What is known of a value before it is there.
#[derive(Clone, Debug)]
pub enum Ty<'a> {
    Any,
    Null,
    Bool,
    Int,
    Double,
    Text,
    List(Box<Ty<'a>>),
    Map(Box<Ty<'a>>),
    Object(&'a Schema, bool),
    Optional(Box<Ty<'a>>),
}

impl<'a> Ty<'a> {
    /// The type of a schema; `root` adds what every object has.
    pub fn of(schema: &'a Schema, root: bool) -> Ty<'a> {
        if schema.int_or_string {
            return Ty::Any;
        }
        match schema.ty.as_str() {
            "boolean" => Ty::Bool,
            "integer" => Ty::Int,
            "number" => Ty::Double,
            "string" if ["date-time", "date", "datetime", "duration", "byte"].contains(&schema.format.as_str()) => {
                Ty::Any
            }
            "string" => Ty::Text,
            "array" => Ty::List(Box::new(schema.items.as_deref().map_or(Ty::Any, |items| Ty::of(items, false)))),
            "object" => match &schema.additional {
                Some(Additional::Schema(values)) => Ty::Map(Box::new(Ty::of(values, false))),
                Some(Additional::Allowed(_)) => Ty::Any,
                None => Ty::Object(schema, root || schema.embedded),
            },
            _ => Ty::Any,
        }
    }

    fn name(&self) -> String {
        match self {
            Ty::Any => "dyn".into(),
            Ty::Null => "null".into(),
            Ty::Bool => "bool".into(),
            Ty::Int => "int".into(),
            Ty::Double => "double".into(),
            Ty::Text => "string".into(),
            Ty::List(inner) => format!("list({})", inner.name()),
            Ty::Map(inner) => format!("map(string, {})", inner.name()),
            Ty::Object(..) => "object".into(),
            Ty::Optional(inner) => format!("optional_type({})", inner.name()),
        }
    }

    fn is_any(&self) -> bool {
        matches!(self, Ty::Any)
    }

    fn is_number(&self) -> bool {
        matches!(self, Ty::Int | Ty::Double | Ty::Any)
    }

    fn fits(&self, other: &Ty<'_>) -> bool {
        match (self, other) {
            (Ty::Any, _) | (_, Ty::Any) | (Ty::Null, _) | (_, Ty::Null) => true,
            (Ty::List(a), Ty::List(b)) | (Ty::Map(a), Ty::Map(b)) | (Ty::Optional(a), Ty::Optional(b)) => a.fits(b),
            (Ty::Object(..), Ty::Object(..)) | (Ty::Object(..), Ty::Map(_)) | (Ty::Map(_), Ty::Object(..)) => true,
            (a, b) => a.name() == b.name(),
        }
    }
}

/// Checks an expression; `old_optional` makes `oldSelf` optional.
///
/// # Errors
/// Everything that does not fit.
pub fn check<'a>(expr: &Expr, own: Ty<'a>, old_optional: bool) -> Result<Ty<'a>, Vec<Mistake>> {
    let old = if old_optional { Ty::Optional(Box::new(own.clone())) } else { own.clone() };
    let mut checker = Checker { names: vec![("self".into(), own), ("oldSelf".into(), old)], mistakes: vec![] };
    let ty = checker.of(expr);
    if checker.mistakes.is_empty() { Ok(ty) } else { Err(checker.mistakes) }
}

struct Checker<'a> {
    names: Vec<(String, Ty<'a>)>,
    mistakes: Vec<Mistake>,
}

impl<'a> Checker<'a> {
    fn wrong(&mut self, at: usize, words: String) -> Ty<'a> {
        self.mistakes.push(Mistake { at, words });
        Ty::Any
    }

    fn of(&mut self, expr: &Expr) -> Ty<'a> {
        match &expr.node {
            Node::Literal(value) => literal(value),
            Node::Name(name) => match self.names.iter().rev().find(|(known, _)| known == name) {
                Some((_, ty)) => ty.clone(),
                None if ["int", "string", "double", "bool", "list", "map", "type"].contains(&name.as_str()) => Ty::Any,
                None => self.wrong(expr.at, format!("undeclared reference to '{name}' (in container '')")),
            },
            Node::Field { base, name, optional } => {
                let base = self.of(base);
                let found = self.field(expr.at, base, name);
                if *optional { Ty::Optional(Box::new(found)) } else { found }
            }
            Node::Has { base, name } => {
                let base = self.of(base);
                self.field(expr.at, base, name);
                Ty::Bool
            }
            Node::List(items) => {
                let types: Vec<Ty<'a>> = items.iter().map(|item| self.of(item)).collect();
                let same = types.windows(2).all(|pair| pair[0].fits(&pair[1]));
                Ty::List(Box::new(types.into_iter().next().filter(|_| same).unwrap_or(Ty::Any)))
            }
            Node::Map(entries) => {
                for (key, value) in entries {
                    self.of(key);
                    self.of(value);
                }
                Ty::Map(Box::new(Ty::Any))
            }
            Node::Each { what, base, variable, filter, step } => {
                self.each(expr.at, *what, base, variable, filter.as_deref(), step)
            }
            Node::Call { target, name, args } => self.call(expr.at, target.as_deref(), name, args),
        }
    }

    fn field(&mut self, at: usize, base: Ty<'a>, name: &str) -> Ty<'a> {
        match base {
            Ty::Any => Ty::Any,
            Ty::Map(values) => *values,
            Ty::Optional(inner) => Ty::Optional(Box::new(self.field(at, *inner, name))),
            Ty::Object(schema, root) => {
                let field = unescape(name);
                match schema.properties.get(&field) {
                    Some(inner) if !(root && field == "metadata") => Ty::of(inner, false),
                    _ if root && ["apiVersion", "kind"].contains(&field.as_str()) => Ty::Text,
                    _ if root && field == "metadata" => Ty::Any,
                    _ => self.wrong(at, format!("undefined field '{name}'")),
                }
            }
            other => self.wrong(at, format!("type '{}' does not support field selection", other.name())),
        }
    }

    fn each(
        &mut self,
        at: usize,
        what: Each,
        base: &Expr,
        variable: &str,
        filter: Option<&Expr>,
        step: &Expr,
    ) -> Ty<'a> {
        let range = self.of(base);
        let item = match &range {
            Ty::List(inner) => (**inner).clone(),
            Ty::Map(_) | Ty::Object(..) => Ty::Text,
            Ty::Any => Ty::Any,
            other => {
                let words = format!(
                    "expression of type '{}' cannot be range of a comprehension (must be list, map, or dynamic)",
                    other.name()
                );
                self.wrong(base.at, words)
            }
        };
        self.names.push((variable.into(), item.clone()));
        let condition = |checker: &mut Self, expr: &Expr| {
            let ty = checker.of(expr);
            if !matches!(ty, Ty::Bool | Ty::Any) {
                checker.wrong(at, format!("found no matching overload for '_&&_' applied to '(bool, {})'", ty.name()));
            }
        };
        if let Some(filter) = filter {
            condition(self, filter);
        }
        let result = match what {
            Each::Map => Ty::List(Box::new(self.of(step))),
            _ => {
                condition(self, step);
                if what == Each::Filter { Ty::List(Box::new(item)) } else { Ty::Bool }
            }
        };
        self.names.pop();
        result
    }

    fn no_overload(&mut self, at: usize, name: &str, types: &[Ty<'a>]) -> Ty<'a> {
        let types: Vec<String> = types.iter().map(Ty::name).collect();
        self.wrong(at, format!("found no matching overload for '{name}' applied to '({})'", types.join(", ")))
    }

    fn call(&mut self, at: usize, target: Option<&Expr>, name: &str, args: &[Expr]) -> Ty<'a> {
        let of_target = target.map(|target| self.of(target));
        let types: Vec<Ty<'a>> = args.iter().map(|arg| self.of(arg)).collect();
        if let [left, right] = types.as_slice()
            && of_target.is_none()
            && let Some(result) = operator(name, left, right)
        {
            return result.unwrap_or_else(|| self.no_overload(at, name, &types));
        }
        match (name, types.as_slice()) {
            ("!_", [Ty::Bool | Ty::Any]) => return Ty::Bool,
            ("-_", [ty]) if ty.is_number() => return ty.clone(),
            ("_?_:_", [Ty::Bool | Ty::Any, yes, no]) if yes.fits(no) => {
                return if yes.is_any() { no.clone() } else { yes.clone() };
            }
            ("!_" | "-_" | "_?_:_", _) => return self.no_overload(at, name, &types),
            _ => {}
        }
        let Some((_, _, result)) =
            FUNCTIONS.iter().find(|(known, method, _)| *known == name && *method == target.is_some())
        else {
            return self.wrong(at, format!("undeclared reference to '{name}' (in container '')"));
        };
        if let Some(target) = &of_target
            && text_only(name)
            && !matches!(target, Ty::Text | Ty::Any)
        {
            let types: Vec<String> = types.iter().map(Ty::name).collect();
            let words = format!(
                "found no matching overload for '{name}' applied to '{}.({})'",
                target.name(),
                types.join(", ")
            );
            return self.wrong(at, words);
        }
        match *result {
            "bool" => Ty::Bool,
            "int" => Ty::Int,
            "string" => Ty::Text,
            "strings" => Ty::List(Box::new(Ty::Text)),
            "double" => Ty::Double,
            "inner" => match of_target {
                Some(Ty::Optional(inner)) => *inner,
                _ => Ty::Any,
            },
            _ => Ty::Any,
        }
    }
}

fn text_only(name: &str) -> bool {
    ["startsWith", "endsWith", "matches", "lowerAscii", "upperAscii", "trim", "split", "replace", "substring", "charAt"]
        .contains(&name)
}

/// `None`: no operator of two values; `Some(None)`: not for these types.
fn operator<'a>(name: &str, left: &Ty<'a>, right: &Ty<'a>) -> Option<Option<Ty<'a>>> {
    let both_numbers = left.is_number() && right.is_number();
    Some(match name {
        "_&&_" | "_||_" => {
            let fits = |ty: &Ty<'_>| matches!(ty, Ty::Bool | Ty::Any);
            (fits(left) && fits(right)).then_some(Ty::Bool)
        }
        "_==_" | "_!=_" => left.fits(right).then_some(Ty::Bool),
        "_<_" | "_<=_" | "_>_" | "_>=_" => {
            let ordered = |ty: &Ty<'_>| matches!(ty, Ty::Text | Ty::Bool | Ty::Any);
            let same = ordered(left) && ordered(right) && left.fits(right);
            (both_numbers || same).then_some(Ty::Bool)
        }
        "_+_" => match (left, right) {
            (Ty::Text, Ty::Text) => Some(Ty::Text),
            (Ty::List(a), Ty::List(b)) if a.fits(b) => Some(left.clone()),
            (Ty::Any, _) | (_, Ty::Any) => Some(Ty::Any),
            _ => (both_numbers && left.fits(right)).then(|| left.clone()),
        },
        "_-_" | "_*_" | "_/_" => {
            (both_numbers && left.fits(right)).then(|| if left.is_any() { right.clone() } else { left.clone() })
        }
        "_%_" => (both_numbers && left.fits(right) && !matches!(left, Ty::Double)).then_some(Ty::Int),
        "@in" => match right {
            Ty::List(inner) if inner.fits(left) => Some(Ty::Bool),
            Ty::Map(_) if matches!(left, Ty::Text | Ty::Any) => Some(Ty::Bool),
            Ty::Any => Some(Ty::Bool),
            _ => None,
        },
        "_[_]" => match (left, right) {
            (Ty::List(inner), Ty::Int | Ty::Any) => Some((**inner).clone()),
            (Ty::Map(values), Ty::Text | Ty::Any) => Some((**values).clone()),
            (Ty::Any, _) => Some(Ty::Any),
            _ => None,
        },
        _ => return None,
    })
}

fn literal<'a>(value: &Val) -> Ty<'a> {
    match value {
        Val::Null => Ty::Null,
        Val::Bool(_) => Ty::Bool,
        Val::Int(_) => Ty::Int,
        Val::Double(_) => Ty::Double,
        Val::Text(_) => Ty::Text,
        Val::List(_) => Ty::List(Box::new(Ty::Any)),
        Val::Map(_) => Ty::Map(Box::new(Ty::Any)),
        Val::Optional(_) => Ty::Optional(Box::new(Ty::Any)),
    }
}
