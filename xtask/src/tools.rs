//! What the page and its tests need on this machine: checked first, installed where missing, never twice.

use std::fs;
use std::path::{Path, PathBuf};

use crate::hash;
use crate::run::{Result, command, root, say};

const TRUNK: &str = "0.21.14";
/// Equal to the locked wasm-bindgen.
const BINDGEN: &str = "0.2.130";
const TARGET: &str = "wasm32-unknown-unknown";

/// Where tools are kept from one clone to the next.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("PILOTHOUSE_TOOLS") {
        return folder.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    cache.unwrap_or_else(home).join("pilothouse/tools")
}

/// Everything.
pub fn all() -> Result {
    page()?;
    browser()
}

/// What building the page needs.
pub fn page() -> Result {
    target()?;
    crate_of("trunk", "trunk", TRUNK, true)?;
    // without --locked: its lock file does not build with every compiler
    crate_of("wasm-bindgen", "wasm-bindgen-cli", BINDGEN, false)?;
    debian(&[("node", "nodejs"), ("npm", "npm")])?;
    packages()
}

/// What testing in a browser needs.
pub fn browser() -> Result {
    debian(&[("chromium", "chromium"), ("chromedriver", "chromium-driver")])?;
    if let Err(why) = debian(&[("firefox-esr", "firefox-esr")]) {
        say(&format!("without Firefox its test is passed over: {why}"));
    }
    if !Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
        && let Err(why) = install(&["fonts-noto-cjk"])
    {
        say(&format!("without a Korean font pictures show boxes: {why}"));
    }
    packages()
}

/// The path of wasm-bindgen's test runner.
pub fn runner() -> PathBuf {
    folder().join("bin/wasm-bindgen-test-runner")
}

fn target() -> Result {
    let sysroot = command("rustc").args(["--print", "sysroot"]).read()?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    say(&format!("adding the target {TARGET} (rustup)"));
    command("rustup").args(["target", "add", TARGET]).go()
}

fn crate_of(program: &str, package: &str, version: &str, locked: bool) -> Result {
    let here = command(program).args(["--version"]).read().unwrap_or_default();
    if here.split_whitespace().any(|word| word == version) {
        return Ok(());
    }
    let folder = folder();
    say(&format!("installing {package} {version} into {} (once, a few minutes)", folder.display()));
    let spec = format!("{package}@{version}");
    let place = folder.to_string_lossy().into_owned();
    let mut args = vec!["install", &spec, "--root", &place];
    if locked {
        args.push("--locked");
    }
    command("cargo").args(args).env("CARGO_TARGET_DIR", root().join("target/tools")).go()
}

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Installs the Debian package of every program that is not found.
fn debian(programs: &[(&str, &str)]) -> Result {
    let missing: Vec<&str> =
        programs.iter().filter(|(program, _)| !found(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn install(packages: &[&str]) -> Result {
    let list = packages.join(" ");
    let root = command("id").args(["-u"]).read().is_ok_and(|id| id.trim() == "0");
    if !root || !found("apt-get") {
        return Err(format!("please install: {list} (on Debian: apt-get install {list})"));
    }
    say(&format!("installing {list} (apt-get)"));
    command("apt-get").args(["update", "-qq"]).go()?;
    let args = ["install", "-y", "-qq", "--no-install-recommends"];
    command("apt-get")
        .args(args.into_iter().chain(packages.iter().copied()))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .go()
}

/// The npm packages of `web/`: kept beside the tools under the number of the lock file, linked from `web/node_modules`.
fn packages() -> Result {
    let number = format!("npm-{:016x}", hash::file(Path::new("web/package-lock.json")));
    let place = folder().join(number);
    let link = Path::new("web/node_modules");
    let done = place.join("done");
    if done.exists() && fs::canonicalize(link).ok() == fs::canonicalize(place.join("node_modules")).ok() {
        return Ok(());
    }
    if !done.exists() {
        say(&format!("installing npm packages into {}", place.display()));
        fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(Path::new("web").join(name), place.join(name)).map_err(|error| error.to_string())?;
        }
        let folder = place.to_string_lossy().into_owned();
        command("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .folder(&folder)
            .go()?;
        fs::write(&done, "").map_err(|error| error.to_string())?;
    }
    if link.is_symlink() {
        let _ = fs::remove_file(link);
    } else if link.exists() {
        let _ = fs::remove_dir_all(link);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(place.join("node_modules"), link).map_err(|error| error.to_string())?;
    Ok(())
}
