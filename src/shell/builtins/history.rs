//! history: the lines typed so far. `history N` shows the last N, `-c` forgets them.

use std::rc::Rc;

use crate::shell::command::{Command, Cx, Run, Spec};

pub struct History;

static SPEC: Spec = Spec {
    name: "history",
    aliases: &[],
    summary: ["the lines you have typed", "지금까지 입력한 줄을 보여줘요"],
    usage: "history [-c] [n]",
    examples: &["history 5", "!!"],
};

impl Command for History {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let lines = cx.sys.shell.history.clone();
        let last = match argv.get(1).map(String::as_str) {
            None => lines.len(),
            Some("-c") => {
                cx.sys.shell.history = Rc::default();
                return Run::Done(0);
            }
            Some(text) => match text.parse::<usize>() {
                Ok(n) => n,
                Err(_) => {
                    let line = format!("{}history: {text}: numeric argument required\n", cx.sys.shell.prefix());
                    cx.sys.err(&line);
                    return Run::Done(1);
                }
            },
        };
        let skip = lines.len().saturating_sub(last);
        for (i, line) in lines.iter().enumerate().skip(skip) {
            cx.sys.out(&format!("{:5}  {line}\n", i + 1));
        }
        Run::Done(0)
    }
}
