//! Everyday programs: what GNU coreutils and their neighbours do, with their words.

pub mod args;
mod awk;
pub mod base64;
mod cat;
mod cp;
mod cut;
mod date;
mod dd;
pub mod df;
mod diff;
pub mod echo;
mod env;
mod find;
mod grep;
mod head;
mod jq;
mod ls;
mod mkdir;
mod net;
mod openssl;
mod pour;
pub mod printf;
mod rm;
mod sed;
pub mod sleep;
mod small;
mod sort;
pub mod stream;
pub mod sum;
mod tail;
mod tee;
mod touch;
mod tr;
mod uniq;
mod watch;
mod wc;
pub mod which;
mod xargs;

use super::host::Launch;
use super::sys::Sys;

/// Starts a tool: `argv[0]` is its name.
pub type Tool = fn(&[String], &mut Sys<'_>) -> Launch;

/// Every tool, sorted by name.
pub const ALL: &[(&str, Tool)] = &[
    ("[", small::truth),
    ("arch", small::who),
    ("awk", awk::run),
    ("base64", base64::run),
    ("basename", small::basename),
    ("cat", cat::run),
    ("chgrp", touch::chown),
    ("chmod", touch::chmod),
    ("chown", touch::chown),
    ("cp", cp::run),
    ("curl", net::curl),
    ("cut", cut::run),
    ("date", date::run),
    ("dd", dd::run),
    ("df", df::df),
    ("diff", diff::run),
    ("dig", net::nslookup),
    ("dirname", small::basename),
    ("du", touch::du),
    ("echo", small::truth),
    ("egrep", grep::run),
    ("env", env::run),
    ("expr", small::expr),
    ("fallocate", dd::fallocate),
    ("false", small::truth),
    ("fgrep", grep::run),
    ("find", find::run),
    ("free", df::free),
    ("getent", net::nslookup),
    ("grep", grep::run),
    ("head", head::run),
    ("host", net::nslookup),
    ("hostname", small::who),
    ("id", small::who),
    ("jq", jq::run),
    ("less", cat::run),
    ("ln", touch::ln),
    ("ls", ls::run),
    ("md5sum", sum::run),
    ("mkdir", mkdir::run),
    ("mktemp", touch::mktemp),
    ("more", cat::run),
    ("mv", cp::run),
    ("nc", net::nc),
    ("nice", env::timeout),
    ("nl", small::turn),
    ("nohup", env::timeout),
    ("nproc", small::who),
    ("nslookup", net::nslookup),
    ("openssl", openssl::run),
    ("ping", net::ping),
    ("printenv", env::printenv),
    ("printf", small::truth),
    ("ps", small::ps),
    ("pwd", small::truth),
    ("readlink", touch::readlink),
    ("realpath", touch::readlink),
    ("rev", small::turn),
    ("rm", rm::run),
    ("rmdir", mkdir::run),
    ("sed", sed::run),
    ("seq", small::seq),
    ("sha256sum", sum::run),
    ("sleep", sleep::run),
    ("sort", sort::run),
    ("stat", touch::stat),
    ("sync", small::truth),
    ("tac", small::turn),
    ("tail", tail::run),
    ("tee", tee::run),
    ("test", small::truth),
    ("timeout", env::timeout),
    ("touch", touch::run),
    ("tr", tr::run),
    ("true", small::truth),
    ("truncate", dd::truncate),
    ("tty", small::who),
    ("uname", small::who),
    ("uniq", uniq::run),
    ("watch", watch::run),
    ("wc", wc::run),
    ("wget", net::wget),
    ("which", which::run),
    ("whoami", small::who),
    ("xargs", xargs::run),
    ("yes", small::yes),
];

/// The tool of this name.
pub fn find(name: &str) -> Option<Tool> {
    ALL.binary_search_by(|(n, _)| (*n).cmp(name)).ok().map(|i| ALL[i].1)
}

/// Whether it is the name of a tool or of a shell.
pub fn knows(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "kill") || find(name).is_some()
}

/// Starts a tool, if there is one of this name.
pub fn launch(argv: &[String], sys: &mut Sys<'_>) -> Option<Launch> {
    let name = argv.first()?;
    find(name).map(|tool| tool(argv, sys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(ALL.is_sorted_by(|a, b| a.0 < b.0));
    }
}
