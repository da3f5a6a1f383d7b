//! shell

pub mod kubectl;
