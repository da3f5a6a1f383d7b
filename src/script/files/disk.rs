//! What files take on a disk, and files too large to be kept.
//!
//! Models: `du`, `df`, `fallocate` and `truncate` as a Linux file system with blocks of 4096 bytes answers them.
//! Left out: what a large file holds beyond its beginning, indirect blocks, quotas.

use super::{BLOCK, Body, Fault, Files, HEAD, Mount, Tree, What};
use crate::time::Time;
use std::rc::Rc;

pub(super) fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK) * BLOCK
}

/// What files take on a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub bytes: u64,
    pub inodes: u64,
}

impl Usage {
    pub fn and(self, other: Usage) -> Usage {
        Usage { bytes: self.bytes + other.bytes, inodes: self.inodes + other.inodes }
    }
}

/// The disk under a file system: what its owner last said of it, and what was written since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    pub size: u64,
    pub free: u64,
    /// Bytes that it takes in a second.
    pub speed: u64,
}

impl Default for Disk {
    fn default() -> Disk {
        Disk { size: 100 << 30, free: 80 << 30, speed: 500_000_000 }
    }
}

/// Where a mounted tree lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// On the disk of the machine.
    #[default]
    Disk,
    /// In memory, which may hold so many bytes.
    Memory(u64),
}

impl Tree {
    /// Bytes of it that lie on the disk, without what is below it.
    pub(super) fn lies(&self) -> u64 {
        match &self.0.body {
            Body::File(bytes) => bytes.len() as u64,
            Body::Vast { disk, .. } => *disk,
            Body::Link(_) => 0,
            Body::Dir(_) => BLOCK,
        }
    }

    /// The same in whole blocks.
    pub(super) fn disk(&self) -> u64 {
        blocks(self.lies())
    }

    /// What it takes on a disk, as `du` counts it: bytes in whole blocks, and inodes.
    pub fn usage(&self) -> Usage {
        let below = self.entries().into_iter().flat_map(|entries| entries.values());
        below.fold(Usage { bytes: self.disk(), inodes: 1 }, |sum, tree| sum.and(tree.usage()))
    }
}

impl Files {
    /// Makes a file longer by so many bytes that nobody will look at, or says how many of them found room.
    ///
    /// # Errors
    /// Why not all did, and how many.
    pub fn extend(&mut self, path: &str, at: Option<u64>, bytes: u64, now: Time) -> Result<u64, (Fault, u64)> {
        let done = |fault| (fault, 0);
        let real = self.follow(path, true).map_err(done)?;
        let (old, tree) = (self.stat(&real).map_err(done)?, self.raw(&real).map_err(done)?);
        if old.kind != What::File {
            return Err((Fault::IsDir, 0));
        }
        self.may_change(&real).map_err(done)?;
        self.may_write(&real, &tree).map_err(done)?;
        let at = at.unwrap_or(old.size);
        let end = at + bytes;
        let lies =
            old.disk + end.saturating_sub(old.size.max(at)) + at.min(old.size).saturating_sub(old.disk).min(bytes);
        let grown = blocks(lies).saturating_sub(blocks(old.disk));
        let room = self.room_at(&real);
        let (fault, end, lies) = match grown > room {
            true => (Some(Fault::NoSpace), (at + room).max(old.size), old.disk + room),
            false => (None, end.max(old.size), lies),
        };
        self.resize(&real, &tree, end, lies, now)?;
        let written = end.saturating_sub(at).min(bytes);
        fault.map_or(Ok(at + written), |fault| Err((fault, written)))
    }

    /// Gives a file a size; `disk` of its bytes lie on the disk.
    pub(super) fn resize(
        &mut self,
        real: &str,
        old: &Tree,
        size: u64,
        disk: u64,
        now: Time,
    ) -> Result<(), (Fault, u64)> {
        let mode = old.0.mode;
        let head = match old.body() {
            Body::File(bytes) | Body::Vast { head: bytes, .. } => bytes.clone(),
            _ => Rc::default(),
        };
        let tree = if size <= HEAD as u64 && disk >= size {
            let mut bytes = head.to_vec();
            bytes.resize(size as usize, 0);
            Tree::file(bytes, mode, now)
        } else {
            let keep = (size.min(HEAD as u64) as usize).min(head.len());
            let head = if keep == head.len() { head } else { Rc::new(head[..keep].to_vec()) };
            Tree::vast(head, size, disk.min(size), now).mode(mode)
        };
        let tree = tree.owned(old.0.owner);
        let (bytes, lay) = (tree.bytes(), old.disk());
        if self.used + bytes > self.room + old.bytes() {
            return Err((Fault::NoSpace, 0));
        }
        self.used = (self.used + bytes).saturating_sub(old.bytes());
        let lies = tree.disk();
        self.change(real, Some(tree)).map_err(|fault| (fault, 0))?;
        let (more, less) = (self.charged(real, lies.saturating_sub(lay)), self.charged(real, lay.saturating_sub(lies)));
        self.disk.free = self.disk.free.saturating_sub(more) + less;
        Ok(())
    }

    /// Gives a file a size: what is added is a hole (`truncate`), or lies on the disk (`fallocate`).
    ///
    /// # Errors
    /// No room for it, or no such file.
    pub fn set_size(&mut self, path: &str, size: u64, lies: bool, now: Time) -> Result<(), Fault> {
        let real = self.follow(path, true)?;
        let (old, tree) = (self.stat(&real)?, self.raw(&real)?);
        if old.kind != What::File {
            return Err(Fault::IsDir);
        }
        self.may_write(&real, &tree)?;
        let disk = if lies { size.max(old.disk) } else { old.disk.min(size) };
        self.fits(&real, blocks(disk).saturating_sub(blocks(old.disk)))?;
        self.resize(&real, &tree, size, disk, now).map_err(|(fault, _)| fault)
    }

    /// How many bytes more fit where a path leads.
    pub(super) fn room_at(&self, real: &str) -> u64 {
        match self.mounted(real).map(|at| &self.mounts[at]) {
            Some(Mount { device: Device::Memory(limit), tree, .. }) => limit.saturating_sub(tree.usage().bytes),
            _ => self.disk.free,
        }
    }

    pub(super) fn fits(&self, real: &str, grown: u64) -> Result<(), Fault> {
        if grown > 0 && grown > self.room_at(real) { Err(Fault::NoSpace) } else { Ok(()) }
    }

    /// How much of a growth comes out of the disk.
    pub(super) fn charged(&self, real: &str, bytes: u64) -> u64 {
        match self.mounted(real).map(|at| self.mounts[at].device) {
            Some(Device::Memory(_)) => 0,
            _ => bytes,
        }
    }

    pub(super) fn write_vast(
        &mut self,
        real: &str,
        at: Option<usize>,
        bytes: &[u8],
        now: Time,
    ) -> Result<usize, Fault> {
        if self.facts.is_none() {
            return Err(Fault::TooLarge);
        }
        let end = self.extend(real, at.map(|at| at as u64), bytes.len() as u64, now).map_err(|(fault, _)| fault)?;
        if let (Some(at), Some(tree)) = (at, self.entry(real))
            && let Body::Vast { head, .. } = &mut Rc::make_mut(&mut tree.0).body
            && at + bytes.len() <= head.len()
        {
            Rc::make_mut(head)[at..at + bytes.len()].copy_from_slice(bytes);
        }
        Ok(end as usize)
    }
}
