//! The drawing kit: one file per thing on the chart. Every function takes plain inputs and adds shapes to a pen;
//! none reads the world. Geometry follows the visual language of the project.

pub mod capsule;
pub mod card;
pub mod chip;
pub mod container;
pub mod control;
pub mod door;
pub mod drum;
pub mod flag;
pub mod fleet;
pub mod line;
pub mod message;
pub mod moon;
pub mod neatline;
pub mod node;
pub mod pea;
pub mod pip;
pub mod place;
pub mod pod;
pub mod process;
pub mod ring;
pub mod service;
pub mod slots;
pub mod strip;
pub mod tray;
pub mod waterline;
pub mod workload;
