//! The commands of the laptop that know the cluster or the page, one file each.

mod clear;
mod edit;
mod help;
mod history;
mod kubectl;
mod node;
pub mod sim;
mod why;

use crate::script::tools;

use super::command::Command;

/// Every command, in the order of `help`.
pub static ALL: &[&dyn Command] =
    &[&kubectl::Kubectl, &why::Why, &node::Node, &sim::Sim, &edit::Edit, &help::Help, &history::History, &clear::Clear];

/// The command of this name.
pub fn find(name: &str) -> Option<&'static dyn Command> {
    ALL.iter().copied().find(|c| c.spec().name == name || c.spec().aliases.contains(&name))
}

/// Names of all programs.
pub fn names() -> Vec<String> {
    let mut all: Vec<String> = tools::ALL.iter().map(|(n, _)| (*n).to_owned()).collect();
    for command in ALL {
        all.push(command.spec().name.to_owned());
        all.extend(command.spec().aliases.iter().map(|a| (*a).to_owned()));
    }
    all.sort();
    all
}
