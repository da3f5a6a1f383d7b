//! `kubectl run -it`, `--attach`, `--rm`: waits for the pod, gives a hand on its program, then takes the exit code.
//!
//! Models: `kubectl/pkg/cmd/run/run.go` (`handleAttachPod`), `kubectl/pkg/cmd/attach/attach.go`.

use super::super::delete::{self, Manner, Victim};
use super::super::write::DryRun;
use super::super::{Args, Cx, Failure, Input, Job, Turn, Wait};
use crate::api::{DeleteOptions, KindRef, kinds};
use crate::control::pods;
use crate::node::logs::text_of;
use crate::store::Key;
use crate::time::{Span, Time};
use k8s_openapi::api::core::v1::PodStatus;
use std::rc::Rc;

/// What is asked of the session.
#[derive(Clone, Debug)]
pub struct Session {
    pod: Key,
    container: String,
    stage: Stage,
    reads: bool,
    tty: bool,
    quiet: bool,
    /// Wait for the end of the pod and take its exit code.
    ends: bool,
    remove: bool,
    made: Vec<(KindRef, String)>,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Until it runs or is done, at most until then.
    Starting(Time),
    /// The container in hand, and how much of its output was shown.
    Attached(Rc<str>, u64),
    /// Until the pod is done.
    Ending(Time),
}

impl Session {
    /// A session on the pod of this name; `made` is what `--rm` removes.
    pub fn new(name: &str, args: &Args, cx: &Cx<'_>, made: Vec<(KindRef, String)>) -> Session {
        let until = cx.now() + args.duration("pod-running-timeout").unwrap_or(Span::minutes(1));
        Session {
            pod: Key::new("pods", &cx.namespace(), name),
            container: name.into(),
            stage: Stage::Starting(until),
            reads: args.bool("stdin"),
            tty: args.bool("tty") && cx.desk.is_terminal(),
            quiet: args.bool("quiet"),
            ends: ["Never", "OnFailure"].contains(&args.text("restart")) && !args.bool("leave-stdin-open"),
            remove: args.bool("rm"),
            made,
        }
    }

    fn starting(&mut self, until: Time, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Some(pod) = cx.world.reader().by_key(&self.pod).cloned() else {
            return Err(Failure::plain(format!("Error from server (NotFound): pods \"{}\" not found", self.pod.name)));
        };
        if pods::is_terminal(&pod) {
            self.show(0, cx);
            return self.detached(cx);
        }
        if !pods::is_ready(&pod) {
            if cx.now() >= until {
                self.finish(cx)?;
                return Err(Failure::error("timed out waiting for the condition"));
            }
            return Ok(Turn::Wait(Wait { at: Some(until), change: true, ..Wait::default() }));
        }
        if !self.quiet {
            cx.err("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.");
            cx.err("If you don't see a command prompt, try pressing enter.");
        }
        let Key { namespace, name, .. } = &self.pod;
        let running = cx.world.machines.container(namespace, name, &self.container).filter(|c| c.running());
        let Some(id) = running.map(|container| container.id.clone()) else {
            if !self.quiet {
                cx.err(format_args!(
                    "warning: couldn't attach to pod/{name}, falling back to streaming logs: unable to upgrade connection: container {} not found in pod {name}_{namespace}",
                    self.container
                ));
            }
            self.show(0, cx);
            return self.detached(cx);
        };
        self.stage = Stage::Attached(id, 0);
        self.poll(cx)
    }

    /// Prints what the container wrote after a place; the new place.
    fn show(&self, after: u64, cx: &mut Cx<'_>) -> u64 {
        let Key { namespace, name, .. } = &self.pod;
        let Some(run) = cx.world.machines.container(namespace, name, &self.container) else { return after };
        let (text, end): (String, u64) = (run.logs.after(after).map(text_of).collect(), run.logs.end());
        cx.out(text);
        end
    }

    fn attached(&mut self, id: Rc<str>, end: u64, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let Key { namespace, name, .. } = self.pod.clone();
        while self.reads {
            match cx.desk.input() {
                Input::Data(data) => {
                    cx.world.type_into(&namespace, &name, &self.container, Some(&data));
                }
                Input::End => {
                    cx.world.type_into(&namespace, &name, &self.container, None);
                    self.reads = false;
                }
                Input::Empty => break,
            }
        }
        let run = cx.world.machines.container(&namespace, &name, &self.container).filter(|c| c.id == id);
        let running = run.is_some_and(|run| run.running());
        let end = if run.is_some() { self.show(end, cx) } else { end };
        if running {
            self.stage = Stage::Attached(id, end);
            let at = Some(cx.now() + Span::millis(100));
            return Ok(Turn::Wait(Wait { at, change: true, input: self.reads, ..Wait::default() }));
        }
        if self.tty && !self.quiet {
            cx.line(format_args!(
                "Session ended, resume using 'kubectl attach {name} -c {} -n {namespace} -i -t' command",
                self.container
            ));
        }
        self.detached(cx)
    }

    fn detached(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        if !self.ends {
            self.finish(cx)?;
            return Ok(Turn::Done);
        }
        self.stage = Stage::Ending(cx.now() + Span::minutes(1));
        self.poll(cx)
    }

    fn ending(&mut self, until: Time, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        let pod = cx.world.reader().by_key(&self.pod).cloned();
        let phase = pod.as_ref().map(pods::phase).unwrap_or("");
        let Some(pod) = pod.as_ref().filter(|_| matches!(phase, "Succeeded" | "Failed")) else {
            if pod.is_none() || cx.now() >= until {
                self.finish(cx)?;
                return Err(Failure::error("timed out waiting for the condition"));
            }
            return Ok(Turn::Wait(Wait { at: Some(until), change: true, ..Wait::default() }));
        };
        self.finish(cx)?;
        if phase == "Succeeded" {
            return Ok(Turn::Done);
        }
        let first = pod.status::<PodStatus>().container_statuses.iter().flatten().next();
        let ended = first.and_then(|status| status.state.as_ref()).and_then(|state| state.terminated.as_ref());
        let (namespace, name) = (pod.namespace(), pod.name());
        match ended.filter(|ended| ended.exit_code != 0) {
            Some(ended) => Err(Failure {
                message: format!(
                    "pod {namespace}/{name} terminated ({})\n{}",
                    ended.reason.as_deref().unwrap_or(""),
                    ended.message.as_deref().unwrap_or("")
                )
                .trim_end()
                .to_string(),
                code: ended.exit_code,
            }),
            None => Err(Failure::error(format!("pod {namespace}/{name} failed with unknown exit code"))),
        }
    }

    /// `--rm`: what was made goes.
    fn finish(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if !std::mem::take(&mut self.remove) {
            return Ok(());
        }
        let manner = Manner { options: DeleteOptions::default(), dry: DryRun::None, force: false, short_names: false };
        for (kind, name) in std::mem::take(&mut self.made) {
            let victim = Victim { kind, namespace: self.pod.namespace.to_string(), name, source: String::new() };
            if cx.world.reader().get(kind, &victim.namespace, &victim.name).is_none() {
                continue;
            }
            let shown = cx.output.len();
            delete::one(&victim, &manner, cx)?;
            if self.quiet {
                cx.output.truncate(shown);
            }
        }
        debug_assert!(self.pod.resource == kinds::POD.names().resource);
        Ok(())
    }
}

impl Job for Session {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Turn, Failure> {
        match self.stage.clone() {
            Stage::Starting(until) => self.starting(until, cx),
            Stage::Attached(id, end) => self.attached(id, end, cx),
            Stage::Ending(until) => self.ending(until, cx),
        }
    }

    fn interrupt(&mut self, cx: &mut Cx<'_>) -> i32 {
        if let Err(failure) = self.finish(cx) {
            cx.err(failure.message);
        }
        130
    }

    fn clone_box(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
