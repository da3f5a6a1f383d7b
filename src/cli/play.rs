//! `pilothouse play`: the shell in a terminal. Commands take virtual time only; `@ +30s` lets time pass, `@ settle` waits until quiet.

use std::io::{BufRead, Write};

use pilothouse::shell::Shell;
use pilothouse::time::Span;
use pilothouse::transcript::{Entry, parse};

/// How long a command may go on (in virtual time) before the prompt comes back.
const PATIENCE: Span = Span(120_000);

/// Reads lines until the end of input or `exit`; the code of the last command.
pub fn run(args: &[String]) -> u8 {
    let mut world = match super::cluster_of(args) {
        Ok((world, _)) => world,
        Err(message) => return super::refuse("play", message),
    };
    let mut shell = Shell::new();
    println!("A fresh cluster. Type help to see what there is; Ctrl-D leaves.");
    let stdin = std::io::stdin();
    loop {
        print!("{}", shell.prompt());
        let _ = std::io::stdout().flush();
        let mut line = String::new();
        match stdin.lock().read_line(&mut line) {
            Ok(0) | Err(_) => {
                println!();
                return shell.status() as u8;
            }
            Ok(_) => {}
        }
        if line.starts_with('@') {
            match parse(&line).as_deref() {
                Ok([Entry::Pass { span, .. }]) => world.run_until(world.now + *span),
                Ok([Entry::Settle]) => {
                    let _ = world.settle(Span::seconds(90));
                }
                _ => println!("@ +30s lets time pass, @ settle waits until quiet"),
            }
            continue;
        }
        shell.submit(line.trim_end_matches(['\n', '\r']), &mut world);
        let end = world.now + PATIENCE;
        loop {
            let busy = shell.poll(&mut world, 20_000);
            for span in shell.take_output() {
                print!("{}", span.text);
            }
            if !busy {
                break;
            }
            if world.now >= end {
                shell.interrupt(&mut world);
                continue;
            }
            let wake = shell.wake(&world).unwrap_or(end).min(end);
            let next = if shell.waits_for_change() { world.next().unwrap_or(wake).min(wake) } else { wake };
            world.run_until(next.max(world.now + Span(1)));
        }
        if let Some(code) = shell.exited() {
            return code as u8;
        }
    }
}
