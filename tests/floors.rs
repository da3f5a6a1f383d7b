//! The house rules that a program can check: floors only look down, files stay short, the library stays pure.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(below: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    let mut folders = vec![below.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("a source file can be read")
}

/// The floors in the order of `lib.rs`.
fn floors() -> Vec<String> {
    let lib = read(Path::new("src/lib.rs"));
    lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_string).collect()
}

/// Floors that a source text names with `crate::`.
fn named(text: &str, floors: &[String]) -> Vec<String> {
    let mut found = vec![];
    for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
        for part in line.split("crate::").skip(1) {
            let words: Vec<&str> = if let Some(list) = part.strip_prefix('{') {
                list.split(',').map(|item| item.trim().split("::").next().unwrap_or("")).collect()
            } else {
                vec![part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")]
            };
            found.extend(words.into_iter().map(str::to_string).filter(|word| floors.contains(word)));
        }
    }
    found
}

fn upward(floor: usize, text: &str, floors: &[String]) -> Vec<String> {
    let higher = |name: &String| floors.iter().position(|f| f == name).is_some_and(|at| at > floor);
    named(text, floors).into_iter().filter(higher).collect()
}

#[test]
fn floors_only_look_down() {
    let floors = floors();
    assert!(floors.len() > 10, "the floors of lib.rs were not found: {floors:?}");
    let mut broken = vec![];
    for (at, floor) in floors.iter().enumerate() {
        for file in rust_files(&Path::new("src").join(floor)) {
            for name in upward(at, &read(&file), &floors) {
                broken.push(format!("{} uses {name}, which stands above {floor}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_look_upward_is_noticed() {
    let floors = floors();
    let text = "use crate::{api::Object, world::World};\n";
    assert_eq!(upward(0, text, &floors), ["api", "world"]);
    let world = floors.iter().position(|f| f == "world").expect("there is a world");
    assert!(upward(world, text, &floors).is_empty());
}

#[test]
fn files_are_short_enough_to_read() {
    let long: Vec<String> = rust_files(Path::new("src"))
        .into_iter()
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > 800)
        .map(|(lines, file)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "split these (800 lines at the most):\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = rust_files(Path::new("src"))
        .into_iter()
        .filter(|file| !read(file).starts_with("//!"))
        .map(|file| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "begin with a `//!` line:\n{}", silent.join("\n"));
}

#[test]
fn the_library_has_no_clock_no_threads_and_no_hash_maps() {
    let banned = ["time::Instant", "SystemTime", "std::thread", "HashMap", "HashSet", "static mut", "thread_local!"];
    let mut found = vec![];
    for floor in floors() {
        for file in rust_files(&Path::new("src").join(&floor)) {
            for (n, line) in read(&file).lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                if let Some(word) = banned.iter().find(|word| line.contains(**word)) {
                    found.push(format!("{}:{}: {word}", file.display(), n + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "determinism is law:\n{}", found.join("\n"));
}
