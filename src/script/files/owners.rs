//! Whose files are, and what their modes let others do.
//!
//! Models: Linux `inode_permission`, `may_delete`, directories with the set-group-ID bit.
//! Left out: capabilities (root may do everything), access lists.

use super::{Body, Fault, Files, Tree, parent};
use std::rc::Rc;

/// Who does something with files. Root by default, who may do everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    pub user: u32,
    pub group: u32,
    /// Further groups.
    pub groups: Vec<u32>,
}

/// A directory gives its group to what is made in it.
pub(super) const SET_GROUP: u32 = 0o2000;
/// Only owners may remove what is theirs.
const STICKY: u32 = 0o1000;
pub(super) const READ: u32 = 4;
const WRITE: u32 = 2;
pub(super) const ENTER: u32 = 1;

impl Tree {
    /// The tree with all below it given to a group, which may do `mask` with files, and enter directories.
    pub fn grouped(mut self, group: u32, mask: u32) -> Tree {
        let node = Rc::make_mut(&mut self.0);
        node.owner.1 = group;
        match &mut node.body {
            Body::Dir(entries) => {
                node.mode |= mask | 0o110 | SET_GROUP;
                for entry in entries.values_mut() {
                    *entry = std::mem::replace(entry, Tree::dir()).grouped(group, mask);
                }
            }
            Body::Link(_) => {}
            _ => node.mode |= mask,
        }
        self
    }
}

impl Files {
    /// Gives a file to another user, another group.
    pub fn chown(&mut self, path: &str, user: Option<u32>, group: Option<u32>) -> Result<(), Fault> {
        let (real, t) = self.node(path, true)?;
        let owner = (user.unwrap_or(t.0.owner.0), group.unwrap_or(t.0.owner.1));
        if self.who.user != 0 && owner != t.0.owner {
            return Err(Fault::NotPermitted);
        }
        self.change(&real, Some(t.owned(owner)))
    }

    /// Whether who uses these files may read, write or enter one.
    pub(super) fn allows(&self, tree: &Tree, bit: u32) -> Result<(), Fault> {
        let (Who { user, group, groups }, node) = (&self.who, &tree.0);
        let shift = match node.owner {
            _ if *user == 0 => return Ok(()),
            (owner, _) if owner == *user => 6,
            (_, owner) if owner == *group || groups.contains(&owner) => 3,
            _ => 0,
        };
        if node.mode >> shift & bit == bit { Ok(()) } else { Err(Fault::Denied) }
    }

    /// Whether a file may be written to; on a file system that nobody may write to, that is said first.
    pub(super) fn may_write(&mut self, real: &str, tree: &Tree) -> Result<(), Fault> {
        if self.who.user == 0 {
            return Ok(());
        }
        self.may_change(real)?;
        self.allows(tree, WRITE)
    }

    /// Whether something may be put at this path or taken from it; whose it will be.
    pub(super) fn enters(&mut self, real: &str) -> Result<(u32, u32), Fault> {
        let dir = self.raw(parent(real))?;
        if self.who.user != 0 {
            self.may_change(real)?;
            self.allows(&dir, WRITE | ENTER)?;
        }
        let group = if dir.0.mode & SET_GROUP != 0 { dir.0.owner.1 } else { self.who.group };
        Ok((self.who.user, group))
    }

    /// Whether something may be taken out of its directory.
    pub(super) fn leaves(&mut self, real: &str, t: &Tree) -> Result<(), Fault> {
        self.enters(real)?;
        let (dir, user) = (self.raw(parent(real))?, self.who.user);
        match dir.0.mode & STICKY != 0 && ![0, t.0.owner.0].contains(&user) && dir.0.owner.0 != user {
            true => Err(Fault::NotPermitted),
            false => Ok(()),
        }
    }
}
