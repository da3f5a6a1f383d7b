//! The chart: World -> Scene (what is there) -> Layout (where) -> Stage (motion) -> shapes, and the SVG painter.
//! This floor reads the world and cannot change it. Floats are allowed here and above only.

pub mod build;
mod build_control;
mod build_movers;
mod build_nodes;
mod build_records;
pub mod card;
pub mod ease;
pub mod glyphs;
pub mod hit;
pub mod item;
pub mod kit;
pub mod measure;
pub mod outline;
pub mod packet;
pub mod paint;
pub mod place;
pub mod plate;
pub mod pod_state;
pub mod shape;
pub mod speak;
pub mod stage;
pub mod state;
pub mod svg;
pub mod theme;
pub mod view;
pub mod words;

pub use build::build;
pub use item::Scene;
pub use place::{Layout, place};
pub use stage::Stage;
pub use view::{Id, Lang, Lens, Size, View};

#[cfg(test)]
mod tests;
