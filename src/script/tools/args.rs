//! Flags of the tools, with the words of GNU getopt when they are wrong.

use lexopt::{Arg, Parser};

use crate::script::sys::Sys;

/// What a command line was read into.
pub struct Args {
    name: String,
    parser: Parser,
}

/// A flag or an operand.
pub enum Item {
    Short(char),
    Long(String),
    Operand(String),
}

impl Args {
    pub fn new(argv: &[String]) -> Args {
        Args { name: argv[0].clone(), parser: Parser::from_args(argv[1..].iter().cloned()) }
    }

    /// The next flag or operand; Err is the whole message.
    pub fn next(&mut self) -> Result<Option<Item>, String> {
        match self.parser.next() {
            Ok(None) => Ok(None),
            Ok(Some(Arg::Short(c))) => Ok(Some(Item::Short(c))),
            Ok(Some(Arg::Long(l))) => Ok(Some(Item::Long(l.to_owned()))),
            Ok(Some(Arg::Value(v))) => Ok(Some(Item::Operand(v.to_string_lossy().into_owned()))),
            Err(_) => Err(self.bad("bad argument")),
        }
    }

    /// The value of the flag that was read last.
    pub fn value(&mut self, flag: &str) -> Result<String, String> {
        match self.parser.value() {
            Ok(v) => Ok(v.to_string_lossy().into_owned()),
            Err(_) if flag.starts_with("--") => Err(self.bad(&format!("option '{flag}' requires an argument"))),
            Err(_) => Err(self.bad(&format!("option requires an argument -- '{}'", flag.trim_start_matches('-')))),
        }
    }

    /// The value of the flag that was read last, if one is glued to it.
    pub fn glued(&mut self) -> Option<String> {
        self.parser.optional_value().map(|v| v.to_string_lossy().into_owned())
    }

    /// All that is left, as it stands.
    pub fn rest(&mut self) -> Vec<String> {
        match self.parser.raw_args() {
            Ok(raw) => raw.map(|v| v.to_string_lossy().into_owned()).collect(),
            Err(_) => vec![],
        }
    }

    /// A flag that the tool does not have.
    pub fn unknown(&self, item: &Item) -> String {
        match item {
            Item::Short(c) => self.bad(&format!("invalid option -- '{c}'")),
            Item::Long(l) => self.bad(&format!("unrecognized option '--{l}'")),
            Item::Operand(o) => self.bad(&format!("extra operand '{o}'")),
        }
    }

    /// A complaint with the pointer to `--help` that GNU tools print.
    pub fn bad(&self, what: &str) -> String {
        format!("{0}: {what}\nTry '{0} --help' for more information.", self.name)
    }
}

/// Prints a message on standard error and returns the code.
pub fn fail(sys: &mut Sys<'_>, code: i32, message: &str) -> i32 {
    sys.err(message);
    sys.err("\n");
    code
}

/// Whether busybox speaks here, which words its errors in its own way.
pub fn busybox(sys: &Sys<'_>) -> bool {
    sys.shell.dialect == crate::script::shell::Dialect::Ash
}
