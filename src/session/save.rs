//! A session as a text: the seed and the inputs with their times. Restoring replays them.

use super::{Act, Input, Session};
use crate::api::Release;
use crate::api::schema::Docs;
use crate::lesson::Lang;
use crate::node::cloud::Group;
use crate::time::Time;
use crate::world::Spec;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;

/// The form of the saved text; another number is refused with a sentence.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    seed: u64,
    workers: u32,
    cpu: u32,
    memory: u64,
    /// `v1.36.3`; what is not there is the current one.
    #[serde(default)]
    release: Option<String>,
    /// The least and the most workers, where an autoscaler decides.
    #[serde(default)]
    autoscale: Option<(u32, u32)>,
    /// A metrics-server runs from the beginning.
    #[serde(default)]
    metrics: bool,
    /// Virtual milliseconds.
    now: u64,
    lang: String,
    speed: f64,
    paused: bool,
    /// Step of the lesson and how many are done: latched, so not left to the replay.
    lesson: Option<(usize, usize)>,
    inputs: Vec<(u64, Act)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// Not what `save` wrote; the parser's words.
    Broken(String),
    /// Written by another version.
    Version(u32),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::Broken(why) => write!(f, "the saved session cannot be read: {why}"),
            RestoreError::Version(version) => {
                write!(f, "the saved session has form {version}, this program reads form {VERSION}")
            }
        }
    }
}

impl std::error::Error for RestoreError {}

/// What replaying may cost at the most, in virtual time.
const LONGEST: u64 = 7 * 24 * 3_600_000;

impl Session {
    pub fn save(&self) -> String {
        let saved = Saved {
            version: VERSION,
            seed: self.seed,
            workers: self.spec.workers,
            cpu: self.spec.cpu,
            memory: self.spec.memory,
            release: Some(self.spec.release.to_string()),
            autoscale: self.spec.autoscale.map(|group| (group.min, group.max)),
            metrics: self.spec.metrics,
            now: self.world.now.0,
            lang: if self.lang == Lang::Ko { "ko" } else { "en" }.into(),
            speed: self.pace.speed,
            paused: self.pace.paused,
            lesson: self.player.as_ref().map(|player| (player.step, player.done)),
            inputs: self.inputs.iter().map(|input| (input.at.0, input.act.clone())).collect(),
        };
        serde_json::to_string(&saved).expect("a session is JSON")
    }

    /// # Errors
    /// When the text is not a saved session of this version.
    pub fn restore(text: &str) -> Result<Session, RestoreError> {
        Session::restore_with(text, None)
    }

    /// The same with the descriptions at hand, for a session that asked for them.
    ///
    /// # Errors
    /// As [`Session::restore`].
    pub fn restore_with(text: &str, docs: Option<Rc<Docs>>) -> Result<Session, RestoreError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|e| RestoreError::Broken(e.to_string()))?;
        let version = value["version"].as_u64().unwrap_or(0) as u32;
        if version != VERSION {
            return Err(RestoreError::Version(version));
        }
        let saved: Saved = serde_json::from_value(value).map_err(|e| RestoreError::Broken(e.to_string()))?;
        if saved.workers > 5_000 || saved.now > LONGEST || !(0.0..=1_000.0).contains(&saved.speed) {
            return Err(RestoreError::Broken("a figure is out of range".into()));
        }
        let release = saved.release.as_deref().map_or(Ok(Release::default()), str::parse);
        let release = release.map_err(RestoreError::Broken)?;
        let autoscale = saved.autoscale.map(|(min, max)| Group { min, max });
        let (workers, cpu, memory, metrics) = (saved.workers, saved.cpu, saved.memory, saved.metrics);
        let spec = Spec { workers, cpu, memory, release, autoscale, metrics };
        let mut session = Session::with(spec, saved.seed);
        session.speak(if saved.lang == "ko" { Lang::Ko } else { Lang::En });
        if let Some(docs) = docs {
            session.take_docs(docs);
        }
        if saved.lesson.is_some() {
            session.own = Spec { release: Release::default(), ..session.own };
        }
        for (at, act) in saved.inputs {
            session.run_until(Time(at.min(saved.now)));
            session.apply(&act);
            session.inputs.push(Input { at: session.world.now, act });
        }
        session.run_until(Time(saved.now));
        session.asked = None;
        session.pace.speed = saved.speed;
        session.pace.paused = saved.paused;
        if let (Some(player), Some((step, done))) = (&mut session.player, saved.lesson) {
            player.done = player.done.max(done.min(player.lesson.steps.len()));
            if player.step != step {
                player.begin(step, &session.world);
            }
        }
        Ok(session)
    }

    /// The session as a transcript: for a bug report.
    pub fn transcript(&self) -> String {
        let mut text = format!("# A session, seed {}\n", self.seed);
        let mut last = self.world.opened;
        for Input { at, act } in &self.inputs {
            let passed = at.since(last).as_seconds();
            if passed > 0 {
                text.push_str(&format!("@ +{passed}s\n"));
            }
            last = *at;
            match act {
                Act::Line(line) => text.push_str(&format!("$ {}\n", line.replace('\n', "\\\n"))),
                Act::Write { path, text: file } => {
                    text.push_str(&format!("@ file {path}\n{}\n@ end\n", file.trim_end()))
                }
                Act::Aside { line } => text.push_str(&format!("$ {line}\n")),
                Act::Power { node, on } => {
                    text.push_str(&format!("$ node {} {node}\n", if *on { "start" } else { "stop" }))
                }
                Act::Lesson { .. } | Act::Step { .. } | Act::Interrupt | Act::End | Act::Hint | Act::Predict { .. } => {
                    let name = serde_json::to_string(act).unwrap_or_default();
                    text.push_str(&format!("# {}\n", name.chars().take(80).collect::<String>()));
                }
            }
        }
        text
    }
}
