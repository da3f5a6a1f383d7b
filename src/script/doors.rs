//! Ports that the commands of a process tree listen on. Who polls the process sends visitors through them.
//!
//! Models: listening TCP sockets on the loopback address.
//! Left out: who the visitor is; bytes go another way.

use std::rc::Rc;

use super::machine::Process;
use super::sys::{Pid, Sys};

/// One port.
#[derive(Clone, Debug)]
pub struct Door {
    pid: Pid,
    /// Where it leads, in words that its owner and who polls the process understand.
    to: Rc<str>,
    visitors: u32,
    fault: Option<Rc<str>>,
}

impl Process {
    /// Where a port leads, if a command that still runs listens on it.
    pub fn door(&self, port: u16) -> Option<Rc<str>> {
        let door = self.kernel.doors.get(&port)?;
        self.tasks.contains_key(&door.pid).then(|| door.to.clone())
    }

    /// Tells the command behind a port that somebody came, and what went wrong.
    pub fn knock(&mut self, port: u16, fault: Option<String>) {
        if let Some(door) = self.kernel.doors.get_mut(&port) {
            door.visitors += 1;
            door.fault = fault.map(Into::into).or(door.fault.take());
        }
    }
}

impl Sys<'_> {
    /// Listens on a port; false when another command does.
    pub fn listen(&mut self, port: u16, to: &str) -> bool {
        let pid = self.pid;
        let taken = self.kernel.doors.get(&port).is_some_and(|door| self.is_alive(door.pid));
        if !taken {
            self.kernel.doors.insert(port, Door { pid, to: to.into(), visitors: 0, fault: None });
        }
        !taken
    }

    /// How many came since the last call, and what went wrong with the last of them.
    pub fn visitors(&mut self, port: u16) -> (u32, Option<Rc<str>>) {
        let pid = self.pid;
        match self.kernel.doors.get_mut(&port).filter(|door| door.pid == pid) {
            Some(door) => (std::mem::take(&mut door.visitors), door.fault.take()),
            None => (0, None),
        }
    }

    /// Listens no more.
    pub fn close_doors(&mut self) {
        let pid = self.pid;
        self.kernel.doors.retain(|_, door| door.pid != pid);
    }
}
