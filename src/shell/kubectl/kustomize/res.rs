//! A resource while it is customized: its tree, and what it was called before.
//!
//! Models: `kustomize/api/resource`, `kustomize/kyaml/resid`.

use crate::api::kinds;
use serde_json::{Map, Value};
use std::fmt;

/// What identifies a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

fn text(tree: &Value, path: &str) -> String {
    tree.pointer(path).and_then(Value::as_str).unwrap_or("").to_string()
}

impl Id {
    pub fn of(tree: &Value) -> Id {
        let version = text(tree, "/apiVersion");
        let (group, version) = version.split_once('/').unwrap_or(("", &version));
        Id {
            group: group.into(),
            version: version.into(),
            kind: text(tree, "/kind"),
            namespace: text(tree, "/metadata/namespace"),
            name: text(tree, "/metadata/name"),
        }
    }

    /// Known kinds without a namespace; others are taken to have one.
    pub fn cluster_scoped(&self) -> bool {
        let fits = |kind: &&crate::api::KindRef| {
            let names = kind.names();
            names.kind == self.kind && names.group == self.group && names.version == self.version
        };
        kinds::ALL.iter().find(fits).is_some_and(|kind| !kind.names().namespaced)
    }

    pub fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.cluster_scoped() => "_non_namespaceable_",
            "" => "default",
            other => other,
        }
    }

    pub fn same_kind(&self, other: &Id) -> bool {
        self.group == other.group && self.version == other.version && self.kind == other.kind
    }

    pub fn same(&self, other: &Id) -> bool {
        self.same_kind(other) && self.name == other.name && self.effective_namespace() == other.effective_namespace()
    }

    /// `Deployment.v1.apps`, `Service.v1.[noGrp]`.
    pub fn gvk(&self) -> String {
        let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
        format!("{}.{}.{}", or(&self.kind, "[noKind]"), or(&self.version, "[noVer]"), or(&self.group, "[noGrp]"))
    }

    /// As Go prints it with `%#v`.
    pub fn go(&self) -> String {
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{:?}, Version:{:?}, Kind:{:?}, isClusterScoped:{}}}, Name:{:?}, Namespace:{:?}}}",
            self.group,
            self.version,
            self.kind,
            self.cluster_scoped(),
            self.name,
            self.namespace
        )
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(f, "{}/{name}.{namespace}", self.gvk())
    }
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Res {
    pub tree: Value,
    /// Its earlier identities, the first one first.
    pub was: Vec<Id>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    /// Its name gets a hash of its contents.
    pub hash: bool,
    /// `create`, `merge` or `replace`, for what a generator made.
    pub behavior: String,
}

impl Res {
    pub fn new(tree: Value) -> Res {
        Res { tree, was: vec![], prefixes: vec![], suffixes: vec![], hash: false, behavior: String::new() }
    }

    pub fn id(&self) -> Id {
        Id::of(&self.tree)
    }

    /// What it was called in its own file.
    pub fn original(&self) -> Id {
        self.was.first().cloned().unwrap_or_else(|| self.id())
    }

    pub fn remember(&mut self) {
        let id = self.id();
        self.was.push(id);
    }

    pub fn any_id(&self, fits: impl Fn(&Id) -> bool) -> bool {
        self.was.iter().any(&fits) || fits(&self.id())
    }

    pub fn name(&self) -> String {
        text(&self.tree, "/metadata/name")
    }

    pub fn set_name(&mut self, name: String) {
        self.tree["metadata"]["name"] = name.into();
    }

    /// A map below a path; `None` when there is none.
    pub fn map(&self, path: &str) -> Option<&Map<String, Value>> {
        self.tree.pointer(path).and_then(Value::as_object)
    }
}

/// Adds a resource.
///
/// # Errors
/// One of the same identity is there already.
pub fn append(all: &mut Vec<Res>, res: Res) -> Result<(), String> {
    let id = res.id();
    if all.iter().any(|other| other.id().same(&id)) {
        return Err(format!("may not add resource with an already registered id: {id}"));
    }
    all.push(res);
    Ok(())
}

/// The one resource that is or was called so.
///
/// # Errors
/// None, or several.
pub fn by_id(all: &[Res], id: &Id) -> Result<usize, String> {
    let mut fits = all.iter().enumerate().filter(|(_, res)| res.any_id(|other| other.same(id))).map(|(at, _)| at);
    let tail = format!("; failed to find unique target for patch {id}");
    match (fits.next(), fits.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(format!("no matches for Id {id}{tail}")),
        _ => Err(format!("multiple matches for Id {id}{tail}")),
    }
}
