//! The chart: World -> Scene (what is there) -> Layout (where) -> Stage (motion) -> shapes, and the SVG painter.
//! This floor reads the world and cannot change it. Floats are allowed here and above only.

pub mod glyphs;
pub mod kit;
pub mod measure;
pub mod plate;
pub mod shape;
pub mod state;
pub mod svg;
pub mod theme;
