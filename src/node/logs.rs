//! What a container wrote: lines with their time, bounded.
//!
//! Models: the kubelet's log files (`pkg/kubelet/kuberuntime/logs`, `pkg/kubelet/logs` rotation at 10 MiB).
//! Left out: rotation into several files; the oldest lines are simply forgotten.

use crate::time::Time;
use std::collections::VecDeque;
use std::rc::Rc;

/// Lines and bytes that are kept of one container.
const MAX_LINES: usize = 10_000;
const MAX_BYTES: usize = 1 << 20;
/// containerd cuts longer lines.
const MAX_LINE: usize = 16 << 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Time,
    /// Written to standard error.
    pub error: bool,
    pub text: Rc<str>,
    /// False for a piece whose line end never came.
    pub ended: bool,
}

/// One container's output.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    lines: VecDeque<Line>,
    bytes: usize,
    /// Lines forgotten so far: a reader's position is `forgotten + index`.
    forgotten: u64,
    written: u64,
    open: [Vec<u8>; 2],
}

/// What a reader wants of the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub since: Option<Time>,
    pub tail: Option<usize>,
    pub bytes: Option<usize>,
    pub timestamps: bool,
}

impl Logs {
    /// Takes what a program wrote; lines become visible when they end.
    pub fn write(&mut self, now: Time, error: bool, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let mut line = std::mem::take(&mut self.open[usize::from(error)]);
            line.extend_from_slice(&rest[..end]);
            self.push(now, error, &line, true);
            rest = &rest[end + 1..];
        }
        let open = &mut self.open[usize::from(error)];
        open.extend_from_slice(rest);
        if open.len() > MAX_LINE {
            let piece = std::mem::take(open);
            self.push(now, error, &piece, false);
        }
    }

    pub fn line(&mut self, now: Time, text: &str) {
        self.push(now, false, text.as_bytes(), true);
    }

    pub fn error(&mut self, now: Time, text: &str) {
        self.push(now, true, text.as_bytes(), true);
    }

    /// The program ended: what has no line end is written as it is.
    pub fn close(&mut self, now: Time) {
        for error in [true, false] {
            let rest = std::mem::take(&mut self.open[usize::from(error)]);
            if !rest.is_empty() {
                self.push(now, error, &rest, false);
            }
        }
    }

    fn push(&mut self, at: Time, error: bool, text: &[u8], ended: bool) {
        let text: Rc<str> = String::from_utf8_lossy(text).into();
        self.bytes += text.len();
        // time, stream and flag stand in front of each line in the file
        self.written += text.len() as u64 + 42;
        self.lines.push_back(Line { at, error, text, ended });
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(gone) = self.lines.pop_front() else { break };
            self.bytes -= gone.text.len();
            self.forgotten += 1;
        }
    }

    /// Bytes written to the log file since the container began.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The position after the last line, for [`Logs::after`].
    pub fn end(&self) -> u64 {
        self.forgotten + self.lines.len() as u64
    }

    /// Lines from a position on, for `logs -f`.
    pub fn after(&self, position: u64) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(position.saturating_sub(self.forgotten) as usize)
    }

    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.iter()
    }

    /// The last bytes of the log, as the kubelet puts them into a termination message.
    pub fn last(&self, lines: usize, bytes: usize) -> String {
        let skip = self.lines.len().saturating_sub(lines);
        let text: String = self.lines.iter().skip(skip).map(text_of).collect();
        let mut from = text.len().saturating_sub(bytes);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        text[from..].to_owned()
    }

    /// The text of `kubectl logs`.
    pub fn read(&self, wanted: &Wanted) -> String {
        let since = wanted.since.unwrap_or(Time::ZERO);
        let fits: Vec<&Line> = self.lines.iter().filter(|line| line.at >= since).collect();
        let skip = wanted.tail.map_or(0, |tail| fits.len().saturating_sub(tail));
        let mut text = String::new();
        for line in &fits[skip..] {
            if wanted.timestamps {
                text.push_str(&format!("{} ", stamp(line.at)));
            }
            text.push_str(&text_of(line));
        }
        if let Some(limit) = wanted.bytes
            && text.len() > limit
        {
            let mut cut = limit;
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            text.truncate(cut);
        }
        text
    }
}

/// A line as it is printed, with its line end if it has one.
pub fn text_of(line: &Line) -> String {
    if line.ended { format!("{}\n", line.text) } else { line.text.to_string() }
}

/// The time in front of a line: `2026-09-01T09:00:00.123000000Z`.
pub fn stamp(at: Time) -> String {
    at.timestamp_exact().strftime("%Y-%m-%dT%H:%M:%S.%3f000000Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_when_it_ends_and_the_rest_when_the_program_ends() {
        let mut logs = Logs::default();
        logs.write(Time(1), false, b"one\ntw");
        assert_eq!(logs.read(&Wanted::default()), "one\n");
        logs.close(Time(2));
        assert_eq!(logs.read(&Wanted { tail: Some(1), ..Wanted::default() }), "tw");
        assert_eq!(stamp(Time(5)), "2026-09-01T09:00:00.005000000Z");
    }
}
