//! which: where a command would be found.

use crate::script::host::{Host, Job, Launch, Poll};
use crate::script::sys::Sys;

/// Where a program lies by custom.
pub fn path(name: &str) -> String {
    match name {
        "kubectl" | "helm" | "docker" | "k9s" => format!("/usr/local/bin/{name}"),
        _ => format!("/usr/bin/{name}"),
    }
}

#[derive(Clone)]
struct Which(Vec<String>);

pub fn run(argv: &[String], _sys: &mut Sys<'_>) -> Launch {
    Launch::Job(Box::new(Which(argv[1..].iter().filter(|a| !a.starts_with('-')).cloned().collect())))
}

impl Job for Which {
    fn poll(&mut self, host: &mut dyn Host, sys: &mut Sys<'_>) -> Poll {
        let mut code = i32::from(self.0.is_empty());
        for name in &self.0 {
            if host.knows(name) {
                sys.out(&format!("{}\n", path(name)));
            } else {
                code = 1;
            }
        }
        Poll::Done(code)
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
