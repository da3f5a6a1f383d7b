//! `test`: every test there is, in steps, the cheap ones first. A step whose inputs did not change since it passed is not
//! run again; its tests are counted as they were.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::build;
use crate::hash;
use crate::run::{Result, Run, command, say};
use crate::tools;

/// How many tests passed and failed.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: usize,
    failed: usize,
}

struct Step {
    name: &'static str,
    /// What it depends on.
    inputs: &'static [&'static str],
    run: fn() -> Result<Count>,
}

const RUST: &[&str] =
    &["src", "tests", "lessons", "build.rs", "Cargo.toml", "Cargo.lock", "clippy.toml", "rustfmt.toml", "xtask"];
const PAGE: &[&str] = &["src", "lessons", "static", "web", "build.rs", "Cargo.toml", "Cargo.lock", "Trunk.toml"];
const BROWSER: &[&str] =
    &["src", "lessons", "static", "web", "tests", "build.rs", "Cargo.toml", "Cargo.lock", "Trunk.toml"];

const STEPS: &[Step] = &[
    Step { name: "fmt", inputs: RUST, run: fmt },
    Step { name: "clippy", inputs: RUST, run: clippy },
    Step { name: "native", inputs: RUST, run: native },
    Step { name: "lessons", inputs: RUST, run: lessons },
    Step { name: "wasm", inputs: BROWSER, run: wasm },
    Step { name: "page", inputs: PAGE, run: page },
    Step { name: "size", inputs: PAGE, run: size },
    Step { name: "e2e", inputs: BROWSER, run: e2e },
];

pub fn command_names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(" ")
}

pub fn all(only: &[String]) -> ExitCode {
    if let Some(odd) = only.iter().find(|name| STEPS.iter().all(|step| step.name != name.as_str())) {
        eprintln!("xtask: there is no step `{odd}`; there are: {}", command_names());
        return ExitCode::FAILURE;
    }
    let mut total = Count::default();
    let mut told = vec![];
    let mut broken = false;
    for step in STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)) {
        let (line, count) = one(step, !only.is_empty());
        told.push(line);
        total.passed += count.passed;
        total.failed += count.failed;
        if count.failed > 0 {
            broken = true;
            break;
        }
    }
    println!("\nSummary");
    for line in &told {
        println!("  {line}");
    }
    if broken {
        println!("  the steps after the failed one were not run");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs one step, or trusts its stamp.
fn one(step: &Step, anew: bool) -> (String, Count) {
    let number = format!("{:016x}", hash::contents(step.inputs, step.name));
    let stamp = stamp(step.name);
    if let Some(passed) = trusted(&stamp, &number, step.name).filter(|_| !anew) {
        say(&format!("{}: nothing changed since it passed", step.name));
        return (format!("{:<8} {passed} passed, unchanged", step.name), Count { passed, failed: 0 });
    }
    say(step.name);
    let _ = fs::remove_file(&stamp);
    let count = match (step.run)() {
        Ok(count) => count,
        Err(message) => {
            eprintln!("xtask: {}: {message}", step.name);
            Count { passed: 0, failed: 1 }
        }
    };
    if count.failed > 0 {
        return (format!("{:<8} {} passed, {} FAILED", step.name, count.passed, count.failed), count);
    }
    if let Some(folder) = stamp.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = fs::write(&stamp, format!("{number} {}", count.passed));
    (format!("{:<8} {} passed", step.name, count.passed), count)
}

fn stamp(name: &str) -> PathBuf {
    Path::new("target/passed").join(name)
}

/// How many passed the last time, when the inputs are the same and what the step makes is still there.
fn trusted(stamp: &Path, number: &str, name: &str) -> Option<usize> {
    if name == "page" && !Path::new(build::PAGE).join("profile").exists() {
        return None;
    }
    let text = fs::read_to_string(stamp).ok()?;
    let (before, passed) = text.split_once(' ')?;
    (before == number).then(|| passed.parse().ok())?
}

fn fmt() -> Result<Count> {
    command("cargo").args(["fmt", "--all", "--check"]).go()?;
    Ok(Count::default())
}

fn clippy() -> Result<Count> {
    tools::page()?;
    build::editor()?;
    command("cargo").args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]).go()?;
    let page =
        ["clippy", "--quiet", "--target", "wasm32-unknown-unknown", "--bin", "pilothouse", "--", "-D", "warnings"];
    command("cargo").args(page).go()?;
    Ok(Count::default())
}

fn native() -> Result<Count> {
    counted(command("cargo").args(["test", "--no-fail-fast", "--workspace"]))
}

/// Every lesson's solution reaches its goals, every wrong answer is refused.
fn lessons() -> Result<Count> {
    counted(command("cargo").args(["run", "--quiet", "--bin", "pilothouse", "--", "lessons", "check"]))
}

fn wasm() -> Result<Count> {
    tools::page()?;
    tools::browser()?;
    // the browser must come to the number that the same session has natively
    let native = command("cargo").args(["test", "--quiet", "--test", "digest", "--", "--nocapture"]).read()?;
    let number =
        native.lines().find_map(|line| line.split_once("number of the session: ")).map(|(_, number)| number.trim());
    let number = number.ok_or("the native number of the session was not told")?;
    list_transcripts()?;
    let args = ["test", "--target", "wasm32-unknown-unknown", "--test", "web"];
    let run = command("cargo")
        .args(args)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools::runner())
        .env("PILOTHOUSE_DIGEST", number)
        .env("CHROMEDRIVER", "/usr/bin/chromedriver")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    counted(run)
}

/// Writes the list of transcripts that `tests/web.rs` includes.
fn list_transcripts() -> Result {
    let mut list = String::new();
    for file in hash::files(&["tests/transcripts"]) {
        let path = std::fs::canonicalize(&file).map_err(|error| error.to_string())?;
        let name = file.strip_prefix("tests/transcripts").unwrap_or(&file).with_extension("");
        let name: String =
            name.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        list.push_str(&format!("transcript!({name}, {:?});\n", path.display().to_string()));
    }
    fs::create_dir_all("target/web").map_err(|error| error.to_string())?;
    fs::write("target/web/transcripts.rs", list).map_err(|error| error.to_string())
}

fn page() -> Result<Count> {
    build::page(true)?;
    command("node").args(["web/pack.mjs", build::PAGE, "target/dist"]).go()?;
    fs::write(Path::new(build::PAGE).join("profile"), "page").map_err(|error| error.to_string())?;
    Ok(Count::default())
}

fn size() -> Result<Count> {
    counted(command("node").args(["web/size.mjs", "target/dist", "web/budget.json"]))
}

fn e2e() -> Result<Count> {
    tools::browser()?;
    counted(command("node").args(["tests/e2e/run.mjs", "target/dist"]))
}

/// Runs a program that tells how many tests passed and failed, in the words of cargo's test runner or of ours.
fn counted(run: Run) -> Result<Count> {
    let (fine, lines) = run.watch()?;
    let mut count = Count::default();
    for line in &lines {
        let (passed, failed) = (before(line, " passed"), before(line, " failed"));
        if let (Some(passed), Some(failed)) = (passed, failed) {
            count.passed += passed;
            count.failed += failed;
        }
    }
    if !fine && count.failed == 0 {
        return Err("it ended with an error".to_string());
    }
    if fine && count.passed == 0 {
        return Err("it told of no test at all".to_string());
    }
    Ok(count)
}

/// The number that stands before the word.
fn before(line: &str, word: &str) -> Option<usize> {
    let head = &line[..line.find(word)?];
    head.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_both_kinds_of_summary() {
        let cargo = "test result: ok. 12 passed; 3 failed; 0 ignored; 0 measured";
        assert_eq!((before(cargo, " passed"), before(cargo, " failed")), (Some(12), Some(3)));
        assert_eq!(before("7 passed, 0 failed", " passed"), Some(7));
        assert_eq!(before("nothing here", " passed"), None);
    }
}
