//! The native program: the same cluster in a terminal.

mod bench;
mod draw;
mod lessons;
mod play;
mod run;
mod soak;
mod transcript;

use pilothouse::world::{Spec, World};
use std::process::ExitCode;

/// A command of the program.
pub struct Command {
    pub name: &'static str,
    /// Behind the name.
    pub usage: &'static str,
    pub summary: &'static str,
    /// The arguments behind the name; the exit code.
    pub run: fn(&[String]) -> u8,
}

/// Every command, in the order of the help.
const COMMANDS: &[Command] = &[
    Command { name: "play", usage: "[--cluster SHAPE]", summary: "a terminal beside a fresh cluster", run: play::run },
    Command {
        name: "run",
        usage: "[--cluster SHAPE] FILE|-",
        summary: "run a transcript or a shell script, print the transcript",
        run: run::run,
    },
    Command {
        name: "transcript",
        usage: "FILE...",
        summary: "compare transcripts with what happens now (RECORD=1 rewrites them)",
        run: transcript::run,
    },
    Command {
        name: "lessons",
        usage: "check [FILE...]",
        summary: "play every lesson's solutions and wrong answers",
        run: lessons::run,
    },
    Command {
        name: "draw",
        usage: "[--dark] [--ko] [--lens NAME] [--size WxH] [FILE]",
        summary: "the picture of the cluster after a script, as SVG",
        run: draw::run,
    },
    Command {
        name: "soak",
        usage: "[--seeds N] [--commands M] [--seed S]",
        summary: "random commands and faults, and whether every law holds",
        run: soak::run,
    },
    Command { name: "bench", usage: "", summary: "figures of the engine on this machine", run: bench::run },
];

/// Runs the command that the arguments name.
pub fn start() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let name = args.first().map(String::as_str).unwrap_or("help");
    match COMMANDS.iter().find(|c| c.name == name) {
        Some(command) => ExitCode::from((command.run)(&args[1..])),
        None => {
            let asked = matches!(name, "help" | "--help" | "-h");
            if !asked {
                eprintln!("pilothouse: there is no command {name}");
            }
            println!("pilothouse: a Kubernetes cluster inside one value\n");
            for command in COMMANDS {
                println!("  pilothouse {:<22} {}", format!("{} {}", command.name, command.usage), command.summary);
            }
            ExitCode::from(if asked { 0 } else { 2 })
        }
    }
}

/// The cluster that every command begins with.
fn cluster() -> World {
    World::boot(Spec::default(), 1)
}

/// Takes `--cluster "1.15 nodes=3"` out of the arguments; `--cluster-version` is its older name.
fn cluster_of(args: &[String]) -> Result<(World, Vec<String>), String> {
    let (mut spec, mut others) = (Spec::default(), vec![]);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.strip_prefix("--cluster-version").or_else(|| arg.strip_prefix("--cluster")) {
            Some("") => spec = spec.with(rest.next().map_or("", String::as_str))?,
            Some(words) if words.starts_with('=') => spec = spec.with(&words[1..])?,
            _ => others.push(arg.clone()),
        }
    }
    Ok((World::boot(spec, 1), others))
}

/// The text of a file, or of standard input for `-`.
fn text_of(path: &str) -> Result<String, String> {
    let text = if path == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    text.map_err(|error| format!("{path}: {error}"))
}

/// Exit code 2 and a line for what cannot even begin.
fn refuse(name: &str, message: impl std::fmt::Display) -> u8 {
    eprintln!("pilothouse {name}: {message}");
    2
}
