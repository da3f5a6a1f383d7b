//! Kinds that exist at run time: the served versions of CustomResourceDefinitions.
//!
//! A kind is held as `&'static dyn Kind` everywhere. The definition of a custom kind is therefore leaked: once for each
//! distinct version of a CustomResourceDefinition (its names, schema, columns and subresources), found again by its text,
//! and shared by every clone of the API server.
//!
//! Models: `apiextensions-apiserver/pkg/apiserver/customresource_handler.go`.

use super::kind::KindRef;
use std::collections::BTreeMap;

/// A custom resource as it is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The preferred version first.
    pub versions: Vec<KindRef>,
    /// The version in which objects are stored.
    pub storage: KindRef,
}

/// The custom kinds of an API server.
#[derive(Clone, Default)]
pub struct Customs {
    /// By plural and group.
    served: BTreeMap<&'static str, Served>,
}

impl Customs {
    /// One kind for each resource, by group and name.
    pub fn preferred(&self) -> impl Iterator<Item = KindRef> + '_ {
        self.served.values().filter_map(|served| served.versions.first().copied())
    }

    /// Every served version of every resource.
    pub fn all(&self) -> impl Iterator<Item = KindRef> + '_ {
        self.served.values().flat_map(|served| served.versions.iter().copied())
    }
}
