//! `kubectl plugin` and `kubectl alpha`, which have nothing in them.
//!
//! Models: `kubectl/pkg/cmd/plugin`.

use super::{Args, Cx, Failure, Flag, Group, Outcome, Spec, Verb};

pub struct Plugin;
struct PluginList;

static PLUGIN: Spec = Spec {
    name: "plugin",
    group: Group::Other,
    short: "Provides utilities for interacting with plugins",
    usage: "[flags]",
    subs: &[&PluginList],
    offline: true,
    ..Spec::EMPTY
};

static PLUGIN_LIST: Spec = Spec {
    name: "list",
    short: "List all visible plugin executables on a user's PATH",
    usage: "[flags]",
    flags: &[&[Flag::bool(
        "name-only",
        "If true, display only the binary name of each plugin, rather than its full path",
    )]],
    offline: true,
    ..Spec::EMPTY
};

impl Verb for Plugin {
    fn spec(&self) -> &'static Spec {
        &PLUGIN
    }
}

impl Verb for PluginList {
    fn spec(&self) -> &'static Spec {
        &PLUGIN_LIST
    }

    fn run(&self, _: &Args, _: &mut Cx<'_>) -> Outcome {
        Err(Failure::error("unable to find any kubectl plugins in your PATH"))
    }
}

/// `kubectl alpha`: there is nothing in it.
pub struct Alpha;

static ALPHA: Spec = Spec { name: "alpha", short: "Commands for features in alpha", offline: true, ..Spec::EMPTY };

impl Verb for Alpha {
    fn spec(&self) -> &'static Spec {
        &ALPHA
    }

    fn run(&self, _: &Args, cx: &mut Cx<'_>) -> Outcome {
        cx.err("No alpha commands are available in this version of kubectl");
        Ok(super::Flow::Done)
    }
}
