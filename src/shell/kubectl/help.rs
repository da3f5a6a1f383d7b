//! `kubectl help`, `--help`, `options`: all from the verbs' own tables.
//!
//! Models: `kubectl/pkg/util/templates`.

use super::dispatch::named;
use super::flags::{GLOBAL, Takes};
use super::{Args, Cx, Failure, Flag, Flow, Group, Outcome, Spec, VERBS, Verb};

/// `kubectl help [verb]`, and `kubectl` alone.
pub struct Help;

static HELP: Spec = Spec {
    name: "help",
    group: Group::None,
    short: "Help about any command",
    usage: "[command]",
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Help {
    fn spec(&self) -> &'static Spec {
        &HELP
    }

    fn run(&self, args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let mut path = "kubectl".to_string();
        let mut verb: Option<&'static dyn Verb> = None;
        for word in &args.words {
            let among = verb.map_or(VERBS, |v| v.spec().subs);
            let Some(next) = named(among, word) else {
                return Err(Failure::plain(format!("Unknown help topic [{}]", args.words.join(" "))));
            };
            path = format!("{path} {}", next.spec().name);
            verb = Some(next);
        }
        match verb {
            Some(verb) => cx.out(of(verb.spec(), &path)),
            None => cx.out(main()),
        }
        Ok(Flow::Done)
    }
}

/// `kubectl options`.
pub struct Options;

static OPTIONS: Spec = Spec {
    name: "options",
    group: Group::None,
    short: "Print the list of flags inherited by all commands",
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Options {
    fn spec(&self) -> &'static Spec {
        &OPTIONS
    }

    fn run(&self, _args: &Args, cx: &mut Cx<'_>) -> Outcome {
        let list = flag_list(&[GLOBAL]);
        cx.out(format!("The following options can be passed to any command:\n\n{list}"));
        Ok(Flow::Done)
    }
}

/// A verb that only has subcommands: its help, and exit code 1.
///
/// # Errors
/// `error: unknown command "x"` when a word does not name a subcommand.
pub fn parent(spec: &'static Spec, args: &Args, cx: &mut Cx<'_>) -> Outcome {
    let words = args.positional();
    if !words.is_empty() {
        return Err(Failure::usage(&args.path, format!("unknown command \"{}\"", words.join(" "))));
    }
    cx.out(of(spec, &args.path));
    Ok(Flow::Exit(1))
}

/// The help of a verb; `path` is `kubectl get`.
pub fn of(spec: &Spec, path: &str) -> String {
    if path == "kubectl" {
        return main();
    }
    let mut out = match (spec.long, spec.short) {
        ("", short) if short.ends_with('.') => format!("{short}\n\n"),
        ("", short) => format!("{short}.\n\n"),
        (long, _) => format!("{long}\n\n"),
    };
    if !spec.aliases.is_empty() {
        out += &format!("Aliases:\n{}, {}\n\n", spec.name, spec.aliases.join(", "));
    }
    if !spec.examples.is_empty() {
        out += "Examples:\n";
        for line in spec.examples.lines() {
            out += &format!("  {line}\n");
        }
        out.push('\n');
    }
    if !spec.subs.is_empty() {
        out += "Available Commands:\n";
        out += &commands(spec.subs);
        out.push('\n');
    }
    let flags = flag_list(spec.flags);
    if !flags.is_empty() {
        out += &format!("Options:\n{flags}");
    }
    let usage = [path, spec.usage].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
    out += &format!("Usage:\n  {usage} [options]\n\n");
    if !spec.subs.is_empty() {
        out += &format!("Use \"{path} <command> --help\" for more information about a given command.\n");
    }
    out += "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";
    out
}

/// Names and one line each, sorted.
fn commands(verbs: &[&'static dyn Verb]) -> String {
    let mut specs: Vec<&Spec> = verbs.iter().map(|verb| verb.spec()).collect();
    specs.sort_by_key(|spec| spec.name);
    rows(&specs)
}

fn rows(specs: &[&Spec]) -> String {
    let width = specs.iter().map(|spec| spec.name.len()).max().unwrap_or(0).max(11);
    specs.iter().map(|spec| format!("  {:width$}   {}\n", spec.name, spec.short)).collect()
}

/// Flags as `--help` lists them, sorted.
fn flag_list(tables: &[&'static [Flag]]) -> String {
    let mut flags: Vec<&Flag> = tables.iter().flat_map(|t| t.iter()).filter(|f| !f.hidden).collect();
    flags.sort_by_key(|flag| flag.name);
    flags.dedup_by_key(|flag| flag.name);
    flags
        .iter()
        .map(|flag| {
            let short = flag.short.map(|c| format!("-{c}, ")).unwrap_or_default();
            let default = match flag.takes {
                Takes::Text | Takes::Optional(_) => format!("'{}'", flag.default),
                Takes::List | Takes::Array => "[]".into(),
                _ => flag.default.into(),
            };
            format!("    {short}--{}={default}:\n\t{}\n\n", flag.name, flag.help)
        })
        .collect()
}

/// The commands as `kubectl` alone lists them.
static SECTIONS: &[(&str, &[&str])] = &[
    ("Basic Commands (Beginner):", &["create", "expose", "run", "set"]),
    ("Basic Commands (Intermediate):", &["explain", "get", "edit", "delete"]),
    ("Deploy Commands:", &["rollout", "scale", "autoscale"]),
    ("Cluster Management Commands:", &["certificate", "cluster-info", "top", "cordon", "uncordon", "drain", "taint"]),
    (
        "Troubleshooting and Debugging Commands:",
        &["describe", "logs", "attach", "exec", "port-forward", "proxy", "cp", "auth", "debug", "events"],
    ),
    ("Advanced Commands:", &["diff", "apply", "patch", "replace", "wait", "kustomize"]),
    ("Settings Commands:", &["label", "annotate", "completion"]),
    ("Other Commands:", &["api-resources", "api-versions", "config", "plugin", "version"]),
];

/// `kubectl` alone.
fn main() -> String {
    let mut out = String::from(
        "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n",
    );
    let width = VERBS.iter().map(|verb| verb.spec()).filter(|s| s.group != Group::None).map(|s| s.name.len()).max();
    for (title, names) in SECTIONS {
        out += &format!("{title}\n");
        for spec in names.iter().filter_map(|name| named(VERBS, name)).map(|verb| verb.spec()) {
            out += &format!("  {:width$}   {}\n", spec.name, spec.short, width = width.unwrap_or(0));
        }
        out.push('\n');
    }
    out += "Usage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n";
    out
}
