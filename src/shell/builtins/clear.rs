//! clear: an empty terminal.

use crate::script::sys::Style;
use crate::shell::command::{Command, Cx, Run, Spec};

pub struct Clear;

static SPEC: Spec = Spec {
    name: "clear",
    aliases: &["reset"],
    summary: ["empty the terminal", "터미널을 비워요"],
    usage: "clear",
    examples: &["clear"],
};

impl Command for Clear {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, _argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        if cx.sys.is_tty(1) {
            cx.sys.paint("", Style::Clear, None);
        } else {
            cx.sys.out("\x1b[H\x1b[2J\x1b[3J");
        }
        Run::Done(0)
    }
}
