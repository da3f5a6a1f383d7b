//! Nothing that can be typed, written or pasted makes the cluster panic or hang; and what the cluster prints, it takes
//! back as it is.
#![cfg(not(target_arch = "wasm32"))]

use pilothouse::time::Span;
use pilothouse::transcript::{self, Entry, Runner};
use pilothouse::world::{Spec, World};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::path::Path;

#[path = "common/hostile.rs"]
mod hostile;

/// The same cases every time: a red test is red for everybody.
fn cases(number: u32) -> TestRunner {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let number = std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(number);
    TestRunner::new(Config {
        cases: number,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    })
}

/// The first byte, then choices.
fn tape(kinds: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let first = proptest::sample::select(kinds);
    (first, proptest::collection::vec(any::<u8>(), 0..600)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

#[test]
fn manifests_of_any_content_are_answered() {
    let world = hostile::world();
    cases(600)
        .run(&tape(&[0, 1, 8]), |bytes| {
            hostile::try_bytes(&world, &bytes);
            Ok(())
        })
        .expect("no manifest panics");
}

#[test]
fn command_lines_of_any_words_are_answered() {
    let world = hostile::world();
    cases(1000)
        .run(&tape(&[2]), |bytes| {
            hostile::try_bytes(&world, &bytes);
            Ok(())
        })
        .expect("no command panics");
}

#[test]
fn texts_of_any_letters_are_answered() {
    let world = hostile::world();
    // letters that mean something to one of the readers, in any order
    let piece = prop_oneof![
        8 => "[-a-z0-9:{}\\[\\].,'\"|>&*!%@# \n$()\\\\=?/~^<;`]{1,12}",
        1 => any::<String>(),
        1 => Just("\n  - ".to_owned()),
        1 => Just("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n".to_owned()),
        1 => Just("{{range .items}}".to_owned()),
        1 => Just("{range .items[*]}".to_owned()),
        1 => Just("while read x; do ".to_owned()),
    ];
    let text = (3u8..8, proptest::collection::vec(piece, 0..12)).prop_map(|(first, pieces)| {
        let mut bytes = vec![first];
        bytes.extend(pieces.concat().bytes());
        bytes
    });
    cases(1000)
        .run(&text, |bytes| {
            hostile::try_bytes(&world, &bytes);
            Ok(())
        })
        .expect("no text panics");
}

/// The manifests that the transcripts of this repository write.
fn manifests() -> Vec<(String, String)> {
    let mut folders = vec![Path::new("tests/transcripts").to_path_buf(), Path::new("tests/golden").to_path_buf()];
    let mut found = vec![];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a transcript can be read");
            let Ok(entries) = transcript::parse(&text) else { continue };
            for entry in entries {
                if let Entry::File { path: name, body } = entry
                    && (name.ends_with(".yaml") || name.ends_with(".json"))
                {
                    found.push((format!("{}: {name}", path.display()), body));
                }
            }
        }
    }
    found.sort();
    found
}

/// Without the resourceVersion, which asks for the very same version, and the status, which goes on.
fn without_what_moves(yaml: &str) -> String {
    let mut status = None;
    let mut kept = String::new();
    // of an object, or of the items of a list; a field of that name further in is somebody's own
    let depth = if yaml.lines().any(|line| line == "kind: List") { 2 } else { 0 };
    for line in yaml.lines() {
        let indent = line.len() - line.trim_start().len();
        if status.is_some_and(|at| indent > at || line.trim_start().starts_with("- ") && indent == at) {
            continue;
        }
        status = (line.trim() == "status:" && indent == depth).then_some(indent);
        if status.is_none() && !line.trim_start().starts_with("resourceVersion:") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn what_get_prints_is_taken_back_unchanged() {
    let world = World::boot(Spec::default(), 1);
    let (mut taken, mut wrong) = (0, vec![]);
    for (name, body) in manifests() {
        let mut runner = Runner::new(world.clone());
        runner.limit = Span::seconds(20);
        runner.write("x.yaml", &body);
        let applied = runner.command("kubectl apply -f x.yaml");
        let pass = runner.world.now + Span::seconds(2);
        runner.world.run_until(pass);
        let printed = runner.command("kubectl get -f x.yaml -o yaml");
        // what was warned of (two values for one name) is not taken back by the real server either
        if applied.code != 0 || printed.code != 0 || applied.output.contains("Warning:") {
            continue;
        }
        taken += 1;
        runner.write("printed.yaml", &without_what_moves(&printed.output));
        // the first time the printed form becomes what was applied last
        let first = runner.command("kubectl apply -f printed.yaml");
        let spec = "kubectl get -f x.yaml -o jsonpath='{.spec}{.data}{.rules}{.items[*].spec}{.items[*].data}'";
        let (before, again, after) =
            (runner.command(spec), runner.command("kubectl apply -f printed.yaml"), runner.command(spec));
        // A budget is always "configured": its selector stands in every patch.
        let same = |line: &str| line.ends_with(" unchanged") || line.starts_with("poddisruptionbudget.policy/");
        let unchanged = again.code == 0 && again.output.lines().all(same);
        if first.code != 0 || !unchanged || before != after {
            wrong.push(format!("{name}\n{}{}", first.output, again.output));
        }
    }
    assert!(taken > 60, "only {taken} manifests could be applied");
    assert!(wrong.is_empty(), "{} of {taken}:\n{}", wrong.len(), wrong.join("\n"));
}
