//! `-o`: one object or a list as YAML, JSON, names, JSONPath, columns; tables are `get`'s.
//!
//! Models: `cli-runtime/pkg/printers`.

use super::{Args, Cx, Failure};
use crate::api::Object;

/// How the result of a verb is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// No `-o`: the verb's own words or table.
    Own,
    Wide,
    Name,
    Yaml,
    Json,
}

impl Format {
    /// Reads `-o` and `--template`.
    ///
    /// # Errors
    /// `error: unable to match a printer suitable for the output format "x", allowed formats are: ...`.
    pub fn of(args: &Args, allowed: &str) -> Result<Format, Failure> {
        Ok(match args.text("output") {
            "" => Format::Own,
            "wide" => Format::Wide,
            "name" => Format::Name,
            "yaml" => Format::Yaml,
            "json" => Format::Json,
            other => {
                return Err(Failure::error(format!(
                    "unable to match a printer suitable for the output format \"{other}\", allowed formats are: {allowed}"
                )));
            }
        })
    }
}

/// Prints the object of a writing verb: by `-o`, or `kind/name done`.
pub fn print(object: &Object, done: &str, format: &Format, cx: &mut Cx<'_>) {
    let names = object.kind.names();
    match format {
        Format::Own | Format::Wide => cx.line(format_args!("{}/{} {done}", names.qualified(), object.name())),
        Format::Name => cx.line(format_args!("{}/{}", names.qualified(), object.name())),
        Format::Yaml => {
            let text = serde_yaml::to_string(&object.to_value()).unwrap_or_default();
            cx.out(text);
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&object.to_value()).unwrap_or_default();
            cx.line(text);
        }
    }
}
