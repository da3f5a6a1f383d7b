//! What the page asks of the session, in the page's own words. The only file that knows how the session is made.

use std::rc::Rc;

use super::hub::Topic;
use super::icon::Moon;
use super::text::{Lang, Word};

/// A stretch of text in the terminal.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Span {
    pub text: String,
    /// A class of the style sheet; empty is plain.
    pub class: &'static str,
    /// The object that the text names.
    pub object: Option<String>,
}

/// One line of the terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `$ ` or `> ` when the learner typed it.
    pub prompt: Option<String>,
    pub spans: Vec<Span>,
    /// The number of the command when it changed something.
    pub cause: Option<u8>,
}

/// A goal of the current step.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub state: Moon,
    pub text: String,
    pub missing: String,
}

/// The lesson panel.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LessonView {
    pub track: String,
    pub title: String,
    pub heading: String,
    pub step: usize,
    pub steps: usize,
    pub body: String,
    pub goals: Vec<Goal>,
    pub hints: Vec<String>,
    pub hints_left: usize,
    pub solution: Option<Vec<String>>,
    /// The last hint is the solution.
    pub ends_with_solution: bool,
    pub can_back: bool,
    pub can_next: bool,
    pub done: bool,
}

/// A command on the time bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    pub at: f64,
    pub text: String,
    pub cause: Option<u8>,
}

/// A mark of the chart in the outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    pub id: String,
    pub label: String,
    /// From one.
    pub level: usize,
}

/// One stop of an explanation.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Stop {
    pub sentence: String,
    pub detail: String,
    pub quote: String,
    pub evidence: Vec<String>,
}

/// What the object panel shows.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ObjectView {
    pub name: String,
    pub kind: String,
    pub facts: Vec<(String, String)>,
    /// Commands that can be run with a press.
    pub commands: Vec<(Word, String)>,
    /// For a node: whether it has power.
    pub powered: Option<bool>,
    pub yaml: String,
}

/// What a field means.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldNote {
    pub name: String,
    pub kind: String,
    pub text: String,
}

/// See the module.
pub struct Bridge {
    lang: Lang,
    rows: Vec<Rc<Row>>,
    now: f64,
    paused: bool,
    speed: f64,
    moved: Vec<Topic>,
    told: f64,
}

impl Bridge {
    /// A session: the saved one, or a new one. An error says why the saved one cannot be read.
    pub fn open(lang: Lang, _saved: Option<&str>) -> Result<Bridge, String> {
        Ok(Bridge { lang, rows: vec![], now: 0.0, paused: false, speed: 1.0, moved: vec![], told: 0.0 })
    }

    /// Runs one frame. True when the picture changed.
    pub fn frame(&mut self, elapsed_ms: f64) -> bool {
        if self.paused {
            return false;
        }
        self.now += elapsed_ms * self.speed;
        if self.now - self.told > 100.0 * self.speed {
            self.told = self.now;
            self.moved.push(Topic::Clock);
        }
        true
    }

    pub fn moved(&mut self) -> Vec<Topic> {
        let mut moved = std::mem::take(&mut self.moved);
        moved.sort();
        moved.dedup();
        moved
    }

    pub fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
        self.moved.push(Topic::Lesson);
    }

    /// The lines, and the number of the first one that is still kept.
    pub fn rows(&self) -> (usize, &[Rc<Row>]) {
        (0, &self.rows)
    }

    pub fn prompt(&self) -> String {
        "$ ".to_string()
    }

    pub fn busy(&self) -> bool {
        false
    }

    pub fn submit(&mut self, line: &str) {
        let span = |text: &str, class| Span { text: text.to_string(), class, object: None };
        self.rows.push(Rc::new(Row { prompt: Some("$ ".into()), spans: vec![span(line, "cmd")], cause: Some(1) }));
        self.rows.push(Rc::new(Row {
            prompt: None,
            spans: vec![
                span("NAME      STATUS", ""),
                Span { text: "web-1".into(), class: "", object: Some("pod/web-1".into()) },
            ],
            cause: None,
        }));
        self.moved.push(Topic::Terminal);
    }

    pub fn interrupt(&mut self, _line: &str) {}
    pub fn eof(&mut self) {}
    pub fn clear(&mut self) {
        self.rows.clear();
        self.moved.push(Topic::Terminal);
    }

    /// Candidates for the word under the cursor: where it starts, in UTF-16 units, and what it may become.
    pub fn complete(&mut self, _line: &str, _cursor: usize) -> (usize, Vec<String>) {
        (0, vec![])
    }

    pub fn history(&self) -> Vec<String> {
        self.rows.iter().filter(|r| r.prompt.is_some()).map(|r| r.spans[0].text.clone()).collect()
    }

    pub fn lesson(&self) -> Option<LessonView> {
        let ko = self.lang == Lang::Ko;
        Some(LessonView {
            track: if ko { "기초" } else { "Foundations" }.into(),
            title: if ko { "첫 5분" } else { "The first five minutes" }.into(),
            heading: if ko { "준비되지 않은 파드에는 요청을 보내지 않습니다" } else { "Nobody talks to anybody else" }.into(),
            step: 1,
            steps: 4,
            body: "You typed one command. Six more writes followed, by three programs that have never met.\n\nSlow time down and follow revision `2057`.".into(),
            goals: vec![
                Goal { state: Moon::Done, text: "Create the deployment `hello` with 2 replicas".into(), missing: String::new() },
                Goal { state: Moon::Now, text: "Stop time".into(), missing: "Use the step keys".into() },
                Goal { state: Moon::Open, text: "Break the scheduler".into(), missing: String::new() },
            ],
            hints: vec![],
            hints_left: 2,
            solution: None,
            ends_with_solution: true,
            can_back: false,
            can_next: true,
            done: false,
        })
    }

    pub fn lesson_go(&mut self, _forward: bool) {}
    pub fn lesson_hint(&mut self) {}

    pub fn now_ms(&self) -> f64 {
        self.now
    }
    pub fn revision(&self) -> u64 {
        214
    }
    pub fn paused(&self) -> bool {
        self.paused
    }
    pub fn speed(&self) -> f64 {
        self.speed
    }
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
        self.moved.push(Topic::Clock);
    }
    pub fn step(&mut self) {
        self.paused = true;
        self.now += 100.0;
        self.moved.push(Topic::Clock);
    }
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = speed;
        self.moved.push(Topic::Clock);
    }
    pub fn chips(&self) -> Vec<Chip> {
        vec![Chip { at: 2_000.0, text: "apply -f web.yaml".into(), cause: Some(1) }]
    }
    /// When revisions were written: bars of the track.
    pub fn bars(&self) -> Vec<(f64, u32)> {
        (0..60).map(|i| (f64::from(i) * 431.0, 1 + i as u32 % 5)).collect()
    }

    pub fn choose(&mut self, _id: Option<String>) {}
    pub fn hover(&mut self, _id: Option<String>) {}

    pub fn lessons(&self) -> Vec<(String, String, String, bool)> {
        vec![]
    }
    pub fn lesson_start(&mut self, _id: &str) {}
    pub fn lesson_leave(&mut self) {}
    pub fn why(&self, _id: &str) -> Vec<Stop> {
        vec![]
    }
    pub fn object(&self, _id: &str) -> Option<ObjectView> {
        None
    }
    pub fn power(&mut self, _node: &str, _on: bool) {}
    pub fn faulty(&self, _path: &str) -> bool {
        false
    }
    pub fn problems(&self, _path: &str) -> (usize, usize) {
        (0, 0)
    }
    pub fn remark(&mut self, text: &str) {
        self.rows.push(Rc::new(Row {
            prompt: None,
            spans: vec![Span { text: text.into(), class: "f", object: None }],
            cause: None,
        }));
        self.moved.push(Topic::Terminal);
    }
    pub fn hit(&self, _x: f64, _y: f64) -> Option<String> {
        None
    }
    pub fn pan(&mut self, _x: f64, _y: f64) {}
    pub fn zoom(&mut self, _by: f64, _x: f64, _y: f64) {}
    pub fn zoom_center(&mut self, _by: f64) {}
    pub fn fit(&mut self) {}
    pub fn camera(&self) -> (f64, f64, f64) {
        (0.0, 0.0, 1.0)
    }
    pub fn outline(&self) -> Vec<Leaf> {
        vec![]
    }
    pub fn place_of(&self, _id: &str) -> Option<(f64, f64, f64, f64)> {
        None
    }
    pub fn size(&self) -> (f64, f64) {
        (800.0, 600.0)
    }
    pub fn resize(&mut self, _w: f64, _h: f64) {}
    pub fn shapes(&self) -> Vec<pilothouse::scene::shape::Shape> {
        vec![]
    }
    pub fn news(&mut self) -> Option<String> {
        None
    }
    pub fn wants_file(&mut self) -> Option<String> {
        None
    }
    pub fn keep(&mut self) {}
    pub fn start_again(&mut self) {}
    pub fn outside_version(&self, _path: &str) -> u64 {
        0
    }
    pub fn file(&self, _path: &str) -> Option<String> {
        Some("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n".into())
    }
    pub fn write_file(&mut self, _path: &str, _text: &str) {}
    pub fn file_names(&self) -> Vec<String> {
        vec![]
    }
    pub fn full_path(&self, name: &str) -> String {
        name.into()
    }
    pub fn spoken(&self, path: &str) -> String {
        path.into()
    }
    pub fn is_lesson(&self, _path: &str) -> bool {
        false
    }
    pub fn play_file(&mut self, _path: &str) {}
    pub fn diagnose(&mut self, _path: &str, _text: &str) -> String {
        "[]".into()
    }
    pub fn suggest(&self, _path: &str, _text: &str, _at: usize) -> String {
        "null".into()
    }
    pub fn field_note(&self, _path: &str, _text: &str, _at: usize) -> Option<FieldNote> {
        None
    }
}
