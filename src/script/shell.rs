//! What one shell knows: variables, functions, options, directory. Cloned by every subshell, shared until written.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::files::join;
use super::host::Signal;
use super::lang::ast::Stage;

/// Whose words the shell speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    #[default]
    Bash,
    /// busybox ash, as in small images.
    Ash,
    /// Debian's /bin/sh.
    Dash,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Var {
    pub text: Rc<str>,
    /// All elements, if it is an array; `text` is the first.
    pub many: Option<Rc<Vec<String>>>,
    pub exported: bool,
    pub read_only: bool,
    /// Declared, but without a value.
    pub unset: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub errexit: bool,
    pub nounset: bool,
    pub xtrace: bool,
    pub noglob: bool,
    pub pipefail: bool,
    pub allexport: bool,
    pub noclobber: bool,
}

/// A command in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Background {
    pub number: u32,
    pub pid: u32,
    pub text: Rc<str>,
}

type Locals = Vec<(Rc<str>, Option<Var>)>;

#[derive(Clone, Debug, Default)]
pub struct Shell {
    pub dialect: Dialect,
    /// A person types at it: prompts, history, errors without a line number.
    pub interactive: bool,
    pub cwd: String,
    pub old_cwd: Option<String>,
    pub vars: Rc<BTreeMap<Rc<str>, Var>>,
    pub functions: Rc<BTreeMap<Rc<str>, Rc<Stage>>>,
    pub aliases: Rc<BTreeMap<String, String>>,
    /// `$0`
    pub name: Rc<str>,
    /// `$1 ...`
    pub params: Rc<Vec<String>>,
    /// `$?`
    pub status: i32,
    /// `$!`
    pub last_background: Option<u32>,
    /// `$$`
    pub pid: u32,
    pub options: Options,
    pub traps: Rc<BTreeMap<String, String>>,
    pub background: Vec<Background>,
    pub history: Rc<Vec<String>>,
    /// One list per function call: what to put back.
    pub locals: Vec<Locals>,
    /// The state of `$RANDOM`.
    pub random: u32,
    /// Line of the command that runs.
    pub line: u32,
    /// Set in a condition's subshell: `set -e` does not apply.
    pub lenient: bool,
    pub user: Rc<str>,
    pub hostname: Rc<str>,
}

impl Shell {
    pub fn new(dialect: Dialect, name: &str, cwd: &str, env: &[(String, String)]) -> Shell {
        let mut shell = Shell {
            dialect,
            cwd: cwd.to_owned(),
            name: name.into(),
            random: 12345,
            line: 1,
            user: "root".into(),
            hostname: "localhost".into(),
            ..Shell::default()
        };
        for (name, value) in env {
            shell.export(name, value);
        }
        shell.set("PWD", cwd);
        shell.set("IFS", " \t\n");
        shell.set("OPTIND", "1");
        shell
    }

    /// The value of a variable, if it is set.
    pub fn get(&self, name: &str) -> Option<Rc<str>> {
        self.vars.get(name).filter(|v| !v.unset).map(|v| v.text.clone())
    }

    /// Sets a variable; false if it is read-only.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let all = self.options.allexport;
        let var = Rc::make_mut(&mut self.vars).entry(name.into()).or_default();
        if var.read_only {
            return false;
        }
        var.text = value.into();
        var.many = None;
        var.unset = false;
        var.exported |= all;
        true
    }

    pub fn set_many(&mut self, name: &str, values: Vec<String>) -> bool {
        let var = Rc::make_mut(&mut self.vars).entry(name.into()).or_default();
        if var.read_only {
            return false;
        }
        var.text = values.first().map(String::as_str).unwrap_or("").into();
        var.unset = false;
        var.many = Some(Rc::new(values));
        true
    }

    pub fn export(&mut self, name: &str, value: &str) {
        self.set(name, value);
        self.mark(name, true);
    }

    /// Exported or not; the variable is declared if need be.
    pub fn mark(&mut self, name: &str, exported: bool) {
        let fresh = Var { unset: true, ..Var::default() };
        Rc::make_mut(&mut self.vars).entry(name.into()).or_insert(fresh).exported = exported;
    }

    pub fn unset(&mut self, name: &str) -> bool {
        if self.vars.get(name).is_some_and(|v| v.read_only) {
            return false;
        }
        Rc::make_mut(&mut self.vars).remove(name);
        true
    }

    pub fn put_back(&mut self, name: &Rc<str>, var: Option<Var>) {
        let vars = Rc::make_mut(&mut self.vars);
        match var {
            Some(var) => vars.insert(name.clone(), var),
            None => vars.remove(name),
        };
    }

    /// The exported variables, as a program gets them.
    pub fn env(&self) -> Vec<(String, String)> {
        let visible = self.vars.iter().filter(|(_, v)| v.exported && !v.unset);
        visible.map(|(n, v)| (n.to_string(), v.text.to_string())).collect()
    }

    /// A path as seen from the current directory.
    pub fn resolve(&self, path: &str) -> String {
        join(&self.cwd, path)
    }

    pub fn trap(&self, signal: Signal) -> Option<&str> {
        self.traps.get(signal.name()).map(String::as_str)
    }

    /// A copy for a subshell: traps are gone, nobody types at it.
    pub fn fork(&self) -> Shell {
        let mut shell = self.clone();
        shell.interactive = false;
        shell.background.clear();
        let ignored: BTreeMap<String, String> =
            shell.traps.iter().filter(|(_, text)| text.is_empty()).map(|(n, t)| (n.clone(), t.clone())).collect();
        shell.traps = Rc::new(ignored);
        shell
    }

    /// The next `$RANDOM`, 0 to 32767.
    pub fn next_random(&mut self) -> u32 {
        self.random = self.random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.random >> 16) & 0x7fff
    }

    /// What stands before an error of the shell itself.
    pub fn prefix(&self) -> String {
        match self.dialect {
            Dialect::Bash if self.interactive => "bash: ".to_owned(),
            Dialect::Bash => format!("{}: line {}: ", self.name, self.line),
            Dialect::Ash if self.interactive => "sh: ".to_owned(),
            Dialect::Ash => format!("{}: ", self.name),
            Dialect::Dash => format!("{}: {}: ", self.name, self.line),
        }
    }
}
