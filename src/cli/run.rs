//! `pilothouse run FILE|-`: plays a transcript or a script and prints the transcript. Its exit code is that of the last command.

use std::io::{Read, Write};

use pilothouse::transcript::{Runner, print};

/// Runs a file or standard input (`-`).
pub fn run(args: &[String]) -> u8 {
    let (world, args) = match super::cluster_of(args) {
        Ok(found) => found,
        Err(message) => return super::refuse("run", message),
    };
    let [path] = args.as_slice() else {
        eprintln!("usage: pilothouse run [--cluster SHAPE] FILE|-");
        return 2;
    };
    let mut bytes = vec![];
    let read = match path.as_str() {
        "-" => std::io::stdin().read_to_end(&mut bytes).map(|_| ()),
        path => std::fs::read(path).map(|b| bytes = b),
    };
    if let Err(error) = read {
        eprintln!("pilothouse: {path}: {error}");
        return 2;
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut out = std::io::stdout().lock();
    let played = Runner::run(world, &text, |entry| {
        let _ = out.write_all(print(std::slice::from_ref(entry)).as_bytes());
        let _ = out.flush();
    });
    match played {
        Ok((_, code)) => code as u8,
        Err(mistake) => {
            eprintln!("pilothouse: {path}: {mistake}");
            2
        }
    }
}
