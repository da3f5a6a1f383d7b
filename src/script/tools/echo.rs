//! echo: its arguments. `-n` without a line end, `-e` with escapes.

use crate::script::escape::unescape;
use crate::script::shell::Dialect;
use crate::script::sys::Sys;

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> i32 {
    let mut args = &argv[1..];
    let (mut newline, mut escapes) = (true, sys.shell.dialect == Dialect::Dash);
    while let Some(first) = args.first() {
        let flags = first.strip_prefix('-').unwrap_or("");
        let known =
            if sys.shell.dialect == Dialect::Dash { flags == "n" } else { flags.chars().all(|c| "neE".contains(c)) };
        if flags.is_empty() || !known {
            break;
        }
        for flag in flags.chars() {
            match flag {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        args = &args[1..];
    }
    let mut text = args.join(" ");
    if escapes {
        let (done, stop) = unescape(&text, true);
        text = done;
        newline &= !stop;
    }
    if newline {
        text.push('\n');
    }
    sys.out(&text);
    0
}
