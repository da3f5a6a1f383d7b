//! df and free: how much room there is, on disks and in memory.
//!
//! Models: coreutils and busybox `df`, procps and busybox `free`.
//! Left out: file systems of the kernel itself, unless asked for by path.

use crate::script::files::{Device, Usage};
use crate::script::host::Launch;
use crate::script::sys::Sys;

use super::args::{busybox, fail};

struct Row {
    source: &'static str,
    size: u64,
    used: u64,
    free: u64,
    at: String,
}

/// Inodes of a disk: one for every 16 KiB.
pub fn inodes(size: u64) -> u64 {
    size / 16_384
}

pub fn df(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let flags: String = argv[1..].iter().filter(|a| a.starts_with('-')).map(|a| &a[1..]).collect();
    let paths: Vec<&String> = argv[1..].iter().filter(|a| !a.starts_with('-')).collect();
    let count = flags.contains('i');
    let all = rows(count, sys);
    let mut shown = vec![];
    let mut code = 0;
    for path in &paths {
        match sys.files.real(&sys.resolve(path)) {
            Ok(real) if sys.files.exists(&real) => {
                let at = sys.files.mount_of(&real).to_owned();
                shown.extend(all.iter().filter(|row| row.at == at));
            }
            _ => {
                let words = if busybox(sys) { "can't find mount point" } else { "No such file or directory" };
                code = fail(sys, 1, &format!("df: {path}: {words}"));
            }
        }
    }
    if paths.is_empty() {
        shown.extend(&all);
    }
    if shown.is_empty() {
        return Launch::Done(code.max(1));
    }
    let (human, mega) = (flags.contains('h'), flags.contains('m'));
    let size = |bytes: u64| match (human, count, mega) {
        (true, ..) => super::ls::human(bytes),
        (_, true, _) => bytes.to_string(),
        (.., true) => bytes.div_ceil(1 << 20).to_string(),
        _ => bytes.div_ceil(1024).to_string(),
    };
    let cells: Vec<[String; 6]> = shown
        .iter()
        .map(|row| {
            let all = row.used + row.free;
            let percent = if all == 0 { 0 } else { (row.used * 100).div_ceil(all) };
            [row.source.into(), size(row.size), size(row.used), size(row.free), format!("{percent}%"), row.at.clone()]
        })
        .collect();
    let text = if busybox(sys) { small(&cells, human, mega, count) } else { large(&cells, human, mega, count) };
    sys.out(&text);
    Launch::Done(code)
}

fn rows(count: bool, sys: &Sys<'_>) -> Vec<Row> {
    let disk = sys.files.disk;
    let on_disk = |source, at: &str| match count {
        true => {
            let (all, used) = (inodes(disk.size), inodes(disk.size - disk.free.min(disk.size)) / 4);
            Row { source, size: all, used, free: all - used, at: at.to_owned() }
        }
        false => {
            Row { source, size: disk.size, used: disk.size.saturating_sub(disk.free), free: disk.free, at: at.into() }
        }
    };
    let memory = |size: u64, used: Usage, at: &str| match count {
        true => Row { source: "tmpfs", size: inodes(size), used: used.inodes, free: inodes(size), at: at.into() },
        false => {
            let used = used.bytes.saturating_sub(4096);
            Row { source: "tmpfs", size, used, free: size.saturating_sub(used), at: at.into() }
        }
    };
    if sys.files.facts.is_none() {
        return vec![on_disk("/dev/nvme0n1p2", "/")];
    }
    let mut rows = vec![on_disk("overlay", "/"), memory(64 << 20, Usage::default(), "/dev")];
    for (path, device, used) in sys.files.mounts() {
        rows.push(match device {
            Device::Disk => on_disk("/dev/vda1", path),
            Device::Memory(limit) => memory(limit, used, path),
        });
    }
    rows
}

/// busybox: fixed columns.
fn small(rows: &[[String; 6]], human: bool, mega: bool, count: bool) -> String {
    let head = match (count, human, mega) {
        (true, ..) => "Filesystem              Inodes      Used Available Use% Mounted on\n",
        (_, true, _) => "Filesystem                Size      Used Available Use% Mounted on\n",
        (.., true) => "Filesystem           1M-blocks      Used Available Use% Mounted on\n",
        _ => "Filesystem           1K-blocks      Used Available Use% Mounted on\n",
    };
    let line = |[source, size, used, free, percent, at]: &[String; 6]| {
        format!("{source:<20} {size:>9} {used:>9} {free:>9} {percent:>4} {at}\n")
    };
    head.to_owned() + &rows.iter().map(line).collect::<String>()
}

/// coreutils: columns as wide as they must be.
fn large(rows: &[[String; 6]], human: bool, mega: bool, count: bool) -> String {
    let titles = match (count, human, mega) {
        (true, ..) => ["Filesystem", "Inodes", "IUsed", "IFree", "IUse%", "Mounted on"],
        (_, true, _) => ["Filesystem", "Size", "Used", "Avail", "Use%", "Mounted on"],
        (.., true) => ["Filesystem", "1M-blocks", "Used", "Available", "Use%", "Mounted on"],
        _ => ["Filesystem", "1K-blocks", "Used", "Available", "Use%", "Mounted on"],
    };
    let width = |n: usize, least: usize| rows.iter().map(|row| row[n].len()).chain([titles[n].len(), least]).max();
    let widths: Vec<usize> = (0..5).map(|n| width(n, if n == 0 { 14 } else { 5 }).unwrap_or(0)).collect();
    let line = |row: [&str; 6]| {
        let cells: Vec<String> = (1..5)
            .map(|n| format!("{:>w$}", row[n], w = if n == 4 { 4.max(titles[4].len()) } else { widths[n] }))
            .collect();
        format!("{:<w$} {} {}\n", row[0], cells.join(" "), row[5], w = widths[0])
    };
    let mut text = line(titles);
    for row in rows {
        text += &line([&row[0], &row[1], &row[2], &row[3], &row[4], &row[5]]);
    }
    text
}

pub fn free(argv: &[String], sys: &mut Sys<'_>) -> Launch {
    let flags: String = argv[1..].iter().filter(|a| a.starts_with('-')).map(|a| &a[1..]).collect();
    let facts = sys.files.facts.unwrap_or(crate::script::facts::Facts {
        memory_total: 16 << 30,
        memory_available: 11 << 30,
        ..Default::default()
    });
    let size = |bytes: u64| match flags.chars().find(|c| "bkmgh".contains(*c)) {
        Some('b') => bytes.to_string(),
        Some('m') => (bytes >> 20).to_string(),
        Some('g') => (bytes >> 30).to_string(),
        Some('h') if busybox(sys) => super::ls::human(bytes),
        Some('h') if bytes == 0 => "0B".into(),
        Some('h') => format!("{}i", super::ls::human(bytes)),
        _ => (bytes >> 10).to_string(),
    };
    let cached = facts.cached();
    let (total, available) = (facts.memory_total, facts.memory_available);
    let used = total.saturating_sub(available);
    let cells = [total, used, available.saturating_sub(cached), 0, cached, available].map(size);
    let (head, first) = match busybox(sys) {
        true => ("              total        used        free      shared  buff/cache   available\n", 8),
        false => ("               total        used        free      shared  buff/cache   available\n", 8),
    };
    let pad = if busybox(sys) { 11 } else { 12 };
    let row = |name: &str, cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(n, cell)| format!("{cell:>w$}", w = if n == 0 { pad } else { 11 }))
            .collect();
        format!("{name:<first$}{}\n", cells.join(" "))
    };
    let none = [size(0), size(0), size(0)];
    let text = head.to_owned() + &row("Mem:", &cells) + &row("Swap:", &none);
    sys.out(&text);
    Launch::Done(0)
}
