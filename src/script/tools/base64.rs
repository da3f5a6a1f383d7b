//! base64: encodes, or decodes with -d. -w sets the width of the lines.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::Sys;

use super::args::{Args, Item, fail};

#[derive(Clone)]
struct Base64 {
    decode: bool,
    wrap: usize,
    ignore: bool,
    file: Option<String>,
    input: Vec<u8>,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    match read(argv) {
        Ok(job) => Launch::Job(Box::new(job)),
        Err(text) => Launch::Done(fail(sys, 1, &text)),
    }
}

fn read(argv: &[String]) -> Result<Base64, String> {
    let mut job = Base64 { decode: false, wrap: 76, ignore: false, file: None, input: vec![] };
    let mut args = Args::new(argv);
    while let Some(item) = args.next()? {
        match item {
            Item::Short('d' | 'D') => job.decode = true,
            Item::Short('i') => job.ignore = true,
            Item::Short('w') => {
                let text = args.value("-w")?;
                job.wrap = text.parse().map_err(|_| format!("base64: invalid wrap size: '{text}'"))?;
            }
            Item::Long(l) if l == "decode" => job.decode = true,
            Item::Long(l) if l == "wrap" => job.wrap = args.value("--wrap")?.parse().unwrap_or(0),
            Item::Operand(file) if job.file.is_none() => job.file = Some(file).filter(|f| f != "-"),
            item => return Err(args.unknown(&item)),
        }
    }
    Ok(job)
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The standard alphabet with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = u32::from(chunk[0]) << 16
            | u32::from(*chunk.get(1).unwrap_or(&0)) << 8
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for i in 0..4 {
            out.push(if i <= chunk.len() { LETTERS[(n >> (18 - 6 * i) & 63) as usize] as char } else { '=' });
        }
    }
    out
}

/// The bytes, and whether the whole text was right.
pub fn decode(text: &[u8], ignore: bool) -> (Vec<u8>, bool) {
    let (mut out, mut bits, mut have, mut good, mut padded) = (vec![], 0u32, 0, true, 0);
    let mut count = 0;
    for b in text {
        if matches!(b, b'\n' | b'\r') {
            continue;
        }
        match LETTERS.iter().position(|l| l == b) {
            Some(_) if padded > 0 => good = false,
            Some(n) => {
                bits = bits << 6 | n as u32;
                have += 6;
                count += 1;
                if have >= 8 {
                    have -= 8;
                    out.push((bits >> have & 255) as u8);
                }
            }
            None if *b == b'=' => padded += 1,
            None if ignore => {}
            None => {
                good = false;
                break;
            }
        }
    }
    (out, good && (count + padded) % 4 == 0)
}

impl Job for Base64 {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let input = match self.file.clone() {
            Some(file) => match sys.read_file(&file) {
                Ok(data) => data.to_vec(),
                Err(crate::script::files::Fault::IsDir) => {
                    return Poll::Done(fail(sys, 1, "base64: read error: Is a directory"));
                }
                Err(fault) => return Poll::Done(fail(sys, 1, &format!("base64: {file}: {fault}"))),
            },
            None => {
                let mut input = std::mem::take(&mut self.input);
                let all = sys.read_all(&mut input);
                if !all {
                    self.input = input;
                    return Poll::Wait(Wake::input());
                }
                input
            }
        };
        if self.decode {
            let (bytes, good) = decode(&input, self.ignore);
            sys.write(1, &bytes);
            return Poll::Done(if good { 0 } else { fail(sys, 1, "base64: invalid input") });
        }
        let text = encode(&input);
        if self.wrap == 0 {
            sys.out(&text);
        } else {
            for line in text.as_bytes().chunks(self.wrap) {
                sys.write(1, line);
                sys.out("\n");
            }
        }
        Poll::Done(0)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
