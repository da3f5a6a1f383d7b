//! redis-cli: asks a redis server and prints what it says.
//!
//! Models: `src/redis-cli.c` (`cliFormatReplyTTY`, `cliFormatReplyRaw`).
//! Left out: everything but asking: no scans, pipes, clusters, subscriptions.

use super::client::option;
use crate::script::host::{Got, Host, Job, Launch, Poll, Signal, Ticket, Wake, Want};
use crate::script::sys::{Read, Style, Sys};

#[derive(Clone)]
struct Cli {
    host: String,
    port: u16,
    /// The command line's own words; without any, commands are read.
    words: Vec<String>,
    raw: bool,
    asked: Option<Ticket>,
    prompted: bool,
}

pub fn redis_cli(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut cli = Cli { host: "127.0.0.1".into(), port: 6379, words: vec![], raw: false, asked: None, prompted: false };
    let mut rest = argv[1..].iter();
    while let Some(arg) = rest.next() {
        if !cli.words.is_empty() {
            cli.words.push(arg.clone());
            continue;
        }
        match option(arg, &["-h", "-a", "-n"], &mut rest) {
            Some(("-h", value)) => cli.host = value,
            Some(("-p", value)) => {
                let value = if value.is_empty() { rest.next().cloned().unwrap_or_default() } else { value };
                cli.port = value.parse().unwrap_or(6379);
            }
            Some(("--raw", _)) => cli.raw = true,
            Some(("-a" | "-n" | "--no-auth-warning", _)) => {}
            Some(_) => {
                sys.err(&format!("Unrecognized option or bad number of args for: '{arg}'\n"));
                return Launch::Done(1);
            }
            None => cli.words.push(arg.clone()),
        }
    }
    Launch::Job(Box::new(cli))
}

impl Cli {
    fn ask(&mut self, words: &[String], sys: &mut Sys<'_>) -> Poll {
        let mut text = format!("*{}\r\n", words.len());
        for word in words {
            text += &format!("${}\r\n{word}\r\n", word.len());
        }
        let want = Want::Raw { host: self.host.clone(), port: self.port, udp: false, bytes: text.into_bytes() };
        self.asked = Some(sys.ask(want));
        Poll::Wait(Wake::net())
    }

    fn take(&self, got: Got, sys: &mut Sys<'_>) -> Result<bool, i32> {
        let why = match got {
            Got::Bytes { bytes, .. } => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let tty = sys.is_tty(1) && !self.raw;
                sys.out(&format!("{}\n", reply(&mut text.as_str(), tty, "")));
                return Ok(!text.starts_with('-'));
            }
            Got::NoSuchName | Got::NoResolver => "Name or service not known",
            Got::Refused { .. } => "Connection refused",
            _ => "Operation timed out",
        };
        sys.err(&format!("Could not connect to Redis at {}:{}: {why}\n", self.host, self.port));
        Err(1)
    }

    fn step(&mut self, sys: &mut Sys<'_>) -> Result<Poll, i32> {
        if let Some(ticket) = self.asked {
            let Some(got) = sys.answer(ticket) else { return Ok(Poll::Wait(Wake::net())) };
            self.asked = None;
            let good = self.take(got, sys)?;
            if !self.words.is_empty() {
                return Err(i32::from(!good));
            }
        }
        if !self.words.is_empty() {
            let words = self.words.clone();
            return Ok(self.ask(&words, sys));
        }
        loop {
            if sys.is_tty(0) && !std::mem::replace(&mut self.prompted, true) {
                sys.paint(&format!("{}:{}> ", self.host, self.port), Style::Prompt, None);
            }
            match sys.read_line(0) {
                Read::Empty => return Ok(Poll::Wait(Wake::input())),
                Read::End => return Err(0),
                Read::Data(bytes) => {
                    self.prompted = false;
                    let line = String::from_utf8_lossy(&bytes).into_owned();
                    let words: Vec<String> =
                        line.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
                    match words.first().map(String::as_str) {
                        None => {}
                        Some("quit" | "exit") => return Err(0),
                        Some(_) => return Ok(self.ask(&words, sys)),
                    }
                }
            }
        }
    }
}

/// One reply of the protocol as text; what follows it stays in `rest`.
fn reply(rest: &mut &str, tty: bool, indent: &str) -> String {
    let (line, after) = rest.split_once("\r\n").unwrap_or((rest, ""));
    *rest = after;
    let (kind, body) = line.split_at(line.len().min(1));
    match kind {
        "-" if tty => format!("(error) {body}"),
        ":" if tty => format!("(integer) {body}"),
        "$" => match body.parse::<usize>() {
            Ok(length) => {
                let text = after.get(..length).unwrap_or(after).to_owned();
                *rest = after.get(length + 2..).unwrap_or("");
                if tty {
                    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
                } else {
                    text
                }
            }
            Err(_) => if tty { "(nil)" } else { "" }.into(),
        },
        "*" => {
            let count = body.parse::<usize>().unwrap_or(0).min(100_000);
            if count == 0 {
                return if tty { "(empty array)" } else { "" }.into();
            }
            let deeper = format!("{indent}   ");
            let items: Vec<String> = (1..=count)
                .map(|n| {
                    let item = reply(rest, tty, &deeper);
                    match (tty, n) {
                        (true, 1) => format!("1) {item}"),
                        (true, n) => format!("{indent}{n}) {item}"),
                        _ => item,
                    }
                })
                .collect();
            items.join("\n")
        }
        _ => body.to_owned(),
    }
}

impl Job for Cli {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        self.step(sys).unwrap_or_else(Poll::Done)
    }

    fn signal(&mut self, signal: Signal, _host: &mut dyn Host, _sys: &mut Sys<'_>) -> Option<i32> {
        Some(128 + signal.number())
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::reply;

    #[test]
    fn replies_look_as_in_a_terminal_and_in_a_pipe() {
        for (bytes, tty, raw) in [
            ("+OK\r\n", "OK", "OK"),
            (":3\r\n", "(integer) 3", "3"),
            ("$5\r\nhello\r\n", "\"hello\"", "hello"),
            ("$-1\r\n", "(nil)", ""),
            ("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "1) \"a\"\n2) \"b\"", "a\nb"),
            ("-ERR no\r\n", "(error) ERR no", "ERR no"),
            ("*9\r\n$900\r\nx", "1) \"x\"\n2) \n3) \n4) \n5) \n6) \n7) \n8) \n9) ", "x\n\n\n\n\n\n\n\n"),
        ] {
            assert_eq!((reply(&mut { bytes }, true, ""), reply(&mut { bytes }, false, "")), (tty.into(), raw.into()));
        }
    }
}
