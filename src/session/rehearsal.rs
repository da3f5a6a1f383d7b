//! Plays a lesson as its author meant it and as learners will: unsolved before, solved by the solution, every wrong answer
//! refused with its own words.

use super::Session;
use crate::lesson::player::Progress;
use crate::lesson::{Act, Lang};
use crate::time::Span;

/// What a rehearsal found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub steps: usize,
    pub checks: usize,
    pub wrong: usize,
    pub failures: Vec<String>,
}

/// How long a step may take to become true once everything is typed, in virtual time.
const PATIENCE: Span = Span::seconds(90);
/// How long a wrong answer must stay wrong.
const REFUSED_FOR: Span = Span::seconds(60);
/// How long one command may run.
const LONGEST: Span = Span::minutes(5);

pub fn rehearse(text: &str) -> Report {
    let mut report = Report::default();
    let mut session = Session::new(1);
    session.pace.follow = false;
    if let Err(error) = session.start_lesson(text) {
        report.failures.push(error.to_string());
        return report;
    }
    while let Some(player) = session.player.clone() {
        let step = player.current();
        let at = format!("step {} ({})", player.step + 1, step.title.en);
        report.steps += 1;
        report.checks += step.check.len();
        session.run_until(session.world.now + Span::seconds(1));
        if progress(&session) == Progress::Done {
            report.failures.push(format!("{at}: is done before anything was done"));
        }
        for (n, wrong) in step.wrong.iter().enumerate() {
            report.wrong += 1;
            let mut other = session.clone();
            play(&mut other, &wrong.acts);
            other.run_until(other.world.now + REFUSED_FOR);
            let said = match progress(&other) {
                Progress::Done => {
                    report.failures.push(format!("{at}: wrong answer {} passes", n + 1));
                    continue;
                }
                Progress::Missing(text) => text.get(Lang::En).to_string(),
                other => format!("{other:?}"),
            };
            if !wrong.when.is_empty() && said != wrong.says.en {
                report.failures.push(format!("{at}: wrong answer {} is told {said:?}", n + 1));
            }
        }
        play(&mut session, &step.solution);
        let end = session.world.now + PATIENCE;
        while progress(&session) != Progress::Done && session.world.now < end {
            session.run_until(session.world.now + Span::millis(500));
        }
        match progress(&session) {
            Progress::Done => {}
            other => {
                report.failures.push(format!("{at}: the solution does not solve it: {other:?}"));
                break;
            }
        }
        if !player.has_next() {
            break;
        }
        session.act(super::Act::Step { to: player.step + 1 });
    }
    report
}

fn progress(session: &Session) -> Progress {
    session.player.as_ref().map_or(Progress::Open, |player| player.progress.clone())
}

/// Types, edits, waits.
fn play(session: &mut Session, acts: &[Act]) {
    for act in acts {
        match act {
            Act::Run(line) => {
                session.submit(line);
                let end = session.world.now + LONGEST;
                while session.shell.busy() && session.world.now < end {
                    session.run_until(session.world.now + Span::millis(100));
                }
            }
            Act::Edit { file, text } => session.act(super::Act::Write { path: file.clone(), text: text.clone() }),
            Act::Wait(seconds) => session.run_until(session.world.now + Span::seconds(*seconds)),
        }
    }
}
