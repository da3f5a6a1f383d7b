//! `fuzz`: the coverage-guided search for input that makes the cluster panic or hang. It needs no nightly compiler: what the
//! fuzzer wants to know of the program are flags of the stable one. (`cargo fuzz run any_input` works as well.)

use crate::run::{self, Result, say};

/// What `cargo fuzz` asks of the compiler, but for the sanitizers.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Inputs that were worth keeping, from run to run.
const CORPUS: &str = "target/fuzz/corpus";
const FOUND: &str = "target/fuzz/found/";

fn arguments(seconds: u32) -> [String; 7] {
    [
        CORPUS.to_owned(),
        format!("-max_total_time={seconds}"),
        "-max_len=2000".to_owned(),
        "-timeout=20".to_owned(),
        "-rss_limit_mb=4096".to_owned(),
        "-print_final_stats=1".to_owned(),
        format!("-artifact_prefix={FOUND}"),
    ]
}

pub fn command(rest: &[String]) -> Result {
    let seconds = rest.first().map_or(Ok(60), |text| text.parse());
    let seconds: u32 = seconds.map_err(|_| "fuzz takes a number of seconds".to_owned())?;
    for folder in [CORPUS, FOUND] {
        std::fs::create_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
    }
    say("building the fuzzer");
    run::command("cargo")
        .args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", TARGET])
        .args(["--target-dir", "target/fuzz"])
        .env("RUSTFLAGS", FLAGS)
        .go()?;
    say(&format!("fuzzing for {seconds} s; what breaks it is kept in {FOUND}"));
    let program = format!("target/fuzz/{TARGET}/release/any_input");
    let arguments = arguments(seconds);
    run::command(&program).args(arguments.iter().map(String::as_str)).go()
}
