//! why: how an object came to be as it is; for a pod, also how the scheduler weighed the nodes.

use super::kubectl::Table;
use crate::api::kinds;
use crate::base::table::{DESCRIBE, tabulate};
use crate::script::sys::{Style, Sys};
use crate::shell::command::{Command, Completion, Cx, Run, Spec, Typing};
use crate::shell::kubectl::{self, Args, kubeconfig::Kubeconfig};
use crate::store::Key;
use crate::time::Time;
use crate::world::World;
use crate::world::why::{Mark, Placement, explain};

pub struct Why;

static SPEC: Spec = Spec {
    name: "why",
    aliases: &[],
    summary: ["how an object came to be as it is", "왜 이런 상태가 되었는지 알려줘요"],
    usage: "why TYPE/NAME [-n NAMESPACE]",
    examples: &["why pod/web", "why deployment/web -n shop"],
};

/// How many facts are told.
const FACTS: usize = 12;

impl Command for Why {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn run(&self, argv: &[String], cx: &mut Cx<'_, '_>) -> Run {
        let ko = cx.sys.shell.get("LANG").is_some_and(|lang| lang.starts_with("ko"));
        let asked = match asked(argv, cx) {
            Ok(key) => key,
            Err(text) => {
                cx.sys.err(&format!("{text}\n"));
                return Run::Done(1);
            }
        };
        let placement = explain(cx.world, &asked, ko);
        if let Some(placement) = &placement {
            show(placement, ko, cx.sys);
        }
        let story = story(cx.world, &asked, ko);
        if !story.is_empty() {
            let head = ["How it came about", "이렇게 되었어요"][usize::from(ko)];
            let gap = if placement.is_some() { "\n" } else { "" };
            cx.sys.paint(&format!("{gap}{head}\n"), Style::Strong, None);
            cx.sys.out(&tabulate(&story, DESCRIBE));
        } else if placement.is_none() {
            cx.sys.out(["No recorded event names it yet.\n", "아직 기록된 일이 없어요.\n"][usize::from(ko)]);
        }
        Run::Done(0)
    }

    fn complete(&self, typing: &Typing<'_>) -> Vec<Completion> {
        let words: Vec<String> =
            ["kubectl", "get"].into_iter().map(String::from).chain(typing.words.iter().skip(1).cloned()).collect();
        kubectl::complete(&Typing { words: &words, ..*typing })
    }
}

/// The object that was asked for.
fn asked(argv: &[String], cx: &mut Cx<'_, '_>) -> Result<Key, String> {
    let mut words = vec![];
    let mut namespace = None;
    let mut rest = argv[1..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-n" | "--namespace" => namespace = rest.next().cloned(),
            word if word.starts_with("--namespace=") => namespace = word.split_once('=').map(|(_, n)| n.into()),
            word if word.starts_with('-') => return Err(format!("why: unknown flag: {word}\nusage: {}", SPEC.usage)),
            word => words.push(word.to_string()),
        }
    }
    let (kind, name) = match words.as_slice() {
        [word] => word.split_once('/').ok_or(format!("usage: {}", SPEC.usage))?,
        [kind, name] => (kind.as_str(), name.as_str()),
        _ => return Err(format!("usage: {}", SPEC.usage)),
    };
    let namespace = match namespace {
        Some(namespace) => namespace,
        None => Kubeconfig::load(&Args::default(), &mut Table(cx.sys)).map_err(|failure| failure.message)?.namespace(),
    };
    let kind = cx
        .world
        .reader()
        .find(kind)
        .ok_or_else(|| format!("error: the server doesn't have a resource type \"{kind}\""))?;
    let names = kind.names();
    let key = Key::new(names.resource, if names.namespaced { &namespace } else { "" }, name);
    let there = cx.world.reader().by_key(&key).is_some() || !cx.world.story(&key, 1).is_empty();
    if there { Ok(key) } else { Err(format!("Error from server (NotFound): {} \"{name}\" not found", names.resource)) }
}

/// Minutes and seconds since the learner came, as on the bar of time.
fn clock(at: Time) -> String {
    let seconds = at.0 / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The facts, one per line.
fn story(world: &World, key: &Key, ko: bool) -> String {
    let name = |resource: &str| {
        let kind = world.reader().find(resource).unwrap_or(kinds::POD);
        if kind.names().resource == resource { kind.names().kind.to_string() } else { resource.to_string() }
    };
    let mut text = String::new();
    for fact in world.story(key, FACTS) {
        let told = world.tell(fact, ko, &name);
        let words = told.text.replace('`', "");
        let quote = told.quote.replace(['\n', '\t'], " ");
        text.push_str(&format!("  {}\t{words}{}{quote}\n", clock(told.at), if quote.is_empty() { "" } else { " " }));
    }
    text
}

fn show(placement: &Placement, ko: bool, sys: &mut Sys<'_>) {
    let lang = usize::from(ko);
    sys.out(&format!("{}\n", placement.summary));
    placement.notes.iter().for_each(|note| sys.out(&format!("{note}\n")));
    let mut table = String::new();
    let scored = !placement.columns.is_empty();
    for node in &placement.nodes {
        let mark = if node.mark == Mark::Chosen { "*" } else { " " };
        let words = match node.mark {
            Mark::Refused if node.means.is_empty() => format!("{}: {}", node.plugin, node.said),
            Mark::Refused => format!("{}: {} ({})", node.plugin, node.said, node.means),
            Mark::Chosen => ["chosen", "골랐어요"][lang].to_string(),
            Mark::Fits => ["could take it", "받을 수 있어요"][lang].to_string(),
        };
        let points = if node.mark == Mark::Refused || !scored { "-".to_string() } else { node.total.to_string() };
        table.push_str(&format!("{mark} {}\t{points}\t{words}\n", node.name));
    }
    if !table.is_empty() {
        sys.out(&format!("\n{}", tabulate(&format!("  NODE\tPOINTS\tWHY\n{table}"), DESCRIBE)));
    }
    if !placement.left_out.is_empty() {
        sys.out(&format!("{}\n", placement.left_out));
    }
    if scored {
        points(placement, sys);
    }
}

/// The points by plug-in: a line for each, a column for each node.
fn points(placement: &Placement, sys: &mut Sys<'_>) {
    /// More columns than this do not fit on a screen.
    const WIDE: usize = 6;
    let nodes: Vec<_> = placement.nodes.iter().filter(|node| node.mark != Mark::Refused).take(WIDE).collect();
    let mut table = "  POINTS FOR".to_string();
    nodes.iter().for_each(|node| table.push_str(&format!("\t{}", node.name)));
    table.push_str("\tMORE FOR\n");
    for (at, (plugin, rewards)) in placement.columns.iter().enumerate() {
        table.push_str(&format!("  {plugin}"));
        nodes.iter().for_each(|node| table.push_str(&format!("\t{}", node.points.get(at).copied().unwrap_or(0))));
        table.push_str(&format!("\t{rewards}\n"));
    }
    sys.out(&format!("\n{}", tabulate(&table, DESCRIBE)));
}
