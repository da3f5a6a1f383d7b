//! help: the commands there are, short and kind, in the learner's language (`LANG=ko...`).

use crate::script::sys::{Style, Sys};
use crate::script::tools;
use crate::shell::command::{Command, Cx, Run, Spec};

pub struct Help;

static SPEC: Spec = Spec {
    name: "help",
    aliases: &["man"],
    summary: ["this list; help COMMAND says more", "이 목록이에요. help 명령은 더 자세히 알려줘요"],
    usage: "help [COMMAND]",
    examples: &["help kubectl"],
};

impl Command for Help {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let korean = cx.sys.shell.get("LANG").is_some_and(|l| l.starts_with("ko"));
        let lang = usize::from(korean);
        match argv.get(1) {
            None => list(cx.sys, lang),
            Some(name) => return Run::Done(one(cx.sys, name, lang)),
        }
        Run::Done(0)
    }
}

fn list(sys: &mut Sys<'_>, lang: usize) {
    let words = [
        ["A terminal beside a Kubernetes cluster. Try: kubectl get nodes", "Commands", "Files and text", "The shell"],
        ["쿠버네티스 클러스터 옆에 놓인 터미널이에요. 해 보세요: kubectl get nodes", "명령", "파일과 글", "셸"],
    ][lang];
    sys.out(&format!("{}\n\n", words[0]));
    sys.paint(&format!("{}\n", words[1]), Style::Strong, None);
    for command in super::ALL {
        let spec = command.spec();
        sys.out(&format!("  {:<10} {}\n", spec.name, spec.summary[lang]));
    }
    sys.paint(&format!("\n{}\n", words[2]), Style::Strong, None);
    let names: Vec<&str> =
        ["cd", "echo", "printf", "pwd"].into_iter().chain(tools::ALL.iter().map(|(n, _)| *n)).collect();
    let mut line = String::from(" ");
    for name in names {
        if line.len() + name.len() > 72 {
            sys.out(&format!("{line}\n"));
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(name);
    }
    sys.out(&format!("{line}\n"));
    sys.paint(&format!("\n{}\n", words[3]), Style::Strong, None);
    let shell = [
        "  a | b   a && b   a > file   $(a)   for x in 1 2 3; do ...; done\n  Tab completes, Ctrl-C stops, the arrow keys bring earlier lines back.\n",
        "  a | b   a && b   a > file   $(a)   for x in 1 2 3; do ...; done\n  Tab은 이어서 채워 주고, Ctrl-C는 멈추고, 화살표 키는 앞서 쓴 줄을 다시 불러와요.\n",
    ][lang];
    sys.out(shell);
}

fn one(sys: &mut Sys<'_>, name: &str, lang: usize) -> i32 {
    if let Some(command) = super::find(name) {
        let spec = command.spec();
        let heads = [["usage", "for example"], ["쓰는 법", "예를 들면"]][lang];
        sys.out(&format!("{}: {}\n{}: {}\n", name, spec.summary[lang], heads[0], spec.usage));
        for (i, example) in spec.examples.iter().enumerate() {
            let head = if i == 0 { format!("{}: ", heads[1]) } else { " ".repeat(heads[1].chars().count() + 2) };
            sys.out(&format!("{head}{example}\n"));
        }
        return 0;
    }
    if tools::knows(name) || crate::script::run_names().contains(&name) {
        let text = [
            format!("{name} works here as on any Linux machine.\n"),
            format!("{name} 명령은 여느 리눅스 컴퓨터에서와 똑같이 쓸 수 있어요.\n"),
        ];
        sys.out(&text[lang]);
        return 0;
    }
    sys.err(&format!("bash: help: no help topics match `{name}'.  Try `help' to see what there is.\n"));
    1
}
