//! How a strategic merge treats the fields of the built-in kinds: which lists are merged, and by which key.
//!
//! Models: `apimachinery/pkg/util/strategicpatch/meta.go`; the tags themselves stand in the schema.

use crate::api::schema::{self, Field, Ty};

/// What the tags of one field say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strategy {
    /// A list of maps that is merged by this key.
    pub key: Option<&'static str>,
    /// A list of plain values that is merged as a set.
    pub set: bool,
    /// Keys that the new form does not name go.
    pub retain: bool,
    /// A map that is replaced as a whole, and that every patch names, changed or not.
    pub replace: bool,
}

impl Strategy {
    fn of(field: &Field) -> Strategy {
        let says = |tag| field.patch.split(',').any(|word| word == tag);
        let merges = says("merge");
        let keyed = merges && !field.key.is_empty();
        Strategy {
            key: keyed.then_some(field.key),
            set: merges && !keyed && matches!(field.ty, Ty::List(_)),
            retain: says("retainKeys"),
            replace: says("replace"),
        }
    }
}

/// Where the merge is.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The name of this field; empty at the root.
    pub field: &'a str,
    pub strategy: Strategy,
    /// What stands here, where the schema knows it.
    ty: Option<Ty>,
}

impl<'a> At<'a> {
    /// The whole object of a kind: `Deployment`.
    pub fn root(kind: &str) -> Self {
        At { field: "", strategy: Strategy::default(), ty: schema::ref_named(kind) }
    }

    /// A field of the map that stands here, or of each item where a list stands here.
    pub fn child(self, field: &'a str) -> At<'a> {
        if let Some(Ty::Map(value)) = self.ty {
            return At { field, strategy: Strategy::default(), ty: Some(*value) };
        }
        let known = self.ty.and_then(Ty::structure).and_then(|structure| structure.field(field));
        At { field, strategy: known.map(Strategy::of).unwrap_or_default(), ty: known.map(|field| field.ty) }
    }
}
