//! From a command line to a verb: finding it, its flags, its configuration, its input.
//!
//! Models: `github.com/spf13/cobra` command.go.

use super::caller;
use super::flags::{GLOBAL, Takes};
use super::kubeconfig::Kubeconfig;
use super::{Args, Cx, Failure, Flow, Outcome, VERBS, Verb, help};
use crate::api::custom::Discovery;

/// Runs `kubectl` with these arguments (without the name itself).
///
/// # Errors
/// What kubectl prints on standard error, and its exit code.
pub fn start(argv: &[String], cx: &mut Cx<'_>) -> Outcome {
    let Found { verb, args } = find(argv)?;
    let spec = verb.spec();
    if args.help {
        cx.out(help::of(spec, &args.path));
        return Ok(Flow::Done);
    }
    if args.has("record") {
        cx.err("Flag --record has been deprecated, --record will be removed in the future");
    }
    cx.config = Kubeconfig::load(&args, cx.desk)?;
    cx.config.typed = super::printer::is_typed(&args);
    cx.config.voice = super::wire::Voice::of(&args, cx.config.typed);
    if !spec.offline {
        super::wire::begin(cx);
        cx.config.connect(&args)?;
        if let Some(outcome) = super::outage::stops(verb, &args, cx) {
            return outcome;
        }
        caller::identify(&args, spec, cx)?;
    }
    let cache = (!spec.offline).then(|| memory(cx));
    cx.config.show_managed = args.bool("show-managed-fields");
    cx.config.manager = match args.text("field-manager") {
        "" => "kubectl".into(),
        manager => manager.into(),
    };
    cx.config.change_cause = args.bool("record").then(|| args.cause());
    if !good_timeout(args.text("request-timeout")) {
        return Err(Failure::error(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
        ));
    }
    let mut outcome = verb.run(&args, cx);
    if args.bool("warnings-as-errors") && outcome.is_ok() {
        let count = cx.output.iter().filter(|span| span.stderr && span.text.starts_with("Warning: ")).count();
        if count > 0 {
            let many = if count == 1 { "" } else { "s" };
            outcome = Err(Failure::error(format!("{count} warning{many} received")));
        }
    }
    let text = cx.config.discovery.text(cx.world.reader().custom());
    if let (Some(path), Some(text)) = (cache, text) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let _ = cx.desk.mkdir(folder).and_then(|()| cx.desk.write(&path, text.as_bytes()));
    }
    outcome
}

/// Seconds, or a number with a unit.
fn good_timeout(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>().is_ok() || super::flags::parse_duration(text).is_ok()
}

/// Reads what kubectl remembers of custom kinds; the path of the file.
fn memory(cx: &mut Cx<'_>) -> String {
    let home = cx.desk.env("HOME").unwrap_or_default();
    let path = format!("{home}/.kube/cache/discovery/127.0.0.1_6443/servergroups.json");
    let text = cx.desk.read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    cx.config.discovery = Discovery::of(&text, cx.world.reader().custom());
    path
}

/// Whether standard input must be read before the verb starts.
pub fn reads_input(argv: &[String]) -> bool {
    find(argv).is_ok_and(|found| {
        let args = &found.args;
        !args.help && (args.all("filename").iter().any(|f| f == "-") || (found.verb.spec().reads_input)(args))
    })
}

/// A verb with its arguments.
pub struct Found {
    pub verb: &'static dyn Verb,
    pub args: Args,
}

/// Finds the verb and reads its flags.
///
/// # Errors
/// Cobra's and pflag's.
pub fn find(argv: &[String]) -> Result<Found, Failure> {
    let Some(at) = first_word(argv, &[]) else {
        let args = Args::parse(argv, &[], "kubectl")?;
        return Ok(Found { verb: &help::Help, args });
    };
    let Some((verb, path, left)) = verb_of(argv) else {
        let word = &argv[at];
        return Err(Failure::plain(format!("error: unknown command \"{word}\" for \"kubectl\"{}", suggestions(word))));
    };
    let args = Args::parse(&left, verb.spec().flags, &path)?;
    Ok(Found { verb, args })
}

/// The verb that the words lead to, its path, and what is left of the words.
pub fn verb_of(argv: &[String]) -> Option<(&'static dyn Verb, String, Vec<String>)> {
    let mut left = argv.to_vec();
    let word = left.remove(first_word(argv, &[])?);
    let mut verb = named(VERBS, &word)?;
    let mut path = format!("kubectl {}", verb.spec().name);
    while let Some(at) = first_word(&left, verb.spec().flags)
        && let Some(sub) = named(verb.spec().subs, &left[at])
    {
        left.remove(at);
        verb = sub;
        path = format!("{path} {}", verb.spec().name);
    }
    Some((verb, path, left))
}

/// A verb by name or alias.
pub fn named(verbs: &[&'static dyn Verb], word: &str) -> Option<&'static dyn Verb> {
    verbs.iter().copied().find(|verb| verb.spec().name == word || verb.spec().aliases.contains(&word))
}

/// Where the first word stands that is neither a flag nor a flag's value.
fn first_word(argv: &[String], tables: &[&'static [super::Flag]]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = argv.get(at) {
        if word == "--" {
            return None;
        }
        let Some(flag) = word.strip_prefix('-').filter(|f| !f.is_empty()) else { return Some(at) };
        let known = tables.iter().flat_map(|t| t.iter()).chain(GLOBAL).find(|f| match flag.strip_prefix('-') {
            Some(long) => f.name == long,
            None => flag.chars().count() == 1 && f.short == flag.chars().next(),
        });
        let takes_next = known.is_some_and(|f| !matches!(f.takes, Takes::Bool | Takes::Optional(_)));
        at += if takes_next { 2 } else { 1 };
    }
    None
}

fn suggestions(typed: &str) -> String {
    let names =
        VERBS.iter().map(|verb| verb.spec()).filter(|spec| spec.group != super::Group::None).map(|spec| spec.name);
    let mut near = crate::base::text::suggestions(typed, names);
    near.sort_unstable();
    if near.is_empty() {
        return String::new();
    }
    let list: String = near.iter().map(|name| format!("\t{name}\n")).collect();
    format!("\n\nDid you mean this?\n{list}")
}
