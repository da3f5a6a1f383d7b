//! The two commands of the README, and the few that they are made of. Installs what is missing, says what it does.

mod build;
mod fuzz;
mod hash;
mod run;
mod serve;
mod test;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  serve [--release] [--port N]   build the page and serve it on http://127.0.0.1:8080
  test [STEP...]                 run every test (or only the named steps); what passed and did not change is not run again
  build [--release]              build the page into target/page
  dist [FOLDER]                  the page for a static host, and as one pilothouse.html (into dist/)
  bench                          the figures: cluster, page, sizes
  fuzz [SECONDS]                 look for input that makes the cluster panic or hang (60 seconds unless told)
  tools                          only install what the commands above need

Tools are kept in $PILOTHOUSE_TOOLS, by default ~/.cache/pilothouse/tools.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    std::env::set_current_dir(run::root()).expect("the project's folder can be entered");
    let result = match args.first().map(String::as_str) {
        Some("serve") => serve::command(rest),
        Some("test") => return test::all(rest),
        Some("build") => build::page(rest.iter().any(|arg| arg == "--release")),
        Some("dist") => build::dist(rest.first().map_or("dist", String::as_str)),
        Some("bench") => bench(),
        Some("fuzz") => fuzz::command(rest),
        Some("tools") => tools::all(),
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(format!("there is no command `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The figures: natively, in the page, and in bytes.
fn bench() -> run::Result {
    run::say("figures of the cluster, natively");
    run::command("cargo").args(["run", "--quiet", "--release", "--bin", "pilothouse", "--", "bench"]).go()?;
    build::page(true)?;
    run::say("sizes, brotli");
    run::command("node").args(["web/size.mjs", "target/page"]).go()?;
    run::say("figures of the page, in Chromium");
    tools::browser()?;
    run::command("node").args(["tests/e2e/bench.mjs", "target/page"]).go()
}
