//! The lessons that come with the program, in the order of `lessons/course.yaml`.

use crate::lesson::{Lesson, LessonError, load};

/// A lesson's path below `lessons/` and its text.
pub struct Entry {
    pub path: &'static str,
    pub text: &'static str,
}

/// One line a lesson; a test compares it with `lessons/course.yaml`.
pub static COURSE: &[Entry] = &[
    Entry { path: "start/first-five-minutes.yaml", text: include_str!("../../lessons/start/first-five-minutes.yaml") },
    Entry { path: "start/desired-state.yaml", text: include_str!("../../lessons/start/desired-state.yaml") },
    Entry { path: "start/pod-from-yaml.yaml", text: include_str!("../../lessons/start/pod-from-yaml.yaml") },
];

impl Entry {
    /// # Errors
    /// The author's mistakes.
    pub fn lesson(&self) -> Result<Lesson, LessonError> {
        load(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_course_file_names_what_is_built_in() {
        let listed: Vec<String> =
            crate::base::yaml::read(include_str!("../../lessons/course.yaml")).expect("the course file is a list");
        assert_eq!(listed, COURSE.iter().map(|entry| entry.path).collect::<Vec<_>>());
    }

    #[test]
    fn every_lesson_loads_and_speaks_both_languages() {
        for entry in COURSE {
            let lesson = entry.lesson().unwrap_or_else(|error| panic!("{}: {error}", entry.path));
            assert!(lesson.title.ko.is_some() && lesson.intro.ko.is_some(), "{}", entry.path);
            assert!(lesson.steps.iter().all(|s| s.text.ko.is_some() && s.task.ko.is_some() && s.title.ko.is_some()));
        }
    }
}
