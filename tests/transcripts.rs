//! Plays every transcript under tests/transcripts and compares what is printed, to the letter. `RECORD=1` rewrites them.

use libtest_mimic::{Arguments, Failed, Trial};
use pilothouse::transcript::{Runner, print};
use pilothouse::world::{Spec, World};
use std::path::{Path, PathBuf};

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut files = vec![];
    collect(&root, &mut files);
    files.sort();
    let trials = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("").display().to_string();
        Trial::test(name, move || play(&path))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "txt") {
            out.push(path);
        }
    }
}

fn play(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let world = World::boot(Spec::default(), 1);
    let (entries, _) = Runner::run(world, &text, |_| {}).map_err(|mistake| mistake.to_string())?;
    let now = print(&entries);
    if now == text {
        return Ok(());
    }
    if std::env::var_os("RECORD").is_some_and(|v| v == "1") {
        std::fs::write(path, now)?;
        return Ok(());
    }
    let diff = pilothouse::base::diff::unified(&text, &now, 2);
    Err(format!("--- expected\n+++ now\n{diff}").into())
}
