//! Tools that read lines, from files or standard input, as they come: `kubectl get -w | grep web` shows each at once.

use std::rc::Rc;

use crate::script::host::{Host, Job, Launch, Poll, Wake};
use crate::script::sys::{Read, Sys};

/// Lines handled in one poll.
const BATCH: usize = 200;

/// What a filter says after a line.
pub enum Flow {
    More,
    /// Enough: the tool ends with this code.
    Stop(i32),
    /// Enough of this file.
    NextFile,
}

/// A tool seen line by line.
pub trait Filter: Clone + 'static {
    /// A new file begins; `-` is standard input.
    fn begin(&mut self, _name: &str, _sys: &mut Sys<'_>) {}
    /// One line, without its line end; `ended` is false for a last line without one.
    fn line(&mut self, line: &str, ended: bool, sys: &mut Sys<'_>) -> Flow;
    /// The file ends.
    fn finish(&mut self, _name: &str, _sys: &mut Sys<'_>) {}
    /// All files are read: the exit code (a file that could not be read makes it 1, or 2 for grep).
    fn end(&mut self, sys: &mut Sys<'_>, failed: bool) -> i32;
    /// Bytes that it keeps while it reads.
    fn memory(&self) -> u64 {
        0
    }
    /// How an unreadable file is reported.
    fn complaint(&self, tool: &str, file: &str, why: &str) -> String {
        format!("{tool}: {file}: {why}\n")
    }
}

#[derive(Clone)]
struct Stream<F> {
    tool: String,
    files: Vec<String>,
    file: usize,
    open: bool,
    data: Option<Rc<Vec<u8>>>,
    /// It reads a device without end.
    endless: Option<bool>,
    at: usize,
    failed: bool,
    filter: F,
}

/// Runs a filter over files, or over standard input if there are none.
pub fn start<F: Filter>(tool: &str, files: Vec<String>, filter: F) -> Launch {
    let files = if files.is_empty() { vec!["-".to_owned()] } else { files };
    Launch::Job(Box::new(Stream {
        tool: tool.to_owned(),
        files,
        file: 0,
        open: false,
        data: None,
        endless: None,
        at: 0,
        failed: false,
        filter,
    }))
}

impl<F: Filter> Stream<F> {
    /// Opens the file whose turn it is; false if it cannot be read.
    fn open(&mut self, sys: &mut Sys<'_>) -> bool {
        let name = self.files[self.file].clone();
        self.open = true;
        self.at = 0;
        self.data = None;
        self.endless = super::pour::endless(&name);
        if self.endless.is_some() {
            self.filter.begin(&name, sys);
            return true;
        }
        if name != "-" && name != "/dev/stdin" {
            match sys.read_file(&name) {
                Ok(data) => self.data = Some(data),
                Err(fault) => {
                    let text = self.filter.complaint(&self.tool, &name, &fault.to_string());
                    sys.err(&text);
                    self.failed = true;
                    return false;
                }
            }
        }
        self.filter.begin(&name, sys);
        true
    }

    fn read(&mut self, sys: &mut Sys<'_>) -> Read {
        if let Some(random) = self.endless {
            return Read::Data(sys.noise(4096, random));
        }
        let Some(data) = &self.data else { return sys.read_line(0) };
        let rest = &data[self.at..];
        if rest.is_empty() {
            return Read::End;
        }
        let len = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |n| n + 1);
        self.at += len;
        Read::Data(rest[..len].to_vec())
    }

    fn next_file(&mut self) {
        self.file += 1;
        self.open = false;
    }
}

impl<F: Filter> Job for Stream<F> {
    fn poll(&mut self, _host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        for _ in 0..BATCH {
            if !sys.has_room() {
                return Poll::Wait(Wake::room());
            }
            if sys.is_broken() {
                return Poll::Done(141);
            }
            if self.file >= self.files.len() {
                return Poll::Done(self.filter.end(sys, self.failed));
            }
            if !self.open && !self.open(sys) {
                self.next_file();
                continue;
            }
            match self.read(sys) {
                Read::Empty => return Poll::Wait(Wake::input()),
                Read::End => {
                    let name = self.files[self.file].clone();
                    self.filter.finish(&name, sys);
                    self.next_file();
                }
                Read::Data(bytes) => {
                    let ended = bytes.last() == Some(&b'\n');
                    let line = String::from_utf8_lossy(&bytes[..bytes.len() - usize::from(ended)]);
                    match self.filter.line(&line, ended, sys) {
                        Flow::More => {}
                        Flow::Stop(code) => return Poll::Done(code),
                        Flow::NextFile => {
                            let name = self.files[self.file].clone();
                            self.filter.finish(&name, sys);
                            self.next_file();
                        }
                    }
                }
            }
        }
        Poll::Again
    }

    fn memory(&self) -> u64 {
        self.filter.memory()
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
