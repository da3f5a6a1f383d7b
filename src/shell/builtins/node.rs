//! node: switches the machine of a node off and on, as one does with the button on its case.

use crate::shell::command::{Command, Completion, Cx, Run, Spec, Typing};

pub struct Node;

static SPEC: Spec = Spec {
    name: "node",
    aliases: &[],
    summary: ["switch a node's machine off or on", "노드 컴퓨터의 전원을 끄고 켜요"],
    usage: "node stop|start NAME",
    examples: &["node stop node02", "node start node02"],
};

impl Command for Node {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let (on, name) = match (argv.get(1).map(String::as_str), argv.get(2)) {
            (Some("start"), Some(name)) => (true, name),
            (Some("stop"), Some(name)) => (false, name),
            _ => {
                cx.sys.err(&format!("usage: {}\n", SPEC.usage));
                return Run::Done(2);
            }
        };
        if !cx.world.power(name, on) {
            cx.sys.err(&format!("node: there is no machine named {name}\n"));
            return Run::Done(1);
        }
        Run::Done(0)
    }

    fn complete(&self, typing: &Typing<'_>) -> Vec<Completion> {
        match typing.words.len() {
            2 => ["start", "stop"].map(Completion::word).to_vec(),
            3 => typing.world.machines.nodes.keys().map(|n| Completion::word(n.to_string())).collect(),
            _ => vec![],
        }
    }
}
