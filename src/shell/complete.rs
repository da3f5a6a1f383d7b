//! Tab: commands, files, variables, then what the command itself knows.

use crate::script::files::What;
use crate::script::run_names;
use crate::world::World;

use super::builtins;
use super::command::{Completion, Typing};
use super::terminal::Shell;

const MOST: usize = 200;

/// Ways to go on with the word at the cursor, and where that word begins.
pub fn complete(
    shell: &Shell,
    state: Option<&crate::script::shell::Shell>,
    line: &str,
    cursor: usize,
    world: &World,
) -> (usize, Vec<Completion>) {
    let cursor = (0..=cursor.min(line.len())).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
    let before = &line[..cursor];
    let (words, start) = split(before);
    let open = open_quote(&before[start..]);
    let word = words.last().cloned().unwrap_or_default();
    let raw = &before[start..];
    let mut found =
        if let Some(at) = raw.rfind('$').filter(|at| raw[at + 1..].chars().all(|c| c == '_' || c.is_alphanumeric())) {
            let head = &raw[..at + 1];
            let names = state.map(|s| s.vars.keys().map(|k| k.to_string()).collect::<Vec<_>>()).unwrap_or_default();
            let tail = &raw[at + 1..];
            names.into_iter().filter(|n| n.starts_with(tail)).map(|n| Completion::word(format!("{head}{n}"))).collect()
        } else if words.len() == 1 && !word.contains('/') {
            commands(state, &word)
        } else {
            arguments(shell, state, &words, world)
        };
    if let Some(at) = open {
        // what was typed stays, with the quote that is still open
        let typed = &raw[..=at];
        let plain = typed.chars().filter(|c| !matches!(c, '\'' | '"')).count();
        let behind = |text: &str| text.char_indices().nth(plain).map_or(String::new(), |(i, _)| text[i..].to_owned());
        found.iter_mut().for_each(|c| c.text = format!("{typed}{}", behind(&c.text)));
    }
    found.sort();
    found.dedup();
    found.truncate(MOST);
    (start, found)
}

fn commands(state: Option<&crate::script::shell::Shell>, word: &str) -> Vec<Completion> {
    let mut names = builtins::names();
    names.extend(run_names().iter().map(|n| (*n).to_owned()));
    if let Some(state) = state {
        names.extend(state.aliases.keys().cloned());
        names.extend(state.functions.keys().map(|k| k.to_string()));
    }
    let fits = names.into_iter().filter(|n| n.starts_with(word) && n.chars().next().is_some_and(char::is_alphabetic));
    fits.map(|n| {
        let note = builtins::find(&n).map_or("", |c| c.spec().summary[0]);
        Completion::noted(n, note)
    })
    .collect()
}

fn arguments(
    shell: &Shell,
    state: Option<&crate::script::shell::Shell>,
    words: &[String],
    world: &World,
) -> Vec<Completion> {
    let mut words = words.to_vec();
    if let Some(value) = state.and_then(|s| s.aliases.get(&words[0])) {
        words.splice(0..1, value.split_whitespace().map(str::to_owned));
    }
    let word = words.last().cloned().unwrap_or_default();
    if let Some(command) = words.first().and_then(|n| builtins::find(n)) {
        let env = |name: &str| state.and_then(|s| s.get(name)).map(|t| t.to_string());
        let home = |path: &str| crate::script::files::join(&shell.cwd(), path);
        let read = |path: &str| shell.files.read(&home(path)).ok();
        let own = command.complete(&Typing { words: &words, world, env: &env, read: &read });
        let wants_file = matches!(
            words.get(words.len().wrapping_sub(2)).map(String::as_str),
            Some("-f" | "--filename" | "-k" | "--kustomize" | "--kubeconfig")
        );
        if !own.is_empty() || (command.spec().name == "kubectl" && !wants_file) {
            return own.into_iter().filter(|c| c.text.starts_with(&word)).collect();
        }
    }
    let dirs = matches!(words[0].as_str(), "cd" | "rmdir");
    files(shell, &word, dirs)
}

fn files(shell: &Shell, word: &str, dirs: bool) -> Vec<Completion> {
    let (head, flag) = match word.split_once('=') {
        Some((flag, path)) if flag.starts_with("--") => (path, format!("{flag}=")),
        _ => (word, String::new()),
    };
    let (dir, name) = head.rsplit_once('/').map_or(("", head), |(d, n)| (if d.is_empty() { "/" } else { d }, n));
    let at = match dir.strip_prefix('~') {
        Some(rest) => format!("{}{rest}", super::terminal::HOME),
        None => crate::script::files::join(&shell.cwd(), dir),
    };
    let list = shell.files.list(&at).unwrap_or_default();
    let fits = list.into_iter().filter(|n| n.starts_with(name) && (name.starts_with('.') || !n.starts_with('.')));
    fits.filter_map(|n| {
        let is_dir = shell.files.stat(&format!("{at}/{n}")).is_ok_and(|s| s.kind == What::Dir);
        if dirs && !is_dir {
            return None;
        }
        let lead = &head[..head.len() - name.len()];
        let tail = if is_dir { "/" } else { "" };
        Some(Completion { text: format!("{flag}{lead}{n}{tail}"), note: String::new(), open: is_dir })
    })
    .collect()
}

/// Where in a word the quote stands that is not closed yet.
fn open_quote(raw: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    for (i, c) in raw.char_indices() {
        match open {
            Some((_, quote)) if quote == c => open = None,
            None if matches!(c, '\'' | '"') => open = Some((i, c)),
            _ => {}
        }
    }
    open.map(|(i, _)| i)
}

/// The words of the command the cursor is in, without quotes, and where the last one begins.
fn split(text: &str) -> (Vec<String>, usize) {
    let mut words = vec![String::new()];
    let mut start = 0;
    let mut quote: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), c) => words.last_mut().expect("there is always a word").push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => {
                if let Some((_, c)) = chars.next() {
                    words.last_mut().expect("there is always a word").push(c);
                }
            }
            (None, ' ' | '\t') => {
                if words.last().is_some_and(|w| !w.is_empty()) {
                    words.push(String::new());
                }
                start = i + c.len_utf8();
            }
            (None, '|' | ';' | '&' | '(' | '\n' | '`') => {
                words = vec![String::new()];
                start = i + c.len_utf8();
            }
            (None, '<' | '>') => {
                words = vec!["cat".into(), String::new()];
                start = i + c.len_utf8();
            }
            (None, c) => words.last_mut().expect("there is always a word").push(c),
        }
    }
    while words.len() > 1 && words[0].contains('=') && !words[0].starts_with('-') {
        words.remove(0);
    }
    if words.len() > 1 && matches!(words[0].as_str(), "sudo" | "time" | "watch" | "do" | "then" | "!" | "xargs") {
        words.remove(0);
    }
    (words, start)
}
