//! `pilothouse soak`: random commands over many seeds, with every law watching.

use pilothouse::transcript::soak::{Effort, Report, soak};
use pilothouse::world::invariants;

/// How often a failing script is played again to make it shorter.
const REPLAYS: usize = 120;

struct Options {
    first: u64,
    seeds: u64,
    commands: usize,
    /// Go on with the next seed after a finding, and do not shorten.
    on: bool,
}

pub fn run(args: &[String]) -> u8 {
    let options = match options(args) {
        Ok(options) => options,
        Err(message) => return super::refuse("soak", message),
    };
    let world = super::cluster();
    let effort = Effort { replays: if options.on { 0 } else { REPLAYS } };
    let (mut broken, mut events, mut changes, mut asked, mut settled) = (0, 0, 0, 0, 0);
    for seed in options.first..options.first + options.seeds {
        let report = soak(&world, seed, options.commands, effort, None);
        let outcome = &report.outcome;
        (events, changes) = (events + outcome.events, changes + outcome.changes);
        (asked, settled) = (asked + outcome.asked, settled + outcome.settled);
        println!(
            "seed {seed}: {} entries, {} of virtual time, {} events, {} changes, {} settled{}",
            outcome.played,
            pilothouse::base::age::human(outcome.span.as_seconds()),
            outcome.events,
            outcome.changes,
            outcome.settled,
            if outcome.missed > 0 { format!(", {} changes missed", outcome.missed) } else { String::new() },
        );
        if !outcome.findings.is_empty() {
            broken += 1;
            tell(&report, options.on);
            if !options.on {
                break;
            }
        }
    }
    let laws = invariants::ALL.len();
    println!(
        "{laws} laws asked {asked} times: {events} events, {changes} changes, {settled} settled; {broken} seeds broke one"
    );
    u8::from(broken > 0)
}

fn tell(report: &Report, short: bool) {
    for finding in report.outcome.findings.iter().take(5) {
        println!("  {finding}");
    }
    if !short && let Some(text) = report.transcript() {
        println!("\n{text}");
    }
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options { first: 1, seeds: 10, commands: 60, on: false };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "--keep-going" {
            options.on = true;
            continue;
        }
        let value = rest.next().and_then(|text| text.parse::<u64>().ok());
        match (arg.as_str(), value) {
            ("--seed", Some(seed)) => (options.first, options.seeds) = (seed, 1),
            ("--from", Some(seed)) => options.first = seed,
            ("--seeds", Some(seeds)) => options.seeds = seeds,
            ("--commands", Some(commands)) => options.commands = commands as usize,
            _ => {
                return Err(format!(
                    "what is {arg}? usage: soak [--seeds N] [--from S] [--commands M] [--seed S] [--keep-going]"
                ));
            }
        }
    }
    Ok(options)
}
