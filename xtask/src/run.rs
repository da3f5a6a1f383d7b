//! Starting other programs, with a line that says so.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An error is a sentence for the person at the terminal.
pub type Result<T = ()> = std::result::Result<T, String>;

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies inside the project").to_path_buf()
}

/// Says what happens now.
pub fn say(text: &str) {
    println!("==> {text}");
}

/// A program with our own tools first on its path.
pub fn command(program: &str) -> Run {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = vec![crate::tools::folder().join("bin")];
    folders.extend(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    // what cargo told this program about itself is not for the programs it starts
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    Run { command, program: program.to_string() }
}

/// A program about to be started.
pub struct Run {
    command: Command,
    program: String,
}

impl Run {
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Run {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    pub fn folder(mut self, folder: &str) -> Run {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end; not to succeed is an error.
    pub fn go(mut self) -> Result {
        let status = self.command.status().map_err(|error| format!("{} cannot be started: {error}", self.program))?;
        if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", self.program)) }
    }

    /// Runs it quietly and gives what it printed.
    pub fn read(mut self) -> Result<String> {
        let output = self
            .command
            .stderr(Stdio::null())
            .output()
            .map_err(|error| format!("{} cannot be started: {error}", self.program))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("{} failed ({})", self.program, output.status))
        }
    }

    /// Runs it, shows what it prints, and gives every line and whether it succeeded.
    pub fn watch(mut self) -> Result<(bool, Vec<String>)> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", self.program))?;
        let mut lines = vec![];
        if let Some(out) = child.stdout.take() {
            for line in BufReader::new(out).split(b'\n').map_while(std::io::Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                println!("{line}");
                lines.push(line);
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        Ok((status.success(), lines))
    }
}
