//! The files of one machine or container: a tree in memory that clones in one step, with trees mounted into it.
//!
//! Models: what Linux system calls answer (mkdir, unlink, rename ...), with the words of strerror.
//! Left out: capabilities (root may do everything), hard links, sockets and pipes with names; what a file
//! holds beyond its first megabytes (it has its size, and reads as zeros).

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

mod disk;
mod owners;

pub use disk::{Device, Disk, Usage};
pub use owners::Who;

use super::facts::Facts;
use crate::time::Time;
use disk::blocks;
use owners::{ENTER, READ, SET_GROUP};

/// How much of a file's content is kept, in bytes; what is larger has a size, and only this much of its beginning.
pub const MAX_FILE: usize = 8 << 20;
/// What is kept of a file that grew beyond that.
const HEAD: usize = 64 << 10;
/// A block of the disk.
const BLOCK: u64 = 4096;
/// How much all files of one tree may hold, in bytes, unless told otherwise.
pub const MAX_TREE: usize = 64 << 20;
const MAX_NAME: usize = 255;
const MAX_LINKS: usize = 16;

/// Why a file operation failed; `Display` is the text of strerror.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NotFound,
    NotDir,
    IsDir,
    Exists,
    NotEmpty,
    NoSpace,
    ReadOnly,
    Loop,
    Denied,
    NotPermitted,
    TooLong,
    TooLarge,
    Busy,
    Invalid,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::NotFound => "No such file or directory",
            Fault::NotDir => "Not a directory",
            Fault::IsDir => "Is a directory",
            Fault::Exists => "File exists",
            Fault::NotEmpty => "Directory not empty",
            Fault::NoSpace => "No space left on device",
            Fault::ReadOnly => "Read-only file system",
            Fault::Loop => "Too many levels of symbolic links",
            Fault::Denied => "Permission denied",
            Fault::NotPermitted => "Operation not permitted",
            Fault::TooLong => "File name too long",
            Fault::TooLarge => "File too large",
            Fault::Busy => "Device or resource busy",
            Fault::Invalid => "Invalid argument",
        })
    }
}

/// What a node of the tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    File(Rc<Vec<u8>>),
    /// A file too large to be kept: its beginning, its size, and how many bytes of it lie on the disk.
    Vast {
        head: Rc<Vec<u8>>,
        size: u64,
        disk: u64,
    },
    Dir(BTreeMap<Rc<str>, Tree>),
    Link(Rc<str>),
}

/// One file, directory or link with all below it. A clone shares everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(Rc<Node>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    mode: u32,
    /// User and group.
    owner: (u32, u32),
    at: Time,
    body: Body,
}

impl Tree {
    pub fn dir() -> Tree {
        Tree(Rc::new(Node { mode: 0o755, owner: (0, 0), at: Time::ZERO, body: Body::Dir(BTreeMap::new()) }))
    }

    pub fn file(bytes: impl Into<Vec<u8>>, mode: u32, at: Time) -> Tree {
        Tree(Rc::new(Node { mode, owner: (0, 0), at, body: Body::File(Rc::new(bytes.into())) }))
    }

    /// A file of this size, of which so many bytes lie on the disk.
    pub fn vast(head: Rc<Vec<u8>>, size: u64, disk: u64, at: Time) -> Tree {
        Tree(Rc::new(Node { mode: 0o644, owner: (0, 0), at, body: Body::Vast { head, size, disk } }))
    }

    pub fn link(target: &str, at: Time) -> Tree {
        Tree(Rc::new(Node { mode: 0o777, owner: (0, 0), at, body: Body::Link(target.into()) }))
    }

    /// The tree with an entry more (of a directory; otherwise unchanged).
    pub fn with(mut self, name: &str, entry: Tree) -> Tree {
        if let Body::Dir(entries) = &mut Rc::make_mut(&mut self.0).body {
            entries.insert(name.into(), entry);
        }
        self
    }

    pub fn mode(mut self, mode: u32) -> Tree {
        Rc::make_mut(&mut self.0).mode = mode;
        self
    }

    pub fn owned(mut self, owner: (u32, u32)) -> Tree {
        if self.0.owner != owner {
            Rc::make_mut(&mut self.0).owner = owner;
        }
        self
    }

    pub fn body(&self) -> &Body {
        &self.0.body
    }

    fn entries(&self) -> Option<&BTreeMap<Rc<str>, Tree>> {
        match &self.0.body {
            Body::Dir(entries) => Some(entries),
            _ => None,
        }
    }

    fn bytes(&self) -> usize {
        match &self.0.body {
            Body::File(bytes) => bytes.len(),
            Body::Vast { head, .. } => head.len(),
            Body::Link(to) => to.len(),
            Body::Dir(entries) => entries.values().map(|e| 64 + e.bytes()).sum(),
        }
    }
}

/// What `stat` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    pub kind: What,
    /// Permission bits.
    pub mode: u32,
    /// User and group.
    pub owner: (u32, u32),
    /// Bytes of a file or link; 4096 for a directory.
    pub size: u64,
    /// Bytes on the disk.
    pub disk: u64,
    pub at: Time,
    /// Where a link points.
    pub target: Option<Rc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    File,
    Dir,
    Link,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    path: String,
    tree: Tree,
    read_only: bool,
    device: Device,
}

/// A file system: a root tree, the trees mounted over it, and the room it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    root: Tree,
    mounts: Vec<Mount>,
    room: usize,
    used: usize,
    read_only: bool,
    /// Who uses it.
    pub who: Who,
    pub disk: Disk,
    /// Grows with every change.
    changes: u64,
    /// What the kernel says of the machine and of the process's own limits; none on a machine that is no Linux.
    pub facts: Option<Facts>,
}

impl Default for Files {
    fn default() -> Self {
        Files::new()
    }
}

impl Files {
    /// Only `/`, `/tmp` and `/dev`.
    pub fn new() -> Files {
        let root = Tree::dir().with("tmp", Tree::dir().mode(0o1777)).with("dev", Tree::dir());
        Files {
            root,
            mounts: vec![],
            room: MAX_TREE,
            used: 0,
            read_only: false,
            who: Who::default(),
            disk: Disk::default(),
            changes: 0,
            facts: None,
        }
    }

    /// How many bytes may be written in all.
    pub fn limit(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// A root file system that refuses writes (`readOnlyRootFilesystem`); mounts keep their own rule.
    pub fn freeze(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Puts a tree at a path (which need not exist), over what is there.
    pub fn mount(&mut self, path: &str, tree: Tree, read_only: bool) {
        self.mount_on(path, tree, read_only, Device::Disk);
    }

    /// As `mount`, of a tree that lies elsewhere than on the disk.
    pub fn mount_on(&mut self, path: &str, tree: Tree, read_only: bool, device: Device) {
        let path = normal(path);
        if self.lstat(&path).is_err() {
            let frozen = std::mem::replace(&mut self.read_only, false);
            let who = std::mem::take(&mut self.who);
            let _ = match tree.entries() {
                Some(_) => self.mkdirs(&path, Time::ZERO),
                None => self.mkdirs(parent(&path), Time::ZERO).and_then(|()| self.write(&path, b"", Time::ZERO)),
            };
            self.read_only = frozen;
            self.who = who;
        }
        self.mounts.retain(|m| m.path != path);
        self.mounts.push(Mount { path, tree, read_only, device });
    }

    /// Takes a mounted tree out again, with all that was written to it.
    pub fn unmount(&mut self, path: &str) -> Option<Tree> {
        let path = normal(path);
        let at = self.mounts.iter().position(|m| m.path == path)?;
        Some(self.mounts.remove(at).tree)
    }

    /// What is mounted: path, where it lies, what it holds.
    pub fn mounts(&self) -> impl Iterator<Item = (&str, Device, Usage)> {
        self.mounts.iter().map(|mount| (mount.path.as_str(), mount.device, mount.tree.usage()))
    }

    /// The mount that a path is in; `/` for the root.
    pub fn mount_of(&self, path: &str) -> &str {
        self.mounted(path).map_or("/", |at| self.mounts[at].path.as_str())
    }

    /// A number that grows with every change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// What the root itself holds, without what is mounted.
    pub fn usage(&self) -> Usage {
        self.root.usage()
    }

    /// A tree as it stands at a path.
    pub fn tree(&self, path: &str) -> Option<Tree> {
        self.node(path, true).ok().map(|(_, t)| t)
    }

    /// Replaces or adds the tree at a path, without regard to room or read-only.
    pub fn plant(&mut self, path: &str, tree: Tree) {
        let path = normal(path);
        let who = std::mem::take(&mut self.who);
        let _ = self.mkdirs(parent(&path), Time::ZERO);
        let _ = self.set(&path, Some(tree));
        self.who = who;
    }

    /// Where a path finally leads when links are followed (a last name that does not exist is kept).
    pub fn real(&self, path: &str) -> Result<String, Fault> {
        self.follow(path, true)
    }

    pub fn stat(&self, path: &str) -> Result<Stat, Fault> {
        self.node(path, true).map(|(_, t)| stat_of(&t))
    }

    /// As `stat`, of the link itself.
    pub fn lstat(&self, path: &str) -> Result<Stat, Fault> {
        self.node(path, false).map(|(_, t)| stat_of(&t))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.node(path, true).is_ok()
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.node(path, true).is_ok_and(|(_, t)| t.entries().is_some())
    }

    pub fn is_file(&self, path: &str) -> bool {
        self.node(path, true).is_ok_and(|(_, t)| t.entries().is_none())
    }

    /// The content of a file.
    pub fn read(&self, path: &str) -> Result<Rc<Vec<u8>>, Fault> {
        let (_, tree) = self.node(path, true)?;
        self.allows(&tree, READ)?;
        match &tree.0.body {
            Body::File(bytes) | Body::Vast { head: bytes, .. } => Ok(bytes.clone()),
            Body::Dir(_) => Err(Fault::IsDir),
            Body::Link(_) => Err(Fault::Loop),
        }
    }

    /// The content of a file as text; bytes that are no UTF-8 become U+FFFD.
    pub fn text(&self, path: &str) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&self.read(path)?).into_owned())
    }

    /// Names in a directory, sorted by byte.
    pub fn list(&self, path: &str) -> Result<Vec<String>, Fault> {
        let (real, tree) = self.node(path, true)?;
        let entries = tree.entries().ok_or(Fault::NotDir)?;
        self.allows(&tree, READ)?;
        let mut names: Vec<String> = entries.keys().map(|k| k.to_string()).collect();
        for m in &self.mounts {
            if m.path != "/" && parent(&m.path) == real && !names.iter().any(|n| n == base(&m.path)) {
                names.push(base(&m.path).to_owned());
            }
        }
        if let Some(facts) = &self.facts {
            let more = facts.names(&real).iter().filter(|name| !entries.contains_key(**name));
            names.extend(more.map(|name| (*name).to_owned()));
        }
        names.sort();
        Ok(names)
    }

    /// Creates or replaces a file.
    pub fn write(&mut self, path: &str, bytes: &[u8], now: Time) -> Result<(), Fault> {
        let real = self.follow(path, true)?;
        let (old, held, mode, owner) = match self.node(&real, false) {
            Ok((_, t)) if t.entries().is_some() => return Err(Fault::IsDir),
            Ok((_, t)) => {
                self.may_write(&real, &t)?;
                (t.bytes(), t.disk(), t.0.mode, t.0.owner)
            }
            Err(Fault::NotFound) if path.ends_with('/') => return Err(Fault::IsDir),
            Err(Fault::NotFound) => (0, 0, 0o644, self.enters(&real)?),
            Err(fault) => return Err(fault),
        };
        let size = bytes.len() as u64;
        if bytes.len() > MAX_FILE && self.facts.is_none() {
            return Err(Fault::TooLarge);
        }
        let tree = match bytes.len() > MAX_FILE {
            true => Tree::vast(Rc::new(bytes[..HEAD].to_vec()), size, size, now).mode(mode),
            false => Tree::file(bytes, mode, now),
        };
        let tree = tree.owned(owner);
        if self.used + tree.bytes() > self.room + old {
            return Err(Fault::NoSpace);
        }
        let grown = blocks(size).saturating_sub(held);
        self.fits(&real, grown)?;
        self.used = (self.used + tree.bytes()).saturating_sub(old);
        self.change(&real, Some(tree))?;
        self.disk.free =
            (self.disk.free - self.charged(&real, grown)) + self.charged(&real, held.saturating_sub(blocks(size)));
        Ok(())
    }

    /// Adds to the end of a file, creating it if need be.
    pub fn append(&mut self, path: &str, bytes: &[u8], now: Time) -> Result<(), Fault> {
        if self.stat(path).is_ok_and(|stat| stat.size > MAX_FILE as u64) {
            return self.extend(path, None, bytes.len() as u64, now).map(drop).map_err(|(fault, _)| fault);
        }
        let mut all = match self.read(path) {
            Ok(old) => old.to_vec(),
            Err(Fault::NotFound) => vec![],
            Err(fault) => return Err(fault),
        };
        all.extend_from_slice(bytes);
        self.write(path, &all, now)
    }

    /// Writes into a file that exists, in place, at an offset (`None`: at its end); where the writing ended.
    pub fn write_at(&mut self, path: &str, at: Option<usize>, bytes: &[u8], now: Time) -> Result<usize, Fault> {
        let real = self.follow(path, true)?;
        let (_, tree) = self.node(&real, false)?;
        if tree.entries().is_none() {
            self.may_write(&real, &tree)?;
        }
        let old = match tree.body() {
            Body::File(all) => all.len(),
            Body::Vast { .. } => return self.write_vast(&real, at, bytes, now),
            Body::Dir(_) => return Err(Fault::IsDir),
            Body::Link(_) => return Err(Fault::Loop),
        };
        drop(tree);
        let at = at.unwrap_or(old);
        let end = at + bytes.len();
        let grown = end.saturating_sub(old);
        if end > MAX_FILE {
            return self.write_vast(&real, Some(at), bytes, now);
        }
        if self.used + grown > self.room {
            return Err(Fault::NoSpace);
        }
        let more = blocks(end.max(old) as u64) - blocks(old as u64);
        self.fits(&real, more)?;
        self.may_change(&real)?;
        self.disk.free -= self.charged(&real, more);
        let node = Rc::make_mut(&mut self.entry(&real).ok_or(Fault::NotFound)?.0);
        node.at = now;
        if let Body::File(all) = &mut node.body {
            let all = Rc::make_mut(all);
            if all.len() < end {
                all.resize(end, 0);
            }
            all[at..end].copy_from_slice(bytes);
        }
        self.used += grown;
        Ok(end)
    }

    /// Creates a file or sets its time.
    pub fn touch(&mut self, path: &str, now: Time) -> Result<(), Fault> {
        let real = self.follow(path, true)?;
        match self.node(&real, false) {
            Ok((_, mut t)) => {
                if t.0.owner.0 != self.who.user {
                    self.may_write(&real, &t)?;
                }
                Rc::make_mut(&mut t.0).at = now;
                self.change(&real, Some(t))
            }
            Err(Fault::NotFound) if path.ends_with('/') => Err(Fault::NotFound),
            Err(Fault::NotFound) => self.write(&real, b"", now),
            Err(fault) => Err(fault),
        }
    }

    pub fn chmod(&mut self, path: &str, mode: u32) -> Result<(), Fault> {
        let (real, mut t) = self.node(path, true)?;
        if ![0, t.0.owner.0].contains(&self.who.user) {
            return Err(Fault::NotPermitted);
        }
        Rc::make_mut(&mut t.0).mode = mode;
        self.change(&real, Some(t))
    }

    pub fn mkdir(&mut self, path: &str, now: Time) -> Result<(), Fault> {
        let real = self.follow(path, false)?;
        if self.node(&real, false).is_ok() {
            return Err(Fault::Exists);
        }
        let owner = self.enters(&real)?;
        let above = self.raw(parent(&real))?;
        let mut dir = Tree::dir().owned(owner);
        let node = Rc::make_mut(&mut dir.0);
        node.at = now;
        node.mode |= above.0.mode & SET_GROUP;
        self.change(&real, Some(dir))
    }

    /// A directory with all its parents; it may exist.
    pub fn mkdirs(&mut self, path: &str, now: Time) -> Result<(), Fault> {
        let path = normal(path);
        let mut at = String::new();
        for name in path.split('/').filter(|n| !n.is_empty()) {
            at.push('/');
            at.push_str(name);
            match self.stat(&at) {
                Ok(s) if s.kind == What::Dir => {}
                Ok(_) => return Err(if at == path { Fault::Exists } else { Fault::NotDir }),
                Err(Fault::NotFound) => self.mkdir(&at, now)?,
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    pub fn symlink(&mut self, target: &str, path: &str, now: Time) -> Result<(), Fault> {
        let real = self.follow(path, false)?;
        if self.node(&real, false).is_ok() {
            return Err(Fault::Exists);
        }
        let owner = self.enters(&real)?;
        self.change(&real, Some(Tree::link(target, now).owned(owner)))
    }

    /// Removes a file or link.
    pub fn unlink(&mut self, path: &str) -> Result<(), Fault> {
        let (real, t) = self.node(path, false)?;
        if t.entries().is_some() {
            return Err(Fault::IsDir);
        }
        self.gone(&real, &t)
    }

    /// Removes an empty directory.
    pub fn rmdir(&mut self, path: &str) -> Result<(), Fault> {
        let (real, t) = self.node(path, false)?;
        if t.entries().is_none() {
            return Err(Fault::NotDir);
        }
        if !self.list(&real)?.is_empty() {
            return Err(Fault::NotEmpty);
        }
        self.gone(&real, &t)
    }

    /// Removes whatever is there with all below it.
    pub fn remove_all(&mut self, path: &str) -> Result<(), Fault> {
        let (real, t) = self.node(path, false)?;
        self.gone(&real, &t)
    }

    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Fault> {
        let (from, t) = self.node(from, false)?;
        let to = self.follow(to, false)?;
        if to == from {
            return Ok(());
        }
        if to.starts_with(&format!("{from}/")) {
            return Err(Fault::Invalid);
        }
        if let Ok((_, old)) = self.node(&to, false) {
            match (t.entries().is_some(), old.entries().is_some()) {
                (true, false) => return Err(Fault::NotDir),
                (false, true) => return Err(Fault::IsDir),
                (true, true) if !self.list(&to)?.is_empty() => return Err(Fault::NotEmpty),
                _ => {}
            }
        }
        self.enters(&to)?;
        self.leaves(&from, &t)?;
        self.change(&to, Some(t))?;
        self.change(&from, None)
    }

    fn gone(&mut self, real: &str, t: &Tree) -> Result<(), Fault> {
        if self.mounts.iter().any(|m| m.path == real || m.path.starts_with(&format!("{real}/"))) {
            return Err(Fault::Busy);
        }
        self.leaves(real, t)?;
        let freed = self.charged(real, t.usage().bytes);
        self.change(real, None)?;
        self.used = self.used.saturating_sub(t.bytes());
        self.disk.free += freed;
        Ok(())
    }

    fn mounted(&self, path: &str) -> Option<usize> {
        let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let fits = |m: &Mount| m.path == "/" || path.strip_prefix(m.path.as_str()).is_some_and(below);
        let best = self.mounts.iter().enumerate().filter(|(_, m)| fits(m));
        best.max_by_key(|(_, m)| m.path.len()).map(|(i, _)| i)
    }

    /// The node at a path without following anything; the path is normal. What the kernel itself tells is made up here.
    fn raw(&self, path: &str) -> Result<Tree, Fault> {
        match self.stored(path) {
            Err(Fault::NotFound) => self.facts.as_ref().and_then(|facts| facts.file(path)).ok_or(Fault::NotFound),
            other => other,
        }
    }

    fn stored(&self, path: &str) -> Result<Tree, Fault> {
        let (mut at, rest) = match self.mounted(path) {
            Some(i) => (&self.mounts[i].tree, &path[self.mounts[i].path.trim_end_matches('/').len()..]),
            None => (&self.root, path),
        };
        for name in rest.split('/').filter(|n| !n.is_empty()) {
            let entries = at.entries().ok_or(Fault::NotDir)?;
            at = entries.get(name).ok_or(Fault::NotFound)?;
        }
        Ok(at.clone())
    }

    fn node(&self, path: &str, last: bool) -> Result<(String, Tree), Fault> {
        if let Some(tree) = self.straight(path, last) {
            return Ok((path.to_owned(), tree.clone()));
        }
        let real = self.follow(path, last)?;
        let tree = self.raw(&real)?;
        if path.len() > 1 && path.ends_with('/') && tree.entries().is_none() {
            return Err(Fault::NotDir);
        }
        Ok((real, tree))
    }

    /// What a normal path leads to without a link on its way: most paths, and quickly. `None` says nothing.
    fn straight(&self, path: &str, last: bool) -> Option<&Tree> {
        let mount = |path: &str| self.mounts.iter().find(|mount| mount.path == path).map(|mount| &mount.tree);
        let mut at = mount("/").unwrap_or(&self.root);
        if path == "/" {
            return Some(at);
        }
        let mut end = 0;
        for name in path.strip_prefix('/')?.split('/') {
            if matches!(name, "" | "." | "..") {
                return None;
            }
            end += 1 + name.len();
            at = at.entries()?.get(name)?;
            if !self.mounts.is_empty() {
                at = mount(&path[..end]).unwrap_or(at);
            }
            if matches!(at.0.body, Body::Link(_)) && (last || end < path.len()) {
                return None;
            }
        }
        Some(at)
    }

    /// Follows links in a path: all names but the last must exist.
    fn follow(&self, path: &str, last: bool) -> Result<String, Fault> {
        if path.is_empty() {
            return Err(Fault::NotFound);
        }
        if self.straight(path, last).is_some() {
            return Ok(path.to_owned());
        }
        let mut todo: Vec<String> = path.split('/').filter(|n| !n.is_empty()).rev().map(str::to_owned).collect();
        let mut done: Vec<String> = vec![];
        let mut links = 0;
        while let Some(name) = todo.pop() {
            match name.as_str() {
                "." => continue,
                ".." => {
                    done.pop();
                    continue;
                }
                _ if name.len() > MAX_NAME => return Err(Fault::TooLong),
                _ => {}
            }
            done.push(name);
            let here = format!("/{}", done.join("/"));
            match self.raw(&here) {
                Ok(t) => match &t.0.body {
                    Body::Link(target) if last || !todo.is_empty() => {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(Fault::Loop);
                        }
                        done.pop();
                        if target.starts_with('/') {
                            done.clear();
                        }
                        todo.extend(target.split('/').filter(|n| !n.is_empty()).rev().map(str::to_owned));
                    }
                    Body::Dir(_) if self.who.user != 0 && !todo.is_empty() => self.allows(&t, ENTER)?,
                    Body::File(_) | Body::Vast { .. } if todo.iter().any(|n| n != ".") => return Err(Fault::NotDir),
                    _ => {}
                },
                Err(Fault::NotFound) if todo.is_empty() => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(format!("/{}", done.join("/")))
    }

    fn change(&mut self, real: &str, tree: Option<Tree>) -> Result<(), Fault> {
        self.may_change(real)?;
        self.set(real, tree)
    }

    /// What stands at a path, to be changed in place.
    fn entry(&mut self, real: &str) -> Option<&mut Tree> {
        let (mut at, rest) = match self.mounted(real) {
            Some(i) => {
                let cut = self.mounts[i].path.trim_end_matches('/').len();
                (&mut self.mounts[i].tree, &real[cut..])
            }
            None => (&mut self.root, real),
        };
        for name in rest.split('/').filter(|n| !n.is_empty()) {
            let Body::Dir(entries) = &mut Rc::make_mut(&mut at.0).body else { return None };
            at = entries.get_mut(name)?;
        }
        Some(at)
    }

    fn may_change(&mut self, real: &str) -> Result<(), Fault> {
        self.changes += 1;
        let refused = match self.mounted(real) {
            Some(i) if self.mounts[i].path == real && self.mounts[i].tree.entries().is_some() => {
                return Err(Fault::Busy);
            }
            Some(i) => self.mounts[i].read_only,
            None => self.read_only,
        };
        if refused {
            return Err(Fault::ReadOnly);
        }
        Ok(())
    }

    fn set(&mut self, real: &str, tree: Option<Tree>) -> Result<(), Fault> {
        let (mut at, rest) = match self.mounted(real) {
            Some(i) => {
                let cut = self.mounts[i].path.trim_end_matches('/').len();
                (&mut self.mounts[i].tree, &real[cut..])
            }
            None => (&mut self.root, real),
        };
        let names: Vec<&str> = rest.split('/').filter(|n| !n.is_empty()).collect();
        let Some((last, dirs)) = names.split_last() else {
            if let Some(tree) = tree {
                *at = tree;
            }
            return Ok(());
        };
        for name in dirs {
            let Body::Dir(entries) = &mut Rc::make_mut(&mut at.0).body else { return Err(Fault::NotDir) };
            at = entries.get_mut(*name).ok_or(Fault::NotFound)?;
        }
        let Body::Dir(entries) = &mut Rc::make_mut(&mut at.0).body else { return Err(Fault::NotDir) };
        match tree {
            Some(tree) => entries.insert((*last).into(), tree),
            None => entries.remove(*last),
        };
        Ok(())
    }
}

fn stat_of(tree: &Tree) -> Stat {
    let (kind, size, target) = match &tree.0.body {
        Body::File(bytes) => (What::File, bytes.len() as u64, None),
        Body::Vast { size, .. } => (What::File, *size, None),
        Body::Dir(_) => (What::Dir, BLOCK, None),
        Body::Link(to) => (What::Link, to.len() as u64, Some(to.clone())),
    };
    Stat { kind, mode: tree.0.mode, owner: tree.0.owner, size, disk: tree.lies(), at: tree.0.at, target }
}

/// A path made absolute from a directory, without `.`, `..` and double slashes; links are not looked at.
pub fn join(cwd: &str, path: &str) -> String {
    if path.starts_with('/') { normal(path) } else { normal(&format!("{cwd}/{path}")) }
}

fn normal(path: &str) -> String {
    let mut out: Vec<&str> = vec![];
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            _ => out.push(name),
        }
    }
    format!("/{}", out.join("/"))
}

/// The directory part of an absolute path.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// The last name of a path.
pub fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
