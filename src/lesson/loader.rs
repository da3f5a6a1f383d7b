//! Reads a lesson file; the author's mistakes come with line and column.

use super::model::Lesson;
use crate::base::yaml;
use crate::world::Spec;
use std::fmt;

/// The largest lesson file, in bytes.
pub const LARGEST: usize = 256 << 10;

/// What is wrong with a lesson file. Lines and columns count from 1; 0 when it is about the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.message);
        }
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for LessonError {}

/// # Errors
/// YAML mistakes, unknown or missing fields, and what makes a lesson unplayable.
pub fn load(text: &str) -> Result<Lesson, LessonError> {
    if text.len() > LARGEST {
        return Err(whole(format!("a lesson may have {LARGEST} bytes at the most, this one has {}", text.len())));
    }
    let lesson: Lesson = yaml::read(text).map_err(|mistake| LessonError {
        line: mistake.at.line,
        column: mistake.at.column,
        message: mistake.message,
    })?;
    sound(&lesson)?;
    Ok(lesson)
}

fn sound(lesson: &Lesson) -> Result<(), LessonError> {
    if lesson.id.is_empty() || !lesson.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(whole(format!("id: {:?} must be lower-case letters, digits and dashes", lesson.id)));
    }
    if let Some(shape) = &lesson.setup.cluster {
        Spec::default().with(shape).map_err(|why| whole(format!("setup: cluster: {why}")))?;
    }
    if lesson.steps.is_empty() {
        return Err(whole("steps: a lesson needs at least one step".into()));
    }
    for (n, step) in lesson.steps.iter().enumerate() {
        let at = format!("step {} ({})", n + 1, step.title.en);
        if step.check.is_empty() {
            return Err(whole(format!("{at}: check is empty, so it would pass at once")));
        }
        if step.solution.is_empty() {
            return Err(whole(format!("{at}: solution is empty")));
        }
        let right = step.predict.as_ref().map(|p| p.answers.iter().filter(|a| a.right).count());
        if right.is_some_and(|count| count != 1) {
            return Err(whole(format!("{at}: a prediction needs exactly one right answer")));
        }
        for check in step.check.iter().chain(step.wrong.iter().flat_map(|w| &w.when)) {
            check.sound().map_err(|message| whole(format!("{at}: {message}")))?;
        }
    }
    Ok(())
}

fn whole(message: String) -> LessonError {
    LessonError { line: 0, column: 0, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_field_is_named_with_its_line() {
        let error = load("id: x\ntitel: {en: a}\n").expect_err("titel is no field");
        assert_eq!(error.line, 2);
        assert!(error.message.contains("unknown field `titel`"), "{error}");
    }

    #[test]
    fn a_step_without_a_check_is_refused() {
        let text = "id: x\ntitle: {en: a}\nintro: {en: a}\nsteps:\n- title: {en: t}\n  text: {en: t}\n  task: {en: t}\n  solution: [{run: \"true\"}]\n  check: []\n";
        assert!(load(text).expect_err("no check").message.contains("check is empty"));
    }
}
