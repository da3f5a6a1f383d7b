//! The panels of the desk's upper half.

pub mod lesson;
pub mod object;
pub mod why;
