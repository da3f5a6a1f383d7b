//! nano, vi, vim, edit: opens a file in the editor of the page.

use crate::script::host::Want;
use crate::shell::command::{Command, Cx, Run, Spec};

pub struct Edit;

static SPEC: Spec = Spec {
    name: "nano",
    aliases: &["vi", "vim", "edit", "code"],
    summary: ["open a file in the editor", "파일을 편집기에서 열어요"],
    usage: "nano FILE",
    examples: &["nano web.yaml"],
};

impl Command for Edit {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let name = argv[0].as_str();
        let Some(file) = argv[1..].iter().find(|a| !a.starts_with(['-', '+'])) else {
            cx.sys.err(&format!("{name}: which file? For example: {name} web.yaml\n"));
            return Run::Done(1);
        };
        let path = cx.sys.resolve(file);
        if cx.sys.files.is_dir(&path) {
            cx.sys.err(&format!("{name}: {file} is a directory\n"));
            return Run::Done(1);
        }
        cx.sys.ask(Want::Edit { path });
        if !cx.sys.is_tty(1) {
            cx.sys.out(&format!("{name}: {file} opens in the editor of the page; here is no editor.\n"));
        }
        Run::Done(0)
    }
}
