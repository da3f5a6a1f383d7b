//! Building the page, for this machine and for hosts.

use std::fs;
use std::path::Path;

use crate::run::{Result, command, say};
use crate::tools;

/// Where the built page stands.
pub const PAGE: &str = "target/page";

/// Builds the page; `release` makes it small and fast, and takes minutes.
pub fn page(release: bool) -> Result {
    tools::page()?;
    editor()?;
    say(if release { "building the page, optimised" } else { "building the page" });
    let mut args = vec!["build", "--public-url", "./"];
    if release {
        args.extend(["--cargo-profile", "page"]);
    }
    command("trunk").args(args).env("NO_COLOR", "true").go()?;
    if release {
        say("making the wasm smaller (a minute)");
        command("node").args(["web/shrink.mjs", PAGE]).go()?;
    }
    Ok(())
}

/// Bundles the editor.
pub fn editor() -> Result {
    command("node").args(["web/bundle.mjs"]).go()
}

/// A folder for a static host, and the same as one file.
pub fn dist(folder: &str) -> Result {
    page(true)?;
    say(&format!("packing into {folder}/"));
    let place = Path::new(folder);
    if place.exists() {
        if !place.join("pilothouse.html").exists() {
            return Err(format!("{folder} is there and is not one of ours; give another folder"));
        }
        fs::remove_dir_all(place).map_err(|error| error.to_string())?;
    }
    command("node").args(["web/pack.mjs", PAGE, folder]).go()
}
