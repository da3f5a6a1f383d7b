//! etcd: keys, revisions, history, compaction. It knows neither kinds nor watchers; floors above read it by revision.
//!
//! Models: etcd `server/storage/mvcc`.
//! Left out: leases, transactions over several keys, members (one log is enough for what is taught).

use crate::time::Time;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::rc::Rc;

/// A revision of the whole store; every write makes the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// Where an object stands: `pods`/`default`/`web-1`. Cluster-wide kinds have an empty namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Plural with its group, as `kubectl` prints it: `pods`, `deployments.apps`.
    pub resource: &'static str,
    pub namespace: Rc<str>,
    pub name: Rc<str>,
}

impl Key {
    pub fn new(resource: &'static str, namespace: &str, name: &str) -> Self {
        Key { resource, namespace: namespace.into(), name: name.into() }
    }
}

impl Ord for Key {
    /// By resource, namespace, name. Parts that are shared need no look at their letters.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let resource = match std::ptr::eq(self.resource, other.resource) {
            true => std::cmp::Ordering::Equal,
            false => self.resource.cmp(other.resource),
        };
        let part = |a: &Rc<str>, b: &Rc<str>| if Rc::ptr_eq(a, b) { std::cmp::Ordering::Equal } else { a.cmp(b) };
        resource.then_with(|| part(&self.namespace, &other.namespace)).then_with(|| part(&self.name, &other.name))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.resource, self.name)
        } else {
            write!(f, "{}/{}/{}", self.resource, self.namespace, self.name)
        }
    }
}

/// One write. `cause` is opaque here: the journal's number of the fact that made it.
#[derive(Clone, Debug)]
pub struct Change<T> {
    pub revision: Revision,
    pub at: Time,
    pub key: Key,
    pub new: Option<T>,
    pub old: Option<T>,
    pub cause: u32,
}

/// Asked for changes that compaction has removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted(pub Revision);

#[derive(Clone, Debug)]
pub struct Store<T> {
    objects: BTreeMap<Key, T>,
    history: VecDeque<Rc<Change<T>>>,
    revision: Revision,
    compacted: Revision,
    reads: Cell<u64>,
}

/// How many changes are kept before the oldest are compacted.
pub const HISTORY: usize = 8192;

impl<T> Default for Store<T> {
    fn default() -> Self {
        Store {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            revision: Revision(0),
            compacted: Revision(0),
            reads: Cell::new(0),
        }
    }
}

impl<T: Clone> Store<T> {
    /// The revision of the last write.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The revision that the next write will get.
    pub fn upcoming(&self) -> Revision {
        Revision(self.revision.0 + 1)
    }

    /// How many objects were handed out by `get` and `list` so far: what tests hold against the size of the cluster.
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }

    pub fn get(&self, key: &Key) -> Option<&T> {
        self.reads.set(self.reads.get() + 1);
        self.objects.get(key)
    }

    pub fn len(&self) -> usize {
        self.objects.len()
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Objects of a resource, in a namespace or (with `None`) in all, ordered by namespace and name.
    pub fn list<'a>(
        &'a self,
        resource: &'static str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a T)> + 'a {
        let start = Key::new(resource, namespace.unwrap_or(""), "");
        self.objects
            .range((Bound::Included(start), Bound::Unbounded))
            .take_while(move |(key, _)| key.resource == resource && namespace.is_none_or(|n| &*key.namespace == n))
            .inspect(|_| self.reads.set(self.reads.get() + 1))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Key, &T)> {
        self.objects.iter()
    }

    pub fn put(&mut self, at: Time, key: Key, object: T, cause: u32) -> Rc<Change<T>> {
        let old = self.objects.insert(key.clone(), object.clone());
        self.record(at, key, Some(object), old, cause)
    }

    /// Puts another form of what is stored in its place: no write, no revision, nothing for those who watch.
    pub fn reshape(&mut self, key: &Key, object: T) {
        if let Some(there) = self.objects.get_mut(key) {
            *there = object;
        }
    }

    /// Takes an object away as if it had never been: no write, no revision, nothing for those who watch.
    pub fn forget(&mut self, key: &Key) {
        self.objects.remove(key);
    }

    pub fn delete(&mut self, at: Time, key: &Key, cause: u32) -> Option<Rc<Change<T>>> {
        let old = self.objects.remove(key)?;
        Some(self.record(at, key.clone(), None, Some(old), cause))
    }

    /// Changes after a revision, oldest first.
    ///
    /// # Errors
    /// [`Compacted`] when that part of the history is gone.
    pub fn since(&self, revision: Revision) -> Result<impl Iterator<Item = &Rc<Change<T>>>, Compacted> {
        if revision < self.compacted {
            return Err(Compacted(self.compacted));
        }
        // Every revision is one change, so its place is known.
        let first = self.history.front().map_or(0, |change| change.revision.0);
        let skip = ((revision.0 + 1).saturating_sub(first) as usize).min(self.history.len());
        Ok(self.history.range(skip..))
    }

    /// The newest changes, newest first.
    pub fn recent(&self) -> impl Iterator<Item = &Rc<Change<T>>> {
        self.history.iter().rev()
    }

    fn record(&mut self, at: Time, key: Key, new: Option<T>, old: Option<T>, cause: u32) -> Rc<Change<T>> {
        self.revision = self.upcoming();
        let change = Rc::new(Change { revision: self.revision, at, key, new, old, cause });
        self.history.push_back(change.clone());
        if self.history.len() > HISTORY
            && let Some(gone) = self.history.pop_front()
        {
            self.compacted = gone.revision;
        }
        change
    }
}
