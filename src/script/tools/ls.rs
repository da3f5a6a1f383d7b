//! ls: names in directories. -l -a -A -1 -R -d -t -S -r -h -p -F -i.
//!
//! Left out: colours, users other than the current one, links counted.

use crate::script::files::{Stat, What, base};
use crate::script::host::Launch;
use crate::script::sys::{Style, Sys};
use crate::time::Time;

use super::args::{Args, Item, fail};

#[derive(Clone, Copy, Default)]
struct Flags {
    long: bool,
    all: bool,
    dots: bool,
    one: bool,
    recursive: bool,
    itself: bool,
    by_time: bool,
    by_size: bool,
    reverse: bool,
    human: bool,
    slash: bool,
}

struct Row {
    name: String,
    stat: Stat,
}

pub fn run(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let mut flags = Flags::default();
    let mut paths = vec![];
    let mut args = Args::new(argv);
    loop {
        match args.next() {
            Ok(None) => break,
            Ok(Some(Item::Operand(path))) => paths.push(path),
            Ok(Some(Item::Short(c))) => match c {
                'l' | 'n' | 'o' | 'g' => flags.long = true,
                'a' => (flags.all, flags.dots) = (true, true),
                'A' => flags.all = true,
                '1' => flags.one = true,
                'R' => flags.recursive = true,
                'd' => flags.itself = true,
                't' => flags.by_time = true,
                'S' => flags.by_size = true,
                'r' => flags.reverse = true,
                'h' => flags.human = true,
                'p' | 'F' => flags.slash = true,
                'C' | 'i' | 'G' | 's' | 'L' | 'H' => {}
                c => {
                    let text = args.unknown(&Item::Short(c));
                    return Launch::Done(fail(sys, 2, &text));
                }
            },
            Ok(Some(Item::Long(l))) => match l.as_str() {
                "all" => (flags.all, flags.dots) = (true, true),
                "almost-all" => flags.all = true,
                "recursive" => flags.recursive = true,
                "human-readable" => flags.human = true,
                "color" | "full-time" => drop(args.glued()),
                _ => {
                    let text = args.unknown(&Item::Long(l));
                    return Launch::Done(fail(sys, 2, &text));
                }
            },
            Err(text) => return Launch::Done(fail(sys, 2, &text)),
        }
    }
    if paths.is_empty() {
        paths.push(".".into());
    }
    Launch::Done(list(flags, paths, sys))
}

fn list(flags: Flags, mut paths: Vec<String>, sys: &mut Sys<'_>) -> i32 {
    let mut code = 0;
    let (mut files, mut dirs) = (vec![], vec![]);
    paths.sort();
    for path in paths {
        let full = full(sys, &path);
        let stat = if flags.long && !path.ends_with('/') {
            sys.files.lstat(&full)
        } else {
            sys.files.stat(&full).or(sys.files.lstat(&full))
        };
        match stat {
            Ok(stat) if stat.kind == What::Dir && !flags.itself => dirs.push(path),
            Ok(stat) => files.push(Row { name: path, stat }),
            Err(fault) => {
                let (busybox, text) = match super::args::busybox(sys) {
                    true => (true, format!("ls: {path}: {fault}\n")),
                    false => (false, format!("ls: cannot access '{path}': {fault}\n")),
                };
                sys.err(&text);
                code = if busybox { 1 } else { 2 };
            }
        }
    }
    let several =
        dirs.len() + files.len() > 1 || flags.recursive || code != 0 && dirs.len() + files.len() > 0 && dirs.len() > 1;
    let mut fresh = files.is_empty();
    if !files.is_empty() {
        sort(&mut files, flags);
        show(&files, flags, None, sys);
    }
    let mut todo: Vec<String> = dirs.into_iter().rev().collect();
    let mut done = 0;
    while let Some(dir) = todo.pop() {
        done += 1;
        if done > 2000 {
            break;
        }
        let at = full(sys, &dir);
        let mut rows = vec![];
        if flags.dots {
            for name in [".", ".."] {
                if let Ok(stat) = sys.files.stat(&format!("{at}/{name}")) {
                    rows.push(Row { name: name.into(), stat });
                }
            }
        }
        let names = sys.files.list(&at).unwrap_or_else(|fault| {
            let (text, bad) = match super::args::busybox(sys) {
                true => (format!("ls: can't open '{dir}': {fault}\n"), 1),
                false => (format!("ls: cannot open directory '{dir}': {fault}\n"), 2),
            };
            sys.err(&text);
            code = bad;
            vec![]
        });
        if names.is_empty() && code != 0 && sys.files.list(&at).is_err() {
            continue;
        }
        for name in names {
            if (flags.all || !name.starts_with('.'))
                && let Ok(stat) = sys.files.lstat(&format!("{at}/{name}"))
            {
                rows.push(Row { name, stat });
            }
        }
        sort(&mut rows, flags);
        if several {
            sys.out(&format!("{}{dir}:\n", if fresh { "" } else { "\n" }));
        }
        fresh = false;
        if flags.recursive {
            let subs = rows.iter().filter(|r| r.stat.kind == What::Dir && r.name != "." && r.name != "..");
            let subs: Vec<String> = subs.map(|r| format!("{}/{}", dir.trim_end_matches('/'), r.name)).collect();
            todo.extend(subs.into_iter().rev());
        }
        show(&rows, flags, Some(&at), sys);
    }
    code
}

fn full(sys: &Sys<'_>, path: &str) -> String {
    let full = sys.resolve(path);
    if path.ends_with('/') && full != "/" { format!("{full}/") } else { full }
}

fn sort(rows: &mut [Row], flags: Flags) {
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    if flags.by_time {
        rows.sort_by_key(|row| std::cmp::Reverse(row.stat.at));
    }
    if flags.by_size {
        rows.sort_by_key(|row| std::cmp::Reverse(row.stat.size));
    }
    if flags.reverse {
        rows.reverse();
    }
}

/// `drwxr-xr-x`
pub fn mode_text(stat: &Stat) -> String {
    let kind = match stat.kind {
        What::Dir => 'd',
        What::Link => 'l',
        What::File => '-',
    };
    let mut out = String::from(kind);
    for (i, c) in "rwxrwxrwx".chars().enumerate() {
        out.push(if stat.mode >> (8 - i) & 1 == 1 { c } else { '-' });
    }
    if stat.mode & 0o2000 != 0 {
        out.replace_range(6..7, if stat.mode & 0o10 != 0 { "s" } else { "S" });
    }
    if stat.mode & 0o1000 != 0 {
        out.pop();
        out.push(if stat.mode & 1 == 1 { 't' } else { 'T' });
    }
    out
}

/// A size as `-h` shows it.
pub fn human(bytes: u64) -> String {
    let (mut n, mut rest, mut unit) = (bytes, 0, 0);
    while n >= 1024 {
        rest = n % 1024;
        n /= 1024;
        unit += 1;
    }
    if unit == 0 {
        return bytes.to_string();
    }
    let letter = ["", "K", "M", "G", "T"][unit.min(4)];
    if n < 10 {
        let tenths = n * 10 + (rest * 10).div_ceil(1024);
        if tenths < 100 {
            return format!("{}.{}{letter}", tenths / 10, tenths % 10);
        }
        n = 10;
        rest = 0;
    }
    format!("{}{letter}", n + u64::from(rest > 0))
}

/// The names of a user and a group; numbers where nobody has a name for them. Outside of containers all is the user's own.
fn owners((user, group): (u32, u32), sys: &Sys<'_>) -> (String, String) {
    if sys.files.facts.is_none() {
        return (sys.shell.user.to_string(), sys.shell.user.to_string());
    }
    (super::small::name_of("/etc/passwd", user, sys), super::small::name_of("/etc/group", group, sys))
}

/// `Sep  1 09:00`
fn date(at: Time) -> String {
    at.timestamp().strftime("%b %e %H:%M").to_string()
}

fn show(rows: &[Row], flags: Flags, dir: Option<&str>, sys: &mut Sys<'_>) {
    let suffix = |row: &Row| match row.stat.kind {
        What::Dir if flags.slash => "/",
        _ => "",
    };
    if flags.long {
        if dir.is_some() {
            let blocks: u64 =
                rows.iter().map(|r| if r.stat.kind == What::Link { 0 } else { r.stat.size.div_ceil(4096) * 4 }).sum();
            sys.out(&format!("total {}\n", if flags.human { human(blocks * 1024) } else { blocks.to_string() }));
        }
        let sizes: Vec<String> =
            rows.iter().map(|r| if flags.human { human(r.stat.size) } else { r.stat.size.to_string() }).collect();
        let wide = sizes.iter().map(String::len).max().unwrap_or(0);
        for (row, size) in rows.iter().zip(&sizes) {
            let links = if row.stat.kind == What::Dir { 2 } else { 1 };
            let arrow = row.stat.target.as_ref().map(|t| format!(" -> {t}")).unwrap_or_default();
            let (user, group) = owners(row.stat.owner, sys);
            let line = format!("{} {links} {user} {group} {size:>wide$} {} ", mode_text(&row.stat), date(row.stat.at));
            sys.out(&line);
            paint(row, &format!("{}{}{arrow}\n", row.name, suffix(row)), sys);
        }
        return;
    }
    let names: Vec<String> = rows.iter().map(|r| format!("{}{}", r.name, suffix(r))).collect();
    if flags.one || !sys.is_tty(1) {
        for name in names {
            sys.out(&format!("{name}\n"));
        }
        return;
    }
    columns(rows, &names, sys);
}

fn paint(row: &Row, text: &str, sys: &mut Sys<'_>) {
    let style = if row.stat.kind == What::Dir { Style::Strong } else { Style::Plain };
    sys.paint(text, style, None);
}

/// As many columns as fit the terminal, filled downwards.
fn columns(rows: &[Row], names: &[String], sys: &mut Sys<'_>) {
    use unicode_width::UnicodeWidthStr;
    if rows.is_empty() {
        return;
    }
    let limit = sys.size().0.max(20) as usize;
    let widths: Vec<usize> = names.iter().map(|n| n.width()).collect();
    let (mut lines, mut wide) = (1, vec![]);
    while lines <= names.len() {
        wide = widths.chunks(lines).map(|c| c.iter().max().copied().unwrap_or(0)).collect::<Vec<_>>();
        if wide.iter().sum::<usize>() + 2 * (wide.len() - 1) <= limit {
            break;
        }
        lines += 1;
    }
    for line in 0..lines.min(names.len()) {
        let places: Vec<usize> = (line..names.len()).step_by(lines).collect();
        for (i, at) in places.iter().enumerate() {
            paint(&rows[*at], &names[*at], sys);
            if i + 1 < places.len() {
                sys.out(&" ".repeat(wide[i] - widths[*at] + 2));
            }
        }
        sys.out("\n");
    }
    let _ = base;
}
