//! tee: standard input to standard output and into files. -a appends.

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Read, Sys};

#[derive(Clone)]
struct Tee {
    files: Vec<String>,
    code: i32,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let append = argv[1..].iter().any(|a| a == "-a" || a == "--append");
    let mut tee = Tee { files: vec![], code: 0 };
    for name in argv[1..].iter().filter(|a| !a.starts_with('-')) {
        if name == "/dev/null" {
            continue;
        }
        let path = sys.resolve(name);
        let now = sys.now;
        let made = if append && sys.files.is_file(&path) { Ok(()) } else { sys.files.write(&path, b"", now) };
        match made {
            Ok(()) => tee.files.push(path),
            Err(fault) => {
                sys.err(&format!("tee: {name}: {fault}\n"));
                tee.code = 1;
            }
        }
    }
    Launch::Job(Box::new(tee))
}

impl Job for Tee {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        if !sys.has_room() {
            return Poll::Wait(Wake::room());
        }
        match sys.read(0, 8192) {
            Read::Empty => Poll::Wait(Wake::input()),
            Read::End => Poll::Done(self.code),
            Read::Data(data) => {
                sys.write(1, &data);
                let now = sys.now;
                for path in &self.files {
                    if let Err(fault) = sys.files.append(path, &data, now) {
                        let line = format!("tee: {path}: {fault}\n");
                        sys.err(&line);
                        self.code = 1;
                    }
                }
                Poll::Again
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
