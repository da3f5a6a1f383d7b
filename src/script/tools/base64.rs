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

pub use crate::base::base64::{decode, encode};

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
