//! `pilothouse transcript FILE...`: plays transcripts and compares; `RECORD=1` writes what came out instead.

use pilothouse::base::diff;
use pilothouse::transcript::{Runner, print};

/// Compares each file; 1 if any differs.
pub fn run(args: &[String]) -> u8 {
    if args.is_empty() {
        eprintln!("usage: pilothouse transcript FILE...");
        return 2;
    }
    let record = std::env::var_os("RECORD").is_some_and(|v| v == "1");
    let mut code = 0;
    for path in args {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("pilothouse: {path}: {error}");
                code = 2;
                continue;
            }
        };
        match Runner::run(super::cluster(), &text, |_| {}) {
            Err(mistake) => {
                eprintln!("pilothouse: {path}: {mistake}");
                code = 2;
            }
            Ok((entries, _)) => {
                let now = print(&entries);
                if now == text {
                    println!("{path}: as expected");
                } else if record {
                    match std::fs::write(path, &now) {
                        Ok(()) => println!("{path}: recorded"),
                        Err(error) => {
                            eprintln!("pilothouse: {path}: {error}");
                            code = 2;
                        }
                    }
                } else {
                    print!("--- {path}\n+++ now\n{}", diff::unified(&text, &now, 2));
                    code = code.max(1);
                }
            }
        }
    }
    code
}
