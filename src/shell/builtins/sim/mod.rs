//! sim: makes things go wrong in the cluster, and mends them.
//!
//! The language stands in `world/faults/words.rs`; here are the list of it, completion, and what is said afterwards.
//! Left out: `sim incident`, scenes, clouds.

mod complete;
mod list;
mod load;
pub mod menu;

use crate::shell::command::{Command, Completion, Cx, Run, Spec, Typing};
use crate::world::faults::Fault;
use crate::world::faults::words::{self, Order};

pub struct Sim;

static SPEC: Spec = Spec {
    name: "sim",
    aliases: &[],
    summary: [
        "make things go wrong, and mend them; sim alone lists what",
        "고장을 내고 고쳐요. sim만 치면 목록이 나와요",
    ],
    usage: "sim [VERB TARGET [AMOUNT]] [-n NAMESPACE] [-c CONTAINER]",
    examples: &[
        "sim fail node node02",
        "sim recover node node02",
        "sim partition node node02",
        "sim stop kube-scheduler",
        "sim crash deployment/web",
        "sim registry down",
        "sim clock +1h",
        "sim load svc/web 50",
        "sim reset",
    ],
};

impl Command for Sim {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let korean = cx.sys.shell.get("LANG").is_some_and(|l| l.starts_with("ko"));
        let rest = &argv[1..];
        match rest.first().map(String::as_str) {
            None | Some("list" | "status" | "help" | "-h" | "--help") => {
                list::show(cx, korean);
                return Run::Done(0);
            }
            Some("load") => return load::run(&argv.join(" "), &rest[1..], cx, korean),
            _ => {}
        }
        let order = match words::parse(rest, cx.world) {
            Ok(order) => order,
            Err(why) => {
                cx.sys.err(&format!("sim: {why}\n"));
                return Run::Done(1);
            }
        };
        let cause = cx.world.command(&argv.join(" "));
        let (faults, on) = match order {
            Order::AddNode => {
                let name = cx.world.add_machine(cause);
                let text = [format!("{name} joins the cluster."), format!("{name}: 클러스터에 들어와요.")];
                cx.sys.out(&format!("{}\n", text[usize::from(korean)]));
                return Run::Done(0);
            }
            Order::RemoveNode(name) => {
                if !cx.world.remove_machine(&name) {
                    cx.sys.err(&format!("sim: {name} is not a worker\n"));
                    return Run::Done(1);
                }
                let text = [
                    format!("The machine of {name} is gone for good; its Node object is still there."),
                    format!("{name}: 컴퓨터가 아주 사라졌어요. Node 오브젝트는 아직 남아 있어요."),
                ];
                cx.sys.out(&format!("{}\n", text[usize::from(korean)]));
                return Run::Done(0);
            }
            Order::Do(faults) => (faults, true),
            Order::Undo(faults) => (faults, false),
            Order::Reset => (cx.world.faults(), false),
        };
        let mut changed = false;
        if rest.first().is_some_and(|word| word == "reset") {
            changed = load::off(cx, cause);
        }
        for fault in &faults {
            let done = if on { cx.world.fault(fault, cause) } else { cx.world.mend(fault, cause) };
            changed |= done;
            if done {
                say(cx, fault, on, korean);
            }
        }
        if !changed {
            let text =
                ["nothing to change: it is so already", "이미 그런 상태라서 바뀐 것이 없어요"][usize::from(korean)];
            cx.sys.err(&format!("sim: {text}\n"));
        }
        Run::Done(0)
    }

    fn complete(&self, typing: &Typing<'_>) -> Vec<Completion> {
        complete::of(typing)
    }
}

/// One line about what was done, and how to undo it.
fn say(cx: &mut Cx<'_, '_>, fault: &Fault, on: bool, korean: bool) {
    let text = list::told(fault, on, korean);
    let undo = if on && fault.lasts() {
        let words = ["undo", "되돌리기"][usize::from(korean)];
        format!("  ({words}: sim {})", fault.undo())
    } else {
        String::new()
    };
    cx.sys.out(&format!("{text}{undo}\n"));
}
